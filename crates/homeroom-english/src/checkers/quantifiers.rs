//! A quantity or demonstrative that does not fit the number of its noun: *many student*, *two book*, *these problem*,
//! *every students*, *this books*, *much people*, *They are student*.
//!
//! Told by the determiner that the parse gives to the noun, with only plain adjectives in between. Nouns with one form
//! for both numbers and nouns that modify another noun (*two bedroom flats*) are left out.

use homeroom_core::{Analysis, Checker, Finding, Token, Upos};
use homeroom_lexicon::{Form, Lexicon};

use super::Draft;
use super::noun_phrase::{Countable, countable, has_determiner, is_day, is_plural, singular};
use crate::compose::match_case;

/// Singular forms that may follow a plural quantity.
const EITHER: [&str; 40] = [
    "people",
    "fish",
    "sheep",
    "deer",
    "series",
    "species",
    "means",
    "aircraft",
    "percent",
    "per",
    "dozen",
    "hundred",
    "thousand",
    "million",
    "billion",
    "score",
    "data",
    "media",
    "yuan",
    "yen",
    "jin",
    "li",
    "mu",
    "kilo",
    "foot",
    "pound",
    "half",
    "third",
    "quarter",
    "fifth",
    "more",
    "other",
    "pm",
    "am",
    "plus",
    "rmb",
    "kind",
    "head",
    "offspring",
    "police",
];

/// Units of measure: "a ten minute walk" is written without a hyphen by many.
const UNITS: [&str; 18] = [
    "minute",
    "hour",
    "day",
    "week",
    "month",
    "year",
    "meter",
    "metre",
    "kilometer",
    "kilometre",
    "mile",
    "inch",
    "dollar",
    "degree",
    "story",
    "storey",
    "star",
    "step",
];

/// Nouns that learners mean as mass nouns when they leave them in the singular behind *many*.
const MASS: [&str; 10] = ["time", "food", "water", "energy", "help", "attention", "space", "trouble", "stress", "work"];

pub(super) struct Quantifiers;

