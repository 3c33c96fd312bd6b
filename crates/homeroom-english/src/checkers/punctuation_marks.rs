//! Marks of Chinese width in English (`，` `。`), a space before a comma, and none behind it: *it ,too*, *it.He*.
//!
//! Read from the text, not from the tokens. Chunks that look like an address or a file name, numbers, abbreviations and
//! emoticons are left alone, and so is every mark next to a Chinese character.

use homeroom_core::{Analysis, Checker, Display, Finding, Severity, Span};
use homeroom_lexicon::Lexicon;

use super::Draft;

/// Marks of full width and what English has instead.
const FULL_WIDTH: [(char, char); 11] = [
    ('，', ','),
    ('。', '.'),
    ('；', ';'),
    ('：', ':'),
    ('？', '?'),
    ('！', '!'),
    ('（', '('),
    ('）', ')'),
    ('．', '.'),
    ('、', ','),
    ('｡', '.'),
];

/// How many faults of a kind are default marks. Whoever types so does it all through: the rest would hide other marks.
const MARKED: usize = 3;

pub(super) struct PunctuationMarks;

impl Checker for PunctuationMarks {
    fn id(&self) -> &'static str {
        "punctuation_marks"
    }

    fn fault(&self) -> &'static str {
        "Marks of Chinese width, and spaces around marks: *it ,too*, *it.He*"
    }

    fn check(&self, analysis: &Analysis, findings: &mut Vec<Finding>) {
        let text = analysis.text();
        let chars: Vec<(usize, char)> = text.char_indices().collect();
        let (mut full_widths, mut spaces) = (0, 0);
        for i in 0..chars.len() {
            let (mut finding, seen) = if let Some(finding) = full_width(text, &chars, i) {
                (finding, &mut full_widths)
            } else if let Some(finding) = spacing(text, &chars, i) {
                (finding, &mut spaces)
            } else {
                continue;
            };
            *seen += 1;
            if *seen > MARKED {
                finding.display = Display::Check;
            }
            findings.push(finding);
        }
    }
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

fn end_of(chars: &[(usize, char)], i: usize) -> usize {
    chars[i].0 + chars[i].1.len_utf8()
}

fn full_width(text: &str, chars: &[(usize, char)], i: usize) -> Option<Finding> {
    let (start, mark) = chars[i];
    let plain = FULL_WIDTH.iter().find(|(full, _)| *full == mark)?.1;
    let before = i.checked_sub(1).map(|k| chars[k].1);
    let after = chars.get(i + 1).map(|c| c.1);
    // A title or a remark in Chinese keeps its own marks.
    if before.is_some_and(is_han) || after.is_some_and(is_han) || before.is_none() {
        return None;
    }
    let mut first = start;
    let mut suggestion = String::new();
    if plain == '(' {
        if before.is_some_and(char::is_alphanumeric) {
            suggestion.push(' ');
        }
    } else if before == Some(' ') {
        first = chars[i - 1].0;
    }
    suggestion.push(plain);
    if plain != '(' && after.is_some_and(|c| c.is_alphanumeric() || matches!(c, '“' | '"' | '(')) {
        suggestion.push(' ');
    }
    Some(
        Draft::new("punctuation_marks", Span::new(first, end_of(chars, i)), "R:PUNCT", "punct")
            .because(
                format!("“{mark}” is a Chinese mark; English uses “{plain}”."),
                format!("“{mark}”是中文标点，英文里用“{plain}”。"),
            )
            .suggest([suggestion])
            .severity(Severity::Minor)
            .confidence(0.95)
            .done(),
    )
    .filter(|f| f.span.fits(text))
}

/// The run of characters without white space around `i`.
fn chunk<'a>(text: &'a str, chars: &[(usize, char)], i: usize) -> &'a str {
    let mut first = i;
    while first > 0 && !chars[first - 1].1.is_whitespace() {
        first -= 1;
    }
    let mut last = i;
    while last + 1 < chars.len() && !chars[last + 1].1.is_whitespace() {
        last += 1;
    }
    text.get(chars[first].0..end_of(chars, last)).unwrap_or("")
}

