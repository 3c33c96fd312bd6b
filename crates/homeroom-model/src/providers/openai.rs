//! Servers that speak OpenAI's language: vLLM, Ollama, llama-server, SGLang, LM Studio, DeepSeek, Qwen, OpenAI.
//!
//! Real servers differ, so requests hold what all of them know, and answers are read leniently: unknown fields are passed over,
//! missing ones made up for. What a server refuses (a schema, streaming) is asked for in another way.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use reqwest::Url;
use serde_json::{Map, Value, json};

use crate::chat::Calls;
use crate::http::{Sent, Server};
use crate::tool_text::{Held, parse_tool_calls};
use crate::{
    Chat, ChatRequest, Choice, Complete, ConfigError, Ended, Entry, Event, Events, Facts, Gap, Message, ModelError,
    Part, Provider, Role, Stop, TokenLog, Tool, ToolCall, Usage, rough_tokens,
};

/// How long a server may be silent: a large model on a small machine reads a long prompt for minutes.
const STALL: Duration = Duration::from_mins(3);

pub(crate) fn make(entry: &Entry, facts: Facts) -> Result<Arc<dyn Provider>, ConfigError> {
    Ok(Arc::new(OpenAi::new(entry, facts, Dialect::default())?))
}

/// Where a server of this kind differs from the rest.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Dialect {
    /// Field for the most tokens of an answer.
    pub(crate) max_tokens: Option<&'static str>,
    /// Whether it takes no seed, no log-probabilities and no `stream_options`.
    pub(crate) bare: bool,
}

/// A server and a model on it.
#[derive(Debug, Clone)]
pub struct OpenAi {
    server: Server,
    model: String,
    facts: Facts,
    dialect: Dialect,
}

impl OpenAi {
    pub(crate) fn new(entry: &Entry, facts: Facts, dialect: Dialect) -> Result<Self, ConfigError> {
        let missing = |what| ConfigError::Missing { model: entry.name.clone(), what };
        let url = entry.url.as_deref().ok_or(missing("url"))?;
        let url = Url::parse(url).map_err(|_| ConfigError::Address { model: entry.name.clone() })?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(ConfigError::Address { model: entry.name.clone() });
        }
        let model = entry.model.clone().ok_or(missing("model"))?;
        let stall = entry.stall_seconds.map_or(STALL, Duration::from_secs);
        Ok(Self { server: Server::new(&url, entry.key()?, stall), model, facts, dialect })
    }

    /// The names of the server's models.
    ///
    /// # Errors
    /// [`ModelError`].
    pub async fn models(&self) -> Result<Vec<String>, ModelError> {
        let list = self.server.get("models").await?;
        let models = list.get("data").or_else(|| list.get("models")).and_then(Value::as_array).cloned();
        let name = |m: &Value| m.get("id").or_else(|| m.get("name")).and_then(Value::as_str).map(str::to_owned);
        Ok(models.unwrap_or_default().iter().filter_map(name).collect())
    }

    fn body(&self, request: &ChatRequest, stream: bool) -> Value {
        let mut body = Map::new();
        let mut put = |key: &str, value: Value| body.insert(key.to_owned(), value);
        put("model", json!(self.model));
        put("messages", request.messages.iter().map(message).collect());
        put("stream", json!(stream));
        put("temperature", json!(request.sampling.temperature));
        if request.sampling.top_p < 1.0 {
            put("top_p", json!(request.sampling.top_p));
        }
        put(self.dialect.max_tokens.unwrap_or("max_tokens"), json!(request.max_tokens));
        if !self.dialect.bare {
            if let Some(seed) = request.sampling.seed {
                put("seed", json!(seed));
            }
            if stream {
                put("stream_options", json!({"include_usage": true}));
            }
            if let Some(top) = request.top_logprobs {
                put("logprobs", json!(true));
                put("top_logprobs", json!(top));
            }
        }
        if !request.stop.is_empty() {
            put("stop", json!(request.stop));
        }
        if !request.tools.is_empty() {
            put("tools", request.tools.iter().map(tool).collect());
            match request.choice {
                Choice::Auto => {}
                Choice::Required => drop(put("tool_choice", json!("required"))),
                Choice::None => drop(put("tool_choice", json!("none"))),
            }
        }
        if let Some(schema) = &request.schema {
            if self.facts.schema != Some(false) {
                let schema = json!({"name": schema.name, "schema": schema.schema, "strict": true});
                put("response_format", json!({"type": "json_schema", "json_schema": schema}));
            } else if self.facts.json != Some(false) {
                put("response_format", json!({"type": "json_object"}));
            }
        }
        Value::Object(body)
    }
}

