//! A model as callers have it: waited for, tried again, counted and bounded.

use std::hash::{BuildHasher, Hasher};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::StreamExt;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::breaker::Breaker;
use crate::provider::unable;
use crate::providers::recorded::Recorder;
use crate::{
    Call, ChatRequest, ConfigError, Event, Events, Facts, Gap, Ledger, ModelError, Needs, Price, Provider, Reply,
    Usage, gather,
};

/// How long a call may take, and how often it is tried.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Patience {
    /// Tries in all.
    pub tries: u32,
    /// Wait before the second try; twice as long before each further one, and by chance between none and all of it.
    pub first_wait: Duration,
    /// Longest wait, a server's `Retry-After` included: a longer one is an error.
    pub longest_wait: Duration,
    /// For the whole call, tries and waits included.
    pub total: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            tries: 4,
            first_wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(60),
            total: Duration::from_mins(10),
        }
    }
}

/// What a run may use.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Calls at the same time.
    pub concurrency: usize,
    /// Tokens read and written, in all.
    pub tokens: Option<u64>,
    /// Money, in the currency of the model's price.
    pub money: Option<f64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self { concurrency: 8, tokens: None, money: None }
    }
}

/// A model that can be asked. Cheap to clone; clones share limits, ledger and rest.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    name: String,
    provider: Arc<dyn Provider>,
    price: Option<Price>,
    patience: Patience,
    limits: Limits,
    turns: Semaphore,
    breaker: Breaker,
    ledger: Ledger,
    /// Tokens of calls under way, as they were guessed.
    reserved: AtomicU64,
    /// Where a schema was kept to or not, seen in this run.
    schema: Mutex<Option<bool>>,
}

