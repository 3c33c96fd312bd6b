//! Text to speech: normalisation, pronunciation, timing, streaming by sentence.
//!
//! [`FrontEnd`] turns a sentence into the phones of the voice ([`Phones`]), [`Speaker`] speaks a text piece by piece with
//! the times of its words and phones. The network of the voice and the one that reads unknown words stand behind
//! [`homeroom_core::ability::Speak`] and [`homeroom_core::ability::SpellOut`]. All tables come from the folder of the
//! voice; nothing is embedded.
//!
//! # Source
//! The way from text to phones is a port of hibari 0.2.1 (Apache-2.0), which follows misaki and spaCy.

mod error;
mod lexicon;
mod mandarin;
mod normalize;
mod numbers;
mod pronounce;
mod rewrite;
mod sentences;
mod speaker;
mod spoken;
mod table;
mod tagger;
mod timing;
mod token;
mod tokenize;
mod vocabulary;
mod voices;

use std::ops::RangeInclusive;

pub use error::VoiceError;
pub use lexicon::Accent;
pub use mandarin::{Espeak, OtherVoice};
pub use pronounce::{FrontEnd, Phones, SpokenWord, Tables};
pub use speaker::{Piece, PieceKind, Speaker, Speech, Stream};
pub use timing::{PhoneTime, WordTime};
pub use vocabulary::Vocabulary;
pub use voices::{VoiceInfo, Voices};

/// Paces that the voice can speak at; 1 is its own.
pub const SPEEDS: RangeInclusive<f32> = 0.5..=2.0;
