//! Sounds in which nobody speaks, made by calculation: a recogniser must give no text for them.

use homeroom_core::{Hz, Waveform};
use homeroom_measure::rng::SplitMix64;

/// Rate of all of them.
const RATE: u32 = 16_000;
/// How long each lasts, in seconds.
const SECONDS: usize = 10;
const N: usize = RATE as usize * SECONDS;

/// Levels at which each kind is made: root mean square, full scale is 1. A quiet room, a fan, traffic.
const LEVELS: [f64; 3] = [0.003, 0.03, 0.2];

/// A sound and what it is.
pub(super) struct Quiet {
    pub(super) name: String,
    pub(super) sound: Waveform,
}

/// Makes samples, from -1 to 1.
type Make = fn(&mut SplitMix64) -> Vec<f64>;

/// All of them; the same ones for the same seed.
pub(super) fn all(seed: u64) -> Vec<Quiet> {
    let mut random = SplitMix64::new(seed);
    let mut sounds = vec![("silence".to_owned(), vec![0.0; N]), ("one click".to_owned(), one_click())];
    let kinds: [(&str, Make); 14] = [
        ("white noise", white),
        ("pink noise", pink),
        ("brown noise", brown),
        ("hum of 50 Hz", |_| hum(50.0)),
        ("hum of 60 Hz", |_| hum(60.0)),
        ("computer fan", fan),
        ("rising tone", |_| sweep()),
        ("telephone", |_| telephone()),
        ("knocking", knocking),
        ("typing", typing),
        ("melody", melody),
        ("chords", chords),
        ("drums", drums),
        ("song of a band", band),
    ];
    for (name, make) in kinds {
        for level in LEVELS {
            let samples = at_level(make(&mut random), level);
            sounds.push((format!("{name} at {:.0} dB", 20.0 * level.log10()), samples));
        }
    }
    let waveform = |samples: Vec<f64>| Waveform {
        samples: samples.into_iter().map(|s| s.clamp(-1.0, 1.0) as f32).collect(),
        rate: Hz(RATE),
    };
    sounds.into_iter().map(|(name, samples)| Quiet { name, sound: waveform(samples) }).collect()
}

fn at_level(samples: Vec<f64>, level: f64) -> Vec<f64> {
    let power = samples.iter().map(|s| s * s).sum::<f64>() / samples.len() as f64;
    let factor = level / power.sqrt().max(1e-9);
    samples.into_iter().map(|s| s * factor).collect()
}

fn one_click() -> Vec<f64> {
    let mut samples = vec![0.0; N];
    samples[N / 2] = 0.9;
    samples[N / 2 + 1] = -0.9;
    samples
}

fn noise(random: &mut SplitMix64) -> f64 {
    2.0 * random.unit() - 1.0
}

fn white(random: &mut SplitMix64) -> Vec<f64> {
    (0..N).map(|_| noise(random)).collect()
}

/// Sixteen generators, each half as often renewed as the one before (Voss 1978).
fn pink(random: &mut SplitMix64) -> Vec<f64> {
    let mut rows = [0.0; 16];
    (0..N)
        .map(|i: usize| {
            let row = (i.trailing_zeros() as usize).min(15);
            rows[row] = noise(random);
            rows.iter().sum::<f64>()
        })
        .collect()
}

/// A random walk that is drawn back to zero.
fn brown(random: &mut SplitMix64) -> Vec<f64> {
    let mut at = 0.0;
    (0..N)
        .map(|_| {
            at = 0.999 * at + noise(random);
            at
        })
        .collect()
}

fn time(i: usize) -> f64 {
    i as f64 / f64::from(RATE)
}

fn sine(hertz: f64, t: f64) -> f64 {
    (hertz * t * std::f64::consts::TAU).sin()
}

/// The mains and its harmonics.
fn hum(hertz: f64) -> Vec<f64> {
    (0..N).map(|i| (1..9).map(|k| sine(hertz * f64::from(k), time(i)) / f64::from(k)).sum()).collect()
}

