//! ERRANT-style scoring of edits: by span and correction, or by span alone.
//!
//! # Source
//! Bryant, Felice and Briscoe 2017, "Automatic annotation and evaluation of error types for grammatical error
//! correction"; the choice among annotators follows the official `errant_compare`.

use crate::MeasureError;
use crate::m2::{M2Edit, M2Sentence};
use crate::maxmatch::BETA;

/// What has to agree for an edit to count as right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// Span and one of the gold edit's corrections.
    Correction,
    /// The span exactly.
    Span,
}

/// Counts for one sentence, against the annotator that was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// True positives.
    pub tp: usize,
    /// False positives.
    pub fp: usize,
    /// False negatives.
    pub fn_: usize,
    /// The annotator chosen.
    pub annotator: u32,
}

/// Type of an edit that was detected but not corrected; it counts for spans only.
const UNKNOWN: &str = "UNK";

/// Scores the edits of each sentence. For each sentence in turn, the annotator is taken that gives the highest
/// cumulative F0.5 (at four decimals, as the official tool has it), then most true positives, fewest false ones.
///
/// # Errors
/// [`MeasureError::Empty`] for no sentence; [`MeasureError::LengthMismatch`] where the numbers of sentences differ.
pub fn score(gold: &[M2Sentence], hypotheses: &[Vec<M2Edit>], by: Match) -> Result<Vec<Counts>, MeasureError> {
    MeasureError::check_lengths("gold sentences", gold.len(), "hypotheses", hypotheses.len())?;
    if gold.is_empty() {
        return Err(MeasureError::Empty { what: "sentence" });
    }
    let mut sum = Counts::default();
    let mut all = Vec::with_capacity(gold.len());
    for (sentence, edits) in gold.iter().zip(hypotheses) {
        let mut best: Option<(f64, Counts)> = None;
        for (annotator, gold_edits) in sentence.annotators_or_noop() {
            let local = Counts { annotator, ..compare(edits, &gold_edits, by) };
            let f = rounded_f(sum.tp + local.tp, sum.fp + local.fp, sum.fn_ + local.fn_);
            let better = best.as_ref().is_none_or(|(best_f, b)| {
                let key = |c: &Counts| (c.tp, std::cmp::Reverse(c.fp), std::cmp::Reverse(c.fn_));
                f > *best_f || (f == *best_f && key(&local) > key(b))
            });
            if better {
                best = Some((f, local));
            }
        }
        let counts = best.map(|(_, c)| c).unwrap_or_default();
        sum.tp += counts.tp;
        sum.fp += counts.fp;
        sum.fn_ += counts.fn_;
        all.push(counts);
    }
    Ok(all)
}

/// Counts one sentence's edits against one annotator's; every edit is matched at most once.
#[must_use]
pub fn compare(edits: &[M2Edit], gold: &[M2Edit], by: Match) -> Counts {
    let counts = |e: &&M2Edit| by == Match::Span || e.error_type != UNKNOWN;
    let gold: Vec<&M2Edit> = gold.iter().filter(counts).collect();
    let mut taken = vec![false; gold.len()];
    let (mut tp, mut fp) = (0, 0);
    for edit in edits.iter().filter(counts) {
        let hit = gold.iter().enumerate().position(|(i, g)| {
            !taken[i]
                && g.start == edit.start
                && g.end == edit.end
                && (by == Match::Span || g.corrections.iter().any(|c| c == edit.correction()))
        });
        match hit {
            Some(i) => {
                taken[i] = true;
                tp += 1;
            }
            None => fp += 1,
        }
    }
    Counts { tp, fp, fn_: gold.len() - tp, annotator: 0 }
}

/// Cumulative F0.5 at four decimals; a precision without false positives is 1, and so is a recall without misses.
fn rounded_f(tp: usize, fp: usize, fn_: usize) -> f64 {
    let ratio = |others: usize| if others == 0 { 1.0 } else { tp as f64 / (tp + others) as f64 };
    let (p, r) = (ratio(fp), ratio(fn_));
    let b2 = BETA * BETA;
    let f = if p + r > 0.0 { (1.0 + b2) * p * r / (b2 * p + r) } else { 0.0 };
    (f * 10_000.0).round() / 10_000.0
}

/// Whether a mark on tokens `mark` finds an edit of tokens `edit`: they share a token; or one of them is an insertion
/// point and lies inside the other or at one of its ends.
#[must_use]
pub fn touches(mark: (usize, usize), edit: (usize, usize)) -> bool {
    if mark.0 == mark.1 || edit.0 == edit.1 {
        return mark.0 <= edit.1 && edit.0 <= mark.1;
    }
    mark.0 < edit.1 && edit.0 < mark.1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::m2;

    const GOLD: &str = "S He go to school .\n\
        A 1 2|||R:VERB:SVA|||goes|||REQUIRED|||-NONE-|||0\n\
        A -1 -1|||noop|||-NONE-|||REQUIRED|||-NONE-|||1\n";

    #[track_caller]
    fn check(edits: &[M2Edit], by: Match, want: (usize, usize, usize, u32)) {
        let got = score(&m2::read(GOLD).unwrap(), &[edits.to_vec()], by).unwrap()[0];
        assert_eq!((got.tp, got.fp, got.fn_, got.annotator), want);
    }

    #[test]
    fn the_best_annotator_is_chosen() {
        check(&[M2Edit::new(1, 2, "R:VERB:SVA", "goes")], Match::Correction, (1, 0, 0, 0));
        check(&[], Match::Correction, (0, 0, 0, 1));
        check(&[M2Edit::new(1, 2, "R:VERB", "went")], Match::Correction, (0, 1, 0, 1));
        check(&[M2Edit::new(1, 2, "R:VERB", "went")], Match::Span, (1, 0, 0, 0));
    }

    #[test]
    fn an_edit_is_matched_once() {
        let gold = [M2Edit::new(1, 2, "X", "a")];
        let twice = [M2Edit::new(1, 2, "X", "a"), M2Edit::new(1, 2, "X", "a")];
        let got = compare(&twice, &gold, Match::Correction);
        assert_eq!((got.tp, got.fp, got.fn_), (1, 1, 0));
        let unknown = compare(&[M2Edit::new(1, 2, UNKNOWN, "a")], &gold, Match::Correction);
        assert_eq!((unknown.tp, unknown.fp, unknown.fn_), (0, 0, 1));
    }

    #[test]
    fn touching() {
        for (mark, edit, want) in [
            ((1, 2), (1, 2), true),
            ((1, 3), (2, 4), true),
            ((1, 2), (2, 3), false),
            ((1, 2), (1, 1), true),
            ((1, 2), (2, 2), true),
            ((1, 2), (3, 3), false),
            ((2, 2), (1, 2), true),
            ((2, 2), (2, 2), true),
            ((2, 2), (3, 3), false),
        ] {
            assert_eq!(touches(mark, edit), want, "{mark:?} {edit:?}");
        }
    }
}
