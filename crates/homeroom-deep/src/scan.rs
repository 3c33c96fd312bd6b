//! From candidates to the few that make the sentence likelier: a ladder that drops most of them early.
//!
//! The rungs: the first changed token alone; all changed tokens; those and three tokens behind; the rest of the sentence.
//! Every rung costs one pass of the language model over the sentence and what is left of its candidates.

use std::collections::BTreeMap;

use crate::candidates::propose;
use crate::edit::{Edit, Words};
use crate::scorer::{Branch, Scorer};

/// Tokens behind an edit that its local change looks at.
const BEHIND: usize = 3;
/// First rung: the first changed token must be at least this likely, in nats, ...
const FIRST_TOKEN: f32 = -9.0;
/// ... and at most this much less likely than the token that stands there.
const FIRST_TOKEN_GAP: f32 = 3.2;
/// The same for spelling: what the pupil wrote comes in odd pieces that are likely by themselves.
const SPELLING_TOKEN: f32 = -13.0;
const SPELLING_GAP: f32 = 5.0;
/// The first token of an inserted word.
const INSERTED_TOKEN: f32 = -6.0;
/// Insertions at one place that go on to the second rung.
const INSERTIONS: usize = 4;
/// Second rung: change over the changed tokens, in nats.
const CHANGED: f32 = -2.0;
/// Third rung: change to [`BEHIND`] tokens behind.
const LOCAL: f32 = -0.5;

/// A candidate with what the language model says of it. All in nats.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// The edit.
    pub edit: Edit,
    /// Log-probability of the first changed token, and of the token that stands there.
    pub first: f32,
    /// The same of the token that stands there.
    pub source_first: f32,
    /// Change of log-probability up to three tokens behind the edit.
    pub local: f32,
    /// Change of log-probability of the whole rest of the sentence.
    pub full: f32,
    /// Log-probability of the sentence as it stands.
    pub sentence: f32,
    /// Tokens of the sentence.
    pub n_tokens: usize,
}

impl Scored {
    /// What thresholds apply to: the mean of the local and the full change.
    #[must_use]
    pub fn gain(&self) -> f32 {
        f32::midpoint(self.local, self.full)
    }
}

/// A candidate in tokens: the first that differs, and how many are the same at the end.
struct Variant {
    edit: Edit,
    tokens: Vec<u32>,
    same_before: usize,
    same_behind: usize,
}

/// What a sentence's edits are worth: candidates of this crate that make it nearly as likely or likelier, and those of
/// others, each of which is scored whatever it is.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    pub(crate) candidates: Vec<Scored>,
    /// In the order in which they were given; `None` for an edit that changes no token.
    pub(crate) given: Vec<Option<Scored>>,
}

