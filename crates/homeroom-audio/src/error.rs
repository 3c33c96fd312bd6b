//! What can go wrong with a sound file.

use homeroom_core::Hz;

/// Why a recording could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum AudioError {
    /// The bytes are no sound file of a known format.
    #[error("not a sound file of a known format (known: wav, aiff, flac, mp3, ogg, m4a)")]
    NotSound(#[source] Option<symphonia::core::errors::Error>),
    /// A container without an audio track, such as a film without sound.
    #[error("the file has no audio track")]
    NoTrack,
    /// The format is known, the way its sound is coded is not.
    #[error("the sound is coded as {codec}, which cannot be decoded: convert it to wav, flac, mp3 or m4a first")]
    Codec {
        /// Name of the coding, or its number.
        codec: String,
    },
    /// A rate that no recording has.
    #[error("a sample rate of {} Hz (possible: {} to {} Hz)", .0.0, Self::LOWEST_RATE.0, Self::HIGHEST_RATE.0)]
    Rate(Hz),
    /// There is a track, and no sound in it.
    #[error("the file holds no sound")]
    Empty,
    /// The source could not be read.
    #[error("read the sound file")]
    Read(#[source] std::io::Error),
    /// The output could not be written.
    #[error("write the sound file")]
    Write(#[source] hound::Error),
    /// The resampler refused its input.
    #[error("resample")]
    Resample(#[source] rubato::ResampleError),
}

impl AudioError {
    /// Below telephone quality nothing is speech.
    pub const LOWEST_RATE: Hz = Hz(1_000);
    /// The highest rate of studio equipment.
    pub const HIGHEST_RATE: Hz = Hz(768_000);

    pub(crate) fn check(rate: Hz) -> Result<(), AudioError> {
        match (Self::LOWEST_RATE..=Self::HIGHEST_RATE).contains(&rate) {
            true => Ok(()),
            false => Err(AudioError::Rate(rate)),
        }
    }
}
