//! Blocks of sound to segments.

use homeroom_core::Language;
use homeroom_transcribe::{Abilities, Listener, Segment};

use crate::fakes::{Counting, Loud, sound};

fn listen(samples: &[f32], block: usize) -> Vec<Segment> {
    let recogniser = Counting::default();
    let languages = vec![Language::ENGLISH, Language::CHINESE];
    let abilities = Abilities::new(&Loud, &recogniser, languages).unwrap();
    let mut listener = Listener::new(&abilities);
    let mut segments = Vec::new();
    for block in samples.chunks(block) {
        segments.extend(listener.push(block).unwrap());
    }
    segments.extend(listener.finish().unwrap());
    segments
}

/// Start, end and language of each segment.
#[track_caller]
fn check(parts: &[(f64, f32)], wanted: &[(f64, f64, &str)]) {
    let samples = sound(parts);
    let segments = listen(&samples, 320);
    let found: Vec<(f64, f64, &str)> = segments.iter().map(|s| (s.start.0, s.end.0, s.language.tag())).collect();
    assert_eq!(found.len(), wanted.len(), "{found:?}");
    for (found, wanted) in found.iter().zip(wanted) {
        // To within a frame.
        let near = |a: f64, b: f64| (a - b).abs() <= 0.04;
        assert!(near(found.0, wanted.0) && near(found.1, wanted.1) && found.2 == wanted.2, "{found:?} {wanted:?}");
    }
    assert_eq!(segments, listen(&samples, samples.len().max(1)), "the size of the blocks does not matter");
}

#[test]
fn segments_of_a_recording() {
    check(&[], &[]);
    check(&[(5.0, 0.0)], &[]);
    check(&[(1.0, 0.0), (2.0, 0.5), (2.0, 0.0)], &[(0.75, 3.25, "en")]);
    // Each segment has its own language.
    check(&[(1.0, 0.0), (2.0, 0.5), (2.0, 0.0), (1.0, 0.95), (1.0, 0.0)], &[(0.75, 3.25, "en"), (4.75, 6.25, "zh")]);
    // A short pause is inside a segment, a knock is none.
    check(&[(1.0, 0.0), (1.0, 0.5), (0.4, 0.0), (1.0, 0.5), (2.0, 0.0)], &[(0.75, 3.65, "en")]);
    check(&[(1.0, 0.0), (0.1, 0.5), (2.0, 0.0)], &[]);
    // What is open at the end is heard too.
    check(&[(1.0, 0.0), (2.0, 0.5)], &[(0.75, 3.0, "en")]);
}

#[test]
fn what_the_recogniser_does_not_believe_is_left_out() {
    assert!(listen(&sound(&[(1.0, 0.0), (3.0, 0.15), (1.0, 0.0)]), 320).is_empty());
}

#[test]
fn traditional_characters_become_simplified() {
    let segments = listen(&sound(&[(1.0, 0.0), (2.0, 0.95), (1.0, 0.0)]), 320);
    assert_eq!(segments[0].text, "学学学学学");
    assert!(segments[0].words.iter().all(|w| w.text == "学"));
}

#[test]
fn long_speech_is_cut() {
    let segments = listen(&sound(&[(100.0, 0.5), (1.0, 0.0)]), 320);
    assert!(segments.len() >= 4);
    assert!(segments.iter().all(|s| s.end.0 - s.start.0 <= 28.1), "{segments:?}");
    for pair in segments.windows(2) {
        assert!((pair[0].end.0 - pair[1].start.0).abs() < 1e-9, "nothing is lost between two parts");
    }
}

#[test]
fn times_are_from_the_start_of_the_recording() {
    let segments = listen(&sound(&[(4.0, 0.0), (2.0, 0.5), (2.0, 0.0)]), 320);
    assert!(segments[0].words.iter().all(|w| w.start.0 >= segments[0].start.0 && w.end.0 <= segments[0].end.0));
    assert!(segments[0].words[0].start.0 > 3.5);
}
