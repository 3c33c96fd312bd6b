use std::path::PathBuf;

/// Why a lexicon could not be read or made.
#[derive(Debug, thiserror::Error)]
pub enum LexiconError {
    /// The bytes don't start as a lexicon does.
    #[error("not a lexicon: it starts with {found:02x?}")]
    Magic {
        /// The first bytes, at most four.
        found: Vec<u8>,
    },
    /// A section lies outside the bytes or has a wrong size.
    #[error("section {section} of the lexicon has {found} bytes where {expected} are needed")]
    Section {
        /// Index of the section.
        section: usize,
        /// Bytes that it should have at least.
        expected: usize,
        /// Bytes that it has.
        found: usize,
    },
    /// A source file is missing.
    #[error("no {name} in {folder}")]
    Missing {
        /// What was looked for.
        name: String,
        /// Where.
        folder: PathBuf,
    },
    /// A file could not be read.
    #[error("read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A wheel is no zip file, or lacks a member.
    #[cfg(feature = "build")]
    #[error("read {member} in {path}")]
    Wheel {
        /// The wheel.
        path: PathBuf,
        /// The file in it.
        member: String,
        /// Why.
        #[source]
        source: zip::result::ZipError,
    },
    /// A frequency list is not MessagePack of the known layout.
    #[cfg(feature = "build")]
    #[error("decode {member}")]
    Frequencies {
        /// The file in its wheel.
        member: String,
        /// Why.
        #[source]
        source: rmp_serde::decode::Error,
    },
    /// A line or record does not have the known layout.
    #[error("{file}: unexpected layout at {at}")]
    Layout {
        /// The file.
        file: String,
        /// Line number or byte offset.
        at: usize,
    },
}
