//! Linear algebra of a few hundred dimensions: projection, least squares.

use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis, s};
use serde::{Deserialize, Serialize};

use crate::rng::{Dice, normal};

/// Standardised values beyond so many standard deviations are cut.
const CLIP: f32 = 6.0;

/// Solves `a x = b` for symmetric positive definite `a` (`n` × `n`) and `b` (`n` × `k`), by Cholesky's decomposition. `a` is
/// used up.
///
/// # Panics
/// Where `a` is not positive definite: callers add to its diagonal.
pub(crate) fn solve(mut a: Array2<f64>, mut b: Array2<f64>) -> Array2<f64> {
    let n = a.nrows();
    for j in 0..n {
        for k in 0..j {
            let factor = a[[j, k]];
            if factor != 0.0 {
                let (head, mut tail) = a.view_mut().split_at(Axis(1), j);
                let mut column = tail.slice_mut(s![j.., 0]);
                column.scaled_add(-factor, &head.slice(s![j.., k]));
            }
        }
        let pivot = a[[j, j]];
        assert!(pivot > 0.0, "invariant: the matrix is positive definite");
        let root = pivot.sqrt();
        a.slice_mut(s![j.., j]).mapv_inplace(|v| v / root);
    }
    for i in 0..n {
        let (done, mut rest) = b.view_mut().split_at(Axis(0), i);
        let mut row = rest.row_mut(0);
        for k in 0..i {
            row.scaled_add(-a[[i, k]], &done.row(k));
        }
        row.mapv_inplace(|v| v / a[[i, i]]);
    }
    for i in (0..n).rev() {
        let (mut rest, done) = b.view_mut().split_at(Axis(0), i + 1);
        let mut row = rest.row_mut(i);
        for k in i + 1..n {
            row.scaled_add(-a[[k, i]], &done.row(k - i - 1));
        }
        row.mapv_inplace(|v| v / a[[i, i]]);
    }
    b
}

/// Standardises, then turns to the directions of greatest variance, half whitened: what varies much still counts more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Projection {
    pub(crate) mean: Vec<f32>,
    pub(crate) deviation: Vec<f32>,
    /// `inputs` × `outputs`, row by row.
    pub(crate) matrix: Vec<f32>,
}

impl Projection {
    pub(crate) fn inputs(&self) -> usize {
        self.mean.len()
    }

    pub(crate) fn outputs(&self) -> usize {
        self.matrix.len() / self.mean.len().max(1)
    }

    /// `rows`: frames × inputs. Frames × outputs.
    pub(crate) fn apply(&self, rows: ArrayView2<'_, f32>) -> Array2<f32> {
        let matrix = ArrayView2::from_shape((self.inputs(), self.outputs()), &self.matrix)
            .expect("invariant: the matrix has inputs × outputs numbers");
        standardise(rows, &self.mean, &self.deviation).dot(&matrix)
    }

    /// Fits `outputs` directions to `rows` by orthogonal iteration, which is exact enough for the greatest of them and keeps
    /// the space of the rest.
    pub(crate) fn fit(rows: ArrayView2<'_, f32>, outputs: usize, dice: &mut Dice) -> Projection {
        /// Passes; the variance that is kept changes by less than a thousandth after these.
        const PASSES: usize = 25;
        let mean = rows.mean_axis(Axis(0)).expect("invariant: there are rows");
        let deviation = rows.std_axis(Axis(0), 0.0) + 1e-4;
        let (mean, deviation) = (mean.to_vec(), deviation.to_vec());
        let x = standardise(rows, &mean, &deviation);
        let covariance = x.t().dot(&x) / x.nrows() as f32;
        let n = covariance.nrows();
        let mut basis = Array2::from_shape_fn((n, outputs), |_| normal(dice));
        let mut variance = Array1::ones(outputs);
        for _ in 0..PASSES {
            let turned = covariance.dot(&basis);
            (basis, variance) = orthonormal(turned);
        }
        // The length before orthonormalisation is the eigenvalue.
        let scale = variance.mapv(|v: f32| 1.0 / v.max(1e-6).sqrt().sqrt());
        let matrix = (&basis * &scale).iter().copied().collect();
        Projection { mean, deviation, matrix }
    }
}

