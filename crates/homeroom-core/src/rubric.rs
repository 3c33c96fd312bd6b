use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Bilingual, Language};

/// Names one version of one rubric.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct RubricRef {
    /// Id (`cet4`).
    pub id: String,
    /// Version; a change of a scale, a weight or a band makes a new one.
    pub version: String,
}

/// One score for the whole, or one per criterion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RubricKind {
    /// One score for the whole.
    Holistic,
    /// One per criterion, added or averaged into the whole.
    Analytic,
}

/// The numbers that a score may take.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Scale {
    /// Lowest score.
    pub min: f64,
    /// Highest score.
    pub max: f64,
    /// Distance of neighbouring scores.
    pub step: f64,
}

impl Scale {
    /// The nearest score on the scale.
    #[must_use]
    pub fn round(&self, value: f64) -> f64 {
        let steps = ((value.clamp(self.min, self.max) - self.min) / self.step).round();
        (self.min + steps * self.step).clamp(self.min, self.max)
    }

    /// Width from lowest to highest.
    #[must_use]
    pub fn width(&self) -> f64 {
        self.max - self.min
    }
}

/// A range of scores with one descriptor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Band {
    /// Lowest score of the band.
    pub low: f64,
    /// Highest score of the band.
    pub high: f64,
    /// What it is called (`Band 14`, `B2`).
    pub name: Bilingual,
    /// What work in it is like.
    pub descriptor: Bilingual,
}

/// One criterion of an analytic rubric; a holistic one has a single criterion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Criterion {
    /// Id within the rubric.
    pub id: String,
    /// What it is called.
    pub name: Bilingual,
    /// Share in the whole; the weights of a rubric sum to 1.
    pub weight: f64,
    /// Its scale.
    pub scale: Scale,
    /// How the traits make it up: trait id to weight, summing to 1.
    pub traits: BTreeMap<String, f64>,
    /// Bands from the highest to the lowest, without gaps on the scale.
    #[serde(rename = "band")]
    pub bands: Vec<Band>,
}

/// How many words an answer should have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WordLimits {
    /// Fewer than this can't be scored.
    pub scorable: usize,
    /// The task asks for at least this many.
    pub min: usize,
    /// And at most this many, where it says so.
    pub max: Option<usize>,
}

/// An exam's scale, as data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rubric {
    /// Id, also the name of its file.
    pub id: String,
    /// Version.
    pub version: String,
    /// Language of the essays.
    pub language: Language,
    /// What it is called.
    pub name: Bilingual,
    /// Where the scale and its bands come from.
    pub source: Bilingual,
    /// Holistic or analytic.
    pub kind: RubricKind,
    /// Scale of the whole.
    pub scale: Scale,
    /// Length of an answer.
    pub words: WordLimits,
    /// Typical mean of the whole on the scale before any calibration, and why that one.
    pub prior_mean: f64,
    /// Typical standard deviation of the whole on the scale before any calibration.
    pub prior_sd: f64,
    /// The criteria.
    #[serde(rename = "criterion")]
    pub criteria: Vec<Criterion>,
    /// Bands of the whole, from the highest to the lowest.
    #[serde(rename = "band")]
    pub bands: Vec<Band>,
}

impl Rubric {
    /// Id and version.
    #[must_use]
    pub fn reference(&self) -> RubricRef {
        RubricRef { id: self.id.clone(), version: self.version.clone() }
    }

    /// The band of the whole that a score lies in: the highest whose lowest score it reaches.
    #[must_use]
    pub fn band(&self, score: f64) -> Option<&Band> {
        self.bands.iter().find(|b| score >= b.low - 1e-9).or(self.bands.last())
    }
}
