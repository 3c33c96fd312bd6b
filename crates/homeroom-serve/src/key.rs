//! Who may ask, and how much.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use homeroom_model::Usage;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use tokio::time::Instant;

use crate::Clock;
use crate::refusal::Refusal;

/// Fewest characters of a key: 16 of 64 kinds by chance are 96 bits, which nobody guesses over a network.
pub const SHORTEST_KEY: usize = 16;

const MINUTE: Duration = Duration::from_secs(60);
const DAY: u64 = 24 * 60 * 60;

/// A key that a client sends. Only its hash is kept.
#[derive(Clone)]
pub struct ApiKey {
    name: String,
    digest: [u8; 32],
    per_minute: Option<u32>,
    per_day: Option<u64>,
}

/// Why a key is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApiKeyError {
    /// It could be guessed.
    #[error("the key `{name}` is shorter than {SHORTEST_KEY} characters")]
    Short {
        /// Name of the key.
        name: String,
    },
    /// A header can't carry it.
    #[error("the key `{name}` has spaces, control characters or letters beyond ASCII in it")]
    Malformed {
        /// Name of the key.
        name: String,
    },
}

impl ApiKey {
    /// The key `secret`, which the log calls `name`. It may ask as much as it likes.
    ///
    /// # Errors
    /// [`ApiKeyError`].
    pub fn new(name: impl Into<String>, secret: &str) -> Result<Self, ApiKeyError> {
        let name = name.into();
        if !secret.chars().all(|c| c.is_ascii_graphic()) {
            return Err(ApiKeyError::Malformed { name });
        }
        if secret.len() < SHORTEST_KEY {
            return Err(ApiKeyError::Short { name });
        }
        Ok(Self { name, digest: Sha256::digest(secret).into(), per_minute: None, per_day: None })
    }

    /// The same that may ask `requests` times in any 60 seconds.
    #[must_use]
    pub fn per_minute(self, requests: u32) -> Self {
        Self { per_minute: Some(requests), ..self }
    }

    /// The same that may use `tokens` of chat, completion and embeddings a day (UTC), read and written. The last request of a
    /// day may go over it: how long an answer is shows only at its end. A service that is started again counts from none.
    #[must_use]
    pub fn per_day(self, tokens: u64) -> Self {
        Self { per_day: Some(tokens), ..self }
    }

    /// By which the log calls it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl std::fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ApiKey")
            .field("name", &self.name)
            .field("per_minute", &self.per_minute)
            .field("per_day", &self.per_day)
            .finish_non_exhaustive()
    }
}

/// A key and what it has used.
pub(crate) struct Account {
    key: ApiKey,
    used: Mutex<Used>,
}

#[derive(Debug, Default)]
struct Used {
    /// When it asked in the last minute.
    asked: VecDeque<Instant>,
    /// Days since 1970.
    day: u64,
    /// Tokens of that day.
    tokens: u64,
    /// Most tokens that requests under way may yet use.
    under_way: u64,
}

impl Account {
    pub(crate) fn new(key: ApiKey) -> Arc<Self> {
        Arc::new(Self { key, used: Mutex::default() })
    }

    pub(crate) fn name(&self) -> &str {
        &self.key.name
    }

    /// The account whose key `secret` is. All are compared, each in full, so that the time tells nothing.
    pub(crate) fn of<'a>(accounts: &'a [Arc<Self>], secret: &[u8]) -> Option<&'a Arc<Self>> {
        let digest: [u8; 32] = Sha256::digest(secret).into();
        accounts.iter().fold(None, |found, account| {
            let same: bool = account.key.digest.ct_eq(&digest).into();
            if same { Some(account) } else { found }
        })
    }

    /// Counts a request that comes at `now`.
    pub(crate) fn ask(&self, now: Instant) -> Result<(), Refusal> {
        let Some(most) = self.key.per_minute else { return Ok(()) };
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        while used.asked.front().is_some_and(|first| now.duration_since(*first) >= MINUTE) {
            used.asked.pop_front();
        }
        if used.asked.len() < most as usize {
            used.asked.push_back(now);
            return Ok(());
        }
        let wait = used.asked.front().map_or(MINUTE, |first| MINUTE.saturating_sub(now.duration_since(*first)));
        Err(Refusal::Often { most, wait })
    }

    /// Holds `most` tokens back for a request.
    fn hold(&self, most: u64, clock: &Clock) -> Result<(), Refusal> {
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        let now = clock();
        if used.day != now / DAY {
            used.day = now / DAY;
            used.tokens = 0;
        }
        if let Some(limit) = self.key.per_day.filter(|limit| used.tokens.saturating_add(used.under_way) >= *limit) {
            // Those under way may turn out shorter, so that waiting for the day's end is only sure to be enough.
            let wait = if used.tokens >= limit { DAY - now % DAY } else { 1 };
            return Err(Refusal::Tokens { most: limit, wait: Duration::from_secs(wait) });
        }
        used.under_way = used.under_way.saturating_add(most);
        Ok(())
    }
}

