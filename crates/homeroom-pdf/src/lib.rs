//! Printed reports: a pupil's marked essay with its review, and the report on a class, as PDF.
//!
//! Typst sets the pages and lives in this crate alone. Its templates are fixed; whatever a report holds is handed to them
//! as data, so that nothing that a pupil writes is ever read as markup. Nothing is read from a clock or a network: the same
//! bundle gives the same bytes on the same computer. Fonts are those of the computer (Noto, where it is installed), then
//! those that are part of Typst.

mod class;
mod error;
mod fonts;
mod pupil;
mod typeset;
mod words;

use homeroom_report::{ClassBundle, PupilBundle};

pub use error::PdfError;

use crate::class::ClassView;
use crate::pupil::PupilView;
use crate::typeset::{CLASS, PUPIL, Typesetter};

/// One pupil's report on A4: the essay with numbered marks and teacher's codes, the list of marks, the criteria, and the
/// review with its exercises on a page of its own.
///
/// Marks that the machine is sure of are numbered; those that the teacher has to check are lettered and printed only while
/// the mark is a draft; remarks on style are left out.
///
/// # Errors
/// [`PdfError::MissingCjkFont`] if the report holds Chinese and no font on this computer has it. The other variants are
/// faults of the template.
pub fn pupil_pdf(bundle: &ClassBundle<'_>, pupil: &PupilBundle<'_>) -> Result<Vec<u8>, PdfError> {
    let view = PupilView::new(bundle, pupil);
    let ident = format!("pupil {}", pupil.evidence.submission.id);
    Typesetter::shared().run(PUPIL, &view, ident, bundle.generator)
}

/// The report on the class on A4: spread of bands, who needs a word, all pupils, what the class gets wrong, the lesson
/// and shared passages.
///
/// # Errors
/// As [`pupil_pdf`].
pub fn class_pdf(bundle: &ClassBundle<'_>) -> Result<Vec<u8>, PdfError> {
    let view = ClassView::new(bundle);
    let assignment = bundle.pupils.first().map_or("", |p| p.evidence.submission.assignment.as_str());
    Typesetter::shared().run(CLASS, &view, format!("class {assignment} {}", bundle.title), bundle.generator)
}
