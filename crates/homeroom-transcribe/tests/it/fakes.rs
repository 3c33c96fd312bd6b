//! Abilities that are known to the tests: a loud frame is speech, and what is written tells the length of the sound.

use std::sync::atomic::{AtomicUsize, Ordering};

use homeroom_core::ability::{AbilityError, DetectSpeech, Heard, HeardEnd, HeardWord, SpeechStream, Transcribe};
use homeroom_core::{Language, Seconds, Waveform};

/// Samples of a frame: 32 ms.
pub(crate) const FRAME: usize = 512;

/// Loud frames are speech.
pub(crate) struct Loud;

impl DetectSpeech for Loud {
    fn listen(&self) -> Box<dyn SpeechStream + '_> {
        Box::new(Stream(Vec::new()))
    }
}

struct Stream(Vec<f32>);

impl SpeechStream for Stream {
    fn frame(&self) -> Seconds {
        Seconds(FRAME as f64 / 16_000.0)
    }

    fn push(&mut self, samples: &[f32]) -> Result<Vec<f32>, AbilityError> {
        self.0.extend_from_slice(samples);
        let whole = self.0.len() / FRAME * FRAME;
        let frames: Vec<f32> = self.0.drain(..whole).collect();
        Ok(frames.chunks(FRAME).map(|f| if f.iter().any(|s| s.abs() > 0.1) { 0.9 } else { 0.1 }).collect())
    }
}

/// Writes a word for each half second; a sound whose loudest sample is above .9 is taken for Chinese, one below .2 for no
/// speech.
#[derive(Default)]
pub(crate) struct Counting {
    pub(crate) calls: AtomicUsize,
}

impl Transcribe for Counting {
    fn longest(&self) -> Seconds {
        Seconds(30.0)
    }

    fn transcribe(&self, sound: &Waveform, languages: &[Language]) -> Result<Heard, AbilityError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let loudest = sound.samples.iter().fold(0.0_f32, |m, s| m.max(s.abs()));
        let chinese = loudest > 0.9 && languages.contains(&Language::CHINESE);
        let language = if chinese { Language::CHINESE } else { languages[0].clone() };
        let n = (sound.duration().0 / 0.5) as usize;
        let word = |i: usize| HeardWord {
            text: if chinese { "學".to_owned() } else { format!("word{i}") },
            spaced: !chinese,
            probability: 0.9,
            start: Seconds(0.5 * i as f64),
            end: Seconds(0.5 * i as f64 + 0.5),
        };
        Ok(Heard {
            languages: vec![(language.clone(), 0.8)],
            language,
            no_speech: if loudest < 0.2 { 0.9 } else { 0.1 },
            mean_log_probability: if loudest < 0.2 { -1.5 } else { -0.3 },
            words: (0..n).map(word).collect(),
            end: HeardEnd::Complete,
        })
    }
}

/// Sound from parts, each with its length in seconds and its level.
pub(crate) fn sound(parts: &[(f64, f32)]) -> Vec<f32> {
    parts.iter().flat_map(|(seconds, level)| std::iter::repeat_n(*level, (seconds * 16_000.0) as usize)).collect()
}
