use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Span;

/// Characters of context kept before and after a quote.
const CONTEXT: usize = 32;

/// A range in code points.
///
/// # Source
/// W3C Web Annotation Data Model, 4.2.5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TextPositionSelector {
    /// First code point.
    pub start: usize,
    /// One past the last code point.
    pub end: usize,
}

/// A quote with its context.
///
/// # Source
/// W3C Web Annotation Data Model, 4.2.4.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TextQuoteSelector {
    /// The text itself.
    pub exact: String,
    /// Up to 32 characters before it.
    pub prefix: String,
    /// Up to 32 characters after it.
    pub suffix: String,
}

/// Both ways to find a passage again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Selector {
    /// By place.
    pub position: TextPositionSelector,
    /// By words.
    pub quote: TextQuoteSelector,
}

impl Selector {
    /// The selectors of `span` in `text`; a span that does not fit is clipped to the nearest character boundary.
    #[must_use]
    pub fn new(text: &str, span: Span) -> Self {
        let floor = |mut i: usize| {
            i = i.min(text.len());
            while !text.is_char_boundary(i) {
                i -= 1;
            }
            i
        };
        let (start, end) = (floor(span.start), floor(span.end.max(span.start)));
        let before = &text[..start];
        let position_start = before.chars().count();
        let exact = &text[start..end];
        let prefix_start = before.char_indices().rev().nth(CONTEXT - 1).map_or(0, |(i, _)| i);
        Self {
            position: TextPositionSelector { start: position_start, end: position_start + exact.chars().count() },
            quote: TextQuoteSelector {
                exact: exact.to_owned(),
                prefix: before[prefix_start..].to_owned(),
                suffix: text[end..].chars().take(CONTEXT).collect(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_code_points_and_keeps_context() {
        let text = "“Café” is nice.";
        let start = text.find("is").unwrap();
        let s = Selector::new(text, Span::new(start, start + 2));
        assert_eq!(s.position, TextPositionSelector { start: 7, end: 9 });
        assert_eq!(s.quote.exact, "is");
        assert_eq!(s.quote.prefix, "“Café” ");
        assert_eq!(s.quote.suffix, " nice.");
    }

    #[test]
    fn a_span_out_of_bounds_is_clipped() {
        let s = Selector::new("é", Span::new(1, 99));
        assert_eq!(s.position, TextPositionSelector { start: 0, end: 1 });
    }
}
