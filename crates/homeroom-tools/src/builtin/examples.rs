//! `examples`: sentences with a word. The crate ships none; the program hands them in.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use homeroom_core::Upos;
use homeroom_lexicon::{Cefr, Form, Lexicon};
use schemars::JsonSchema;
use serde::Deserialize;

use super::Means;
use crate::{Effect, Output, Tool, ToolError, Typed};

/// Sentences that are given where the model does not say how many.
const USUAL: u8 = 3;

/// A good example is no fragment and no monster: words of a sentence.
const GOOD_LENGTH: std::ops::RangeInclusive<usize> = 5..=18;

/// Example sentences by the words in them.
#[derive(Debug, Default)]
pub struct Sentences {
    sentences: Vec<Sentence>,
    by_word: HashMap<String, Vec<usize>>,
}

#[derive(Debug)]
struct Sentence {
    text: String,
    n_words: usize,
    /// The level of its hardest word.
    level: Cefr,
}

impl Sentences {
    /// The sentences that come with the program, written for it.
    #[must_use]
    pub fn shipped() -> Self {
        Self::new(include_str!("../../data/examples.txt").lines().map(str::to_owned))
    }

    /// These sentences.
    #[must_use]
    pub fn new(sentences: impl IntoIterator<Item = String>) -> Self {
        let lexicon = Lexicon::shipped();
        let mut all = Self::default();
        for text in sentences {
            let place = all.sentences.len();
            let words: Vec<String> = words(&text).collect();
            // A word that has no level is as hard as any.
            let levels = words.iter().map(|word| lexicon.level(word, None).unwrap_or(Cefr::C2));
            let level = levels.max().unwrap_or(Cefr::A1);
            all.sentences.push(Sentence { n_words: words.len(), text, level });
            for word in words.into_iter().collect::<BTreeSet<_>>() {
                all.by_word.entry(word).or_default().push(place);
            }
        }
        all
    }

    /// Sentences with `word` in any of its forms and no word above `level`; those of a good length first, then the easiest.
    fn find(&self, word: &str, level: Option<Cefr>, most: usize) -> Vec<&str> {
        let forms = forms(&word.to_lowercase());
        let places: BTreeSet<usize> =
            forms.iter().filter_map(|form| self.by_word.get(form)).flatten().copied().collect();
        let mut found: Vec<usize> =
            places.into_iter().filter(|&p| level.is_none_or(|l| self.sentences[p].level <= l)).collect();
        found.sort_by_key(|&place| {
            let sentence = &self.sentences[place];
            (!GOOD_LENGTH.contains(&sentence.n_words), sentence.level, sentence.n_words, place)
        });
        found.into_iter().take(most).map(|place| self.sentences[place].text.as_str()).collect()
    }
}

fn words(text: &str) -> impl Iterator<Item = String> {
    let word = |part: &str| part.trim_matches('\'').to_lowercase();
    let text = text.replace('’', "'");
    let parts: Vec<String> = text.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '-').map(word).collect();
    parts.into_iter().filter(|word| !word.is_empty())
}

/// All forms of a word.
fn forms(word: &str) -> BTreeSet<String> {
    let lexicon = Lexicon::shipped();
    let set = lexicon.pos(word);
    let mut forms = BTreeSet::from([word.to_owned()]);
    for (upos, of) in [
        (Upos::Verb, &[Form::Base, Form::ThirdPerson, Form::Past, Form::PastParticiple, Form::Gerund][..]),
        (Upos::Noun, &[Form::Singular, Form::Plural]),
        (Upos::Adj, &[Form::Comparative, Form::Superlative]),
    ] {
        if set.can_be(upos) {
            let lemma = lexicon.lemma(word, upos);
            forms.extend(of.iter().filter_map(|&form| lexicon.inflect(&lemma, form)));
            forms.insert(lemma.into_owned());
        }
    }
    forms
}

/// A level, as arguments name it.
#[derive(Deserialize, JsonSchema, Clone, Copy)]
#[allow(missing_docs, reason = "the names are the framework's own")]
enum Level {
    A1,
    A2,
    B1,
    B2,
    C1,
    C2,
}

impl Level {
    fn cefr(self) -> Cefr {
        Cefr::ALL[self as usize]
    }
}

#[derive(Deserialize, JsonSchema)]
struct Arguments {
    /// An English word in any of its forms.
    #[schemars(length(min = 1, max = 60))]
    word: String,
    /// Only sentences without words above this level.
    #[serde(default)]
    level: Option<Level>,
    /// Most sentences, 1 to 10; 3 if left out.
    #[serde(default)]
    #[schemars(range(min = 1, max = 10))]
    most: Option<u8>,
}

pub(super) fn make(means: &Means) -> Option<Arc<dyn Tool>> {
    let sentences = Arc::clone(means.sentences.as_ref()?);
    Some(Typed::shared(
        "examples",
        "Gives example sentences with an English word in any of its forms, the easiest first.",
        Effect::Reads,
        move |arguments: Arguments| {
            if arguments.word.trim().contains(char::is_whitespace) {
                return Err(ToolError::Value { argument: "word", fault: "give one word" });
            }
            let most = usize::from(arguments.most.unwrap_or(USUAL));
            let found = sentences.find(arguments.word.trim(), arguments.level.map(Level::cefr), most);
            Ok(if found.is_empty() { Output::text("There is no sentence with it.") } else { Output::json(&found) })
        },
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_are_found_by_any_form_the_easiest_first() {
        let texts = [
            "The unprecedented ramifications went unnoticed by contemporaneous observers.",
            "We go to school by bus every day.",
            "She went.",
            "My goat is white and very small.",
        ];
        let sentences = Sentences::new(texts.map(String::from));
        assert_eq!(sentences.find("go", None, 9), [texts[1], texts[0], texts[2]]);
        assert_eq!(sentences.find("Going", Some(Cefr::B1), 1), [texts[1]]);
        assert!(sentences.find("elephant", None, 9).is_empty());
    }
}
