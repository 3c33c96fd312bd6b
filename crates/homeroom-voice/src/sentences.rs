//! Where sentences begin and end, and where a long one may be cut.
//!
//! # Source
//! After `tts.py` of hibari 0.2.1 (Apache-2.0). Ours: Chinese marks end sentences, too; a line that goes on in lower
//! case does not; a closing quotation mark stays with its sentence; nothing is longer than [`LONGEST_SENTENCE`].

use std::ops::Range;

use homeroom_core::Span;

/// Bytes of a sentence; a text without marks is cut at a space before that.
pub(crate) const LONGEST_SENTENCE: usize = 1000;

/// Symbols that the network takes at once: longer stretches are cut at clauses, as hibari does.
pub(crate) const LONGEST_STRETCH: usize = 400;

/// Marks in phones at which a clause ends.
const CLAUSE_ENDS: &str = ",;:—";

/// The sentences of `text`, without the white space between them; `is_title` says after which words a full stop ends
/// nothing.
pub(crate) fn split(text: &str, is_title: impl Fn(&str) -> bool) -> Vec<Span> {
    let mut sentences = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let end = match c {
            '.' | '!' | '?' | '…' | '。' | '！' | '？' => {
                let mut end = at + c.len_utf8();
                while let Some((i, c)) = chars.next_if(|(_, c)| "\"”’)]'」』）".contains(*c)) {
                    end = i + c.len_utf8();
                }
                let full_width = matches!(c, '。' | '！' | '？');
                let rest = &text[end..];
                let space = rest.starts_with(char::is_whitespace);
                let ends = full_width || (space && ends_sentence(&text[start..at], c, rest, &is_title));
                if ends { Some(end) } else { None }
            }
            '\n' if !continues(&text[start..at], &text[at + 1..]) => Some(at),
            _ => None,
        };
        if let Some(end) = end {
            push(text, start..end, &mut sentences);
            start = end;
        }
    }
    push(text, start..text.len(), &mut sentences);
    sentences
}

/// Whether the mark `c` after `before` ends a sentence, before white space and `rest`.
fn ends_sentence(before: &str, c: char, rest: &str, is_title: &impl Fn(&str) -> bool) -> bool {
    if rest.trim_start().starts_with(char::is_lowercase) {
        return false;
    }
    if c != '.' {
        return true;
    }
    let word =
        before.rsplit(char::is_whitespace).next().unwrap_or_default().trim_start_matches(['(', '"', '“', '\'', '‘']);
    let mut chars = word.chars();
    let initial = chars.next().is_some_and(char::is_uppercase) && chars.next().is_none();
    !(is_title(word) || initial)
}

/// Whether the sentence goes on in the next line: not over an empty line, and only in lower case.
fn continues(before: &str, after: &str) -> bool {
    let line = after.lines().next().unwrap_or_default();
    !before.trim().is_empty() && line.trim_start().starts_with(char::is_lowercase)
}

/// Adds a sentence, cut where it is too long, unless there is nothing in it.
fn push(text: &str, range: Range<usize>, sentences: &mut Vec<Span>) {
    let mut start = range.start;
    loop {
        let rest = &text[start..range.end];
        start += rest.len() - rest.trim_start().len();
        let rest = &text[start..range.end];
        if rest.trim_end().is_empty() {
            return;
        }
        if rest.trim_end().len() <= LONGEST_SENTENCE {
            sentences.push(Span::new(start, start + rest.trim_end().len()));
            return;
        }
        let limit = floor_boundary(rest, LONGEST_SENTENCE);
        let cut = rest[..limit].rfind(char::is_whitespace).filter(|i| *i > 0).unwrap_or(limit);
        sentences.push(Span::new(start, start + rest[..cut].trim_end().len()));
        start += cut;
    }
}

fn floor_boundary(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0)
}

/// Cuts the symbols of a sentence into stretches that the network takes: the first one of at most `first` symbols
/// where a clause ends early enough, all of at most [`LONGEST_STRETCH`].
pub(crate) fn stretches(symbols: &[char], first: usize) -> Vec<Range<usize>> {
    let mut stretches = Vec::new();
    let mut start = 0;
    let mut limit = first;
    while symbols.len() - start > limit {
        let window = &symbols[start..(start + limit).min(symbols.len())];
        let clause = window.windows(2).rposition(|pair| CLAUSE_ENDS.contains(pair[0]) && pair[1] == ' ');
        let space = || window.iter().rposition(|c| *c == ' ').filter(|i| *i > 0);
        let end = match clause {
            Some(mark) => start + mark + 1,
            // A short limit is a wish: without a clause the sentence stays whole if the network can take it.
            None if symbols.len() - start <= LONGEST_STRETCH => break,
            None if limit < LONGEST_STRETCH => {
                limit = LONGEST_STRETCH;
                continue;
            }
            None => start + space().unwrap_or(window.len()),
        };
        stretches.push(start..end);
        start = end + usize::from(symbols.get(end) == Some(&' '));
        limit = LONGEST_STRETCH;
    }
    if start < symbols.len() {
        stretches.push(start..symbols.len());
    }
    stretches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, sentences: &[&str]) {
        let found: Vec<&str> =
            split(text, |word| ["Dr", "Mr"].contains(&word)).into_iter().map(|s| s.of(text)).collect();
        assert_eq!(found, sentences);
    }

    #[test]
    fn sentences_end_where_people_pause() {
        check("Hello there. How are you?", &["Hello there.", "How are you?"]);
        check("Dr. Li came. J. K. Rowling wrote.", &["Dr. Li came.", "J. K. Rowling wrote."]);
        check("He said “Go!” Then he left.", &["He said “Go!”", "Then he left."]);
        check("at 9 a.m. we met", &["at 9 a.m. we met"]);
        check("A title\nand its end\nNew line", &["A title\nand its end", "New line"]);
        check("One\n\ntwo", &["One", "two"]);
        check("你好。再见！ok", &["你好。", "再见！", "ok"]);
        check("v1.5 is 3.14 long", &["v1.5 is 3.14 long"]);
        check("", &[]);
        check(" \n ", &[]);
        check("...", &["..."]);
    }

    #[test]
    fn a_text_without_marks_is_cut() {
        let text = "word ".repeat(1000);
        let sentences = split(&text, |_| false);
        assert!(sentences.len() >= 5);
        assert!(sentences.iter().all(|s| s.len() <= LONGEST_SENTENCE && s.fits(&text) && !s.is_empty()));
        let run = "汉".repeat(2000);
        assert!(split(&run, |_| false).iter().all(|s| s.len() <= LONGEST_SENTENCE && s.fits(&run)));
    }

    #[track_caller]
    fn check_stretches(symbols: &str, first: usize, expected: &[&str]) {
        let symbols: Vec<char> = symbols.chars().collect();
        let found: Vec<String> = stretches(&symbols, first).into_iter().map(|r| symbols[r].iter().collect()).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_first_stretch_ends_with_a_clause() {
        check_stretches("abc, def ghi", 6, &["abc,", "def ghi"]);
        check_stretches("abc def ghi", 6, &["abc def ghi"]);
        check_stretches("abc", 6, &["abc"]);
        check_stretches("", 6, &[]);
        let long = "abcd ".repeat(200);
        let symbols: Vec<char> = long.trim().chars().collect();
        let cut = stretches(&symbols, 60);
        assert!(cut.iter().all(|r| r.len() <= LONGEST_STRETCH && !r.is_empty()));
    }
}
