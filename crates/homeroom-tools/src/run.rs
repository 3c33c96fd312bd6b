//! The loop: a model asks for tools, and gets what they give.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use homeroom_model::{
    ChatRequest, Choice, Client, Event, Message, ModelError, Reply, Role, Sampling, Stop, ToolCall, parse_tool_calls,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tokio::time::Instant;

use crate::trace::Outcome;
use crate::{Approval, Approve, Ask, Effect, Step, ToolError, Toolbox, Trace, guard};

/// What one turn may use.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Requests in which tools may be called; one more, without tools, may follow for the answer.
    pub rounds: u32,
    /// Calls of tools.
    pub calls: u32,
    /// For the whole turn, a person's approval included.
    pub time: Duration,
    /// For one call of a tool.
    pub call_time: Duration,
    /// Tokens read and written, over all requests.
    pub tokens: u64,
    /// Tokens of one answer.
    pub answer_tokens: u32,
    /// Bytes of one tool's output that the model is shown.
    pub output: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            rounds: 8,
            calls: 24,
            time: Duration::from_mins(5),
            call_time: Duration::from_secs(30),
            tokens: 100_000,
            answer_tokens: 2_000,
            output: 8_000,
        }
    }
}

/// Why a turn ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// The model answered.
    Answered,
    /// Its answer was longer than it may be.
    Length,
    /// The server's filter withheld it.
    Filtered,
    /// The rounds were used up; the text is what the model said without more tools.
    Rounds,
    /// The calls were used up; the text is what the model said without more tools.
    Calls,
    /// The time was up.
    Time,
    /// The tokens were used up.
    Tokens,
    /// The model failed.
    Failed,
}

