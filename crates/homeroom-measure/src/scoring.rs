//! How well predicted scores agree with given ones: QWK, PCC, RMSE and the calibration curve.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::MeasureError;
use crate::bootstrap::{Bootstrap, Z_95};
use crate::report::Figures;

/// A scale with equal steps, to which scores are rounded before a kappa is taken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Steps {
    min: f64,
    step: f64,
    classes: usize,
}

/// More classes than any rubric has; beyond it a scale is a mistake.
const MAX_CLASSES: f64 = 10_000.0;

impl Steps {
    /// A scale from `min` to `max` in steps of `step`.
    ///
    /// # Errors
    /// [`MeasureError::Scale`] where there are fewer than two classes or a bound is not a number.
    pub fn new(min: f64, max: f64, step: f64) -> Result<Self, MeasureError> {
        let classes = ((max - min) / step).round() + 1.0;
        if !(step > 0.0 && (2.0..=MAX_CLASSES).contains(&classes)) {
            let text = |x: f64| x.to_string();
            return Err(MeasureError::Scale { min: text(min), max: text(max), step: text(step) });
        }
        Ok(Self { min, step, classes: classes as usize })
    }

    /// The class of a score: the nearest step, within the scale.
    #[must_use]
    pub fn class(&self, score: f64) -> usize {
        let class = ((score - self.min) / self.step).round().max(0.0) as usize;
        class.min(self.classes - 1)
    }
}

/// A predicted and a given score.
#[derive(Debug, Clone, PartialEq)]
pub struct Pair {
    /// The machine's.
    pub predicted: f64,
    /// The teacher's.
    pub observed: f64,
    /// What may only be compared within itself: the prompt.
    pub group: String,
}

/// Quadratic weighted kappa of scores rounded to a scale: 1 is full agreement, 0 that of chance.
///
/// # Errors
/// [`MeasureError::Undefined`] where all scores fall into one class or there are none.
///
/// # Source
/// Cohen 1968, with weights (i - j)^2.
pub fn quadratic_weighted_kappa(pairs: &[(f64, f64)], scale: Steps) -> Result<f64, MeasureError> {
    kappa(pairs.iter().copied(), scale)
        .ok_or(MeasureError::Undefined { statistic: "quadratic weighted kappa", n: pairs.len() })
}

/// With squared weights, the disagreement that chance would give follows from means and variances.
fn kappa(pairs: impl Iterator<Item = (f64, f64)>, scale: Steps) -> Option<f64> {
    let (mut n, mut a1, mut b1, mut squares, mut apart) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (a, b) in pairs {
        let (a, b) = (scale.class(a) as f64, scale.class(b) as f64);
        n += 1.0;
        a1 += a;
        b1 += b;
        squares += a * a + b * b;
        apart += (a - b) * (a - b);
    }
    // Sum over all pairings of (a_i - b_j)^2, over n.
    let by_chance = squares - 2.0 * a1 * b1 / n;
    (n > 0.0 && by_chance > 1e-12).then(|| 1.0 - apart / by_chance)
}

/// Pearson correlation; `None` below two pairs or where one side is constant.
#[must_use]
pub fn pearson(pairs: &[(f64, f64)]) -> Option<f64> {
    let n = pairs.len() as f64;
    let mean_a = pairs.iter().map(|p| p.0).sum::<f64>() / n;
    let mean_b = pairs.iter().map(|p| p.1).sum::<f64>() / n;
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (a, b) in pairs {
        let (da, db) = (a - mean_a, b - mean_b);
        ab += da * db;
        aa += da * da;
        bb += db * db;
    }
    let den = (aa * bb).sqrt();
    (pairs.len() > 1 && den > 1e-12).then(|| (ab / den).clamp(-1.0, 1.0))
}

/// Spearman correlation: Pearson's of the ranks, ties at their mean rank.
#[must_use]
pub fn spearman(pairs: &[(f64, f64)]) -> Option<f64> {
    let a = ranks(&pairs.iter().map(|p| p.0).collect::<Vec<_>>());
    let b = ranks(&pairs.iter().map(|p| p.1).collect::<Vec<_>>());
    pearson(&a.into_iter().zip(b).collect::<Vec<_>>())
}

fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&i, &j| values[i].total_cmp(&values[j]));
    let mut ranks = vec![0.0; values.len()];
    for tied in order.chunk_by(|&i, &j| values[i] == values[j]) {
        let first = order.iter().position(|i| i == &tied[0]).unwrap_or(0);
        let rank = first as f64 + (tied.len() as f64 - 1.0) / 2.0;
        for &i in tied {
            ranks[i] = rank;
        }
    }
    ranks
}

/// Fewest essays of a prompt for its correlation to count: below, Fisher's variance 1 / (n - 3) has no meaning.
pub const MIN_GROUP: usize = 4;

