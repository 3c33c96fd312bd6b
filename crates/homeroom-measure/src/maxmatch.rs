//! The MaxMatch (M2) scorer: a hypothesis sentence is turned into the edits that match the gold edits best.
//!
//! # Source
//! Dahlmeier and Ng 2012, "Better evaluation for grammatical error correction", and the behaviour of the official
//! scorer's public repository, with its defaults (at most two unchanged words inside an edit, beta 0.5, case and white
//! space count). One deviation: a proposed edit matches at most one gold edit, so that precision cannot exceed 1 where
//! an annotator gives the same edit twice.

use std::collections::HashMap;

use crate::MeasureError;
use crate::bootstrap::f_beta;
use crate::m2::{M2Edit, M2Sentence};

/// Most unchanged words inside one edit.
pub const MAX_UNCHANGED: usize = 2;

/// Weight of recall against precision.
pub const BETA: f64 = 0.5;

/// Weight of a step of the lattice, in the unit of one edit's penalty: the official scorer adds 0.001 per edit to
/// a distance of 1 per step.
const STEP: i64 = 1_000;

/// Counts for one sentence, against the annotator that was chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Proposed edits that match gold ones.
    pub correct: usize,
    /// Proposed edits.
    pub proposed: usize,
    /// Gold edits.
    pub gold: usize,
    /// The annotator chosen.
    pub annotator: u32,
}

/// Scores of a corpus.
#[derive(Debug, Clone, PartialEq)]
pub struct Score {
    /// Correct / proposed; 1 where nothing was proposed, as the official scorer has it.
    pub precision: f64,
    /// Correct / gold; 1 where nothing was to be found.
    pub recall: f64,
    /// F0.5; 0 where both are 0.
    pub f05: f64,
    /// Counts of each sentence.
    pub sentences: Vec<Counts>,
}

/// Scores hypotheses, one per sentence, against several annotators. For each sentence in turn, the annotator is taken
/// that gives the highest cumulative F0.5.
///
/// # Errors
/// [`MeasureError::Empty`] for no sentence; [`MeasureError::LengthMismatch`] where the numbers of sentences differ.
pub fn score(gold: &[M2Sentence], hypotheses: &[Vec<String>]) -> Result<Score, MeasureError> {
    MeasureError::check_lengths("gold sentences", gold.len(), "hypotheses", hypotheses.len())?;
    if gold.is_empty() {
        return Err(MeasureError::Empty { what: "sentence" });
    }
    let mut chooser = Chooser::default();
    let sentences: Vec<Counts> = gold.iter().zip(hypotheses).map(|(g, h)| chooser.sentence(g, h)).collect();
    let (correct, proposed, all) = (chooser.correct as f64, chooser.proposed as f64, chooser.gold as f64);
    let precision = if proposed > 0.0 { correct / proposed } else { 1.0 };
    let recall = if all > 0.0 { correct / all } else { 1.0 };
    let b2 = BETA * BETA;
    let den = b2 * precision + recall;
    let f05 = if den > 0.0 { (1.0 + b2) * precision * recall / den } else { 0.0 };
    Ok(Score { precision, recall, f05, sentences })
}

/// Running totals, by which the annotator of the next sentence is chosen.
#[derive(Debug, Clone, Default)]
struct Chooser {
    correct: usize,
    proposed: usize,
    gold: usize,
}

impl Chooser {
    fn sentence(&mut self, gold: &M2Sentence, hypothesis: &[String]) -> Counts {
        let lattice = Lattice::new(&gold.source, hypothesis);
        let mut best: Option<(f64, Counts)> = None;
        for (annotator, edits) in gold.annotators_or_noop() {
            let proposed = lattice.best_edits(&edits);
            let local =
                Counts { correct: matches(&proposed, &edits), proposed: proposed.len(), gold: edits.len(), annotator };
            let f = f_beta(
                (self.correct + local.correct) as f64,
                (self.proposed + local.proposed) as f64,
                (self.gold + local.gold) as f64,
                BETA,
            )
            .unwrap_or(1.0);
            // Ties go to more correct edits, then to fewer proposed and gold ones.
            let size = |c: &Counts| c.proposed as f64 + BETA * BETA * c.gold as f64;
            let better = best.as_ref().is_none_or(|(best_f, b)| {
                f > *best_f
                    || (f == *best_f
                        && (local.correct > b.correct || (local.correct == b.correct && size(&local) < size(b))))
            });
            if better {
                best = Some((f, local));
            }
        }
        let counts = best.map(|(_, c)| c).unwrap_or_default();
        self.correct += counts.correct;
        self.proposed += counts.proposed;
        self.gold += counts.gold;
        counts
    }
}

