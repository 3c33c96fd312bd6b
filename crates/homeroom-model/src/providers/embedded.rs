//! A model in a GGUF file, in this process.

use std::path::Path;
use std::sync::Arc;

use homeroom_llama::{Cancel, ChatTemplate, Constraint, Engine, EngineSettings, Generation, Llama, Reason};
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::openai::{Reader, message, tool};
use crate::config::EMBEDDED_AT_ONCE;
use crate::http::Sent;
use crate::{
    Chat, ChatRequest, Choice, Complete, ConfigError, Entry, Event, Events, Facts, Gap, ModelError, Provider, TokenLog,
};

/// Tokens whose keys and values are held, over all requests; a model of 1.5 billion parameters takes 28 kB for each.
const POSITIONS: u32 = 8_192;
/// Tokens of a step.
const BATCH: u32 = 512;

/// A model that runs here.
#[derive(Clone)]
pub struct Embedded {
    name: String,
    engine: Arc<Engine>,
    template: Arc<ChatTemplate>,
    facts: Facts,
}

impl Embedded {
    /// Loads the model of an entry from the file at `path`. `threads`: no more than there are free cores.
    ///
    /// # Errors
    /// [`ConfigError::Embedded`] where it is no model, or there is no memory for it.
    pub fn load(entry: &Entry, path: &Path, threads: u32) -> Result<Self, ConfigError> {
        let fail = |error: &dyn std::error::Error| {
            let source = error.source().map(|s| format!(": {s}")).unwrap_or_default();
            ConfigError::Embedded { model: entry.name.clone(), what: format!("{error}{source}") }
        };
        let llama = Arc::new(Llama::load(path, threads).map_err(|e| fail(&e))?);
        // Models that may think aloud first are told not to: what is asked here is short, and nobody sees the thoughts.
        let template = llama.chat().map_err(|e| fail(&e))?.with("enable_thinking", &Value::Bool(false));
        let template = Arc::new(template);
        let positions = entry.context.and_then(|c| u32::try_from(c).ok()).unwrap_or(POSITIONS);
        let settings = EngineSettings { positions, slots: EMBEDDED_AT_ONCE, batch: BATCH };
        let context = u64::from(llama.positions().min(positions));
        let engine = Arc::new(Engine::start(llama, settings).map_err(|e| fail(&e))?);
        let facts = Facts {
            context: Some(context),
            streams: Some(true),
            schema: Some(true),
            json: Some(true),
            tools: Some(true),
            images: Some(false),
            audio: Some(false),
            logprobs: Some(true),
            local: true,
        };
        Ok(Self { name: entry.name.clone(), engine, template, facts })
    }

    fn prompt(&self, request: &ChatRequest) -> Result<Vec<u32>, ModelError> {
        let messages: Vec<Value> = request.messages.iter().map(message).collect();
        let tools: Vec<Value> =
            if request.choice == Choice::None { Vec::new() } else { request.tools.iter().map(tool).collect() };
        let llama = self.engine.llama();
        self.template
            .prompt(llama, &messages, &tools, true)
            .map_err(|_| ModelError::Embedded { what: "its template does not take this conversation".to_owned() })
    }

