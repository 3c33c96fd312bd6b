//! `POST /v1/completions`: a text goes on, or a gap in it is filled.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use homeroom_model::{Ended, Event, Gap, Reply, rough_tokens};
use serde_json::{Value, json};

use crate::chat::PURPOSE;
use crate::chunks::{self, Pieces};
use crate::conversation;
use crate::fields::Fields;
use crate::gate::{Caller, Shared, read_json};
use crate::refusal::Refusal;

/// Most tokens where the request does not say, as with OpenAI.
const TOKENS: u32 = 16;

pub(crate) async fn answer(
    State(shared): State<Arc<Shared>>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Result<Response, Refusal> {
    let body = read_json(&shared, request).await?;
    let fields = Fields::root(&body);
    let (name, client) = shared.model(fields.need("model", fields.text("model")?)?)?;
    caller.asks(name);
    let gap = gap(&fields)?;
    let streaming = conversation::streaming(&fields)?;
    let prompt = rough_tokens(&gap.prefix) + gap.suffix.as_deref().map_or(0, rough_tokens);
    let mut spending = caller.spend(&shared, prompt, u64::from(gap.max_tokens))?;
    let (name, client, created) = (name.to_owned(), client.clone(), (shared.service.clock)());
    drop(body);
    let shape = Shape { id: chunks::id("cmpl"), model: name, created, usage: streaming.usage };
    if streaming.on {
        let told = chunks::told(client.stream_gap(gap));
        return chunks::stream(shared, caller, spending, told, shape).await;
    }
    let reply: Reply = match client.fill(PURPOSE, gap, |_| {}).await {
        Ok(reply) => reply,
        Err(error) => {
            spending.was_nothing();
            return Err(error.into());
        }
    };
    spending.was(reply.ended.usage);
    caller.used(reply.ended.usage);
    let mut answer = shape.value(&reply.text, Some(chunks::finish(reply.ended.stop, false)));
    answer["usage"] = chunks::usage(&reply.ended.usage);
    Ok(Json(answer).into_response())
}

fn gap(fields: &Fields<'_>) -> Result<Gap, Refusal> {
    conversation::only_one(fields)?;
    if fields.whole("best_of", 1..=20)?.is_some_and(|n| n != 1) {
        return Err(Refusal::unsupported("best_of", "must be 1"));
    }
    if fields.flag("echo")? {
        return Err(Refusal::unsupported("echo", "must be false"));
    }
    if fields.whole("logprobs", 0..=5)?.is_some() {
        return Err(Refusal::unsupported("logprobs", "is told for chats only"));
    }
    let prefix = match fields.need("prompt", fields.get("prompt"))? {
        Value::String(text) => text.clone(),
        Value::Array(list) => match list.as_slice() {
            [Value::String(text)] => text.clone(),
            _ => {
                return Err(Refusal::unsupported(
                    "prompt",
                    "must be one string, not several and not numbers of tokens",
                ));
            }
        },
        _ => return Err(Refusal::field("prompt", "must be a string")),
    };
    Ok(Gap {
        prefix,
        suffix: fields.text("suffix")?.filter(|suffix| !suffix.is_empty()).map(str::to_owned),
        sampling: conversation::sampling(fields)?,
        max_tokens: conversation::max_tokens(fields, "max_tokens")?.unwrap_or(TOKENS),
        stop: conversation::stop(fields)?,
    })
}

/// Makes answers and their pieces, which have the same shape.
struct Shape {
    id: String,
    model: String,
    created: u64,
    usage: bool,
}

impl Shape {
    fn value(&self, text: &str, finish: Option<&'static str>) -> Value {
        json!({
            "id": self.id,
            "object": "text_completion",
            "created": self.created,
            "model": self.model,
            "choices": [{"index": 0, "text": text, "logprobs": null, "finish_reason": finish}],
        })
    }

    fn written(&self, mut value: Value) -> String {
        if self.usage && value.get("usage").is_none() {
            value["usage"] = Value::Null;
        }
        value.to_string()
    }
}

impl Pieces for Shape {
    fn first(&mut self) -> Option<String> {
        None
    }

    fn piece(&mut self, event: Event) -> Option<String> {
        let Event::Text(text) = event else { return None };
        Some(self.written(self.value(&text, None)))
    }

    fn last(&mut self, ended: &Ended) -> Vec<String> {
        let end = self.written(self.value("", Some(chunks::finish(ended.stop, false))));
        let usage = self.usage.then(|| {
            let mut value = self.value("", None);
            value["choices"] = json!([]);
            value["usage"] = chunks::usage(&ended.usage);
            value.to_string()
        });
        [Some(end), usage].into_iter().flatten().collect()
    }
}