impl Provider for OpenAi {
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

impl Chat for OpenAi {
    fn chat(&self, request: Arc<ChatRequest>) -> Events {
        let this = self.clone();
        Box::pin(async_stream::try_stream! {
            let stream = this.facts.streams != Some(false);
            let mut body = this.body(&request, stream);
            // A server that refuses a schema, or a field that it does not know, is asked again in plainer terms.
            let mut plainer: Vec<&str> = vec!["stream_options", "seed", "response_format"];
            'ask: loop {
                let mut sent = Box::pin(this.server.post("chat/completions", body.clone()));
                let mut reader = Reader::new(&request);
                let mut begun = false;
                while let Some(piece) = sent.next().await {
                    let piece = match piece {
                        Err(ModelError::Refused { status: 400 | 404 | 415 | 422 | 501, .. })
                            if !begun && plainer.iter().any(|field| body.get(*field).is_some()) =>
                        {
                            // What the refusal names goes first; else the lot, one by one, the likeliest last.
                            let at = plainer.iter().position(|field| body.get(*field).is_some()).unwrap_or(0);
                            let field = plainer.remove(at);
                            if let Some(body) = body.as_object_mut() {
                                body.remove(field);
                            }
                            continue 'ask;
                        }
                        piece => piece?,
                    };
                    begun = true;
                    for event in reader.take(piece)? {
                        yield event;
                    }
                    if reader.done {
                        break;
                    }
                }
                for event in reader.finish()? {
                    yield event;
                }
                break;
            }
        })
    }
}

impl Complete for OpenAi {
    fn complete(&self, gap: Arc<Gap>) -> Events {
        let this = self.clone();
        Box::pin(async_stream::try_stream! {
            let mut body = json!({
                "model": this.model,
                "prompt": gap.prefix,
                "stream": true,
                "max_tokens": gap.max_tokens,
                "temperature": gap.sampling.temperature,
            });
            if let Some(suffix) = &gap.suffix {
                body["suffix"] = json!(suffix);
            }
            if gap.sampling.top_p < 1.0 {
                body["top_p"] = json!(gap.sampling.top_p);
            }
            if let (Some(seed), false) = (gap.sampling.seed, this.dialect.bare) {
                body["seed"] = json!(seed);
            }
            if !gap.stop.is_empty() {
                body["stop"] = json!(gap.stop);
            }
            let request = ChatRequest::new(vec![Message::user(gap.prefix.clone())], gap.max_tokens);
            let mut reader = Reader::new(&request);
            let mut sent = Box::pin(this.server.post("completions", body));
            while let Some(piece) = sent.next().await {
                for event in reader.take(piece?)? {
                    yield event;
                }
                if reader.done {
                    break;
                }
            }
            for event in reader.finish()? {
                yield event;
            }
        })
    }
}

/// A tool as such servers, and templates of chats, know it.
pub(crate) fn tool(tool: &Tool) -> Value {
    let Tool { name, description, parameters } = tool;
    json!({"type": "function", "function": {"name": name, "description": description, "parameters": parameters}})
}

/// A message as such servers, and templates of chats, know it.
pub(crate) fn message(message: &Message) -> Value {
    let role = match message.role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
        Role::Tool => "tool",
    };
    let plain = message.parts.iter().all(|part| matches!(part, Part::Text { .. }));
    let content = if plain {
        json!(message.text())
    } else {
        let part = |part: &Part| match part {
            Part::Text { text } => json!({"type": "text", "text": text}),
            Part::Image { mime, data } => {
                json!({"type": "image_url", "image_url": {"url": format!("data:{mime};base64,{data}")}})
            }
            Part::Audio { format, data } => {
                json!({"type": "input_audio", "input_audio": {"format": format, "data": data}})
            }
        };
        message.parts.iter().map(part).collect()
    };
    let mut value = json!({"role": role, "content": content});
    if !message.calls.is_empty() {
        let call = |c: &ToolCall| {
            let arguments = c.arguments.as_str().map_or_else(|| c.arguments.to_string(), str::to_owned);
            json!({"id": c.id, "type": "function", "function": {"name": c.name, "arguments": arguments}})
        };
        value["tool_calls"] = message.calls.iter().map(call).collect();
    }
    if let Some(call) = &message.answers {
        value["tool_call_id"] = json!(call);
    }
    value
}

