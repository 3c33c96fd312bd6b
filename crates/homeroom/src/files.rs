//! Files that are written in one step: whole or not at all, whatever happens meanwhile.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// How the name of a file begins and ends while it is being written.
pub(crate) const UNFINISHED: (&str, &str) = (".homeroom-", ".tmp");

/// What an environment variable names, where it is set to something.
pub(crate) fn named_by(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).filter(|v| !v.is_empty()).map(PathBuf::from)
}

/// A folder of the user's: `xdg` names it, or it is `below` the home folder; on Windows `windows` names it.
pub(crate) fn user_folder(xdg: &str, below: &str, windows: &str) -> Option<PathBuf> {
    if cfg!(windows) {
        return named_by(windows);
    }
    // A relative path there is to be ignored (XDG Base Directory Specification).
    let fallback = || named_by("HOME").map(|home| home.join(below));
    named_by(xdg).filter(|p| p.is_absolute()).or_else(fallback)
}

/// Writes a file into a folder that is there. A file that stood there keeps its permissions; a new one is readable as any
/// other file of the user's.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new().prefix(UNFINISHED.0).suffix(UNFINISHED.1).tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_data()?;
    // The temporary file is private.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let kept = fs::metadata(path).map(|m| m.permissions());
        file.as_file().set_permissions(kept.unwrap_or_else(|_| fs::Permissions::from_mode(0o644)))?;
    }
    file.persist(path).map_err(|e| e.error)?;
    Ok(())
}
