//! Finding passages: by words, by meaning, and both fused.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::PoisonError;

use homeroom_core::Span;
use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, Occur, Query, TermQuery};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocAddress, Searcher, TantivyDocument, Term};

use crate::base::body;
use crate::words::{self, is_english, terms};
use crate::{Base, Embedder, KnowError, Sufficiency, vectors};

/// How deep each ranking is read before the two are fused.
const DEPTH: usize = 50;
/// The constant of reciprocal rank fusion.
///
/// # Source
/// Cormack, Clarke and Büttcher 2009, “Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning Methods”,
/// who fixed it at 60.
const RRF_K: f32 = 60.0;
/// How many of the best passages are looked at for whether the documents answer a question.
const LOOKED_AT: usize = 5;

/// A place in a ranking.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ranked {
    /// 1 is the first.
    pub rank: usize,
    /// What the ranking goes by: BM25, or the cosine.
    pub score: f32,
}

/// Why a passage was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Why {
    /// Its place by words; `None` where it has none of the question's.
    pub bm25: Option<Ranked>,
    /// Its place by meaning; `None` where it is not among the nearest, and without a model.
    pub cosine: Option<Ranked>,
    /// The question's words that it has, as they stand in the question.
    pub terms: Vec<String>,
}

/// A passage that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The name of its document.
    pub source: String,
    /// That document's title.
    pub title: Option<String>,
    /// Where the passage stands in the document's text ([`Base::text`]).
    pub span: Span,
    /// The passage.
    pub text: String,
    /// The headings that it stands under, the outermost first.
    pub headings: Vec<String>,
    /// The page, from 1, that it begins on, where pages are known.
    pub page: Option<usize>,
    /// The sum of 1 / (60 + rank) over the rankings that it is in. It orders the hits of one question, and says nothing
    /// across questions.
    pub score: f32,
    /// What it was found by.
    pub why: Why,
}

/// A word that a question is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// As it stands in the question.
    pub surface: String,
    /// As it is indexed: an English stem, a Chinese word.
    pub term: String,
    /// How much it tells, in nats: the inverse document frequency of BM25, halved for a single Chinese character that is
    /// not quoted.
    pub weight: f32,
    /// How many passages have it.
    pub passages: u64,
    /// Where it first stands in the question, in bytes.
    pub span: Span,
}

/// What a search gave.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The passages, the best first.
    pub hits: Vec<Hit>,
    /// The words that were searched for.
    pub asked: Vec<Asked>,
    /// Whether the documents answer the question at all.
    pub sufficiency: Sufficiency,
}

impl Base {
    /// The passages that bear on `question`, at most `limit`, and whether the documents answer it.
    ///
    /// `embed` is used where the question is mostly English, and finds the passages that were added with the same model.
    /// Only the first 2,000 characters of the question are read, and each ranking is read 50 passages deep.
    ///
    /// # Errors
    /// [`KnowError::Embed`], [`KnowError::Vectors`], [`KnowError::Damaged`], [`KnowError::Index`].
    ///
    /// # Source
    /// BM25 as in Robertson and Zaragoza 2009 (k1 = 1.2, b = 0.75), over title, headings and text of a passage as one
    /// field. Fusion: Cormack, Clarke and Büttcher 2009, k = 60.
    pub fn search(&self, question: &str, embed: Option<Embedder<'_>>, limit: usize) -> Result<Found, KnowError> {
        let searcher = self.searcher()?;
        let failed = |error| KnowError::index(self.folder(), error);
        let asked = self.weigh(&searcher, question)?;
        let by_words = self.by_words(&searcher, &asked)?;
        let embed = embed.filter(|_| is_english(question));
        let by_meaning = match embed {
            Some(embed) => self.by_meaning(&searcher, question, embed)?,
            None => Vec::new(),
        };
        let mut fused: BTreeMap<DocAddress, (f32, Option<Ranked>, Option<Ranked>)> = BTreeMap::new();
        for (i, &(score, address)) in by_words.iter().enumerate() {
            let entry = fused.entry(address).or_default();
            entry.0 += 1.0 / (RRF_K + (i + 1) as f32);
            entry.1 = Some(Ranked { rank: i + 1, score });
        }
        for (i, &(score, address)) in by_meaning.iter().enumerate() {
            let entry = fused.entry(address).or_default();
            entry.0 += 1.0 / (RRF_K + (i + 1) as f32);
            entry.2 = Some(Ranked { rank: i + 1, score });
        }
        let mut fused: Vec<_> = fused.into_iter().collect();
        // Between equals the one with the better place by words, so that the order does not depend on the index's files.
        let rank = |ranked: Option<Ranked>| ranked.map_or(usize::MAX, |r| r.rank);
        fused.sort_by(|(_, a), (_, b)| b.0.total_cmp(&a.0).then(rank(a.1).cmp(&rank(b.1))));

        let mut texts = HashMap::new();
        let mut hits = Vec::new();
        let mut seen = Vec::new();
        for (address, (score, bm25, cosine)) in fused.into_iter().take(limit.max(LOOKED_AT)) {
            let document: TantivyDocument = searcher.doc(address).map_err(failed)?;
            let (name, record) = self.fields.record(&document).ok_or_else(|| self.damaged())?;
            let (stored, text) = match texts.entry(name) {
                std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
                std::collections::hash_map::Entry::Vacant(new) => {
                    let read = self.with_text(&searcher, new.key())?;
                    new.insert(read)
                }
            };
            if !record.span.fits(text) {
                return Err(self.damaged());
            }
            let text = record.span.of(text).to_owned();
            let has: HashSet<String> =
                terms(&body(stored.title.as_deref(), &record.headings, &text)).into_iter().collect();
            let matched: Vec<bool> = asked.iter().map(|a| has.contains(&a.term)).collect();
            let surfaces = asked.iter().zip(&matched).filter(|(_, m)| **m).map(|(a, _)| a.surface.clone()).collect();
            hits.push(Hit {
                source: stored.name.clone(),
                title: stored.title.clone(),
                span: record.span,
                text,
                page: stored.page(record.span.start),
                headings: record.headings,
                score,
                why: Why { bm25, cosine, terms: surfaces },
            });
            seen.push(matched);
        }
        let nearest = by_meaning.first().map(|&(cosine, _)| cosine);
        let sufficiency =
            Sufficiency::of(&asked, seen.get(..LOOKED_AT).unwrap_or(&seen), nearest, is_english(question));
        hits.truncate(limit);
        Ok(Found { hits, asked, sufficiency })
    }

