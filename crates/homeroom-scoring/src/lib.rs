//! From stored evidence to marks: rubrics as data, traits from features, the teacher's calibration, and agreement.
//!
//! [`reduce_class`] is a pure function of evidence, rubric, calibration and edits. Weights are set by hand (the file
//! `data/weights.toml` explains them); only a teacher's own marks, through [`fit`], change how they turn into scores.

mod agreement;
mod calibrate;
mod error;
mod evaluate;
mod latent;
mod linear;
mod reduce;
mod rubrics;

pub use agreement::{Agreement, Figure, agreement, correlation, quadratic_weighted_kappa, rmse};
pub use calibrate::{
    Calibration, Doubt, MARKS_FOR_CRITERIA, MARKS_FOR_FEATURES, MIN_MARKS, Model, TeacherMark, Unsure, fit, propose,
    unsure,
};
pub use error::ScoringError;
pub use evaluate::{Evaluation, Prediction, ScoredEssay, correlation_within_prompts, evaluate, scale_rubric};
pub use latent::{FeatureScore, LATENT_CORRELATION, Latent, latent};
pub use reduce::{MIN_CLASS, may_follow, reduce_class};
pub use rubrics::{parse_rubric, rubric, rubrics};
