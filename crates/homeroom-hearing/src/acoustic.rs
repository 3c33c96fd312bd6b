//! From the encoder's states to phones: a classifier of frames, the alignment, a classifier of whole phones.

use std::ops::Range;

use ndarray::{Array2, ArrayView2, s};
use serde::{Deserialize, Serialize};

use crate::align::{Alignment, Costs, End, Variants, align, likelihoods};
use crate::dense::Perceptron;
use crate::features::{Durations, Laid};
use crate::linear::Projection;
use crate::phone::{CLASSES, Phone};

/// Frames before and after that the classifier of frames sees too, and how many of their directions.
const REACH: usize = 2;
const SEEN: usize = 150;

/// What it costs to leave the text. Set so that of the training half's words few that were said count as left out.
pub(crate) const FREE: Costs = Costs { omit: 25.0, repeat: 25.0, restart: 25.0, filler: 3.5, insert: 18.0 };

/// The least a phone lasts, in frames of 20 ms: vowels and fricatives two, others one.
pub(crate) fn shortest(phone: Phone) -> usize {
    match phone.arpabet() {
        "AW" | "AY" | "EY" | "OW" | "OY" | "S" | "SH" | "CH" | "JH" => 2,
        _ => 1,
    }
}

/// A classifier of rows, with the scale of its inputs and how common each class was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Classifier {
    pub(crate) net: Perceptron,
    /// Inputs are divided by these.
    pub(crate) scale: Vec<f32>,
    /// Log of each class's share of the training.
    pub(crate) log_prior: Vec<f32>,
}

impl Classifier {
    pub(crate) fn log_probabilities(&self, rows: ArrayView2<'_, f32>) -> Array2<f32> {
        let scaled = &rows / &ndarray::ArrayView1::from(self.scale.as_slice());
        self.net.log_probabilities(scaled.view())
    }
}

/// How many inputs the classifier of frames takes for so many states.
pub(crate) fn context_width(states: usize) -> usize {
    states + 2 * SEEN.min(states)
}

/// A frame's states with some of those before and after it; at the ends of the recording, its own. `states`: the recording.
pub(crate) fn gather_context(states: ArrayView2<'_, f32>, frame: usize, to: &mut Vec<f32>) {
    let seen = SEEN.min(states.ncols());
    let before = frame.saturating_sub(REACH);
    let after = (frame + REACH).min(states.nrows() - 1);
    to.extend(states.slice(s![before, ..seen]));
    to.extend(states.row(frame));
    to.extend(states.slice(s![after, ..seen]));
}

/// Log-posteriors of the frames of a recording: frames × [`CLASSES`].
pub(crate) fn log_posteriors(classifier: &Classifier, states: ArrayView2<'_, f32>) -> Array2<f32> {
    let width = context_width(states.ncols());
    let mut rows = Vec::with_capacity(states.nrows() * width);
    (0..states.nrows()).for_each(|frame| gather_context(states, frame, &mut rows));
    let rows = Array2::from_shape_vec((states.nrows(), width), rows).expect("invariant: width numbers a frame");
    classifier.log_probabilities(rows.view())
}

/// Everything below the scorers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Acoustic {
    pub(crate) projection: Projection,
    pub(crate) frames: Classifier,
    pub(crate) segments: Classifier,
    pub(crate) durations: Durations,
}

/// Aligns `words` with a recording by its log-posteriors.
pub(crate) fn lay(
    log_posteriors: &Array2<f32>,
    log_prior: &[f32],
    words: &[Variants],
    letters: &[usize],
    costs: &Costs,
    end: End,
) -> Option<(Laid, Alignment)> {
    let prior: [f32; CLASSES] = std::array::from_fn(|c| log_prior.get(c).copied().unwrap_or(0.0));
    let scores = likelihoods(log_posteriors, &prior);
    let mut alignment = align(scores.view(), words, shortest, costs, end)?;
    drop_squeezed(&mut alignment, words, log_posteriors);
    // A strict path is that already.
    if end == End::Text && costs.filler.is_finite() {
        settle(&mut alignment, scores.view(), words);
    }
    Some((laid(&alignment, words, letters), alignment))
}

/// Lays the words that were said along the whole recording once more, without a way out of the text. A badly said phone would
/// otherwise leave its frames to the garbage model, which hides how bad it is: against the experts' scores the log-posterior of
/// the whole phone then has r .60 instead of .62.
fn settle(alignment: &mut Alignment, scores: ArrayView2<'_, f32>, words: &[Variants]) {
    let said: Vec<usize> = (0..words.len()).filter(|w| !alignment.words[*w].phones.is_empty()).collect();
    let texts: Vec<Variants> = said.iter().map(|w| words[*w].clone()).collect();
    let Some(strict) = align(scores, &texts, shortest, &Costs::STRICT, End::Text) else { return };
    for (w, word) in said.into_iter().zip(strict.words) {
        alignment.words[w] = word;
    }
    alignment.score = strict.score;
}

/// A word in whose place another one was said is squeezed beside what was said: it was left out.
fn drop_squeezed(alignment: &mut Alignment, words: &[Variants], log_posteriors: &Array2<f32>) {
    /// Frames of sound that is not in the text, from which it may be another word.
    const OTHER_WORD: usize = 8;
    /// Frames that a phone has on average where a word is squeezed, at most.
    const SQUEEZED: f32 = 1.8;
    /// Mean probability of its phones, at most.
    const UNLIKE: f32 = 0.1;
    for (w, variants) in words.iter().enumerate() {
        let beside =
            |(after, frames): &(usize, Range<usize>)| (*after == w || *after == w + 1) && frames.len() >= OTHER_WORD;
        let word = &alignment.words[w];
        if word.phones.len() < 2 || !alignment.fillers.iter().any(beside) {
            continue;
        }
        let frames: usize = word.phones.iter().map(Range::len).sum();
        let phones = variants[word.variant].iter().zip(&word.phones);
        let likely = phones.flat_map(|(phone, range)| range.clone().map(|t| log_posteriors[[t, phone.index()]].exp()));
        let likely = likely.sum::<f32>() / frames.max(1) as f32;
        if frames as f32 <= SQUEEZED * word.phones.len() as f32 && likely <= UNLIKE {
            alignment.words[w].phones.clear();
        }
    }
}

/// The phones that were said, one after the other.
pub(crate) fn laid(alignment: &Alignment, words: &[Variants], letters: &[usize]) -> Laid {
    let (mut phones, mut word, mut frames) = (Vec::new(), Vec::new(), Vec::new());
    for (w, (aligned, variants)) in alignment.words.iter().zip(words).enumerate() {
        for (p, phone) in variants[aligned.variant].iter().enumerate() {
            phones.push(*phone);
            word.push(w);
            frames.push(aligned.phones.get(p).cloned().unwrap_or(0..0));
        }
    }
    let extras: Vec<&Range<usize>> =
        alignment.fillers.iter().chain(&alignment.repeated).map(|(_, range)| range).collect();
    Laid {
        phones,
        word,
        frames,
        words: words.len(),
        letters: letters.to_vec(),
        extra: extras.iter().map(|range| range.len()).sum(),
        extras: extras.len(),
        path_score: alignment.score,
    }
}
