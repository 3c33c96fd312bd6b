//! From candidates to the few that make the sentence likelier: a ladder that drops most of them early.
//!
//! The rungs: the first changed token alone; all changed tokens; those and three tokens behind; the rest of the sentence.
//! Every rung costs one pass of the language model over the sentence and what is left of its candidates.

use std::cmp::Ordering;
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
/// What a candidate lacks of its kind's threshold may exceed by at most so many nats what it has so far. First rung, for
/// candidates that make the sentence longer in tokens, leave its length or make it shorter: the first token against the one
/// that stands there. Second and third rung: the change so far. Set on 220 sentences of JFLEG and of the web, where they drop 2 of
/// 409 winners at the first rung, 3 of 457 at the second and none at the third. They save two rows in five.
const FIRST_TO_COME: [f32; 3] = [2.5, 7.0, 9.0];
const CHANGED_TO_COME: f32 = 5.0;
const LOCAL_TO_COME: f32 = 3.0;

/// A candidate with what the language model says of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scored {
    pub(crate) edit: Edit,
    pub(crate) change: Change,
}

/// What an edit does to a sentence's log-probability, in nats.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Change {
    /// Up to [`BEHIND`] tokens behind the edit.
    pub(crate) local: f32,
    /// In the whole rest of the sentence.
    pub(crate) full: f32,
}

impl Change {
    /// What thresholds apply to: the mean of the local and the full change.
    pub(crate) fn gain(self) -> f32 {
        f32::midpoint(self.local, self.full)
    }
}

/// A changed sentence in tokens: how many are the same at its start and at its end.
struct Variant {
    tokens: Vec<u32>,
    same_before: usize,
    same_behind: usize,
}

/// What a sentence's edits are worth: candidates of this crate that make it nearly as likely or likelier, and those of
/// others, each of which is scored whatever it is.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    pub(crate) candidates: Vec<Scored>,
    /// In the order in which they were given; `None` for one that changes no token.
    pub(crate) given: Vec<Option<Change>>,
}

