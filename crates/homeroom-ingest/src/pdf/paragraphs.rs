//! Paragraphs from the lines of pages.

use std::collections::BTreeMap;

use crate::reflow::is_wide;

/// A gap of this many line pitches parts two paragraphs.
const GAP: f32 = 1.35;
/// A first line is indented by at least this many font sizes.
const INDENT: f32 = 0.8;
/// Lines whose font sizes differ by more than this share belong to different paragraphs.
const SIZE: f32 = 0.15;
/// Lines whose baselines are nearer than this many font sizes are one line.
const SAME_LINE: f32 = 0.3;
/// A page's text is at least this share of the page wide, so that a file of short lines is not taken for narrow columns.
/// Word's widest usual margins leave .7.
const MIN_TEXT_WIDTH: f32 = 0.55;
/// How many lines at the top and at the bottom of a page may be a running head.
const HEADS: usize = 2;
/// Share of the pages on which a line must stand to be a running head.
const ON_PAGES: f64 = 0.6;

/// A line of a page; lengths in points, the origin at the page's bottom left.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Line {
    /// A soft hyphen at its end stands for a word broken by the page.
    pub(crate) text: String,
    pub(crate) left: f32,
    pub(crate) right: f32,
    pub(crate) baseline: f32,
    pub(crate) size: f32,
}

/// The text of the pages, one line per paragraph, and how many running heads and page numbers were left out.
/// `width`: of a page, in points.
pub(crate) fn join(pages: Vec<Vec<Line>>, width: f32) -> (String, usize) {
    let mut pages: Vec<Vec<Line>> = pages.into_iter().map(merge).collect();
    let dropped = drop_heads(&mut pages);
    let pitch = lower_quartile(pages.iter().flat_map(|page| {
        page.windows(2)
            .map(|pair| (pair[0].baseline - pair[1].baseline, pair[0].size))
            .filter_map(|(gap, size)| (gap > 0.0 && gap < 3.0 * size.max(1.0)).then_some(gap))
    }));
    let margin = margin(&pages);
    let right = pages.iter().flatten().map(|line| line.right).fold(margin + MIN_TEXT_WIDTH * width, f32::max);
    let mut out = String::new();
    let mut last: Option<(&Line, usize)> = None;
    for (page_idx, page) in pages.iter().enumerate() {
        for line in page {
            if let Some((previous, previous_page)) = last {
                if parts(previous, line, previous_page == page_idx, pitch, margin, right) {
                    end_hyphen(&mut out);
                    out.push('\n');
                } else {
                    glue(&mut out, line);
                }
            }
            out.push_str(&line.text);
            last = Some((line, page_idx));
        }
    }
    end_hyphen(&mut out);
    (out.replace('\u{AD}', ""), dropped)
}

/// Lines on one baseline, which PDFium gives apart where there is a wide gap, as one.
fn merge(lines: Vec<Line>) -> Vec<Line> {
    let mut merged: Vec<Line> = Vec::new();
    for line in lines {
        if let Some(last) = merged.last_mut()
            && (last.baseline - line.baseline).abs() < SAME_LINE * last.size.min(line.size).max(1.0)
            && line.left >= last.right
        {
            last.text.push(' ');
            last.text.push_str(&line.text);
            last.right = last.right.max(line.right);
            last.size = last.size.max(line.size);
        } else {
            merged.push(line);
        }
    }
    merged
}

/// Whether `line` begins a new paragraph after `previous`.
fn parts(previous: &Line, line: &Line, same_page: bool, pitch: f32, margin: f32, right: f32) -> bool {
    let size = previous.size.max(line.size).max(1.0);
    if (previous.size - line.size).abs() > SIZE * size {
        return true;
    }
    if same_page && pitch > 0.0 {
        let gap = previous.baseline - line.baseline;
        if gap > GAP * pitch || gap < -SAME_LINE * size {
            return true;
        }
    }
    let indent = line.left - margin;
    if indent > INDENT * size && line.left - previous.left > INDENT * size / 2.0 {
        return true;
    }
    // The line was ended by its author if the next word would have fitted.
    let n_chars = previous.text.chars().count().max(1) as f32;
    let char_width = ((previous.right - previous.left) / n_chars).max(0.0);
    let word = line.text.chars().take_while(|c| !c.is_whitespace());
    let word_chars = match line.text.chars().next() {
        Some(first) if is_wide(first) => 1,
        _ => word.count(),
    };
    let hyphenated = previous.text.ends_with(['-', '\u{AD}', '‐']);
    !hyphenated && previous.right + (word_chars as f32 + 1.5) * char_width < right
}

