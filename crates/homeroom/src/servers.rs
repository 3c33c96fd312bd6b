//! Other programs' tools: the servers that the user has named, and the connections to them.
//!
//! `mcp.json` in the configuration folder has the form that other assistants use: `{"mcpServers": {"files": {"command": "npx",
//! "args": ["..."]}, "far": {"url": "https://...", "key_env": "FAR_KEY"}}}`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::ErrorKind::NotFound;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use homeroom_mcp::{Connection, Inherited, Limits, Reach, Server};
use homeroom_model::Key;
use homeroom_tools::Tool;
use serde::Deserialize;

use crate::llm;

/// The file with the servers.
#[derive(Deserialize, Default)]
struct File {
    #[serde(rename = "mcpServers", default)]
    servers: BTreeMap<String, Named>,
}

/// A server as the file has it: a program to start, or an address.
#[derive(Deserialize)]
struct Named {
    command: Option<String>,
    #[serde(default)]
    args: Vec<String>,
    #[serde(default)]
    env: BTreeMap<String, String>,
    url: Option<String>,
    /// The environment variable that holds the key for `url`.
    key_env: Option<String>,
    /// Left out for now.
    #[serde(default)]
    disabled: bool,
}

/// The servers of `mcp.json`, and those on the command line: `NAME=COMMAND ARGUMENTS` or `NAME=URL`.
pub(crate) fn servers(given: &[String]) -> Result<Vec<Server>> {
    let path = llm::folder()?.join("mcp.json");
    let file: File = match std::fs::read_to_string(&path) {
        Ok(text) => serde_json::from_str(&text).with_context(|| format!("read {}", path.display()))?,
        Err(error) if error.kind() == NotFound => File::default(),
        Err(error) => return Err(error).with_context(|| format!("read {}", path.display())),
    };
    let mut servers = Vec::new();
    for (name, named) in file.servers.into_iter().filter(|(_, named)| !named.disabled) {
        let reach = named.reach().with_context(|| format!("the server {name} in {}", path.display()))?;
        servers.push(Server { name, reach, limits: Limits::default() });
    }
    for given in given {
        let Some((name, what)) = given.split_once('=') else {
            bail!("--mcp takes NAME=COMMAND or NAME=URL, not {given}");
        };
        let mut words = what.split_whitespace().map(str::to_owned);
        let reach = if what.starts_with("http://") || what.starts_with("https://") {
            Reach::Url { url: what.to_owned(), key: None }
        } else {
            let Some(program) = words.next() else { bail!("--mcp {name}= names no program") };
            command(&program, words.collect(), BTreeMap::new())
        };
        servers.retain(|s: &Server| s.name != name);
        servers.push(Server { name: name.to_owned(), reach, limits: Limits::default() });
    }
    Ok(servers)
}

fn command(program: &str, arguments: Vec<String>, environment: BTreeMap<String, String>) -> Reach {
    Reach::Command {
        program: program.into(),
        arguments: arguments.into_iter().map(OsString::from).collect(),
        environment: environment.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
    }
}

impl Named {
    fn reach(self) -> Result<Reach> {
        match (self.command, self.url) {
            (Some(program), None) => Ok(command(&program, self.args, self.env)),
            (None, Some(url)) => {
                let key = |name: String| {
                    let value = std::env::var(&name).with_context(|| format!("the environment has no {name}"))?;
                    Key::new(&value).with_context(|| format!("{name} holds no key"))
                };
                Ok(Reach::Url { url, key: self.key_env.map(key).transpose()? })
            }
            _ => bail!("either a command or a url is wanted"),
        }
    }
}

/// Connects to the servers, and says on standard error what can't be had: the conversation goes on without it.
pub(crate) async fn connect(servers: &[Server]) -> Vec<Connection> {
    let inherited = Inherited::of(std::env::vars_os());
    let opened = servers.iter().map(|server| Connection::open(server, &inherited));
    let mut connections = Vec::new();
    for (server, opened) in servers.iter().zip(futures::future::join_all(opened).await) {
        match opened {
            Ok(connection) => {
                for left in connection.left_out() {
                    eprintln!("homeroom: the tool {} of {} is not offered: {}", left.tool, server.name, left.why);
                }
                connections.push(connection);
            }
            Err(error) => eprintln!("homeroom: {:#}; its tools are not offered", anyhow::Error::new(error)),
        }
    }
    connections
}

/// The tools of all connections.
pub(crate) fn tools(connections: &[Connection]) -> Vec<Arc<dyn Tool>> {
    connections.iter().flat_map(Connection::tools).cloned().collect()
}
