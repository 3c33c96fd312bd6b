//! A missing capital at the start and in names, and one too many inside a sentence.

use homeroom_english::capitalise;
use homeroom_lexicon::Lexicon;

use super::Proposals;
use crate::edit::Words;
use crate::kind::Kind;

pub(super) fn propose(words: &Words<'_>, out: &mut Proposals) {
    let lexicon = Lexicon::shipped();
    let kind = Kind::named("capital");
    for (i, word) in words.words.iter().enumerate().filter(|(_, w)| w.alpha) {
        let small = word.form.starts_with(|c: char| c.is_ascii_lowercase());
        if small && (i == 0 || word.form == "i" || lexicon.is_listed_name(&word.lower)) {
            out.add(words, words.replace(i..i + 1, capitalise(word.form), kind));
        }
        let capital_inside =
            i > 0 && !small && word.form != "I" && !matches!(words.before(i), "." | "!" | "?" | "\"" | ":");
        let one_capital = !word.form.chars().skip(1).any(char::is_uppercase);
        if capital_inside && one_capital && lexicon.contains(&word.lower) && !lexicon.is_listed_name(&word.lower) {
            out.add(words, words.replace(i..i + 1, word.lower.clone(), kind));
        }
    }
}
