//! Joining the steps of an alignment into the edits that a human would make.
//!
//! # Source
//! The rules of Felice, Bryant and Briscoe 2016 as ERRANT has them.
//! Rules after ERRANT (Bryant et al. 2017), MIT, see THIRD-PARTY.md.

use std::ops::Range;

use homeroom_core::Upos;

use crate::align::{Op, Step, Tagged, similarity};

/// An edit between two sentences: tokens `source` become tokens `target` of the corrected sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditSpan {
    /// Tokens of the sentence; empty for an insertion.
    pub source: Range<usize>,
    /// Tokens of the corrected sentence; empty for a deletion.
    pub target: Range<usize>,
}

/// Longest run of changed tokens that is looked at rule by rule; a longer one is a rewrite and stays one edit.
const MAX_RUN: usize = 64;

/// Character similarity over which a substitution at the end of a run stands alone.
const SIMILAR: f64 = 0.75;

/// The edits of an alignment, in order.
#[must_use]
pub fn merge(steps: &[Step], source: &[Tagged], target: &[Tagged]) -> Vec<EditSpan> {
    let rules = Rules { source, target };
    let mut edits = Vec::new();
    let mut run: Vec<Step> = Vec::new();
    for step in steps {
        if matches!(step.op, Op::Match | Op::Transpose) {
            rules.run(&run, &mut edits);
            run.clear();
            if step.op == Op::Transpose {
                edits.push(EditSpan { source: step.source.clone(), target: step.target.clone() });
            }
        } else {
            run.push(step.clone());
        }
    }
    rules.run(&run, &mut edits);
    edits
}

struct Rules<'a> {
    source: &'a [Tagged],
    target: &'a [Tagged],
}

/// What a rule says about the steps `start..=end` of a run.
enum Verdict {
    /// Join these; go on before and after.
    Join(usize, usize),
    /// Cut before this step and go on on both sides.
    Cut(usize),
    /// The first step stands alone.
    CutFirst,
    /// The last step stands alone.
    CutLast,
    /// No rule applies.
    Nothing,
}

impl Rules<'_> {
    fn run(&self, run: &[Step], out: &mut Vec<EditSpan>) {
        if run.len() < 2 || run.len() > MAX_RUN {
            out.extend(whole(run));
            return;
        }
        if run.iter().all(|s| s.op == Op::Delete) || run.iter().all(|s| s.op == Op::Insert) {
            out.extend(whole(run));
            return;
        }
        let mut content = false;
        // The widest stretches first, from left to right.
        for width in (1..run.len()).rev() {
            for start in 0..run.len() - width {
                let end = start + width;
                if !run[start..=end].iter().any(|s| s.op == Op::Substitute) {
                    continue;
                }
                match self.verdict(run, start, end) {
                    Verdict::Join(from, to) => {
                        self.run(&run[..from], out);
                        out.extend(whole(&run[from..=to]));
                        self.run(&run[to + 1..], out);
                        return;
                    }
                    Verdict::Cut(at) => {
                        self.run(&run[..at], out);
                        self.run(&run[at..], out);
                        return;
                    }
                    Verdict::CutFirst => {
                        out.extend(whole(&run[..1]));
                        self.run(&run[1..], out);
                        return;
                    }
                    Verdict::CutLast => {
                        self.run(&run[..run.len() - 1], out);
                        out.extend(whole(&run[run.len() - 1..]));
                        return;
                    }
                    Verdict::Nothing => {}
                }
                let (s, t) = self.tokens(run, start, end);
                content |= s.iter().chain(t).any(is_content);
            }
        }
        if content {
            out.extend(whole(run));
        } else {
            out.extend(run.iter().flat_map(|s| whole(std::slice::from_ref(s))));
        }
    }

    fn tokens(&self, run: &[Step], start: usize, end: usize) -> (&[Tagged], &[Tagged]) {
        (
            &self.source[run[start].source.start..run[end].source.end],
            &self.target[run[start].target.start..run[end].target.end],
        )
    }

    fn verdict(&self, run: &[Step], start: usize, end: usize) -> Verdict {
        let (s, t) = self.tokens(run, start, end);
        // A stretch with a substitution has tokens on both sides.
        let ([s_first, ..], [t_first, ..], [.., s_last], [.., t_last]) = (s, t, s, t) else {
            return Verdict::Nothing;
        };
        let possessive = |x: &Tagged| x.xpos == "POS";
        if start == 0 && (possessive(s_first) || possessive(t_first)) {
            return Verdict::CutFirst;
        }
        // friends -> friend 's
        if possessive(s_last) || possessive(t_last) {
            return Verdict::Join(end - 1, end);
        }
        if s_last.lower == t_last.lower {
            // Cat -> The big cat
            let capital = |x: &Tagged| x.text.chars().next().is_some_and(char::is_uppercase);
            if start == 0 && ((s.len() == 1 && capital(t_first)) || (t.len() == 1 && capital(s_first))) {
                return Verdict::Join(start, end);
            }
            // , we -> . We
            let after_mark = |x: &[Tagged]| x.len() > 1 && is_punctuation(&x[x.len() - 2]);
            if after_mark(s) || after_mark(t) {
                return Verdict::Join(end - 1, end);
            }
        }
        // acat -> a cat; sub - way -> subway
        if glued(s) == glued(t) {
            return Verdict::Join(start, end);
        }
        // to eat -> eating; watch -> look at
        let all = || s.iter().chain(t);
        let same_class = all().all(|x| x.upos == s_first.upos);
        let verbal = all().all(|x| matches!(x.upos, Upos::Aux | Upos::Part | Upos::Verb));
        if s.len() != t.len() && (same_class || verbal) {
            return Verdict::Join(start, end);
        }
        if end - start < 2 {
            if s.len() == 2 && t.len() == 2 {
                return Verdict::Cut(start + 1);
            }
            let alike = |step: &Step, a: &Tagged, b: &Tagged| {
                step.op == Op::Substitute && similarity(&a.text, &b.text) > SIMILAR
            };
            if alike(&run[start], s_first, t_first) || alike(&run[end], s_last, t_last) {
                return Verdict::Cut(start + 1);
            }
            let last = &run[run.len() - 1];
            let determiner = (last.op != Op::Insert && s_last.upos == Upos::Det)
                || (last.op != Op::Delete && t_last.upos == Upos::Det);
            if end + 1 == run.len() && determiner {
                return Verdict::CutLast;
            }
        }
        Verdict::Nothing
    }
}

fn whole(run: &[Step]) -> Option<EditSpan> {
    let (first, last) = (run.first()?, run.last()?);
    Some(EditSpan { source: first.source.start..last.source.end, target: first.target.start..last.target.end })
}

fn is_content(t: &Tagged) -> bool {
    matches!(t.upos, Upos::Adj | Upos::Aux | Upos::Adv | Upos::Noun | Upos::Verb)
}

fn is_punctuation(t: &Tagged) -> bool {
    t.upos == Upos::Punct || (!t.text.is_empty() && t.text.chars().all(|c| c.is_ascii_punctuation()))
}

/// The tokens in lower case as one string without apostrophes and hyphens.
fn glued(tokens: &[Tagged]) -> String {
    tokens.iter().flat_map(|t| t.lower.chars()).filter(|c| !matches!(c, '\'' | '-')).collect()
}
