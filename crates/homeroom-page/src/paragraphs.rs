//! Lines to paragraphs.

use homeroom_lexicon::Lexicon;

use crate::layout::Level;
use crate::words::Word;

/// A first line is indented by at least this many line heights, of which one holds an em and a half.
const INDENT: f32 = 0.65;
/// A gap of this many line pitches parts two paragraphs.
const GAP: f32 = 1.5;
/// A line that could have taken the next word and this many letters more was ended on purpose.
const ROOM: f32 = 4.0;

/// A line of words and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    column: usize,
    left: f32,
    right: f32,
    middle: f32,
    height: f32,
    words: Vec<Word>,
}

impl Line {
    /// A line of parts, from left to right.
    pub(crate) fn new(column: usize, parts: &[&Level], words: Vec<Word>) -> Line {
        let n = parts.len().max(1) as f32;
        Line {
            column,
            left: parts.iter().map(|p| p.left).fold(f32::MAX, f32::min),
            right: parts.iter().map(|p| p.right).fold(f32::MIN, f32::max),
            middle: parts.iter().map(|p| f32::midpoint(p.top, p.bottom)).sum::<f32>() / n,
            height: parts.iter().map(|p| p.bottom - p.top).sum::<f32>() / n,
            words,
        }
    }

    fn ends_sentence(&self) -> bool {
        let last =
            self.words.last().and_then(|w| w.text.trim_end_matches(['"', '”', '’', '\'', ')']).chars().next_back());
        last.is_some_and(|c| ".!?。！？…".contains(c))
    }
}

/// The edges of a column: that of most lines on the left, the farthest on the right.
struct Edges {
    left: f32,
    right: f32,
    pitch: f32,
}

fn edges(lines: &[&Line]) -> Edges {
    let mut lefts: Vec<f32> = lines.iter().map(|l| l.left).collect();
    lefts.sort_by(f32::total_cmp);
    let mut rights: Vec<f32> = lines.iter().map(|l| l.right).collect();
    rights.sort_by(f32::total_cmp);
    let mut pitches: Vec<f32> = lines.windows(2).map(|p| p[1].middle - p[0].middle).filter(|p| *p > 0.0).collect();
    pitches.sort_by(f32::total_cmp);
    Edges {
        // Between the leftmost and the middle: in a text of two-line paragraphs half of the lines are indented.
        left: lefts[lefts.len() / 5],
        right: rights[(rights.len() * 4 / 5).min(rights.len() - 1)],
        pitch: pitches.get(pitches.len() / 3).copied().unwrap_or(0.0),
    }
}

/// Joins lines to paragraphs, and words that a line's end broke.
pub(crate) fn paragraphs(lines: Vec<Line>, lexicon: &Lexicon) -> Vec<Vec<Word>> {
    let n_columns = lines.iter().map(|l| l.column + 1).max().unwrap_or(0);
    let edges: Vec<Option<Edges>> = (0..n_columns)
        .map(|c| {
            let own: Vec<&Line> = lines.iter().filter(|l| l.column == c).collect();
            (!own.is_empty()).then(|| edges(&own))
        })
        .collect();
    let mut out: Vec<Vec<Word>> = Vec::new();
    let mut last: Option<Line> = None;
    for mut line in lines {
        let new = last.as_ref().is_none_or(|last| begins(last, &line, &edges));
        let words = std::mem::take(&mut line.words);
        match out.last_mut() {
            Some(paragraph) if !new => append(paragraph, words.clone(), lexicon),
            _ => out.push(words.clone()),
        }
        line.words = words;
        last = Some(line);
    }
    out
}

/// Whether a line begins a paragraph.
fn begins(last: &Line, line: &Line, edges: &[Option<Edges>]) -> bool {
    let (Some(own), Some(before)) = (&edges[line.column], &edges[last.column]) else { return true };
    let size = last.height.min(line.height);
    if line.column == last.column && own.pitch > 0.0 && line.middle - last.middle > GAP * own.pitch {
        return true;
    }
    // A title: both of its ends are far from the edges.
    let centred = |l: &Line, e: &Edges| l.left - e.left > 2.0 * size && e.right - l.right > 2.0 * size;
    if centred(last, before) && !centred(line, own) {
        return true;
    }
    if line.left - own.left > INDENT * size && line.left - last.left > 0.5 * INDENT * size {
        return true;
    }
    let n_chars: usize = last.words.iter().map(|w| w.text.chars().count() + 1).sum();
    let letter = (last.right - last.left) / n_chars.max(1) as f32;
    let first = line.words.first().map_or("", |w| w.text.as_str());
    let first_chars = if first.chars().next().is_some_and(is_wide) { 1 } else { first.chars().count() };
    let room = before.right - last.right > (first_chars as f32 + ROOM) * letter;
    let lower = first.chars().next().is_some_and(char::is_lowercase);
    room && !lower && (last.ends_sentence() || last.right - last.left < 0.6 * (before.right - before.left))
}

fn is_wide(c: char) -> bool {
    matches!(c, '\u{2E80}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{FF00}'..='\u{FFEF}')
}

/// Puts a line's words after those of a paragraph.
fn append(paragraph: &mut Vec<Word>, mut words: Vec<Word>, lexicon: &Lexicon) {
    let (Some(last), Some(first)) = (paragraph.last_mut(), words.first()) else {
        paragraph.append(&mut words);
        return;
    };
    let wide = |c: Option<char>| c.is_some_and(is_wide);
    let chinese = wide(last.text.chars().next_back()) && wide(first.text.chars().next());
    let hyphen = last.text.ends_with('-')
        && last.text.chars().rev().nth(1).is_some_and(char::is_alphabetic)
        && first.text.chars().next().is_some_and(char::is_lowercase);
    if chinese || hyphen {
        let first = words.remove(0);
        if hyphen {
            let stem = last.text.trim_end_matches('-').to_owned();
            let bare = |text: &str| text.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
            if lexicon.contains(&bare(&format!("{stem}{}", first.text))) {
                last.text = stem;
            }
        }
        last.text.push_str(&first.text);
        last.confidence = last.confidence.min(first.confidence);
        last.doubtful |= first.doubtful;
        last.letters += first.letters;
    }
    paragraph.append(&mut words);
}
