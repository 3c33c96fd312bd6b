//! The programs of the official kits (Python's `mcp`, TypeScript's `@modelcontextprotocol/sdk`) against ours.
//!
//! They run where `HOMEROOM_SDKS` names a folder that `scripts/fetch-sdks.sh` filled, and say so where not.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use homeroom_mcp::{Connection, HttpOptions, Inherited, Reach, serve_http};
use homeroom_tools::{Effect, ToolError};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::{call, connect, server, tool, tools, url};

/// A kit: the program that runs its scripts, and what they need.
struct Kit {
    program: PathBuf,
    environment: BTreeMap<&'static str, PathBuf>,
    server: &'static str,
    client: &'static str,
}

/// The folder of the kits, or a message that `test` is skipped.
fn folder(test: &str, needed: &str) -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("HOMEROOM_SDKS").map(PathBuf::from) else {
        eprintln!("skipped: {test} (HOMEROOM_SDKS is not set; scripts/fetch-sdks.sh FOLDER fills a folder for it)");
        return None;
    };
    if !folder.join(needed).exists() {
        eprintln!("skipped: {test} ({} has no {needed}; scripts/fetch-sdks.sh fetches it)", folder.display());
        return None;
    }
    Some(folder)
}

fn python(test: &str) -> Option<Kit> {
    let program = folder(test, "venv/bin/python")?.join("venv/bin/python");
    Some(Kit { program, environment: BTreeMap::new(), server: "server.py", client: "client.py" })
}

fn typescript(test: &str) -> Option<Kit> {
    let modules = folder(test, "node_modules/@modelcontextprotocol/sdk")?.join("node_modules");
    let environment = BTreeMap::from([("NODE_PATH", modules)]);
    Some(Kit { program: "node".into(), environment, server: "server.cjs", client: "client.cjs" })
}

fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kits").join(name)
}

/// Our client with the kit's server, once connected.
async fn use_server(connection: Connection) {
    assert_eq!(connection.tools().len(), 3);
    assert_eq!(tool(&connection, "it__add").effect(), Effect::Reads);
    assert_eq!(tool(&connection, "it__remember").effect(), Effect::Changes);
    assert_eq!(call(&connection, "it__add", json!({"a": 2, "b": 40})).await.unwrap().text, "42");
    assert_eq!(call(&connection, "it__remember", json!({"text": "你好"})).await.unwrap().text, "remembered: 你好");
    match call(&connection, "it__fail", json!({})).await.unwrap_err() {
        // The Python kit keeps what an exception says to itself.
        ToolError::Told { words } => assert!(words.contains("no luck") || words.contains("fail"), "{words}"),
        error => panic!("{error}"),
    }
    connection.close().await;
}

async fn their_server_over_stdio(kit: &Kit) {
    let environment = kit.environment.iter().map(|(name, value)| (name.into(), value.into())).collect();
    let arguments = vec![script(kit.server).into()];
    use_server(connect(Reach::Command { program: kit.program.clone(), arguments, environment }).await).await;
}

async fn their_server_over_http(kit: &Kit) {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut command = Command::new(&kit.program);
    command.arg(script(kit.server)).arg(port.to_string()).envs(&kit.environment).kill_on_drop(true);
    let _served: Child = command.spawn().unwrap();
    let reach = url(format!("http://127.0.0.1:{port}/mcp"));
    for _ in 0..100 {
        if let Ok(connection) = Connection::open(&server(reach.clone()), &Inherited::default()).await {
            return use_server(connection).await;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("the kit's server did not come up");
}

async fn their_client(kit: &Kit, target: &str) -> Value {
    let mut command = Command::new(&kit.program);
    command.arg(script(kit.client)).arg(target).envs(&kit.environment).kill_on_drop(true);
    let output = tokio::time::timeout(Duration::from_secs(60), command.output()).await.unwrap().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

async fn their_client_over_both(kit: &Kit) {
    let seen = |tools: &[&str]| {
        json!({
            "tools": tools, "reads": true, "echo": "你好", "fail": [true, "no luck"], "wrong": [true, true],
        })
    };
    let over_stdio = their_client(kit, env!("CARGO_BIN_EXE_homeroom-mcp-sample")).await;
    assert_eq!(over_stdio, seen(&["die", "echo", "environment", "fail", "huge", "remember", "slow"]));
    let served = serve_http(&tools::sample(), "127.0.0.1:0".parse().unwrap(), HttpOptions::default()).await.unwrap();
    let over_http = their_client(kit, &served.url()).await;
    assert_eq!(over_http, seen(&["die", "echo", "environment", "fail", "huge", "slow"]));
}

#[tokio::test]
async fn servers_of_the_python_kit() {
    let Some(kit) = python("servers_of_the_python_kit") else { return };
    their_server_over_stdio(&kit).await;
    their_server_over_http(&kit).await;
}

#[tokio::test]
async fn clients_of_the_python_kit() {
    let Some(kit) = python("clients_of_the_python_kit") else { return };
    their_client_over_both(&kit).await;
}

#[tokio::test]
async fn servers_of_the_typescript_kit() {
    let Some(kit) = typescript("servers_of_the_typescript_kit") else { return };
    their_server_over_stdio(&kit).await;
    their_server_over_http(&kit).await;
}

#[tokio::test]
async fn clients_of_the_typescript_kit() {
    let Some(kit) = typescript("clients_of_the_typescript_kit") else { return };
    their_client_over_both(&kit).await;
}
