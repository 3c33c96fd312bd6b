//! A tense that does not fit a time word of the same clause: *Yesterday I go*, *I have seen him yesterday*, *I live here
//! since 2010*, *since three years*; and a present tense that is joined to a past one: *When I was ten I see it*, *He
//! went home and eat*.
//!
//! Only the finite verb that the time word hangs on is judged; a clause inside quotation marks, a condition and a
//! reported sentence are spared.

use homeroom_core::{Analysis, Checker, Finding, Upos};
use homeroom_lexicon::{Form, Lexicon};

use super::clause::{at, auxiliaries, in_quotes, inflect, word};
use super::{Draft, clause};

/// Confidence of a present tense with *yesterday* or *last week*; above that of a missing -s at the same verb.
const CERTAIN: f64 = 0.93;
/// Confidence where the tense follows from another verb.
const LIKELY: f64 = 0.85;
/// Confidence where another reading is common.
const DOUBTFUL: f64 = 0.5;

/// Verbs of states and habits, which *since* measures.
const DURATIVE: [&str; 14] = [
    "live", "work", "study", "know", "have", "learn", "play", "teach", "stay", "love", "like", "use", "want",
    "practise",
];

/// Units of time.
const UNITS: [&str; 10] = ["day", "days", "week", "weeks", "month", "months", "year", "years", "hours", "minutes"];

pub(super) struct TenseTime;

impl Checker for TenseTime {
    fn id(&self) -> &'static str {
        "tense_time"
    }

    fn fault(&self) -> &'static str {
        "A tense that does not fit a time word: *Yesterday I go*, *I have seen him yesterday*, *since three years*"
    }

    fn check(&self, analysis: &Analysis, findings: &mut Vec<Finding>) {
        for i in 0..analysis.tokens.len() {
            let found = past_time(analysis, i)
                .or_else(|| when_clause(analysis, i))
                .or_else(|| coordinated(analysis, i))
                .or_else(|| since_duration(analysis, i))
                .or_else(|| since_point(analysis, i));
            findings.extend(found);
        }
    }
}

/// The time word that says "past" with this token: the words for the explanation and the token that hangs on the verb.
fn past_expression(analysis: &Analysis, i: usize) -> Option<(String, usize)> {
    let token = &analysis.tokens[i];
    match token.lower.as_str() {
        "yesterday" if word(analysis, i, -1) != "from" && word(analysis, i, 1) != "'s" => Some(("yesterday".into(), i)),
        "last" => {
            let (k, unit) = at(analysis, i, 1)?;
            let known = matches!(
                unit.lower.as_str(),
                "week"
                    | "month"
                    | "year"
                    | "night"
                    | "summer"
                    | "winter"
                    | "weekend"
                    | "sunday"
                    | "saturday"
                    | "term"
                    | "monday"
                    | "friday"
            );
            let free = !matches!(
                word(analysis, i, -1),
                "the" | "since" | "from" | "of" | "for" | "than" | "like" | "by" | "over" | "in"
            ) && word(analysis, k, 1) != "'s";
            (known && free).then(|| (format!("last {}", unit.lower), k))
        }
        "ago" => {
            let (k, unit) = at(analysis, i, -1)?;
            let before =
                (1..=4).map(|n| word(analysis, i, -n)).any(|w| matches!(w, "since" | "from" | "until" | "than"));
            (UNITS.contains(&unit.lower.as_str()) && !before).then(|| {
                let head = if token.head.is_some_and(|h| h != k) { i } else { k };
                (format!("{} ago", unit.lower), head)
            })
        }
        _ => None,
    }
}

