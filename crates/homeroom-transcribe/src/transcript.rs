//! What was said, and how it is written to a file.

use std::fmt::Write as _;

use homeroom_core::{Language, Seconds};
use serde::{Deserialize, Serialize};

/// A word and when it was said.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// With its punctuation; in Chinese one character.
    pub text: String,
    /// Whether a space stands before it.
    pub spaced: bool,
    /// From the start of the recording. Good to a few tenths of a second.
    pub start: Seconds,
    /// From the start of the recording.
    pub end: Seconds,
    /// Probability after the words before it.
    pub probability: f32,
}

/// What was said between two pauses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// From the start of the recording.
    pub start: Seconds,
    /// From the start of the recording.
    pub end: Seconds,
    /// The language it is in.
    pub language: Language,
    /// Probability of that language among those that were asked for.
    pub language_probability: f32,
    /// Probability that nobody speaks, as the recogniser has it.
    pub no_speech: f32,
    /// Mean log-probability of a token, in nats.
    pub mean_log_probability: f32,
    /// Whether the recogniser was cut off, because it repeated itself or gave more than can be said in that time.
    pub cut_off: bool,
    /// The words, joined.
    pub text: String,
    /// The words in order.
    pub words: Vec<Word>,
}

/// A whole recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Transcript {
    /// Length of the recording.
    pub duration: Seconds,
    /// What was said, in order. Nothing where nobody speaks.
    pub segments: Vec<Segment>,
}

/// A caption stands at most so long, in seconds, and holds at most so many columns (two lines of 42; a Chinese character takes
/// two columns). The limits of the usual style guides for subtitles.
const CAPTION_SECONDS: f64 = 7.0;
const CAPTION_COLUMNS: usize = 84;
/// From so many columns on, a caption ends at the end of a sentence.
const CAPTION_ENOUGH: usize = 30;

impl Transcript {
    /// The text, a line for each segment.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.segments.iter().fold(String::new(), |mut text, segment| {
            text.push_str(&segment.text);
            text.push('\n');
            text
        })
    }

    /// SubRip captions.
    #[must_use]
    pub fn to_srt(&self) -> String {
        let mut out = String::new();
        for (i, caption) in self.captions().iter().enumerate() {
            let (start, end) = (stamp(caption.start, ','), stamp(caption.end, ','));
            let _ = write!(out, "{}\n{start} --> {end}\n{}\n\n", i + 1, caption.text);
        }
        out
    }

    /// WebVTT captions.
    ///
    /// # Source
    /// <https://www.w3.org/TR/webvtt1/>: `&` and `<` are escaped, so that nothing that was said becomes markup.
    #[must_use]
    pub fn to_vtt(&self) -> String {
        let mut out = "WEBVTT\n\n".to_owned();
        for caption in self.captions() {
            let text = caption.text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
            let _ = write!(out, "{} --> {}\n{text}\n\n", stamp(caption.start, '.'), stamp(caption.end, '.'));
        }
        out
    }

    fn captions(&self) -> Vec<Caption> {
        self.segments.iter().flat_map(captions).collect()
    }
}

struct Caption {
    start: Seconds,
    end: Seconds,
    text: String,
}

fn captions(segment: &Segment) -> Vec<Caption> {
    let mut out: Vec<Caption> = Vec::new();
    let mut open = false;
    for word in &segment.words {
        if let Some(last) = out.last_mut().filter(|_| open) {
            let long = columns(&last.text) + columns(&word.text) + 1 > CAPTION_COLUMNS;
            if !long && word.end.0 - last.start.0 <= CAPTION_SECONDS {
                if word.spaced {
                    last.text.push(' ');
                }
                last.text.push_str(&word.text);
                last.end = word.end;
                open = !(ends_sentence(&word.text) && columns(&last.text) >= CAPTION_ENOUGH);
                continue;
            }
        }
        out.push(Caption { start: word.start, end: word.end, text: word.text.clone() });
        open = true;
    }
    // A caption stands for as long as its segment lasts around its words.
    if let Some(first) = out.first_mut() {
        first.start = segment.start;
    }
    if let Some(last) = out.last_mut() {
        last.end = Seconds(segment.end.0.max(last.end.0));
    }
    out
}

fn ends_sentence(word: &str) -> bool {
    word.ends_with(['.', '?', '!', '。', '？', '！'])
}

fn columns(text: &str) -> usize {
    text.chars().map(|c| if c >= '\u{2E80}' { 2 } else { 1 }).sum()
}

/// `00:01:02,345`
fn stamp(time: Seconds, point: char) -> String {
    let milliseconds = (time.0.max(0.0) * 1_000.0).round() as u64;
    let (seconds, rest) = (milliseconds / 1_000, milliseconds % 1_000);
    format!("{:02}:{:02}:{:02}{point}{rest:03}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}
