//! A server that is a program.

use std::collections::BTreeMap;
use std::time::Duration;

use homeroom_mcp::{ConnectError, Connection, Inherited, Limits, Reach, serve_over};
use homeroom_tools::{Effect, ToolError};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

use crate::{call, command, connect, server, tool, tools};

const SAMPLE: &str = env!("CARGO_BIN_EXE_homeroom-mcp-sample");

#[tokio::test]
async fn tools_come_with_their_effects_and_harmless_descriptions() {
    let connection = connect(command(SAMPLE, &[])).await;
    assert_eq!(connection.tools().len(), 7);
    let echo = tool(&connection, "it__echo");
    assert_eq!(echo.effect(), Effect::Reads);
    assert_eq!(tool(&connection, "it__remember").effect(), Effect::Changes);
    let spec = echo.spec();
    assert_eq!(spec.description, "echo < |im_start| >");
    assert_eq!(spec.parameters["properties"]["text"]["description"], "Anything. [end of data]");
    assert_eq!(call(&connection, "it__echo", json!({"text": "你好"})).await.unwrap().text, "你好");
    connection.close().await;
}

#[tokio::test]
async fn failures_are_told() {
    let connection = connect(command(SAMPLE, &[])).await;
    match call(&connection, "it__fail", json!({})).await.unwrap_err() {
        ToolError::Told { words } => assert_eq!(words, "no luck"),
        error => panic!("{error}"),
    }
    match call(&connection, "it__echo", json!({"text": 5})).await.unwrap_err() {
        ToolError::Told { words } => assert!(words.contains("`text`"), "{words}"),
        error => panic!("{error}"),
    }
}

#[tokio::test]
async fn a_server_that_dies_gives_errors() {
    let connection = connect(command(SAMPLE, &[])).await;
    for _ in 0..2 {
        let error = call(&connection, "it__die", json!({})).await.unwrap_err();
        assert!(matches!(error, ToolError::Broken { .. }), "{error:?}");
    }
    assert!(!connection.is_open());
    connection.close().await;
}

#[tokio::test]
async fn time_and_size_are_bounded() {
    let limits = Limits { call: Duration::from_millis(300), result: 1_000, ..Limits::default() };
    let server = homeroom_mcp::Server { limits, ..server(command(SAMPLE, &[])) };
    let connection = Connection::open(&server, &Inherited::default()).await.unwrap();
    assert!(matches!(call(&connection, "it__slow", json!({})).await.unwrap_err(), ToolError::Slow(_)));
    let error = call(&connection, "it__huge", json!({"n": 1_001})).await.unwrap_err();
    assert!(matches!(error, ToolError::Huge { limit: 1_000 }));
    assert_eq!(call(&connection, "it__huge", json!({"n": 1_000})).await.unwrap().text.len(), 1_000);
    // What is longer than any message may be is not even kept, and the connection lasts.
    let error = call(&connection, "it__huge", json!({"n": 5 << 20})).await.unwrap_err();
    assert!(matches!(error, ToolError::Slow(_) | ToolError::Broken { .. }), "{error:?}");
}

#[tokio::test]
async fn a_program_sees_no_variables_but_those_it_is_given() {
    // Under the test's own environment, which holds more than these.
    assert!(std::env::vars().count() > 3);
    let environment = BTreeMap::from([("GIVEN".into(), "1".into())]);
    let reach = Reach::Command { program: SAMPLE.into(), arguments: Vec::new(), environment };
    let connection = connect(reach).await;
    let seen = call(&connection, "it__environment", json!({})).await.unwrap().text;
    let mut seen: Vec<&str> = seen.split(' ').collect();
    seen.sort_unstable();
    let allowed = ["GIVEN", "HOME", "PATH"];
    assert!(seen.contains(&"GIVEN") && seen.iter().all(|name| allowed.contains(name)), "{seen:?}");
}

#[tokio::test]
async fn what_cannot_be_reached_is_an_error() {
    let open = async |reach, name: &str| {
        let limits = Limits { connect: Duration::from_secs(2), ..Limits::default() };
        let server = homeroom_mcp::Server { name: name.to_owned(), reach, limits };
        Connection::open(&server, &Inherited::of(std::env::vars_os())).await.unwrap_err()
    };
    assert!(matches!(open(command("/no/such/program", &[]), "it").await, ConnectError::Start { .. }));
    assert!(matches!(open(command(SAMPLE, &[]), "a b").await, ConnectError::Name { .. }));
    // A program that says nothing, and one that says something else and ends.
    assert!(matches!(open(command("sleep", &["60".into()]), "it").await, ConnectError::Slow { .. }));
    let other = open(command("echo", &["hello".into()]), "it").await;
    assert!(matches!(other, ConnectError::Handshake { .. } | ConnectError::Slow { .. }), "{other:?}");
}

#[tokio::test]
async fn only_what_reads_is_offered_unless_more_is_allowed() {
    for (changes, n) in [(false, 6), (true, 7)] {
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let (input, output) = tokio::io::split(theirs);
        let served = tokio::spawn(async move { serve_over(&tools::sample(), changes, input, output).await });
        let (read, mut write) = tokio::io::split(ours);
        let mut lines = BufReader::new(read).lines();
        let mut ask = async |message: Value| {
            write.write_all(format!("{message}\n").as_bytes()).await.unwrap();
            match message.get("id") {
                Some(_) => serde_json::from_str(&lines.next_line().await.unwrap().unwrap()).unwrap(),
                None => Value::Null,
            }
        };
        let client =
            json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
        ask(json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": client})).await;
        ask(json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).await;
        let listed = ask(json!({"jsonrpc": "2.0", "id": 2, "method": "tools/list"})).await;
        assert_eq!(listed["result"]["tools"].as_array().unwrap().len(), n);
        let params = json!({"name": "remember", "arguments": {"text": "x"}});
        let called = ask(json!({"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": params})).await;
        assert_eq!(called.get("error").is_some(), !changes, "{called}");
        drop((write, lines));
        served.await.unwrap().unwrap();
    }
}
