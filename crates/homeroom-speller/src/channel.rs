//! How unlikely it is that a learner who means one word writes another string, in nats.

use crate::index::LONGEST;

/// Chunks that are written for other chunks as one slip: (written, meant, cost in nats).
///
/// Collected from lists of learners' misspellings by sound; the costs were set on the even lines of JFLEG-dev.
const CHUNKS: [(&str, &str, f32); 92] = [
    ("ie", "ei", 1.2),
    ("ei", "ie", 1.2),
    ("f", "ph", 1.5),
    ("f", "gh", 2.5),
    ("k", "ck", 1.5),
    ("k", "c", 1.8),
    ("c", "k", 2.0),
    ("ck", "k", 1.8),
    ("k", "ch", 2.0),
    ("c", "ch", 2.0),
    ("sh", "ch", 2.0),
    ("ch", "tch", 1.2),
    ("tch", "ch", 1.2),
    ("sion", "tion", 1.5),
    ("tion", "sion", 1.5),
    ("cion", "tion", 1.5),
    ("tion", "cion", 2.0),
    ("ssion", "sion", 1.2),
    ("shun", "tion", 1.5),
    ("ous", "ious", 1.5),
    ("us", "ous", 1.3),
    ("ious", "ous", 1.5),
    ("eous", "ious", 1.5),
    ("ious", "eous", 1.5),
    ("able", "ible", 1.0),
    ("ible", "able", 1.0),
    ("ance", "ence", 1.0),
    ("ence", "ance", 1.0),
    ("ant", "ent", 1.0),
    ("ent", "ant", 1.0),
    ("ar", "er", 1.5),
    ("er", "ar", 1.5),
    ("or", "er", 1.3),
    ("er", "or", 1.3),
    ("el", "le", 1.3),
    ("le", "el", 1.3),
    ("al", "le", 1.8),
    ("al", "el", 1.5),
    ("full", "ful", 0.5),
    ("ful", "full", 1.0),
    ("ly", "lly", 0.8),
    ("lly", "ly", 0.8),
    ("ely", "ly", 1.5),
    ("ly", "ely", 1.0),
    ("aly", "ally", 0.8),
    ("ing", "eing", 2.0),
    ("eing", "ing", 1.0),
    ("ys", "ies", 1.0),
    ("yes", "ies", 1.0),
    ("ies", "ys", 1.0),
    ("yed", "ied", 1.0),
    ("ied", "yed", 1.0),
    ("ing", "ying", 1.0),
    ("w", "wh", 1.5),
    ("wh", "w", 1.8),
    ("n", "kn", 1.5),
    ("r", "wr", 1.5),
    ("s", "sc", 1.3),
    ("sc", "s", 1.8),
    ("s", "c", 1.5),
    ("c", "s", 1.5),
    ("s", "z", 1.5),
    ("z", "s", 1.5),
    ("ss", "s", 1.2),
    ("s", "ss", 1.2),
    ("j", "g", 1.5),
    ("g", "j", 1.8),
    ("dg", "g", 1.5),
    ("g", "dg", 1.2),
    ("g", "gh", 1.8),
    ("t", "ght", 1.8),
    ("th", "s", 2.5),
    ("s", "th", 2.5),
    ("ou", "o", 1.3),
    ("o", "ou", 1.5),
    ("oo", "o", 1.5),
    ("o", "oo", 1.5),
    ("au", "o", 1.8),
    ("ea", "e", 1.5),
    ("e", "ea", 1.5),
    ("ee", "ea", 1.3),
    ("ea", "ee", 1.3),
    ("ai", "a", 1.8),
    ("a", "ai", 1.8),
    ("ey", "y", 1.2),
    ("y", "ey", 1.3),
    ("y", "ie", 1.5),
    ("ie", "y", 1.5),
    ("qu", "q", 1.0),
    ("x", "cs", 1.5),
    ("ks", "x", 1.5),
    ("kw", "qu", 1.5),
];

/// Cost of the first letter being wrong, on top of the slip itself: first letters are rarely mistaken (Yannakoudakis
/// and Fawthrop 1983).
const FIRST_LETTER: f32 = 1.2;

const SUBSTITUTE: f32 = 3.8;
const SUBSTITUTE_VOWEL: f32 = 2.0;
const SUBSTITUTE_LIKE: f32 = 2.6;
const SUBSTITUTE_KEY: f32 = 3.0;
const OMIT: f32 = 3.0;
const OMIT_DOUBLE: f32 = 1.2;
const OMIT_VOWEL: f32 = 2.2;
const OMIT_SILENT: f32 = 1.6;
const OMIT_APOSTROPHE: f32 = 0.5;
const ADD: f32 = 3.2;
const ADD_DOUBLE: f32 = 1.3;
const ADD_VOWEL: f32 = 2.6;
const TRANSPOSE: f32 = 2.0;

/// Consonants whose sounds learners (Chinese ones above all) confuse.
const LIKE: [(u8, u8); 16] = [
    (b'l', b'r'),
    (b'v', b'w'),
    (b'b', b'p'),
    (b'd', b't'),
    (b'g', b'k'),
    (b'f', b'v'),
    (b'm', b'n'),
    (b'c', b'k'),
    (b'c', b's'),
    (b's', b'z'),
    (b'g', b'j'),
    (b'i', b'y'),
    (b'n', b'l'),
    (b'b', b'v'),
    (b'q', b'k'),
    (b'x', b's'),
];

const KEYBOARD: [&[u8]; 3] = [b"qwertyuiop", b"asdfghjkl", b"zxcvbnm"];

