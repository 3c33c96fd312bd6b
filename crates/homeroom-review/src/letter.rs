//! A letter in a model's words beside the review: what it may rest on, and what is left of it once the teacher has decided.

use std::collections::BTreeSet;

use homeroom_core::{Letter, LetterSentence};

use crate::{Review, Strength, WorkItem};

/// A point of a review that a sentence of a letter may rest on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// Stable as long as the point stands: a passage, or a topic.
    pub key: String,
    /// The point in English, with the pupil's own words quoted.
    pub text: String,
    /// Whether it is something to work on, not a strength.
    pub to_work_on: bool,
}

/// The points of a review: its strengths, and what to work on.
#[must_use]
pub fn points(review: &Review) -> Vec<Point> {
    let good = review.good.iter().map(|s| Point { key: strength_key(s), text: strength(s), to_work_on: false });
    let work = review.work_on.iter().map(|w| Point { key: work_key(w), text: work(w), to_work_on: true });
    good.chain(work).collect()
}

fn strength_key(strength: &Strength) -> String {
    format!("good:{}-{}", strength.span.start, strength.span.end)
}

fn work_key(item: &WorkItem) -> String {
    format!("work:{}", item.topic)
}

fn strength(strength: &Strength) -> String {
    format!("Strength. The pupil wrote: \"{}\". {}", strength.quote, strength.why.en)
}

fn work(item: &WorkItem) -> String {
    let times = if item.count > 0 { format!(" ({} times)", item.count) } else { String::new() };
    let mut text = format!("To work on: {}{times}. {}", item.title.en, item.rule.en);
    if let Some(example) = item.examples.first() {
        text.push_str(&format!(" The pupil wrote: \"{}\".", example.sentence));
        if let Some(corrected) = &example.corrected {
            text.push_str(&format!(" Right: \"{corrected}\"."));
        }
    }
    text
}

/// What is left of a letter: sentences whose points all still stand; nothing where it no longer says what to work on.
pub(crate) fn standing(letter: &Letter, points: &[Point]) -> Option<Letter> {
    let known: BTreeSet<&str> = points.iter().map(|p| p.key.as_str()).collect();
    let stands = |s: &&LetterSentence| s.rests_on.iter().all(|key| known.contains(key.as_str()));
    let sentences: Vec<LetterSentence> = letter.sentences.iter().filter(stands).cloned().collect();
    let work = |s: &LetterSentence| s.rests_on.iter().any(|key| key.starts_with("work:"));
    sentences.iter().any(work).then(|| Letter { sentences, ..letter.clone() })
}
