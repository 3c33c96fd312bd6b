//! Words and numbers to phones: two dictionaries, rules for function words, inflection and stress.
//!
//! Phones are the symbols of the voice: IPA with one letter for each diphthong and affricate (A = eɪ, I = aɪ, O = oʊ,
//! Q = əʊ, W = aʊ, Y = ɔɪ, ʤ, ʧ), `ˈ` and `ˌ` before the stressed vowel.
//!
//! # Source
//! After `g2p/lexicon.py` of hibari 0.2.1 (Apache-2.0), which is misaki 0.9.4's English (Apache-2.0, hexgrad).

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;

use crate::table::Table;
use crate::token::Token;
use crate::{VoiceError, numbers};

const PRIMARY: char = 'ˈ';
const SECONDARY: char = 'ˌ';
const VOWELS: &str = "AIOQWYaiuæɑɒɔəɛɜɪʊʌᵻ";
const CONSONANTS: &str = "bdfhjklmnpstvwzðŋɡɹɾʃʒʤʧθ";
/// Symbols that stand for two sounds.
const DOUBLE: &str = "AIOQWYʤʧ";
/// Before these a "t" at the end is flapped in American English.
const FLAPPING: &str = "AIOWYiuæɑəɛɪɹʊʌ";
const CURRENCIES: [(char, &str, &str); 3] = [('$', "dollar", "cent"), ('£', "pound", "pence"), ('€', "euro", "cent")];
const SYMBOLS: [(&str, &str); 4] = [("%", "percent"), ("&", "and"), ("+", "plus"), ("@", "at")];
const ADDRESS_SYMBOLS: [(&str, &str); 2] = [(".", "dot"), ("/", "slash")];
const ORDINAL_SUFFIXES: [&str; 4] = ["st", "nd", "rd", "th"];
const NUMBER_SUFFIXES: [&str; 9] = ["ing", "'d", "ed", "'s", "st", "nd", "rd", "th", "s"];
/// Stress of a word with one capital, and of one in capitals.
const CAPITAL_STRESS: f32 = 0.5;
const CAPITALS_STRESS: f32 = 2.0;

/// Which English is spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Accent {
    /// General American.
    American,
    /// Southern British.
    British,
}

/// What follows a word: the rules for "the", "to" and "used" look at it.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Following {
    /// Whether the next sound is a vowel; `None` before a pause.
    vowel: Option<bool>,
    to: bool,
}

impl Following {
    /// What the word before `token`, said as `phones`, is followed by.
    pub(crate) fn before(self, phones: Option<&str>, token: &Token) -> Following {
        let mark = |c: char| ";:,.!?—…".contains(c);
        let vowel = phones.unwrap_or_default().chars().find_map(|c| {
            if mark(c) {
                Some(None)
            } else if VOWELS.contains(c) || CONSONANTS.contains(c) {
                Some(Some(VOWELS.contains(c)))
            } else {
                None
            }
        });
        let to = ["to", "To"].contains(&token.text.as_str())
            || (token.text == "TO" && ["TO", "IN"].contains(&token.tag.as_str()));
        Following { vowel: vowel.unwrap_or(self.vowel), to }
    }
}

/// What a dictionary says of a word.
#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    One(String),
    /// By tag or class of tags, "DEFAULT" among them.
    ByTag(BTreeMap<String, Option<String>>),
}

impl Entry {
    fn tag(&self, tag: &str) -> Option<Option<&str>> {
        match self {
            Entry::One(_) => None,
            Entry::ByTag(all) => all.get(tag).map(Option::as_deref),
        }
    }

    fn default(&self) -> Option<&str> {
        match self {
            Entry::One(phones) => Some(phones),
            Entry::ByTag(_) => self.tag("DEFAULT").flatten(),
        }
    }
}

/// A dictionary in which a word in lower case also answers to its capitalised form and the other way about, unless
/// the other form has an entry of its own.
struct Dictionary(Table);

impl Dictionary {
    fn get(&self, word: &str) -> Option<Entry> {
        self.find(word, |word| self.0.get(word))
    }

    fn has(&self, word: &str) -> bool {
        self.find(word, |word| self.0.has(word).then_some(())).is_some()
    }