    /// What a generation gives, read as an answer to `request`.
    fn run(&self, request: ChatRequest, generation: Result<Generation, ModelError>) -> Events {
        let this = self.clone();
        Box::pin(async_stream::try_stream! {
            let (sender, mut events) = mpsc::unbounded_channel();
            let cancel = this.engine.submit_with(generation?, Box::new(move |event| sender.send(event).is_ok()));
            let _guard = Guard(cancel);
            let mut reader = Reader::new(&request);
            while let Some(event) = events.recv().await {
                match event {
                    homeroom_llama::Event::Piece { text, tokens } => {
                        if !text.is_empty() {
                            let piece = json!({"choices": [{"delta": {"content": text}}]});
                            for event in reader.take(Sent::Piece(piece))? {
                                yield event;
                            }
                        }
                        if !tokens.is_empty() {
                            let text = |id: u32| this.engine.llama().text(&[id]);
                            let log = |t: homeroom_llama::TokenLog| TokenLog {
                                token: text(t.id),
                                logprob: t.logprob,
                                top: t.top.iter().map(|(id, p)| (text(*id), *p)).collect(),
                            };
                            yield Event::Logs(tokens.into_iter().map(log).collect());
                        }
                    }
                    homeroom_llama::Event::End { reason, usage } => {
                        let finish = match reason {
                            Reason::Stop => "stop",
                            Reason::Length => "length",
                            Reason::Cancelled => Err(ModelError::Cut)?,
                            Reason::Failed(error) => Err(ModelError::Embedded { what: error.to_string() })?,
                        };
                        let end = json!({
                            "choices": [{"delta": {}, "finish_reason": finish}],
                            "model": this.name,
                            "usage": {
                                "prompt_tokens": usage.prompt_tokens,
                                "completion_tokens": usage.completion_tokens,
                                "prompt_tokens_details": {"cached_tokens": usage.cached_tokens},
                            },
                        });
                        for event in reader.take(Sent::Piece(end))? {
                            yield event;
                        }
                        for event in reader.finish()? {
                            yield event;
                        }
                        return;
                    }
                }
            }
            Err(ModelError::Cut)?;
        })
    }
}

/// Stops the work when nobody waits for it any more.
struct Guard(Cancel);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

fn sampling(sampling: &crate::Sampling) -> homeroom_llama::Sampling {
    homeroom_llama::Sampling {
        temperature: sampling.temperature,
        top_p: sampling.top_p,
        seed: (sampling.seed.unwrap_or(1) & u64::from(u32::MAX)) as u32,
        ..homeroom_llama::Sampling::default()
    }
}

impl Provider for Embedded {
    fn facts(&self) -> Facts {
        self.facts.clone()
    }

    fn chat(&self) -> Option<&dyn Chat> {
        Some(self)
    }

    fn complete(&self) -> Option<&dyn Complete> {
        Some(self)
    }
}

impl Chat for Embedded {
    fn chat(&self, request: Arc<ChatRequest>) -> Events {
        let generation = self.prompt(&request).map(|prompt| Generation {
            prompt,
            max_tokens: request.max_tokens,
            sampling: sampling(&request.sampling),
            stop: request.stop.clone(),
            constraint: request
                .schema
                .as_ref()
                .filter(|_| request.tools.is_empty())
                .map(|s| Constraint::Schema(s.schema.clone())),
            top_logprobs: request.top_logprobs,
        });
        self.run((*request).clone(), generation)
    }
}

impl Complete for Embedded {
    fn complete(&self, gap: Arc<Gap>) -> Events {
        let llama = self.engine.llama();
        let prompt = match &gap.suffix {
            None => Ok(llama.tokens(&gap.prefix)),
            Some(suffix) => llama
                .fill_in_the_middle(&gap.prefix, suffix)
                .ok_or_else(|| ModelError::Embedded { what: "it did not learn to fill gaps".to_owned() }),
        };
        let generation = prompt.map(|prompt| Generation {
            prompt,
            max_tokens: gap.max_tokens,
            sampling: sampling(&gap.sampling),
            stop: gap.stop.clone(),
            constraint: None,
            top_logprobs: None,
        });
        self.run(ChatRequest::new(Vec::new(), gap.max_tokens), generation)
    }

    fn score(&self, given: &str, text: &str) -> Option<Result<Vec<f32>, ModelError>> {
        let llama = self.engine.llama();
        let scored = self.engine.score(&llama.tokens(given), &[llama.tokens(text)]);
        let first = scored.map(|mut all| all.pop().unwrap_or_default());
        Some(first.map_err(|error| ModelError::Embedded { what: error.to_string() }))
    }
}
