//! Readings that experts have scored.

use std::path::Path;

use serde::Deserialize;

use crate::HearingError;
use crate::phone::Phone;

/// A word of a scored reading.
#[derive(Debug, Clone)]
pub struct ScoredWord {
    /// As it was to be read.
    pub text: String,
    /// How it is said in the corpus's dictionary.
    pub phones: Vec<Phone>,
    /// The experts' mean score of each phone, 0 to 2.
    pub phone_scores: Vec<f32>,
    /// Accuracy, 0 to 10.
    pub accuracy: f32,
    /// Stress, 0 to 10.
    pub stress: f32,
    /// Total, 0 to 10.
    pub total: f32,
}

/// A reading that experts have scored.
#[derive(Debug, Clone)]
pub struct ScoredReading {
    /// Name of the recording, without its folder and suffix.
    pub id: String,
    /// Who read.
    pub speaker: String,
    /// The speaker's age in years: to balance and to report, never to score.
    pub age: u32,
    /// The speaker's sex, `f` or `m`: to report, never to score.
    pub sex: String,
    /// The words.
    pub words: Vec<ScoredWord>,
    /// Accuracy, fluency, prosody, completeness and total, 0 to 10, in the order of [`Aspect::ALL`].
    pub scores: [f32; 5],
}

/// What a whole reading is scored for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Aspect {
    /// How well its sounds are made.
    Accuracy,
    /// Pace, pauses, hesitation.
    Fluency,
    /// Rhythm, stress, intonation.
    Prosody,
    /// How much of the text was said.
    Completeness,
    /// The whole impression.
    Total,
}

impl Aspect {
    /// All, in their order everywhere.
    pub const ALL: [Aspect; 5] =
        [Aspect::Accuracy, Aspect::Fluency, Aspect::Prosody, Aspect::Completeness, Aspect::Total];
}

#[derive(Deserialize)]
struct Line {
    id: String,
    speaker: String,
    age: u32,
    gender: String,
    words: Vec<LineWord>,
    accuracy: f32,
    fluency: f32,
    prosodic: f32,
    completeness: f32,
    total: f32,
}

#[derive(Deserialize)]
struct LineWord {
    text: String,
    phones: Vec<String>,
    pacc: Vec<f32>,
    accuracy: f32,
    stress: f32,
    total: f32,
}

/// The readings of `scores.jsonl` in `folder`, laid out as the corpus speechocean762 is here.
///
/// # Errors
/// [`HearingError`] where the file cannot be read or a line is not what it should be.
pub fn scored_readings(folder: &Path) -> Result<Vec<ScoredReading>, HearingError> {
    let path = folder.join("scores.jsonl");
    let text = std::fs::read_to_string(&path).map_err(|source| HearingError::Read { path: path.clone(), source })?;
    let wrong = |line: usize, what: &str| HearingError::Corpus { path: path.clone(), line, what: what.to_owned() };
    let mut readings = Vec::new();
    for (i, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let line: Line = serde_json::from_str(line).map_err(|e| wrong(i + 1, &e.to_string()))?;
        let mut words = Vec::with_capacity(line.words.len());
        for word in line.words {
            let phones: Option<Vec<Phone>> = word.phones.iter().map(|name| Phone::from_arpabet(name)).collect();
            let phones = phones.ok_or_else(|| wrong(i + 1, "an unknown phone"))?;
            if phones.len() != word.pacc.len() || phones.is_empty() {
                return Err(wrong(i + 1, "a word whose phones and scores differ in number"));
            }
            words.push(ScoredWord {
                text: word.text,
                phones,
                phone_scores: word.pacc,
                accuracy: word.accuracy,
                stress: word.stress,
                total: word.total,
            });
        }
        if words.is_empty() {
            return Err(wrong(i + 1, "a reading without words"));
        }
        let scores = [line.accuracy, line.fluency, line.prosodic, line.completeness, line.total];
        readings.push(ScoredReading {
            id: line.id,
            speaker: line.speaker,
            age: line.age,
            sex: line.gender,
            words,
            scores,
        });
    }
    if readings.is_empty() {
        return Err(wrong(1, "no readings"));
    }
    Ok(readings)
}
