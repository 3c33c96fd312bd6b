//! Tools that are offered together.

use std::collections::HashMap;
use std::sync::Arc;

use jsonschema::{PatternOptions, Validator};
use serde_json::Value;

use crate::{Effect, Output, Spec, Tool, ToolError, ToolboxError};

/// Longest name that models' servers take.
const LONGEST_NAME: usize = 64;

/// Faults that are told of one call; a model repairs the first ones first.
const MOST_FAULTS: usize = 5;

/// Tools by name, with their schemas ready. Cheap to clone.
#[derive(Clone, Default)]
pub struct Toolbox {
    shelf: Arc<Shelf>,
}

#[derive(Default)]
struct Shelf {
    tools: Vec<Shelved>,
    by_name: HashMap<String, usize>,
}

struct Shelved {
    tool: Arc<dyn Tool>,
    spec: Spec,
    effect: Effect,
    validator: Validator,
}

impl Toolbox {
    /// These tools, in this order.
    ///
    /// # Errors
    /// [`ToolboxError`] where a name is bad or there twice, or a schema is none.
    pub fn new(tools: impl IntoIterator<Item = Arc<dyn Tool>>) -> Result<Self, ToolboxError> {
        let mut shelf = Shelf::default();
        for tool in tools {
            let spec = tool.spec();
            let validator = validator(&spec)?;
            if shelf.by_name.insert(spec.name.clone(), shelf.tools.len()).is_some() {
                return Err(ToolboxError::Twice { name: spec.name });
            }
            shelf.tools.push(Shelved { effect: tool.effect(), tool, spec, validator });
        }
        Ok(Self { shelf: Arc::new(shelf) })
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shelf.tools.is_empty()
    }

    /// The tools as a model is told of them.
    #[must_use]
    pub fn specs(&self) -> Vec<Spec> {
        self.shelf.tools.iter().map(|shelved| shelved.spec.clone()).collect()
    }

    /// The tools' names.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.shelf.tools.iter().map(|shelved| shelved.spec.name.clone()).collect()
    }

    /// The tools themselves.
    pub fn tools(&self) -> impl Iterator<Item = &Arc<dyn Tool>> {
        self.shelf.tools.iter().map(|shelved| &shelved.tool)
    }

    /// Those that only read.
    ///
    /// # Panics
    /// Never: names and schemas were looked at before.
    #[must_use]
    pub fn reading(&self) -> Self {
        let reads = self.shelf.tools.iter().filter(|s| s.effect == Effect::Reads).map(|s| Arc::clone(&s.tool));
        Self::new(reads).expect("invariant: a part of a toolbox is one")
    }

    /// Whether the tool `name` changes something; nothing where there is none.
    #[must_use]
    pub fn effect(&self, name: &str) -> Option<Effect> {
        self.find(name).map(|shelved| shelved.effect)
    }

    fn find(&self, name: &str) -> Option<&Shelved> {
        self.shelf.by_name.get(name).map(|&place| &self.shelf.tools[place])
    }

    /// Whether the tool `name` can be called with `arguments`.
    ///
    /// # Errors
    /// [`ToolError::Unknown`], [`ToolError::Arguments`].
    pub fn check(&self, name: &str, arguments: &Value) -> Result<(), ToolError> {
        let shelved = self.find(name).ok_or_else(|| ToolError::Unknown { known: self.names() })?;
        if !arguments.is_object() {
            return Err(ToolError::Arguments { faults: vec!["they must be one JSON object".to_owned()] });
        }
        let faults: Vec<String> =
            shelved.validator.iter_errors(arguments).take(MOST_FAULTS).map(|e| fault(&e)).collect();
        if faults.is_empty() { Ok(()) } else { Err(ToolError::Arguments { faults }) }
    }

    /// Checks the arguments, and calls the tool. Nobody is asked: that is [`crate::Loop`]'s part.
    ///
    /// # Errors
    /// [`ToolError`].
    pub async fn call(&self, name: &str, arguments: &Value) -> Result<Output, ToolError> {
        self.check(name, arguments)?;
        let shelved = self.find(name).ok_or_else(|| ToolError::Unknown { known: self.names() })?;
        shelved.tool.call(arguments).await
    }
}

