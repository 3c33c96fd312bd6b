//! English text to sentences of word and punctuation spans, split as UD English EWT splits them.
//!
//! Contractions become two tokens (`do` + `n't`, `it` + `'s`), hyphens between letters are tokens of their own,
//! numbers, URLs and abbreviations stay whole, and a run of the same mark (`...`, `--`, `!!`) is one token.

use std::ops::Range;

use homeroom_core::{Document, Span};

/// A sentence as spans, before tagging.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawSentence {
    /// The tokens, in order, never empty.
    pub tokens: Vec<Span>,
    /// Index of the paragraph.
    pub paragraph: usize,
}

/// Abbreviations that a full stop belongs to; a sentence does not end behind them.
const ABBREVIATIONS: [&str; 27] = [
    "mr.", "mrs.", "ms.", "dr.", "prof.", "st.", "no.", "vs.", "e.g.", "i.e.", "etc.", "a.m.", "p.m.", "u.s.", "u.k.",
    "p.s.", "jr.", "sr.", "inc.", "ltd.", "co.", "jan.", "feb.", "aug.", "sept.", "oct.", "dec.",
];

/// Those of them that may also end a sentence.
const MAY_END: [&str; 5] = ["etc.", "a.m.", "p.m.", "u.s.", "u.k."];

/// The sentences of a document and the spans of its paragraphs.
#[must_use]
pub fn sentences(document: &Document) -> (Vec<RawSentence>, Vec<Span>) {
    let paragraphs = document.paragraph_spans();
    let mut out = Vec::new();
    for (paragraph, span) in paragraphs.iter().enumerate() {
        let tokens = tokens(&document.text, span.start..span.end);
        split(&document.text, tokens, paragraph, &mut out);
    }
    (out, paragraphs)
}

fn is_terminal(token: &str) -> bool {
    token.chars().all(|c| matches!(c, '.' | '!' | '?' | '…' | '。' | '！' | '？' | '．')) && !token.is_empty()
}

fn is_closer(token: &str) -> bool {
    matches!(token, "\"" | "”" | "’" | "'" | ")" | "]" | "''" | "」" | "』" | "）")
}

fn split(text: &str, tokens: Vec<Span>, paragraph: usize, out: &mut Vec<RawSentence>) {
    let mut current: Vec<Span> = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let span = tokens[at];
        let form = span.of(text);
        current.push(span);
        at += 1;
        let ends = is_terminal(form) || ends_as_abbreviation(text, form, tokens.get(at).copied());
        if !ends {
            continue;
        }
        let mut open_quotes = current.iter().filter(|s| s.of(text) == "\"").count() % 2;
        while let Some(&next) = tokens.get(at) {
            let form = next.of(text);
            // A straight quotation mark closes only where one is open.
            let closes = is_closer(form) && (form != "\"" || open_quotes == 1);
            if !(closes || is_terminal(form)) {
                break;
            }
            if form == "\"" {
                open_quotes = 0;
            }
            current.push(next);
            at += 1;
        }
        // "..." and "What?" he said: a lower-case word goes on with the sentence, unless only a full stop stands
        // before it, which in learners' text is a forgotten capital.
        let soft = form.starts_with("..") || form == "…" || current.last().is_some_and(|s| is_closer(s.of(text)));
        let goes_on = tokens.get(at).is_some_and(|s| {
            let f = s.of(text);
            f.chars().next().is_some_and(char::is_lowercase) || matches!(f, "," | "，" | ";" | "；")
        });
        if soft && goes_on {
            continue;
        }
        out.push(RawSentence { tokens: std::mem::take(&mut current), paragraph });
    }
    if !current.is_empty() {
        out.push(RawSentence { tokens: current, paragraph });
    }
}

fn ends_as_abbreviation(text: &str, form: &str, next: Option<Span>) -> bool {
    let lower = form.to_lowercase();
    if !MAY_END.contains(&lower.as_str()) {
        return false;
    }
    next.is_none_or(|s| s.of(text).chars().next().is_some_and(char::is_uppercase))
}

/// Whether a character belongs to a word of an alphabetic script.
fn is_letter(c: char) -> bool {
    c.is_alphabetic() && !is_han(c)
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}')
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '’' | 'ʼ' | '`' | '´' | '＇')
}