/// Puts what belongs between two lines of a paragraph: a space, nothing between Chinese characters, and nothing for a
/// word that was broken.
fn glue(out: &mut String, line: &Line) {
    let next = line.text.chars().next();
    let lower = next.is_some_and(char::is_lowercase);
    if out.ends_with('\u{AD}') {
        out.pop();
        if !lower && next.is_some_and(char::is_alphanumeric) {
            out.push('-');
        }
        return;
    }
    if out.ends_with(['-', '‐']) {
        let letter = out.chars().rev().nth(1).is_some_and(char::is_alphabetic);
        if letter && lower {
            out.pop();
        }
        return;
    }
    let wide = out.chars().next_back().is_some_and(is_wide) && next.is_some_and(is_wide);
    if !wide {
        out.push(' ');
    }
}

/// A soft hyphen at the end of a paragraph was a real one.
fn end_hyphen(out: &mut String) {
    if out.ends_with('\u{AD}') {
        out.pop();
        out.push('-');
    }
}

/// The left edge of most lines.
fn margin(pages: &[Vec<Line>]) -> f32 {
    let mut count: BTreeMap<i32, usize> = BTreeMap::new();
    for line in pages.iter().flatten() {
        // Two points wide, as glyphs begin a little inside of their boxes.
        *count.entry((line.left / 2.0).round() as i32).or_default() += 1;
    }
    let most = count.values().max().copied().unwrap_or(0);
    // Of equal ones the leftmost: in a text of two-line paragraphs, half of the lines are indented.
    let left = count.iter().find(|(_, n)| **n * 2 > most).map_or(0, |(left, _)| *left);
    left as f32 * 2.0
}

/// Of the gaps between lines, one inside of a paragraph even where most paragraphs are a line or two.
fn lower_quartile(values: impl Iterator<Item = f32>) -> f32 {
    let mut values: Vec<f32> = values.collect();
    values.sort_by(f32::total_cmp);
    values.get(values.len().saturating_sub(1) / 4).copied().unwrap_or(0.0)
}

/// Takes out lines that stand at the head or foot of most pages, and page numbers.
fn drop_heads(pages: &mut [Vec<Line>]) -> usize {
    let edges: Vec<Vec<usize>> = pages.iter().map(|page| edges(page)).collect();
    let n_pages = pages.iter().filter(|page| !page.is_empty()).count();
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for (page, edges) in pages.iter().zip(&edges) {
        let mut keys: Vec<String> = edges.iter().map(|&idx| head_key(&page[idx].text)).collect();
        keys.sort();
        keys.dedup();
        for key in keys {
            *count.entry(key).or_default() += 1;
        }
    }
    let mut dropped = 0;
    for (page, edges) in pages.iter_mut().zip(edges) {
        let top = page.iter().map(|line| line.baseline).fold(f32::MIN, f32::max);
        let bottom = page.iter().map(|line| line.baseline).fold(f32::MAX, f32::min);
        let mut at = 0;
        let n_lines = page.len();
        page.retain(|line| {
            let idx = at;
            at += 1;
            let on = count.get(&head_key(&line.text)).copied().unwrap_or(0);
            let repeated = n_pages > 1 && on > 1 && on as f64 >= ON_PAGES * n_pages as f64;
            let outermost = line.baseline >= top || line.baseline <= bottom;
            let drop = edges.contains(&idx) && (repeated || (n_lines > 1 && outermost && is_page_number(&line.text)));
            dropped += usize::from(drop);
            !drop
        });
    }
    dropped
}

/// Indices of the highest and the lowest lines.
fn edges(page: &[Line]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..page.len()).collect();
    order.sort_by(|&a, &b| page[b].baseline.total_cmp(&page[a].baseline));
    let mut edges: Vec<usize> = order.iter().take(HEADS).copied().collect();
    edges.extend(order.iter().rev().take(HEADS));
    edges
}