fn looks_like_address(chunk: &str) -> bool {
    let lower = chunk.to_ascii_lowercase();
    lower.contains(['@', '/', '\\', '_', '#', '=', '&', '|', '<', '>', '~', '*'])
        || lower.contains("www")
        || [".com", ".cn", ".org", ".net", ".edu", ".gov"].iter().any(|s| lower.contains(s))
}

fn spacing(text: &str, chars: &[(usize, char)], i: usize) -> Option<Finding> {
    let (start, mark) = chars[i];
    if !matches!(mark, ',' | '.' | ';' | '?' | '!') {
        return None;
    }
    let before = chars[i.checked_sub(1)?].1;
    let after = chars.get(i + 1).map(|c| c.1);
    if looks_like_address(chunk(text, chars, i)) {
        return None;
    }
    if before == ' ' {
        // " .5", " ...", " ,," and " :)" are something else.
        let word_before =
            i >= 2 && (chars[i - 2].1.is_alphanumeric() || matches!(chars[i - 2].1, ')' | '"' | '”' | '’'));
        let end_after = after.is_none_or(|c| c.is_whitespace() || c.is_alphabetic() && mark == ',');
        if !word_before || !end_after {
            return None;
        }
        let suggestion = if after.is_some_and(char::is_alphabetic) { format!("{mark} ") } else { mark.to_string() };
        return Some(
            Draft::new("punctuation_marks", Span::new(chars[i - 1].0, end_of(chars, i)), "R:PUNCT", "punct")
                .because(format!("There is no space before “{mark}”."), format!("英文标点“{mark}”前面不空格。"))
                .suggest([suggestion])
                .severity(Severity::Minor)
                .confidence(0.9)
                .done(),
        );
    }
    let next = after?;
    if !before.is_alphabetic() || !next.is_alphabetic() || is_han(before) || is_han(next) {
        return None;
    }
    let word_before: String = chars[..i].iter().rev().map(|c| c.1).take_while(|c| c.is_alphabetic()).collect();
    let word_before: String = word_before.chars().rev().collect();
    let word_after: String = chars[i + 1..].iter().map(|c| c.1).take_while(|c| c.is_alphabetic()).collect();
    let lexicon = Lexicon::shipped();
    let known = |w: &str| matches!(w, "I" | "A" | "a") || w.len() >= 2 && lexicon.contains(&w.to_lowercase());
    if !known(&word_before) || !known(&word_after) {
        return None;
    }
    if mark == '.' {
        // "p.m.", "Node.js", "U.S.": a full stop inside needs a lower-case word and one with a capital.
        let capital = next.is_uppercase() && word_after.chars().skip(1).all(char::is_lowercase);
        if !capital || !word_before.chars().all(char::is_lowercase) {
            return None;
        }
    }
    Some(
        Draft::new("punctuation_marks", Span::new(start, end_of(chars, i)), "R:PUNCT", "punct")
            .because(format!("A space follows “{mark}”."), format!("英文标点“{mark}”后面要空一格。"))
            .suggest([format!("{mark} ")])
            .severity(Severity::Minor)
            .confidence(0.92)
            .done(),
    )
}

#[cfg(test)]
mod tests {
    use super::super::tests::check;
    use super::PunctuationMarks;

    #[test]
    fn hits() {
        check(&PunctuationMarks, "I like apples，pears and tea。", Some("I like apples, pears and tea."));
        check(&PunctuationMarks, "I like it,but he does not.", Some("I like it, but he does not."));
        check(&PunctuationMarks, "I like it.He does not.", Some("I like it. He does not."));
        check(&PunctuationMarks, "I like it , too.", Some("I like it, too."));
        check(&PunctuationMarks, "Why not ?", Some("Why not?"));
        check(&PunctuationMarks, "My friend（Tom）is here！", Some("My friend (Tom) is here!"));
    }

    #[test]
    fn near_misses() {
        check(&PunctuationMarks, "We met at 9 a.m. in the U.S. embassy, e.g. on Monday.", None);
        check(&PunctuationMarks, "There are 3,000 people and 2.5 cats.", None);
        check(&PunctuationMarks, "Go to www.school.cn or write to me@mail.com today.", None);
        check(&PunctuationMarks, "Well... I use Node.js and “curly” quotes.", None);
        check(&PunctuationMarks, "It costs .5 yuan.", None);
    }
}
