//! Tagging and attachment accuracy.

use crate::conllu::Sentence;
use crate::{Parser, labels};

/// What was right in one sentence, in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Words.
    pub n_tokens: usize,
    /// Words with the right universal tag.
    pub upos: usize,
    /// Words with the right tag of the language's own set.
    pub xpos: usize,
    /// Words with the right head.
    pub uas: usize,
    /// Words with the right head and universal relation; subtypes are not compared.
    pub las: usize,
    /// Words with the right head and relation, subtypes compared.
    pub las_subtypes: usize,
}

/// The result of parsing a treebank with gold tokens.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Evaluation {
    /// Words, punctuation included.
    pub n_tokens: usize,
    /// Sentences.
    pub n_sentences: usize,
    /// Counts of each sentence, in order: what a bootstrap by sentence needs.
    pub sentences: Vec<Counts>,
}

impl Evaluation {
    /// The sums over all sentences.
    #[must_use]
    pub fn totals(&self) -> Counts {
        self.sentences.iter().fold(Counts::default(), |t, s| Counts {
            n_tokens: t.n_tokens + s.n_tokens,
            upos: t.upos + s.upos,
            xpos: t.xpos + s.xpos,
            uas: t.uas + s.uas,
            las: t.las + s.las,
            las_subtypes: t.las_subtypes + s.las_subtypes,
        })
    }
}

/// Parses sentences with their gold tokens and counts what is right, punctuation included.
///
/// # Source
/// The measures of the CoNLL 2018 shared task (Zeman et al. 2018).
#[must_use]
pub fn evaluate(parser: &Parser, sentences: &[Sentence]) -> Evaluation {
    let counts: Vec<Counts> = sentences.iter().map(|s| compare(parser, s)).collect();
    Evaluation { n_tokens: counts.iter().map(|c| c.n_tokens).sum(), n_sentences: counts.len(), sentences: counts }
}

fn compare(parser: &Parser, sentence: &Sentence) -> Counts {
    let parsed = parser.parse(&sentence.forms());
    let mut counts = Counts { n_tokens: sentence.words.len(), ..Counts::default() };
    let universal = |d: &str| d.split(':').next().map(str::to_owned);
    for (found, gold) in parsed.iter().zip(&sentence.words) {
        counts.upos += usize::from(found.upos == gold.upos);
        counts.xpos += usize::from(found.xpos == gold.xpos);
        if found.head == gold.head {
            counts.uas += 1;
            counts.las += usize::from(universal(found.deprel) == universal(&gold.deprel));
            counts.las_subtypes += usize::from(labels::deprel(&gold.deprel) == labels::deprel(found.deprel));
        }
    }
    counts
}
