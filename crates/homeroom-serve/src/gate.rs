//! What every request passes: whose it is, whether it may, how long it takes, and what is told of it afterwards.

use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures::FutureExt;
use homeroom_model::{Client, Usage};
use http_body::{Frame, SizeHint};
use serde_json::{Map, Value, json};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use crate::key::{Account, Spending};
use crate::refusal::{Refusal, Trace};
use crate::{Gone, Served, Service};
use crate::{audio, chat, completions, embeddings, models};

/// The service as its handlers share it.
pub(crate) struct Shared {
    pub(crate) service: Service,
    /// When it began, in seconds since 1970.
    pub(crate) since: u64,
    accounts: Vec<Arc<Account>>,
    turns: Arc<Semaphore>,
    desks: Arc<Semaphore>,
}

impl Shared {
    pub(crate) fn new(service: Service) -> Self {
        Self {
            since: (service.clock)(),
            accounts: service.keys.iter().cloned().map(Account::new).collect(),
            turns: Arc::new(Semaphore::new(service.limits.concurrent.max(1))),
            desks: Arc::new(Semaphore::new(service.limits.computing.max(1))),
            service,
        }
    }

    /// The model that clients call `name`.
    pub(crate) fn model(&self, name: &str) -> Result<(&str, &Client), Refusal> {
        match self.service.models.iter().find(|(known, _)| known == name) {
            Some((name, client)) => Ok((name, client)),
            None if models::all(&self.service).any(|known| known == name) => Err(Refusal::OtherModel("does not talk")),
            None => Err(Refusal::NoModel),
        }
    }

    /// Lets a model of this process compute, on a thread that may be blocked and when it is its turn.
    pub(crate) async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Gone) -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let gone = Gone::default();
        let _leaving = gone.on_drop();
        let desk = Arc::clone(&self.desks).acquire_owned().await.expect("invariant: the semaphore is never closed");
        let job = tokio::task::spawn_blocking(move || {
            // The desk is taken until the work is done, also when nobody waits for it any more.
            let _desk = desk;
            work(&gone)
        });
        job.await.map_err(|_| Refusal::Panicked)
    }
}

/// Who asks, until when, and what is known of the request so far.
#[derive(Clone)]
pub(crate) struct Caller {
    account: Option<Arc<Account>>,
    pub(crate) deadline: Instant,
    notes: Arc<Mutex<Notes>>,
}

#[derive(Default)]
struct Notes {
    model: Option<String>,
    usage: Option<Usage>,
    trace: Option<Trace>,
}

