//! What a loop did, step by step.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use futures::future::BoxFuture;
use homeroom_model::{Choice, Message, Reply, Role, Sampling, ToolCall};
use serde::{Deserialize, Serialize};

use crate::{Approval, Approve, Ask, Effect, Finish, Loop, Turn};

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The tool gave something.
    Done,
    /// The tool told of a failure in its own words.
    Told,
    /// The tool failed.
    Failed,
    /// There is no such tool.
    Unknown,
    /// Its arguments are wrong.
    Arguments,
    /// The person said no.
    Refused,
    /// It was called before in the same way, and the earlier result was given.
    Repeated,
    /// There were too many calls.
    Limit,
}

impl Outcome {
    /// Whether what the model reads was written by the tool.
    pub(crate) fn is_data(self) -> bool {
        matches!(self, Self::Done | Self::Told | Self::Repeated)
    }

    /// The outcome of the same call once more.
    pub(crate) fn again(self) -> Self {
        if self.is_data() { Self::Repeated } else { self }
    }
}

/// One step of a loop. Seconds are wall time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// The model was asked.
    Request {
        /// From 1.
        round: u32,
        /// What is new in the conversation beside replies and results, which have steps of their own.
        messages: Vec<Message>,
        /// Whether tools might be called.
        choice: Choice,
        /// Most tokens of the answer.
        max_tokens: u32,
        /// How the answer's tokens are chosen.
        sampling: Sampling,
    },
    /// The model replied.
    Reply {
        /// Of the request.
        round: u32,
        /// The reply.
        reply: Reply,
        /// Tokens read and written.
        tokens: u64,
        /// How long it took.
        seconds: f64,
    },
    /// The model called a tool.
    Call {
        /// Of the request.
        round: u32,
        /// The call.
        call: ToolCall,
        /// Whether it would change something; nothing where there is no such tool.
        effect: Option<Effect>,
    },
    /// A person was asked.
    Approval {
        /// Of the request.
        round: u32,
        /// Of the call.
        id: String,
        /// What the person said.
        approval: Approval,
        /// Whether a tool's output had been read before.
        after_data: bool,
        /// How long the person took.
        seconds: f64,
    },
    /// The model was given a result.
    Result {
        /// Of the request.
        round: u32,
        /// Of the call.
        id: String,
        /// The tool's name.
        tool: String,
        /// How it ended.
        outcome: Outcome,
        /// What the model was given.
        text: String,
        /// Whether something was left out.
        was_cut: bool,
        /// How long the tool took.
        seconds: f64,
    },
    /// The turn ended.
    End {
        /// Why.
        finish: Finish,
        /// Calls in all.
        calls: u32,
        /// Tokens in all.
        tokens: u64,
        /// The whole turn.
        seconds: f64,
    },
}

impl Step {
    /// The kind of step, as its JSON names it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Request { .. } => "request",
            Self::Reply { .. } => "reply",
            Self::Call { .. } => "call",
            Self::Approval { .. } => "approval",
            Self::Result { .. } => "result",
            Self::End { .. } => "end",
        }
    }

    /// The same as if it had taken no time.
    fn timeless(mut self) -> Self {
        match &mut self {
            Self::Reply { seconds, .. }
            | Self::Approval { seconds, .. }
            | Self::Result { seconds, .. }
            | Self::End { seconds, .. } => *seconds = 0.0,
            Self::Request { .. } | Self::Call { .. } => {}
        }
        self
    }
}

/// What a loop did. It holds what was said, pupils' words among it: whoever keeps it keeps it as safe as the texts themselves.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Trace {
    /// In order.
    pub steps: Vec<Step>,
}

/// A trace that can't be read.
#[derive(Debug, thiserror::Error)]
#[error("line {line} of the trace is no step")]
pub struct TraceError {
    /// From 1.
    pub line: usize,
    /// The cause.
    #[source]
    pub source: serde_json::Error,
}

/// Where a replay went another way. Its text tells the place and the kinds of the steps, not what was said.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("step {at} differs: {} was recorded, {} came", kind_of(.recorded.as_deref()), kind_of(.came.as_deref()))]
pub struct Difference {
    /// Index of the step.
    pub at: usize,
    /// The step of the trace; nothing where it had ended.
    pub recorded: Option<Box<Step>>,
    /// The step that came; nothing where the loop had ended.
    pub came: Option<Box<Step>>,
}

fn kind_of(step: Option<&Step>) -> &'static str {
    step.map_or("nothing", Step::kind)
}

/// Says again what a person said.
struct Recorded(Mutex<VecDeque<Approval>>);

impl Approve for Recorded {
    fn approve<'a>(&'a self, _ask: &'a Ask) -> BoxFuture<'a, Approval> {
        let next = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        Box::pin(std::future::ready(next.unwrap_or(Approval::No)))
    }
}

