//! What a tool is.

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Spec, ToolError};

/// Whether a call leaves the world as it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// It only looks: it may run unasked.
    Reads,
    /// It changes, sends or spends something: a person is asked before.
    Changes,
}

/// What a call gave: text for the model to read. It is data, whatever it says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Output {
    /// The text; often JSON.
    pub text: String,
}

impl Output {
    /// Text as it is.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self { text: text.into() }
    }

    /// A value as JSON.
    ///
    /// # Panics
    /// Where `value` is a map whose keys are no strings.
    #[must_use]
    pub fn json(value: &impl Serialize) -> Self {
        Self { text: serde_json::to_string(value).expect("invariant: an output's keys are strings") }
    }
}

/// Something that a model may call.
pub trait Tool: Send + Sync {
    /// Its name, what it does, and the JSON schema of its arguments.
    fn spec(&self) -> Spec;

    /// Whether a call changes something.
    fn effect(&self) -> Effect;

    /// Runs it. `arguments` keep to the schema: [`crate::Toolbox`] sees to it.
    fn call<'a>(&'a self, arguments: &'a Value) -> BoxFuture<'a, Result<Output, ToolError>>;
}

impl std::fmt::Debug for dyn Tool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tool({}, {:?})", self.spec().name, self.effect())
    }
}
