//! Words that are in no dictionary of any main dialect, with the likeliest words that were meant.

use homeroom_core::{Analysis, Checker, Finding, Severity, Upos};
use homeroom_lexicon::Lexicon;
use homeroom_speller::Speller;

use super::Draft;
use crate::compose::match_case;

/// Confidence where the best candidate is much likelier than "a name that we do not know".
const CONFIDENT: f64 = 0.9;
/// Confidence for a word with a capital in the middle of a sentence: it may be a name.
const PERHAPS_A_NAME: f64 = 0.4;

pub(super) struct Spelling;

impl Checker for Spelling {
    fn id(&self) -> &'static str {
        "spelling"
    }

    fn check(&self, analysis: &Analysis, findings: &mut Vec<Finding>) {
        let lexicon = Lexicon::shipped();
        for (i, token) in analysis.tokens.iter().enumerate() {
            let form = analysis.form(i);
            let first = analysis.sentences[token.sentence].tokens.start == i;
            if matches!(token.upos, Upos::Punct | Upos::Sym | Upos::Num) || token.lower.starts_with('\'') {
                continue;
            }
            if !homeroom_speller::is_misspelled(lexicon, form, first) {
                continue;
            }
            let word =
                |j: Option<usize>| j.and_then(|j| analysis.tokens.get(j)).filter(|t| t.sentence == token.sentence);
            let previous = word(i.checked_sub(1)).map(|t| t.lower.as_str());
            let next = word(Some(i + 1)).map(|t| t.lower.as_str());
            let candidates = Speller::shipped().suggest(&token.lower, previous, next);
            let capital = form.chars().next().is_some_and(char::is_uppercase);
            let name = capital && !first;
            let mut draft = Draft::new("spelling", token.span, "R:SPELL", "sp")
                .source("speller")
                .severity(Severity::Minor)
                .because("This word is not in the dictionary; check how it is spelt.", "词典里没有这个词,请检查拼写。")
                .confidence(if name { PERHAPS_A_NAME } else { CONFIDENT })
                .suggest(candidates.iter().map(|c| match_case(form, &c.word)));
            if name || candidates.is_empty() {
                draft = draft.check_this();
            }
            findings.push(draft.done());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::Spelling;

    #[test]
    fn misspelt_words() {
        check(&Spelling, "I like it becouse it is fun.", Some("I like it because it is fun."));
        check(&Spelling, "We should protect our enviroment.", Some("We should protect our environment."));
    }

    #[test]
    fn names_and_regional_spellings_are_spared() {
        check(&Spelling, "My favourite colour is grey, says Xiaoming from Chengdu.", None);
        check(&Spelling, "I do n't know WeChat or www.qq.com at 8am.", None);
    }
}
