//! *Have* for *there is*: *There have many people*, *In my school has a library*.
//!
//! *There have been* is right, and so is *In my school he has* where the clause has a subject.

use homeroom_core::{Analysis, Checker, Finding, Upos};

use super::Draft;
use super::clause::{at, leftmost, word};
use crate::compose::match_case;

/// Confidence of *there have* before a noun phrase.
const CERTAIN: f64 = 0.93;
/// Confidence of a place before *have* without a subject.
const LIKELY: f64 = 0.8;

pub(super) struct ThereHave;

impl Checker for ThereHave {
    fn id(&self) -> &'static str {
        "there_have"
    }

    fn fault(&self) -> &'static str {
        "*Have* for *there is*: *There have many people*, *In my school has a library*"
    }

    fn check(&self, analysis: &Analysis, findings: &mut Vec<Finding>) {
        for i in 0..analysis.tokens.len() {
            if matches!(analysis.tokens[i].lower.as_str(), "have" | "has" | "had") {
                findings.extend(there(analysis, i).or_else(|| place(analysis, i)));
            }
        }
    }
}

/// Whether what is there is plural, by the head noun.
fn be_for(analysis: &Analysis, verb: usize, thing: usize) -> &'static str {
    let plural = matches!(analysis.tokens[thing].xpos, "NNS" | "NNPS")
        || matches!(analysis.tokens[thing].lower.as_str(), "people" | "lot" | "lots" | "children")
            && !matches!(word(analysis, thing, 1), "time");
    match (analysis.tokens[verb].lower == "had", plural) {
        (true, true) => "were",
        (true, false) => "was",
        (false, true) => "are",
        (false, false) => "is",
    }
}

fn is_noun_phrase_start(analysis: &Analysis, verb: usize) -> bool {
    at(analysis, verb, 1).is_some_and(|(_, t)| {
        matches!(t.xpos, "DT" | "JJ" | "JJR" | "NN" | "NNS" | "CD" | "PDT")
            && !matches!(t.lower.as_str(), "not" | "no" | "better" | "both")
    })
}

/// "There have many people": the pronoun right before, a noun phrase right behind.
fn there(analysis: &Analysis, verb: usize) -> Option<Finding> {
    let (i, there) = at(analysis, verb, -1)?;
    if there.lower != "there" || !is_noun_phrase_start(analysis, verb) {
        return None;
    }
    // "the people there have many", "Most of the students there have": an adverb behind a noun.
    if at(analysis, i, -1).is_some_and(|(_, t)| matches!(t.upos, Upos::Noun | Upos::Propn | Upos::Pron)) {
        return None;
    }
    let thing = analysis
        .child(verb, "obj")
        .or_else(|| analysis.children(verb).find(|&c| c > verb && analysis.tokens[c].upos == Upos::Noun))?;
    let be = be_for(analysis, verb, thing);
    let form = analysis.form(verb);
    Some(
        Draft::new("there_have", analysis.tokens[verb].span, "R:VERB", "vf")
            .because(
                format!("To say that something exists, English uses “there {be}”, not “there {form}”."),
                format!("表示“某处有某物”用“there {be}”，不用“there {form}”。"),
            )
            .suggest([be])
            .confidence(CERTAIN)
            .done(),
    )
}

/// "In my school has a library": a place, then *have* without a subject.
fn place(analysis: &Analysis, verb: usize) -> Option<Finding> {
    let token = &analysis.tokens[verb];
    if !matches!(token.deprel, "root" | "advcl" | "ccomp" | "conj" | "parataxis") {
        return None;
    }
    let (noun, place) = at(analysis, verb, -1)?;
    // The parser takes the place for the subject where there is no other.
    let subject = analysis.child(verb, "nsubj");
    let is_place = place.deprel.starts_with("obl") && subject.is_none() || subject == Some(noun);
    if !matches!(place.upos, Upos::Noun | Upos::Propn) || !is_place || place.head != Some(verb) {
        return None;
    }
    let first = leftmost(analysis, noun);
    let opens = at(analysis, first, -1)
        .is_none_or(|(_, t)| matches!(t.lower.as_str(), "," | "and" | "but" | "that" | "think" | "because"));
    if !matches!(analysis.tokens[first].lower.as_str(), "in" | "on" | "at")
        || !opens
        || !is_noun_phrase_start(analysis, verb)
    {
        return None;
    }
    let thing = analysis.child(verb, "obj")?;
    let be = be_for(analysis, verb, thing);
    let form = analysis.form(verb);
    Some(
        Draft::new("there_have", token.span, "R:VERB", "vf")
            .because(
                format!("A place can't be the subject of “{form}” here; English says “there {be}”."),
                format!("介词短语不能作“{form}”的主语，表示“某处有某物”用“there {be}”。"),
            )
            .suggest([match_case(form, &format!("there {be}"))])
            .confidence(LIKELY)
            .done(),
    )
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::ThereHave;

    #[test]
    fn hits() {
        for (text, fixed) in [
            ("There have many people in my school.", "There are many people in my school."),
            ("There has a big tree near my house.", "There is a big tree near my house."),
            ("In my school has many trees.", "In my school there are many trees."),
            ("On the desk has a book.", "On the desk there is a book."),
        ] {
            check(&ThereHave, text, Some(fixed));
        }
    }

    #[test]
    fn near_misses() {
        for text in [
            "There have been many changes.",
            "The people there have many problems.",
            "In my school every student has a desk.",
            "There has never been a better time.",
            "Living in the city has many advantages.",
        ] {
            check(&ThereHave, text, None);
        }
    }
}