fn is_vowel(b: u8) -> bool {
    matches!(b, b'a' | b'e' | b'i' | b'o' | b'u')
}

fn adjacent(a: u8, b: u8) -> bool {
    let place = |c: u8| {
        KEYBOARD.iter().enumerate().find_map(|(row, keys)| {
            // Each row is shifted by about half a key.
            keys.iter().position(|&k| k == c).map(|column| (row as f32, column as f32 + 0.5 * row as f32))
        })
    };
    match (place(a), place(b)) {
        (Some((r, x)), Some((s, y))) => (r - s).abs() <= 1.0 && (x - y).abs() <= 1.0,
        _ => false,
    }
}

fn substitute(written: u8, meant: u8) -> f32 {
    if is_vowel(written) && is_vowel(meant) {
        SUBSTITUTE_VOWEL
    } else if LIKE.iter().any(|&(a, b)| (a, b) == (written, meant) || (b, a) == (written, meant)) {
        SUBSTITUTE_LIKE
    } else if adjacent(written, meant) {
        SUBSTITUTE_KEY
    } else {
        SUBSTITUTE
    }
}

/// Cost of leaving out `meant[j]`.
fn omit(meant: &[u8], j: usize) -> f32 {
    let at = |i: usize| meant.get(i).copied().unwrap_or(0);
    let before = if j > 0 { meant[j - 1] } else { 0 };
    let after = at(j + 1);
    match meant[j] {
        b'\'' => OMIT_APOSTROPHE,
        b if b == before || b == after => OMIT_DOUBLE,
        b'e' if after == 0 || matches!(after, b'm' | b'l' | b'd' | b's' | b'f' | b'r') => OMIT_SILENT,
        b'h' if matches!(before, b'w' | b'c' | b'r' | b't' | b'g' | b's') => OMIT_SILENT,
        b'u' if before == b'g' || after == b'r' => OMIT_SILENT,
        b'k' if after == b'n' => OMIT_SILENT,
        b'w' if after == b'r' || after == b'h' || after == b'l' => OMIT_SILENT,
        b'b' if before == b'm' || after == b't' => OMIT_SILENT,
        b't' if before == b's' || after == b'c' => OMIT_SILENT,
        b'd' if after == b'g' || after == b'j' => OMIT_SILENT,
        b'c' if before == b's' || after == b'k' || after == b'q' => OMIT_SILENT,
        b'g' if after == b'n' || after == b'h' => OMIT_SILENT,
        b'n' if before == b'm' || after == b'm' => OMIT_SILENT,
        b'l' if matches!(after, b'k' | b'f' | b'd' | b'm') => OMIT_SILENT,
        b'i' | b'y' if is_vowel(after) => OMIT_SILENT,
        b if is_vowel(b) => OMIT_VOWEL,
        _ => OMIT,
    }
}

/// Cost of a needless `written[i]`.
fn add(written: &[u8], i: usize) -> f32 {
    let before = if i > 0 { written[i - 1] } else { 0 };
    let after = written.get(i + 1).copied().unwrap_or(0);
    match written[i] {
        b'\'' => OMIT_APOSTROPHE,
        b if b == before || b == after => ADD_DOUBLE,
        b if is_vowel(b) => ADD_VOWEL,
        _ => ADD,
    }
}

/// A misspelling, with the chunks that start at each of its letters.
#[derive(Debug)]
pub(crate) struct Channel<'a> {
    written: &'a [u8],
    chunks: Vec<Vec<&'static (&'static str, &'static str, f32)>>,
}

impl<'a> Channel<'a> {
    pub(crate) fn new(written: &'a [u8]) -> Self {
        let chunks = (0..written.len())
            .map(|i| CHUNKS.iter().filter(|(w, _, _)| written[i..].starts_with(w.as_bytes())).collect())
            .collect();
        Self { written, chunks }
    }

    /// Minus ln P(written | `meant`), up to a constant: the cheapest way to turn one into the other. Infinite for words
    /// that are longer than any that is compared.
    ///
    /// # Source
    /// Brill and Moore 2000 (chunks), with costs by rule where they learn them.
    pub(crate) fn cost(&self, meant: &[u8]) -> f32 {
        let written = self.written;
        let (m, n) = (written.len(), meant.len());
        if m > LONGEST || n > LONGEST {
            return f32::INFINITY;
        }
        let mut table = [[f32::INFINITY; LONGEST + 1]; LONGEST + 1];
        table[0][0] = 0.0;
        for i in 0..=m {
            for j in 0..=n {
                let here = table[i][j];
                if here == f32::INFINITY {
                    continue;
                }
                let first = if i == 0 && j == 0 { FIRST_LETTER } else { 0.0 };
                let mut reach = |a: usize, b: usize, cost: f32| {
                    let cell = &mut table[a][b];
                    *cell = cell.min(here + cost);
                };
                if i < m && j < n {
                    let same = written[i] == meant[j];
                    reach(i + 1, j + 1, if same { 0.0 } else { first + substitute(written[i], meant[j]) });
                    if i + 1 < m && j + 1 < n && written[i] == meant[j + 1] && written[i + 1] == meant[j] && !same {
                        reach(i + 2, j + 2, first + TRANSPOSE);
                    }
                    for (w, c, cost) in &self.chunks[i] {
                        if meant[j..].starts_with(c.as_bytes()) {
                            reach(i + w.len(), j + c.len(), *cost);
                        }
                    }
                }
                if i < m {
                    reach(i + 1, j, first + add(written, i));
                }
                if j < n {
                    reach(i, j + 1, first + omit(meant, j));
                }
            }
        }
        table[m][n]
    }
}
