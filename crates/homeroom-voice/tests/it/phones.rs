//! Words into phones.

use homeroom_core::Span;
use homeroom_voice::{Accent, FrontEnd, Tables, VoiceError};

use crate::tables::{pulled_front_end, small, written};

#[track_caller]
fn check(cases: &[(&str, &str)]) {
    let front = small();
    for (text, phones) in cases {
        assert_eq!(front.phones(text, 0).unwrap().text(), *phones, "{text}");
    }
}

#[test]
fn the_dictionary_and_its_rules_are_used() {
    check(&[
        ("hello world.", "həlˈO wˈɜɹld."),
        ("cats walk", "kˈæts wˈɔk"),
        ("walked", "wˈɔkt"),
        ("the cat", "ðə kˈæt"),
        ("the hour", "ði ˈWəɹ"),
        ("I'm", "ˌIm"),
        ("“I'm”", "ˌIm"),
        ("\"Don't\"", "dˈOnt"),
        ("$5", "fˈIv dˈɑləɹz"),
        ("banana", "bənˈænə"),
        ("blorf", "bˈɑbəbəbəbəbə"),
        ("...", "..."),
        ("", ""),
    ]);
}

#[test]
fn words_know_their_place_in_the_source() {
    let front = small();
    let text = "Say: 5 km, hello-world!";
    let phones = front.phones(&text[5..], 5).unwrap();
    let words: Vec<(&str, &str)> = phones.words.iter().map(|w| (w.text.as_str(), w.span.of(text))).collect();
    assert_eq!(words, [("5", "5"), ("kilometers", "km"), ("hello-world", "hello-world")]);
}

#[test]
fn damaged_tables_are_told() {
    let broken = |change: fn(&mut Tables)| {
        let mut tables = written();
        change(&mut tables);
        FrontEnd::new(&tables, Accent::American, None).map(|_| ())
    };
    for change in [
        (|t: &mut Tables| t.gold = "[]".into()) as fn(&mut Tables),
        |t| t.tagger = "{}".into(),
        |t| t.vocabulary = "{\"ab\":1}".to_owned(),
        |t| t.normalize.clear(),
        |t| t.tokenizer = "{".to_owned(),
    ] {
        assert!(matches!(broken(change), Err(VoiceError::Damaged { .. })));
    }
}

/// Sentences and their phones, by accent: `us` or `gb`, the sentence, the phones.
const SENTENCES: &str = include_str!("../fixtures/phones.tsv");

#[test]
fn sentences_are_pronounced_as_they_were() {
    let (Some(american), Some(british)) = (pulled_front_end(Accent::American), pulled_front_end(Accent::British))
    else {
        return;
    };
    for line in SENTENCES.lines() {
        let [accent, text, phones] = line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let front = if accent == "gb" { &british } else { &american };
        assert_eq!(front.phones(text, 0).unwrap().text(), phones, "{text}");
    }
}

#[test]
fn every_letter_of_a_long_text_is_in_a_sentence() {
    let front = small();
    let text = "A cat walked. ".repeat(200);
    let spans = front.sentences(&text);
    assert_eq!(spans.len(), 200);
    assert!(spans.iter().all(|s: &Span| s.of(&text) == "A cat walked."));
}