    fn find<T>(&self, word: &str, get: impl Fn(&str) -> Option<T>) -> Option<T> {
        let found = get(word);
        if found.is_some() || word.chars().nth(1).is_none() {
            return found;
        }
        let lower = word.to_lowercase();
        if word == lower {
            let capital = capitalize(word);
            return if capital == word { None } else { get(&capital) };
        }
        if word == capitalize(&lower) { get(&lower) } else { None }
    }
}

/// The words of one accent.
pub(crate) struct Lexicon {
    gold: Dictionary,
    silver: Dictionary,
    british: bool,
}

impl Lexicon {
    /// `gold` and `silver`: the texts of the checked and the unchecked dictionary.
    pub(crate) fn new(gold: &Arc<str>, silver: &Arc<str>, accent: Accent) -> Result<Lexicon, VoiceError> {
        let read = |json: &Arc<str>, table| {
            let table_of = Table::new(Arc::clone(json), 0..json.len());
            table_of.map(Dictionary).map_err(|source| VoiceError::Damaged { table, source })
        };
        Ok(Lexicon {
            gold: read(gold, "lexicon_gold.json.gz")?,
            silver: read(silver, "lexicon_silver.json.gz")?,
            british: accent == Accent::British,
        })
    }

    /// The phones of `token`; `None` where the dictionaries and rules don't know it.
    pub(crate) fn phones(&self, token: &Token, following: Following) -> Option<String> {
        let word = token.alias.unwrap_or(&token.text).replace(['‘', '’'], "'");
        let word: String = word.nfkc().collect();
        let stress = if word == word.to_lowercase() {
            None
        } else if word == word.to_uppercase() {
            Some(CAPITALS_STRESS)
        } else {
            Some(CAPITAL_STRESS)
        };
        if let Some(phones) = self.word(&word, &token.tag, stress, following) {
            return Some(match token.currency.and_then(|sign| self.many(sign)) {
                Some(name) => format!("{phones} {name}"),
                None => phones,
            });
        }
        if is_number(&word, token.head) { self.number(&word, token.currency, token.head) } else { None }
    }

    /// A run of digits, perhaps with commas and a point, as part of a longer word.
    pub(crate) fn digits(&self, digits: &str) -> Option<String> {
        self.number(digits, None, false)
    }

    /// "dollars" for a sign.
    fn many(&self, sign: char) -> Option<String> {
        let (_, name, _) = CURRENCIES.into_iter().find(|(s, ..)| *s == sign)?;
        self.stem_s(&format!("{name}s"), None, None, Following::default())
    }

    /// Letters, as in an abbreviation: the last one is stressed most.
    fn letters(&self, word: &str) -> Option<String> {
        let mut phones = String::new();
        for c in word.chars().filter(|c| c.is_alphabetic()) {
            phones += self.gold_default(&c.to_uppercase().collect::<String>())?.as_str();
        }
        if phones.is_empty() {
            return None;
        }
        let phones = apply_stress(&phones, Some(0.0));
        Some(match phones.rfind(SECONDARY) {
            Some(at) => format!("{}{PRIMARY}{}", &phones[..at], &phones[at + SECONDARY.len_utf8()..]),
            None => phones,
        })
    }

    fn gold_default(&self, word: &str) -> Option<String> {
        self.gold.get(word)?.default().map(str::to_owned)
    }

