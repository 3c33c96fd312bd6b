//! Providers against a local server that misbehaves on purpose.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod server;

use std::time::Duration;

use homeroom_model::{ChatRequest, Client, Config, Entry, Limits, Message, ModelError, Patience, Reply, Stop};
use serde_json::{Value, json};
use server::{Act, Server};

fn entry(server: &Server) -> Entry {
    Entry {
        name: "m".into(),
        provider: "openai".into(),
        url: Some(server.url()),
        model: Some("model".into()),
        stall_seconds: Some(1),
        ..Entry::default()
    }
}

fn client(entry: &Entry) -> Client {
    let client = entry.client(None, Limits::default(), |_| unreachable!("no embedded model")).unwrap();
    client.with_patience(Patience { first_wait: Duration::from_millis(5), ..Patience::default() })
}

fn request() -> ChatRequest {
    ChatRequest::new(vec![Message::system("Be brief."), Message::user("A pupil's secret words")], 20)
}

fn stream(text: &str) -> Act {
    let piece = |delta: Value, end: Value| {
        format!("data: {}\n\n", json!({"choices": [{"delta": delta, "finish_reason": end}]}))
    };
    Act::Answer {
        status: 200,
        headers: vec!["content-type: text/event-stream".into()],
        body: format!(
            "{}{}data: [DONE]\n\n",
            piece(json!({"content": text}), Value::Null),
            piece(json!({}), json!("stop"))
        )
        .into_bytes(),
    }
}

fn answer(status: u16, body: &Value) -> Act {
    Act::Answer { status, headers: vec!["content-type: application/json".into()], body: body.to_string().into_bytes() }
}

/// What a client gets from a server that does this, in order, and what the server was sent.
async fn ask(acts: Vec<Act>) -> (Result<Reply, ModelError>, Vec<Value>) {
    let server = Server::start(acts);
    let result = client(&entry(&server)).ask("test", request()).await;
    (result, server.asked())
}

