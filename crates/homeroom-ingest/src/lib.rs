//! From what a teacher has on the disk to text: files, folders and archives, in the formats and encodings that pupils
//! hand in, and whose work each file is.
//!
//! [`collect`] finds the files, [`read`] gives a file's text or says in one sentence why there is none,
//! [`language::detect`] tells the language, [`Roster`] whose it is. Nothing in here knows of marking.
//!
//! Everything read is untrusted: sizes are limited before anything is unpacked, and PDF files, whose library is written
//! in C++, are read in a process of their own.

mod encoding;
mod error;
mod html;
pub mod language;
mod limits;
mod markdown;
mod odt;
pub mod pdf;
mod picture;
mod reflow;
mod roster;
mod sheets;
mod source;
mod text;
pub mod transcript;

pub use encoding::{Decoded, decode};
pub use error::ReadError;
pub use limits::Limits;
pub use picture::{ReadPictures, draft};
pub use roster::{Identified, MatchedBy, Roster, RosterProblem};
pub use sheets::{Sheets, Sorted, sheets};
pub use source::{Source, collect};
pub use text::{Note, Text, is_picture, joined, read, read_bytes, read_with};

/// The readers of single formats, for fuzz targets; programs use [`read`].
pub mod formats {
    pub use crate::html::text as html;
    pub use crate::markdown::text as markdown;
    pub use crate::odt::text as odt;
}
