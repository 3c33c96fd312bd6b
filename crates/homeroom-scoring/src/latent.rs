use std::{collections::BTreeMap, sync::OnceLock};

use homeroom_core::{Evidence, Language, Rubric, WordLimits};
use serde::{Deserialize, Serialize};

/// Correlation to expect between the latent score and a teacher's marks within one prompt, before any calibration.
///
/// Surface features alone reached .46 to .59 in trials, rankings within a class .65 to .75; it is set between.
pub const LATENT_CORRELATION: f64 = 0.6;

/// Standardised values are cut off here.
const Z_LIMIT: f64 = 2.5;

/// Correlation assumed between features of one trait, each turned so that more is better.
const FEATURE_CORRELATION: f64 = 0.25;

/// Correlation assumed between traits. Analytic scores of one essay correlate at .5 to .8.
const TRAIT_CORRELATION: f64 = 0.5;

/// Share of the asked-for length below which being shorter costs nothing more.
const SHORTEST: f64 = 0.5;

/// Share of the asked-for length beyond which length earns nothing, where the rubric names no upper limit.
const LONGEST: f64 = 1.8;

#[derive(Deserialize)]
struct WeightTable {
    feature: Vec<FeatureWeight>,
}

/// How a feature counts.
#[derive(Deserialize)]
pub(crate) struct FeatureWeight {
    pub(crate) id: String,
    #[serde(rename = "trait")]
    pub(crate) trait_id: String,
    transform: Transform,
    mean: f64,
    sd: f64,
    pub(crate) weight: f64,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Transform {
    None,
    Log1p,
    Ln,
    Length,
}

impl Transform {
    fn apply(self, value: f64, words: WordLimits) -> f64 {
        match self {
            Transform::None => value,
            Transform::Log1p => value.max(0.0).ln_1p(),
            Transform::Ln => value.max(1.0).ln(),
            Transform::Length => {
                let asked = words.min.max(1) as f64;
                let longest = words.max.map_or(LONGEST, |max| max as f64 / asked).max(1.0);
                (value / asked).clamp(SHORTEST, longest).ln()
            }
        }
    }
}

/// The weights of a language's features; empty for a language that has none.
pub(crate) fn weights(language: &Language) -> &'static [FeatureWeight] {
    static ENGLISH: OnceLock<Vec<FeatureWeight>> = OnceLock::new();
    if *language != Language::ENGLISH {
        return &[];
    }
    ENGLISH.get_or_init(|| {
        let table: WeightTable =
            toml::from_str(include_str!("../data/weights.toml")).expect("invariant: a test parses the shipped weights");
        table.feature
    })
}

/// A feature on the common footing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FeatureScore {
    /// The feature.
    pub id: String,
    /// The trait that it counts for.
    pub trait_id: String,
    /// Standardised and cut off, turned so that more is better.
    pub z: f64,
    /// The same before it was cut off.
    pub raw_z: f64,
    /// Absolute weight within the trait.
    pub weight: f64,
}

/// What an essay's evidence says before anything is known about a teacher, in standard deviations around a typical
/// essay; more is better.
#[derive(Debug, Clone, PartialEq)]
pub struct Latent {
    /// The whole, by the rubric's weights.
    pub overall: f64,
    /// One per criterion, in the rubric's order.
    pub criteria: Vec<f64>,
    /// By trait.
    pub traits: BTreeMap<String, f64>,
    /// By feature, in the order of the weights' file. A feature that the evidence lacks is not there.
    pub features: Vec<FeatureScore>,
}

/// Weighted sum of values of unit spread that correlate by `rho`, brought back to unit spread.
fn unit_sum(parts: impl Iterator<Item = (f64, f64)>, rho: f64) -> f64 {
    let (mut sum, mut squares, mut whole) = (0.0, 0.0, 0.0);
    for (weight, value) in parts {
        sum += weight * value;
        squares += weight * weight;
        whole += weight;
    }
    let norm = ((1.0 - rho) * squares + rho * whole * whole).sqrt();
    if norm > 0.0 { sum / norm } else { 0.0 }
}

/// The latent scores of an essay under a rubric. A pure function of the stored features.
#[must_use]
pub fn latent(evidence: &Evidence, rubric: &Rubric) -> Latent {
    let values: BTreeMap<&str, f64> = evidence.features.iter().map(|f| (f.id.as_str(), f.value)).collect();
    let features: Vec<FeatureScore> = weights(&rubric.language)
        .iter()
        .filter_map(|w| {
            let value = *values.get(w.id.as_str())?;
            let raw_z = (w.transform.apply(value, rubric.words) - w.mean) / w.sd * w.weight.signum();
            Some(FeatureScore {
                id: w.id.clone(),
                trait_id: w.trait_id.clone(),
                z: raw_z.clamp(-Z_LIMIT, Z_LIMIT),
                raw_z,
                weight: w.weight.abs(),
            })
        })
        .collect();
    let mut traits: BTreeMap<String, f64> = BTreeMap::new();
    for criterion in &rubric.criteria {
        for id in criterion.traits.keys() {
            traits.entry(id.clone()).or_insert_with(|| {
                let own = features.iter().filter(|f| f.trait_id == *id).map(|f| (f.weight, f.z));
                unit_sum(own, FEATURE_CORRELATION)
            });
        }
    }
    let combine = |weights: &BTreeMap<String, f64>| {
        unit_sum(weights.iter().map(|(id, w)| (*w, traits.get(id).copied().unwrap_or(0.0))), TRAIT_CORRELATION)
    };
    let criteria = rubric.criteria.iter().map(|c| combine(&c.traits)).collect();
    let mut whole: BTreeMap<String, f64> = BTreeMap::new();
    for criterion in &rubric.criteria {
        for (id, w) in &criterion.traits {
            *whole.entry(id.clone()).or_default() += criterion.weight * w;
        }
    }
    let overall = combine(&whole);
    Latent { overall, criteria, traits, features }
}

#[cfg(test)]
mod tests {
    use homeroom_core::TraitId;

    use super::*;

    #[test]
    fn shipped_weights_are_sound() {
        let table = weights(&Language::ENGLISH);
        let mut ids: Vec<&str> = table.iter().map(|w| w.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), table.len(), "a feature is listed twice");
        for w in table {
            assert!(w.sd > 0.0 && w.weight != 0.0 && w.mean.is_finite(), "{}", w.id);
            assert!(TraitId::ALL.iter().any(|t| t.as_str() == w.trait_id), "{}", w.id);
        }
        assert!(weights(&Language::CHINESE).is_empty());
    }

    #[test]
    fn length_pays_up_to_the_limit_only() {
        let words = WordLimits { scorable: 10, min: 100, max: Some(150) };
        let f = |n: f64| Transform::Length.apply(n, words);
        assert!(f(100.0) > f(80.0));
        assert_eq!(f(150.0), f(900.0));
        assert_eq!(f(10.0), f(50.0));
    }
}