/// Columns made orthonormal one after the other (modified Gram and Schmidt), with the lengths that they had left.
fn orthonormal(columns: Array2<f32>) -> (Array2<f32>, Array1<f32>) {
    let mut rows = columns.reversed_axes().as_standard_layout().into_owned();
    let mut lengths = Array1::zeros(rows.nrows());
    for i in 0..rows.nrows() {
        // Twice, since single precision loses what the first pass leaves.
        for _ in 0..2 {
            let (done, mut rest) = rows.view_mut().split_at(Axis(0), i);
            let mut row = rest.row_mut(0);
            let shares = done.dot(&row);
            row -= &done.t().dot(&shares);
        }
        let mut row = rows.row_mut(i);
        let length = row.dot(&row).sqrt();
        lengths[i] = length;
        row.mapv_inplace(|v| v / length.max(1e-12));
    }
    (rows.reversed_axes().as_standard_layout().into_owned(), lengths)
}

fn standardise(rows: ArrayView2<'_, f32>, mean: &[f32], deviation: &[f32]) -> Array2<f32> {
    let z = (&rows - &ArrayView1::from(mean)) / ArrayView1::from(deviation);
    z.mapv_into(|v| v.clamp(-CLIP, CLIP))
}

/// Ridge regression on standardised inputs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Ridge {
    mean: Vec<f32>,
    deviation: Vec<f32>,
    /// One row per output: a weight per input, then the constant.
    weights: Vec<Vec<f32>>,
}

impl Ridge {
    /// Fits `targets` (rows × outputs) to `rows` (rows × inputs); `penalty` in rows.
    pub(crate) fn fit(rows: ArrayView2<'_, f32>, targets: ArrayView2<'_, f32>, penalty: f64) -> Ridge {
        let mean = rows.mean_axis(Axis(0)).expect("invariant: there are rows").to_vec();
        let deviation = (rows.std_axis(Axis(0), 0.0) + 1e-4).to_vec();
        let x = standardise(rows, &mean, &deviation).mapv(f64::from);
        let centre = targets.mean_axis(Axis(0)).expect("invariant: there are rows");
        let y = (&targets - &centre).mapv(f64::from);
        let mut gram = x.t().dot(&x);
        gram.diag_mut().mapv_inplace(|v| v + penalty);
        // Standardised columns have mean 0 (but for what was cut), so the constant is the targets' mean.
        let solution = solve(gram, x.t().dot(&y));
        let weights = solution
            .columns()
            .into_iter()
            .zip(&centre)
            .map(|(column, constant)| column.iter().map(|w| *w as f32).chain([*constant]).collect());
        Ridge { weights: weights.collect(), mean, deviation }
    }

    /// Rows × outputs.
    pub(crate) fn predict(&self, rows: ArrayView2<'_, f32>) -> Array2<f32> {
        let x = standardise(rows, &self.mean, &self.deviation);
        Array2::from_shape_fn((rows.nrows(), self.weights.len()), |(row, output)| {
            let (constant, weights) = self.weights[output].split_last().expect("invariant: a constant is last");
            x.row(row).iter().zip(weights).map(|(x, w)| x * w).sum::<f32>() + constant
        })
    }
}

/// Weights of 0 or more, and a constant, that mix `members` (rows × members) into `target`.
///
/// # Source
/// Non-negative least squares by coordinate descent (Franc, Hlaváč and Navara 2005).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Blend {
    pub(crate) weights: Vec<f32>,
    pub(crate) constant: f32,
}

