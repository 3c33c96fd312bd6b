//! How a source's text is divided into passages: at headings, then at paragraphs, then at sentences.

use homeroom_core::Span;

use crate::sentence::{breaks_line, sentences};
use crate::source::Section;
use crate::words::is_han;

// Lengths are counted in sevenths of an English word, a Chinese character being four of them: 120 to 200 words and 210 to
// 350 characters, which both fill most of what a small embedding model reads (256 tokens) and are short enough to quote.
const WORD: usize = 7;
const HAN: usize = 4;
/// A passage of this length ends with its paragraph.
const ENOUGH: usize = 120 * WORD;
/// Longest passage, unless what is left over is short.
const LONGEST: usize = 200 * WORD;
/// What is left over of a section and shorter than this joins the passage before.
const LEFT_OVER: usize = 40 * WORD;
/// A sentence longer than this is not repeated at the start of the next passage.
const LONGEST_OVERLAP: usize = 50 * WORD;
/// Sections shorter than this share a passage with their neighbour: timetables, lists of short items.
const SHORT_SECTION: usize = 30 * WORD;
/// Letters that count as one word: a run without spaces is no excuse for a passage without end.
const LETTERS_PER_WORD: usize = 16;

/// Longest heading that is recognised by its look, in characters (Chinese ones count twice).
const LONGEST_HEADING: usize = 64;
/// Most words of a heading without number or mark.
const HEADING_WORDS: usize = 9;

/// A stretch of a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Passage {
    /// Where it stands in the source's text.
    pub(crate) span: Span,
    /// The headings that it stands under, the outermost first.
    pub(crate) headings: Vec<String>,
}

/// Divides `text`. `sections`: its headings where they are known; where empty, headings are told by their look (`#`,
/// numbers, 第一章, short lines without a full stop before longer ones).
///
/// Spans are on character boundaries, in order, without blank ends, and hold every character that is not white space.
/// Neighbours in a section share a sentence.
pub(crate) fn passages(text: &str, sections: &[Section]) -> Vec<Passage> {
    let mut out = Vec::new();
    for block in merge_short(blocks(text, sections)) {
        chunk(&block, &mut out);
    }
    out
}

#[derive(Debug, Clone)]
struct Sentence {
    span: Span,
    cost: usize,
    /// Whether its paragraph ends with it.
    last: bool,
    /// Whether it can stand twice, for overlap.
    whole: bool,
}

/// A heading and what stands under it.
#[derive(Debug, Clone)]
struct Block {
    path: Vec<String>,
    sentences: Vec<Sentence>,
    cost: usize,
    /// Whether there is nothing but headings in it.
    bare: bool,
}

fn cost(text: &str) -> usize {
    let (mut total, mut run) = (0, 0_usize);
    for c in text.chars() {
        if is_han(c) {
            total += HAN + run.div_ceil(LETTERS_PER_WORD) * WORD;
            run = 0;
        } else if c.is_whitespace() {
            total += run.div_ceil(LETTERS_PER_WORD) * WORD;
            run = 0;
        } else if c.is_alphanumeric() || run > 0 || c.is_ascii() || c.is_control() {
            run += 1;
        }
    }
    total + run.div_ceil(LETTERS_PER_WORD) * WORD
}

fn lines(text: &str) -> Vec<Span> {
    let mut out = Vec::new();
    let mut start = 0;
    let mut add = |start: usize, end: usize| {
        let slice = &text[start..end];
        let from = start + (slice.len() - slice.trim_start().len());
        let to = start + slice.trim_end().len();
        if from < to {
            out.push(Span::new(from, to));
        }
    };
    for (at, c) in text.char_indices().filter(|&(_, c)| breaks_line(c)) {
        add(start, at);
        start = at + c.len_utf8();
    }
    add(start, text.len());
    out
}

fn blocks(text: &str, sections: &[Section]) -> Vec<Block> {
    let lines = lines(text);
    let mut out: Vec<Block> = Vec::new();
    let mut path: Vec<(u8, String)> = Vec::new();
    let mut known = sections.iter().peekable();
    for (i, line) in lines.iter().enumerate() {
        let words = line.of(text);
        let heading = if sections.is_empty() {
            heading(words, lines.get(i + 1).map(|next| next.of(text)), i == 0)
        } else {
            let mut here = None;
            while let Some(section) = known.next_if(|s| s.at < line.end) {
                here = Some((section.level, section.title.trim().to_owned()));
            }
            here
        };
        let is_heading = heading.is_some();
        if let Some((level, title)) = heading {
            while path.last().is_some_and(|(l, _)| *l >= level) {
                path.pop();
            }
            path.push((level, title));
        }
        if is_heading || out.is_empty() {
            let path = path.iter().map(|(_, t)| t.clone()).filter(|t| !t.is_empty()).collect();
            out.push(Block { path, sentences: Vec::new(), cost: 0, bare: true });
        }
        let Some(block) = out.last_mut() else { continue };
        block.bare &= is_heading;
        for (from, to) in sentences(words) {
            pieces(text, Span::new(line.start + from, line.start + to), &mut block.sentences);
        }
        if let Some(last) = block.sentences.last_mut() {
            last.last = true;
        }
        block.cost = block.sentences.iter().map(|s| s.cost).sum();
    }
    out
}