fn past_time(analysis: &Analysis, i: usize) -> Option<Finding> {
    let (time, anchor) = past_expression(analysis, i)?;
    let predicate = [i, anchor]
        .into_iter()
        .filter_map(|k| analysis.tokens[k].head)
        .find(|&h| h != i && h != anchor && finite(analysis, h).is_some())?;
    if in_quotes(analysis, i) || i.abs_diff(predicate) > 10 {
        return None;
    }
    let verb = finite(analysis, predicate)?;
    let subject = analysis.child(predicate, "nsubj").filter(|&s| s < verb)?;
    let lexicon = Lexicon::shipped();
    let token = &analysis.tokens[verb];
    // Another finite verb between the time word and this one: the word may belong to that.
    let (low, high) = (i.min(verb), i.max(verb));
    let crossing = (low + 1..high).any(|k| {
        matches!(analysis.tokens[k].xpos, "VBZ" | "VBP" | "VBD" | "MD") && k != verb && k != predicate
            || matches!(analysis.tokens[k].lower.as_str(), "that" | "which" | "who" | "and" | "to")
                && analysis.tokens[k].upos != Upos::Adp
    });
    if crossing {
        return None;
    }
    let n_auxiliaries = auxiliaries(analysis, predicate).count();
    let have = matches!(token.lower.as_str(), "have" | "has" | "'ve");
    if have && token.deprel == "aux" && n_auxiliaries == 1 && predicate == verb + 1 {
        // "I have seen him yesterday".
        let past = if analysis.tokens[predicate].lower == "been" {
            let plural = matches!(analysis.tokens[subject].lower.as_str(), "we" | "they" | "you")
                || analysis.tokens[subject].xpos == "NNS";
            if plural { "were".to_owned() } else { "was".to_owned() }
        } else {
            let lemma = lexicon.lemma(&analysis.tokens[predicate].lower, Upos::Verb);
            lexicon.inflect(&lemma, Form::Past)?
        };
        let past = if analysis.form(verb).starts_with(['\'', '’']) { format!(" {past}") } else { past };
        return Some(report(analysis, verb, predicate, &time, past, LIKELY));
    }
    if !matches!(token.xpos, "VBP" | "VBZ" | "VB")
        || token.deprel.starts_with("aux") && !matches!(token.lower.as_str(), "am" | "is" | "are" | "do" | "does")
    {
        return None;
    }
    if token.lower.starts_with('\'') || token.lower == "used" {
        return None;
    }
    // "Yesterday is a good day": the time word is the subject; a past that looks like a base form ("put", "read").
    let argument = matches!(analysis.tokens[anchor].deprel, "obj" | "nsubj" | "conj" | "nmod");
    if subject == anchor || argument || lexicon.pos(&token.lower).has(Form::Past) {
        return None;
    }
    let singular = matches!(analysis.tokens[subject].lower.as_str(), "i" | "he" | "she" | "it")
        || analysis.tokens[subject].xpos == "NN";
    let past = match token.lower.as_str() {
        "am" | "is" => "was".to_owned(),
        "are" if singular => "was".to_owned(),
        "are" => "were".to_owned(),
        "do" | "does" => "did".to_owned(),
        "have" | "has" => "had".to_owned(),
        // A noun that was taken for a verb ("knowledged") has no past in the lexicon.
        _ => inflect(&token.lower, Form::Past).filter(|p| Lexicon::shipped().pos(p).has(Form::Past))?,
    };
    // A form of "be" with a participle may tell of a plan ("is known since last year"); a lexical verb is surer.
    let confidence =
        if matches!(token.lower.as_str(), "is" | "are") && token.deprel != "cop" { DOUBTFUL } else { CERTAIN };
    Some(report(analysis, verb, verb, &time, past, confidence))
}

fn report(analysis: &Analysis, first: usize, last: usize, time: &str, right: String, confidence: f64) -> Finding {
    let shown = right.trim().to_owned();
    let draft = Draft::new("tense_time", analysis.span_of(first, last), "R:VERB:TENSE", "vt")
        .because(
            format!("“{time}” is past and over, so the verb is in the past tense: “{shown}”."),
            format!("“{time}”表示过去的时间，谓语动词用一般过去时“{shown}”。"),
        )
        .suggest([right])
        .confidence(confidence);
    if confidence < LIKELY { draft.check_this().done() } else { draft.done() }
}

/// The finite verb of a predicate; a base form with a subject and no auxiliary is one whose ending the pupil forgot.
fn finite(analysis: &Analysis, predicate: usize) -> Option<usize> {
    clause::finite_verb(analysis, predicate).or_else(|| {
        let bare = analysis.tokens[predicate].xpos == "VB"
            && auxiliaries(analysis, predicate).next().is_none()
            && matches!(analysis.tokens[predicate].deprel, "root" | "conj" | "parataxis")
            && analysis.child(predicate, "nsubj").is_some_and(|s| s < predicate)
            && !analysis.children(predicate).any(|c| analysis.tokens[c].xpos == "TO" && c < predicate);
        bare.then_some(predicate)
    })
}

/// Verbs of the mind, which tell what the writer thinks now.
const NOW: [&str; 12] =
    ["think", "know", "believe", "remember", "hope", "mean", "say", "guess", "wish", "feel", "want", "realize"];

