use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Span;

/// A side of writing that is scored by itself: `task`, `organisation`, `vocabulary`, `sentences`, `accuracy`,
/// `conventions`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct TraitId(pub Cow<'static, str>);

impl TraitId {
    /// How well the text answers its prompt.
    pub const TASK: TraitId = TraitId(Cow::Borrowed("task"));
    /// Paragraphs, connectives, cohesion.
    pub const ORGANISATION: TraitId = TraitId(Cow::Borrowed("organisation"));
    /// Range and level of words.
    pub const VOCABULARY: TraitId = TraitId(Cow::Borrowed("vocabulary"));
    /// Variety and complexity of sentences.
    pub const SENTENCES: TraitId = TraitId(Cow::Borrowed("sentences"));
    /// Freedom from errors of grammar and word choice.
    pub const ACCURACY: TraitId = TraitId(Cow::Borrowed("accuracy"));
    /// Spelling, punctuation, capitals.
    pub const CONVENTIONS: TraitId = TraitId(Cow::Borrowed("conventions"));
    /// All of them, in the order in which they are shown.
    pub const ALL: [TraitId; 6] = [
        TraitId::TASK,
        TraitId::ORGANISATION,
        TraitId::VOCABULARY,
        TraitId::SENTENCES,
        TraitId::ACCURACY,
        TraitId::CONVENTIONS,
    ];

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One interpretable number about a text, and the passages that it rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Feature {
    /// Its id (`b2_word_share`).
    pub id: String,
    /// The trait that it speaks to.
    #[serde(rename = "trait")]
    pub trait_id: TraitId,
    /// Its value, always finite.
    pub value: f64,
    /// Unit of the value (`words`, `per 100 words`, `share`).
    pub unit: String,
    /// Passages that it rests on, at most a handful, best examples first.
    pub passages: Vec<Span>,
}
