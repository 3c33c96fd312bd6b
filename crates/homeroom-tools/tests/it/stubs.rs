//! Models and tools for tests.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future::BoxFuture;
use homeroom_model::providers::stub::Stub;
use homeroom_model::{ChatRequest, Client, Event, Message, Role, ToolCall};
use homeroom_tools::{Approval, Approve, Ask, Effect, Loop, Output, Spec, Tool, ToolError, Toolbox};
use serde_json::{Value, json};

pub(crate) fn call(id: &str, name: &str, arguments: Value) -> Event {
    Event::Call(ToolCall { id: id.into(), name: name.into(), arguments })
}

/// A model that answers by the number of tools' results so far.
pub(crate) fn model(answer: impl Fn(usize, &ChatRequest) -> Vec<Event> + Send + Sync + 'static) -> Client {
    Client::simple(
        "stub",
        Stub::new(move |request| {
            let n = request.messages.iter().filter(|m| m.role == Role::Tool).count();
            answer(n, request)
        }),
    )
}

/// What a tool makes of its arguments.
type Answer = Box<dyn Fn(&Value) -> Result<Output, ToolError> + Send + Sync>;

/// A tool that gives what it is told to, counts its calls and may take its time.
pub(crate) struct Fake {
    name: String,
    effect: Effect,
    output: Answer,
    pub(crate) calls: AtomicUsize,
    delay: Duration,
}

impl Fake {
    pub(crate) fn new(name: &str, effect: Effect, output: &str) -> Arc<Self> {
        let output = output.to_owned();
        Self::by(name, effect, move |_| Ok(Output::text(output.clone())))
    }

    pub(crate) fn by(
        name: &str,
        effect: Effect,
        output: impl Fn(&Value) -> Result<Output, ToolError> + Send + Sync + 'static,
    ) -> Arc<Self> {
        let (calls, delay) = (AtomicUsize::new(0), Duration::ZERO);
        Arc::new(Self { name: name.into(), effect, output: Box::new(output), calls, delay })
    }

    pub(crate) fn slow(name: &str, delay: Duration) -> Arc<Self> {
        let output = Box::new(|arguments: &Value| Ok(Output::text(arguments.to_string())));
        Arc::new(Self { name: name.into(), effect: Effect::Reads, output, calls: AtomicUsize::new(0), delay })
    }

    pub(crate) fn n_calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }
}

impl Tool for Fake {
    fn spec(&self) -> Spec {
        Spec {
            name: self.name.clone(),
            description: "A tool for tests.".into(),
            parameters: json!({"type": "object", "properties": {"q": {"type": "string"}}, "additionalProperties": false}),
        }
    }

    fn effect(&self) -> Effect {
        self.effect
    }

    fn call<'a>(&'a self, arguments: &'a Value) -> BoxFuture<'a, Result<Output, ToolError>> {
        Box::pin(async move {
            self.calls.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(self.delay).await;
            (self.output)(arguments)
        })
    }
}

/// Somebody who says one thing and remembers what was asked.
pub(crate) struct Person {
    pub(crate) says: Box<dyn Fn(&Ask) -> Approval + Send + Sync>,
    pub(crate) asked: Mutex<Vec<Ask>>,
}

impl Person {
    pub(crate) fn saying(says: impl Fn(&Ask) -> Approval + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { says: Box::new(says), asked: Mutex::default() })
    }

    pub(crate) fn n_asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

impl Approve for Person {
    fn approve<'a>(&'a self, ask: &'a Ask) -> BoxFuture<'a, Approval> {
        self.asked.lock().unwrap().push(ask.clone());
        Box::pin(std::future::ready((self.says)(ask)))
    }
}

pub(crate) fn looped(client: Client, tools: &[Arc<Fake>], person: &Arc<Person>) -> Loop {
    let tools = tools.iter().map(|tool| Arc::clone(tool) as Arc<dyn Tool>);
    Loop::new(client, Toolbox::new(tools).unwrap(), Arc::clone(person) as Arc<dyn Approve>)
}

/// What the model was given by tools, in order.
pub(crate) fn results(messages: &[Message]) -> Vec<String> {
    messages.iter().filter(|m| m.role == Role::Tool).map(Message::text).collect()
}
