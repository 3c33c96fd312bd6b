use homeroom_lexicon::{Lexicon, pinyin_syllables};

use crate::Speller;
use crate::candidates::CHAT_WORDS;

/// Parts of contractions as Universal Dependencies splits them (`ca` + `n't`, `gon` + `na`).
const CONTRACTION_PARTS: [&str; 9] = ["ca", "wo", "sha", "ai", "gon", "na", "wan", "ta", "d'"];

/// First parts that may stand before a known word, with or without a hyphen.
const PREFIXES: [&str; 26] = [
    "anti", "non", "multi", "cyber", "super", "micro", "mini", "eco", "bio", "tele", "pre", "post", "co", "re", "ex",
    "semi", "sub", "inter", "intra", "pro", "mid", "un", "over", "under", "self", "mega",
];
/// Length in letters and Zipf frequency that a word needs behind a prefix without a hyphen.
const PREFIXED: (usize, f32) = (5, 4.0);
/// Shortest prefix that is accepted without a hyphen, in letters: `un`, `re` and `co` hide slips.
const PREFIX_LETTERS: usize = 4;

/// Zipf frequency from which a name in lower case lacks its capital rather than being a misspelling.
const NAME_ZIPF: f32 = 3.0;

/// Whether a word, as the pupil wrote it, is misspelt.
///
/// Spared are names, words with a capital inside a sentence, all-capitals, words with a capital inside, with digits or
/// of
/// other scripts, addresses, and Chinese words in pinyin.
#[must_use]
pub fn is_misspelled(lexicon: &Lexicon, form: &str, sentence_start: bool) -> bool {
    let form = form.replace(['\u{2018}', '\u{2019}'], "'");
    if form.starts_with('\'') && lexicon.contains(&form.to_lowercase()) {
        return false;
    }
    let form = form.trim_matches('\'');
    let n_letters = form.chars().filter(|c| c.is_alphabetic()).count();
    if n_letters == 0 || form.chars().any(|c| !(c.is_ascii_alphabetic() || is_latin(c) || c == '\'' || c == '-')) {
        return false;
    }
    let capital = form.chars().next().is_some_and(char::is_uppercase);
    if form.chars().skip(1).any(char::is_uppercase) || (capital && (!sentence_start || n_letters == 1)) {
        return false;
    }
    let lower = form.to_lowercase();
    unknown(lexicon, &lower, capital) && (!capital || near_frequent(lexicon, &lower))
}

fn near_frequent(lexicon: &Lexicon, lower: &str) -> bool {
    if std::ptr::eq(lexicon, Lexicon::shipped()) {
        Speller::shipped().is_near_frequent(lower)
    } else {
        Speller::new(lexicon).is_near_frequent(lower)
    }
}

/// Letters of Latin-1 and Latin Extended-A.
fn is_latin(c: char) -> bool {
    c.is_alphabetic() && ('\u{00c0}'..='\u{017f}').contains(&c)
}

fn unknown(lexicon: &Lexicon, lower: &str, capital: bool) -> bool {
    if CHAT_WORDS.iter().any(|(w, _)| *w == lower) {
        return true;
    }
    if lexicon.contains(lower) || CONTRACTION_PARTS.contains(&lower) || lower.chars().count() < 2 {
        return false;
    }
    if let Some(base) = lower.strip_suffix("'s").or_else(|| lower.strip_suffix("s'").map(|_| &lower[..lower.len() - 1]))
    {
        return unknown(lexicon, base, capital);
    }
    if lower.contains('-') {
        return lower
            .split('-')
            .filter(|p| !p.is_empty())
            .any(|part| !PREFIXES.contains(&part) && unknown(lexicon, part, capital));
    }
    if capital && lexicon.is_name(lower) {
        return false;
    }
    if lexicon.is_listed_name(lower) && lexicon.zipf(lower) >= NAME_ZIPF {
        return false;
    }
    if is_plainly_pinyin(lower) {
        return false;
    }
    let (letters, zipf) = PREFIXED;
    !PREFIXES.iter().filter(|p| p.len() >= PREFIX_LETTERS).any(|prefix| {
        lower
            .strip_prefix(prefix)
            .is_some_and(|rest| rest.len() >= letters && lexicon.contains(rest) && lexicon.zipf(rest) >= zipf)
    })
}

/// Pinyin of at least two syllables with letters that English spelling hardly has in that place (`xiaolongbao`).
fn is_plainly_pinyin(lower: &str) -> bool {
    pinyin_syllables(lower).is_some_and(|n| n >= 2)
        && ["x", "zh", "qi", "qu", "iang", "iong", "uang", "iao", "uai"].iter().any(|p| lower.contains(p))
}
