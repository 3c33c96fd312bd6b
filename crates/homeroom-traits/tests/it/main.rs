//! The traits on whole essays.
#![allow(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod crude;
mod meaning;

use homeroom_core::{
    Bilingual, Display, Document, Feature, Finding, Language, Reason, Severity, Span, TraitContext, TraitId, WordLimits,
};
use homeroom_traits::{EffectiveText, PASSAGES, extractors, features, gate};
use proptest::prelude::*;

const PROMPT: &str = "Suppose your school is planning to open a library corner in every classroom. Write a letter to the \
    headmaster. You should say whether you support the plan, give your reasons, and suggest which books to buy. \
    Write about 100 words.";

const ESSAY: &str = "Dear Headmaster,\nI am glad to hear that our school plans to open a library corner in each \
    classroom. I support this plan, because many students have no time to go to the big library after lunch.\n\
    First, a corner with good books will help us to read more. When we finish homework early, we can take a novel and \
    enjoy it quietly. However, the corner must be kept clean, so every class should choose two students who look after it.\n\
    As for the books, I suggest buying stories about science, biographies of famous people and some English magazines. \
    They are interesting and we can learn a lot from them.\nIn short, reading makes a full man. I hope the plan comes true soon.\nYours,\nLi Hua";

const OFF_TOPIC: &str = "Last summer my family travelled to the seaside. The weather was wonderful and we swam in the warm \
    water every morning. My father caught three big fish and my mother cooked them with ginger. In the evening we walked \
    along the beach and watched the boats come home. I collected shells for my sister. She painted them red and blue. \
    The trip was the happiest time of my holiday and I want to go there again next summer.";

/// A weak answer: short sentences, many errors, but it is about the task.
const WEAK: &str = "Dear headmaster. I very like this plan. Library corner is good for student. We can reading book in \
    classroom. I think buy storys book and comic book. student like it. Because study is very tired. book make us happy \
    and have many knowledge. please open it quick. thank you.";

fn all(text: &str, findings: &[Finding], prompt: Option<&str>) -> Vec<Feature> {
    let analysis = crude::analyse(text);
    let prompt = prompt.map(|p| Document::new(p, Language::ENGLISH));
    features(TraitContext { analysis: &analysis, findings, prompt: prompt.as_ref() })
}

fn value(features: &[Feature], id: &str) -> f64 {
    features.iter().find(|f| f.id == id).unwrap_or_else(|| panic!("no feature {id}")).value
}

fn finding(span: Span, errant: &str) -> Finding {
    Finding {
        span,
        checker: "test".into(),
        source: "homeroom".into(),
        errant: errant.into(),
        code: "x".into(),
        severity: Severity::Major,
        display: Display::Sure,
        confidence: 0.9,
        explanation: Bilingual::new("why", "为什么"),
        suggestions: Vec::new(),
    }
}

#[test]
fn features_are_finite_unique_and_point_into_the_text() {
    for text in ["", " \n", ".", "word", ESSAY, WEAK, "a a a a a", "我喜欢 English!", "No end\n\nNo start"] {
        for prompt in [None, Some(PROMPT), Some("")] {
            let list = all(text, &[], prompt);
            let mut ids: Vec<&str> = list.iter().map(|f| f.id.as_str()).collect();
            ids.sort_unstable();
            let n = ids.len();
            ids.dedup();
            assert_eq!(ids.len(), n);
            for f in &list {
                assert!(f.value.is_finite(), "{}", f.id);
                assert!(f.passages.len() <= PASSAGES, "{}", f.id);
                assert!(f.passages.iter().all(|p| p.fits(text)), "{}", f.id);
            }
        }
    }
    let traits: Vec<TraitId> = extractors(&Language::ENGLISH).iter().map(|e| e.id()).collect();
    assert_eq!(traits, TraitId::ALL);
    assert!(extractors(&Language::CHINESE).is_empty());
}

#[test]
fn more_errors_less_accuracy() {
    let third = ESSAY.find("because").unwrap();
    let fourth = ESSAY.find("novel").unwrap();
    let one = [finding(Span::new(third, third + 7), "R:VERB:SVA")];
    let two = [one[0].clone(), finding(Span::new(fourth, fourth + 5), "R:VERB:TENSE")];
    let (a, b, c) = (all(ESSAY, &[], None), all(ESSAY, &one, None), all(ESSAY, &two, None));
    for id in ["grammar_error_rate", "verb_error_rate"] {
        assert!(value(&a, id) < value(&b, id) && value(&b, id) < value(&c, id), "{id}");
    }
    assert!(value(&a, "error_free_share") > value(&b, "error_free_share"));
    assert!(value(&b, "error_free_share") > value(&c, "error_free_share"));
    let spelling = [finding(Span::new(third, third + 7), "R:SPELL")];
    assert!(value(&all(ESSAY, &spelling, None), "spelling_error_rate") > 0.0);
    assert_eq!(value(&all(ESSAY, &spelling, None), "grammar_error_rate"), 0.0);
    let style = [Finding { display: Display::Style, ..one[0].clone() }];
    assert_eq!(value(&all(ESSAY, &style, None), "grammar_error_rate"), 0.0);
}

