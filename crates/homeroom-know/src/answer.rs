//! Between what was found and who puts it in words: passages for a language model's prompt, the check of its answer, and an
//! answer without any model. Nothing in here knows a model.

use std::fmt::Write as _;

use homeroom_core::Span;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::fold::{find, weight};
use crate::search::{Found, Hit};
use crate::sentence::{breaks_line, sentences};
use crate::words::terms;

/// Least weight of a quote: four letters or digits, or two Chinese characters. Less stands in any passage by chance.
const SHORTEST_QUOTE: usize = 4;
/// What each line of a passage begins with in a prompt. White space does not count when quotes are looked up.
const INDENT: &str = "    ";

/// The passages as they go into a prompt: numbered from 1, each under a line that says where it is from.
///
/// Their text is data. Every line of it is indented, so that no document can forge the line `[2] …` of another passage or
/// end the list, and control characters are left out. What a document *says* reaches the model all the same: the caller
/// tells it that passages are no instructions, and [`check`] holds the answer against them.
#[must_use]
pub fn prompt_passages(hits: &[Hit]) -> String {
    let mut out = String::new();
    for (i, hit) in hits.iter().enumerate() {
        let mut place = vec![one_line(&hit.source)];
        place.extend(hit.title.iter().map(|title| one_line(title)));
        place.extend(hit.headings.iter().filter(|h| Some(*h) != hit.title.as_ref()).map(|heading| one_line(heading)));
        let _ = writeln!(out, "[{}] {}", i + 1, place.join(" > "));
        for line in hit.text.split(breaks_line).map(one_line).filter(|line| !line.is_empty()) {
            let _ = writeln!(out, "{INDENT}{line}");
        }
    }
    out
}

fn one_line(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() || breaks_line(c) { ' ' } else { c }).collect();
    plain.trim().to_owned()
}

/// The JSON schema of an answer to a question with `passages` passages, for a model that is held to one.
#[must_use]
pub fn schema(passages: usize) -> Value {
    json!({
        "type": "object",
        "properties": {
            "answer": { "type": "string" },
            "in_documents": { "type": "boolean" },
            "citations": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "passage": { "type": "integer", "minimum": 1, "maximum": passages.max(1) },
                        "quote": { "type": "string" }
                    },
                    "required": ["passage", "quote"],
                    "additionalProperties": false
                }
            }
        },
        "required": ["answer", "in_documents", "citations"],
        "additionalProperties": false
    })
}

/// Why an answer can't be checked.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// It is not JSON of the shape of [`schema`].
    #[error("the answer is not in the form that was asked for (line {line}, column {column})")]
    Form {
        /// Where reading stopped.
        line: usize,
        /// In that line.
        column: usize,
    },
}

#[derive(Deserialize)]
struct Draft {
    answer: String,
    in_documents: bool,
    citations: Vec<DraftCitation>,
}

#[derive(Deserialize)]
struct DraftCitation {
    passage: i64,
    quote: String,
}

/// How far an answer rests on the documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Support {
    /// At least one of its quotes stands where it says. That the quote *proves* the answer is for the reader to see.
    Quoted,
    /// None of its quotes does, or it has none: do not show it as the documents' answer.
    Unsupported,
    /// It says itself that the documents do not answer the question.
    NotInDocuments,
}

/// A quote that stands where the answer says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Citation {
    /// The index of its hit, from 0.
    pub hit: usize,
    /// The name of the document.
    pub source: String,
    /// Where it stands in the document's text.
    pub span: Span,
    /// The document's own words there.
    pub quote: String,
    /// The page, from 1, of the passage, where pages are known.
    pub page: Option<usize>,
}

/// An answer whose quotes have been looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The model's words.
    pub text: String,
    /// What it says of itself.
    pub in_documents: bool,
    /// The quotes that are there, each place once.
    pub citations: Vec<Citation>,
    /// How many quotes are not there.
    pub dropped: usize,
    /// What comes of it.
    pub support: Support,
}

/// Looks up every quote of an answer in the passage that it names; `hits` as they were given to [`prompt_passages`].
///
/// White space, quote marks, case and width do not count ([`Citation::quote`] is the document's own spelling); a quote must
/// begin and end with whole words and have four letters or digits, or two Chinese characters. A quote with words left out
/// in the middle is not found.
///
/// # Errors
/// [`AnswerError::Form`] where `answer` is not JSON of the shape of [`schema`]; text around the JSON is passed over.
pub fn check(answer: &str, hits: &[Hit]) -> Result<Answer, AnswerError> {
    let from = answer.find('{').unwrap_or(0);
    let to = answer.rfind('}').map_or(answer.len(), |at| at + 1);
    let draft: Draft = serde_json::from_str(answer.get(from..to).unwrap_or(""))
        .map_err(|error| AnswerError::Form { line: error.line(), column: error.column() })?;
    let (mut citations, mut dropped) = (Vec::<Citation>::new(), 0);
    for given in &draft.citations {
        let hit = usize::try_from(given.passage).ok().and_then(|n| n.checked_sub(1));
        let found = hit.and_then(|at| {
            let hit = hits.get(at)?;
            let (start, end) = find(&hit.text, &given.quote).filter(|_| weight(&given.quote) >= SHORTEST_QUOTE)?;
            Some(Citation {
                hit: at,
                source: hit.source.clone(),
                span: Span::new(hit.span.start + start, hit.span.start + end),
                quote: hit.text[start..end].to_owned(),
                page: hit.page,
            })
        });
        match found {
            // Neighbouring passages share a sentence.
            Some(c) if citations.iter().any(|known| known.source == c.source && known.span == c.span) => {}
            Some(citation) => citations.push(citation),
            None => dropped += 1,
        }
    }
    let support = match (draft.in_documents, citations.is_empty()) {
        (false, _) => Support::NotInDocuments,
        (true, false) => Support::Quoted,
        (true, true) => Support::Unsupported,
    };
    Ok(Answer { text: draft.answer, in_documents: draft.in_documents, citations, dropped, support })
}

/// The sentence of a passage that matches a question best.
#[derive(Debug, Clone, PartialEq)]
pub struct Extract {
    /// The index of its hit, from 0.
    pub hit: usize,
    /// Where it stands in the document's text.
    pub span: Span,
    /// The sentence.
    pub text: String,
    /// The share of the question's weight that its words have, 0 to 1.
    pub coverage: f32,
}

/// An answer without a model: for each hit the sentence that has most of what was asked, the weight of words counted;
/// between equals, the first. Headings are passed over. A hit without any of the question's words (found by its meaning
/// alone) gives none.
#[must_use]
pub fn extract(found: &Found) -> Vec<Extract> {
    let total: f32 = found.asked.iter().map(|asked| asked.weight).sum();
    let mut out = Vec::new();
    for (at, hit) in found.hits.iter().enumerate() {
        let mut best: Option<Extract> = None;
        for (start, end) in sentences(&hit.text) {
            let sentence = &hit.text[start..end];
            let bare = sentence.trim_start_matches('#').trim();
            if hit.headings.iter().any(|heading| heading == bare) {
                continue;
            }
            let has = terms(sentence);
            let covered: f32 =
                found.asked.iter().filter(|asked| has.contains(&asked.term)).map(|asked| asked.weight).sum();
            if covered > 0.0 && best.as_ref().is_none_or(|best| covered / total > best.coverage) {
                best = Some(Extract {
                    hit: at,
                    span: Span::new(hit.span.start + start, hit.span.start + end),
                    text: sentence.to_owned(),
                    coverage: covered / total,
                });
            }
        }
        out.extend(best);
    }
    out
}
