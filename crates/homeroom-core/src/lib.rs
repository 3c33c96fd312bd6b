//! The vocabulary that every crate of Homeroom shares: documents, spans, findings, features, judgements, evidence,
//! rubrics, marks and edits.
//!
//! There is no I/O and no model in here, and nothing that assumes English. A mark is a pure function of stored
//! [`Evidence`] and a [`Rubric`] version; this crate says what those are, `homeroom-scoring` computes it.

pub mod ability;
mod analysis;
mod bilingual;
mod checker;
mod document;
mod edit;
mod evidence;
mod feature;
mod finding;
mod ids;
mod judgement;
mod language;
mod letter;
mod mark;
mod picture;
mod rubric;
mod selector;
mod sound;
mod span;

pub use analysis::{Analysis, Paragraph, Sentence, Token, Upos};
pub use bilingual::Bilingual;
pub use checker::{Checker, TraitContext, TraitExtractor};
pub use document::{Document, is_shapeless};
pub use edit::{Change, Edit};
pub use evidence::{EVIDENCE_SCHEMA, Evidence, Origin, Pupil, Reason, Submission, TranscriptStatus};
pub use feature::{Feature, TraitId};
pub use finding::{Display, Finding, FindingId, Severity};
pub use ids::{AssignmentId, ClassId, PupilId, SubmissionId};
pub use judgement::Judgement;
pub use language::Language;
pub use letter::{Letter, LetterSentence};
pub use mark::{CriterionMark, Mark, Outcome, Place, Score, Status};
pub use picture::Picture;
pub use rubric::{Band, Criterion, Rubric, RubricKind, RubricRef, Scale, WordLimits};
pub use selector::{Selector, TextPositionSelector, TextQuoteSelector};
pub use sound::{Hz, Seconds, Waveform};
pub use span::Span;