/// Correlation within groups: the mean of Fisher's z of each group's correlation, weighted by n - 3, turned back.
///
/// Groups below [`MIN_GROUP`] and groups without variance are left out; `None` where none is left.
#[must_use]
pub fn pearson_within(groups: &[Vec<(f64, f64)>]) -> Option<f64> {
    let (mut sum, mut weights) = (0.0, 0.0);
    for group in groups.iter().filter(|g| g.len() >= MIN_GROUP) {
        let Some(r) = pearson(group) else { continue };
        let weight = (group.len() - 3) as f64;
        // A perfect correlation has no finite z.
        sum += weight * r.clamp(-0.999_999, 0.999_999).atanh();
        weights += weight;
    }
    (weights > 0.0).then(|| (sum / weights).tanh())
}

/// Root mean squared error; `None` of no pair.
#[must_use]
pub fn rmse(pairs: &[(f64, f64)]) -> Option<f64> {
    let mean = pairs.iter().map(|(a, b)| (a - b) * (a - b)).sum::<f64>() / pairs.len() as f64;
    (!pairs.is_empty()).then(|| mean.sqrt())
}

/// A bin of the calibration curve.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CalibrationBin {
    /// Mean of the predicted scores.
    pub predicted: f64,
    /// Mean of the given scores.
    pub observed: f64,
    /// Lower end of the 95 % interval of `observed` (normal).
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Number of essays.
    pub n: usize,
}

