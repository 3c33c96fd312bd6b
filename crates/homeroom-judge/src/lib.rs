//! What a language model adds to marking: corrections that are checked, and judgements that quote.
//!
//! A pupil's text goes to the model as data, one sentence or one essay at a time, and what comes back is believed only as far as
//! it can be checked: a correction is weighed by another model, a quote must stand in the essay. No answer decides a mark.

mod correct;
mod criteria;
pub mod explain;
mod letter;
pub mod suite;

pub use correct::{SentenceEdit, edits, proposals, rewrite, sentences};
pub use criteria::{Judged, judge};
pub use letter::letter;
