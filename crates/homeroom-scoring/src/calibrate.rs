use std::collections::{BTreeMap, BTreeSet};

use homeroom_core::{Evidence, Rubric, RubricRef, Scale, SubmissionId};
use serde::{Deserialize, Serialize};

use crate::{
    LATENT_CORRELATION, Latent, ScoringError,
    agreement::{self, Agreement},
    latent, linear,
};

/// Marks needed for any fit.
pub const MIN_MARKS: usize = 3;

/// Marks from which on single traits and features may move away from their hand-set weights.
pub const MARKS_FOR_FEATURES: usize = 10;

/// Marks of a criterion from which on it is calibrated by itself.
pub const MARKS_FOR_CRITERIA: usize = 20;

/// Prior spread of a teacher's level around the rubric's prior mean, in prior standard deviations: teachers and classes
/// differ by about one.
const LEVEL_SPREAD: f64 = 1.5;

/// Prior spread of the slope on the latent score around [`LATENT_CORRELATION`], both on unit scales.
const SLOPE_SPREAD: f64 = 0.3;

/// Prior spreads of a trait's and a feature's own slope, on unit scales, the most careful first; the one under which the
/// marks are likeliest is taken. The smallest feature slope is about the share that a feature has in the whole by its
/// hand-set weight, so that marks may double a weight or wipe it out.
const OWN_SLOPES: [(f64, f64); 3] = [(0.15, 0.05), (0.22, 0.075), (0.3, 0.1)];

/// How many marks the rubric's prior spread, and the expected residual, are worth.
const PRIOR_MARKS: f64 = 5.0;

/// Predictions are spread out by no more than this to match the teacher's spread.
const MAX_STRETCH: f64 = 1.8;

/// Half-width of an 80 % interval, in standard deviations.
pub(crate) const Z80: f64 = 1.2816;

/// A prediction in a band with less probability than this is worth a look.
const SURE_BAND: f64 = 0.5;

/// A feature further out than this, in standard deviations, makes a prediction doubtful.
const OUT_OF_RANGE: f64 = 3.5;

/// What a teacher gave one essay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TeacherMark {
    /// Whose essay.
    pub submission: SubmissionId,
    /// The whole score, on the rubric's scale.
    pub overall: f64,
    /// Criteria that the teacher scored, by id, each on its own scale.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub criteria: BTreeMap<String, f64>,
}

/// How latent scores turn into scores: a line, small moves of traits and features, and a stretch to the teacher's spread.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Score of an essay whose latent score is 0.
    pub intercept: f64,
    /// Points per unit of the latent score.
    pub slope: f64,
    /// Points per unit of a trait, on top.
    pub traits: BTreeMap<String, f64>,
    /// Points per unit of a feature, on top.
    pub features: BTreeMap<String, f64>,
    /// Mean prediction in the class, around which predictions are spread out.
    pub centre: f64,
    /// By how much.
    pub stretch: f64,
    /// Standard deviation of a score around its prediction, in points.
    pub residual: f64,
}

/// A score as a model sees it, not rounded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Predicted {
    /// With the teacher's spread.
    pub(crate) value: f64,
    /// The likeliest score, drawn to the middle as uncertain guesses are.
    pub(crate) expected: f64,
    /// Standard deviation around `expected`.
    pub(crate) residual: f64,
}

impl Model {
    /// What to assume before a teacher has marked anything: the prior mean and spread, and [`LATENT_CORRELATION`].
    pub(crate) fn prior(mean: f64, sd: f64) -> Self {
        Model {
            intercept: mean,
            slope: LATENT_CORRELATION * sd,
            traits: BTreeMap::new(),
            features: BTreeMap::new(),
            centre: mean,
            stretch: 1.0 / LATENT_CORRELATION,
            residual: sd * (1.0 - LATENT_CORRELATION * LATENT_CORRELATION).sqrt(),
        }
    }

