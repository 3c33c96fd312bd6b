//! How a transcript is written to files.

use homeroom_core::{Language, Seconds};
use homeroom_transcribe::{Segment, Transcript, Word};

fn transcript(texts: &[(&str, f64, f64)]) -> Transcript {
    let segment = |(text, start, end): &(&str, f64, f64)| {
        let words: Vec<&str> = text.split(' ').collect();
        let step = (end - start) / words.len() as f64;
        let word = |(i, text): (usize, &&str)| Word {
            text: (*text).to_owned(),
            spaced: true,
            start: Seconds(start + step * i as f64),
            end: Seconds(start + step * (i + 1) as f64),
            probability: 0.9,
        };
        Segment {
            start: Seconds(*start),
            end: Seconds(*end),
            language: Language::ENGLISH,
            language_probability: 1.0,
            no_speech: 0.0,
            mean_log_probability: -0.2,
            cut_off: false,
            text: (*text).to_owned(),
            words: words.iter().enumerate().map(word).collect(),
        }
    };
    Transcript { duration: Seconds(4_000.0), segments: texts.iter().map(segment).collect() }
}

#[test]
fn formats() {
    let transcript = transcript(&[
        ("Hello, is 1 < 2 & 3?", 0.5, 2.25),
        (
            "This is a long sentence that goes on and on, so that it does not fit into one caption of two lines, and has to be cut.",
            3_661.0,
            3_673.5,
        ),
    ]);
    insta::assert_snapshot!("text", transcript.to_text());
    insta::assert_snapshot!("srt", transcript.to_srt());
    insta::assert_snapshot!("vtt", transcript.to_vtt());
}

#[test]
fn nothing_said() {
    let empty = transcript(&[]);
    assert_eq!(
        (empty.to_text(), empty.to_srt(), empty.to_vtt()),
        (String::new(), String::new(), "WEBVTT\n\n".to_owned())
    );
}
