//! How words are said: a dictionary, and rules for what is made from its words.
//!
//! # Source
//! The CMU Pronouncing Dictionary (Carnegie Mellon University, BSD-2-Clause), in `data/pronunciations.bin`; `data/README.md` says
//! how it was made.

use std::io::Read;
use std::sync::OnceLock;

use flate2::read::DeflateDecoder;

use crate::HearingError;
use crate::align::Variants;
use crate::phone::{Phone, Stress};

static PACKED: &[u8] = include_bytes!("../data/pronunciations.bin");

/// Bits of a byte that hold the class of a phone; its stress lies above them.
const CLASS: u8 = 0x3f;

/// Most ways of saying a word that are tried.
const MOST_VARIANTS: usize = 8;

/// The phones that an ending adds to a stem's.
type Ending = dyn Fn(&[Phone]) -> Vec<Phone>;

/// A dictionary of pronunciations.
///
/// Unpacked it is a list of entries in the order of the words' bytes: the length of the word, the word, the number of
/// pronunciations, and for each its length and a byte per phone.
#[derive(Debug)]
pub struct Dictionary {
    bytes: Vec<u8>,
    /// Where each entry begins.
    entries: Vec<u32>,
}

impl Dictionary {
    /// The one that is shipped, unpacked at its first use.
    #[must_use]
    pub fn shipped() -> &'static Dictionary {
        static SHIPPED: OnceLock<Dictionary> = OnceLock::new();
        SHIPPED.get_or_init(|| Dictionary::unpack(PACKED).expect("invariant: the shipped dictionary is whole"))
    }

    fn unpack(packed: &[u8]) -> Option<Dictionary> {
        let mut bytes = Vec::new();
        DeflateDecoder::new(packed).read_to_end(&mut bytes).ok()?;
        let mut entries = Vec::new();
        let mut at = 0;
        while at < bytes.len() {
            entries.push(at as u32);
            at += 1 + usize::from(bytes[at]);
            let variants = *bytes.get(at)?;
            at += 1;
            for _ in 0..variants {
                at += 1 + usize::from(*bytes.get(at)?);
            }
        }
        (at == bytes.len()).then_some(Dictionary { bytes, entries })
    }

    /// Packs a dictionary in the text form of CMUdict: a word (`word(2)` for its second pronunciation) and its phones a line,
    /// `#` before a comment.
    ///
    /// # Errors
    /// The number of a line that is not of this form.
    pub fn pack(text: &str) -> Result<Vec<u8>, usize> {
        let mut words: std::collections::BTreeMap<String, Vec<Vec<u8>>> = std::collections::BTreeMap::new();
        for (i, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default();
            let mut parts = line.split_whitespace();
            let Some(word) = parts.next() else { continue };
            let word = word.split('(').next().unwrap_or(word).to_lowercase();
            let phones: Option<Vec<u8>> = parts
                .map(|name| Phone::from_arpabet(name).map(|p| p.class | (p.stress as u8) << CLASS.count_ones()))
                .collect();
            let phones = phones.filter(|p| !p.is_empty() && p.len() < 256 && word.len() < 256).ok_or(i + 1)?;
            let variants = words.entry(word).or_default();
            if variants.len() < MOST_VARIANTS && !variants.contains(&phones) {
                variants.push(phones);
            }
        }
        let mut bytes = Vec::new();
        for (word, variants) in words {
            bytes.push(word.len() as u8);
            bytes.extend(word.as_bytes());
            bytes.push(variants.len() as u8);
            for phones in variants {
                bytes.push(phones.len() as u8);
                bytes.extend(phones);
            }
        }
        let mut packed = Vec::new();
        flate2::read::DeflateEncoder::new(bytes.as_slice(), flate2::Compression::best())
            .read_to_end(&mut packed)
            .expect("invariant: memory can be read");
        Ok(packed)
    }

    fn word(&self, entry: usize) -> &[u8] {
        let at = self.entries[entry] as usize;
        &self.bytes[at + 1..at + 1 + usize::from(self.bytes[at])]
    }

    /// The pronunciations of `word`, in lower case; none where the dictionary has none.
    #[must_use]
    pub fn lookup(&self, word: &str) -> Vec<Vec<Phone>> {
        let (mut low, mut high) = (0, self.entries.len());
        while low < high {
            let middle = (low + high) / 2;
            if self.word(middle) < word.as_bytes() { low = middle + 1 } else { high = middle }
        }
        if low >= self.entries.len() || self.word(low) != word.as_bytes() {
            return Vec::new();
        }
        let mut at = self.entries[low] as usize + 1 + word.len();
        let variants = self.bytes[at];
        at += 1;
        let mut found = Vec::new();
        for _ in 0..variants {
            let length = usize::from(self.bytes[at]);
            found.push(self.bytes[at + 1..at + 1 + length].iter().map(|byte| phone(*byte)).collect());
            at += 1 + length;
        }
        found
    }

    /// How `word` may be said: by the dictionary, by its parts, by `guess` (for what no dictionary has), and as the British
    /// say it. Letters in any case, apostrophes and hyphens inside.
    ///
    /// # Errors
    /// [`HearingError::Pronunciation`] where nothing is known of it.
    pub(crate) fn variants(
        &self,
        word: &str,
        guess: &dyn Fn(&str) -> Option<Vec<Phone>>,
    ) -> Result<Variants, HearingError> {
        let plain: String = word
            .trim_matches(|c: char| !c.is_alphanumeric() && c != '\'' && c != '’')
            .chars()
            .map(|c| if c == '’' { '\'' } else { c })
            .flat_map(char::to_lowercase)
            .collect();
        let mut found = self.lookup(&plain);
        if found.is_empty() {
            found = self.lookup(plain.trim_matches('\''));
        }
        if found.is_empty() {
            found = self.derived(&plain);
        }
        if found.is_empty() && plain.contains(['-', '/', '.']) {
            found = self.joined(plain.split(['-', '/', '.']).filter(|part| !part.is_empty()), guess);
        }
        if found.is_empty() && word.chars().all(char::is_uppercase) && (2..=6).contains(&word.chars().count()) {
            // An abbreviation that nobody can say is spelt.
            let letters: Vec<String> = plain.chars().map(String::from).collect();
            found = self.joined(letters.iter().map(String::as_str), &|_| None);
        }
        if found.is_empty() {
            found.extend(guess(&plain).filter(|phones| !phones.is_empty()));
        }
        if found.is_empty() {
            found = self.compound(&plain);
        }
        if found.is_empty() {
            return Err(HearingError::Pronunciation { word: word.to_owned() });
        }
        for i in 0..found.len() {
            for variant in british(&found[i]) {
                if found.len() < MOST_VARIANTS && !found.contains(&variant) {
                    found.push(variant);
                }
            }
        }
        found.truncate(MOST_VARIANTS);
        Ok(found)
    }

    /// Parts said one after the other, each in its first way.
    fn joined<'w>(&self, parts: impl Iterator<Item = &'w str>, guess: &dyn Fn(&str) -> Option<Vec<Phone>>) -> Variants {
        let mut whole = Vec::new();
        for part in parts {
            let mut found = self.lookup(part);
            if found.is_empty() {
                found = self.derived(part);
            }
            match found.into_iter().next().or_else(|| guess(part)) {
                Some(phones) => whole.extend(phones),
                None => return Vec::new(),
            }
        }
        if whole.is_empty() { Vec::new() } else { vec![whole] }
    }

    /// Two words written as one.
    fn compound(&self, word: &str) -> Variants {
        /// Letters that a part has at least.
        const SHORTEST: usize = 3;
        let cuts = word.char_indices().map(|(at, _)| at).filter(|at| *at >= SHORTEST && word.len() - at >= SHORTEST);
        cuts.map(|at| self.joined([&word[..at], &word[at..]].into_iter(), &|_| None))
            .find(|found| !found.is_empty())
            .unwrap_or_default()
    }

    /// A word with an ending: plural, possessive, past, -ing, -er, -ly, un-.
    fn derived(&self, word: &str) -> Variants {
        let ending = |stem: &str, add: &Ending| -> Variants {
            let stems = [
                stem.to_owned(),
                format!("{stem}e"),
                undouble(stem),
                stem.strip_suffix('i').map_or(String::new(), |s| format!("{s}y")),
            ];
            let found = stems.iter().filter(|s| s.len() > 1).map(|s| self.lookup(s)).find(|f| !f.is_empty());
            let whole = |phones: Vec<Phone>| [phones.clone(), add(&phones)].concat();
            found.unwrap_or_default().into_iter().map(whole).collect()
        };
        let fixed = |names: &'static str| {
            move |_: &[Phone]| names.split(' ').filter_map(Phone::from_arpabet).collect::<Vec<_>>()
        };
        let attempts: [(&str, &Ending); 9] = [
            ("'s", &plural),
            ("'", &|_| Vec::new()),
            ("es", &plural),
            ("s", &plural),
            ("ed", &past),
            ("ing", &fixed("IH0 NG")),
            ("er", &fixed("ER0")),
            ("ly", &fixed("L IY0")),
            ("ness", &fixed("N AH0 S")),
        ];
        for (suffix, add) in attempts {
            if let Some(stem) = word.strip_suffix(suffix) {
                let found = ending(stem, add);
                if !found.is_empty() {
                    return found;
                }
            }
        }
        for (prefix, names) in [("un", "AH0 N"), ("re", "R IY0"), ("non", "N AA0 N"), ("pre", "P R IY0")] {
            if let Some(rest) = word.strip_prefix(prefix) {
                let found = self.lookup(rest);
                if !found.is_empty() {
                    let before = fixed(names)(&[]);
                    return found.into_iter().map(|phones| [before.clone(), phones].concat()).collect();
                }
            }
        }
        Vec::new()
    }
}

