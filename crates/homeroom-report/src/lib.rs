//! What people open: pages, gradebooks and exports, all made from one [`ClassBundle`].
//!
//! Everything in here is a pure function from that bundle to text or bytes: no clock, no file, no network. The pages are
//! self-contained; a pupil's text is always escaped, and a content security policy forbids every script but the page's
//! own and every request.

mod bundle;
mod class_page;
mod diff;
mod docx;
mod error;
mod essay;
mod features;
mod gradebook;
mod json;
mod kind;
mod m2;
mod page;
mod pupil_page;
mod wording;

pub use bundle::{ClassBundle, DEEP_VERSION, FailedFile, PageLanguage, PupilBundle, takes_deep};
pub use class_page::{CLASS_PAGE, class_page};
pub use docx::annotated_docx;
pub use error::ReportError;
pub use features::feature_words;
pub use gradebook::{canvas_csv, grade, moodle_csv};
pub use json::{
    EssayExport, EssayOutcome, FeatureExport, FindingExport, Summary, SummaryCounts, SummaryEssay, SummaryTotals,
    Target, W3cSelector, essay_export, schemas, summary,
};
pub use kind::{Kind, KindId, code_name, kind_of, kinds};
pub use m2::{m2, plain_sentences};
pub use pupil_page::{page_file, pupil_page};
pub use wording::{band_words, confidence_words, reason_words, source_words, status_words};
