//! The MaxMatch (M2) scorer: corrected sentences against annotators' edits.
//!
//! Which edits lead from a sentence to its corrected version is not unique: *word* → *a word* can be an insertion or the
//! replacement of a phrase. MaxMatch takes, of all the sequences of edits that a shortest alignment allows, one with the
//! most edits in common with the annotator, and of these one with the fewest edits.
//!
//! - The lattice: the alignments of the two token sequences with the least Levenshtein distance, a substitution counting
//!   as a deletion and an insertion. Its vertices are pairs (tokens read of the source, tokens read of the hypothesis);
//!   its steps read one unchanged token on both sides, or one token on one side. As a substitution has no price of its
//!   own, the shortest alignments are those with the most unchanged tokens, and a deletion beside an insertion may stand
//!   for two edits or for one.
//! - An edit joins consecutive steps, of which at least one is a change and at most [`MAX_UNCHANGED`] are not.
//! - The path: edits and unchanged tokens from the lattice's start to its end. It costs one per edit, and an edit of the
//!   annotator earns more than all others can cost. All steps lead forward, so that one pass in the order of the
//!   vertices finds the cheapest path.
//!
//! Tokens are compared as they stand, case included.
//!
//! # Source
//! Dahlmeier and Ng 2012, "Better evaluation for grammatical error correction", NAACL. The price of a substitution,
//! the fewest edits among equals and the order of insertions at one place are choices of ours.

use std::cmp::Reverse;

use crate::MeasureError;
use crate::bootstrap::f_beta;
use crate::m2::{M2Edit, M2Sentence};

/// Most unchanged tokens in one edit (Dahlmeier and Ng 2012).
pub const MAX_UNCHANGED: usize = 2;

/// Weight of recall against precision in the F-measure (CoNLL-2014 shared task: precision counts twice as much).
pub const BETA: f64 = 0.5;

/// Counts for one sentence, against the annotator that was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Edits of the hypothesis that the annotator has too.
    pub correct: usize,
    /// Edits of the hypothesis.
    pub proposed: usize,
    /// Edits of the annotator.
    pub gold: usize,
    /// The annotator chosen.
    pub annotator: u32,
}

impl Counts {
    /// Share of the proposed edits that are correct; 1 where nothing was proposed.
    fn precision(&self) -> f64 {
        share(self.correct, self.proposed)
    }

    /// Share of the annotators' edits that were proposed; 1 where there is none.
    fn recall(&self) -> f64 {
        share(self.correct, self.gold)
    }

    /// F-measure with [`BETA`]; 1 where nothing was to be corrected and nothing was. It comes from the counts, not from
    /// precision and recall, so that equal values compare as equal.
    fn f_beta(&self) -> f64 {
        f_beta(self.correct as f64, self.proposed as f64, self.gold as f64, BETA).unwrap_or(1.0)
    }

