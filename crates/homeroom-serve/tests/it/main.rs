//! The whole server, asked over HTTP.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod client;
mod official;
mod property;
mod stubs;

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use base64::Engine;
use homeroom_serve::{ApiKey, ServeError, Service, serve};
use serde_json::{Value, json};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

use client::{Answer, open, post, post_form, send};
use stubs::{BAND, Server, wav};

const CHAT: &str = "/v1/chat/completions";
const KEY: &str = "sk-0123456789abcdef";

fn chat(model: &str, more: &Value) -> Value {
    let mut body = json!({"model": model, "messages": [{"role": "user", "content": "a secret"}]});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    body
}

#[track_caller]
fn check_error(answer: &Answer, status: u16, code: &str, param: Option<&str>) {
    assert_eq!(answer.error(), (status, code.to_owned(), param.map(str::to_owned)), "{}", answer.text());
    assert!(!answer.text().contains("secret") && !answer.text().contains(KEY), "{}", answer.text());
}

#[tokio::test]
async fn a_whole_chat() {
    let server = Server::start(|_| {}).await;
    let answer = post(server.at, CHAT, &chat("talker", &json!({"logprobs": true, "top_logprobs": 2}))).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    let value = answer.json();
    assert_eq!(value["object"], "chat.completion");
    assert_eq!((&value["model"], &value["created"]), (&json!("talker"), &json!(1_800_000_000)));
    let choice = &value["choices"][0];
    assert_eq!(choice["message"]["content"], "You said: a secret");
    assert_eq!(choice["message"]["reasoning_content"], "Hm.");
    assert_eq!(choice["finish_reason"], "stop");
    let logs = &choice["logprobs"]["content"];
    assert_eq!((&logs[0]["bytes"], &logs[0]["top_logprobs"][1]["token"]), (&json!([89, 111, 117]), &json!("t1")));
    assert_eq!((&logs[1]["bytes"], &logs[1]["logprob"]), (&Value::Null, &json!(-9999.0)));
    let usage = &value["usage"];
    assert!(usage["prompt_tokens"].as_u64().unwrap() > 0);
    assert_eq!(
        usage["total_tokens"].as_u64().unwrap(),
        usage["prompt_tokens"].as_u64().unwrap() + usage["completion_tokens"].as_u64().unwrap()
    );
    let served = server.last().await;
    assert_eq!((served.endpoint, served.status, served.whole), ("POST /v1/chat/completions", Some(200), true));
    assert_eq!((served.model.as_deref(), served.key), (Some("talker"), None));
    assert!(served.usage.is_some());
}

#[tokio::test]
async fn a_streamed_chat() {
    let server = Server::start(|_| {}).await;
    let more = json!({"stream": true, "stream_options": {"include_usage": true}});
    let answer = post(server.at, CHAT, &chat("talker", &more)).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/event-stream")));
    let events = answer.events();
    assert_eq!(events[0]["choices"][0]["delta"]["role"], "assistant");
    let text: String =
        events.iter().filter_map(|e| e["choices"][0]["delta"]["content"].as_str()).collect::<Vec<_>>().concat();
    assert_eq!(text, "You said: a secret");
    let n = events.len();
    assert_eq!(events[n - 1], "[DONE]");
    assert!(events[n - 2]["choices"].as_array().unwrap().is_empty() && events[n - 2]["usage"]["total_tokens"].is_u64());
    assert_eq!(
        (&events[n - 3]["choices"][0]["finish_reason"], &events[n - 3]["usage"]),
        (&json!("stop"), &Value::Null)
    );
    assert!(events[..n - 1].iter().all(|e| e["id"] == events[0]["id"] && e["object"] == "chat.completion.chunk"));
    // Nobody who did not ask is told of tokens.
    let events = post(server.at, CHAT, &chat("talker", &json!({"stream": true}))).await.events();
    assert!(events.iter().all(|e| e.get("usage").is_none()));
}

