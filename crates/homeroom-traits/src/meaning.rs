//! What an essay is about, by meaning rather than by words: features from vectors of its sentences.

use homeroom_core::ability::{AbilityError, Embed};
use homeroom_core::{Feature, Language, Span, TraitContext, TraitId};

use crate::{EffectiveText, Features, ratio};

/// Cosine of a paragraph and the prompt up to which it is about something else. Of 20 pairs of a prompt and a paragraph,
/// those on the topic lay between .31 and .76, those about something else at or below .30.
pub const ELSEWHERE: f64 = 0.3;

/// Cosine of an essay and its prompt from which on it is no longer taken to be off topic because its words are others.
pub const ON_TOPIC: f64 = 0.35;

/// Cosine of two sentences from which on one says the other again in other words.
const REWORDED: f64 = 0.85;

/// The id of the feature that tells how near an essay is to its prompt.
pub const PROMPT_MEANING: &str = "prompt_meaning";

/// The ids of all features in here.
pub const MEANING_FEATURES: [&str; 4] = [PROMPT_MEANING, "off_prompt_share", "reworded_share", "paragraph_drift"];

/// Features from the meaning of sentences; empty for an essay that is not in English, which is all the model knows.
///
/// For the task, with a prompt: `prompt_meaning`, the cosine of prompt and essay; `off_prompt_share`, words in paragraphs
/// that are about something else; `reworded_share`, words in sentences that say the prompt again, not counting verbatim copies.
/// For organisation, from two paragraphs on: `paragraph_drift`, 1 less the mean cosine of each paragraph with all others
/// together. A paragraph's vector is the mean of its sentences', weighted by their words.
///
/// They stand beside the features by words ([`crate::features`]) where a model was there to make them, and have no weight in a
/// score: on 242 learners' essays their correlation with the score within prompts, length and paragraphs held constant, was
/// -.08 ± .13 (`paragraph_drift`) and .06 ± .13 (`prompt_meaning`, to the title of the prompt).
///
/// # Errors
/// [`AbilityError`] where the model fails.
///
/// # Source
/// Sentence vectors: Reimers and Gurevych 2019. Off-topic essays by similarity to the prompt: Higgins, Burstein and Attali
/// 2006.
pub fn meaning(context: TraitContext<'_>, embed: &dyn Embed) -> Result<Vec<Feature>, AbilityError> {
    let analysis = context.analysis;
    if analysis.document.language != Language::ENGLISH {
        return Ok(Vec::new());
    }
    let text = EffectiveText::new(analysis, context.prompt);
    if text.sentences.is_empty() {
        return Ok(Vec::new());
    }
    let spans: Vec<Span> = text.sentences.iter().map(|&s| text.span(s)).collect();
    let sentences: Vec<&str> = spans.iter().map(|span| span.of(&analysis.document.text)).collect();
    let vectors = embed.embed(&sentences)?;
    let weights: Vec<f64> = text.sentences.iter().map(|&s| text.words_of(s).count() as f64).collect();

    let mut at = 0;
    let mut paragraphs = Vec::new();
    for list in text.paragraphs() {
        let range = at..at + list.len();
        at += list.len();
        paragraphs.push(Paragraph {
            span: spans[range.start].join(spans[range.end - 1]),
            words: weights[range.clone()].iter().sum(),
            vector: mean(&vectors[range.clone()], &weights[range]),
        });
    }

    let mut task = Features::new(TraitId::TASK);
    if let Some(prompt) = context.prompt.filter(|p| p.text.chars().any(char::is_alphabetic)) {
        let points: Vec<&str> = prompt.text.split(['\n', '.', '?', '!', ';']).map(str::trim).collect();
        let points: Vec<&str> = points.into_iter().filter(|p| p.chars().any(char::is_alphabetic)).collect();
        let mut asked: Vec<&str> = vec![&prompt.text];
        asked.extend(&points);
        let asked = embed.embed(&asked)?;
        let (whole, points) = asked.split_first().map_or((&[][..], &[][..]), |(w, p)| (w.as_slice(), p));

        let mut nearest: Vec<(f64, usize)> =
            vectors.iter().enumerate().map(|(i, vector)| (cosine(vector, whole), i)).collect();
        nearest.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let near = cosine(&mean(&vectors, &weights), whole);
        task.add(PROMPT_MEANING, near, "cosine", nearest.iter().map(|&(_, i)| spans[i]));

        let mut elsewhere: Vec<(f64, &Paragraph)> =
            paragraphs.iter().map(|p| (cosine(&p.vector, whole), p)).filter(|(near, _)| *near <= ELSEWHERE).collect();
        elsewhere.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.span.cmp(&b.1.span)));
        let words: f64 = elsewhere.iter().map(|(_, p)| p.words).sum();
        let total: f64 = weights.iter().sum();
        task.add("off_prompt_share", ratio(words, total), "share", elsewhere.iter().map(|(_, p)| p.span));

        let says_it_again = |i: &usize| points.iter().any(|point| cosine(&vectors[*i], point) >= REWORDED);
        let reworded: Vec<usize> = (0..vectors.len()).filter(says_it_again).collect();
        let words: f64 = reworded.iter().map(|&i| weights[i]).sum();
        task.add("reworded_share", ratio(words, total), "share", reworded.iter().map(|&i| spans[i]));
    }

    let mut organisation = Features::new(TraitId::ORGANISATION);
    if paragraphs.len() > 1 {
        let mut drifts: Vec<(f64, &Paragraph)> = paragraphs
            .iter()
            .enumerate()
            .map(|(i, paragraph)| {
                let others = paragraphs.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, p)| p);
                let (vectors, words): (Vec<Vec<f32>>, Vec<f64>) = others.map(|p| (p.vector.clone(), p.words)).unzip();
                (1.0 - cosine(&paragraph.vector, &mean(&vectors, &words)), paragraph)
            })
            .collect();
        let drift = drifts.iter().map(|(d, _)| d).sum::<f64>() / drifts.len() as f64;
        drifts.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.span.cmp(&b.1.span)));
        organisation.add("paragraph_drift", drift, "cosine distance", drifts.iter().take(1).map(|(_, p)| p.span));
    }
    task.list.extend(organisation.list);
    Ok(task.list)
}

struct Paragraph {
    span: Span,
    words: f64,
    vector: Vec<f32>,
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    ratio(dot(a, b), (dot(a, a) * dot(b, b)).sqrt())
}

/// The mean of vectors, weighted.
fn mean(vectors: &[Vec<f32>], weights: &[f64]) -> Vec<f32> {
    let mut sum = vec![0.0_f32; vectors.first().map_or(0, Vec::len)];
    for (vector, weight) in vectors.iter().zip(weights) {
        for (to, from) in sum.iter_mut().zip(vector) {
            *to += from * *weight as f32;
        }
    }
    sum
}
