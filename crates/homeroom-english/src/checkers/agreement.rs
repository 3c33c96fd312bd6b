//! A finite verb that does not agree with the head of its subject: *He go*, *My parents is*, *There is many*.
//!
//! The subject is the `nsubj` of the verb, or for *there is* the noun behind it. Number comes from the head of the
//! subject, not from the nearest noun: *the use of phones are* is marked, *one of my friends is* is not.

use homeroom_core::{Analysis, Checker, Display, Finding, Token, Upos};
use homeroom_lexicon::{Form, Lexicon};

use super::clause::NOMINATIVE;
use super::{Draft, clause};
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
const EITHER: [&str; 44] = [
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
    "youth",
    "bulk",
    "total",
    "host",
    "set",
    "array",
    "kind",
    "type",
    "sort",
    "handful",
    "collection",
    "committee",
    "today",
    "means",
    "none",
];

/// Nouns of quantity: the verb agrees with the noun behind *of*.
const QUANTITY: [&str; 3] = ["lot", "lots", "plenty"];

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

/// Confidence where the parse may be wrong.
const DOUBTFUL: f64 = 0.45;

pub(super) struct Agreement;

impl Checker for Agreement {
    fn id(&self) -> &'static str {
        "agreement"
    }

    fn fault(&self) -> &'static str {
        "A finite verb that does not agree with the head of its subject: *He go*, *My parents is*, *There is many*"
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
    // Only the first verb of the group is finite.
    if clause::auxiliaries(analysis, predicate).chain([predicate]).min()? != verb {
        return None;
    }
    if analysis.children(predicate).any(|c| analysis.tokens[c].xpos == "TO" && c < verb) {
        return None;
    }
    let Some(subject) = analysis.child(predicate, "nsubj") else {
        return shared_subject(analysis, verb, predicate);
    };
    // A question or an inversion is left alone unless it is plain: "Do he".
    if subject > verb && !(matches!(token.lower.as_str(), "do" | "does") && subject == verb + 1) {
        return None;
    }
    // The subjunctive: "suggest that he go", "if I were", "make him go".
    if is_subjunctive(analysis, predicate, token) || is_need_not(analysis, verb) {
        return None;
    }
    // "In our canteen has few seats": a place is no subject; "put" may be a past tense; "all watches" may be nouns.
    if analysis.children(subject).any(|c| analysis.tokens[c].deprel == "case" && c < subject) {
        return None;
    }
    let past_too = matches!(token.xpos, "VBP" | "VB" | "VBD") && lexicon.pos(&token.lower).has(Form::Past);
    let noun_too = clause::at(analysis, verb, -1).is_some_and(|(_, t)| t.upos == Upos::Det)
        && lexicon.pos(&token.lower).has(Form::Plural);
    if past_too && !matches!(token.lower.as_str(), "was" | "were") || noun_too {
        return None;
    }
    let number = subject_number(analysis, subject, predicate, verb)?;
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
    if is_misparsed(analysis, subject, verb, number) {
        return None;
    }
    let finding = report(analysis, verb, subject, &right, number)?;
    Some(if is_doubtful(analysis, subject, verb) { folded(finding) } else { finding })
}

/// "He gets up and go": the second verb shares the subject of the first, which agrees with it.
fn shared_subject(analysis: &Analysis, verb: usize, predicate: usize) -> Option<Finding> {
    let token = &analysis.tokens[verb];
    if analysis.tokens[predicate].deprel != "conj" || token.xpos == "VBD" {
        return None;
    }
    let first = analysis.tokens[predicate].head?;
    let first_verb = clause::finite_verb(analysis, first)?;
    let subject = analysis.child(first, "nsubj").filter(|&s| s < first_verb)?;
    // A second verb that has the form of a noun ("takes off and land") or follows an object clause may belong to
    // another; only the coordination of two verbs side by side in one clause is judged.
    let conjunction = clause::word(analysis, verb, -1);
    if !matches!(conjunction, "and" | "but" | "or") && !matches!(clause::word(analysis, verb, -2), "and" | "but") {
        return None;
    }
    let third = matches!(analysis.tokens[first_verb].xpos, "VBZ") || analysis.tokens[first_verb].lower == "was";
    let number = subject_number(analysis, subject, first, first_verb)?;
    let right = match (number, third, token.xpos) {
        (Number::Singular, true, "VBP" | "VB") if first_verb == first || token.lower == "have" => {
            right_form(Lexicon::shipped(), token, number)?
        }
        (Number::Plural | Number::First, false, "VBZ") if analysis.tokens[first_verb].xpos == "VBP" => {
            right_form(Lexicon::shipped(), token, number)?
        }
        _ => return None,
    };
    let between = (first + 1)..verb;
    // "It makes people stop and think", "helps them grow and learn".
    if between.clone().any(|i| {
        matches!(analysis.tokens[i].xpos, "TO" | "MD" | "VB" | "VBP" | "VBZ" | "WDT" | "WP") || analysis.form(i) == ","
    }) {
        return None;
    }
    if token.xpos == "VB" && matches!(analysis.tokens[first].lemma.as_str(), "help" | "let" | "make" | "have") {
        return None;
    }
    report(analysis, verb, subject, &right, number)
}

