//! A server of streamable HTTP.

use std::net::SocketAddr;

use homeroom_mcp::{Connection, HttpOptions, HttpServer, Inherited, Reach, ServeError, serve_http};
use homeroom_model::Key;
use homeroom_tools::ToolError;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::{call, connect, server, tools, url};

fn local() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

async fn serve(options: HttpOptions) -> HttpServer {
    serve_http(&tools::sample(), local(), options).await.unwrap()
}

#[tokio::test]
async fn our_client_and_our_server_come_to_terms() {
    let served = serve(HttpOptions::default()).await;
    let connection = connect(url(served.url())).await;
    assert_eq!(connection.tools().len(), 6);
    assert_eq!(call(&connection, "it__echo", json!({"text": "你好"})).await.unwrap().text, "你好");
    assert!(matches!(call(&connection, "it__fail", json!({})).await.unwrap_err(), ToolError::Told { .. }));
    served.stop().await;
    let error = call(&connection, "it__echo", json!({"text": "x"})).await.unwrap_err();
    assert!(matches!(error, ToolError::Broken { .. }), "{error:?}");
}

#[tokio::test]
async fn a_key_is_asked_for() {
    let key = Key::new("secret-key").unwrap();
    let served = serve(HttpOptions { key: Some(key.clone()), ..HttpOptions::default() }).await;
    let with = |key| Reach::Url { url: served.url(), key };
    let connection = connect(with(Some(key))).await;
    assert_eq!(call(&connection, "it__echo", json!({"text": "x"})).await.unwrap().text, "x");
    for wrong in [None, Some(Key::new("secret-kex").unwrap()), Some(Key::new("s").unwrap())] {
        assert!(Connection::open(&server(with(wrong)), &Inherited::default()).await.is_err());
    }
}

/// The status that a request with these headers gets.
async fn status(address: SocketAddr, headers: &str) -> u16 {
    let body = json!({
        "jsonrpc": "2.0", "id": 1, "method": "initialize",
        "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
    })
    .to_string();
    let request = format!(
        "POST /mcp HTTP/1.1\r\n{headers}Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).split(' ').nth(1).unwrap().parse().unwrap()
}

#[tokio::test]
async fn web_pages_and_other_names_are_refused() {
    let origins = vec!["https://school.example:443".to_owned()];
    let served = serve(HttpOptions { origins, hosts: vec!["school.lan".to_owned()], ..HttpOptions::default() }).await;
    let address = served.address();
    let port = address.port();
    let check =
        async |headers: String, expected: u16| assert_eq!(status(address, &headers).await, expected, "{headers}");
    check(format!("Host: 127.0.0.1:{port}\r\n"), 200).await;
    check(format!("Host: localhost:{port}\r\n"), 200).await;
    check("Host: school.lan\r\n".to_owned(), 200).await;
    check(format!("Host: evil.example:{port}\r\n"), 403).await;
    check(format!("Host: localhost:{port}\r\nOrigin: http://evil.example\r\n"), 403).await;
    check(format!("Host: localhost:{port}\r\nOrigin: http://localhost:{port}\r\n"), 403).await;
    check(format!("Host: localhost:{port}\r\nOrigin: null\r\n"), 403).await;
    check(format!("Host: localhost:{port}\r\nOrigin: https://school.example\r\n"), 200).await;
}

#[tokio::test]
async fn other_machines_need_a_key() {
    let everywhere = "0.0.0.0:0".parse().unwrap();
    let error = serve_http(&tools::sample(), everywhere, HttpOptions::default()).await.unwrap_err();
    assert!(matches!(error, ServeError::Open { .. }));
}
