//! GLEU: n-gram overlap with references, less what should have been changed and was not.
//!
//! # Source
//! Napoles, Sakaguchi, Post and Tetreault 2015, "Ground truth for grammatical error correction metrics", in the
//! corrected version of 2016, "GLEU without tuning": orders 1 to 4, one reference per sentence drawn at random, mean
//! over the draws.

use std::collections::HashMap;

use crate::MeasureError;
use crate::rng::SplitMix64;

/// Longest n-gram.
pub const ORDER: usize = 4;

/// Number of draws of the official script.
pub const ITERATIONS: usize = 500;

/// Width of [`Stats::to_row`].
pub const COLUMNS: usize = 2 + 2 * ORDER;

/// What a sentence adds to a corpus's GLEU, against one reference or as the mean over several.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Stats {
    /// Tokens of the hypothesis.
    pub hypothesis: f64,
    /// Tokens of the reference.
    pub reference: f64,
    /// Per order: n-grams that agree with the reference, less those that agree with the source alone; at least 0.
    pub matched: [f64; ORDER],
    /// Per order: n-grams of the hypothesis.
    pub total: [f64; ORDER],
}

impl Stats {
    fn add(&mut self, other: &Stats, weight: f64) {
        self.hypothesis += weight * other.hypothesis;
        self.reference += weight * other.reference;
        for n in 0..ORDER {
            self.matched[n] += weight * other.matched[n];
            self.total[n] += weight * other.total[n];
        }
    }

    /// As a row of counts, for a bootstrap.
    #[must_use]
    pub fn to_row(&self) -> [f64; COLUMNS] {
        let mut row = [0.0; COLUMNS];
        row[0] = self.hypothesis;
        row[1] = self.reference;
        row[2..2 + ORDER].copy_from_slice(&self.matched);
        row[2 + ORDER..].copy_from_slice(&self.total);
        row
    }

    /// From (sums of) rows; missing columns count as 0.
    #[must_use]
    pub fn from_row(row: &[f64]) -> Self {
        let at = |i: usize| row.get(i).copied().unwrap_or(0.0);
        let mut stats = Self { hypothesis: at(0), reference: at(1), ..Self::default() };
        for n in 0..ORDER {
            stats.matched[n] = at(2 + n);
            stats.total[n] = at(2 + ORDER + n);
        }
        stats
    }

    /// GLEU of these sums, 0 to 1; 0 where an order has no match.
    #[must_use]
    pub fn gleu(&self) -> f64 {
        if self.hypothesis <= 0.0 || self.reference <= 0.0 {
            return 0.0;
        }
        let mut log = 0.0;
        for n in 0..ORDER {
            if self.matched[n] <= 0.0 || self.total[n] <= 0.0 {
                return 0.0;
            }
            log += (self.matched[n] / self.total[n]).ln() / ORDER as f64;
        }
        let brevity = (1.0 - self.reference / self.hypothesis).min(0.0);
        (brevity + log).exp()
    }
}

type Grams<'a> = HashMap<&'a [String], u32>;

fn grams(tokens: &[String], n: usize) -> Grams<'_> {
    let mut counts = Grams::new();
    for gram in tokens.windows(n) {
        *counts.entry(gram).or_insert(0) += 1;
    }
    counts
}

/// The statistics of one sentence against one reference.
#[must_use]
pub fn stats(source: &[String], hypothesis: &[String], reference: &[String]) -> Stats {
    let mut out = Stats { hypothesis: hypothesis.len() as f64, reference: reference.len() as f64, ..Stats::default() };
    for n in 1..=ORDER {
        let (s, h, r) = (grams(source, n), grams(hypothesis, n), grams(reference, n));
        let count = |grams: &Grams<'_>, gram: &[String]| grams.get(gram).copied().unwrap_or(0);
        let mut matched = 0i64;
        for (gram, &c) in &h {
            let in_reference = count(&r, gram);
            matched += i64::from(c.min(in_reference));
            // What the source has and the reference has not at all should have gone.
            if in_reference == 0 {
                matched -= i64::from(c.min(count(&s, gram)));
            }
        }
        out.matched[n - 1] = matched.max(0) as f64;
        out.total[n - 1] = (hypothesis.len() + 1).saturating_sub(n) as f64;
    }
    out
}

