//! Connections to servers.

use std::collections::{BTreeMap, HashSet};
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use homeroom_model::Key;
use homeroom_tools::{Tool, Toolbox};
use rmcp::RoleClient;
use rmcp::model::{ClientCapabilities, ClientConfig, Implementation};
use rmcp::service::{RunningService, serve_client};
use rmcp::transport::StreamableHttpClientTransport;
use rmcp::transport::async_rw::AsyncRwTransport;
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use tokio::process::{Child, Command};

use crate::ConnectError;
use crate::remote::{Remote, spec_of};

/// Longest name of a server: it stands before the names of its tools, which have 64 characters in all.
const LONGEST_NAME: usize = 24;

/// How long a server that was told to end has until it is killed.
const FAREWELL: Duration = Duration::from_secs(3);

/// What a server may take of us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// To start, come to terms and tell its tools.
    pub connect: Duration,
    /// For one call.
    pub call: Duration,
    /// Bytes of one message.
    pub message: usize,
    /// Bytes of the text of one result.
    pub result: usize,
    /// Tools that are taken.
    pub tools: usize,
    /// Bytes of one tool's schema.
    pub schema: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            call: Duration::from_secs(60),
            message: 4 << 20,
            result: 256 << 10,
            tools: 64,
            schema: 16 << 10,
        }
    }
}

/// How a server is reached.
#[derive(Debug, Clone)]
pub enum Reach {
    /// A program that is started here and spoken to over its standard input and output.
    Command {
        /// The program.
        program: PathBuf,
        /// Its arguments.
        arguments: Vec<OsString>,
        /// Its environment, beside what is inherited.
        environment: BTreeMap<OsString, OsString>,
    },
    /// A server of streamable HTTP.
    Url {
        /// Such as `http://localhost:8000/mcp`.
        url: String,
        /// Sent as bearer.
        key: Option<Key>,
    },
}

/// A server.
#[derive(Debug, Clone)]
pub struct Server {
    /// It stands before the names of its tools: letters, digits, `_` and `-`.
    pub name: String,
    /// How it is reached.
    pub reach: Reach,
    /// What it may take of us.
    pub limits: Limits,
}

/// What programs inherit of our environment: where programs and the user's files are, and no key.
#[derive(Debug, Clone, Default)]
pub struct Inherited {
    variables: Vec<(OsString, OsString)>,
}

impl Inherited {
    /// What of these variables is inherited: `PATH`, `HOME` and, on Windows, what no program starts without.
    #[must_use]
    pub fn of(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let kept: &[&str] =
            if cfg!(windows) { &["PATH", "SYSTEMROOT", "USERPROFILE", "APPDATA", "TEMP"] } else { &["PATH", "HOME"] };
        let is_kept = |name: &OsString| kept.iter().any(|kept| name.eq_ignore_ascii_case(kept));
        Self { variables: variables.into_iter().filter(|(name, _)| is_kept(name)).collect() }
    }
}

/// A tool of a server that is not offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Its name, made harmless.
    pub tool: String,
    /// Why.
    pub why: &'static str,
}

/// A connection. It lasts until it is closed, or it and all its tools are dropped; a program that was started ends with it.
#[derive(Debug)]
pub struct Connection {
    line: Arc<Line>,
    tools: Vec<Arc<dyn Tool>>,
    left_out: Vec<LeftOut>,
}

/// What keeps the connection.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) service: RunningService<RoleClient, ClientConfig>,
    child: Mutex<Option<Child>>,
    pub(crate) limits: Limits,
}

impl Connection {
    /// Connects, and asks for the tools.
    ///
    /// # Errors
    /// [`ConnectError`].
    pub async fn open(server: &Server, inherited: &Inherited) -> Result<Self, ConnectError> {
        let name = &server.name;
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(plain) {
            return Err(ConnectError::Name { name: name.clone() });
        }
        let after = server.limits.connect;
        tokio::time::timeout(after, Self::connect(server, inherited))
            .await
            .unwrap_or(Err(ConnectError::Slow { server: name.clone(), after }))
    }

