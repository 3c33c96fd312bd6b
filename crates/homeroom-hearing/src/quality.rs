//! What a recording is like, and whether it can be judged at all.

use homeroom_core::{Seconds, Waveform};
use serde::Serialize;

use crate::features::quantile;
use crate::pitch::{decibels, moments};

/// Frames of 20 ms in which loudness is taken.
const FRAME: f64 = 0.02;

/// Loudness below which nothing was recorded, and below which too little was, in dB against full scale.
const SILENT: f32 = -65.0;
const QUIET: f32 = -52.0;

/// Samples at the ends of the scale, as a share of all, from which a recording is distorted, and from which that is said.
const CLIPPED: f32 = 0.01;
const SOME_CLIPPED: f32 = 0.000_5;

/// Speech less than so many dB above what is between its words cannot be judged, and less than so many is judged with a
/// word of warning.
const NOISY: f32 = 6.0;
const SOME_NOISE: f32 = 15.0;

/// Shorter and longer recordings are not heard.
const SHORTEST: Seconds = Seconds(0.25);
const LONGEST: Seconds = Seconds(600.0);

/// An edge that is so many dB below the speech, or less, cuts into it.
const CUT: f32 = 12.0;

/// Why a recording is not scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// There is nothing to read.
    NoText,
    /// There is no sound.
    Silence,
    /// The sound is too weak.
    TooQuiet,
    /// The sound is distorted, because it was too loud for the microphone.
    Clipped,
    /// The noise is as loud as the speech.
    Noise,
    /// It is too short for the text.
    TooShort,
    /// It is longer than ten minutes.
    TooLong,
    /// Nobody speaks in it: music, a machine, a street.
    NoSpeech,
    /// Another text is read.
    OtherText,
    /// Another language than English is spoken.
    OtherLanguage,
}

impl Fault {
    /// What it is and what to do, in English.
    #[must_use]
    pub fn english(self) -> &'static str {
        match self {
            Fault::NoText => "There is no text to read.",
            Fault::Silence => "There is no sound in the recording. Is the right microphone on?",
            Fault::TooQuiet => "The recording is too quiet. Come nearer to the microphone, or turn it up.",
            Fault::Clipped => {
                "The recording is distorted: it was too loud. Go further from the microphone, or turn it down."
            }
            Fault::Noise => "There is too much noise. Find a quieter place.",
            Fault::TooShort => "The recording is too short for this text. Was it stopped too early?",
            Fault::TooLong => "The recording is longer than ten minutes. Record the text in parts.",
            Fault::NoSpeech => "Nobody speaks in this recording: it is music or another sound.",
            Fault::OtherText => "This is not a reading of this text.",
            Fault::OtherLanguage => "This is another language than English.",
        }
    }

    /// The same in Chinese.
    #[must_use]
    pub fn chinese(self) -> &'static str {
        match self {
            Fault::NoText => "没有要朗读的文本。",
            Fault::Silence => "录音里没有声音。请检查麦克风是否选对。",
            Fault::TooQuiet => "录音太轻。请靠近麦克风，或调高音量。",
            Fault::Clipped => "录音失真：声音太大。请离麦克风远一点，或调低音量。",
            Fault::Noise => "噪音太大。请换一个安静的地方。",
            Fault::TooShort => "录音太短，读不完这段文本。是不是停得太早？",
            Fault::TooLong => "录音超过十分钟。请分段录制。",
            Fault::NoSpeech => "录音里没有人说话，只有音乐或其他声音。",
            Fault::OtherText => "录音读的不是这段文本。",
            Fault::OtherLanguage => "录音里说的不是英语。",
        }
    }
}

/// What a recording is like.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Quality {
    /// How long it is.
    pub duration: Seconds,
    /// Loudness of its loud parts, in dB against full scale.
    pub level_db: f32,
    /// Loudness of its soft parts.
    pub noise_db: f32,
    /// Share of its samples at the ends of the scale.
    pub clipped: f32,
    /// It begins in the middle of a sound.
    pub cut_start: bool,
    /// It ends in the middle of a sound.
    pub cut_end: bool,
}

impl Quality {
    /// Looks at `sound`.
    #[must_use]
    pub fn of(sound: &Waveform) -> Quality {
        let size = ((f64::from(sound.rate.0) * FRAME) as usize).max(1);
        let levels: Vec<f32> = sound.samples.chunks(size).map(|frame| decibels(moments(frame).1)).collect();
        let (loud, soft) = (quantile(&levels, 0.9), quantile(&levels, 0.1));
        let edge = |levels: &[f32]| !levels.is_empty() && levels.iter().all(|l| *l > loud - CUT);
        let near = levels.len().min(2);
        Quality {
            duration: sound.duration(),
            level_db: if levels.is_empty() { -100.0 } else { loud },
            noise_db: if levels.is_empty() { -100.0 } else { soft },
            clipped: clipped(&sound.samples),
            cut_start: edge(&levels[..near]) && loud > SILENT,
            cut_end: edge(&levels[levels.len() - near..]) && loud > SILENT,
        }
    }

