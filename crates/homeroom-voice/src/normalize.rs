//! Written English into words that can be looked up: times, dates, money, units, abbreviations, addresses of the web,
//! telephone numbers, symbols.
//!
//! Plain numbers (cardinals, ordinals, years, decimals, amounts in $, £ and €, percentages) are read later, by
//! [`crate::lexicon`].
//!
//! # Source
//! After `g2p/normalize.py` of hibari 0.2.1 (Apache-2.0), with its tables. Ours: addresses of the web and of mail,
//! telephone numbers beyond the American ones, a dot or nothing in times ("9.30 am", "7pm"), ranges of percentages,
//! one-letter units, yuan, brackets of links, Chinese punctuation, characters without a sound.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use fancy_regex::{Captures, Regex};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::VoiceError;
use crate::numbers;
use crate::rewrite::Rewritten;

/// Characters without a space between that are still one word; a longer run is cut, so that no pattern is slow on it.
const LONGEST_WORD: usize = 80;

/// Months as they are spoken, January first.
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const FRACTIONS: [&str; 11] =
    ["", "", "half", "third", "quarter", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];

/// Units of one letter and what they are called, singular and plural: only after a digit and before no letter, and "s"
/// only after a space ("the 1990s").
const SHORT_UNITS: [(&str, &str, &str); 9] = [
    ("m²", "square meter", "square meters"),
    ("km²", "square kilometer", "square kilometers"),
    ("m³", "cubic meter", "cubic meters"),
    ("m/s", "meters per second", "meters per second"),
    ("m", "meter", "meters"),
    ("g", "gram", "grams"),
    ("L", "liter", "liters"),
    ("l", "liter", "liters"),
    ("s", "second", "seconds"),
];

/// Names of money that the tables lack, or that a Chinese classroom reads in another way (¥ is the yuan there).
const MORE_MONEY: [(&str, &str, &str); 3] = [("¥", "yuan", "yuan"), ("RMB", "yuan", "yuan"), ("CNY", "yuan", "yuan")];

/// Marks in addresses of the web and of mail.
const ADDRESS_MARKS: [(char, &str); 12] = [
    ('.', "dot"),
    ('@', "at"),
    ('/', "slash"),
    ('-', "dash"),
    ('_', "underscore"),
    (':', "colon"),
    ('?', "question mark"),
    ('=', "equals"),
    ('&', "and"),
    ('#', "hash"),
    ('%', "percent"),
    ('+', "plus"),
];

#[derive(Deserialize)]
struct Tables {
    months: Map<String, Value>,
    titles: Map<String, Value>,
    abbreviations: Map<String, Value>,
    units: Map<String, Value>,
    symbols: Map<String, Value>,
    currency: Map<String, Value>,
    roman_cardinal: Vec<String>,
    roman_ordinal: Vec<String>,
}

/// A singular and a plural.
type Forms = (String, String);

struct Symbol {
    sign: String,
    pattern: Pattern,
    words: String,
}

/// A pattern that is compiled when a text first may match it: compiling all of them would take longer than speaking.
struct Pattern {
    source: String,
    regex: OnceLock<Regex>,
}

impl Pattern {
    /// `\w` is a letter of Latin script, a digit or an underscore: all of Unicode's letters take ten times as long to
    /// compile, and no rule here is about other scripts.
    fn new(source: &str) -> Pattern {
        Pattern { source: source.replace(r"\w", "0-9A-Za-z_À-ɏ"), regex: OnceLock::new() }
    }

    fn regex(&self) -> &Regex {
        let compile = || Regex::new(&self.source).expect("invariant: fixed but for words that are escaped");
        self.regex.get_or_init(compile)
    }
}

/// Turns written English into words.
pub(crate) struct Normalizer {
    titles: BTreeMap<String, String>,
    abbreviations: BTreeMap<String, String>,
    units: BTreeMap<String, Forms>,
    currency: BTreeMap<String, Forms>,
    symbols: Vec<Symbol>,
    /// Words before a Roman numeral.
    roman_words: Vec<String>,
    patterns: Patterns,
}