    async fn connect(server: &Server, inherited: &Inherited) -> Result<Self, ConnectError> {
        let name = server.name.clone();
        let (service, child) = match &server.reach {
            Reach::Command { program, arguments, environment } => {
                let mut command = Command::new(program);
                command.args(arguments).env_clear().envs(inherited.variables.iter().cloned()).envs(environment);
                command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
                let mut child =
                    command.spawn().map_err(|source| ConnectError::Start { server: name.clone(), source })?;
                let (input, output) = (child.stdin.take(), child.stdout.take());
                let (Some(input), Some(output)) = (input, output) else {
                    unreachable!("invariant: both were piped");
                };
                let transport = AsyncRwTransport::new_client(output, input).with_max_line_length(server.limits.message);
                (serve_client(ourselves(), transport).await, Some(child))
            }
            Reach::Url { url, key } => {
                let address = reqwest::Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
                let address = address.ok_or_else(|| ConnectError::Address { server: name.clone() })?;
                let mut config = StreamableHttpClientTransportConfig::with_uri(address.as_str())
                    .max_sse_event_size(server.limits.message)
                    .max_json_response_size(server.limits.message);
                if let Some(key) = key {
                    config = config.auth_header(key.secret());
                }
                let transport = StreamableHttpClientTransport::with_client(http_client(server.limits.connect), config);
                (serve_client(ourselves(), transport).await, None)
            }
        };
        let service = service.map_err(|e| ConnectError::Handshake { server: name.clone(), source: Box::new(e) })?;
        let told = service.list_all_tools().await;
        let told = told.map_err(|e| ConnectError::Tools { server: name.clone(), source: Box::new(e) })?;
        let line = Arc::new(Line { service, child: Mutex::new(child), limits: server.limits });
        let (tools, left_out) = take(&line, &name, told);
        Ok(Self { line, tools, left_out })
    }

    /// Its tools; their names begin with the server's.
    #[must_use]
    pub fn tools(&self) -> &[Arc<dyn Tool>] {
        &self.tools
    }

    /// Tools that it has and that are not offered.
    #[must_use]
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// Whether the server is still there, as far as is known.
    #[must_use]
    pub fn is_open(&self) -> bool {
        !self.line.service.is_closed() && !self.line.service.peer().is_transport_closed()
    }

    /// Ends the connection, and the program if one was started. Tools that are still held give errors from now on.
    pub async fn close(self) {
        self.line.service.cancellation_token().cancel();
        let child = self.line.child.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut child) = child {
            // Its input was closed, at which it should end.
            if tokio::time::timeout(FAREWELL, child.wait()).await.is_err() {
                let _ = child.kill().await;
            }
        }
    }
}

/// Who we say we are: a client that answers no requests of the server.
fn ourselves() -> ClientConfig {
    ClientConfig::new(ClientCapabilities::default(), Implementation::new("homeroom", env!("CARGO_PKG_VERSION")))
}

/// A client that is never led elsewhere: keys and arguments do not go where nobody chose.
fn http_client(patience: Duration) -> reqwest::Client {
    // Two of them in one process are fine; the first stays.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder()
        .connect_timeout(patience)
        .redirect(reqwest::redirect::Policy::none())
        // A connection that the server closed meanwhile costs a call; opening one is cheap.
        .pool_max_idle_per_host(0)
        .user_agent(concat!("homeroom/", env!("CARGO_PKG_VERSION")))
        .build()
        .expect("invariant: the system's certificates can be read")
}

/// The tools that can be offered, and those that can't.
fn take(line: &Arc<Line>, server: &str, told: Vec<rmcp::model::Tool>) -> (Vec<Arc<dyn Tool>>, Vec<LeftOut>) {
    let (mut tools, mut left_out) = (Vec::<Arc<dyn Tool>>::new(), Vec::new());
    let mut names = HashSet::new();
    for tool in told {
        let shown = homeroom_tools::guard::neutralise(&tool.name).chars().take(80).collect();
        let leave = |why| left_out.push(LeftOut { tool: shown, why });
        if tools.len() >= line.limits.tools {
            leave("the server has too many tools");
            continue;
        }
        let Some(spec) = spec_of(server, &tool, line.limits.schema) else {
            leave("its name or its schema is too long");
            continue;
        };
        if !names.insert(spec.name.clone()) {
            leave("another tool has the same name");
            continue;
        }
        let remote: Arc<dyn Tool> = Arc::new(Remote::new(Arc::clone(line), spec, &tool));
        if Toolbox::new([Arc::clone(&remote)]).is_err() {
            leave("its schema is none");
            continue;
        }
        tools.push(remote);
    }
    (tools, left_out)
}
