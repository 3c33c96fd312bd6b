//! What a large language model says of an essay: corrections to be checked, and judgements that quote.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use anyhow::Result;
use homeroom_core::{Analysis, Bilingual, Evidence, Judgement, Letter, Rubric};
use homeroom_deep::Proposal;
use homeroom_english::English;
use homeroom_judge::{Judged, judge, letter, proposals, rewrite, sentences};
use homeroom_model::{Client, Limits, Usage, rough_tokens};
use homeroom_review::{points, review};
use homeroom_scoring::reduce_class;
use tokio::runtime::Runtime;

use crate::llm;
use crate::store::Batch;
use crate::typing::with_typer;

/// A large model that is asked about a class's essays.
pub(crate) struct Advice<'a> {
    client: Client,
    runtime: Runtime,
    rubric: &'a Rubric,
    prompt: Option<&'a str>,
    /// Letters that were asked for, and those that had a sentence that was borne out.
    letters: (AtomicUsize, AtomicUsize),
    /// It has refused for good: the rest of the class is not asked about.
    given_up: AtomicBool,
}

/// What it said of one essay.
#[derive(Default)]
pub(crate) struct Given {
    pub(crate) proposals: Vec<Proposal>,
    pub(crate) judgements: Vec<Judgement>,
    /// It gave no answer, or not to everything.
    pub(crate) failed: bool,
}

impl<'a> Advice<'a> {
    pub(crate) fn new(name: &str, limits: Limits, record: Option<&Path>, batch: &'a Batch) -> Result<Self> {
        let client = llm::recorded(Some(name), limits, record)?;
        let prompt = batch.prompt.as_ref().map(|p| p.text.as_str());
        Ok(Self {
            client,
            runtime: llm::runtime()?,
            rubric: &batch.rubric,
            prompt,
            letters: (AtomicUsize::new(0), AtomicUsize::new(0)),
            given_up: AtomicBool::new(false),
        })
    }

    pub(crate) fn name(&self) -> &str {
        self.client.name()
    }

    /// What the page of an essay says on which the model gave no answer.
    pub(crate) fn failed() -> Bilingual {
        Bilingual::new(
            "The large language model gave no answer on this essay, which is marked without it.",
            "大语言模型没有给出对这篇文章的回答，本次批改未使用它。",
        )
    }

    /// Asks about an essay.
    pub(crate) fn on(&self, evidence: &Evidence, analysis: &Analysis) -> Given {
        if self.given_up.load(Ordering::SeqCst) {
            return Given { failed: true, ..Given::default() };
        }
        let names = Names::of(&evidence.submission.pupil.name, analysis.text());
        let asked = sentences(analysis);
        let texts: Vec<String> =
            asked.iter().map(|&s| names.hide(analysis.sentences[s].span.of(analysis.text()))).collect();
        let refs: Vec<&str> = texts.iter().map(String::as_str).collect();
        let essay = names.hide(analysis.text());
        let judgeable = evidence.unscored.is_none() && !self.rubric.criteria.is_empty();
        let (answers, judged) = self.runtime.block_on(async {
            let answers = rewrite(&self.client, &refs, || {}).await;
            // A model that corrected nothing for want of an answer will not judge either.
            let well = answers.iter().any(Result::is_ok);
            let judged = match judgeable && well {
                true => judge(&self.client, self.rubric, self.prompt, &essay).await,
                false => Ok(Judged::default()),
            };
            (answers, judged)
        });
        let mut failed = judged.is_err();
        let mut rewritten = Vec::new();
        for (number, answer) in asked.into_iter().zip(answers) {
            match answer {
                Ok(text) => rewritten.push((number, names.show(&text))),
                Err(error) => {
                    failed = true;
                    if !error.ails() {
                        self.given_up.store(true, Ordering::SeqCst);
                        eprintln!("{}: {error}; it is not asked again in this run", self.name());
                        break;
                    }
                }
            }
        }
        let proposals = with_typer(|typer| proposals(analysis, &rewritten, typer, self.name()));
        let mut judgements = judged.map(|j| j.judgements).unwrap_or_default();
        for judgement in &mut judgements {
            // Hidden names moved what was quoted.
            judgement.quotes =
                judgement.quotes.iter().filter_map(|q| names.find(analysis.text(), q.of(&essay))).collect();
            judgement.rationale.en = names.show(&judgement.rationale.en);
            judgement.rationale.zh = names.show(&judgement.rationale.zh);
        }
        Given { proposals, judgements, failed }
    }

    /// A letter to the pupil from the points of the review; nothing where there is none, or no answer.
    pub(crate) fn letter(&self, evidence: &Evidence) -> Option<Letter> {
        /// A model whose first letters had nothing that stands is not asked for more in this run.
        const PATIENCE: usize = 2;
        let (asked, stood) = (&self.letters.0, &self.letters.1);
        let hopeless = asked.load(Ordering::SeqCst) >= PATIENCE && stood.load(Ordering::SeqCst) == 0;
        if hopeless || self.given_up.load(Ordering::SeqCst) || evidence.unscored.is_some() {
            return None;
        }
        let names = Names::of(&evidence.submission.pupil.name, &evidence.document.text);
        let mark = reduce_class(std::slice::from_ref(evidence), self.rubric, None, &[]).pop()?;
        let points = points(&review(evidence, &mark, None));
        let hidden: Vec<(String, String)> = points.iter().map(|p| (p.key.clone(), names.hide(&p.text))).collect();
        asked.fetch_add(1, Ordering::SeqCst);
        let mut letter = self.runtime.block_on(letter(&self.client, &hidden)).ok()??;
        stood.fetch_add(1, Ordering::SeqCst);
        for sentence in &mut letter.sentences {
            sentence.text.en = names.show(&sentence.text.en);
            sentence.text.zh = names.show(&sentence.text.zh);
        }
        Some(letter)
    }

