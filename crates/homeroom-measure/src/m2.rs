//! M2 files: sentences of tokens with the edits of one or more annotators.
//!
//! Types may be of any scheme (ERRANT's, the NUCLE scheme, JFLEG's `#Rp#`); they are kept as they stand.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::MeasureError;

/// Number of fields of an annotation: span, type, corrections, required, comment, annotator.
pub const FIELDS: usize = 6;

/// How an empty correction is written.
const NONE: &str = "-NONE-";

/// An annotator's edit of the tokens `start..end`; an empty range inserts before token `start`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct M2Edit {
    /// First token.
    pub start: usize,
    /// One past the last token.
    pub end: usize,
    /// Error type, in whatever scheme.
    pub error_type: String,
    /// Corrections that the annotator accepts, tokens separated by single spaces; "" deletes. Never empty.
    pub corrections: Vec<String>,
}

impl M2Edit {
    /// An edit with one correction.
    #[must_use]
    pub fn new(start: usize, end: usize, error_type: &str, correction: &str) -> Self {
        Self { start, end, error_type: error_type.to_owned(), corrections: vec![correction.to_owned()] }
    }

    /// The first correction.
    #[must_use]
    pub fn correction(&self) -> &str {
        self.corrections.first().map_or("", String::as_str)
    }
}

/// A sentence with its annotators.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct M2Sentence {
    /// The tokens.
    pub source: Vec<String>,
    /// Each annotator's edits, in the file's order; an annotator who found nothing to correct has none.
    pub annotators: BTreeMap<u32, Vec<M2Edit>>,
    /// Number of edits left out because they lie outside the sentence.
    pub out_of_bounds: usize,
}

impl M2Sentence {
    /// The tokens as borrowed strings.
    #[must_use]
    pub fn tokens(&self) -> Vec<&str> {
        self.source.iter().map(String::as_str).collect()
    }

    /// The annotators; where nobody annotated the sentence, one who found nothing.
    #[must_use]
    pub fn annotators_or_noop(&self) -> BTreeMap<u32, Vec<M2Edit>> {
        if self.annotators.is_empty() { BTreeMap::from([(0, Vec::new())]) } else { self.annotators.clone() }
    }

    /// The sentence as each annotator would have it, in the order of their numbers.
    #[must_use]
    pub fn references(&self) -> Vec<Vec<String>> {
        self.annotators_or_noop().values().map(|edits| apply(&self.source, edits)).collect()
    }
}

/// The sentence with edits applied, each with its first correction. An edit that starts before the previous one's end
/// is left out; insertions at one place are all made, in order.
#[must_use]
pub fn apply(source: &[String], edits: &[M2Edit]) -> Vec<String> {
    let mut sorted: Vec<&M2Edit> = edits.iter().filter(|e| e.start <= e.end && e.end <= source.len()).collect();
    sorted.sort_by_key(|e| (e.start, e.end));
    let mut out = Vec::with_capacity(source.len() + edits.len());
    let mut at = 0;
    for edit in sorted {
        if edit.start < at {
            continue;
        }
        out.extend_from_slice(&source[at..edit.start]);
        out.extend(edit.correction().split_whitespace().map(str::to_owned));
        at = edit.end;
    }
    out.extend_from_slice(&source[at..]);
    out
}

/// Reads an M2 file.
///
/// `noop` edits and spans of `-1 -1` register the annotator without an edit. Lines that start with `I` (some tools'
/// notes) are skipped. Blank lines may be missing. Edits outside their sentence are left out and counted, as published
/// files have some (JFLEG dev has 19) and the official scorer leaves them out too.
///
/// # Errors
/// The `M2...` variants of [`MeasureError`], with the line; [`MeasureError::Empty`] without a sentence.
pub fn read(text: &str) -> Result<Vec<M2Sentence>, MeasureError> {
    let mut sentences: Vec<M2Sentence> = Vec::new();
    for (i, raw) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let line = i + 1;
        let raw = raw.trim_end();
        if raw.is_empty() || raw == "I" || raw.starts_with("I ") {
            continue;
        }
        if raw == "S" || raw.starts_with("S ") {
            let source = raw[1..].split_whitespace().map(str::to_owned).collect();
            sentences.push(M2Sentence { source, ..M2Sentence::default() });
            continue;
        }
        let (Some(rest), Some(sentence)) = (raw.strip_prefix("A "), sentences.last_mut()) else {
            return Err(MeasureError::M2Line { line });
        };
        let (annotator, edit) = annotation(rest, line)?;
        let edits = sentence.annotators.entry(annotator).or_default();
        match edit {
            Some(edit) if edit.start > edit.end || edit.end > sentence.source.len() => sentence.out_of_bounds += 1,
            edit => edits.extend(edit),
        }
    }
    if sentences.is_empty() { Err(MeasureError::Empty { what: "sentence" }) } else { Ok(sentences) }
}

