//! The first alignment, from nothing: phones spread evenly over the loud frames, then a linear classifier and Viterbi by turns.
//!
//! # Source
//! Flat start and embedded training (Young et al., The HTK Book), with Gaussians that share one covariance (Fisher 1936).

use ndarray::{Array2, s};
use rayon::prelude::*;

use super::{Corpus, Step};
use crate::acoustic::lay;
use crate::align::{Costs, End};
use crate::dense::log_softmax;
use crate::features::{Laid, quantile};
use crate::linear::solve;
use crate::phone::CLASSES;

/// Rounds of fitting and aligning.
const ROUNDS: usize = 7;

/// A vowel is so much longer than a consonant at the start.
const VOWEL: f32 = 1.4;

/// An alignment of every reading that has room for its text.
pub(super) fn start(corpus: &Corpus<'_>, tell: &(dyn Fn(Step) + Sync)) -> Vec<Option<Laid>> {
    let mut laid: Vec<Option<Laid>> = (0..corpus.readings.len()).map(|i| Some(evenly(corpus, i))).collect();
    for round in 0..ROUNDS {
        let (weights, offset, log_prior) = fit(corpus, &laid);
        laid = (0..corpus.readings.len())
            .into_par_iter()
            .map(|i| {
                let mut scores = corpus.states(i).dot(&weights) + &offset;
                log_softmax(&mut scores);
                lay(&scores, &log_prior, &corpus.words[i], &corpus.letters[i], &Costs::STRICT, End::Text)
                    .map(|(laid, _)| laid)
            })
            .collect();
        tell(Step::Progress { stage: "first alignment", done: round + 1, of: ROUNDS });
    }
    laid
}

/// The phones of a reading over its loud frames.
fn evenly(corpus: &Corpus<'_>, reading: usize) -> Laid {
    let level = &corpus.levels[reading];
    let (low, high) = (quantile(level, 0.05), quantile(level, 0.95));
    let n_frames = corpus.range(reading).len();
    let loud: Vec<usize> =
        (0..n_frames).filter(|t| level.get(*t).is_some_and(|l| *l > low + 0.4 * (high - low))).collect();
    let words = &corpus.readings[reading].words;
    let phones: Vec<_> = words.iter().flat_map(|w| w.phones.clone()).collect();
    let word = words.iter().enumerate().flat_map(|(w, word)| vec![w; word.phones.len()]).collect();
    let length = |p: &crate::phone::Phone| if p.is_vowel() { VOWEL } else { 1.0 };
    let total: f32 = phones.iter().map(length).sum();
    let mut frames = Vec::with_capacity(phones.len());
    let mut sum = 0.0;
    for phone in &phones {
        let from = (sum / total * loud.len() as f32) as usize;
        sum += length(phone);
        let to = (sum / total * loud.len() as f32) as usize;
        // A phone that falls into a pause keeps its first stretch.
        let own: Vec<usize> = loud.get(from..to).unwrap_or_default().to_vec();
        let end = own.windows(2).find(|pair| pair[1] > pair[0] + 1).map(|pair| pair[0] + 1);
        frames.push(match (own.first(), own.last()) {
            (Some(first), Some(last)) => *first..end.unwrap_or(last + 1),
            _ => 0..0,
        });
    }
    Laid {
        phones,
        word,
        frames,
        words: words.len(),
        letters: corpus.letters[reading].clone(),
        extra: 0,
        extras: 0,
        path_score: 0.0,
    }
}

/// Weights (states × classes), constants and log-priors of the linear classifier of frames.
fn fit(corpus: &Corpus<'_>, laid: &[Option<Laid>]) -> (Array2<f32>, ndarray::Array1<f32>, Vec<f32>) {
    let (classes, weights) = corpus.labels(laid);
    let width = corpus.projected.ncols();
    let mut means = Array2::<f32>::zeros((CLASSES, width));
    let mut counts = [0.0_f32; CLASSES];
    for (row, state) in corpus.projected.rows().into_iter().enumerate() {
        let class = usize::from(classes[row]);
        means.row_mut(class).scaled_add(weights[row], &state);
        counts[class] += weights[row];
    }
    for (mut mean, count) in means.rows_mut().into_iter().zip(counts) {
        mean.mapv_inplace(|v| v / count.max(1.0));
    }
    /// Frames taken at once.
    const PIECE: usize = 20_000;
    let covariance = (0..corpus.frames().div_ceil(PIECE))
        .into_par_iter()
        .map(|piece| {
            let range = piece * PIECE..((piece + 1) * PIECE).min(corpus.frames());
            let mut part = corpus.projected.slice(s![range.clone(), ..]).to_owned();
            for (mut row, at) in part.rows_mut().into_iter().zip(range) {
                row -= &means.row(usize::from(classes[at]));
                row *= weights[at].sqrt();
            }
            part.t().dot(&part)
        })
        .reduce(|| Array2::zeros((width, width)), |a, b| a + b);
    let total: f32 = counts.iter().sum();
    let mut covariance = covariance.mapv(|v| f64::from(v / total));
    let trace: f64 = covariance.diag().sum() / width as f64;
    covariance.diag_mut().mapv_inplace(|v| v + 0.01 * trace);
    let directions = solve(covariance, means.t().mapv(f64::from)).mapv(|v| v as f32);
    let log_prior: Vec<f32> = counts.iter().map(|c| ((c + 1.0) / total).ln()).collect();
    let offset = (0..CLASSES).map(|c| -0.5 * means.row(c).dot(&directions.column(c)) + log_prior[c]).collect();
    (directions, offset, log_prior)
}
