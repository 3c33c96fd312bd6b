//! Spectra to sound.
//!
//! Per frame and frequency: `exp(harmonic) e^(i π tanh(phase)) STFT(pulses) + exp(noise) Z + exp(free) e^(i free_phase)`,
//! where the pulses follow the fundamental frequency and Z is white noise; then an inverse STFT.
//!
//! # Source
//! After `dsp.py` of hibari 0.2.1 (Apache-2.0).

use std::f32::consts::PI;
use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

/// Samples a second.
pub(super) const RATE: u32 = 24_000;
/// Samples from one frame to the next.
const HOP: usize = 300;
/// Samples that a frame sees.
const WINDOW: usize = 4 * HOP;
/// Frequencies of a frame.
const BINS: usize = WINDOW / 2 + 1;
/// Below this, in hertz, nothing is voiced.
const LOWEST_PITCH: f32 = 40.0;
/// No harmonic above this, in hertz.
const HIGHEST_HARMONIC: f32 = 11_000.0;
/// A natural-log magnitude is at most this, so that a bad frame does not burst.
const LOUDEST: f32 = 7.0;
/// Below this the quotient of two sines is replaced by its limit.
const NEAR_ZERO: f32 = 2e-3;
/// Where the noise begins: the same text always gives the same sound.
const SEED: u64 = 0x5eed;

/// What the network predicts: five parts of [`BINS`] × frames values, frequency by frequency, and one value per frame.
pub(super) struct Spectra {
    pub(super) harmonic: Vec<f32>,
    pub(super) phase: Vec<f32>,
    pub(super) noise: Vec<f32>,
    pub(super) free: Vec<f32>,
    pub(super) free_phase: Vec<f32>,
    /// In hertz; 0 where nothing is voiced.
    pub(super) pitch: Vec<f32>,
}

/// The transforms, planned once.
pub(super) struct Synthesizer {
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
    /// Periodic Hann window.
    window: Vec<f32>,
}

impl Synthesizer {
    pub(super) fn new() -> Synthesizer {
        let mut planner = RealFftPlanner::new();
        let window = (0..WINDOW).map(|i| 0.5 - 0.5 * (2.0 * PI * i as f32 / WINDOW as f32).cos()).collect();
        Synthesizer { forward: planner.plan_fft_forward(WINDOW), inverse: planner.plan_fft_inverse(WINDOW), window }
    }

    /// [`HOP`] samples per frame; `None` where the parts differ in size.
    pub(super) fn sound(&self, spectra: &Spectra) -> Option<Vec<f32>> {
        let frames = spectra.pitch.len();
        let parts = [&spectra.harmonic, &spectra.phase, &spectra.noise, &spectra.free, &spectra.free_phase];
        if parts.iter().any(|part| part.len() != BINS * frames) {
            return None;
        }
        if frames == 0 {
            return Some(Vec::new());
        }
        let pulses = pulses(&spectra.pitch);
        let mut noise = Noise(SEED);
        let mut input = self.forward.make_input_vec();
        let mut bins = self.forward.make_output_vec();
        let mut output = self.inverse.make_output_vec();
        let mut scratch = self.forward.make_scratch_vec();
        let mut inverse_scratch = self.inverse.make_scratch_vec();
        let mut sound = vec![0.0_f32; (frames + 3) * HOP];
        // Sum of the squared windows over each sample, by which the overlap is divided.
        let mut weight = vec![0.0_f32; (frames + 3) * HOP];
        for frame in 0..frames {
            for (i, (sample, window)) in input.iter_mut().zip(&self.window).enumerate() {
                // A unit cosine peaks at half the window's sum, so the harmonic part is its magnitude.
                let at = (frame * HOP + i) as isize - (WINDOW / 2) as isize;
                *sample = pulses[reflect(at, pulses.len())] * window / HOP as f32;
            }
            self.forward
                .process_with_scratch(&mut input, &mut bins, &mut scratch)
                .expect("invariant: the vectors were made for this transform");
            for (k, bin) in bins.iter_mut().enumerate() {
                let at = k * frames + frame;
                let harmonic = polar(spectra.harmonic[at], PI * spectra.phase[at].tanh());
                *bin = *bin * harmonic
                    + noise.next() * spectra.noise[at].min(LOUDEST).exp()
                    + polar(spectra.free[at], spectra.free_phase[at]);
            }
            bins[0].im = 0.0;
            bins[BINS - 1].im = 0.0;
            self.inverse
                .process_with_scratch(&mut bins, &mut output, &mut inverse_scratch)
                .expect("invariant: the vectors were made for this transform, its ends are real");
            for (i, window) in self.window.iter().enumerate() {
                sound[frame * HOP + i] += output[i] / WINDOW as f32 * window;
                weight[frame * HOP + i] += window * window;
            }
        }
        let half = WINDOW / 2;
        let divided = sound.iter().zip(&weight).map(|(sample, weight)| sample / weight.max(1e-11));
        Some(divided.skip(half).take(frames * HOP).collect())
    }
}