/// Scores the candidate edits of a sentence that follows `context` (the sentence before, or nothing), and `given` versions of
/// the sentence. `raise`: candidates whose gain is not above their kind's threshold by so many nats may be left out. `None`
/// where the model cannot take the sentence.
pub(crate) fn scan(
    scorer: &dyn Scorer,
    words: &Words<'_>,
    context: &str,
    given: &[String],
    raise: f32,
) -> Option<Scan> {
    let needed = |edit: &Edit| edit.kind.info().threshold + raise;
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
    let variant = |changed: &str| {
        let tokens = encode(changed);
        let least = tokens.len().min(n);
        let same_before = tokens.iter().zip(&source).take_while(|(a, b)| a == b).count();
        let behind = tokens.iter().rev().zip(source.iter().rev()).take_while(|(a, b)| a == b).count();
        // What is the same at both ends is counted once.
        let same_behind = behind.min(least.saturating_sub(same_before));
        (same_before < tokens.len() && same_before < n).then_some(Variant { tokens, same_before, same_behind })
    };
    let candidates: Kept = propose(words)
        .into_iter()
        .filter_map(|edit| variant(&edit.apply(words.text)).map(|variant| (edit, variant)))
        .collect();
    let branch = |v: &Variant, end: usize| Branch {
        after: prefix + v.same_before,
        tokens: v.tokens[v.same_before..end].to_vec(),
    };
    let firsts: Vec<Branch> = candidates.iter().map(|(_, v)| branch(v, v.same_before + 1)).collect();
    let open = scorer.open(&trunk, prefix)?;
    let on_trunk = open.trunk();
    let first_scores: Vec<f32> = open.score(&firsts)?.iter().map(|s| s[0]).collect();
    let sum = |range: std::ops::Range<usize>| on_trunk[prefix + range.start..prefix + range.end].iter().sum::<f32>();
    let kept = first_rung(
        candidates,
        &first_scores,
        |v| on_trunk[prefix + v.same_before],
        |edit, v| {
            let [longer, same, shorter] = FIRST_TO_COME;
            needed(edit)
                - match v.tokens.len().cmp(&n) {
                    Ordering::Greater => longer,
                    Ordering::Equal => same,
                    Ordering::Less => shorter,
                }
        },
    );

    // Where a variant of so many tokens ends if so many of those behind the edit are looked at.
    let end = |v: &Variant, len: usize, behind: usize| len.min(len - v.same_behind + behind);
    let change_of = |v: &Variant, score: &[f32], behind: usize| {
        let tokens = end(v, v.tokens.len(), behind) - v.same_before;
        score[..tokens].iter().sum::<f32>() - sum(v.same_before..end(v, n, behind))
    };
    let rung = |kept: Kept, behind: usize, least: f32, to_come: f32| -> Option<Kept> {
        let branches: Vec<Branch> = kept.iter().map(|(_, v)| branch(v, end(v, v.tokens.len(), behind))).collect();
        let scores = open.score(&branches)?;
        let passing = kept
            .into_iter()
            .zip(scores)
            .filter(|((edit, v), score)| change_of(v, score, behind) > least.max(needed(edit) - to_come));
        Some(passing.map(|(candidate, _)| candidate).collect())
    };
    let kept = rung(kept, 1, CHANGED, CHANGED_TO_COME)?;
    let kept = rung(kept, BEHIND, LOCAL, LOCAL_TO_COME)?;
    let given: Vec<Option<Variant>> = given.iter().map(|changed| variant(changed)).collect();
    let wholes: Vec<Branch> =
        kept.iter().map(|(_, v)| v).chain(given.iter().flatten()).map(|v| branch(v, v.tokens.len())).collect();
    let mut scores = open.score(&wholes)?.into_iter();
    let mut next = |v: &Variant| {
        scores.next().map(|score| Change { local: change_of(v, &score, BEHIND), full: change_of(v, &score, n) })
    };
    let candidates = kept.into_iter().map(|(edit, v)| next(&v).map(|change| Scored { edit, change })).collect();
    let candidates: Option<Vec<Scored>> = candidates;
    Some(Scan { candidates: candidates?, given: given.iter().map(|v| v.as_ref().and_then(&mut next)).collect() })
}

/// Candidates that are still in the running.
type Kept = Vec<(Edit, Variant)>;

/// `stands`: log-probability of the token that stands in place of a variant's first. `least`: how much likelier than that one
/// the first token must be, in nats.
fn first_rung(
    candidates: Kept,
    scores: &[f32],
    stands: impl Fn(&Variant) -> f32,
    least: impl Fn(&Edit, &Variant) -> f32,
) -> Kept {
    let is_insertion = |e: &Edit| e.words.is_empty() && e.kind.info().id != "missing_article";
    let place = |(edit, v): &(Edit, Variant)| (v.same_before, edit.words.start);
    let mut by_place: BTreeMap<(usize, usize), Vec<f32>> = BTreeMap::new();
    for (candidate, &score) in candidates.iter().zip(scores).filter(|(c, _)| is_insertion(&c.0)) {
        by_place.entry(place(candidate)).or_default().push(score);
    }
    for scores in by_place.values_mut() {
        scores.sort_by(|a, b| b.total_cmp(a));
    }
    let passes = |candidate: &(Edit, Variant), score: f32| {
        let (edit, v) = candidate;
        let stands = stands(v);
        let likely = score >= FIRST_TOKEN && score >= stands - FIRST_TOKEN_GAP;
        let spelling = edit.kind.info().id == "spelling" && score > SPELLING_TOKEN && score > stands - SPELLING_GAP;
        let inserted = || {
            let rivals = &by_place[&place(candidate)];
            score >= INSERTED_TOKEN && score >= rivals[(INSERTIONS - 1).min(rivals.len() - 1)]
        };
        (likely || spelling) && score - stands > least(edit, v) && (!is_insertion(edit) || inserted())
    };
    candidates.into_iter().zip(scores).filter(|(c, score)| passes(c, **score)).map(|(c, _)| c).collect()
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
