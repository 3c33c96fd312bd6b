//! The sentences of a document by its end marks alone: enough to quote from it.

use homeroom_core::{Document, Span};

/// All sentences, in order, without surrounding white space.
pub(crate) fn sentences(document: &Document) -> Vec<Span> {
    let text = &document.text;
    let mut out: Vec<Span> = Vec::new();
    for paragraph in document.paragraph_spans() {
        let mut at = paragraph.start;
        while at < paragraph.end {
            let sentence = document.sentence_around(Span::new(at, at));
            if sentence.is_empty() || sentence.end <= at {
                break;
            }
            let sentence = Span::new(sentence.start.max(at), sentence.end.min(paragraph.end));
            out.push(sentence);
            let rest = &text[sentence.end..paragraph.end];
            at = sentence.end + (rest.len() - rest.trim_start().len());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use homeroom_core::Language;

    use super::*;

    #[test]
    fn splits_at_end_marks_and_lines() {
        let document = Document::new("I go. “Why?” he asks.\nNo end here\n\nEnd!", Language::ENGLISH);
        let found: Vec<&str> = sentences(&document).iter().map(|s| s.of(&document.text)).collect();
        assert_eq!(found.concat().replace(' ', ""), "Igo.“Why?”heasks.NoendhereEnd!");
        assert!(found.contains(&"I go.") && found.contains(&"No end here") && found.contains(&"End!"));
    }
}
