use std::collections::{BTreeMap, BTreeSet};

use homeroom_core::{
    Band, Bilingual, Change, Criterion, CriterionMark, Edit, Evidence, Mark, Outcome, Place, Rubric, RubricKind, Scale,
    Score, Status,
};

use crate::{
    Calibration, Latent, Model,
    calibrate::{Predicted, Z80, criterion_prior},
    latent,
};

/// Scored essays from which on there is a place in the class.
pub const MIN_CLASS: usize = 3;

/// Features named under a criterion.
const FEATURES_NAMED: usize = 5;

/// How far a criterion that is not calibrated may stand out from the whole, as a share of what its own features say:
/// single traits are measured worse than the whole.
const CRITERION_CONTRAST: f64 = 0.7;

/// Whether a mark may go from one status to another: one step forward, or one back. From draft to released there is no
/// way past a teacher's eyes.
#[must_use]
pub fn may_follow(from: Status, to: Status) -> bool {
    use Status::{Confirmed, Draft, Released};
    matches!((from, to), (Draft, Confirmed) | (Confirmed, Released | Draft) | (Released, Confirmed))
}

/// A mark under way, with the score before rounding by which the class is ordered.
struct Draft {
    mark: Mark,
    order: f64,
}

/// The marks of a class, in the order of the evidence.
///
/// A pure function: each mark depends on its own evidence, on the rubric, the calibration and the edits of its submission
/// alone, except for the place in the class; the order of the evidence plays no part. A calibration of another rubric or
/// version has no effect. Edits are applied in order and all kept; one that does not fit (an unknown criterion, a leap
/// over a status) changes nothing, and a score off the scale is brought to the nearest on it.
///
/// Before calibration a score is the rubric's prior mean and spread at the essay's latent score, with an interval for a
/// correlation of [`crate::LATENT_CORRELATION`] with human scores.
#[must_use]
pub fn reduce_class(
    evidence: &[Evidence],
    rubric: &Rubric,
    calibration: Option<&Calibration>,
    edits: &[Edit],
) -> Vec<Mark> {
    let calibration = calibration.filter(|c| c.rubric == rubric.reference());
    let mut drafts: Vec<Draft> = evidence.iter().map(|e| draft(e, rubric, calibration, edits)).collect();
    place(&mut drafts);
    drafts.into_iter().map(|d| d.mark).collect()
}

fn place(drafts: &mut [Draft]) {
    let scores: Vec<f64> =
        drafts.iter().filter(|d| matches!(d.mark.outcome, Outcome::Scored { .. })).map(|d| d.order).collect();
    if scores.len() < MIN_CLASS {
        return;
    }
    for draft in drafts {
        if let Outcome::Scored { place, .. } = &mut draft.mark.outcome {
            let better = scores.iter().filter(|s| **s > draft.order).count();
            *place = Some(Place { rank: better + 1, of: scores.len() });
        }
    }
}

fn draft(evidence: &Evidence, rubric: &Rubric, calibration: Option<&Calibration>, edits: &[Edit]) -> Draft {
    let essay = latent(evidence, rubric);
    let (scored, order) = scored(evidence, &essay, rubric, calibration);
    let outcome = match &evidence.unscored {
        Some(reason) => Outcome::Unscored { reason: reason.clone() },
        None => scored,
    };
    let mut draft = Draft {
        mark: Mark {
            submission: evidence.submission.id.clone(),
            rubric: rubric.reference(),
            status: Status::Draft,
            outcome,
            dismissed: Vec::new(),
            edits: Vec::new(),
        },
        order,
    };
    let mut dismissed = BTreeSet::new();
    let mut by_hand = BTreeSet::new();
    for edit in edits.iter().filter(|e| e.submission == evidence.submission.id) {
        draft.mark.edits.push(edit.clone());
        match &edit.change {
            Change::Overall { value } => {
                if let Some(score) = teachers(*value, rubric.scale, &rubric.bands) {
                    set_overall(&mut draft, rubric, score);
                    by_hand.insert(None);
                }
            }
            Change::Criterion { criterion, value } => {
                let Some(criterion) = rubric.criteria.iter().find(|c| c.id == *criterion) else { continue };
                let Some(score) = teachers(*value, criterion.scale, &criterion.bands) else { continue };
                set_criterion(&mut draft, rubric, criterion, score, by_hand.contains(&None));
                by_hand.insert(Some(criterion.id.as_str()));
            }
            Change::Unscored { reason } => {
                draft.mark.outcome = Outcome::Unscored { reason: reason.clone() };
                by_hand.clear();
            }
            Change::Dismiss { finding } => {
                dismissed.insert(finding.clone());
            }
            Change::Restore { finding } => {
                dismissed.remove(finding);
            }
            Change::Status { status } => {
                if may_follow(draft.mark.status, *status) {
                    draft.mark.status = *status;
                }
            }
        }
    }
    draft.mark.dismissed = dismissed.into_iter().collect();
    draft
}

