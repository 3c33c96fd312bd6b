//! Words that no dictionary has: what the speller offers, and two words run together.

use homeroom_english::match_case;
use homeroom_lexicon::Lexicon;
use homeroom_speller::{Speller, is_misspelled};

use super::Proposals;
use crate::edit::Words;
use crate::kind::Kind;

/// Suggestions that the language model chooses from.
const SUGGESTIONS: usize = 8;

pub(super) fn propose(words: &Words<'_>, out: &mut Proposals) {
    let lexicon = Lexicon::shipped();
    for (i, word) in words.words.iter().enumerate().filter(|(_, w)| w.alpha && !w.attached) {
        if !is_misspelled(lexicon, word.form, i == 0) {
            continue;
        }
        let before = Some(words.before(i)).filter(|w| !w.is_empty());
        let after = words.words.get(i + 1).map(|w| w.lower.as_str());
        for candidate in Speller::shipped().suggest(&word.lower, before, after).into_iter().take(SUGGESTIONS) {
            let new = match_case(word.form, &candidate.word);
            out.add(words, words.replace(i..i + 1, new, Kind::named("spelling")));
        }
    }
}
