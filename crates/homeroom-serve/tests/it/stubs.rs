//! Models that are none, and a server with all of them.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use homeroom_core::ability::{AbilityError, Embed};
use homeroom_core::{Language, Seconds};
use homeroom_model::providers::stub::Stub;
use homeroom_model::{
    Chat, ChatRequest, Choice, Client, Complete, Ended, Event, Events, Facts, Gap, Limits, ModelError, Patience,
    Provider, Role, Stop, TokenLog, ToolCall, Usage,
};
use homeroom_serve::{Embedder, ServeError, Served, Service, SoundFault, Speaker, Transcriber, serve};
use homeroom_transcribe::{Segment, Transcript, Word};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// What the structured answers of [`talker`] are.
pub(crate) const BAND: &str = "{\"band\": 3, \"reasons\": [\"clear\", \"short\"]}";

fn answer(request: &ChatRequest) -> Vec<Event> {
    let last = request.messages.last().expect("a message");
    if !request.tools.is_empty() && request.choice != Choice::None && last.role != Role::Tool {
        let call = |i: usize, tool: &homeroom_model::Tool| {
            let arguments = json!({"word": "go", "n": i});
            Event::Call(ToolCall { id: format!("call_{i}"), name: tool.name.clone(), arguments })
        };
        return request.tools.iter().enumerate().map(|(i, tool)| call(i, tool)).collect();
    }
    let text = if request.schema.is_some() { BAND.to_owned() } else { format!("You said: {}", last.text()) };
    let mut events = vec![Event::Reasoning("Hm.".into())];
    events.extend(text.split_inclusive(' ').map(|piece| Event::Text(piece.to_owned())));
    if let Some(top) = request.top_logprobs {
        let top = (0..top).map(|i| (format!("t{i}"), -f32::from(i))).collect();
        events.push(Event::Logs(vec![
            TokenLog { token: "You".into(), logprob: -0.5, top },
            TokenLog { token: "\u{fffd}".into(), logprob: f32::NEG_INFINITY, top: Vec::new() },
        ]));
    }
    events
}

/// Repeats what was said, calls each tool that is offered, and keeps to any schema with [`BAND`].
pub(crate) fn talker() -> Stub {
    Stub::new(answer).with_facts(Facts { schema: Some(true), ..Facts::default() })
}

/// Keeps to a schema only when it is told a second time.
fn stubborn() -> Stub {
    let asked = AtomicU32::new(0);
    let answer = move |_: &ChatRequest| {
        let text = if asked.fetch_add(1, Ordering::SeqCst).is_multiple_of(2) {
            "Band three."
        } else {
            "```json\n{\"band\": 3}\n```"
        };
        vec![Event::Text(text.into())]
    };
    Stub::new(answer).with_facts(Facts { schema: Some(false), ..Facts::default() })
}

/// Fills gaps.
struct Filler;

impl Provider for Filler {
    fn facts(&self) -> Facts {
        Facts::default()
    }
    fn complete(&self) -> Option<&dyn Complete> {
        Some(self)
    }
}

impl Complete for Filler {
    fn complete(&self, gap: Arc<Gap>) -> Events {
        let middle = format!("<{}|{}|{}>", gap.prefix, gap.suffix.as_deref().unwrap_or("-"), gap.max_tokens);
        let usage = Usage { prompt_tokens: 5, completion_tokens: 2, ..Usage::default() };
        let ended = Ended { stop: Stop::Length, usage, model: None };
        let events = [Event::Text(middle), Event::Text("!".into()), Event::End(ended)];
        Box::pin(futures::stream::iter(events.map(Ok)))
    }
}

/// Says something every 5 ms, without end, and counts; or nothing at all.
struct Endless {
    said: Arc<AtomicU32>,
    aloud: bool,
}

impl Provider for Endless {
    fn facts(&self) -> Facts {
        Facts::default()
    }
    fn chat(&self) -> Option<&dyn Chat> {
        Some(self)
    }
}

impl Chat for Endless {
    fn chat(&self, _: Arc<ChatRequest>) -> Events {
        let (said, aloud) = (Arc::clone(&self.said), self.aloud);
        Box::pin(async_stream::try_stream! {
            loop {
                tokio::time::sleep(Duration::from_millis(5)).await;
                said.fetch_add(1, Ordering::SeqCst);
                if aloud {
                    yield Event::Text("more ".into());
                }
            }
        })
    }
}

/// A server that refuses and quotes what it was sent.
struct Refusing;

impl Provider for Refusing {
    fn facts(&self) -> Facts {
        Facts::default()
    }
    fn chat(&self) -> Option<&dyn Chat> {
        Some(self)
    }
}

