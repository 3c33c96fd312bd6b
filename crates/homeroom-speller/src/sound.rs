/// A key that words of like sound share: consonant classes in their order, vowels dropped except at the start.
///
/// # Source
/// In the manner of Philips's Metaphone (1990), cut down to what learners confuse; voiced and unvoiced stops are kept
/// apart, `l` and `r` too.
pub(crate) fn sound_key(word: &[u8], key: &mut Vec<u8>) {
    key.clear();
    let at = |i: usize| word.get(i).copied().unwrap_or(0);
    let vowel = |b: u8| matches!(b, b'a' | b'e' | b'i' | b'o' | b'u' | b'y');
    let mut i = match (at(0), at(1)) {
        (b'k' | b'g' | b'p', b'n') | (b'w', b'r') | (b'p', b's') => 1,
        _ => 0,
    };
    let start = i;
    while i < word.len() {
        let (b, next) = (at(i), at(i + 1));
        let mut step = 1;
        // 0 stands for a letter that is not heard or not told apart.
        let code = match b {
            _ if vowel(b) => b'A' * u8::from(i == start),
            b'b' if next == 0 && i > 0 && at(i - 1) == b'm' => 0,
            b'c' => match next {
                b'h' => {
                    step = 2;
                    b'C'
                }
                b'i' if matches!(at(i + 2), b'a' | b'o') => b'X',
                b'e' | b'i' | b'y' => b'S',
                b'k' => {
                    step = 2;
                    b'K'
                }
                _ => b'K',
            },
            b'd' if next == b'g' && matches!(at(i + 2), b'e' | b'i' | b'y') => {
                step = 2;
                b'J'
            }
            b'g' => match next {
                b'h' => {
                    step = 2;
                    if i == start { b'G' } else { 0 }
                }
                b'e' | b'i' | b'y' => b'J',
                b'n' if at(i + 2) == 0 => 0,
                _ => b'G',
            },
            b'h' => b'H' * u8::from(i == start || (vowel(next) && vowel(at(i - 1)))),
            b'p' if next == b'h' => {
                step = 2;
                b'F'
            }
            b'q' => b'K',
            b's' => match next {
                b'h' => {
                    step = 2;
                    b'X'
                }
                b'i' if matches!(at(i + 2), b'o' | b'a') => b'X',
                b'c' if matches!(at(i + 2), b'e' | b'i' | b'y') => {
                    step = 2;
                    b'S'
                }
                _ => b'S',
            },
            b't' => match next {
                b'h' => {
                    step = 2;
                    b'0'
                }
                b'i' if matches!(at(i + 2), b'o' | b'a') => b'X',
                b'c' if at(i + 2) == b'h' => {
                    step = 3;
                    b'C'
                }
                _ => b'T',
            },
            b'v' => b'F',
            b'w' => {
                if vowel(next) {
                    b'W'
                } else if next == b'h' {
                    step = 2;
                    b'W'
                } else {
                    0
                }
            }
            b'x' => {
                key.push(b'K');
                b'S'
            }
            b'z' => b'S',
            b'a'..=b'z' => b.to_ascii_uppercase(),
            _ => 0,
        };
        if code != 0 && key.last() != Some(&code) {
            key.push(code);
        }
        i += step;
    }
}

/// FNV-1a of a key.
pub(crate) fn hash(key: &[u8]) -> u32 {
    key.iter().fold(0x811c_9dc5, |h, &b| (h ^ u32::from(b)).wrapping_mul(0x0100_0193))
}
