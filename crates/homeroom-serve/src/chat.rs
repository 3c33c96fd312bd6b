//! `POST /v1/chat/completions`.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use homeroom_model::{ChatRequest, Client, Ended, Event, Reply, Schema, Stop, ToolCall, ask_for};
use serde::Serialize;
use serde_json::{Value, json};

use crate::chunks::{self, Pieces, Told};
use crate::conversation;
use crate::fields::Fields;
use crate::gate::{Caller, Shared, read_json};
use crate::refusal::Refusal;

/// What the model's ledger calls these calls.
pub(crate) const PURPOSE: &str = "serve";

pub(crate) async fn answer(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Refusal> {
    let body = read_json(&shared, request).await?;
    let fields = Fields::root(&body);
    let (name, client) = shared.model(fields.need("model", fields.text("model")?)?)?;
    caller.asks(name);
    let facts = client.facts();
    let asked = conversation::read(&fields, &shared.service.limits, facts.context)?;
    let (request, streaming) = (asked.request, asked.streaming);
    let mut spending = caller.spend(&shared, request.rough_tokens(), u64::from(request.max_tokens))?;
    let (name, client, created) = (name.to_owned(), client.clone(), (shared.service.clock)());
    drop(body);
    // A model that keeps to a schema itself, or is not asked to, can be heard as it speaks.
    let direct = request.schema.is_none() || facts.schema == Some(true);
    if streaming.on {
        let told = if direct { chunks::told(client.stream(request)) } else { checked(client, request) };
        let pieces = Chunks::new(name, created, streaming.usage);
        return chunks::stream(shared, caller, spending, told, pieces).await;
    }
    let reply = match if direct {
        client.ask(PURPOSE, request).await.map_err(Refusal::Model)
    } else {
        shaped(&client, request).await
    } {
        Ok(reply) => reply,
        Err(refusal) => {
            spending.was_nothing();
            return Err(refusal);
        }
    };
    spending.was(reply.ended.usage);
    caller.used(reply.ended.usage);
    Ok(Json(whole(&reply, &name, created)).into_response())
}

/// An answer that is checked against its schema before anything of it is told, as it would have come.
fn checked(client: Client, request: ChatRequest) -> Told {
    Box::pin(async_stream::try_stream! {
        let reply = shaped(&client, request).await?;
        if !reply.reasoning.is_empty() {
            yield Event::Reasoning(reply.reasoning);
        }
        if !reply.text.is_empty() {
            yield Event::Text(reply.text);
        }
        for call in reply.calls {
            yield Event::Call(call);
        }
        if !reply.logs.is_empty() {
            yield Event::Logs(reply.logs);
        }
        yield Event::End(reply.ended);
    })
}

/// An answer in the shape of the request's schema, or one that calls tools.
async fn shaped(client: &Client, mut request: ChatRequest) -> Result<Reply, Refusal> {
    let Some(schema) = request.schema.clone() else { return Ok(client.ask(PURPOSE, request).await?) };
    if !request.tools.is_empty() {
        let reply = client.ask(PURPOSE, request.clone()).await?;
        if !reply.calls.is_empty() || keeps(&reply.text, &schema) {
            return Ok(reply);
        }
        // It means to answer, but not in that shape: the tools are out of it now.
        request.tools.clear();
    }
    let answer = ask_for::<Value>(client, PURPOSE, request, schema).await?;
    let bare = serde_json::from_str::<Value>(&answer.reply.text).is_ok();
    // What stands around the JSON, a fence or a word of explanation, is not part of the answer.
    let text = if bare { answer.reply.text } else { answer.json.to_string() };
    Ok(Reply { text, ..answer.reply })
}

fn keeps(text: &str, schema: &Schema) -> bool {
    serde_json::from_str(text).is_ok_and(|answer: Value| jsonschema::is_valid(&schema.schema, &answer))
}

fn whole(reply: &Reply, model: &str, created: u64) -> Value {
    let calls: Vec<Call<'_>> = reply.calls.iter().map(|call| Call::new(call, None)).collect();
    // A call alone has no content; an empty answer has an empty one.
    let content = (calls.is_empty() || !reply.text.is_empty()).then_some(&reply.text);
    let mut message = json!({"role": "assistant", "content": content, "refusal": null});
    if !reply.reasoning.is_empty() {
        message["reasoning_content"] = json!(reply.reasoning);
    }
    if !calls.is_empty() {
        message["tool_calls"] = json!(calls);
    }
    let logprobs = if reply.logs.is_empty() { Value::Null } else { chunks::logprobs(&reply.logs) };
    json!({
        "id": chunks::id("chatcmpl"),
        "object": "chat.completion",
        "created": created,
        "model": model,
        "choices": [{
            "index": 0,
            "message": message,
            "logprobs": logprobs,
            "finish_reason": chunks::finish(reply.ended.stop, !reply.calls.is_empty()),
        }],
        "usage": chunks::usage(&reply.ended.usage),
    })
}

#[derive(Serialize)]
struct Call<'a> {
    /// Its place, in a stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    index: Option<usize>,
    id: &'a str,
    r#type: &'static str,
    function: Function<'a>,
}