    /// Words whose sound depends on what follows, symbols and dotted letters.
    fn special(&self, word: &str, tag: &str, stress: Option<f32>, following: Following) -> Option<String> {
        let noun = tag.starts_with("NN");
        if tag == "ADD"
            && let Some((_, name)) = ADDRESS_SYMBOLS.into_iter().find(|(s, _)| *s == word)
        {
            return self.lookup(name, None, Some(-0.5), following);
        }
        if let Some((_, name)) = SYMBOLS.into_iter().find(|(s, _)| *s == word) {
            return self.lookup(name, None, None, following);
        }
        let dotted = word.trim_matches('.').contains('.')
            && word.replace('.', "").chars().all(char::is_alphabetic)
            && word.split('.').all(|part| part.chars().count() < 3);
        if dotted {
            return self.letters(word);
        }
        match word {
            "a" | "A" => Some(if tag == "DT" { "ɐ" } else { "ˈA" }.to_owned()),
            "am" | "Am" | "AM" => {
                if noun {
                    self.letters(word)
                } else if following.vowel.is_none() || word != "am" || stress.is_some_and(|s| s > 0.0) {
                    self.gold_default("am")
                } else {
                    Some("ɐm".to_owned())
                }
            }
            "an" | "An" | "AN" => {
                if word == "AN" && noun {
                    self.letters(word)
                } else {
                    Some("ɐn".to_owned())
                }
            }
            "I" if tag == "PRP" => Some(format!("{SECONDARY}I")),
            "by" | "By" | "BY" if parent(tag) == "ADV" => Some("bˈI".to_owned()),
            "to" | "To" | "TO" if word != "TO" || ["TO", "IN"].contains(&tag) => match following.vowel {
                None => self.gold_default("to"),
                Some(false) => Some("tə".to_owned()),
                Some(true) => Some("tʊ".to_owned()),
            },
            "in" | "In" | "IN" if word != "IN" || tag != "NNP" => {
                let stressed = following.vowel.is_none() || tag != "IN";
                Some(if stressed { "ˈɪn" } else { "ɪn" }.to_owned())
            }
            "the" | "The" | "THE" if word != "THE" || tag == "DT" => {
                Some(if following.vowel == Some(true) { "ði" } else { "ðə" }.to_owned())
            }
            _ if tag == "IN" && ["vs", "vs."].contains(&word.to_lowercase().as_str()) => {
                self.lookup("versus", None, None, following)
            }
            "used" | "Used" | "USED" => {
                let entry = self.gold.get("used")?;
                let past = ["VBD", "JJ"].contains(&tag) && following.to;
                if past { entry.tag("VBD").flatten() } else { entry.default() }.map(str::to_owned)
            }
            _ => None,
        }
    }

    fn is_known(&self, word: &str) -> bool {
        if self.gold.has(word) || SYMBOLS.iter().any(|(s, _)| *s == word) || self.silver.has(word) {
            return true;
        }
        if word.is_empty() || !word.chars().all(|c| c.is_ascii_alphabetic()) {
            return false;
        }
        word.len() == 1
            || (word == word.to_uppercase() && self.gold.has(&word.to_lowercase()))
            || word[1..] == word[1..].to_uppercase()
    }

    fn lookup(&self, word: &str, tag: Option<&str>, stress: Option<f32>, following: Following) -> Option<String> {
        let upper = word == word.to_uppercase() && !self.gold.has(word);
        let name = upper && tag == Some("NNP");
        let lower;
        let word = if upper {
            lower = word.to_lowercase();
            lower.as_str()
        } else {
            word
        };
        let mut entry = self.gold.get(word);
        if entry.is_none() && !name {
            entry = self.silver.get(word);
        }
        let phones = entry.as_ref().and_then(|entry| match entry {
            Entry::One(phones) => Some(phones.as_str()),
            Entry::ByTag(_) => {
                let pause = following.vowel.is_none().then(|| entry.tag("None")).flatten();
                let by_tag = || tag.and_then(|t| entry.tag(t).or_else(|| entry.tag(parent(t))));
                pause.or_else(by_tag).unwrap_or_else(|| entry.default())
            }
        });
        if phones.is_none_or(|p| name && !p.contains(PRIMARY))
            && let Some(letters) = self.letters(word)
        {
            return Some(letters);
        }
        phones.map(|p| apply_stress(p, stress))
    }

    fn with_s(&self, stem: &str) -> Option<String> {
        let last = stem.chars().last()?;
        let weak = if self.british { "ɪ" } else { "ᵻ" };
        Some(match last {
            'p' | 't' | 'k' | 'f' | 'θ' => format!("{stem}s"),
            's' | 'z' | 'ʃ' | 'ʒ' | 'ʧ' | 'ʤ' => format!("{stem}{weak}z"),
            _ => format!("{stem}z"),
        })
    }

    fn with_ed(&self, stem: &str) -> Option<String> {
        let mut back = stem.chars().rev();
        let (last, before) = (back.next()?, back.next());
        let weak = if self.british { "ɪ" } else { "ᵻ" };
        Some(match last {
            'p' | 'k' | 'f' | 'θ' | 'ʃ' | 's' | 'ʧ' => format!("{stem}t"),
            'd' => format!("{stem}{weak}d"),
            't' => match before {
                Some(before) if !self.british && FLAPPING.contains(before) => {
                    format!("{}ɾᵻd", &stem[..stem.len() - 1])
                }
                Some(_) if !self.british => format!("{stem}ᵻd"),
                _ => format!("{stem}ɪd"),
            },
            _ => format!("{stem}d"),
        })
    }

