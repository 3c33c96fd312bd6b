//! `look_up`: what the dictionary knows of a word.

use std::collections::BTreeMap;
use std::sync::Arc;

use homeroom_core::Upos;
use homeroom_lexicon::{Form, Lexicon};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Means;
use crate::{Effect, Output, Tool, ToolError, Typed};

#[derive(Deserialize, JsonSchema)]
struct Arguments {
    /// One English word, as in a dictionary or in any of its forms.
    #[schemars(length(min = 1, max = 60))]
    word: String,
}

pub(super) fn make(_: &Means) -> Option<Arc<dyn Tool>> {
    Some(Typed::shared(
        "look_up",
        "Looks an English word up: its CEFR level, how common it is, its parts of speech and its forms. The dictionary has no \
         definitions and no translations.",
        Effect::Reads,
        |arguments: Arguments| look_up(&arguments.word),
    ))
}

/// What is told of a word.
#[derive(Serialize)]
struct Entry {
    word: String,
    found: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<&'static str>,
    /// By part of speech, where it differs.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    level_as: BTreeMap<&'static str, &'static str>,
    frequency: &'static str,
    /// log10 of occurrences in a thousand million words.
    zipf: f32,
    parts_of_speech: Vec<&'static str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    forms: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    remarks: Vec<&'static str>,
    note: &'static str,
}

/// The word for a frequency on the Zipf scale. The steps are those of van Heuven et al. 2014, where 1 to 3 are low and 4 to 7
/// high frequencies.
fn frequency(zipf: f32) -> &'static str {
    match zipf {
        z if z >= 5.0 => "very common",
        z if z >= 4.0 => "common",
        z if z >= 3.0 => "less common",
        z if z > 0.0 => "rare",
        _ => "unknown",
    }
}

/// A part of speech in words.
pub(super) fn upos_name(upos: Upos) -> &'static str {
    match upos {
        Upos::Adj => "adjective",
        Upos::Adp => "preposition",
        Upos::Adv => "adverb",
        Upos::Aux => "auxiliary",
        Upos::Cconj | Upos::Sconj => "conjunction",
        Upos::Det => "determiner",
        Upos::Intj => "interjection",
        Upos::Noun => "noun",
        Upos::Num => "number",
        Upos::Part => "particle",
        Upos::Pron => "pronoun",
        Upos::Propn => "name",
        Upos::Verb => "verb",
        Upos::Punct | Upos::Sym | Upos::X => "other",
    }
}

fn look_up(word: &str) -> Result<Output, ToolError> {
    let word = word.trim().to_lowercase().replace('’', "'");
    if word.is_empty() || word.contains(char::is_whitespace) {
        return Err(ToolError::Value { argument: "word", fault: "give one word; for a text there is `cefr_level`" });
    }
    let lexicon = Lexicon::shipped();
    let set = lexicon.pos(&word);
    let found = lexicon.contains(&word);
    let level = lexicon.level(&word, None).map(|l| l.as_str());
    let by_class = set.iter().filter_map(|u| Some((upos_name(u), lexicon.level(&word, Some(u))?.as_str())));
    let level_as: BTreeMap<_, _> = by_class.filter(|(_, own)| Some(*own) != level).collect();
    let mut forms = BTreeMap::new();
    let mut add = |name, lemma: &str, form| {
        if let Some(inflected) = lexicon.inflect(lemma, form) {
            forms.insert(name, inflected);
        }
    };
    let mut remarks = Vec::new();
    if set.can_be(Upos::Verb) {
        let lemma = lexicon.lemma(&word, Upos::Verb).into_owned();
        add("verb", &lemma, Form::Base);
        add("third_person", &lemma, Form::ThirdPerson);
        add("past", &lemma, Form::Past);
        add("past_participle", &lemma, Form::PastParticiple);
        add("ing_form", &lemma, Form::Gerund);
    }
    if set.can_be(Upos::Noun) {
        let lemma = lexicon.lemma(&word, Upos::Noun).into_owned();
        add("singular", &lemma, Form::Singular);
        if lexicon.uncountable(&lemma) {
            remarks.push("uncountable: no plural, no a/an");
        } else {
            if lexicon.mostly_uncountable(&lemma) {
                remarks.push("uncountable in its main sense");
            }
            add("plural", &lemma, Form::Plural);
        }
    }
    for (upos, comparative, superlative) in
        [(Upos::Adv, "adverb_comparative", "adverb_superlative"), (Upos::Adj, "comparative", "superlative")]
    {
        if set.can_be(upos) {
            let lemma = lexicon.lemma(&word, upos).into_owned();
            add(comparative, &lemma, Form::Comparative);
            add(superlative, &lemma, Form::Superlative);
        }
    }
    if lexicon.is_name(&word) {
        remarks.push("a name");
    }
    let mut parts_of_speech: Vec<_> = set.iter().map(upos_name).collect();
    parts_of_speech.dedup();
    let zipf = lexicon.zipf(&word);
    let note =
        if found { "No definition: the dictionary has none." } else { "Not in the dictionary: perhaps misspelt." };
    let frequency = frequency(zipf);
    let zipf = (zipf * 10.0).round() / 10.0;
    Ok(Output::json(&Entry { word, found, level, level_as, frequency, zipf, parts_of_speech, forms, remarks, note }))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn entry(word: &str) -> Value {
        serde_json::from_str(&look_up(word).unwrap().text).unwrap()
    }

    #[test]
    fn a_verb_has_its_forms() {
        let went = entry("Went");
        assert_eq!(went["forms"]["verb"], "go");
        assert_eq!(went["forms"]["past_participle"], "gone");
        assert_eq!(went["level"], "A1");
    }

    #[test]
    fn an_uncountable_noun_has_no_plural() {
        let furniture = entry("furniture");
        assert_eq!(furniture["forms"].get("plural"), None);
        assert!(furniture["remarks"][0].as_str().unwrap().starts_with("uncountable"));
        assert_eq!(entry("knife")["forms"]["plural"], "knives");
    }

    #[test]
    fn what_is_not_there_is_told() {
        assert_eq!(entry("qwxzzt")["found"], false);
        assert!(look_up("two words").is_err());
        assert!(look_up("  ").is_err());
    }
}