/// A proposed edit: source tokens `start..end` become `correction`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Proposed {
    start: usize,
    end: usize,
    correction: String,
}

/// Number of proposed edits that match gold ones, both in order.
fn matches(proposed: &[Proposed], gold: &[M2Edit]) -> usize {
    let mut from = 0;
    let mut n = 0;
    for edit in proposed {
        if let Some(i) = (from..gold.len()).find(|&i| is_match(edit, &gold[i])) {
            n += 1;
            from = i + 1;
        }
    }
    n
}

fn is_match(edit: &Proposed, gold: &M2Edit) -> bool {
    edit.start == gold.start && edit.end == gold.end && gold.corrections.contains(&edit.correction)
}

/// An arc of the lattice, from cell to cell of the Levenshtein matrix.
#[derive(Debug, Clone, Copy)]
struct Arc {
    from: usize,
    to: usize,
    steps: usize,
    /// A single kept word, which is no edit.
    noop: bool,
}

/// All shortest edit scripts between source and hypothesis, with arcs over up to [`MAX_UNCHANGED`] unchanged words.
struct Lattice<'a> {
    hypothesis: &'a [String],
    width: usize,
    n_cells: usize,
    /// Sorted by source cell, then by target cell. Cells are numbered row by row, which is a topological order.
    arcs: Vec<Arc>,
}

impl<'a> Lattice<'a> {
    fn new(source: &'a [String], hypothesis: &'a [String]) -> Self {
        let (rows, width) = (source.len() + 1, hypothesis.len() + 1);
        let n_cells = rows * width;
        // The official scorer joins the lattices of two costs: a substitution costs 1 in one and 2 in the other.
        let mut basic: Vec<Vec<usize>> = vec![Vec::new(); n_cells];
        for substitution in [1, 2] {
            add_shortest_paths(source, hypothesis, substitution, &mut basic);
        }
        for out in &mut basic {
            out.sort_unstable();
            out.dedup();
        }
        let is_noop =
            |from: usize, to: usize| to == from + width + 1 && source[from / width] == hypothesis[from % width];
        let mut arcs = Vec::new();
        // Arcs from one cell: reach[cell] = (steps, unchanged words, whether only unchanged words lie between).
        let mut reach: Vec<Option<(usize, usize, bool)>> = vec![None; n_cells];
        for from in 0..n_cells {
            if basic[from].is_empty() {
                continue;
            }
            let mut frontier = std::collections::BTreeSet::new();
            for &to in &basic[from] {
                let noop = is_noop(from, to);
                reach[to] = Some((1, usize::from(noop), noop));
                frontier.insert(to);
            }
            while let Some(via) = frontier.pop_first() {
                let Some((steps, unchanged, kept)) = reach[via].take() else { continue };
                // A run of kept words is no edit: only its single steps stay.
                if !(kept && steps > 1) {
                    arcs.push(Arc { from, to: via, steps, noop: kept });
                }
                for &to in &basic[via] {
                    let noop = is_noop(via, to);
                    let total = unchanged + usize::from(noop);
                    let shorter = reach[to].is_none_or(|(s, _, _)| steps + 1 < s);
                    if shorter && total <= MAX_UNCHANGED {
                        reach[to] = Some((steps + 1, total, kept && noop));
                        frontier.insert(to);
                    }
                }
            }
        }
        Self { hypothesis, width, n_cells, arcs }
    }

    fn edit(&self, arc: &Arc) -> Proposed {
        let (from, to) = (arc.from % self.width, arc.to % self.width);
        Proposed {
            start: arc.from / self.width,
            end: arc.to / self.width,
            correction: self.hypothesis[from..to].join(" "),
        }
    }

    /// The edits on the path that matches most gold edits, and among those the shortest with the fewest edits.
    fn best_edits(&self, gold: &[M2Edit]) -> Vec<Proposed> {
        let weights = self.weights(gold);
        let mut best: Vec<Option<(i64, usize)>> = vec![None; self.n_cells];
        best[0] = Some((0, usize::MAX));
        for (i, arc) in self.arcs.iter().enumerate() {
            let Some((cost, _)) = best[arc.from] else { continue };
            let cost = cost + weights[i];
            if best[arc.to].is_none_or(|(c, _)| cost < c) {
                best[arc.to] = Some((cost, i));
            }
        }
        let mut edits = Vec::new();
        let mut cell = self.n_cells - 1;
        while let Some((_, i)) = best[cell] {
            let Some(arc) = self.arcs.get(i) else { break };
            if !arc.noop {
                edits.push(self.edit(arc));
            }
            cell = arc.from;
        }
        edits.reverse();
        edits
    }