    /// The prediction for an essay, of whose latent scores `of` is the one that the model is about.
    pub(crate) fn predict(&self, essay: &Latent, of: f64) -> Predicted {
        let traits: f64 = self.traits.iter().map(|(id, w)| w * essay.traits.get(id).copied().unwrap_or(0.0)).sum();
        let features: f64 = essay.features.iter().map(|f| f.z * self.features.get(&f.id).copied().unwrap_or(0.0)).sum();
        let expected = self.intercept + self.slope * of + traits + features;
        Predicted { value: self.centre + self.stretch * (expected - self.centre), expected, residual: self.residual }
    }
}

/// A teacher's marks for some essays of a class and what was learnt from them. Stored beside the evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// The rubric that it belongs to; under another one it has no effect.
    pub rubric: RubricRef,
    /// The marks, by submission.
    pub marks: Vec<TeacherMark>,
    /// For the whole.
    pub overall: Model,
    /// For criteria with at least [`MARKS_FOR_CRITERIA`] marks.
    pub criteria: BTreeMap<String, Model>,
    /// Agreement with the teacher by leaving one essay out at a time.
    pub cross_validation: Agreement,
}

/// One essay's place in a fit.
struct Point<'a> {
    essay: &'a Latent,
    of: f64,
    score: f64,
}

/// Parameters of one fit, in score points.
struct Fitted {
    model: Model,
    log_evidence: f64,
}