#[tokio::test]
async fn tools_are_called() {
    let server = Server::start(|_| {}).await;
    let tool = |name: &str| json!({"type": "function", "function": {"name": name, "parameters": {"type": "object"}}});
    let tools = json!({"tools": [tool("look_up"), tool("date")]});
    let value = post(server.at, CHAT, &chat("talker", &tools)).await.json();
    let choice = &value["choices"][0];
    assert_eq!((&choice["finish_reason"], &choice["message"]["content"]), (&json!("tool_calls"), &Value::Null));
    let call = &choice["message"]["tool_calls"][1];
    assert_eq!((&call["type"], &call["function"]["name"]), (&json!("function"), &json!("date")));
    let arguments: Value = serde_json::from_str(call["function"]["arguments"].as_str().unwrap()).unwrap();
    assert_eq!(arguments, json!({"word": "go", "n": 1}));
    assert!(call.get("index").is_none());

    let mut streamed = tools.clone();
    streamed["stream"] = json!(true);
    let events = post(server.at, CHAT, &chat("talker", &streamed)).await.events();
    assert_eq!(events[2]["choices"][0]["delta"]["tool_calls"][0]["index"], 1);
    assert_eq!(events[3]["choices"][0]["finish_reason"], "tool_calls");

    // One that must be called is the only one; none is none.
    let mut one = tools.clone();
    one["tool_choice"] = json!({"type": "function", "function": {"name": "date"}});
    let value = post(server.at, CHAT, &chat("talker", &one)).await.json();
    assert_eq!(value["choices"][0]["message"]["tool_calls"].as_array().unwrap().len(), 1);
    let mut none = tools;
    none["tool_choice"] = json!("none");
    let value = post(server.at, CHAT, &chat("talker", &none)).await.json();
    assert_eq!(value["choices"][0]["message"]["content"], "You said: a secret");
}

#[tokio::test]
async fn answers_keep_to_a_schema() {
    let server = Server::start(|_| {}).await;
    let schema = json!({"type": "object", "properties": {"band": {"type": "integer"}}, "required": ["band"]});
    let format = json!({"response_format": {"type": "json_schema", "json_schema": {"name": "band", "schema": schema}}});
    let content = |value: &Value| value["choices"][0]["message"]["content"].as_str().unwrap().to_owned();
    assert_eq!(content(&post(server.at, CHAT, &chat("talker", &format)).await.json()), BAND);
    // It says it in words, is asked again, and puts it in a fence.
    assert_eq!(content(&post(server.at, CHAT, &chat("org/stubborn", &format)).await.json()), "{\"band\":3}");
    let mut streamed = format.clone();
    streamed["stream"] = json!(true);
    let events = post(server.at, CHAT, &chat("org/stubborn", &streamed)).await.events();
    assert_eq!(events[1]["choices"][0]["delta"]["content"], "{\"band\":3}");
    assert_eq!(events.last().unwrap(), "[DONE]");
    let object = json!({"response_format": {"type": "json_object"}});
    assert_eq!(content(&post(server.at, CHAT, &chat("org/stubborn", &object)).await.json()), "{\"band\":3}");
    // It never says that.
    let other = json!({"type": "object", "required": ["secret"]});
    let other = json!({"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": other}}});
    check_error(&post(server.at, CHAT, &chat("org/stubborn", &other)).await, 502, "schema_not_kept", None);
}

#[tokio::test]
async fn gaps_are_filled() {
    let server = Server::start(|_| {}).await;
    let body = json!({"model": "filler", "prompt": "def f(", "suffix": "): pass", "max_tokens": 7});
    let value = post(server.at, "/v1/completions", &body).await.json();
    assert_eq!(
        (&value["object"], &value["choices"][0]["text"]),
        (&json!("text_completion"), &json!("<def f(|): pass|7>!"))
    );
    assert_eq!((&value["choices"][0]["finish_reason"], &value["usage"]["total_tokens"]), (&json!("length"), &json!(7)));
    let body = json!({"model": "filler", "prompt": ["On"], "stream": true, "stream_options": {"include_usage": true}});
    let events = post(server.at, "/v1/completions", &body).await.events();
    assert_eq!(events[0]["choices"][0]["text"], "<On|-|16>");
    assert_eq!(events[2]["choices"][0]["finish_reason"], "length");
    assert_eq!((&events[3]["usage"]["prompt_tokens"], &events[4]), (&json!(5), &json!("[DONE]")));
    for (name, value) in
        [("echo", json!(true)), ("best_of", json!(2)), ("logprobs", json!(1)), ("prompt", json!([[1, 2]]))]
    {
        let mut body = json!({"model": "filler", "prompt": "x"});
        body[name] = value;
        check_error(&post(server.at, "/v1/completions", &body).await, 400, "unsupported_value", Some(name));
    }
    let body = json!({"model": "talker", "prompt": "x"});
    check_error(&post(server.at, "/v1/completions", &body).await, 400, "unsupported_model", Some("model"));
    check_error(&post(server.at, CHAT, &chat("filler", &json!({}))).await, 400, "unsupported_model", Some("model"));
}

