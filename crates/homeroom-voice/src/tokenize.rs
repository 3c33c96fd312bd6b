//! Text into tokens as the tagger knows them.
//!
//! # Source
//! After `g2p/tokenize.py` of hibari 0.2.1 (Apache-2.0), which follows spaCy's English rules (MIT): special cases
//! ("Mr.", "don't"), then marks are peeled off both ends of each run without a space, then what is left is cut at
//! hyphens and slashes; in the end neighbours that spell a special case are joined again.

use std::collections::HashMap;
use std::ops::Range;

use fancy_regex::Regex;

use crate::VoiceError;

const LETTER: &str = r"[^\W\d_]";
const LOWER: &str = "a-zß-öø-ÿ";
const UPPER: &str = "A-ZÀ-ÖØ-Þ";
const QUOTES: &str = "'\"”“`‘´’‚,„»«「」『』（）〔〕【】《》〈〉";
const MARKS: &str = "…,:;!?¿¡()[]{}<>_#*&。？！，、；：～·";
const ICONS: &str = "™®©°§¶†‡•";
const CURRENCY: &str = r"\$|£|€|¥|฿|US\$|C\$|A\$|₽|₹|₩|₪|₺|₴|₦|₫|₱|₲|₵|₸|₼|₾|₿";
const UNITS: &str = "km|km²|km³|m|m²|m³|dm|dm²|dm³|cm|cm²|cm³|mm|mm²|mm³|ha|µm|nm|yd|in|ft|kg|g|mg|µg|t|lb|oz|m/s\
                     |km/h|kmh|mph|hPa|Pa|mbar|mb|MB|kb|KB|gb|GB|tb|TB|T|G|M|K|%";
const URL: &str = r"(?i)^(?:(?:https?|ftp)://|www\.)\S+$|^[\w.+-]+@[\w-]+(?:\.[\w-]+)+$|^(?:[\w-]+\.)+(?:com|org|net|edu|gov|io|co|uk|de|fr|info|biz|us|ca|au|tv|me|ly|ai)(?:/\S*)?$";

/// Special cases are joined from at most so many pieces.
const LONGEST_JOIN: usize = 3;

/// Cuts text into tokens.
pub(crate) struct Tokenizer {
    special: HashMap<String, Vec<String>>,
    prefix: Regex,
    suffix: Regex,
    infix: Regex,
    url: Regex,
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
        let each = |chars: &'static str| chars.chars().map(|c| fancy_regex::escape(&c.to_string()).into_owned());
        let icons = format!("[{ICONS}]");
        let (marks_class, quotes_class) = (fancy_regex::escape(MARKS), fancy_regex::escape(QUOTES));

        let mut prefixes: Vec<String> =
            ["§", "%", "=", "—", "–", r"\+(?![0-9])", "…", "……"].map(str::to_owned).to_vec();
        prefixes.extend(each(MARKS));
        prefixes.extend([r"\.\.+".to_owned(), "…".to_owned()]);
        prefixes.extend(each(QUOTES));
        prefixes.extend([CURRENCY.to_owned(), icons.clone()]);

        let mut suffixes: Vec<String> = vec!["…".to_owned(), "……".to_owned()];
        suffixes.extend(each(MARKS));
        suffixes.extend([r"\.\.+".to_owned(), "…".to_owned()]);
        suffixes.extend(each(QUOTES));
        suffixes.extend([
            icons.clone(),
            "'s".to_owned(),
            "'S".to_owned(),
            "’s".to_owned(),
            "’S".to_owned(),
            "—".to_owned(),
            "–".to_owned(),
            r"(?<=[0-9])\+".to_owned(),
            r"(?<=°[FfCcKk])\.".to_owned(),
            format!("(?<=[0-9])(?:{CURRENCY})"),
            format!("(?<=[0-9])(?:{UNITS})"),
            format!(r"(?<=[0-9{LOWER}%²\-\+{marks_class}{quotes_class}])\."),
            format!(r"(?<=[{UPPER}][{UPPER}])\."),
        ]);

        let infixes = [
            r"\.\.+".to_owned(),
            "…".to_owned(),
            icons,
            r"(?<=[0-9])[+\-\*^](?=[0-9-])".to_owned(),
            format!(r"(?<=[{LOWER}{quotes_class}])\.(?=[{UPPER}{quotes_class}])"),
            format!("(?<={LETTER}),(?={LETTER})"),
            format!(r"(?<=[^\W_])(?:-|–|—|--|---|——|~)(?={LETTER})"),
            format!(r"(?<=[^\W_])[:<>=/](?={LETTER})"),
        ];
        let any = |parts: &[String], before: &str, after: &str| {
            compile(&parts.iter().map(|p| format!("{before}(?:{p}){after}")).collect::<Vec<_>>().join("|"))
        };
        Ok(Tokenizer {
            special,
            prefix: any(&prefixes, "^", "")?,
            suffix: any(&suffixes, "", "$")?,
            infix: any(&infixes, "", "")?,
            url: compile(URL)?,
        })
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
            let front_len = self.prefix.find(rest).ok().flatten().map_or(0, |m| m.end());
            let (prefix, without_prefix) = rest.split_at(front_len);
            if front_len > 0 && self.special.contains_key(without_prefix) {
                rest = without_prefix;
                front.push(prefix);
                break;
            }
            let back_len = self.suffix.find(without_prefix).ok().flatten().map_or(0, |m| m.end() - m.start());
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
            } else if self.url.is_match(rest).unwrap_or(false) {
                parts.push(rest);
            } else {
                let mut start = 0;
                for m in self.infix.find_iter(rest).map_while(Result::ok) {
                    if m.start() == 0 || m.start() == m.end() {
                        continue;
                    }
                    if m.start() > start {
                        parts.push(&rest[start..m.start()]);
                    }
                    parts.push(m.as_str());
                    start = m.end();
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

fn compile(pattern: &str) -> Result<Regex, VoiceError> {
    Regex::new(pattern)
        .map_err(|source| VoiceError::Pattern { table: "tokenizer_exceptions.json", source: Box::new(source) })
}
