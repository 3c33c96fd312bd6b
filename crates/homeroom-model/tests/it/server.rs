//! An HTTP server that does what it is told, one act per request.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// What the server does with a request.
#[derive(Clone)]
pub(crate) enum Act {
    /// Answers.
    Answer { status: u16, headers: Vec<String>, body: Vec<u8> },
    /// Says nothing.
    Stall,
    /// Closes the connection.
    Close,
    /// Sends without end.
    Endless,
}

/// A server of this process.
pub(crate) struct Server {
    port: u16,
    asked: Arc<Mutex<Vec<(String, Value)>>>,
    closed: Arc<Notify>,
}

impl Server {
    /// Starts one that does `acts` in order, and the last again and again.
    pub(crate) fn start(acts: Vec<Act>) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        let listener = TcpListener::from_std(listener).unwrap();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let closed = Arc::new(Notify::new());
        let (seen, told) = (Arc::clone(&asked), Arc::clone(&closed));
        tokio::spawn(async move {
            let mut n = 0;
            while let Ok((mut stream, _)) = listener.accept().await {
                let Some(request) = read(&mut stream).await else { continue };
                seen.lock().unwrap().push(request);
                let act = acts[n.min(acts.len() - 1)].clone();
                n += 1;
                let told = Arc::clone(&told);
                tokio::spawn(async move {
                    perform(act, stream).await;
                    told.notify_one();
                });
            }
        });
        Self { port, asked, closed }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/v1", self.port)
    }

    /// The bodies that came.
    pub(crate) fn asked(&self) -> Vec<Value> {
        self.asked.lock().unwrap().iter().map(|(_, body)| body.clone()).collect()
    }

    /// Request lines and headers that came.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().map(|(head, _)| head.clone()).collect()
    }

    /// Waits until a connection is closed.
    pub(crate) async fn closed(&self) {
        tokio::time::timeout(Duration::from_secs(5), self.closed.notified()).await.expect("the connection is closed");
    }
}

async fn read(stream: &mut TcpStream) -> Option<(String, Value)> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..end].to_vec()).ok()?;
    let length = head.lines().find_map(|l| l.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    let length: usize = length.unwrap_or(0);
    while bytes.len() < end + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    Some((head, serde_json::from_slice(&bytes[end..]).unwrap_or(Value::Null)))
}

async fn perform(act: Act, mut stream: TcpStream) {
    match act {
        Act::Close => {}
        Act::Stall => {
            // Until the other side goes.
            let mut byte = [0];
            let _ = stream.read(&mut byte).await;
        }
        Act::Answer { status, headers, body } => {
            let headers: String = headers.iter().map(|h| format!("{h}\r\n")).collect();
            let head =
                format!("HTTP/1.1 {status} X\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n", body.len());
            let _ = stream.write_all(head.as_bytes()).await;
            let _ = stream.write_all(&body).await;
        }
        Act::Endless => {
            let _ = stream.write_all(b"HTTP/1.1 200 X\r\ncontent-type: text/event-stream\r\n\r\n").await;
            let piece = vec![b'x'; 1 << 20];
            for _ in 0..500 {
                if stream.write_all(&piece).await.is_err() {
                    return;
                }
            }
        }
    }
}
