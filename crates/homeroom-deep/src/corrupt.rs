//! Sentences with errors that were put into right ones: what the filter learns from.
//!
//! An error is a candidate edit of the right sentence, made; the edit that is to be found undoes it.

use crate::candidates::propose;
use crate::edit::Words;

/// How often an edit of a kind is made as an error, relative to the others. The edit that puts it right is mostly of the
/// counterpart (an `extra_article` that is taken out leaves a `missing_article`).
const WEIGHTS: [(&str, f64); 20] = [
    ("extra_article", 4.0),
    ("missing_article", 2.0),
    ("wrong_determiner", 1.5),
    ("wrong_preposition", 3.0),
    ("extra_preposition", 2.0),
    ("missing_preposition", 1.5),
    ("noun_number", 4.0),
    ("verb_form", 4.0),
    ("verb_phrase", 1.5),
    ("agreement", 3.0),
    ("auxiliary", 1.0),
    ("modal", 0.3),
    ("pronoun", 1.0),
    ("confused_words", 2.0),
    ("word_form", 2.0),
    ("extra_word", 2.0),
    ("missing_word", 0.5),
    ("missing_verb", 0.5),
    ("possessive", 0.5),
    ("word_order", 0.5),
];

/// A stream of pseudo-random numbers (`SplitMix64`).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// From 0 to 1.
    pub(crate) fn unit(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((x ^ (x >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    }
}

/// The sentence with an error; `None` where none of the drawn kind can be made.
pub(crate) fn corrupt(right: &str, random: &mut Random) -> Option<String> {
    let words = Words::new(right);
    let mut edits = propose(&words);
    let total: f64 = WEIGHTS.iter().map(|(_, w)| w).sum();
    let mut draw = random.unit() * total;
    let (kind, _) = WEIGHTS.iter().find(|(_, w)| {
        draw -= w;
        draw <= 0.0
    })?;
    edits.retain(|e| e.kind.info().id == *kind);
    let at = (random.unit() * edits.len() as f64) as usize;
    edits.get(at).map(|e| e.apply(right))
}
