//! The one place that maps a file into memory.

use std::fs::File;
use std::path::Path;

use memmap2::Mmap;

use crate::LmError;

/// The bytes of a file, paged in as they are read.
///
/// # Errors
/// [`LmError::Read`] where the file can't be opened or mapped.
#[allow(unsafe_code)]
pub(crate) fn map(path: &Path) -> Result<Mmap, LmError> {
    let read = |source| LmError::Read { path: path.to_owned(), source };
    let file = File::open(path).map_err(read)?;
    // SAFETY: the map is only ever read as plain bytes, and every read is checked against the length that the file had
    // when it was mapped. The store writes models in one step under a new name and never in place, so that nothing
    // changes or shortens the file while it is mapped.
    unsafe { Mmap::map(&file) }.map_err(read)
}
