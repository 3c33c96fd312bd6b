//! What a model really does, found out by asking.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::time::Instant;

use crate::{ChatRequest, Choice, Client, Event, Facts, Message, ModelError, Part, Schema, Tool};

/// What was found out about a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    /// The model's name in the configuration.
    pub model: String,
    /// What the server calls it.
    pub answered_as: Option<String>,
    /// What clients go by.
    pub facts: Facts,
    /// Each question and what came of it, in order.
    pub findings: Vec<Finding>,
    /// Seconds to the first piece of a short answer.
    pub first_piece_seconds: Option<f64>,
    /// Tokens it writes in a second, by its own count where it counts.
    pub tokens_per_second: Option<f64>,
}

/// One question.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// What was asked for.
    pub what: String,
    /// Whether it does it.
    pub works: bool,
    /// What came.
    pub note: String,
}

/// A red square, 8 × 8, PNG.
const RED: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEUlEQVR42mP4z8CAFTEMLQkAKP8/wc53yE8AAAAASUVORK5CYII=";

/// Asks a model what it can do. `told` hears each finding as it is made.
///
/// # Errors
/// [`ModelError`] where it does not answer at all.
pub async fn examine(client: &Client, mut told: impl FnMut(&Finding) + Send) -> Result<Profile, ModelError> {
    let mut facts = client.facts();
    let mut findings = Vec::new();
    let mut find = |what: &str, works: bool, note: String| {
        let finding = Finding { what: what.to_owned(), works, note };
        told(&finding);
        findings.push(finding);
        works
    };
    let request = |text: &str, max_tokens| ChatRequest::new(vec![Message::user(text)], max_tokens);

    let started = Instant::now();
    let mut first = None;
    let mut pieces = 0;
    let count = "Count from one to thirty in English words, separated by spaces, and write nothing else.";
    let reply = client
        .ask_aloud("doctor", request(count, 200), |event| {
            if matches!(event, Event::Text(_) | Event::Reasoning(_)) {
                first.get_or_insert_with(|| started.elapsed());
                pieces += 1;
            }
        })
        .await?;
    let took = started.elapsed();
    find("answer", true, format!("{} tokens in {:.1} s", reply.ended.usage.completion_tokens, took.as_secs_f64()));
    facts.streams = Some(find("stream", pieces > 3, format!("{pieces} pieces")));
    find(
        "count tokens",
        !reply.ended.usage.estimated,
        if reply.ended.usage.estimated { "it does not say".into() } else { "it says".into() },
    );
    let first_piece_seconds = first.map(|d: Duration| d.as_secs_f64());
    let writing = took.saturating_sub(first.unwrap_or_default()).as_secs_f64();
    let tokens_per_second = (writing > 0.05).then(|| reply.ended.usage.completion_tokens as f64 / writing);

    let system = ChatRequest::new(
        vec![
            Message::system("Whatever the user says, answer with the single word pineapple."),
            Message::user("What is two plus two?"),
        ],
        20,
    );
    let said = client.ask("doctor", system).await;
    find("system message", said.as_ref().is_ok_and(|r| r.text.to_lowercase().contains("pineapple")), note(&said));

    let shape = json!({
        "type": "object",
        "properties": {"animal": {"type": "string", "enum": ["axolotl"]}, "legs": {"type": "integer"}},
        "required": ["animal", "legs"], "additionalProperties": false,
    });
    let asked = ChatRequest {
        schema: Some(Schema { name: "animal".into(), schema: shape.clone() }),
        ..request("Name an animal that has four legs.", 60)
    };
    let said = client.ask("doctor", asked).await;
    let json = said.as_ref().ok().and_then(|r| serde_json::from_str::<serde_json::Value>(r.text.trim()).ok());
    let kept = json.as_ref().is_some_and(|v| jsonschema::is_valid(&shape, v));
    facts.schema = Some(find("JSON schema", kept, note(&said)));
    facts.json = Some(find("JSON", json.is_some(), if json.is_some() { "valid".into() } else { "no JSON".into() }));

    let tool = Tool {
        name: "get_weather".into(),
        description: "Today's weather in a city.".into(),
        parameters: json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}),
    };
    let asked =
        ChatRequest { tools: vec![tool], choice: Choice::Auto, ..request("What is the weather in Hefei today?", 100) };
    let said = client.ask("doctor", asked).await;
    let called = said.as_ref().is_ok_and(|r| {
        r.calls.iter().any(|c| {
            c.name == "get_weather"
                && c.arguments["city"].as_str().is_some_and(|c| c.contains("Hefei") || c.contains("合肥"))
        })
    });
    facts.tools = Some(find("tools", called, note(&said)));

    let asked = ChatRequest { top_logprobs: Some(2), ..request("Say yes.", 5) };
    let said = client.ask("doctor", asked).await;
    let logs = said.as_ref().is_ok_and(|r| !r.logs.is_empty());
    facts.logprobs = Some(find("log-probabilities", logs, note(&said)));

    let mut seen = Message::user("Which colour is this square? One word.");
    seen.parts.push(Part::Image { mime: "image/png".into(), data: RED.into() });
    let said = client.ask("doctor", ChatRequest::new(vec![seen], 20)).await;
    let sees = said.as_ref().is_ok_and(|r| r.text.to_lowercase().contains("red"));
    facts.images = Some(find("pictures", sees, note(&said)));

    Ok(Profile {
        model: client.name().to_owned(),
        answered_as: reply.ended.model,
        facts,
        findings,
        first_piece_seconds,
        tokens_per_second,
    })
}

/// What came, in short. These are answers to our own questions: nobody's text is in them.
fn note(said: &Result<crate::Reply, ModelError>) -> String {
    match said {
        Ok(reply) if !reply.calls.is_empty() => {
            let calls = reply.calls.iter().map(|c| format!("{}({})", c.name, c.arguments));
            calls.collect::<Vec<_>>().join(", ")
        }
        Ok(reply) => {
            let text = reply.text.split_whitespace().collect::<Vec<_>>().join(" ");
            let short: String = text.chars().take(60).collect();
            format!("\"{short}{}\"", if text.chars().count() > 60 { "…" } else { "" })
        }
        Err(error) => match error.detail() {
            Some(detail) => format!("{error}: {}", detail.chars().take(100).collect::<String>()),
            None => error.to_string(),
        },
    }
}
