//! Pitch and loudness, frame by frame.

use std::sync::Arc;

use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};

/// Samples a second that everything here takes.
pub(crate) const RATE: usize = 16_000;

/// Samples from one frame to the next: 20 ms, as the ear has it.
pub(crate) const HOP: usize = 320;

/// Samples under one window: 40 ms, two periods of the lowest voice.
const WINDOW: usize = 640;

/// Size of the transform, at least twice the window so that nothing wraps around.
const SIZE: usize = 2_048;

/// Voices that are looked for, in Hz: from a low man's to a child's.
const LOWEST: f32 = 65.0;
const HIGHEST: f32 = 500.0;

/// Periodicity from which a frame counts as voiced, 0 to 1.
const VOICED: f32 = 0.55;

/// Cost of changing the pitch by an octave from frame to frame, in units of periodicity, and of beginning or ending a voice.
const JUMP: f32 = 0.9;
const SWITCH: f32 = 0.12;

/// Candidates kept per frame.
const CANDIDATES: usize = 5;

/// Pitch and loudness of a recording, a value per 20 ms.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Contour {
    /// Fundamental frequency in Hz; `None` where there is no voice.
    pub(crate) pitch: Vec<Option<f32>>,
    /// Loudness in dB below full scale (a sine at full scale is -3).
    pub(crate) level: Vec<f32>,
}

/// The contour of `samples` at 16 kHz.
///
/// # Source
/// Normalised autocorrelation with a path of least cost over the candidates, after Boersma 1993 and Talkin 1995.
pub(crate) fn contour(samples: &[f32]) -> Contour {
    let frames = samples.len().div_ceil(HOP);
    let mut planner = RealFftPlanner::<f32>::new();
    let mut tool = Autocorrelation {
        forward: planner.plan_fft_forward(SIZE),
        backward: planner.plan_fft_inverse(SIZE),
        window: (0..WINDOW)
            .map(|i| 0.5 - 0.5 * (std::f32::consts::TAU * (i as f32 + 0.5) / WINDOW as f32).cos())
            .collect(),
        of_window: Vec::new(),
    };
    tool.of_window = tool.of(&tool.window.clone());
    let mut level = Vec::with_capacity(frames);
    let mut candidates = Vec::with_capacity(frames);
    for frame in 0..frames {
        let centre = frame * HOP + HOP / 2;
        let at = |i: usize| (centre + i).checked_sub(WINDOW / 2).and_then(|i| samples.get(i)).copied().unwrap_or(0.0);
        let cut: Vec<f32> = (0..WINDOW).map(at).collect();
        let (mean, power) = moments(&cut);
        level.push(decibels(power));
        let shaped: Vec<f32> = cut.iter().zip(&tool.window).map(|(v, w)| (v - mean) * w).collect();
        candidates.push(if power > 1e-8 { tool.candidates(&shaped) } else { Vec::new() });
    }
    Contour { pitch: smoothest(&candidates), level }
}

/// Mean and power around it.
pub(crate) fn moments(cut: &[f32]) -> (f32, f32) {
    let mean = cut.iter().sum::<f32>() / cut.len() as f32;
    (mean, cut.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / cut.len() as f32)
}

/// A power in dB against full scale, at least -100.
pub(crate) fn decibels(power: f32) -> f32 {
    10.0 * power.max(1e-10).log10()
}

/// The loudness alone, as in [`Contour::level`] but for shorter windows.
pub(crate) fn levels(samples: &[f32]) -> Vec<f32> {
    samples.chunks(HOP).map(|cut| decibels(cut.iter().map(|v| v * v).sum::<f32>() / HOP as f32)).collect()
}

struct Autocorrelation {
    forward: Arc<dyn RealToComplex<f32>>,
    backward: Arc<dyn ComplexToReal<f32>>,
    window: Vec<f32>,
    of_window: Vec<f32>,
}

impl Autocorrelation {
    fn of(&self, cut: &[f32]) -> Vec<f32> {
        let mut input = self.forward.make_input_vec();
        input[..cut.len()].copy_from_slice(cut);
        let mut spectrum = self.forward.make_output_vec();
        self.forward.process(&mut input, &mut spectrum).expect("invariant: buffers of the transform's own size");
        for bin in &mut spectrum {
            *bin = realfft::num_complex::Complex::new(bin.norm_sqr(), 0.0);
        }
        let mut output = self.backward.make_output_vec();
        self.backward.process(&mut spectrum, &mut output).expect("invariant: buffers of the transform's own size");
        output
    }