struct Patterns {
    space: Pattern,
    long: Pattern,
    link: Pattern,
    url: Pattern,
    mail: Pattern,
    clock: Pattern,
    dotted_clock: Pattern,
    hour: Pattern,
    all_day: Pattern,
    date_iso: Pattern,
    date_slashes: Pattern,
    big_money: Pattern,
    cents: Pattern,
    currency: Pattern,
    degrees: Pattern,
    unit: Pattern,
    short_unit: Pattern,
    month_day: Pattern,
    day_month: Pattern,
    title: Pattern,
    abbreviation: Pattern,
    number_sign: Pattern,
    hash: Pattern,
    roman_cardinal: Pattern,
    roman_ordinal: Pattern,
    phone: Pattern,
    mobile: Pattern,
    fraction: Pattern,
    percent_range: Pattern,
    range: Pattern,
    plus: Pattern,
    space_before_mark: Pattern,
}

const NUMBER: &str = r"[0-9]+(?:,[0-9]{3})*(?:\.[0-9]+)?";
const ROMAN: &str = r"((?=[IVXLC])M{0,3}(?:CM|CD|D?C{0,3})(?:XC|XL|L?X{0,3})(?:IX|IV|V?I{0,3}))";

impl Normalizer {
    /// `json`: the text of `normalize.json`.
    pub(crate) fn new(json: &str) -> Result<Normalizer, VoiceError> {
        let tables: Tables =
            serde_json::from_str(json).map_err(|source| VoiceError::Damaged { table: "normalize.json", source })?;
        let titles = strings(&tables.titles);
        let abbreviations = strings(&tables.abbreviations);
        let units = forms(&tables.units);
        let mut currency = forms(&tables.currency);
        for (sign, one, many) in MORE_MONEY {
            currency.insert(sign.to_owned(), (one.to_owned(), many.to_owned()));
        }
        let mut symbols = Vec::new();
        for (sign, words) in &tables.symbols {
            let words = words.as_str().unwrap_or_default();
            let escaped = fancy_regex::escape(sign);
            // Between words these are read; at an edge they are decoration.
            let between = ["=", "<", ">", "~"].contains(&sign.as_str());
            let pattern = if between { format!(r"(?<=\S) ?{escaped} ?(?=\S)") } else { escaped.into_owned() };
            let words = if words.is_empty() { " ".to_owned() } else { format!(" {words} ") };
            symbols.push(Symbol { sign: sign.clone(), pattern: Pattern::new(&pattern), words });
        }
        let short_months = tables.months.keys().map(|m| capitalize(m));
        let months =
            alternatives(MONTHS.iter().map(|m| (*m).to_owned()).chain(short_months).chain(["Sept".to_owned()]));
        let patterns = Patterns::new(&tables, &months);
        let roman_words = tables.roman_cardinal.into_iter().chain(tables.roman_ordinal).collect();
        Ok(Normalizer { titles, abbreviations, units, currency, symbols, roman_words, patterns })
    }

    /// `text`, a sentence or less that begins at byte `offset` of its source, in words.
    pub(crate) fn normalize(&self, text: &str, offset: usize) -> Rewritten {
        let mut text = Rewritten::new(text, offset);
        let p = &self.patterns;
        text.map_chars(fold);
        text.replace(p.long.regex(), |m| Some(format!("{} ", whole(m))));
        text.replace(p.space.regex(), |_| Some(" ".to_owned()));
        text.trim();
        if text.text().contains('[') {
            text.replace(p.link.regex(), |m| Some(group(m, 1).to_owned()));
        }
        if text.text().contains('@') {
            text.replace(p.mail.regex(), |m| Some(address(whole(m))));
        }
        if text.text().contains('.') {
            text.replace(p.url.regex(), |m| url(whole(m)));
        }
        if has_digit(&text) {
            self.numbers(&mut text);
        }
        text.replace(p.title.regex(), |m| Some(format!("{} ", self.titles.get(group(m, 1))?)));
        let len = text.text().len();
        text.replace(p.abbreviation.regex(), |m| {
            let short = group(m, 1);
            // The full stop of an abbreviation at the end is also the sentence's.
            let stop = if m.get(0)?.end() == len && short.ends_with('.') { "." } else { "" };
            Some(format!("{}{stop}", self.abbreviations.get(short)?))
        });
        if self.roman_words.iter().any(|w| text.text().contains(w.as_str())) {
            text.replace(p.roman_cardinal.regex(), |m| Some(format!("{} {}", group(m, 1), roman(group(m, 2)))));
            text.replace(p.roman_ordinal.regex(), |m| {
                Some(format!("{} the {}", group(m, 1), numbers::ordinal(roman(group(m, 2)))))
            });
        }
        if has_digit(&text) {
            text.replace(p.number_sign.regex(), |m| {
                Some(if group(m, 1) == "No" { "Number " } else { "Numbers " }.to_owned())
            });
            text.replace(p.hash.regex(), |_| Some("number ".to_owned()));
            text.replace(p.fraction.regex(), fraction);
            text.replace(p.percent_range.regex(), |m| Some(format!("{} to {}", group(m, 1), group(m, 2))));
            text.replace(p.range.regex(), |m| Some(format!("{} to {}", group(m, 1), group(m, 2))));
            text.replace(p.plus.regex(), |_| Some("plus ".to_owned()));
        }
        for symbol in &self.symbols {
            if text.text().contains(&symbol.sign) {
                text.replace(symbol.pattern.regex(), |_| Some(symbol.words.clone()));
            }
        }
        text.replace(p.space.regex(), |_| Some(" ".to_owned()));
        text.replace(p.space_before_mark.regex(), |m| Some(group(m, 1).to_owned()));
        text.trim();
        text
    }

