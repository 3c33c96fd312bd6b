//! A pronoun in the wrong case or with the wrong ending: *Him is my friend*, *for we*, *let he go*, *between you and I*,
//! *his self*, *the book is my*; and *I no like*, which `missing_be` marks.

use homeroom_core::{Analysis, Checker, Finding, Upos};

use super::Draft;
use super::clause::{at, finite_verb, word};
use crate::compose::{capitalise, match_case};

/// Confidence where the place leaves no doubt about the case.
const LIKELY: f64 = 0.88;
/// Confidence of a coordination, where usage wavers.
const DOUBTFUL: f64 = 0.5;

pub(super) struct PronounCase;

impl Checker for PronounCase {
    fn id(&self) -> &'static str {
        "pronoun_case"
    }

    fn fault(&self) -> &'static str {
        "A pronoun in the wrong case: *Him is my friend*, *for we*, *his self*, *the book is my*"
    }

    fn check(&self, analysis: &Analysis, findings: &mut Vec<Finding>) {
        for i in 0..analysis.tokens.len() {
            let found = object_form(analysis, i)
                .or_else(|| subject_form(analysis, i))
                .or_else(|| reflexive(analysis, i))
                .or_else(|| possessive(analysis, i));
            findings.extend(found);
        }
    }
}

fn objective(lower: &str) -> Option<&'static str> {
    Some(match lower {
        "i" => "me",
        "he" => "him",
        "she" => "her",
        "we" => "us",
        "they" => "them",
        _ => return None,
    })
}

fn nominative(lower: &str) -> Option<&'static str> {
    Some(match lower {
        "me" => "I",
        "him" => "he",
        "us" => "we",
        "them" => "they",
        _ => return None,
    })
}

/// "for we", "let he go", "help she", "between you and I".
fn object_form(analysis: &Analysis, i: usize) -> Option<Finding> {
    let token = &analysis.tokens[i];
    let right = objective(&token.lower)?;
    let (b, before) = at(analysis, i, -1)?;
    // No verb of its own may follow: "after he came", "I know he is".
    let (_, next) = at(analysis, i, 1)?;
    let ends = matches!(
        next.lower.as_str(),
        "." | "," | "!" | ";" | "and" | "in" | "at" | "on" | "to" | "for" | "with" | "when" | "because" | "very"
    );
    let subject = token.deprel.starts_with("nsubj")
        && analysis.tokens[token.head?].upos != Upos::Pron
        && token.head.is_some_and(|h| h > i && finite_verb(analysis, h).is_some());
    let preposition = before.upos == Upos::Adp
        && matches!(before.lower.as_str(), "for" | "to" | "with" | "of" | "from" | "about" | "at" | "by" | "on")
        && matches!(token.deprel, "obl" | "nmod" | "root" | "obl:agent")
        && ends;
    let let_object = matches!(before.lower.as_str(), "let" | "lets") && next.upos == Upos::Verb && token.lower != "i";
    let object = before.upos == Upos::Verb
        && matches!(token.deprel, "obj" | "iobj")
        && ends
        && token.lower != "i"
        && !matches!(before.lemma.as_str(), "be" | "say" | "think" | "know" | "do");
    let coordinated = token.lower == "i" && word(analysis, i, -1) == "and" && {
        let first = at(analysis, b, -1);
        let governor = at(analysis, b, -2);
        first.is_some_and(|(_, t)| t.upos == Upos::Pron)
            && governor.is_some_and(|(_, t)| t.lower == "between" || t.upos == Upos::Adp && t.lower == "for")
            && !subject
    };
    if subject && !let_object || !(preposition || let_object || object || coordinated) || analysis.form(i) == "i" {
        return None;
    }
    let place = before.lower.as_str();
    let draft = Draft::new("pronoun_case", token.span, "R:PRON", "pron")
        .because(
            format!("Here the pronoun is an object: “{right}”, not “{}”.", analysis.form(i)),
            format!("“{place}”后面作宾语用宾格“{right}”，不用“{}”。", analysis.form(i)),
        )
        .suggest([right])
        .confidence(if coordinated { DOUBTFUL } else { LIKELY });
    Some(if coordinated { draft.check_this().done() } else { draft.done() })
}

