//! What can go wrong.

use std::io;
use std::path::PathBuf;

use homeroom_core::ability::AbilityError;

/// Why a reading was not heard, or a model not trained.
#[derive(Debug, thiserror::Error)]
pub enum HearingError {
    /// A file could not be read.
    #[error("read {path}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A file could not be written.
    #[error("write {path}", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A corpus is not laid out as it should be.
    #[error("line {line} of {path}: {what}", path = path.display())]
    Corpus {
        /// The file.
        path: PathBuf,
        /// Its line, from 1.
        line: usize,
        /// What is wrong.
        what: String,
    },
    /// The heads' file is not one of this version.
    #[error("the file of the hearing's heads is damaged or of another version: {what}")]
    Heads {
        /// What is wrong.
        what: String,
    },
    /// The encoder is not the one that the heads were trained on.
    #[error("the encoder gives {given} numbers a frame, the heads were trained on {expected}")]
    Encoder {
        /// What it gives.
        given: usize,
        /// What they take.
        expected: usize,
    },
    /// Nothing is known of how a word is said.
    #[error("nobody told how the word {word:?} is said: it is in no dictionary")]
    Pronunciation {
        /// The word.
        word: String,
    },
    /// The encoder failed.
    #[error(transparent)]
    Ability(#[from] AbilityError),
}
