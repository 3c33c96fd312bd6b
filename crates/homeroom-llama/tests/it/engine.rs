//! The engine, with SmolLM2-135M: what is shared, what ends, and what comes out.

use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use homeroom_llama::{
    Constraint, Engine, EngineSettings, Event, Generation, Llama, LlamaError, Reason, Sampling, TokenLog, Usage,
};
use serde_json::json;

use crate::smollm;

fn start(llama: &Arc<Llama>, settings: EngineSettings) -> Engine {
    Engine::start(Arc::clone(llama), settings).unwrap()
}

const SETTINGS: EngineSettings = EngineSettings { positions: 2048, slots: 4, batch: 256 };

/// About 300 tokens that every prompt begins with.
fn rubric() -> String {
    "You mark essays. Give a band from 1 to 5 for content, language and structure, with a reason for each. ".repeat(14)
}

fn prompt(llama: &Llama, essay: &str) -> Vec<u32> {
    llama.tokens(&format!("{}\nEssay: {essay}\nThe essay is about", rubric()))
}

/// An answer that was not cut off by an error.
#[track_caller]
fn answer(engine: &Engine, generation: Generation) -> (String, Usage) {
    let (text, reason, usage) = engine.submit(generation).finish();
    assert!(matches!(reason, Reason::Stop | Reason::Length), "{reason:?}");
    (text, usage)
}

const ESSAYS: [&str; 8] = [
    "My dog is brown.",
    "I like tea.",
    "We went to the sea.",
    "Music helps me.",
    "School is long.",
    "The moon is far.",
    "Snow fell today.",
    "Trains are fast.",
];

#[test]
fn a_prefix_is_run_once() {
    let Some(llama) = smollm() else { return };
    let engine = start(&llama, EngineSettings { slots: 8, ..SETTINGS });
    let prompts = ESSAYS.map(|essay| prompt(&llama, essay));
    let shared = prompts[1..].iter().fold(prompts[0].len(), |shared, prompt| {
        shared.min(prompt.iter().zip(&prompts[0]).take_while(|(a, b)| a == b).count())
    });
    assert!(shared > 250);
    // All at once: one runs it, the others take it.
    let runs = prompts.clone().map(|prompt| engine.submit(Generation::new(prompt, 8)));
    let first: Vec<_> = runs.into_iter().map(|run| run.finish()).collect();
    let cached: Vec<usize> = first.iter().map(|(_, _, usage)| usage.cached_tokens as usize).collect();
    assert_eq!((cached[0], cached[1..].iter().all(|&n| n >= shared)), (0, true), "{cached:?} of {shared}");
    // Later ones find their whole prompt, of which the last token is run again.
    for prompt in prompts {
        let n = prompt.len() - 1;
        assert_eq!(answer(&engine, Generation::new(prompt, 2)).1.cached_tokens as usize, n);
    }
}

#[test]
fn a_cache_does_not_change_answers() {
    let Some(llama) = smollm() else { return };
    let shared = start(&llama, SETTINGS);
    let mut worst = 0.0_f32;
    for essay in &ESSAYS[..4] {
        let generation = Generation { top_logprobs: Some(2), ..Generation::new(prompt(&llama, essay), 12) };
        let alone = logs(&start(&llama, SETTINGS), generation.clone());
        let together = logs(&shared, generation);
        for (alone, together) in alone.iter().zip(&together) {
            // Batches of other sizes round otherwise. Where two tokens are as likely, either may come; what follows differs.
            if alone.id != together.id {
                assert!(alone.top[0].1 - alone.top[1].1 < ROUNDING, "{alone:?} {together:?}");
                break;
            }
            worst = worst.max((alone.logprob - together.logprob).abs());
        }
    }
    println!("log-probabilities differ by {worst} at most");
    assert!(worst < ROUNDING, "{worst}");
}

/// Largest difference that batches of other sizes make to a log-probability of plain English, and to that of any text, in
/// nats; and their mean. Measured by the tests here: 0.15, 0.49 and 0.04.
const ROUNDING: f32 = 0.25;
const ROUNDING_OF_ANY: f32 = 0.8;
const MEAN_ROUNDING: f32 = 0.08;

fn logs(engine: &Engine, generation: Generation) -> Vec<TokenLog> {
    let pieces = engine.submit(generation).filter_map(|event| match event {
        Event::Piece { tokens, .. } => Some(tokens),
        Event::End { .. } => None,
    });
    pieces.flatten().collect()
}