#[tokio::test]
async fn texts_become_vectors() {
    let server = Server::start(|_| {}).await;
    let ask = async |more: Value| {
        let mut body = json!({"model": "vectors", "input": "four"});
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        post(server.at, "/v1/embeddings", &body).await
    };
    let value = ask(json!({})).await.json();
    assert_eq!(value["data"], json!([{"object": "embedding", "index": 0, "embedding": [4.0, 0.5, -0.25]}]));
    assert_eq!(value["usage"], json!({"prompt_tokens": 1, "total_tokens": 1}));
    let many: Vec<String> = (1..=40).map(|n| "x".repeat(n)).collect();
    let value = ask(json!({"input": many, "encoding_format": "base64", "dimensions": 3})).await.json();
    let last = &value["data"][39];
    let bytes = base64::engine::general_purpose::STANDARD.decode(last["embedding"].as_str().unwrap()).unwrap();
    assert_eq!((last["index"].as_u64(), &bytes[..4]), (Some(39), &40.0_f32.to_le_bytes()[..]));
    check_error(&ask(json!({"dimensions": 2})).await, 400, "unsupported_value", Some("dimensions"));
    check_error(&ask(json!({"input": []})).await, 400, "invalid_value", Some("input"));
    check_error(&ask(json!({"input": ["a", ""]})).await, 400, "invalid_value", Some("input[1]"));
    check_error(&ask(json!({"input": [[1]]})).await, 400, "unsupported_value", Some("input[0]"));
    check_error(&ask(json!({"encoding_format": "secret"})).await, 400, "invalid_value", Some("encoding_format"));
    check_error(&ask(json!({"model": "talker"})).await, 400, "unsupported_model", Some("model"));
    check_error(&ask(json!({"input": "panic"})).await, 500, "internal_error", None);
    assert_eq!(ask(json!({})).await.status, 200);
}

