//! The engine's thread: what runs, what waits, and what is kept.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, TryRecvError};

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::llama_batch::LlamaBatch;

use crate::cells::{Cells, Held, common};
use crate::engine::{Cancel, EngineSettings, Event, Reason, Sink, Usage};
use crate::model::{MOST_SEQUENCES, ROWS, id};
use crate::pieces::{Part, Pieces};
use crate::probability::log_sum_exp;
use crate::sampler::Sampler;
use crate::{Llama, LlamaError, Settings};

/// Prompts of ended requests that are kept. llama.cpp only has a bit for each in a cell.
const KEPT: u32 = 32;

/// How many more tokens a request must have in common with a prompt that is being run than with what is there already, to
/// wait for them. Fewer are as quick to run again as to wait a step for: with models of 0.1 to 1.5 billion numbers on two
/// threads a step of one to four answers takes as long as 3 to 20 tokens of a prompt.
const WORTH_WAITING: usize = 32;

/// What is asked of the model.
pub(crate) enum Task {
    /// To go on from the prompt.
    Write { most: u32, sampler: Box<Sampler>, pieces: Pieces, sink: Sink },
    /// To score tokens, of which the last but one ends what is run.
    Score { of: Vec<u32>, scores: Vec<f32>, sender: Sender<Result<Vec<f32>, LlamaError>> },
}

/// A request.
pub(crate) struct Job {
    /// What must be run before the first token is written, or all that is scored.
    run: Vec<u32>,
    task: Task,
    cancel: Cancel,
    usage: Usage,
    /// Whether whoever asked wants to hear more.
    wanted: bool,
}

impl Job {
    pub(crate) fn new(run: Vec<u32>, task: Task, cancel: Cancel) -> Self {
        let prompt_tokens = u32::try_from(run.len()).unwrap_or(u32::MAX);
        Self { run, task, cancel, usage: Usage { prompt_tokens, ..Usage::default() }, wanted: true }
    }

    /// Tells the end of it.
    pub(crate) fn end(self, reason: Reason) {
        let usage = self.usage;
        match self.task {
            Task::Write { mut pieces, mut sink, .. } => {
                let rest = pieces.finish();
                if self.wanted && give_part(&mut sink, rest) {
                    give(&mut sink, Event::End { reason, usage });
                }
            }
            Task::Score { scores, sender, .. } => {
                let scores = match reason {
                    Reason::Stop | Reason::Length => Ok(scores),
                    Reason::Failed(error) => Err(error),
                    Reason::Cancelled => Err(LlamaError::Stopped),
                };
                // Whoever asked may be gone.
                let _ = sender.send(scores);
            }
        }
    }

    /// From which token of `run` on the model's answer is looked at.
    fn first_row(&self) -> usize {
        match &self.task {
            Task::Write { .. } => self.run.len() - 1,
            Task::Score { of, .. } => self.run.len() - of.len().max(1),
        }
    }

    /// How many tokens are run at most, given room for `limit`.
    fn most(&self, limit: usize) -> usize {
        let written = if let Task::Write { most, .. } = self.task { most as usize } else { 0 };
        self.run.len().saturating_add(written).min(limit)
    }
}

/// Gives an event to whoever asked; false where no more are wanted. What panics there wants no more.
fn give(sink: &mut Sink, event: Event) -> bool {
    catch_unwind(AssertUnwindSafe(|| sink(event))).unwrap_or(false)
}

/// Gives a part of an answer, if there is something in it.
fn give_part(sink: &mut Sink, Part { text, tokens, .. }: Part) -> bool {
    (text.is_empty() && tokens.is_empty()) || give(sink, Event::Piece { text, tokens })
}

/// A request that runs.
struct Slot {
    job: Job,
    sequence: i32,
    held: Held,
    /// The token that was chosen and not run yet.
    next: Option<u32>,
    /// How many tokens it may hold.
    most: usize,
}

/// What is left of a request that has ended.
struct Kept {
    sequence: i32,
    held: Held,
}

/// Where the beginning of a prompt is there already.
#[derive(Clone, Copy)]
enum Source {
    Slot(usize),
    Kept(usize),
}

