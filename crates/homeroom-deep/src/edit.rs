//! An edit of a sentence's text, and the words that it is made of.

use std::ops::Range;

use homeroom_core::Span;
use homeroom_english::capitalise;

use crate::kind::Kind;

/// A word or mark of a sentence.
#[derive(Debug, Clone)]
pub(crate) struct Word<'a> {
    pub(crate) span: Span,
    pub(crate) form: &'a str,
    /// Lower case, straight apostrophes.
    pub(crate) lower: String,
    /// Letters, apostrophes and hyphens alone.
    pub(crate) alpha: bool,
    /// Nothing stands between it and the word before.
    pub(crate) attached: bool,
}

/// A sentence in words.
#[derive(Debug, Clone)]
pub(crate) struct Words<'a> {
    pub(crate) text: &'a str,
    pub(crate) words: Vec<Word<'a>>,
}

/// A change of a sentence's text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Edit {
    /// Words that it changes; empty for an insertion before the word of that number.
    pub(crate) words: Range<usize>,
    /// Bytes of the sentence that are replaced.
    pub(crate) span: Span,
    /// By what.
    pub(crate) replacement: String,
    /// What is put right.
    pub(crate) kind: Kind,
    /// What the explanation calls the new word or words.
    pub(crate) new: String,
}

impl Edit {
    /// The text with the edit made.
    pub(crate) fn apply(&self, text: &str) -> String {
        format!("{}{}{}", &text[..self.span.start], self.replacement, &text[self.span.end..])
    }
}

impl<'a> Words<'a> {
    /// A sentence in words. `text`: one sentence, without line breaks that matter.
    pub(crate) fn new(text: &'a str) -> Self {
        let spans = homeroom_english::tokens(text, 0..text.len());
        let mut words: Vec<Word<'a>> = Vec::with_capacity(spans.len());
        for span in spans {
            let form = span.of(text);
            let lower = form.to_lowercase().replace(['\u{2018}', '\u{2019}'], "'");
            let alpha = form.starts_with(|c: char| c.is_ascii_alphabetic())
                && lower.bytes().all(|b| b.is_ascii_alphabetic() || b == b'\'' || b == b'-');
            let attached = words.last().is_some_and(|w| w.span.end == span.start);
            words.push(Word { span, form, lower, alpha, attached });
        }
        Self { text, words }
    }

    pub(crate) fn len(&self) -> usize {
        self.words.len()
    }

    /// The word of this number in lower case; empty outside of the sentence.
    pub(crate) fn lower(&self, at: usize) -> &str {
        self.words.get(at).map_or("", |w| w.lower.as_str())
    }

    /// The word before, in lower case.
    pub(crate) fn before(&self, at: usize) -> &str {
        at.checked_sub(1).map_or("", |i| self.lower(i))
    }

    /// Replaces words by others.
    pub(crate) fn replace(&self, words: Range<usize>, new: impl Into<String>, kind: Kind) -> Edit {
        let new = new.into();
        let first = &self.words[words.start];
        let span = first.span.join(self.words[words.end - 1].span);
        // "I'm go" becomes "I go": what was attached needs a space now.
        let attached_word = first.attached && !first.alpha && new.starts_with(char::is_alphabetic);
        let replacement = if attached_word { format!(" {new}") } else { new.clone() };
        Edit { words, span, replacement, kind, new }
    }

    /// Puts a word before the word of number `at`, which is not the first.
    pub(crate) fn insert(&self, at: usize, new: &str, kind: Kind) -> Edit {
        let start = self.words[at].span.start;
        let (span, replacement) = (Span::new(start, start), format!("{new} "));
        Edit { words: at..at, span, replacement, kind, new: new.to_owned() }
    }

    /// Attaches a mark behind the word of number `at`.
    pub(crate) fn attach(&self, at: usize, mark: &str, kind: Kind) -> Edit {
        let end = self.words[at].span.end;
        let new = format!("{}{mark}", self.words[at].form);
        Edit { words: at + 1..at + 1, span: Span::new(end, end), replacement: mark.to_owned(), kind, new }
    }

    /// Takes a word out, and the space before it; the next word takes over a capital.
    pub(crate) fn delete(&self, at: usize, kind: Kind) -> Edit {
        let word = &self.words[at];
        let (mut span, mut replacement) = (word.span, String::new());
        match at.checked_sub(1) {
            Some(before) => span = Span::new(self.words[before].span.end, span.end),
            None => {
                if let Some(next) = self.words.get(1) {
                    span = span.join(next.span);
                    let capital = word.form.starts_with(char::is_uppercase);
                    replacement = if capital { capitalise(next.form) } else { next.form.to_owned() };
                }
            }
        }
        Edit { words: at..at + 1, span, replacement, kind, new: String::new() }
    }
}