    fn with_ing(&self, stem: &str) -> Option<String> {
        let mut back = stem.chars().rev();
        let (last, before) = (back.next()?, back.next());
        if self.british {
            if "əː".contains(last) {
                return None;
            }
        } else if last == 't' && before.is_some_and(|c| FLAPPING.contains(c)) {
            return Some(format!("{}ɾɪŋ", &stem[..stem.len() - 1]));
        }
        Some(format!("{stem}ɪŋ"))
    }

    fn stem_s(&self, word: &str, tag: Option<&str>, stress: Option<f32>, following: Following) -> Option<String> {
        let n = word.chars().count();
        let known = |stem: &str| self.is_known(stem).then(|| stem.to_owned());
        let without_s = word.strip_suffix('s').filter(|_| n >= 3)?;
        let stem = (!word.ends_with("ss")).then(|| known(without_s)).flatten().or_else(|| {
            let long_es = n > 4 && word.ends_with("es") && !word.ends_with("ies");
            let stem = word.strip_suffix("'s").or_else(|| word.strip_suffix("es").filter(|_| long_es))?;
            known(stem)
        });
        let stem = stem.or_else(|| known(&format!("{}y", word.strip_suffix("ies").filter(|_| n > 4)?)))?;
        self.with_s(&self.lookup(&stem, tag, stress, following)?)
    }

    fn stem_ed(&self, word: &str, tag: Option<&str>, stress: Option<f32>, following: Following) -> Option<String> {
        let n = word.chars().count();
        let without_d = word.strip_suffix('d').filter(|_| n >= 4)?;
        let known = |stem: &str| self.is_known(stem).then(|| stem.to_owned());
        let stem = (!word.ends_with("dd")).then(|| known(without_d)).flatten();
        let stem = stem.or_else(|| known(word.strip_suffix("ed").filter(|_| n > 4 && !word.ends_with("eed"))?))?;
        self.with_ed(&self.lookup(&stem, tag, stress, following)?)
    }

    fn stem_ing(&self, word: &str, tag: Option<&str>, stress: Option<f32>, following: Following) -> Option<String> {
        let n = word.chars().count();
        let stem = word.strip_suffix("ing").filter(|_| n >= 5)?;
        let known = |stem: &str| self.is_known(stem).then(|| stem.to_owned());
        let doubled = || {
            let mut back = stem.chars().rev();
            let (last, before) = (back.next()?, back.next()?);
            let twice = last == before && "bcdgklmnprstvxz".contains(last);
            (n > 5 && (twice || stem.ends_with("ck"))).then(|| known(&stem[..stem.len() - 1])).flatten()
        };
        let stem = (n > 5).then(|| known(stem)).flatten().or_else(|| known(&format!("{stem}e"))).or_else(doubled)?;
        self.with_ing(&self.lookup(&stem, tag, stress, following)?)
    }

    fn word(&self, word: &str, tag: &str, stress: Option<f32>, following: Following) -> Option<String> {
        if let Some(phones) = self.special(word, tag, stress, following) {
            return Some(phones);
        }
        let (lower, some_tag) = (word.to_lowercase(), Some(tag));
        let n = word.chars().count();
        let rest: String = word.chars().skip(1).collect();
        let fold = n > 1
            && word != lower
            && word.replace('\'', "").chars().all(char::is_alphabetic)
            && (tag != "NNP" || n > 7)
            && !self.gold.has(word)
            && !self.silver.has(word)
            && (word == word.to_uppercase() || rest == rest.to_lowercase())
            && (self.gold.has(&lower)
                || self.silver.has(&lower)
                || self.stem_s(&lower, some_tag, stress, following).is_some()
                || self.stem_ed(&lower, some_tag, stress, following).is_some()
                || self.stem_ing(&lower, some_tag, stress, following).is_some());
        let word = if fold { lower.as_str() } else { word };
        if self.is_known(word) {
            return self.lookup(word, some_tag, stress, following);
        }
        if let Some(stem) = word.strip_suffix("s'") {
            let singular = format!("{stem}'s");
            if self.is_known(&singular) {
                return self.lookup(&singular, some_tag, stress, following);
            }
        }
        if let Some(stem) = word.strip_suffix('\'').filter(|stem| self.is_known(stem)) {
            return self.lookup(stem, some_tag, stress, following);
        }
        self.stem_s(word, some_tag, stress, following)
            .or_else(|| self.stem_ed(word, some_tag, stress, following))
            .or_else(|| self.stem_ing(word, some_tag, stress.or(Some(CAPITAL_STRESS)), following))
    }