/// The number of the subject of `predicate`; that of a relative pronoun is its antecedent's.
fn subject_number(analysis: &Analysis, subject: usize, predicate: usize, verb: usize) -> Option<Number> {
    let pronoun = &analysis.tokens[subject];
    if matches!(pronoun.lower.as_str(), "who" | "which") || pronoun.lower == "that" && pronoun.xpos != "DT" {
        return antecedent_number(analysis, subject, predicate);
    }
    if matches!(pronoun.lower.as_str(), "this" | "that") {
        if analysis.tokens[predicate].deprel.starts_with("acl") || verb > subject + 2 {
            return None;
        }
        return Some(Number::Singular);
    }
    number(analysis, subject)
}

/// "a man who live": the pronoun stands right behind its antecedent, so that no other noun can be meant.
fn antecedent_number(analysis: &Analysis, pronoun: usize, predicate: usize) -> Option<Number> {
    if analysis.tokens[predicate].deprel != "acl:relcl" {
        return None;
    }
    let antecedent = analysis.tokens[predicate].head.filter(|&h| h + 1 == pronoun)?;
    let token = &analysis.tokens[antecedent];
    // "one of the people who live", "the kind of man who", "a list of names that are", "the only one of us who".
    if token.upos == Upos::Propn
        || clause::at(analysis, clause::leftmost(analysis, antecedent), -1)
            .is_some_and(|(_, t)| matches!(t.lower.as_str(), "of" | "and" | "or" | "," | "than" | "'s"))
    {
        return None;
    }
    let nested = token.deprel.starts_with("nmod") || token.deprel == "conj" || token.deprel == "compound";
    if nested || matches!(token.lower.as_str(), "it" | "this" | "that" | "one" | "you" | "i") {
        return None;
    }
    number(analysis, antecedent)
}

/// "He need not go": a modal without an ending.
fn is_need_not(analysis: &Analysis, verb: usize) -> bool {
    matches!(analysis.tokens[verb].lower.as_str(), "need" | "dare" | "ought" | "beware" | "please" | "let")
        && clause::at(analysis, verb, 1).is_some_and(|(_, t)| {
            matches!(t.lower.as_str(), "not" | "n't" | "only" | "to") && analysis.tokens[verb].lower != "need"
                || matches!(t.lower.as_str(), "not" | "n't" | "only")
                || t.xpos == "VB"
        })
}

/// Whether the parse is likely to be wrong: the nearest noun before the verb is not part of the subject, the subject is
/// a title or the object of a gerund.
fn is_misparsed(analysis: &Analysis, subject: usize, verb: usize, number: Number) -> bool {
    let nominal = |i: &usize| matches!(analysis.tokens[*i].upos, Upos::Noun | Upos::Pron | Upos::Propn | Upos::Num);
    let outside = (subject + 1..verb).rev().find(nominal).is_some_and(|i| !clause::is_under(analysis, i, subject));
    let before = clause::at(analysis, clause::leftmost(analysis, subject), -1);
    let object = before
        .is_some_and(|(_, t)| matches!(t.xpos, "VBG" | "VB" | "IN" | "TO") && t.deprel != "mark" && t.lower != "that");
    let title = analysis.form(subject).chars().next().is_some_and(char::is_uppercase)
        && subject != analysis.sentences[analysis.tokens[subject].sentence].tokens.start
        && number != Number::First;
    outside || object || title
}