/// The tokens of `range` of `text`.
#[must_use]
pub fn tokens(text: &str, range: Range<usize>) -> Vec<Span> {
    let chars: Vec<(usize, char)> = text[range.clone()].char_indices().map(|(i, c)| (i + range.start, c)).collect();
    let end = range.end;
    let at = |i: usize| chars.get(i).map(|c| c.1);
    let byte = |i: usize| chars.get(i).map_or(end, |c| c.0);
    let mut out = Vec::new();
    let mut i = 0;
    while let Some(c) = at(i) {
        if c.is_whitespace() || is_invisible(c) {
            i += 1;
            continue;
        }
        let mut j = i;
        if let Some(k) = url(&chars, i) {
            out.push(Span::new(byte(i), byte(k)));
            i = k;
            continue;
        }
        if is_han(c) {
            while at(j).is_some_and(is_han) {
                j += 1;
            }
            out.push(Span::new(byte(i), byte(j)));
        } else if c.is_numeric() {
            j = number(&chars, i);
            out.push(Span::new(byte(i), byte(j)));
        } else if is_letter(c) {
            j = word(&chars, i, &mut out, text, end);
        } else if is_apostrophe(c) {
            // 's and n't after a closing quote or a digit; otherwise a quotation mark.
            let suffix: String =
                (i + 1..).map_while(at).take_while(|c| is_letter(*c)).take(3).collect::<String>().to_lowercase();
            let glued = i > 0 && at(i - 1).is_some_and(|p| p.is_alphanumeric());
            j = if glued && suffix == "s" { i + 2 } else { i + 1 };
            out.push(Span::new(byte(i), byte(j)));
        } else {
            j = i + 1;
            if matches!(c, '.' | '!' | '?' | '-' | '…' | '*' | '=' | '_' | '~' | '—' | '。' | '！' | '？') {
                while at(j) == Some(c) || (matches!(c, '!' | '?') && matches!(at(j), Some('!' | '?'))) {
                    j += 1;
                }
            }
            out.push(Span::new(byte(i), byte(j)));
        }
        i = j.max(i + 1);
    }
    out
}

fn is_invisible(c: char) -> bool {
    homeroom_core::is_shapeless(c) || (c.is_control() && c != '\n')
}

/// End of a URL or an e-mail address that starts at `i`.
fn url(chars: &[(usize, char)], i: usize) -> Option<usize> {
    if i > 0 && chars[i - 1].1.is_alphanumeric() {
        return None;
    }
    let mut j = i;
    while j < chars.len() && !chars[j].1.is_whitespace() && !is_han(chars[j].1) && chars[j].1.is_ascii() {
        j += 1;
    }
    while j > i && matches!(chars[j - 1].1, '.' | ',' | ')' | ';' | '!' | '?' | '"' | '\'' | ':') {
        j -= 1;
    }
    let word: String = chars[i..j].iter().map(|c| c.1).collect();
    let mail = word.split_once('@').is_some_and(|(a, b)| !a.is_empty() && b.contains('.') && !b.starts_with('.'));
    let is_url = word.starts_with("http://") || word.starts_with("https://") || word.starts_with("www.");
    ((is_url || mail) && j > i).then_some(j)
}

/// End of a number that starts at `i`: digits with inner `.`, `,`, `:`, `/`, and letters glued behind (`5th`, `20s`).
fn number(chars: &[(usize, char)], i: usize) -> usize {
    let at = |k: usize| chars.get(k).map(|c| c.1);
    let mut j = i;
    loop {
        match at(j) {
            Some(c) if c.is_numeric() => j += 1,
            Some('.' | ',' | ':' | '/') if at(j + 1).is_some_and(|c| c.is_ascii_digit()) => j += 1,
            _ => break,
        }
    }
    let mut k = j;
    while at(k).is_some_and(is_letter) {
        k += 1;
    }
    // "5th", "20s", "2G"; but "10students" is a word stuck to a number.
    if k - j <= 3 { k } else { j }
}

