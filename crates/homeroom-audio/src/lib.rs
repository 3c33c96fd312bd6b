//! Sound files to waveforms and back: decoding, mixing down, resampling.
//!
//! [`SoundFile`] gives a recording block by block, so that ten hours need no more memory than ten seconds; [`decode`] takes
//! a short one whole. [`Resampler`] changes the rate of a stream, [`resample`] that of a whole waveform.
//!
//! Formats: WAV, AIFF, FLAC, MP3, Ogg Vorbis, AAC and ALAC in MP4 (`.m4a`) or ADTS, PCM and Vorbis in Matroska. Opus is
//! recognised and refused by name.

mod decode;
mod error;
mod resample;
mod wav;

pub use decode::{SoundFile, decode};
pub use error::AudioError;
pub use resample::{Resampler, resample};
pub use wav::{WavFile, write_wav};
