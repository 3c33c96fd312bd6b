use std::ops::Range;

use crate::{Document, Span};

/// Universal part-of-speech tags.
///
/// # Source
/// Universal Dependencies, version 2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names are the standard's own")]
pub enum Upos {
    Adj,
    Adp,
    Adv,
    Aux,
    Cconj,
    Det,
    Intj,
    Noun,
    Num,
    Part,
    Pron,
    Propn,
    Punct,
    Sconj,
    Sym,
    Verb,
    X,
}

impl Upos {
    /// All tags, in the order of their names.
    pub const ALL: [Upos; 17] = [
        Upos::Adj,
        Upos::Adp,
        Upos::Adv,
        Upos::Aux,
        Upos::Cconj,
        Upos::Det,
        Upos::Intj,
        Upos::Noun,
        Upos::Num,
        Upos::Part,
        Upos::Pron,
        Upos::Propn,
        Upos::Punct,
        Upos::Sconj,
        Upos::Sym,
        Upos::Verb,
        Upos::X,
    ];

    /// The tag as CoNLL-U writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Upos::Adj => "ADJ",
            Upos::Adp => "ADP",
            Upos::Adv => "ADV",
            Upos::Aux => "AUX",
            Upos::Cconj => "CCONJ",
            Upos::Det => "DET",
            Upos::Intj => "INTJ",
            Upos::Noun => "NOUN",
            Upos::Num => "NUM",
            Upos::Part => "PART",
            Upos::Pron => "PRON",
            Upos::Propn => "PROPN",
            Upos::Punct => "PUNCT",
            Upos::Sconj => "SCONJ",
            Upos::Sym => "SYM",
            Upos::Verb => "VERB",
            Upos::X => "X",
        }
    }

    /// The tag that CoNLL-U writes so; `None` for an unknown name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Upos> {
        Self::ALL.into_iter().find(|u| u.as_str() == name)
    }
}

/// A word or a punctuation mark. English contractions are split as Universal Dependencies splits them
/// (`do` + `n't`, `it` + `'s`); the parts are adjacent spans.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    /// Where it stands.
    pub span: Span,
    /// Its form in lower case, with straight apostrophes.
    pub lower: String,
    /// Dictionary form, lower case.
    pub lemma: String,
    /// Universal part of speech.
    pub upos: Upos,
    /// The language's own tag set; for English that of the Penn Treebank (`VBZ`, `NNS`).
    pub xpos: &'static str,
    /// Index into [`Analysis::tokens`] of the syntactic head; `None` for a root.
    pub head: Option<usize>,
    /// Universal dependency relation to the head, subtypes kept (`nsubj:pass`).
    pub deprel: &'static str,
    /// Index into [`Analysis::sentences`].
    pub sentence: usize,
}

/// A sentence: a span and its tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// From its first token to its last.
    pub span: Span,
    /// Indices into [`Analysis::tokens`].
    pub tokens: Range<usize>,
    /// Index into [`Analysis::paragraphs`].
    pub paragraph: usize,
}

/// A paragraph: a span and its sentences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paragraph {
    /// Without surrounding white space.
    pub span: Span,
    /// Indices into [`Analysis::sentences`].
    pub sentences: Range<usize>,
}

/// A document with its tokens, sentences, paragraphs, tags and syntax: what checkers and traits read.
#[derive(Debug, Clone, PartialEq)]
pub struct Analysis {
    /// The text.
    pub document: Document,
    /// All tokens, in order.
    pub tokens: Vec<Token>,
    /// All sentences, in order.
    pub sentences: Vec<Sentence>,
    /// All paragraphs, in order.
    pub paragraphs: Vec<Paragraph>,
}

impl Analysis {
    /// The document's text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.document.text
    }

    /// The text that a token covers, as the pupil wrote it.
    #[must_use]
    pub fn form(&self, token: usize) -> &str {
        self.tokens.get(token).map_or("", |t| t.span.of(&self.document.text))
    }

    /// The tokens of a sentence.
    #[must_use]
    pub fn sentence_tokens(&self, sentence: usize) -> &[Token] {
        self.sentences.get(sentence).map_or(&[], |s| &self.tokens[s.tokens.clone()])
    }

    /// Indices of the tokens whose head is `token`, in order.
    pub fn children(&self, token: usize) -> impl Iterator<Item = usize> + '_ {
        let range =
            self.tokens.get(token).and_then(|t| self.sentences.get(t.sentence)).map_or(0..0, |s| s.tokens.clone());
        range.filter(move |&i| self.tokens[i].head == Some(token))
    }

    /// The first child of `token` with this relation (subtypes count: `nsubj` finds `nsubj:pass`).
    #[must_use]
    pub fn child(&self, token: usize, deprel: &str) -> Option<usize> {
        self.children(token).find(|&i| {
            let d = self.tokens[i].deprel;
            d == deprel || d.split(':').next() == Some(deprel)
        })
    }

    /// The span from token `first` to token `last`, both included.
    #[must_use]
    pub fn span_of(&self, first: usize, last: usize) -> Span {
        self.tokens[first].span.join(self.tokens[last].span)
    }

    /// Number of words as a person counts them: what stands between spaces and has a letter or a digit in it, so that
    /// *don't* and *well-known* are one word each. Han characters count one each.
    #[must_use]
    pub fn word_count(&self) -> usize {
        self.document.word_count()
    }
}