    fn weigh(&self, searcher: &Searcher, question: &str) -> Result<Vec<Asked>, KnowError> {
        let n = searcher.num_docs() as f32;
        let mut out = Vec::new();
        for words::Asked { term, surface, place, slight } in words::asked(question) {
            let indexed = Term::from_field_text(self.fields.body, &term);
            let passages = searcher.doc_freq(&indexed).map_err(|error| KnowError::index(self.folder(), error))?;
            // Passages that were replaced count until the index has been tidied up, so that there may be more than n.
            let df = (passages as f32).min(n);
            let idf = (1.0 + (n - df + 0.5) / (df + 0.5)).ln();
            let weight = if slight { idf / 2.0 } else { idf };
            out.push(Asked { surface, term, weight, passages, span: Span::new(place.0, place.1) });
        }
        Ok(out)
    }

    fn by_words(&self, searcher: &Searcher, asked: &[Asked]) -> Result<Vec<(f32, DocAddress)>, KnowError> {
        let clauses: Vec<(Occur, Box<dyn Query>)> = asked
            .iter()
            .map(|a| {
                let term = Term::from_field_text(self.fields.body, &a.term);
                (Occur::Should, Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs)) as Box<dyn Query>)
            })
            .collect();
        if clauses.is_empty() {
            return Ok(Vec::new());
        }
        let top = TopDocs::with_limit(DEPTH).order_by_score();
        searcher.search(&BooleanQuery::new(clauses), &top).map_err(|error| KnowError::index(self.folder(), error))
    }

    fn by_meaning(
        &self,
        searcher: &Searcher,
        question: &str,
        embed: Embedder<'_>,
    ) -> Result<Vec<(f32, DocAddress)>, KnowError> {
        let asked = vectors::embed(embed.model, &[question])?.pop().unwrap_or_default();
        let segments = {
            let mut vectors = self.vectors.lock().unwrap_or_else(PoisonError::into_inner);
            let read = vectors.of(searcher, &self.fields, embed.name);
            read.map_err(|error| KnowError::index(self.folder(), error))?
        };
        let mut out = Vec::new();
        for (ord, (segment, reader)) in segments.iter().zip(searcher.segment_readers()).enumerate() {
            let ord = u32::try_from(ord).unwrap_or(u32::MAX);
            let alive = segment.cosines(&asked).filter(|&(id, _)| !reader.is_deleted(id));
            out.extend(alive.map(|(id, cosine)| (cosine, DocAddress::new(ord, id))));
        }
        out.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        out.truncate(DEPTH);
        Ok(out)
    }
}