impl Caller {
    fn note(&self, write: impl FnOnce(&mut Notes)) {
        write(&mut self.notes.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// A model of the configuration is asked.
    pub(crate) fn asks(&self, model: &str) {
        self.note(|notes| notes.model = Some(model.to_owned()));
    }

    /// So much it was.
    pub(crate) fn used(&self, usage: Usage) {
        self.note(|notes| notes.usage = Some(usage));
    }

    /// It was refused after its answer had begun.
    pub(crate) fn refused(&self, refusal: &Refusal) {
        self.note(|notes| notes.trace = Some(refusal.trace()));
    }

    /// Takes tokens from the day's allowance.
    pub(crate) fn spend(&self, shared: &Shared, prompt: u64, answer: u64) -> Result<Spending, Refusal> {
        Spending::begin(self.account.as_ref(), &shared.service.clock, prompt, answer)
    }
}

/// The addresses.
pub(crate) fn router(shared: Arc<Shared>) -> Router {
    let limit = DefaultBodyLimit::max(shared.service.limits.body_bytes);
    Router::new()
        .route("/v1/models", get(models::list))
        .route("/v1/models/{*id}", get(models::one))
        .route("/v1/chat/completions", post(chat::answer))
        .route("/v1/completions", post(completions::answer))
        .route("/v1/embeddings", post(embeddings::answer))
        .route("/v1/audio/transcriptions", post(audio::transcribe))
        .route("/v1/audio/speech", post(audio::speak))
        .fallback(|| async { Refusal::NoRoute })
        .method_not_allowed_fallback(|| async { Refusal::Method })
        .layer(limit)
        .layer(from_fn_with_state(Arc::clone(&shared), gate))
        .route("/health", get(async || Json(json!({"status": "ok"}))))
        .with_state(shared)
}

async fn gate(State(shared): State<Arc<Shared>>, mut request: Request, next: Next) -> Response {
    let mut watch = Watch::new(&shared, endpoint(&request));
    let origin = request.headers().get(header::ORIGIN).cloned();
    let result = match admit(&shared, &request, origin.as_ref()) {
        Ok(Entry::Preflight) => Ok(preflight(request.headers())),
        Ok(Entry::Ask { account, turn }) => {
            watch.turn = Some(turn);
            watch.key = account.as_ref().map(|account| account.name().to_owned());
            let limit = shared.service.limits.request;
            let caller = Caller { account, deadline: Instant::now() + limit, notes: Arc::clone(&watch.notes) };
            let deadline = caller.deadline;
            request.extensions_mut().insert(caller);
            let answer = AssertUnwindSafe(tokio::time::timeout_at(deadline, next.run(request))).catch_unwind();
            match answer.await {
                Ok(Ok(response)) => Ok(response),
                Ok(Err(_)) => Err(Refusal::Slow(limit)),
                Err(_) => Err(Refusal::Panicked),
            }
        }
        Err(refusal) => Err(refusal),
    };
    let allowed = !matches!(result, Err(Refusal::Origin));
    let mut response = result.unwrap_or_else(IntoResponse::into_response);
    if let Some(origin) = origin.filter(|_| allowed) {
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    }
    if !shared.service.limits.origins.is_empty() {
        response.headers_mut().append(header::VARY, HeaderValue::from_static("Origin"));
    }
    response.headers_mut().insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    watch.status = Some(response.status());
    watch.whole = response.body().is_end_stream();
    if let Some(trace) = response.extensions_mut().remove::<Trace>() {
        watch.notes.lock().unwrap_or_else(PoisonError::into_inner).trace = Some(trace);
    }
    response.map(|inner| Body::new(Watched { inner, watch }))
}

enum Entry {
    /// A browser asks whether its page may ask.
    Preflight,
    Ask {
        account: Option<Arc<Account>>,
        turn: OwnedSemaphorePermit,
    },
}

fn admit(shared: &Shared, request: &Request, origin: Option<&HeaderValue>) -> Result<Entry, Refusal> {
    let headers = request.headers();
    let origins = &shared.service.limits.origins;
    if let Some(origin) = origin {
        // Also without keys, or any page that a person opens could use the models of their machine.
        if !origins.iter().any(|known| known.as_bytes() == origin.as_bytes()) {
            return Err(Refusal::Origin);
        }
        if request.method() == Method::OPTIONS {
            return Ok(Entry::Preflight);
        }
    }
    let account = if shared.accounts.is_empty() {
        // A page could have its own name resolved to this machine; the browser then sends that name.
        if !host_is_here(headers) {
            return Err(Refusal::Host);
        }
        None
    } else {
        let account = Account::of(&shared.accounts, bearer(headers)?).ok_or(Refusal::WrongKey)?;
        account.ask(Instant::now())?;
        Some(Arc::clone(account))
    };
    let turn = Arc::clone(&shared.turns).try_acquire_owned().map_err(|_| Refusal::Full)?;
    Ok(Entry::Ask { account, turn })
}

fn bearer(headers: &HeaderMap) -> Result<&[u8], Refusal> {
    let value = headers.get(header::AUTHORIZATION).ok_or(Refusal::NoKey)?.as_bytes();
    match value.split_at_checked(7) {
        Some((scheme, key)) if scheme.eq_ignore_ascii_case(b"bearer ") => Ok(key.trim_ascii()),
        _ => Err(Refusal::NoKey),
    }
}

fn host_is_here(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(header::HOST) else { return true };
    let Ok(host) = host.to_str() else { return false };
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost") || bare.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

fn preflight(headers: &HeaderMap) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let told = response.headers_mut();
    told.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST"));
    told.insert(header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    // The official client sends several headers of its own; none of them decides anything here.
    if let Some(wanted) = headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        told.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
    }
    response
}

/// By which the log calls an address: what a client wrote is not repeated.
fn endpoint(request: &Request) -> &'static str {
    match (request.method().as_str(), request.uri().path()) {
        ("GET", "/v1/models") => "GET /v1/models",
        ("GET", path) if path.starts_with("/v1/models/") => "GET /v1/models/{id}",
        ("POST", "/v1/chat/completions") => "POST /v1/chat/completions",
        ("POST", "/v1/completions") => "POST /v1/completions",
        ("POST", "/v1/embeddings") => "POST /v1/embeddings",
        ("POST", "/v1/audio/transcriptions") => "POST /v1/audio/transcriptions",
        ("POST", "/v1/audio/speech") => "POST /v1/audio/speech",
        _ => "other",
    }
}

/// Reads a request that is one JSON object.
pub(crate) async fn read_json(shared: &Shared, request: Request) -> Result<Map<String, Value>, Refusal> {
    let headers = request.headers();
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let media = media.split(';').next().unwrap_or("").trim();
    let plain = headers.get(header::CONTENT_ENCODING).is_none_or(|value| value == "identity");
    if !media.eq_ignore_ascii_case("application/json") || !plain {
        return Err(Refusal::MediaType("application/json"));
    }
    let most = shared.service.limits.body_bytes;
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if length.is_some_and(|length| length > most) {
        return Err(Refusal::Large { most });
    }
    let bytes = read_body(request.into_body(), most).await?;
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err(Refusal::field("body", "must be an object")),
        Err(_) if std::str::from_utf8(&bytes).is_err() => Err(Refusal::NotUtf8),
        // Its text may quote the request, its place does not.
        Err(error) => Err(Refusal::NotJson { line: error.line(), column: error.column() }),
    }
}