    /// Numbers in digits: ordinals, years, money, digits one by one inside a longer word. `None` where it has no name.
    fn number(&self, word: &str, currency: Option<char>, head: bool) -> Option<String> {
        let cut = word
            .rfind(|c: char| !(c.is_ascii_lowercase() || c == '\''))
            .map_or(0, |i| i + word[i..].chars().next().map_or(1, char::len_utf8));
        let (word, suffix) = word.split_at(cut);
        let mut said = Said { lexicon: self, phones: Vec::new() };
        let word = match word.strip_prefix('-') {
            Some(rest) => {
                said.word("minus", None);
                rest
            }
            None => word,
        };
        let currency = currency.and_then(|sign| CURRENCIES.into_iter().find(|(s, ..)| *s == sign));
        let ordinal = ORDINAL_SUFFIXES.contains(&suffix);
        let plain = is_digits(word);
        let points = word.matches('.').count();
        if plain && ordinal {
            said.words(&numbers::ordinal(word.parse().ok()?));
        } else if said.phones.is_empty() && plain && word.len() == 4 && currency.is_none() {
            said.words(&numbers::year(word.parse().ok()?));
        } else if !head && points == 0 {
            said.part(&word.replace(',', ""))?;
        } else if points > 1 || !head {
            for part in word.replace(',', "").split('.').filter(|p| !p.is_empty()) {
                let round = part.len() == 2 || part[1..].chars().all(|c| c == '0');
                if part.starts_with('0') || !round {
                    said.digits(part);
                } else {
                    said.cardinal(part)?;
                }
            }
        } else if let Some((_, name, small)) = currency.filter(|_| is_money(word)) {
            said.money(&word.replace(',', ""), name, small)?;
        } else if points == 0 {
            let n: u128 = word.replace(',', "").parse().ok()?;
            said.words(&if ordinal { numbers::ordinal(n) } else { numbers::cardinal(n) });
        } else {
            let word = word.replace(',', "");
            match word.strip_prefix('.') {
                Some(fraction) => said.words(&format!("point {}", numbers::digits(fraction))),
                None => said.words(&numbers::decimal(&word)?),
            }
        }
        if said.phones.is_empty() {
            return None;
        }
        let phones = said.phones.join(" ");
        match suffix {
            "s" | "'s" => self.with_s(&phones),
            "ed" | "'d" => self.with_ed(&phones),
            "ing" => self.with_ing(&phones),
            _ => Some(phones),
        }
    }
}

/// The words of a number as they come.
struct Said<'l> {
    lexicon: &'l Lexicon,
    phones: Vec<String>,
}

impl Said<'_> {
    fn word(&mut self, word: &str, stress: Option<f32>) {
        self.phones.extend(self.lexicon.lookup(word, None, stress, Following { vowel: Some(false), to: false }));
    }

    fn words(&mut self, words: &str) {
        for word in words.split(|c: char| !c.is_ascii_lowercase()).filter(|w| !w.is_empty() && *w != "and") {
            self.word(word, (word == "point").then_some(-2.0));
        }
    }

    fn cardinal(&mut self, digits: &str) -> Option<()> {
        self.words(&numbers::cardinal(digits.parse().ok()?));
        Some(())
    }

    fn digits(&mut self, digits: &str) {
        self.words(&numbers::digits(digits));
    }

    /// Digits inside a longer word, as in "B747": pairs where that is usual.
    fn part(&mut self, digits: &str) -> Option<()> {
        if digits.starts_with('0') || digits.len() > 3 {
            self.digits(digits);
        } else if digits.len() == 3 && !digits.ends_with("00") {
            self.digits(&digits[..1]);
            if digits[1..].starts_with('0') {
                self.word("O", Some(-2.0));
                self.digits(&digits[2..]);
            } else {
                self.cardinal(&digits[1..])?;
            }
        } else {
            self.cardinal(digits)?;
        }
        Some(())
    }

    fn money(&mut self, amount: &str, name: &str, small: &str) -> Option<()> {
        let number = |digits: &str| if digits.is_empty() { Some(0u128) } else { digits.parse().ok() };
        let (whole, fraction) = amount.split_once('.').unwrap_or((amount, ""));
        let mut amounts = vec![(number(whole)?, name)];
        if amount.contains('.') {
            let cents = number(fraction)?;
            if cents != 0 {
                amounts.push((cents, small));
                if amounts[0].0 == 0 {
                    amounts.remove(0);
                }
            }
        }
        for (i, (n, unit)) in amounts.into_iter().enumerate() {
            if i > 0 {
                self.word("and", None);
            }
            self.words(&numbers::cardinal(n));
            if n != 1 && unit != "pence" {
                self.phones.extend(self.lexicon.stem_s(&format!("{unit}s"), None, None, Following::default()));
            } else {
                self.word(unit, None);
            }
        }
        Some(())
    }
}

