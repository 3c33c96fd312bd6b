use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{AssignmentId, Bilingual, ClassId, Document, Feature, Finding, Judgement, Letter, PupilId, SubmissionId};

/// Version of the stored form of [`Evidence`].
pub const EVIDENCE_SCHEMA: u32 = 1;

/// A pupil, as the roster names them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Pupil {
    /// Unique within the school.
    pub id: PupilId,
    /// Name as shown to teacher and pupil.
    pub name: String,
    /// The class, where the roster names one.
    pub class: Option<ClassId>,
}

/// One pupil's work for one assignment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Submission {
    /// Stable id, safe as a file name.
    pub id: SubmissionId,
    /// Who wrote it.
    pub pupil: Pupil,
    /// What it answers.
    pub assignment: AssignmentId,
    /// The file as the user named it, with the archive in front (`week3.zip/li_na.docx`).
    pub file: String,
}

/// How the text came out of its file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Origin {
    /// SHA-256 of the file's bytes, hexadecimal.
    pub sha256: String,
    /// Format (`txt`, `docx`, ...).
    pub format: String,
    /// Character encoding, where the format leaves it open (`UTF-8`, `GBK`).
    pub encoding: Option<String>,
    /// What a reader should know (for example that a decoration was left out).
    pub notes: Vec<Bilingual>,
    /// Whether a person has compared the text with the picture that it was read from; absent for other files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transcript: Option<TranscriptStatus>,
}

/// Whether the text that was read from a picture can be relied on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TranscriptStatus {
    /// Nobody has compared it with the picture.
    Unconfirmed,
    /// A person has compared it with the picture.
    Confirmed,
}

/// Why a text was given no score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Reason {
    /// No words.
    Blank,
    /// Fewer words than can be judged.
    TooShort {
        /// Words written.
        words: usize,
        /// Words needed at least.
        needed: usize,
    },
    /// It does not speak about what the prompt asks.
    OffTopic {
        /// Similarity to the prompt, 0 to 1.
        similarity: f64,
    },
    /// Most of it is the prompt's own wording.
    CopiedPrompt {
        /// Share of the words that stand in the prompt in the same order, 0 to 1.
        share: f64,
    },
    /// Not in the language of the assignment.
    WrongLanguage {
        /// BCP 47 tag of the language that it seems to be in.
        found: String,
    },
}

/// Everything that a mark rests on. Stored as one JSON file per submission; a mark can be recomputed from it alone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// [`EVIDENCE_SCHEMA`] when it was written.
    pub schema: u32,
    /// Whose work for what.
    pub submission: Submission,
    /// How the text was read.
    pub origin: Origin,
    /// The text itself.
    pub document: Document,
    /// Number of words.
    pub words: usize,
    /// Why it can't be scored, where it can't.
    pub unscored: Option<Reason>,
    /// Faults, in order of their place.
    pub findings: Vec<Finding>,
    /// Numbers, in a fixed order.
    pub features: Vec<Feature>,
    /// Judgements of models.
    pub judgements: Vec<Judgement>,
    /// A model's letter to the pupil, as it was checked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub letter: Option<Letter>,
    /// Versions of everything that looked at the text.
    pub versions: BTreeMap<String, String>,
}

impl Evidence {
    /// The value of a feature.
    #[must_use]
    pub fn feature(&self, id: &str) -> Option<f64> {
        self.features.iter().find(|f| f.id == id).map(|f| f.value)
    }
}