impl Trace {
    /// One line of JSON for each step.
    ///
    /// # Panics
    /// Never: a step can be written as JSON.
    #[must_use]
    pub fn to_json_lines(&self) -> String {
        let line = |step| serde_json::to_string(step).expect("invariant: a step can be written") + "\n";
        self.steps.iter().map(line).collect()
    }

    /// The trace from lines of JSON; empty ones are passed over.
    ///
    /// # Errors
    /// [`TraceError`] for the first line that is no step.
    pub fn parse(lines: &str) -> Result<Self, TraceError> {
        let lines = lines.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let step = |(i, line)| serde_json::from_str(line).map_err(|source| TraceError { line: i + 1, source });
        Ok(Self { steps: lines.map(step).collect::<Result<_, _>>()? })
    }

    /// The turns of a trace that holds a whole conversation, each with its end.
    #[must_use]
    pub fn turns(&self) -> Vec<Trace> {
        let turns = self.steps.split_inclusive(|step| matches!(step, Step::End { .. }));
        turns.map(|steps| Trace { steps: steps.to_vec() }).collect()
    }

    /// Runs the turn again with `looped`, whose model answers from a recording
    /// ([`homeroom_model::providers::recorded::Replay`]); what a person said is said again, and tokens are chosen as they were.
    ///
    /// # Errors
    /// [`Difference`] at the first step that is not the same, its seconds left aside.
    pub async fn replay(&self, looped: &Loop) -> Result<Turn, Difference> {
        let (messages, looped) = match self.steps.first() {
            Some(Step::Request { messages, max_tokens, sampling, .. }) => {
                (messages.clone(), looped.clone().with_sampling(*sampling).with_answer_tokens(*max_tokens))
            }
            _ => (Vec::new(), looped.clone()),
        };
        let approvals = self.steps.iter().filter_map(|step| match step {
            Step::Approval { approval, .. } => Some(*approval),
            _ => None,
        });
        let recorded = Recorded(Mutex::new(approvals.collect()));
        let turn = looped.with_approve(Arc::new(recorded)).run(messages).await;
        for at in 0..self.steps.len().max(turn.trace.steps.len()) {
            let recorded = self.steps.get(at).cloned().map(Step::timeless);
            let came = turn.trace.steps.get(at).cloned().map(Step::timeless);
            if recorded != came {
                return Err(Difference { at, recorded: recorded.map(Box::new), came: came.map(Box::new) });
            }
        }
        Ok(turn)
    }

    /// The trace as a text for a person.
    #[must_use]
    pub fn render(&self) -> String {
        let mut out = String::new();
        for step in &self.steps {
            render(step, &mut out);
        }
        out
    }
}

fn render(step: &Step, out: &mut String) {
    let _ = match step {
        Step::Request { round, messages, choice, .. } => {
            for message in messages {
                let who = match message.role {
                    Role::System => "instructions",
                    Role::User => "person",
                    Role::Assistant => "model",
                    Role::Tool => "tool",
                };
                let _ = writeln!(out, "    {who}: {}", indented(&message.text()));
            }
            let tools = if *choice == Choice::None { ", without tools" } else { "" };
            writeln!(out, "{round}. the model is asked{tools}")
        }
        Step::Reply { reply, tokens, seconds, .. } => {
            let said = if reply.text.trim().is_empty() { "(no text)".to_owned() } else { indented(reply.text.trim()) };
            writeln!(out, "   model ({tokens} tokens, {seconds:.1} s): {said}")
        }
        Step::Call { call, effect, .. } => {
            let effect = match effect {
                Some(Effect::Reads) => "reads",
                Some(Effect::Changes) => "changes",
                None => "there is no such tool",
            };
            writeln!(out, "   call {} {}: {} ({effect})", call.id, call.name, call.arguments)
        }
        Step::Approval { id, approval, after_data, seconds, .. } => {
            let after = if *after_data { ", after data was read" } else { "" };
            let said = match approval {
                Approval::Once => "yes, once",
                Approval::Always => "yes, always",
                Approval::No => "no",
            };
            writeln!(out, "   person on {id}: {said} ({seconds:.1} s{after})")
        }
        Step::Result { id, outcome, text, seconds, .. } => {
            let outcome =
                serde_json::to_value(outcome).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
            writeln!(out, "   result {id} ({outcome}, {seconds:.1} s): {}", indented(text))
        }
        Step::End { finish, calls, tokens, seconds } => {
            let finish =
                serde_json::to_value(finish).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default();
            writeln!(out, "end: {finish}, {calls} calls, {tokens} tokens, {seconds:.1} s")
        }
    };
}

fn indented(text: &str) -> String {
    text.replace('\n', "\n      ")
}