fn phone(byte: u8) -> Phone {
    let stress = match byte >> CLASS.count_ones() {
        1 => Stress::Primary,
        2 => Stress::Secondary,
        _ => Stress::None,
    };
    Phone { class: (byte & CLASS).min(crate::phone::CLASSES as u8 - 1), stress }
}

/// "stopp" to "stop".
fn undouble(stem: &str) -> String {
    let mut letters: Vec<char> = stem.chars().collect();
    if letters.len() > 2 && letters[letters.len() - 1] == letters[letters.len() - 2] {
        letters.pop();
    }
    letters.into_iter().collect()
}

fn named(names: &str) -> Vec<Phone> {
    names.split(' ').filter_map(Phone::from_arpabet).collect()
}

/// The sound of a plural's or third person's s after a stem.
fn plural(stem: &[Phone]) -> Vec<Phone> {
    match stem.last().map(|p| p.arpabet()) {
        Some("S" | "Z" | "SH" | "ZH" | "CH" | "JH") => named("IH0 Z"),
        Some("P" | "T" | "K" | "F" | "TH") => named("S"),
        _ => named("Z"),
    }
}

/// The sound of a past's ed after a stem.
fn past(stem: &[Phone]) -> Vec<Phone> {
    match stem.last().map(|p| p.arpabet()) {
        Some("T" | "D") => named("IH0 D"),
        Some("P" | "K" | "F" | "TH" | "S" | "SH" | "CH") => named("T"),
        _ => named("D"),
    }
}

