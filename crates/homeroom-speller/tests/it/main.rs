//! Cases of the speller against the shipped lexicon, and its share of right first suggestions where data is at hand.

use std::path::Path;

use homeroom_lexicon::Lexicon;
use homeroom_speller::{Speller, collect_pairs, is_misspelled, measure_spelling, suggest};
use proptest::prelude::*;

#[track_caller]
fn check(cases: &[(Option<&str>, &str, Option<&str>, &str)]) {
    let lexicon = Lexicon::shipped();
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(previous, written, next, meant)| {
            assert!(is_misspelled(lexicon, written, false), "{written} passes as a word");
            let candidates = suggest(lexicon, written, *previous, *next);
            let first = candidates.first().map(|c| c.word.as_str());
            (first != Some(*meant)).then(|| format!("{written} for {meant}: {candidates:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn slips_of_spelling() {
    check(&[
        (None, "becouse", Some("it"), "because"),
        (Some("our"), "enviroment", None, "environment"),
        (Some("the"), "goverment", None, "government"),
        (Some("to"), "recieve", None, "receive"),
        (Some("my"), "freind", None, "friend"),
        (None, "definately", None, "definitely"),
        (Some("very"), "intresting", None, "interesting"),
        (Some("i"), "beleive", None, "believe"),
        (Some("my"), "knowlege", None, "knowledge"),
        (None, "tommorow", None, "tomorrow"),
        (Some("the"), "begining", Some("of"), "beginning"),
        (Some("a"), "diffrent", None, "different"),
        (Some("so"), "beautifull", None, "beautiful"),
        (Some("a"), "libary", None, "library"),
        (Some("am"), "writting", None, "writing"),
        (Some("a"), "sience", None, "science"),
        (Some("a"), "resturant", None, "restaurant"),
    ]);
}

#[test]
fn regular_forms_of_irregular_words() {
    check(&[
        (Some("she"), "teached", Some("us"), "taught"),
        (Some("we"), "goed", Some("to"), "went"),
        (Some("the"), "childs", None, "children"),
        (Some("she"), "catched", Some("a"), "caught"),
        (Some("he"), "runned", Some("away"), "ran"),
    ]);
}

#[test]
fn spaces_apostrophes_and_chat() {
    check(&[
        (Some("thank"), "u", None, "you"),
        (Some("i"), "dont", Some("know"), "don't"),
        (Some("have"), "alot", Some("of"), "a lot"),
        (Some("is"), "soooo", Some("good"), "so"),
    ]);
    let joined = suggest(Lexicon::shipped(), "in formation", None, None);
    assert_eq!(joined.first().map(|c| c.word.as_str()), Some("information"));
}

#[track_caller]
fn check_spared(forms: &[&str], sentence_start: bool) {
    let lexicon = Lexicon::shipped();
    let flagged: Vec<_> = forms.iter().filter(|f| is_misspelled(lexicon, f, sentence_start)).collect();
    assert!(flagged.is_empty(), "{flagged:?}");
}

#[test]
fn what_is_spared() {
    check_spared(
        &[
            "Xiaoming",
            "Chengdu",
            "Kowalczyk",
            "WeChat",
            "NASA",
            "NBA",
            "8am",
            "www.qq.com",
            "a@b.cn",
            "colour",
            "color",
            "organise",
            "travelled",
            "don't",
            "don’t",
            "ca",
            "n't",
            "'ve",
            "'re",
            "'ll",
            "’ve",
            "'s",
            "café",
            "well-known",
            "mother's",
            "parents'",
            "北京",
            "café's",
            "xiaolongbao",
            "wifi",
            "",
            "-",
            "'",
            "x",
            "2nd",
            "iPhone",
            "ok",
            "O'Brien",
            "re-read",
            "multimedia",
            "anti-virus",
            "I",
            "english",
        ],
        false,
    );
    check_spared(&["Xiaoming", "Zhang", "Beijing", "The", "Mary", "Colour", "Otwinowski", "Driscoll"], true);
    for form in ["Becouse", "Wich", "Futhermore"] {
        assert!(is_misspelled(Lexicon::shipped(), form, true), "{form}");
    }
}

#[test]
fn candidates_are_ordered_and_few() {
    let candidates = suggest(Lexicon::shipped(), "wether", Some("know"), None);
    assert!((1..=5).contains(&candidates.len()));
    assert!(candidates.windows(2).all(|w| w[0].score >= w[1].score) && candidates[0].score <= 0.0);
    assert!(suggest(Lexicon::shipped(), "zzqxkjvbw", None, None).len() <= 5);
}

#[test]
fn pairs_are_collected_where_references_agree() {
    let lexicon = Lexicon::shipped();
    let source = "I like it becouse it is fun .\nWe plaied chess .\nAll is well .";
    let first = "I like it because it is fun .\nWe played chess .\nAll is well .";
    let second = "I like it because it 's fun .\nWe did chess .\nAll is good .";
    let pairs = collect_pairs(lexicon, source, &[first, second]);
    let found: Vec<_> = pairs.iter().map(|p| (p.written.as_str(), p.meant.as_str(), p.line)).collect();
    assert_eq!(found, [("becouse", "because", 0)]);
    let measure = measure_spelling(Speller::shipped(), &pairs);
    assert_eq!((measure.n(), measure.first_share()), (1, Some(1.0)));
    assert_eq!(measure_spelling(Speller::shipped(), &[]).first_share(), None);
}

/// Share of right first suggestions that the issue asks for, on sentences that were not tuned on.
const FIRST_SHARE: f64 = 0.80;

#[test]
fn first_suggestion_on_learners_sentences() {
    let Some(data) = std::env::var_os("HOMEROOM_DATA") else {
        println!("skipped: HOMEROOM_DATA is not set");
        return;
    };
    let lexicon = Lexicon::shipped();
    let read = |path: &str| std::fs::read_to_string(Path::new(&data).join("gec-en").join(path)).unwrap();
    for (name, source, references, odd_only) in [
        ("JFLEG-dev, odd lines", "jfleg-dev/dev.src", "jfleg-dev/dev.ref", true),
        ("FCE", "gmeg-dev/fce/source", "gmeg-dev/fce/ref", false),
    ] {
        let references: Vec<String> = (0..4).map(|i| read(&format!("{references}{i}"))).collect();
        let references: Vec<&str> = references.iter().map(String::as_str).collect();
        let mut pairs = collect_pairs(lexicon, &read(source), &references);
        pairs.retain(|p| !odd_only || p.line % 2 == 1);
        let measure = measure_spelling(Speller::shipped(), &pairs);
        let first = measure.first_share().unwrap();
        println!("{name}: n {}, first {first:.3}, offered {:.3}", measure.n(), measure.offered_share().unwrap());
        assert!(first >= FIRST_SHARE, "{name}: {first:.3} of {}", measure.n());
    }
}

proptest! {
    #[test]
    fn no_text_panics(word in "\\PC{0,40}", ascii in "[a-zA-Z' -]{0,40}", next in "\\PC{0,8}") {
        let lexicon = Lexicon::shipped();
        for text in [&word, &ascii] {
            let _ = is_misspelled(lexicon, text, true);
            let _ = is_misspelled(lexicon, text, false);
            let candidates = suggest(lexicon, text, Some(&next), Some(text));
            prop_assert!(candidates.iter().all(|c| c.score.is_finite() && !c.word.is_empty()));
        }
    }
}
