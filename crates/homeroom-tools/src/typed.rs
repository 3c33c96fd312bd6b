//! A tool from a type and a function.

use std::marker::PhantomData;
use std::sync::Arc;

use futures::future::BoxFuture;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::{Effect, Output, Spec, Tool, ToolError};

/// A tool whose schema is that of `A` and whose call is `F`. The function may work hard: it runs beside the others.
pub struct Typed<A, F> {
    spec: Spec,
    effect: Effect,
    run: Arc<F>,
    arguments: PhantomData<fn(A)>,
}

impl<A, F> Typed<A, F>
where
    A: JsonSchema + DeserializeOwned + Send + 'static,
    F: Fn(A) -> Result<Output, ToolError> + Send + Sync + 'static,
{
    /// The tool `name`; `description` tells a model what it does and when to call it.
    pub fn new(name: &str, description: &str, effect: Effect, run: F) -> Self {
        let parameters = schema_of::<A>();
        let spec = Spec { name: name.to_owned(), description: description.to_owned(), parameters };
        Self { spec, effect, run: Arc::new(run), arguments: PhantomData }
    }

    /// The same, ready for a list of tools.
    pub fn shared(name: &str, description: &str, effect: Effect, run: F) -> Arc<dyn Tool> {
        Arc::new(Self::new(name, description, effect, run))
    }
}

/// The schema of `A` as models' servers like it: without the dialect and the type's name, subschemas in place, nothing beside
/// the known arguments.
fn schema_of<A: JsonSchema>() -> Value {
    let settings = schemars::generate::SchemaSettings::draft2020_12().with(|settings| {
        settings.meta_schema = None;
        settings.inline_subschemas = true;
    });
    let mut schema = settings.into_generator().into_root_schema_for::<A>().to_value();
    if let Some(entries) = schema.as_object_mut() {
        entries.shift_remove("title");
        entries.entry("properties").or_insert_with(|| Value::Object(serde_json::Map::new()));
        entries.insert("additionalProperties".to_owned(), Value::Bool(false));
    }
    schema
}

impl<A, F> Tool for Typed<A, F>
where
    A: JsonSchema + DeserializeOwned + Send + 'static,
    F: Fn(A) -> Result<Output, ToolError> + Send + Sync + 'static,
{
    fn spec(&self) -> Spec {
        self.spec.clone()
    }

    fn effect(&self) -> Effect {
        self.effect
    }

    fn call<'a>(&'a self, arguments: &'a Value) -> BoxFuture<'a, Result<Output, ToolError>> {
        Box::pin(async move {
            // What the schema allows and the type does not is told as one fault, without the value.
            let read = A::deserialize(arguments);
            let arguments =
                read.map_err(|_| ToolError::Arguments { faults: vec!["a value is out of range".to_owned()] })?;
            let run = Arc::clone(&self.run);
            tokio::task::spawn_blocking(move || run(arguments))
                .await
                .unwrap_or_else(|error| Err(ToolError::Broken { what: "it broke off", source: Some(Box::new(error)) }))
        })
    }
}
