//! Words that are in no dictionary of any main dialect, with the likeliest words that were meant.
//!
//! Not every unknown word is a slip. A word made of known parts (*stormwater*, *visuomotor*, *precolored*) and a word that
//! no common word is near to (*madreporite*) are likelier to be right and rare: they are folded away as "check this".

use homeroom_core::{Analysis, Checker, Finding, Severity, Upos};
use homeroom_lexicon::Lexicon;
use homeroom_speller::Speller;

use super::Draft;
use crate::compose::match_case;

/// Confidence where the best candidate is much likelier than "a name that we do not know".
const CONFIDENT: f64 = 0.9;
/// Confidence for a word with a capital in the middle of a sentence: it may be a name.
const PERHAPS_A_NAME: f64 = 0.4;

/// A slip is this likely to be a word that is at least this frequent, in Zipf units (log10 of the count per 10^9 words).
const COMMON: f32 = 3.0;
/// What a word at the start of a sentence must be near to, in Zipf units: it may be a name.
const COMMON_AT_START: f32 = 4.0;
/// Letters per edit: a word of six letters may be two edits away from what was meant.
const LETTERS_PER_EDIT: usize = 3;
/// Shortest known part of a word made of parts, in letters.
const SHORTEST_PART: usize = 4;
/// Prefixes that good writers put before known words.
const PREFIXES: [&str; 36] = [
    "anti", "auto", "bio", "cyber", "de", "eco", "electro", "geo", "hyper", "inter", "macro", "mega", "meso", "meta",
    "micro", "mini", "mono", "multi", "nano", "neo", "neuro", "non", "over", "photo", "poly", "post", "pre", "pro",
    "pseudo", "re", "semi", "sub", "super", "tele", "ultra", "visuo",
];
/// Endings that make a known word into another, rarer one.
const SUFFIXES: [&str; 12] =
    ["able", "er", "ers", "ish", "ism", "isms", "ization", "isation", "less", "like", "ness", "wise"];
/// Words that learners write together with their neighbour: *alot*, *infact*, *eachother*.
const RUN_TOGETHER: [&str; 19] = [
    "a", "all", "and", "any", "at", "be", "each", "every", "in", "is", "it", "no", "of", "on", "other", "some", "the",
    "to", "with",
];

pub(super) struct Spelling;

impl Checker for Spelling {
    fn id(&self) -> &'static str {
        "spelling"
    }

    fn fault(&self) -> &'static str {
        "Words that are in no dictionary of any main dialect, with the likeliest words that were meant"
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
                .because("This word is not in the dictionary; check how it is spelt.", "词典里没有这个词，请检查拼写。")
                .confidence(if name { PERHAPS_A_NAME } else { CONFIDENT })
                .suggest(candidates.iter().map(|c| match_case(form, &c.word)));
            let sure = candidates.first().is_some_and(|best| {
                !is_made_of_parts(lexicon, &token.lower) && is_near(lexicon, &token.lower, &best.word, capital)
            });
            if name || !sure {
                draft = draft.confidence(PERHAPS_A_NAME).check_this();
            }
            findings.push(draft.done());
        }
    }
}

/// Whether an unknown word is a known one with a prefix or an ending, or two known ones together.
fn is_made_of_parts(lexicon: &Lexicon, lower: &str) -> bool {
    let known = |part: &str| part.len() >= SHORTEST_PART && lexicon.contains(part) && lexicon.zipf(part) >= COMMON;
    let two = |(at, _): (usize, char)| {
        let (left, right) = lower.split_at(at);
        known(left) && known(right) && !RUN_TOGETHER.contains(&left) && !RUN_TOGETHER.contains(&right)
    };
    PREFIXES.iter().any(|p| lower.strip_prefix(p).is_some_and(known))
        || SUFFIXES.iter().any(|s| lower.strip_suffix(s).is_some_and(known))
        || lower.char_indices().any(two)
}

/// Whether `best` is common and near enough to `lower` for the word to be a slip.
fn is_near(lexicon: &Lexicon, lower: &str, best: &str, may_be_name: bool) -> bool {
    if let Some((left, right)) = best.split_once(' ') {
        return RUN_TOGETHER.contains(&left) || RUN_TOGETHER.contains(&right);
    }
    // Contractions are no words of the lexicon: *dont*, *im*.
    if best.contains('\'') {
        return true;
    }
    let distance = strsim::osa_distance(lower, &best.to_lowercase());
    let letters = lower.chars().count();
    if may_be_name {
        return distance <= 1 && lexicon.zipf(best) >= COMMON_AT_START && letters > 2 * LETTERS_PER_EDIT;
    }
    distance <= (letters / LETTERS_PER_EDIT).max(1) && lexicon.zipf(best) >= COMMON
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