/// A sentence, in pieces where it is longer than a passage may be.
fn pieces(text: &str, span: Span, out: &mut Vec<Sentence>) {
    let whole = cost(span.of(text));
    if whole <= LONGEST {
        out.push(Sentence { span, cost: whole, last: false, whole: true });
        return;
    }
    let slice = span.of(text);
    let mut start = 0;
    // Bytes of white space or a comma, past which may be cut; only the last ones are of interest.
    let (mut soft, mut so_far, mut run) = (None, 0, 0_usize);
    for (at, c) in slice.char_indices() {
        let step = match c {
            c if is_han(c) => HAN,
            c if c.is_whitespace() => 0,
            _ if run.is_multiple_of(LETTERS_PER_WORD) => WORD,
            _ => 0,
        };
        run = if c.is_whitespace() || is_han(c) { 0 } else { run + 1 };
        if so_far + step > LONGEST {
            let end = soft.filter(|&s| s > start).unwrap_or(at);
            add_piece(text, span.start + start, span.start + end, out);
            start = end;
            soft = None;
            so_far = cost(&slice[start..at]);
        }
        so_far += step;
        if c.is_whitespace() || matches!(c, '，' | '；' | '、' | '：' | ';') {
            soft = Some(at + c.len_utf8());
        }
    }
    add_piece(text, span.start + start, span.end, out);
}

fn add_piece(text: &str, start: usize, end: usize, out: &mut Vec<Sentence>) {
    let slice = &text[start..end];
    let from = start + (slice.len() - slice.trim_start().len());
    let to = start + slice.trim_end().len();
    if from < to {
        out.push(Sentence { span: Span::new(from, to), cost: cost(&text[from..to]), last: false, whole: false });
    }
}

/// Gives headings without text to the section that follows, and joins short sections.
fn merge_short(blocks: Vec<Block>) -> Vec<Block> {
    let mut out: Vec<Block> = Vec::new();
    for block in blocks {
        match out.last_mut() {
            Some(last)
                if last.bare
                    || (last.cost < SHORT_SECTION || block.cost < SHORT_SECTION)
                        && !block.bare
                        && last.cost + block.cost <= LONGEST =>
            {
                if last.bare || last.path.is_empty() {
                    last.path = block.path;
                } else {
                    let common = last.path.iter().zip(&block.path).take_while(|(a, b)| a == b).count();
                    last.path.truncate(common);
                }
                last.bare &= block.bare;
                last.cost += block.cost;
                last.sentences.extend(block.sentences);
            }
            _ => out.push(block),
        }
    }
    out
}

fn chunk(block: &Block, out: &mut Vec<Passage>) {
    let all = &block.sentences;
    // What is left from each sentence on.
    let mut rest = vec![0; all.len() + 1];
    for (i, sentence) in all.iter().enumerate().rev() {
        rest[i] = rest[i + 1] + sentence.cost;
    }
    let mut start = 0;
    while start < all.len() {
        let (mut end, mut length) = (start, 0);
        while end < all.len() && (end == start || length + all[end].cost <= LONGEST) {
            length += all[end].cost;
            end += 1;
            if length >= ENOUGH && all[end - 1].last && rest[end] >= LEFT_OVER {
                break;
            }
        }
        if rest[end] < LEFT_OVER {
            end = all.len();
        }
        let span = all[start].span.join(all[end - 1].span);
        out.push(Passage { span, headings: block.path.clone() });
        let repeat = end < all.len()
            && end - 1 > start
            && all[end - 1].whole
            && all[end - 1].cost <= LONGEST_OVERLAP
            && all[end - 1].cost + all[end].cost <= LONGEST;
        start = if repeat { end - 1 } else { end };
    }
}

