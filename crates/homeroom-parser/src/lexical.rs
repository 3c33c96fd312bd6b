//! What the models see of a word by itself: hashes of its form, affixes and shape.

use crate::hash;

/// Longest affix that is a feature, in characters.
pub(crate) const AFFIX: usize = 4;

/// Letters of a form that are looked at for affixes and shape: longer strings are no words.
const MAX_CHARS: usize = 40;

/// A word's features.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Lexical {
    /// Hash of the form as written, with straight quotes.
    pub(crate) form: u32,
    /// Hash of the form in lower case, digits as `0`.
    pub(crate) word: u32,
    /// Hashes of the last 1 to 4 characters of the lower-case form.
    pub(crate) suffix: [u32; AFFIX],
    /// Hashes of the first 1 to 4 characters of the lower-case form.
    pub(crate) prefix: [u32; AFFIX],
    /// Hash of the shape (`Xx`, `dd`, `X-x`), runs shortened to two.
    pub(crate) shape: u32,
    /// Capital first letter (1), all capitals (2), digit (4), hyphen (8).
    pub(crate) flags: u32,
}

/// Straight quotes and apostrophes for typographic ones.
fn straighten(c: char) -> char {
    match c {
        '\u{2018}' | '\u{2019}' | '\u{02BC}' | '\u{FF07}' | '\u{00B4}' => '\'',
        '\u{201C}' | '\u{201D}' => '"',
        '\u{2013}' | '\u{2014}' | '\u{2212}' => '-',
        other => other,
    }
}

/// The hash that stands for a form in dictionaries: lower case, straight quotes, digits as `0`.
pub(crate) fn word_hash(form: &str) -> u32 {
    Lexical::new(form).word
}

fn hash_chars(chars: &[char]) -> u32 {
    let mut buffer = [0; 4];
    let mut h = 0;
    for &c in chars {
        let n = c.encode_utf8(&mut buffer).len();
        h = hash::f2(7, h, hash::bytes(buffer[..n].iter().copied()));
    }
    h
}

impl Lexical {
    /// The features of a form.
    pub(crate) fn new(form: &str) -> Self {
        let mut lower = ['\0'; MAX_CHARS];
        let mut shape = ['\0'; MAX_CHARS];
        let mut tail = ['\0'; AFFIX];
        let (mut n, mut n_shape, mut total) = (0, 0, 0_usize);
        let (mut form_hash, mut word) = (0_u32, 0_u32);
        let (mut upper, mut letters, mut digit, mut hyphen, mut first_upper) = (0, 0, false, false, false);
        for c in form.chars().map(straighten) {
            let l = if c.is_ascii_digit() { '0' } else { c.to_lowercase().next().unwrap_or(c) };
            form_hash = hash::f2(5, form_hash, u32::from(c));
            word = hash::f2(6, word, u32::from(l));
            if n < MAX_CHARS {
                lower[n] = l;
                n += 1;
            }
            tail.rotate_left(1);
            tail[AFFIX - 1] = l;
            let kind = if c.is_uppercase() {
                'X'
            } else if c.is_alphabetic() {
                'x'
            } else if c.is_numeric() {
                'd'
            } else {
                c
            };
            if n_shape < MAX_CHARS && !(n_shape >= 2 && shape[n_shape - 1] == kind && shape[n_shape - 2] == kind) {
                shape[n_shape] = kind;
                n_shape += 1;
            }
            first_upper |= total == 0 && kind == 'X';
            upper += usize::from(kind == 'X');
            letters += usize::from(kind == 'X' || kind == 'x');
            digit |= kind == 'd';
            hyphen |= c == '-';
            total += 1;
        }
        let mut features = Self { form: form_hash, word, ..Self::default() };
        for k in 0..AFFIX.min(total) {
            features.suffix[k] = hash_chars(&tail[AFFIX - 1 - k..]);
            features.prefix[k] = hash_chars(&lower[..(k + 1).min(n)]);
        }
        features.shape = hash_chars(&shape[..n_shape]);
        let all_upper = letters > 1 && upper == letters;
        features.flags =
            u32::from(first_upper) | u32::from(all_upper) << 1 | u32::from(digit) << 2 | u32::from(hyphen) << 3;
        features
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_quotes_and_digits_are_folded() {
        assert_eq!(word_hash("Don’t"), word_hash("don't"));
        assert_eq!(word_hash("1984"), word_hash("2026"));
        assert_ne!(word_hash("cat"), word_hash("cats"));
        assert_eq!(Lexical::new("walked").suffix[1], Lexical::new("Talked").suffix[1]);
        assert_eq!(Lexical::new("USA").flags, 3);
        assert_eq!(Lexical::new("I").flags, 1);
        assert_eq!(Lexical::new("well-known").flags, 8);
    }
}
