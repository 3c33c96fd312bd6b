//! What can go wrong with a language model.

use std::path::PathBuf;

/// Why a model can't be loaded or can't score what it was given.
///
/// No variant carries a text that was scored.
#[derive(Debug, thiserror::Error)]
pub enum LmError {
    /// The file can't be opened or mapped.
    #[error("read the language model {path}")]
    Read {
        /// The model's file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The file does not begin as a GGUF file does.
    #[error("not a GGUF file: it begins with {found:02x?}")]
    NotGguf {
        /// Its first four bytes.
        found: [u8; 4],
    },
    /// A version of the format that this reader does not know.
    #[error("GGUF version {found} is not supported (2 and 3 are)")]
    Version {
        /// The version that the file states.
        found: u32,
    },
    /// The file ends within something, or states more than it can hold.
    #[error("the file ends within {what} (byte {at})")]
    Truncated {
        /// What was being read.
        what: &'static str,
        /// Where it begins, in bytes from the file's start.
        at: usize,
    },
    /// A field of the file has a value that it can't have.
    #[error("{what} at byte {at} is {found}, which it can't be")]
    Malformed {
        /// The field.
        what: &'static str,
        /// Where it is, in bytes from the file's start.
        at: usize,
        /// Its value.
        found: u64,
    },
    /// A text of the header is not UTF-8.
    #[error("{what} at byte {at} is not UTF-8")]
    NotUtf8 {
        /// The field.
        what: &'static str,
        /// Where it is, in bytes from the file's start.
        at: usize,
    },
    /// A key or a tensor comes twice.
    #[error("`{name}` comes twice")]
    Twice {
        /// The key or the tensor.
        name: String,
    },
    /// The metadata lack a key, or it has another type.
    #[error("the metadata have no usable `{key}`")]
    Key {
        /// The key.
        key: String,
    },
    /// A number of the metadata that no model of this family can have.
    #[error("`{key}` is {found}, which this model can't have")]
    Hyperparameter {
        /// The key.
        key: String,
        /// Its value.
        found: f64,
    },
    /// A model of another family, another tokenizer or another kind of positions.
    #[error("`{key}` is `{found}`, which is not supported")]
    Unsupported {
        /// The key.
        key: &'static str,
        /// Its value.
        found: String,
    },
    /// A tensor is missing.
    #[error("the file has no tensor `{name}`")]
    Tensor {
        /// The tensor.
        name: String,
    },
    /// A tensor has another shape than the metadata ask for.
    #[error("the tensor `{name}` has the shape {found:?} in place of {wanted:?}")]
    Shape {
        /// The tensor.
        name: String,
        /// Its shape, fastest dimension first.
        found: Vec<u64>,
        /// What it should be.
        wanted: Vec<u64>,
    },
    /// A tensor is stored in a way that this reader does not know.
    #[error("the tensor `{name}` has the type {found}, which is not supported")]
    TensorType {
        /// The tensor.
        name: String,
        /// The number of the type (`ggml_type`).
        found: u32,
    },
    /// A merge or a token of the vocabulary can't be used.
    #[error("entry {index} of `{key}` can't be used")]
    Vocabulary {
        /// The list.
        key: &'static str,
        /// Which entry, from 0.
        index: usize,
    },
    /// No such kernel on this machine.
    #[error("this machine has no kernel `{name}`")]
    Kernel {
        /// The name that was asked for.
        name: String,
    },
    /// The worker threads can't be started.
    #[error("start {threads} threads for the language model")]
    Threads {
        /// How many were asked for.
        threads: usize,
        /// What the pool said.
        #[source]
        source: rayon::ThreadPoolBuildError,
    },
    /// A token that the vocabulary does not have.
    #[error("the token {token} is beyond the vocabulary of {vocabulary}")]
    Token {
        /// The token.
        token: u32,
        /// How many tokens there are.
        vocabulary: usize,
    },
    /// More tokens than the model has positions.
    #[error("{length} tokens are more than the model's {limit} positions")]
    Long {
        /// Length of the longest path.
        length: usize,
        /// What the model takes.
        limit: usize,
    },
    /// A trunk needs at least one given token, and can't give more than it has.
    #[error("{given} given tokens in a trunk of {length}: from 1 to all of them can be given")]
    Given {
        /// How many were given.
        given: usize,
        /// Tokens of the trunk.
        length: usize,
    },
    /// A place that lies within the given tokens or beyond the trunk.
    #[error("the place {after} is not among the scored places {given} to {length} of the trunk")]
    Place {
        /// The place.
        after: usize,
        /// First place that can be used.
        given: usize,
        /// Last place that can be used.
        length: usize,
    },
    /// The model gave something that is no number: its weights are damaged.
    #[error("the model gave a log-probability that is not a number")]
    NotFinite,
}
