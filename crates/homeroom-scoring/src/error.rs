use homeroom_core::SubmissionId;

/// What can go wrong with rubrics and calibrations. Reducing evidence to marks cannot fail.
#[derive(Debug, thiserror::Error)]
pub enum ScoringError {
    /// A rubric file is not TOML of a rubric's shape.
    #[error("rubric does not parse")]
    RubricSyntax {
        /// The parser's word.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// The weights of a rubric's criteria, or of a criterion's traits, do not sum to 1.
    #[error("rubric {rubric}: weights of {of} sum to {sum}, not 1")]
    Weights {
        /// The rubric.
        rubric: String,
        /// `criteria`, or a criterion's id.
        of: String,
        /// What they sum to.
        sum: f64,
    },
    /// Bands overlap, leave a gap, or miss an end of the scale.
    #[error("rubric {rubric}: bands of {of} do not tile its scale")]
    Bands {
        /// The rubric.
        rubric: String,
        /// `the whole`, or a criterion's id.
        of: String,
    },
    /// Too few marked essays that can be scored.
    #[error("{found} marked essays, {needed} needed")]
    TooFewMarks {
        /// Marks that count.
        found: usize,
        /// Marks needed.
        needed: usize,
    },
    /// A mark for a submission that is not in the class.
    #[error("no essay of submission {submission} in this class")]
    UnknownSubmission {
        /// Which.
        submission: SubmissionId,
    },
    /// Two marks for one submission.
    #[error("submission {submission} is marked twice")]
    MarkedTwice {
        /// Which.
        submission: SubmissionId,
    },
    /// A mark that is not on the scale.
    #[error("mark {value} of submission {submission} is not between {min} and {max}")]
    OffScale {
        /// Whose mark.
        submission: SubmissionId,
        /// The mark.
        value: f64,
        /// Lowest score.
        min: f64,
        /// Highest score.
        max: f64,
    },
    /// A mark for a criterion that the rubric does not have.
    #[error("rubric {rubric} has no criterion {criterion}")]
    UnknownCriterion {
        /// The rubric.
        rubric: String,
        /// The criterion.
        criterion: String,
    },
    /// An agreement of no pairs, or of lists of different lengths.
    #[error("{left} predictions against {right} scores")]
    Pairs {
        /// Number of predictions.
        left: usize,
        /// Number of scores.
        right: usize,
    },
}
