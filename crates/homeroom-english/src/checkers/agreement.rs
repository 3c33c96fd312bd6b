//! A finite verb that does not agree with the head of its subject: *He go*, *My parents is*, *There is many*.
//!
//! The subject is the `nsubj` of the verb, or for *there is* the noun behind it. Number comes from the head of the
//! subject, not from the nearest noun: *the use of phones are* is marked, *one of my friends is* is not.

use homeroom_core::{Analysis, Checker, Finding, Token, Upos};
use homeroom_lexicon::{Form, Lexicon};

use super::Draft;
use crate::compose::match_case;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Number {
    /// Third person singular.
    Singular,
    /// Plural, and *you*.
    Plural,
    /// *I*.
    First,
}

/// Nouns that take either number, so that nothing is said about them.
const EITHER: [&str; 29] = [
    "family",
    "team",
    "police",
    "staff",
    "group",
    "class",
    "government",
    "public",
    "audience",
    "crew",
    "data",
    "media",
    "majority",
    "minority",
    "number",
    "couple",
    "pair",
    "lot",
    "rest",
    "half",
    "percent",
    "series",
    "species",
    "fish",
    "sheep",
    "deer",
    "plenty",
    "variety",
    "range",
];

/// Words that look plural or have no ending but are singular.
const SINGULAR: [&str; 22] = [
    "news",
    "mathematics",
    "physics",
    "politics",
    "economics",
    "everyone",
    "everybody",
    "everything",
    "someone",
    "somebody",
    "something",
    "anyone",
    "anybody",
    "anything",
    "nobody",
    "nothing",
    "it",
    "he",
    "she",
    "this",
    "that",
    "each",
];

/// Words without a plural ending that are plural.
const PLURAL: [&str; 9] = ["we", "they", "you", "these", "those", "people", "children", "both", "many"];

pub(super) struct Agreement;

impl Checker for Agreement {
    fn id(&self) -> &'static str {
        "agreement"
    }

    fn check(&self, analysis: &Analysis, findings: &mut Vec<Finding>) {
        for verb in 0..analysis.tokens.len() {
            findings.extend(there_be(analysis, verb).or_else(|| subject_verb(analysis, verb)));
        }
    }
}

/// The finite form that stands at `verb`, as number that it demands; `None` where it fits every subject.
fn demanded(token: &Token, lexicon: &Lexicon) -> Option<&'static [Number]> {
    use Number::{First, Plural, Singular};
    Some(match token.lower.as_str() {
        "is" | "'s" | "has" | "does" => &[Singular],
        "was" => &[Singular, First],
        "are" | "'re" | "were" => &[Plural],
        "am" | "'m" => &[First],
        "have" | "'ve" | "do" => &[Plural, First],
        _ => match token.xpos {
            "VBZ" if lexicon.pos(&token.lower).has(Form::ThirdPerson) && token.lower.ends_with('s') => &[Singular],
            "VBP" if lexicon.pos(&token.lower).has(Form::Base) => &[Plural, First],
            _ => return None,
        },
    })
}

fn subject_verb(analysis: &Analysis, verb: usize) -> Option<Finding> {
    let lexicon = Lexicon::shipped();
    let token = &analysis.tokens[verb];
    if !matches!(token.upos, Upos::Verb | Upos::Aux) || !matches!(token.xpos, "VBZ" | "VBP" | "VBD" | "VB") {
        return None;
    }
    // The subject hangs on the predicate: on the verb itself, or on what the auxiliary or copula belongs to.
    let is_auxiliary = matches!(token.deprel, "aux" | "aux:pass" | "cop");
    let predicate = if is_auxiliary { token.head? } else { verb };
    let subject = analysis.child(predicate, "nsubj")?;
    // Only the first verb of the group is finite; a question or an inversion is left alone unless it is plain.
    if subject > verb && !matches!(token.lower.as_str(), "do" | "does") {
        return None;
    }
    let auxiliaries = analysis.children(predicate).filter(|&c| {
        matches!(analysis.tokens[c].deprel, "aux" | "aux:pass" | "cop") && analysis.tokens[c].lower != "to"
    });
    let first_verb = auxiliaries.chain([predicate]).min()?;
    if first_verb != verb && !(first_verb == predicate && is_auxiliary) {
        return None;
    }
    if analysis.children(predicate).any(|c| analysis.tokens[c].xpos == "TO" && c < verb) {
        return None;
    }
    // The subjunctive: "suggest that he go", "if I were", "make him go".
    if is_subjunctive(analysis, predicate, token) {
        return None;
    }
    let number = number(analysis, subject)?;
    let demanded = if token.xpos == "VB" && !is_auxiliary {
        // A base form with a subject and no auxiliary is finite: the tagger has been misled by the missing ending.
        if number != Number::Singular || is_bare_clause(analysis, predicate, subject) {
            return None;
        }
        &[Number::Plural, Number::First][..]
    } else {
        demanded(token, lexicon)?
    };
    if demanded.contains(&number) {
        return None;
    }
    let right = right_form(lexicon, token, number)?;
    report(analysis, verb, subject, &right, number)
}

