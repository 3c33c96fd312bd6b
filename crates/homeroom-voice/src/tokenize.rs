//! Text into tokens as the tagger knows them.
//!
//! # Source
//! After `g2p/tokenize.py` of hibari 0.2.1 (Apache-2.0), which follows spaCy's English rules (MIT): special cases
//! ("Mr.", "don't"), then marks are peeled off both ends of each run without a space, then what is left is cut at
//! hyphens and slashes; in the end neighbours that spell a special case are joined again.

use std::collections::HashMap;
use std::ops::Range;

use crate::VoiceError;

const QUOTES: &str = "'\"”“`‘´’‚,„»«「」『』（）〔〕【】《》〈〉";
const MARKS: &str = "…,:;!?¿¡()[]{}<>_#*&。？！，、；：～·";
const ICONS: &str = "™®©°§¶†‡•";
const CURRENCY: &str = "$£€¥฿₽₹₩₪₺₴₦₫₱₲₵₸₼₾₿";
const LONG_CURRENCY: [&str; 3] = ["US$", "C$", "A$"];
/// Marks that are peeled off the front only.
const FRONT_MARKS: &str = "§%=—–…";
const POSSESSIVES: [&str; 4] = ["'s", "'S", "’s", "’S"];
const UNITS: [&str; 48] = [
    "km", "km²", "km³", "m", "m²", "m³", "dm", "dm²", "dm³", "cm", "cm²", "cm³", "mm", "mm²", "mm³", "ha", "µm", "nm",
    "yd", "in", "ft", "kg", "g", "mg", "µg", "t", "lb", "oz", "m/s", "km/h", "kmh", "mph", "hPa", "Pa", "mbar", "mb",
    "MB", "kb", "KB", "gb", "GB", "tb", "TB", "T", "G", "M", "K", "%",
];
/// What joins two words into one token that is cut there again.
const HYPHENS: [&str; 7] = ["-", "–", "—", "--", "---", "——", "~"];

/// Special cases are joined from at most so many pieces.
const LONGEST_JOIN: usize = 3;

/// Cuts text into tokens.
pub(crate) struct Tokenizer {
    special: HashMap<String, Vec<String>>,
}

/// One token: its bytes, and whether white space follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) range: Range<usize>,
    pub(crate) space: bool,
}

impl Tokenizer {
    /// `json`: the text of `tokenizer_exceptions.json`.
    pub(crate) fn new(json: &str) -> Result<Tokenizer, VoiceError> {
        let special: HashMap<String, Vec<String>> = serde_json::from_str(json)
            .map_err(|source| VoiceError::Damaged { table: "tokenizer_exceptions.json", source })?;
        Ok(Tokenizer { special })
    }

    /// The tokens of `text`, in order.
    pub(crate) fn tokens(&self, text: &str) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut end = 0;
        for run in text.split_whitespace() {
            let start = end + text[end..].find(run).expect("invariant: the run is a part of the text");
            end = start + run.len();
            let mut at = start;
            let parts = self.split(run);
            let last = parts.len().saturating_sub(1);
            for (i, len) in parts.into_iter().enumerate() {
                pieces.push(Piece { range: at..at + len, space: i == last && end < text.len() });
                at += len;
            }
        }
        pieces
    }

    /// The lengths in bytes of the tokens of a run without white space; they add up to its length.
    fn split(&self, run: &str) -> Vec<usize> {
        if let Some(parts) = self.special_lengths(run) {
            return parts;
        }
        let mut rest = run;
        let mut front: Vec<&str> = Vec::new();
        let mut back: Vec<&str> = Vec::new();
        let mut last = usize::MAX;
        while !rest.is_empty() && rest.len() != last && !self.special.contains_key(rest) {
            last = rest.len();
            let front_len = front_mark(rest);
            let (prefix, without_prefix) = rest.split_at(front_len);
            if front_len > 0 && self.special.contains_key(without_prefix) {
                rest = without_prefix;
                front.push(prefix);
                break;
            }
            let back_len = back_mark(without_prefix);
            let (without_suffix, suffix) = rest.split_at(rest.len() - back_len);
            if back_len > 0 && self.special.contains_key(without_suffix) {
                rest = without_suffix;
                back.push(suffix);
                break;
            }
            if front_len > 0 {
                front.push(prefix);
            }
            if back_len > 0 {
                back.push(suffix);
            }
            rest = &rest[front_len..rest.len() - back_len];
        }
        let mut parts = front;
        let special: Vec<&str>;
        if !rest.is_empty() {
            if let Some(lengths) = self.special_lengths(rest) {
                special = cut(rest, &lengths);
                parts.extend(special);
            } else {
                let mut start = 0;
                for m in inner_marks(rest) {
                    if m.start > start {
                        parts.push(&rest[start..m.start]);
                    }
                    start = m.end;
                    parts.push(&rest[m]);
                }
                if start < rest.len() {
                    parts.push(&rest[start..]);
                }
            }
        }
        parts.extend(back.into_iter().rev());
        self.rejoin(&parts)
    }

    /// Lengths of the pieces of a special case; `None` where it is none or its pieces do not spell it.
    fn special_lengths(&self, text: &str) -> Option<Vec<usize>> {
        let lengths: Vec<usize> = self.special.get(text)?.iter().map(String::len).collect();
        let fits = !lengths.is_empty() && lengths.iter().sum::<usize>() == text.len();
        (fits && boundaries(&lengths).all(|at| text.is_char_boundary(at))).then_some(lengths)
    }

    /// "Sept" "." becomes "Sept." again.
    fn rejoin(&self, parts: &[&str]) -> Vec<usize> {
        let mut lengths = Vec::new();
        let mut i = 0;
        'parts: while i < parts.len() {
            if parts.len() > 1 {
                for n in (2..=LONGEST_JOIN).rev().filter(|n| i + n <= parts.len()) {
                    if let Some(special) = self.special_lengths(&parts[i..i + n].concat()) {
                        lengths.extend(special);
                        i += n;
                        continue 'parts;
                    }
                }
            }
            lengths.push(parts[i].len());
            i += 1;
        }
        lengths
    }
}

