use homeroom_core::Scale;
use serde::{Deserialize, Serialize};

use crate::ScoringError;

/// Resamples behind an interval.
const RESAMPLES: usize = 1000;

/// Seed of the resampling: figures are the same in every run.
const SEED: u64 = 0x05EE_DF0A_1E5E_ED01;

/// A figure with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// The figure.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// How well predictions agree with scores.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Agreement {
    /// Pairs.
    pub n: usize,
    /// Quadratic weighted kappa of the predictions rounded to the scale.
    pub qwk: Figure,
    /// Pearson's correlation.
    pub pcc: Figure,
    /// Root mean square error, on the scale.
    pub rmse: Figure,
}

/// A figure of predictions against scores.
type Measure<'a> = dyn Fn(&[f64], &[f64]) -> Result<f64, ScoringError> + 'a;

fn check(predictions: &[f64], scores: &[f64]) -> Result<(), ScoringError> {
    if predictions.is_empty() || predictions.len() != scores.len() {
        return Err(ScoringError::Pairs { left: predictions.len(), right: scores.len() });
    }
    Ok(())
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Pearson's correlation; 0 where one side does not vary.
///
/// # Errors
/// [`ScoringError::Pairs`] for no pairs or different lengths.
pub fn correlation(predictions: &[f64], scores: &[f64]) -> Result<f64, ScoringError> {
    check(predictions, scores)?;
    let (mp, ms) = (mean(predictions), mean(scores));
    let (mut ps, mut pp, mut ss) = (0.0, 0.0, 0.0);
    for (p, s) in predictions.iter().zip(scores) {
        ps += (p - mp) * (s - ms);
        pp += (p - mp).powi(2);
        ss += (s - ms).powi(2);
    }
    let norm = (pp * ss).sqrt();
    Ok(if norm > 0.0 { ps / norm } else { 0.0 })
}

/// Root mean square error.
///
/// # Errors
/// [`ScoringError::Pairs`] for no pairs or different lengths.
pub fn rmse(predictions: &[f64], scores: &[f64]) -> Result<f64, ScoringError> {
    check(predictions, scores)?;
    let sum: f64 = predictions.iter().zip(scores).map(|(p, s)| (p - s).powi(2)).sum();
    Ok((sum / predictions.len() as f64).sqrt())
}

/// Quadratic weighted kappa of predictions and scores, both rounded to the scale. 1 is full agreement, 0 what chance
/// gives; where both sides are one and the same constant it is 1.
///
/// # Errors
/// [`ScoringError::Pairs`] for no pairs or different lengths.
///
/// # Source
/// Cohen 1968. With quadratic weights it is `1 - E(p - s)² / (Var p + Var s + (mean p - mean s)²)`, in step units.
pub fn quadratic_weighted_kappa(predictions: &[f64], scores: &[f64], scale: Scale) -> Result<f64, ScoringError> {
    check(predictions, scores)?;
    let p: Vec<f64> = predictions.iter().map(|v| scale.round(*v)).collect();
    let s: Vec<f64> = scores.iter().map(|v| scale.round(*v)).collect();
    let (mp, ms) = (mean(&p), mean(&s));
    let n = p.len() as f64;
    let spread = |values: &[f64], m: f64| values.iter().map(|v| (v - m).powi(2)).sum::<f64>() / n;
    let observed = p.iter().zip(&s).map(|(a, b)| (a - b).powi(2)).sum::<f64>() / n;
    let expected = spread(&p, mp) + spread(&s, ms) + (mp - ms).powi(2);
    Ok(if expected > 0.0 { 1.0 - observed / expected } else { 1.0 })
}

/// All three figures with bootstrap intervals.
///
/// # Errors
/// [`ScoringError::Pairs`] for no pairs or different lengths.
pub fn agreement(predictions: &[f64], scores: &[f64], scale: Scale) -> Result<Agreement, ScoringError> {
    let measures: [&Measure<'_>; 3] = [&|p, s| quadratic_weighted_kappa(p, s, scale), &correlation, &rmse];
    let n = predictions.len();
    let mut values = [0.0; 3];
    for (value, measure) in values.iter_mut().zip(measures) {
        *value = measure(predictions, scores)?;
    }
    let mut state = SEED;
    let mut samples: [Vec<f64>; 3] = Default::default();
    let (mut p, mut s) = (vec![0.0; n], vec![0.0; n]);
    for _ in 0..RESAMPLES {
        for k in 0..n {
            let i = (next(&mut state) % n as u64) as usize;
            (p[k], s[k]) = (predictions[i], scores[i]);
        }
        for (sample, measure) in samples.iter_mut().zip(measures) {
            sample.push(measure(&p, &s)?);
        }
    }
    let figure = |value: f64, sample: &mut Vec<f64>| {
        sample.sort_by(f64::total_cmp);
        let at = |q: f64| sample[((RESAMPLES - 1) as f64 * q).round() as usize];
        Figure { value, low: at(0.025), high: at(0.975) }
    };
    let [q, c, r] = &mut samples;
    Ok(Agreement { n, qwk: figure(values[0], q), pcc: figure(values[1], c), rmse: figure(values[2], r) })
}

/// SplitMix64: a small generator that gives the same sequence on every machine.
pub(crate) fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut z = *state;
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCALE: Scale = Scale { min: 1.0, max: 5.0, step: 0.5 };

    /// The textbook form, from the matrix of counts.
    fn by_matrix(p: &[f64], s: &[f64]) -> f64 {
        let cell = |v: f64| ((SCALE.round(v) - SCALE.min) / SCALE.step).round() as usize;
        let k = cell(SCALE.max) + 1;
        let n = p.len() as f64;
        let (mut observed, mut hp, mut hs) = (vec![vec![0.0; k]; k], vec![0.0; k], vec![0.0; k]);
        for (a, b) in p.iter().zip(s) {
            observed[cell(*a)][cell(*b)] += 1.0;
            hp[cell(*a)] += 1.0;
            hs[cell(*b)] += 1.0;
        }
        let (mut o, mut e) = (0.0, 0.0);
        for i in 0..k {
            for j in 0..k {
                let w = (i as f64 - j as f64).powi(2);
                o += w * observed[i][j];
                e += w * hp[i] * hs[j] / n;
            }
        }
        1.0 - o / e
    }

    #[test]
    fn kappa_is_that_of_the_textbook() {
        let p = [1.0, 2.2, 3.5, 4.0, 5.0, 2.0, 3.1];
        let s = [1.5, 2.0, 3.0, 4.5, 4.0, 3.0, 3.0];
        let kappa = quadratic_weighted_kappa(&p, &s, SCALE).unwrap();
        assert!((kappa - by_matrix(&p, &s)).abs() < 1e-12);
        assert_eq!(quadratic_weighted_kappa(&s, &s, SCALE).unwrap(), 1.0);
        assert!(quadratic_weighted_kappa(&[], &[], SCALE).is_err());
        assert!(correlation(&[1.0], &[1.0, 2.0]).is_err());
    }

    #[test]
    fn intervals_hold_the_value() {
        let p: Vec<f64> = (0..30).map(|i| 1.0 + f64::from(i) / 8.0).collect();
        let s: Vec<f64> = (0..30).map(|i| 1.0 + f64::from((i * 7) % 30) / 16.0 + f64::from(i) / 16.0).collect();
        let a = agreement(&p, &s, SCALE).unwrap();
        for f in [a.qwk, a.pcc, a.rmse] {
            assert!(f.low <= f.value && f.value <= f.high, "{f:?}");
        }
        assert_eq!(a, agreement(&p, &s, SCALE).unwrap());
    }
}