/// The past of a present-tense verb without auxiliaries; `None` where its form may be a past already.
fn past_of_present(analysis: &Analysis, predicate: usize) -> Option<(usize, String)> {
    let verb = finite(analysis, predicate).unwrap_or(predicate);
    let token = &analysis.tokens[verb];
    if !matches!(token.xpos, "VBP" | "VBZ" | "VB") || token.deprel.starts_with("aux") || token.lower.starts_with('\'') {
        return None;
    }
    if auxiliaries(analysis, predicate).any(|a| a != verb) || Lexicon::shipped().pos(&token.lower).has(Form::Past) {
        return None;
    }
    let plural = analysis.child(predicate, "nsubj").is_some_and(|s| {
        matches!(analysis.tokens[s].xpos, "NNS") || matches!(analysis.tokens[s].lower.as_str(), "we" | "they" | "you")
    });
    let past = match token.lower.as_str() {
        "am" | "is" | "are" => if plural { "were" } else { "was" }.to_owned(),
        "have" | "has" => "had".to_owned(),
        // A noun that was taken for a verb ("knowledged") has no past in the lexicon.
        _ => inflect(&token.lower, Form::Past).filter(|p| Lexicon::shipped().pos(p).has(Form::Past))?,
    };
    Some((verb, past))
}

/// Whether the clause is in the past tense by its own verb.
fn is_past(analysis: &Analysis, predicate: usize) -> bool {
    clause::finite_verb(analysis, predicate).is_some_and(|v| {
        let token = &analysis.tokens[v];
        // "could", "would" and "used to" are as often something else; "read" is not known to be a past.
        token.xpos == "VBD" && !Lexicon::shipped().pos(&token.lower).has(Form::Base)
    })
}

/// "When I was ten, I see it every day": both clauses tell of the past.
fn when_clause(analysis: &Analysis, i: usize) -> Option<Finding> {
    if analysis.tokens[i].lower != "when" {
        return None;
    }
    let inner = analysis.tokens[i].head.filter(|&h| analysis.tokens[h].deprel.starts_with("advcl"))?;
    let outer = analysis.tokens[inner].head.filter(|&o| o > inner)?;
    let subject = analysis.child(outer, "nsubj")?;
    let person = matches!(analysis.tokens[subject].lower.as_str(), "i" | "he" | "she" | "we" | "they");
    let other = (i..outer).any(|k| matches!(analysis.tokens[k].xpos, "VBP" | "VBZ") && k < subject);
    if !person || other || in_quotes(analysis, i) || !is_past(analysis, inner) || subject < inner {
        return None;
    }
    if NOW.contains(&analysis.tokens[outer].lemma.as_str()) || (inner..outer).any(|k| is_now(analysis, k)) {
        return None;
    }
    let (verb, past) = past_of_present(analysis, outer).filter(|&(v, _)| v > subject)?;
    let shown = past.clone();
    Some(
        Draft::new("tense_time", analysis.tokens[verb].span, "R:VERB:TENSE", "vt")
            .because(
                format!("The clause with “when” is in the past, so this verb is, too: “{shown}”."),
                format!("“when”从句是过去时，主句也要用过去时“{shown}”。"),
            )
            .suggest([past])
            .confidence(LIKELY)
            .done(),
    )
}

fn is_now(analysis: &Analysis, k: usize) -> bool {
    matches!(analysis.tokens[k].lower.as_str(), "now" | "still" | "always" | "today" | "nowadays" | "so")
}

/// "He went home and eat dinner": two verbs of one subject.
fn coordinated(analysis: &Analysis, i: usize) -> Option<Finding> {
    let token = &analysis.tokens[i];
    if token.deprel != "conj" || token.upos != Upos::Verb || !matches!(token.xpos, "VBP" | "VB") {
        return None;
    }
    let first = token.head.filter(|&h| h < i && h + 8 > i && analysis.tokens[h].xpos == "VBD")?;
    let adjacent = word(analysis, i, -1) == "and";
    if !adjacent || !is_past(analysis, first) || auxiliaries(analysis, first).count() > 0 {
        return None;
    }
    // An infinitive or another object clause between may be what is continued: "helped them grow and learn".
    let between = (first + 1..i).any(|k| {
        matches!(analysis.tokens[k].upos, Upos::Verb | Upos::Aux | Upos::Sconj | Upos::Punct)
            || matches!(analysis.tokens[k].xpos, "TO" | "WDT" | "WP" | "MD")
            || analysis.tokens[k].lower == "to" && clause::is_base(word(analysis, k, 1))
    });
    // "We opened in 1989 and have many teachers": a state lasts.
    let state = NOW.contains(&token.lemma.as_str())
        || matches!(token.lower.as_str(), "have" | "need" | "love" | "like" | "live");
    if between || state || analysis.child(i, "nsubj").is_some() || in_quotes(analysis, i) {
        return None;
    }
    analysis.child(first, "nsubj").filter(|&s| s < first)?;
    let (verb, past) = past_of_present(analysis, i)?;
    let first_form = analysis.form(first);
    Some(
        Draft::new("tense_time", analysis.tokens[verb].span, "R:VERB:TENSE", "vt")
            .because(
                format!("“{first_form}” is in the past, and so is the verb joined to it: “{past}”."),
                format!("“{first_form}”是过去时，并列的动词也用过去时“{past}”。"),
            )
            .suggest([past.clone()])
            .confidence(LIKELY)
            .done(),
    )
}