/// "There is many people": the verb agrees with the noun behind it.
fn there_be(analysis: &Analysis, verb: usize) -> Option<Finding> {
    let token = &analysis.tokens[verb];
    let there = analysis.tokens.get(verb.checked_sub(1)?)?;
    if there.lower != "there" || there.sentence != token.sentence || there.upos == Upos::Adv && there.deprel != "expl" {
        return None;
    }
    if !matches!(token.lower.as_str(), "is" | "was" | "'s" | "are" | "were") {
        return None;
    }
    let subject = analysis
        .child(verb, "nsubj")
        .filter(|&s| s > verb)
        .or_else(|| analysis.children(verb).find(|&c| c > verb && analysis.tokens[c].upos == Upos::Noun))?;
    // "There is a pen and two books" agrees with the nearest; only plain noun phrases are judged.
    if analysis.children(subject).any(|c| analysis.tokens[c].deprel == "conj") || subject - verb > 6 {
        return None;
    }
    let number = number(analysis, subject)?;
    let right = match (token.lower.as_str(), number) {
        ("is" | "'s", Number::Plural) => "are",
        ("was", Number::Plural) => "were",
        ("are", Number::Singular) => "is",
        ("were", Number::Singular) => "was",
        _ => return None,
    };
    if number == Number::Singular && analysis.tokens[subject].upos != Upos::Noun {
        return None;
    }
    report(analysis, verb, subject, right, number)
}

fn report(analysis: &Analysis, verb: usize, subject: usize, right: &str, number: Number) -> Option<Finding> {
    let form = analysis.form(verb);
    let suggestion = if form.starts_with(['\'', '’']) { format!(" {right}") } else { match_case(form, right) };
    let subject_form = &analysis.tokens[subject].lower;
    let (en, zh) = match number {
        Number::Singular => (
            format!("The subject “{subject_form}” is third person singular, so the verb is “{right}”."),
            format!("主语“{subject_form}”是第三人称单数,谓语动词用“{right}”。"),
        ),
        Number::Plural => (
            format!("The subject “{subject_form}” is plural, so the verb is “{right}”."),
            format!("主语“{subject_form}”是复数,谓语动词用“{right}”。"),
        ),
        Number::First => (format!("With “I” the verb is “{right}”."), format!("主语是“I”,谓语动词用“{right}”。")),
    };
    let distance = verb.abs_diff(subject);
    let mut draft = Draft::new("agreement", analysis.tokens[verb].span, "R:VERB:SVA", "sv")
        .because(en, zh)
        .suggest([suggestion])
        .confidence(if distance <= 3 { 0.9 } else { 0.75 });
    if distance > 8 {
        draft = draft.confidence(0.6).check_this();
    }
    Some(draft.done())
}

/// The number of the noun phrase with this head; `None` where it can't be told.
fn number(analysis: &Analysis, head: usize) -> Option<Number> {
    let lexicon = Lexicon::shipped();
    let token = &analysis.tokens[head];
    let lower = token.lower.as_str();
    let is_conjunct = |&c: &usize| analysis.tokens[c].deprel == "conj" && c > head;
    if let Some(conjunct) = analysis.children(head).find(is_conjunct) {
        let by_and =
            analysis.children(conjunct).any(|c| analysis.tokens[c].deprel == "cc" && analysis.tokens[c].lower == "and");
        return if by_and && token.upos != Upos::Verb { and_number(analysis, head) } else { None };
    }
    if lower == "i" {
        return Some(Number::First);
    }
    if EITHER.contains(&lower) || EITHER.contains(&token.lemma.as_str()) {
        return None;
    }
    if PLURAL.contains(&lower) {
        return Some(Number::Plural);
    }
    if SINGULAR.contains(&lower) {
        return Some(Number::Singular);
    }
    match token.upos {
        Upos::Noun => {}
        // Relative pronouns, names and clauses agree with what can't be seen from here.
        _ => return None,
    }
    let determiner = analysis.children(head).find(|&c| c < head && analysis.tokens[c].deprel.starts_with("det"));
    let determiner = determiner.map(|d| analysis.tokens[d].lower.as_str());
    let numeral = analysis.children(head).any(|c| {
        c < head
            && analysis.tokens[c].deprel.starts_with("nummod")
            && !matches!(analysis.tokens[c].lower.as_str(), "one" | "1")
    });
    let many = analysis
        .children(head)
        .any(|c| c < head && matches!(analysis.tokens[c].lower.as_str(), "many" | "several" | "few" | "various"));
    match token.xpos {
        "NNS" => {
            // "a students is": the noun is what is wrong. "ten years is a long time": a quantity.
            if matches!(determiner, Some("a" | "an" | "this" | "that" | "each" | "every" | "another")) || numeral {
                return None;
            }
            (lower.ends_with('s') || lexicon.pos(lower).has(Form::Plural)).then_some(Number::Plural)
        }
        "NN" => {
            if matches!(determiner, Some("these" | "those" | "all" | "both" | "some" | "no" | "any")) || numeral || many
            {
                return None;
            }
            Some(Number::Singular)
        }
        _ => None,
    }
}

