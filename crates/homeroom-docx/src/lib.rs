//! Word files: their text with its place in the file, and the pupil's own file with comments and suggestions in it.
//!
//! [`read`] gives the text, one line per paragraph. [`annotate`] puts Word comments and tracked changes at spans of
//! that text and leaves everything else in the file as it was. [`create`] makes a plain file from text, so that an
//! essay which came as `.txt` or `.pdf` can be given back in the same way.
//!
//! The format is ECMA-376 (Office Open XML), part 1, chapter 17; element names in the comments (`w:r`) are from there.

mod annotate;
mod create;
mod error;
mod layout;
mod package;

pub use annotate::{Annotation, annotate};
pub use create::create;
pub use error::DocxError;
pub use layout::RunAnchor;

use homeroom_core::Span;

/// What a Word file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocxText {
    /// The text: paragraphs, table cells and text boxes in reading order, one line each, with no line feed at the end.
    ///
    /// A tab is `\t`, a line break inside a paragraph `\n`. Insertions under review are in it; deleted and hidden text,
    /// text that is white or tiny, headers, footers, notes and comments are not.
    pub text: String,
    /// Where each run's text lies, in order. Runs without text are left out.
    pub runs: Vec<RunAnchor>,
    /// The first paragraph in the style `Title`, or else the first in `Heading1`.
    pub title: Option<String>,
    /// Whether the file has insertions, deletions or moves that wait for a decision.
    pub tracked_changes: bool,
    /// Pictures and drawings in the text.
    pub pictures: usize,
    /// Words that no reader sees: hidden, white or tiny ones. They are not in the text.
    pub hidden_words: usize,
}

/// Reads the text of a Word file.
///
/// # Errors
/// [`DocxError`] if `bytes` is no Word file, is broken, or unpacks to more than a document can sensibly hold.
pub fn read(bytes: &[u8]) -> Result<DocxText, DocxError> {
    let mut package = package::Package::open(bytes)?;
    let (part, xml) = package.document()?;
    let layout = layout::Layout::parse(&part, &xml)?;
    let runs = layout.anchors();
    let title = ["Title", "Heading1"].iter().find_map(|style| {
        let paragraph = layout.paragraphs.iter().find(|p| p.style.as_deref() == Some(style) && !p.span.is_empty())?;
        let text = Span::of(paragraph.span, &layout.text).trim();
        (!text.is_empty()).then(|| text.to_owned())
    });
    let layout::Layout { tracked_changes, pictures, hidden_words, .. } = layout;
    Ok(DocxText { text: layout.text, runs, title, tracked_changes, pictures, hidden_words })
}