/// "since three years": *for* before a length of time.
fn since_duration(analysis: &Analysis, i: usize) -> Option<Finding> {
    let token = &analysis.tokens[i];
    if token.lower != "since" {
        return None;
    }
    let (k, number) = at(analysis, i, 1)?;
    let counted = matches!(
        number.lower.as_str(),
        "two" | "three" | "four" | "five" | "six" | "seven" | "eight" | "nine" | "ten" | "many" | "several" | "some"
    ) || number.lower.len() <= 2 && number.xpos == "CD";
    let (u, unit) = at(analysis, k, 1)?;
    if !counted
        || !UNITS.contains(&unit.lower.as_str())
        || matches!(word(analysis, u, 1), "ago" | "before" | "earlier" | "have" | "had")
    {
        return None;
    }
    let phrase = analysis.span_of(k, u).of(analysis.text());
    Some(
        Draft::new("tense_time", token.span, "R:PREP", "prep")
            .because(
                format!("“{phrase}” is a length of time: “for {phrase}”. “Since” takes a point of time."),
                format!("“{phrase}”是一段时间，用“for”；“since”后接时间点。"),
            )
            .suggest([crate::compose::match_case(analysis.form(i), "for")])
            .confidence(LIKELY)
            .done(),
    )
}

/// "I live here since 2010": a present perfect with a point of time.
fn since_point(analysis: &Analysis, i: usize) -> Option<Finding> {
    let token = &analysis.tokens[i];
    if token.lower != "since" || token.deprel != "case" {
        return None;
    }
    let point = token.head?;
    let year = analysis.tokens[point].xpos == "CD" && analysis.tokens[point].lower.len() == 4;
    let named = matches!(analysis.tokens[point].lower.as_str(), "childhood" | "then" | "morning");
    let predicate = analysis.tokens[point].head?;
    if !year && !named || in_quotes(analysis, i) || auxiliaries(analysis, predicate).count() > 0 {
        return None;
    }
    let verb = &analysis.tokens[predicate];
    // A verb of state or habit: "joins the firm since 2010" is a headline.
    if !DURATIVE.contains(&verb.lemma.as_str()) || !matches!(verb.xpos, "VBP" | "VBZ") || predicate > i {
        return None;
    }
    let subject = analysis.child(predicate, "nsubj").filter(|&s| s < predicate)?;
    let third =
        matches!(analysis.tokens[subject].lower.as_str(), "he" | "she" | "it") || analysis.tokens[subject].xpos == "NN";
    let participle = inflect(&verb.lower, Form::PastParticiple)?;
    let right = format!("{} {participle}", if third { "has" } else { "have" });
    Some(
        Draft::new("tense_time", verb.span, "R:VERB:TENSE", "vt")
            .because(
                format!("With “since” the verb is in the present perfect: “{right}”."),
                format!("与“since”连用时谓语动词用现在完成时“{right}”。"),
            )
            .suggest([right])
            .confidence(LIKELY)
            .done(),
    )
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::TenseTime;

    #[test]
    fn hits() {
        for (text, fixed) in [
            ("Yesterday I go to the park.", "Yesterday I went to the park."),
            ("Last week we visit our teacher.", "Last week we visited our teacher."),
            ("I have seen him yesterday.", "I saw him yesterday."),
            ("He buys a phone two weeks ago.", "He bought a phone two weeks ago."),
            ("When I was a child, I see my uncle every day.", "When I was a child, I saw my uncle every day."),
            ("He went home and eat his dinner.", "He went home and ate his dinner."),
            ("Last week our teacher give us a book.", "Last week our teacher gave us a book."),
            ("I live here since 2010.", "I have lived here since 2010."),
            ("I have lived here since three years.", "I have lived here for three years."),
        ] {
            check(&TenseTime, text, Some(fixed));
        }
    }

    #[test]
    fn near_misses() {
        for text in [
            "Yesterday I went to the park.",
            "He says that he met her yesterday.",
            "I have known him since last year.",
            "Yesterday was fun, and today I go home.",
            "I remember yesterday well.",
            "She has worked here since 2010.",
            "It is the book that I bought last week.",
            "I read it two days ago.",
            "When I was young, I lived in a village, and I still like it.",
            "The book helped them grow and learn.",
            "It forced us to invent games and make friends.",
            "We opened in 1989 and have many teachers.",
            "He came home and put the key on the table.",
            "The last week is the hardest.",
        ] {
            check(&TenseTime, text, None);
        }
    }
}
