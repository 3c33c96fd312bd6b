//! Answers in a shape: asked for by schema or in words, checked, and repaired at most twice.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{ChatRequest, Client, Message, ModelError, Reply, Schema, Stop};

/// How often a wrong answer is sent back.
const REPAIRS: usize = 2;

/// An answer in its shape.
#[derive(Debug, Clone)]
pub struct Answer<T> {
    /// The answer.
    pub value: T,
    /// As JSON.
    pub json: Value,
    /// The reply that it stood in, the last one; its usage is that of all of them.
    pub reply: Reply,
    /// How often it had to be repaired.
    pub repairs: usize,
}

/// Why there is no such answer.
#[derive(Debug, thiserror::Error)]
pub enum StructuredError {
    /// The model gave none.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// What was asked for is no JSON schema.
    #[error("the shape that was asked for is no JSON schema")]
    Schema,
    /// It gave another, again and again.
    #[error("the model's answer has not the shape that was asked for, {tries} times: {what}")]
    Shape {
        /// How often it was asked.
        tries: usize,
        /// What is wrong with it; nothing that it says.
        what: String,
    },
}

/// Asks for an answer of the shape `schema`.
///
/// Where the model keeps to schemas, it is bound to it; else the schema is told in words. Either way the answer is checked, and
/// sent back with what is wrong, at most twice.
///
/// # Errors
/// [`StructuredError`].
pub async fn ask_for<T: DeserializeOwned>(
    client: &Client,
    purpose: &str,
    mut request: ChatRequest,
    schema: Schema,
) -> Result<Answer<T>, StructuredError> {
    let check = jsonschema::validator_for(&schema.schema).map_err(|_| StructuredError::Schema)?;
    let facts = client.facts();
    let bound = facts.schema.or(client.seen_schema()).unwrap_or(true);
    if !bound {
        let words = format!(
            "Answer with one JSON object and nothing else: no explanation, no code fence. It must keep to this JSON schema:\n{}",
            schema.schema
        );
        match request.messages.first_mut().filter(|m| m.role == crate::Role::System) {
            Some(first) => first.parts.push(crate::Part::Text { text: words }),
            None => request.messages.insert(0, Message::system(words)),
        }
    }
    request.schema = Some(schema);
    let mut repairs = 0;
    let mut usage = crate::Usage::default();
    loop {
        let mut reply = client.ask(purpose, request.clone()).await?;
        usage.add(&reply.ended.usage);
        reply.ended.usage = usage;
        let what = match read(&reply.text) {
            None if reply.ended.stop == Stop::Length => "it was cut off".to_owned(),
            None => "it is no JSON".to_owned(),
            Some(json) => match faults(&check, &json) {
                Some(what) => what,
                None => match serde_json::from_value(json.clone()) {
                    Ok(value) => {
                        if repairs == 0 && bound {
                            client.see_schema(true);
                        }
                        return Ok(Answer { value, json, reply, repairs });
                    }
                    Err(_) => "it is of another type".to_owned(),
                },
            },
        };
        if bound && facts.schema.is_none() {
            // It was not bound after all: from now on it is told in words.
            client.see_schema(false);
        }
        if repairs == REPAIRS {
            return Err(StructuredError::Shape { tries: repairs + 1, what });
        }
        repairs += 1;
        let again = format!(
            "That was not what was asked for: {what}. Answer again with one JSON object that keeps to this schema, and nothing else:\n{}",
            request.schema.as_ref().map(|s| s.schema.to_string()).unwrap_or_default()
        );
        request.messages.push(reply.message());
        request.messages.push(Message::user(again));
    }
}

/// The JSON in an answer: all of it, in a fence, or the first object in it.
fn read(text: &str) -> Option<Value> {
    let text = text.trim();
    if let Ok(value) = serde_json::from_str(text) {
        return Some(value);
    }
    let start = text.find(['{', '['])?;
    let mut values = serde_json::Deserializer::from_str(&text[start..]).into_iter::<Value>();
    values.next()?.ok()
}

/// What keeps `json` from the shape: where and which rule, none of its words.
fn faults(check: &jsonschema::Validator, json: &Value) -> Option<String> {
    let faults: Vec<String> = check
        .iter_errors(json)
        .take(5)
        .map(|error| {
            let place = error.instance_path().to_string();
            let place = if place.is_empty() { "the whole".to_owned() } else { format!("`{place}`") };
            format!("{place} breaks the rule `{}`", error.schema_path())
        })
        .collect();
    (!faults.is_empty()).then(|| faults.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use crate::Event;
    use crate::providers::stub::Stub;
    use serde_json::json;

    #[derive(serde::Deserialize, Debug, PartialEq)]
    struct Band {
        band: u8,
    }

    fn schema() -> Schema {
        let schema = json!({
            "type": "object", "properties": {"band": {"type": "integer", "minimum": 1, "maximum": 5}},
            "required": ["band"], "additionalProperties": false,
        });
        Schema { name: "band".into(), schema }
    }

    async fn check(answers: &'static [&'static str]) -> (Result<(u8, usize), String>, usize) {
        let asked = std::sync::Arc::new(AtomicUsize::new(0));
        let count = std::sync::Arc::clone(&asked);
        let stub = Stub::new(move |_| {
            let n = count.fetch_add(1, Ordering::SeqCst);
            vec![Event::Text(answers[n.min(answers.len() - 1)].to_owned())]
        });
        let client = Client::simple("m", stub);
        let request = ChatRequest::new(vec![Message::user("Which band?")], 50);
        let result = ask_for::<Band>(&client, "test", request, schema()).await;
        let result = result.map(|a| (a.value.band, a.repairs)).map_err(|e| e.to_string());
        (result, asked.load(Ordering::SeqCst))
    }

    #[tokio::test]
    async fn answers_are_checked_and_repaired_twice() {
        assert_eq!(check(&["{\"band\": 3}"]).await, (Ok((3, 0)), 1));
        assert_eq!(check(&["Here it is:\n```json\n{\"band\": 3}\n```"]).await, (Ok((3, 0)), 1));
        assert_eq!(check(&["three", "{\"band\": 9}", "{\"band\": 4}"]).await, (Ok((4, 2)), 3));
        let (error, asked) = check(&["{\"band\": \"full marks\"}"]).await;
        assert_eq!(asked, 3);
        let error = error.unwrap_err();
        assert!(error.contains("/band") && !error.contains("full marks"), "{error}");
    }
}