#[tokio::test]
async fn recordings_are_written_down() {
    let server = Server::start(|_| {}).await;
    let sound = wav();
    let ask = async |more: &[(&str, &str)]| {
        let mut parts: Vec<(&str, &[u8])> = vec![("model", b"ears"), ("file", &sound)];
        parts.extend(more.iter().map(|(name, value)| (*name, value.as_bytes())));
        post_form(server.at, "/v1/audio/transcriptions", &parts).await
    };
    assert_eq!(ask(&[]).await.json()["text"], "Hello.\nGoodbye.");
    assert_eq!(ask(&[("response_format", "text")]).await.text(), "Hello.\nGoodbye.\n");
    let srt = ask(&[("response_format", "srt")]).await;
    assert!(srt.text().starts_with("1\n00:00:00,000 --> "), "{}", srt.text());
    let vtt = ask(&[("response_format", "vtt")]).await;
    assert!(vtt.text().starts_with("WEBVTT"), "{}", vtt.text());
    let value = ask(&[("response_format", "verbose_json"), ("language", "zh")]).await.json();
    assert_eq!((&value["language"], &value["duration"]), (&json!("zh"), &json!(3.5)));
    assert_eq!((&value["segments"][1]["start"], value.get("words")), (&json!(2.0), None));
    let words = [("response_format", "verbose_json"), ("timestamp_granularities[]", "word"), ("unknown", "x")];
    let value = ask(&words).await.json();
    assert_eq!((&value["words"][0]["word"], value.get("segments")), (&json!("Hello."), None));

    check_error(&ask(&[("response_format", "secret")]).await, 400, "invalid_value", Some("response_format"));
    check_error(&ask(&[("language", "a secret")]).await, 400, "invalid_value", Some("language"));
    check_error(&ask(&[("temperature", "secret")]).await, 400, "invalid_value", Some("temperature"));
    check_error(&ask(&[("stream", "true")]).await, 400, "unsupported_value", Some("stream"));
    let at = "/v1/audio/transcriptions";
    let form = async |parts: &[(&str, &[u8])]| post_form(server.at, at, parts).await;
    check_error(&form(&[("model", b"ears")]).await, 400, "invalid_value", Some("file"));
    check_error(&form(&[("file", b"RIFF")]).await, 400, "invalid_value", Some("model"));
    check_error(&form(&[("model", b"\xff"), ("file", b"RIFF")]).await, 400, "invalid_value", Some("model"));
    check_error(&form(&[("model", b"ears"), ("file", b"secret")]).await, 400, "invalid_value", Some("file"));
    check_error(&form(&[("model", b"mouth"), ("file", b"RIFF")]).await, 400, "unsupported_model", Some("model"));
    check_error(&post(server.at, at, &json!({})).await, 415, "unsupported_media_type", None);
    let broken =
        send(server.at, "POST", at, &[("content-type", "multipart/form-data; boundary=xyz")], b"--xy secret").await;
    check_error(&broken, 400, "invalid_body", None);
}

#[tokio::test]
async fn texts_are_spoken() {
    let server = Server::start(|_| {}).await;
    let ask = async |more: Value| {
        let mut body = json!({"model": "mouth", "input": "Hello.", "voice": "anna"});
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        post(server.at, "/v1/audio/speech", &body).await
    };
    let answer = ask(json!({"response_format": "wav", "speed": 1.5})).await;
    assert_eq!((answer.header("content-type"), &answer.body), (Some("audio/wav"), &wav()));
    assert_eq!(ask(json!({"voice": {"id": "anna"}})).await.status, 200);
    check_error(&ask(json!({"response_format": "mp3"})).await, 400, "unsupported_value", Some("response_format"));
    check_error(&ask(json!({"voice": "secret"})).await, 400, "invalid_value", Some("voice"));
    check_error(&ask(json!({"speed": 9})).await, 400, "invalid_value", Some("speed"));
    check_error(&ask(json!({"input": " "})).await, 400, "invalid_value", Some("input"));
    check_error(&ask(json!({"input": "x".repeat(5000)})).await, 400, "invalid_value", Some("input"));
}

#[tokio::test]
async fn models_are_listed_and_nothing_else_is_there() {
    let server = Server::start(|_| {}).await;
    let get = async |path: &str| send(server.at, "GET", path, &[], b"").await;
    let value = get("/v1/models").await.json();
    let ids: Vec<&str> = value["data"].as_array().unwrap().iter().map(|m| m["id"].as_str().unwrap()).collect();
    assert_eq!(ids, ["talker", "org/stubborn", "filler", "endless", "silent", "refusing", "vectors", "ears", "mouth"]);
    assert_eq!(get("/v1/models/org/stubborn").await.json()["id"], "org/stubborn");
    assert_eq!(get("/v1/models/org%2Fstubborn").await.json()["id"], "org/stubborn");
    check_error(&get("/v1/models/secret").await, 404, "model_not_found", Some("model"));
    check_error(&get("/v1/models/%FF").await, 404, "model_not_found", Some("model"));
    check_error(&get("/v1/secret").await, 404, "not_found", None);
    check_error(&get(CHAT).await, 405, "method_not_allowed", None);
    assert_eq!(get("/health").await.json(), json!({"status": "ok"}));
    check_error(&post(server.at, CHAT, &chat("secret", &json!({}))).await, 404, "model_not_found", Some("model"));
    check_error(&post(server.at, CHAT, &chat("vectors", &json!({}))).await, 400, "unsupported_model", Some("model"));
    check_error(&post(server.at, CHAT, &json!({"messages": []})).await, 400, "invalid_value", Some("model"));
}