    /// These and more; the annotator is that of `more`.
    fn plus(self, more: Counts) -> Counts {
        Counts {
            correct: self.correct + more.correct,
            proposed: self.proposed + more.proposed,
            gold: self.gold + more.gold,
            annotator: more.annotator,
        }
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

/// The score of a corpus.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// Share of the proposed edits that are correct; 1 where nothing was proposed.
    pub precision: f64,
    /// Share of the annotators' edits that were proposed; 1 where there is none.
    pub recall: f64,
    /// F-measure with [`BETA`].
    pub f05: f64,
    /// The counts of each sentence.
    pub sentences: Vec<Counts>,
}

/// Scores the corrected sentences `hypotheses`, one per sentence of `gold`, as tokens.
///
/// For each sentence in turn, the annotator is taken with whom the F0.5 of all sentences so far is highest; among equals
/// the one with more correct, then fewer proposed, then fewer gold edits, then the lower number.
///
/// # Errors
/// [`MeasureError::Empty`] for no sentence; [`MeasureError::LengthMismatch`] where the numbers of sentences differ.
pub fn score(gold: &[M2Sentence], hypotheses: &[Vec<String>]) -> Result<Score, MeasureError> {
    MeasureError::check_lengths("gold sentences", gold.len(), "hypotheses", hypotheses.len())?;
    if gold.is_empty() {
        return Err(MeasureError::Empty { what: "sentence" });
    }
    let mut total = Counts::default();
    let mut sentences = Vec::with_capacity(gold.len());
    for (sentence, hypothesis) in gold.iter().zip(hypotheses) {
        let lattice = Lattice::new(&sentence.source, hypothesis);
        let mut best: Option<(f64, Counts)> = None;
        for (annotator, edits) in sentence.annotators_or_noop() {
            let (correct, proposed) = lattice.max_match(&edits);
            let counts = Counts { correct, proposed, gold: edits.len(), annotator };
            let f = total.plus(counts).f_beta();
            let rank = |c: &Counts| (c.correct, Reverse(c.proposed), Reverse(c.gold));
            if best.is_none_or(|(g, b)| f.total_cmp(&g).then(rank(&counts).cmp(&rank(&b))).is_gt()) {
                best = Some((f, counts));
            }
        }
        let (_, counts) = best.expect("invariant: annotators_or_noop gives at least one annotator");
        total = total.plus(counts);
        sentences.push(counts);
    }
    Ok(Score { precision: total.precision(), recall: total.recall(), f05: total.f_beta(), sentences })
}

/// What a path has cost so far; less is better: first more correct edits, then fewer edits.
type Cost = (Reverse<usize>, usize);

/// Where a path is: between edits, or in an edit that is not the annotator's and has so many unchanged tokens.
const OUTSIDE: usize = 0;
const INSIDE: usize = 1;
const STATES: usize = INSIDE + MAX_UNCHANGED + 1;

/// An edit of the annotator that the lattice allows: from vertex (`source.0`, `target.0`) to (`source.1`, `target.1`).
struct GoldEdge {
    source: (usize, usize),
    target: (usize, usize),
    /// For an insertion, which of the annotator's insertions at its place.
    rank: usize,
}

/// All shortest alignments of a sentence with a hypothesis.
struct Lattice<'a> {
    source: &'a [String],
    target: &'a [String],
    /// `before[i][j]`: most tokens in common, in order, of the first `i` tokens of the source and `j` of the target.
    before: Vec<Vec<usize>>,
    /// `after[i][j]`: the same of the tokens from `i` and `j` on.
    after: Vec<Vec<usize>>,
}

impl<'a> Lattice<'a> {
    fn new(source: &'a [String], target: &'a [String]) -> Self {
        let (n, m) = (source.len(), target.len());
        let mut before = vec![vec![0; m + 1]; n + 1];
        let mut after = before.clone();
        for i in 0..n {
            for j in 0..m {
                let unchanged = before[i][j] + usize::from(source[i] == target[j]);
                before[i + 1][j + 1] = unchanged.max(before[i][j + 1]).max(before[i + 1][j]);
            }
        }
        for i in (0..n).rev() {
            for j in (0..m).rev() {
                let unchanged = after[i + 1][j + 1] + usize::from(source[i] == target[j]);
                after[i][j] = unchanged.max(after[i][j + 1]).max(after[i + 1][j]);
            }
        }
        Self { source, target, before, after }
    }

    /// Whether a path from the start to vertex `from`, then over `unchanged` unchanged tokens to vertex `to`, and then to
    /// the end can be a shortest one.
    fn connects(&self, from: (usize, usize), to: (usize, usize), unchanged: usize) -> bool {
        self.before[from.0][from.1] + unchanged + self.after[to.0][to.1] == self.after[0][0]
    }

    /// The steps from a vertex: where to, and whether the token read is unchanged.
    fn steps(&self, (i, j): (usize, usize)) -> impl Iterator<Item = ((usize, usize), bool)> {
        let (more_source, more_target) = (i < self.source.len(), j < self.target.len());
        let same = more_source && more_target && self.source[i] == self.target[j];
        [(same, (i + 1, j + 1), true), (more_source, (i + 1, j), false), (more_target, (i, j + 1), false)]
            .into_iter()
            .filter(move |&(exists, to, unchanged)| exists && self.connects((i, j), to, usize::from(unchanged)))
            .map(|(_, to, unchanged)| (to, unchanged))
    }

