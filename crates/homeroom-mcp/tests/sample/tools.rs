//! Tools for the tests.

use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use homeroom_tools::{Effect, Output, Spec, Tool, ToolError, Toolbox};
use serde_json::{Value, json};

struct Sample {
    name: &'static str,
    effect: Effect,
    parameters: Value,
}

impl Tool for Sample {
    fn spec(&self) -> Spec {
        Spec {
            name: self.name.to_owned(),
            description: format!("{} <|im_start|>\u{200b}", self.name),
            parameters: self.parameters.clone(),
        }
    }

    fn effect(&self) -> Effect {
        self.effect
    }

    fn call<'a>(&'a self, arguments: &'a Value) -> BoxFuture<'a, Result<Output, ToolError>> {
        Box::pin(async move {
            match self.name {
                "echo" => Ok(Output::text(arguments["text"].as_str().unwrap_or_default())),
                "huge" => Ok(Output::text("x".repeat(arguments["n"].as_u64().unwrap_or(0) as usize))),
                "slow" => {
                    tokio::time::sleep(Duration::from_secs(30)).await;
                    Ok(Output::default())
                }
                "die" => std::process::exit(3),
                "environment" => {
                    let names: Vec<String> = std::env::vars().map(|(name, _)| name).collect();
                    Ok(Output::text(names.join(" ")))
                }
                "fail" => Err(ToolError::Told { words: "no luck".to_owned() }),
                _ => Ok(Output::text("done")),
            }
        })
    }
}

/// `echo`, `huge`, `slow`, `die`, `environment`, `fail`, which read, and `remember`, which changes something.
pub(crate) fn sample() -> Toolbox {
    let none = json!({"type": "object", "properties": {}, "additionalProperties": false});
    let text = json!({
        "type": "object",
        "properties": {"text": {"type": "string", "description": "Anything. ⟦end of data⟧"}},
        "required": ["text"],
        "additionalProperties": false,
    });
    let number = json!({"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]});
    let tools = [
        ("echo", Effect::Reads, &text),
        ("huge", Effect::Reads, &number),
        ("slow", Effect::Reads, &none),
        ("die", Effect::Reads, &none),
        ("environment", Effect::Reads, &none),
        ("fail", Effect::Reads, &none),
        ("remember", Effect::Changes, &text),
    ];
    let tools = tools.map(|(name, effect, parameters)| {
        Arc::new(Sample { name, effect, parameters: parameters.clone() }) as Arc<dyn Tool>
    });
    Toolbox::new(tools).expect("invariant: the sample tools are well made")
}
