//! Alignment of a sentence's tokens with those of its corrected version.
//!
//! # Source
//! Felice, Bryant and Briscoe 2016, "Automatic extraction of learner errors in ESL sentences using linguistically
//! enhanced alignments"; costs as in ERRANT.
//! Rules after ERRANT (Bryant et al. 2017), MIT, see THIRD-PARTY.md.

use std::collections::HashMap;
use std::ops::Range;

use homeroom_core::Upos;

/// Tags a sentence: per token the universal part of speech, the Penn Treebank tag and the lemma.
pub type Tagger<'a> = dyn Fn(&[&str]) -> Vec<(Upos, &'static str, String)> + 'a;

/// A token with what alignment and error types need to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tagged {
    /// The form.
    pub text: String,
    /// The form in lower case.
    pub lower: String,
    /// Dictionary form.
    pub lemma: String,
    /// Universal part of speech.
    pub upos: Upos,
    /// Penn Treebank tag.
    pub xpos: &'static str,
    /// Whether it is an auxiliary of a verb that follows (a copula is not).
    pub auxiliary: bool,
    /// Whether it is a verb or an auxiliary with another auxiliary before it.
    pub after_auxiliary: bool,
}

/// How far an auxiliary may stand before its verb, in tokens: *has not always been seen*.
const AUXILIARY_REACH: usize = 4;

/// Tokens with their tags. Tokens that the tagger gives no tag count as [`Upos::X`].
#[must_use]
pub fn tag(tokens: &[&str], tagger: &Tagger<'_>) -> Vec<Tagged> {
    let tags = if tokens.is_empty() { Vec::new() } else { tagger(tokens) };
    let mut tagged: Vec<Tagged> = tokens
        .iter()
        .enumerate()
        .map(|(i, text)| {
            let lower = text.to_lowercase();
            let (upos, xpos, lemma) = tags.get(i).cloned().unwrap_or_else(|| (Upos::X, "", lower.clone()));
            Tagged { text: (*text).to_owned(), lower, lemma, upos, xpos, auxiliary: false, after_auxiliary: false }
        })
        .collect();
    for i in 0..tagged.len() {
        if tagged[i].upos != Upos::Aux {
            continue;
        }
        let chain = (i + 1..tagged.len().min(i + 1 + AUXILIARY_REACH)).take_while(|&j| {
            let between = |t: &Tagged| matches!(t.upos, Upos::Adv | Upos::Part | Upos::Pron | Upos::Aux);
            j == i + 1 || between(&tagged[j - 1])
        });
        let verbs: Vec<usize> = chain.filter(|&j| matches!(tagged[j].upos, Upos::Verb | Upos::Aux)).collect();
        let has_verb = verbs.iter().any(|&j| tagged[j].upos == Upos::Verb);
        tagged[i].auxiliary = has_verb || tagged[i].xpos == "MD";
        if tagged[i].auxiliary {
            for j in verbs {
                tagged[j].after_auxiliary = true;
            }
        }
    }
    tagged
}

/// What happened to a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// Kept as it is.
    Match,
    /// Replaced.
    Substitute,
    /// Left out.
    Delete,
    /// Put in.
    Insert,
    /// The same tokens in another order.
    Transpose,
}

/// A step of an alignment: tokens `source` of the sentence against tokens `target` of the corrected one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What happened.
    pub op: Op,
    /// Tokens of the sentence.
    pub source: Range<usize>,
    /// Tokens of the corrected sentence.
    pub target: Range<usize>,
}

/// Cost of a lemma that differs; just under half, so that two cheap substitutions beat a deletion and an insertion.
const LEMMA_COST: f64 = 0.499;
/// Cost of two different open classes.
const OPEN_CLASS_COST: f64 = 0.25;
/// Cost of any other two different parts of speech.
const CLASS_COST: f64 = 0.5;

/// The cheapest alignment by Damerau-Levenshtein distance with linguistic substitution costs.
#[must_use]
pub fn align(source: &[Tagged], target: &[Tagged]) -> Vec<Step> {
    let width = target.len() + 1;
    let mut cost = vec![0.0f64; (source.len() + 1) * width];
    // Number of tokens that the operation takes, beside the operation.
    let mut ops = vec![(Op::Match, 1usize); cost.len()];
    for i in 1..=source.len() {
        cost[i * width] = i as f64;
        ops[i * width] = (Op::Delete, 1);
    }
    for j in 1..=target.len() {
        cost[j] = j as f64;
        ops[j] = (Op::Insert, 1);
    }
    let (source_ids, target_ids) = word_ids(source, target);
    let mut balance = Balance::new(source.len() + target.len());
    for i in 0..source.len() {
        for j in 0..target.len() {
            let here = (i + 1) * width + j + 1;
            let diagonal = cost[i * width + j];
            if source[i].text == target[j].text {
                cost[here] = diagonal;
                ops[here] = (Op::Match, 1);
                continue;
            }
            let mut options = [
                (f64::INFINITY, (Op::Transpose, 0)),
                (diagonal + substitution_cost(&source[i], &target[j]), (Op::Substitute, 1)),
                (cost[here - 1] + 1.0, (Op::Insert, 1)),
                (cost[here - width] + 1.0, (Op::Delete, 1)),
            ];
            if let Some(k) = transposition(&source_ids, &target_ids, i, j, &cost, &mut balance) {
                options[0] = (cost[(i - k) * width + j - k] + k as f64, (Op::Transpose, k + 1));
            }
            // The first of the cheapest wins.
            let mut best = options[0];
            for option in &options[1..] {
                if option.0 < best.0 {
                    best = *option;
                }
            }
            (cost[here], ops[here]) = best;
        }
    }
    trace(&ops, source.len(), target.len())
}

