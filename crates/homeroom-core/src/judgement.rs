use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Bilingual, Span};

/// A model's judgement of one criterion, with the quotes that it gave as evidence. Tier 0 gives none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Judgement {
    /// The criterion's id in the rubric.
    pub criterion: String,
    /// Score on the criterion's scale.
    pub value: f64,
    /// The model and its version.
    pub source: String,
    /// Why.
    pub rationale: Bilingual,
    /// Passages that were quoted and found in the text.
    pub quotes: Vec<Span>,
    /// How many quotes were not in the text and were dropped.
    pub dropped_quotes: usize,
}