/// Two nouns joined by *and*: plural, unless the second has no determiner of its own and they may be one thing.
fn and_number(analysis: &Analysis, head: usize) -> Option<Number> {
    let first = &analysis.tokens[head];
    let plural_like = |t: &Token| matches!(t.upos, Upos::Noun | Upos::Pron | Upos::Propn);
    let all = analysis
        .children(head)
        .filter(|&c| analysis.tokens[c].deprel == "conj")
        .all(|c| plural_like(&analysis.tokens[c]) && c - head <= 4);
    (plural_like(first) && all && !matches!(first.lower.as_str(), "each" | "every")).then_some(Number::Plural)
}

fn right_form(lexicon: &Lexicon, token: &Token, number: Number) -> Option<String> {
    let fixed = match (token.lower.as_str(), number) {
        ("is" | "'s" | "am" | "'m", Number::Plural) => Some("are"),
        ("is" | "'s" | "are" | "'re", Number::First) => Some("am"),
        ("are" | "'re" | "am" | "'m", Number::Singular) => Some("is"),
        ("was", Number::Plural) => Some("were"),
        ("were", _) => Some("was"),
        ("has", _) => Some("have"),
        ("have" | "'ve", Number::Singular) => Some("has"),
        ("does", _) => Some("do"),
        ("do", Number::Singular) => Some("does"),
        _ => None,
    };
    // "'s" is also "has"; it is not judged where a participle follows, since "has" may be meant.
    if token.lower == "'s" && token.deprel.starts_with("aux") {
        return None;
    }
    if let Some(fixed) = fixed {
        return Some(fixed.to_owned());
    }
    let lemma = lexicon.lemma(&token.lower, Upos::Verb);
    let form = if number == Number::Singular { Form::ThirdPerson } else { Form::Base };
    lexicon.inflect(&lemma, form).filter(|f| *f != token.lower)
}

fn is_subjunctive(analysis: &Analysis, predicate: usize, verb: &Token) -> bool {
    if verb.lower == "were" {
        return true;
    }
    let Some(head) = analysis.tokens[predicate].head else {
        return false;
    };
    let governor = analysis.tokens[head].lemma.as_str();
    matches!(
        governor,
        "suggest"
            | "recommend"
            | "demand"
            | "insist"
            | "propose"
            | "request"
            | "require"
            | "advise"
            | "important"
            | "necessary"
            | "essential"
            | "suggestion"
            | "advice"
            | "requirement"
            | "wish"
    ) && matches!(verb.xpos, "VB" | "VBP")
}

/// "make him go", "let it be", "help me do", "see him come": a subject-like noun with a base verb, all right as it is.
fn is_bare_clause(analysis: &Analysis, predicate: usize, subject: usize) -> bool {
    let token = &analysis.tokens[predicate];
    let governed = token.head.is_some_and(|h| {
        let governor = analysis.tokens[h].lemma.as_str();
        matches!(
            governor,
            "make" | "let" | "help" | "have" | "see" | "hear" | "watch" | "feel" | "notice" | "than" | "bid"
        )
    });
    let sentence = &analysis.sentences[token.sentence];
    let inverted = (sentence.tokens.start..subject).any(|i| {
        matches!(analysis.tokens[i].xpos, "MD")
            || matches!(
                analysis.tokens[i].lower.as_str(),
                "do" | "does" | "did" | "let" | "make" | "makes" | "made" | "help" | "helps" | "may"
            )
    });
    governed || inverted
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::Agreement;

    #[test]
    fn hits() {
        check(&Agreement, "He go to school by bus.", Some("He goes to school by bus."));
        check(&Agreement, "My parents is very strict.", Some("My parents are very strict."));
        check(&Agreement, "The use of phones are a problem.", Some("The use of phones is a problem."));
        check(&Agreement, "There is many students in our school.", Some("There are many students in our school."));
        check(&Agreement, "She don't like games.", Some("She doesn't like games."));
        check(&Agreement, "My mother and father works hard.", Some("My mother and father work hard."));
    }

    #[test]
    fn near_misses() {
        check(&Agreement, "I suggest that he go home.", None);
        check(&Agreement, "One of my friends is a singer.", None);
        check(&Agreement, "The phone makes him feel tired.", None);
        check(&Agreement, "Ten years is a long time.", None);
        check(&Agreement, "The news is good.", None);
        check(&Agreement, "Does he know the people who live there?", None);
        check(&Agreement, "If I were you, I would stop.", None);
        check(&Agreement, "My family are all well.", None);
    }
}
