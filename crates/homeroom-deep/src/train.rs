//! The filter's training examples, from text that is right.

use crate::corrupt::{Random, corrupt};
use crate::features::features;
use crate::findings::Deep;

/// A candidate in numbers, and whether it is right.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// As the filter sees it.
    pub features: Vec<f32>,
    /// Whether it brings the right sentence back.
    pub right: bool,
    /// Number of the sentence.
    pub sentence: usize,
}

/// Share of sentences that stay right.
const CLEAN: f64 = 0.5;
/// After each error, the probability of one more.
const ANOTHER: f64 = 0.4;

/// Candidates of a sentence that is right or has errors put into it by `seed` and its number.
#[must_use]
pub fn examples(deep: &Deep, right: &str, sentence: usize, seed: u64) -> Vec<Example> {
    let mut random = Random(seed ^ (sentence as u64).wrapping_mul(0x2545_f491_4f6c_dd1d));
    let mut steps = vec![right.to_owned()];
    if random.unit() > CLEAN {
        loop {
            if let Some(next) = steps.last().and_then(|t| corrupt(t, &mut random)) {
                steps.push(next);
            }
            if random.unit() > ANOTHER {
                break;
            }
        }
    }
    let written = steps.last().cloned().unwrap_or_default();
    let scored = deep.scored(&written, "");
    let rows = features(&written, &scored);
    // Right is what brings the text nearer to the right one: it undoes one of the errors.
    let wrong_before = distance(&written, right);
    scored
        .iter()
        .zip(rows)
        .map(|(s, features)| {
            let after = s.edit.apply(&written);
            Example { features, right: after == right || distance(&after, right) < wrong_before, sentence }
        })
        .collect()
}

/// Words that one text has and the other has not, in order: the length of the shortest edit script of words.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<&str>, Vec<&str>) = (a.split_whitespace().collect(), b.split_whitespace().collect());
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let up = row[j + 1];
            row[j + 1] = if x == y { diagonal } else { 1 + diagonal.min(up).min(row[j]) };
            diagonal = up;
        }
    }
    row[b.len()]
}
