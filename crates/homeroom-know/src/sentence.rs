//! Where sentences end, in English and Chinese. Good enough to cut passages and to show one; nothing is scored by it.

/// Words after which a full stop ends no sentence.
const ABBREVIATIONS: [&str; 24] = [
    "mr", "mrs", "ms", "dr", "prof", "st", "no", "nos", "vs", "etc", "e.g", "i.e", "eg", "ie", "p", "pp", "fig", "ch",
    "sec", "vol", "approx", "jr", "sr", "cf",
];

/// Whether `c` ends a line.
pub(crate) fn breaks_line(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// The sentences of `text`: byte ranges in order, without blank ends, that hold every character which is not white space.
/// A line's end ends a sentence.
pub(crate) fn sentences(text: &str) -> Vec<(usize, usize)> {
    let mut out = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let mut end = at + c.len_utf8();
        let ends = match c {
            c if breaks_line(c) => true,
            '。' | '！' | '？' | '!' | '?' | '…' | '．' => true,
            '.' => {
                text[end..].starts_with(|n: char| n.is_whitespace() || is_closing(n)) && !abbreviates(&text[start..at])
            }
            _ => false,
        };
        if !ends {
            continue;
        }
        // Closing marks and further stops belong to the sentence.
        if !breaks_line(c) {
            while let Some(&(i, n)) = chars.peek() {
                if !(is_closing(n) || matches!(n, '。' | '！' | '？' | '!' | '?' | '…' | '.')) {
                    break;
                }
                end = i + n.len_utf8();
                chars.next();
            }
            // A lower-case letter goes on: “Really?” he asked.
            let next = text[end..].chars().find(|n| !n.is_whitespace() || breaks_line(*n));
            if next.is_some_and(char::is_lowercase) {
                continue;
            }
        }
        push(&mut out, text, start, end);
        start = end;
    }
    push(&mut out, text, start, text.len());
    out
}

fn is_closing(c: char) -> bool {
    matches!(c, '"' | '\'' | '”' | '’' | ')' | '）' | ']' | '】' | '」' | '』' | '》')
}

/// Whether the word that ends `before` is one that a full stop abbreviates.
fn abbreviates(before: &str) -> bool {
    let word = before.rsplit(|c: char| c.is_whitespace() || matches!(c, '(' | '（' | '"' | '“')).next().unwrap_or("");
    let mut letters = word.chars();
    let initial = matches!((letters.next(), letters.next()), (Some(c), None) if c.is_uppercase() && c != 'I');
    // A number at the start of a line numbers it.
    let number =
        !word.is_empty() && word.len() == before.trim_start().len() && word.chars().all(|c| c.is_ascii_digit());
    initial || number || ABBREVIATIONS.contains(&word.to_lowercase().as_str())
}

fn push(out: &mut Vec<(usize, usize)>, text: &str, start: usize, end: usize) {
    let slice = &text[start..end];
    let from = start + (slice.len() - slice.trim_start().len());
    let to = start + slice.trim_end().len();
    if from < to {
        out.push((from, to));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let got: Vec<&str> = sentences(text).into_iter().map(|(a, b)| &text[a..b]).collect();
        assert_eq!(got, expected);
    }

    #[test]
    fn ends_of_sentences() {
        check("Be early. Dr. Li is here!  Ask.", &["Be early.", "Dr. Li is here!", "Ask."]);
        check("“Is it so?” he asked. It was 3.5 km.", &["“Is it so?” he asked.", "It was 3.5 km."]);
        check("他说：“来吧。”我们走了。\n真的？！", &["他说：“来吧。”", "我们走了。", "真的？！"]);
        check("1. Bring a pen. 2. Sit down.", &["1. Bring a pen.", "2. Sit down."]);
        check("e.g. J. Smith left... He won.", &["e.g. J. Smith left...", "He won."]);
        check("  \n\u{2028} ", &[]);
        check("one\u{2028}two", &["one", "two"]);
    }
}
