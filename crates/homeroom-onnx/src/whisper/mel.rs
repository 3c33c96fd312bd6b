//! Sound to the log-mel picture that Whisper sees.

use std::sync::Arc;

use realfft::{RealFftPlanner, RealToComplex};

/// The only rate Whisper takes, in Hz.
pub(crate) const RATE: usize = 16_000;
/// Samples from one column to the next: 10 ms.
pub(crate) const HOP: usize = 160;
/// Samples under one window: 25 ms.
const WINDOW: usize = 400;
/// Rows of the picture.
pub(crate) const BANDS: usize = 80;
/// Bins of the spectrum.
const BINS: usize = WINDOW / 2 + 1;
/// How far below the loudest point the picture goes, in powers of ten.
const FLOOR: f32 = 8.0;

/// Computes log-mel pictures.
///
/// # Source
/// Radford et al. 2022, as in openai/whisper `audio.py`: Hann window, reflected ends, Slaney's mel filters from 0 to 8 kHz,
/// powers as log10, cut 8 below the loudest, `(x + 4) / 4`.
pub(crate) struct LogMel {
    fft: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    /// For each band, its first bin and its weights.
    filters: Vec<(usize, Vec<f32>)>,
}

impl LogMel {
    pub(crate) fn new() -> LogMel {
        let hann = |i| 0.5 - 0.5 * (std::f64::consts::TAU * i as f64 / WINDOW as f64).cos();
        LogMel {
            fft: RealFftPlanner::new().plan_fft_forward(WINDOW),
            window: (0..WINDOW).map(|i| hann(i) as f32).collect(),
            filters: filters(),
        }
    }

    /// The picture of `samples` filled up with silence (or cut) to `columns` columns of 10 ms: `[80, columns]`.
    pub(crate) fn picture(&self, samples: &[f32], columns: usize) -> Vec<f32> {
        let length = columns * HOP;
        let at = |i: isize| {
            // Reflected at both ends, as the reference does before it cuts the last column.
            let i = if i < 0 { -i } else { i } as usize;
            let i = if i >= length { (2 * length - 2).saturating_sub(i) } else { i };
            samples.get(i).copied().unwrap_or(0.0)
        };
        let mut picture = vec![1e-10_f32.log10(); BANDS * columns];
        let mut input = self.fft.make_input_vec();
        let mut output = self.fft.make_output_vec();
        let mut scratch = self.fft.make_scratch_vec();
        let mut power = [0.0_f32; BINS];
        // Columns whose window lies in the filled-up silence stay at the floor.
        let heard = samples.len().div_ceil(HOP) + WINDOW / HOP + 1;
        for column in 0..columns.min(heard) {
            let start = (column * HOP) as isize - (WINDOW / 2) as isize;
            for (i, (to, weight)) in input.iter_mut().zip(&self.window).enumerate() {
                *to = at(start + i as isize) * weight;
            }
            self.fft
                .process_with_scratch(&mut input, &mut output, &mut scratch)
                .expect("invariant: the buffers were made by this transform");
            for (to, bin) in power.iter_mut().zip(&output) {
                *to = bin.norm_sqr();
            }
            for (band, (first, weights)) in self.filters.iter().enumerate() {
                let energy: f32 = weights.iter().zip(&power[*first..]).map(|(w, p)| w * p).sum();
                picture[band * columns + column] = energy.max(1e-10).log10();
            }
        }
        let top = picture.iter().copied().fold(f32::MIN, f32::max);
        for value in &mut picture {
            *value = (value.max(top - FLOOR) + 4.0) / 4.0;
        }
        picture
    }
}

/// Slaney's mel scale: linear to 1 kHz, logarithmic above.
fn mel(hertz: f64) -> f64 {
    if hertz < 1_000.0 { hertz * 3.0 / 200.0 } else { 15.0 + (hertz / 1_000.0).ln() * 27.0 / 6.4_f64.ln() }
}

fn hertz(mel: f64) -> f64 {
    if mel < 15.0 { mel * 200.0 / 3.0 } else { 1_000.0 * ((mel - 15.0) * 6.4_f64.ln() / 27.0).exp() }
}

/// Triangles of equal area, each from the peak of the band before to that of the band after.
fn filters() -> Vec<(usize, Vec<f32>)> {
    let top = mel(RATE as f64 / 2.0);
    let peaks: Vec<f64> = (0..BANDS + 2).map(|i| hertz(top * i as f64 / (BANDS + 1) as f64)).collect();
    let triangle = |band: usize| {
        let (low, peak, high) = (peaks[band], peaks[band + 1], peaks[band + 2]);
        let weight = |bin: usize| {
            let at = (bin * RATE) as f64 / WINDOW as f64;
            let height = ((at - low) / (peak - low)).min((high - at) / (high - peak)).max(0.0);
            (height * 2.0 / (high - low)) as f32
        };
        let first = (0..BINS).position(|bin| weight(bin) > 0.0).unwrap_or(0);
        (first, (first..BINS).map(weight).take_while(|w| *w > 0.0).collect())
    };
    (0..BANDS).map(triangle).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_flat() {
        let picture = LogMel::new().picture(&[0.0; 1_600], 100);
        assert_eq!(picture.len(), BANDS * 100);
        assert!(picture.iter().all(|v| (v - picture[0]).abs() < 1e-6));
    }

    #[test]
    fn a_tone_is_in_its_band() {
        let tone: Vec<f32> =
            (0..16_000).map(|i| (i as f32 * 1_000.0 * std::f32::consts::TAU / 16_000.0).sin()).collect();
        let picture = LogMel::new().picture(&tone, 100);
        let column: Vec<f32> = (0..BANDS).map(|band| picture[band * 100 + 50]).collect();
        let loudest = column.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).unwrap().0;
        // 1 kHz is mel 15 of 45.2, so the 26th of 81 steps.
        assert!((25..=27).contains(&loudest), "band {loudest}");
    }

    #[test]
    fn filters_cover_the_spectrum() {
        let filters = filters();
        assert_eq!(filters.len(), BANDS);
        assert!(filters.iter().all(|(first, weights)| !weights.is_empty() && first + weights.len() <= BINS));
    }
}
