//! A small transformer over the phones of a reading that scores phones, words and the whole at once.
//!
//! # Source
//! As GOPT (Gong et al. 2022) scores all levels in one network; with distances and words in the attention (Shaw et al. 2018).

use ndarray::{Array1, Array2, ArrayView2, Axis, s};
use serde::{Deserialize, Serialize};

use crate::dense::{Packed, gelu};
use crate::features::Laid;

/// Width of the network, attention heads and layers.
pub(crate) const WIDTH: usize = 96;
pub(crate) const HEADS: usize = 4;
pub(crate) const LAYERS: usize = 2;

/// Width of the narrow place that the pooled states go through, and of the hidden layer of each output.
pub(crate) const NARROW: usize = 64;

/// Phones further apart than this are alike far.
pub(crate) const REACH: usize = 47;

/// Outputs per word (accuracy, stress, total), per reading (the aspects).
pub(crate) const PER_WORD: usize = 3;
pub(crate) const PER_READING: usize = 5;

/// Words and readings are scored 0 to 10, the network's outputs are of the size of the phones' 0 to 2.
pub(crate) const SCALE: f32 = 5.0;

/// One reading as the network takes it.
pub(crate) struct Input<'a> {
    pub(crate) laid: &'a Laid,
    /// Phones × columns.
    pub(crate) table: ArrayView2<'a, f32>,
    /// Phones × pooled states.
    pub(crate) pooled: ArrayView2<'a, f32>,
}

/// Mean and deviation of every input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Scales {
    pub(crate) table: Vec<(f32, f32)>,
    pub(crate) pooled: Vec<(f32, f32)>,
}

impl Scales {
    pub(crate) fn fit<'a, 'b: 'a>(inputs: impl Iterator<Item = &'a Input<'b>> + Clone) -> Scales {
        fn columns<'a>(parts: impl Iterator<Item = ArrayView2<'a, f32>>, least: f32) -> Vec<(f32, f32)> {
            let (mut sums, mut n): (Vec<(f64, f64)>, f64) = (Vec::new(), 0.0);
            for part in parts {
                sums.resize(part.ncols(), (0.0, 0.0));
                n += part.nrows() as f64;
                for row in part.rows() {
                    for (sum, v) in sums.iter_mut().zip(row) {
                        sum.0 += f64::from(*v);
                        sum.1 += f64::from(*v) * f64::from(*v);
                    }
                }
            }
            let scale = |(sum, square): (f64, f64)| {
                let mean = sum / n.max(1.0);
                (mean as f32, (square / n.max(1.0) - mean * mean).max(0.0).sqrt() as f32 + least)
            };
            sums.into_iter().map(scale).collect()
        }
        let table = columns(inputs.clone().map(|i| i.table), 1e-3);
        Scales { table, pooled: columns(inputs.map(|i| i.pooled), 1e-2) }
    }
}

/// A number on its scale, cut where it is absurd.
pub(crate) fn scaled(value: f32, (mean, deviation): (f32, f32)) -> f32 {
    ((value - mean) / deviation).clamp(-8.0, 8.0)
}

/// A matrix in half precision on disk.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "(usize, Packed)", into = "(usize, Packed)")]
pub(crate) struct Matrix(pub(crate) Array2<f32>);

impl From<Matrix> for (usize, Packed) {
    fn from(matrix: Matrix) -> (usize, Packed) {
        (matrix.0.ncols(), Packed(matrix.0.into_iter().collect()))
    }
}

impl TryFrom<(usize, Packed)> for Matrix {
    type Error = String;

    fn try_from((columns, values): (usize, Packed)) -> Result<Matrix, String> {
        let rows = values.0.len() / columns.max(1);
        Array2::from_shape_vec((rows, columns), values.0).map(Matrix).map_err(|e| e.to_string())
    }
}

/// One layer: attention over the reading's phones, then a step for each alone. Vectors are matrices of one row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Layer {
    pub(crate) query_key_value: Matrix,
    pub(crate) out: Matrix,
    /// For each attention head, how much more phones of one word attend to each other.
    pub(crate) same_word: Matrix,
    /// Heads × distances.
    pub(crate) distance: Matrix,
    pub(crate) up: Matrix,
    pub(crate) up_bias: Matrix,
    pub(crate) down: Matrix,
    pub(crate) down_bias: Matrix,
    pub(crate) norm_attention: Matrix,
    pub(crate) norm_feed: Matrix,
}

/// One of the three outputs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Head {
    pub(crate) hidden: Matrix,
    pub(crate) hidden_bias: Matrix,
    pub(crate) out: Matrix,
    pub(crate) out_bias: Matrix,
}

/// A trained network that scores one reading at a time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Scorer {
    pub(crate) scales: Scales,
    pub(crate) table: Matrix,
    pub(crate) states: Matrix,
    pub(crate) narrow: Matrix,
    pub(crate) bias: Matrix,
    pub(crate) phone: Matrix,
    pub(crate) phone_gate: Matrix,
    pub(crate) layers: Vec<Layer>,
    pub(crate) attention: Matrix,
    pub(crate) of_phone: Head,
    /// For each class, what is added to the score of its phones.
    pub(crate) offset: Matrix,
    pub(crate) of_word: Head,
    pub(crate) of_reading: Head,
}