    /// Telephone numbers, times, dates, money and units.
    fn numbers(&self, text: &mut Rewritten) {
        let p = &self.patterns;
        text.replace(p.phone.regex(), |m| phone(whole(m)));
        text.replace(p.mobile.regex(), |m| Some(mobile(whole(m))));
        text.replace(p.all_day.regex(), |_| Some("twenty-four seven".to_owned()));
        for (pattern, read) in [
            (&p.dotted_clock, clock as fn(&Captures<'_>, &dyn Fn(usize) -> bool) -> Option<String>),
            (&p.clock, clock),
            (&p.hour, hour),
        ] {
            let at_stop = ends_at_stop(text.text());
            text.replace(pattern.regex(), |m| read(m, &at_stop));
        }
        text.replace(p.date_iso.regex(), |m| date(Some(group(m, 1)), number(m, 2)?, number(m, 3)?));
        text.replace(p.date_slashes.regex(), date_slashes);
        if text.text().contains(['$', '£', '€']) {
            text.replace(p.big_money.regex(), |m| self.big_money(m));
        }
        if text.text().contains('¢') {
            text.replace(p.cents.regex(), |m| Some(format!("{} {}", group(m, 1), self.money(group(m, 1), "¢")?)));
        }
        text.replace(p.currency.regex(), |m| self.currency(m));
        if text.text().contains('°') {
            text.replace(p.degrees.regex(), |m| Some(degrees(m)));
        }
        text.replace(p.unit.regex(), |m| self.unit(m));
        text.replace(p.short_unit.regex(), short_unit);
        text.replace(p.month_day.regex(), |m| self.month_day(m));
        text.replace(p.day_month.regex(), |m| self.day_month(m));
    }

    /// The words before whose full stop no sentence ends.
    pub(crate) fn is_title(&self, word: &str) -> bool {
        self.titles.contains_key(word)
    }

    /// The word for an amount of `sign`.
    fn money(&self, amount: &str, sign: &str) -> Option<&str> {
        self.currency.get(sign.trim_end_matches('.')).map(|forms| plural(amount, forms))
    }

    fn big_money(&self, m: &Captures<'_>) -> Option<String> {
        let many = &self.currency.get(group(m, 1))?.1;
        Some(format!("{} {} {many}", group(m, 2), scale(group(m, 3))))
    }

    fn currency(&self, m: &Captures<'_>) -> Option<String> {
        let (sign, amount, big) = (group(m, 1), group(m, 2), group(m, 3));
        if big.is_empty() {
            return Some(format!("{amount} {}", self.money(amount, sign)?));
        }
        let many = &self.currency.get(sign.trim_end_matches('.'))?.1;
        Some(format!("{amount} {} {many}", scale(big)))
    }

    fn unit(&self, m: &Captures<'_>) -> Option<String> {
        Some(format!("{} {}", group(m, 1), plural(group(m, 1), self.units.get(group(m, 2))?)))
    }

    fn month_day(&self, m: &Captures<'_>) -> Option<String> {
        let (month, day) = (month(group(m, 1))?, number(m, 2)?);
        (1..=31).contains(&day).then(|| format!("{month} {}{}", numbers::ordinal(day), group(m, 3)))
    }

    fn day_month(&self, m: &Captures<'_>) -> Option<String> {
        let (day, month) = (number(m, 2)?, month(group(m, 3))?);
        (1..=31).contains(&day).then(|| {
            let the = if group(m, 1) == "The " { "The" } else { "the" };
            format!("{the} {} of {month}", numbers::ordinal(day))
        })
    }
}

impl Patterns {
    fn new(tables: &Tables, months: &str) -> Patterns {
        let units = alternatives(tables.units.keys().cloned());
        let short_units = alternatives(SHORT_UNITS.iter().map(|(unit, ..)| (*unit).to_owned()));
        let titles = alternatives(tables.titles.keys().cloned());
        let abbreviations = alternatives(tables.abbreviations.keys().cloned());
        let roman_cardinal = alternatives(tables.roman_cardinal.iter().cloned());
        let roman_ordinal = alternatives(tables.roman_ordinal.iter().cloned());
        let big = r"(hundred|thousand|million|billion|trillion|bn\b|[kKmMbB]\b)";
        Patterns {
            space: Pattern::new(r"\s+"),
            long: Pattern::new(&format!(r"\S{{{LONGEST_WORD}}}(?=\S)")),
            link: Pattern::new(r"\[([^\[\]]+)\]\([^()\s]*\)"),
            url: Pattern::new(
                r"(?i)\b(?:(?:https?|ftp)://|www\.)[a-z0-9][^\s<>]*[a-z0-9/]|(?<![\w@.])(?:[a-z0-9-]+\.)+(?:com|org|net|edu|gov|io|co|cn|uk|info|tv|ai)\b(?:/[^\s<>]*[a-z0-9/])?(?![\w@])",
            ),
            mail: Pattern::new(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b"),
            clock: Pattern::new(
                r"\b([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?(?:\s?([AaPp])\.?[Mm]\.?(?![A-Za-z]))?(?![0-9])",
            ),
            // The third group is never there: no seconds in this style.
            dotted_clock: Pattern::new(
                r"(?<![\w.$£€¥])([0-9]{1,2})\.([0-5][0-9])(\b\B)?\s?([AaPp])\.?[Mm]\.?(?![A-Za-z])",
            ),
            hour: Pattern::new(r"(?<![\w.:$£€¥])([0-9]{1,2})\s?([AaPp])\.?[Mm]\b\.?(?![A-Za-z])"),
            all_day: Pattern::new(r"(?<![\w/])24/7(?![\w/])"),
            date_iso: Pattern::new(r"\b([0-9]{4})-([0-9]{2})-([0-9]{2})\b"),
            date_slashes: Pattern::new(r"\b([0-9]{1,2})/([0-9]{1,2})/([0-9]{4}|[0-9]{2})\b"),
            big_money: Pattern::new(&format!(r"([$£€])({NUMBER})\s?{big}")),
            cents: Pattern::new(&format!(r"(?<![\w.])({NUMBER})\s?¢")),
            currency: Pattern::new(&format!(r"(?<![\w])([¥₹₩]|Rs\.?|USD|EUR|GBP|RMB|CNY)\s?({NUMBER})(?:\s?{big})?")),
            degrees: Pattern::new(&format!(r"(?<![\w.])(-?{NUMBER})\s?°\s?([CF])?(?![\w])")),
            unit: Pattern::new(&format!(r"(?<![\w.])(-?{NUMBER})\s?({units})(?![\w])")),
            short_unit: Pattern::new(&format!(r"(?<![\w.$£€¥])(-?{NUMBER})(\s?)({short_units})(?![\w'’])")),
            month_day: Pattern::new(&format!(
                r"\b({months})\.? ([0-9]{{1,2}})(?:st|nd|rd|th)?\b(?![0-9:%])(,? [0-9]{{4}}\b)?"
            )),
            day_month: Pattern::new(&format!(r"\b([Tt]he )?([0-9]{{1,2}})(?:st|nd|rd|th)? (?:of )?({months})\b\.?")),
            title: Pattern::new(&format!(r"\b({titles})\.? (?=[A-Z])")),
            abbreviation: Pattern::new(&format!(r"(?<![\w.])({abbreviations})(?![\w])")),
            number_sign: Pattern::new(r"\b(No|Nos)\. ?(?=[0-9])"),
            hash: Pattern::new(r"(?<![\w&])#(?=[0-9])"),
            roman_cardinal: Pattern::new(&format!(r"\b({roman_cardinal}) {ROMAN}\b(?![.'’][\w])")),
            roman_ordinal: Pattern::new(&format!(r"\b({roman_ordinal}) {ROMAN}\b(?![.'’][\w])")),
            phone: Pattern::new(
                r"(?<![\w.\-])(?:\+[0-9]{1,3}[ -]?(?:\([0-9]{1,4}\)[ -]?)?[0-9]{2,5}(?:[ -][0-9]{2,5})+|\([0-9]{2,4}\) ?[0-9]{3,4}[ -]?[0-9]{4}|(?:[0-9]{3}-)?[0-9]{3}-[0-9]{4}|0[0-9]{2,4}[ -][0-9]{7,8}|0[0-9]{2,4}[ -][0-9]{3,4}[ -][0-9]{4}|[0-9]{3}[ -][0-9]{4}[ -][0-9]{4})(?![\w\-])",
            ),
            mobile: Pattern::new(r"(?<![\w.,\-+])1[3-9][0-9]{9}(?![\w\-])"),
            fraction: Pattern::new(r"(?<![\w./])([0-9]{1,2})/([0-9]{1,2})(?![\w/]|\.[0-9])"),
            percent_range: Pattern::new(r"(?<![\w.\-])([0-9]{1,3})%?\s?[-–]\s?([0-9]{1,3})(?=\s?%)"),
            range: Pattern::new(r"(?<![\w.\-])([0-9]{1,4})\s?[-–]\s?([0-9]{1,4})(?![\w\-%]|\.[0-9])"),
            plus: Pattern::new(r"(?<![\w+])\+(?=[0-9])"),
            space_before_mark: Pattern::new(r" +([,.;:!?])"),
        }
    }
}

fn has_digit(text: &Rewritten) -> bool {
    text.text().contains(|c: char| c.is_ascii_digit())
}

/// What a character is read as; `None` leaves it.
///
/// Chinese punctuation becomes its English counterpart. Control characters, marks of direction and pictures have no
/// sound.
fn fold(c: char) -> Option<&'static str> {
    Some(match c {
        '\u{a0}' | '\u{3000}' => " ",
        '’' | '＇' => "'",
        '‒' | '－' => "-",
        '―' => "—",
        '，' | '、' => ", ",
        '。' | '．' => ". ",
        '！' => "! ",
        '？' => "? ",
        '；' => "; ",
        '：' => ": ",
        '（' => " (",
        '）' => ") ",
        '「' | '『' | '《' | '【' => " “",
        '」' | '』' | '》' | '】' => "” ",
        '０' => "0",
        '１' => "1",
        '２' => "2",
        '３' => "3",
        '４' => "4",
        '５' => "5",
        '６' => "6",
        '７' => "7",
        '８' => "8",
        '９' => "9",
        '％' => "%",
        '￥' => "¥",
        c if c.is_whitespace() => return None,
        c if c.is_control() || is_silent(c) => " ",
        _ => return None,
    })
}

/// Pictures, marks that join or vary them, marks of direction, characters for private use.
fn is_silent(c: char) -> bool {
    matches!(u32::from(c),
        0xad | 0x200b..=0x200f | 0x202a..=0x202e | 0x2060..=0x206f | 0x20d0..=0x20ff | 0xfe00..=0xfe0f | 0xfeff
        | 0x2190..=0x2191 | 0x2193..=0x21ff | 0x2300..=0x23ff | 0x2460..=0x27bf | 0x2900..=0x2bff
        | 0x1f000..=0x1faff | 0xe0000..=0xe0fff | 0xe000..=0xf8ff | 0xf0000..=0x10ffff | 0xfff0..=0xffff)
}

/// A pattern for any of `words`, the longest first.
fn alternatives(words: impl Iterator<Item = String>) -> String {
    let mut words: Vec<String> = words.collect();
    words.sort_by_key(|w| std::cmp::Reverse(w.chars().count()));
    words.iter().map(|w| fancy_regex::escape(w).into_owned()).collect::<Vec<_>>().join("|")
}

fn capitalize(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

fn strings(map: &Map<String, Value>) -> BTreeMap<String, String> {
    map.iter().filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

fn forms(map: &Map<String, Value>) -> BTreeMap<String, Forms> {
    let form = |value: &Value, i: usize| Some(value.get(i)?.as_str()?.to_owned());
    map.iter().filter_map(|(key, value)| Some((key.clone(), (form(value, 0)?, form(value, 1)?)))).collect()
}

fn whole<'t>(m: &Captures<'t>) -> &'t str {
    group(m, 0)
}

/// The text of a group, "" where it took no part.
fn group<'t>(m: &Captures<'t>, index: usize) -> &'t str {
    m.get(index).map_or("", |g| g.as_str())
}

