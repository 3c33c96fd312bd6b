//! Commas and full stops.

use super::Proposals;
use crate::edit::Words;
use crate::kind::Kind;

/// Sentences that start so are questions where they lack a mark.
const QUESTION_WORDS: [&str; 11] = ["what", "how", "why", "do", "does", "is", "are", "can", "who", "where", "when"];
/// Words of a sentence that is one: headings are shorter.
const SENTENCE_WORDS: usize = 3;

pub(super) fn propose(words: &Words<'_>, out: &mut Proposals) {
    let last = words.len().saturating_sub(1);
    for (i, word) in words.words.iter().enumerate() {
        match word.form {
            "," => {
                out.add(words, words.delete(i, Kind::named("extra_comma")));
                out.add(words, words.replace(i..i + 1, ", and", Kind::named("missing_word")));
            }
            "." | "?" | "!" if i == last => {
                let other = if word.form == "." { "?" } else { "." };
                out.add(words, words.replace(i..i + 1, other, Kind::named("wrong_punctuation")));
            }
            _ => {}
        }
        let next = words.words.get(i + 1);
        if word.alpha && next.is_some_and(|n| n.alpha && !n.attached) {
            out.add(words, words.attach(i, ",", Kind::named("missing_comma")));
        }
        if i == last && word.alpha && words.len() > SENTENCE_WORDS {
            let mark = if QUESTION_WORDS.contains(&words.lower(0)) { "?" } else { "." };
            out.add(words, words.attach(i, mark, Kind::named("missing_full_stop")));
        }
    }
}
