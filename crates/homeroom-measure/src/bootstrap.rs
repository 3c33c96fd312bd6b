//! Confidence intervals: bootstrap over items or clusters, Wilson for proportions, Fisher z for correlations.
//!
//! A resample on which the statistic has no value is left out. All intervals are at 95 %.

use crate::MeasureError;
use crate::report::Figure;
use crate::rng::SplitMix64;

/// Standard normal quantile of 0.975.
pub const Z_95: f64 = 1.959_963_984_540_054;

/// Number of resamples: the ends of a 95 % interval then rest on the 25 lowest and 25 highest values.
pub const RESAMPLES: usize = 1_000;

/// Seed where none is given.
pub const SEED: u64 = 20_261;

/// A value with its 95 % interval, from `n` items.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// The statistic on all items.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Number of items.
    pub n: usize,
}

impl Interval {
    /// The same as a figure.
    #[must_use]
    pub fn figure(self, unit: &str) -> Figure {
        Figure { value: self.value, low: self.low, high: self.high, n: self.n, unit: unit.to_owned() }
    }
}

/// A statistic of column sums, for [`Bootstrap::counts`]. Columns are indices into a row.
#[derive(Clone, Copy)]
pub enum Statistic<'a> {
    /// `scale` × sum of `num` / sum of `den`; none where `den` sums to 0. Its `n` is the sum of `den`. Where a
    /// bootstrap can't vary, because the share is 0 or 1, the interval is Wilson's.
    Ratio {
        /// Column of the numerator.
        num: usize,
        /// Column of the denominator.
        den: usize,
        /// Factor on the share (1, or 100 for a rate per 100).
        scale: f64,
    },
    /// F-measure with `beta`, from true positives, proposals and gold; none where all are 0.
    FBeta {
        /// Column of true positives.
        tp: usize,
        /// Column of proposals.
        proposed: usize,
        /// Column of gold items.
        gold: usize,
        /// Weight of recall against precision.
        beta: f64,
    },
    /// Any function of the sums.
    Of(&'a dyn Fn(&[f64]) -> Option<f64>),
}

impl Statistic<'_> {
    fn of(&self, sums: &[f64]) -> Option<f64> {
        match *self {
            Statistic::Ratio { num, den, scale } => (sums[den] > 0.0).then(|| scale * sums[num] / sums[den]),
            Statistic::FBeta { tp, proposed, gold, beta } => f_beta(sums[tp], sums[proposed], sums[gold], beta),
            Statistic::Of(f) => f(sums).filter(|x| x.is_finite()),
        }
    }
}

/// F-measure from counts; `None` where nothing was proposed and nothing was to be found.
///
/// # Source
/// van Rijsbergen 1979; beta 0.5 weighs precision twice as much as recall.
#[must_use]
pub fn f_beta(tp: f64, proposed: f64, gold: f64, beta: f64) -> Option<f64> {
    let b2 = beta * beta;
    let den = b2 * gold + proposed;
    (den > 0.0).then(|| (1.0 + b2) * tp / den)
}

/// How often to resample, and from which seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bootstrap {
    /// Number of resamples.
    pub resamples: usize,
    /// Seed of the generator.
    pub seed: u64,
}

impl Default for Bootstrap {
    fn default() -> Self {
        Self { resamples: RESAMPLES, seed: SEED }
    }
}

