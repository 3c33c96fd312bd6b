//! Text that is rewritten step by step while every byte remembers which part of the source it stands for.

use std::ops::Range;

use fancy_regex::{Captures, Regex};
use homeroom_core::Span;

/// A text and, for each of its bytes, the span of the source that it was made from.
#[derive(Debug, Clone)]
pub(crate) struct Rewritten {
    text: String,
    origin: Vec<Span>,
}

impl Rewritten {
    /// An unchanged text whose first byte is byte `offset` of the source.
    pub(crate) fn new(text: &str, offset: usize) -> Rewritten {
        let mut origin = Vec::with_capacity(text.len());
        for (start, c) in text.char_indices() {
            let span = Span::new(offset + start, offset + start + c.len_utf8());
            origin.extend(std::iter::repeat_n(span, c.len_utf8()));
        }
        Rewritten { text: text.to_owned(), origin }
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// The part of the source that bytes `range` were made from; `None` for an empty range.
    pub(crate) fn span(&self, range: Range<usize>) -> Option<Span> {
        self.origin.get(range)?.iter().copied().reduce(Span::join)
    }

    /// Each character becomes the text that `with` gives for it; `None` leaves it.
    pub(crate) fn map_chars(&mut self, with: impl Fn(char) -> Option<&'static str>) {
        let mut text = String::with_capacity(self.text.len());
        let mut origin = Vec::with_capacity(self.origin.len());
        for (start, c) in self.text.char_indices() {
            let before = text.len();
            match with(c) {
                Some(other) => text.push_str(other),
                None => text.push(c),
            }
            origin.extend(std::iter::repeat_n(self.origin[start], text.len() - before));
        }
        *self = Rewritten { text, origin };
    }

    /// Replaces every match; `None` leaves a match as it is.
    ///
    /// What a match and its replacement have in common at their ends keeps its own origin; the rest stands for all
    /// that it replaces.
    pub(crate) fn replace(&mut self, pattern: &Regex, with: impl Fn(&Captures<'_>) -> Option<String>) {
        let mut changes: Vec<(Range<usize>, String)> = Vec::new();
        // A pattern that gives up on odd text has no further matches.
        for captures in pattern.captures_iter(&self.text).map_while(Result::ok) {
            let Some(whole) = captures.get(0) else { continue };
            if let Some(new) = with(&captures)
                && new != whole.as_str()
            {
                changes.push(trim_common(whole.as_str(), whole.start(), &new));
            }
        }
        if changes.is_empty() {
            return;
        }
        let mut text = String::with_capacity(self.text.len() + 16);
        let mut origin = Vec::with_capacity(self.text.len() + 16);
        let mut done = 0;
        for (range, new) in changes {
            text.push_str(&self.text[done..range.start]);
            origin.extend_from_slice(&self.origin[done..range.start]);
            let span = self.span(range.clone()).or_else(|| self.neighbour(range.start)).unwrap_or(Span::new(0, 0));
            text.push_str(&new);
            origin.extend(std::iter::repeat_n(span, new.len()));
            done = range.end;
        }
        text.push_str(&self.text[done..]);
        origin.extend_from_slice(&self.origin[done..]);
        *self = Rewritten { text, origin };
    }

    /// Drops white space at both ends.
    pub(crate) fn trim(&mut self) {
        let start = self.text.len() - self.text.trim_start().len();
        let end = start + self.text.trim().len();
        self.origin = self.origin[start..end].to_vec();
        self.text = self.text[start..end].to_owned();
    }

    /// What an insertion at `at` belongs to: the byte after it, or the one before.
    fn neighbour(&self, at: usize) -> Option<Span> {
        self.origin.get(at).or_else(|| self.origin.get(at.checked_sub(1)?)).copied()
    }
}

/// The part of `old` (which begins at byte `start`) that really changes into something else.
fn trim_common(old: &str, start: usize, new: &str) -> (Range<usize>, String) {
    let prefix: usize = old.chars().zip(new.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
    let (old, new) = (&old[prefix..], &new[prefix..]);
    let suffix: usize =
        old.chars().rev().zip(new.chars().rev()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum();
    let start = start + prefix;
    (start..start + old.len() - suffix, new[..new.len() - suffix].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, pattern: &str, new: &str, word: &str, source: &str) {
        let mut rewritten = Rewritten::new(text, 0);
        rewritten.replace(&Regex::new(pattern).expect("pattern"), |_| Some(new.to_owned()));
        let start = rewritten.text().find(word).expect("word");
        let span = rewritten.span(start..start + word.len()).expect("span");
        assert_eq!(span.of(text), source);
    }

    #[test]
    fn words_know_where_they_came_from() {
        check("walk 5 km now", "5 km", "5 kilometers", "kilometers", "km");
        check("walk 5 km now", "5 km", "5 kilometers", "now", "now");
        check("at 9:30 pm", "9:30 pm", "nine thirty P.M.", "thirty", "9:30 pm");
        check("a+5", r"\+", "plus ", "plus", "+");
        check("é=b", "=", " equals ", "equals", "=");
    }
}
