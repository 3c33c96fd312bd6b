//! The default marks in the M2 format, which scorers of grammatical error correction read.

use std::fmt::Write as _;

use homeroom_core::{Display, Evidence, Finding, Span};

use crate::bundle::ClassBundle;
use crate::essay::shown;

/// Characters that are tokens of their own.
const PUNCTUATION: &str = ".,;:!?()[]{}\"“”‘’…—–/";

/// The default marks of the whole class as M2.
///
/// `tokens` gives the sentences of an essay, each as the spans of its tokens in order; [`plain_sentences`] will do where
/// there is no tagger. A mark that covers part of a token is widened to the token; one that reaches over the end of a
/// sentence, or for which no correction is known, is kept as `UNK` with the original words, as ERRANT does.
///
/// # Source
/// Dahlmeier and Ng 2012 (the format); Bryant, Felice and Briscoe 2017 (the types).
#[must_use]
pub fn m2(bundle: &ClassBundle<'_>, tokens: &dyn Fn(&Evidence) -> Vec<Vec<Span>>) -> String {
    let mut out = String::new();
    for pupil in bundle.pupils {
        let text = pupil.evidence.document.text.as_str();
        // Scorers refuse edits that overlap: of such, the one that is marked in the text stands for both.
        let shown = shown(pupil.evidence, pupil.mark);
        let findings: Vec<&Finding> =
            shown.iter().filter(|s| s.inline && s.finding.display == Display::Sure).map(|s| s.finding).collect();
        let sentences: Vec<Vec<Span>> = tokens(pupil.evidence).into_iter().filter(|s| !s.is_empty()).collect();
        for (i, sentence) in sentences.iter().enumerate() {
            // What stands between two sentences belongs to the one before it.
            let from = if i == 0 { 0 } else { sentence[0].start };
            let to = sentences.get(i + 1).map_or(usize::MAX, |next| next[0].start);
            let own = findings.iter().filter(|f| from <= f.span.start && f.span.start < to);
            block(&mut out, text, sentence, own.copied());
        }
    }
    out
}

fn block<'f>(out: &mut String, text: &str, sentence: &[Span], findings: impl Iterator<Item = &'f Finding>) {
    let words = |spans: &[Span]| spans.iter().map(|s| s.of(text)).collect::<Vec<_>>().join(" ");
    // Writing to a String cannot fail.
    let _ = writeln!(out, "S {}", words(sentence));
    let mut any = false;
    for finding in findings {
        any = true;
        let span = finding.span;
        let first = sentence.iter().position(|t| t.end > span.start).unwrap_or(sentence.len());
        let (first, last) = if span.is_empty() {
            // An insertion inside a token replaces the token.
            let inside = sentence.get(first).is_some_and(|t| t.start < span.start);
            (first, first + usize::from(inside))
        } else {
            (first, sentence.iter().rposition(|t| t.start < span.end).map_or(first, |i| (i + 1).max(first)))
        };
        let covered = &sentence[first..last];
        let correction = finding
            .suggestions
            .first()
            .filter(|_| sentence.last().is_some_and(|t| span.end <= t.end || span.is_empty()));
        let (errant, correction) = match correction {
            None => ("UNK", words(covered)),
            Some(suggestion) => {
                let lead = covered.first().map_or("", |t| Span::new(t.start, span.start).of(text));
                let tail = covered.last().map_or("", |t| Span::new(span.end, t.end).of(text));
                let whole = format!("{lead}{suggestion}{tail}");
                (
                    finding.errant.as_str(),
                    tokenise(&whole, 0).iter().map(|s| s.of(&whole)).collect::<Vec<_>>().join(" "),
                )
            }
        };
        let _ = writeln!(out, "A {first} {last}|||{errant}|||{correction}|||REQUIRED|||-NONE-|||0");
    }
    if !any {
        out.push_str("A -1 -1|||noop|||-NONE-|||REQUIRED|||-NONE-|||0\n");
    }
    out.push('\n');
}

/// Tokens of a line that begins at byte `offset` of its text: runs without white space, with punctuation split off at
/// both ends.
fn tokenise(line: &str, offset: usize) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut start = 0;
    for word in line.split_inclusive(char::is_whitespace) {
        let (mut from, trimmed) = (start, word.trim_end());
        start += word.len();
        let mut core = trimmed;
        while let Some(c) = core.chars().next().filter(|c| PUNCTUATION.contains(*c)) {
            spans.push(Span::new(offset + from, offset + from + c.len_utf8()));
            from += c.len_utf8();
            core = &core[c.len_utf8()..];
        }
        let stem = core.trim_end_matches(|c| PUNCTUATION.contains(c));
        if !stem.is_empty() {
            spans.push(Span::new(offset + from, offset + from + stem.len()));
        }
        let mut at = from + stem.len();
        for c in core[stem.len()..].chars() {
            spans.push(Span::new(offset + at, offset + at + c.len_utf8()));
            at += c.len_utf8();
        }
    }
    spans
}

/// Sentences and tokens by white space and punctuation alone: a sentence ends with its line, or with a full stop,
/// question mark or exclamation mark (and the quotes and brackets that close after it).
#[must_use]
pub fn plain_sentences(evidence: &Evidence) -> Vec<Vec<Span>> {
    let text = evidence.document.text.as_str();
    let mut sentences = Vec::new();
    for paragraph in evidence.document.paragraph_spans() {
        let mut sentence: Vec<Span> = Vec::new();
        let mut ended = false;
        for token in tokenise(paragraph.of(text), paragraph.start) {
            let form = token.of(text);
            if ended && !matches!(form, "." | "!" | "?" | "\"" | "”" | "’" | ")" | "]") {
                sentences.push(std::mem::take(&mut sentence));
                ended = false;
            }
            ended |= matches!(form, "." | "!" | "?");
            sentence.push(token);
        }
        if !sentence.is_empty() {
            sentences.push(sentence);
        }
    }
    sentences
}