impl Bootstrap {
    /// Bias-corrected and accelerated intervals of several statistics over the same items, each a row of counts.
    ///
    /// Returns one entry per statistic; `None` where it has no value on all items. Clustered data: sum each cluster
    /// into one row first.
    ///
    /// # Errors
    /// [`MeasureError::Empty`] without rows; [`MeasureError::LengthMismatch`] where rows differ in length.
    ///
    /// # Source
    /// Efron 1987, "Better bootstrap confidence intervals"; acceleration by the jackknife.
    pub fn counts(
        &self,
        rows: &[Vec<f64>],
        statistics: &[Statistic<'_>],
    ) -> Result<Vec<Option<Interval>>, MeasureError> {
        let n = rows.len();
        let width = rows.first().ok_or(MeasureError::Empty { what: "item" })?.len();
        let mut flat = Vec::with_capacity(n * width);
        for row in rows {
            MeasureError::check_lengths("counts", row.len(), "columns", width)?;
            flat.extend_from_slice(row);
        }
        let mut totals = vec![0.0; width];
        for row in rows {
            add(&mut totals, row);
        }
        let mut resampled: Vec<Vec<f64>> = vec![Vec::with_capacity(self.resamples); statistics.len()];
        let mut rng = SplitMix64::new(self.seed);
        let mut sums = vec![0.0; width];
        for _ in 0..self.resamples {
            sums.fill(0.0);
            for _ in 0..n {
                let i = rng.below(n) * width;
                add(&mut sums, &flat[i..i + width]);
            }
            for (statistic, values) in statistics.iter().zip(&mut resampled) {
                values.extend(statistic.of(&sums));
            }
        }
        Ok(statistics
            .iter()
            .zip(resampled)
            .map(|(statistic, values)| {
                let value = statistic.of(&totals)?;
                if let Statistic::Ratio { num, den, scale } = *statistic {
                    let base = totals[den].round() as usize;
                    let stuck = totals[num] <= 0.0 || totals[num] >= totals[den];
                    if stuck && totals[num] <= totals[den] {
                        let w = wilson(totals[num], totals[den]);
                        return Some(Interval { value, low: scale * w.0, high: scale * w.1, n: base });
                    }
                    let (low, high) = bca(value, values, &|| jackknife(statistic, &totals, &flat, width));
                    return Some(Interval { value, low, high, n: base });
                }
                let (low, high) = bca(value, values, &|| jackknife(statistic, &totals, &flat, width));
                Some(Interval { value, low, high, n })
            })
            .collect())
    }

    /// Percentile interval of a statistic over `n` items; it is given the indices of a resample.
    ///
    /// # Errors
    /// [`MeasureError::Empty`] for no item; [`MeasureError::Undefined`] where the statistic has no value on all items.
    pub fn indices(
        &self,
        name: &'static str,
        n: usize,
        statistic: impl Fn(&[usize]) -> Option<f64>,
    ) -> Result<Interval, MeasureError> {
        let all: Vec<usize> = (0..n).collect();
        self.strata(name, &[all], statistic)
    }

    /// Percentile interval where items are drawn within strata (essays within their prompt).
    ///
    /// # Errors
    /// As [`Bootstrap::indices`].
    pub fn strata(
        &self,
        name: &'static str,
        strata: &[Vec<usize>],
        statistic: impl Fn(&[usize]) -> Option<f64>,
    ) -> Result<Interval, MeasureError> {
        let draw = |rng: &mut SplitMix64, drawn: &mut Vec<usize>| {
            for stratum in strata {
                drawn.extend((0..stratum.len()).map(|_| stratum[rng.below(stratum.len())]));
            }
        };
        self.percentile(name, strata, draw, statistic)
    }

    /// Percentile interval where whole clusters are drawn (all sentences of an essay).
    ///
    /// # Errors
    /// As [`Bootstrap::indices`].
    pub fn clusters(
        &self,
        name: &'static str,
        clusters: &[Vec<usize>],
        statistic: impl Fn(&[usize]) -> Option<f64>,
    ) -> Result<Interval, MeasureError> {
        let draw = |rng: &mut SplitMix64, drawn: &mut Vec<usize>| {
            for _ in 0..clusters.len() {
                drawn.extend_from_slice(&clusters[rng.below(clusters.len())]);
            }
        };
        self.percentile(name, clusters, draw, statistic)
    }

    fn percentile(
        &self,
        name: &'static str,
        groups: &[Vec<usize>],
        draw: impl Fn(&mut SplitMix64, &mut Vec<usize>),
        statistic: impl Fn(&[usize]) -> Option<f64>,
    ) -> Result<Interval, MeasureError> {
        let all: Vec<usize> = groups.iter().flatten().copied().collect();
        let n = all.len();
        if n == 0 {
            return Err(MeasureError::Empty { what: "item" });
        }
        let finite = |x: &f64| x.is_finite();
        let value = statistic(&all).filter(finite).ok_or(MeasureError::Undefined { statistic: name, n })?;
        let mut rng = SplitMix64::new(self.seed);
        let mut drawn = Vec::with_capacity(n);
        let mut values = Vec::with_capacity(self.resamples);
        for _ in 0..self.resamples {
            drawn.clear();
            draw(&mut rng, &mut drawn);
            values.extend(statistic(&drawn).filter(finite));
        }
        values.sort_by(f64::total_cmp);
        let (low, high) = (quantile(&values, 0.025).unwrap_or(value), quantile(&values, 0.975).unwrap_or(value));
        Ok(Interval { value, low, high, n })
    }
}

fn add(sums: &mut [f64], row: &[f64]) {
    for (s, x) in sums.iter_mut().zip(row) {
        *s += x;
    }
}

/// The statistic with each item left out in turn.
fn jackknife(statistic: &Statistic<'_>, totals: &[f64], flat: &[f64], width: usize) -> Vec<f64> {
    let mut sums = vec![0.0; width];
    flat.chunks_exact(width.max(1))
        .filter_map(|row| {
            for ((s, t), x) in sums.iter_mut().zip(totals).zip(row) {
                *s = t - x;
            }
            statistic.of(&sums)
        })
        .collect()
}

/// The ends of the BCa interval; percentile ends where bias or acceleration can't be had.
fn bca(value: f64, mut values: Vec<f64>, jackknifed: &dyn Fn() -> Vec<f64>) -> (f64, f64) {
    values.sort_by(f64::total_cmp);
    if values.is_empty() {
        return (value, value);
    }
    let below = values.iter().filter(|&&x| x < value).count() as f64;
    let equal = values.iter().filter(|&&x| x == value).count() as f64;
    let share = (below + equal / 2.0) / values.len() as f64;
    let mut ends = [0.025, 0.975];
    if share > 0.0 && share < 1.0 {
        let z0 = normal_quantile(share);
        let left_out = jackknifed();
        let mean = left_out.iter().sum::<f64>() / left_out.len().max(1) as f64;
        let (mut squares, mut cubes) = (0.0, 0.0);
        for x in &left_out {
            let d = mean - x;
            squares += d * d;
            cubes += d * d * d;
        }
        let a = if squares > 0.0 { cubes / (6.0 * squares.powf(1.5)) } else { 0.0 };
        for end in &mut ends {
            let z = z0 + normal_quantile(*end);
            let adjusted = z0 + z / (1.0 - a * z);
            if adjusted.is_finite() && a * z < 1.0 {
                *end = normal_cdf(adjusted);
            }
        }
    }
    let at = |p| quantile(&values, p).unwrap_or(value);
    (at(ends[0]), at(ends[1]))
}

/// Quantile of sorted values by linear interpolation; `None` of none.
#[must_use]
pub fn quantile(sorted: &[f64], p: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let position = p.clamp(0.0, 1.0) * last as f64;
    let low = position.floor() as usize;
    let high = (low + 1).min(last);
    Some(sorted[low] + (position - low as f64) * (sorted[high] - sorted[low]))
}

/// 95 % interval of a proportion: `successes` of `n`, which need not be whole; (0, 1) for `n == 0`.
///
/// # Source
/// Wilson 1927.
#[must_use]
pub fn wilson(successes: f64, n: f64) -> (f64, f64) {
    if n <= 0.0 {
        return (0.0, 1.0);
    }
    let p = (successes / n).clamp(0.0, 1.0);
    let z2 = Z_95 * Z_95;
    let centre = (p + z2 / (2.0 * n)) / (1.0 + z2 / n);
    let half = Z_95 / (1.0 + z2 / n) * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
    // The formula gives 0 and 1 exactly in theory; rounding must not push the value out of its interval.
    ((centre - half).clamp(0.0, p), (centre + half).clamp(p, 1.0))
}

/// 95 % interval of a Pearson correlation of `n` pairs; (-1, 1) below four pairs.
///
/// # Source
/// Fisher 1921.
#[must_use]
pub fn fisher_z(r: f64, n: usize) -> (f64, f64) {
    if n < 4 {
        return (-1.0, 1.0);
    }
    let z = r.clamp(-1.0, 1.0).atanh();
    let half = Z_95 / ((n - 3) as f64).sqrt();
    ((z - half).tanh(), (z + half).tanh())
}

/// Standard normal distribution function; absolute error below 1.5e-7.
///
/// # Source
/// Abramowitz and Stegun 1964, 7.1.26.
#[must_use]
pub fn normal_cdf(z: f64) -> f64 {
    let x = z.abs() / std::f64::consts::SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let poly =
        t * (0.254_829_592 + t * (-0.284_496_736 + t * (1.421_413_741 + t * (-1.453_152_027 + t * 1.061_405_429))));
    let upper = 0.5 * poly * (-x * x).exp();
    if z < 0.0 { upper } else { 1.0 - upper }
}

/// Standard normal quantile of `0 < p < 1`, by bisection of [`normal_cdf`]; infinite at the ends.
#[must_use]
pub fn normal_quantile(p: f64) -> f64 {
    if p <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if p >= 1.0 {
        return f64::INFINITY;
    }
    let (mut low, mut high) = (-9.0, 9.0);
    for _ in 0..60 {
        let middle = (low + high) / 2.0;
        if normal_cdf(middle) < p {
            low = middle;
        } else {
            high = middle;
        }
    }
    (low + high) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn near(got: f64, want: f64, tolerance: f64) {
        assert!((got - want).abs() <= tolerance, "got {got}, want {want}");
    }

    #[test]
    fn closed_forms() {
        // Newcombe 1998, table I: 81 of 263 gives .2553 to .3662; 0 of 20 gives 0 to .1611.
        let (low, high) = wilson(81.0, 263.0);
        near(low, 0.2553, 5e-5);
        near(high, 0.3662, 5e-5);
        let (low, high) = wilson(0.0, 20.0);
        near(low, 0.0, 0.0);
        near(high, 0.1611, 5e-5);
        assert_eq!(wilson(0.0, 0.0), (0.0, 1.0));
        let (low, high) = fisher_z(0.5, 28);
        near(low, (0.5f64.atanh() - 0.391_993).tanh(), 1e-6);
        near(high, (0.5f64.atanh() + 0.391_993).tanh(), 1e-6);
        near(normal_quantile(0.975), Z_95, 1e-5);
        near(normal_cdf(-1.0), 0.158_655, 1e-6);
    }

    #[test]
    fn bootstrap_of_a_proportion_is_near_wilson() {
        let rows: Vec<Vec<f64>> = (0..400).map(|i| vec![f64::from(u8::from(i % 4 == 0)), 1.0]).collect();
        let ratio = Statistic::Ratio { num: 0, den: 1, scale: 1.0 };
        let got = Bootstrap::default().counts(&rows, &[ratio]).unwrap()[0].unwrap();
        let (low, high) = wilson(100.0, 400.0);
        assert_eq!((got.value, got.n), (0.25, 400));
        near(got.low, low, 0.01);
        near(got.high, high, 0.01);
        let closure = |ix: &[usize]| Some(ix.iter().filter(|&&i| i % 4 == 0).count() as f64 / ix.len() as f64);
        let by_closure = Bootstrap::default().indices("share", 400, closure).unwrap();
        near(by_closure.low, low, 0.01);
    }

    #[test]
    fn clusters_widen_the_interval() {
        let share = |ix: &[usize]| Some(ix.iter().filter(|&&i| i < 100).count() as f64 / ix.len() as f64);
        let clusters: Vec<Vec<usize>> = (0..20).map(|c| (c * 10..c * 10 + 10).collect()).collect();
        let wide = Bootstrap::default().clusters("share", &clusters, share).unwrap();
        let narrow = Bootstrap::default().indices("share", 200, share).unwrap();
        assert!(wide.high - wide.low > 2.0 * (narrow.high - narrow.low));
    }

    #[test]
    fn nothing_varies_or_nothing_is_there() {
        let ratio = Statistic::Ratio { num: 0, den: 1, scale: 1.0 };
        let sure = Bootstrap::default().counts(&vec![vec![1.0, 1.0]; 5], &[ratio]).unwrap()[0].unwrap();
        assert_eq!((sure.value, sure.high), (1.0, 1.0));
        assert!(sure.low > 0.5 && sure.low < 0.6);
        assert_eq!(Bootstrap::default().counts(&[vec![0.0, 0.0]], &[ratio]).unwrap(), vec![None]);
        assert!(Bootstrap::default().counts(&[], &[ratio]).is_err());
        assert!(Bootstrap::default().indices("x", 0, |_| Some(1.0)).is_err());
        assert!(Bootstrap::default().indices("x", 3, |_| None).is_err());
    }
}
