//! Whole pages.

use homeroom_core::Picture;
use homeroom_lexicon::Lexicon;
use homeroom_page::{Page, PageError, quarter_turns, read_page};

use crate::stub::Stub;

const INK: [u8; 3] = [30, 30, 40];
const RED: [u8; 3] = [205, 35, 45];
/// Height of a mark, and the width that reads as `b`; `c` is twice as wide.
const HIGH: usize = 20;
const UNIT: usize = 13;

fn paper() -> Picture {
    Picture::filled(900, 1200, [248, 247, 242])
}

/// Draws marks that read as `word`; the last one is half as high, so that it shows which way is up.
fn draw(page: &mut Picture, x: usize, y: usize, word: &str, ink: [u8; 3]) {
    let mut left = x;
    for (idx, c) in word.chars().enumerate() {
        let width = UNIT * (c as usize - 'a' as usize) + 3;
        let high = if idx + 1 == word.len() { HIGH / 3 } else { HIGH };
        // Upright strokes: writing never fills a patch of the page, and strokes across would cross it out.
        for y in y + HIGH - high..y + HIGH {
            (left..left + width).filter(|x| (x - left) % 4 < 2).for_each(|x| page.set_pixel(x, y, ink));
        }
        left += width + 8;
    }
}

fn read(page: &Picture) -> Result<Page, PageError> {
    read_page(page, &Stub { sure: 0.9 }, Lexicon::shipped())
}

/// The words of a page, line by line where each line is a word.
#[track_caller]
fn check(page: &Picture, expected: &str) -> Page {
    let read = read(page).unwrap();
    assert_eq!(read.text().split_whitespace().collect::<Vec<_>>().join(" "), expected);
    read
}

fn lines(words: &[&str], x: usize, y: usize, page: &mut Picture) {
    for (row, word) in words.iter().enumerate() {
        draw(page, x, y + 70 * row, word, INK);
    }
}

const WORDS: [&str; 5] = ["fedcfeb", "gfcedcb", "dfgecdb", "ecgfdfb", "cgdfefb"];

#[test]
fn a_page_however_it_lies() {
    let mut page = paper();
    lines(&WORDS, 120, 200, &mut page);
    for turns in 0..4 {
        check(&quarter_turns(&page, turns), &WORDS.join(" "));
    }
}

#[test]
fn two_columns() {
    let mut page = paper();
    let (left, right) = (["dcdb", "cdcb", "ddcb", "dccb"], ["cddb", "dcdb", "ccdb", "dddb"]);
    lines(&left, 80, 200, &mut page);
    lines(&right, 520, 210, &mut page);
    check(&page, &[left, right].concat().join(" "));
}

#[test]
fn a_teachers_red_ink_is_told_apart() {
    let mut page = paper();
    lines(&WORDS, 120, 200, &mut page);
    draw(&mut page, 150, 700, "ddcb", RED);
    // A red stroke through the pupil's words does not cross them out.
    for x in 130..500 {
        (0..4).for_each(|y| page.set_pixel(x, 208 + y, RED));
    }
    let read = check(&page, &WORDS.join(" "));
    assert!(read.red.iter().any(|line| line == "ddcb"), "{:?}", read.red);
    assert!(read.crossed_out.is_empty());
}

#[test]
fn notes_in_the_margin_are_told_apart() {
    let mut page = paper();
    lines(&WORDS, 250, 200, &mut page);
    draw(&mut page, 40, 270, "cb", INK);
    let read = check(&page, &WORDS.join(" "));
    assert_eq!(read.margin, ["cb"]);
}

#[test]
fn nothing_to_read() {
    assert!(matches!(read(&paper()), Err(PageError::NoText)));
    assert!(matches!(read(&Picture::filled(900, 1200, [0; 3])), Err(PageError::NoText)));
    // Scrawl of which no letter is sure.
    let mut page = paper();
    lines(&WORDS, 120, 200, &mut page);
    let unsure = read_page(&page, &Stub { sure: 0.2 }, Lexicon::shipped());
    assert!(matches!(unsure, Err(PageError::Illegible { .. })), "{unsure:?}");
}
