use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Bilingual, Edit, FindingId, Reason, RubricRef, SubmissionId};

/// Where a mark stands between machine and pupil.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The machine's draft.
    Draft,
    /// A teacher has looked at it.
    Confirmed,
    /// The pupil may see it.
    Released,
}

/// A score with what is known about its certainty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Score {
    /// Best guess, on the scale.
    pub value: f64,
    /// Lower end of the 80 % interval, on the scale.
    pub low: f64,
    /// Upper end of the 80 % interval, on the scale.
    pub high: f64,
    /// Name of the band that the value lies in.
    pub band: Bilingual,
    /// Whether a teacher's own marks stand behind it. If not, only band, interval and place are shown.
    pub calibrated: bool,
    /// Whether a teacher set it.
    pub by_teacher: bool,
}

/// The place in the class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// 1 is the best.
    pub rank: usize,
    /// Number of essays that were scored.
    pub of: usize,
}

/// The score of one criterion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CriterionMark {
    /// Criterion's id in the rubric.
    pub criterion: String,
    /// Its name.
    pub name: Bilingual,
    /// The score on the criterion's scale.
    pub score: Score,
    /// Ids of the features that it rests on, the strongest first.
    pub features: Vec<String>,
}

/// Scored, or not and why.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// A score.
    Scored {
        /// The whole.
        overall: Score,
        /// By criterion.
        criteria: Vec<CriterionMark>,
        /// Place in the class, from three scored essays on.
        place: Option<Place>,
    },
    /// None, and why.
    Unscored {
        /// Why.
        reason: Reason,
    },
}

/// A submission's mark: a pure function of stored evidence, a rubric version, a calibration and the teacher's edits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Mark {
    /// Whose.
    pub submission: SubmissionId,
    /// By which rubric.
    pub rubric: RubricRef,
    /// Draft, confirmed or released.
    pub status: Status,
    /// The scores.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// Findings that the teacher has taken back.
    pub dismissed: Vec<FindingId>,
    /// What the teacher changed, in order; nothing is overwritten.
    pub edits: Vec<Edit>,
}
