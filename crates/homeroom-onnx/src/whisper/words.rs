//! Tokens to words, with probabilities and times.

use homeroom_core::Seconds;
use homeroom_core::ability::HeardWord;

use super::tokens::Tokens;

/// A token that was generated.
#[derive(Debug, Clone, Copy)]
pub(super) struct Piece {
    pub(super) token: u32,
    /// Nats.
    pub(super) log_probability: f32,
}

/// Frames over which loudness is taken, in samples: 20 ms.
const FRAME: usize = 320;
/// Frames quieter than this below the loudest one are pauses, in decibels. Unstressed syllables lie within 25 of the stressed,
/// rooms 40 below.
const PAUSE: f32 = 32.0;

/// Groups `pieces` to words and gives each its time.
///
/// A word's probability is the product of those of its tokens. Times are not the model's: the words are laid out over the
/// frames of `samples` that are not pauses, in proportion to their letters.
pub(super) fn words(pieces: &[Piece], tokens: &Tokens, samples: &[f32], rate: usize) -> Vec<HeardWord> {
    let spelt: Vec<(&[u8], f32)> = pieces.iter().map(|p| (tokens.bytes(p.token), p.log_probability)).collect();
    let mut words = group(&spelt);
    lay_out(&mut words, samples, rate);
    words
}

/// Tokens, each with its bytes and log-probability, to words without times.
fn group(pieces: &[(&[u8], f32)]) -> Vec<HeardWord> {
    let mut words: Vec<HeardWord> = Vec::new();
    let (mut bytes, mut log_probability) = (Vec::new(), 0.0);
    for (i, (piece, log)) in pieces.iter().enumerate() {
        bytes.extend_from_slice(piece);
        log_probability += log;
        // A character may be spread over several tokens: wait for the rest of it, but not for ever.
        let text = match std::str::from_utf8(&bytes) {
            Ok(text) => text.to_owned(),
            Err(error) if error.error_len().is_none() && i + 1 < pieces.len() => continue,
            Err(_) => String::from_utf8_lossy(&bytes).replace('\u{FFFD}', ""),
        };
        let probability = log_probability.exp();
        (bytes, log_probability) = (Vec::new(), 0.0);
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let spaced = rest.starts_with(char::is_whitespace);
            rest = rest.trim_start();
            let end = end_of_word(rest);
            let (text, after) = rest.split_at(end);
            rest = after;
            if text.is_empty() {
                break;
            }
            match words.last_mut() {
                Some(last) if !spaced && continues(&last.text, text) => {
                    last.text.push_str(text);
                    last.probability *= probability;
                }
                _ => words.push(HeardWord {
                    text: text.to_owned(),
                    spaced,
                    probability,
                    start: Seconds(0.0),
                    end: Seconds(0.0),
                }),
            }
        }
    }
    words
}

/// Where the first word of `text`, which starts with no space, ends: at a space, or after one character of Chinese.
fn end_of_word(text: &str) -> usize {
    let mut characters = text.char_indices();
    match characters.next() {
        None => 0,
        Some((_, c)) if is_han(c) => c.len_utf8(),
        Some(_) => characters.find(|(_, c)| c.is_whitespace() || is_han(*c)).map_or(text.len(), |(i, _)| i),
    }
}

/// Whether `text`, without a space before it, belongs to the word `before`.
fn continues(before: &str, text: &str) -> bool {
    let first = text.chars().next();
    let last = before.chars().next_back();
    // Punctuation belongs to the word before it; letters go on a word of letters.
    let mark = first.is_some_and(|c| !c.is_alphanumeric());
    mark || !(first.is_some_and(is_han) || last.is_some_and(|c| is_han(c) || "，。！？；：、".contains(c)))
}

/// Whether a character is written without spaces between words.
fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{20000}'..='\u{323AF}' | '\u{3007}')
}

fn lay_out(words: &mut [HeardWord], samples: &[f32], rate: usize) {
    let level = |frame: &[f32]| {
        let power = frame.iter().map(|s| s * s).sum::<f32>() / frame.len() as f32;
        10.0 * power.max(1e-12).log10()
    };
    let levels: Vec<f32> = samples.chunks(FRAME).map(level).collect();
    let top = levels.iter().copied().fold(f32::MIN, f32::max);
    let active: Vec<usize> = (0..levels.len()).filter(|i| levels[*i] > top - PAUSE).collect();
    let weight = |word: &HeardWord| word.text.chars().filter(|c| c.is_alphanumeric()).count() + 1;
    let total: usize = words.iter().map(weight).sum();
    if total == 0 || active.is_empty() {
        return;
    }
    let frame = FRAME as f64 / rate as f64;
    let length = samples.len() as f64 / rate as f64;
    // The moment at which so much of the loud time has passed: the start of the next loud frame, or the end of the last.
    let place = |done: usize, starts: bool| {
        let at = active.len() as f64 * done as f64 / total as f64;
        let index = (at.floor() as usize).min(active.len() - 1);
        let inside = (at - index as f64).min(1.0);
        let before = index > 0 && inside == 0.0 && !starts;
        let time = if before { (active[index - 1] + 1) as f64 } else { active[index] as f64 + inside };
        Seconds((time * frame).min(length))
    };
    let mut done = 0;
    for word in words {
        word.start = place(done, true);
        done += weight(word);
        word.end = Seconds(place(done, false).0.max(word.start.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pieces: &[&str], wanted: &[&str]) {
        let pieces: Vec<(&[u8], f32)> = pieces.iter().map(|p| (p.as_bytes(), -0.5)).collect();
        let found: Vec<String> =
            group(&pieces).iter().map(|w| format!("{}{}", if w.spaced { " " } else { "" }, w.text)).collect();
        assert_eq!(found, wanted);
    }

    #[test]
    fn grouping() {
        check(&[" I", " like", " ap", "ples", "."], &[" I", " like", " apples."]);
        check(&[" don", "'t", " go"], &[" don't", " go"]);
        check(&["我", "喜欢", "，", "苹果"], &["我", "喜", "欢，", "苹", "果"]);
        check(&["我", "用", " Word", "Press", "写"], &["我", "用", " WordPress", "写"]);
        check(&[" 3", ".", "5"], &[" 3.5"]);
        check(&[], &[]);
    }

    #[test]
    fn characters_over_several_tokens() {
        let bytes = "很".as_bytes();
        let found = group(&[(&bytes[..1], -1.0), (&bytes[1..], -1.0), (&bytes[..2], -1.0)]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].text, "很");
        assert!((found[0].probability - (-2.0_f32).exp()).abs() < 1e-6);
    }

    #[test]
    fn times() {
        let word = |text: &str| HeardWord {
            text: text.to_owned(),
            spaced: true,
            probability: 1.0,
            start: Seconds(0.0),
            end: Seconds(0.0),
        };
        // Half a second of silence, one of sound, half of silence, one of sound.
        let mut samples = vec![0.0; 48_000];
        for range in [8_000..24_000, 32_000..48_000] {
            samples[range].fill(0.3);
        }
        let mut words = [word("hello"), word("world")];
        lay_out(&mut words, &samples, 16_000);
        let times: Vec<(f64, f64)> = words.iter().map(|w| (w.start.0, w.end.0)).collect();
        assert_eq!(times, [(0.5, 1.5), (2.0, 3.0)]);
        lay_out(&mut [], &samples, 16_000);
        lay_out(&mut words, &[], 16_000);
    }
}
