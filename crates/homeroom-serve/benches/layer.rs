//! What the HTTP layer adds to a model that costs nothing: for a call, and for a token of a stream.
//!
//! `cargo bench -p homeroom-serve [-- --rounds R]`: asks a stub directly and over a kept connection, in turn, and prints medians
//! over R rounds (15) with the smallest and the largest.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt;
use homeroom_model::providers::stub::Stub;
use homeroom_model::{ChatRequest, Client, Event, Message};
use homeroom_serve::{Service, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Calls of a round.
const CALLS: u32 = 200;
/// Tokens of a stream.
const TOKENS: u32 = 5_000;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let rounds = args.iter().position(|arg| arg == "--rounds").and_then(|at| args.get(at + 1)?.parse().ok());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(measure(rounds.unwrap_or(15)));
}

async fn measure(rounds: usize) {
    let brief = Client::simple("brief", Stub::saying("Yes, it is."));
    let long = Client::simple("long", Stub::new(|_| (0..TOKENS).map(|_| Event::Text("word ".into())).collect()));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let at = listener.local_addr().expect("an address");
    let mut service = Service::new(Arc::new(|| 0));
    service.models = vec![("brief".into(), brief.clone()), ("long".into(), long.clone())];
    tokio::spawn(serve(listener, service, std::future::pending()));
    let mut client = Http::connect(at).await;
    let (mut calls, mut tokens) = (Vec::new(), Vec::new());
    let (mut direct_calls, mut direct_tokens) = (Vec::new(), Vec::new());
    // The first round warms up.
    for round in 0..=rounds {
        let keep = |times: &mut Vec<f64>, took: Duration, n: u32| {
            if round > 0 {
                times.push(took.as_secs_f64() * 1e6 / f64::from(n));
            }
        };
        let began = Instant::now();
        for _ in 0..CALLS {
            brief.ask("bench", request()).await.expect("an answer");
        }
        keep(&mut direct_calls, began.elapsed(), CALLS);
        let began = Instant::now();
        for _ in 0..CALLS {
            client.ask("brief", false, b"\"total_tokens\"").await;
        }
        keep(&mut calls, began.elapsed(), CALLS);
        let began = Instant::now();
        let mut events = long.stream(request());
        while let Some(event) = events.next().await {
            event.expect("an event");
        }
        keep(&mut direct_tokens, began.elapsed(), TOKENS);
        let began = Instant::now();
        client.ask("long", true, b"0\r\n\r\n").await;
        keep(&mut tokens, began.elapsed(), TOKENS);
    }
    println!("microseconds: median (least to most) of {rounds} rounds");
    show("a call, the model layer alone", &mut direct_calls);
    show("a call over HTTP", &mut calls);
    show("a streamed token, the model layer alone", &mut direct_tokens);
    show("a streamed token over HTTP", &mut tokens);
}

fn show(what: &str, times: &mut [f64]) {
    times.sort_by(f64::total_cmp);
    let (least, most) = (times.first().copied().unwrap_or(0.0), times.last().copied().unwrap_or(0.0));
    println!("{what:<42} {:>8.2} ({least:.2} to {most:.2})", times.get(times.len() / 2).copied().unwrap_or(0.0));
}

fn request() -> ChatRequest {
    ChatRequest::new(vec![Message::user("Is it?")], 100)
}

struct Http(TcpStream);

impl Http {
    async fn connect(at: SocketAddr) -> Self {
        let stream = TcpStream::connect(at).await.expect("a connection");
        stream.set_nodelay(true).expect("no delay");
        Self(stream)
    }

    /// Asks, and reads until `end` has come.
    async fn ask(&mut self, model: &str, stream: bool, end: &[u8]) {
        let body =
            format!(r#"{{"model":"{model}","stream":{stream},"messages":[{{"role":"user","content":"Is it?"}}]}}"#);
        let head = "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";
        let sent = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
        self.0.write_all(sent.as_bytes()).await.expect("sent");
        let mut buffer = [0; 1 << 16];
        let mut tail = Vec::new();
        loop {
            let n = self.0.read(&mut buffer).await.expect("an answer");
            assert!(n > 0, "the server hung up");
            tail.extend_from_slice(&buffer[..n]);
            if tail.windows(end.len()).any(|w| w == end) && (stream || tail.ends_with(b"}")) {
                return;
            }
            let keep = tail.len().saturating_sub(2048);
            tail.drain(..keep);
        }
    }
}
