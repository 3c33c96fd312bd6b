//! Sounds in which nobody speaks, made by calculation: a recogniser must give no text for them.

use homeroom_core::{Hz, Waveform};
use homeroom_measure::rng::SplitMix64;

/// Rate of all of them.
const RATE: u32 = 16_000;
/// How long each lasts that is not a short one, in seconds.
const SECONDS: usize = 10;
const N: usize = RATE as usize * SECONDS;
/// How long the short ones last, in seconds: from less than a frame of the detector to a word.
const SHORT: [f64; 3] = [0.02, 0.3, 1.2];

/// Levels at which each kind is made: root mean square, full scale is 1. A quiet room, a fan, traffic.
const LEVELS: [f64; 3] = [0.003, 0.03, 0.2];
/// Amplification that drives a sound into the limits of the microphone.
const OVERDRIVEN: f64 = 2.0;
/// What a cheap sound card adds to every sample.
const OFFSET: f64 = 0.15;

/// A sound and what it is.
pub(super) struct Quiet {
    pub(super) name: String,
    pub(super) sound: Waveform,
}

/// Makes samples at any level.
type Make = fn(&mut SplitMix64) -> Vec<f64>;

/// Every kind, and what it is called.
const KINDS: [(&str, Make); 36] = [
    ("white noise", white),
    ("pink noise", pink),
    ("brown noise", brown),
    ("hum of 50 Hz", |_| hum(50.0)),
    ("hum of 60 Hz", |_| hum(60.0)),
    ("drifting hum", drifting_hum),
    ("hum of a bad cable", buzz),
    ("computer fan", fan),
    ("vacuum cleaner", vacuum),
    ("wind", wind),
    ("rain", rain),
    ("breathing", breathing),
    ("rustling paper", rustling),
    ("steady tone", tone),
    ("rising tone", sweep),
    ("beeps", beeps),
    ("siren", siren),
    ("birds", birds),
    ("crickets", crickets),
    ("telephone", |_| telephone()),
    ("knocking", knocking),
    ("typing", typing),
    ("bursts of typing", typing_bursts),
    ("crackling", crackling),
    ("dripping", dripping),
    ("clock", clock),
    ("footsteps", footsteps),
    ("applause", applause),
    ("melody", melody),
    ("bass", bass),
    ("chords", chords),
    ("organ", organ),
    ("flute", flute),
    ("drums", drums),
    ("song of a band", band),
    ("fading music", fading),
];