impl Client {
    /// A client for `provider`, which the configuration calls `name`.
    #[must_use]
    pub fn new(
        name: &str,
        provider: Arc<dyn Provider>,
        price: Option<Price>,
        patience: Patience,
        limits: Limits,
    ) -> Self {
        let turns = Semaphore::new(limits.concurrency.max(1));
        let shared = Shared {
            name: name.to_owned(),
            provider,
            price,
            patience,
            limits,
            turns,
            breaker: Breaker::default(),
            ledger: Ledger::default(),
            reserved: AtomicU64::new(0),
            schema: Mutex::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// A client with the usual patience and limits.
    #[must_use]
    pub fn simple(name: &str, provider: impl Provider + 'static) -> Self {
        Self::new(name, Arc::new(provider), None, Patience::default(), Limits::default())
    }

    /// The same with other patience; its ledger begins anew.
    #[must_use]
    pub fn with_patience(self, patience: Patience) -> Self {
        let Shared { name, provider, price, limits, .. } = &*self.shared;
        Self::new(name, Arc::clone(provider), *price, patience, *limits)
    }

    /// The same that writes down what it hears; see [`crate::providers::recorded`].
    ///
    /// # Errors
    /// [`ConfigError::Recording`].
    pub fn recorded(self, path: &Path) -> Result<Self, ConfigError> {
        let Shared { name, provider, price, patience, limits, .. } = &*self.shared;
        let provider = Arc::new(Recorder::new(Arc::clone(provider), path)?);
        Ok(Self::new(name, provider, *price, *patience, *limits))
    }

    /// Its name in the configuration.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.shared.name
    }

    /// What is known of it.
    #[must_use]
    pub fn facts(&self) -> Facts {
        self.shared.provider.facts()
    }

    /// What a token costs.
    #[must_use]
    pub fn price(&self) -> Option<Price> {
        self.shared.price
    }

    /// What it has done.
    #[must_use]
    pub fn ledger(&self) -> &Ledger {
        &self.shared.ledger
    }

    pub(crate) fn seen_schema(&self) -> Option<bool> {
        *self.shared.schema.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn see_schema(&self, kept: bool) {
        *self.shared.schema.lock().unwrap_or_else(PoisonError::into_inner) = Some(kept);
    }

    /// Asks, and waits for the whole answer.
    ///
    /// # Errors
    /// [`ModelError`], after as many tries as patience allows.
    pub async fn ask(&self, purpose: &str, request: ChatRequest) -> Result<Reply, ModelError> {
        self.ask_aloud(purpose, request, |_| {}).await
    }

    /// The same; `told` hears each piece as it comes. After the first piece of text it is not tried again.
    ///
    /// # Errors
    /// [`ModelError`].
    pub async fn ask_aloud(
        &self,
        purpose: &str,
        request: ChatRequest,
        told: impl FnMut(&Event) + Send,
    ) -> Result<Reply, ModelError> {
        Needs::of(&request).met_by(self.name(), &self.facts())?;
        let chat = self.shared.provider.chat().ok_or_else(|| unable(self.name(), "does not talk"))?;
        let rough = request.rough_tokens();
        let most = rough + u64::from(request.max_tokens);
        let request = Arc::new(request);
        self.call(purpose, rough, most, || chat.chat(Arc::clone(&request)), told).await
    }

    /// Fills a gap in a text.
    ///
    /// # Errors
    /// [`ModelError`].
    pub async fn fill(&self, purpose: &str, gap: Gap, told: impl FnMut(&Event) + Send) -> Result<Reply, ModelError> {
        let complete = self.shared.provider.complete().ok_or_else(|| unable(self.name(), "does not complete texts"))?;
        let (rough, most) = gap_tokens(&gap);
        let gap = Arc::new(gap);
        self.call(purpose, rough, most, || complete.complete(Arc::clone(&gap)), told).await
    }

    async fn call(
        &self,
        purpose: &str,
        rough: u64,
        most: u64,
        open: impl Fn() -> Events,
        mut told: impl FnMut(&Event) + Send,
    ) -> Result<Reply, ModelError> {
        let shared = &*self.shared;
        let aloud = AtomicBool::new(false);
        let mut told = |event: &Event| {
            aloud.store(true, Ordering::Relaxed);
            told(event);
        };
        let started = Instant::now();
        let _reserved = self.reserve(rough, most)?;
        let _turn = shared.turns.acquire().await.expect("invariant: the semaphore is never closed");
        let mut tries = 0;
        let tried = async {
            loop {
                tries += 1;
                match self.once(&open, &mut told).await {
                    Err(error) if error.passes() && tries < shared.patience.tries && !aloud.load(Ordering::Relaxed) => {
                        let wait = self.wait(tries, &error);
                        if wait > shared.patience.longest_wait {
                            return Err(error);
                        }
                        tokio::time::sleep(wait).await;
                    }
                    result => return result,
                }
            }
        };
        let result = tokio::time::timeout(shared.patience.total, tried)
            .await
            .unwrap_or(Err(ModelError::Slow(shared.patience.total)));
        let usage = result
            .as_ref()
            .map_or(Usage { prompt_tokens: rough, estimated: true, ..Usage::default() }, |r| r.ended.usage);
        shared.ledger.note(Call {
            model: shared.name.clone(),
            purpose: purpose.to_owned(),
            usage,
            cost: shared.price.map(|price| price.of(&usage)),
            seconds: started.elapsed().as_secs_f64(),
            tries,
            done: result.is_ok(),
        });
        result
    }

    /// One try.
    async fn once(
        &self,
        open: &impl Fn() -> Events,
        told: &mut (impl FnMut(&Event) + Send),
    ) -> Result<Reply, ModelError> {
        let guard = self.enter()?;
        let result = gather(open(), told).await;
        guard.ended(result.as_ref().is_err_and(ModelError::ails));
        result
    }

    /// Begins a try, unless the model rests.
    fn enter(&self) -> Result<Dropped<'_>, ModelError> {
        let shared = &*self.shared;
        let resting = |(failures, wait)| ModelError::Resting { model: shared.name.clone(), failures, wait };
        shared.breaker.enter().map_err(resting)?;
        Ok(Dropped(&shared.breaker, true))
    }

    /// How long to wait before another try.
    fn wait(&self, tries: u32, error: &ModelError) -> Duration {
        if let ModelError::Refused { retry_after: Some(wait), .. } = error {
            return *wait;
        }
        let longest = self.shared.patience.first_wait * 2_u32.saturating_pow(tries - 1).min(1 << 16);
        longest.min(self.shared.patience.longest_wait).mul_f64(chance())
    }

    /// Holds tokens back for a call, where the run is bounded.
    fn reserve(&self, rough: u64, most: u64) -> Result<Reserved<'_>, ModelError> {
        let shared = &*self.shared;
        let held = shared.reserved.fetch_add(most, Ordering::SeqCst);
        let reserved = Reserved(&shared.reserved, most);
        if shared.limits.tokens.is_none() && shared.limits.money.is_none() {
            return Ok(reserved);
        }
        let totals = shared.ledger.totals();
        if let Some(limit) = shared.limits.tokens
            && totals.usage.prompt_tokens + totals.usage.completion_tokens + held + most > limit
        {
            return Err(ModelError::Spent { what: "tokens", limit: limit.to_string() });
        }
        if let (Some(limit), Some(price)) = (shared.limits.money, shared.price) {
            let next = price.of(&Usage { prompt_tokens: rough, completion_tokens: most - rough, ..Usage::default() });
            if totals.cost + next > limit {
                return Err(ModelError::Spent { what: "money", limit: format!("{limit} {}", price.currency()) });
            }
        }
        Ok(reserved)
    }