/// The score that a teacher set; `None` for a value that is no number.
fn teachers(value: f64, scale: Scale, bands: &[Band]) -> Option<Score> {
    value.is_finite().then(|| {
        let value = scale.round(value);
        Score { value, low: value, high: value, band: band_name(bands, value), calibrated: true, by_teacher: true }
    })
}

fn band_name(bands: &[Band], value: f64) -> Bilingual {
    bands.iter().find(|b| value >= b.low - 1e-9).or(bands.last()).map(|b| b.name.clone()).unwrap_or_default()
}

fn set_overall(draft: &mut Draft, rubric: &Rubric, score: Score) {
    draft.order = score.value;
    match &mut draft.mark.outcome {
        Outcome::Scored { overall, criteria, .. } => {
            // The only criterion of a holistic rubric is the whole.
            if rubric.kind == RubricKind::Holistic {
                for criterion in criteria.iter_mut() {
                    criterion.score = score.clone();
                }
            }
            *overall = score;
        }
        unscored @ Outcome::Unscored { .. } => {
            *unscored = Outcome::Scored { overall: score, criteria: Vec::new(), place: None };
        }
    }
}

fn set_criterion(draft: &mut Draft, rubric: &Rubric, of: &Criterion, score: Score, whole_by_hand: bool) {
    let Outcome::Scored { overall, criteria, .. } = &mut draft.mark.outcome else { return };
    let Some(criterion) = criteria.iter_mut().find(|c| c.criterion == of.id) else { return };
    criterion.score = score;
    // A teacher's word on the whole stands until the teacher changes it.
    if whole_by_hand {
        return;
    }
    *overall = combined(rubric, criteria, overall.calibrated);
    draft.order = overall.value;
}

/// The whole score that criteria add up to: their shares of their scales, weighted.
fn combined(rubric: &Rubric, criteria: &[CriterionMark], calibrated: bool) -> Score {
    let scores: BTreeMap<&str, &Score> = criteria.iter().map(|c| (c.criterion.as_str(), &c.score)).collect();
    let sum = |of: &dyn Fn(&Score) -> f64| {
        let share: f64 = rubric
            .criteria
            .iter()
            .filter_map(|c| {
                let score = scores.get(c.id.as_str())?;
                Some(c.weight * (of(score) - c.scale.min) / c.scale.width())
            })
            .sum();
        rubric.scale.round(rubric.scale.min + share * rubric.scale.width())
    };
    let value = sum(&|s| s.value);
    Score {
        value,
        low: sum(&|s| s.low),
        high: sum(&|s| s.high),
        band: band_name(&rubric.bands, value),
        calibrated,
        by_teacher: !criteria.is_empty() && criteria.iter().all(|c| c.score.by_teacher),
    }
}