    /// The weight of each arc: its steps and a penalty if it is an edit, or a large reward if it matches a gold edit.
    fn weights(&self, gold: &[M2Edit]) -> Vec<i64> {
        let reward = -STEP * i64::try_from(self.arcs.len()).unwrap_or(i64::MAX / STEP);
        let mut weights: Vec<i64> = self.arcs.iter().map(|a| STEP * a.steps as i64).collect();
        let mut by_span: HashMap<(usize, usize), Vec<&M2Edit>> = HashMap::new();
        for g in gold {
            by_span.entry((g.start, g.end)).or_default().push(g);
        }
        let mut insertions: HashMap<usize, Vec<usize>> = HashMap::new();
        for (i, arc) in self.arcs.iter().enumerate() {
            let (start, end) = (arc.from / self.width, arc.to / self.width);
            if start == end {
                insertions.entry(start).or_default().push(i);
                continue;
            }
            let candidates = by_span.get(&(start, end)).map_or(&[][..], Vec::as_slice);
            let matched = !candidates.is_empty() && {
                let edit = self.edit(arc);
                candidates.iter().any(|g| is_match(&edit, g))
            };
            if matched {
                weights[i] = reward;
            } else if !arc.noop {
                weights[i] += 1;
            }
        }
        for (at, arcs) in &insertions {
            let candidates = by_span.get(&(*at, *at)).map_or(&[][..], Vec::as_slice);
            self.weigh_insertions(arcs, candidates, reward, &mut weights);
        }
        weights
    }

    /// Insertions at one place: each gold insertion may reward one arc only, and in order. The official scorer looks
    /// from both ends in turn; after a match it goes on with the arcs that join on.
    fn weigh_insertions(&self, arcs: &[usize], gold: &[&M2Edit], reward: i64, weights: &mut [i64]) {
        if gold.is_empty() {
            for &i in arcs {
                weights[i] += 1;
            }
            return;
        }
        let (mut left, mut right) = (0isize, arcs.len() as isize - 1);
        let (mut gold_left, mut gold_right) = (0isize, gold.len() as isize - 1);
        let mut from_left = true;
        while left <= right {
            // With one arc left over, it counts as the left one.
            from_left |= left == right;
            let at = if from_left { left } else { right };
            let arc = &self.arcs[arcs[at as usize]];
            let edit = self.edit(arc);
            let hit = |&g: &isize| is_match(&edit, gold[g as usize]);
            let found =
                if from_left { (gold_left..=gold_right).find(hit) } else { (gold_left..=gold_right).rev().find(hit) };
            let Some(g) = found else {
                weights[arcs[at as usize]] += 1;
                if from_left {
                    left += 1;
                } else {
                    right -= 1;
                }
                from_left = !from_left;
                continue;
            };
            weights[arcs[at as usize]] = reward;
            if from_left {
                gold_left = g + 1;
                left += 1;
                while (left as usize) < arcs.len() && self.arcs[arcs[left as usize]].from != arc.to {
                    weights[arcs[left as usize]] += 1;
                    left += 1;
                }
            } else {
                gold_right = g - 1;
                right -= 1;
                while right >= 0 && self.arcs[arcs[right as usize]].to != arc.from {
                    weights[arcs[right as usize]] += 1;
                    right -= 1;
                }
            }
        }
    }
}