/// Bayesian linear regression with a fixed pair of spreads for the own slopes of traits and features.
///
/// # Source
/// Rasmussen and Williams 2006, 2.1 to 2.3 and 5.4.2 (leave-one-out residuals in closed form).
fn fit_with(points: &[Point<'_>], mean: f64, sd: f64, own: (f64, f64)) -> Option<Fitted> {
    let n = points.len();
    let r = LATENT_CORRELATION;
    let noise = 1.0 - r * r;
    let y: Vec<f64> = points.iter().map(|p| (p.score - mean) / sd - r * p.of).collect();
    let mut kernel = vec![vec![0.0; n]; n];
    for i in 0..n {
        for j in 0..=i {
            let (a, b) = (&points[i], &points[j]);
            let mut k = LEVEL_SPREAD.powi(2) + SLOPE_SPREAD.powi(2) * a.of * b.of;
            if own.0 > 0.0 {
                k += own.0.powi(2)
                    * a.essay.traits.iter().map(|(id, x)| x * b.essay.traits.get(id).unwrap_or(&0.0)).sum::<f64>();
                k += own.1.powi(2) * dot(a.essay, b.essay);
            }
            kernel[i][j] = k + if i == j { noise } else { 0.0 };
            kernel[j][i] = kernel[i][j];
        }
    }
    let factor = linear::cholesky(&kernel)?;
    let alpha = linear::solve(&factor, &y);
    let diagonal = linear::inverse_diagonal(&factor);
    let log_determinant: f64 = factor.iter().enumerate().map(|(i, row)| 2.0 * row[i].ln()).sum();
    let fit: f64 = y.iter().zip(&alpha).map(|(a, b)| a * b).sum();
    let left_out: f64 = alpha.iter().zip(&diagonal).map(|(a, d)| (a / d).powi(2)).sum();
    let residual = ((PRIOR_MARKS * noise + left_out) / (PRIOR_MARKS + n as f64)).sqrt() * sd;

    let sum = |x: &dyn Fn(&Point<'_>) -> f64| points.iter().zip(&alpha).map(|(p, a)| a * x(p)).sum::<f64>();
    let mut traits = BTreeMap::new();
    let mut features = BTreeMap::new();
    if own.0 > 0.0 {
        for id in points.iter().flat_map(|p| p.essay.traits.keys()) {
            if !traits.contains_key(id) {
                let w = sum(&|p| p.essay.traits.get(id).copied().unwrap_or(0.0));
                traits.insert(id.clone(), sd * own.0.powi(2) * w);
            }
        }
        for (p, a) in points.iter().zip(&alpha) {
            for f in &p.essay.features {
                *features.entry(f.id.clone()).or_insert(0.0) += sd * own.1.powi(2) * a * f.z;
            }
        }
    }
    let intercept = mean + sd * LEVEL_SPREAD.powi(2) * sum(&|_| 1.0);
    let slope = sd * (r + SLOPE_SPREAD.powi(2) * sum(&|p| p.of));
    Some(Fitted {
        model: Model { intercept, slope, traits, features, centre: mean, stretch: 1.0, residual },
        log_evidence: -0.5 * (fit + log_determinant),
    })
}

fn dot(a: &Latent, b: &Latent) -> f64 {
    // Both lists follow the order of the weights' file, and essays of one class mostly have the same features.
    if a.features.len() == b.features.len() && a.features.iter().zip(&b.features).all(|(x, y)| x.id == y.id) {
        return a.features.iter().zip(&b.features).map(|(x, y)| x.z * y.z).sum();
    }
    let others: BTreeMap<&str, f64> = b.features.iter().map(|f| (f.id.as_str(), f.z)).collect();
    a.features.iter().filter_map(|f| Some(f.z * others.get(f.id.as_str())?)).sum()
}

/// Fits a model to marks and spreads its predictions over the class as the teacher would.
fn fit_model(points: &[Point<'_>], class: &[(&Latent, f64)], mean: f64, prior_sd: f64) -> Model {
    let n = points.len() as f64;
    let average = points.iter().map(|p| p.score).sum::<f64>() / n;
    let squares: f64 = points.iter().map(|p| (p.score - average).powi(2)).sum();
    let sd = ((PRIOR_MARKS * prior_sd.powi(2) + squares) / (PRIOR_MARKS + n - 1.0)).sqrt();
    let choices = if points.len() < MARKS_FOR_FEATURES { &[(0.0, 0.0)] } else { &OWN_SLOPES[..] };
    let best = choices
        .iter()
        .filter_map(|own| fit_with(points, mean, sd, *own))
        .reduce(|best, next| if next.log_evidence > best.log_evidence { next } else { best });
    let mut model = best.map_or_else(|| Model::prior(mean, sd), |f| f.model);
    if class.is_empty() {
        return model;
    }
    let expected: Vec<f64> = class.iter().map(|(essay, of)| model.predict(essay, *of).expected).collect();
    let centre = expected.iter().sum::<f64>() / expected.len() as f64;
    let variance = expected.iter().map(|e| (e - centre).powi(2)).sum::<f64>() / expected.len() as f64;
    model.centre = centre;
    model.stretch =
        if variance > 0.0 { ((variance + model.residual.powi(2)) / variance).sqrt().min(MAX_STRETCH) } else { 1.0 };
    model
}

/// Learns from a teacher's marks for essays of a class how latent scores turn into scores.
///
/// Below [`MARKS_FOR_FEATURES`] marks it is a shrunken line on the latent score, from there on a ridge regression whose
/// weights are drawn towards the hand-set ones; in both cases predictions get the teacher's spread. A criterion with at
/// least [`MARKS_FOR_CRITERIA`] marks gets a model of its own. Marks of essays that are unscored are kept and not learnt from.
///
/// # Errors
/// [`ScoringError::TooFewMarks`], [`ScoringError::UnknownSubmission`], [`ScoringError::MarkedTwice`],
/// [`ScoringError::OffScale`], [`ScoringError::UnknownCriterion`].
pub fn fit(evidence: &[Evidence], rubric: &Rubric, marks: &[TeacherMark]) -> Result<Calibration, ScoringError> {
    let mut marks = marks.to_vec();
    marks.sort_by(|a, b| a.submission.cmp(&b.submission));
    check_marks(evidence, rubric, &marks)?;

    let mut scored: Vec<&Evidence> = evidence.iter().filter(|e| e.unscored.is_none()).collect();
    scored.sort_by(|a, b| a.submission.id.cmp(&b.submission.id));
    let class: Vec<(&SubmissionId, Latent)> = scored.iter().map(|e| (&e.submission.id, latent(e, rubric))).collect();
    let of = |id: &SubmissionId| class.iter().find(|(other, _)| *other == id).map(|(_, l)| l);

    let whole: Vec<(&Latent, f64)> = class.iter().map(|(_, l)| (l, l.overall)).collect();
    let points: Vec<Point<'_>> = marks
        .iter()
        .filter_map(|m| of(&m.submission).map(|essay| Point { essay, of: essay.overall, score: m.overall }))
        .collect();
    if points.len() < MIN_MARKS {
        return Err(ScoringError::TooFewMarks { found: points.len(), needed: MIN_MARKS });
    }
    let overall = fit_model(&points, &whole, rubric.prior_mean, rubric.prior_sd);

    let (mut predictions, mut scores) = (Vec::new(), Vec::new());
    for left_out in 0..points.len() {
        let others: Vec<Point<'_>> = points
            .iter()
            .enumerate()
            .filter(|(i, _)| *i != left_out)
            .map(|(_, p)| Point { essay: p.essay, of: p.of, score: p.score })
            .collect();
        let model = fit_model(&others, &whole, rubric.prior_mean, rubric.prior_sd);
        let point = &points[left_out];
        predictions.push(on_scale(model.predict(point.essay, point.of).value, rubric.scale));
        scores.push(point.score);
    }
    let cross_validation = agreement::agreement(&predictions, &scores, rubric.scale)?;

    let mut criteria = BTreeMap::new();
    for (i, criterion) in rubric.criteria.iter().enumerate() {
        let points: Vec<Point<'_>> = marks
            .iter()
            .filter_map(|m| {
                let score = *m.criteria.get(&criterion.id)?;
                of(&m.submission).map(|essay| Point { essay, of: essay.criteria[i], score })
            })
            .collect();
        if points.len() >= MARKS_FOR_CRITERIA {
            let class: Vec<(&Latent, f64)> = class.iter().map(|(_, l)| (l, l.criteria[i])).collect();
            let (mean, sd) = criterion_prior(rubric, criterion.scale);
            criteria.insert(criterion.id.clone(), fit_model(&points, &class, mean, sd));
        }
    }
    Ok(Calibration { rubric: rubric.reference(), marks, overall, criteria, cross_validation })
}

/// The rubric's prior mean and spread, carried over to a criterion's scale.
pub(crate) fn criterion_prior(rubric: &Rubric, scale: Scale) -> (f64, f64) {
    let ratio = scale.width() / rubric.scale.width();
    (scale.min + (rubric.prior_mean - rubric.scale.min) * ratio, rubric.prior_sd * ratio)
}

fn on_scale(value: f64, scale: Scale) -> f64 {
    value.clamp(scale.min, scale.max)
}

fn check_marks(evidence: &[Evidence], rubric: &Rubric, marks: &[TeacherMark]) -> Result<(), ScoringError> {
    let known: BTreeSet<&SubmissionId> = evidence.iter().map(|e| &e.submission.id).collect();
    let on = |submission: &SubmissionId, value: f64, scale: Scale| {
        if value >= scale.min && value <= scale.max {
            return Ok(());
        }
        Err(ScoringError::OffScale { submission: submission.clone(), value, min: scale.min, max: scale.max })
    };
    for pair in marks.windows(2) {
        if pair[0].submission == pair[1].submission {
            return Err(ScoringError::MarkedTwice { submission: pair[0].submission.clone() });
        }
    }
    for mark in marks {
        if !known.contains(&mark.submission) {
            return Err(ScoringError::UnknownSubmission { submission: mark.submission.clone() });
        }
        on(&mark.submission, mark.overall, rubric.scale)?;
        for (id, value) in &mark.criteria {
            let Some(criterion) = rubric.criteria.iter().find(|c| c.id == *id) else {
                return Err(ScoringError::UnknownCriterion { rubric: rubric.id.clone(), criterion: id.clone() });
            };
            on(&mark.submission, *value, criterion.scale)?;
        }
    }
    Ok(())
}

/// The `n` essays that are most useful to mark, the lowest first: one from the middle of each of `n` equal parts of the
/// class by latent score. So they are spread over the predicted range, and their marks tell the level and the spread of
/// the whole class. Fewer where fewer can be scored.
#[must_use]
pub fn propose(evidence: &[Evidence], rubric: &Rubric, n: usize) -> Vec<SubmissionId> {
    let mut class: Vec<(f64, &SubmissionId)> = evidence
        .iter()
        .filter(|e| e.unscored.is_none())
        .map(|e| (latent(e, rubric).overall, &e.submission.id))
        .collect();
    class.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(b.1)));
    let n = n.min(class.len());
    (0..n).map(|k| class[(2 * k + 1) * class.len() / (2 * n)].1.clone()).collect()
}

/// Why the machine is unsure of an essay.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Doubt {
    /// No band is likelier than all others together.
    BetweenBands {
        /// Probability of the likeliest band, 0 to 1.
        probability: f64,
    },
    /// A number about the essay is far from what is usual.
    OutOfRange {
        /// The feature.
        feature: String,
        /// Its distance from the usual, in standard deviations; above 0 is better than usual.
        distance: f64,
    },
}

