//! What calls cost.

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// Tokens of one call.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens that the model read.
    pub prompt_tokens: u64,
    /// Those of them that the server had kept from before.
    #[serde(default)]
    pub cached_tokens: u64,
    /// Tokens that it wrote, thinking included.
    pub completion_tokens: u64,
    /// Whether the server did not say, so that they were guessed by [`rough_tokens`].
    #[serde(default)]
    pub estimated: bool,
}

/// One call of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// The model's name in the configuration.
    pub model: String,
    /// What it was for.
    pub purpose: String,
    /// Tokens.
    pub usage: Usage,
    /// Money, in the currency of the model's price; nothing where no price is known.
    pub cost: Option<f64>,
    /// From the call to its end, waiting and retries included.
    pub seconds: f64,
    /// How often it was tried.
    pub tries: u32,
    /// Whether it came to an end as it should.
    pub done: bool,
}

/// The calls of a run.
#[derive(Debug, Default)]
pub struct Ledger {
    calls: Mutex<Vec<Call>>,
}

/// Sums over calls.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Totals {
    /// Calls.
    pub calls: usize,
    /// Calls that failed.
    pub failed: usize,
    /// Tokens.
    pub usage: Usage,
    /// Money, over the calls whose price is known.
    pub cost: f64,
    /// Seconds, calls that ran at the same time counted each.
    pub seconds: f64,
}

impl Ledger {
    /// Notes a call.
    pub fn note(&self, call: Call) {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).push(call);
    }

    /// All calls so far, in the order in which they ended.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sums.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        let mut totals = Totals { calls: calls.len(), ..Totals::default() };
        for call in calls.iter() {
            totals.failed += usize::from(!call.done);
            totals.usage.prompt_tokens += call.usage.prompt_tokens;
            totals.usage.cached_tokens += call.usage.cached_tokens;
            totals.usage.completion_tokens += call.usage.completion_tokens;
            totals.usage.estimated |= call.usage.estimated;
            totals.cost += call.cost.unwrap_or(0.0);
            totals.seconds += call.seconds;
        }
        totals
    }
}

/// About how many tokens a text has, where nobody counts: one for four letters of an alphabet, one for each Chinese,
/// Japanese or Korean character. Good to a third either way.
#[must_use]
pub fn rough_tokens(text: &str) -> u64 {
    let wide = text.chars().filter(|c| ('\u{2e80}'..='\u{ffef}').contains(c)).count();
    let narrow = text.chars().count() - wide;
    (wide + narrow.div_ceil(4)) as u64
}
