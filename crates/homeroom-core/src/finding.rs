use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Bilingual, Span};

/// Names one finding within an essay: its checker and its place, so that it stays the same over runs.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct FindingId(pub String);

/// How much the fault hinders a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// A slip: the reader hardly notices.
    Minor,
    /// A fault that a teacher would mark.
    Major,
    /// The meaning is lost or changed.
    Serious,
}

/// How a finding is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Display {
    /// A default mark: the machine is sure.
    Sure,
    /// "Check this": folded away until it is asked for.
    Check,
    /// A remark on style: only shown where a teacher opts in.
    Style,
}

/// A fault in a text, with where it is, what it is, why it is one, and what would be right.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// What is marked. Empty for an insertion point.
    pub span: Span,
    /// Id of the checker or phrase rule (`agreement`, `open_the_light`).
    pub checker: String,
    /// Where the judgement comes from: `homeroom`, `harper`, `phrase`, `speller`, or a model's name.
    pub source: String,
    /// ERRANT type (`R:VERB:SVA`), or ChERRANT type for Chinese.
    pub errant: String,
    /// The code that a teacher writes in the margin (`sv`).
    pub code: String,
    /// How much it matters.
    pub severity: Severity,
    /// How it is shown.
    pub display: Display,
    /// Probability that a careful teacher would mark it, 0 to 1.
    pub confidence: f64,
    /// One sentence that says why.
    pub explanation: Bilingual,
    /// Replacements for the span, best first; an empty string deletes it. May be empty.
    pub suggestions: Vec<String>,
}

impl Finding {
    /// The finding's name within its essay.
    #[must_use]
    pub fn id(&self) -> FindingId {
        FindingId(format!("{}@{}-{}", self.checker, self.span.start, self.span.end))
    }

    /// The text with the first suggestion applied; `None` where there is none or the span does not fit.
    #[must_use]
    pub fn apply(&self, text: &str) -> Option<String> {
        let suggestion = self.suggestions.first()?;
        if !self.span.fits(text) {
            return None;
        }
        let mut out = String::with_capacity(text.len() + suggestion.len());
        out.push_str(&text[..self.span.start]);
        out.push_str(suggestion);
        out.push_str(&text[self.span.end..]);
        Some(out)
    }
}