/// What a listener hears while the loop runs.
#[derive(Debug)]
pub enum Told<'a> {
    /// A piece of the model's answer.
    Event(&'a Event),
    /// A step that was done.
    Step(&'a Step),
}

/// One turn: from what a person said to the model's answer.
#[derive(Debug, Clone)]
pub struct Turn {
    /// The answer; what there was of it, where it did not come to its end.
    pub text: String,
    /// The whole conversation, to go on with. Each call in it has its result.
    pub messages: Vec<Message>,
    /// Why it ended.
    pub finish: Finish,
    /// What was wrong with the model.
    pub error: Option<ModelError>,
    /// What was done.
    pub trace: Trace,
}

/// A model with tools. Cheap to clone.
#[derive(Clone)]
pub struct Loop {
    client: Client,
    tools: Toolbox,
    approve: Arc<dyn Approve>,
    limits: Limits,
    sampling: Sampling,
    purpose: String,
}

impl Loop {
    /// Offers `tools` to `client`; `approve` is asked before anything is changed.
    #[must_use]
    pub fn new(client: Client, tools: Toolbox, approve: Arc<dyn Approve>) -> Self {
        let (limits, sampling) = (Limits::default(), Sampling::default());
        Self { client, tools, approve, limits, sampling, purpose: "tools".to_owned() }
    }

    /// The model.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// What it is offered.
    #[must_use]
    pub fn tools(&self) -> &Toolbox {
        &self.tools
    }

    /// The same with other limits.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// The same with answers of at most so many tokens.
    #[must_use]
    pub fn with_answer_tokens(mut self, tokens: u32) -> Self {
        self.limits.answer_tokens = tokens;
        self
    }

    /// The same with another way to choose tokens.
    #[must_use]
    pub fn with_sampling(self, sampling: Sampling) -> Self {
        Self { sampling, ..self }
    }

    /// The same, counted in the ledger under `purpose`.
    #[must_use]
    pub fn with_purpose(self, purpose: impl Into<String>) -> Self {
        Self { purpose: purpose.into(), ..self }
    }

    /// The same with someone else to ask.
    #[must_use]
    pub fn with_approve(self, approve: Arc<dyn Approve>) -> Self {
        Self { approve, ..self }
    }

    /// Runs one turn. `messages`: the conversation, what the person said last.
    pub async fn run(&self, messages: Vec<Message>) -> Turn {
        self.run_aloud(messages, &mut |_| {}).await
    }

    /// The same; `told` hears the answer and each step as they come.
    pub async fn run_aloud(&self, messages: Vec<Message>, told: &mut (dyn FnMut(Told<'_>) + Send)) -> Turn {
        let started = Instant::now();
        let messages = if self.tools.is_empty() { messages } else { with_rule(messages) };
        let mut running = Running {
            setup: self,
            // Whatever was read in an earlier turn is still before the model's eyes.
            read_data: messages.iter().any(|message| message.role == Role::Tool),
            ids: messages.iter().flat_map(|m| &m.calls).map(|call| call.id.clone()).collect(),
            messages,
            n_traced: 0,
            trace: Trace::default(),
            told,
            memory: HashMap::new(),
            always: HashSet::new(),
            n_calls: 0,
            tokens: 0,
            text: String::new(),
            error: None,
        };
        let finish = tokio::time::timeout(self.limits.time, running.go()).await.unwrap_or(Finish::Time);
        running.close_calls();
        let (calls, tokens) = (running.n_calls, running.tokens);
        running.step(Step::End { finish, calls, tokens, seconds: started.elapsed().as_secs_f64() });
        let Running { messages, trace, text, error, .. } = running;
        Turn { text, messages, finish, error, trace }
    }

    /// Runs what is to be run: what only reads at once, what changes something one after the other, in order.
    async fn run_planned(&self, calls: &[ToolCall], plans: &[Plan]) -> Vec<Option<Given>> {
        let planned = |effect| {
            let runs = plans.iter().enumerate().filter(|(_, plan)| matches!(plan, Plan::Run)).map(|(i, _)| i);
            runs.filter(move |&i| self.tools.effect(&calls[i].name) == Some(effect))
        };
        let reading: FuturesUnordered<_> =
            planned(Effect::Reads).map(|i| async move { (i, self.run_one(&calls[i]).await) }).collect();
        let changing = async {
            let mut done = Vec::new();
            for i in planned(Effect::Changes) {
                done.push((i, self.run_one(&calls[i]).await));
            }
            done
        };
        let (read, changed) = futures::join!(reading.collect::<Vec<_>>(), changing);
        let mut given = vec![None; calls.len()];
        for (i, result) in read.into_iter().chain(changed) {
            given[i] = Some(result);
        }
        given
    }

    async fn run_one(&self, call: &ToolCall) -> Given {
        let started = Instant::now();
        let limit = self.limits.call_time;
        let called = tokio::time::timeout(limit, self.tools.call(&call.name, &call.arguments));
        let mut given = match called.await.unwrap_or(Err(ToolError::Slow(limit))) {
            Ok(output) => Given::ours(Outcome::Done, output.text),
            Err(ToolError::Told { words }) => Given::ours(Outcome::Told, words),
            Err(error) => Given::error(Outcome::Failed, &error),
        };
        given.seconds = started.elapsed().as_secs_f64();
        given
    }
}

/// The conversation with [`guard::RULE`] in its instructions.
fn with_rule(mut messages: Vec<Message>) -> Vec<Message> {
    match messages.first() {
        Some(first) if first.role == Role::System => {
            let text = first.text();
            if !text.contains(guard::RULE) {
                messages[0] = Message::system(format!("{text}\n\n{}", guard::RULE));
            }
        }
        _ => messages.insert(0, Message::system(guard::RULE)),
    }
    messages
}

/// What a call gave.
#[derive(Debug, Clone)]
struct Given {
    outcome: Outcome,
    /// What the tool gave, or what we say.
    text: String,
    seconds: f64,
}

impl Given {
    fn ours(outcome: Outcome, text: impl Into<String>) -> Self {
        Self { outcome, text: text.into(), seconds: 0.0 }
    }

    fn error(outcome: Outcome, error: &ToolError) -> Self {
        Self::ours(outcome, error.to_string())
    }
}

/// What is done about a call.
enum Plan {
    /// Its result is known.
    Known(Given),
    /// The tool is run.
    Run,
    /// It is that of an earlier call beside it.
    SameAs(usize),
}

struct Running<'a> {
    setup: &'a Loop,
    messages: Vec<Message>,
    /// Messages that stand in the trace.
    n_traced: usize,
    trace: Trace,
    told: &'a mut (dyn FnMut(Told<'_>) + Send),
    /// Results by tool and arguments.
    memory: HashMap<String, Given>,
    /// Tools that may run unasked for now.
    always: HashSet<String>,
    /// Whether the model has read any tool's output.
    read_data: bool,
    ids: HashSet<String>,
    n_calls: u32,
    tokens: u64,
    text: String,
    error: Option<ModelError>,
}

