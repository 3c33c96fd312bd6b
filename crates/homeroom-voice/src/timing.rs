//! When each word and phone is said.

use std::ops::Range;

use homeroom_core::{Seconds, Span};
use serde::Serialize;

use crate::pronounce::SpokenWord;

/// Symbols that belong to the phone after them.
const STRESS: &str = "ˈˌ";
/// Symbols that belong to the phone before them: length, nasality, aspiration, palatalisation, labialisation.
const MODIFIERS: &str = "ː\u{303}ʰʲᵝ";
/// Symbols without a sound of their own: marks, spaces, arrows of tone.
const NO_SOUND: &str = ";:,.!?—…\"()“” ↓→↗↘";

/// A phone and when it is said.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PhoneTime {
    /// The phone with its mark of stress before and of length behind it.
    pub phone: String,
    /// When it begins.
    pub start: Seconds,
    /// When it ends.
    pub end: Seconds,
}

/// A word and when it is said.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WordTime {
    /// The word as it is read.
    pub text: String,
    /// Where it stands in the source, in bytes.
    pub span: Span,
    /// When it begins.
    pub start: Seconds,
    /// When it ends.
    pub end: Seconds,
    /// Its phones; none for a word that another program speaks.
    pub phones: Vec<PhoneTime>,
}

/// Whether a symbol of the vocabulary is a sound, not a mark.
pub(crate) fn is_phone(symbol: char) -> bool {
    !STRESS.contains(symbol) && !MODIFIERS.contains(symbol) && !NO_SOUND.contains(symbol)
}

/// The times of `words` whose symbols lie in `stretch` of `symbols`; `times`: of each symbol of the stretch. All are
/// later by `offset`. A word that is cut by the end of the stretch is given with the part that is inside.
pub(crate) fn of_words(
    words: &[SpokenWord],
    symbols: &[char],
    stretch: &Range<usize>,
    times: &[(Seconds, Seconds)],
    offset: Seconds,
) -> Vec<WordTime> {
    let inside = |word: &SpokenWord| {
        let symbols = word.symbols.start.max(stretch.start)..word.symbols.end.min(stretch.end);
        (symbols.start < symbols.end).then_some(symbols)
    };
    let timed = |word: &SpokenWord| {
        let phones = phones(symbols, inside(word)?, stretch.start, times, offset);
        let (start, end) = (phones.first()?.start, phones.last()?.end);
        Some(WordTime { text: word.text.clone(), span: word.span, start, end, phones })
    };
    words.iter().filter_map(timed).collect()
}

fn phones(
    symbols: &[char],
    word: Range<usize>,
    first: usize,
    times: &[(Seconds, Seconds)],
    offset: Seconds,
) -> Vec<PhoneTime> {
    let mut phones: Vec<PhoneTime> = Vec::new();
    // Stress that waits for its phone, and since when.
    let mut stress = String::new();
    let mut since: Option<Seconds> = None;
    for i in word {
        let Some((start, end)) = times.get(i - first).copied() else { break };
        let (start, end) = (Seconds(start.0 + offset.0), Seconds(end.0 + offset.0));
        let symbol = symbols[i];
        if STRESS.contains(symbol) {
            stress.push(symbol);
            since.get_or_insert(start);
        } else if MODIFIERS.contains(symbol) {
            if let Some(phone) = phones.last_mut() {
                phone.phone.push(symbol);
                phone.end = end;
            }
        } else if is_phone(symbol) {
            let phone = format!("{}{symbol}", std::mem::take(&mut stress));
            phones.push(PhoneTime { phone, start: since.take().unwrap_or(start), end });
        }
    }
    phones
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_belong_to_their_phones() {
        let symbols: Vec<char> = "hˈɛː jˈu.".chars().collect();
        let times: Vec<_> = (0..symbols.len()).map(|i| (Seconds(i as f64), Seconds(i as f64 + 1.0))).collect();
        let word = |text: &str, symbols| SpokenWord { text: text.to_owned(), span: Span::new(0, 1), symbols };
        let words = [word("hair", 0..4), word("you", 5..8)];
        let timed = of_words(&words, &symbols, &(0..symbols.len()), &times, Seconds(10.0));
        let phones = |w: &WordTime| w.phones.iter().map(|p| p.phone.clone()).collect::<Vec<_>>();
        assert_eq!(phones(&timed[0]), ["h", "ˈɛː"]);
        assert_eq!(phones(&timed[1]), ["j", "ˈu"]);
        assert_eq!((timed[0].start, timed[0].end), (Seconds(10.0), Seconds(14.0)));
        assert_eq!(timed[1].phones[1].start, Seconds(16.0));
        let cut = of_words(&words, &symbols, &(5..9), &times[5..], Seconds(0.0));
        assert_eq!(cut.len(), 1);
    }
}
