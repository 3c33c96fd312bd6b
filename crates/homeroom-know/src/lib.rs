//! What a school's own documents say: handbooks, rules, notes on grammar, notices, in English and Chinese.
//!
//! A [`Base`] is a folder that holds the texts, an index of their words and, where there was a model, vectors of their
//! meaning. [`Base::add`] divides a text into passages, [`Base::search`] finds those that bear on a question and says
//! ([`Sufficiency`]) whether the documents answer it at all. [`answer`] turns what was found into material for a language
//! model, and checks every quote of its answer against the passage that it names; without a model, [`answer::extract`]
//! shows the sentences that match best.
//!
//! Words are found by BM25 (tantivy), Chinese ones by jieba's dictionary, meaning by cosine where there is a model of
//! English; the two rankings are fused by reciprocal rank. Texts come in as strings: nothing in here reads a document's
//! file, the clock, the environment or the network.
//!
//! # Memory
//! Opening a base reads its files once, through a memory map, to compare checksums, and keeps none of them on the heap. The
//! first search by meaning reads every vector once, into one array per segment of the index (10,000 passages of 384
//! dimensions: 15 MB); segments never change, so that after [`Base::add`] only what is new is read. The first Chinese
//! word loads jieba's dictionary, once per process.

pub mod answer;
mod base;
mod error;
mod fold;
mod passage;
mod search;
mod sentence;
mod source;
mod sufficiency;
mod vectors;
mod words;

pub use base::{Base, Embedder};
pub use error::KnowError;
pub use search::{Asked, Found, Hit, Ranked, Why};
pub use source::{Added, Section, Source, Stored};
pub use sufficiency::Sufficiency;