/// Whether a line looks like a heading, going by it and by the line that follows: its level, 1 being outermost, and its
/// words.
fn heading(line: &str, next: Option<&str>, first: bool) -> Option<(u8, String)> {
    let next = next?;
    let hashes = line.len() - line.trim_start_matches('#').len();
    if (1..=6).contains(&hashes) && line[hashes..].starts_with([' ', '\t']) {
        let words = line[hashes..].trim().trim_end_matches('#').trim_end();
        return (!words.is_empty()).then(|| (u8::try_from(hashes).unwrap_or(6), words.to_owned()));
    }
    let width: usize = line.chars().map(|c| if is_han(c) { 2 } else { 1 }).sum();
    let ends = line.ends_with(|c: char| {
        matches!(c, '.' | '。' | '．' | '!' | '！' | '?' | '？' | ';' | '；' | ',' | '，' | '、' | ':' | '：' | '…')
    });
    if width > LONGEST_HEADING || ends {
        return None;
    }
    let found = |level| Some((level, line.to_owned()));
    if let Some(kind) = numbering(line) {
        // A list goes on with its next item; a heading is followed by text.
        return if numbering(next).is_some_and(|n| n.same(kind)) { None } else { found(kind.level()) };
    }
    let starts = line.chars().next().is_some_and(|c| c.is_uppercase() || is_han(c));
    let short = line.split_whitespace().count() <= HEADING_WORDS;
    let cells = line.contains([':', '：', '\t', '|', '，', '。']);
    let body = next.ends_with(['.', '。', '!', '！', '?', '？', ':', '：', '；', ';']) || cost(next) >= 3 * cost(line);
    (starts && short && !cells && body && (first || cost(next) > cost(line)))
        .then(|| (if first { 1 } else { 2 }, line.to_owned()))
}

/// How a line is numbered.
#[derive(Clone, Copy, PartialEq)]
enum Numbering {
    /// Chapter 3, 第三章.
    Chapter(u8),
    /// 一、
    Han,
    /// （一）
    HanInBrackets,
    /// 1.2 with so many points inside.
    Digits(u8),
}

impl Numbering {
    fn same(self, other: Numbering) -> bool {
        self == other
    }

    fn level(self) -> u8 {
        match self {
            Numbering::Chapter(level) => level,
            Numbering::Han => 3,
            Numbering::HanInBrackets => 4,
            Numbering::Digits(points) => 2 + points,
        }
    }
}

