//! Leaves a server alone that fails again and again.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Failures in a row after which a model rests.
const FAILURES: u32 = 5;

/// How long it rests; twice as long each time that it fails right after a rest, up to [`LONGEST`].
const REST: Duration = Duration::from_secs(10);
const LONGEST: Duration = Duration::from_mins(5);

/// A circuit breaker.
#[derive(Debug, Default)]
pub(crate) struct Breaker {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    failures: u32,
    until: Option<Instant>,
    rest: Duration,
    /// One call tries whether it is well again.
    trying: bool,
}

impl Breaker {
    /// Whether a call may be made now; else failures in a row and how long to wait.
    pub(crate) fn enter(&self) -> Result<(), (u32, Duration)> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(until) = state.until else { return Ok(()) };
        let now = Instant::now();
        if now < until || state.trying {
            return Err((state.failures, until.saturating_duration_since(now).max(Duration::from_secs(1))));
        }
        state.trying = true;
        Ok(())
    }

    /// Notes how a call ended: whether the server ailed.
    pub(crate) fn leave(&self, ailed: bool) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if !ailed {
            *state = State::default();
            return;
        }
        state.failures += 1;
        if state.failures >= FAILURES {
            state.rest = if state.trying { (state.rest * 2).min(LONGEST) } else { REST };
            state.until = Some(Instant::now() + state.rest);
        }
        state.trying = false;
    }

    /// A call that was dropped says nothing of the server.
    pub(crate) fn dropped(&self) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).trying = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn rests_after_failures_and_tries_once() {
        let breaker = Breaker::default();
        for _ in 0..FAILURES {
            breaker.enter().unwrap();
            breaker.leave(true);
        }
        assert_eq!(breaker.enter(), Err((FAILURES, REST)));
        tokio::time::advance(REST).await;
        breaker.enter().unwrap();
        assert!(breaker.enter().is_err(), "one at a time");
        breaker.leave(true);
        assert_eq!(breaker.enter(), Err((FAILURES + 1, REST * 2)));
        tokio::time::advance(REST * 2).await;
        breaker.enter().unwrap();
        breaker.leave(false);
        breaker.enter().unwrap();
        breaker.enter().unwrap();
    }
}
