//! What can go wrong with llama.cpp.

use std::path::PathBuf;

use llama_cpp_2::context::kv_cache::KvCacheConversionError;
use llama_cpp_2::llama_batch::BatchAddError;
use llama_cpp_2::{DecodeError, LlamaContextLoadError, LlamaModelLoadError};

use crate::gguf::GgufError;

/// Why a model can't be loaded, or can't score or go on with what it was given.
///
/// No variant carries a text that was given to a model or that it wrote.
#[derive(Debug, thiserror::Error)]
pub enum LlamaError {
    /// The file is not there, is damaged, or is no language model.
    #[error("read the language model {path}")]
    File {
        /// The model's file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: GgufError,
    },
    /// llama.cpp was built for another processor.
    #[error(
        "this program was built for processors with {instructions}, which this one lacks: build it on this machine, or with \
         HOMEROOM_PORTABLE=1 set"
    )]
    Processor {
        /// What is missing.
        instructions: &'static str,
    },
    /// llama.cpp does not take the file.
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
    /// Room for no tokens, or for more sequences than llama.cpp has.
    #[error("room for {positions} tokens in {sequences} sequences, {batch} at once, is none or too much")]
    Room {
        /// Tokens.
        positions: u32,
        /// Sequences.
        sequences: u32,
        /// Tokens of a batch.
        batch: u32,
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
    /// A prompt without a token.
    #[error("the prompt is empty")]
    Empty,
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
    /// A schema or a pattern that an answer can't be held to.
    #[error("an answer can't be held to this schema or pattern: {reason}")]
    Constraint {
        /// What llguidance says of it.
        reason: String,
    },
    /// The answer left its schema or pattern, or following it took more work than is allowed.
    #[error("the answer could not be held to its schema or pattern")]
    Astray,
    /// The engine has stopped.
    #[error("the engine has stopped")]
    Stopped,
    /// A thread can't be started.
    #[error("start a thread")]
    Thread(#[source] std::io::Error),
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

impl LlamaError {
    /// The same again, for another request that was in the batch.
    pub(crate) fn again(&self) -> Self {
        match self {
            Self::Decode(DecodeError::NoKvCacheSlot) => Self::Decode(DecodeError::NoKvCacheSlot),
            Self::Decode(DecodeError::NTokensZero) => Self::Decode(DecodeError::NTokensZero),
            Self::Decode(DecodeError::Unknown(code)) => Self::Decode(DecodeError::Unknown(*code)),
            _ => Self::Stopped,
        }
    }
}
