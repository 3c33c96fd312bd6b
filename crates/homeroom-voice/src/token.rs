//! The token that goes through tagging, pronunciation and timing.

use std::ops::Range;

/// A word, a part of one, or a mark.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    /// Its bytes in the normalised text.
    pub(crate) range: Range<usize>,
    pub(crate) text: String,
    /// Penn Treebank tag.
    pub(crate) tag: String,
    /// Whether white space follows.
    pub(crate) space: bool,
    /// `None`: not yet known; "": silent.
    pub(crate) phones: Option<String>,
    /// Whether it begins a run without a space.
    pub(crate) head: bool,
    /// What is read in its stead.
    pub(crate) alias: Option<&'static str>,
    /// The sign of the money that it counts.
    pub(crate) currency: Option<char>,
    /// Whether it is said apart from the part before.
    pub(crate) apart: bool,
}

impl Token {
    /// Whether its sound is settled.
    pub(crate) fn is_settled(&self) -> bool {
        self.alias.is_some() || self.phones.is_some()
    }

    /// One token for neighbours. With `said`, their phones are joined; otherwise they stay open.
    pub(crate) fn merge(tokens: &[Token], said: bool) -> Option<Token> {
        let (first, last) = (tokens.first()?, tokens.last()?);
        let mut text = String::new();
        for token in tokens {
            text += &token.text;
            if token.space && !std::ptr::eq(token, last) {
                text.push(' ');
            }
        }
        let phones = said.then(|| {
            let mut phones = String::new();
            for said in tokens.iter().filter_map(|t| Some((t.apart, t.phones.as_deref()?))) {
                if said.0 && !phones.is_empty() && !phones.ends_with(' ') && !said.1.is_empty() {
                    phones.push(' ');
                }
                phones += said.1;
            }
            phones
        });
        // The tag of the longest part; capitals count twice, and the first of equals wins.
        let size = |t: &Token| t.text.chars().map(|c| if c.is_uppercase() { 2 } else { 1 }).sum::<usize>();
        let longest = tokens.iter().rev().max_by_key(|t| size(t)).unwrap_or(first);
        Some(Token {
            range: first.range.start..last.range.end,
            text,
            tag: longest.tag.clone(),
            space: last.space,
            phones,
            head: first.head,
            alias: None,
            currency: tokens.iter().filter_map(|t| t.currency).max(),
            apart: first.apart,
        })
    }
}
