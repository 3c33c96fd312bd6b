//! Boosted trees: the only file that knows the library behind them.

use hessboost::config::GrowPolicy;
use hessboost::prelude::*;
use ndarray::{Array2, ArrayView2};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How trees are grown.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Growth {
    pub(crate) trees: usize,
    pub(crate) leaves: usize,
    pub(crate) rate: f64,
    /// Rows that a leaf must hold.
    pub(crate) smallest: f64,
    /// Share of the columns that a tree sees.
    pub(crate) columns: f64,
    /// Share of the rows that a tree sees.
    pub(crate) rows: f64,
    pub(crate) penalty: f64,
    pub(crate) seed: u64,
}

/// Boosted trees that predict one number from a row of features; a missing feature is NaN.
#[derive(Debug, Clone)]
pub(crate) struct Trees(BoostedModel);

impl Trees {
    /// Fits `targets` to `rows` by least squares.
    pub(crate) fn fit(rows: ArrayView2<'_, f32>, targets: &[f32], growth: &Growth) -> Trees {
        let params = TrainingParams::builder()
            .objective(Objective::SquaredError(RegLoss::default()))
            .tree_method(TreeMethod::Hist)
            .grow_policy(GrowPolicy::LossGuide)
            .unlimited_depth()
            .max_leaves(growth.leaves)
            .eta(growth.rate)
            .min_child_weight(growth.smallest)
            .colsample_bytree(growth.columns)
            .subsample(growth.rows)
            .lambda(growth.penalty)
            .seed(growth.seed)
            .build()
            .expect("invariant: the growth's numbers are valid");
        let data = matrix(rows).with_labels(targets).expect("invariant: one target a row");
        Trees(hessboost::prelude::train(&params, &data, growth.trees).expect("invariant: targets are finite"))
    }

    /// One number per row.
    pub(crate) fn predict(&self, rows: ArrayView2<'_, f32>) -> Vec<f32> {
        if rows.nrows() == 0 {
            return Vec::new();
        }
        let predictions = self.0.predict(&matrix(rows), ..).expect("invariant: the features of the fit");
        predictions.as_slice().to_vec()
    }
}

fn matrix(rows: ArrayView2<'_, f32>) -> DMatrix {
    let standard = rows.as_standard_layout();
    let values = standard.as_slice().expect("invariant: rows lie one after the other");
    DMatrix::from_dense(values, rows.nrows(), rows.ncols()).expect("invariant: a matrix has rows and columns")
}

impl Serialize for Trees {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes = self.0.encode(ModelFormat::Binary).map_err(serde::ser::Error::custom)?;
        serializer.serialize_bytes(&bytes)
    }
}

impl<'de> Deserialize<'de> for Trees {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Trees, D::Error> {
        struct Bytes;
        impl serde::de::Visitor<'_> for Bytes {
            type Value = Trees;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("boosted trees")
            }

            fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Trees, E> {
                BoostedModel::decode(bytes, ModelFormat::Binary).map(Trees).map_err(E::custom)
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

/// Columns side by side.
pub(crate) fn beside(parts: &[ArrayView2<'_, f32>]) -> Array2<f32> {
    ndarray::concatenate(ndarray::Axis(1), parts).expect("invariant: parts have the same rows")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trees_fit_and_survive_a_file() {
        let rows = Array2::from_shape_fn((400, 3), |(i, j)| ((i * (2 * j + 3)) % 29) as f32);
        let targets: Vec<f32> = rows.rows().into_iter().map(|r| if r[0] > 10.0 { r[1] } else { 5.0 }).collect();
        let growth =
            Growth { trees: 80, leaves: 8, rate: 0.2, smallest: 2.0, columns: 1.0, rows: 1.0, penalty: 1.0, seed: 1 };
        let trees = Trees::fit(rows.view(), &targets, &growth);
        let fitted = trees.predict(rows.view());
        let error = fitted.iter().zip(&targets).map(|(f, t)| (f - t).powi(2)).sum::<f32>() / 400.0;
        assert!(error < 0.5, "mean squared error {error}");
        let back: Trees = rmp_serde::from_slice(&rmp_serde::to_vec(&trees).unwrap()).unwrap();
        assert_eq!(back.predict(rows.view()), fitted);
    }
}
