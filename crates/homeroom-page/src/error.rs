use homeroom_core::ability::AbilityError;
use thiserror::Error;

/// Why a picture gives no text.
#[derive(Debug, Error)]
pub enum PageError {
    /// A format that is not read.
    #[error("pictures of the format {format} are not read")]
    Unsupported {
        /// Name of the format (`avif`; `heif` for HEIF files that hold no photo coded by HEVC), or `unknown`.
        format: String,
    },
    /// Damaged, cut off, or not what its first bytes say.
    #[error("damaged {format} file")]
    Broken {
        /// Name of the format.
        format: String,
        /// What the decoder said.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// More pixels than any camera's picture, as in files that are made to exhaust a machine.
    #[error("{width} × {height} pixels, limit {limit}")]
    TooManyPixels {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
        /// [`crate::MAX_PIXELS`].
        limit: u64,
    },
    /// Too small to hold a readable line.
    #[error("{width} × {height} pixels are too few to read")]
    TooSmall {
        /// Width in pixels.
        width: usize,
        /// Height in pixels.
        height: usize,
    },
    /// Nothing that looks like writing: a blank page, or a picture of something else.
    #[error("no text in the picture")]
    NoText,
    /// Something that looks like writing, but its letters can't be told.
    #[error("the writing can't be read: mean confidence {confidence:.2}")]
    Illegible {
        /// Mean probability of the characters that were read.
        confidence: f32,
    },
    /// The model failed.
    #[error("read the picture")]
    Model(#[from] AbilityError),
}
