//! Asking a model, and what comes back.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;

use futures::{Stream, StreamExt};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Message, ModelError, Tool, ToolCall, Usage};

/// How the next token is chosen.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Sampling {
    /// 0 always takes the likeliest.
    pub temperature: f32,
    /// Only the likeliest tokens that make up so much probability are chosen from.
    pub top_p: f32,
    /// Equal seeds give equal answers, where the server keeps its word.
    pub seed: Option<u64>,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { temperature: 0.0, top_p: 1.0, seed: Some(1) }
    }
}

/// The shape that an answer must have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Schema {
    /// Letters, digits, `_` and `-`.
    pub name: String,
    /// JSON schema.
    pub schema: Value,
}

/// Whether tools may, must or must not be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// As the model sees fit.
    #[default]
    Auto,
    /// At least one.
    Required,
    /// None.
    None,
}

/// What a model is asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ChatRequest {
    /// The conversation.
    pub messages: Vec<Message>,
    /// Tools that it may call.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tools: Vec<Tool>,
    /// Whether it may, must or must not.
    #[serde(default)]
    pub choice: Choice,
    /// The shape of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<Schema>,
    /// How tokens are chosen.
    pub sampling: Sampling,
    /// Most tokens of the answer.
    pub max_tokens: u32,
    /// Strings that end the answer; not part of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stop: Vec<String>,
    /// How many of the likeliest tokens to tell for each place; nothing for no log-probabilities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_logprobs: Option<u8>,
}

impl ChatRequest {
    /// A request with nothing but messages.
    #[must_use]
    pub fn new(messages: Vec<Message>, max_tokens: u32) -> Self {
        Self {
            messages,
            tools: Vec::new(),
            choice: Choice::Auto,
            schema: None,
            sampling: Sampling::default(),
            max_tokens,
            stop: Vec::new(),
            top_logprobs: None,
        }
    }

    /// About how many tokens the model will read.
    #[must_use]
    pub fn rough_tokens(&self) -> u64 {
        let said: u64 = self.messages.iter().map(|m| crate::rough_tokens(&m.text()) + 4).sum();
        let tools: u64 = self
            .tools
            .iter()
            .map(|t| crate::rough_tokens(&t.description) + crate::rough_tokens(&t.parameters.to_string()) + 8)
            .sum();
        said + tools
    }
}

/// A token and its natural-log probability, in nats.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TokenLog {
    /// The token as text; half a character is shown as U+FFFD.
    pub token: String,
    /// Natural-log probability.
    pub logprob: f32,
    /// The likeliest tokens at its place.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub top: Vec<(String, f32)>,
}

/// Why an answer ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// It is complete.
    Complete,
    /// It has as many tokens as it may.
    Length,
    /// It waits for the tools that it called.
    Calls,
    /// The server's filter withheld the rest.
    Filtered,
}

/// How an answer ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Ended {
    /// Why.
    pub stop: Stop,
    /// Tokens.
    pub usage: Usage,
    /// What the server calls the model that answered.
    pub model: Option<String>,
}

/// A piece of an answer, as it comes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// More text.
    Text(String),
    /// More of what the model thinks before it answers.
    Reasoning(String),
    /// A whole call of a tool.
    Call(ToolCall),
    /// Log-probabilities of tokens of the text.
    Logs(Vec<TokenLog>),
    /// The end: nothing comes after it.
    End(Ended),
}

/// An answer as it comes. Dropping it stops the work.
pub type Events = Pin<Box<dyn Stream<Item = Result<Event, ModelError>> + Send>>;

/// Answers a conversation.
pub trait Chat: Send + Sync {
    /// The answer to `request`. Nothing happens before the stream is polled; it ends after [`Event::End`] or an error.
    fn chat(&self, request: Arc<ChatRequest>) -> Events;
}

/// A text with a gap.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Gap {
    /// Before it.
    pub prefix: String,
    /// After it; nothing where the text simply goes on.
    pub suffix: Option<String>,
    /// How tokens are chosen.
    pub sampling: Sampling,
    /// Most tokens.
    pub max_tokens: u32,
    /// Strings that end it; not part of it.
    pub stop: Vec<String>,
}

/// Goes on with a text, or fills a gap in it.
pub trait Complete: Send + Sync {
    /// What stands in the gap.
    fn complete(&self, gap: Arc<Gap>) -> Events;

    /// The natural-log probability of each token of `text` after `given`, in nats; nothing where the provider can't tell.
    fn score(&self, _given: &str, _text: &str) -> Option<Result<Vec<f32>, ModelError>> {
        None
    }
}

/// A whole answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// Its text.
    pub text: String,
    /// What the model thought before.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reasoning: String,
    /// The tools that it called.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<ToolCall>,
    /// Log-probabilities, where asked for and given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub logs: Vec<TokenLog>,
    /// How it ended.
    pub ended: Ended,
}

impl Reply {
    /// It as a message of the conversation.
    #[must_use]
    pub fn message(&self) -> Message {
        Message { calls: self.calls.clone(), ..Message::assistant(self.text.clone()) }
    }
}