    /// The numbers of correct and of proposed edits on the cheapest path.
    fn max_match(&self, gold: &[M2Edit]) -> (usize, usize) {
        let (n, m) = (self.source.len(), self.target.len());
        let (edges, insertions) = self.gold_edges(gold);
        // Cheapest cost of each vertex by state and by the number of the annotator's insertions at this place that are
        // used up. They can only be used in their order, as they would be applied, and each of them once. Another edit of
        // the annotator can't be used twice anyway, as no two edits of a path share a token of the source.
        let mut costs: Vec<Vec<Option<Cost>>> =
            insertions.iter().map(|k| vec![None; (m + 1) * (k + 1) * STATES]).collect();
        let slot =
            |(i, j): (usize, usize), used: usize, state: usize| (j * (insertions[i] + 1) + used) * STATES + state;
        let relax = |costs: &mut Vec<Vec<Option<Cost>>>, to: (usize, usize), used: usize, state: usize, cost: Cost| {
            let old = &mut costs[to.0][slot(to, used, state)];
            if old.is_none_or(|old| cost < old) {
                *old = Some(cost);
            }
        };
        costs[0][slot((0, 0), 0, OUTSIDE)] = Some((Reverse(0), 0));
        for i in 0..=n {
            for j in 0..=m {
                let from = (i, j);
                for used in 0..=insertions[i] {
                    for state in (INSIDE..STATES).rev().chain([OUTSIDE]) {
                        let Some(cost) = costs[i][slot(from, used, state)] else { continue };
                        let (correct, proposed) = cost;
                        if state != OUTSIDE {
                            // An edit may end at every vertex; OUTSIDE comes last, when all have ended.
                            relax(&mut costs, from, used, OUTSIDE, cost);
                        }
                        for (to, unchanged) in self.steps(from) {
                            let used = if to.0 == i { used } else { 0 };
                            match (state, unchanged) {
                                (OUTSIDE, true) => relax(&mut costs, to, used, OUTSIDE, cost),
                                (OUTSIDE, false) => relax(&mut costs, to, used, INSIDE, (correct, proposed + 1)),
                                (_, false) => relax(&mut costs, to, used, state, cost),
                                (_, true) if state + 1 < STATES => relax(&mut costs, to, used, state + 1, cost),
                                (_, true) => {}
                            }
                        }
                        if state != OUTSIDE {
                            continue;
                        }
                        for edge in edges.iter().filter(|e| (e.source.0, e.target.0) == from) {
                            let insertion = edge.source.1 == i;
                            if insertion && edge.rank < used {
                                continue;
                            }
                            let used = if insertion { edge.rank + 1 } else { 0 };
                            let cost = (Reverse(correct.0 + 1), proposed + 1);
                            relax(&mut costs, (edge.source.1, edge.target.1), used, OUTSIDE, cost);
                        }
                    }
                }
            }
        }
        let ends = (0..=insertions[n]).filter_map(|used| costs[n][slot((n, m), used, OUTSIDE)]);
        let (Reverse(correct), proposed) = ends.min().expect("invariant: the lattice leads from its start to its end");
        (correct, proposed)
    }

