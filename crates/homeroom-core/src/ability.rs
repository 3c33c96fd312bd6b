//! What a model can do for Homeroom, whichever model and runtime it is: one small trait per ability.
//!
//! Callers hold a trait object; only the crate of a runtime knows what stands behind it.

use crate::{Language, Picture, Seconds, Waveform};

/// Why an ability gave nothing.
#[derive(Debug, thiserror::Error)]
pub enum AbilityError {
    /// The model's files are there but are not what they should be.
    #[error("the files of the model `{model}` are damaged: `homeroom pull {model} --again` fetches them anew")]
    Damaged {
        /// Name in the catalogue.
        model: String,
        /// What the runtime said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The runtime failed on an input that it should have taken.
    #[error("the model `{model}` failed")]
    Failed {
        /// Name in the catalogue.
        model: String,
        /// What the runtime said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// Turns texts into vectors whose cosine says how near they are in meaning.
pub trait Embed: Send + Sync {
    /// One vector of length 1 per text, all of the same number of dimensions. A text that is too long is cut.
    ///
    /// # Errors
    /// [`AbilityError`] where the runtime fails.
    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, AbilityError>;
}

/// What an encoder of speech holds of a sound: one vector per frame.
#[derive(Debug, Clone, PartialEq)]
pub struct SpeechStates {
    /// How far apart frames are.
    pub frame: Seconds,
    /// Numbers per frame.
    pub width: usize,
    /// `frames` × `width` values, frame by frame.
    pub values: Vec<f32>,
}

impl SpeechStates {
    /// How many frames there are.
    #[must_use]
    pub fn frames(&self) -> usize {
        self.values.len() / self.width.max(1)
    }
}

/// Hears speech: turns sound into the hidden states of an encoder, which says what they mean to nobody.
pub trait EncodeSpeech: Send + Sync {
    /// The longest sound that it takes at once.
    fn longest(&self) -> Seconds;

    /// The states of `sound`, one per [`SpeechStates::frame`] from its start to its end. `sound`: 16 kHz, at most
    /// [`EncodeSpeech::longest`] (the rest is not heard).
    ///
    /// # Errors
    /// [`AbilityError`] where the runtime fails.
    fn encode(&self, sound: &Waveform) -> Result<SpeechStates, AbilityError>;
}

/// Says where somebody speaks.
pub trait DetectSpeech: Send + Sync {
    /// Listens to a recording from its start, as it comes in.
    fn listen(&self) -> Box<dyn SpeechStream + '_>;

    /// Probability of speech per frame, and how long a frame is. `sound`: any length, 16 kHz. The last frame is filled up
    /// with silence.
    ///
    /// # Errors
    /// [`AbilityError`] where the runtime fails.
    fn speech(&self, sound: &Waveform) -> Result<(Vec<f32>, Seconds), AbilityError> {
        let mut stream = self.listen();
        let mut frames = stream.push(&sound.samples)?;
        let rest = (sound.duration().0 - frames.len() as f64 * stream.frame().0).max(0.0);
        if rest > 0.0 {
            let missing = ((stream.frame().0 - rest) * f64::from(sound.rate.0)).round().max(0.0) as usize;
            frames.extend(stream.push(&vec![0.0; missing])?);
        }
        Ok((frames, stream.frame()))
    }
}

/// One recording that is listened to for speech as it comes in.
pub trait SpeechStream: Send {
    /// How long a frame is.
    fn frame(&self) -> Seconds;

    /// Takes more samples, at 16 kHz, and gives the probability of speech of every frame that they complete.
    ///
    /// # Errors
    /// [`AbilityError`] where the runtime fails.
    fn push(&mut self, samples: &[f32]) -> Result<Vec<f32>, AbilityError>;
}

/// A word that was heard.
#[derive(Debug, Clone, PartialEq)]
pub struct HeardWord {
    /// The word with its punctuation; in Chinese one character.
    pub text: String,
    /// Whether a space stands before it.
    pub spaced: bool,
    /// Its probability after the words before it.
    pub probability: f32,
    /// When it was said, from the start of the sound. Where the model gives no times of words, they are divided over the
    /// sound by their length and by where it is loud: good to a few tenths of a second.
    pub start: Seconds,
    /// When it ended.
    pub end: Seconds,
}

/// Why a transcript ends where it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeardEnd {
    /// The model said so.
    Complete,
    /// It gave more text than can be said in that time, and was stopped.
    Cap,
    /// It repeated itself, and was cut before the repetition.
    Loop,
}

/// What was heard in a stretch of sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// The language it was written down in.
    pub language: Language,
    /// Probability of each language that the model was let choose from; they sum to 1.
    pub languages: Vec<(Language, f32)>,
    /// Probability that nobody speaks, as the model has it.
    pub no_speech: f32,
    /// Mean log-probability of a token, in nats.
    pub mean_log_probability: f32,
    /// The words in order.
    pub words: Vec<HeardWord>,
    /// Why it ends where it does.
    pub end: HeardEnd,
}

impl Heard {
    /// The words, joined.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for word in &self.words {
            if word.spaced && !text.is_empty() {
                text.push(' ');
            }
            text.push_str(&word.text);
        }
        text
    }
}