    /// The answer as it comes. Until its first piece it is tried again as a call is; dropping it stops the work.
    #[must_use]
    pub fn stream(&self, request: ChatRequest) -> Events {
        if let Err(unfit) = Needs::of(&request).met_by(self.name(), &self.facts()) {
            return Box::pin(futures::stream::iter([Err(ModelError::Unfit(unfit))]));
        }
        let rough = request.rough_tokens();
        let most = rough + u64::from(request.max_tokens);
        let request = Arc::new(request);
        self.streamed(rough, most, move |provider, name| match provider.chat() {
            Some(chat) => Ok(chat.chat(Arc::clone(&request))),
            None => Err(unable(name, "does not talk")),
        })
    }

    /// A gap filled as it comes; tried again as [`Self::stream`] is.
    #[must_use]
    pub fn stream_gap(&self, gap: Gap) -> Events {
        let (rough, most) = gap_tokens(&gap);
        let gap = Arc::new(gap);
        self.streamed(rough, most, move |provider, name| match provider.complete() {
            Some(complete) => Ok(complete.complete(Arc::clone(&gap))),
            None => Err(unable(name, "does not complete texts")),
        })
    }

    fn streamed(
        &self,
        rough: u64,
        most: u64,
        open: impl Fn(&dyn Provider, &str) -> Result<Events, ModelError> + Send + Sync + 'static,
    ) -> Events {
        let this = self.clone();
        Box::pin(async_stream::try_stream! {
            let shared = &*this.shared;
            let started = Instant::now();
            let deadline = started + shared.patience.total;
            let _reserved = this.reserve(rough, most)?;
            let _turn = shared.turns.acquire().await.expect("invariant: the semaphore is never closed");
            let (mut tries, mut spoken, mut whole) = (0, false, false);
            let note = |usage: Usage, tries: u32, done: bool| {
                shared.ledger.note(Call {
                    model: shared.name.clone(),
                    purpose: "stream".to_owned(),
                    usage,
                    cost: shared.price.map(|price| price.of(&usage)),
                    seconds: started.elapsed().as_secs_f64(),
                    tries,
                    done,
                });
            };
            let error = loop {
                tries += 1;
                let guard = this.enter()?;
                let mut events = open(&*shared.provider, &shared.name)?;
                let error = loop {
                    let next = tokio::time::timeout_at(deadline, events.next()).await;
                    match next.unwrap_or(Some(Err(ModelError::Slow(shared.patience.total)))) {
                        Some(Ok(event)) => {
                            spoken = true;
                            if let Event::End(ended) = &event {
                                whole = true;
                                note(ended.usage, tries, true);
                            }
                            yield event;
                        }
                        Some(Err(error)) => break Some(error),
                        None => break (!whole).then_some(ModelError::Cut),
                    }
                };
                guard.ended(error.as_ref().is_some_and(ModelError::ails));
                let Some(error) = error else { return };
                let wait = this.wait(tries, &error);
                let again = error.passes() && !spoken && tries < shared.patience.tries;
                if !again || wait > shared.patience.longest_wait {
                    break error;
                }
                tokio::time::sleep(wait).await;
            };
            note(Usage { prompt_tokens: rough, estimated: true, ..Usage::default() }, tries, false);
            Err(error)?;
        })
    }
}

