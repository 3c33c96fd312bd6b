use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Language, Span};

/// A pupil's text as it was read, never changed afterwards: every span refers to it.
///
/// Paragraphs are separated by one or more line feeds; there is no carriage return in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Document {
    /// The whole text, UTF-8.
    pub text: String,
    /// The language it is in.
    pub language: Language,
}

impl Document {
    /// A document from text; carriage returns become line feeds.
    pub fn new(text: impl Into<String>, language: Language) -> Self {
        let text: String = text.into();
        let text = if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text };
        Self { text, language }
    }

    /// Number of words as a person counts them: what stands between spaces and has a letter or a digit in it, so that
    /// *don't* and *well-known* are one word each. Han characters count one each.
    #[must_use]
    pub fn word_count(&self) -> usize {
        let is_han = |c: char| matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}');
        let mut words = 0;
        for chunk in self.text.split(|c: char| c.is_whitespace() || is_han(c)) {
            words += chunk
                .split([',', '.', ';', '!', '?', '，', '。', '；', '！', '？', '、', '—'])
                .enumerate()
                // "end.Next" is two words, "3.5" and "e.g." are one.
                .filter(|(i, part)| {
                    part.chars().any(char::is_alphanumeric)
                        && (*i == 0 || part.chars().take_while(|c| c.is_alphabetic()).count() > 1)
                })
                .count();
        }
        words + self.text.chars().filter(|c| is_han(*c)).count()
    }

    /// The spans of the paragraphs: maximal runs of lines that are not blank are split at every line feed, and
    /// surrounding white space is left out.
    #[must_use]
    pub fn paragraph_spans(&self) -> Vec<Span> {
        let mut spans = Vec::new();
        let mut start = 0;
        for line in self.text.split_inclusive('\n') {
            let trimmed = line.trim();
            if !trimmed.is_empty() {
                let lead = line.len() - line.trim_start().len();
                spans.push(Span::new(start + lead, start + lead + trimmed.len()));
            }
            start += line.len();
        }
        spans
    }

    /// The sentence around a span, by its end marks alone, without surrounding white space: good for showing a
    /// passage, where no [`crate::Analysis`] is at hand.
    #[must_use]
    pub fn sentence_around(&self, span: Span) -> Span {
        let text = &self.text;
        if !span.fits(text) {
            return Span::new(0, 0);
        }
        let is_end = |c: char| matches!(c, '.' | '!' | '?' | '。' | '！' | '？' | '…' | '\n');
        let mut start = 0;
        let mut previous: Option<char> = None;
        for (i, c) in text[..span.start].char_indices() {
            if c == '\n' || (previous.is_some_and(is_end) && (c.is_whitespace() || c.is_uppercase())) {
                start = i;
            }
            // A closing quotation mark or bracket belongs to the end mark before it.
            if !(previous.is_some_and(is_end) && matches!(c, '"' | '”' | '’' | ')')) {
                previous = Some(c);
            }
        }
        let mut end = text.len();
        let mut chars = text[span.end..].char_indices().peekable();
        let marked_end = text[..span.end].chars().next_back().is_some_and(|c| is_end(c) && !span.is_empty());
        if marked_end {
            end = span.end;
        } else {
            while let Some((i, c)) = chars.next() {
                if c == '\n' {
                    end = span.end + i;
                    break;
                }
                let next = chars.peek().map(|n| n.1);
                if is_end(c) && next.is_none_or(|n| n.is_whitespace() || n.is_uppercase() || matches!(n, '"' | '”')) {
                    end = span.end + i + c.len_utf8();
                    if matches!(next, Some('"' | '”')) {
                        end += next.map_or(0, char::len_utf8);
                    }
                    break;
                }
            }
        }
        let lead = text[start..end].len() - text[start..end].trim_start().len();
        let sentence = text[start..end].trim();
        Span::new(start + lead, start + lead + sentence.len())
    }
}

/// Whether a character has no shape, so that no reader sees it: without width, joining, tags, changes of direction, soft hyphens.
///
/// # Source
/// Unicode Technical Report 36, section 2, and Unicode 16, chapter 23.9 (tags).
#[must_use]
pub fn is_shapeless(c: char) -> bool {
    matches!(
        c,
        '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{feff}'
            | '\u{ad}'
            | '\u{180e}'
            | '\u{e0001}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, marked: &str, expected: &str) {
        let document = Document::new(text, Language::ENGLISH);
        let start = document.text.find(marked).unwrap();
        let span = document.sentence_around(Span::new(start, start + marked.len()));
        assert_eq!(span.of(&document.text), expected);
    }

    #[test]
    fn the_sentence_around_a_span() {
        check("I go. He goes home. We stay.", "goes", "He goes home.");
        check("One line\nTwo lines here\nThree", "lines", "Two lines here");
        check("He said \"Stop.\" Then he go away. End", "go away", "Then he go away.");
        check("It cost 3.5 yuan a day. Ok.", "yuan", "It cost 3.5 yuan a day.");
    }

    #[test]
    fn paragraphs_leave_out_blank_lines() {
        let document = Document::new("  A b.\r\n\r\n C.\n", Language::ENGLISH);
        let found: Vec<&str> = document.paragraph_spans().iter().map(|s| s.of(&document.text)).collect();
        assert_eq!(found, ["A b.", "C."]);
    }
}
