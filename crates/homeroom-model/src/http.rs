//! Asking a server over HTTP: bounded in time and size, and never led elsewhere.

use std::time::Duration;

use eventsource_stream::Eventsource;
use futures::{Stream, StreamExt};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Response, Url};
use serde_json::Value;

use crate::{Detail, Key, ModelError};

/// Largest answer. A long essay's review with its reasoning has about 200 kB.
const MOST: usize = 16 << 20;

/// Longest line of a stream. One that does not end is read again with every piece of it.
const MOST_OF_LINE: usize = 1 << 20;

/// Most that is read of a refusal.
const MOST_OF_REFUSAL: usize = 64 << 10;

/// A server and how it is asked.
#[derive(Debug, Clone)]
pub(crate) struct Server {
    client: Client,
    base: Url,
    key: Option<Key>,
    /// How long nothing may come.
    stall: Duration,
}

/// What a server sent.
pub(crate) enum Sent {
    /// One event of a stream.
    Piece(Value),
    /// The end of a stream, said as such.
    Done,
    /// A whole answer, where no stream came though one was asked for.
    Whole(Value),
}

impl Sent {
    /// The data of one event of a stream; nothing where it is empty.
    pub(crate) fn event(data: &str) -> Result<Option<Self>, ModelError> {
        match data.trim() {
            "" => Ok(None),
            "[DONE]" => Ok(Some(Self::Done)),
            data => {
                let piece = serde_json::from_str(data);
                piece
                    .map(|piece| Some(Self::Piece(piece)))
                    .map_err(|_| ModelError::Garbled { what: "no JSON in its stream" })
            }
        }
    }
}

impl Server {
    /// The server at `base`, such as `http://localhost:8000/v1`.
    pub(crate) fn new(base: &Url, key: Option<Key>, stall: Duration) -> Self {
        // Two of them in one process are fine; the first stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .connect_timeout(Duration::from_secs(10))
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("homeroom/", env!("CARGO_PKG_VERSION")))
            .build()
            .expect("invariant: the system's certificates can be read");
        let mut base = base.clone();
        if !base.path().ends_with('/') {
            base.set_path(&format!("{}/", base.path()));
        }
        Self { client, base, key, stall }
    }

    fn host(&self) -> String {
        let port = self.base.port().map(|port| format!(":{port}")).unwrap_or_default();
        format!("{}{port}", self.base.host_str().unwrap_or("the server"))
    }

    /// The body of a successful answer is not read yet.
    async fn ask(&self, method: reqwest::Method, path: &str, body: Option<&Value>) -> Result<Response, ModelError> {
        let url = self.base.join(path).map_err(|_| ModelError::Unreachable { host: self.host() })?;
        let mut request = self.client.request(method, url);
        if let Some(key) = &self.key {
            let mut value = HeaderValue::from_str(&format!("Bearer {}", key.secret()))
                .expect("invariant: a key is printable ASCII");
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        }
        let sent =
            tokio::time::timeout(self.stall, request.send()).await.map_err(|_| ModelError::Stalled(self.stall))?;
        let response = sent.map_err(|error| self.failed(&error))?;
        let status = response.status();
        if status.is_redirection() {
            return Err(ModelError::Redirected { status: status.as_u16() });
        }
        if !status.is_success() {
            let retry_after = response.headers().get(RETRY_AFTER).and_then(|v| v.to_str().ok()).and_then(wait);
            let bytes = self.read(response, MOST_OF_REFUSAL).await.unwrap_or_default();
            return Err(self.refusal(status.as_u16(), retry_after, &String::from_utf8_lossy(&bytes)));
        }
        Ok(response)
    }

    fn failed(&self, error: &reqwest::Error) -> ModelError {
        if error.is_connect() || error.is_request() {
            ModelError::Unreachable { host: self.host() }
        } else if error.is_timeout() {
            ModelError::Stalled(self.stall)
        } else {
            ModelError::Cut
        }
    }

    /// A refusal from what the server said of it.
    fn refusal(&self, status: u16, retry_after: Option<Duration>, said: &str) -> ModelError {
        let value: Value = serde_json::from_str(said).unwrap_or(Value::Null);
        let (code, message) = refusal_of(&value).unwrap_or((None, said.chars().take(2_000).collect()));
        let detail = self.key.as_ref().map_or_else(|| message.clone(), |key| key.redact(&message));
        ModelError::Refused { status, code, retry_after, detail: Detail(detail) }
    }

    async fn read(&self, response: Response, most: usize) -> Result<Vec<u8>, ModelError> {
        let mut bytes = Vec::new();
        let mut stream = response.bytes_stream();
        loop {
            let next = tokio::time::timeout(self.stall, stream.next()).await;
            match next.map_err(|_| ModelError::Stalled(self.stall))? {
                None => return Ok(bytes),
                Some(Ok(more)) if bytes.len() + more.len() <= most => bytes.extend_from_slice(&more),
                Some(Ok(_)) => return Err(ModelError::Huge { limit: most }),
                Some(Err(_)) => return Err(ModelError::Cut),
            }
        }
    }

    /// The JSON at `path`.
    pub(crate) async fn get(&self, path: &str) -> Result<Value, ModelError> {
        let response = self.ask(reqwest::Method::GET, path, None).await?;
        let bytes = self.read(response, MOST).await?;
        serde_json::from_slice(&bytes).map_err(|_| ModelError::Garbled { what: "no JSON" })
    }

    /// Asks with `body`, and gives what comes: a stream's events, or a whole answer. A refusal within a stream is an error.
    pub(crate) fn post(
        &self,
        path: &'static str,
        body: Value,
    ) -> impl Stream<Item = Result<Sent, ModelError>> + Send + use<> {
        let server = self.clone();
        async_stream::try_stream! {
            let response = server.ask(reqwest::Method::POST, path, Some(&body)).await?;
            let kind = response.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or("").to_owned();
            if kind.starts_with("application/json") {
                let bytes = server.read(response, MOST).await?;
                let value: Value =
                    serde_json::from_slice(&bytes).map_err(|_| ModelError::Garbled { what: "no JSON" })?;
                server.check(&value)?;
                yield Sent::Whole(value);
                return;
            }
            let bytes = response.bytes_stream().map(|piece| piece.map_err(|_| ModelError::Cut));
            let mut events = Box::pin(server.events(bytes));
            while let Some(event) = events.next().await {
                yield event?;
            }
        }
    }

    /// The events of a stream of bytes, wherever it is cut into pieces.
    fn events<B: AsRef<[u8]>>(
        &self,
        bytes: impl Stream<Item = Result<B, ModelError>> + Send,
    ) -> impl Stream<Item = Result<Sent, ModelError>> + Send {
        let (mut read, mut line) = (0, 0);
        let bounded = bytes.map(move |piece| {
            let piece = piece?;
            let bytes = piece.as_ref();
            read += bytes.len();
            line = match bytes.iter().rposition(|b| matches!(b, b'\n' | b'\r')) {
                Some(at) => bytes.len() - at - 1,
                None => line + bytes.len(),
            };
            if read > MOST {
                return Err(ModelError::Huge { limit: MOST });
            }
            if line > MOST_OF_LINE { Err(ModelError::Huge { limit: MOST_OF_LINE }) } else { Ok(piece) }
        });
        let server = self.clone();
        async_stream::try_stream! {
            let mut events = Box::pin(bounded.eventsource());
            loop {
                let next = tokio::time::timeout(server.stall, events.next()).await;
                let Some(event) = next.map_err(|_| ModelError::Stalled(server.stall))? else { break };
                let event = event.map_err(|error| match error {
                    eventsource_stream::EventStreamError::Transport(error) => error,
                    eventsource_stream::EventStreamError::Utf8(_) => ModelError::Garbled { what: "no UTF-8" },
                    eventsource_stream::EventStreamError::Parser(_) => ModelError::Garbled { what: "no event stream" },
                })?;
                let Some(sent) = Sent::event(&event.data)? else { continue };
                if let Sent::Piece(piece) = &sent {
                    server.check(piece)?;
                }
                let done = matches!(sent, Sent::Done);
                yield sent;
                if done {
                    break;
                }
            }
        }
    }

    /// A refusal that stands in an answer that says 200.
    fn check(&self, value: &Value) -> Result<(), ModelError> {
        match refusal_of(value) {
            Some(_) => Err(self.refusal(200, None, &value.to_string())),
            None => Ok(()),
        }
    }
}