/// Reads an answer, from a stream or whole.
pub(crate) struct Reader {
    offered: Vec<String>,
    prompt_tokens: u64,
    held: Held,
    thinking: Thinking,
    calls: Calls,
    stop: Option<Stop>,
    usage: Option<Usage>,
    model: Option<String>,
    written: u64,
    something: bool,
    pub(crate) done: bool,
}

impl Reader {
    pub(crate) fn new(request: &ChatRequest) -> Self {
        Self {
            offered: request.tools.iter().map(|t| t.name.clone()).collect(),
            prompt_tokens: request.rough_tokens(),
            held: Held::new(!request.tools.is_empty()),
            thinking: Thinking::default(),
            calls: Calls::default(),
            stop: None,
            usage: None,
            model: None,
            written: 0,
            something: false,
            done: false,
        }
    }

    pub(crate) fn take(&mut self, sent: Sent) -> Result<Vec<Event>, ModelError> {
        match sent {
            Sent::Done => {
                self.done = true;
                self.something = true;
                self.stop.get_or_insert(Stop::Complete);
                Ok(Vec::new())
            }
            Sent::Piece(piece) => Ok(self.read(&piece)),
            Sent::Whole(value) => {
                if value.get("choices").is_none() {
                    return Err(ModelError::Garbled { what: "no choices" });
                }
                let events = self.read(&value);
                self.stop.get_or_insert(Stop::Complete);
                Ok(events)
            }
        }
    }

    /// Reads a piece, or a whole answer.
    fn read(&mut self, value: &Value) -> Vec<Event> {
        self.something = true;
        let mut events = Vec::new();
        if let Some(model) = value.get("model").and_then(Value::as_str).filter(|m| !m.is_empty()) {
            self.model = Some(model.to_owned());
        }
        if let Some(usage) = value.get("usage").filter(|u| u.is_object()) {
            self.usage = Some(read_usage(usage)).filter(|u| u.prompt_tokens + u.completion_tokens > 0).or(self.usage);
        }
        let Some(choice) = value.get("choices").and_then(|c| c.get(0)) else { return events };
        let delta = choice.get("delta").or_else(|| choice.get("message")).unwrap_or(choice);
        for field in ["reasoning_content", "reasoning", "thinking"] {
            if let Some(text) = delta.get(field).and_then(Value::as_str).filter(|t| !t.is_empty()) {
                self.written += rough_tokens(text);
                events.push(Event::Reasoning(text.to_owned()));
                break;
            }
        }
        let text = text_of(delta.get("content")).or_else(|| text_of(delta.get("text"))).unwrap_or_default();
        if !text.is_empty() {
            self.written += 1.max(rough_tokens(&text));
            for event in self.thinking.split(&text) {
                match event {
                    Event::Text(text) => events.extend(self.held.take(&text).map(Event::Text)),
                    other => events.push(other),
                }
            }
        }
        if let Some(pieces) = delta.get("tool_calls").and_then(Value::as_array) {
            pieces.iter().for_each(|piece| self.calls.take(piece));
        }
        if let Some(piece) = delta.get("function_call").filter(|c| c.is_object()) {
            self.calls.take(&json!({"index": 0, "function": piece}));
        }
        let logs = choice.get("logprobs").and_then(|l| l.get("content")).and_then(Value::as_array);
        let logs: Vec<TokenLog> = logs.into_iter().flatten().filter_map(read_log).collect();
        if !logs.is_empty() {
            events.push(Event::Logs(logs));
        }
        match choice.get("finish_reason").and_then(Value::as_str) {
            Some("length" | "max_tokens") => self.stop = Some(Stop::Length),
            Some("tool_calls" | "function_call") => self.stop = Some(Stop::Calls),
            Some("content_filter" | "sensitive") => self.stop = Some(Stop::Filtered),
            Some(reason) if !reason.is_empty() => self.stop = Some(Stop::Complete),
            _ => {}
        }
        events
    }

    /// What is left when nothing more comes.
    pub(crate) fn finish(self) -> Result<Vec<Event>, ModelError> {
        let Some(mut stop) = self.stop.filter(|_| self.something) else { return Err(ModelError::Cut) };
        let mut events = Vec::new();
        let mut held = self.held;
        for event in self.thinking.finish() {
            match event {
                Event::Text(text) => events.extend(held.take(&text).map(Event::Text)),
                other => events.push(other),
            }
        }
        let mut calls = self.calls.finish();
        if let Some(text) = held.finish() {
            let (rest, found) = parse_tool_calls(&text, &self.offered);
            if calls.is_empty() && !found.is_empty() {
                calls = found;
                if !rest.trim().is_empty() {
                    events.push(Event::Text(rest));
                }
            } else {
                events.push(Event::Text(text));
            }
        }
        if !calls.is_empty() && stop == Stop::Complete {
            stop = Stop::Calls;
        }
        events.extend(calls.into_iter().map(Event::Call));
        let guess = Usage {
            prompt_tokens: self.prompt_tokens,
            cached_tokens: 0,
            completion_tokens: self.written,
            estimated: true,
        };
        events.push(Event::End(Ended { stop, usage: self.usage.unwrap_or(guess), model: self.model }));
        Ok(events)
    }
}

