//! A crude analysis for tests: tags and lemmas from the lexicon, no syntax.

use homeroom_core::{Analysis, Document, Language, Paragraph, Sentence, Span, Token, Upos};
use homeroom_lexicon::Lexicon;

/// Words and single punctuation marks, with their spans.
fn pieces(text: &str, offset: usize) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut start: Option<usize> = None;
    for (i, c) in text.char_indices().chain([(text.len(), ' ')]) {
        let inside = c.is_alphanumeric() || c == '\'' || c == '-';
        match (start, inside) {
            (None, true) => start = Some(i),
            (Some(s), false) => {
                spans.push(Span::new(offset + s, offset + i));
                start = None;
            }
            _ => {}
        }
        if !inside && !c.is_whitespace() {
            spans.push(Span::new(offset + i, offset + i + c.len_utf8()));
        }
    }
    spans
}

pub(crate) fn analyse(text: &str) -> Analysis {
    let lexicon = Lexicon::shipped();
    let document = Document::new(text, Language::ENGLISH);
    let text = document.text.clone();
    let mut a = Analysis { tokens: Vec::new(), sentences: Vec::new(), paragraphs: Vec::new(), document };
    for span in a.document.paragraph_spans() {
        let first_sentence = a.sentences.len();
        let mut first = a.tokens.len();
        let pieces = pieces(span.of(&text), span.start);
        for (i, &piece) in pieces.iter().enumerate() {
            let lower = piece.of(&text).to_lowercase();
            let word = lower.chars().any(char::is_alphanumeric);
            let upos = if !word {
                Upos::Punct
            } else if ["i", "he", "she", "it", "they", "we", "you", "this"].contains(&lower.as_str()) {
                Upos::Pron
            } else {
                lexicon.pos(&lower).iter().next().unwrap_or(Upos::Noun)
            };
            a.tokens.push(Token {
                span: piece,
                lemma: lexicon.lemma(&lower, upos).into_owned(),
                upos,
                xpos: "NN",
                head: None,
                deprel: "root",
                sentence: a.sentences.len(),
                lower: lower.clone(),
            });
            let last = i + 1 == pieces.len();
            if last || matches!(lower.as_str(), "." | "!" | "?") {
                let tokens = first..a.tokens.len();
                a.sentences.push(Sentence {
                    span: a.tokens[first].span.join(piece),
                    tokens,
                    paragraph: a.paragraphs.len(),
                });
                first = a.tokens.len();
            }
        }
        a.paragraphs.push(Paragraph { span, sentences: first_sentence..a.sentences.len() });
    }
    a
}
