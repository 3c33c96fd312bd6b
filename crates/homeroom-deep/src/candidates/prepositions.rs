//! Prepositions that are missing, too many or the wrong ones.

use homeroom_english::match_case;

use super::Proposals;
use crate::edit::Words;
use crate::kind::Kind;

/// The prepositions that are exchanged.
const PREPOSITIONS: [&str; 12] = ["of", "in", "to", "for", "on", "with", "at", "by", "from", "about", "as", "into"];

pub(super) fn propose(words: &Words<'_>, out: &mut Proposals) {
    for (i, word) in words.words.iter().enumerate().filter(|(_, w)| w.alpha) {
        let lower = word.lower.as_str();
        if PREPOSITIONS.contains(&lower) {
            out.add(words, words.delete(i, Kind::named("extra_preposition")));
            for other in PREPOSITIONS.into_iter().filter(|p| *p != lower) {
                let edit = words.replace(i..i + 1, match_case(word.form, other), Kind::named("wrong_preposition"));
                out.add(words, edit);
            }
        } else if i > 0
            && !word.attached
            && words.words[i - 1].alpha
            && !matches!(words.before(i), "a" | "an" | "the")
            && !PREPOSITIONS.contains(&words.before(i))
        {
            for new in PREPOSITIONS {
                out.add(words, words.insert(i, new, Kind::named("missing_preposition")));
            }
        }
    }
}
