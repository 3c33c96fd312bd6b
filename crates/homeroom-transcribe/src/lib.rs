//! Recordings to text: segments of speech, each with its language, times and words.
//!
//! A [`Listener`] takes sound at 16 kHz as it comes and gives [`Segment`]s as people pause; [`Streaming`] also gives what it
//! has so far while a person speaks. What comes out is for reading and for conversation. It repairs and mangles bad
//! pronunciation, so nothing that scores pronunciation may rest on it.

mod chinese;
mod error;
mod gate;
mod listener;
mod segmenter;
mod streaming;
mod transcript;

pub use chinese::Simplifier;
pub use error::TranscribeError;
pub use gate::{Gate, Silent};
pub use listener::{Abilities, Listener};
pub use segmenter::{Pauses, Segmenter, Stretch};
pub use streaming::{Budget, Partial, Streaming, Update};
pub use transcript::{Segment, Transcript, Word};

use homeroom_core::Hz;

/// The rate of all sound that is listened to.
pub const RATE: Hz = Hz(16_000);