/// Scores the candidate edits of a sentence that follows `context` (the sentence before, or nothing), and `given` ones.
/// `None` where the model cannot take the sentence.
pub(crate) fn scan(scorer: &dyn Scorer, words: &Words<'_>, context: &str, given: &[Edit]) -> Option<Scan> {
    let space = if context.is_empty() { "" } else { " " };
    let encode = |text: &str| {
        let mut tokens = scorer.tokenize(&format!("{space}{}", straight(text)));
        tokens.push(scorer.end_of_sentence());
        tokens
    };
    let mut trunk = vec![scorer.start()];
    trunk.extend(scorer.tokenize(&straight(context)));
    let prefix = trunk.len();
    let source = encode(words.text);
    let n = source.len();
    trunk.extend(&source);
    let variant = |edit: Edit| {
        let tokens = encode(&edit.apply(words.text));
        let least = tokens.len().min(n);
        let same_before = tokens.iter().zip(&source).take_while(|(a, b)| a == b).count();
        let behind = tokens.iter().rev().zip(source.iter().rev()).take_while(|(a, b)| a == b).count();
        // What is the same at both ends is counted once.
        let same_behind = behind.min(least.saturating_sub(same_before));
        (same_before < tokens.len() && same_before < n).then_some(Variant { edit, tokens, same_before, same_behind })
    };
    let variants: Vec<Variant> = propose(words).into_iter().filter_map(variant).collect();
    let branch = |v: &Variant, end: usize| Branch {
        after: prefix + v.same_before,
        tokens: v.tokens[v.same_before..end].to_vec(),
    };
    let firsts: Vec<Branch> = variants.iter().map(|v| branch(v, v.same_before + 1)).collect();
    let open = scorer.open(&trunk, prefix)?;
    let on_trunk = open.trunk();
    let first_scores: Vec<f32> = open.score(&firsts)?.iter().map(|s| s[0]).collect();
    let sum = |range: std::ops::Range<usize>| on_trunk[prefix + range.start..prefix + range.end].iter().sum::<f32>();
    let kept = first_rung(variants, &first_scores, |v| on_trunk[prefix + v.same_before]);

    // Where a variant of so many tokens ends if so many of those behind the edit are looked at.
    let end = |v: &Variant, len: usize, behind: usize| len.min(len - v.same_behind + behind);
    let change_of = |v: &Variant, score: &[f32], behind: usize| {
        let tokens = end(v, v.tokens.len(), behind) - v.same_before;
        score[..tokens].iter().sum::<f32>() - sum(v.same_before..end(v, n, behind))
    };
    let change = |kept: &[(Variant, f32, f32)], behind: usize| -> Option<Vec<f32>> {
        let branches: Vec<Branch> = kept.iter().map(|(v, ..)| branch(v, end(v, v.tokens.len(), behind))).collect();
        let scores = open.score(&branches)?;
        Some(kept.iter().zip(scores).map(|((v, ..), score)| change_of(v, &score, behind)).collect())
    };
    let changed = change(&kept, 1)?;
    let (kept, _) = keep(kept, &changed, CHANGED);
    let local = change(&kept, BEHIND)?;
    let (kept, local) = keep(kept, &local, LOCAL);
    let given: Vec<Option<Variant>> = given.iter().cloned().map(variant).collect();
    let wholes: Vec<Branch> =
        kept.iter().map(|(v, ..)| v).chain(given.iter().flatten()).map(|v| branch(v, v.tokens.len())).collect();
    let mut scores = open.score(&wholes)?.into_iter();
    let sentence = sum(0..n);
    let mut candidates = Vec::with_capacity(kept.len());
    for ((v, first, source_first), local) in kept.into_iter().zip(local) {
        let full = change_of(&v, &scores.next()?, n);
        candidates.push(Scored { edit: v.edit, first, source_first, local, full, sentence, n_tokens: n });
    }
    let mut weighed = Vec::with_capacity(given.len());
    for v in given {
        let Some(v) = v else {
            weighed.push(None);
            continue;
        };
        let score = scores.next()?;
        weighed.push(Some(Scored {
            first: score[0],
            source_first: on_trunk[prefix + v.same_before],
            local: change_of(&v, &score, BEHIND),
            full: change_of(&v, &score, n),
            edit: v.edit,
            sentence,
            n_tokens: n,
        }));
    }
    Some(Scan { candidates, given: weighed })
}

type Kept = Vec<(Variant, f32, f32)>;

fn keep(kept: Kept, changes: &[f32], least: f32) -> (Kept, Vec<f32>) {
    kept.into_iter().zip(changes.iter().copied()).filter(|(_, c)| *c > least).unzip()
}

fn first_rung(variants: Vec<Variant>, scores: &[f32], source_first: impl Fn(&Variant) -> f32) -> Kept {
    let mut by_place: BTreeMap<(usize, usize), Vec<f32>> = BTreeMap::new();
    let is_insertion = |e: &Edit| e.words.is_empty() && !matches!(e.kind.info().id.as_str(), "missing_article");
    let place = |v: &Variant| (v.same_before, v.edit.words.start);
    for (v, &score) in variants.iter().zip(scores) {
        if is_insertion(&v.edit) {
            by_place.entry(place(v)).or_default().push(score);
        }
    }
    for scores in by_place.values_mut() {
        scores.sort_by(|a, b| b.total_cmp(a));
    }
    variants
        .into_iter()
        .zip(scores.iter().copied())
        .filter_map(|(v, score)| {
            let stands = source_first(&v);
            let likely = score >= FIRST_TOKEN && score >= stands - FIRST_TOKEN_GAP;
            let spelling =
                v.edit.kind.info().id == "spelling" && score > SPELLING_TOKEN && score > stands - SPELLING_GAP;
            let mut keep = likely || spelling;
            if is_insertion(&v.edit) {
                let rivals = &by_place[&place(&v)];
                keep &= score >= INSERTED_TOKEN && score >= rivals[(INSERTIONS - 1).min(rivals.len() - 1)];
            }
            keep.then_some((v, score, stands))
        })
        .collect()
}

/// Apostrophes and quotation marks as the language model saw most of them; line breaks as spaces.
fn straight(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{2018}' | '\u{2019}' => '\'',
            '\u{201c}' | '\u{201d}' => '"',
            '\n' | '\r' | '\t' | '\u{a0}' => ' ',
            c => c,
        })
        .collect()
}