fn number(m: &Captures<'_>, index: usize) -> Option<u128> {
    group(m, index).parse().ok()
}

fn plural<'f>(amount: &str, (one, many): &'f Forms) -> &'f str {
    if ["1", "1.0", "-1"].contains(&amount.replace(',', "").as_str()) { one } else { many }
}

fn scale(word: &str) -> &str {
    match word {
        "k" | "K" => "thousand",
        "m" | "M" => "million",
        "b" | "B" | "bn" => "billion",
        word => word,
    }
}

/// Whether a full stop follows byte `end`, which then is the one of "p.m."
fn ends_at_stop(text: &str) -> impl Fn(usize) -> bool + use<> {
    let stops: Vec<usize> = text.match_indices('.').map(|(i, _)| i).collect();
    move |end| stops.binary_search(&end).is_ok()
}

/// " P.M." for the letter of "pm", dotted so that the lexicon spells it.
fn half_of_day(letter: &str, stop_follows: bool) -> String {
    format!(" {}.M{}", letter.to_uppercase(), if stop_follows { "" } else { "." })
}

fn clock(m: &Captures<'_>, at_stop: &dyn Fn(usize) -> bool) -> Option<String> {
    let (hours, minutes, seconds) = (number(m, 1)?, number(m, 2)?, number(m, 3));
    let half = group(m, 4);
    if hours > 24 || minutes > 59 || seconds.is_some_and(|s| s > 59) {
        return None;
    }
    let mut words = numbers::cardinal(hours);
    match minutes {
        0 if half.is_empty() && seconds.is_none() => words += " o'clock",
        0 => {}
        1..10 => words += &format!(" oh {}", numbers::cardinal(minutes)),
        _ => words += &format!(" {}", numbers::cardinal(minutes)),
    }
    if let Some(seconds) = seconds {
        words += &format!(" and {} second{}", numbers::cardinal(seconds), if seconds == 1 { "" } else { "s" });
    }
    if !half.is_empty() {
        words += &half_of_day(half, at_stop(m.get(0)?.end()));
    }
    Some(words)
}