fn boundaries(lengths: &[usize]) -> impl Iterator<Item = usize> {
    lengths.iter().scan(0, |at, len| {
        *at += len;
        Some(*at)
    })
}

fn cut<'t>(text: &'t str, lengths: &[usize]) -> Vec<&'t str> {
    let ends = boundaries(lengths);
    lengths.iter().zip(ends).map(|(len, end)| &text[end - len..end]).collect()
}

fn is_lower(c: char) -> bool {
    matches!(c, 'a'..='z' | 'ß'..='ö' | 'ø'..='ÿ')
}

fn is_upper(c: char) -> bool {
    matches!(c, 'A'..='Z' | 'À'..='Ö' | 'Ø'..='Þ')
}

/// Bytes of the mark that `text` begins with; 0 for none.
fn front_mark(text: &str) -> usize {
    let mut chars = text.chars();
    let (Some(first), second) = (chars.next(), chars.next()) else { return 0 };
    let single = [FRONT_MARKS, MARKS, QUOTES, CURRENCY, ICONS].iter().any(|marks| marks.contains(first));
    if single || (first == '+' && !second.is_some_and(|c| c.is_ascii_digit())) {
        return first.len_utf8();
    }
    let dots = text.len() - text.trim_start_matches('.').len();
    if dots >= 2 {
        return dots;
    }
    LONG_CURRENCY.iter().find(|sign| text.starts_with(**sign)).map_or(0, |sign| sign.len())
}

/// Bytes of the longest mark, ending or unit that `text` ends with; 0 for none.
fn back_mark(text: &str) -> usize {
    let mut chars = text.chars().rev();
    let (Some(last), before, before2) = (chars.next(), chars.next(), chars.next()) else { return 0 };
    let mut longest = 0;
    let mut offer = |len: usize| longest = longest.max(len);
    if "—–".contains(last) || [MARKS, QUOTES, ICONS].iter().any(|marks| marks.contains(last)) {
        offer(last.len_utf8());
    }
    if last == '…' && before == Some('…') {
        offer(2 * last.len_utf8());
    }
    let dots = text.len() - text.trim_end_matches('.').len();
    if dots >= 2 {
        offer(dots);
    }
    offer(POSSESSIVES.iter().find(|s| text.ends_with(**s)).map_or(0, |s| s.len()));
    let after_digit =
        |ending: &str| text.strip_suffix(ending).is_some_and(|rest| rest.ends_with(|c: char| c.is_ascii_digit()));
    if after_digit("+") {
        offer(1);
    }
    if CURRENCY.contains(last) && before.is_some_and(|c| c.is_ascii_digit()) {
        offer(last.len_utf8());
    }
    for ending in LONG_CURRENCY.iter().chain(&UNITS).filter(|ending| after_digit(ending)) {
        offer(ending.len());
    }
    if last == '.'
        && let Some(before) = before
    {
        let closes = before.is_ascii_digit() || is_lower(before) || "%²-+".contains(before);
        let marked = MARKS.contains(before) || QUOTES.contains(before);
        if closes || marked || (is_upper(before) && before2.is_some_and(is_upper)) {
            offer(1);
        }
        // "25 °C."
        if before2 == Some('°') && "FfCcKk".contains(before) {
            offer(1);
        }
    }
    longest
}

/// The marks inside `text` at which it is cut, in order. None is at its beginning.
fn inner_marks(text: &str) -> Vec<Range<usize>> {
    let mut marks = Vec::new();
    let mut before: Option<char> = None;
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let len = inner_mark(&text[at..], before);
        if len > 0 && at > 0 {
            marks.push(at..at + len);
        }
        let next = at + len.max(c.len_utf8());
        before = text[at..next].chars().next_back();
        at = next;
    }
    marks
}

/// Bytes of the mark that `rest`, after the character `before`, begins with; 0 for none.
fn inner_mark(rest: &str, before: Option<char>) -> usize {
    let mut chars = rest.chars();
    let (Some(c), next) = (chars.next(), chars.next()) else { return 0 };
    let dots = rest.len() - rest.trim_start_matches('.').len();
    if dots >= 2 {
        return dots;
    }
    if c == '…' || ICONS.contains(c) {
        return c.len_utf8();
    }
    let Some(before) = before else { return 0 };
    let letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
    if "+-*^".contains(c) && before.is_ascii_digit() && next.is_some_and(|c| c.is_ascii_digit() || c == '-') {
        return 1;
    }
    let starts = next.is_some_and(|c| is_upper(c) || QUOTES.contains(c));
    if c == '.' && (is_lower(before) || QUOTES.contains(before)) && starts {
        return 1;
    }
    if c == ',' && before.is_alphabetic() && letter(next) {
        return 1;
    }
    if !before.is_alphanumeric() {
        return 0;
    }
    let hyphen = HYPHENS.iter().find(|h| rest.strip_prefix(**h).is_some_and(|after| letter(after.chars().next())));
    match hyphen {
        Some(hyphen) => hyphen.len(),
        None if ":<>=/".contains(c) && letter(next) => 1,
        None => 0,
    }
}
