//! What holds for any text.

use std::sync::LazyLock;

use homeroom_voice::{Accent, FrontEnd};
use proptest::prelude::*;

use crate::tables::{pulled_front_end, small};

/// Text of all kinds: any characters, and pieces that the rules look for.
fn texts() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<String>(),
        "[a-zA-Z0-9 .,'’\"$£€%:/+-]{0,30}",
        prop::sample::select(vec![
            "9:30 pm",
            "99:99",
            "$",
            "€5.5.5",
            "1/0",
            "0/0",
            "Chapter MMMM",
            "-",
            "--",
            "'s",
            "s'",
            "I'm",
            "+86 1",
            "www.",
            "@",
            "a@b.c",
            "ſ",
            "İ",
            "ß",
            "ǅ",
            "１２",
            "٣",
            "½",
            "²",
            "́",
            "汉字",
            "🙂",
            "\u{0}",
            "\r\n",
            "_",
            "#",
            "Dr.",
            "St",
            "AM",
            "to",
            "used",
            "the",
            "1,2,3",
            ".5",
            "5.",
            "1e9",
            "99999999999999999999999999999999999999999",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

#[track_caller]
fn check(front: &FrontEnd, text: &str) -> Result<(), TestCaseError> {
    let mut end = 0;
    for sentence in front.sentences(text) {
        prop_assert!(sentence.fits(text) && !sentence.is_empty() && sentence.start >= end);
        end = sentence.end;
        let phones = front.phones(sentence.of(text), sentence.start).unwrap();
        prop_assert!(phones.symbols.iter().all(|c| front.vocabulary().id(*c).is_some()));
        let mut at = 0;
        for word in &phones.words {
            prop_assert!(word.span.fits(text) && sentence.contains(word.span), "{word:?}");
            prop_assert!(word.symbols.start >= at && word.symbols.end <= phones.symbols.len());
            at = word.symbols.end;
        }
    }
    prop_assert!(front.spoken_words(text).iter().all(|w| !w.is_empty()));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_text_gives_known_symbols(text in texts()) {
        static FRONT: LazyLock<FrontEnd> = LazyLock::new(small);
        check(&FRONT, &text)?;
    }
}

#[test]
fn any_text_gives_known_symbols_with_the_pulled_tables() {
    for accent in [Accent::American, Accent::British] {
        let Some(front) = pulled_front_end(accent) else { return };
        // A letter that has two in small print.
        check(&front, "kPStİ").unwrap();
        proptest!(ProptestConfig::with_cases(300), |(text in texts())| { check(&front, &text)?; });
    }
}

#[test]
fn great_texts_take_little_time() {
    let front = small();
    for piece in ["(", "a", "1", "1-", "a.", ".", "a'", "\"a", "1/"] {
        let text = piece.repeat(20_000);
        for sentence in front.sentences(&text) {
            let phones = front.phones(sentence.of(&text), sentence.start).unwrap();
            assert!(phones.symbols.len() < 200_000);
        }
    }
}