/// A running head without what changes from page to page.
fn head_key(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_digit() { '#' } else { c }).collect::<String>().replace("##", "#")
}

fn is_page_number(text: &str) -> bool {
    let words: String = text.to_lowercase().chars().map(|c| if c.is_ascii_digit() { ' ' } else { c }).collect();
    let has_digit = text.chars().any(|c| c.is_ascii_digit());
    let is_mark = |word: &str| {
        matches!(
            word,
            "page" | "of" | "p" | "p." | "第" | "页" | "共" | "页共" | "页，共" | "-" | "–" | "—" | "/" | "|"
        )
    };
    has_digit && text.chars().count() <= 20 && words.split_whitespace().all(is_mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines of `(text, left, right, baseline)` in 12 points.
    #[track_caller]
    fn check(pages: &[&[(&str, f32, f32, f32)]], expected: &str) {
        let pages = pages
            .iter()
            .map(|page| {
                page.iter()
                    .map(|&(text, left, right, baseline)| Line { text: text.into(), left, right, baseline, size: 12.0 })
                    .collect()
            })
            .collect();
        assert_eq!(join(pages, 595.0).0, expected);
    }

    #[test]
    fn paragraphs_by_gap_indent_and_line_end() {
        // A gap.
        check(
            &[&[
                ("My favourite season is spring because the", 72.0, 500.0, 700.0),
                ("weather is warm and everyone goes outside", 72.0, 498.0, 684.0),
                ("Last spring we planted a tree.", 72.0, 300.0, 652.0),
            ]],
            "My favourite season is spring because the weather is warm and everyone goes outside\nLast spring we planted a \
             tree.",
        );
        // An indent.
        check(
            &[&[
                ("My favourite season is spring because the", 96.0, 500.0, 700.0),
                ("weather is warm and everyone goes outsides", 72.0, 498.0, 684.0),
                ("and the teachers are in a better mood, too.", 72.0, 499.0, 668.0),
                ("Last spring we planted a tree at our school", 96.0, 500.0, 652.0),
                ("and it is still alive.", 72.0, 250.0, 636.0),
            ]],
            "My favourite season is spring because the weather is warm and everyone goes outsides and the teachers are in a \
             better mood, too.\nLast spring we planted a tree at our school and it is still alive.",
        );
        // A line that ends early.
        check(
            &[&[
                ("Dear Tom,", 72.0, 130.0, 700.0),
                ("I am writing to tell you about the trip that we", 72.0, 500.0, 684.0),
                ("took.", 72.0, 100.0, 668.0),
            ]],
            "Dear Tom,\nI am writing to tell you about the trip that we took.",
        );
    }

    #[test]
    fn hyphens() {
        check(
            &[&[
                ("It was the most inter\u{AD}", 72.0, 500.0, 700.0),
                ("esting trip of all and a well-", 72.0, 499.0, 684.0),
                ("Known place, so we went again and wonder-", 72.0, 498.0, 668.0),
                ("ful it was.", 72.0, 140.0, 652.0),
            ]],
            "It was the most interesting trip of all and a well-Known place, so we went again and wonderful it was.",
        );
    }

    #[test]
    fn running_heads_and_page_numbers() {
        check(
            &[
                &[
                    ("Class 3 English", 72.0, 160.0, 800.0),
                    ("The first page is about the journey and how we", 72.0, 500.0, 700.0),
                    ("went by train, which took a long time for us all", 72.0, 500.0, 684.0),
                    ("- 1 -", 280.0, 300.0, 40.0),
                ],
                &[
                    ("Class 3 English", 72.0, 160.0, 800.0),
                    ("and the second is about 3 days in the mountains", 72.0, 500.0, 700.0),
                    ("2", 280.0, 300.0, 40.0),
                ],
            ],
            "The first page is about the journey and how we went by train, which took a long time for us all and the second \
             is about 3 days in the mountains",
        );
        check(&[&[("2024", 72.0, 100.0, 700.0)]], "2024");
    }

    #[test]
    fn chinese_lines_join_without_a_space() {
        check(
            &[&[("我最喜欢的季节是春天因为天气", 72.0, 500.0, 700.0), ("很暖和。", 72.0, 150.0, 684.0)]],
            "我最喜欢的季节是春天因为天气很暖和。",
        );
    }
}