    /// How far speech stands above noise, in dB.
    #[must_use]
    pub fn snr_db(&self) -> f32 {
        self.level_db - self.noise_db
    }

    /// Why it cannot be scored, by its sound alone.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        match self {
            q if q.duration.0 < SHORTEST.0 => Some(Fault::TooShort),
            q if q.duration.0 > LONGEST.0 => Some(Fault::TooLong),
            q if q.level_db < SILENT => Some(Fault::Silence),
            q if q.level_db < QUIET => Some(Fault::TooQuiet),
            q if q.clipped > CLIPPED => Some(Fault::Clipped),
            q if q.snr_db() < NOISY => Some(Fault::Noise),
            _ => None,
        }
    }

    /// What the learner should know of a recording that could be scored, in English and Chinese.
    #[must_use]
    pub fn warnings(&self) -> Vec<(&'static str, &'static str)> {
        let mut warnings = Vec::new();
        let mut say = |when: bool, english, chinese| {
            if when {
                warnings.push((english, chinese));
            }
        };
        say(
            self.clipped > SOME_CLIPPED,
            "The recording is a little distorted: it was too loud.",
            "录音有些失真：声音太大。",
        );
        say(self.snr_db() < SOME_NOISE, "There is much noise; scores are less sure.", "噪音较大，分数不太可靠。");
        say(self.cut_start, "The beginning seems to be cut off.", "录音的开头好像被截断了。");
        say(self.cut_end, "The end seems to be cut off.", "录音的结尾好像被截断了。");
        warnings
    }
}

/// Share of the samples that stand in runs at the top or bottom of the recording's own scale; where resampling or a lossy format
/// has smoothed these, of those near the ends.
fn clipped(samples: &[f32]) -> f32 {
    /// Equal samples in a row that no voice makes.
    const RUN: usize = 3;
    /// Near the ends; of a voice a few in a thousand are.
    const NEAR: f32 = 0.9;
    const MANY_NEAR: f32 = 0.08;
    let top = samples.iter().fold(0.0_f32, |top, v| top.max(v.abs()));
    if top < 0.25 {
        return 0.0;
    }
    let at_end = |v: f32| v.abs() > 0.995 * top;
    let mut count = 0;
    for run in samples.chunk_by(|a, b| at_end(*a) && at_end(*b) && a.signum() == b.signum()) {
        if run.len() >= RUN {
            count += run.len();
        }
    }
    let runs = count as f32 / samples.len() as f32;
    let near = samples.iter().filter(|v| v.abs() > NEAR * top).count() as f32 / samples.len() as f32;
    if near > MANY_NEAR { runs.max(near) } else { runs }
}

#[cfg(test)]
mod tests {
    use super::*;
    use homeroom_core::Hz;

    /// Half a second of silence, two of a voice-like sound of so much strength, half of silence, all with noise.
    fn recording(strength: f32, noise: f32) -> Vec<f32> {
        let mut state = 7_u32;
        (0..48_000)
            .map(|i| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let hiss = ((state >> 8) as f32 / (1 << 23) as f32 - 1.0) * noise;
                let t = i as f32 / 16_000.0;
                // Syllables, four a second.
                let voice = (t * 900.0).sin() * (t * 25.0).sin().max(0.0) * strength;
                hiss + if (0.5..2.5).contains(&t) { voice } else { 0.0 }
            })
            .collect()
    }

    #[track_caller]
    fn check(samples: Vec<f32>, expected: Option<Fault>) {
        let quality = Quality::of(&Waveform { samples, rate: Hz(16_000) });
        assert_eq!(quality.fault(), expected, "{quality:?}");
    }

    #[test]
    fn faults_are_told_apart() {
        check(recording(0.3, 0.001), None);
        check(recording(0.0, 0.0), Some(Fault::Silence));
        check(recording(0.003, 0.000_01), Some(Fault::TooQuiet));
        check(recording(0.1, 0.15), Some(Fault::Noise));
        check(recording(3.0, 0.001).into_iter().map(|v| v.clamp(-1.0, 1.0)).collect(), Some(Fault::Clipped));
        check(recording(0.3, 0.001)[..2_000].to_vec(), Some(Fault::TooShort));
        check(vec![0.1; 16_000 * 601], Some(Fault::TooLong));
        check(Vec::new(), Some(Fault::TooShort));
    }

    #[test]
    fn cut_edges_are_seen() {
        let quality = |range: std::ops::Range<usize>| {
            Quality::of(&Waveform { samples: recording(0.3, 0.001)[range].to_vec(), rate: Hz(16_000) })
        };
        let whole = quality(0..48_000);
        assert!(!whole.cut_start && !whole.cut_end);
        assert!(quality(12_300..48_000).cut_start);
        assert!(quality(0..24_900).cut_end);
    }
}
