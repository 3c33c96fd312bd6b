//! Models that are none: they answer by rule, for tests and to see what the layer itself costs.

use std::sync::Arc;

use crate::{Chat, ChatRequest, ConfigError, Ended, Entry, Event, Events, Facts, Provider, Stop, Usage, rough_tokens};

/// What is said to a request.
type Answer = Box<dyn Fn(&ChatRequest) -> Vec<Event> + Send + Sync>;

/// Answers by a rule.
pub struct Stub {
    answer: Answer,
    facts: Facts,
}

impl Stub {
    /// A stub that gives what `answer` makes of a request; the end is added.
    pub fn new(answer: impl Fn(&ChatRequest) -> Vec<Event> + Send + Sync + 'static) -> Self {
        Self { answer: Box::new(answer), facts: Facts { local: true, ..Facts::default() } }
    }

    /// The same with other facts.
    #[must_use]
    pub fn with_facts(self, facts: Facts) -> Self {
        Self { facts, ..self }
    }

    /// A stub that says the same each time.
    pub fn saying(text: impl Into<String>) -> Self {
        let text = text.into();
        Self::new(move |_| vec![Event::Text(text.clone())])
    }
}

/// The entry's `model` is what it says; without one it repeats the last message.
pub(crate) fn make(entry: &Entry, _facts: Facts) -> Result<Arc<dyn Provider>, ConfigError> {
    Ok(Arc::new(match entry.model.clone() {
        Some(text) => Stub::saying(text),
        None => Stub::new(|request| {
            vec![Event::Text(request.messages.last().map(crate::Message::text).unwrap_or_default())]
        }),
    }))
}

impl Provider for Stub {
    fn facts(&self) -> Facts {
        self.facts.clone()
    }

    fn chat(&self) -> Option<&dyn Chat> {
        Some(self)
    }
}

impl Chat for Stub {
    fn chat(&self, request: Arc<ChatRequest>) -> Events {
        let mut events = (self.answer)(&request);
        let written = events.iter().map(|event| match event {
            Event::Text(text) | Event::Reasoning(text) => rough_tokens(text),
            _ => 1,
        });
        let usage = Usage {
            prompt_tokens: request.rough_tokens(),
            cached_tokens: 0,
            completion_tokens: written.sum(),
            estimated: true,
        };
        let stop = if events.iter().any(|e| matches!(e, Event::Call(_))) { Stop::Calls } else { Stop::Complete };
        events.push(Event::End(Ended { stop, usage, model: Some("stub".to_owned()) }));
        Box::pin(futures::stream::iter(events.into_iter().map(Ok)))
    }
}
