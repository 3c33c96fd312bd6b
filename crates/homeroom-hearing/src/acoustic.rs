//! From the encoder's states to phones: a classifier of frames, the alignment, a classifier of whole phones.

use std::ops::Range;

use ndarray::{Array2, ArrayView2, s};
use serde::{Deserialize, Serialize};

use crate::align::{Alignment, Costs, End, Variants, align, likelihoods};
use crate::dense::Perceptron;
use crate::features::{Durations, Laid};
use crate::linear::Projection;
use crate::phone::{CLASSES, Phone};

/// Frames before and after that the classifier of frames sees too, and how many of their directions.
const REACH: usize = 2;
const SEEN: usize = 150;

/// What it costs to leave the text. Set so that of the training half's words few that were said count as left out.
pub(crate) const FREE: Costs = Costs { omit: 22.0, repeat: 14.0, restart: 14.0, filler: 2.0, insert: 8.0 };

/// The least a phone lasts, in frames of 20 ms: vowels and fricatives two, others one.
pub(crate) fn shortest(phone: Phone) -> usize {
    match phone.arpabet() {
        "AW" | "AY" | "EY" | "OW" | "OY" | "S" | "SH" | "CH" | "JH" => 2,
        _ => 1,
    }
}

/// A classifier of rows, with the scale of its inputs and how common each class was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Classifier {
    pub(crate) net: Perceptron,
    /// Inputs are divided by these.
    pub(crate) scale: Vec<f32>,
    /// Log of each class's share of the training.
    pub(crate) log_prior: Vec<f32>,
}

impl Classifier {
    pub(crate) fn log_probabilities(&self, rows: ArrayView2<'_, f32>) -> Array2<f32> {
        let scaled = &rows / &ndarray::ArrayView1::from(self.scale.as_slice());
        self.net.log_probabilities(scaled.view())
    }
}

/// How many inputs the classifier of frames takes for so many states.
pub(crate) fn context_width(states: usize) -> usize {
    states + 2 * SEEN.min(states)
}

/// A frame's states with some of those before and after it; at the ends of the recording, its own. `states`: the recording.
pub(crate) fn gather_context(states: ArrayView2<'_, f32>, frame: usize, to: &mut Vec<f32>) {
    let seen = SEEN.min(states.ncols());
    let before = frame.saturating_sub(REACH);
    let after = (frame + REACH).min(states.nrows() - 1);
    to.extend(states.slice(s![before, ..seen]));
    to.extend(states.row(frame));
    to.extend(states.slice(s![after, ..seen]));
}

/// Log-posteriors of the frames of a recording: frames × [`CLASSES`].
pub(crate) fn log_posteriors(classifier: &Classifier, states: ArrayView2<'_, f32>) -> Array2<f32> {
    let width = context_width(states.ncols());
    let mut rows = Vec::with_capacity(states.nrows() * width);
    (0..states.nrows()).for_each(|frame| gather_context(states, frame, &mut rows));
    let rows = Array2::from_shape_vec((states.nrows(), width), rows).expect("invariant: width numbers a frame");
    classifier.log_probabilities(rows.view())
}

/// Everything below the scorers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Acoustic {
    pub(crate) projection: Projection,
    pub(crate) frames: Classifier,
    pub(crate) segments: Classifier,
    pub(crate) durations: Durations,
}

/// Aligns `words` with a recording by its log-posteriors.
pub(crate) fn lay(
    log_posteriors: &Array2<f32>,
    log_prior: &[f32],
    words: &[Variants],
    letters: &[usize],
    costs: &Costs,
    end: End,
) -> Option<(Laid, Alignment)> {
    let prior: [f32; CLASSES] = std::array::from_fn(|c| log_prior.get(c).copied().unwrap_or(0.0));
    let scores = likelihoods(log_posteriors, &prior);
    let alignment = align(scores.view(), words, shortest, costs, end)?;
    Some((laid(&alignment, words, letters), alignment))
}

/// The phones that were said, one after the other.
pub(crate) fn laid(alignment: &Alignment, words: &[Variants], letters: &[usize]) -> Laid {
    let (mut phones, mut word, mut frames) = (Vec::new(), Vec::new(), Vec::new());
    for (w, (aligned, variants)) in alignment.words.iter().zip(words).enumerate() {
        for (p, phone) in variants[aligned.variant].iter().enumerate() {
            phones.push(*phone);
            word.push(w);
            frames.push(aligned.phones.get(p).cloned().unwrap_or(0..0));
        }
    }
    let extras: Vec<&Range<usize>> =
        alignment.fillers.iter().chain(&alignment.repeated).map(|(_, range)| range).collect();
    Laid {
        phones,
        word,
        frames,
        words: words.len(),
        letters: letters.to_vec(),
        extra: extras.iter().map(|range| range.len()).sum(),
        extras: extras.len(),
        path_score: alignment.score,
    }
}
