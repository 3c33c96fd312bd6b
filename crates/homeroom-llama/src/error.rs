//! What can go wrong with llama.cpp.

use std::path::PathBuf;

use llama_cpp_2::context::kv_cache::KvCacheConversionError;
use llama_cpp_2::llama_batch::BatchAddError;
use llama_cpp_2::{DecodeError, LlamaContextLoadError, LlamaModelLoadError};

/// Why a model can't be loaded or can't score what it was given.
///
/// No variant carries a text that was scored.
#[derive(Debug, thiserror::Error)]
pub enum LlamaError {
    /// The file is not there, or llama.cpp does not take it.
    #[error("load the language model {path}")]
    Load {
        /// The model's file.
        path: PathBuf,
        /// What llama.cpp said.
        #[source]
        source: LlamaModelLoadError,
    },
    /// There is no room for keys and values.
    #[error("make room for {positions} tokens in {sequences} sequences")]
    Context {
        /// Tokens.
        positions: u32,
        /// Sequences.
        sequences: u32,
        /// What llama.cpp said.
        #[source]
        source: LlamaContextLoadError,
    },
    /// A token beyond the vocabulary.
    #[error("token {token} is beyond the vocabulary of {vocabulary}")]
    Token {
        /// The token.
        token: u32,
        /// Tokens of the vocabulary.
        vocabulary: usize,
    },
    /// More tokens than there is room for.
    #[error("{length} tokens, but room for {limit}")]
    Long {
        /// Tokens of the text.
        length: usize,
        /// Tokens that there is room for.
        limit: usize,
    },
    /// No token is given, or more than there are.
    #[error("{given} tokens of {length} are given; it must be 1 to {length}")]
    Given {
        /// Tokens that are said to be given.
        given: usize,
        /// Tokens of the trunk.
        length: usize,
    },
    /// A branch leaves the trunk within what is given or beyond its end.
    #[error("a branch leaves the trunk after {after} tokens; it must be {given} to {length}")]
    Place {
        /// Where it leaves.
        after: usize,
        /// Tokens of the trunk that are given.
        given: usize,
        /// Tokens of the trunk.
        length: usize,
    },
    /// A batch is full.
    #[error("fill a batch")]
    Batch(#[from] BatchAddError),
    /// Keys and values can't be copied or removed.
    #[error("copy keys and values")]
    Copy(#[from] KvCacheConversionError),
    /// llama.cpp could not run the tokens.
    #[error("run a batch")]
    Decode(#[from] DecodeError),
}
