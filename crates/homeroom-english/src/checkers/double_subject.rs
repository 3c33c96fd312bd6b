//! A subject said twice: *My mother she is a teacher*, *The book it is useful*; and a place with a preposition as a
//! subject: *In the picture shows a boy*.
//!
//! The second subject is a pronoun right behind the noun phrase, without a comma, and agrees with it; in *the book she
//! wrote* the clause belongs to the noun, and it is followed by another verb.

use homeroom_core::{Analysis, Checker, Finding, Upos};

use super::clause::{at, in_quotes, leftmost};
use super::{Draft, clause};

/// Confidence where the pronoun agrees with the noun and a finite verb follows.
const LIKELY: f64 = 0.85;

/// Verbs that describe a picture or a text, whose subject it must be.
const SHOWS: [&str; 10] = ["shows", "tells", "says", "describes", "showed", "told", "said", "show", "tell", "describe"];

pub(super) struct DoubleSubject;

impl Checker for DoubleSubject {
    fn id(&self) -> &'static str {
        "double_subject"
    }

    fn fault(&self) -> &'static str {
        "A subject said twice or with a preposition: *My mother she is a teacher*, *In the picture shows a boy*"
    }

    fn check(&self, analysis: &Analysis, findings: &mut Vec<Finding>) {
        for i in 0..analysis.tokens.len() {
            findings.extend(pronoun(analysis, i).or_else(|| place(analysis, i)));
        }
    }
}

fn pronoun(analysis: &Analysis, i: usize) -> Option<Finding> {
    let token = &analysis.tokens[i];
    if !matches!(token.lower.as_str(), "he" | "she" | "it" | "they") || in_quotes(analysis, i) {
        return None;
    }
    let (mut verb, mut finite) = at(analysis, i, 1)?;
    if finite.xpos == "RB" {
        (verb, finite) = at(analysis, verb, 1)?;
    }
    if !matches!(finite.xpos, "VBZ" | "VBP" | "VBD" | "MD") {
        return None;
    }
    // "some girl in our room she": the head of the phrase that ends before the pronoun.
    let (last, _) = at(analysis, i, -1)?;
    let sibling = token.head.and_then(|p| {
        analysis.children(p).find(|&c| {
            c < last && analysis.tokens[c].deprel.starts_with("nsubj") && clause::rightmost(analysis, c) == last
        })
    });
    let head = sibling.unwrap_or(last);
    let noun = &analysis.tokens[head];
    if noun.upos != Upos::Noun || analysis.tokens[last].upos != Upos::Noun {
        return None;
    }
    // The noun phrase opens the sentence or its clause and has a determiner.
    let start = analysis.sentences[token.sentence].tokens.start;
    let first = leftmost(analysis, head).max(start);
    let opens =
        first == start || matches!(analysis.tokens[first - 1].lower.as_str(), "and" | "but" | "because" | "," | "，");
    let determined = matches!(analysis.tokens[first].xpos, "DT" | "PRP$")
        || matches!(analysis.tokens[first].lower.as_str(), "many" | "most");
    if !opens || !determined || i - first > 5 {
        return None;
    }
    if (first..head).any(|k| matches!(analysis.tokens[k].upos, Upos::Verb | Upos::Adp | Upos::Punct)) {
        return None;
    }
    let plural = noun.xpos == "NNS" || matches!(noun.lower.as_str(), "people" | "parents" | "children");
    // "some student they": the plural ending is what a learner forgets.
    let indefinite = matches!(analysis.tokens[first].lower.as_str(), "some" | "many" | "most" | "all");
    if plural != (token.lower == "they") && !(indefinite && token.lower == "they") {
        return None;
    }
    // "The year it was built", "The moment he came": nouns of time and manner take a clause.
    if matches!(
        noun.lower.as_str(),
        "time"
            | "year"
            | "day"
            | "moment"
            | "way"
            | "reason"
            | "week"
            | "month"
            | "morning"
            | "night"
            | "minute"
            | "place"
            | "times"
            | "years"
            | "days"
            | "instant"
            | "weekend"
            | "evening"
            | "afternoon"
            | "summer"
    ) {
        return None;
    }
    // "The book she wrote is good": a second finite verb of the same level behind, and the clause lacks its object.
    let end = analysis.sentences[token.sentence].tokens.end;
    let relative =
        (i + 1..end).any(|k| analysis.tokens[k].deprel == "acl:relcl" && analysis.tokens[k].head == Some(head));
    let stop = (verb + 1..end)
        .find(|&k| {
            matches!(
                analysis.tokens[k].lower.as_str(),
                "," | "." | "and" | "but" | ";" | "that" | "because" | "when" | "if"
            )
        })
        .unwrap_or(end);
    let second = (verb + 1..stop).any(|k| {
        matches!(analysis.tokens[k].xpos, "VBZ" | "VBP" | "VBD" | "MD")
            && clause::finite_verb(analysis, k) != Some(verb)
    });
    let be = matches!(finite.lower.as_str(), "is" | "are" | "was" | "were" | "'s" | "'re");
    // Where the parser hangs both subjects on one predicate, another finite verb belongs to an object clause.
    let both = noun.deprel.starts_with("nsubj") && noun.head == token.head;
    if !both && (second || relative && !be) {
        return None;
    }
    let phrase = analysis.span_of(first, last).of(analysis.text()).to_owned();
    let span = analysis.span_of(last, i);
    Some(
        Draft::new("double_subject", span, "U:PRON", "pron")
            .because(
                format!("“{phrase}” is the subject already; leave “{}” out.", token.lower),
                format!("“{phrase}”已经是主语，后面不要再加代词“{}”。", token.lower),
            )
            .suggest([analysis.form(last)])
            .confidence(LIKELY)
            .done(),
    )
}

