//! A text and its variants through llama.cpp: the text is run once, and its keys and values are shared by the sequences of
//! batches that hold the variants.

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::llama_batch::LlamaBatch;

use crate::model::id;
use crate::probability::log_sum_exp;
use crate::{Llama, LlamaError};

/// What a [`Context`] has room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Tokens whose keys and values are held at once, those of the text and of a batch of variants.
    pub positions: u32,
    /// Sequences at once: the text, and variants of it.
    pub sequences: u32,
    /// Most tokens of a batch.
    pub batch: u32,
}

/// A variant of a text from some place on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// How many tokens of the text come before it. The variant stands in place of `text[after..]`.
    pub after: usize,
    /// Its tokens.
    pub tokens: Vec<u32>,
}

/// Natural-log probabilities of a text and its variants, in nats.
#[derive(Debug, Clone, PartialEq)]
pub struct Scores {
    /// Of each token of the text, given those before it; 0 (certain) for the given ones.
    pub trunk: Vec<f32>,
    /// Of each token of each branch, given the text before the branch and the branch before the token.
    pub branches: Vec<Vec<f32>>,
}

/// Room for keys and values, and what was run in it.
pub struct Context<'a> {
    context: LlamaContext<'a>,
    batch: LlamaBatch<'static>,
    settings: Settings,
    vocabulary: usize,
}

/// Sequence of the text; those of branches follow.
const TRUNK: i32 = 0;

impl<'a> Context<'a> {
    pub(crate) fn new(llama: &'a Llama, settings: Settings) -> Result<Self, LlamaError> {
        let limit = llama.positions();
        if settings.positions > limit {
            return Err(LlamaError::Long { length: settings.positions as usize, limit: limit as usize });
        }
        let context = llama.room(settings)?;
        let vocabulary = llama.vocabulary();
        Ok(Self { context, batch: LlamaBatch::new(settings.batch as usize, 1), settings, vocabulary })
    }

    /// Scores a text and variants of it. `given`: how many tokens of the text get no log-probability, at least 1.
    ///
    /// The last token of a branch is scored by the state before it, and the first by the text's: a branch of one token runs
    /// nothing.
    ///
    /// # Errors
    /// [`LlamaError::Given`] for none or too many given tokens, [`LlamaError::Place`] where a branch leaves the text within
    /// them or beyond its end, [`LlamaError::Token`] for a token beyond the vocabulary, [`LlamaError::Long`] where the
    /// text, or a branch with it, is longer than there is room for; those of llama.cpp.
    pub fn score(&mut self, text: &[u32], given: usize, branches: &[Branch]) -> Result<Scores, LlamaError> {
        self.check(text, given, branches)?;
        self.context.clear_kv_cache();

        let mut trunk = vec![0.0; text.len()];
        let mut scores: Vec<Vec<f32>> = branches.iter().map(|branch| vec![0.0; branch.tokens.len()]).collect();
        let mut from = 0;
        for part in text.chunks(self.settings.batch as usize) {
            self.batch.clear();
            for (place, &token) in (from..).zip(part) {
                self.batch.add(id(token), position(place), &[TRUNK], place + 1 >= given)?;
            }
            self.context.decode(&mut self.batch)?;
            for row in given.max(from + 1) - 1 - from..part.len() {
                let after = from + row + 1;
                let logits = self.context.get_logits_ith(position(row));
                let total = log_sum_exp(logits);
                if let (Some(&token), Some(score)) = (text.get(after), trunk.get_mut(after)) {
                    *score = logits[token as usize] - total;
                }
                for (branch, scores) in branches.iter().zip(&mut scores).filter(|(branch, _)| branch.after == after) {
                    if let (Some(&token), Some(score)) = (branch.tokens.first(), scores.first_mut()) {
                        *score = logits[token as usize] - total;
                    }
                }
            }
            from += part.len();
        }

        let mut rest: Vec<(&Branch, &mut Vec<f32>)> =
            branches.iter().zip(&mut scores).filter(|(branch, _)| branch.tokens.len() > 1).collect();
        while !rest.is_empty() {
            let later = rest.split_off(self.fitting(&rest));
            self.run(text.len(), &mut rest)?;
            rest = later;
        }
        Ok(Scores { trunk, branches: scores })
    }

    fn check(&self, text: &[u32], given: usize, branches: &[Branch]) -> Result<(), LlamaError> {
        let (length, vocabulary) = (text.len(), self.vocabulary);
        if given == 0 || given > length {
            return Err(LlamaError::Given { given, length });
        }
        if let Some(branch) = branches.iter().find(|branch| !(given..=length).contains(&branch.after)) {
            return Err(LlamaError::Place { after: branch.after, given, length });
        }
        let mut tokens = text.iter().chain(branches.iter().flat_map(|branch| &branch.tokens));
        if let Some(&token) = tokens.find(|&&token| token as usize >= vocabulary) {
            return Err(LlamaError::Token { token, vocabulary });
        }
        let longest = branches.iter().map(|branch| branch.tokens.len().saturating_sub(1)).max().unwrap_or(0);
        let (held, limit) = (length + longest, self.settings.positions as usize);
        if held > limit {
            return Err(LlamaError::Long { length: held, limit });
        }
        let limit = self.settings.batch as usize;
        if longest > limit { Err(LlamaError::Long { length: longest, limit }) } else { Ok(()) }
    }

    /// How many of the branches fit into a batch, at least 1.
    fn fitting(&self, branches: &[(&Branch, &mut Vec<f32>)]) -> usize {
        let most = self.settings.sequences.saturating_sub(1) as usize;
        let mut rows = 0;
        let fitting = branches.iter().take(most).take_while(|(branch, _)| {
            rows += branch.tokens.len() - 1;
            rows <= self.settings.batch as usize
        });
        fitting.count().max(1)
    }

    /// Runs branches as sequences of one batch. `length`: tokens of the text.
    fn run(&mut self, length: usize, branches: &mut [(&Branch, &mut Vec<f32>)]) -> Result<(), LlamaError> {
        self.batch.clear();
        for ((branch, _), sequence) in branches.iter().zip(TRUNK + 1..) {
            let before = u32::try_from(branch.after).unwrap_or(u32::MAX);
            self.context.kv_cache_seq_cp(TRUNK, sequence, None, Some(before))?;
            for (place, &token) in (branch.after..).zip(&branch.tokens[..branch.tokens.len() - 1]) {
                self.batch.add(id(token), position(place), &[sequence], true)?;
            }
        }
        debug_assert!(length + self.batch.n_tokens() as usize <= self.settings.positions as usize);
        self.context.decode(&mut self.batch)?;
        let mut row = 0;
        for ((branch, scores), sequence) in branches.iter_mut().zip(TRUNK + 1..) {
            for (score, &token) in scores.iter_mut().zip(&branch.tokens).skip(1) {
                let logits = self.context.get_logits_ith(row);
                *score = logits[token as usize] - log_sum_exp(logits);
                row += 1;
            }
            self.context.kv_cache_seq_rm(sequence, None, None)?;
        }
        Ok(())
    }
}

fn position(place: usize) -> i32 {
    i32::try_from(place).expect("invariant: places were checked against the context's positions")
}
