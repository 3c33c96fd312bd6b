//! What a filter looks at beside the two changes: a candidate in its sentence, as numbers.

use homeroom_lexicon::Lexicon;

use crate::edit::Words;
use crate::kind::kinds;
use crate::scan::Scored;

/// Names of the numbers that do not depend on the kind, in their order.
pub(crate) const NAMES: [&str; 24] = [
    "gain", "local", "full", "least_change", "full_per_token", "first", "source_first", "first_gap", "sentence_per_token",
    "n_tokens", "position", "is_first_word", "is_last_word", "zipf_old", "zipf_new", "length_change", "capital",
    "capital_near", "margin", "rivals", "sentence_edits", "hyphen_or_quote_near", "unknown_words", "words_changed",
];

/// Number of features of a candidate.
pub(crate) fn width() -> usize {
    NAMES.len() + kinds().len()
}

/// The features of each candidate of a sentence, [`width`] numbers each, in the order of `scored`.
pub(crate) fn features(sentence: &str, scored: &[Scored]) -> Vec<Vec<f32>> {
    let words = Words::new(sentence);
    let lexicon = Lexicon::shipped();
    let zipf = |text: &str| {
        text.split(|c: char| !(c.is_alphanumeric() || c == '\''))
            .filter(|w| !w.is_empty())
            .map(|w| lexicon.zipf(&w.to_lowercase()))
            .fold(f32::INFINITY, f32::min)
    };
    let finite = |x: f32| if x.is_finite() { x } else { 8.0 };
    let unknown = words.words.iter().filter(|w| w.alpha && !lexicon.contains(&w.lower)).count();
    let over = |s: &Scored| s.gain() - s.edit.kind.info().threshold;
    let n_edits = scored.iter().filter(|s| over(s) > 0.0).count();
    let capital = |at: usize| {
        words.words.get(at).is_some_and(|w| at > 0 && w.form != "I" && w.form.starts_with(char::is_uppercase))
    };
    scored
        .iter()
        .enumerate()
        .map(|(i, s)| {
            let range = &s.edit.words;
            let touches = |o: &Scored| o.edit.words.start <= range.end && range.start <= o.edit.words.end;
            let rivals: Vec<f32> =
                scored.iter().enumerate().filter(|(j, o)| *j != i && touches(o)).map(|(_, o)| o.gain()).collect();
            let best_rival = rivals.iter().copied().fold(-1.0, f32::max);
            let old = s.edit.span.of(sentence);
            let n = s.n_tokens as f32;
            let near = |at: usize| {
                words.words.get(at).is_some_and(|w| matches!(w.form, "-" | "\"" | "\u{201c}" | "\u{201d}" | "'" | "(" | "/"))
            };
            let around = [range.start.wrapping_sub(1), range.start, range.end];
            let mut out = vec![
                s.gain(),
                s.local,
                s.full,
                s.local.min(s.full),
                s.full / n,
                s.first,
                s.source_first,
                s.first - s.source_first,
                s.sentence / n,
                n,
                range.start as f32 / words.len().max(1) as f32,
                f32::from(range.start == 0),
                f32::from(range.end + 1 >= words.len()),
                finite(zipf(old)),
                finite(zipf(&s.edit.replacement)),
                s.edit.replacement.len() as f32 - old.len() as f32,
                f32::from(capital(range.start)),
                f32::from(around.iter().any(|&at| capital(at))),
                s.gain() - best_rival,
                rivals.len() as f32,
                n_edits as f32,
                f32::from(around.iter().any(|&at| near(at))),
                unknown as f32,
                range.len() as f32,
            ];
            debug_assert_eq!(out.len(), NAMES.len());
            out.extend((0..kinds().len()).map(|k| f32::from(usize::from(s.edit.kind.0) == k)));
            out
        })
        .collect()
}