#[tokio::test]
async fn bodies_that_are_none() {
    let server = Server::start(|service| service.limits.body_bytes = 1000).await;
    let json = [("content-type", "application/json; charset=utf-8")];
    let ask = async |body: &[u8]| send(server.at, "POST", CHAT, &json, body).await;
    let answer = ask(b"{\"model\": \"talker\",\n \"secret").await;
    check_error(&answer, 400, "invalid_body", None);
    assert!(answer.text().contains("line 2"), "{}", answer.text());
    check_error(&ask(b"{\"model\": \"\xff\xfe\"}").await, 400, "invalid_body", None);
    check_error(&ask(b"{\"model\": \"\\ud800\"}").await, 400, "invalid_body", None);
    check_error(&ask("[".repeat(900).as_bytes()).await, 400, "invalid_body", None);
    check_error(&ask(b"").await, 400, "invalid_body", None);
    check_error(&ask(b"[]").await, 400, "invalid_value", Some("body"));
    check_error(&ask(&[b' '; 2000]).await, 413, "request_too_large", None);
    let chunked = [json[0], ("transfer-encoding", "chunked")];
    let body = format!("7d0\r\n{}\r\n0\r\n\r\n", " ".repeat(2000));
    check_error(&send(server.at, "POST", CHAT, &chunked, body.as_bytes()).await, 413, "request_too_large", None);
    let sound = [0; 2000];
    let form = post_form(server.at, "/v1/audio/transcriptions", &[("file", &sound)]).await;
    check_error(&form, 413, "request_too_large", None);
    for headers in [&[][..], &[("content-type", "text/plain")], &[json[0], ("content-encoding", "gzip")]] {
        check_error(&send(server.at, "POST", CHAT, headers, b"{}").await, 415, "unsupported_media_type", None);
    }
}

#[tokio::test]
async fn keys_are_asked_for_and_counted() {
    let time = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(86_400 * 9 + 86_000));
    let server = Server::start(|service| {
        service.keys = vec![
            ApiKey::new("class", KEY).unwrap().per_minute(3),
            ApiKey::new("spender", "sk-another-key-of-all").unwrap().per_day(20),
        ];
        let time = std::sync::Arc::clone(&time);
        service.clock = std::sync::Arc::new(move || time.load(Ordering::SeqCst));
    })
    .await;
    let get = async |headers: &[(&str, &str)]| send(server.at, "GET", "/v1/models", headers, b"").await;
    let answer = get(&[]).await;
    check_error(&answer, 401, "invalid_api_key", None);
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    for wrong in ["Bearer", "Bearer ", "Basic abc", "Bearer sk-0123456789abcdeF", "Bearer sk-0123456789abcdef0"] {
        check_error(&get(&[("authorization", wrong)]).await, 401, "invalid_api_key", None);
    }
    assert_eq!(send(server.at, "GET", "/health", &[], b"").await.status, 200);
    let right = [("authorization", "bearer sk-0123456789abcdef"), ("host", "school.example")];
    for _ in 0..3 {
        assert_eq!(get(&right).await.status, 200);
    }
    let answer = get(&right).await;
    check_error(&answer, 429, "rate_limit_exceeded", None);
    let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((55..=60).contains(&wait), "{wait}");
    assert_eq!(server.served.lock().unwrap().iter().filter(|s| s.key.as_deref() == Some("class")).count(), 3);

    let headers = [("authorization", "Bearer sk-another-key-of-all"), ("content-type", "application/json")];
    let spend = async |stream: bool| {
        let body = chat("talker", &json!({"max_tokens": 5, "stream": stream})).to_string();
        send(server.at, "POST", CHAT, &headers, body.as_bytes()).await
    };
    assert_eq!(spend(true).await.status, 200);
    assert_eq!(spend(false).await.status, 200);
    let answer = spend(false).await;
    check_error(&answer, 429, "insufficient_quota", None);
    assert_eq!(answer.header("retry-after"), Some("400"));
    time.fetch_add(400, Ordering::SeqCst);
    assert_eq!(spend(false).await.status, 200);
}