/// The same word without the r's that the British do not say, and with their long a.
fn british(phones: &[Phone]) -> Vec<Vec<Phone>> {
    let silent = |i: usize| {
        phones[i].arpabet() == "R"
            && i > 0
            && phones[i - 1].is_vowel()
            && phones.get(i + 1).is_none_or(|next| !next.is_vowel())
    };
    let mut variants = Vec::new();
    if (0..phones.len()).any(silent) {
        variants.push((0..phones.len()).filter(|i| !silent(*i)).map(|i| phones[i]).collect());
    }
    // bath, dance, past: /ɑː/ before f, th, s and n with another consonant.
    let long = |i: usize| {
        phones[i].arpabet() == "AE"
            && match (phones.get(i + 1).map(|p| p.arpabet()), phones.get(i + 2)) {
                (Some("F" | "TH" | "S"), _) => true,
                (Some("N"), Some(next)) => !next.is_vowel(),
                _ => false,
            }
    };
    if (0..phones.len()).any(long) {
        let ah = named("AA");
        let change = |i: usize| if long(i) { Phone { stress: phones[i].stress, ..ah[0] } } else { phones[i] };
        variants.push((0..phones.len()).map(change).collect());
    }
    variants
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(phones: &[Phone]) -> String {
        phones.iter().map(|p| p.arpabet()).collect::<Vec<_>>().join(" ")
    }

    #[track_caller]
    fn check(word: &str, expected: &str) {
        let found = Dictionary::shipped().variants(word, &|_| None);
        let found = found.map(|v| v.iter().map(|p| text(p)).collect::<Vec<_>>().join(" | "));
        assert_eq!(found.unwrap_or_else(|e| e.to_string()), expected, "{word}");
    }

    #[test]
    fn words_are_found() {
        check("cat", "K AE T");
        check("CAT,", "K AE T");
        check("Either", "IY DH ER | AY DH ER");
        check("don’t", "D OW N T | D OW N");
    }

    #[test]
    fn endings_are_added() {
        check("homerooms", "HH OW M R UW M Z");
        check("googled", "G UW G AH L D");
        check("unfriend", "AH N F R EH N D");
        check("skype's", "S K AY P S");
    }

    #[test]
    fn compounds_and_abbreviations_are_said_in_parts() {
        check("well-known", "W EH L N OW N");
        check("homeroom", "HH OW M R UW M");
        check("WTO", "D AH B AH L Y UW T IY OW");
    }

    #[test]
    fn the_british_way_counts_too() {
        check("car", "K AA R | K AA");
        check("bath", "B AE TH | B AA TH");
    }

    #[test]
    fn an_unknown_word_is_named() {
        check("xqzt", "nobody told how the word \"xqzt\" is said: it is in no dictionary");
    }

    #[test]
    fn damaged_dictionaries_are_refused() {
        assert!(Dictionary::unpack(&PACKED[..PACKED.len() / 2]).is_none());
        assert_eq!(Dictionary::pack("cat K AE T\ndog D XX G\n"), Err(2));
    }
}