pub(crate) struct Worker<'a> {
    llama: &'a Llama,
    context: LlamaContext<'a>,
    batch: LlamaBatch<'static>,
    settings: EngineSettings,
    cells: Cells,
    n_sequences: i32,
    /// Sequences that nothing is in.
    sequences: Vec<i32>,
    waiting: VecDeque<Job>,
    slots: Vec<Slot>,
    /// The one that was of use last comes last.
    kept: Vec<Kept>,
}

impl<'a> Worker<'a> {
    pub(crate) fn new(llama: &'a Llama, settings: EngineSettings) -> Result<Self, LlamaError> {
        let EngineSettings { positions, slots, batch } = settings;
        // Where a state can't be cut back, one that was kept is seldom of use, and each takes memory.
        let kept = if llama.can_cut() { KEPT.min(MOST_SEQUENCES.saturating_sub(slots)) } else { 1 };
        let sequences = slots.saturating_add(kept);
        if slots == 0 || batch < slots {
            return Err(LlamaError::Room { positions, sequences, batch });
        }
        let context = llama.room(Settings { positions, sequences, batch })?;
        Ok(Self {
            llama,
            context,
            batch: LlamaBatch::new(batch as usize, 1),
            settings,
            cells: Cells::new(positions as usize),
            n_sequences: sequences.cast_signed(),
            sequences: (0..sequences.cast_signed()).rev().collect(),
            waiting: VecDeque::new(),
            slots: Vec::new(),
            kept: Vec::new(),
        })
    }

    /// Runs what comes until no more can come; then what is not done is cancelled.
    pub(crate) fn run(mut self, jobs: &Receiver<Box<Job>>) {
        loop {
            if self.slots.is_empty() && self.waiting.is_empty() {
                let Ok(job) = jobs.recv() else { return };
                self.take(*job);
            }
            loop {
                match jobs.try_recv() {
                    Ok(job) => self.take(*job),
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => {
                        let slots = self.slots.drain(..).map(|slot| slot.job);
                        slots.chain(self.waiting.drain(..)).for_each(|job| job.end(Reason::Cancelled));
                        return;
                    }
                }
            }
            self.cancel();
            self.admit();
            if let Err(error) = self.step() {
                self.fail(&error);
            }
        }
    }

    /// How many tokens a request can have.
    fn limit(&self) -> usize {
        self.settings.positions.min(self.llama.positions()) as usize
    }

    fn take(&mut self, job: Job) {
        let limit = self.limit();
        // An answer needs room for a token.
        let (length, nothing) = match &job.task {
            Task::Write { most, .. } => (job.run.len() + 1, *most == 0),
            Task::Score { of, .. } => (job.run.len(), of.is_empty()),
        };
        if length > limit {
            job.end(Reason::Failed(LlamaError::Long { length, limit }));
        } else if nothing {
            job.end(Reason::Length);
        } else {
            self.waiting.push_back(job);
        }
    }

    /// Ends what was cancelled.
    fn cancel(&mut self) {
        for job in std::mem::take(&mut self.waiting) {
            if job.cancel.is_cancelled() { job.end(Reason::Cancelled) } else { self.waiting.push_back(job) }
        }
        for slot in (0..self.slots.len()).rev() {
            if self.slots[slot].job.cancel.is_cancelled() {
                self.end(slot, Reason::Cancelled);
            }
        }
    }

    /// Lets requests that wait run, in their order, as long as there are slots and room.
    fn admit(&mut self) {
        // Those that wait for a prompt that is being run keep their slot.
        let mut place = 0;
        while self.slots.len() + place < self.settings.slots as usize && place < self.waiting.len() {
            let job = &self.waiting[place];
            let source = self.source(job);
            let there = source.map_or(0, |(_, n)| n);
            if self.coming(job) >= there + WORTH_WAITING {
                place += 1;
                continue;
            }
            if !self.has_room(job.most(self.limit()), source) {
                break;
            }
            let Some(job) = self.waiting.remove(place) else { break };
            self.start(job, source);
        }
    }

    /// How much of a request's prompt may be taken from elsewhere.
    fn useful(&self, job: &Job, held: &Held) -> usize {
        let n = held.common(&job.run).min(job.first_row());
        if self.llama.can_cut() || n == held.tokens().len() { n } else { 0 }
    }