#[tokio::test]
async fn without_keys_only_this_machine_is_served() {
    let start = async |address: &str, service: Service| {
        let listener = TcpListener::bind(address).await.unwrap();
        serve(listener, service, std::future::ready(())).await
    };
    let service = || Service::new(std::sync::Arc::new(|| 0));
    let error = start("0.0.0.0:0", service()).await.unwrap_err();
    assert!(matches!(error, ServeError::Open { .. }) && error.to_string().contains("there is no key"), "{error}");
    start("127.0.0.1:0", service()).await.unwrap();
    let key = ApiKey::new("k", KEY).unwrap();
    start("0.0.0.0:0", Service { keys: vec![key.clone()], ..service() }).await.unwrap();
    let error = start("127.0.0.1:0", Service { keys: vec![key.clone(), key], ..service() }).await.unwrap_err();
    assert!(matches!(error, ServeError::KeyTwice { .. }));
    let model = ("m".to_owned(), homeroom_model::Client::simple("m", stubs::talker()));
    let error = start("127.0.0.1:0", Service { models: vec![model.clone(), model], ..service() }).await.unwrap_err();
    assert!(matches!(error, ServeError::Twice { .. }));

    // Pages of other sites, and names that only lead here.
    let server = Server::start(|service| service.limits.origins = vec!["https://class.example".into()]).await;
    let get = async |headers: &[(&str, &str)]| send(server.at, "GET", "/v1/models", headers, b"").await;
    check_error(&get(&[("origin", "https://evil.example")]).await, 403, "origin_not_allowed", None);
    check_error(&get(&[("origin", "null")]).await, 403, "origin_not_allowed", None);
    check_error(&get(&[("host", "evil.example")]).await, 403, "host_not_allowed", None);
    for host in ["localhost", "LOCALHOST:8000", "127.0.0.1:1", "[::1]:80", "[::1]"] {
        assert_eq!(get(&[("host", host)]).await.status, 200, "{host}");
    }
    let answer = get(&[("origin", "https://class.example")]).await;
    assert_eq!(answer.header("access-control-allow-origin"), Some("https://class.example"));
    let asked = [("origin", "https://class.example"), ("access-control-request-headers", "authorization")];
    let answer = send(server.at, "OPTIONS", CHAT, &asked, b"").await;
    assert_eq!((answer.status, answer.header("access-control-allow-headers")), (204, Some("authorization")));
}