/// Pink noise that swells a little at the rate of the blades, and a tone.
fn fan(random: &mut SplitMix64) -> Vec<f64> {
    let noise = pink(random);
    noise.iter().enumerate().map(|(i, n)| n * (1.0 + 0.2 * sine(23.0, time(i))) + 0.5 * sine(161.0, time(i))).collect()
}

fn sweep() -> Vec<f64> {
    let mut phase = 0.0;
    (0..N)
        .map(|i| {
            phase += 100.0 * 40.0_f64.powf(time(i) / SECONDS as f64) / f64::from(RATE);
            sine(1.0, phase)
        })
        .collect()
}

/// Two tones, a second on, two seconds off.
fn telephone() -> Vec<f64> {
    (0..N).map(|i| if time(i) % 3.0 < 1.0 { sine(440.0, time(i)) + sine(480.0, time(i)) } else { 0.0 }).collect()
}

/// Adds a sound that begins at `start` seconds and dies away within `decay` seconds.
fn strike(samples: &mut [f64], start: f64, decay: f64, mut sound: impl FnMut(f64) -> f64) {
    let from = (start * f64::from(RATE)) as usize;
    for (i, sample) in samples.iter_mut().enumerate().skip(from).take((6.0 * decay * f64::from(RATE)) as usize) {
        let t = time(i - from);
        *sample += sound(t) * (-t / decay).exp();
    }
}

fn knocking(random: &mut SplitMix64) -> Vec<f64> {
    let mut samples = vec![0.0; N];
    for knock in 0..30 {
        let start = f64::from(knock / 3) + 0.18 * f64::from(knock % 3) + 0.02 * random.unit();
        strike(&mut samples, start, 0.03, |t| sine(180.0, t) + 0.4 * sine(410.0, t));
    }
    samples
}

fn typing(random: &mut SplitMix64) -> Vec<f64> {
    let mut samples = vec![0.0; N];
    let mut at = 0.2;
    while at < SECONDS as f64 - 0.2 {
        strike(&mut samples, at, 0.006, |_| noise(random));
        at += 0.08 + 0.2 * random.unit();
    }
    samples
}

/// A plucked or blown note with harmonics.
fn note(hertz: f64) -> impl FnMut(f64) -> f64 {
    move |t| (1..7).map(|k| sine(hertz * f64::from(k), t) / f64::from(k * k)).sum()
}

/// The pitch of a degree of a scale over 220 Hz.
fn pitch(semitones: i32) -> f64 {
    220.0 * 2.0_f64.powf(f64::from(semitones) / 12.0)
}

const SCALE: [i32; 8] = [0, 2, 4, 5, 7, 9, 11, 12];

fn melody(random: &mut SplitMix64) -> Vec<f64> {
    let mut samples = vec![0.0; N];
    for beat in 0..SECONDS * 3 {
        let degree = SCALE[random.below(SCALE.len())];
        strike(&mut samples, beat as f64 / 3.0, 0.3, note(pitch(degree + 12)));
    }
    samples
}

fn chords(random: &mut SplitMix64) -> Vec<f64> {
    let mut samples = vec![0.0; N];
    for bar in 0..SECONDS {
        let root = SCALE[random.below(6)];
        for interval in [0, 4, 7, 12] {
            strike(&mut samples, bar as f64, 0.6, note(pitch(root + interval)));
        }
    }
    samples
}

fn drums(random: &mut SplitMix64) -> Vec<f64> {
    let mut samples = vec![0.0; N];
    for eighth in 0..SECONDS * 4 {
        let start = eighth as f64 / 4.0;
        match eighth % 4 {
            0 => strike(&mut samples, start, 0.1, |t| 2.0 * sine(60.0 + 60.0 * (-t / 0.03).exp(), t)),
            2 => strike(&mut samples, start, 0.08, |t| noise(random) + sine(190.0, t)),
            _ => strike(&mut samples, start, 0.02, |_| 0.6 * noise(random)),
        }
    }
    samples
}

fn band(random: &mut SplitMix64) -> Vec<f64> {
    let parts = [melody(random), chords(random), drums(random)];
    (0..N).map(|i| parts.iter().map(|part| part[i]).sum()).collect()
}