fn annotation(rest: &str, line: usize) -> Result<(u32, Option<M2Edit>), MeasureError> {
    let fields: Vec<&str> = rest.split("|||").collect();
    if fields.len() < FIELDS {
        return Err(MeasureError::M2Fields { line, found: fields.len() });
    }
    let annotator = fields[FIELDS - 1].trim().parse().map_err(|_| MeasureError::M2Number { line, field: FIELDS })?;
    let mut ends = fields[0].split_whitespace().map(str::parse::<i64>);
    let (Some(Ok(start)), Some(Ok(end))) = (ends.next(), ends.next()) else {
        return Err(MeasureError::M2Number { line, field: 1 });
    };
    let error_type = fields[1].trim();
    if error_type == "noop" || start < 0 || end < 0 {
        return Ok((annotator, None));
    }
    let (start, end) = (start as usize, end as usize);
    let corrections = fields[2]
        .split("||")
        .map(|c| if c.trim() == NONE { String::new() } else { c.split_whitespace().collect::<Vec<_>>().join(" ") })
        .collect();
    Ok((annotator, Some(M2Edit { start, end, error_type: error_type.to_owned(), corrections })))
}

/// Writes an M2 file; an annotator without an edit gets a `noop`.
#[must_use]
pub fn write(sentences: &[M2Sentence]) -> String {
    let mut out = String::new();
    for sentence in sentences {
        let _ = writeln!(out, "S {}", sentence.source.join(" "));
        for (annotator, edits) in &sentence.annotators {
            if edits.is_empty() {
                let _ = writeln!(out, "A -1 -1|||noop|||{NONE}|||REQUIRED|||{NONE}|||{annotator}");
            }
            for edit in edits {
                let corrections: Vec<&str> =
                    edit.corrections.iter().map(|c| if c.is_empty() { NONE } else { c.as_str() }).collect();
                // A single deletion is written as an empty field, as ERRANT does; both forms read back the same.
                let corrections = if corrections == [NONE] { String::new() } else { corrections.join("||") };
                let _ = writeln!(
                    out,
                    "A {} {}|||{}|||{}|||REQUIRED|||{NONE}|||{annotator}",
                    edit.start, edit.end, edit.error_type, corrections
                );
            }
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = "S He go to to school .\n\
        A 1 2|||R:VERB:SVA|||goes||went|||REQUIRED|||-NONE-|||0\n\
        A 3 4|||U:PREP||||||REQUIRED|||-NONE-|||0\n\
        A 2 3|||#Del#|||-NONE-|||REQUIRED|||-NONE-|||1\n\
        A -1 -1|||noop|||-NONE-|||REQUIRED|||-NONE-|||2\n\n\
        S Fine .\n";

    #[test]
    fn reads_and_writes_back() {
        let sentences = read(SAMPLE).unwrap();
        assert_eq!(sentences.len(), 2);
        let first = &sentences[0];
        assert_eq!(first.annotators[&0][0].corrections, ["goes", "went"]);
        assert_eq!(first.annotators[&1], vec![M2Edit::new(2, 3, "#Del#", "")]);
        assert!(first.annotators[&2].is_empty());
        assert_eq!(
            first.references().iter().map(|r| r.join(" ")).collect::<Vec<_>>(),
            ["He goes to school .", "He go to school .", "He go to to school ."]
        );
        assert_eq!(read(&write(&sentences)).unwrap(), sentences);
    }

    #[test]
    fn refuses_what_it_cannot_read() {
        assert_eq!(read("A 0 1|||X|||y|||R|||-|||0"), Err(MeasureError::M2Line { line: 1 }));
        assert_eq!(read("S a\nA 0 1|||X|||y"), Err(MeasureError::M2Fields { line: 2, found: 3 }));
        assert_eq!(read("S a\nA x 1|||X|||y|||R|||-|||0"), Err(MeasureError::M2Number { line: 2, field: 1 }));
        let outside = read("S a\nA 0 2|||X|||y|||R|||-|||0\nA 1 0|||X|||y|||R|||-|||0").unwrap();
        assert_eq!((outside[0].out_of_bounds, outside[0].annotators[&0].len()), (2, 0));
        assert_eq!(read("\n"), Err(MeasureError::Empty { what: "sentence" }));
    }
}