/// Tokens of a gap's text, and with what may be written, roughly.
fn gap_tokens(gap: &Gap) -> (u64, u64) {
    let rough = crate::rough_tokens(&gap.prefix) + gap.suffix.as_deref().map_or(0, crate::rough_tokens);
    (rough, rough + u64::from(gap.max_tokens))
}

/// A number from 0 to 1 that differs from call to call and from process to process, so that clients that failed together do
/// not come back together.
fn chance() -> f64 {
    let bits = std::hash::RandomState::new().build_hasher().finish();
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// Gives back what was held.
struct Reserved<'a>(&'a AtomicU64, u64);

impl Drop for Reserved<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(self.1, Ordering::SeqCst);
    }
}

/// Tells the breaker where a call was dropped.
struct Dropped<'a>(&'a Breaker, bool);

impl Dropped<'_> {
    fn ended(mut self, ailed: bool) {
        self.1 = false;
        self.0.leave(ailed);
    }
}

impl Drop for Dropped<'_> {
    fn drop(&mut self) {
        if self.1 {
            self.0.dropped();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicU32;

    use crate::providers::stub::Stub;
    use crate::{Chat, Message};

    /// Fails so many times, then answers.
    struct Failing {
        error: ModelError,
        times: u32,
        asked: AtomicU32,
        stub: Stub,
    }

    impl Provider for Failing {
        fn facts(&self) -> Facts {
            Facts::default()
        }
        fn chat(&self) -> Option<&dyn Chat> {
            Some(self)
        }
    }

    impl Chat for Failing {
        fn chat(&self, request: Arc<ChatRequest>) -> Events {
            if self.asked.fetch_add(1, Ordering::SeqCst) < self.times {
                return Box::pin(futures::stream::iter([Err(self.error.clone())]));
            }
            Chat::chat(&self.stub, request)
        }
    }

    /// Stops in the middle of its answer.
    struct Cutting;

    impl Provider for Cutting {
        fn facts(&self) -> Facts {
            Facts::default()
        }
        fn chat(&self) -> Option<&dyn Chat> {
            Some(self)
        }
    }

    impl Chat for Cutting {
        fn chat(&self, _: Arc<ChatRequest>) -> Events {
            Box::pin(futures::stream::iter([Ok(Event::Text("Ye".to_owned()))]))
        }
    }

    fn failing(error: ModelError, times: u32) -> Client {
        Client::simple("m", Failing { error, times, asked: AtomicU32::new(0), stub: Stub::saying("Yes") })
    }

    fn request() -> ChatRequest {
        ChatRequest::new(vec![Message::user("Well?")], 10)
    }

    fn refused(status: u16, retry_after: Option<u64>) -> ModelError {
        let retry_after = retry_after.map(Duration::from_secs);
        ModelError::Refused { status, code: None, retry_after, detail: crate::Detail::default() }
    }

    #[tokio::test(start_paused = true)]
    async fn what_passes_is_tried_again() {
        let client = failing(refused(503, None), 2);
        assert_eq!(client.ask("test", request()).await.unwrap().text, "Yes");
        assert_eq!(client.ledger().calls()[0].tries, 3);
        // As long as the server says.
        let client = failing(refused(429, Some(7)), 1);
        let started = Instant::now();
        client.ask("test", request()).await.unwrap();
        assert_eq!(started.elapsed(), Duration::from_secs(7));
        // Not for longer than anybody waits.
        assert!(failing(refused(429, Some(3_600)), 1).ask("test", request()).await.is_err());
        // What is wrong stays wrong.
        let client = failing(refused(401, None), 1);
        assert!(client.ask("test", request()).await.is_err());
        assert_eq!(client.ledger().calls()[0].tries, 1);
        assert_eq!(client.ledger().totals().failed, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_sick_server_rests() {
        let client = failing(refused(500, None), 99);
        let mut last = None;
        for _ in 0..3 {
            last = client.ask("test", request()).await.err();
        }
        assert!(matches!(last, Some(ModelError::Resting { .. })), "{last:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_is_tried_again_until_it_has_begun() {
        async fn heard(client: &Client) -> Result<Reply, ModelError> {
            gather(client.stream(request()), |_| {}).await
        }
        let client = failing(refused(503, None), 2);
        assert_eq!(heard(&client).await.unwrap().text, "Yes");
        assert_eq!((client.ledger().calls()[0].tries, client.ledger().totals().calls), (3, 1));
        let client = failing(refused(401, None), 1);
        assert!(heard(&client).await.is_err());
        assert_eq!(client.ledger().totals().failed, 1);
        // One that was heard in part is not said again.
        let client = Client::simple("m", Cutting);
        assert!(matches!(heard(&client).await, Err(ModelError::Cut)));
        assert_eq!(client.ledger().calls()[0].tries, 1);
        // A sick server rests, and a run is bounded.
        let client = failing(refused(500, None), 99);
        let mut last = None;
        for _ in 0..3 {
            last = heard(&client).await.err();
        }
        assert!(matches!(last, Some(ModelError::Resting { .. })), "{last:?}");
        let limits = Limits { tokens: Some(5), ..Limits::default() };
        let client = Client::new("m", Arc::new(Stub::saying("Yes")), None, Patience::default(), limits);
        assert!(matches!(heard(&client).await, Err(ModelError::Spent { what: "tokens", .. })));
    }

    #[tokio::test]
    async fn a_run_is_bounded() {
        let limits = Limits { tokens: Some(40), ..Limits::default() };
        let client = Client::new("m", Arc::new(Stub::saying("Yes")), None, Patience::default(), limits);
        client.ask("test", request()).await.unwrap();
        client.ask("test", request()).await.unwrap();
        let mut error = None;
        for _ in 0..5 {
            error = client.ask("test", request()).await.err().or(error);
        }
        assert!(matches!(error, Some(ModelError::Spent { what: "tokens", .. })));
    }

    #[tokio::test]
    async fn a_dropped_call_stops_the_work() {
        struct Endless(Arc<AtomicU32>);
        impl Provider for Endless {
            fn facts(&self) -> Facts {
                Facts::default()
            }
            fn chat(&self) -> Option<&dyn Chat> {
                Some(self)
            }
        }
        impl Chat for Endless {
            fn chat(&self, _: Arc<ChatRequest>) -> Events {
                let count = Arc::clone(&self.0);
                Box::pin(async_stream::try_stream! {
                    loop {
                        count.fetch_add(1, Ordering::SeqCst);
                        tokio::time::sleep(Duration::from_millis(1)).await;
                        yield Event::Text("more ".to_owned());
                    }
                })
            }
        }
        let count = Arc::new(AtomicU32::new(0));
        let client = Client::simple("m", Endless(Arc::clone(&count)));
        let asked = client.ask("test", request());
        assert!(tokio::time::timeout(Duration::from_millis(30), asked).await.is_err());
        let stood = count.load(Ordering::SeqCst);
        assert!(stood > 0);
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!(count.load(Ordering::SeqCst), stood);
    }
}
