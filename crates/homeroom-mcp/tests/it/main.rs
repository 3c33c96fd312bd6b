//! Client and server together, over both ways, and with the programs of the official kits.

#![allow(clippy::unwrap_used, reason = "a test that can not go on has failed")]

mod http;
mod kits;
mod stdio;
#[path = "../sample/tools.rs"]
mod tools;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use homeroom_mcp::{Connection, Inherited, Limits, Reach, Server};
use homeroom_tools::{Output, Tool, ToolError};
use serde_json::Value;

fn server(reach: Reach) -> Server {
    Server { name: "it".to_owned(), reach, limits: Limits::default() }
}

fn command(program: impl Into<PathBuf>, arguments: &[OsString]) -> Reach {
    Reach::Command { program: program.into(), arguments: arguments.to_vec(), environment: BTreeMap::new() }
}

fn url(url: impl Into<String>) -> Reach {
    Reach::Url { url: url.into(), key: None }
}

async fn connect(reach: Reach) -> Connection {
    Connection::open(&server(reach), &Inherited::of(std::env::vars_os())).await.expect("it connects")
}

fn tool(connection: &Connection, name: &str) -> Arc<dyn Tool> {
    let found = connection.tools().iter().find(|tool| tool.spec().name == name);
    Arc::clone(found.unwrap_or_else(|| panic!("no {name} in {:?}", connection.tools())))
}

async fn call(connection: &Connection, name: &str, arguments: Value) -> Result<Output, ToolError> {
    tool(connection, name).call(&arguments).await
}
