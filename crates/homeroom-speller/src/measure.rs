use homeroom_lexicon::Lexicon;

use crate::{Speller, is_misspelled};

/// A misspelling with what was meant, lower case, and its neighbours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// What was written.
    pub written: String,
    /// What annotators put in its place.
    pub meant: String,
    /// The token before, lower case.
    pub previous: Option<String>,
    /// The token after, lower case.
    pub next: Option<String>,
    /// Index of the line that it stands in.
    pub line: usize,
}

/// How well the first suggestions fit.
#[derive(Debug, Clone, PartialEq)]
pub struct SpellingMeasure {
    /// Whether the first suggestion is what was meant, for each pair.
    pub first: Vec<bool>,
    /// Whether it is among the suggestions, for each pair.
    pub offered: Vec<bool>,
}

impl SpellingMeasure {
    /// Number of pairs.
    #[must_use]
    pub fn n(&self) -> usize {
        self.first.len()
    }

    /// Share of pairs whose first suggestion is right; `None` for no pairs.
    #[must_use]
    pub fn first_share(&self) -> Option<f64> {
        share(&self.first)
    }

    /// Share of pairs whose right word is among the suggestions; `None` for no pairs.
    #[must_use]
    pub fn offered_share(&self) -> Option<f64> {
        share(&self.offered)
    }
}

fn share(hits: &[bool]) -> Option<f64> {
    (!hits.is_empty()).then(|| hits.iter().filter(|h| **h).count() as f64 / hits.len() as f64)
}

/// Misspellings in tokenised sentences and what references put in their place: single words that [`is_misspelled`]
/// calls misspelt and that most of the references that change them change to the same known word, or to two words or
/// the two parts of a contraction that were written as one.
///
/// `source`: one sentence a line, tokens separated by spaces. `references`: the same sentences, corrected.
#[must_use]
pub fn collect_pairs(lexicon: &Lexicon, source: &str, references: &[&str]) -> Vec<Pair> {
    let references: Vec<Vec<&str>> = references.iter().map(|r| r.lines().collect()).collect();
    let mut pairs = Vec::new();
    for (line, sentence) in source.lines().enumerate() {
        let tokens: Vec<&str> = sentence.split_whitespace().collect();
        let mut votes: Vec<Vec<String>> = vec![Vec::new(); tokens.len()];
        for reference in &references {
            let corrected: Vec<&str> = reference.get(line).map_or(Vec::new(), |r| r.split_whitespace().collect());
            for (i, meant) in substitutions(&tokens, &corrected) {
                votes[i].push(meant.to_lowercase());
            }
        }
        for (i, votes) in votes.iter().enumerate() {
            let written = tokens[i].to_lowercase();
            let at_start = i == 0 || matches!(tokens[i - 1], "." | "!" | "?");
            if !is_misspelled(lexicon, tokens[i], at_start) {
                continue;
            }
            let best = votes.iter().max_by_key(|v| (votes.iter().filter(|w| w == v).count(), std::cmp::Reverse(*v)));
            let Some(meant) = best else { continue };
            let agreeing = votes.iter().filter(|w| *w == meant).count();
            if 2 * agreeing > votes.len() && *meant != written && meant.split(' ').all(|w| lexicon.contains(w)) {
                pairs.push(Pair {
                    written,
                    meant: meant.clone(),
                    previous: i.checked_sub(1).map(|j| tokens[j].to_lowercase()),
                    next: tokens.get(i + 1).map(|t| t.to_lowercase()),
                    line,
                });
            }
        }
    }
    pairs
}

/// Whether the first suggestion and any suggestion is what was meant.
#[must_use]
pub fn measure_spelling(speller: &Speller<'_>, pairs: &[Pair]) -> SpellingMeasure {
    let mut measure = SpellingMeasure { first: Vec::new(), offered: Vec::new() };
    for pair in pairs {
        let candidates = speller.suggest(&pair.written, pair.previous.as_deref(), pair.next.as_deref());
        let right = |word: &str| word.to_lowercase() == pair.meant;
        measure.first.push(candidates.first().is_some_and(|c| right(&c.word)));
        measure.offered.push(candidates.iter().any(|c| right(&c.word)));
    }
    measure
}

/// Tokens that differ and what stands for them, from the cheapest alignment of two sentences.
fn substitutions(source: &[&str], target: &[&str]) -> Vec<(usize, String)> {
    let (m, n) = (source.len(), target.len());
    let mut cost = vec![vec![0.0_f32; n + 1]; m + 1];
    let change: Vec<Vec<f32>> = source.iter().map(|a| target.iter().map(|b| difference(a, b)).collect()).collect();
    for i in 0..=m {
        for j in 0..=n {
            if i == 0 || j == 0 {
                cost[i][j] = (i + j) as f32;
                continue;
            }
            cost[i][j] =
                (cost[i - 1][j - 1] + change[i - 1][j - 1]).min(cost[i - 1][j] + 1.0).min(cost[i][j - 1] + 1.0);
        }
    }
    let (mut i, mut j) = (m, n);
    let mut matched = Vec::new();
    while i > 0 && j > 0 {
        if cost[i][j] == cost[i - 1][j - 1] + change[i - 1][j - 1] {
            matched.push((i - 1, j - 1));
            i -= 1;
            j -= 1;
        } else if cost[i][j] == cost[i - 1][j] + 1.0 {
            i -= 1;
        } else {
            j -= 1;
        }
    }
    let aligned: Vec<usize> = matched.iter().map(|&(_, j)| j).collect();
    let free = |j: usize| j < n && !aligned.contains(&j);
    let mut substituted: Vec<(usize, String)> = Vec::new();
    for (i, j) in matched {
        if source[i] == target[j] {
            continue;
        }
        // A neighbour that stands for nothing may belong to the same written word: "infact", "dont".
        let mut best = (change[i][j], target[j].to_owned());
        for (a, b) in [(j.wrapping_sub(1), j), (j, j + 1)] {
            let other = if a == j { b } else { a };
            if !free(other) {
                continue;
            }
            let contracted = target[b].contains('\'');
            let text = format!("{}{}{}", target[a], if contracted { "" } else { " " }, target[b]);
            let cost = difference(source[i], &text);
            if cost < best.0 {
                best = (cost, text);
            }
        }
        substituted.push((i, best.1));
    }
    substituted
}

/// 0 for equal tokens to 1.8 for tokens that share no letter in order: a substitution of unlike words then hardly
/// beats an omission and an insertion.
fn difference(a: &str, b: &str) -> f32 {
    let (a, b): (Vec<char>, Vec<char>) = (a.to_lowercase().chars().collect(), b.to_lowercase().chars().collect());
    let longest = a.len().max(b.len());
    if longest == 0 || a == b {
        return 0.0;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let new = (diagonal + usize::from(x != y)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = row[j + 1];
            row[j + 1] = new;
        }
    }
    0.2 + 1.6 * row[b.len()] as f32 / longest as f32
}
