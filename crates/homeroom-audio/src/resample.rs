//! Changing the sample rate, of a whole waveform or of a stream.

use homeroom_core::{Hz, Waveform};
use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler as _, WindowFunction};

use crate::AudioError;

/// Samples that go through the transform at once, at least: sharp filters, 21 ms of delay at 48 kHz.
const CHUNK: usize = 1_024;

/// Changes the rate of one channel as it comes in. Output is as long as the input to within half a sample, without delay.
///
/// # Source
/// `rubato`'s synchronous FFT resampler; the delay it has is cut off.
pub struct Resampler {
    from: Hz,
    to: Hz,
    /// None where the rates are the same.
    inner: Option<Fft<f32>>,
    waiting: Vec<f32>,
    /// Samples of the filter's delay that are still to be dropped.
    skip: usize,
    taken: u64,
    given: u64,
}

impl Resampler {
    /// From one rate to another.
    ///
    /// # Errors
    /// [`AudioError::Rate`] for a rate that no recording has.
    pub fn new(from: Hz, to: Hz) -> Result<Resampler, AudioError> {
        AudioError::check(from)?;
        AudioError::check(to)?;
        let inner = if from == to {
            None
        } else {
            // A block of even length has its middle on a sample: the delay is then a whole number of samples.
            let (from, to) = (from.0 as usize, to.0 as usize);
            let least = 2 * from / common_divisor(from, to);
            let chunk = CHUNK.div_ceil(least) * least;
            let fft = Fft::new_custom(from, to, chunk, 1, 1, WindowFunction::BlackmanHarris2, FixedSync::Both);
            Some(fft.map_err(|_| AudioError::Rate(Hz(from as u32)))?)
        };
        let skip = inner.as_ref().map_or(0, |fft| fft.output_delay());
        Ok(Resampler { from, to, inner, waiting: Vec::new(), skip, taken: 0, given: 0 })
    }

    /// The rate that [`Resampler::push`] takes.
    #[must_use]
    pub fn from(&self) -> Hz {
        self.from
    }

    /// Takes more samples and returns what they complete.
    ///
    /// # Errors
    /// [`AudioError::Resample`].
    pub fn push(&mut self, samples: &[f32]) -> Result<Vec<f32>, AudioError> {
        self.taken += samples.len() as u64;
        let Some(fft) = &mut self.inner else {
            self.given += samples.len() as u64;
            return Ok(samples.to_vec());
        };
        self.waiting.extend_from_slice(samples);
        let mut out = Vec::new();
        let mut at = 0;
        loop {
            let need = fft.input_frames_next();
            if self.waiting.len() - at < need {
                break;
            }
            let chunk = &self.waiting[at..at + need];
            let input = InterleavedSlice::new(chunk, 1, need).expect("invariant: the slice has `need` samples");
            let done = fft.process(&input, None).map_err(AudioError::Resample)?.take_data();
            let skipped = self.skip.min(done.len());
            self.skip -= skipped;
            out.extend_from_slice(&done[skipped..]);
            at += need;
        }
        self.waiting.drain(..at);
        self.given += out.len() as u64;
        Ok(out)
    }

    /// Ends the stream and returns what is left.
    ///
    /// # Errors
    /// [`AudioError::Resample`].
    pub fn finish(&mut self) -> Result<Vec<f32>, AudioError> {
        if self.inner.is_none() {
            return Ok(Vec::new());
        }
        let (taken, before) = (self.taken, self.given);
        let whole = (taken as f64 * f64::from(self.to.0) / f64::from(self.from.0)).round() as u64;
        let missing = whole.saturating_sub(before) as usize;
        let mut rest = Vec::new();
        while rest.len() < missing {
            rest.extend(self.push(&[0.0; CHUNK])?);
        }
        rest.truncate(missing);
        Ok(rest)
    }
}

fn common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { common_divisor(b, a % b) }
}

/// The same sound at another rate.
///
/// # Errors
/// [`AudioError::Rate`] for a rate that no recording has.
pub fn resample(sound: &Waveform, rate: Hz) -> Result<Waveform, AudioError> {
    let mut resampler = Resampler::new(sound.rate, rate)?;
    let mut samples = resampler.push(&sound.samples)?;
    samples.extend(resampler.finish()?);
    Ok(Waveform { samples, rate })
}
