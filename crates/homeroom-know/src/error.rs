use std::io;
use std::path::{Path, PathBuf};

use homeroom_core::ability::AbilityError;
use tantivy::TantivyError;
use tantivy::directory::error::LockError;

/// Why a base of documents could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum KnowError {
    /// The folder can't be made or read.
    #[error("open the folder {}", folder.display())]
    Folder {
        /// The base's folder.
        folder: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The folder holds files that are none of a base's; nothing was changed in it.
    #[error("{} holds other files: name an empty folder, or one that does not exist yet", folder.display())]
    NotABase {
        /// The folder.
        folder: PathBuf,
    },
    /// Somebody else writes to the base just now.
    #[error("another process is adding documents to {}: wait until it is done", folder.display())]
    Busy {
        /// The base's folder.
        folder: PathBuf,
    },
    /// A file of the base is missing or is not what was written.
    #[error("the base of documents in {} is damaged: delete that folder and add the documents again", folder.display())]
    Damaged {
        /// The base's folder.
        folder: PathBuf,
        /// What the index said; `None` where a checksum is wrong.
        #[source]
        source: Option<Box<TantivyError>>,
    },
    /// The base was made by a version that divides texts or words in another way.
    #[error(
        "the base of documents in {} was made by another version: delete that folder and add the documents again",
        folder.display()
    )]
    OtherVersion {
        /// The base's folder.
        folder: PathBuf,
    },
    /// The index failed, as where the disk is full. What was in the base before is still there.
    #[error("write or read the base of documents in {}", folder.display())]
    Index {
        /// The base's folder.
        folder: PathBuf,
        /// What the index said.
        #[source]
        source: Box<TantivyError>,
    },
    /// A source's name is empty or too long.
    #[error("the name of a source has {bytes} bytes; it must have 1 to {limit}")]
    Name {
        /// Its length.
        bytes: usize,
        /// The most that is taken.
        limit: usize,
    },
    /// A source's text is too long.
    #[error("a source of {bytes} bytes is too long: the limit is {limit}")]
    TooLong {
        /// Its length.
        bytes: usize,
        /// The most that is taken.
        limit: usize,
    },
    /// The model of meaning failed.
    #[error("tell what texts mean")]
    Embed(#[from] AbilityError),
    /// The model of meaning gave something else than one finite vector per text, all of one length.
    #[error("the model of meaning gave vectors of the wrong number or shape for {texts} text(s)")]
    Vectors {
        /// How many texts it was given.
        texts: usize,
    },
}

impl KnowError {
    /// What went wrong inside of the index, in the base of `folder`.
    pub(crate) fn index(folder: &Path, error: TantivyError) -> KnowError {
        let folder = folder.to_path_buf();
        match error {
            TantivyError::LockFailure(LockError::LockBusy, _) => KnowError::Busy { folder },
            TantivyError::DataCorruption(_)
            | TantivyError::OpenReadError(_)
            | TantivyError::IncompatibleIndex(_)
            | TantivyError::DeserializeError(_)
            | TantivyError::SchemaError(_)
            | TantivyError::FieldNotFound(_) => KnowError::Damaged { folder, source: Some(Box::new(error)) },
            TantivyError::IoError(ref io)
                if matches!(
                    io.kind(),
                    io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof | io::ErrorKind::NotFound
                ) =>
            {
                KnowError::Damaged { folder, source: Some(Box::new(error)) }
            }
            _ => KnowError::Index { folder, source: Box::new(error) },
        }
    }
}
