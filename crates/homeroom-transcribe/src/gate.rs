//! What is no speech although a network took it for some: noise, hum and music give no text.

use homeroom_core::ability::{Heard, HeardEnd};

/// Why a stretch gives no text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silent {
    /// The recogniser says that nobody speaks, and is not sure of its text.
    NoSpeech,
    /// The recogniser is so unsure that its text is invented.
    Unsure,
    /// It wrote nothing, or only marks.
    Empty,
}

/// When a text is not believed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gate {
    /// With a probability of no speech above this, a text must be likelier than `likely`. Whisper's `no_speech_threshold`.
    pub no_speech: f32,
    /// In nats a token. Set by hand: what good speakers say lies above.
    pub likely: f32,
    /// Below this a text is never believed, in nats a token. Set by hand, far below what weak speakers say.
    pub unsure: f32,
}

impl Default for Gate {
    fn default() -> Self {
        Gate { no_speech: 0.6, likely: -0.7, unsure: -2.0 }
    }
}

impl Gate {
    /// Why `heard` is no text, if it is none.
    #[must_use]
    pub fn silent(&self, heard: &Heard) -> Option<Silent> {
        let letters = heard.words.iter().any(|w| w.text.chars().any(char::is_alphanumeric));
        let log = heard.mean_log_probability;
        if !letters {
            Some(Silent::Empty)
        } else if heard.no_speech > self.no_speech && log < self.likely {
            Some(Silent::NoSpeech)
        } else if log < self.unsure || (heard.end != HeardEnd::Complete && log < self.likely) {
            Some(Silent::Unsure)
        } else {
            None
        }
    }
}
