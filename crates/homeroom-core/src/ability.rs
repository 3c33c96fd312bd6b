//! What a model can do for Homeroom, whichever model and runtime it is: one small trait per ability.
//!
//! Callers hold a trait object; only the crate of a runtime knows what stands behind it.

use crate::{Picture, Seconds, Waveform};

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

/// Says where somebody speaks.
pub trait DetectSpeech: Send + Sync {
    /// Probability of speech per frame, and how long a frame is. `sound`: any length, 16 kHz.
    ///
    /// # Errors
    /// [`AbilityError`] where the runtime fails.
    fn speech(&self, sound: &Waveform) -> Result<(Vec<f32>, Seconds), AbilityError>;
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
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Glyph {
    /// The character; never a space.
    pub character: char,
    /// Probability that it is this one.
    pub probability: f32,
    /// Where it stands, as a share of the line's width.
    pub position: f32,
    /// Greatest probability of a space between it and the character before.
    pub space: f32,
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