#[derive(Serialize)]
struct Function<'a> {
    name: &'a str,
    arguments: String,
}

impl<'a> Call<'a> {
    fn new(call: &'a ToolCall, index: Option<usize>) -> Self {
        let arguments = call.arguments.as_str().map_or_else(|| call.arguments.to_string(), str::to_owned);
        Self { index, id: &call.id, r#type: "function", function: Function { name: &call.name, arguments } }
    }
}

/// A piece of a streamed answer. It is written once for each token, hence with borrowed parts.
#[derive(Serialize)]
struct Chunk<'a> {
    id: &'a str,
    object: &'static str,
    created: u64,
    model: &'a str,
    choices: &'a [Choice<'a>],
    /// Nothing at all where it was not asked for; `null` until the end where it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Option<Value>>,
}

#[derive(Serialize)]
struct Choice<'a> {
    index: u8,
    delta: Delta<'a>,
    logprobs: Option<Value>,
    finish_reason: Option<&'static str>,
}

#[derive(Serialize, Default)]
struct Delta<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reasoning_content: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool_calls: Option<[Call<'a>; 1]>,
}

/// Makes the pieces of a chat.
struct Chunks {
    id: String,
    model: String,
    created: u64,
    usage: bool,
    calls: usize,
}

impl Chunks {
    fn new(model: String, created: u64, usage: bool) -> Self {
        Self { id: chunks::id("chatcmpl"), model, created, usage, calls: 0 }
    }

    fn write(&self, choices: &[Choice<'_>], usage: Option<Value>) -> String {
        let chunk = Chunk {
            id: &self.id,
            object: "chat.completion.chunk",
            created: self.created,
            model: &self.model,
            choices,
            usage: self.usage.then_some(usage),
        };
        serde_json::to_string(&chunk).expect("invariant: a chunk can be written")
    }

    fn delta(&self, delta: Delta<'_>) -> String {
        self.write(&[Choice { index: 0, delta, logprobs: None, finish_reason: None }], None)
    }
}

impl Pieces for Chunks {
    fn first(&mut self) -> Option<String> {
        Some(self.delta(Delta { role: Some("assistant"), content: Some(""), ..Delta::default() }))
    }

    fn piece(&mut self, event: Event) -> Option<String> {
        Some(match event {
            Event::Text(text) => self.delta(Delta { content: Some(&text), ..Delta::default() }),
            Event::Reasoning(text) => self.delta(Delta { reasoning_content: Some(&text), ..Delta::default() }),
            Event::Call(call) => {
                let index = self.calls;
                self.calls += 1;
                self.delta(Delta { tool_calls: Some([Call::new(&call, Some(index))]), ..Delta::default() })
            }
            Event::Logs(logs) => {
                let logprobs = Some(chunks::logprobs(&logs));
                self.write(&[Choice { index: 0, delta: Delta::default(), logprobs, finish_reason: None }], None)
            }
            Event::End(_) => return None,
        })
    }

    fn last(&mut self, ended: &Ended) -> Vec<String> {
        // Some servers end an answer that calls tools as if it were complete.
        let stop = if self.calls == 0 && ended.stop == Stop::Calls { Stop::Complete } else { ended.stop };
        let finish_reason = Some(chunks::finish(stop, self.calls > 0));
        let end = self.write(&[Choice { index: 0, delta: Delta::default(), logprobs: None, finish_reason }], None);
        let usage = self.usage.then(|| self.write(&[], Some(chunks::usage(&ended.usage))));
        [Some(end), usage].into_iter().flatten().collect()
    }
}