async fn read_body(mut body: Body, most: usize) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    while let Some(frame) = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let Ok(data) = frame.map_err(|_| Refusal::Cut)?.into_data() else { continue };
        if bytes.len() + data.len() > most {
            return Err(Refusal::Large { most });
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}

/// Tells of a request when it is over, and keeps its turn until then.
struct Watch {
    shared: Arc<Shared>,
    endpoint: &'static str,
    began: Instant,
    turn: Option<OwnedSemaphorePermit>,
    key: Option<String>,
    notes: Arc<Mutex<Notes>>,
    status: Option<StatusCode>,
    whole: bool,
}

impl Watch {
    fn new(shared: &Arc<Shared>, endpoint: &'static str) -> Self {
        Self {
            shared: Arc::clone(shared),
            endpoint,
            began: Instant::now(),
            turn: None,
            key: None,
            notes: Arc::default(),
            status: None,
            whole: false,
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.turn = None;
        let Some(observer) = &self.shared.service.observer else { return };
        let notes = std::mem::take(&mut *self.notes.lock().unwrap_or_else(PoisonError::into_inner));
        let (code, cause) = notes.trace.map_or((None, None), |trace| (Some(trace.code), trace.cause));
        observer(&Served {
            endpoint: self.endpoint,
            status: self.status.map(|status| status.as_u16()),
            code,
            cause,
            model: notes.model,
            key: self.key.take(),
            usage: notes.usage,
            took: self.began.elapsed(),
            whole: self.whole,
        });
    }
}

/// The body of an answer, with its watch.
struct Watched {
    inner: Body,
    watch: Watch,
}

impl HttpBody for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(cx);
        // A whole answer is never polled again after its last frame.
        if matches!(polled, Poll::Ready(None)) || self.inner.is_end_stream() {
            self.watch.whole = true;
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
