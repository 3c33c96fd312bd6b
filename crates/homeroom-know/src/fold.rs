//! Looking up a quote where white space, quote marks, case and width do not count.

use unicode_normalization::UnicodeNormalization;

use crate::words::is_han;

/// A text as it is compared, with the way back.
struct Folded {
    chars: Vec<char>,
    /// For each of `chars`, the bytes of the original that it stands for.
    from: Vec<(usize, usize)>,
}

/// Where `quote` stands in `text`, in bytes of `text`; the first place where it is there several times.
///
/// Runs of white space count as one space, and as none beside Chinese characters; quote marks, dashes, upper and lower
/// case, full- and half-width forms, ligatures and composed letters are told from each other by nobody. Quote marks and
/// dots of omission around the quote are not looked for. It must begin and end with whole words: “5 days” is no quote of
/// “15 days”.
pub(crate) fn find(text: &str, quote: &str) -> Option<(usize, usize)> {
    let around = |c: char| c.is_whitespace() || matches!(fold_mark(c), '"' | '\'' | '…') || c == '\u{0}';
    let quote = quote.trim_matches(around).trim_start_matches("...").trim_end_matches("...").trim_matches(around);
    let text = folded(text);
    let quote = folded(quote).chars;
    if quote.is_empty() {
        return None;
    }
    let one_word = |a: Option<&char>, b: Option<&char>| {
        let letter = |c: &char| c.is_alphanumeric() && !is_han(*c);
        a.is_some_and(letter) && b.is_some_and(letter)
    };
    let place = text.chars.windows(quote.len()).enumerate().find(|(at, window)| {
        let end = at + quote.len();
        *window == quote
            && !one_word(at.checked_sub(1).and_then(|i| text.chars.get(i)), quote.first())
            && !one_word(quote.last(), text.chars.get(end))
            && text.from[*at].0 < text.from[end - 1].1
    });
    place.map(|(at, _)| (text.from[at].0, text.from[at + quote.len() - 1].1))
}

/// How much there is to recognise in a quote: letters and digits, a Chinese character counting twice.
pub(crate) fn weight(quote: &str) -> usize {
    quote.chars().filter(|c| c.is_alphanumeric()).map(|c| if is_han(c) { 2 } else { 1 }).sum()
}

fn fold_mark(c: char) -> char {
    match c {
        '“' | '”' | '„' | '‟' | '«' | '»' | '「' | '」' | '『' | '』' | '＂' | '〝' | '〞' => '"',
        '‘' | '’' | '‚' | '‛' | '′' | '＇' | '`' => '\'',
        '–' | '—' | '―' | '−' | '‐' | '‑' | '‒' => '-',
        c => c,
    }
}

fn folded(text: &str) -> Folded {
    let mut out = Folded { chars: Vec::new(), from: Vec::new() };
    for (at, c) in text.char_indices() {
        let place = (at, at + c.len_utf8());
        if c.is_whitespace() {
            if out.chars.last().is_some_and(|&last| last != ' ' && !is_wide(last)) {
                out.chars.push(' ');
                out.from.push(place);
            }
            continue;
        }
        // What nobody sees.
        if matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
        {
            continue;
        }
        let c = fold_mark(c);
        let compatible = matches!(c, '\u{ff01}'..='\u{ffee}' | '\u{fb00}'..='\u{fb06}');
        let parts: Vec<char> = if compatible { c.nfkd().collect() } else { c.nfd().collect() };
        for part in parts.into_iter().flat_map(char::to_lowercase) {
            if is_wide(part) && out.chars.last() == Some(&' ') {
                out.chars.pop();
                out.from.pop();
            }
            out.chars.push(fold_mark(part));
            out.from.push(place);
        }
    }
    if out.chars.last() == Some(&' ') {
        out.chars.pop();
        out.from.pop();
    }
    out
}

/// Whether white space beside `c` says nothing.
fn is_wide(c: char) -> bool {
    is_han(c) || matches!(c, '\u{3001}'..='\u{303f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, quote: &str, expected: Option<&str>) {
        assert_eq!(find(text, quote).map(|(a, b)| &text[a..b]), expected, "{quote} in {text}");
    }

    #[test]
    fn what_counts_and_what_does_not() {
        check(
            "Books may be  kept\nfor three weeks.",
            "books may be kept for THREE weeks",
            Some("Books may be  kept\nfor three weeks"),
        );
        check("He said “Don’t run”.", "\"Don't run\"", Some("Don’t run"));
        check("He said “Don’t run” twice.", "said 'don't run' twice", None);
        check("He said “Don’t run” twice.", "said \"don't run\" twice", Some("said “Don’t run” twice"));
        check("within 15 days", "5 days", None);
        check("she is late", "he is late", None);
        check("7:50 到校", "7：50到校", Some("7:50 到校"));
        check("学生须在７：５０前到校。", "7:50前到校", Some("７：５０前到校"));
        check("请 假\n须提前 一天", "请假须提前一天", Some("请 假\n须提前 一天"));
        check("the ﬁrst oﬃce", "The first office", Some("the ﬁrst oﬃce"));
        check("cafe\u{301} au lait", "café", Some("cafe\u{301}"));
        check("pages 3–5", "pages 3-5", Some("pages 3–5"));
        check("full stop.", "… full stop ...", Some("full stop"));
        check("10² m", "102 m", None);
        check("abc", "", None);
        check("", "abc", None);
        check("abc", "“”", None);
    }
}
