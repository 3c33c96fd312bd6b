//! A small language model as a scorer of edits: one forward pass over a sentence and all its variants.
//!
//! The model is a decoder of the Llama family in a GGUF file (SmolLM2-135M in the catalogue). It is asked for
//! log-probabilities only, never for text: [`Lm::read`] runs a sentence with its context once and keeps its keys and
//! values; [`Lm::first`] then prices any token at any place of it for one dot product, and [`Lm::branches`] prices
//! whole variants, each of which attends to the sentence up to where it leaves it and to itself. [`Lm::score`] does
//! both for a [`Tree`] in one call.
//!
//! Everything is deterministic: the same file, tokens and kernel give the same bits for any number of threads.
//!
//! # Memory
//! See [`Lm`].

mod config;
mod error;
mod gguf;
mod kernel;
mod map;
mod model;
mod quant;
mod score;
mod tokenizer;

pub use error::LmError;
pub use gguf::{Gguf, TensorInfo, Value};
pub use kernel::kernel_names;
pub use score::{Branch, Lm, Scores, Tree, Trunk};
pub use tokenizer::{TokenId, Tokenizer};