impl std::fmt::Debug for Toolbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Toolbox").field(&self.names()).finish()
    }
}

/// One fault with its place; the value itself may be a pupil's words and is left out.
fn fault(error: &jsonschema::ValidationError<'_>) -> String {
    let place = error.instance_path().to_string();
    let place =
        if place.is_empty() { "the arguments".to_owned() } else { format!("`{}`", place.trim_start_matches('/')) };
    format!("{place}: {}", error.masked())
}

/// What checks arguments. A schema may come from a server: its patterns run in linear time, and nothing is fetched for it.
fn validator(spec: &Spec) -> Result<Validator, ToolboxError> {
    let name = &spec.name;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(plain) {
        return Err(ToolboxError::Name { name: name.clone() });
    }
    if spec.parameters.get("type").and_then(Value::as_str) != Some("object") {
        return Err(ToolboxError::Schema { name: name.clone(), source: None });
    }
    jsonschema::options()
        .with_pattern_options(PatternOptions::regex())
        .build(&spec.parameters)
        .map_err(|error| ToolboxError::Schema { name: name.clone(), source: Some(Box::new(error)) })
}

#[cfg(test)]
mod tests {
    use schemars::JsonSchema;
    use serde::Deserialize;
    use serde_json::json;

    use super::*;
    use crate::Typed;

    #[derive(Deserialize, JsonSchema)]
    struct Arguments {
        /// A word.
        #[schemars(length(min = 1))]
        word: String,
        /// How many.
        #[serde(default)]
        most: Option<u8>,
    }

    fn toolbox() -> Toolbox {
        let run = |arguments: Arguments| Ok(Output::text(format!("{} {:?}", arguments.word, arguments.most)));
        Toolbox::new([Typed::<Arguments, _>::shared("echo", "Says it again.", Effect::Reads, run)]).unwrap()
    }

    #[track_caller]
    fn check(arguments: &Value, fault: &str) {
        let error = toolbox().check("echo", arguments).unwrap_err().to_string();
        assert!(error.contains(fault), "{error}");
        assert!(!error.contains("secret"), "a value is told: {error}");
    }

    #[test]
    fn wrong_arguments_are_told_so_that_they_can_be_mended() {
        check(&json!("{oops"), "one JSON object");
        check(&json!({}), "\"word\" is a required property");
        check(&json!({"word": ["secret"]}), "`word`: value is not of type \"string\"");
        check(&json!({"word": ""}), "`word`");
        check(&json!({"word": "x", "most": 300}), "`most`");
        check(&json!({"word": "x", "wrod": "secret"}), "wrod");
    }

    #[tokio::test]
    async fn right_arguments_reach_the_tool() {
        let output = toolbox().call("echo", &json!({"word": "go", "most": 3})).await.unwrap();
        assert_eq!(output.text, "go Some(3)");
        let error = toolbox().call("delete", &json!({})).await.unwrap_err();
        assert_eq!(error.to_string(), "there is no such tool; the tools are: echo");
    }

    #[test]
    fn names_and_schemas_are_looked_at() {
        let tool = |name: &str| Typed::<Arguments, _>::shared(name, "", Effect::Reads, |_| Ok(Output::default()));
        assert!(matches!(Toolbox::new([tool("a b")]), Err(ToolboxError::Name { .. })));
        assert!(matches!(Toolbox::new([tool("a"), tool("a")]), Err(ToolboxError::Twice { .. })));
    }

    #[tokio::test]
    async fn a_tool_that_panics_gives_an_error() {
        let tool = Typed::<Arguments, _>::shared("bad", "", Effect::Reads, |_| panic!("on purpose"));
        let error = Toolbox::new([tool]).unwrap().call("bad", &json!({"word": "x"})).await.unwrap_err();
        assert!(matches!(error, ToolError::Broken { .. }));
    }
}