/// Mean of a sentence's statistics over its references; `None` without a reference.
#[must_use]
pub fn mean_stats(source: &[String], hypothesis: &[String], references: &[Vec<String>]) -> Option<Stats> {
    let weight = 1.0 / references.len() as f64;
    let mut mean = Stats::default();
    for reference in references {
        mean.add(&stats(source, hypothesis, reference), weight);
    }
    (!references.is_empty()).then_some(mean)
}

/// A corpus's GLEU.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gleu {
    /// Mean over the draws of references, 0 to 1: the official figure.
    pub mean: f64,
    /// Standard deviation over the draws.
    pub deviation: f64,
    /// GLEU of the mean statistics, which the draws scatter about.
    pub expected: f64,
}

/// GLEU of a corpus; each draw takes one reference per sentence at random.
///
/// # Errors
/// [`MeasureError::LengthMismatch`] where the lists differ in length; [`MeasureError::Empty`] for no sentence, no draw
/// or a sentence without reference.
pub fn gleu(
    sources: &[Vec<String>],
    hypotheses: &[Vec<String>],
    references: &[Vec<Vec<String>>],
    iterations: usize,
    seed: u64,
) -> Result<Gleu, MeasureError> {
    MeasureError::check_lengths("sources", sources.len(), "hypotheses", hypotheses.len())?;
    MeasureError::check_lengths("sources", sources.len(), "sets of references", references.len())?;
    if sources.is_empty() || iterations == 0 {
        return Err(MeasureError::Empty { what: "sentence" });
    }
    let mut by_reference: Vec<Vec<Stats>> = Vec::with_capacity(sources.len());
    let mut mean = Stats::default();
    for ((source, hypothesis), refs) in sources.iter().zip(hypotheses).zip(references) {
        let all: Vec<Stats> = refs.iter().map(|r| stats(source, hypothesis, r)).collect();
        if all.is_empty() {
            return Err(MeasureError::Empty { what: "reference of a sentence" });
        }
        for s in &all {
            mean.add(s, 1.0 / all.len() as f64);
        }
        by_reference.push(all);
    }
    let mut rng = SplitMix64::new(seed);
    let draws: Vec<f64> = (0..iterations)
        .map(|_| {
            let mut sum = Stats::default();
            for all in &by_reference {
                sum.add(&all[rng.below(all.len())], 1.0);
            }
            sum.gleu()
        })
        .collect();
    let average = draws.iter().sum::<f64>() / iterations as f64;
    let variance = draws.iter().map(|d| (d - average).powi(2)).sum::<f64>() / iterations as f64;
    Ok(Gleu { mean: average, deviation: variance.sqrt(), expected: mean.gleu() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(s: &str) -> Vec<String> {
        s.split_whitespace().map(str::to_owned).collect()
    }

    #[track_caller]
    fn check(source: &str, hypothesis: &str, reference: &str, matched: [f64; ORDER], gleu: f64) {
        let got = stats(&words(source), &words(hypothesis), &words(reference));
        assert_eq!(got.matched, matched);
        assert!((got.gleu() - gleu).abs() < 1e-9, "{}", got.gleu());
        assert_eq!(Stats::from_row(&got.to_row()), got);
    }

    #[test]
    fn by_hand() {
        check("a b c d e", "a b c d e", "a b c d e", [5.0, 4.0, 3.0, 2.0], 1.0);
        // Unchanged: e should have become f. Each order loses the match and is fined for what was kept.
        check("a b c d e", "a b c d e", "a b c d f", [3.0, 2.0, 1.0, 0.0], 0.0);
        // Changed to something else: no fine.
        let want = (4.0f64 / 5.0 * 3.0 / 4.0 * 2.0 / 3.0 * 1.0 / 2.0).powf(0.25);
        check("a b c d e", "a b c d g", "a b c d f", [4.0, 3.0, 2.0, 1.0], want);
        // Too short: brevity.
        check("a b c d e", "a b c d", "a b c d e", [4.0, 3.0, 2.0, 1.0], (-0.25f64).exp());
        check("", "", "", [0.0; 4], 0.0);
    }

    #[test]
    fn draws_scatter_about_the_expectation() {
        let source = vec![words("he go to school every day by bus"); 30];
        let references =
            vec![vec![words("he goes to school every day by bus"), words("he went to school by bus each day")]; 30];
        let got = gleu(&source, &source, &references, ITERATIONS, 1).unwrap();
        assert!((got.mean - got.expected).abs() < 0.01 && got.deviation > 0.0);
        assert!(gleu(&source, &source, &vec![vec![]; 30], ITERATIONS, 1).is_err());
        assert!(gleu(&[], &[], &[], 1, 1).is_err());
    }
}
