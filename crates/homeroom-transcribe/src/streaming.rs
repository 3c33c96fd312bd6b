//! What has been said so far, while a person speaks.

use std::time::Duration;

use homeroom_core::Seconds;

use crate::listener::{Ear, seconds};
use crate::{Abilities, Segment, Stretch, TranscribeError, Word};

/// How much work partial results may cost.
pub struct Budget {
    /// Share of one core's time that may be spent, with what complete segments cost.
    pub share: f64,
    /// Time spent by this process or thread so far; only differences count. Given by the caller, since a library reads no
    /// clock.
    pub spent: Box<dyn Fn() -> Duration + Send>,
    /// Least time from one partial result to the next, in seconds of sound.
    pub interval: f64,
}

impl Budget {
    /// Half of a core, a partial result each half second at most.
    #[must_use]
    pub fn new(spent: Box<dyn Fn() -> Duration + Send>) -> Budget {
        Budget { share: 0.5, spent, interval: 0.5 }
    }
}

/// After a silence, work may be done at once that would have taken so much of the budget, in seconds of work.
const SAVED: f64 = 0.5;

/// What has been said of a segment that goes on.
#[derive(Debug, Clone, PartialEq)]
pub struct Partial {
    /// The segment so far.
    pub segment: Segment,
    /// So many of its first words were the same the time before: they will hardly change.
    ///
    /// # Source
    /// Local agreement of two, Macháček et al. 2023.
    pub stable: usize,
}

/// News from a person who speaks.
#[derive(Debug, Clone, PartialEq)]
pub enum Update {
    /// The segment that is open, so far. Replaces the partial result before it.
    Partial(Partial),
    /// A segment that has ended. Replaces the partial result before it.
    Final(Segment),
    /// The stretch that gave the last partial result turned out to be no speech.
    Nothing,
}

/// Listens to somebody as they speak.
///
/// The sound of the open segment is decoded again and again, at a rate that keeps the work within the budget.
pub struct Streaming<'a> {
    abilities: &'a Abilities<'a>,
    ear: Ear<'a>,
    budget: Budget,
    /// Seconds of work that may be done now; negative after a costly one.
    credit: f64,
    /// What the last decoding cost, in seconds of work per decoding.
    cost: f64,
    /// Samples at which the last partial result was made.
    last: usize,
    shown: Option<Vec<Word>>,
}

impl<'a> Streaming<'a> {
    /// Before the first sample.
    #[must_use]
    pub fn new(abilities: &'a Abilities<'a>, budget: Budget) -> Streaming<'a> {
        Streaming { abilities, ear: Ear::new(abilities), budget, credit: SAVED, cost: 0.0, last: 0, shown: None }
    }

    /// Takes the next block of sound, at [`crate::RATE`]; 20 ms is usual.
    ///
    /// # Errors
    /// [`TranscribeError::Ability`].
    pub fn push(&mut self, samples: &[f32]) -> Result<Vec<Update>, TranscribeError> {
        let before = (self.budget.spent)();
        self.credit = (self.credit + self.budget.share * seconds(samples.len()).0).min(SAVED.max(self.cost));
        let ended = self.ear.push(samples)?;
        let mut updates = Vec::new();
        for (stretch, sound) in ended {
            updates.extend(self.end(stretch, &sound)?);
        }
        let now = self.ear.heard();
        let due = seconds(now - self.last).0 >= self.budget.interval && self.credit >= self.cost;
        if let Some(start) = self.ear.segmenter.open().filter(|_| due) {
            let sound = self.ear.sound(Stretch { start, end: now });
            let work = (self.budget.spent)();
            if let Some(segment) = self.abilities.hear(&sound, start)? {
                let shown = self.shown.take().unwrap_or_default();
                let stable = shown.iter().zip(&segment.words).take_while(|(a, b)| a.text == b.text).count();
                self.shown = Some(segment.words.clone());
                updates.push(Update::Partial(Partial { segment, stable }));
            }
            self.cost = (self.budget.spent)().saturating_sub(work).as_secs_f64();
            self.last = now;
        }
        self.credit -= (self.budget.spent)().saturating_sub(before).as_secs_f64();
        Ok(updates)
    }

    /// Ends the recording.
    ///
    /// # Errors
    /// [`TranscribeError::Ability`].
    pub fn finish(&mut self) -> Result<Vec<Update>, TranscribeError> {
        match self.ear.finish() {
            Some((stretch, sound)) => Ok(self.end(stretch, &sound)?.into_iter().collect()),
            None => Ok(self.shown.take().map(|_| Update::Nothing).into_iter().collect()),
        }
    }

    /// How much has come in.
    #[must_use]
    pub fn heard(&self) -> Seconds {
        seconds(self.ear.heard())
    }

    fn end(&mut self, stretch: Stretch, sound: &[f32]) -> Result<Option<Update>, TranscribeError> {
        let shown = self.shown.take();
        self.last = self.ear.heard();
        Ok(match self.abilities.hear(sound, stretch.start)? {
            Some(segment) => Some(Update::Final(segment)),
            None => shown.map(|_| Update::Nothing),
        })
    }
}
