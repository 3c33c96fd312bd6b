//! One thread that runs a model for many requests at once.
//!
//! Every step runs one batch: a token of each answer that is being written, and as much of the prompts that wait as fits.
//! A new request joins the next step. What requests have in common at their beginning, a rubric for example, is run once:
//! its keys and values are shared by requests at the same time, and kept for later ones until room is needed.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use llguidance::Matcher;
use llguidance::api::TopLevelGrammar;
use serde_json::{Value, json};

use crate::pieces::Pieces;
use crate::sampler::Sampler;
use crate::worker::{Job, Task, Worker};
use crate::{Llama, LlamaError};

/// What an [`Engine`] has room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EngineSettings {
    /// Tokens whose keys and values are held at once, those of all requests that run and of prompts that are kept; tokens
    /// that requests share count once. Up to half of them hold prompts of requests that have ended.
    pub positions: u32,
    /// Requests that run at once; the others wait.
    pub slots: u32,
    /// Most tokens of a step; a long prompt takes more than one. At least as many as there are slots.
    pub batch: u32,
}

impl Default for EngineSettings {
    /// 8192 tokens, of which 4 requests run at once.
    fn default() -> Self {
        Self { positions: 8192, slots: 4, batch: 512 }
    }
}

/// How the next token is chosen. The default takes the most likely one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampling {
    /// 0 takes the most likely token; 1 draws by the model's own probabilities; more is wilder.
    pub temperature: f32,
    /// Draws from the most likely tokens that have this probability together; 1 for all.
    pub top_p: f32,
    /// Draws from this many of the most likely tokens; nothing for all.
    pub top_k: Option<u32>,
    /// Draws from tokens that are at least this share as likely as the most likely one; 0 for all.
    pub min_p: f32,
    /// Divides what speaks for a token that is among the last 64 written ones; 1 leaves it as it is.
    pub repeat_penalty: f32,
    /// The same seed and the same requests beside it give the same answer. Other requests in a batch change how numbers are
    /// rounded, and with it, seldom, a token.
    pub seed: u32,
}

impl Default for Sampling {
    fn default() -> Self {
        Self { temperature: 0.0, top_p: 1.0, top_k: None, min_p: 0.0, repeat_penalty: 1.0, seed: 0 }
    }
}

/// What an answer is held to.
#[derive(Debug, Clone, PartialEq)]
pub enum Constraint {
    /// JSON that follows a schema, on one line unless the schema says otherwise by its `x-guidance`.
    Schema(Value),
    /// A text that a regular expression matches as a whole, in the syntax of Rust's `regex`.
    Regex(String),
}

/// A request: a prompt to go on from.
#[derive(Clone, PartialEq)]
pub struct Generation {
    /// The tokens to go on from, at least one.
    pub prompt: Vec<u32>,
    /// Most tokens of the answer; fewer where the model or the engine has less room.
    pub max_tokens: u32,
    /// How tokens are chosen.
    pub sampling: Sampling,
    /// Texts that end the answer, and are no part of it.
    pub stop: Vec<String>,
    /// What the answer is held to.
    pub constraint: Option<Constraint>,
    /// Whether the answer's tokens are given with their probabilities, and with how many of the most likely others.
    pub top_logprobs: Option<u8>,
}

impl Generation {
    /// The most likely answer of at most `max_tokens` tokens.
    pub fn new(prompt: Vec<u32>, max_tokens: u32) -> Self {
        let sampling = Sampling::default();
        Self { prompt, max_tokens, sampling, stop: Vec::new(), constraint: None, top_logprobs: None }
    }
}

/// A prompt is a user's text, which no log may have.
impl fmt::Debug for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { prompt, max_tokens, sampling, .. } = self;
        f.debug_struct("Generation")
            .field("prompt", &format_args!("{} tokens", prompt.len()))
            .field("max_tokens", max_tokens)
            .field("sampling", sampling)
            .finish_non_exhaustive()
    }
}

/// A token of an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenLog {
    /// The token.
    pub id: u32,
    /// Its natural-log probability, in nats, as the model gives it: before anything of [`Sampling`] or [`Constraint`].
    pub logprob: f32,
    /// The most likely tokens in its place with theirs, the most likely first.
    pub top: Vec<(u32, f32)>,
}