/// Waits for the whole of an answer; `told` hears each piece as it comes.
///
/// # Errors
/// That of the stream; [`ModelError::Cut`] where it just stops.
pub async fn gather(mut events: Events, mut told: impl FnMut(&Event) + Send) -> Result<Reply, ModelError> {
    let (mut text, mut reasoning, mut calls, mut logs) = (String::new(), String::new(), Vec::new(), Vec::new());
    while let Some(event) = events.next().await {
        let event = event?;
        told(&event);
        match event {
            Event::Text(more) => text.push_str(&more),
            Event::Reasoning(more) => reasoning.push_str(&more),
            Event::Call(call) => calls.push(call),
            Event::Logs(more) => logs.extend(more),
            Event::End(ended) => return Ok(Reply { text, reasoning, calls, logs, ended }),
        }
    }
    Err(ModelError::Cut)
}

/// Puts calls of tools together that come in pieces.
///
/// Servers differ: pieces are told apart by an index, by an id or by nothing; a name comes whole, in pieces or again with each
/// piece; arguments come as a string in pieces or as an object.
#[derive(Debug, Default)]
pub(crate) struct Calls {
    calls: BTreeMap<u64, Half>,
}

#[derive(Debug, Default)]
struct Half {
    id: String,
    name: String,
    text: String,
    object: Option<Value>,
}

impl Calls {
    /// Takes a piece, an entry of `tool_calls`.
    pub(crate) fn take(&mut self, piece: &Value) {
        let function = piece.get("function").unwrap_or(piece);
        let id = piece.get("id").and_then(Value::as_str).unwrap_or("");
        let name = function.get("name").and_then(Value::as_str).unwrap_or("");
        let next = self.calls.keys().last().map_or(0, |last| last + 1);
        let same = (!id.is_empty()).then(|| self.calls.iter().find(|(_, c)| c.id == id).map(|(k, _)| *k)).flatten();
        let place = piece.get("index").and_then(Value::as_u64).or(same).unwrap_or(if name.is_empty() && next > 0 {
            next - 1
        } else {
            next
        });
        let half = self.calls.entry(place).or_default();
        if half.id.is_empty() {
            id.clone_into(&mut half.id);
        }
        if half.name != name {
            half.name.push_str(name);
        }
        match function.get("arguments") {
            Some(Value::String(text)) => half.text.push_str(text),
            Some(object @ Value::Object(_)) => half.object = Some(object.clone()),
            _ => {}
        }
    }

    /// The calls, whole.
    pub(crate) fn finish(self) -> Vec<ToolCall> {
        let whole = self.calls.into_iter().filter(|(_, half)| !half.name.is_empty());
        let call = |(place, half): (u64, Half)| ToolCall {
            id: if half.id.is_empty() { format!("call_{place}") } else { half.id },
            name: half.name,
            arguments: half.object.unwrap_or_else(|| arguments(&half.text)),
        };
        whole.map(call).collect()
    }
}

/// Arguments from the text that a model wrote; that text where it is no JSON.
pub(crate) fn arguments(text: &str) -> Value {
    if text.trim().is_empty() {
        return Value::Object(serde_json::Map::new());
    }
    serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(pieces: &[Value], wanted: &[(&str, &str, Value)]) {
        let mut calls = Calls::default();
        pieces.iter().for_each(|piece| calls.take(piece));
        let found = calls.finish();
        let found: Vec<_> = found.iter().map(|c| (c.id.as_str(), c.name.as_str(), c.arguments.clone())).collect();
        assert_eq!(found, wanted);
    }

    #[test]
    fn calls_come_in_many_forms() {
        // OpenAI: the name once, the arguments in pieces, by index.
        check(
            &[
                json!({"index": 0, "id": "a", "function": {"name": "look_up", "arguments": ""}}),
                json!({"index": 0, "function": {"arguments": "{\"word\":"}}),
                json!({"index": 1, "id": "b", "function": {"name": "date", "arguments": "{}"}}),
                json!({"index": 0, "function": {"arguments": " \"go\"}"}}),
            ],
            &[("a", "look_up", json!({"word": "go"})), ("b", "date", json!({}))],
        );
        // Whole calls without an index, arguments as an object.
        check(
            &[
                json!({"function": {"name": "look_up", "arguments": {"word": "go"}}}),
                json!({"function": {"name": "look_up", "arguments": {"word": "gone"}}}),
            ],
            &[("call_0", "look_up", json!({"word": "go"})), ("call_1", "look_up", json!({"word": "gone"}))],
        );
        // The id and the name with each piece.
        check(
            &[
                json!({"id": "x", "function": {"name": "date", "arguments": "{"}}),
                json!({"id": "x", "function": {"name": "date", "arguments": "}"}}),
            ],
            &[("x", "date", json!({}))],
        );
        // No JSON: as it came.
        check(&[json!({"function": {"name": "f", "arguments": "{oops"}})], &[("call_0", "f", json!("{oops"))]);
        // No name: no call.
        check(&[json!({"function": {"arguments": "{}"}})], &[]);
    }
}
