//! Language models in GGUF files through llama.cpp, in the same process: the only crate that knows it.
//!
//! - [`Llama`] is a loaded model: its tokens, its template of chats, and [`Context`] to score a text and variants of it.
//! - [`Engine`] answers many requests at once on a thread of its own. What they share at their beginning is run once.
//! - [`ChatTemplate`] renders a chat as the model was trained on it, and [`ChatTemplate::prompt`] makes tokens of it in which
//!   nothing that a user has written is a control token.
//!
//! Nothing here waits for the network, reads the clock or knows a runtime; [`Engine::submit_with`] is where an asynchronous
//! caller takes over.
//!
//! Building llama.cpp needs cmake, a C++ compiler and libclang, and some minutes.

mod cells;
mod context;
mod engine;
mod error;
mod gguf;
mod model;
mod pieces;
mod probability;
mod processor;
mod prompt;
mod python;
mod sampler;
mod template;
mod worker;

pub use context::{Branch, Context, Scores, Settings};
pub use engine::{
    Cancel, Constraint, Engine, EngineSettings, Event, Generation, Reason, Run, Sampling, Sink, TokenLog, Usage,
};
pub use error::LlamaError;
pub use gguf::GgufError;
pub use model::Llama;
pub use template::{ChatTemplate, Day, TemplateError};