impl Running<'_> {
    fn step(&mut self, step: Step) {
        (self.told)(Told::Step(&step));
        self.trace.steps.push(step);
    }

    async fn go(&mut self) -> Finish {
        let limits = self.setup.limits;
        let (mut round, mut silent) = (0, false);
        loop {
            round += 1;
            let out = if silent {
                // It was asked for its answer once more: whatever comes now is it.
                Some(Finish::Answered)
            } else if round > limits.rounds {
                Some(Finish::Rounds)
            } else if self.n_calls >= limits.calls {
                Some(Finish::Calls)
            } else {
                None
            };
            let Some(request) = self.request(round, out.is_some()) else { return Finish::Tokens };
            let reply = match self.ask(round, request).await {
                Ok(reply) => reply,
                Err(error) => {
                    self.error = Some(error);
                    return Finish::Failed;
                }
            };
            let (text, mut calls) = self.calls(&reply);
            if out.is_some() {
                calls.clear();
            }
            // Small models fall silent after a tool's result. Without tools they say what they have learnt.
            if out.is_none() && calls.is_empty() && text.trim().is_empty() && self.n_calls > 0 {
                silent = true;
                continue;
            }
            self.text.clone_from(&text);
            self.messages.push(Message { calls: calls.clone(), ..Message::assistant(text) });
            // What the model said itself stands in the trace as its reply.
            self.n_traced = self.messages.len();
            if calls.is_empty() {
                return out.unwrap_or(match reply.ended.stop {
                    Stop::Length => Finish::Length,
                    Stop::Filtered => Finish::Filtered,
                    Stop::Complete | Stop::Calls => Finish::Answered,
                });
            }
            self.run_calls(round, calls).await;
        }
    }

    /// The next request; nothing where the tokens do not last for it.
    fn request(&mut self, round: u32, last: bool) -> Option<ChatRequest> {
        let setup = self.setup;
        let mut request = ChatRequest::new(self.messages.clone(), setup.limits.answer_tokens);
        request.tools = setup.tools.specs();
        request.choice = if last { Choice::None } else { Choice::Auto };
        request.sampling = setup.sampling;
        let left = setup.limits.tokens.checked_sub(self.tokens + request.rough_tokens()).filter(|&left| left > 0)?;
        request.max_tokens = request.max_tokens.min(u32::try_from(left).unwrap_or(u32::MAX));
        let messages = self.messages[self.n_traced..].to_vec();
        self.n_traced = self.messages.len();
        let (choice, max_tokens, sampling) = (request.choice, request.max_tokens, request.sampling);
        self.step(Step::Request { round, messages, choice, max_tokens, sampling });
        Some(request)
    }

    async fn ask(&mut self, round: u32, request: ChatRequest) -> Result<Reply, ModelError> {
        let started = Instant::now();
        let told = &mut *self.told;
        let asked = self.setup.client.ask_aloud(&self.setup.purpose, request, |event| told(Told::Event(event)));
        let reply = asked.await?;
        let usage = reply.ended.usage;
        let tokens = usage.prompt_tokens + usage.completion_tokens;
        self.tokens += tokens;
        self.step(Step::Reply { round, reply: reply.clone(), tokens, seconds: started.elapsed().as_secs_f64() });
        Ok(reply)
    }

    /// What the model said and what it calls, each call with an id of its own.
    fn calls(&mut self, reply: &Reply) -> (String, Vec<ToolCall>) {
        let (text, mut calls) = if reply.calls.is_empty() && !self.setup.tools.is_empty() {
            parse_tool_calls(&reply.text, &self.setup.tools.names())
        } else {
            (reply.text.clone(), reply.calls.clone())
        };
        for call in &mut calls {
            let mut n = self.ids.len();
            while call.id.is_empty() || self.ids.contains(&call.id) {
                call.id = format!("call_{n}");
                n += 1;
            }
            self.ids.insert(call.id.clone());
        }
        (text, calls)
    }

    async fn run_calls(&mut self, round: u32, calls: Vec<ToolCall>) {
        let mut plans = Vec::new();
        for (i, call) in calls.iter().enumerate() {
            let effect = self.setup.tools.effect(&call.name);
            self.step(Step::Call { round, call: call.clone(), effect });
            let plan = self.plan(round, &calls[..i], call, effect).await;
            plans.push(plan);
        }
        let mut given = self.setup.run_planned(&calls, &plans).await;
        for (i, plan) in plans.into_iter().enumerate() {
            match plan {
                Plan::Known(known) => given[i] = Some(known),
                Plan::SameAs(j) => {
                    given[i] = given[j].clone().map(|g| Given { outcome: g.outcome.again(), seconds: 0.0, ..g })
                }
                Plan::Run => {}
            }
        }
        self.remember(&calls, &given);
        for (call, given) in calls.iter().zip(given) {
            let given = given.expect("invariant: each call has a result");
            let (text, was_cut) = shown(call, &given, self.setup.limits.output);
            self.read_data |= given.outcome.is_data();
            self.messages.push(Message::tool(call.id.clone(), text.clone()));
            self.n_traced = self.messages.len();
            let (id, tool) = (call.id.clone(), call.name.clone());
            self.step(Step::Result { round, id, tool, outcome: given.outcome, text, was_cut, seconds: given.seconds });
        }
    }

    /// What is done about a call; `before` are those beside it that came before.
    async fn plan(&mut self, round: u32, before: &[ToolCall], call: &ToolCall, effect: Option<Effect>) -> Plan {
        let limit = self.setup.limits.calls;
        if self.n_calls >= limit {
            let text = format!("not run: no more than {limit} calls are allowed; answer with what you have");
            return Plan::Known(Given::ours(Outcome::Limit, text));
        }
        self.n_calls += 1;
        match self.setup.tools.check(&call.name, &call.arguments) {
            Ok(()) => {}
            Err(error @ ToolError::Unknown { .. }) => return Plan::Known(Given::error(Outcome::Unknown, &error)),
            Err(error) => return Plan::Known(Given::error(Outcome::Arguments, &error)),
        }
        let key = key(call);
        if let Some(earlier) = self.memory.get(&key) {
            return Plan::Known(Given { outcome: earlier.outcome.again(), seconds: 0.0, ..earlier.clone() });
        }
        if let Some(same) = before.iter().position(|other| self::key(other) == key) {
            return Plan::SameAs(same);
        }
        if effect == Some(Effect::Reads) || (self.always.contains(&call.name) && !self.read_data) {
            return Plan::Run;
        }
        let started = Instant::now();
        let ask = Ask { call: call.clone(), after_data: self.read_data };
        let approval = self.setup.approve.approve(&ask).await;
        let seconds = started.elapsed().as_secs_f64();
        self.step(Step::Approval { round, id: call.id.clone(), approval, after_data: ask.after_data, seconds });
        match approval {
            Approval::Once => Plan::Run,
            Approval::Always => {
                self.always.insert(call.name.clone());
                Plan::Run
            }
            Approval::No => {
                Plan::Known(Given::ours(Outcome::Refused, "not run: the person said no; do not call it again"))
            }
        }
    }

    /// Keeps results for calls that are repeated. What failed by chance may be tried again, and what was read before a change
    /// may have become untrue.
    fn remember(&mut self, calls: &[ToolCall], given: &[Option<Given>]) {
        let fresh = |i: usize| given[i].as_ref().filter(|g| matches!(g.outcome, Outcome::Done | Outcome::Told));
        let changed = (0..calls.len())
            .any(|i| fresh(i).is_some() && self.setup.tools.effect(&calls[i].name) == Some(Effect::Changes));
        if changed {
            let tools = &self.setup.tools;
            self.memory.retain(|key, _| {
                key.split_once(' ').is_some_and(|(name, _)| tools.effect(name) == Some(Effect::Changes))
            });
        }
        for (call, given) in calls.iter().zip(given) {
            let Some(given) = given else { continue };
            let reads = self.setup.tools.effect(&call.name) == Some(Effect::Reads);
            if matches!(given.outcome, Outcome::Done | Outcome::Told | Outcome::Refused) && !(changed && reads) {
                self.memory.insert(key(call), given.clone());
            }
        }
    }

    /// Gives each call without a result one, so that the conversation can go on.
    fn close_calls(&mut self) {
        let Some(place) = self.messages.iter().rposition(|message| !message.calls.is_empty()) else { return };
        let answered: HashSet<String> = self.messages[place..].iter().filter_map(|m| m.answers.clone()).collect();
        let open: Vec<String> =
            self.messages[place].calls.iter().map(|c| c.id.clone()).filter(|id| !answered.contains(id)).collect();
        for id in open {
            self.messages.push(Message::tool(id, "Error: the time was up before there was a result; it may have run."));
        }
    }
}