fn is_digits(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c.is_ascii_digit())
}

fn is_number(word: &str, head: bool) -> bool {
    if !word.contains(|c: char| c.is_ascii_digit()) {
        return false;
    }
    let word = NUMBER_SUFFIXES.iter().find_map(|s| word.strip_suffix(s)).unwrap_or(word);
    word.chars().enumerate().all(|(i, c)| c.is_ascii_digit() || c == ',' || c == '.' || (head && i == 0 && c == '-'))
}

/// Whether a number in front of which a sign of money stands is an amount: at most two digits of cents.
fn is_money(word: &str) -> bool {
    match word.split_once('.') {
        None => true,
        Some((_, cents)) => !cents.contains('.') && cents.len() < 3,
    }
}

/// The class of a tag, as the dictionaries use it.
fn parent(tag: &str) -> &str {
    match tag {
        _ if tag.starts_with("VB") => "VERB",
        _ if tag.starts_with("NN") => "NOUN",
        _ if tag.starts_with("ADV") || tag.starts_with("RB") => "ADV",
        _ if tag.starts_with("ADJ") || tag.starts_with("JJ") => "ADJ",
        _ => tag,
    }
}

fn capitalize(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// How much there is in a word; the lighter of two parts loses its stress.
pub(crate) fn weight(phones: &str) -> usize {
    phones.chars().map(|c| if DOUBLE.contains(c) { 2 } else { 1 }).sum()
}

/// Whether a word has its main stress marked.
pub(crate) fn has_primary(phones: &str) -> bool {
    phones.contains(PRIMARY)
}

/// Raises or lowers the stress of a word: -2 takes it away, -0.5 lowers it, 0.5 adds a secondary one, 2 the primary.
pub(crate) fn apply_stress(phones: &str, stress: Option<f32>) -> String {
    let Some(stress) = stress else { return phones.to_owned() };
    let (primary, secondary) = (phones.contains(PRIMARY), phones.contains(SECONDARY));
    let unstressed = !primary && !secondary;
    let vowel = phones.contains(|c| VOWELS.contains(c));
    let light = stress == 0.0 || stress == 0.5 || stress == 1.0;
    if stress < -1.0 {
        phones.replace([PRIMARY, SECONDARY], "")
    } else if stress == -1.0 || ((stress == 0.0 || stress == -0.5) && primary) {
        phones.replace(SECONDARY, "").replace(PRIMARY, "ˌ")
    } else if light && unstressed {
        if vowel { before_vowels(&format!("{SECONDARY}{phones}")) } else { phones.to_owned() }
    } else if stress >= 1.0 && !primary && secondary {
        phones.replace(SECONDARY, "ˈ")
    } else if stress > 1.0 && unstressed {
        if vowel { before_vowels(&format!("{PRIMARY}{phones}")) } else { phones.to_owned() }
    } else {
        phones.to_owned()
    }
}

/// Moves each mark of stress to just before the next vowel.
fn before_vowels(phones: &str) -> String {
    let mut moved = String::with_capacity(phones.len());
    let mut waiting = String::new();
    for c in phones.chars() {
        if c == PRIMARY || c == SECONDARY {
            waiting.push(c);
            continue;
        }
        if VOWELS.contains(c) {
            moved += &std::mem::take(&mut waiting);
        }
        moved.push(c);
    }
    moved
}