/// Whether the subject is too long or too involved to be sure.
fn is_doubtful(analysis: &Analysis, subject: usize, verb: usize) -> bool {
    let last = clause::rightmost(analysis, subject).min(verb.saturating_sub(1));
    let nested = (subject + 1..=last).any(|i| {
        let token = &analysis.tokens[i];
        token.upos == Upos::Punct
            || token.upos == Upos::Verb
            || matches!(token.deprel, "acl" | "acl:relcl" | "appos" | "parataxis" | "dep")
    });
    let conjunct = analysis.children(subject).find(|&c| analysis.tokens[c].deprel == "conj");
    let long_coordination = conjunct.is_some_and(|c| c > subject + 3 || verb > c + 2);
    nested || long_coordination || is_bare_countable(analysis, subject)
}

/// "Student learn": a singular without a determiner, so that the noun's number may be what is wrong.
fn is_bare_countable(analysis: &Analysis, noun: usize) -> bool {
    let token = &analysis.tokens[noun];
    let lexicon = Lexicon::shipped();
    token.xpos == "NN"
        && !SINGULAR.contains(&token.lower.as_str())
        && !lexicon.uncountable(&token.lemma)
        && !lexicon.mostly_uncountable(&token.lemma)
        && !analysis.children(noun).any(|c| {
            c < noun && (analysis.tokens[c].deprel.starts_with("det") || analysis.tokens[c].deprel == "nmod:poss")
        })
}

fn folded(mut finding: Finding) -> Finding {
    finding.display = Display::Check;
    finding.confidence = DOUBTFUL;
    finding
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
    // "If there were a way" is a subjunctive; "than there are" has no noun of its own.
    let sentence = &analysis.sentences[token.sentence];
    if token.lower == "were"
        && (sentence.tokens.start..verb).any(|i| matches!(analysis.tokens[i].lower.as_str(), "if" | "wish" | "though"))
    {
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
            format!("主语“{subject_form}”是第三人称单数，谓语动词用“{right}”。"),
        ),
        Number::Plural => (
            format!("The subject “{subject_form}” is plural, so the verb is “{right}”."),
            format!("主语“{subject_form}”是复数，谓语动词用“{right}”。"),
        ),
        Number::First => (format!("With “I” the verb is “{right}”."), format!("主语是“I”，谓语动词用“{right}”。")),
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
    if QUANTITY.contains(&lower) {
        let of = analysis.child(head, "nmod").filter(|&n| n > head && n - head <= 4)?;
        return if QUANTITY.contains(&analysis.tokens[of].lower.as_str()) { None } else { number(analysis, of) };
    }
    if EITHER.contains(&lower) || EITHER.contains(&token.lemma.as_str()) {
        return None;
    }
    if PLURAL.contains(&lower) {
        return Some(Number::Plural);
    }
    // "many news": the noun is what is wrong.
    let many = analysis
        .children(head)
        .any(|c| c < head && matches!(analysis.tokens[c].lower.as_str(), "many" | "several" | "few" | "various"));
    if SINGULAR.contains(&lower) && !many {
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
    let inverted = clause::auxiliaries(analysis, predicate).any(|a| a < subject);
    // "I heard him go", "listening to a friend tell": what looks like a subject is the object of the word before it.
    let before = clause::at(analysis, clause::leftmost(analysis, subject), -1);
    let object = before.is_some_and(|(_, t)| {
        matches!(t.upos, Upos::Verb | Upos::Adp | Upos::Aux)
            && !NOMINATIVE.contains(&analysis.tokens[subject].lower.as_str())
            || matches!(t.lower.as_str(), "let" | "make" | "makes" | "made" | "help" | "helps" | "may")
    });
    governed || inverted || object
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
        check(&Agreement, "I know a man who live in Paris.", Some("I know a man who lives in Paris."));
        check(&Agreement, "He gets up early and go to school.", Some("He gets up early and goes to school."));
        check(&Agreement, "Everyone have a phone.", Some("Everyone has a phone."));
        check(&Agreement, "There are a book on the desk.", Some("There is a book on the desk."));
        check(&Agreement, "He always go to school by bus.", Some("He always goes to school by bus."));
        check(&Agreement, "Lots of information are wrong.", Some("Lots of information is wrong."));
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
        check(&Agreement, "He is one of the people who live there.", None);
        check(&Agreement, "We need apps that help us.", None);
        check(&Agreement, "She helps us grow and learn.", None);
        check(&Agreement, "The boy put his phone away.", None);
        check(&Agreement, "Nobody need know about it.", None);
        check(&Agreement, "The man I know lives here, which makes me happy.", None);
    }
}
