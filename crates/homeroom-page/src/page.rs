//! One page: from a picture to words in reading order.

use homeroom_core::Picture;
use homeroom_core::ability::{Glyph, SeeText};
use homeroom_lexicon::Lexicon;

use crate::PageError;
use crate::boxes::text_boxes;
use crate::geometry::{Tilted, cut_out, quarter_turns};
use crate::grey::Grey;
use crate::layout::{Level, layout, level, slope};
use crate::light::{INK, even_light, part_inks};
use crate::paragraphs::{Line, paragraphs};
use crate::sheet::straighten;
use crate::strike::{rules, strikes};
use crate::words::{Letter, Word, chinese, is_chinese, words};

/// A page is turned by a quarter if at least this share of its boxes, by area, stand upright.
const ON_ITS_SIDE: f32 = 0.6;
/// A box at least this many times as high as wide stands upright.
const UPRIGHT: f32 = 1.6;
/// How many of the widest boxes tell whether a page is upside down.
const DIRECTION_BOXES: usize = 7;
/// A part whose letters are less sure than this in the mean is no writing: a table's grain, a face, a stamp.
const MIN_CONFIDENCE: f32 = 0.45;
/// The same for a part of one or two letters, which the recogniser sees in any blot.
const MIN_CONFIDENCE_SHORT: f32 = 0.7;
/// The same for a short part beside a clear one on its line: a lone *I*.
const MIN_CONFIDENCE_BESIDE: f32 = 0.2;
/// How far apart two parts of a line may be to be beside each other, in line heights.
const BESIDE: f32 = 1.5;
/// Fewer letters than this are no text.
const MIN_LETTERS: usize = 4;
/// Boxes that hold this many times more doubtful than clear letters are writing that can't be read, if there are enough.
const ILLEGIBLE_LETTERS: usize = 20;
/// A piece of a line that is read at once is at least this long, in line heights, where the line is longer. PP-OCR was
/// trained on lines of up to seven; on ones of thirty it loses a letter in a hundred.
const PIECE_LEAST: f32 = 5.0;
/// The longest piece, in line heights, where there is a gap to cut in.
const PIECE_MOST: f32 = 11.0;
/// A gap that a line may be cut in, in line heights. The widest within reach is taken, which lies between words.
const PIECE_GAP: f32 = 0.1;
/// Share of a word's letters that a stroke covers, for it to be crossed out.
const STRUCK: f32 = 0.6;
/// Share of a line's height, at the top and at the bottom, in which ink may be of the lines above and below.
const EDGE_ROWS: f32 = 0.15;

/// What stands on a page.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Page {
    /// The text, one entry per paragraph.
    pub paragraphs: Vec<Vec<Word>>,
    /// What was crossed out, word by word, as far as it can be read.
    pub crossed_out: Vec<String>,
    /// What stands beside the text, line by line.
    pub margin: Vec<String>,
    /// What is written in red, line by line: as a rule a teacher's.
    pub red: Vec<String>,
    /// Mean probability of the text's letters.
    pub confidence: f32,
}

