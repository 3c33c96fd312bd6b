//! Hears a learner: which phones, words and pauses a recording holds, and how good they are.

mod acoustic;
mod align;
mod corpus;
mod dense;
mod encode;
mod error;
mod features;
mod linear;
mod listen;
mod model;
mod net;
mod phone;
mod pitch;
mod pronunciation;
mod quality;
mod rng;
mod score;
mod tips;
mod train;
mod trees;

pub use corpus::{Aspect, ScoredReading, ScoredWord, scored_readings};
pub use error::HearingError;
pub use listen::{
    Hearing, Judged, Listening, MISPRONOUNCED, Outcome, PhoneReport, ReadingReport, Scores, SoFar, Stretch, TextWord,
    Verdict, WordReport, text_words,
};
pub use model::{Heads, TrainedOn};
pub use phone::{Phone, Stress};
pub use pronunciation::Dictionary;
pub use quality::{Fault, Quality};
pub use tips::{Tip, tips};
pub use train::{CrossFitted, FOLDS, Step, TrainOptions, folds, train};