impl Blend {
    pub(crate) fn fit(members: ArrayView2<'_, f32>, target: &[f32]) -> Blend {
        /// Passes over the members; a handful of strongly correlated ones settle long before.
        const PASSES: usize = 2_000;
        let members = members.mapv(f64::from);
        let target = Array1::from_iter(target.iter().map(|t| f64::from(*t)));
        let means = members.mean_axis(Axis(0)).expect("invariant: there are rows");
        let mean = target.mean().expect("invariant: there are rows");
        let x = &members - &means;
        let gram = x.t().dot(&x);
        let pull = x.t().dot(&(&target - mean));
        let n = gram.nrows();
        let mut weights = Array1::<f64>::zeros(n);
        for _ in 0..PASSES {
            for i in 0..n {
                if gram[[i, i]] > 0.0 {
                    let slope = pull[i] - gram.row(i).dot(&weights);
                    weights[i] = (weights[i] + slope / gram[[i, i]]).max(0.0);
                }
            }
        }
        let constant = (mean - means.dot(&weights)) as f32;
        Blend { weights: weights.iter().map(|w| *w as f32).collect(), constant }
    }

    pub(crate) fn mix(&self, members: &[f32]) -> f32 {
        self.weights.iter().zip(members).map(|(w, m)| w * m).sum::<f32>() + self.constant
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::SeedableRng;
    use ndarray::array;

    #[test]
    fn equations_are_solved() {
        let a = array![[4.0, 1.0, 0.5], [1.0, 3.0, 0.2], [0.5, 0.2, 2.0]];
        let x = array![[1.0, 2.0], [-1.0, 0.5], [3.0, 0.0]];
        let got = solve(a.clone(), a.dot(&x));
        assert!((&got - &x).iter().all(|d| d.abs() < 1e-12), "{got}");
    }

    #[test]
    fn the_projection_finds_the_directions_that_vary() {
        let mut dice = Dice::seed_from_u64(1);
        // Two hidden causes in six columns, and a little noise.
        let rows = Array2::from_shape_fn((500, 1), |_| 0.0);
        let mut x = Array2::zeros((rows.nrows(), 6));
        for mut row in x.rows_mut() {
            let (a, b) = (normal(&mut dice), normal(&mut dice));
            for (i, v) in row.iter_mut().enumerate() {
                *v = if i % 2 == 0 { a } else { b } + 0.05 * normal(&mut dice);
            }
        }
        let projection = Projection::fit(x.view(), 2, &mut dice);
        let z = projection.apply(x.view());
        let correlation = z.column(0).dot(&z.column(1)) / 500.0;
        assert!(correlation.abs() < 0.05, "the outputs are uncorrelated: {correlation}");
        // Each of the two carries a third of six standardised columns: an eigenvalue of 3, half whitened.
        for column in z.columns() {
            let variance = column.dot(&column) / 500.0;
            assert!((variance - 3.0_f32.sqrt()).abs() < 0.2, "variance {variance}");
        }
    }

    #[test]
    fn blends_leave_out_what_harms() {
        let members = Array2::from_shape_fn((100, 3), |(i, j)| match j {
            0 => i as f32,
            1 => -(i as f32),
            _ => (i % 7) as f32,
        });
        let target: Vec<f32> = (0..100).map(|i| 2.0 * i as f32 + (i % 7) as f32 + 1.0).collect();
        let blend = Blend::fit(members.view(), &target);
        for (i, target) in target.iter().enumerate() {
            let got = blend.mix(&members.row(i).to_vec());
            assert!((got - target).abs() < 0.05, "{got} for {target}");
        }
        assert!(blend.weights[1] < 0.01);
    }

    #[test]
    fn ridge_fits_a_line() {
        let rows = Array2::from_shape_fn((200, 2), |(i, j)| ((i * (j + 3)) % 17) as f32);
        let targets = Array2::from_shape_fn((200, 1), |(i, _)| 3.0 * rows[[i, 0]] - rows[[i, 1]] + 5.0);
        let fitted = Ridge::fit(rows.view(), targets.view(), 1e-3).predict(rows.view());
        assert!((&fitted - &targets).iter().all(|d| d.abs() < 0.01));
    }
}