impl Page {
    /// The text as it is taken to be, one line per paragraph.
    #[must_use]
    pub fn text(&self) -> String {
        let line = |words: &Vec<Word>| words.iter().map(|w| w.text.as_str()).collect::<Vec<_>>().join(" ");
        self.paragraphs.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

/// Reads a page.
///
/// # Errors
/// [`PageError::NoText`] where the picture shows none, [`PageError::Illegible`] where it can't be read,
/// [`PageError::Model`] where the model fails.
pub fn read_page(picture: &Picture, see: &dyn SeeText, lexicon: &Lexicon) -> Result<Page, PageError> {
    let even = even_light(&straighten(picture));
    let inks = part_inks(&even);
    let (mut pupil, mut red) = (inks.pupil, inks.red);
    let mut boxes = find(&pupil, see)?;
    let turns = turns(&pupil, &boxes, see)?;
    if turns != 0 {
        pupil = quarter_turns(&pupil, turns);
        red = red.map(|red| quarter_turns(&red, turns));
        boxes = find(&pupil, see)?;
    }
    let mut page = Page::default();
    let parts = read_boxes(&pupil, &boxes, see)?;
    let (clear, unclear) = part_clear(parts);
    let letters = |parts: &[Part]| parts.iter().map(|p| p.letters.len()).sum::<usize>();
    if letters(&clear) < MIN_LETTERS || letters(&unclear) > 2 * letters(&clear) {
        if letters(&unclear) < ILLEGIBLE_LETTERS {
            return Err(PageError::NoText);
        }
        return Err(PageError::Illegible { confidence: mean_confidence(clear.iter().chain(&unclear)) });
    }
    page.confidence = mean_confidence(clear.iter());
    let boxes: Vec<Tilted> = clear.iter().map(|p| p.tilted).collect();
    let levels = level(&boxes, slope(&boxes));
    let layout = layout(&levels);
    let mut lines = Vec::new();
    for (column, members) in layout.lines {
        let mut words: Vec<Word> = Vec::new();
        for &idx in &members {
            words.extend(part_words(&clear[idx], lexicon, &mut page.crossed_out));
        }
        if !words.is_empty() {
            let members: Vec<&Level> = members.iter().map(|&idx| &levels[idx]).collect();
            lines.push(Line::new(column, &members, words));
        }
    }
    page.paragraphs = paragraphs(lines, lexicon);
    for members in layout.margin {
        page.margin.push(plain_line(members.iter().map(|&idx| &clear[idx]), lexicon));
    }
    if let Some(red) = red {
        let boxes = find(&red, see)?;
        let parts = part_clear(read_boxes(&red, &boxes, see)?).0;
        let boxes: Vec<Tilted> = parts.iter().map(|p| p.tilted).collect();
        let found = crate::layout::layout(&level(&boxes, slope(&boxes)));
        for members in found.lines.into_iter().map(|line| line.1).chain(found.margin) {
            page.red.push(plain_line(members.iter().map(|&idx| &parts[idx]), lexicon));
        }
    }
    Ok(page)
}

fn find(page: &Picture, see: &dyn SeeText) -> Result<Vec<Tilted>, PageError> {
    Ok(text_boxes(&see.text_map(page)?, page.width(), page.height()))
}

/// By how many quarters clockwise the page must be turned to stand upright.
fn turns(page: &Picture, boxes: &[Tilted], see: &dyn SeeText) -> Result<usize, PageError> {
    let area = |b: &Tilted| b.width * b.height;
    let all: f32 = boxes.iter().map(area).sum();
    let upright: f32 = boxes.iter().filter(|b| b.height > UPRIGHT * b.width).map(area).sum();
    if all <= 0.0 {
        return Ok(0);
    }
    let on_its_side = upright > ON_ITS_SIDE * all;
    let mut longest: Vec<&Tilted> = boxes.iter().collect();
    longest.sort_by(|a, b| b.width.max(b.height).total_cmp(&a.width.max(a.height)));
    let lines: Vec<Picture> = longest
        .into_iter()
        .take(DIRECTION_BOXES)
        .filter_map(|b| cut(page, b))
        .map(|line| if on_its_side { quarter_turns(&line, 1) } else { line })
        .collect();
    let doubts = see.upside_down(&lines)?;
    let mean = doubts.iter().sum::<f32>() / doubts.len().max(1) as f32;
    let mut turned = false;
    if mean > 0.3 || on_its_side {
        // The classifier knows Chinese print best; what reads better decides.
        let sure = |lines: &[Picture]| -> Result<f32, PageError> {
            let read = see.read_lines(lines)?;
            let mean =
                |glyphs: &Vec<Glyph>| glyphs.iter().map(|g| g.probability).sum::<f32>() / glyphs.len().max(1) as f32;
            Ok(read.iter().map(mean).sum::<f32>() / read.len().max(1) as f32)
        };
        let other: Vec<Picture> = lines.iter().map(|line| quarter_turns(line, 2)).collect();
        turned = sure(&other)? > sure(&lines)?;
    }
    Ok(usize::from(on_its_side) + 2 * usize::from(turned))
}

fn cut(page: &Picture, tilted: &Tilted) -> Option<Picture> {
    let side = |length: f32| (length.round() as usize).max(1);
    cut_out(page, tilted.corners(), side(tilted.width), side(tilted.height))
}

/// A box and what was read in it.
struct Part {
    tilted: Tilted,
    letters: Vec<Letter>,
    /// Where each letter stands, as a share of the width.
    positions: Vec<f32>,
    /// Where it is crossed out, as shares of the width.
    strikes: Vec<(f32, f32)>,
}

impl Part {
    fn confidence(&self) -> f32 {
        self.letters.iter().map(|l| l.probability).sum::<f32>() / self.letters.len().max(1) as f32
    }

    fn is_clear(&self) -> bool {
        let least = if self.letters.len() > 2 { MIN_CONFIDENCE } else { MIN_CONFIDENCE_SHORT };
        !self.letters.is_empty() && self.confidence() >= least
    }
}

/// The parts that are writing, and those that may be none.
fn part_clear(parts: Vec<Part>) -> (Vec<Part>, Vec<Part>) {
    let boxes: Vec<Tilted> = parts.iter().map(|p| p.tilted).collect();
    let levels = level(&boxes, slope(&boxes));
    let clear: Vec<bool> = parts.iter().map(Part::is_clear).collect();
    let beside_clear = |idx: usize| {
        let own = &levels[idx];
        levels.iter().zip(&clear).any(|(other, clear)| {
            let height = own.height().min(other.height());
            let apart = (own.left - other.right).max(other.left - own.right);
            *clear && (own.middle() - other.middle()).abs() < 0.5 * height && apart < BESIDE * other.height()
        })
    };
    let keep: Vec<bool> = (0..parts.len())
        .map(|idx| clear[idx] || parts[idx].confidence() >= MIN_CONFIDENCE_BESIDE && beside_clear(idx))
        .collect();
    let (mut kept, mut rest) = (Vec::new(), Vec::new());
    for (part, keep) in parts.into_iter().zip(keep) {
        if keep { kept.push(part) } else { rest.push(part) }
    }
    (kept, rest)
}

fn mean_confidence<'a>(parts: impl Iterator<Item = &'a Part>) -> f32 {
    let (sum, n) =
        parts.flat_map(|p| &p.letters).fold((0.0_f32, 0_usize), |(sum, n), letter| (sum + letter.probability, n + 1));
    if n == 0 { 0.0 } else { sum / n as f32 }
}

/// A line and how it is read: in pieces, for the recogniser was made for short lines and loses letters of long ones.
struct Cut {
    tilted: Tilted,
    grey: Grey,
    strikes: Vec<(f32, f32)>,
    /// For each column, whether no ink stands in it.
    empty: Vec<bool>,
    /// First and last column of each piece, the last excluded.
    pieces: Vec<(usize, usize)>,
}

fn read_boxes(page: &Picture, boxes: &[Tilted], see: &dyn SeeText) -> Result<Vec<Part>, PageError> {
    let mut cuts = Vec::new();
    let mut pictures = Vec::new();
    for tilted in boxes {
        let Some(line) = cut(page, tilted) else { continue };
        let grey = Grey::of(&line);
        let ink = grey.otsu().min(INK);
        let ruled = rules(&grey, ink);
        let empty = empty_columns(&grey, ink, &ruled);
        let pieces = pieces(&empty, grey.height);
        pictures.extend(pieces.iter().map(|&(from, to)| columns(&line, from, to)));
        cuts.push(Cut { tilted: *tilted, strikes: strikes(&grey, ink, &ruled), grey, empty, pieces });
    }
    let mut read = see.read_lines(&pictures)?.into_iter();
    Ok(cuts
        .into_iter()
        .map(|cut| {
            let n = cut.pieces.len();
            let glyphs = read.by_ref().take(n).collect();
            part(cut, glyphs)
        })
        .collect())
}

/// Where a line is cut: in wide gaps, so that no piece is much longer than [`PIECE`].
fn pieces(empty: &[bool], height: usize) -> Vec<(usize, usize)> {
    let width = empty.len();
    let at = |heights: f32| (heights * height as f32) as usize;
    let mut pieces = Vec::new();
    let mut start = 0;
    while width - start > at(PIECE_MOST) {
        let widest = |from: usize, to: usize| {
            let (mut best, mut run) = ((0, 0), 0);
            for (x, &is_empty) in empty.iter().enumerate().take(to).skip(from) {
                run = if is_empty { run + 1 } else { 0 };
                if run > best.0 {
                    best = (run, x + 1 - run / 2);
                }
            }
            best
        };
        let (gap, middle) = widest(start + at(PIECE_LEAST), start + at(PIECE_MOST));
        // Where letters hang together the line goes on in one piece.
        if gap < at(PIECE_GAP) {
            let (gap, middle) = widest(start + at(PIECE_LEAST), width);
            if gap < at(PIECE_GAP) {
                break;
            }
            pieces.push((start, middle));
            start = middle;
            continue;
        }
        pieces.push((start, middle));
        start = middle;
    }
    pieces.push((start, width));
    pieces
}

/// The columns of a picture from `from` to before `to`.
fn columns(picture: &Picture, from: usize, to: usize) -> Picture {
    let rows = picture.rgb().chunks_exact(3 * picture.width());
    let rgb: Vec<u8> = rows.flat_map(|row| &row[3 * from..3 * to]).copied().collect();
    Picture::from_rgb(to - from, picture.height(), rgb).expect("invariant: each row has as many columns")
}

fn part(cut: Cut, read: Vec<Vec<Glyph>>) -> Part {
    let Cut { tilted, grey, strikes, empty, pieces } = cut;
    let mut letters: Vec<Letter> = Vec::new();
    let mut positions: Vec<f32> = Vec::new();
    for ((from, to), glyphs) in pieces.into_iter().zip(read) {
        for (idx, glyph) in glyphs.into_iter().enumerate() {
            let column = |share: f32| ((share * grey.width as f32) as usize).min(grey.width - 1);
            let position = (from as f32 + glyph.position * (to - from) as f32) / grey.width as f32;
            let gap = positions.last().map_or(0, |&before| {
                let before = column(before);
                longest_run(&empty[before..=column(position).max(before)])
            });
            letters.push(Letter {
                character: glyph.character,
                probability: glyph.probability,
                others: glyph.others,
                // Between two pieces nothing was seen; their gap alone tells.
                space: if idx == 0 { 0.5 } else { glyph.space },
                gap: gap as f32 / grey.height as f32,
            });
            positions.push(position);
        }
    }
    Part { tilted, letters, positions, strikes }
}

/// For each column of a line, whether no ink stands in it but that of the paper's rules.
fn empty_columns(line: &Grey, ink: u8, ruled: &[bool]) -> Vec<bool> {
    let edge = (EDGE_ROWS * line.height as f32) as usize;
    let is_empty = |x: usize, y: usize| line.at(x, y) >= ink || ruled[y * line.width + x];
    (0..line.width).map(|x| (edge..line.height - edge).all(|y| is_empty(x, y))).collect()
}

fn longest_run(flags: &[bool]) -> usize {
    let (mut longest, mut run) = (0, 0);
    for &flag in flags {
        run = if flag { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    longest
}

/// The words of a part that are not crossed out; the others go to `crossed_out`.
fn part_words(part: &Part, lexicon: &Lexicon, crossed_out: &mut Vec<String>) -> Vec<Word> {
    if is_chinese(&part.letters) {
        return chinese(&part.letters);
    }
    let read = words(&part.letters, lexicon);
    if part.strikes.is_empty() {
        return read;
    }
    let struck = |at: f32| part.strikes.iter().any(|(from, to)| (*from..*to).contains(&at));
    let mut at = 0;
    let mut kept = Vec::new();
    for word in read {
        let places = &part.positions[at..at + word.letters];
        at += word.letters;
        let n_struck = places.iter().filter(|p| struck(**p)).count();
        if n_struck as f32 >= STRUCK * places.len() as f32 {
            crossed_out.push(word.text);
        } else {
            kept.push(word);
        }
    }
    kept
}

fn plain_line<'a>(parts: impl Iterator<Item = &'a Part>, lexicon: &Lexicon) -> String {
    let mut out: Vec<String> = Vec::new();
    for part in parts {
        let read = if is_chinese(&part.letters) { chinese(&part.letters) } else { words(&part.letters, lexicon) };
        out.extend(read.into_iter().map(|w| w.text));
    }
    out.join(" ")
}
