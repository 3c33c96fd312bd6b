//! Nouns without a plural that are counted all the same: *informations*, *many homeworks*, *an advice*.
//!
//! Told by the lexicon's list of nouns that have neither a plural nor *a* in any sense that pupils use. Where the noun
//! modifies another one (*an information desk*) nothing is said.

use homeroom_core::{Analysis, Checker, Finding};
use homeroom_lexicon::Lexicon;

use super::Draft;
use crate::compose::match_case;

/// What counts a mass noun: the noun and the words that go before it.
const COUNTERS: [(&str, &str); 18] = [
    ("advice", "a piece of"),
    ("information", "a piece of"),
    ("news", "a piece of"),
    ("furniture", "a piece of"),
    ("equipment", "a piece of"),
    ("luggage", "a piece of"),
    ("baggage", "a piece of"),
    ("evidence", "a piece of"),
    ("music", "a piece of"),
    ("homework", "a piece of"),
    ("clothing", "a piece of"),
    ("bread", "a piece of"),
    ("software", "a piece of"),
    ("rubbish", "a piece of"),
    ("money", "a sum of"),
    ("lightning", "a flash of"),
    ("rice", "a bowl of"),
    ("luck", "a stroke of"),
];

/// Listed nouns that native writers do count or that are also other words: no default mark.
const COUNTED: [&str; 24] = [
    "wealth",
    "relaxation",
    "harm",
    "commerce",
    "competence",
    "conduct",
    "cotton",
    "courage",
    "flour",
    "gold",
    "litter",
    "mail",
    "permission",
    "smog",
    "sunshine",
    "training",
    "transport",
    "welfare",
    "parking",
    "fishing",
    "shopping",
    "fun",
    "wisdom",
    "knowledge",
];

/// Forms in -s that are other words, or plurals of a second sense.
const OTHER_WORDS: [&str; 15] = [
    "infrastructures",
    "breads",
    "butters",
    "salts",
    "peaces",
    "permissions",
    "transports",
    "musics",
    "cottons",
    "conducts",
    "mails",
    "litters",
    "dirts",
    "golds",
    "monies",
];

pub(super) struct MassNouns;

impl Checker for MassNouns {
    fn id(&self) -> &'static str {
        "mass_nouns"
    }

    fn fault(&self) -> &'static str {
        "Nouns without a plural that are counted: *informations*, *many homeworks*, *an advice*"
    }

    fn check(&self, analysis: &Analysis, findings: &mut Vec<Finding>) {
        for i in 0..analysis.tokens.len() {
            findings.extend(plural(analysis, i).or_else(|| with_article(analysis, i)));
        }
    }
}

/// The mass noun of which this would be the plural.
fn mass_of(lower: &str) -> Option<&str> {
    let lexicon = Lexicon::shipped();
    let stem = lower.strip_suffix('s')?;
    let stem = if lexicon.uncountable(stem) { stem } else { stem.strip_suffix('e')? };
    (lexicon.uncountable(stem) && !stem.ends_with("ing") && !stem.ends_with('s') || lower == "progresses")
        .then_some(stem)
}

/// "informations", "many homeworks".
fn plural(analysis: &Analysis, i: usize) -> Option<Finding> {
    let token = &analysis.tokens[i];
    let mass = mass_of(&token.lower)?;
    let verb = token.xpos.starts_with("VB");
    if OTHER_WORDS.contains(&token.lower.as_str()) || verb || analysis.form(i).starts_with(char::is_uppercase) {
        return None;
    }
    let previous = i.checked_sub(1).filter(|&k| analysis.tokens[k].sentence == token.sentence);
    let before = previous.map_or("", |k| analysis.tokens[k].lower.as_str());
    let fixed = match_case(analysis.form(i), mass);
    // The quantity in front goes over to the mass noun too.
    let counter = match before {
        "many" => Some("much"),
        "few" => Some("little"),
        "several" | "these" | "those" => Some(if before == "several" {
            "some"
        } else if before == "these" {
            "this"
        } else {
            "that"
        }),
        "a" | "an" => Some("some"),
        _ => None,
    };
    let (span, suggestions) = match (counter, previous) {
        (Some(counter), Some(k)) => {
            let counter = match_case(if analysis.form(k) == "A" { "Aa" } else { analysis.form(k) }, counter);
            (analysis.span_of(k, i), vec![format!("{counter} {fixed}")])
        }
        _ => (token.span, vec![fixed]),
    };
    Some(
        Draft::new("mass_nouns", span, "R:NOUN:INFL", "num")
            .because(
                format!("“{mass}” is uncountable: it has no plural."),
                format!("“{mass}”是不可数名词，没有复数形式。"),
            )
            .suggest(suggestions)
            .confidence(0.93)
            .done(),
    )
}

