//! The trained heads, as they are shipped.

use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::HearingError;
use crate::acoustic::Acoustic;
use crate::corpus::ScoredReading;
use crate::net::Scorer;
use crate::score::{Blends, PhoneScorer, ReadingScorer, WordScorer};

static PACKED: &[u8] = include_bytes!("../data/heads.bin");

/// First bytes of the file; the number is that of its layout.
const MAGIC: &[u8] = b"homeroom-hearing 1\n";

/// What a model was trained on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainedOn {
    /// The SHA-256 of the encoder's file.
    pub encoder: String,
    /// Seed of the training.
    pub seed: u64,
    /// Readings.
    pub readings: usize,
    /// Who read them: figures on these are no figures.
    pub speakers: Vec<String>,
}

impl TrainedOn {
    pub(crate) fn new(readings: &[ScoredReading], encoder: String, seed: u64) -> TrainedOn {
        let mut speakers: Vec<String> = readings.iter().map(|r| r.speaker.clone()).collect();
        speakers.sort_unstable();
        speakers.dedup();
        TrainedOn { encoder, seed, readings: readings.len(), speakers }
    }
}

/// Everything above the encoder.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Heads {
    pub(crate) acoustic: Acoustic,
    pub(crate) nets: Vec<Scorer>,
    pub(crate) phones: PhoneScorer,
    pub(crate) words: WordScorer,
    pub(crate) readings: ReadingScorer,
    pub(crate) blends: Blends,
    /// A phone that is scored lower is flagged.
    pub flag_below: f32,
    /// The probability from which the phone that was heard instead is named.
    pub instead_from: f32,
    /// Figures of the training, each by models that had not heard the speaker.
    pub figures: Vec<String>,
    /// What they were trained on.
    pub trained_on: TrainedOn,
}

impl Heads {
    /// The ones that are shipped, unpacked at their first use.
    ///
    /// # Errors
    /// [`HearingError::Heads`] never, but for a broken build.
    pub fn shipped() -> Result<&'static Heads, HearingError> {
        static SHIPPED: OnceLock<Result<Heads, String>> = OnceLock::new();
        let heads = SHIPPED.get_or_init(|| Heads::from_bytes(PACKED).map_err(|e| e.to_string()));
        heads.as_ref().map_err(|what| HearingError::Heads { what: what.clone() })
    }

    /// What they were trained on, and how good they are on speakers that they had not heard: a page in Markdown.
    #[must_use]
    pub fn report(&self) -> String {
        use std::fmt::Write as _;
        let TrainedOn { encoder, seed, readings, speakers } = &self.trained_on;
        let mut page = format!(
            "# The heads of the hearing\n\nTrained by `homeroom train hearing --seed {seed}` on {readings} readings of {} speakers, over the \
             encoder with SHA-256 `{encoder}`. Each figure is of models that had not heard the speaker (5 parts); on other recordings \
             expect .02 to .04 less.\n\n",
            speakers.len()
        );
        for figure in &self.figures {
            let _ = writeln!(page, "- {figure}");
        }
        page
    }

    /// As a file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend(rmp_serde::to_vec(self).expect("invariant: numbers and names can be written"));
        bytes
    }

    /// From a file.
    ///
    /// # Errors
    /// [`HearingError::Heads`] where it is none of this version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Heads, HearingError> {
        let wrong = |what: String| HearingError::Heads { what };
        let body = bytes.strip_prefix(MAGIC).ok_or_else(|| wrong("another beginning".to_owned()))?;
        rmp_serde::from_slice(body).map_err(|e| wrong(e.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_report_beside_the_heads_is_theirs() {
        let report = include_str!("../data/heads.md");
        assert_eq!(Heads::shipped().unwrap().report(), report, "copy the report that the training wrote");
    }
}