/// "In the picture shows": the noun itself is the subject.
fn place(analysis: &Analysis, i: usize) -> Option<Finding> {
    let token = &analysis.tokens[i];
    let start = analysis.sentences[token.sentence].tokens.start;
    if !SHOWS.contains(&token.lower.as_str()) || token.upos != Upos::Verb || i < start + 3 || i > start + 6 {
        return None;
    }
    let opener = &analysis.tokens[start];
    let noun = &analysis.tokens[i - 1];
    if !matches!(opener.lower.as_str(), "in" | "from" | "on" | "at") || noun.upos != Upos::Noun {
        return None;
    }
    if analysis.child(i, "nsubj").is_some_and(|s| s != i - 1) {
        return None;
    }
    let plain = (start + 2..i - 1).all(|k| matches!(analysis.tokens[k].xpos, "JJ" | "NN"));
    let object = at(analysis, i, 1).is_some_and(|(_, t)| {
        matches!(t.xpos, "DT" | "NN" | "NNS" | "JJ" | "PRP$" | "PRP" | "IN") || t.lower == "that"
    });
    if !plain || !object || !matches!(analysis.tokens[start + 1].xpos, "DT" | "PRP$") {
        return None;
    }
    let rest = homeroom_core::Span::new(analysis.tokens[start + 1].span.start, noun.span.end).of(analysis.text());
    let phrase = crate::compose::capitalise(rest);
    Some(
        Draft::new("double_subject", analysis.span_of(start, i - 1), "U:PREP", "prep")
            .because(
                format!("“{}” needs a subject without a preposition: “{phrase} {}”.", token.lower, token.lower),
                format!("“{}”的主语不能是介词短语，去掉“{}”。", token.lower, opener.lower),
            )
            .suggest([phrase])
            .confidence(LIKELY)
            .done(),
    )
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::DoubleSubject;

    #[test]
    fn hits() {
        for (text, fixed) in [
            ("My mother she is a teacher.", "My mother is a teacher."),
            ("The book it is very useful.", "The book is very useful."),
            ("But some students they play in class.", "But some students play in class."),
            ("My grandmother she often says so.", "My grandmother often says so."),
            ("Some girls in our room they chat all night.", "Some girls in our room chat all night."),
            ("My parents they work hard.", "My parents work hard."),
            ("In the picture shows a boy with a phone.", "The picture shows a boy with a phone."),
        ] {
            check(&DoubleSubject, text, Some(fixed));
        }
    }

    #[test]
    fn near_misses() {
        for text in [
            "The book she wrote is famous.",
            "The first time he came, we talked.",
            "In the picture a boy shows his phone.",
            "The year it was built, he was born.",
            "The people they met were kind.",
            "After the lesson they went home.",
            "In my opinion it is true.",
        ] {
            check(&DoubleSubject, text, None);
        }
    }
}
