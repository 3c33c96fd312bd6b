//! What is known of English word forms: frequency, CEFR level, parts of speech, lemma and inflections, neighbours.
//!
//! The table is made by `build` (feature `build`) from published packages; `data/README.md` in this crate says
//! which, under which licences. It is read in place: nothing is unpacked when the program starts.

#[cfg(feature = "build")]
mod build;
mod cefr;
mod error;
mod format;
mod lexicon;
mod morphology;
mod pinyin;
mod pos;
mod uncountable;

#[cfg(feature = "build")]
pub use build::{Sources, build};
pub use cefr::Cefr;
pub use error::LexiconError;
pub use lexicon::{Lexicon, WordId};
pub use morphology::Form;
pub use pinyin::{is_pinyin, pinyin_syllables};
pub use pos::PosSet;