    /// What it took.
    pub(crate) fn spent(&self) -> String {
        llm::spent(&self.client)
    }
}

/// What these essays of a class would take of a model, which is not made ready for it.
pub(crate) fn estimate(name: &str, batch: &Batch, essays: &[Evidence]) -> Result<String> {
    let entry = llm::entry(Some(name))?;
    let speed = llm::profile(&entry.name).and_then(|p| p.tokens_per_second);
    /// Instructions and examples of a correction, and a rubric, in tokens.
    const BEFORE: u64 = 330;
    let rubric: u64 =
        batch.rubric.criteria.iter().flat_map(|c| &c.bands).map(|b| rough_tokens(&b.descriptor.en) + 10).sum();
    let mut usage = Usage { estimated: true, ..Usage::default() };
    let mut calls = 0;
    for essay in essays {
        let analysis = English::shipped().analyse(&essay.document);
        for s in sentences(&analysis) {
            let n = rough_tokens(analysis.sentences[s].span.of(analysis.text()));
            usage.prompt_tokens += BEFORE + n;
            usage.completion_tokens += n;
            calls += 1;
        }
        usage.prompt_tokens += 2 * (rubric + rough_tokens(analysis.text()) + 300);
        usage.completion_tokens += 2 * 120 * batch.rubric.criteria.len() as u64;
        // The letter to the pupil.
        usage.prompt_tokens += 700;
        usage.completion_tokens += 250;
        calls += 3;
    }
    let cost = entry
        .price
        .map_or_else(|| "no price is known".to_owned(), |p| format!("about {:.2} {}", p.of(&usage), p.currency()));
    let minutes = speed.map_or_else(
        || "no time is known before `homeroom model doctor`".to_owned(),
        |speed| format!("about {:.0} minutes", (usage.completion_tokens as f64 / speed / 60.0).max(1.0)),
    );
    let place = if entry.facts(None).local { "stays in the house" } else { "leaves the house, without pupils' names" };
    Ok(format!(
        "{}: {} essays, {calls} calls, about {} tokens to read and {} to write; {cost}, {minutes}. The text {place}. Nothing was sent.\n",
        entry.name,
        essays.len(),
        usage.prompt_tokens,
        usage.completion_tokens
    ))
}

/// A pupil's names, and what stands for them where the text goes to a model.
struct Names {
    pairs: Vec<(String, &'static str)>,
}

/// Names that stand in for others.
const STAND_INS: [&str; 6] = ["Robin", "Taylor", "Jordan", "Morgan", "Casey", "Riley"];

impl Names {
    /// The names in `name` that stand in `text`: the whole, and its parts of two letters and more.
    fn of(name: &str, text: &str) -> Self {
        let mut parts: Vec<String> = vec![name.trim().to_owned()];
        parts.extend(name.split_whitespace().filter(|p| p.chars().count() >= 2).map(str::to_owned));
        parts.dedup();
        parts.retain(|p| {
            p.chars().count() >= 2 && p.chars().any(char::is_alphabetic) && find_word(text, p, 0).is_some()
        });
        let free = STAND_INS.iter().filter(|s| find_word(text, s, 0).is_none());
        Self { pairs: parts.into_iter().zip(free.copied()).collect() }
    }

    fn hide(&self, text: &str) -> String {
        self.pairs.iter().fold(text.to_owned(), |text, (name, stand_in)| replace_word(&text, name, stand_in))
    }

    fn show(&self, text: &str) -> String {
        self.pairs.iter().rev().fold(text.to_owned(), |text, (name, stand_in)| replace_word(&text, stand_in, name))
    }

    /// Where a quote with hidden names stands in the text.
    fn find(&self, text: &str, quote: &str) -> Option<homeroom_core::Span> {
        let quote = self.show(quote);
        text.find(&quote).map(|at| homeroom_core::Span::new(at, at + quote.len()))
    }
}

/// Where a word, or words, stand by themselves.
fn find_word(text: &str, word: &str, from: usize) -> Option<usize> {
    // Chinese characters stand beside each other without spaces.
    let apart = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() || c >= '\u{2e80}');
    text[from..]
        .match_indices(word)
        .map(|(at, _)| from + at)
        .find(|&at| apart(text[..at].chars().next_back()) && apart(text[at + word.len()..].chars().next()))
}

fn replace_word(text: &str, word: &str, new: &str) -> String {
    let (mut out, mut at) = (String::with_capacity(text.len()), 0);
    while let Some(found) = find_word(text, word, at) {
        out.push_str(&text[at..found]);
        out.push_str(new);
        at = found + word.len();
    }
    out + &text[at..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_hidden_and_shown_again() {
        let text = "My name is Li Hua. Hua's friend is Taylor, and Huang is not Hua.";
        let names = Names::of("Li Hua", text);
        let hidden = names.hide(text);
        assert_eq!(hidden, "My name is Robin. Morgan's friend is Taylor, and Huang is not Morgan.");
        assert_eq!(names.show(&hidden), text);
        assert_eq!(Names::of("李华", "我叫李华。").hide("我叫李华。"), "我叫Robin。");
        assert!(Names::of("x", "x y").pairs.is_empty());
    }
}
