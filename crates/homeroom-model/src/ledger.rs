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

impl Usage {
    /// Counts another call's tokens, too.
    pub(crate) fn add(&mut self, other: &Usage) {
        self.prompt_tokens += other.prompt_tokens;
        self.cached_tokens += other.cached_tokens;
        self.completion_tokens += other.completion_tokens;
        self.estimated |= other.estimated;
    }
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

/// Calls that are remembered one by one; a server's older ones live on in the sums.
const REMEMBERED: usize = 10_000;

/// The calls of a run.
#[derive(Debug, Default)]
pub struct Ledger {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    calls: std::collections::VecDeque<Call>,
    totals: Totals,
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
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let totals = &mut state.totals;
        totals.calls += 1;
        totals.failed += usize::from(!call.done);
        totals.usage.add(&call.usage);
        totals.cost += call.cost.unwrap_or(0.0);
        totals.seconds += call.seconds;
        if state.calls.len() == REMEMBERED {
            state.calls.pop_front();
        }
        state.calls.push_back(call);
    }

    /// The last calls, in the order in which they ended.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).calls.iter().cloned().collect()
    }

    /// Sums over all calls.
    #[must_use]
    pub fn totals(&self) -> Totals {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).totals
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