/// What [`Scorer`] says of one reading.
pub(crate) struct NetScores {
    pub(crate) phones: Vec<f32>,
    /// Words × 3, 0 to 10.
    pub(crate) words: Array2<f32>,
    /// Per aspect, 0 to 10.
    pub(crate) reading: [f32; PER_READING],
}

impl Head {
    fn apply(&self, rows: ArrayView2<'_, f32>) -> Array2<f32> {
        let hidden = (rows.dot(&self.hidden.0) + &self.hidden_bias.0).mapv_into(gelu);
        hidden.dot(&self.out.0) + &self.out_bias.0
    }
}

fn norm(x: &Array2<f32>, gain: Option<&Matrix>) -> Array2<f32> {
    let mut y = x.clone();
    for mut row in y.rows_mut() {
        let mean = row.mean().unwrap_or(0.0);
        let variance = row.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / row.len() as f32;
        row.mapv_inplace(|v| (v - mean) / (variance + 1e-5).sqrt());
    }
    match gain {
        Some(gain) => y * (&gain.0 + 1.0),
        None => y,
    }
}

fn softmax(row: &mut [f32]) {
    let top = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    row.iter_mut().for_each(|v| *v = (*v - top).exp());
    let sum: f32 = row.iter().sum();
    row.iter_mut().for_each(|v| *v /= sum);
}

impl Scorer {
    pub(crate) fn score(&self, input: &Input<'_>) -> NetScores {
        let n = input.laid.phones.len();
        let on_scale = |rows: ArrayView2<'_, f32>, scales: &[(f32, f32)]| {
            Array2::from_shape_fn(rows.raw_dim(), |(i, j)| scaled(rows[[i, j]], scales[j]))
        };
        let of_class = |table: &Matrix| {
            let classes: Vec<usize> = input.laid.phones.iter().map(|p| p.index()).collect();
            table.0.select(Axis(0), &classes)
        };
        let narrow =
            on_scale(input.pooled, &self.scales.pooled).dot(&self.states.0) * (of_class(&self.phone_gate) + 1.0);
        let narrow = narrow.mapv_into(gelu);
        let mut x = on_scale(input.table, &self.scales.table).dot(&self.table.0)
            + narrow.dot(&self.narrow.0)
            + of_class(&self.phone)
            + &self.bias.0;
        for layer in &self.layers {
            let mixed = norm(&x, Some(&layer.norm_attention)).dot(&layer.query_key_value.0);
            let width = WIDTH / HEADS;
            let mut heard = Array2::zeros((n, WIDTH));
            for head in 0..HEADS {
                let part = |i: usize| mixed.slice(s![.., i * WIDTH + head * width..i * WIDTH + (head + 1) * width]);
                let mut scores = part(0).dot(&part(1).t()) / (width as f32).sqrt();
                for (i, mut row) in scores.rows_mut().into_iter().enumerate() {
                    for (j, score) in row.iter_mut().enumerate() {
                        let far = (i as isize - j as isize).clamp(-(REACH as isize), REACH as isize) + REACH as isize;
                        *score += layer.distance.0[[head, far as usize]];
                        if input.laid.word[i] == input.laid.word[j] {
                            *score += layer.same_word.0[[0, head]];
                        }
                    }
                    softmax(row.as_slice_mut().expect("invariant: rows lie one after the other"));
                }
                heard.slice_mut(s![.., head * width..(head + 1) * width]).assign(&scores.dot(&part(2)));
            }
            x = x + heard.dot(&layer.out.0);
            let up = (norm(&x, Some(&layer.norm_feed)).dot(&layer.up.0) + &layer.up_bias.0).mapv_into(gelu);
            x = x + up.dot(&layer.down.0) + &layer.down_bias.0;
        }
        let x = norm(&x, None);
        let phones = self.of_phone.apply(x.view()) + of_class(&self.offset);
        let mut pooled = Array2::zeros((input.laid.words, 2 * WIDTH));
        for (word, range) in input.laid.phones_of_words().into_iter().enumerate() {
            let part = x.slice(s![range, ..]);
            let mean = part.mean_axis(Axis(0)).expect("invariant: a word has phones");
            let most = part.fold_axis(Axis(0), f32::NEG_INFINITY, |a, b| a.max(*b));
            pooled.slice_mut(s![word, ..WIDTH]).assign(&mean);
            pooled.slice_mut(s![word, WIDTH..]).assign(&most);
        }
        let words = self.of_word.apply(pooled.view()) * SCALE;
        let mut weight: Vec<f32> = x.dot(&self.attention.0).into_iter().collect();
        softmax(&mut weight);
        let mean = x.mean_axis(Axis(0)).expect("invariant: a reading has phones");
        let attended = x.t().dot(&Array1::from(weight));
        let whole = ndarray::concatenate![Axis(0), mean, attended].insert_axis(Axis(0));
        let reading = self.of_reading.apply(whole.view()) * SCALE;
        NetScores { phones: phones.into_iter().collect(), words, reading: std::array::from_fn(|i| reading[[0, i]]) }
    }
}
