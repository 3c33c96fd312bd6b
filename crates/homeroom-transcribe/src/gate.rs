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
    /// With a probability of no speech above this, a text must be likelier than `certain`. Between what was measured: speech
    /// stays below .3 (`homeroom measure transcription`), noises that the detector takes for speech lie above .6.
    pub no_speech: f32,
    /// In nats a token. For hum, knocks and birds Whisper writes `you`, at -.65 and below.
    pub certain: f32,
    /// A text that had to be cut must be likelier than this, in nats a token. Set by hand: what good speakers say lies above.
    pub likely: f32,
    /// Below this a text is never believed, in nats a token. Set by hand, far below what weak speakers say.
    pub unsure: f32,
}

impl Default for Gate {
    fn default() -> Self {
        Gate { no_speech: 0.5, certain: -0.35, likely: -0.7, unsure: -2.0 }
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
        } else if heard.no_speech > self.no_speech && log < self.certain {
            Some(Silent::NoSpeech)
        } else if log < self.unsure || (heard.end != HeardEnd::Complete && log < self.likely) {
            Some(Silent::Unsure)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use homeroom_core::ability::HeardWord;
    use homeroom_core::{Language, Seconds};

    use super::*;

    #[track_caller]
    fn check(text: &str, no_speech: f32, mean_log_probability: f32, end: HeardEnd, silent: Option<Silent>) {
        let word = HeardWord {
            text: text.to_owned(),
            spaced: false,
            probability: 1.0,
            start: Seconds(0.0),
            end: Seconds(1.0),
        };
        let heard = Heard {
            language: Language::ENGLISH,
            languages: vec![(Language::ENGLISH, 1.0)],
            no_speech,
            mean_log_probability,
            words: vec![word],
            end,
        };
        assert_eq!(Gate::default().silent(&heard), silent, "{text}");
    }

    #[test]
    fn what_is_believed() {
        use HeardEnd::{Complete, Loop};
        // As measured: hum, knocks, birds.
        check("you", 0.94, -0.66, Complete, Some(Silent::NoSpeech));
        check("you", 0.93, -0.68, Complete, Some(Silent::NoSpeech));
        check("BEEP!", 0.65, -1.60, Complete, Some(Silent::NoSpeech));
        // As measured: children, a weak speaker, a quiet good one.
        check("He asked.", 0.03, -0.15, Complete, None);
        check("was to", 0.29, -0.63, Complete, None);
        check("Grazing hot", 0.08, -1.27, Complete, None);
        check("Yes.", 0.70, -0.20, Complete, None);
        check("na na", 0.10, -0.80, Loop, Some(Silent::Unsure));
        check("Taidae kan", 0.10, -2.10, Complete, Some(Silent::Unsure));
        check("...", 0.00, -0.10, Complete, Some(Silent::Empty));
    }
}
