//! What a model can do for Homeroom, whichever model and runtime it is: one small trait per ability.
//!
//! Callers hold a trait object; only the crate of a runtime knows what stands behind it.

use crate::{Seconds, Waveform};

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
