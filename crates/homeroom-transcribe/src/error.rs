//! Why nothing could be written down.

use homeroom_core::ability::AbilityError;

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
pub enum TranscribeError {
    /// A model failed.
    #[error("listen to the recording")]
    Ability(#[from] AbilityError),
    /// The table of Chinese characters that is part of this program could not be read.
    #[error("load the table of simplified characters")]
    Characters(#[source] ferrous_opencc::error::OpenCCError),
}