/// "Him is my friend", "Me and my friend went".
fn subject_form(analysis: &Analysis, i: usize) -> Option<Finding> {
    let token = &analysis.tokens[i];
    let right = nominative(&token.lower)?;
    let start = analysis.sentences[token.sentence].tokens.start;
    let opens =
        i == start || matches!(word(analysis, i, -1), "," | "because" | "and" | "but" | "that") && i < start + 8;
    let (_, next) = at(analysis, i, 1)?;
    let predicate = token.head.filter(|&h| h > i)?;
    if !token.deprel.starts_with("nsubj") || !opens || token.deprel == "conj" {
        return None;
    }
    let verb = finite_verb(analysis, predicate)?;
    if next.lower == "and" {
        // "Me and my friend went": said often enough to be only worth a check.
        if token.lower != "me" || i != start {
            return None;
        }
        // The parser hangs the second subject on the pronoun or on the verb.
        let conjunct = analysis
            .children(i)
            .chain(analysis.children(predicate))
            .find(|&c| c > i + 1 && c < verb && matches!(analysis.tokens[c].deprel, "conj" | "nsubj"))?;
        let other = analysis.span_of(i + 2, conjunct).of(analysis.text());
        return Some(
            Draft::new("pronoun_case", analysis.span_of(i, conjunct), "R:PRON", "pron")
                .because("As a subject it is “I”, and “I” stands last.", "作主语要用主格“I”，并且放在最后。")
                .suggest([format!("{} and I", capitalise(other))])
                .confidence(DOUBTFUL)
                .check_this()
                .done(),
        );
    }
    let finite = matches!(next.xpos, "VBZ" | "VBP" | "VBD" | "MD") && verb == i + 1;
    // "made them is", "for us is": an object that another word governs.
    let governed = i > start && matches!(word(analysis, i, -1), "and" | "," | "that");
    if !finite || governed {
        return None;
    }
    let right = if right == "I" { right.to_owned() } else { match_case(analysis.form(i), right) };
    Some(
        Draft::new("pronoun_case", token.span, "R:PRON", "pron")
            .because(
                format!("Here the pronoun is the subject: “{right}”, not “{}”.", analysis.form(i)),
                format!("作主语用主格“{right}”，不用“{}”。", analysis.form(i)),
            )
            .suggest([right])
            .confidence(LIKELY)
            .done(),
    )
}

/// "his self", "their selves", "hisself", "theirselves".
fn reflexive(analysis: &Analysis, i: usize) -> Option<Finding> {
    let token = &analysis.tokens[i];
    let (last, right) = match (token.lower.as_str(), word(analysis, i, 1)) {
        ("his", "self") => (i + 1, "himself"),
        ("my", "self") => (i + 1, "myself"),
        ("her", "self") => (i + 1, "herself"),
        ("your", "self") => (i + 1, "yourself"),
        ("it" | "its", "self") => (i + 1, "itself"),
        ("our", "selves" | "self") => (i + 1, "ourselves"),
        ("their" | "them", "selves" | "self") => (i + 1, "themselves"),
        ("hisself", _) => (i, "himself"),
        ("theirselves" | "themself" | "theirself", _) => (i, "themselves"),
        ("ourself", _) => (i, "ourselves"),
        _ => return None,
    };
    // "his self-confidence", "his self is": the noun.
    if last == i + 1
        && (at(analysis, last, 1).is_some_and(|(_, t)| t.lower.starts_with('-') || t.upos == Upos::Noun)
            || analysis.tokens[last].deprel.starts_with("nsubj"))
    {
        return None;
    }
    Some(
        Draft::new("pronoun_case", analysis.span_of(i, last), "R:PRON", "pron")
            .because(format!("The reflexive pronoun is one word: “{right}”."), format!("反身代词是一个词：“{right}”。"))
            .suggest([match_case(analysis.form(i), right)])
            .confidence(LIKELY)
            .done(),
    )
}

/// "This book is my.", "That is a friend of my."
fn possessive(analysis: &Analysis, i: usize) -> Option<Finding> {
    let token = &analysis.tokens[i];
    let right = match token.lower.as_str() {
        "my" => "mine",
        "your" => "yours",
        "our" => "ours",
        "their" => "theirs",
        _ => return None,
    };
    let ends = at(analysis, i, 1).is_none_or(|(_, t)| matches!(t.lower.as_str(), "." | "!" | "," | ";"));
    let before = word(analysis, i, -1);
    if !ends || !matches!(before, "is" | "are" | "was" | "were" | "of" | "not" | "than") {
        return None;
    }
    Some(
        Draft::new("pronoun_case", token.span, "R:PRON", "pron")
            .because(
                format!("Without a noun behind it the possessive is “{right}”."),
                format!("后面没有名词时用名词性物主代词“{right}”。"),
            )
            .suggest([right])
            .confidence(LIKELY)
            .done(),
    )
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::PronounCase;

    #[test]
    fn hits() {
        for (text, fixed) in [
            ("Him is my friend.", "He is my friend."),
            ("It is good for we.", "It is good for us."),
            ("Let he go home.", "Let him go home."),
            ("I often help she with maths.", "I often help her with maths."),
            ("He hurt his self badly.", "He hurt himself badly."),
            ("This book is my.", "This book is mine."),
            ("Me and my friend went home.", "My friend and I went home."),
        ] {
            check(&PronounCase, text, Some(fixed));
        }
    }

    #[test]
    fn near_misses() {
        for text in [
            "Let me and him go.",
            "After he came, we ate.",
            "I know he is here.",
            "It was he who called.",
            "This is my book.",
            "She saw him and me.",
            "His self was hurt by the story.",
            "What happened to them is sad.",
        ] {
            check(&PronounCase, text, None);
        }
    }
}