#[test]
fn more_requests_than_slots() {
    let Some(llama) = smollm() else { return };
    // With room for two of them at a time, and none for what is kept.
    for positions in [2048, 700] {
        let engine = start(&llama, EngineSettings { positions, ..SETTINGS });
        let runs: Vec<_> = (0..12).map(|n| engine.submit(Generation::new(prompt(&llama, ESSAYS[n % 8]), 10))).collect();
        let answers: Vec<_> = runs.into_iter().map(|run| run.finish()).collect();
        assert_eq!(answers.len(), 12);
        for (n, (text, reason, usage)) in answers.iter().enumerate() {
            assert!(matches!(reason, Reason::Stop | Reason::Length), "{n}: {reason:?}");
            assert!(!text.is_empty() && usage.completion_tokens <= 10, "{n}: {text:?}");
        }
    }
}

#[test]
fn prompts_with_nothing_in_common() {
    let Some(llama) = smollm() else { return };
    let engine = start(&llama, EngineSettings { positions: 256, slots: 2, batch: 64 });
    for round in 0..3 {
        let runs: Vec<_> = (1..20_u32).map(|n| engine.submit(Generation::new(vec![n * 100 + round; 60], 20))).collect();
        for run in runs {
            let (_, reason, usage) = run.finish();
            assert!(matches!(reason, Reason::Stop | Reason::Length), "{reason:?}");
            assert_eq!(usage.prompt_tokens, 60);
        }
    }
}

#[test]
fn cancelled_requests_make_way() {
    let Some(llama) = smollm() else { return };
    let engine = start(&llama, EngineSettings { slots: 1, ..SETTINGS });
    let endless = || Generation { stop: Vec::new(), ..Generation::new(llama.tokens("One, two, three,"), 1500) };
    // By dropping it, after its first token.
    let mut run = engine.submit(endless());
    assert!(matches!(run.next(), Some(Event::Piece { .. })));
    let waiting = engine.submit(endless());
    drop(run);
    // By its handle, once it runs; another one waits.
    let cancel = waiting.cancel();
    let queued = engine.submit(endless());
    let queued_cancel = queued.cancel();
    queued_cancel.cancel();
    assert!(matches!(queued.finish(), (text, Reason::Cancelled, _) if text.is_empty()));
    cancel.cancel();
    assert!(matches!(waiting.finish(), (_, Reason::Cancelled, usage) if usage.completion_tokens < 1500));
    // By its sink, which hears nothing more.
    let (sender, receiver) = mpsc::channel();
    engine.submit_with(
        endless(),
        Box::new(move |event| {
            sender.send(matches!(event, Event::Piece { .. })).unwrap();
            false
        }),
    );
    assert_eq!(receiver.iter().collect::<Vec<_>>(), [true]);
    // A sink that panics is its own request's end alone.
    engine.submit_with(endless(), Box::new(|_| panic!("as the test wants")));
    let (text, usage) = answer(&engine, Generation::new(llama.tokens("One, two, three,"), 5));
    assert!(!text.is_empty() && usage.completion_tokens == 5);
    // By dropping the engine.
    let run = engine.submit(endless());
    drop(engine);
    assert!(matches!(run.finish().1, Reason::Cancelled));
}

#[test]
fn what_is_refused() {
    let Some(llama) = smollm() else { return };
    let engine = start(&llama, EngineSettings { positions: 64, slots: 2, batch: 16 });
    let reason = |generation: Generation| match engine.submit(generation).finish() {
        (text, Reason::Failed(error), _) if text.is_empty() => error,
        other => panic!("{other:?}"),
    };
    assert!(matches!(reason(Generation::new(vec![5; 64], 4)), LlamaError::Long { length: 65, limit: 64 }));
    assert!(matches!(reason(Generation::new(Vec::new(), 4)), LlamaError::Empty));
    assert!(matches!(reason(Generation::new(vec![1, 49152], 4)), LlamaError::Token { token: 49152, .. }));
    let held = |constraint| Generation { constraint: Some(constraint), ..Generation::new(vec![5], 4) };
    assert!(matches!(reason(held(Constraint::Regex("(".into()))), LlamaError::Constraint { .. }));
    assert!(matches!(reason(held(Constraint::Schema(json!({"type": "nonsense"})))), LlamaError::Constraint { .. }));
    assert!(matches!(reason(held(Constraint::Schema(json!(false)))), LlamaError::Constraint { .. }));
    // As much as there is room for.
    let (_, reason, usage) = engine.submit(Generation::new(vec![5; 60], 100)).finish();
    assert!(matches!(reason, Reason::Length | Reason::Stop) && usage.completion_tokens <= 4);
    assert!(
        matches!(engine.submit(Generation::new(vec![5; 4], 0)).finish(), (_, Reason::Length, usage) if usage.completion_tokens == 0)
    );
    for settings in [
        EngineSettings { positions: 0, slots: 1, batch: 16 },
        EngineSettings { positions: 64, slots: 0, batch: 16 },
        EngineSettings { positions: 64, slots: 17, batch: 16 },
        EngineSettings { positions: 64, slots: 400, batch: 400 },
        EngineSettings { positions: u32::MAX, slots: 1, batch: 16 },
    ] {
        assert!(matches!(Engine::start(Arc::clone(&llama), settings), Err(LlamaError::Room { .. })), "{settings:?}");
    }
}

