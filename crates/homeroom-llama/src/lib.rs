//! Models in GGUF files through llama.cpp, in the same process: the only crate that knows it.
//!
//! So far it is a reference: how likely a text and its variants are by an engine that is not ours, for the tests and the
//! benchmark of `homeroom-lm`. No program depends on it yet, because building llama.cpp needs cmake, a C++ compiler and
//! libclang, and some minutes.
//!
//! llama.cpp reads the model's file without mercy: a damaged one may end the process. Only verified files go in here.

mod context;
mod error;
mod model;

pub use context::{Branch, Context, Scores, Settings};
pub use error::LlamaError;
pub use model::Llama;
