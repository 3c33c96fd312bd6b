//! A server's tool as one of ours.

use std::sync::Arc;

use futures::future::BoxFuture;
use homeroom_tools::{Effect, Output, Spec, Tool, ToolError, guard};
use rmcp::model::{CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock, ResourceContents};
use rmcp::service::ServiceError;
use serde_json::Value;

use crate::client::Line;

/// Parts the server's name from the tool's.
const JOINT: &str = "__";

/// Longest name of a tool.
const LONGEST_NAME: usize = 64;

/// Bytes of a description that a model is shown: it is the server's text, and may try to give orders.
const MOST_OF_DESCRIPTION: usize = 1_000;

/// Deepest nesting of a schema that is taken.
const DEEPEST: usize = 24;

/// A tool of a server.
pub(crate) struct Remote {
    line: Arc<Line>,
    spec: Spec,
    /// Its name on the server.
    name: String,
    effect: Effect,
}

impl Remote {
    /// A tool that does not say that it only reads may change something.
    pub(crate) fn new(line: Arc<Line>, spec: Spec, tool: &rmcp::model::Tool) -> Self {
        let reads = tool.annotations.as_ref().and_then(|a| a.read_only_hint) == Some(true);
        let effect = if reads { Effect::Reads } else { Effect::Changes };
        Self { line, spec, name: tool.name.to_string(), effect }
    }
}

/// The tool as a model is told of it; nothing where its name or schema is too long.
pub(crate) fn spec_of(server: &str, tool: &rmcp::model::Tool, longest_schema: usize) -> Option<Spec> {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '_' || c == '-' { c } else { '_' };
    let name = format!("{server}{JOINT}{}", tool.name.chars().map(plain).collect::<String>());
    let mut parameters = Value::Object((*tool.input_schema).clone());
    if name.len() > LONGEST_NAME || tool.name.is_empty() || parameters.to_string().len() > longest_schema {
        return None;
    }
    soften(&mut parameters, 0)?;
    let told = tool.description.as_deref().or(tool.title.as_deref()).unwrap_or_default();
    let description = guard::neutralise(guard::cut(told, MOST_OF_DESCRIPTION));
    Some(Spec { name, description, parameters })
}

/// Makes the texts in a schema that are for reading harmless; nothing where it is nested too deeply.
fn soften(schema: &mut Value, depth: usize) -> Option<()> {
    if depth > DEEPEST {
        return None;
    }
    match schema {
        Value::Object(entries) => {
            for (name, value) in entries.iter_mut() {
                match value {
                    Value::String(text) if matches!(name.as_str(), "description" | "title" | "$comment") => {
                        *text = guard::neutralise(guard::cut(text, MOST_OF_DESCRIPTION));
                    }
                    value => soften(value, depth + 1)?,
                }
            }
            Some(())
        }
        Value::Array(items) => items.iter_mut().try_for_each(|item| soften(item, depth + 1)),
        _ => Some(()),
    }
}

impl Tool for Remote {
    fn spec(&self) -> Spec {
        self.spec.clone()
    }

    fn effect(&self) -> Effect {
        self.effect
    }

    fn call<'a>(&'a self, arguments: &'a Value) -> BoxFuture<'a, Result<Output, ToolError>> {
        Box::pin(async move {
            let limits = self.line.limits;
            let arguments = arguments.as_object().cloned().unwrap_or_default();
            let request = CallToolRequestParams::new(self.name.clone()).with_arguments(arguments);
            let called = tokio::time::timeout(limits.call, self.line.service.peer().call_tool_once(request));
            match called.await.map_err(|_| ToolError::Slow(limits.call))?.map_err(failure)? {
                CallToolResponse::Complete(result) => output(&result, limits.result),
                CallToolResponse::InputRequired(_) | CallToolResponse::Task(_) | _ => Err(ToolError::Broken {
                    what: "it asks for more than arguments, which is not supported",
                    source: None,
                }),
            }
        })
    }
}

fn failure(error: ServiceError) -> ToolError {
    match error {
        ServiceError::McpError(error) => ToolError::Told { words: error.message.into_owned() },
        ServiceError::Timeout { timeout } => ToolError::Slow(timeout),
        error => ToolError::Broken { what: "its server has ended or can't be reached", source: Some(Box::new(error)) },
    }
}

/// What a result says.
fn output(result: &CallToolResult, most: usize) -> Result<Output, ToolError> {
    let texts: Vec<String> = result.content.iter().map(text_of).collect();
    let mut text = texts.join("\n");
    if result.content.is_empty()
        && let Some(value) = &result.structured_content
    {
        text = value.to_string();
    }
    if text.len() > most {
        return Err(ToolError::Huge { limit: most });
    }
    if result.is_error == Some(true) { Err(ToolError::Told { words: text }) } else { Ok(Output { text }) }
}

fn text_of(block: &ContentBlock) -> String {
    match block {
        ContentBlock::Text(text) => text.text.clone(),
        ContentBlock::Image(image) => format!("(a picture, {}, is left out)", image.mime_type),
        ContentBlock::Audio(audio) => format!("(a recording, {}, is left out)", audio.mime_type),
        ContentBlock::Resource(resource) => match &resource.resource {
            ResourceContents::TextResourceContents { text, .. } => text.clone(),
            _ => "(a file is left out)".to_owned(),
        },
        ContentBlock::ResourceLink(link) => format!("(a link to {})", link.uri),
        _ => "(something is left out)".to_owned(),
    }
}
