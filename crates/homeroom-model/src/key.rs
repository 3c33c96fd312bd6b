//! Keys of servers.

use std::fmt;
use std::path::{Path, PathBuf};

/// A key: it can be sent, but not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(String);

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The variable is not set.
    #[error("the key is not there: set the environment variable {0}")]
    Unset(String),
    /// The file can't be read.
    #[error("read the key from {path}")]
    Unread {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Others can read the file.
    #[error("others can read the key in {0}: `chmod 600` it first")]
    Open(PathBuf),
    /// It has characters that no key has.
    #[error("the key is empty or has spaces or control characters in it")]
    Malformed,
}

impl Key {
    /// A key from its text; space around it is dropped.
    ///
    /// # Errors
    /// [`KeyError::Malformed`].
    pub fn new(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        let fine = !text.is_empty() && text.chars().all(|c| c.is_ascii_graphic());
        if fine { Ok(Self(text.to_owned())) } else { Err(KeyError::Malformed) }
    }

    /// A key from a file that only its owner can read.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn from_file(path: &Path) -> Result<Self, KeyError> {
        Self::new(&read_private(path)?)
    }

    /// The key itself, to be sent.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.0
    }

    /// `text` without the key.
    #[must_use]
    pub fn redact(&self, text: &str) -> String {
        text.replace(&self.0, "[key]")
    }
}

/// The text of a file with keys, which only its owner can read.
///
/// # Errors
/// [`KeyError::Open`] where others can, [`KeyError::Unread`].
pub fn read_private(path: &Path) -> Result<String, KeyError> {
    let unread = |source| KeyError::Unread { path: path.to_owned(), source };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(path).map_err(unread)?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(KeyError::Open(path.to_owned()));
        }
    }
    std::fs::read_to_string(path).map_err(unread)
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key([key])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_do_not_print_and_files_must_be_private() {
        let key = Key::new(" sk-secret\n").unwrap();
        assert_eq!(format!("{key:?}"), "Key([key])");
        assert_eq!(key.redact("bad key sk-secret"), "bad key [key]");
        assert!(matches!(Key::new(" "), Err(KeyError::Malformed)));
        assert!(matches!(Key::new("a b"), Err(KeyError::Malformed)));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let file = tempfile::NamedTempFile::new().unwrap();
            std::fs::write(file.path(), "sk-secret\n").unwrap();
            std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(0o644)).unwrap();
            assert!(matches!(Key::from_file(file.path()), Err(KeyError::Open(_))));
            std::fs::set_permissions(file.path(), std::fs::Permissions::from_mode(0o600)).unwrap();
            assert_eq!(Key::from_file(file.path()).unwrap(), key);
        }
    }
}