/// Writes down what is said.
pub trait Transcribe: Send + Sync {
    /// The longest sound that it takes at once.
    fn longest(&self) -> Seconds;

    /// What is said in `sound`: 16 kHz, at most [`Transcribe::longest`] (the rest is not heard). `languages`: what it may
    /// be, the most probable is taken; must not be empty.
    ///
    /// The text carries a conversation. It repairs and mangles bad pronunciation and must not be used to score it.
    ///
    /// # Errors
    /// [`AbilityError`] where the runtime fails or a language is none of the model's.
    fn transcribe(&self, sound: &Waveform, languages: &[Language]) -> Result<Heard, AbilityError>;
}

/// A number from 0 to 1 for each pixel of a picture, row by row.
#[derive(Debug, Clone, PartialEq)]
pub struct Heatmap {
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// `width` × `height` values.
    pub values: Vec<f32>,
}

/// A character that was read in a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Glyph {
    /// The character; never a space.
    pub character: char,
    /// Probability that it is this one.
    pub probability: f32,
    /// Where it stands, as a share of the line's width.
    pub position: f32,
    /// Greatest probability of a space between it and the character before.
    pub space: f32,
    /// What else it may be, with its probability, the most probable first.
    pub others: Vec<(char, f32)>,
}

/// Sees print and handwriting: finds it in a picture, and reads it line by line.
pub trait SeeText: Send + Sync {
    /// Where text stands: the core of each line, narrower than the letters are high. The map has the picture's
    /// proportions and at most its size.
    ///
    /// # Errors
    /// [`AbilityError`] where the runtime fails.
    fn text_map(&self, page: &Picture) -> Result<Heatmap, AbilityError>;

    /// For each line, the probability that it stands upside down.
    ///
    /// # Errors
    /// [`AbilityError`] where the runtime fails.
    fn upside_down(&self, lines: &[Picture]) -> Result<Vec<f32>, AbilityError>;

    /// What stands in each line, a picture that is filled by one horizontal line of text, from left to right.
    ///
    /// # Errors
    /// [`AbilityError`] where the runtime fails.
    fn read_lines(&self, lines: &[Picture]) -> Result<Vec<Vec<Glyph>>, AbilityError>;
}

/// A stretch of speech, with the time of each of its symbols.
#[derive(Debug, Clone, PartialEq)]
pub struct Spoken {
    /// The sound.
    pub sound: Waveform,
    /// From when to when each symbol is said, in order.
    pub times: Vec<(Seconds, Seconds)>,
}

/// Speaks.
pub trait Speak: Send + Sync {
    /// The sound of `symbols`: numbers of the voice's vocabulary (phones, marks of stress, pauses, spaces), a sentence or
    /// less. `speed`: 1 is the voice's own pace, 2 twice as fast. The same input gives the same sound.
    ///
    /// # Errors
    /// [`AbilityError`] where the runtime fails.
    fn speak(&self, symbols: &[u16], speed: f32) -> Result<Spoken, AbilityError>;
}

/// Guesses how a word is said from its letters.
pub trait SpellOut: Send + Sync {
    /// The phones of `word`, which no dictionary has; `None` where it has no letter that the model knows.
    ///
    /// # Errors
    /// [`AbilityError`] where the runtime fails.
    fn spell_out(&self, word: &str) -> Result<Option<String>, AbilityError>;
}