impl Checker for Quantifiers {
    fn id(&self) -> &'static str {
        "quantifiers"
    }

    fn fault(&self) -> &'static str {
        "A quantity that does not fit the number of its noun: *many student*, *these problem*, *every students*, *much people*"
    }

    fn check(&self, analysis: &Analysis, findings: &mut Vec<Finding>) {
        for i in 0..analysis.tokens.len() {
            findings.extend(quantity(analysis, i).or_else(|| predicate(analysis, i)));
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wants {
    /// A plural noun.
    Plural,
    /// A plural noun, and only where it is adjacent: numbers.
    PluralNear,
    /// A singular noun.
    Singular,
    /// Not a plural count noun: *much*.
    Mass,
}

fn wants(token: &Token) -> Option<Wants> {
    Some(match token.lower.as_str() {
        "many" | "several" | "various" | "these" | "those" | "both" | "numerous" => Wants::Plural,
        "few" => Wants::Plural,
        "two" | "three" | "four" | "five" | "six" | "seven" | "eight" | "nine" | "ten" | "eleven" | "twelve"
        | "twenty" | "thirty" | "forty" | "fifty" => Wants::PluralNear,
        "every" | "each" | "another" | "this" | "that" | "either" | "neither" => Wants::Singular,
        "much" => Wants::Mass,
        _ => return None,
    })
}

fn quantity(analysis: &Analysis, i: usize) -> Option<Finding> {
    let word = &analysis.tokens[i];
    let wants = wants(word)?;
    if !matches!(word.upos, Upos::Det | Upos::Adj | Upos::Num | Upos::Pron) {
        return None;
    }
    let get = |k: usize| analysis.tokens.get(k).filter(|t| t.sentence == word.sentence);
    let before = i.checked_sub(1).and_then(get).map_or("", |t| t.lower.as_str());
    if wants == Wants::PluralNear
        && matches!(before, "-" | "." | "/" | "one" | "hundred" | "and" | "at" | "of" | "to" | "or" | "#" | "no." | ":")
    {
        return None;
    }
    // "many a student", "as many as", "how much time", "not this that"; the noun is next but for adjectives.
    let mut head = i + 1;
    while get(head)
        .is_some_and(|t| matches!(t.xpos, "JJ") && head < i + 3 && t.head.is_some_and(|h| h > head && h <= head + 2))
    {
        head += 1;
    }
    let noun = get(head)?;
    if !(word.head == Some(head) || get(head).is_some_and(|t| t.head == word.head && t.deprel == "fixed"))
        || noun.upos != Upos::Noun
    {
        return None;
    }
    if EITHER.contains(&noun.lower.as_str()) || analysis.form(head).starts_with(char::is_uppercase) {
        return None;
    }
    // "two bedroom flats", "these student-run clubs", "this sports club", "every students' room".
    let next = get(head + 1);
    let compound = next.filter(|t| !is_day(t)).is_some_and(|t| {
        matches!(t.xpos, "NN" | "NNS" | "NNP" | "NNPS" | "JJ" | "HYPH" | "POS" | "CD")
            || t.lower.starts_with(['-', '/', '\'', '’', '"', '&'])
            || t.lower == "s"
    });
    if compound || noun.deprel == "compound" {
        return None;
    }
    // "this and that boys"; "both teacher and pupil", "two or more": coordination is not judged.
    if next.is_some_and(|t| matches!(t.xpos, "CC" | ","))
        && matches!(word.lower.as_str(), "both" | "either" | "neither" | "these" | "those")
    {
        return None;
    }
    let lexicon = Lexicon::shipped();
    let form = analysis.form(head);
    let lower = noun.lower.as_str();
    match wants {
        Wants::Plural | Wants::PluralNear => {
            let set = lexicon.pos(lower);
            let singular_form = noun.xpos == "NN" && set.has(Form::Singular) && !set.has(Form::Plural);
            let mass = lexicon.uncountable(lower) || lower.ends_with("ing") || lexicon.zipf(lower) < 2.5;
            if !singular_form || mass || wants == Wants::PluralNear && (UNITS.contains(&lower) || head > i + 2) {
                return None;
            }
            let plural = lexicon.inflect(lower, Form::Plural).filter(|p| p != lower)?;
            // "many time": of a noun that is mass in its main sense, the other quantity is meant.
            if word.lower == "many" && MASS.contains(&lower) && head == i + 1 {
                return Some(
                    Draft::new("quantifiers", word.span, "R:DET", "num")
                        .because(
                            format!("“{lower}” is uncountable here, so it takes “much”, not “many”."),
                            format!("“{lower}”在这里不可数，用 much 修饰，不用 many。"),
                        )
                        .suggest([match_case(analysis.form(i), "much")])
                        .confidence(0.88)
                        .done(),
                );
            }
            // "these evening", "few time": a noun that is mostly mass may want the other determiner instead.
            let doubtful = lexicon.mostly_uncountable(lower) || lexicon.zipf(&plural) < 2.5;
            let listed = countable(lower).is_some();
            let near = head <= i + 2;
            let mut draft = Draft::new("quantifiers", noun.span, "R:NOUN:NUM", "num")
                .because(
                    format!("“{}” is followed by a plural noun: “{plural}”.", word.lower),
                    format!("“{}”后面的可数名词要用复数：“{plural}”。", word.lower),
                )
                .suggest([match_case(form, &plural)])
                .confidence(if listed { 0.95 } else { 0.87 });
            if doubtful || !near {
                draft = draft.confidence(0.6).check_this();
            }
            Some(draft.done())
        }
        Wants::Singular => {
            if !is_plural(noun)
                || (matches!(lower, "days" | "times" | "moments") && matches!(word.lower.as_str(), "this" | "that"))
            {
                return None;
            }
            // "every three years", "another two books"; "each others"; "that books ..." may be a conjunction.
            let counted =
                get(i + 1).is_some_and(|t| t.xpos == "CD" || matches!(t.lower.as_str(), "few" | "other" | "such"));
            if head > i + 1 && counted || word.deprel != "det" && word.lower != "another" {
                return None;
            }
            let one = singular(noun);
            if lexicon.uncountable(&one) || one == lower {
                return None;
            }
            let demonstrative = match word.lower.as_str() {
                "this" => Some("these"),
                "that" => Some("those"),
                _ => None,
            };
            if word.lower == "that"
                && (head == i + 1
                    && i.checked_sub(1)
                        .and_then(get)
                        .is_some_and(|t| matches!(t.upos, Upos::Verb | Upos::Noun | Upos::Adj | Upos::Pron)))
            {
                return None;
            }
            let explain = |right: &str| {
                (
                    format!("“{}” goes with a singular noun, so say “{right}”.", word.lower),
                    format!("“{}”修饰单数名词，这里应说“{right}”。", word.lower),
                )
            };
            let draft = if let Some(demonstrative) = demonstrative {
                let (en, zh) = explain(&format!("{demonstrative} {lower}"));
                Draft::new("quantifiers", word.span, "R:DET", "num")
                    .because(en, zh)
                    .suggest([match_case(analysis.form(i), demonstrative)])
            } else {
                let (en, zh) = explain(&format!("{} {one}", word.lower));
                Draft::new("quantifiers", noun.span, "R:NOUN:NUM", "num")
                    .because(en, zh)
                    .suggest([match_case(form, &one)])
            };
            Some(draft.confidence(0.92).done())
        }
        Wants::Mass => {
            if !is_plural(noun)
                || head > i + 2
                || lexicon.uncountable(&singular(noun))
                || lower == "thanks"
                || lower == "means"
            {
                return None;
            }
            Some(
                Draft::new("quantifiers", word.span, "R:DET", "num")
                    .because(
                        format!("“{lower}” can be counted, so it takes “many”, not “much”."),
                        format!("“{lower}”是可数名词复数，用 many 修饰，不用 much。"),
                    )
                    .suggest([match_case(analysis.form(i), "many")])
                    .confidence(0.92)
                    .done(),
            )
        }
    }
}

/// "They are student": several people are several students.
fn predicate(analysis: &Analysis, i: usize) -> Option<Finding> {
    let noun = &analysis.tokens[i];
    if noun.xpos != "NN" || countable(&noun.lower) != Some(Countable::Person) || has_determiner(analysis, i) {
        return None;
    }
    let copula = analysis.child(i, "cop")?;
    let subject = &analysis.tokens[analysis.child(i, "nsubj")?];
    let people =
        is_plural(subject) && (subject.lower == "parents" || countable(&singular(subject)) == Some(Countable::Person));
    let several = matches!(subject.lower.as_str(), "we" | "they" | "these" | "those") || people;
    let plain = matches!(analysis.tokens[copula].lower.as_str(), "are" | "were" | "'re")
        && analysis.tokens.get(i + 1).is_none_or(|t| !matches!(t.xpos, "NN" | "NNS" | "HYPH" | "CC"));
    if !several || !plain || i > copula + 3 {
        return None;
    }
    let plural = Lexicon::shipped().inflect(&noun.lower, Form::Plural)?;
    Some(
        Draft::new("quantifiers", noun.span, "R:NOUN:NUM", "num")
            .because(
                format!("“{}” is plural, so the noun is plural too: “{plural}”.", subject.lower),
                format!("主语“{}”是复数，表语名词也要用复数：“{plural}”。", subject.lower),
            )
            .suggest([plural])
            .confidence(0.9)
            .done(),
    )
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::Quantifiers;

    #[test]
    fn hits() {
        check(&Quantifiers, "We have many teacher.", Some("We have many teachers."));
        check(&Quantifiers, "I bought two book yesterday.", Some("I bought two books yesterday."));
        check(&Quantifiers, "These problem are very hard.", Some("These problems are very hard."));
        check(&Quantifiers, "There are several important reason.", Some("There are several important reasons."));
        check(&Quantifiers, "Every students must work.", Some("Every student must work."));
        check(&Quantifiers, "This books are good.", Some("These books are good."));
        check(&Quantifiers, "There are too much cars.", Some("There are too many cars."));
        check(&Quantifiers, "It can save many time.", Some("It can save much time."));
        check(&Quantifiers, "They are student.", Some("They are students."));
        check(&Quantifiers, "My parents are worker.", Some("My parents are workers."));
    }

    #[test]
    fn near_misses() {
        check(&Quantifiers, "He has a two bedroom flat.", None);
        check(&Quantifiers, "I know that books are useful.", None);
        check(&Quantifiers, "Every three years we meet.", None);
        check(&Quantifiers, "They meet every few years.", None);
        check(&Quantifiers, "Many a student has tried.", None);
        check(&Quantifiers, "Both teacher and pupil were tired.", None);
        check(&Quantifiers, "There are so many people and so few fish.", None);
        check(&Quantifiers, "These student clubs are popular.", None);
        check(&Quantifiers, "It is a ten minute walk.", None);
        check(&Quantifiers, "They are student leaders.", None);
        check(&Quantifiers, "My ideas are: student clubs and sport.", None);
        check(&Quantifiers, "Each of the students has a desk.", None);
    }
}