/// "an advice", "a good news", "many information".
fn with_article(analysis: &Analysis, i: usize) -> Option<Finding> {
    let article = &analysis.tokens[i];
    let quantity = match article.lower.as_str() {
        "a" | "an" if article.xpos == "DT" => false,
        "many" | "several" => true,
        _ => return None,
    };
    let same = |k: usize| analysis.tokens.get(k).filter(|t| t.sentence == article.sentence);
    let mut head = i + 1;
    while same(head).is_some_and(|t| matches!(t.xpos, "JJ" | "JJR") && head < i + 3) {
        head += 1;
    }
    let noun = same(head)?;
    let lexicon = Lexicon::shipped();
    if !matches!(noun.xpos, "NN" | "NNS") || !lexicon.uncountable(&noun.lower) || COUNTED.contains(&noun.lower.as_str())
    {
        return None;
    }
    // "an information desk", "a health problem", "a peace-loving people", "many software engineers".
    if same(head + 1).is_some_and(|t| {
        matches!(t.xpos, "NN" | "NNS" | "NNP" | "JJ" | "HYPH" | "POS" | "VBG" | "VBN" | "CC" | "CD" | "RB")
            || t.lower.starts_with(['-', '/', '\'', '"'])
    }) {
        return None;
    }
    let adjectives = analysis.text().get(analysis.tokens[i + 1].span.start..noun.span.end)?.to_owned();
    let counter = COUNTERS.iter().find(|(n, _)| *n == noun.lower).map(|c| c.1);
    let span = if quantity { article.span } else { analysis.span_of(i, head) };
    let capital = |text: String| {
        if analysis.form(i).starts_with(char::is_uppercase) { crate::compose::capitalise(&text) } else { text }
    };
    let suggestions: Vec<String> = if quantity {
        vec![capital(if article.lower == "many" { "much" } else { "some" }.to_owned())]
    } else {
        let counted = counter.map(|c| format!("{c} {adjectives}"));
        counted.into_iter().chain([adjectives.clone(), format!("some {adjectives}")]).map(capital).collect()
    };
    // Native writers give a few of these "a" behind an adjective: "a deep sadness", "a great happiness".
    let sure = counter.is_some() || head == i + 1 || quantity;
    let word = &noun.lower;
    let (en, zh) = counter.filter(|_| !quantity).map_or_else(
        || {
            (
                format!("“{word}” is uncountable, so it does not take “{}”.", article.lower),
                format!("“{word}”是不可数名词，不能用“{}”修饰。", article.lower),
            )
        },
        |c| {
            (
                format!("“{word}” is uncountable: say “{c} {word}” or leave out “{}”.", article.lower),
                format!("“{word}”是不可数名词，不能直接加“{}”，可说“{c} {word}”。", article.lower),
            )
        },
    );
    let draft = Draft::new("mass_nouns", span, if quantity { "R:DET" } else { "U:DET" }, "art")
        .because(en, zh)
        .suggest(suggestions)
        .confidence(0.88);
    Some(if sure { draft.done() } else { draft.confidence(0.6).check_this().done() })
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::MassNouns;

    #[test]
    fn hits() {
        check(&MassNouns, "The book gave me useful informations.", Some("The book gave me useful information."));
        check(&MassNouns, "We have many homeworks every day.", Some("We have much homework every day."));
        check(&MassNouns, "I need an advice.", Some("I need a piece of advice."));
        check(&MassNouns, "He told me a good news.", Some("He told me a piece of good news."));
        check(&MassNouns, "They bought new furnitures.", Some("They bought new furniture."));
        check(&MassNouns, "He gave me many advice.", Some("He gave me much advice."));
        check(&MassNouns, "I learned many knowledges.", Some("I learned much knowledge."));
    }

    #[test]
    fn near_misses() {
        check(&MassNouns, "There is an information desk in the hall.", None);
        check(&MassNouns, "She has a health problem.", None);
        check(&MassNouns, "A piece of advice is free.", None);
        check(&MassNouns, "He butters the bread.", None);
        check(&MassNouns, "Many software engineers work at home.", None);
        check(&MassNouns, "She has a good knowledge of English.", None);
        check(&MassNouns, "Much homework is boring.", None);
    }
}
