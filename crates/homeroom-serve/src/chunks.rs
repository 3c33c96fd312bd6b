//! Answers that come in pieces, as server-sent events.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::response::sse::{self, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::{Stream, StreamExt};
use homeroom_model::{Ended, Event, Events, ModelError, Stop, TokenLog, Usage, rough_tokens};
use serde_json::{Value, json};

use crate::gate::{Caller, Shared};
use crate::key::Spending;
use crate::refusal::Refusal;

/// An answer as it comes.
pub(crate) type Told = Pin<Box<dyn Stream<Item = Result<Event, Refusal>> + Send>>;

/// How long to wait for a first piece before the answer's head is sent: what goes wrong until then is told by its status, which
/// clients understand better than an error within a stream.
const FIRST: Duration = Duration::from_secs(2);

/// The pieces of one kind of answer, each as JSON.
pub(crate) trait Pieces: Send + 'static {
    /// What comes before everything else.
    fn first(&mut self) -> Option<String>;
    /// What comes for `event`, which is not the end.
    fn piece(&mut self, event: Event) -> Option<String>;
    /// What comes at the end.
    fn last(&mut self, ended: &Ended) -> Vec<String>;
}

/// What a model says, as it is told here.
pub(crate) fn told(events: Events) -> Told {
    Box::pin(events.map(|event| event.map_err(Refusal::Model)))
}

/// Answers in pieces.
///
/// # Errors
/// What goes wrong before the first piece, if that is soon enough.
pub(crate) async fn stream(
    shared: Arc<Shared>,
    caller: Caller,
    mut spending: Spending,
    mut told: Told,
    mut pieces: impl Pieces,
) -> Result<Response, Refusal> {
    let mut first = match tokio::time::timeout(FIRST, told.next()).await {
        Ok(Some(Err(refusal))) => {
            spending.was_nothing();
            return Err(refusal);
        }
        Ok(event) => Some(event),
        Err(_) => None,
    };
    let Limits { keep_alive, request } = Limits::of(&shared);
    let sent = async_stream::stream! {
        if let Some(piece) = pieces.first() {
            yield data(piece);
        }
        loop {
            let event = match first.take() {
                Some(event) => event,
                None => match tokio::time::timeout_at(caller.deadline, told.next()).await {
                    Ok(event) => event,
                    Err(_) => Some(Err(Refusal::Slow(request))),
                },
            };
            match event.unwrap_or(Err(Refusal::Model(ModelError::Cut))) {
                Ok(Event::End(ended)) => {
                    spending.was(ended.usage);
                    caller.used(ended.usage);
                    // Whoever reads the end may ask again at once.
                    drop(spending);
                    for piece in pieces.last(&ended) {
                        yield data(piece);
                    }
                    yield data("[DONE]".to_owned());
                    break;
                }
                Ok(event) => {
                    if let Event::Text(text) | Event::Reasoning(text) = &event {
                        spending.wrote(rough_tokens(text));
                    }
                    if let Some(piece) = pieces.piece(event) {
                        yield data(piece);
                    }
                }
                Err(refusal) => {
                    caller.refused(&refusal);
                    yield data(refusal.body().to_string());
                    break;
                }
            }
        }
    };
    Ok(Sse::new(sent).keep_alive(KeepAlive::new().interval(keep_alive).text("still here")).into_response())
}

/// The limits of a stream.
struct Limits {
    keep_alive: Duration,
    request: Duration,
}

impl Limits {
    fn of(shared: &Shared) -> Self {
        let limits = &shared.service.limits;
        Self { keep_alive: limits.keep_alive, request: limits.request }
    }
}

fn data(json: String) -> Result<sse::Event, Infallible> {
    Ok(sse::Event::default().data(json))
}

/// Why an answer ends, in OpenAI's words.
pub(crate) fn finish(stop: Stop, calls: bool) -> &'static str {
    match stop {
        Stop::Length => "length",
        Stop::Filtered => "content_filter",
        Stop::Calls => "tool_calls",
        Stop::Complete if calls => "tool_calls",
        Stop::Complete => "stop",
    }
}

/// Tokens, in OpenAI's words.
pub(crate) fn usage(usage: &Usage) -> Value {
    json!({
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.prompt_tokens.saturating_add(usage.completion_tokens),
        "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
    })
}

/// Log-probabilities, in OpenAI's words.
pub(crate) fn logprobs(logs: &[TokenLog]) -> Value {
    let entry = |token: &str, logprob: f32| {
        // Half a character has no bytes of its own here, and JSON has no infinities: OpenAI writes -9999 for nearly impossible.
        let bytes = (!token.contains('\u{fffd}')).then_some(token.as_bytes());
        let logprob = if logprob.is_finite() { f64::from(logprob) } else { -9999.0 };
        json!({"token": token, "logprob": logprob, "bytes": bytes})
    };
    let log = |log: &TokenLog| {
        let mut value = entry(&log.token, log.logprob);
        value["top_logprobs"] = log.top.iter().map(|(token, logprob)| entry(token, *logprob)).collect();
        value
    };
    json!({"content": logs.iter().map(log).collect::<Vec<_>>(), "refusal": null})
}

/// A name that no other answer has: 64 bits by chance.
pub(crate) fn id(kind: &str) -> String {
    use std::hash::{BuildHasher, Hasher};
    let bits = || std::hash::RandomState::new().build_hasher().finish();
    format!("{kind}-{:016x}{:08x}", bits(), bits() >> 32)
}