/// Adds the arcs on every shortest path from the matrix's first cell to its last, as `from -> to`.
fn add_shortest_paths(source: &[String], hypothesis: &[String], substitution: usize, arcs: &mut [Vec<usize>]) {
    let width = hypothesis.len() + 1;
    let n_cells = arcs.len();
    let mut distance = vec![0usize; n_cells];
    let mut back: Vec<Vec<usize>> = vec![Vec::new(); n_cells];
    for cell in 1..n_cells {
        let (i, j) = (cell / width, cell % width);
        let mut options: Vec<(usize, usize)> = Vec::with_capacity(3);
        if i > 0 && j > 0 {
            let from = cell - width - 1;
            let cost = if source[i - 1] == hypothesis[j - 1] { 0 } else { substitution };
            options.push((distance[from] + cost, from));
        }
        if i > 0 {
            options.push((distance[cell - width] + 1, cell - width));
        }
        if j > 0 {
            options.push((distance[cell - 1] + 1, cell - 1));
        }
        let least = options.iter().map(|o| o.0).min().unwrap_or(0);
        distance[cell] = least;
        back[cell] = options.into_iter().filter(|o| o.0 == least).map(|o| o.1).collect();
    }
    let mut seen = vec![false; n_cells];
    let mut stack = vec![n_cells - 1];
    seen[n_cells - 1] = true;
    while let Some(to) = stack.pop() {
        for &from in &back[to] {
            arcs[from].push(to);
            if !seen[from] {
                seen[from] = true;
                stack.push(from);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::m2;

    fn words(s: &str) -> Vec<String> {
        s.split_whitespace().map(str::to_owned).collect()
    }

    #[track_caller]
    fn check(gold: &str, hypotheses: &[&str], want: (usize, usize, usize)) {
        let gold = m2::read(gold).unwrap();
        let hypotheses: Vec<_> = hypotheses.iter().map(|h| words(h)).collect();
        let got = score(&gold, &hypotheses).unwrap();
        let sum = |f: fn(&Counts) -> usize| got.sentences.iter().map(f).sum::<usize>();
        assert_eq!((sum(|c| c.correct), sum(|c| c.proposed), sum(|c| c.gold)), want);
    }

    /// The example in the official scorer's documentation, whose answer is P = R = F0.5 = 0.8.
    const OFFICIAL: &str = "S The cat sat at mat .\n\
        A 3 4|||Prep|||on|||REQUIRED|||-NONE-|||0\n\
        A 4 4|||ArtOrDet|||the||a|||REQUIRED|||-NONE-|||0\n\n\
        S The dog .\n\
        A 1 2|||NN|||dogs|||REQUIRED|||-NONE-|||0\n\
        A -1 -1|||noop|||-NONE-|||-NONE-|||-NONE-|||1\n\n\
        S Giant otters is an apex predator .\n\
        A 2 3|||SVA|||are|||REQUIRED|||-NONE-|||0\n\
        A 3 4|||ArtOrDet|||-NONE-|||REQUIRED|||-NONE-|||0\n\
        A 5 6|||NN|||predators|||REQUIRED|||-NONE-|||0\n\
        A 1 2|||NN|||otter|||REQUIRED|||-NONE-|||1\n";

    #[test]
    fn official_example() {
        let hypotheses = ["A cat sat on the mat .", "The dog .", "Giant otters are apex predator ."];
        check(OFFICIAL, &hypotheses, (4, 5, 5));
        let got = score(&m2::read(OFFICIAL).unwrap(), &hypotheses.map(words)).unwrap();
        assert_eq!((got.precision, got.recall), (0.8, 0.8));
        assert!((got.f05 - 0.8).abs() < 1e-12);
        assert_eq!(got.sentences[1].annotator, 1);
    }

    #[test]
    fn edits_are_cut_to_match_gold() {
        // Two adjacent gold edits, or the same two words as one gold edit: the hypothesis matches either way.
        let two = "S I has a apple .\nA 1 2|||V|||have|||R|||-|||0\nA 2 3|||D|||an|||R|||-|||0\n";
        check(two, &["I have an apple ."], (2, 2, 2));
        let one = "S I has a apple .\nA 1 3|||V|||have an|||R|||-|||0\n";
        check(one, &["I have an apple ."], (1, 1, 1));
        // A gold edit with two unchanged words inside is matched; one with three is out of reach.
        let inner = "S a b c d e .\nA 0 4|||X|||x b c y|||R|||-|||0\n";
        check(inner, &["x b c y e ."], (1, 1, 1));
        let long = "S a b c d e .\nA 0 5|||X|||x b c d y|||R|||-|||0\n";
        check(long, &["x b c d y ."], (0, 2, 1));
    }

    #[test]
    fn edits_that_are_not_gold_are_joined() {
        // With at most two unchanged words between them, two wrong edits count as one.
        check("S a b c d .\nA -1 -1|||noop|||-NONE-|||R|||-|||0\n", &["x b c y ."], (0, 1, 0));
        check("S a b c d e .\nA -1 -1|||noop|||-NONE-|||R|||-|||0\n", &["x b c d y ."], (0, 2, 0));
    }

    #[test]
    fn each_gold_insertion_is_matched_once() {
        let gold = "S a b\nA 1 1|||M|||x|||R|||-|||0\nA 1 1|||M|||y|||R|||-|||0\n";
        check(gold, &["a x y b"], (2, 2, 2));
        let once = "S a b\nA 1 1|||M|||x|||R|||-|||0\n";
        check(once, &["a x x b"], (1, 2, 1));
        check("S a\nA 0 0|||M|||x|||R|||-|||0\n", &["x a"], (1, 1, 1));
    }

    #[test]
    fn empty_sentences_are_no_trouble() {
        check("S \n", &[""], (0, 0, 0));
        check("S \nA 0 0|||M|||x|||R|||-|||0\n", &["x"], (1, 1, 1));
        check("S a\nA 0 1|||U||||||R|||-|||0\n", &[""], (1, 1, 1));
        assert!(score(&[], &[]).is_err());
    }
}