/// What a request gives.
#[derive(Debug)]
pub enum Event {
    /// A part of the answer.
    Piece {
        /// Whole characters; may be empty where tokens have no text.
        text: String,
        /// The tokens that begin in it, where [`Generation::top_logprobs`] asks for them.
        tokens: Vec<TokenLog>,
    },
    /// Always the last.
    End {
        /// Why the answer ends.
        reason: Reason,
        /// What it took.
        usage: Usage,
    },
}

/// Why an answer ends.
#[derive(Debug)]
pub enum Reason {
    /// The model ended it, a stop was found, or its schema or pattern is complete.
    Stop,
    /// It has as many tokens as were asked for or as there is room for. A schema may not be complete.
    Length,
    /// It was cancelled, or the engine was dropped.
    Cancelled,
    /// It could not be begun, or not be gone on with.
    Failed(LlamaError),
}

/// Tokens of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Tokens of the prompt.
    pub prompt_tokens: u32,
    /// Those of them whose keys and values were there already.
    pub cached_tokens: u32,
    /// Tokens that were written, with the one that ended the answer.
    pub completion_tokens: u32,
}

/// Takes what a request gives, on the engine's thread: it must not block. False cancels the request, and nothing more comes.
pub type Sink = Box<dyn FnMut(Event) -> bool + Send>;

/// Cancels a request, also while it waits. Dropping it does nothing.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// The request ends before its next token.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What a request gives, as it comes; the last is [`Event::End`]. Dropping it cancels the request.
#[derive(Debug)]
pub struct Run {
    events: mpsc::Receiver<Event>,
    cancel: Cancel,
    ended: bool,
}

impl Run {
    /// Cancels the request, from any thread.
    pub fn cancel(&self) -> Cancel {
        self.cancel.clone()
    }

    /// Waits for the whole answer.
    pub fn finish(self) -> (String, Reason, Usage) {
        let mut answer = String::new();
        for event in self {
            match event {
                Event::Piece { text, .. } => answer.push_str(&text),
                Event::End { reason, usage } => return (answer, reason, usage),
            }
        }
        (answer, Reason::Failed(LlamaError::Stopped), Usage::default())
    }
}

impl Iterator for Run {
    type Item = Event;

    fn next(&mut self) -> Option<Event> {
        if self.ended {
            return None;
        }
        let gone = |_| Event::End { reason: Reason::Failed(LlamaError::Stopped), usage: Usage::default() };
        let event = self.events.recv().unwrap_or_else(gone);
        self.ended = matches!(event, Event::End { .. });
        Some(event)
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.cancel.cancel();
    }
}

/// Runs a model for many requests at once, on a thread of its own.
///
/// Dropping it cancels what runs or waits.
pub struct Engine {
    llama: Arc<Llama>,
    /// Nothing once it is being dropped.
    jobs: Option<mpsc::Sender<Box<Job>>>,
    thread: Option<JoinHandle<()>>,
}

impl Engine {
    /// Makes room and starts the thread.
    ///
    /// # Errors
    /// [`LlamaError::Room`] for no room, for less in a batch than slots, or for more sequences than llama.cpp has;
    /// [`LlamaError::Context`] where there is no memory for it; [`LlamaError::Thread`].
    pub fn start(llama: Arc<Llama>, settings: EngineSettings) -> Result<Self, LlamaError> {
        let (jobs, receiver) = mpsc::channel();
        let (started, is_started) = mpsc::channel();
        let model = Arc::clone(&llama);
        let run = move || match Worker::new(&model, settings) {
            Ok(worker) => {
                // The other end waits for it.
                let _ = started.send(Ok(()));
                worker.run(&receiver);
            }
            Err(error) => {
                let _ = started.send(Err(error));
            }
        };
        let thread = std::thread::Builder::new().name("llama".into()).spawn(run).map_err(LlamaError::Thread)?;
        is_started.recv().unwrap_or(Err(LlamaError::Stopped))?;
        Ok(Self { llama, jobs: Some(jobs), thread: Some(thread) })
    }

    /// The model.
    pub fn llama(&self) -> &Arc<Llama> {
        &self.llama
    }

    /// Asks for an answer. What is wrong with the request comes as its end.
    pub fn submit(&self, generation: Generation) -> Run {
        let (sender, events) = mpsc::channel();
        let cancel = self.submit_with(generation, Box::new(move |event| sender.send(event).is_ok()));
        Run { events, cancel, ended: false }
    }