    /// Where most of a request's prompt is there already, and how many tokens.
    fn source(&self, job: &Job) -> Option<(Source, usize)> {
        let slots = self.slots.iter().enumerate().map(|(n, slot)| (Source::Slot(n), self.useful(job, &slot.held)));
        let kept = self.kept.iter().enumerate().map(|(n, kept)| (Source::Kept(n), self.useful(job, &kept.held)));
        slots.chain(kept).filter(|(_, n)| *n > 0).max_by_key(|(_, n)| *n)
    }

    /// How much of a request's prompt will be there once the prompts that are being run are.
    fn coming(&self, job: &Job) -> usize {
        if !self.llama.can_cut() {
            return 0;
        }
        let running = self.slots.iter().filter(|slot| slot.held.tokens().len() < slot.job.run.len());
        running.map(|slot| common(&slot.job.run, &job.run).min(job.first_row())).max().unwrap_or(0)
    }

    /// Whether a request of at most `most` tokens has room beside those that run, if what is kept makes way.
    fn has_room(&self, most: usize, source: Option<(Source, usize)>) -> bool {
        let freed = self.cells.freed(self.kept.iter().map(|kept| &kept.held));
        // What the request shares with others needs no room, but stays.
        let (shared, stays) = source.map_or((0, 0), |(source, n)| (n, freed.among(self.held(source), n)));
        self.cells.free() + freed.n() - stays >= self.promised() + most - shared
    }

    /// How many tokens the requests that run may hold yet.
    fn promised(&self) -> usize {
        self.slots.iter().map(|slot| slot.most - slot.held.tokens().len()).sum()
    }

    fn held(&self, source: Source) -> &Held {
        match source {
            Source::Slot(n) => &self.slots[n].held,
            Source::Kept(n) => &self.kept[n].held,
        }
    }

    /// Lets a request run that has room.
    fn start(&mut self, mut job: Job, source: Option<(Source, usize)>) {
        let most = job.most(self.limit());
        let sequence = self.sequences.pop().expect("invariant: there are sequences for all slots and all that is kept");
        let mut held = Held::default();
        if let Some((source, n)) = source {
            let from = match source {
                Source::Slot(n) => self.slots[n].sequence,
                Source::Kept(n) => self.kept[n].sequence,
            };
            let to = (n < self.held(source).tokens().len()).then(|| u32::try_from(n).unwrap_or(u32::MAX));
            if let Err(error) = self.context.kv_cache_seq_cp(from, sequence, None, to) {
                self.sequences.push(sequence);
                job.end(Reason::Failed(error.into()));
                return;
            }
            let shared = match source {
                Source::Slot(from) => &self.slots[from].held,
                Source::Kept(from) => &self.kept[from].held,
            };
            held = self.cells.share(shared, n);
            job.usage.cached_tokens = u32::try_from(n).unwrap_or(u32::MAX);
            if let Source::Kept(n) = source {
                let kept = self.kept.remove(n);
                self.kept.push(kept);
            }
        }
        self.slots.push(Slot { job, sequence, held, next: None, most });
        while self.cells.free() < self.promised() && !self.kept.is_empty() {
            self.forget(0);
        }
    }

    /// Frees what is kept of an ended request.
    fn forget(&mut self, n: usize) {
        let Kept { sequence, held } = self.kept.remove(n);
        self.free(sequence, held);
    }

    fn free(&mut self, sequence: i32, held: Held) {
        self.cells.release(held);
        // Removing a whole sequence can't fail; only a part of one can.
        let _ = self.context.kv_cache_seq_rm(sequence, None, None);
        self.sequences.push(sequence);
    }

    /// Ends a request, and keeps what was run of it.
    fn end(&mut self, slot: usize, reason: Reason) {
        let Slot { job, sequence, held, .. } = self.slots.remove(slot);
        job.end(reason);
        let n = held.tokens().len();
        if n == 0 {
            self.free(sequence, held);
            return;
        }
        if let Some(within) = self.kept.iter().position(|kept| kept.held.common(held.tokens()) == n) {
            self.free(sequence, held);
            let kept = self.kept.remove(within);
            self.kept.push(kept);
            return;
        }
        // Where a beginning can be cut from a sequence, those that it begins with are of no more use.
        if self.llama.can_cut() {
            for n in (0..self.kept.len()).rev() {
                let kept = &self.kept[n].held;
                if kept.common(held.tokens()) == kept.tokens().len() {
                    self.forget(n);
                }
            }
        }
        self.kept.push(Kept { sequence, held });
        while self.sequences.len() + self.slots.len() < self.settings.slots as usize {
            self.forget(0);
        }
    }