#[tokio::test]
async fn a_stream_a_whole_answer_and_an_answer_after_a_refusal() {
    let (reply, asked) = ask(vec![stream("Yes.")]).await;
    let reply = reply.unwrap();
    assert_eq!((reply.text.as_str(), reply.ended.stop), ("Yes.", Stop::Complete));
    assert_eq!(asked[0]["messages"][0]["role"], "system");
    assert_eq!(asked[0]["max_tokens"], 20);

    let whole = json!({"choices": [{"message": {"content": "Whole."}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 3, "completion_tokens": 1}});
    assert_eq!(ask(vec![answer(200, &whole)]).await.0.unwrap().text, "Whole.");

    // It does not know `stream_options`, nor `seed`: asked again in plainer terms.
    let no = answer(400, &json!({"error": {"message": "unknown field", "code": "bad_field"}}));
    let (reply, asked) = ask(vec![no.clone(), no, stream("Plain.")]).await;
    assert_eq!(reply.unwrap().text, "Plain.");
    assert!(asked[2].get("seed").is_none() && asked[2].get("stream_options").is_none());

    let busy = Act::Answer { status: 429, headers: vec!["retry-after: 0".into()], body: Vec::new() };
    let (reply, asked) = ask(vec![busy, stream("Now.")]).await;
    assert_eq!((reply.unwrap().text.as_str(), asked.len()), ("Now.", 2));
}

#[tokio::test]
async fn a_schema_that_is_refused_is_told_in_words() {
    let server = Server::start(vec![
        answer(400, &json!({"error": "unsupported"})),
        answer(400, &json!({"error": "unsupported"})),
        answer(400, &json!({"error": "unsupported"})),
        stream("I think it is band 3."),
        stream("{\"band\": 3}"),
    ]);
    let schema = json!({"type": "object", "properties": {"band": {"type": "integer"}}, "required": ["band"]});
    let schema = homeroom_model::Schema { name: "band".into(), schema };
    let answer = homeroom_model::ask_for::<Value>(&client(&entry(&server)), "test", request(), schema).await.unwrap();
    assert_eq!((answer.json, answer.repairs), (json!({"band": 3}), 1));
}

#[tokio::test]
async fn what_goes_wrong_is_told_and_tells_nothing() {
    #[track_caller]
    fn check(error: &ModelError, wanted: impl Fn(&ModelError) -> bool) {
        assert!(wanted(error), "{error:?}");
        let shown = format!("{error} {error:#?}");
        let told = error.to_string();
        assert!(!shown.contains("secret") && !shown.contains("sk-test"), "{told}");
    }
    // The key and the prompt come back in the refusal.
    let echo = json!({"error": {"message": "bad key sk-test for: A pupil's secret words", "code": "invalid_api_key"}});
    let server = Server::start(vec![answer(401, &echo)]);
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    std::fs::write(&key, "sk-test\n").unwrap();
    #[cfg(unix)]
    std::fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    let error = client(&Entry { key_file: Some(key), ..entry(&server) }).ask("test", request()).await.unwrap_err();
    check(&error, |e| e.to_string() == "the server refused: HTTP 401 (invalid_api_key)");
    assert!(error.detail().unwrap().contains("[key]"));
    assert!(server.heads()[0].contains("authorization: Bearer sk-test"));

    // An error within a stream that says 200.
    let within = Act::Answer {
        status: 200,
        headers: vec!["content-type: text/event-stream".into()],
        body: b"data: {\"error\": {\"message\": \"secret\", \"code\": \"content_policy\"}}\n\n".to_vec(),
    };
    check(&ask(vec![within]).await.0.unwrap_err(), |e| matches!(e, ModelError::Refused { status: 200, .. }));

    // Elsewhere: not followed, so no key goes there.
    let other = Server::start(vec![stream("Gotcha.")]);
    let elsewhere = Act::Answer {
        status: 307,
        headers: vec![format!("location: {}/chat/completions", other.url())],
        body: Vec::new(),
    };
    check(&ask(vec![elsewhere]).await.0.unwrap_err(), |e| matches!(e, ModelError::Redirected { status: 307 }));
    assert!(other.asked().is_empty());

    check(&ask(vec![Act::Stall]).await.0.unwrap_err(), |e| matches!(e, ModelError::Stalled(_)));
    let error = ask(vec![Act::Close, Act::Close, Act::Close, Act::Close]).await.0.unwrap_err();
    check(&error, |e| matches!(e, ModelError::Unreachable { .. } | ModelError::Cut));
    check(&ask(vec![Act::Endless]).await.0.unwrap_err(), |e| matches!(e, ModelError::Huge { .. }));
    let bad = || Act::Answer {
        status: 200,
        headers: vec!["content-type: text/event-stream".into()],
        body: b"data: {\"choices\": [{\"delta\": {\"content\": \"\xff\xfe\"}}]}\n\n".to_vec(),
    };
    check(&ask(vec![bad(), bad(), bad(), bad()]).await.0.unwrap_err(), |e| matches!(e, ModelError::Garbled { .. }));
    let html = || Act::Answer {
        status: 200,
        headers: vec!["content-type: application/json".into()],
        body: b"<html>".to_vec(),
    };
    check(&ask(vec![html(), html(), html(), html()]).await.0.unwrap_err(), |e| matches!(e, ModelError::Garbled { .. }));
}

#[tokio::test]
async fn spark_replies() {
    let server = Server::start(vec![
        answer(200, &json!({"code": 0, "message": "Success", "sid": "s", "choices": [{"message": {"role": "assistant", "content": "你好"}, "index": 0}], "usage": {"prompt_tokens": 2, "completion_tokens": 1, "total_tokens": 3}})),
        answer(200, &json!({"code": 11200, "message": "AppIdNoAuthError", "sid": "s"})),
        Act::Answer {
            status: 200,
            headers: vec!["content-type: text/event-stream".into()],
            body: "data:{\"code\":0,\"message\":\"Success\",\"sid\":\"s\",\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":\"好\"},\"index\":0}]}\n\ndata:{\"code\":0,\"choices\":[],\"usage\":{\"prompt_tokens\":2,\"completion_tokens\":1,\"total_tokens\":3}}\n\ndata:[DONE]\n\n".as_bytes().to_vec(),
        },
    ]);
    let entry = Entry { provider: "spark".into(), model: Some("lite".into()), ..entry(&server) };
    let client = client(&entry);
    assert_eq!(client.ask("test", request()).await.unwrap().text, "你好");
    let error = client.ask("test", request()).await.unwrap_err();
    assert_eq!(error.to_string(), "the server refused: HTTP 200 (11200)");
    let reply = client.ask("test", request()).await.unwrap();
    assert_eq!((reply.text.as_str(), reply.ended.usage.prompt_tokens), ("好", 2));
    // Lite calls no tools, and says so before anything is sent.
    let tool =
        homeroom_model::Tool { name: "t".into(), description: String::new(), parameters: json!({"type": "object"}) };
    let error = client.ask("test", ChatRequest { tools: vec![tool], ..request() }).await.unwrap_err();
    assert_eq!(error.to_string(), "m does not call tools");
    assert_eq!(server.asked().len(), 3);
    assert!(server.asked()[0].get("seed").is_none());
}

#[tokio::test]
async fn a_call_that_is_dropped_closes_the_connection() {
    let server = Server::start(vec![Act::Stall]);
    let client = client(&Entry { stall_seconds: Some(60), ..entry(&server) });
    assert!(tokio::time::timeout(Duration::from_millis(200), client.ask("test", request())).await.is_err());
    server.closed().await;
}

#[tokio::test]
async fn the_doctor_finds_out_what_a_server_does() {
    let server = Server::start(vec![
        stream("one two three"),
        stream("pineapple"),
        stream("{\"animal\": \"axolotl\", \"legs\": 4}"),
        stream("Sunny."),
        stream("yes"),
        answer(400, &json!({"error": "no images"})),
    ]);
    let profile = homeroom_model::examine(&client(&entry(&server)), |_| {}).await.unwrap();
    let facts = profile.facts;
    assert_eq!(
        (facts.schema, facts.json, facts.tools, facts.images),
        (Some(true), Some(true), Some(false), Some(false))
    );
}

#[test]
fn a_configuration_names_its_providers() {
    assert_eq!(Config::providers(), ["embedded", "openai", "recorded", "spark", "stub"]);
}
