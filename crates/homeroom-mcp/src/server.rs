//! Our tools for other programs.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use homeroom_model::Key;
use homeroom_tools::{Effect, Spec, ToolError, Toolbox};
use rmcp::model::{
    CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ErrorData, Implementation, ListToolsResult,
    PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool, ToolAnnotations,
};
use rmcp::service::{QuitReason, RequestContext, serve_server};
use rmcp::transport::async_rw::AsyncRwTransport;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{RoleServer, ServerHandler};
use serde_json::Value;
use subtle::ConstantTimeEq;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::ServeError;

/// Longest request: a text to check with its JSON around it.
const MOST_OF_REQUEST: usize = 1 << 20;

/// How long a call may take.
const CALL: Duration = Duration::from_mins(1);

/// Where tools are served over HTTP.
const PATH: &str = "/mcp";

/// The names by which this machine calls itself.
const LOCAL: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// A toolbox as the protocol has it.
#[derive(Clone)]
struct Handler {
    tools: Toolbox,
}

impl Handler {
    /// Whoever calls over the protocol is nobody whom we could ask, so what changes something is offered only where it is
    /// allowed from the start.
    fn new(tools: &Toolbox, changes: bool) -> Self {
        Self { tools: if changes { tools.clone() } else { tools.reading() } }
    }

    fn tool(&self, spec: Spec) -> Tool {
        let schema = match spec.parameters {
            Value::Object(entries) => entries,
            _ => serde_json::Map::new(),
        };
        let reads = self.tools.effect(&spec.name) == Some(Effect::Reads);
        Tool::new(spec.name, spec.description, Arc::new(schema))
            .with_annotations(ToolAnnotations::new().read_only(reads))
    }
}

impl ServerHandler for Handler {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new("homeroom", env!("CARGO_PKG_VERSION")))
            .with_instructions("Tools for English lessons: dictionary, checkers, exercises.")
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        let tools = self.tools.specs().into_iter().map(|spec| self.tool(spec)).collect();
        Ok(ListToolsResult::with_all_items(tools))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let arguments = Value::Object(request.arguments.unwrap_or_default());
        let called = tokio::time::timeout(CALL, self.tools.call(&request.name, &arguments));
        let result = match called.await.unwrap_or(Err(ToolError::Slow(CALL))) {
            Ok(output) => CallToolResult::success(vec![ContentBlock::text(output.text)]),
            Err(error @ ToolError::Unknown { .. }) => return Err(ErrorData::invalid_params(error.to_string(), None)),
            Err(ToolError::Told { words }) => CallToolResult::error(vec![ContentBlock::text(words)]),
            Err(error) => CallToolResult::error(vec![ContentBlock::text(error.to_string())]),
        };
        Ok(result.into())
    }
}

/// Serves `tools` to the program that started us, over standard input and output, until it closes our input. Those that
/// change something are offered only with `changes`. Nothing else may write to standard output.
///
/// # Errors
/// [`ServeError::Handshake`].
pub async fn serve_stdio(tools: &Toolbox, changes: bool) -> Result<(), ServeError> {
    serve_over(tools, changes, tokio::io::stdin(), tokio::io::stdout()).await
}

/// The same over any pair of streams.
///
/// # Errors
/// [`ServeError::Handshake`].
pub async fn serve_over(
    tools: &Toolbox,
    changes: bool,
    input: impl AsyncRead + Send + Unpin + 'static,
    output: impl AsyncWrite + Send + Unpin + 'static,
) -> Result<(), ServeError> {
    let transport = AsyncRwTransport::new_server(input, output).with_max_line_length(MOST_OF_REQUEST);
    let service = serve_server(Handler::new(tools, changes), transport).await;
    let service = service.map_err(|error| ServeError::Handshake { source: Box::new(error) })?;
    match service.waiting().await {
        Ok(QuitReason::JoinError(error)) | Err(error) => Err(ServeError::Handshake { source: Box::new(error) }),
        Ok(_) => Ok(()),
    }
}

/// How tools are served over HTTP.
#[derive(Debug, Clone, Default)]
pub struct HttpOptions {
    /// Sent by clients as bearer.
    pub key: Option<Key>,
    /// Names by which clients call this machine, beside those of the machine itself; a request for another host is refused, so
    /// that no web page can reach us under a name of its own.
    pub hosts: Vec<String>,
    /// Web pages that may call, such as `https://school.example`; none else may.
    pub origins: Vec<String>,
    /// Whether tools that change something are offered.
    pub changes: bool,
}

/// Tools being served over HTTP. Dropping it stops it.
#[derive(Debug)]
pub struct HttpServer {
    address: SocketAddr,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl HttpServer {
    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address for clients on this machine.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}{PATH}", self.address)
    }

    /// Stops, after the requests under way.
    pub async fn stop(mut self) {
        self.stop.cancel();
        let _ = (&mut self.task).await;
    }

    /// Waits until it has stopped.
    pub async fn ended(mut self) {
        let _ = (&mut self.task).await;
    }
}

impl Drop for HttpServer {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Serves `tools` over streamable HTTP at `/mcp`. `address`: usually one of this machine alone; port 0 takes any.
///
/// # Errors
/// [`ServeError::Open`] where other machines can reach it and there is no key, [`ServeError::Listen`] where the address can't
/// be had.
pub async fn serve_http(tools: &Toolbox, address: SocketAddr, options: HttpOptions) -> Result<HttpServer, ServeError> {
    if !address.ip().is_loopback() && (options.key.is_none() || options.hosts.is_empty()) {
        return Err(ServeError::Open { address });
    }
    let listen = |source| ServeError::Listen { address, source };
    let listener = tokio::net::TcpListener::bind(address).await.map_err(listen)?;
    let address = listener.local_addr().map_err(listen)?;
    let stop = CancellationToken::new();
    // Calls stand on their own, so no session is kept for anyone.
    let config = StreamableHttpServerConfig::default()
        .with_allowed_hosts(LOCAL.iter().map(|&host| host.to_owned()).chain(options.hosts))
        .with_allowed_origins(options.origins)
        .enforce_origin_validation()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_max_request_body_bytes(MOST_OF_REQUEST)
        .with_cancellation_token(stop.child_token());
    let handler = Handler::new(tools, options.changes);
    let sessions = Arc::new(LocalSessionManager::default());
    let service = StreamableHttpService::new(move || Ok(handler.clone()), sessions, config);
    let mut router = axum::Router::new().route_service(PATH, service);
    if let Some(key) = options.key {
        router = router.layer(from_fn_with_state(key, authorised));
    }
    let stopped = stop.clone().cancelled_owned();
    let task = tokio::spawn(async move {
        // It ends only by being told to.
        let _ = axum::serve(listener, router).with_graceful_shutdown(stopped).await;
    });
    Ok(HttpServer { address, stop, task })
}

async fn authorised(State(key): State<Key>, request: Request, next: Next) -> Response {
    let sent = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let sent = sent.and_then(|value| value.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    if sent.is_some_and(|(_, sent)| bool::from(sent.trim().as_bytes().ct_eq(key.secret().as_bytes()))) {
        next.run(request).await
    } else {
        (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, "Bearer")]).into_response()
    }
}