    /// Asks for an answer that goes to a function. What is wrong with the request comes as its end, on this thread or the
    /// engine's.
    pub fn submit_with(&self, generation: Generation, mut sink: Sink) -> Cancel {
        let cancel = Cancel::default();
        let prompt_tokens = u32::try_from(generation.prompt.len()).unwrap_or(u32::MAX);
        let usage = Usage { prompt_tokens, ..Usage::default() };
        // A schema is compiled here, so that the requests that run don't wait for it.
        let constraint = generation.constraint.map(|constraint| self.matcher(constraint)).transpose();
        let checked = self.known(&generation.prompt).and(constraint);
        let constraint = match checked {
            Ok(constraint) => constraint,
            Err(error) => {
                sink(Event::End { reason: Reason::Failed(error), usage });
                return cancel;
            }
        };
        let Generation { prompt, max_tokens, sampling, stop, top_logprobs, .. } = generation;
        let sampler = Sampler::new(&sampling, self.llama.vocabulary(), constraint, top_logprobs);
        let task = Task::Write { most: max_tokens, sampler: Box::new(sampler), pieces: Pieces::new(&stop), sink };
        self.send(Job::new(prompt, task, cancel.clone()));
        cancel
    }

    /// The natural-log probability of each token of each continuation, given the prompt and those before it, in nats. Waits
    /// for its turn among the other requests; the prompt is run once.
    ///
    /// # Errors
    /// [`LlamaError::Empty`] for no prompt, [`LlamaError::Token`] for a token beyond the vocabulary, [`LlamaError::Long`]
    /// where there is no room for the prompt with a continuation, [`LlamaError::Stopped`]; those of llama.cpp.
    pub fn score(&self, prompt: &[u32], continuations: &[Vec<u32>]) -> Result<Vec<Vec<f32>>, LlamaError> {
        self.known(prompt)?;
        continuations.iter().filter(|tokens| !tokens.is_empty()).try_for_each(|tokens| self.known(tokens))?;
        let cancel = Cancel::default();
        let scores: Vec<_> = continuations
            .iter()
            .map(|continuation| {
                let (sender, scores) = mpsc::channel();
                let run = [prompt, &continuation[..continuation.len().saturating_sub(1)]].concat();
                let task = Task::Score { of: continuation.clone(), scores: Vec::new(), sender };
                self.send(Job::new(run, task, cancel.clone()));
                scores
            })
            .collect();
        let scores = scores.iter().map(|scores| scores.recv().unwrap_or(Err(LlamaError::Stopped))).collect();
        cancel.cancel();
        scores
    }

    fn send(&self, job: Job) {
        // Where the thread is gone, so is what waits for its end: it hears of that.
        if let Some(Err(mpsc::SendError(job))) = self.jobs.as_ref().map(|jobs| jobs.send(Box::new(job))) {
            job.end(Reason::Failed(LlamaError::Stopped));
        }
    }

    /// Whether there is a token, and all are in the vocabulary.
    fn known(&self, tokens: &[u32]) -> Result<(), LlamaError> {
        let vocabulary = self.llama.vocabulary();
        match tokens.iter().find(|&&token| token as usize >= vocabulary) {
            Some(&token) => Err(LlamaError::Token { token, vocabulary }),
            None if tokens.is_empty() => Err(LlamaError::Empty),
            None => Ok(()),
        }
    }

    fn matcher(&self, constraint: Constraint) -> Result<Matcher, LlamaError> {
        let grammar = match constraint {
            Constraint::Schema(schema) => TopLevelGrammar::from_json_schema(compact(schema)),
            Constraint::Regex(pattern) => TopLevelGrammar::from_regex(&pattern),
        };
        let matcher = Matcher::new(self.llama.parsers()?.create_parser(grammar));
        match matcher.get_error() {
            Some(reason) => Err(LlamaError::Constraint { reason }),
            None => Ok(matcher),
        }
    }
}

/// Puts JSON on one line: small models, free to write blanks, may write nothing else until the end.
fn compact(mut schema: Value) -> Value {
    if schema == Value::Bool(true) {
        schema = json!({});
    }
    if let Value::Object(schema) = &mut schema {
        let layout = json!({ "whitespace_flexible": false, "item_separator": ", ", "key_separator": ": " });
        schema.entry("x-guidance").or_insert(layout);
    }
    schema
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // It has told whoever waits, also where it panicked.
            let _ = thread.join();
        }
    }
}
