//! Articles that are missing, too many or the wrong ones, and determiners that stand for one another.

use homeroom_core::Upos;
use homeroom_english::{capitalise, match_case};
use homeroom_lexicon::Lexicon;

use super::{Proposals, is_function_word};
use crate::edit::{Edit, Words};
use crate::kind::Kind;

/// What makes an article before the next word impossible.
const DETERMINERS: [&str; 24] = [
    "a", "an", "the", "my", "your", "his", "her", "its", "our", "their", "this", "these", "that", "those", "some",
    "any", "each", "every", "no", "'s", "another", "whose", "which", "both",
];

/// Determiners that may stand for *the* and the other way round.
const POSSESSIVES: [&str; 6] = ["my", "your", "his", "her", "its", "their"];

fn article(next: &str) -> &'static str {
    match homeroom_english::starts_with_vowel_sound(next) {
        Some(true) => "an",
        _ => "a",
    }
}

pub(super) fn propose(words: &Words<'_>, out: &mut Proposals) {
    let (missing, extra, wrong) =
        (Kind::named("missing_article"), Kind::named("extra_article"), Kind::named("wrong_determiner"));
    for (i, word) in words.words.iter().enumerate().filter(|(_, w)| w.alpha) {
        let lower = word.lower.as_str();
        if matches!(lower, "a" | "an" | "the") {
            out.add(words, words.delete(i, extra));
            let indefinite = article(words.lower(i + 1));
            for other in ["the", indefinite, "some"] {
                if other != lower {
                    out.add(
                        words,
                        words.replace(
                            i..i + 1,
                            match_case(if word.form == "A" { "An" } else { word.form }, other),
                            wrong,
                        ),
                    );
                }
            }
            if lower == "the" {
                for other in ["my", "your", "their", "this", "these"] {
                    out.add(words, words.replace(i..i + 1, match_case(word.form, other), wrong));
                }
            }
            continue;
        }
        if POSSESSIVES.contains(&lower) {
            out.add(words, words.replace(i..i + 1, match_case(word.form, "the"), wrong));
        }
        if word.attached || DETERMINERS.contains(&words.before(i)) || DETERMINERS.contains(&lower) {
            continue;
        }
        if !may_follow_article(lower) {
            continue;
        }
        for new in ["the", article(lower)] {
            out.add(words, if i == 0 { at_start(words, new, missing) } else { words.insert(i, new, missing) });
        }
    }
}

/// Nouns, adjectives, participles, adverbs and names.
fn may_follow_article(lower: &str) -> bool {
    if matches!(lower, "most" | "more" | "very" | "other" | "same") {
        return true;
    }
    let pos = Lexicon::shipped().pos(lower);
    let open = pos.is_empty()
        || [Upos::Noun, Upos::Adj, Upos::Propn, Upos::Num].iter().any(|u| pos.can_be(*u))
        || lower.ends_with("ly")
        || lower.ends_with("ing")
        || lower.ends_with("ed");
    !is_function_word(lower) && open
}

/// "Book is" to "The book is".
fn at_start(words: &Words<'_>, new: &str, kind: Kind) -> Edit {
    let first = &words.words[0];
    let rest = if Lexicon::shipped().contains(&first.lower) && !Lexicon::shipped().is_name(&first.lower) {
        first.lower.clone()
    } else {
        first.form.to_owned()
    };
    words.replace(0..1, format!("{} {rest}", capitalise(new)), kind)
}