fn polar(log_magnitude: f32, angle: f32) -> Complex<f32> {
    Complex::from_polar(log_magnitude.min(LOUDEST).exp(), angle)
}

/// The sample that stands at `at` when the ends of a sound of `len` samples are mirrored.
fn reflect(at: isize, len: usize) -> usize {
    let last = (len - 1) as isize;
    if last == 0 {
        return 0;
    }
    let at = at.rem_euclid(2 * last);
    (if at > last { 2 * last - at } else { at }) as usize
}

/// A train of pulses in which every harmonic below [`HIGHEST_HARMONIC`] has amplitude 1; 0 where nothing is voiced.
///
/// The sum of the first H cosines of t is `sin((H + 1/2) t) / (2 sin(t / 2)) - 1/2`.
fn pulses(pitch: &[f32]) -> Vec<f32> {
    let last = pitch.len() - 1;
    let mut cycles = 0.0_f64;
    let mut train = Vec::with_capacity(pitch.len() * HOP);
    for frame in 0..pitch.len() {
        for j in 0..HOP {
            // The value of a frame holds at its middle; between two middles it changes linearly.
            let position = (j as f32 + 0.5) / HOP as f32 - 0.5;
            let (before, after) =
                if j < HOP / 2 { (frame.saturating_sub(1), frame) } else { (frame, (frame + 1).min(last)) };
            let share = if position < 0.0 { position + 1.0 } else { position };
            let hertz = pitch[before] * (1.0 - share) + pitch[after] * share;
            let voiced = hertz > LOWEST_PITCH;
            let hertz = hertz.max(LOWEST_PITCH);
            cycles = (cycles + f64::from(hertz) / f64::from(RATE)).fract();
            if !voiced {
                train.push(0.0);
                continue;
            }
            let t = (cycles * std::f64::consts::TAU) as f32;
            let harmonics = (HIGHEST_HARMONIC / hertz).floor() + 0.5;
            let below = 2.0 * (t * 0.5).sin();
            let quotient = if below.abs() <= NEAR_ZERO { harmonics } else { (harmonics * t).sin() / below };
            train.push(quotient - 0.5);
        }
    }
    train
}

/// White noise of complex numbers whose two parts each have variance 1.
///
/// # Source
/// Box and Muller 1958 over the generator splitmix64 (Steele, Lea and Flood 2014).
struct Noise(u64);

impl Noise {
    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn next(&mut self) -> Complex<f32> {
        let bits = self.bits();
        // 24 bits each, the first never 0.
        let radius = ((bits >> 40) as f32 + 1.0) / (1u32 << 24) as f32;
        let angle = ((bits >> 8) & 0xff_ffff) as f32 / (1u32 << 24) as f32;
        Complex::from_polar((-2.0 * radius.ln()).sqrt(), 2.0 * PI * angle)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spectra(frames: usize, harmonic: f32, pitch: f32) -> Spectra {
        let part = |value| vec![value; BINS * frames];
        Spectra {
            harmonic: part(harmonic),
            phase: part(0.0),
            noise: part(-20.0),
            free: part(-20.0),
            free_phase: part(0.0),
            pitch: vec![pitch; frames],
        }
    }

    #[test]
    fn pulses_come_back_at_their_pitch() {
        let sound = Synthesizer::new().sound(&spectra(80, 0.0, 200.0)).expect("sound");
        assert_eq!(sound.len(), 80 * HOP);
        let middle = &sound[10_000..12_000];
        let loudest = middle.iter().copied().fold(0.0_f32, f32::max);
        let peaks = middle.iter().filter(|s| **s > 0.9 * loudest).count();
        // 2000 samples of 200 Hz at 24 kHz are 16.7 periods.
        assert!((16..=18).contains(&peaks), "{peaks}");
    }

    #[test]
    fn silence_stays_silent() {
        let sound = Synthesizer::new().sound(&spectra(20, -20.0, 0.0)).expect("sound");
        assert!(sound.iter().all(|s| s.abs() < 1e-4));
    }

    #[test]
    fn odd_sizes_give_nothing_and_short_ones_a_sound() {
        let synthesizer = Synthesizer::new();
        let mut odd = spectra(3, 0.0, 100.0);
        odd.noise.pop();
        assert!(synthesizer.sound(&odd).is_none());
        assert_eq!(synthesizer.sound(&spectra(0, 0.0, 100.0)).map(|s| s.len()), Some(0));
        assert_eq!(synthesizer.sound(&spectra(1, 0.0, 100.0)).map(|s| s.len()), Some(HOP));
    }

    #[test]
    fn noise_has_unit_variance() {
        let mut noise = Noise(1);
        let power: f32 = (0..20_000).map(|_| noise.next().norm_sqr()).sum::<f32>() / 20_000.0;
        assert!((power - 2.0).abs() < 0.06, "{power}");
    }
}