fn hour(m: &Captures<'_>, at_stop: &dyn Fn(usize) -> bool) -> Option<String> {
    let hours = number(m, 1).filter(|h| (1..=12).contains(h))?;
    Some(format!("{}{}", numbers::cardinal(hours), half_of_day(group(m, 2), at_stop(m.get(0)?.end()))))
}

fn date(year: Option<&str>, month: u128, day: u128) -> Option<String> {
    let month = MONTHS.get(usize::try_from(month).ok()?.checked_sub(1)?)?;
    let year = year.map_or_else(String::new, |y| format!(", {y}"));
    (1..=31).contains(&day).then(|| format!("{month} {}{year}", numbers::ordinal(day)))
}

fn date_slashes(m: &Captures<'_>) -> Option<String> {
    let (first, second, year) = (number(m, 1)?, number(m, 2)?, group(m, 3));
    // Two digits: up to 30 is this century.
    let century = match year.len() {
        2 if number(m, 3)? > 30 => "19",
        2 => "20",
        _ => "",
    };
    let (month, day) = if first <= 12 { (first, second) } else { (second, first) };
    date(Some(&format!("{century}{year}")), month, day)
}

fn month(word: &str) -> Option<&'static str> {
    let short = word.get(..3)?.to_lowercase();
    MONTHS.into_iter().find(|m| m.to_lowercase().starts_with(&short))
}

