//! Tagging and dependency parsing of English, with small models that this crate trains itself.
//!
//! A sentence's words get a joint tag (universal and Penn Treebank) from an averaged perceptron, heads from a
//! transition-based parser with beam search, and relations from a labeller that sees the finished tree. [`Parser`]
//! parses; [`train()`] makes a model from a treebank that [`conllu`] reads; [`evaluate()`] measures.

pub mod conllu;

mod arcs;
mod evaluate;
mod hash;
mod labeller;
mod labels;
mod lexical;
mod model;
mod tagger;
mod train;
mod weights;

use std::cell::RefCell;
use std::sync::OnceLock;

use homeroom_core::Upos;

pub use evaluate::{Counts, Evaluation, evaluate};
pub use train::{Progress, TrainOptions, train};

use arcs::Workspace;
use labeller::Tagged;
use model::{Model, Source};
use tagger::Input;

/// States that the search of the shipped parser keeps.
pub const BEAM: usize = 8;

/// What can be wrong with a treebank or with a model file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParserError {
    /// A line has not ten columns.
    #[error("line {line}: {found} columns instead of 10")]
    Columns {
        /// Counted from 1.
        line: usize,
        /// Columns in it.
        found: usize,
    },
    /// Word ids do not count up from 1.
    #[error("line {line}: word id is not {expected}")]
    Id {
        /// Counted from 1.
        line: usize,
        /// The id that was due.
        expected: usize,
    },
    /// A tag that is no universal part of speech.
    #[error("line {line}: unknown universal part-of-speech tag")]
    Upos {
        /// Counted from 1.
        line: usize,
    },
    /// A head that is no number or lies outside of the sentence.
    #[error("line {line}: head is no word of the sentence")]
    Head {
        /// Counted from 1.
        line: usize,
    },
    /// A tag or relation that is in none of the tables.
    #[error("unknown tag or relation {label}")]
    UnknownLabel {
        /// Its name.
        label: String,
    },
    /// More joint tags than a model can hold.
    #[error("{found} joint tags are too many")]
    TooManyTags {
        /// How many.
        found: usize,
    },
    /// Nothing to train on.
    #[error("no training sentences")]
    NoData,
    /// A malformed line of word classes.
    #[error("word classes, line {line}: not a word and two classes from 1 to 255")]
    WordClasses {
        /// Counted from 1.
        line: usize,
    },
    /// Not a model file.
    #[error("not a parser model")]
    Magic,
    /// A model of another version of this program.
    #[error("parser model of version {found}, expected {expected}")]
    Version {
        /// In the file.
        found: u32,
        /// Of this program.
        expected: u32,
    },
    /// A damaged model file.
    #[error("parser model is damaged near byte {offset}")]
    Model {
        /// Where reading stopped.
        offset: usize,
    },
}

/// A word's tags and its place in the tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParsedToken {
    /// Universal part of speech.
    pub upos: Upos,
    /// Penn Treebank tag.
    pub xpos: &'static str,
    /// Index of the head in the sentence; `None` for the root.
    pub head: Option<usize>,
    /// Universal dependency relation with its subtype.
    pub deprel: &'static str,
}

/// A tagger and dependency parser.
#[derive(Debug, Clone)]
pub struct Parser {
    model: Model,
}

/// The model that is part of the program; its origin is told in `model/README.md`.
static SHIPPED: &[u8] = include_bytes!("../model/en-ewt.bin");

impl Parser {
    /// The parser for English that is part of the program. The first call takes a few milliseconds.
    #[must_use]
    pub fn shipped() -> &'static Parser {
        static PARSER: OnceLock<Parser> = OnceLock::new();
        PARSER.get_or_init(|| {
            let model = Model::read(Source::Static(SHIPPED));
            Parser { model: model.expect("invariant: the embedded model is sound, as a test shows") }
        })
    }

    /// A parser from the bytes that [`train()`] made.
    ///
    /// # Errors
    /// [`ParserError::Magic`], [`ParserError::Version`], [`ParserError::TooManyTags`] or [`ParserError::Model`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ParserError> {
        Ok(Self { model: Model::read(Source::Borrowed(bytes))? })
    }

    /// What the model was trained on, its licence, seed and figures on the development data.
    #[must_use]
    pub fn header(&self) -> &str {
        &self.model.header
    }

    /// Tags and parses a sentence, one form per token; contractions are split as Universal Dependencies splits them
    /// (`do` + `n't`).
    ///
    /// Returns one item per form. The heads are a projective tree with exactly one root, whose relation is `root`.
    /// Takes time linear in the number of tokens.
    #[must_use]
    pub fn parse(&self, forms: &[&str]) -> Vec<ParsedToken> {
        thread_local! {
            static WORKSPACE: RefCell<Workspace> = RefCell::default();
        }
        let m = &self.model;
        let input = Input::new(forms.iter().copied(), &m.tagger.dictionary);
        let tags = m.tagger.tag(&input);
        let upos = train::universal(&tags, &m.tags);
        let tagged = Tagged { input: &input, tags: &tags, upos: &upos };
        let heads = WORKSPACE.with_borrow_mut(|w| w.parse(tagged, train::search(m, BEAM)));
        let deprels = m.tree_labeller.tree(tagged, &heads);
        let token = |i: usize| {
            let (upos, xpos) = m.tags.get(tags[i]);
            ParsedToken { upos, xpos, head: heads[i], deprel: labels::DEPRELS[usize::from(deprels[i])] }
        };
        (0..forms.len()).map(token).collect()
    }
}