/// Content: a string, or a list of parts.
fn text_of(content: Option<&Value>) -> Option<String> {
    match content? {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => {
            let text = |part: &Value| part.get("text").and_then(Value::as_str).map(str::to_owned);
            Some(parts.iter().filter_map(text).collect())
        }
        _ => None,
    }
}

fn read_usage(usage: &Value) -> Usage {
    let number = |names: &[&str]| names.iter().find_map(|n| usage.get(*n)).and_then(Value::as_u64).unwrap_or(0);
    let cached = usage.get("prompt_tokens_details").and_then(|d| d.get("cached_tokens")).and_then(Value::as_u64);
    Usage {
        prompt_tokens: number(&["prompt_tokens", "input_tokens"]),
        cached_tokens: cached.unwrap_or_else(|| number(&["prompt_cache_hit_tokens"])),
        completion_tokens: number(&["completion_tokens", "output_tokens"]),
        estimated: false,
    }
}

fn read_log(value: &Value) -> Option<TokenLog> {
    let pair = |v: &Value| Some((v.get("token")?.as_str()?.to_owned(), v.get("logprob")?.as_f64()? as f32));
    let (token, logprob) = pair(value)?;
    let top = value.get("top_logprobs").and_then(Value::as_array).into_iter().flatten().filter_map(pair).collect();
    Some(TokenLog { token, logprob, top })
}

/// Tells what stands in `<think>` at the start of an answer from the answer.
#[derive(Debug, Default)]
struct Thinking {
    state: ThinkingState,
    waiting: String,
}

#[derive(Debug, Default, PartialEq, Clone, Copy)]
enum ThinkingState {
    #[default]
    Start,
    Inside,
    After,
}

impl Thinking {
    const OPEN: &'static str = "<think>";
    const CLOSE: &'static str = "</think>";

    fn split(&mut self, text: &str) -> Vec<Event> {
        if self.state == ThinkingState::After {
            return vec![Event::Text(text.to_owned())];
        }
        self.waiting.push_str(text);
        let mut events = Vec::new();
        if self.state == ThinkingState::Start {
            let begun = self.waiting.trim_start();
            if let Some(rest) = begun.strip_prefix(Self::OPEN) {
                self.waiting = rest.to_owned();
                self.state = ThinkingState::Inside;
            } else if Self::OPEN.starts_with(begun) {
                return events;
            } else {
                self.state = ThinkingState::After;
                events.push(Event::Text(std::mem::take(&mut self.waiting)));
                return events;
            }
        }
        if let Some(at) = self.waiting.find(Self::CLOSE) {
            let thought = self.waiting[..at].to_owned();
            let rest = self.waiting[at + Self::CLOSE.len()..].trim_start().to_owned();
            if !thought.is_empty() {
                events.push(Event::Reasoning(thought));
            }
            if !rest.is_empty() {
                events.push(Event::Text(rest));
            }
            self.waiting.clear();
            self.state = ThinkingState::After;
        } else {
            // All but what may be the start of the closing tag.
            let mut keep = Self::CLOSE.len().min(self.waiting.len());
            while keep > 0
                && !Self::CLOSE.starts_with(
                    &self.waiting.as_bytes()[self.waiting.len() - keep..]
                        .iter()
                        .map(|b| *b as char)
                        .collect::<String>(),
                )
            {
                keep -= 1;
            }
            let at = self.waiting.len() - keep;
            if at > 0 {
                events.push(Event::Reasoning(self.waiting[..at].to_owned()));
                self.waiting.drain(..at);
            }
        }
        events
    }

