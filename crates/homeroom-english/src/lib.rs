//! English: from a document to its analysis and its findings.
//!
//! [`English`] is the language pack: it splits, tags and parses a text ([`English::analyse`]) and runs every source of
//! findings over it ([`English::check`]): Harper's rules, the speller, the phrase rules and our own checkers.

mod checkers;
mod compose;
mod phrases;
mod resolve;
mod tokenise;

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use homeroom_core::{Analysis, Checker, Document, Finding, Paragraph, Sentence, Token};
use homeroom_harper::Harper;
use homeroom_lexicon::Lexicon;
use homeroom_parser::Parser;

pub use checkers::registry;
pub use compose::{capitalise, match_case};
pub use homeroom_harper::starts_with_vowel_sound;
pub use phrases::{Hit, Level, Miss, PhraseError, PhraseRule, Phrases};
pub use resolve::resolve;
pub use tokenise::{RawSentence, sentences, tokens};

/// The language pack of English. It may be shared between threads.
pub struct English {
    harpers: Mutex<Vec<Harper>>,
    checkers: Vec<Box<dyn Checker>>,
}

impl English {
    /// The one language pack of this process. Nothing is loaded before it is needed.
    #[must_use]
    pub fn shipped() -> &'static English {
        static SHIPPED: OnceLock<English> = OnceLock::new();
        SHIPPED.get_or_init(|| English { harpers: Mutex::new(Vec::new()), checkers: registry() })
    }

    /// Splits, tags and parses a text.
    #[must_use]
    pub fn analyse(&self, document: &Document) -> Analysis {
        let parser = Parser::shipped();
        let lexicon = Lexicon::shipped();
        let (raw, paragraph_spans) = tokenise::sentences(document);
        let mut tokens: Vec<Token> = Vec::new();
        let mut sentences: Vec<Sentence> = Vec::new();
        for (index, sentence) in raw.iter().enumerate() {
            let first = tokens.len();
            let forms: Vec<String> =
                sentence.tokens.iter().map(|s| tokenise::straighten(s.of(&document.text))).collect();
            let forms: Vec<&str> = forms.iter().map(String::as_str).collect();
            for (span, parsed) in sentence.tokens.iter().zip(parser.parse(&forms)) {
                let lower = tokenise::normalise(span.of(&document.text));
                let lemma = lexicon.lemma(&lower, parsed.upos).into_owned();
                tokens.push(Token {
                    span: *span,
                    lower,
                    lemma,
                    upos: parsed.upos,
                    xpos: parsed.xpos,
                    head: parsed.head.map(|h| first + h),
                    deprel: parsed.deprel,
                    sentence: index,
                });
            }
            let span = tokens[first].span.join(tokens[tokens.len() - 1].span);
            sentences.push(Sentence { span, tokens: first..tokens.len(), paragraph: sentence.paragraph });
        }
        let mut paragraphs: Vec<Paragraph> =
            paragraph_spans.into_iter().map(|span| Paragraph { span, sentences: 0..0 }).collect();
        for (index, sentence) in sentences.iter().enumerate() {
            let range = &mut paragraphs[sentence.paragraph].sentences;
            if range.start == range.end {
                range.start = index;
            }
            range.end = index + 1;
        }
        Analysis { document: document.clone(), tokens, sentences, paragraphs }
    }

    /// Everything that is found in a text, in order of place, without overlaps.
    #[must_use]
    pub fn check(&self, analysis: &Analysis) -> Vec<Finding> {
        let mut findings = self.harper(&analysis.document);
        for checker in &self.checkers {
            checker.check(analysis, &mut findings);
        }
        resolve(analysis, findings)
    }

    /// Versions of everything that [`English::check`] and [`English::analyse`] rest on.
    #[must_use]
    pub fn versions(&self) -> BTreeMap<String, String> {
        BTreeMap::from([
            ("harper-core".to_owned(), Harper::version().to_owned()),
            ("homeroom-english".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
        ])
    }

    fn harper(&self, document: &Document) -> Vec<Finding> {
        let pooled = self.harpers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut harper = pooled.unwrap_or_default();
        let findings = harper.check(document);
        self.harpers.lock().unwrap_or_else(PoisonError::into_inner).push(harper);
        findings
    }
}