/// A machine's score: rounded to the scale, its interval rounded outwards.
fn machine(predicted: Predicted, scale: Scale, bands: &[Band], calibrated: bool) -> Score {
    let value = scale.round(predicted.value);
    let reach = Z80 * predicted.residual;
    let steps = |bound: f64| (bound.clamp(scale.min, scale.max) - scale.min) / scale.step;
    let low = scale.min + steps(predicted.expected - reach).floor() * scale.step;
    let high = scale.min + steps(predicted.expected + reach).ceil() * scale.step;
    Score {
        value,
        low: low.min(value),
        high: high.min(scale.max).max(value),
        band: band_name(bands, value),
        calibrated,
        by_teacher: false,
    }
}

/// The scores that the evidence gives by itself, and the whole before rounding.
fn scored(evidence: &Evidence, essay: &Latent, rubric: &Rubric, calibration: Option<&Calibration>) -> (Outcome, f64) {
    let prior = Model::prior(rubric.prior_mean, rubric.prior_sd);
    let predicted = calibration.map_or(&prior, |c| &c.overall).predict(essay, essay.overall);
    let calibrated = calibration.is_some();
    let mark = calibration.and_then(|c| c.marks.iter().find(|m| m.submission == evidence.submission.id));

    // A criterion stands out from the whole by what its features say beyond the others; over all criteria this sums to 0.
    let middle: f64 = rubric.criteria.iter().zip(&essay.criteria).map(|(c, z)| c.weight * z).sum();
    let criteria: Vec<CriterionMark> = rubric
        .criteria
        .iter()
        .zip(&essay.criteria)
        .map(|(criterion, z)| {
            let scale = criterion.scale;
            let by_teacher =
                mark.and_then(|m| m.criteria.get(&criterion.id)).and_then(|v| teachers(*v, scale, &criterion.bands));
            let score = by_teacher.unwrap_or_else(|| {
                if let Some(model) = calibration.and_then(|c| c.criteria.get(&criterion.id)) {
                    return machine(model.predict(essay, *z), scale, &criterion.bands, true);
                }
                let (_, sd) = criterion_prior(rubric, scale);
                let ratio = scale.width() / rubric.scale.width();
                let apart = CRITERION_CONTRAST * sd * (z - middle);
                let carry = |value: f64| scale.min + (value - rubric.scale.min) * ratio + apart;
                let own = Predicted {
                    value: carry(predicted.value),
                    expected: carry(predicted.expected),
                    residual: predicted.residual * ratio,
                };
                let whole = rubric.kind == RubricKind::Holistic;
                machine(own, scale, &criterion.bands, calibrated && whole)
            });
            CriterionMark {
                criterion: criterion.id.clone(),
                name: criterion.name.clone(),
                score,
                features: strongest(essay, criterion),
            }
        })
        .collect();

    let mut overall = machine(predicted, rubric.scale, &rubric.bands, calibrated);
    let mut order = predicted.value;
    if rubric.kind == RubricKind::Analytic {
        // Teacher and pupil add the criteria up, so the whole must be their sum.
        let value = combined(rubric, &criteria, calibrated).value;
        overall.value = value;
        overall.low = overall.low.min(value);
        overall.high = overall.high.max(value);
        overall.band = band_name(&rubric.bands, value);
    }
    if let Some(score) = mark.and_then(|m| teachers(m.overall, rubric.scale, &rubric.bands)) {
        order = score.value;
        overall = score;
    }
    let mut criteria = criteria;
    if rubric.kind == RubricKind::Holistic {
        for criterion in &mut criteria {
            criterion.score = overall.clone();
        }
    }
    (Outcome::Scored { overall, criteria, place: None }, order)
}

/// The features that move a criterion the most in this essay.
fn strongest(essay: &Latent, criterion: &Criterion) -> Vec<String> {
    let mut list: Vec<(f64, &str)> = essay
        .features
        .iter()
        .filter_map(|f| Some((criterion.traits.get(&f.trait_id)? * f.weight * f.z.abs(), f.id.as_str())))
        .collect();
    list.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    list.into_iter().take(FEATURES_NAMED).map(|(_, id)| id.to_owned()).collect()
}
