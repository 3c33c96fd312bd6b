//! Features by meaning, with vectors that the tests know: each dimension is a topic.

use homeroom_core::ability::{AbilityError, Embed};
use homeroom_core::{Document, Feature, Language, TraitContext};
use homeroom_traits::{MEANING_FEATURES, meaning};

use crate::{ESSAY, OFF_TOPIC, PROMPT, crude, value};

/// Counts the words of three topics.
struct Topics;

const TOPICS: [&[&str]; 3] = [
    &["library", "book", "books", "read", "reading", "classroom", "school", "corner", "plan"],
    &["sea", "seaside", "beach", "fish", "boats", "shells", "water", "summer", "holiday"],
    &["dear", "yours", "the", "i", "we", "it", "a"],
];

impl Embed for Topics {
    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, AbilityError> {
        let vector = |text: &&str| {
            let words: Vec<String> =
                text.split(|c: char| !c.is_alphabetic()).map(str::to_lowercase).filter(|w| !w.is_empty()).collect();
            let count = |topic: &[&str]| words.iter().filter(|w| topic.contains(&w.as_str())).count() as f32;
            let counts = [3.0 * count(TOPICS[0]), 3.0 * count(TOPICS[1]), 0.2 * count(TOPICS[2]) + 0.01];
            let length = counts.iter().map(|c| c * c).sum::<f32>().sqrt();
            counts.map(|c| c / length).to_vec()
        };
        Ok(texts.iter().map(vector).collect())
    }
}

struct Broken;

impl Embed for Broken {
    fn embed(&self, _: &[&str]) -> Result<Vec<Vec<f32>>, AbilityError> {
        Err(AbilityError::Failed { model: "minilm".to_owned(), source: "no".into() })
    }
}

fn by_meaning(text: &str, prompt: Option<&str>) -> Vec<Feature> {
    let analysis = crude::analyse(text);
    let prompt = prompt.map(|p| Document::new(p, Language::ENGLISH));
    meaning(TraitContext { analysis: &analysis, findings: &[], prompt: prompt.as_ref() }, &Topics).unwrap()
}

#[test]
fn an_essay_is_near_its_own_prompt() {
    let (on, off) = (by_meaning(ESSAY, Some(PROMPT)), by_meaning(OFF_TOPIC, Some(PROMPT)));
    assert!(value(&on, "prompt_meaning") > 0.8 && value(&off, "prompt_meaning") < 0.3);
    assert!(value(&off, "off_prompt_share") > 0.9);
}

#[test]
fn a_paragraph_about_something_else_is_shown() {
    let text = format!("{ESSAY}\n{OFF_TOPIC}");
    let features = by_meaning(&text, Some(PROMPT));
    assert!(value(&features, "paragraph_drift") > value(&by_meaning(ESSAY, Some(PROMPT)), "paragraph_drift"));
    let elsewhere = features.iter().find(|f| f.id == "off_prompt_share").unwrap();
    assert!(elsewhere.passages.iter().any(|span| span.of(&text).starts_with("Last summer")));
}

#[test]
fn odd_texts() {
    for text in ["", " \n", ".", "word", "我喜欢 English!"] {
        for prompt in [None, Some(""), Some("???"), Some(PROMPT)] {
            for feature in by_meaning(text, prompt) {
                assert!(feature.value.is_finite(), "{feature:?}");
                assert!(MEANING_FEATURES.contains(&feature.id.as_str()));
            }
        }
    }
    assert!(by_meaning("One. Two. Three.", None).is_empty(), "nothing to compare with");
}

#[test]
fn a_model_that_fails_is_an_error_and_no_number() {
    let analysis = crude::analyse(ESSAY);
    assert!(meaning(TraitContext { analysis: &analysis, findings: &[], prompt: None }, &Broken).is_err());
}
