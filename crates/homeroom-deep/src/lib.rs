//! Candidate edits of a sentence, kept where a language model finds the sentence likelier with them.
//!
//! The model is asked for probabilities alone: there is no instruction in front of the text and no answer behind it, so
//! nothing in an essay can talk to it. What it finds is explained by the template of the edit's kind (`data/kinds.toml`).
//!
//! # Source
//! Bryant and Briscoe 2018, "Language model based grammatical error correction without annotated training data"; the
//! ladder of pruning, the two changes and the thresholds are from trials of ours.

mod candidates;
mod edit;
mod findings;
mod kind;
mod scan;
mod scorer;
mod select;

pub use findings::{Deep, Proposal};
pub use scorer::{Branch, Opened, Scorer};