impl Chat for Refusing {
    fn chat(&self, _: Arc<ChatRequest>) -> Events {
        let detail = homeroom_model::Detail::default();
        let error = ModelError::Refused { status: 401, code: Some("provider_code".into()), retry_after: None, detail };
        Box::pin(futures::stream::iter([Err(error)]))
    }
}

/// Vectors by length; slow and counted.
struct Lengths(Arc<AtomicU32>);

impl Embed for Lengths {
    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, AbilityError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        assert!(!texts.contains(&"panic"), "as it was told to");
        if texts.contains(&"slow") {
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(texts.iter().map(|text| vec![text.len() as f32, 0.5, -0.25]).collect())
    }
}

fn transcript(language: Option<&Language>) -> Transcript {
    let language = language.cloned().unwrap_or(Language::ENGLISH);
    let segment = |text: &str, start: f64| Segment {
        start: Seconds(start),
        end: Seconds(start + 1.0),
        language: language.clone(),
        language_probability: 1.0,
        no_speech: 0.01,
        mean_log_probability: -0.2,
        cut_off: false,
        text: text.to_owned(),
        words: vec![Word {
            text: text.to_owned(),
            spaced: false,
            start: Seconds(start),
            end: Seconds(start + 1.0),
            probability: 0.9,
        }],
    };
    Transcript { duration: Seconds(3.5), segments: vec![segment("Hello.", 0.0), segment("Goodbye.", 2.0)] }
}

/// A WAV file of half a second of silence.
pub(crate) fn wav() -> Vec<u8> {
    let samples = 8_000_u32;
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + samples * 2).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    bytes.extend(16_000_u32.to_le_bytes());
    bytes.extend(32_000_u32.to_le_bytes());
    bytes.extend(b"\x02\0\x10\0data");
    bytes.extend((samples * 2).to_le_bytes());
    bytes.resize(44 + samples as usize * 2, 0);
    bytes
}

/// A server of this process.
pub(crate) struct Server {
    pub(crate) at: SocketAddr,
    /// How often the endless models said or thought something.
    pub(crate) said: Arc<AtomicU32>,
    /// How often vectors were made.
    pub(crate) embedded: Arc<AtomicU32>,
    pub(crate) served: Arc<Mutex<Vec<Served>>>,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<Result<(), ServeError>>,
}

impl Server {
    pub(crate) async fn start(change: impl FnOnce(&mut Service)) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        let (said, embedded, served) = (Arc::default(), Arc::default(), Arc::<Mutex<Vec<Served>>>::default());
        let mut service = Service::new(Arc::new(|| 1_800_000_000));
        let patience = Patience { tries: 1, ..Patience::default() };
        let client = |name: &str, provider: Arc<dyn Provider>| {
            let limits = Limits { concurrency: 200, ..Limits::default() };
            (name.to_owned(), Client::new(name, provider, None, patience, limits))
        };
        service.models = vec![
            client("talker", Arc::new(talker())),
            client("org/stubborn", Arc::new(stubborn())),
            client("filler", Arc::new(Filler)),
            client("endless", Arc::new(Endless { said: Arc::clone(&said), aloud: true })),
            client("silent", Arc::new(Endless { said: Arc::clone(&said), aloud: false })),
            client("refusing", Arc::new(Refusing)),
        ];
        service.embed = Some(Embedder { name: "vectors".into(), ability: Arc::new(Lengths(Arc::clone(&embedded))) });
        service.transcribe = Some(Transcriber {
            name: "ears".into(),
            hear: Arc::new(|bytes, hearing| match bytes.strip_prefix(b"RIFF") {
                Some(_) => Ok(transcript(hearing.language.as_ref())),
                None => Err(SoundFault::Unreadable),
            }),
        });
        service.speak = Some(Speaker {
            name: "mouth".into(),
            say: Arc::new(|saying| if saying.voice == "anna" { Ok(wav()) } else { Err(SoundFault::Voice) }),
        });
        let heard = Arc::clone(&served);
        service.observer = Some(Arc::new(move |one: &Served| heard.lock().unwrap().push(one.clone())));
        change(&mut service);
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(serve(listener, service, async move { drop(stopped.await) }));
        Self { at, said, embedded, served, stop: Some(stop), task }
    }

    /// Tells it to stop, and waits until it has.
    pub(crate) async fn stop(mut self) {
        drop(self.stop.take());
        self.task.await.unwrap().unwrap();
    }

    /// The last request that is over.
    pub(crate) async fn last(&self) -> Served {
        for _ in 0..200 {
            if let Some(last) = self.served.lock().unwrap().last() {
                return last.clone();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("nothing was served")
    }
}