/// The tokens of a request under way, which count when it is dropped.
pub(crate) struct Spending {
    account: Option<Arc<Account>>,
    clock: Clock,
    held: u64,
    /// What it has used as far as is known, guessed until the model says.
    tokens: u64,
}

impl Spending {
    /// Of a request that reads about `prompt` tokens and writes at most `answer`.
    ///
    /// # Errors
    /// [`Refusal::Tokens`].
    pub(crate) fn begin(
        account: Option<&Arc<Account>>,
        clock: &Clock,
        prompt: u64,
        answer: u64,
    ) -> Result<Self, Refusal> {
        let held = prompt.saturating_add(answer);
        if let Some(account) = account {
            account.hold(held, clock)?;
        }
        Ok(Self { account: account.cloned(), clock: Arc::clone(clock), held, tokens: prompt })
    }

    /// About `tokens` more were written.
    pub(crate) fn wrote(&mut self, tokens: u64) {
        self.tokens = self.tokens.saturating_add(tokens);
    }

    /// The model says what it was.
    pub(crate) fn was(&mut self, usage: Usage) {
        self.tokens = usage.prompt_tokens.saturating_add(usage.completion_tokens);
    }

    /// It came to nothing.
    pub(crate) fn was_nothing(&mut self) {
        self.tokens = 0;
    }
}

impl Drop for Spending {
    fn drop(&mut self) {
        let Some(account) = &self.account else { return };
        let mut used = account.used.lock().unwrap_or_else(PoisonError::into_inner);
        used.under_way = used.under_way.saturating_sub(self.held);
        let day = (self.clock)() / DAY;
        if used.day != day {
            used.day = day;
            used.tokens = 0;
        }
        used.tokens = used.tokens.saturating_add(self.tokens);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};

    fn key(secret: &str) -> ApiKey {
        ApiKey::new("k", secret).unwrap()
    }

    #[test]
    fn keys_are_long_and_do_not_print() {
        assert!(matches!(ApiKey::new("k", "short"), Err(ApiKeyError::Short { .. })));
        assert!(matches!(ApiKey::new("k", "a key with some spaces"), Err(ApiKeyError::Malformed { .. })));
        assert!(matches!(ApiKey::new("k", "schlüssel-schlüssel"), Err(ApiKeyError::Malformed { .. })));
        let shown = format!("{:?}", key("0123456789abcdef"));
        assert!(!shown.contains("0123456789abcdef"), "{shown}");
    }

    #[test]
    fn an_account_is_found_by_its_key_alone() {
        let accounts = [Account::new(key("first-key-of-all")), Account::new(key("second-key-of-all"))];
        assert!(Arc::ptr_eq(Account::of(&accounts, b"first-key-of-all").unwrap(), &accounts[0]));
        assert!(Arc::ptr_eq(Account::of(&accounts, b"second-key-of-all").unwrap(), &accounts[1]));
        for wrong in [&b""[..], b"first-key-of-al", b"first-key-of-all ", b"\xff\xfe"] {
            assert!(Account::of(&accounts, wrong).is_none());
        }
    }

    #[test]
    fn a_minute_holds_so_many_requests() {
        let account = Account::new(key("0123456789abcdef").per_minute(2));
        let began = Instant::now();
        let ask = |seconds| account.ask(began + Duration::from_secs(seconds));
        ask(0).unwrap();
        ask(20).unwrap();
        let Err(Refusal::Often { wait, .. }) = ask(20) else { panic!("too many") };
        assert_eq!(wait, Duration::from_secs(40));
        ask(60).unwrap();
        assert!(ask(60).is_err());
        assert!(Account::new(key("0123456789abcdef").per_minute(0)).ask(began).is_err());
    }

    #[test]
    fn a_day_holds_so_many_tokens() {
        let time = Arc::new(AtomicU64::new(DAY - 100));
        let clock: Clock = {
            let time = Arc::clone(&time);
            Arc::new(move || time.load(Ordering::Relaxed))
        };
        let account = Account::new(key("0123456789abcdef").per_day(100));
        let mut first = Spending::begin(Some(&account), &clock, 20, 500).unwrap();
        // The first may use it all up, so nobody else is let in while it runs.
        assert!(Spending::begin(Some(&account), &clock, 1, 1).is_err());
        first.was(Usage { prompt_tokens: 20, completion_tokens: 30, ..Usage::default() });
        drop(first);
        let mut second = Spending::begin(Some(&account), &clock, 10, 10).unwrap();
        second.wrote(45);
        drop(second);
        let Err(Refusal::Tokens { wait, .. }) = Spending::begin(Some(&account), &clock, 1, 1) else {
            panic!("all used")
        };
        assert_eq!(wait, Duration::from_secs(100));
        time.store(DAY, Ordering::Relaxed);
        Spending::begin(Some(&account), &clock, 1, 1).unwrap().was_nothing();
    }
}