#[test]
fn an_essay_on_the_topic_is_closer_to_the_prompt() {
    let (on, weak, off) =
        (all(ESSAY, &[], Some(PROMPT)), all(WEAK, &[], Some(PROMPT)), all(OFF_TOPIC, &[], Some(PROMPT)));
    for id in ["prompt_relevance", "prompt_coverage", "topic_similarity"] {
        assert!(value(&on, id) > value(&off, id), "{id}");
        assert!(value(&weak, id) > value(&off, id), "{id}");
    }
    assert!(value(&all(PROMPT, &[], Some(PROMPT)), "copied_share") > 0.9);
    assert!(value(&on, "copied_share") < 0.3);
}

#[track_caller]
fn check_gate(text: &str, prompt: Option<&str>, expected: Option<&str>) {
    let prompt = prompt.map(|p| Document::new(p, Language::ENGLISH));
    let limits = WordLimits { scorable: 20, min: 60, max: None };
    let reason = gate(&crude::analyse(text), prompt.as_ref(), limits);
    let kind = reason.as_ref().map(|r| match r {
        Reason::Blank => "blank",
        Reason::TooShort { .. } => "too_short",
        Reason::OffTopic { .. } => "off_topic",
        Reason::CopiedPrompt { .. } => "copied_prompt",
        Reason::WrongLanguage { .. } => "wrong_language",
    });
    assert_eq!(kind, expected, "{reason:?}");
}

#[test]
fn the_gate_keeps_out_what_cannot_be_scored() {
    check_gate("", None, Some("blank"));
    check_gate(" \n\n ", Some(PROMPT), Some("blank"));
    check_gate("...!", None, Some("blank"));
    check_gate("I like it.", None, Some("too_short"));
    check_gate(&"I like to read many books. ".repeat(20), None, Some("too_short"));
    check_gate(PROMPT, Some(PROMPT), Some("copied_prompt"));
    check_gate(&format!("{PROMPT} I agree with this plan from my heart."), Some(PROMPT), Some("copied_prompt"));
    check_gate(OFF_TOPIC, Some(PROMPT), Some("off_topic"));
    check_gate(OFF_TOPIC, None, None);
    check_gate(OFF_TOPIC, Some("My holiday"), None);
    check_gate(OFF_TOPIC, Some("My school"), None);
    check_gate(ESSAY, Some(PROMPT), None);
    check_gate(WEAK, Some(PROMPT), None);
    check_gate(&format!("{PROMPT} {ESSAY}"), Some(PROMPT), None);
}

/// The features of a padded essay must be those of the essay itself, but for the share of repetition.
#[track_caller]
fn check_padding(padded: &str) {
    let (plain, padded) = (all(ESSAY, &[], Some(PROMPT)), all(padded, &[], Some(PROMPT)));
    for (a, b) in plain.iter().zip(&padded) {
        if a.id == "repeated_share" {
            assert!(b.value > a.value);
        } else if a.id == "copied_share" {
            assert!(b.value <= a.value + 1e-9);
        } else {
            assert!((a.value - b.value).abs() < 1e-9, "{}: {} became {}", a.id, a.value, b.value);
        }
    }
}

#[test]
fn repeating_sentences_changes_nothing() {
    let sentence = "I support this plan, because many students have no time to go to the big library after lunch.";
    check_padding(&format!("{ESSAY}\n{sentence}"));
    check_padding(&format!("{ESSAY}\n{}", sentence.replace("many", "some")));
    check_padding(&ESSAY.replace(sentence, &format!("{sentence} {sentence} {sentence}")));
    check_padding(&format!("{ESSAY}\n{ESSAY}"));
}

#[test]
fn repeats_and_copies_are_told_apart() {
    let text = format!("My brother reads one book every week. {PROMPT} My brother reads one book every week.");
    let analysis = crude::analyse(&text);
    let prompt = Document::new(PROMPT, Language::ENGLISH);
    let effective = EffectiveText::new(&analysis, Some(&prompt));
    assert_eq!(effective.sentences, [0]);
    assert_eq!(effective.repeats, [analysis.sentences.len() - 1]);
    assert_eq!(effective.copies.len(), analysis.sentences.len() - 2);
}

proptest! {
    #[test]
    fn any_text_is_measured(text in "[a-dA-D .,!?\n'\u{4e00}-\u{4e05}]{0,200}") {
        for f in all(&text, &[], Some(PROMPT)) {
            prop_assert!(f.value.is_finite());
            prop_assert!(f.passages.iter().all(|p| p.fits(&text)));
        }
    }

    #[test]
    fn repeating_any_sentences_adds_no_words(picks in proptest::collection::vec(0usize..12, 1..6)) {
        let analysis = crude::analyse(ESSAY);
        let mut padded = ESSAY.to_owned();
        for pick in picks {
            if let Some(sentence) = analysis.sentences.get(pick) {
                padded.push('\n');
                padded.push_str(sentence.span.of(ESSAY));
            }
        }
        let (plain, more) = (all(ESSAY, &[], None), all(&padded, &[], None));
        prop_assert_eq!(value(&plain, "developed_words"), value(&more, "developed_words"));
        prop_assert_eq!(value(&plain, "root_ttr"), value(&more, "root_ttr"));
    }
}