#[test]
fn seeds() {
    let Some(llama) = smollm() else { return };
    let write = |seed| {
        let sampling =
            Sampling { temperature: 1.2, top_p: 0.95, top_k: Some(50), min_p: 0.02, repeat_penalty: 1.1, seed };
        let engine = start(&llama, SETTINGS);
        answer(&engine, Generation { sampling, ..Generation::new(llama.tokens("Once upon a time"), 24) }).0
    };
    assert_eq!(write(1), write(1));
    assert_ne!(write(1), write(2));
}

#[test]
fn stops_and_whole_characters() {
    let Some(llama) = smollm() else { return };
    let engine = start(&llama, SETTINGS);
    let counting = Generation::new(llama.tokens("1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,"), 24);
    let (whole, _) = answer(&engine, counting.clone());
    let (text, reason, usage) = engine.submit(Generation { stop: vec!["5, 1".into()], ..counting }).finish();
    assert!(matches!(reason, Reason::Stop) && usage.completion_tokens < 24, "{text:?}");
    assert!(whole.starts_with(&text) && !text.contains("5, 1") && text.ends_with(" 1"), "{text:?} of {whole:?}");
    // Letters of three or four bytes are several tokens here.
    let constraint = Some(Constraint::Regex("[环境😀]{6}".into()));
    for event in engine.submit(Generation { constraint, ..Generation::new(llama.tokens("环境 环境"), 60) }) {
        match event {
            Event::Piece { text, .. } => assert!(text.chars().all(|c| "环境😀".contains(c)), "{text:?}"),
            Event::End { reason, .. } => assert!(matches!(reason, Reason::Stop), "{reason:?}"),
        }
    }
}

#[test]
fn scores_are_those_of_a_context() {
    let Some(llama) = smollm() else { return };
    let engine = start(&llama, EngineSettings { batch: 64, ..SETTINGS });
    let prompt = llama.tokens("Once upon a time, in a small town by the sea, there lived a boy who had a dog.");
    let continuations: Vec<Vec<u32>> =
        ["His name", " The dog was old.", "", " Every morning they walked along the beach together"]
            .map(|text| llama.tokens(text))
            .into_iter()
            .chain([vec![7; 100]])
            .collect();
    let wanted: Vec<Vec<f32>> = continuations
        .iter()
        .map(|tokens| llama.log_probabilities(&[prompt.as_slice(), tokens].concat()).unwrap().split_off(prompt.len()))
        .collect();
    for _ in 0..2 {
        let found = engine.score(&prompt, &continuations).unwrap();
        assert!(found.iter().zip(&wanted).all(|(found, wanted)| found.len() == wanted.len()));
        let pairs = || found.iter().flatten().zip(wanted.iter().flatten());
        let worst = pairs().map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        let mean = pairs().map(|(a, b)| (a - b).abs()).sum::<f32>() / pairs().count() as f32;
        println!("{worst} at most, {mean} on average");
        assert!(worst < ROUNDING_OF_ANY && mean < MEAN_ROUNDING, "{worst}, {mean}");
    }
    assert!(engine.score(&prompt, &[]).unwrap().is_empty());
    assert!(matches!(engine.score(&[], &continuations), Err(LlamaError::Empty)));
    assert!(matches!(engine.score(&prompt, &[vec![1; 2048]]), Err(LlamaError::Long { .. })));
}

#[test]
fn requests_from_many_threads() {
    let Some(llama) = smollm() else { return };
    let engine = start(&llama, SETTINGS);
    let (sender, ends) = mpsc::channel();
    std::thread::scope(|scope| {
        for (n, essay) in ESSAYS.iter().enumerate() {
            let (engine, llama, sender) = (&engine, &llama, sender.clone());
            scope.spawn(move || {
                let mut run = engine.submit(Generation::new(prompt(llama, essay), 20));
                // Every other one walks away.
                if n % 2 == 0 {
                    let _ = run.next();
                } else {
                    sender.send(run.finish().2).unwrap();
                }
            });
        }
    });
    for _ in 0..4 {
        assert!(ends.recv_timeout(Duration::from_secs(60)).unwrap().completion_tokens > 0);
    }
}
