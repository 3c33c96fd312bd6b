//! Finds misspelt words and ranks what was meant.
//!
//! A noisy channel: the score of a candidate is the logarithm of how likely a learner is to write the misspelling for
//! it (`channel`), plus how likely the word is by itself, to learners, and between its neighbours (`rank`).

mod candidates;
mod channel;
mod index;
mod measure;
mod misspelled;
mod rank;
mod sound;

pub use measure::{Pair, SpellingMeasure, collect_pairs, measure_spelling};
pub use misspelled::is_misspelled;
pub use rank::{Candidate, Speller, Weights, suggest};
