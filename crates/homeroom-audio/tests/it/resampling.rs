//! Rates, lengths and pitch.

use homeroom_audio::{AudioError, Resampler, resample};
use homeroom_core::{Hz, Waveform};

/// A tone of `hertz`, `seconds` long.
pub(crate) fn tone(hertz: f64, seconds: f64, rate: u32) -> Waveform {
    let n = (seconds * f64::from(rate)).round() as usize;
    let samples = (0..n).map(|i| (0.5 * (i as f64 * hertz * std::f64::consts::TAU / f64::from(rate)).sin()) as f32);
    Waveform { samples: samples.collect(), rate: Hz(rate) }
}

/// Largest difference of two waveforms away from their ends.
pub(crate) fn difference(a: &[f32], b: &[f32], margin: usize) -> f32 {
    let n = a.len().min(b.len());
    (margin..n.saturating_sub(margin)).map(|i| (a[i] - b[i]).abs()).fold(0.0, f32::max)
}

#[track_caller]
fn check(from: u32, to: u32) {
    let sound = tone(440.0, 1.3, from);
    let out = resample(&sound, Hz(to)).unwrap();
    let wanted = tone(440.0, 1.3, to);
    assert_eq!(out.samples.len(), wanted.samples.len(), "length, {from} to {to} Hz");
    assert!(difference(&out.samples, &wanted.samples, to as usize / 20) < 0.01, "pitch, {from} to {to} Hz");

    let mut stream = Resampler::new(Hz(from), Hz(to)).unwrap();
    let mut streamed = Vec::new();
    for block in sound.samples.chunks(777) {
        streamed.extend(stream.push(block).unwrap());
    }
    streamed.extend(stream.finish().unwrap());
    assert_eq!(streamed, out.samples, "a stream gives the same, {from} to {to} Hz");
}

#[test]
fn rates() {
    for (from, to) in [
        (48_000, 16_000),
        (44_100, 16_000),
        (8_000, 16_000),
        (16_000, 16_000),
        (22_050, 16_000),
        (11_127, 16_000),
        (16_000, 24_000),
    ] {
        check(from, to);
    }
}

#[test]
fn what_is_too_high_is_filtered_out() {
    let out = resample(&tone(12_000.0, 1.0, 48_000), Hz(16_000)).unwrap();
    let loudest = out.samples[1_000..15_000].iter().fold(0.0f32, |m, s| m.max(s.abs()));
    assert!(loudest < 0.001, "aliasing: {loudest}");
}

#[test]
fn nothing_and_little() {
    assert!(resample(&Waveform { samples: vec![], rate: Hz(44_100) }, Hz(16_000)).unwrap().samples.is_empty());
    assert_eq!(resample(&tone(100.0, 0.001, 44_100), Hz(16_000)).unwrap().samples.len(), 16);
    assert!(matches!(Resampler::new(Hz(0), Hz(16_000)), Err(AudioError::Rate(Hz(0)))));
    assert!(matches!(Resampler::new(Hz(4_000_000_000), Hz(16_000)), Err(AudioError::Rate(_))));
}