fn degrees(m: &Captures<'_>) -> String {
    let forms = ("degree".to_owned(), "degrees".to_owned());
    let scale = match group(m, 2) {
        "C" => " Celsius",
        "F" => " Fahrenheit",
        _ => "",
    };
    format!("{} {}{scale}", group(m, 1), plural(group(m, 1), &forms))
}

fn short_unit(m: &Captures<'_>) -> Option<String> {
    let (amount, unit) = (group(m, 1), group(m, 3));
    if unit == "s" && group(m, 2).is_empty() {
        return None;
    }
    let (_, one, many) = SHORT_UNITS.into_iter().find(|(short, ..)| *short == unit)?;
    Some(format!("{amount} {}", plural(amount, &(one.to_owned(), many.to_owned()))))
}

fn fraction(m: &Captures<'_>) -> Option<String> {
    let (a, b) = (number(m, 1)?, number(m, 2)?);
    if 0 < a && a < b && b <= 10 {
        let part = FRACTIONS[usize::try_from(b).ok()?];
        return Some(match (part, a) {
            ("half", 1) => "one half".to_owned(),
            (part, 1) => format!("1 {part}"),
            (part, a) => format!("{a} {part}s"),
        });
    }
    if (1..=12).contains(&a) && (1..=31).contains(&b) {
        return date(None, a, b);
    }
    Some(format!("{a} slash {b}"))
}