/// All of them; the same ones for the same seed.
pub(super) fn all(seed: u64) -> Vec<Quiet> {
    let mut random = SplitMix64::new(seed);
    let dither = (0..N).map(|_| (random.below(3) as f64 - 1.0) / 32768.0).collect();
    let mut sounds = vec![
        ("nothing at all".to_owned(), Vec::new()),
        ("silence".to_owned(), vec![0.0; N]),
        ("silence with dither".to_owned(), dither),
        ("an offset alone".to_owned(), vec![OFFSET; N]),
        ("one click".to_owned(), one_click()),
    ];
    for (name, make) in KINDS {
        for level in LEVELS {
            let samples = at_level(make(&mut random), level);
            sounds.push((format!("{name} at {:.0} dB", 20.0 * level.log10()), samples));
        }
    }
    let kind = |name: &str, random: &mut SplitMix64| {
        let (_, make) = KINDS.iter().find(|(known, _)| *known == name).expect("invariant: a kind of the table");
        at_level(make(random), LEVELS[1])
    };
    for name in ["white noise", "hum of 50 Hz", "melody", "song of a band"] {
        let samples = kind(name, &mut random).into_iter().map(|s| s * OVERDRIVEN / LEVELS[1]).collect();
        sounds.push((format!("{name}, clipped"), samples));
    }
    for name in ["pink noise", "hum of 50 Hz", "knocking"] {
        let samples = kind(name, &mut random).into_iter().map(|s| s + OFFSET).collect();
        sounds.push((format!("{name} with an offset"), samples));
    }
    for name in ["white noise", "steady tone", "knocking", "chords"] {
        for length in SHORT {
            let mut samples = kind(name, &mut random);
            samples.truncate((length * f64::from(RATE)) as usize);
            sounds.push((format!("{name} of {length} s"), samples));
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

/// Hum that drifts, with harmonics of any strength and phase: transformers, refrigerators.
fn drifting_hum(random: &mut SplitMix64) -> Vec<f64> {
    let (hertz, drift) = (45.0 + 20.0 * random.unit(), 0.1 + 0.3 * random.unit());
    let partials: Vec<(f64, f64)> = (0..12).map(|_| (random.unit(), random.unit())).collect();
    let mut phase = 0.0;
    (0..N)
        .map(|i| {
            phase += hertz * (1.0 + 0.01 * sine(drift, time(i))) / f64::from(RATE);
            partials.iter().zip(1..).map(|((loud, late), k)| loud * sine(f64::from(k), phase + late)).sum()
        })
        .collect()
}

/// Hum with a contact that opens and closes.
fn buzz(random: &mut SplitMix64) -> Vec<f64> {
    let mut open = true;
    let hum = drifting_hum(random);
    hum.into_iter()
        .map(|s| {
            open ^= random.unit() < 3.0 / f64::from(RATE);
            if open { s } else { 0.05 * s }
        })
        .collect()
}

/// Pink noise that swells a little at the rate of the blades, and a tone.
fn fan(random: &mut SplitMix64) -> Vec<f64> {
    let noise = pink(random);
    noise.iter().enumerate().map(|(i, n)| n * (1.0 + 0.2 * sine(23.0, time(i))) + 0.5 * sine(161.0, time(i))).collect()
}

/// A motor's harmonics over noise.
fn vacuum(random: &mut SplitMix64) -> Vec<f64> {
    let motor = 180.0 + 80.0 * random.unit();
    let noise = pink(random);
    let whine = |t: f64| (1..12).map(|k| sine(motor * f64::from(k), t) / f64::from(k)).sum::<f64>();
    noise.iter().enumerate().map(|(i, n)| 0.7 * n + whine(time(i))).collect()
}

/// `noise` through a resonance at `hertz`, a share of which is the width.
fn resonance(noise: &[f64], hertz: impl Fn(f64) -> f64, width: f64) -> Vec<f64> {
    let (mut one, mut two) = (0.0, 0.0);
    let filter = |(i, n): (usize, &f64)| {
        let hertz = hertz(time(i));
        let radius = (-std::f64::consts::PI * hertz * width / f64::from(RATE)).exp();
        let angle = std::f64::consts::TAU * hertz / f64::from(RATE);
        let now = n * (1.0 - radius) + 2.0 * radius * angle.cos() * one - radius * radius * two;
        (two, one) = (one, now);
        now
    };
    noise.iter().enumerate().map(filter).collect()
}

/// Gusts, whose whistle rises with them.
fn wind(random: &mut SplitMix64) -> Vec<f64> {
    let (slow, fast) = (0.15 + 0.1 * random.unit(), 0.4 + 0.3 * random.unit());
    let gust = move |t: f64| 0.5 + 0.3 * sine(slow, t) + 0.2 * sine(fast, t);
    let noise = white(random);
    let whistle = resonance(&noise, |t| 250.0 + 500.0 * gust(t), 0.2);
    whistle.iter().enumerate().map(|(i, w)| w * gust(time(i)).powi(2)).collect()
}

/// A hiss of many small drops and a few large ones.
fn rain(random: &mut SplitMix64) -> Vec<f64> {
    let mut samples: Vec<f64> = white(random).iter().map(|n| 0.15 * n).collect();
    for _ in 0..SECONDS * 60 {
        let (start, size) = (random.unit() * SECONDS as f64, random.unit());
        strike(&mut samples, start, 0.002 + 0.004 * size, |_| size * noise(random));
    }
    samples
}

/// In and out through the nose or an open mouth: noise without a voice.
fn breathing(random: &mut SplitMix64) -> Vec<f64> {
    let breath = 2.5 + random.unit();
    let noise = white(random);
    let narrow = resonance(&noise, |t| if t % breath < breath / 2.0 { 1400.0 } else { 700.0 }, 0.9);
    let swell = |t: f64| {
        let part = t % (breath / 2.0) / (breath / 2.0);
        (std::f64::consts::PI * part / 0.8).sin().max(0.0)
    };
    narrow.iter().enumerate().map(|(i, n)| n * swell(time(i))).collect()
}

fn rustling(random: &mut SplitMix64) -> Vec<f64> {
    let mut loud = 0.0;
    (0..N)
        .map(|_| {
            if random.unit() < 25.0 / f64::from(RATE) {
                loud = random.unit();
            }
            loud *= 0.999_7;
            loud * noise(random)
        })
        .collect()
}

fn tone(random: &mut SplitMix64) -> Vec<f64> {
    let hertz = 120.0 + 1500.0 * random.unit();
    (0..N).map(|i| sine(hertz, time(i))).collect()
}

/// A tone whose pitch is told for every moment.
fn gliding(hertz: impl Fn(f64) -> f64) -> Vec<f64> {
    let mut phase = 0.0;
    (0..N)
        .map(|i| {
            phase += hertz(time(i)) / f64::from(RATE);
            sine(1.0, phase)
        })
        .collect()
}

fn sweep(random: &mut SplitMix64) -> Vec<f64> {
    let lowest = 80.0 + 60.0 * random.unit();
    gliding(|t| lowest * 40.0_f64.powf(t / SECONDS as f64))
}

fn siren(random: &mut SplitMix64) -> Vec<f64> {
    let turn = 0.3 + 0.5 * random.unit();
    gliding(|t| 650.0 + 250.0 * sine(turn, t))
}

/// A machine that wants attention.
fn beeps(random: &mut SplitMix64) -> Vec<f64> {
    let (hertz, every) = (800.0 + 1200.0 * random.unit(), 0.4 + 0.6 * random.unit());
    (0..N).map(|i| if time(i) % every < 0.15 { sine(hertz, time(i)) } else { 0.0 }).collect()
}

/// Chirps of a tenth of a second that fall or rise.
fn birds(random: &mut SplitMix64) -> Vec<f64> {
    let mut samples = vec![0.0; N];
    let mut at = 0.1;
    while at < SECONDS as f64 - 0.3 {
        let (from, slope) = (2000.0 + 2500.0 * random.unit(), 12_000.0 * noise(random));
        strike(&mut samples, at, 0.04, |t| sine(from + slope * t / 2.0, t) * (t / 0.02).min(1.0));
        at += if random.unit() < 0.2 { 0.9 } else { 0.12 + 0.1 * random.unit() };
    }
    samples
}

fn crickets(random: &mut SplitMix64) -> Vec<f64> {
    let (hertz, pulse) = (3800.0 + 900.0 * random.unit(), 25.0 + 10.0 * random.unit());
    let on = |t: f64| if t % 1.1 < 0.7 { (0.5 + 0.5 * sine(pulse, t)).powi(4) } else { 0.0 };
    (0..N).map(|i| on(time(i)) * sine(hertz, time(i))).collect()
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

/// Words are typed, then somebody thinks.
fn typing_bursts(random: &mut SplitMix64) -> Vec<f64> {
    let mut samples = vec![0.0; N];
    let mut at = 0.3;
    while at < SECONDS as f64 - 0.5 {
        for _ in 0..3 + random.below(8) {
            // The key goes down, and up again.
            for (after, loud) in [(0.0, 1.0), (0.07, 0.4)] {
                strike(&mut samples, at + after, 0.004, |t| loud * (noise(random) + sine(2600.0, t)));
            }
            at += 0.06 + 0.1 * random.unit();
        }
        at += 0.3 + random.unit();
    }
    samples
}

/// An old record.
fn crackling(random: &mut SplitMix64) -> Vec<f64> {
    let mut samples: Vec<f64> = pink(random).iter().map(|n| 0.01 * n).collect();
    for _ in 0..SECONDS * 25 {
        let (start, size) = (random.unit() * SECONDS as f64, random.unit().powi(4));
        strike(&mut samples, start, 0.000_5, |_| size * noise(random));
    }
    samples
}

fn dripping(random: &mut SplitMix64) -> Vec<f64> {
    let mut samples = vec![0.0; N];
    let mut at = 0.2;
    while at < SECONDS as f64 - 0.2 {
        let hertz = 900.0 + 900.0 * random.unit();
        strike(&mut samples, at, 0.03, |t| sine(hertz + 4000.0 * t, t));
        at += 0.4 + 0.4 * random.unit();
    }
    samples
}

fn clock(random: &mut SplitMix64) -> Vec<f64> {
    let mut samples = vec![0.0; N];
    let hertz = 1800.0 + 1500.0 * random.unit();
    for half in 0..2 * SECONDS {
        let pitch = if half % 2 == 0 { hertz } else { 0.8 * hertz };
        strike(&mut samples, half as f64 / 2.0 + 0.1, 0.005, |t| sine(pitch, t) + 0.5 * noise(random));
    }
    samples
}

fn footsteps(random: &mut SplitMix64) -> Vec<f64> {
    let mut samples = vec![0.0; N];
    let mut at = 0.2;
    while at < SECONDS as f64 - 0.3 {
        strike(&mut samples, at, 0.04, |t| sine(90.0, t) + 0.5 * noise(random) * (-t / 0.01).exp());
        strike(&mut samples, at + 0.09, 0.02, |_| 0.3 * noise(random));
        at += 0.5 + 0.08 * random.unit();
    }
    samples
}

fn applause(random: &mut SplitMix64) -> Vec<f64> {
    let mut claps = vec![0.0; N];
    for _ in 0..SECONDS * 70 {
        let (start, size) = (random.unit() * SECONDS as f64, 0.3 + random.unit());
        strike(&mut claps, start, 0.006, |_| size * noise(random));
    }
    claps
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

fn bass(random: &mut SplitMix64) -> Vec<f64> {
    let mut samples = vec![0.0; N];
    for beat in 0..SECONDS * 2 {
        let degree = SCALE[random.below(SCALE.len())];
        strike(&mut samples, beat as f64 / 2.0, 0.4, note(pitch(degree - 24)));
    }
    samples
}

/// Chords that are held, with a tremble: the nearest to a choir.
fn organ(random: &mut SplitMix64) -> Vec<f64> {
    let roots: Vec<i32> = (0..SECONDS.div_ceil(2)).map(|_| SCALE[random.below(6)]).collect();
    let held = |t: f64| {
        let root = roots[(t / 2.0) as usize];
        let swell = (t % 2.0 / 0.1).min((2.0 - t % 2.0) / 0.1).min(1.0);
        [0, 4, 7].into_iter().map(|interval| swell * note(pitch(root + interval))(t)).sum::<f64>()
    };
    (0..N).map(|i| held(time(i)) * (1.0 + 0.15 * sine(6.0, time(i)))).collect()
}

/// One held note after the other, with vibrato and breath.
fn flute(random: &mut SplitMix64) -> Vec<f64> {
    let notes: Vec<f64> = (0..2 * SECONDS).map(|_| pitch(SCALE[random.below(SCALE.len())] + 12)).collect();
    let breath = white(random);
    let tone = gliding(|t| notes[(2.0 * t) as usize] * (1.0 + 0.006 * sine(5.0, t)));
    let swell = |t: f64| (t % 0.5 / 0.05).min((0.5 - t % 0.5) / 0.05).min(1.0);
    (0..N).map(|i| swell(time(i)) * (tone[i] + 0.3 * tone[i].powi(3) + 0.03 * breath[i])).collect()
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

/// A song that goes away.
fn fading(random: &mut SplitMix64) -> Vec<f64> {
    let song = band(random);
    song.iter().enumerate().map(|(i, s)| s * (1.0 - time(i) / SECONDS as f64).powi(2)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn sounds_are_many_finite_and_the_same_for_the_same_seed() {
        let sounds = all(1);
        let names: BTreeSet<&str> = sounds.iter().map(|s| s.name.as_str()).collect();
        assert_eq!(names.len(), sounds.len(), "no two have the same name");
        assert!(sounds.len() >= 60, "{}", sounds.len());
        for (sound, again) in sounds.iter().zip(all(1)) {
            assert!(sound.sound.samples.iter().all(|s| s.is_finite() && s.abs() <= 1.0), "{}", sound.name);
            assert_eq!(sound.sound, again.sound, "{}", sound.name);
            let loud = sound.sound.samples.iter().any(|s| *s != 0.0);
            assert_eq!(loud, !matches!(sound.name.as_str(), "silence" | "nothing at all"), "{}", sound.name);
        }
        assert!(all(2).iter().zip(&sounds).filter(|(a, b)| a.sound != b.sound).count() > 100);
    }
}
