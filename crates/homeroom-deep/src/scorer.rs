//! What is asked of a language model: how likely a text and its variants are.

use homeroom_lm::{Lm, TokenId, Trunk};

/// A variant of a text from some token on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Branch {
    /// Number of tokens of the trunk that come before.
    pub after: usize,
    /// The tokens behind them; at least one.
    pub tokens: Vec<u32>,
}

/// A language model.
pub trait Scorer: Send + Sync {
    /// A text in tokens.
    fn tokenize(&self, text: &str) -> Vec<u32>;
    /// The token before any text.
    fn start(&self) -> u32;
    /// The token behind a sentence that is not followed by another.
    fn end_of_sentence(&self) -> u32;
    /// Reads a text, to be asked about its variants. `trunk`: at least one token; `given`: how many tokens at its start are
    /// not judged, at least one. `None` where the model cannot take it: it is too long.
    fn open<'a>(&'a self, trunk: &[u32], given: usize) -> Option<Box<dyn Opened + 'a>>;
}

/// A text that was read.
pub trait Opened {
    /// Natural log-probability of each token given those before it; 0 for those that are not judged.
    fn trunk(&self) -> &[f32];
    /// Natural log-probability of each token of each branch given the tokens before it. `None` where the model cannot say.
    fn score(&self, branches: &[Branch]) -> Option<Vec<Vec<f32>>>;
}

impl Scorer for Lm {
    fn tokenize(&self, text: &str) -> Vec<u32> {
        Lm::tokenize(self, text).into_iter().map(|t| t.0).collect()
    }

    fn start(&self) -> u32 {
        Lm::start(self).0
    }

    fn end_of_sentence(&self) -> u32 {
        Lm::tokenize(self, "\n").first().map_or(Lm::start(self).0, |t| t.0)
    }

    fn open<'a>(&'a self, trunk: &[u32], given: usize) -> Option<Box<dyn Opened + 'a>> {
        let tokens: Vec<TokenId> = trunk.iter().map(|t| TokenId(*t)).collect();
        let trunk = self.read(&tokens, given).ok()?;
        Some(Box::new(Read { lm: self, trunk }))
    }
}

struct Read<'a> {
    lm: &'a Lm,
    trunk: Trunk,
}

impl Opened for Read<'_> {
    fn trunk(&self) -> &[f32] {
        self.trunk.log_probabilities()
    }

    fn score(&self, branches: &[Branch]) -> Option<Vec<Vec<f32>>> {
        let branches: Vec<homeroom_lm::Branch> = branches
            .iter()
            .map(|b| homeroom_lm::Branch { after: b.after, tokens: b.tokens.iter().map(|t| TokenId(*t)).collect() })
            .collect();
        self.lm.branches(&self.trunk, &branches).ok()
    }
}
