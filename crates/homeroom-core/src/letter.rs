use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Bilingual;

/// A few sentences to the pupil in a model's words. Each rests on points of the review; it is shown only as long as they stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Letter {
    /// The model.
    pub source: String,
    /// In order.
    pub sentences: Vec<LetterSentence>,
    /// How many sentences were dropped because nothing bore them out.
    pub dropped: usize,
}

/// A sentence of a letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LetterSentence {
    /// What it says.
    pub text: Bilingual,
    /// Keys of the points that it rests on, at least one.
    pub rests_on: Vec<String>,
}
