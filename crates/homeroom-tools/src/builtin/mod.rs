//! The tools that come with the program, one file each.

pub mod calculate;
pub mod cefr_level;
pub mod check_text;
pub mod date;
pub mod examples;
pub mod look_up;
pub mod make_exercise;
pub mod pupil_history;
pub mod search_notes;

use std::sync::Arc;

pub use chrono::NaiveDate as Date;
pub use examples::Sentences;
pub use pupil_history::{Caller, Histories, PastEssay};
pub use search_notes::{Note, Search};

use crate::Tool;

/// What the program has for the tools. A tool whose means are not there is not offered.
#[derive(Clone, Default)]
pub struct Means {
    /// Today's date: no tool looks at the clock.
    pub today: Option<Date>,
    /// Example sentences.
    pub sentences: Option<Arc<Sentences>>,
    /// Notes and texts that can be searched.
    pub notes: Option<Arc<dyn Search>>,
    /// What pupils wrote before, and who asks for it.
    pub histories: Option<(Arc<dyn Histories>, Caller)>,
}

/// Makes a tool from the means; nothing where they are not there.
type Make = fn(&Means) -> Option<Arc<dyn Tool>>;

/// In the order in which a model is told of them: what it should think of first comes first.
const REGISTRY: &[Make] = &[
    look_up::make,
    check_text::make,
    cefr_level::make,
    examples::make,
    make_exercise::make,
    search_notes::make,
    pupil_history::make,
    calculate::make,
    date::make,
];

/// The tools for which there are means.
#[must_use]
pub fn builtin(means: &Means) -> Vec<Arc<dyn Tool>> {
    REGISTRY.iter().filter_map(|make| make(means)).collect()
}
