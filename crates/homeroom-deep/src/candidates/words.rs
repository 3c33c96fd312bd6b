//! Small words that are missing, too many or there twice.

use super::Proposals;
use crate::edit::Words;
use crate::kind::Kind;

const MISSING_VERBS: &str = "is are was were have has had be been do will would can could should am";
const MISSING_PRONOUNS: &str = "it I they we you there he she them that who which my their his our your";
const MISSING_WORDS: &str = "and that so up out not when if also more all because one other do to";
/// Words that may be one too many.
const EXTRA: &str = "that it so also very more most and do did does be is are was were been being have has had will would can could too then just there they he she we i you up out their my his our your its some all much many still even ones one own same such but or as not no";

pub(super) fn propose(words: &Words<'_>, out: &mut Proposals) {
    let missing: [(Kind, &str); 3] = [
        (Kind::named("missing_verb"), MISSING_VERBS),
        (Kind::named("missing_pronoun"), MISSING_PRONOUNS),
        (Kind::named("missing_word"), MISSING_WORDS),
    ];
    let (extra, repeated) = (Kind::named("extra_word"), Kind::named("repeated_word"));
    for (i, word) in words.words.iter().enumerate() {
        let before = words.before(i);
        if i > 0 && word.alpha && word.lower == before {
            out.add(words, words.delete(i, repeated));
        }
        if word.alpha && !word.attached && EXTRA.split(' ').any(|w| w == word.lower) {
            out.add(words, words.delete(i, extra));
        }
        if i == 0 || !word.alpha || word.attached {
            continue;
        }
        for (kind, list) in missing {
            for new in list.split(' ').filter(|w| *w != word.lower && *w != before && *w != word.form) {
                out.add(words, words.insert(i, new, kind));
            }
        }
    }
}
