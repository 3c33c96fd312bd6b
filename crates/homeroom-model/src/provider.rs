//! What stands behind a model, and what it can do.

use serde::{Deserialize, Serialize};

use crate::{Chat, ChatRequest, Complete, ModelError, Part, rough_tokens};

/// What a provider can do, as far as it is known. What is not known is tried.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// Tokens that question and answer may have together.
    pub context: Option<u64>,
    /// Whether the answer comes in pieces.
    pub streams: Option<bool>,
    /// Whether it keeps to a JSON schema.
    pub schema: Option<bool>,
    /// Whether it at least keeps to JSON.
    pub json: Option<bool>,
    /// Whether it calls tools.
    pub tools: Option<bool>,
    /// Whether it sees pictures.
    pub images: Option<bool>,
    /// Whether it hears recordings.
    pub audio: Option<bool>,
    /// Whether it tells log-probabilities.
    pub logprobs: Option<bool>,
    /// Whether it runs on this machine or in this school's network, so that no text leaves it.
    pub local: bool,
}

/// What a caller needs of a model.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Needs {
    /// Tokens of question and answer.
    pub context: u64,
    /// Tools.
    pub tools: bool,
    /// Pictures.
    pub images: bool,
    /// Recordings.
    pub audio: bool,
    /// Log-probabilities.
    pub logprobs: bool,
    /// That no text leaves the house.
    pub local: bool,
}

/// Why a model does not do for what is asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unfit {
    /// It has not this ability.
    #[error("{model} {can_not}")]
    Unable {
        /// Name in the configuration.
        model: String,
        /// Such as `does not see pictures`.
        can_not: &'static str,
    },
    /// It is too small.
    #[error("{model} takes {context} tokens at once, and this needs about {needed}")]
    Small {
        /// Name in the configuration.
        model: String,
        /// Tokens that it takes.
        context: u64,
        /// Tokens that are needed.
        needed: u64,
    },
}

impl Needs {
    /// What `request` needs. A schema is no need: where a model keeps to none, it is told in words and its answer checked.
    #[must_use]
    pub fn of(request: &ChatRequest) -> Self {
        let any = |is: fn(&Part) -> bool| request.messages.iter().flat_map(|m| &m.parts).any(is);
        let schema = request.schema.as_ref().map_or(0, |s| rough_tokens(&s.schema.to_string()));
        Self {
            context: request.rough_tokens() + schema + u64::from(request.max_tokens),
            tools: !request.tools.is_empty(),
            images: any(|part| matches!(part, Part::Image { .. })),
            audio: any(|part| matches!(part, Part::Audio { .. })),
            logprobs: request.top_logprobs.is_some(),
            local: false,
        }
    }

    /// Whether a model with these facts does, or why not.
    ///
    /// # Errors
    /// [`Unfit`].
    pub fn met_by(&self, model: &str, facts: &Facts) -> Result<(), Unfit> {
        let lacks = |needed: bool, has: Option<bool>| needed && has == Some(false);
        let unable = |can_not| Err(Unfit::Unable { model: model.to_owned(), can_not });
        if self.local && !facts.local {
            return unable("is not in this house, and no text may leave it");
        }
        if lacks(self.tools, facts.tools) {
            return unable("does not call tools");
        }
        if lacks(self.images, facts.images) {
            return unable("does not see pictures");
        }
        if lacks(self.audio, facts.audio) {
            return unable("does not hear recordings");
        }
        if lacks(self.logprobs, facts.logprobs) {
            return unable("does not tell log-probabilities");
        }
        match facts.context {
            // Tokens are guessed here, so a third of doubt is the model's to settle.
            Some(context) if self.context > context + context / 3 => {
                Err(Unfit::Small { model: model.to_owned(), context, needed: self.context })
            }
            _ => Ok(()),
        }
    }
}

/// A model that can be asked: an ability that it has not is `None`.
pub trait Provider: Send + Sync {
    /// What is known of it.
    fn facts(&self) -> Facts;

    /// Answers a conversation.
    fn chat(&self) -> Option<&dyn Chat> {
        None
    }

    /// Goes on with a text, or fills a gap.
    fn complete(&self) -> Option<&dyn Complete> {
        None
    }
}

impl std::fmt::Debug for dyn Provider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Provider({:?})", self.facts())
    }
}

/// The error of an ability that `model` has not.
#[must_use]
pub(crate) fn unable(model: &str, can_not: &'static str) -> ModelError {
    ModelError::Unfit(Unfit::Unable { model: model.to_owned(), can_not })
}
