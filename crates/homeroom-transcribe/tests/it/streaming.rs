//! Partial results and what they cost.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use homeroom_core::ability::{AbilityError, Heard, Transcribe};
use homeroom_core::{Language, Seconds, Waveform};
use homeroom_transcribe::{Abilities, Budget, Streaming, Update};

use crate::fakes::{Counting, Loud, sound};

/// A recogniser each of whose calls costs so many milliseconds on a clock that the test keeps.
struct Costly {
    inner: Counting,
    clock: Arc<AtomicU64>,
    cost: u64,
}

impl Transcribe for Costly {
    fn longest(&self) -> Seconds {
        self.inner.longest()
    }

    fn transcribe(&self, sound: &Waveform, languages: &[Language]) -> Result<Heard, AbilityError> {
        self.clock.fetch_add(self.cost, Ordering::Relaxed);
        self.inner.transcribe(sound, languages)
    }
}

/// The updates of a recording, and the seconds of work that it took.
fn stream(samples: &[f32], cost: u64) -> (Vec<Update>, f64) {
    let clock = Arc::new(AtomicU64::new(0));
    let recogniser = Costly { inner: Counting { calls: AtomicUsize::new(0) }, clock: Arc::clone(&clock), cost };
    let abilities = Abilities::new(&Loud, &recogniser, vec![Language::ENGLISH]).unwrap();
    let reading = Arc::clone(&clock);
    let budget = Budget::new(Box::new(move || Duration::from_millis(reading.load(Ordering::Relaxed))));
    let mut streaming = Streaming::new(&abilities, budget);
    let mut updates = Vec::new();
    for block in samples.chunks(320) {
        updates.extend(streaming.push(block).unwrap());
    }
    updates.extend(streaming.finish().unwrap());
    (updates, clock.load(Ordering::Relaxed) as f64 / 1_000.0)
}

#[test]
fn partial_results_come_before_the_segment() {
    let (updates, _) = stream(&sound(&[(1.0, 0.0), (4.0, 0.5), (2.0, 0.0)]), 50);
    let partial = updates.iter().filter(|u| matches!(u, Update::Partial(_))).count();
    assert!((5..=10).contains(&partial), "{partial} partial results");
    assert!(matches!(updates.last(), Some(Update::Final(segment)) if segment.text.starts_with("word0 word1")));
    // Words that were the same twice are told to be stable.
    let Some(Update::Partial(last)) = updates.iter().rev().find(|u| matches!(u, Update::Partial(_))) else {
        panic!("no partial result")
    };
    assert!(last.stable > 0 && last.stable <= last.segment.words.len());
}

#[track_caller]
fn check_work(cost: u64) {
    let mut parts = Vec::new();
    for _ in 0..10 {
        parts.extend([(6.0, 0.5), (1.0, 0.0)]);
    }
    let samples = sound(&parts);
    let (updates, work) = stream(&samples, cost);
    let length = samples.len() as f64 / 16_000.0;
    assert!(work <= 0.5 * length + 1.5, "{work} s of work for {length} s of sound, {cost} ms a decoding");
    assert_eq!(updates.iter().filter(|u| matches!(u, Update::Final(_))).count(), 10);
}

#[test]
fn the_work_stays_in_the_budget() {
    check_work(20);
    check_work(300);
    check_work(900);
}

#[test]
fn silence_costs_nothing() {
    let (updates, work) = stream(&sound(&[(60.0, 0.0)]), 300);
    assert!(updates.is_empty());
    assert!(work == 0.0);
}

#[test]
fn what_turns_out_to_be_no_speech_is_taken_back() {
    let (updates, _) = stream(&sound(&[(1.0, 0.0), (3.0, 0.15), (1.0, 0.0)]), 50);
    assert!(updates.iter().all(|u| !matches!(u, Update::Final(_))), "{updates:?}");
}
