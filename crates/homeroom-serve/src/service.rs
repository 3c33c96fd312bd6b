//! What is served, to whom, and how much of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use homeroom_core::{Language, Seconds, ability::Embed};
use homeroom_model::{Client, Usage};
use homeroom_transcribe::Transcript;

use crate::ApiKey;

/// Tells the time: whole seconds since the start of 1970, UTC.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// Hears of each request when it is over, for a log.
pub type Observer = Arc<dyn Fn(&Served) + Send + Sync>;

/// Writes down what is said in the bytes of a sound file.
pub type Hear = Arc<dyn Fn(&[u8], &Hearing) -> Result<Transcript, SoundFault> + Send + Sync>;

/// Speaks: the bytes of a WAV file.
pub type Say = Arc<dyn Fn(&Saying) -> Result<Vec<u8>, SoundFault> + Send + Sync>;

/// All that is served.
#[derive(Clone)]
pub struct Service {
    /// The models that are asked, by the name that clients use.
    pub models: Vec<(String, Client)>,
    /// What makes vectors of texts.
    pub embed: Option<Embedder>,
    /// What writes down recordings.
    pub transcribe: Option<Transcriber>,
    /// What speaks.
    pub speak: Option<Speaker>,
    /// Who may ask. With none, anybody may who can reach a loopback address, and nothing else is listened on.
    pub keys: Vec<ApiKey>,
    /// How much may be asked.
    pub limits: Limits,
    /// The time, for answers and for the daily allowance of tokens.
    pub clock: Clock,
    /// Hears of each request when it is over.
    pub observer: Option<Observer>,
}

impl Service {
    /// A service with the usual limits and nothing in it yet.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self {
            models: Vec::new(),
            embed: None,
            transcribe: None,
            speak: None,
            keys: Vec::new(),
            limits: Limits::default(),
            clock,
            observer: None,
        }
    }
}

/// A model that makes vectors.
#[derive(Clone)]
pub struct Embedder {
    /// By which clients ask for it.
    pub name: String,
    /// The model.
    pub ability: Arc<dyn Embed>,
}

/// A model that writes down recordings.
#[derive(Clone)]
pub struct Transcriber {
    /// By which clients ask for it.
    pub name: String,
    /// The model. It is called on a thread that may be blocked.
    pub hear: Hear,
}

/// A voice, or several.
#[derive(Clone)]
pub struct Speaker {
    /// By which clients ask for it.
    pub name: String,
    /// The model. It is called on a thread that may be blocked.
    pub say: Say,
}

/// How a recording is to be written down.
#[derive(Debug, Clone)]
pub struct Hearing {
    /// The language that is spoken; nothing where the model is to find out.
    pub language: Option<Language>,
    /// Words that may come up.
    pub prompt: Option<String>,
    /// Whether the one who asked is still there.
    pub gone: Gone,
}

/// What is to be spoken.
#[derive(Debug, Clone)]
pub struct Saying {
    /// The text.
    pub text: String,
    /// The voice.
    pub voice: String,
    /// 1 is the voice's own pace, 2 twice as fast.
    pub speed: f32,
    /// Whether the one who asked is still there.
    pub gone: Gone,
}

/// Says whether the one who asked has gone, so that the rest of the work is for nobody.
#[derive(Debug, Clone, Default)]
pub struct Gone(Arc<AtomicBool>);

impl Gone {
    /// Whether nobody waits any more.
    #[must_use]
    pub fn is(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// Something that says so when it is dropped.
    pub(crate) fn on_drop(&self) -> impl Drop + Send + use<> {
        struct Leaving(Gone);
        impl Drop for Leaving {
            fn drop(&mut self) {
                self.0.0.store(true, Ordering::Relaxed);
            }
        }
        Leaving(self.clone())
    }
}

/// Why there is no transcript or no speech.
#[derive(Debug, thiserror::Error)]
pub enum SoundFault {
    /// The bytes are no sound file of a known kind.
    #[error("the file is no recording that can be read")]
    Unreadable,
    /// The recording or the text is too long.
    #[error("that is longer than {} seconds of sound", .most.0)]
    Long {
        /// The longest that is taken.
        most: Seconds,
    },
    /// There is no such voice.
    #[error("there is no such voice")]
    Voice,
    /// The model does not know the language.
    #[error("the model does not know this language")]
    Language,
    /// The model failed.
    #[error("the model failed")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// How much may be asked, of everybody together.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Most bytes of a request.
    pub body_bytes: usize,
    /// Requests under way at the same time; more are told to come again.
    pub concurrent: usize,
    /// Jobs of this process's own models (vectors, recordings, speech) that compute at the same time; more wait.
    pub computing: usize,
    /// Connections that are open at the same time; more wait.
    pub connections: usize,
    /// How long a request may take, from its head to the last byte of its answer.
    pub request: Duration,
    /// How long requests that are under way may go on when the service is told to stop.
    pub farewell: Duration,
    /// How often a stream says that it is still there while nothing else comes.
    pub keep_alive: Duration,
    /// Most tokens of an answer where the request does not say; less where the model takes less.
    pub answer_tokens: u32,
    /// Web pages that may ask from a browser, as `https://example.org`. A request of any other page is refused.
    pub origins: Vec<String>,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // What OpenAI takes as a recording.
            body_bytes: 25 << 20,
            concurrent: 64,
            computing: 1,
            connections: 512,
            request: Duration::from_mins(10),
            farewell: Duration::from_secs(10),
            keep_alive: Duration::from_secs(15),
            answer_tokens: 4096,
            origins: Vec::new(),
        }
    }
}

/// A request that is over. Nothing of what was asked or answered stands in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Served {
    /// Such as `POST /v1/chat/completions`; `other` for paths that there are not.
    pub endpoint: &'static str,
    /// HTTP status; nothing where the client went before there was one.
    pub status: Option<u16>,
    /// The code of the error that was told.
    pub code: Option<&'static str>,
    /// What lies behind it, for those who look after the service.
    pub cause: Option<String>,
    /// The model.
    pub model: Option<String>,
    /// Name of the key.
    pub key: Option<String>,
    /// Tokens, where they are known.
    pub usage: Option<Usage>,
    /// From the request's head to the last byte of the answer, or to the client's going.
    pub took: Duration,
    /// Whether the answer was sent to its end.
    pub whole: bool,
}