/// The calibration curve: essays sorted by prediction, in `bins` bins of (nearly) equal number.
///
/// # Errors
/// [`MeasureError::Empty`] for no pair or no bin.
pub fn calibration_curve(pairs: &[(f64, f64)], bins: usize) -> Result<Vec<CalibrationBin>, MeasureError> {
    if pairs.is_empty() || bins == 0 {
        return Err(MeasureError::Empty { what: "essay" });
    }
    let mut sorted = pairs.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let bins = bins.min(sorted.len());
    Ok((0..bins)
        .map(|b| {
            let bin = &sorted[b * sorted.len() / bins..(b + 1) * sorted.len() / bins];
            let n = bin.len() as f64;
            let predicted = bin.iter().map(|p| p.0).sum::<f64>() / n;
            let observed = bin.iter().map(|p| p.1).sum::<f64>() / n;
            let variance = bin.iter().map(|p| (p.1 - observed).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
            let half = Z_95 * (variance / n).sqrt();
            CalibrationBin { predicted, observed, low: observed - half, high: observed + half, n: bin.len() }
        })
        .collect())
}

/// The figures of `measure scoring`: `qwk`, `pcc`, `pcc_within_prompt` and `rmse`, with bootstrap intervals.
///
/// `qwk`, `pcc` and `rmse` draw essays from all; `pcc_within_prompt` draws them within their prompt. A figure that has
/// no value on these essays (a constant prediction, prompts that are all too small) is left out.
///
/// # Errors
/// [`MeasureError::Empty`] for no essay.
pub fn figures(pairs: &[Pair], scale: Steps, bootstrap: &Bootstrap) -> Result<Figures, MeasureError> {
    if pairs.is_empty() {
        return Err(MeasureError::Empty { what: "essay" });
    }
    let both: Vec<(f64, f64)> = pairs.iter().map(|p| (p.predicted, p.observed)).collect();
    let at = |ix: &[usize]| ix.iter().map(|&i| both[i]).collect::<Vec<_>>();
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (i, p) in pairs.iter().enumerate() {
        groups.entry(&p.group).or_default().push(i);
    }
    let strata: Vec<Vec<usize>> = groups.into_values().collect();
    let within = |ix: &[usize]| {
        // Resamples keep the strata's order and sizes.
        let mut rest = ix;
        let mut drawn = Vec::with_capacity(strata.len());
        for stratum in &strata {
            let (head, tail) = rest.split_at(stratum.len().min(rest.len()));
            drawn.push(at(head));
            rest = tail;
        }
        pearson_within(&drawn)
    };
    let n = pairs.len();
    let results = [
        ("qwk", "kappa", bootstrap.indices("qwk", n, |ix| kappa(ix.iter().map(|&i| both[i]), scale))),
        ("pcc", "correlation", bootstrap.indices("pcc", n, |ix| pearson(&at(ix)))),
        ("pcc_within_prompt", "correlation", bootstrap.strata("pcc_within_prompt", &strata, within)),
        ("rmse", "points", bootstrap.indices("rmse", n, |ix| rmse(&at(ix)))),
    ];
    let mut figures = Figures::default();
    for (name, unit, result) in results {
        match result {
            Ok(interval) => figures.push(name, interval.figure(unit)),
            Err(MeasureError::Undefined { .. }) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(figures)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bootstrap::fisher_z;

    fn one_to_five() -> Steps {
        Steps::new(1.0, 5.0, 1.0).unwrap()
    }

    #[track_caller]
    fn near(got: Option<f64>, want: f64) {
        let got = got.unwrap();
        assert!((got - want).abs() < 1e-9, "got {got}, want {want}");
    }

    /// Kappa by the definition: observed and expected tables.
    fn kappa_by_tables(pairs: &[(f64, f64)], classes: usize, scale: Steps) -> f64 {
        let n = pairs.len() as f64;
        let (mut a, mut b) = (vec![0.0; classes], vec![0.0; classes]);
        let mut observed = 0.0;
        for (x, y) in pairs {
            let (i, j) = (scale.class(*x), scale.class(*y));
            a[i] += 1.0;
            b[j] += 1.0;
            observed += (i as f64 - j as f64).powi(2);
        }
        let mut expected = 0.0;
        for (i, x) in a.iter().enumerate() {
            for (j, y) in b.iter().enumerate() {
                expected += x * y / n * (i as f64 - j as f64).powi(2);
            }
        }
        1.0 - observed / expected
    }

    #[test]
    fn kappa_agrees_with_its_definition() {
        let pairs = [(1.2, 1.0), (2.0, 3.0), (3.4, 3.0), (4.0, 5.0), (5.9, 5.0), (0.0, 2.0)];
        let want = kappa_by_tables(&pairs, 5, one_to_five());
        near(quadratic_weighted_kappa(&pairs, one_to_five()).ok(), want);
        near(quadratic_weighted_kappa(&[(1.0, 1.0), (5.0, 5.0)], one_to_five()).ok(), 1.0);
        near(quadratic_weighted_kappa(&[(1.0, 5.0), (5.0, 1.0)], one_to_five()).ok(), -1.0);
        assert!(quadratic_weighted_kappa(&[(2.0, 2.0); 4], one_to_five()).is_err());
        assert!(quadratic_weighted_kappa(&[], one_to_five()).is_err());
        assert!(Steps::new(1.0, 1.0, 0.5).is_err() && Steps::new(0.0, 1.0, 0.0).is_err());
    }

    #[test]
    fn correlations() {
        near(pearson(&[(1.0, 2.0), (2.0, 4.0), (3.0, 6.0)]), 1.0);
        near(pearson(&[(1.0, 1.0), (2.0, 3.0), (3.0, 2.0)]), 0.5);
        near(spearman(&[(1.0, 10.0), (2.0, 100.0), (3.0, 1000.0)]), 1.0);
        near(spearman(&[(1.0, 1.0), (1.0, 2.0), (2.0, 3.0)]), 0.866_025_403_784_438_6);
        assert_eq!(pearson(&[(1.0, 1.0), (1.0, 2.0)]), None);
        assert_eq!(pearson(&[]), None);
        near(rmse(&[(1.0, 2.0), (3.0, 3.0)]), 0.5f64.sqrt());
        // Within each group the order is right, over both it is not.
        let low: Vec<_> = (0..6).map(|i| (f64::from(i), f64::from(i) + 10.0)).collect();
        let high: Vec<_> = (0..6).map(|i| (f64::from(i) + 10.0, f64::from(i))).collect();
        assert!(pearson_within(&[low.clone(), high.clone()]).unwrap() > 0.999);
        assert!(pearson(&[low, high].concat()).unwrap() < 0.0);
        assert_eq!(pearson_within(&[vec![(1.0, 1.0); 3]]), None);
    }

    #[test]
    fn figures_have_intervals_that_fit_fisher() {
        let mut rng = crate::rng::SplitMix64::new(5);
        let pairs: Vec<Pair> = (0..300)
            .map(|i| {
                let observed = 1.0 + 4.0 * rng.unit();
                let predicted = observed + 2.0 * (rng.unit() - 0.5);
                Pair { predicted, observed, group: format!("p{}", i % 3) }
            })
            .collect();
        let figures = figures(&pairs, one_to_five(), &Bootstrap::default()).unwrap();
        let pcc = figures.get("pcc").unwrap();
        let (low, high) = fisher_z(pcc.value, 300);
        assert!((pcc.low - low).abs() < 0.02 && (pcc.high - high).abs() < 0.02);
        for (name, f) in figures.iter() {
            assert!(f.low <= f.value && f.value <= f.high && f.n == 300, "{name}");
        }
        assert_eq!(figures.len(), 4);
        let flat: Vec<Pair> = pairs.iter().map(|p| Pair { predicted: 3.0, ..p.clone() }).collect();
        assert!(super::figures(&flat, one_to_five(), &Bootstrap::default()).unwrap().get("pcc").is_none());
        assert!(super::figures(&[], one_to_five(), &Bootstrap::default()).is_err());
    }

    #[test]
    fn calibration_bins_are_even() {
        let pairs: Vec<_> = (0..10).map(|i| (f64::from(i), f64::from(i) + 1.0)).collect();
        let curve = calibration_curve(&pairs, 3).unwrap();
        assert_eq!(curve.iter().map(|b| b.n).collect::<Vec<_>>(), [3, 3, 4]);
        assert!(curve.iter().all(|b| (b.observed - b.predicted - 1.0).abs() < 1e-9 && b.low <= b.observed));
        assert_eq!(calibration_curve(&pairs[..1], 5).unwrap().len(), 1);
        assert!(calibration_curve(&[], 3).is_err());
    }
}
