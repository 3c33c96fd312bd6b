//! The text of an answer as its tokens come: whole characters only, and nothing of what ends it.

use crate::engine::TokenLog;

/// Bytes that were written and not given out yet.
#[derive(Debug)]
pub(crate) struct Pieces {
    stops: Vec<Vec<u8>>,
    bytes: Vec<u8>,
    /// Tokens that are not given out yet, each with where its bytes begin in all that was written.
    tokens: Vec<(usize, TokenLog)>,
    /// Bytes that were given out.
    given: usize,
}

/// A part of an answer.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Part {
    pub(crate) text: String,
    pub(crate) tokens: Vec<TokenLog>,
    /// A text that ends the answer was found; there is no more.
    pub(crate) stopped: bool,
}

impl Pieces {
    /// `stops`: texts that end the answer and are no part of it; empty ones are left out.
    pub(crate) fn new(stops: &[String]) -> Self {
        let stops = stops.iter().filter(|stop| !stop.is_empty()).map(|stop| stop.clone().into_bytes()).collect();
        Self { stops, bytes: Vec::new(), tokens: Vec::new(), given: 0 }
    }

    /// Takes a token's bytes, and gives out what is certain to be a part of the answer.
    pub(crate) fn push(&mut self, bytes: &[u8], token: Option<TokenLog>) -> Part {
        if let Some(token) = token {
            self.tokens.push((self.given + self.bytes.len(), token));
        }
        self.bytes.extend_from_slice(bytes);
        if let Some(at) = self.stops.iter().filter_map(|stop| find(&self.bytes, stop)).min() {
            self.bytes.truncate(at);
            self.tokens.retain(|(start, _)| *start < self.given + at);
            return Part { stopped: true, ..self.give(at) };
        }
        let begun = self.stops.iter().map(|stop| begun(&self.bytes, stop)).max().unwrap_or(0);
        self.give(whole(&self.bytes[..self.bytes.len() - begun]))
    }

    /// The rest of the answer; a character that is not whole is left out.
    pub(crate) fn finish(&mut self) -> Part {
        let n = whole(&self.bytes);
        let mut part = self.give(n);
        part.tokens.extend(self.tokens.drain(..).map(|(_, token)| token));
        part
    }

    fn give(&mut self, n: usize) -> Part {
        let text = String::from_utf8_lossy(&self.bytes[..n]).into_owned();
        self.bytes.drain(..n);
        self.given += n;
        // A token goes out with its first byte; one without bytes, at once unless text before it is held back.
        let out = self.tokens.iter().take_while(|(start, _)| *start < self.given || self.bytes.is_empty()).count();
        Part { text, tokens: self.tokens.drain(..out).map(|(_, token)| token).collect(), stopped: false }
    }
}

/// Where a text stands in another.
fn find(bytes: &[u8], text: &[u8]) -> Option<usize> {
    bytes.windows(text.len()).position(|window| window == text)
}

/// How many bytes at the end may be the beginning of a text.
fn begun(bytes: &[u8], text: &[u8]) -> usize {
    (1..text.len()).rev().find(|&n| bytes.ends_with(&text[..n])).unwrap_or(0)
}

/// How many bytes there are before a character at the end that is not whole.
fn whole(bytes: &[u8]) -> usize {
    let back = bytes.iter().rev().take(3).take_while(|&&byte| byte & 0xC0 == 0x80).count();
    let Some(lead) = (bytes.len() - back).checked_sub(1) else { return bytes.len() };
    let needed = match bytes[lead] {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => 1,
    };
    if bytes.len() - lead < needed { lead } else { bytes.len() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn log(id: u32) -> Option<TokenLog> {
        Some(TokenLog { id, logprob: 0.0, top: Vec::new() })
    }

    /// Writes parts of a text; the parts that come out are these.
    #[track_caller]
    fn check(stops: &[&str], parts: &[&[u8]], wanted: &[&str], stopped: bool) {
        let stops: Vec<String> = stops.iter().map(|&stop| stop.to_owned()).collect();
        let mut pieces = Pieces::new(&stops);
        let mut found = Vec::new();
        let mut ids = Vec::new();
        let mut end = false;
        for (part, id) in parts.iter().zip(0..) {
            let part = pieces.push(part, log(id));
            found.push(part.text);
            ids.extend(part.tokens.into_iter().map(|token| token.id));
            end = part.stopped;
            if end {
                break;
            }
        }
        if !end {
            let part = pieces.finish();
            ids.extend(part.tokens.into_iter().map(|token| token.id));
            found.push(part.text);
            assert_eq!(ids.len(), parts.len());
        }
        assert_eq!((found.iter().map(String::as_str).collect::<Vec<_>>(), end), (wanted.to_vec(), stopped));
        assert!(ids.is_sorted());
    }

    #[test]
    fn parts_of_texts() {
        check(&[], &[b"Hel", b"lo"], &["Hel", "lo", ""], false);
        check(&[], &[b"\xE4\xBD", b"\xA0!"], &["", "你!", ""], false);
        check(&[], &[b"a\xF0\x9F\x98"], &["a", ""], false);
        check(&[], &[b"a\xFFb", b"\x80"], &["a\u{FFFD}b", "\u{FFFD}", ""], false);
        check(&["END"], &[b"so E", b"N", b"D and"], &["so ", "", ""], true);
        check(&["END"], &[b"so E", b"N", b"T"], &["so ", "", "ENT", ""], false);
        check(&["END"], &[b"so EN"], &["so ", "EN"], false);
        check(&["aab"], &[b"aa", b"ab!"], &["", "a"], true);
        check(&["\n\n", "."], &[b"One", b".\n", b"\n"], &["One", ""], true);
        check(&["", "x"], &[b"ab"], &["ab", ""], false);
        check(&["\u{3002}"], &["好\u{3002}".as_bytes()], &["好"], true);
        check(&["END"], &[b"x", b"", b"E", b""], &["x", "", "", "", "E"], false);
    }

    proptest! {
        /// However a text is cut into parts, it comes out whole up to the first stop.
        #[test]
        fn cuts_do_not_matter(text in "[ab好😀]{0,24}", stops in prop::collection::vec("[ab好]{1,3}", 0..3), cuts in prop::collection::vec(1_usize..4, 96)) {
            let mut pieces = Pieces::new(&stops);
            let (mut found, mut at, mut stopped) = (String::new(), 0, false);
            for cut in cuts {
                let to = (at + cut).min(text.len());
                let part = pieces.push(&text.as_bytes()[at..to], None);
                at = to;
                found.push_str(&part.text);
                stopped = part.stopped;
                if stopped { break; }
            }
            if !stopped { found.push_str(&pieces.finish().text); }
            // The stop that is whole first ends the answer, and of those the one that began first.
            let first = (0..=text.len()).filter_map(|end| {
                let before = &text.as_bytes()[..end];
                stops.iter().filter_map(|stop| find(before, stop.as_bytes())).min()
            }).next();
            if let Some(wanted) = first.filter(|_| stops.iter().all(|s| s.chars().count() == 1)) {
                prop_assert_eq!(&found, &text[..wanted]);
            }
            prop_assert_eq!(stopped, first.is_some());
            prop_assert!(text.starts_with(&found));
            prop_assert!(stops.iter().all(|stop| !found.contains(stop.as_str())));
        }
    }
}