    /// The annotator's edits as edges of the lattice, and the number of insertions at each place of the source.
    fn gold_edges(&self, gold: &[M2Edit]) -> (Vec<GoldEdge>, Vec<usize>) {
        let mut edges = Vec::new();
        let mut insertions = vec![0; self.source.len() + 1];
        for edit in gold.iter().filter(|e| e.start <= e.end && e.end <= self.source.len()) {
            let rank = insertions[edit.start];
            if edit.start == edit.end {
                insertions[edit.start] += 1;
            }
            for correction in &edit.corrections {
                let words: Vec<&str> = correction.split_whitespace().collect();
                let length = (edit.end - edit.start) + words.len();
                for start in 0..=self.target.len().saturating_sub(words.len()) {
                    let end = start + words.len();
                    if end > self.target.len() || self.target[start..end] != words[..] {
                        continue;
                    }
                    let (from, to) = ((edit.start, start), (edit.end, end));
                    let Some(unchanged) = self.after[0][0]
                        .checked_sub(self.before[from.0][from.1] + self.after[to.0][to.1])
                        .filter(|u| *u <= MAX_UNCHANGED && 2 * u < length)
                    else {
                        continue;
                    };
                    let inner = Lattice::new(&self.source[edit.start..edit.end], &self.target[start..end]);
                    if inner.after[0][0] == unchanged {
                        edges.push(GoldEdge { source: (from.0, to.0), target: (from.1, to.1), rank });
                    }
                }
            }
        }
        (edges, insertions)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::m2;

    fn tokens(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    /// `annotators`: per annotator the edits as start, end and corrections parted by `||`.
    fn sentence(source: &str, annotators: &[&[(usize, usize, &str)]]) -> M2Sentence {
        let edit = |&(start, end, corrections): &(usize, usize, &str)| M2Edit {
            start,
            end,
            error_type: "X".into(),
            corrections: corrections.split("||").map(str::to_owned).collect(),
        };
        let annotators = (0..).zip(annotators).map(|(a, edits)| (a, edits.iter().map(edit).collect())).collect();
        M2Sentence { source: tokens(source), annotators, ..M2Sentence::default() }
    }

    /// `want`: correct, proposed, gold, annotator.
    #[track_caller]
    fn check(source: &str, annotators: &[&[(usize, usize, &str)]], hypothesis: &str, want: (usize, usize, usize, u32)) {
        let got = score(&[sentence(source, annotators)], &[tokens(hypothesis)]).unwrap();
        let c = got.sentences[0];
        assert_eq!((c.correct, c.proposed, c.gold, c.annotator), want, "{source} -> {hypothesis}");
    }

    #[test]
    fn edits_are_chosen_to_agree_with_the_annotator() {
        // The example of the paper: one insertion, however the annotator has cut it.
        let baseline = "Our baseline system feeds word into PB-SMT pipeline .";
        let corrected = "Our baseline system feeds a word into PB-SMT pipeline .";
        check(baseline, &[&[(4, 5, "a word||words")]], corrected, (1, 1, 1, 0));
        check(baseline, &[&[(4, 4, "a")]], corrected, (1, 1, 1, 0));
        check(baseline, &[&[(3, 5, "feeds a word")]], corrected, (1, 1, 1, 0));
        check(baseline, &[&[(4, 5, "words")]], corrected, (0, 1, 1, 0));

        let cat = "The cat sat at mat .";
        let gold: &[(usize, usize, &str)] = &[(3, 4, "on"), (4, 4, "the")];
        check(cat, &[gold], "The cat sat on the mat .", (2, 2, 2, 0));
        check(cat, &[&[(3, 4, "on the")]], "The cat sat on the mat .", (1, 1, 1, 0));
        check(cat, &[gold], "The cat sat on mat .", (1, 1, 2, 0));
        check(cat, &[gold], "The cat sat at the mat .", (1, 1, 2, 0));
        check(cat, &[gold], cat, (0, 0, 2, 0));
        check(cat, &[&[(3, 4, "on")]], "The cat sat On mat .", (0, 1, 1, 0));
        // A deletion beside an insertion is not forced into a substitution.
        check(cat, &[&[(3, 4, ""), (5, 5, "there")]], "The cat sat mat there .", (2, 2, 2, 0));
        check(cat, &[&[(3, 4, ""), (4, 4, "the")]], "The cat sat the mat .", (2, 2, 2, 0));
    }

    #[test]
    fn edits_hold_a_few_unchanged_tokens() {
        check("a b c d", &[&[(0, 4, "x b c y")]], "x b c y", (1, 1, 1, 0));
        check("a b c d e", &[&[(0, 5, "x b c d y")]], "x b c d y", (0, 2, 1, 0));
        check("a b c d", &[&[(0, 1, "x"), (3, 4, "y")]], "x b c y", (2, 2, 2, 0));
        // Changes that are nobody's edits make as few edits as can be.
        check("a b c d", &[&[]], "x b c y", (0, 1, 0, 0));
        check("a b c d e", &[&[]], "x b c d y", (0, 2, 0, 0));
        check("a b c d", &[&[(0, 1, "x")]], "x b c y", (1, 2, 1, 0));
    }

    #[test]
    fn insertions_and_deletions_at_the_ends() {
        check("b c", &[&[(0, 0, "a"), (2, 2, "d e")]], "a b c d e", (2, 2, 2, 0));
        check("a b c d", &[&[(0, 1, ""), (3, 4, "")]], "b c", (2, 2, 2, 0));
        check("a", &[&[(0, 0, "x"), (0, 0, "y")]], "x y a", (2, 2, 2, 0));
        check("a", &[&[(0, 0, "x"), (0, 0, "x")]], "x x a", (2, 2, 2, 0));
        // Each of the annotator's edits counts once.
        check("a", &[&[(0, 0, "x")]], "x x a", (1, 2, 1, 0));
        check("a", &[&[(0, 0, "x"), (0, 0, "x x y")]], "x x y a", (1, 1, 2, 0));
    }

    #[test]
    fn nothing_to_read_or_to_correct() {
        check("a b", &[&[]], "a b", (0, 0, 0, 0));
        check("a b", &[], "a c", (0, 1, 0, 0));
        check("a b", &[&[(0, 2, "")]], "", (1, 1, 1, 0));
        check("a b", &[&[(0, 1, "x")]], "", (0, 1, 1, 0));
        check("", &[&[(0, 0, "a b")]], "a b", (1, 1, 1, 0));
        check("", &[&[]], "", (0, 0, 0, 0));
        // Edits that change nothing, or lie outside, can't be proposed.
        check("a b", &[&[(0, 1, "a"), (1, 1, ""), (1, 9, "x"), (2, 1, "x")]], "a x", (0, 1, 4, 0));
        assert_eq!(score(&[], &[]), Err(MeasureError::Empty { what: "sentence" }));
        assert!(matches!(score(&[], &[vec![]]), Err(MeasureError::LengthMismatch { .. })));
    }

    #[test]
    fn the_annotator_is_chosen_by_the_score_so_far() {
        check("a b", &[&[(0, 1, "x")], &[(1, 2, "y")]], "a y", (1, 1, 1, 1));
        check("a b", &[&[(0, 1, "x")], &[]], "a b", (0, 0, 0, 1));
        check("a b", &[&[(0, 1, "x"), (1, 2, "z")], &[(1, 2, "z")]], "a y", (0, 1, 1, 1));
        check("a b", &[&[(1, 2, "y")], &[(1, 2, "y")]], "a y", (1, 1, 1, 0));
        let gold =
            [sentence("a b c d", &[&[(0, 1, "x")]]), sentence("a b", &[&[(0, 1, "x"), (1, 2, "y")], &[(1, 2, "z")]])];
        let got = score(&gold, &[tokens("x b c d"), tokens("a y")]).unwrap();
        assert_eq!(got.sentences[1], Counts { correct: 1, proposed: 1, gold: 2, annotator: 0 });
        assert!((got.precision, got.recall) == (1.0, 2.0 / 3.0), "{got:?}");
        assert!((got.f05 - 10.0 / 11.0).abs() < 1e-12, "{got:?}");
    }

    /// Words that all differ, and edits of one or two of them that do not overlap.
    fn edits() -> impl Strategy<Value = Vec<M2Edit>> {
        prop::collection::vec((0usize..3, 0usize..3, 0usize..3), 0..6).prop_map(|parts| {
            let mut at = 0;
            let mut edits = Vec::new();
            for (gap, width, words) in parts {
                at += gap;
                if at + width > 10 || width + words == 0 {
                    continue;
                }
                let n = edits.len();
                let correction: Vec<String> = (0..words).map(|w| format!("new{n}-{w}")).collect();
                edits.push(M2Edit::new(at, at + width, "X", &correction.join(" ")));
                at += width;
            }
            edits
        })
    }

    /// The cheapest path by trying every edit from every vertex; `used` are the annotator's edits taken so far.
    fn exhaustive(lattice: &Lattice<'_>, gold: &[M2Edit], at: (usize, usize), used: &mut Vec<usize>) -> Option<Cost> {
        let (n, m) = (lattice.source.len(), lattice.target.len());
        if at == (n, m) {
            return Some((Reverse(0), 0));
        }
        let mut best: Option<Cost> = None;
        let mut take = |rest: Option<Cost>, correct: usize, proposed: usize| {
            let cost = rest.map(|(Reverse(c), p)| (Reverse(c + correct), p + proposed));
            best = best.into_iter().chain(cost).min();
        };
        for to in (at.0..=n).flat_map(|i| (at.1..=m).map(move |j| (i, j))).filter(|&to| to != at) {
            let (source, target) = (&lattice.source[at.0..to.0], &lattice.target[at.1..to.1]);
            let unchanged = Lattice::new(source, target).after[0][0];
            if !lattice.connects(at, to, unchanged) {
                continue;
            }
            let change = source != target;
            if !change && source.len() == 1 {
                take(exhaustive(lattice, gold, to, used), 0, 0);
            }
            if !change || unchanged > MAX_UNCHANGED {
                continue;
            }
            take(exhaustive(lattice, gold, to, used), 0, 1);
            for (g, edit) in gold.iter().enumerate() {
                let later = used.iter().all(|&u| u < g || (gold[u].start, gold[u].end) != (at.0, to.0));
                if (edit.start, edit.end) == (at.0, to.0) && later && tokens(edit.correction()) == target {
                    used.push(g);
                    take(exhaustive(lattice, gold, to, used), 1, 1);
                    used.pop();
                }
            }
        }
        best
    }

    fn word() -> impl Strategy<Value = String> {
        "[ab]".prop_map(String::from)
    }

    proptest! {
        #[test]
        fn an_annotators_own_version_is_perfect(all in prop::collection::vec((edits(), edits(), any::<bool>()), 1..4)) {
            let source: Vec<String> = (0..10).map(|i| format!("w{i}")).collect();
            let (mut gold, mut hypotheses) = (Vec::new(), Vec::new());
            for (one, two, second) in all {
                hypotheses.push(m2::apply(&source, if second { &two } else { &one }));
                let annotators = [(0, one), (1, two)].into();
                gold.push(M2Sentence { source: source.clone(), annotators, ..M2Sentence::default() });
            }
            let got = score(&gold, &hypotheses).unwrap();
            prop_assert_eq!((got.precision, got.recall, got.f05), (1.0, 1.0, 1.0));
        }

        #[test]
        fn counts_are_in_bounds(
            source in prop::collection::vec(word(), 0..8),
            hypothesis in prop::collection::vec(word(), 0..8),
            edits in prop::collection::vec((0usize..9, 0usize..9, prop::collection::vec(word(), 0..3)), 0..5),
        ) {
            let edits: Vec<M2Edit> =
                edits.into_iter().map(|(start, end, words)| M2Edit::new(start, end, "X", &words.join(" "))).collect();
            let same = source == hypothesis;
            let gold = [M2Sentence { source, annotators: [(0, edits)].into(), ..M2Sentence::default() }];
            let counts = score(&gold, &[hypothesis]).unwrap().sentences[0];
            prop_assert!(counts.correct <= counts.proposed.min(counts.gold));
            prop_assert_eq!(counts.proposed == 0, same);
        }

        #[test]
        fn the_path_is_the_cheapest_of_all(
            source in prop::collection::vec(word(), 0..5),
            hypothesis in prop::collection::vec(word(), 0..5),
            edits in prop::collection::vec((0usize..4, 0usize..3, prop::collection::vec(word(), 0..3)), 0..5),
        ) {
            let edits: Vec<M2Edit> =
                edits.into_iter().map(|(at, width, words)| M2Edit::new(at, at + width, "X", &words.join(" "))).collect();
            let lattice = Lattice::new(&source, &hypothesis);
            let (correct, proposed) = lattice.max_match(&edits);
            let want = exhaustive(&lattice, &edits, (0, 0), &mut Vec::new());
            prop_assert_eq!(Some((Reverse(correct), proposed)), want);
        }
    }
}
