//! What is said to a model, and by it.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Who says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The program, which gives the instructions.
    System,
    /// The person, or what the instructions are about.
    User,
    /// The model.
    Assistant,
    /// A tool that the model called.
    Tool,
}

/// A piece of a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Part {
    /// Text.
    Text {
        /// The text.
        text: String,
    },
    /// A picture.
    Image {
        /// Such as `image/png`.
        mime: String,
        /// The file's bytes in base64.
        data: String,
    },
    /// A recording.
    Audio {
        /// `wav` or `mp3`.
        format: String,
        /// The file's bytes in base64.
        data: String,
    },
}

/// One message of a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Whose it is.
    pub role: Role,
    /// What it says.
    pub parts: Vec<Part>,
    /// The tools that it calls (the model's alone).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub calls: Vec<ToolCall>,
    /// The call that it answers (a tool's alone).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<String>,
}

impl Message {
    fn text_of(role: Role, text: impl Into<String>) -> Self {
        Self { role, parts: vec![Part::Text { text: text.into() }], calls: Vec::new(), answers: None }
    }

    /// Instructions.
    #[must_use]
    pub fn system(text: impl Into<String>) -> Self {
        Self::text_of(Role::System, text)
    }

    /// What a person says, or data that the instructions are about.
    #[must_use]
    pub fn user(text: impl Into<String>) -> Self {
        Self::text_of(Role::User, text)
    }

    /// What the model said.
    #[must_use]
    pub fn assistant(text: impl Into<String>) -> Self {
        Self::text_of(Role::Assistant, text)
    }

    /// What the tool gave that the model called by `call`.
    #[must_use]
    pub fn tool(call: impl Into<String>, output: impl Into<String>) -> Self {
        Self { answers: Some(call.into()), ..Self::text_of(Role::Tool, output) }
    }

    /// Its text, without pictures and sound.
    #[must_use]
    pub fn text(&self) -> String {
        let texts = self.parts.iter().filter_map(|part| match part {
            Part::Text { text } => Some(text.as_str()),
            Part::Image { .. } | Part::Audio { .. } => None,
        });
        texts.collect::<Vec<_>>().join("\n")
    }
}

/// A tool that is offered to a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tool {
    /// By which it is called: letters, digits, `_` and `-`, at most 64.
    pub name: String,
    /// What it does and when to call it.
    pub description: String,
    /// JSON schema of its arguments, an object.
    pub parameters: Value,
}

/// A call of a tool.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// By which its answer refers to it.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// Its arguments: an object; whatever the model wrote, as a string, where that is no JSON.
    pub arguments: Value,
}
