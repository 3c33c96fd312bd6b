use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{FindingId, Reason, Status, SubmissionId};

/// What a teacher changed in a mark.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// The whole score.
    Overall {
        /// On the rubric's scale.
        value: f64,
    },
    /// One criterion's score.
    Criterion {
        /// Its id in the rubric.
        criterion: String,
        /// On the criterion's scale.
        value: f64,
    },
    /// The text can't be scored after all.
    Unscored {
        /// Why.
        reason: Reason,
    },
    /// A finding is no fault.
    Dismiss {
        /// Which.
        finding: FindingId,
    },
    /// A dismissed finding is one after all.
    Restore {
        /// Which.
        finding: FindingId,
    },
    /// A step between draft and release.
    Status {
        /// The new status.
        status: Status,
    },
}

/// A teacher's change, kept with author, time and reason.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Edit {
    /// Whose mark.
    pub submission: SubmissionId,
    /// Who changed it.
    pub author: String,
    /// When, RFC 3339.
    pub time: String,
    /// Why.
    pub reason: String,
    /// What.
    pub change: Change,
}