/// Pushes the word that starts at `i`, split at its contraction, and returns where it ends.
fn word(chars: &[(usize, char)], i: usize, out: &mut Vec<Span>, text: &str, end: usize) -> usize {
    let at = |k: usize| chars.get(k).map(|c| c.1);
    let byte = |k: usize| chars.get(k).map_or(end, |c| c.0);
    let inner = |k: usize| at(k).is_some_and(|c| is_letter(c) || c.is_ascii_digit() || is_mark(c));
    let mut j = i;
    while inner(j) || (at(j).is_some_and(is_apostrophe) && at(j + 1).is_some_and(is_letter)) {
        j += 1;
    }
    // Abbreviations: letters with full stops between (U.S., e.g.) and a short list (Mr.).
    if at(j) == Some('.') {
        let mut k = j;
        while at(k) == Some('.') && at(k + 1).is_some_and(is_letter) && at(k + 2).is_none_or(|c| !is_letter(c)) {
            k += 2;
        }
        let single = j == i + 1;
        if single && k > j {
            let k = if at(k) == Some('.') { k + 1 } else { k };
            out.push(Span::new(byte(i), byte(k)));
            return k;
        }
        let with_stop = text[byte(i)..byte(j + 1)].to_lowercase();
        if ABBREVIATIONS.contains(&with_stop.as_str())
            && (with_stop != "no." || at(j + 2).is_some_and(char::is_numeric))
        {
            out.push(Span::new(byte(i), byte(j + 1)));
            return j + 1;
        }
    }
    let form: Vec<char> = (i..j).filter_map(at).map(|c| if is_apostrophe(c) { '\'' } else { c }).collect();
    let lower: String = form.iter().collect::<String>().to_lowercase();
    let lower_len = lower.chars().count();
    if lower_len == form.len() {
        if lower == "cannot" {
            out.push(Span::new(byte(i), byte(i + 3)));
            out.push(Span::new(byte(i + 3), byte(j)));
            return j;
        }
        for suffix in ["n't", "'s", "'re", "'ve", "'ll", "'d", "'m"] {
            let n = suffix.len();
            if lower.ends_with(suffix) && form.len() > n {
                let cut = j - n;
                out.push(Span::new(byte(i), byte(cut)));
                out.push(Span::new(byte(cut), byte(j)));
                return j;
            }
        }
    }
    out.push(Span::new(byte(i), byte(j)));
    j
}

fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// The form of a token in lower case with straight apostrophes and half-width marks.
#[must_use]
pub(crate) fn normalise(form: &str) -> String {
    form.chars().map(half_width).flat_map(char::to_lowercase).collect()
}

fn half_width(c: char) -> char {
    match c {
        _ if is_apostrophe(c) => '\'',
        '，' => ',',
        '。' | '．' => '.',
        '！' => '!',
        '？' => '?',
        '；' => ';',
        '：' => ':',
        '“' | '”' | '＂' => '"',
        '（' => '(',
        '）' => ')',
        _ => c,
    }
}

/// The form of a token as the parser was trained on it: straight apostrophes, half-width marks, the case kept.
#[must_use]
pub(crate) fn straighten(form: &str) -> String {
    form.chars().map(half_width).collect()
}

#[cfg(test)]
mod tests {
    use homeroom_core::Language;
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let document = Document::new(text, Language::ENGLISH);
        let (sentences, _) = sentences(&document);
        let found: Vec<String> = sentences
            .iter()
            .map(|s| s.tokens.iter().map(|t| t.of(&document.text)).collect::<Vec<_>>().join(" "))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn words_and_contractions() {
        check("I don't know; it's Li Na's.", &["I do n't know ; it 's Li Na 's ."]);
        check("We can’t, cannot and won't.", &["We ca n’t , can not and wo n't ."]);
        check("a well-known 5th-grade boy", &["a well - known 5th - grade boy"]);
        check("At 7:30 a.m. it cost $3.50, 10% off.", &["At 7:30 a.m. it cost $ 3.50 , 10 % off ."]);
        check("See www.bbc.co.uk. Mail me@x.com!", &["See www.bbc.co.uk .", "Mail me@x.com !"]);
    }

    #[test]
    fn sentence_ends() {
        check("I like it.She does not.", &["I like it .", "She does not ."]);
        check("Mr. Li came. He left.", &["Mr. Li came .", "He left ."]);
        check(
            "\"Why?\" he asked. \"I see.\" Then he left.",
            &["\" Why ? \" he asked .", "\" I see . \"", "Then he left ."],
        );
        check("Well... maybe. Oh!! No", &["Well ... maybe .", "Oh !!", "No"]);
        check("i like dogs. they are cute", &["i like dogs .", "they are cute"]);
        check("手机很好。Phones are good，really。", &["手机很好 。", "Phones are good ， really 。"]);
        check("one\n\ntwo\nthree", &["one", "two", "three"]);
        check("We sing, dance, etc. It is fun.", &["We sing , dance , etc.", "It is fun ."]);
    }

    proptest! {
        #[test]
        fn spans_are_ordered_and_fit(text in "\\PC{0,200}") {
            let document = Document::new(text, Language::ENGLISH);
            let (sentences, _) = sentences(&document);
            let mut last = 0;
            for span in sentences.iter().flat_map(|s| &s.tokens) {
                prop_assert!(span.fits(&document.text) && !span.is_empty());
                prop_assert!(span.start >= last);
                last = span.end;
            }
        }
    }
}