fn numbering(line: &str) -> Option<Numbering> {
    let counts = |c: char| c.is_ascii_digit() || "〇零一二三四五六七八九十百两".contains(c);
    if let Some(rest) = line.strip_prefix('第') {
        let after = rest.trim_start_matches(|c: char| counts(c) || c == ' ');
        let level = match after.chars().next().filter(|_| after.len() < rest.len())? {
            '编' | '部' | '篇' | '卷' => 1,
            '章' | '单' | '课' | '讲' => 2,
            '节' => 3,
            '条' => 4,
            _ => return None,
        };
        return Some(Numbering::Chapter(level));
    }
    for (word, level) in [("Part", 1), ("Chapter", 2), ("Unit", 2), ("Lesson", 2), ("Appendix", 2), ("Section", 3)] {
        let rest = line.get(..word.len()).filter(|start| start.eq_ignore_ascii_case(word)).map(|_| &line[word.len()..]);
        if let Some(number) = rest.and_then(|r| r.strip_prefix(' ')).and_then(|r| r.split_whitespace().next())
            && number.len() <= 5
            && number.chars().any(|c| c.is_ascii_digit() || matches!(c, 'I' | 'V' | 'X' | 'A'..='H'))
        {
            return Some(Numbering::Chapter(level));
        }
    }
    let han = line.trim_start_matches(|c: char| counts(c) && !c.is_ascii_digit());
    if han.len() < line.len() && han.starts_with(['、', '．', '.']) {
        return Some(Numbering::Han);
    }
    if let Some(rest) = line.strip_prefix(['（', '(']) {
        let after = rest.trim_start_matches(|c: char| counts(c) && !c.is_ascii_digit());
        return (after.len() < rest.len() && after.starts_with(['）', ')'])).then_some(Numbering::HanInBrackets);
    }
    let number = &line[..line.len() - line.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len()];
    let rest = line[number.len()..].trim_start_matches(['、', '．', ')', '）']);
    let spaced = rest.len() < line.len() - number.len() || rest.starts_with([' ', '\t']) || number.ends_with('.');
    let words = rest.trim_start();
    let points = u8::try_from(number.trim_end_matches('.').matches('.').count()).unwrap_or(u8::MAX).min(4);
    (number.starts_with(|c: char| c.is_ascii_digit())
        && number.len() <= 8
        && spaced
        && words.starts_with(|c: char| c.is_uppercase() || is_han(c)))
    .then_some(Numbering::Digits(points))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(&[&str], &str)]) {
        let got: Vec<(Vec<String>, &str)> =
            passages(text, &[]).into_iter().map(|p| (p.headings, p.span.of(text))).collect();
        let got: Vec<(Vec<&str>, &str)> =
            got.iter().map(|(h, t)| (h.iter().map(String::as_str).collect(), *t)).collect();
        let expected: Vec<(Vec<&str>, &str)> = expected.iter().map(|(h, t)| (h.to_vec(), *t)).collect();
        assert_eq!(got, expected);
    }

    #[track_caller]
    fn heads(line: &str, next: &str, expected: Option<u8>) {
        assert_eq!(heading(line, Some(next), false).map(|(level, _)| level), expected, "{line}");
    }

    #[test]
    fn headings_by_their_look() {
        heads("## Library", "Books may be kept.", Some(2));
        heads("Library", "Books may be kept for three weeks.", Some(2));
        heads("第三章 图书馆", "借书须带证。", Some(2));
        heads("第三条 学生借书须带证。", "借书须带证。", None);
        heads("二、作息时间", "早读从七点开始。", Some(3));
        heads("一、带好课本", "二、按时到校", None);
        heads("（一）请假", "请假须写条子。", Some(4));
        heads("2.1 Borrowing", "Books may be kept.", Some(3));
        heads("1. Bring a pen", "2. Bring a ruler", None);
        heads("Two roads diverged in a yellow wood,", "And sorry I could not travel both", None);
        heads("Monday: maths", "Tuesday: English and then a long afternoon of sport.", None);
        heads("and so on", "It was late when they came home.", None);
        heads("Library", "", None);
    }

    #[test]
    fn short_sections_share_a_passage_and_long_ones_are_cut_at_paragraphs() {
        check("", &[]);
        check(" \n\t\n", &[]);
        check("# A\n## B\nOne two three.", &[(&["A", "B"], "# A\n## B\nOne two three.")]);
        let paragraph = "Every pupil brings a book and a pen to each lesson of the day. ".repeat(10);
        let text = format!("# Rules\n{}\n{}\n", paragraph.trim(), paragraph.trim());
        let got = passages(&text, &[]);
        assert_eq!(got.len(), 2);
        // The second begins with the last sentence of the first.
        assert!(got[1].span.start < got[0].span.end);
        assert_eq!(got[1].span.of(&text).matches("Every").count(), 11);
        assert!(got.iter().all(|p| p.headings == ["Rules"]));
    }

    #[test]
    fn known_sections_count_and_looks_do_not() {
        let text = "Intro words\nSome text under it that goes on for a while and says that all is well with us here now, and that it will be \
                    so for ever, as far as anybody can tell.\nFees\nNothing is to pay.";
        let at = text.find("Fees").unwrap_or(0);
        let sections = [Section { at, level: 1, title: "Money".to_owned() }];
        let got = passages(text, &sections);
        assert_eq!(got.len(), 1, "the second section is short");
        let long = text.replace("to pay.", &"to pay, neither now nor later. ".repeat(12));
        let got = passages(&long, &sections);
        assert_eq!(got[1].headings, ["Money"]);
        assert!(got[0].headings.is_empty());
    }

    /// Text with everything in it that the division looks at.
    fn text() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            "[a-zA-Z]{1,9}",
            Just(" ".to_owned()),
            Just("\n".to_owned()),
            Just("\r\n\u{2028}".to_owned()),
            Just(". ".to_owned()),
            Just("。".to_owned()),
            "[一-十]{1,9}",
            Just("# ".to_owned()),
            Just("第三章 ".to_owned()),
            Just("1.2 Title".to_owned()),
            Just("The same sentence again and again. ".repeat(30)),
            Just("x".repeat(4000)),
            Just("门".repeat(800)),
            "\\PC{0,3}",
            Just("\u{0}\u{202e}\u{3000}".to_owned()),
        ];
        prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn spans_are_sound_and_nothing_is_left_out(text in text(), at in prop::collection::vec(0_usize..3000, 0..4)) {
            let sections: Vec<Section> =
                at.iter().map(|&at| Section { at, level: (at % 4) as u8, title: format!("S{at}") }).collect();
            for sections in [&[][..], &sections] {
                let mut covered = vec![false; text.len()];
                let mut before = 0;
                for passage in passages(&text, sections) {
                    let span = passage.span;
                    prop_assert!(span.fits(&text) && !span.is_empty());
                    prop_assert!(span.start >= before, "in order");
                    before = span.start;
                    prop_assert_eq!(span.of(&text).trim(), span.of(&text));
                    prop_assert!(cost(span.of(&text)) <= LONGEST + LEFT_OVER + LONGEST / 8, "{}", cost(span.of(&text)));
                    covered[span.start..span.end].fill(true);
                }
                for (at, c) in text.char_indices() {
                    prop_assert!(covered[at] || c.is_whitespace(), "{c:?} at {at}");
                }
            }
        }
    }
}
