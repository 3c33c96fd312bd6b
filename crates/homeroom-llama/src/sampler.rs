//! How the next token is chosen.

use llama_cpp_2::sampling::LlamaSampler;
use llama_cpp_2::token::data::LlamaTokenData;
use llama_cpp_2::token::data_array::LlamaTokenDataArray;
use llguidance::Matcher;

use crate::LlamaError;
use crate::engine::{Sampling, TokenLog};
use crate::model::id;
use crate::probability::log_sum_exp;

/// Tokens back over which a repeated one is made less likely; llama.cpp's own default.
const REPEATED_WITHIN: i32 = 64;

/// Chooses the tokens of one answer.
pub(crate) struct Sampler {
    /// llama.cpp's, or nothing where the most likely token is taken as it is.
    chain: Option<LlamaSampler>,
    constraint: Option<Matcher>,
    top: Option<u8>,
}

/// A token that was chosen.
pub(crate) struct Choice {
    pub(crate) token: u32,
    /// Where logs were asked for.
    pub(crate) log: Option<TokenLog>,
    /// The answer is complete with it, by its schema or pattern.
    pub(crate) complete: bool,
}

impl Sampler {
    /// `vocabulary`: how many tokens there are. `top`: with how many of the most likely tokens each is logged, if it is.
    pub(crate) fn new(sampling: &Sampling, vocabulary: usize, constraint: Option<Matcher>, top: Option<u8>) -> Self {
        let vocabulary = i32::try_from(vocabulary).unwrap_or(i32::MAX);
        let mut chain = Vec::new();
        if sampling.repeat_penalty > 0.0 && sampling.repeat_penalty.is_finite() && sampling.repeat_penalty != 1.0 {
            chain.push(LlamaSampler::penalties(vocabulary, REPEATED_WITHIN, sampling.repeat_penalty, 0.0, 0.0));
        }
        if sampling.temperature > 0.0 {
            // The order of llama.cpp's own program.
            if let Some(k) = sampling.top_k {
                chain.push(LlamaSampler::top_k(i32::try_from(k.max(1)).unwrap_or(i32::MAX)));
            }
            if sampling.top_p < 1.0 {
                chain.push(LlamaSampler::top_p(sampling.top_p, 1));
            }
            if sampling.min_p > 0.0 {
                chain.push(LlamaSampler::min_p(sampling.min_p, 1));
            }
            chain.push(LlamaSampler::temp(sampling.temperature));
            // llama.cpp takes the largest number for "by the clock".
            chain.push(LlamaSampler::dist(sampling.seed.min(u32::MAX - 1)));
        } else if !chain.is_empty() {
            chain.push(LlamaSampler::greedy());
        }
        let chain = (!chain.is_empty()).then(|| LlamaSampler::chain_simple(chain));
        Self { chain, constraint, top }
    }

    /// Chooses the next token. `logits`: one for each token of the vocabulary.
    ///
    /// # Errors
    /// [`LlamaError::Astray`] where no token can follow by the schema or pattern.
    pub(crate) fn choose(&mut self, logits: &[f32]) -> Result<Choice, LlamaError> {
        let allowed = match &mut self.constraint {
            Some(constraint) => Some(constraint.compute_mask_or_eos().map_err(|_| LlamaError::Astray)?),
            None => None,
        };
        let may = |token: u32| allowed.as_ref().is_none_or(|allowed| allowed.is_allowed(token));
        let token = match &mut self.chain {
            None => {
                let mut best: Option<(u32, f32)> = None;
                for (token, &logit) in (0..).zip(logits) {
                    if best.is_none_or(|(_, most)| logit > most) && may(token) {
                        best = Some((token, logit));
                    }
                }
                best.ok_or(LlamaError::Astray)?.0
            }
            Some(chain) => {
                let candidates = (0..).zip(logits).filter(|(token, _)| may(*token));
                let candidates = candidates.map(|(token, &logit)| LlamaTokenData::new(id(token), logit, 0.0));
                let mut candidates = LlamaTokenDataArray::from_iter(candidates, false);
                if candidates.data.is_empty() {
                    return Err(LlamaError::Astray);
                }
                chain.apply(&mut candidates);
                let token = candidates.selected_token().ok_or(LlamaError::Astray)?;
                chain.accept(token);
                token.0.cast_unsigned()
            }
        };
        let mut complete = false;
        if let Some(constraint) = &mut self.constraint {
            // A parser that has stopped takes no more tokens; only the end of the answer is allowed then.
            if !constraint.is_stopped() {
                constraint.consume_token(token).map_err(|_| LlamaError::Astray)?;
            }
            complete = constraint.is_stopped();
        }
        Ok(Choice { token, log: self.top.map(|top| log(logits, token, top)), complete })
    }
}

/// The natural-log probability of a token, and the most likely ones with theirs, as the model gives them.
fn log(logits: &[f32], token: u32, n: u8) -> TokenLog {
    let total = log_sum_exp(logits);
    let mut top: Vec<(u32, f32)> = Vec::with_capacity(usize::from(n) + 1);
    for (token, &logit) in (0..).zip(logits) {
        if n > 0 && (top.len() < usize::from(n) || top.last().is_some_and(|(_, least)| logit > *least)) {
            let at = top.partition_point(|(_, other)| *other >= logit);
            top.insert(at, (token, logit));
            top.truncate(n.into());
        }
    }
    for (_, logit) in &mut top {
        *logit -= total;
    }
    TokenLog { id: token, logprob: logits[token as usize] - total, top }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOGITS: [f32; 6] = [0.0, 2.0, 1.0, 2.0, -5.0, 0.5];

    fn choose(sampling: Sampling, n: usize) -> Vec<u32> {
        let mut sampler = Sampler::new(&sampling, LOGITS.len(), None, None);
        (0..n).map(|_| sampler.choose(&LOGITS).unwrap().token).collect()
    }

    #[test]
    fn the_most_likely_and_by_chance() {
        let greedy = Sampling::default();
        assert_eq!(choose(greedy, 2), [1, 1]);
        // What was written is less likely.
        assert_eq!(choose(Sampling { repeat_penalty: 1.5, ..greedy }, 3), [1, 3, 1]);
        let warm = Sampling { temperature: 1.0, seed: 7, ..greedy };
        assert_eq!(choose(warm, 50), choose(warm, 50));
        assert_ne!(choose(warm, 50), choose(Sampling { seed: 8, ..warm }, 50));
        assert!(choose(Sampling { top_k: Some(2), ..warm }, 50).iter().all(|token| [1, 3].contains(token)));
        assert!(choose(Sampling { top_p: 0.5, ..warm }, 50).iter().all(|token| [1, 3].contains(token)));
        assert!(choose(Sampling { min_p: 0.3, ..warm }, 50).iter().all(|token| [1, 2, 3].contains(token)));
        assert_eq!(choose(Sampling { seed: u32::MAX, ..warm }, 20), choose(Sampling { seed: u32::MAX, ..warm }, 20));
    }

    #[test]
    fn logs() {
        let log = log(&LOGITS, 2, 3);
        assert_eq!((log.id, log.top.iter().map(|(token, _)| *token).collect::<Vec<_>>()), (2, vec![1, 3, 2]));
        let all = super::log(&LOGITS, 2, 6);
        let sum: f32 = all.top.iter().map(|(_, log)| log.exp()).sum();
        assert!((sum - 1.0).abs() < 1e-4 && (log.logprob - log.top[2].1).abs() < 1e-6);
        assert!(super::log(&LOGITS, 0, 0).top.is_empty());
    }
}