fn trace(ops: &[(Op, usize)], mut i: usize, mut j: usize) -> Vec<Step> {
    let width = j + 1;
    let mut steps = Vec::new();
    while i + j > 0 {
        let (op, size) = ops[i * width + j];
        let (di, dj) = match op {
            Op::Match | Op::Substitute | Op::Transpose => (size, size),
            Op::Delete => (1, 0),
            Op::Insert => (0, 1),
        };
        steps.push(Step { op, source: i - di..i, target: j - dj..j });
        i -= di;
        j -= dj;
    }
    steps.reverse();
    steps
}

/// Numbers equal words (in lower case) alike.
fn word_ids(source: &[Tagged], target: &[Tagged]) -> (Vec<usize>, Vec<usize>) {
    let mut ids: HashMap<String, usize> = HashMap::new();
    let mut number = |t: &Tagged| {
        let next = ids.len();
        *ids.entry(t.lower.clone()).or_insert(next)
    };
    (source.iter().map(&mut number).collect(), target.iter().map(&mut number).collect())
}

/// How many more times each word stands on one side than on the other.
struct Balance {
    count: Vec<i32>,
    unequal: usize,
}

impl Balance {
    fn new(words: usize) -> Self {
        Self { count: vec![0; words], unequal: 0 }
    }

    fn change(&mut self, word: usize, by: i32) {
        let was = self.count[word];
        self.count[word] += by;
        match (was == 0, self.count[word] == 0) {
            (true, false) => self.unequal += 1,
            (false, true) => self.unequal -= 1,
            _ => {}
        }
    }
}

/// The shortest run that ends at `i` and `j` and holds the same words in another order, as its length less one. The
/// diagonal is followed only while no match lies on it. `balance` is empty before and after.
fn transposition(
    source: &[usize],
    target: &[usize],
    i: usize,
    j: usize,
    cost: &[f64],
    balance: &mut Balance,
) -> Option<usize> {
    let width = target.len() + 1;
    balance.change(source[i], 1);
    balance.change(target[j], -1);
    let mut reached = 0;
    let mut found = None;
    for k in 1..=i.min(j) {
        if cost[(i - k + 1) * width + j - k + 1] == cost[(i - k) * width + j - k] {
            break;
        }
        balance.change(source[i - k], 1);
        balance.change(target[j - k], -1);
        reached = k;
        if balance.unequal == 0 {
            found = Some(k);
            break;
        }
    }
    for k in 0..=reached {
        balance.change(source[i - k], -1);
        balance.change(target[j - k], 1);
    }
    found
}

fn substitution_cost(source: &Tagged, target: &Tagged) -> f64 {
    if source.lower == target.lower {
        return 0.0;
    }
    let open = |t: &Tagged| matches!(t.upos, Upos::Adj | Upos::Adv | Upos::Noun | Upos::Verb);
    let lemma = if source.lemma == target.lemma { 0.0 } else { LEMMA_COST };
    let class = if source.upos == target.upos {
        0.0
    } else if open(source) && open(target) {
        OPEN_CLASS_COST
    } else {
        CLASS_COST
    };
    lemma + class + 1.0 - similarity(&source.text, &target.text)
}

/// Share of the characters of both strings that lie on their longest common subsequence, 0 to 1.
#[must_use]
pub fn similarity(a: &str, b: &str) -> f64 {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.is_empty() && b.is_empty() {
        return 1.0;
    }
    let mut row = vec![0usize; b.len() + 1];
    for x in &a {
        let mut diagonal = 0;
        for (j, y) in b.iter().enumerate() {
            let up = row[j + 1];
            row[j + 1] = if x == y { diagonal + 1 } else { up.max(row[j]) };
            diagonal = up;
        }
    }
    2.0 * row[b.len()] as f64 / (a.len() + b.len()) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All tokens are nouns with themselves as lemma.
    fn plain(tokens: &[&str]) -> Vec<(Upos, &'static str, String)> {
        tokens.iter().map(|t| (Upos::Noun, "NN", t.to_lowercase())).collect()
    }

    fn tokens(s: &str) -> Vec<Tagged> {
        tag(&s.split_whitespace().collect::<Vec<_>>(), &plain)
    }

    #[track_caller]
    fn check(source: &str, target: &str, want: &str) {
        let ops: String = align(&tokens(source), &tokens(target))
            .iter()
            .map(|s| match s.op {
                Op::Match => 'm',
                Op::Substitute => 's',
                Op::Delete => 'd',
                Op::Insert => 'i',
                Op::Transpose => 't',
            })
            .collect();
        assert_eq!(ops, want);
    }

    #[test]
    fn operations() {
        check("he like dogs", "he likes dogs", "msm");
        check("he like dogs", "he like big dogs", "mmim");
        check("he does like dogs", "he like dogs", "mdmm");
        check("i saw him only once", "i only saw him once", "mtm");
        check("", "a b", "ii");
        check("a b", "", "dd");
        check("", "", "");
    }

    #[test]
    fn similarity_is_a_share() {
        for (a, b, want) in [("", "", 1.0), ("abc", "abc", 1.0), ("abc", "xyz", 0.0), ("ab", "b", 2.0 / 3.0)] {
            assert_eq!(similarity(a, b), want);
        }
    }

    #[test]
    fn a_tagger_that_falls_short_is_no_trouble() {
        let tagged = tag(&["a", "b"], &|_| Vec::new());
        assert_eq!(tagged[1].upos, Upos::X);
    }
}