    /// Runs a batch: a token of each answer, and of prompts what fits.
    fn step(&mut self) -> Result<(), LlamaError> {
        self.batch.clear();
        // Which rows are looked at, and whose they are.
        let mut rows: Vec<(usize, i32)> = Vec::new();
        for (n, slot) in self.slots.iter_mut().enumerate() {
            if let Some(token) = slot.next.take() {
                rows.push((n, self.batch.n_tokens()));
                self.batch.add(id(token), place(&slot.held), &[slot.sequence], true)?;
                let pushed = self.cells.push(&mut slot.held, token);
                debug_assert!(pushed, "room was promised");
            }
        }
        let mut scored = 0;
        for (n, slot) in self.slots.iter_mut().enumerate() {
            let first = slot.job.first_row();
            for at in slot.held.tokens().len()..slot.job.run.len() {
                let looked_at = at >= first;
                if self.batch.n_tokens().cast_unsigned() >= self.settings.batch || (looked_at && scored >= ROWS) {
                    break;
                }
                if looked_at {
                    scored += 1;
                    rows.push((n, self.batch.n_tokens()));
                }
                let token = slot.job.run[at];
                self.batch.add(id(token), place(&slot.held), &[slot.sequence], looked_at)?;
                let pushed = self.cells.push(&mut slot.held, token);
                debug_assert!(pushed, "room was promised");
            }
        }
        if self.batch.n_tokens() == 0 {
            return Ok(());
        }
        self.context.decode(&mut self.batch)?;
        let mut ended: Vec<(usize, Reason)> = Vec::new();
        for (n, row) in rows {
            let logits = self.context.get_logits_ith(row);
            if let Some(reason) = self.slots[n].read(logits, self.llama) {
                ended.push((n, reason));
            }
        }
        ended.sort_by_key(|(n, _)| *n);
        for (n, reason) in ended.into_iter().rev() {
            self.end(n, reason);
        }
        Ok(())
    }

    /// Ends all that runs after llama.cpp could not run a batch: what it holds then is not known.
    fn fail(&mut self, error: &LlamaError) {
        for slot in self.slots.drain(..) {
            slot.job.end(Reason::Failed(error.again()));
        }
        self.kept.clear();
        self.context.clear_kv_cache();
        self.cells = Cells::new(self.settings.positions as usize);
        self.sequences = (0..self.n_sequences).rev().collect();
    }
}

impl Slot {
    /// Takes what the model says of the next token; why the request ends with it, if it does.
    fn read(&mut self, logits: &[f32], llama: &Llama) -> Option<Reason> {
        let written = &mut self.job.usage.completion_tokens;
        match &mut self.job.task {
            Task::Score { of, scores, .. } => {
                scores.push(logits[of[scores.len()] as usize] - log_sum_exp(logits));
                (scores.len() == of.len()).then_some(Reason::Stop)
            }
            Task::Write { sampler, pieces, sink, .. } => {
                let choice = match sampler.choose(logits) {
                    Ok(choice) => choice,
                    Err(error) => return Some(Reason::Failed(error)),
                };
                *written += 1;
                if llama.is_end(choice.token) {
                    return Some(Reason::Stop);
                }
                let part = pieces.push(&llama.bytes(choice.token), choice.log);
                let stopped = part.stopped || choice.complete;
                if !give_part(sink, part) {
                    self.job.wanted = false;
                    return Some(Reason::Cancelled);
                }
                if stopped {
                    return Some(Reason::Stop);
                }
                if self.job.run.len() + *written as usize >= self.most {
                    return Some(Reason::Length);
                }
                self.next = Some(choice.token);
                None
            }
        }
    }
}

/// Where the next token of a sequence stands.
fn place(held: &Held) -> i32 {
    i32::try_from(held.tokens().len()).expect("invariant: there are fewer positions than llama.cpp can count")
}
