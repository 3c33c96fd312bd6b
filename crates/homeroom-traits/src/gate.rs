use homeroom_core::{Analysis, Document, Reason, WordLimits};

use crate::{
    EffectiveText,
    prompt::{self, PromptProfile},
    words::WordFacts,
};

/// Share of an essay's words in runs copied from the prompt, from which on it is more the prompt's than the pupil's.
/// Quoting the task in an introduction stays far below it.
pub const COPIED_PROMPT_SHARE: f64 = 0.5;

/// A prompt with fewer topic words than this cannot tell an essay that is off topic from one in other words.
pub const PROMPT_KEYS_TO_JUDGE: usize = 6;

/// Similarity to the prompt (the mean of its topic words' share taken up and the cosine) below which an essay may be
/// off topic. Of 650 essays by learners from grade 8 on, with their topics put into prompts of two or three sentences,
/// the gate kept out only those that were about something else.
pub const OFF_TOPIC_SIMILARITY: f64 = 0.06;

/// An essay that takes up more of the prompt's topic words than this many is never off topic.
pub const OFF_TOPIC_SHARED_KEYS: usize = 2;

/// Why an essay cannot be scored; `None` if it can.
///
/// It errs on the side of scoring: a weak essay on the topic always passes, and an essay without a prompt is never off
/// topic. Repeated sentences do not count as words, copied ones neither.
#[must_use]
pub fn gate(analysis: &Analysis, prompt: Option<&Document>, limits: WordLimits) -> Option<Reason> {
    let text = EffectiveText::new(analysis, prompt);
    if text.total_words == 0 {
        return Some(Reason::Blank);
    }
    let copied = text.copied_words as f64 / text.total_words as f64;
    if copied >= COPIED_PROMPT_SHARE {
        return Some(Reason::CopiedPrompt { share: copied });
    }
    if text.n_words() < limits.scorable {
        return Some(Reason::TooShort { words: text.n_words(), needed: limits.scorable });
    }
    let facts = WordFacts::shipped();
    let profile = PromptProfile::new(prompt?, &facts);
    if profile.keys.len() < PROMPT_KEYS_TO_JUDGE {
        return None;
    }
    let essay = prompt::essay_keys(text.words.iter().map(|&i| &analysis.tokens[i]), &profile, &facts);
    let shared = profile.keys.keys().filter(|k| essay.contains_key(*k)).count();
    let similarity = (PromptProfile::taken_up(&profile.keys, &essay) + profile.cosine(&essay)) / 2.0;
    (shared <= OFF_TOPIC_SHARED_KEYS && similarity < OFF_TOPIC_SIMILARITY).then_some(Reason::OffTopic { similarity })
}
