//! A small language model as a scorer of edits: one forward pass over a sentence and all its variants.
//!
//! The model is a decoder of the Llama family in a GGUF file (SmolLM2-135M in the catalogue). It is asked for
//! log-probabilities only, never for text: [`Lm::read`] runs a sentence with its context once and keeps its keys and
//! values; [`Lm::first`] then prices any token at any place of it for one dot product, and [`Lm::branches`] prices
//! whole variants, each of which attends to the sentence up to where it leaves it and to itself. [`Lm::score`] does
//! both for a [`Tree`] in one call.
//!
//! Everything is deterministic: the same file, tokens and kernel give the same bits for any number of threads and
//! whatever else is scored in the same call. Kernels differ from each other in rounding.
//!
//! ```no_run
//! # fn main() -> Result<(), homeroom_lm::LmError> {
//! use homeroom_lm::{Branch, Lm};
//!
//! let lm = Lm::load("smollm2-135m/model.gguf".as_ref(), 2)?;
//! let mut tokens = vec![lm.start()];
//! tokens.extend(lm.tokenize("I like him."));
//! let given = tokens.len();
//! tokens.extend(lm.tokenize(" He go home.\n"));
//! let trunk = lm.read(&tokens, given)?;
//!
//! // How likely each token is, and how likely ` goes` is in place of ` go`.
//! let prices = &trunk.log_probabilities()[given..];
//! let goes = lm.first(&trunk, &[(given + 1, lm.tokenize(" goes")[0])])?;
//! // And the whole rest of the sentence with it.
//! let branch = Branch { after: given + 1, tokens: lm.tokenize(" goes home.\n") };
//! let rest: f32 = lm.branches(&trunk, &[branch])?[0].iter().sum();
//! # Ok(())
//! # }
//! ```

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
