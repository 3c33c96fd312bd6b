//! Writing WAV files.

use std::io::{Seek, Write};

use homeroom_core::{Hz, Waveform};
use hound::{SampleFormat, WavSpec, WavWriter};

use crate::AudioError;

/// Writes `sound` as WAV: one channel, 16 bits a sample, louder samples cut.
///
/// # Errors
/// [`AudioError::Write`].
pub fn write_wav(sound: &Waveform, to: impl Write + Seek) -> Result<(), AudioError> {
    let mut file = WavFile::new(sound.rate, to)?;
    file.push(&sound.samples)?;
    file.finish()
}

/// A WAV file that is written as the sound comes, in the format of [`write_wav`].
pub struct WavFile<W: Write + Seek>(WavWriter<W>);

impl<W: Write + Seek> WavFile<W> {
    /// Writes the header.
    ///
    /// # Errors
    /// [`AudioError::Write`].
    pub fn new(rate: Hz, to: W) -> Result<WavFile<W>, AudioError> {
        let spec = WavSpec { channels: 1, sample_rate: rate.0, bits_per_sample: 16, sample_format: SampleFormat::Int };
        WavWriter::new(to, spec).map(WavFile).map_err(AudioError::Write)
    }

    /// Writes more samples.
    ///
    /// # Errors
    /// [`AudioError::Write`].
    pub fn push(&mut self, samples: &[f32]) -> Result<(), AudioError> {
        for sample in samples {
            let scaled = (sample.clamp(-1.0, 1.0) * f32::from(i16::MAX)).round() as i16;
            self.0.write_sample(scaled).map_err(AudioError::Write)?;
        }
        Ok(())
    }

    /// Writes the length into the header; without it the file holds no sound.
    ///
    /// # Errors
    /// [`AudioError::Write`].
    pub fn finish(self) -> Result<(), AudioError> {
        self.0.finalize().map_err(AudioError::Write)
    }
}
