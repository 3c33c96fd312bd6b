//! Two words in the other order, and two that are one.

use homeroom_english::match_case;
use homeroom_lexicon::Lexicon;

use super::Proposals;
use crate::edit::Words;
use crate::kind::Kind;

/// Adverbs whose place pupils miss.
const ADVERBS: [&str; 14] = [
    "always",
    "also",
    "never",
    "often",
    "usually",
    "only",
    "just",
    "really",
    "already",
    "still",
    "ever",
    "even",
    "probably",
    "sometimes",
];
/// Zipf frequency of a word that two others make.
const JOINED: f32 = 3.3;

pub(super) fn propose(words: &Words<'_>, out: &mut Proposals) {
    let lexicon = Lexicon::shipped();
    for i in 0..words.len().saturating_sub(1) {
        let (a, b) = (&words.words[i], &words.words[i + 1]);
        if !a.alpha || !b.alpha || b.attached {
            continue;
        }
        let joined = format!("{}{}", a.lower, b.lower);
        if a.form != "I" && a.lower != "a" && lexicon.zipf(&joined) >= JOINED && lexicon.contains(&joined) {
            out.add(words, words.replace(i..i + 2, match_case(a.form, &joined), Kind::named("joined_words")));
        }
        let adverb = ADVERBS.contains(&a.lower.as_str()) || ADVERBS.contains(&b.lower.as_str());
        if adverb && i > 0 {
            out.add(words, words.replace(i..i + 2, format!("{} {}", b.form, a.form), Kind::named("word_order")));
        }
    }
}