/// Code and message of a refusal: `error` as an object or a string, Spark's `code` and `message`, or `detail` alone.
fn refusal_of(value: &Value) -> Option<(Option<String>, String)> {
    let text = |v: &Value| match v {
        Value::String(s) => Some(s.clone()),
        Value::Number(n) => Some(n.to_string()),
        _ => None,
    };
    let tidy = |s: String| -> String {
        s.chars().filter(|c| c.is_ascii_alphanumeric() || "_.-".contains(*c)).take(60).collect()
    };
    match value.get("error") {
        Some(Value::String(message)) => return Some((None, message.clone())),
        Some(error @ Value::Object(_)) => {
            let code = error.get("code").and_then(text).or_else(|| error.get("type").and_then(text)).map(tidy);
            let message = error.get("message").and_then(text).unwrap_or_else(|| error.to_string());
            return Some((code.filter(|c| !c.is_empty()), message));
        }
        _ => {}
    }
    // iFLYTEK Spark: 0 is success.
    let code = value.get("code").and_then(text)?;
    if code == "0" || value.get("choices").and_then(Value::as_array).is_some_and(|c| !c.is_empty()) {
        return None;
    }
    Some((Some(tidy(code)), value.get("message").and_then(text).unwrap_or_default()))
}

/// How long to wait by a `Retry-After`: seconds or a date.
fn wait(value: &str) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse::<f64>() {
        return (0.0..1e6).contains(&seconds).then(|| Duration::from_secs_f64(seconds));
    }
    let until = httpdate::parse_http_date(value).ok()?;
    Some(until.duration_since(std::time::SystemTime::now()).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chat::gather;
    use crate::providers::openai::Reader;
    use crate::{ChatRequest, Event, Message, Tool};
    use serde_json::json;

    fn server() -> Server {
        Server::new(&Url::parse("http://localhost:1/v1").unwrap(), None, Duration::from_secs(1))
    }

    /// The answer of a stream that comes in these pieces.
    async fn answer(server: &Server, pieces: Vec<Vec<u8>>) -> Result<crate::Reply, ModelError> {
        let tool = Tool { name: "look_up".into(), description: String::new(), parameters: json!({}) };
        let request = ChatRequest { tools: vec![tool], ..ChatRequest::new(vec![Message::user("Hi")], 9) };
        let mut reader = Reader::new(&request);
        let mut all: Vec<Result<Event, ModelError>> = Vec::new();
        let mut sent = Box::pin(server.events(futures::stream::iter(pieces.into_iter().map(Ok))));
        while let Some(piece) = sent.next().await {
            all.extend(reader.take(piece?)?.into_iter().map(Ok));
        }
        all.extend(reader.finish()?.into_iter().map(Ok));
        gather(Box::pin(futures::stream::iter(all)), |_| {}).await
    }

    #[tokio::test]
    async fn streams_cut_at_any_byte_read_the_same() {
        let server = server();
        let events = [
            json!({"choices": [{"delta": {"role": "assistant", "reasoning_content": "想一想 🤔"}}]}).to_string(),
            json!({"choices": [{"delta": {"content": "你好, café ☕"}}], "model": "m"}).to_string(),
            json!({"choices": [{"delta": {"content": " and more"}}]}).to_string(),
            json!({"choices": [{"delta": {"tool_calls": [{"index": 0, "id": "a", "function": {"name": "look_up", "arguments": "{\"word\": \"去"}}]}}]}).to_string(),
            json!({"choices": [{"delta": {"tool_calls": [{"index": 0, "function": {"arguments": "\"}"}}]}, "finish_reason": "tool_calls"}]}).to_string(),
            json!({"choices": [], "usage": {"prompt_tokens": 5, "completion_tokens": 9}}).to_string(),
            "[DONE]".to_owned(),
        ];
        for end in ["\n\n", "\r\n\r\n", "\r\r"] {
            let body: String = std::iter::once(format!(": a comment{end}"))
                .chain(events.iter().map(|data| format!("data: {data}{end}")))
                .collect();
            let whole = answer(&server, vec![body.clone().into_bytes()]).await.unwrap();
            assert_eq!(
                (whole.text.as_str(), whole.calls.len(), whole.reasoning.as_str()),
                ("你好, café ☕ and more", 1, "想一想 🤔")
            );
            assert_eq!(whole.calls[0].arguments, json!({"word": "去"}));
            // A linear congruential generator (Knuth's MMIX) chooses the cuts.
            let mut state = 1_u64;
            for _ in 0..3_400 {
                let mut pieces = Vec::new();
                let mut rest = body.as_bytes();
                while !rest.is_empty() {
                    state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    let n = (1 + (state >> 40) as usize % 90).min(rest.len());
                    pieces.push(rest[..n].to_vec());
                    rest = &rest[n..];
                }
                assert_eq!(answer(&server, pieces).await.unwrap(), whole);
            }
        }
    }

    #[tokio::test]
    async fn streams_cut_off_anywhere_end_in_an_error_or_whole() {
        let server = server();
        let body = format!(
            "data: {}\n\ndata: [DONE]\n\n",
            json!({"choices": [{"delta": {"content": "Yes ☕"}, "finish_reason": "stop"}]})
        );
        for n in 0..body.len() {
            match answer(&server, vec![body.as_bytes()[..n].to_vec()]).await {
                Ok(reply) => assert_eq!(reply.text, "Yes ☕", "{n}"),
                Err(error) => assert!(matches!(error, ModelError::Cut | ModelError::Garbled { .. }), "{n}: {error}"),
            }
        }
    }

    #[test]
    fn refusals_come_in_many_forms() {
        let check = |value: Value, wanted: Option<(Option<&str>, &str)>| {
            let wanted = wanted.map(|(code, message)| (code.map(str::to_owned), message.to_owned()));
            assert_eq!(refusal_of(&value), wanted, "{value}");
        };
        check(json!({"error": {"message": "no", "code": "bad key!"}}), Some((Some("badkey"), "no")));
        check(
            json!({"error": {"message": "no", "type": "overloaded_error", "code": null}}),
            Some((Some("overloaded_error"), "no")),
        );
        check(json!({"error": "model not found"}), Some((None, "model not found")));
        check(json!({"code": 10013, "message": "审核", "sid": "x"}), Some((Some("10013"), "审核")));
        check(json!({"code": 0, "message": "Success", "choices": []}), None);
        check(json!({"choices": [{}]}), None);
        check(json!({"error": null, "choices": [{}]}), None);
    }

    #[test]
    fn waits() {
        assert_eq!(wait("2"), Some(Duration::from_secs(2)));
        assert_eq!(wait("0.5"), Some(Duration::from_millis(500)));
        assert_eq!(wait("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        assert_eq!(wait("soon"), None);
        assert_eq!(wait("-1"), None);
    }
}