    /// Frequencies in Hz with their periodicity, the best first.
    fn candidates(&self, shaped: &[f32]) -> Vec<(f32, f32)> {
        let own = self.of(shaped);
        let ratio = |lag: usize| own[lag] / own[0].max(1e-12) * self.of_window[0] / self.of_window[lag].max(1e-6);
        let lags = (RATE as f32 / HIGHEST) as usize..=(RATE as f32 / LOWEST) as usize;
        let curve: Vec<f32> = (lags.start() - 1..=lags.end() + 1).map(ratio).collect();
        let mut peaks: Vec<(f32, f32)> = curve
            .windows(3)
            .enumerate()
            .filter(|(_, c)| c[1] > c[0] && c[1] >= c[2] && c[1] > 0.3)
            .map(|(i, c)| {
                // The top of the parabola through three points.
                let bend = c[0] - 2.0 * c[1] + c[2];
                let shift = if bend < 0.0 { 0.5 * (c[0] - c[2]) / bend } else { 0.0 };
                let lag = (lags.start() + i) as f32 + shift;
                // A little favour for high pitch, since every period's double is periodic too.
                (RATE as f32 / lag, c[1].min(1.0) - 0.01 * (lag * LOWEST / RATE as f32).log2().max(-4.0))
            })
            .collect();
        peaks.sort_by(|a, b| b.1.total_cmp(&a.1));
        peaks.truncate(CANDIDATES);
        peaks
    }
}

/// The path of least cost through the candidates; the last place of each frame is "no voice".
fn smoothest(candidates: &[Vec<(f32, f32)>]) -> Vec<Option<f32>> {
    let states = |frame: usize| {
        candidates[frame].iter().map(|(pitch, strength)| (Some(*pitch), *strength)).chain([(None, VOICED)])
    };
    let mut totals: Vec<f32> = Vec::new();
    let mut before: Vec<Option<f32>> = Vec::new();
    let mut sources: Vec<Vec<usize>> = Vec::with_capacity(candidates.len());
    for frame in 0..candidates.len() {
        let mut next = Vec::new();
        let mut from = Vec::new();
        for (pitch, strength) in states(frame) {
            let change = |old: Option<f32>| match (old, pitch) {
                (Some(old), Some(new)) => JUMP * (new / old).log2().abs(),
                (None, None) => 0.0,
                _ => SWITCH,
            };
            let best = (0..totals.len())
                .map(|i| (i, totals[i] - change(before[i])))
                .max_by(|a, b| a.1.total_cmp(&b.1))
                .unwrap_or((0, 0.0));
            from.push(best.0);
            next.push(best.1 + strength);
        }
        before = states(frame).map(|(pitch, _)| pitch).collect();
        totals = next;
        sources.push(from);
    }
    let mut at = (0..totals.len()).max_by(|a, b| totals[*a].total_cmp(&totals[*b])).unwrap_or(0);
    let mut path = vec![None; candidates.len()];
    for frame in (0..candidates.len()).rev() {
        path[frame] = candidates[frame].get(at).map(|(pitch, _)| *pitch);
        at = sources[frame][at];
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(hertz: f32) {
        // A voice: many partials of falling strength.
        let voice = |i: usize| {
            let t = i as f32 / RATE as f32;
            (1..=10).map(|k| (std::f32::consts::TAU * hertz * k as f32 * t).sin() / k as f32).sum::<f32>() * 0.2
        };
        let samples: Vec<f32> = (0..RATE / 2).map(voice).collect();
        let contour = contour(&samples);
        let inner = &contour.pitch[2..contour.pitch.len() - 2];
        for pitch in inner {
            let pitch = pitch.expect("voiced");
            assert!((pitch / hertz - 1.0).abs() < 0.02, "{pitch} for {hertz}");
        }
    }

    #[test]
    fn voices_are_followed() {
        check(80.0);
        check(123.4);
        check(220.0);
        check(380.0);
    }

    #[test]
    fn silence_and_noise_have_no_pitch() {
        assert!(contour(&vec![0.0; RATE]).pitch.iter().all(Option::is_none));
        let mut state = 1_u32;
        let noise: Vec<f32> = (0..RATE)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / (1 << 24) as f32 - 0.5
            })
            .collect();
        let voiced = contour(&noise).pitch.iter().flatten().count();
        assert!(voiced < 3, "{voiced} frames of noise are voiced");
    }

    #[test]
    fn nothing_gives_nothing() {
        assert_eq!(contour(&[]), Contour::default());
        assert_eq!(contour(&[0.1; 10]).level.len(), 1);
    }
}