/// An essay to look at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Unsure {
    /// Which.
    pub submission: SubmissionId,
    /// Why, the gravest first.
    pub doubts: Vec<Doubt>,
}

/// The essays that a teacher should look at, the most doubtful first: those between bands, and those out of the usual range.
/// Essays that the teacher has marked, and unscored ones, are left out.
#[must_use]
pub fn unsure(evidence: &[Evidence], rubric: &Rubric, calibration: &Calibration) -> Vec<Unsure> {
    let marked: BTreeSet<&SubmissionId> = calibration.marks.iter().map(|m| &m.submission).collect();
    let mut list: Vec<(f64, Unsure)> = Vec::new();
    for e in evidence {
        if e.unscored.is_some() || marked.contains(&e.submission.id) {
            continue;
        }
        let essay = latent(e, rubric);
        let predicted = calibration.overall.predict(&essay, essay.overall);
        let mut doubts: Vec<Doubt> = essay
            .features
            .iter()
            .filter(|f| f.raw_z.abs() > OUT_OF_RANGE)
            .map(|f| Doubt::OutOfRange { feature: f.id.clone(), distance: f.raw_z })
            .collect();
        let probability = likeliest_band(rubric, predicted);
        if probability < SURE_BAND {
            doubts.insert(0, Doubt::BetweenBands { probability });
        }
        if !doubts.is_empty() {
            list.push((probability, Unsure { submission: e.submission.id.clone(), doubts }));
        }
    }
    list.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.submission.cmp(&b.1.submission)));
    list.into_iter().map(|(_, unsure)| unsure).collect()
}

/// Probability of the likeliest band under a normal distribution of the score.
fn likeliest_band(rubric: &Rubric, predicted: Predicted) -> f64 {
    let half = rubric.scale.step / 2.0;
    let below = |score: f64| logistic_cdf((score - predicted.expected) / predicted.residual.max(1e-9));
    rubric
        .bands
        .iter()
        .map(|band| {
            let low = if band.low <= rubric.scale.min { 0.0 } else { below(band.low - half) };
            let high = if band.high >= rubric.scale.max { 1.0 } else { below(band.high + half) };
            high - low
        })
        .fold(0.0, f64::max)
}

/// The normal distribution function to within .01, by the logistic one.
fn logistic_cdf(z: f64) -> f64 {
    1.0 / (1.0 + (-1.702 * z).exp())
}
