//! Pictures of pages: read by somebody else, shown to the rest as any other file.

use homeroom_core::{Picture, TranscriptStatus};

use crate::pdf::{self, Child};
use crate::transcript::Draft;
use crate::{Limits, Note, ReadError, Text, is_picture};

/// Reads writing in pictures. The program hands one in; this crate knows of no model.
pub trait ReadPictures: Sync {
    /// Reads a picture file.
    ///
    /// # Errors
    /// [`ReadError::NoReader`] where the model is not there, [`ReadError::Broken`], [`ReadError::Unsupported`],
    /// [`ReadError::TooManyPixels`], [`ReadError::NoTextInPicture`], [`ReadError::Illegible`], [`ReadError::ReaderFailed`].
    fn file(&self, bytes: &[u8]) -> Result<Draft, ReadError>;

    /// Reads a scanned page.
    ///
    /// # Errors
    /// As [`ReadPictures::file`].
    fn page(&self, page: &Picture) -> Result<Draft, ReadError>;
}

/// A transcript that nobody has confirmed, as a text.
pub(crate) fn unconfirmed(draft: &Draft, format: &'static str) -> Text {
    let mut notes = Vec::new();
    let doubtful = draft.doubtful();
    if doubtful > 0 {
        notes.push(Note::Doubtful { count: doubtful });
    }
    let (crossed_out, aside) = (draft.crossed_out.len(), draft.margin.len() + draft.red.len());
    if crossed_out + aside > 0 {
        notes.push(Note::LeftOut { crossed_out, aside });
    }
    let transcript = Some(TranscriptStatus::Unconfirmed);
    Text { text: draft.text(), format, encoding: None, title: None, notes, transcript }
}

/// A transcript of a picture, or of all pages of a scan.
///
/// # Errors
/// As [`ReadPictures::file`], those of PDF files, and [`ReadError::HasText`] for a file that needs no transcript.
pub fn draft(
    name: &str,
    bytes: &[u8],
    limits: &Limits,
    child: &Child,
    pictures: &dyn ReadPictures,
) -> Result<Draft, ReadError> {
    if is_picture(name, bytes) {
        return pictures.file(bytes);
    }
    match crate::read_bytes(name, bytes, limits, child) {
        Err(ReadError::ScannedWithoutText { pages }) if pages > 0 => scan(bytes, pages, limits, child, pictures),
        Err(error) => Err(error),
        Ok(_) => Err(ReadError::HasText),
    }
}

/// A transcript of the pages of a scan. A page without writing, as the back of a sheet, is passed over.
pub(crate) fn scan(
    bytes: &[u8],
    pages: usize,
    limits: &Limits,
    child: &Child,
    pictures: &dyn ReadPictures,
) -> Result<Draft, ReadError> {
    let mut all = Draft::default();
    for page in 0..pages {
        match pictures.page(&pdf::page_in_child(child, bytes, page, limits)?) {
            Ok(page) => all.append(page),
            Err(ReadError::NoTextInPicture) => {}
            Err(error) => return Err(error),
        }
    }
    if all.paragraphs.is_empty() { Err(ReadError::NoTextInPicture) } else { Ok(all) }
}