    fn finish(self) -> Vec<Event> {
        match self.state {
            _ if self.waiting.is_empty() => Vec::new(),
            ThinkingState::Inside => vec![Event::Reasoning(self.waiting)],
            _ => vec![Event::Text(self.waiting)],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Text, reasoning, calls and stop of a stream of these events.
    fn read(request: &ChatRequest, events: &[Value]) -> Result<(String, String, Vec<ToolCall>, Ended), ModelError> {
        let mut reader = Reader::new(request);
        let mut all = Vec::new();
        for event in events {
            let data = event.as_str().map_or_else(|| event.to_string(), str::to_owned);
            if let Some(sent) = Sent::event(&data)? {
                all.extend(reader.take(sent)?);
            }
        }
        all.extend(reader.finish()?);
        let (mut text, mut reasoning, mut calls, mut ended) = (String::new(), String::new(), Vec::new(), None);
        for event in all {
            match event {
                Event::Text(t) => text.push_str(&t),
                Event::Reasoning(t) => reasoning.push_str(&t),
                Event::Call(call) => calls.push(call),
                Event::Logs(_) => {}
                Event::End(end) => ended = Some(end),
            }
        }
        Ok((text, reasoning, calls, ended.unwrap()))
    }

    fn plain() -> ChatRequest {
        ChatRequest::new(vec![Message::user("Hi")], 10)
    }

    fn with_tool() -> ChatRequest {
        let tool = Tool { name: "look_up".into(), description: "d".into(), parameters: json!({"type": "object"}) };
        ChatRequest { tools: vec![tool], ..plain() }
    }

    fn delta(delta: Value) -> Value {
        json!({"choices": [{"delta": delta, "finish_reason": null}]})
    }

    #[test]
    fn streams_of_real_servers() {
        let done = json!("[DONE]");
        let (text, _, _, ended) = read(
            &plain(),
            &[
                delta(json!({"role": "assistant", "content": ""})),
                delta(json!({"content": "Hel"})),
                delta(json!({"content": "lo", "unknown": [1]})),
                json!({"choices": [{"delta": {}, "finish_reason": "stop"}], "model": "m"}),
                json!({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2}}),
                done.clone(),
            ],
        )
        .unwrap();
        assert_eq!(text, "Hello");
        assert_eq!((ended.stop, ended.usage.prompt_tokens, ended.usage.estimated), (Stop::Complete, 7, false));
        // No usage, no [DONE], parts for content.
        let (text, _, _, ended) = read(&plain(), &[
            json!({"choices": [{"delta": {"content": [{"type": "text", "text": "Hi"}]}, "finish_reason": "length"}]}),
        ]).unwrap();
        assert_eq!((text.as_str(), ended.stop, ended.usage.estimated), ("Hi", Stop::Length, true));
        // Cut: neither an end nor [DONE].
        assert!(matches!(read(&plain(), &[delta(json!({"content": "Hi"}))]), Err(ModelError::Cut)));
        assert!(matches!(read(&plain(), &[]), Err(ModelError::Cut)));
        assert!(matches!(read(&plain(), &[json!("{oops")]), Err(ModelError::Garbled { .. })));
    }

    #[test]
    fn thinking_is_told_apart() {
        let pieces = ["<th", "ink>so", " <b> ", "then</th", "ink>\n\nYes", " <think>"];
        let mut events: Vec<Value> = pieces.iter().map(|p| delta(json!({"content": p}))).collect();
        events.push(json!("[DONE]"));
        let (text, reasoning, ..) = read(&plain(), &events).unwrap();
        assert_eq!((text.as_str(), reasoning.as_str()), ("Yes <think>", "so <b> then"));
        let (text, reasoning, ..) = read(
            &plain(),
            &[
                delta(json!({"reasoning_content": "hm", "content": null})),
                delta(json!({"content": "Yes"})),
                json!("[DONE]"),
            ],
        )
        .unwrap();
        assert_eq!((text.as_str(), reasoning.as_str()), ("Yes", "hm"));
        let (text, ..) = read(&plain(), &[delta(json!({"content": "<th"})), json!("[DONE]")]).unwrap();
        assert_eq!(text, "<th");
    }

    #[test]
    fn calls_in_text_are_calls() {
        let events = [
            delta(json!({"content": "<tool_call>\n{\"name\": \"look_up\", "})),
            delta(json!({"content": "\"arguments\": {\"word\": \"go\"}}\n</tool_call>"})),
            json!("[DONE]"),
        ];
        let (text, _, calls, ended) = read(&with_tool(), &events).unwrap();
        assert_eq!((text.as_str(), ended.stop), ("", Stop::Calls));
        assert_eq!((calls[0].name.as_str(), &calls[0].arguments), ("look_up", &json!({"word": "go"})));
        // Not where no tool is offered.
        let (text, _, calls, _) = read(&plain(), &events).unwrap();
        assert!(text.starts_with("<tool_call>") && calls.is_empty());
    }
}