/// A result as the model reads it, and whether it was cut.
fn shown(call: &ToolCall, given: &Given, most: usize) -> (String, bool) {
    let note = match given.outcome {
        Outcome::Told => Some("(The tool failed; these are its own words.)"),
        Outcome::Repeated => {
            Some("(You called this before with the same arguments. It was not run again: this is the earlier result.)")
        }
        _ => None,
    };
    if given.outcome.is_data() {
        let wrapped = guard::wrap(&call.name, &given.text, most, note);
        (wrapped.text, wrapped.was_cut)
    } else {
        (guard::cut(&guard::neutralise(&format!("Error: {}", given.text)), most).to_owned(), false)
    }
}

/// A call's tool and arguments, in one form whatever the order of entries.
fn key(call: &ToolCall) -> String {
    fn write(value: &Value, out: &mut String) {
        match value {
            Value::Object(entries) => {
                let mut sorted: Vec<_> = entries.iter().collect();
                sorted.sort_by_key(|(name, _)| *name);
                out.push('{');
                for (name, value) in sorted {
                    out.push_str(&Value::from(name.as_str()).to_string());
                    out.push(':');
                    write(value, out);
                    out.push(',');
                }
                out.push('}');
            }
            Value::Array(items) => {
                out.push('[');
                for item in items {
                    write(item, out);
                    out.push(',');
                }
                out.push(']');
            }
            plain => out.push_str(&plain.to_string()),
        }
    }
    let mut key = format!("{} ", call.name);
    write(&call.arguments, &mut key);
    key
}
