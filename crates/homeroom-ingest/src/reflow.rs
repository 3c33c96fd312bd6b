//! Text that was broken into lines for the width of a page.

/// Longest line, in characters, that a hard-wrapping editor writes.
const MAX_WIDTH: usize = 100;
/// Shortest width, in characters, that is taken for a page's rather than a poem's.
const MIN_WIDTH: usize = 50;
/// Share of the lines before another line that come near the width.
const MIN_FULL: f64 = 0.8;
/// How near, as a share of the width: the next word did not fit.
const NEAR: f64 = 0.75;
/// Share of those lines that end inside of a sentence. Where every line ends a sentence, lines are paragraphs.
const MIN_OPEN: f64 = 0.5;
/// Fewer lines than this tell nothing.
const MIN_LINES: usize = 3;

/// `text` with a space for every line feed that only broke a paragraph for the page's width, or `None` where lines are
/// paragraphs. The length in bytes stays the same.
pub(crate) fn unwrap(text: &str) -> Option<String> {
    let lines: Vec<&str> = text.split('\n').collect();
    // The last line of a paragraph is short: before a blank line, or before an indent.
    let followed: Vec<&str> = lines
        .windows(2)
        .filter(|pair| !pair[0].trim().is_empty() && !pair[1].trim().is_empty() && !is_indented(pair[1]))
        .map(|pair| pair[0].trim_end())
        .collect();
    let width = followed.iter().map(|line| line.chars().count()).max().unwrap_or(0);
    if followed.len() < MIN_LINES || !(MIN_WIDTH..=MAX_WIDTH).contains(&width) {
        return None;
    }
    let share =
        |test: &dyn Fn(&str) -> bool| followed.iter().filter(|line| test(line)).count() as f64 / followed.len() as f64;
    let is_full = |line: &str| line.chars().count() as f64 >= NEAR * width as f64;
    if share(&is_full) < MIN_FULL || share(&|line| !ends_sentence(line)) < MIN_OPEN {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    for (idx, line) in lines.iter().enumerate() {
        out.push_str(line);
        let Some(next) = lines.get(idx + 1) else { break };
        let indented = is_indented(next);
        let joins = !line.trim().is_empty()
            && !next.trim().is_empty()
            && !indented
            && (is_full(line.trim_end()) || !ends_sentence(line.trim_end()));
        out.push(if joins { ' ' } else { '\n' });
    }
    Some(out)
}

fn is_indented(line: &str) -> bool {
    line.starts_with([' ', '\t', '\u{3000}'])
}

/// Whether a line ends like a sentence.
pub(crate) fn ends_sentence(line: &str) -> bool {
    let line = line.trim_end().trim_end_matches(['"', '\'', '”', '’', ')', '）', '」', '』', '》']);
    line.ends_with(['.', '!', '?', ':', '…', '。', '！', '？', '：'])
}

/// Whether a character is written without spaces around it.
pub(crate) fn is_wide(c: char) -> bool {
    matches!(c, '\u{2E80}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{FF00}'..='\u{FF65}' | '\u{20000}'..='\u{3FFFF}')
}
