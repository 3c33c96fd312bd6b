//! Two independent clauses with nothing between them: *I like it it is fun*.
//!
//! In *the man I saw* and *I am sure he knows* the second clause belongs to the first; only a pronoun behind an object
//! pronoun, an adverb of place or time, or an adjective that takes no clause is marked, and only as "check this".

use homeroom_core::{Analysis, Checker, Finding, Upos};

use super::clause::{at, finite_verb, in_quotes};
use super::{Draft, clause};
use crate::compose::capitalise;

/// Confidence: a relative clause without its pronoun looks much the same.
const DOUBTFUL: f64 = 0.5;

/// Words that end a clause and do not take another as their complement.
const ENDS: [&str; 17] = [
    "it",
    "them",
    "me",
    "him",
    "us",
    "home",
    "there",
    "here",
    "together",
    "tired",
    "late",
    "beautiful",
    "interesting",
    "difficult",
    "easy",
    "hungry",
    "again",
];

/// Verbs with an object and a clause: "told me he knew", "showed them it was right".
const WITH_CLAUSE: [&str; 12] =
    ["tell", "show", "remind", "promise", "teach", "ask", "convince", "assure", "warn", "make", "let", "inform"];

pub(super) struct RunOn;

impl Checker for RunOn {
    fn id(&self) -> &'static str {
        "run_on"
    }

    fn fault(&self) -> &'static str {
        "Two independent clauses with nothing between them: *I like it it is fun*"
    }

    fn check(&self, analysis: &Analysis, findings: &mut Vec<Finding>) {
        for i in 0..analysis.tokens.len() {
            findings.extend(run_on(analysis, i));
        }
    }
}

fn run_on(analysis: &Analysis, i: usize) -> Option<Finding> {
    let token = &analysis.tokens[i];
    if !matches!(token.lower.as_str(), "i" | "he" | "she" | "we" | "they" | "it") || token.deprel != "nsubj" {
        return None;
    }
    let (end, before) = at(analysis, i, -1)?;
    if !ENDS.contains(&before.lower.as_str()) || in_quotes(analysis, i) || before.upos == Upos::Det {
        return None;
    }
    let right = token.head?;
    finite_verb(analysis, right).filter(|&v| v > i && v <= i + 2)?;
    let start = analysis.sentences[token.sentence].tokens.start;
    // The first clause has a subject and a finite verb of its own and opens the sentence.
    let left = (start..i).rev().find(|&k| {
        k != right
            && analysis.child(k, "nsubj").is_some_and(|s| s < end)
            && finite_verb(analysis, k).is_some_and(|v| v < i)
    })?;
    let marked = (start..i).any(|k| {
        matches!(analysis.tokens[k].deprel, "mark" | "cc")
            || matches!(analysis.tokens[k].xpos, "WDT" | "WP" | "WRB")
            || matches!(analysis.tokens[k].lower.as_str(), "so" | "such" | "too" | "," | "that" | "more" | "the")
    });
    if marked
        || WITH_CLAUSE.contains(&analysis.tokens[left].lemma.as_str())
        || clause::is_heading(analysis, token.sentence)
    {
        return None;
    }
    let form = analysis.form(end);
    let next = analysis.form(i);
    let lower = if token.lower == "i" { "I".to_owned() } else { token.lower.clone() };
    Some(
        Draft::new("run_on", analysis.span_of(end, i), "M:PUNCT", "ro")
            .because(
                "Two complete sentences stand side by side: put a full stop or a conjunction between them.",
                "两个完整的句子之间要用句号隔开，或加连词。",
            )
            .suggest([format!("{form}. {}", capitalise(next)), format!("{form}, and {lower}")])
            .confidence(DOUBTFUL)
            .check_this()
            .done(),
    )
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::RunOn;

    #[test]
    fn hits() {
        for (text, fixed) in [
            ("I like it it is fun.", "I like it. It is fun."),
            ("My friends went home they were tired.", "My friends went home. They were tired."),
        ] {
            check(&RunOn, text, Some(fixed));
        }
    }

    #[test]
    fn near_misses() {
        for text in [
            "He told me he was ill.",
            "I was so tired I went to bed.",
            "When I got home I went to bed.",
            "I am sure he knows it.",
            "I like it when it is cold.",
        ] {
            check(&RunOn, text, None);
        }
    }
}
