//! A decoder that repeats itself.

use super::words::Piece;

/// So many times a sequence of tokens must stand at the end to be a loop, by its length. People do say "no, no, no", and
/// songs repeat a line; nobody says ten words three times over without a word in between.
const REPEATS: [(std::ops::RangeInclusive<usize>, usize); 3] = [(1..=1, 8), (2..=4, 5), (5..=48, 3)];

/// Tokens of the last stretch in which variety is counted.
const STRETCH: usize = 48;
/// In a stretch with fewer different pairs than this share, the same is said again and again with small changes. Ordinary
/// English and Chinese stay above .7.
const VARIETY: f64 = 0.35;

/// How many of the tokens to keep, where they end in a loop: all up to the first repetition.
pub(super) fn repetition(pieces: &[Piece]) -> Option<usize> {
    let n = pieces.len();
    for (lengths, times) in REPEATS {
        for length in lengths {
            if n < length * times {
                break;
            }
            let unit = &pieces[n - length..];
            let repeats = (2..=times).all(|k| same(&pieces[n - k * length..n - (k - 1) * length], unit));
            if repeats {
                return Some(n - length * (times - 1));
            }
        }
    }
    if n >= STRETCH {
        let stretch = &pieces[n - STRETCH..];
        let mut pairs: Vec<(u32, u32)> = stretch.windows(2).map(|w| (w[0].token, w[1].token)).collect();
        pairs.sort_unstable();
        pairs.dedup();
        if (pairs.len() as f64) < VARIETY * (STRETCH - 1) as f64 {
            return Some(n - STRETCH);
        }
    }
    None
}

fn same(a: &[Piece], b: &[Piece]) -> bool {
    a.iter().zip(b).all(|(a, b)| a.token == b.token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(tokens: &[u32], wanted: Option<usize>) {
        let pieces: Vec<Piece> = tokens.iter().map(|t| Piece { token: *t, log_probability: 0.0 }).collect();
        assert_eq!(repetition(&pieces), wanted, "{tokens:?}");
    }

    #[test]
    fn loops() {
        check(&[1, 2, 3, 4, 5, 6, 7], None);
        check(&[9, 1, 1, 1], None);
        check(&[9, 1, 1, 1, 1, 1, 1, 1, 1], Some(2));
        check(&[9, 1, 2, 1, 2, 1, 2], None);
        check(&[9, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2], Some(3));
        let line: Vec<u32> = (0..10).collect();
        check(&line.repeat(2), None);
        check(&line.repeat(3), Some(10));
    }

    #[test]
    fn varied_nonsense() {
        let nonsense: Vec<u32> = (0..48).map(|i| [1, 2, 3, 2, 1, 3, 1][i * i % 7]).collect();
        let pieces: Vec<Piece> = nonsense.iter().map(|t| Piece { token: *t, log_probability: 0.0 }).collect();
        assert!(repetition(&pieces).is_some());
    }
}