#[tokio::test]
async fn no_more_than_so_many_at_once() {
    let server = Server::start(|service| service.limits.concurrent = 2).await;
    let json = [("content-type", "application/json")];
    let body = chat("endless", &json!({"stream": true})).to_string();
    let mut streams = Vec::new();
    for _ in 0..2 {
        let mut stream = open(server.at, "POST", CHAT, &json, body.as_bytes()).await;
        assert!(stream.read(&mut [0; 64]).await.unwrap() > 0);
        streams.push(stream);
    }
    let answer = post(server.at, CHAT, &chat("talker", &json!({}))).await;
    check_error(&answer, 503, "overloaded", None);
    assert_eq!(answer.header("retry-after"), Some("1"));
    // Their places are free as soon as they have gone.
    streams.clear();
    for _ in 0..100 {
        if post(server.at, CHAT, &chat("talker", &json!({}))).await.status == 200 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the places stay taken");
}

/// Waits until `count` no longer grows.
async fn rests(count: &std::sync::atomic::AtomicU32) -> bool {
    for _ in 0..40 {
        let before = count.load(Ordering::SeqCst);
        tokio::time::sleep(Duration::from_millis(100)).await;
        if count.load(Ordering::SeqCst) == before {
            return true;
        }
    }
    false
}

#[tokio::test]
async fn a_client_that_goes_stops_the_work() {
    let server = Server::start(|_| {}).await;
    let json = [("content-type", "application/json")];
    // Whole answers and streams; models that speak, and those that only think.
    for (model, stream) in [("endless", true), ("endless", false), ("silent", true), ("silent", false)] {
        let before = server.said.load(Ordering::SeqCst);
        let body = chat(model, &json!({"stream": stream})).to_string();
        let connection = open(server.at, "POST", CHAT, &json, body.as_bytes()).await;
        while server.said.load(Ordering::SeqCst) < before + 5 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        drop(connection);
        assert!(rests(&server.said).await, "{model} {stream}");
    }
    let served = server.served.lock().unwrap().clone();
    assert!(served.len() == 4 && served.iter().all(|s| !s.whole), "{served:?}");
    // Vectors that nobody waits for are not made.
    let body = json!({"model": "vectors", "input": vec!["slow"; 1600]}).to_string();
    let connection = open(server.at, "POST", "/v1/embeddings", &json, body.as_bytes()).await;
    while server.embedded.load(Ordering::SeqCst) < 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    drop(connection);
    assert!(rests(&server.embedded).await);
    assert!(server.embedded.load(Ordering::SeqCst) < 60);
}

#[tokio::test]
async fn silence_is_kept_alive_and_ends() {
    let server = Server::start(|service| {
        service.limits.keep_alive = Duration::from_millis(100);
        service.limits.request = Duration::from_secs(3);
    })
    .await;
    let answer = post(server.at, CHAT, &chat("silent", &json!({"stream": true}))).await;
    assert_eq!(answer.status, 200);
    assert!(answer.text().matches(": still here\n\n").count() >= 3, "{}", answer.text());
    let events = answer.events();
    assert_eq!(events.last().unwrap()["error"]["code"], "timeout");
    check_error(&post(server.at, CHAT, &chat("silent", &json!({}))).await, 504, "timeout", None);
}

#[tokio::test]
async fn a_providers_refusal_is_not_passed_on() {
    let server = Server::start(|_| {}).await;
    for stream in [false, true] {
        server.served.lock().unwrap().clear();
        let answer = post(server.at, CHAT, &chat("refusing", &json!({"stream": stream}))).await;
        check_error(&answer, 502, "model_unavailable", None);
        assert!(!answer.text().contains("provider_code") && !answer.text().contains("401"), "{}", answer.text());
        let served = server.last().await;
        assert_eq!((served.status, served.code), (Some(502), Some("model_unavailable")));
        assert_eq!(served.cause.as_deref(), Some("the server refused: HTTP 401 (provider_code)"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_at_once() {
    let server = Server::start(|service| service.limits.concurrent = 128).await;
    let at = server.at;
    let one = |i: u32| async move {
        let more =
            json!({"stream": i.is_multiple_of(2), "messages": [{"role": "user", "content": format!("number {i}.")}]});
        let answer = post(at, CHAT, &chat("talker", &more)).await;
        assert_eq!(answer.status, 200);
        let text = if i.is_multiple_of(2) {
            let events = answer.events();
            events.iter().filter_map(|e| e["choices"][0]["delta"]["content"].as_str()).collect::<Vec<_>>().concat()
        } else {
            answer.json()["choices"][0]["message"]["content"].as_str().unwrap().to_owned()
        };
        assert_eq!(text, format!("You said: number {i}."));
    };
    let tasks: Vec<_> = (0..100).map(|i| tokio::spawn(one(i))).collect();
    for task in tasks {
        task.await.unwrap();
    }
}

#[tokio::test]
async fn what_is_under_way_may_end_and_not_for_ever() {
    let server = Server::start(|service| service.limits.farewell = Duration::from_millis(400)).await;
    let json = [("content-type", "application/json")];
    let body = chat("endless", &json!({"stream": true})).to_string();
    let mut endless = open(server.at, "POST", CHAT, &json, body.as_bytes()).await;
    assert!(endless.read(&mut [0; 64]).await.unwrap() > 0);
    let at = server.at;
    let slow = json!({"model": "vectors", "input": "slow"});
    let slow = tokio::spawn(async move { post(at, "/v1/embeddings", &slow).await.status });
    while server.embedded.load(Ordering::SeqCst) == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let began = Instant::now();
    let said = std::sync::Arc::clone(&server.said);
    server.stop().await;
    assert!((300..5000).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
    assert_eq!(slow.await.unwrap(), 200);
    assert!(rests(&said).await);
}
