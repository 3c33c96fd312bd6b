//! Any configured model behind OpenAI's HTTP interface: chat, completion, embeddings, transcription and speech.
//!
//! [`serve`] answers on a listener until it is told to stop. It reads no clock, no environment and no file: the caller hands in
//! models, abilities, keys and the time. What a caller sends is data: it stands in no error and in no log line, and an address
//! within it is never fetched. When a client goes away, the work that it asked for stops.
//!
//! Where a field is not understood, it is passed over; where it is understood and has the wrong type or a value that cannot be
//! honoured, the request is refused with the field's name, so that nobody gets another answer than the one asked for.

mod audio;
mod chat;
mod checkable;
mod chunks;
mod completions;
mod conversation;
mod embeddings;
mod fields;
mod gate;
mod key;
mod models;
mod refusal;
mod serve;
mod service;

pub use key::{ApiKey, ApiKeyError, SHORTEST_KEY};
pub use serve::{ServeError, serve};
pub use service::{
    Clock, Embedder, Gone, Hear, Hearing, Limits, Observer, Say, Saying, Served, Service, SoundFault, Speaker,
    Transcriber,
};