fn roman(numeral: &str) -> u128 {
    let value = |c: char| match c {
        'I' => 1,
        'V' => 5,
        'X' => 10,
        'L' => 50,
        'C' => 100,
        'D' => 500,
        _ => 1000,
    };
    let values: Vec<u128> = numeral.chars().map(value).collect();
    // A smaller sign before a greater one is taken away; each sign is one of the table, so the total stays positive.
    let minus: u128 = values.windows(2).filter(|pair| pair[0] < pair[1]).map(|pair| pair[0]).sum();
    values.iter().sum::<u128>() - 2 * minus
}

/// An address of the web: no scheme, marks in words.
fn url(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let start = ["https://", "http://", "ftp://"].iter().find(|s| lower.starts_with(**s)).map_or(0, |s| s.len());
    Some(address(text.get(start..)?.trim_end_matches('/')))
}

/// An address with its marks in words; "www" and runs without a vowel letter are spelled.
fn address(text: &str) -> String {
    let mut words = String::new();
    let mut run = String::new();
    for c in text.chars().chain([' ']) {
        if c.is_alphanumeric() {
            let cut = run.chars().last().is_some_and(|before| before.is_ascii_digit() != c.is_ascii_digit());
            if cut {
                push_run(&mut words, &run);
                run.clear();
            }
            run.push(c);
            continue;
        }
        push_run(&mut words, &run);
        run.clear();
        if let Some((_, name)) = ADDRESS_MARKS.iter().find(|(mark, _)| *mark == c) {
            push_word(&mut words, name);
        }
    }
    words
}

fn push_run(words: &mut String, run: &str) {
    if run.is_empty() {
        return;
    }
    let letters = run.chars().all(|c| c.is_ascii_alphabetic());
    if run.chars().all(|c| c.is_ascii_digit()) && run.len() > 2 && run.len() != 4 {
        push_word(words, &numbers::digits(run));
    } else if letters && run.len() <= 4 && !run.to_lowercase().contains(['a', 'e', 'i', 'o', 'u', 'y']) {
        for c in run.to_uppercase().chars() {
            push_word(words, &c.to_string());
        }
    } else {
        push_word(words, run);
    }
}

fn push_word(words: &mut String, word: &str) {
    if !words.is_empty() {
        words.push(' ');
    }
    words.push_str(word);
}

/// A telephone number: digits one by one, a pause between its groups. `None` for what is a range of years.
fn phone(text: &str) -> Option<String> {
    let plus = text.starts_with('+');
    let groups: Vec<&str> = text.split(|c: char| !c.is_ascii_digit()).filter(|g| !g.is_empty()).collect();
    let digits: usize = groups.iter().map(|g| g.len()).sum();
    (digits >= 7).then(|| {
        let groups: Vec<String> = groups.iter().map(|g| numbers::digits(g)).collect();
        format!("{}{}", if plus { "plus " } else { "" }, groups.join(", "))
    })
}

/// A Chinese mobile number in its usual groups of 3, 4 and 4.
fn mobile(text: &str) -> String {
    [&text[..3], &text[3..7], &text[7..]].map(numbers::digits).join(", ")
}
