//! Whatever a client sends, the server is not to blame.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::client::post;
use crate::stubs::Server;

/// Fields that the interface knows, so that chance gets past the first check.
const NAMES: [&str; 32] = [
    "model",
    "messages",
    "role",
    "content",
    "type",
    "text",
    "image_url",
    "url",
    "input_audio",
    "format",
    "data",
    "tools",
    "function",
    "name",
    "parameters",
    "tool_choice",
    "response_format",
    "json_schema",
    "schema",
    "stream",
    "seed",
    "stop",
    "max_tokens",
    "logprobs",
    "top_logprobs",
    "prompt",
    "suffix",
    "input",
    "dimensions",
    "voice",
    "$ref",
    "tool_calls",
];

const TEXTS: [&str; 22] = [
    "",
    "talker",
    "filler",
    "vectors",
    "mouth",
    "user",
    "assistant",
    "tool",
    "system",
    "text",
    "image_url",
    "input_audio",
    "json_object",
    "json_schema",
    "function",
    "required",
    "data:image/png;base64,AAAA",
    "https://example.org/a.png",
    "wav",
    "#",
    "\u{0}\u{fffd}",
    "anna",
];

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-2_i64..30).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        proptest::sample::select(&TEXTS[..]).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        let name = proptest::sample::select(&NAMES[..]).prop_map(str::to_owned);
        let entries = proptest::collection::vec((name, inner.clone()), 0..6);
        prop_oneof![
            proptest::collection::vec(inner, 0..4).prop_map(Value::from),
            entries.prop_map(|entries| Value::Object(entries.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// A request that is right but for some fields.
fn any_request() -> impl Strategy<Value = (&'static str, Value)> {
    let right = prop_oneof![
        Just((
            "/v1/chat/completions",
            json!({"model": "talker", "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}],
                "tools": [{"type": "function", "function": {"name": "t"}}],
                "response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {}}}}),
        )),
        Just(("/v1/completions", json!({"model": "filler", "prompt": "x", "suffix": "y"}))),
        Just(("/v1/embeddings", json!({"model": "vectors", "input": ["x", "y"]}))),
        Just(("/v1/audio/speech", json!({"model": "mouth", "input": "x", "voice": "anna"}))),
    ];
    (right, proptest::collection::vec((any::<prop::sample::Index>(), any_value()), 0..3)).prop_map(
        |((path, mut body), changes)| {
            for (at, value) in changes {
                let mut places = Vec::new();
                pointers(&body, String::new(), &mut places);
                if let Some(place) = body.pointer_mut(at.get::<String>(&places)) {
                    *place = value;
                }
            }
            (path, body)
        },
    )
}

fn pointers(value: &Value, path: String, into: &mut Vec<String>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(name, value)| {
            pointers(value, format!("{path}/{}", name.replace('~', "~0").replace('/', "~1")), into);
        }),
        Value::Array(list) => {
            list.iter().enumerate().for_each(|(i, value)| pointers(value, format!("{path}/{i}"), into));
        }
        _ => {}
    }
    into.push(path);
}

#[test]
fn no_body_is_the_servers_fault() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let server = runtime.block_on(Server::start(|_| {}));
    let n_answered = std::cell::Cell::new(0);
    proptest!(ProptestConfig::with_cases(1500), |((path, body) in any_request())| {
        let answer = runtime.block_on(post(server.at, path, &body));
        prop_assert!(answer.status < 500, "{} for {body}: {}", answer.status, answer.text());
        if answer.status == 200 {
            n_answered.set(n_answered.get() + 1);
        } else {
            answer.error();
        }
    });
    // Chance also makes requests that are right, or nothing behind the reading would have been seen.
    assert!(n_answered.get() > 100, "{}", n_answered.get());
}
