//! Chinese words inside English: where they are, and a program that speaks them.

use std::io::{ErrorKind, Read, Write};
use std::process::{Command, Stdio};

use homeroom_core::{Hz, Span, Waveform};

use crate::VoiceError;

/// Marks and spaces that may stand between Chinese characters without ending a run of them.
const BETWEEN: &str = "，。、；：！？…·“”‘’《》（）— ";

/// Says a text of another language.
pub trait OtherVoice: Send + Sync {
    /// The sound of `text`, at any rate. `speed`: 1 is the program's own pace.
    ///
    /// # Errors
    /// [`VoiceError::Program`] or [`VoiceError::ProgramFailed`] where it can't.
    fn say(&self, text: &str, speed: f32) -> Result<Waveform, VoiceError>;
}

/// A part of a sentence, in one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    English(Span),
    Chinese(Span),
}

/// The parts of `sentence`: runs of Chinese characters, and what is between them.
pub(crate) fn parts(text: &str, sentence: Span) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut english = sentence.start;
    let mut run: Option<Span> = None;
    for (i, c) in sentence.of(text).char_indices() {
        let at = Span::new(sentence.start + i, sentence.start + i + c.len_utf8());
        if is_han(c) {
            run = Some(run.map_or(at, |run| run.join(at)));
        } else if let Some(done) = run
            && !BETWEEN.contains(c)
        {
            push(text, english..done.start, done, &mut parts);
            english = done.end;
            run = None;
        }
    }
    if let Some(done) = run {
        push(text, english..done.start, done, &mut parts);
        english = done.end;
    }
    if english < sentence.end {
        parts.push(Part::English(Span::new(english, sentence.end)));
    }
    parts
}

fn push(text: &str, before: std::ops::Range<usize>, run: Span, parts: &mut Vec<Part>) {
    if !text[before.clone()].trim().is_empty() {
        parts.push(Part::English(Span::new(before.start, before.end)));
    }
    parts.push(Part::Chinese(run));
}

fn is_han(c: char) -> bool {
    matches!(u32::from(c), 0x3400..=0x4dbf | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x20000..=0x323af | 0x3005 | 0x3007)
}

/// The program espeak-ng, run for each text: it is not part of Homeroom, and is used where it is installed.
#[derive(Debug, Clone, Copy)]
pub struct Espeak {
    voice: &'static str,
}

impl Espeak {
    /// Its name.
    pub const PROGRAM: &'static str = "espeak-ng";
    /// Its pace in words a minute.
    const PACE: f32 = 175.0;
    /// Bytes of the header of the WAV file that it writes.
    const HEADER: usize = 44;

    /// Speaks Mandarin.
    #[must_use]
    pub fn mandarin() -> Espeak {
        Espeak { voice: "cmn" }
    }

    /// Speaks American English, to compare with.
    #[must_use]
    pub fn english() -> Espeak {
        Espeak { voice: "en-us" }
    }

    /// Whether the program is installed and runs.
    #[must_use]
    pub fn is_installed() -> bool {
        let status = Command::new(Self::PROGRAM).arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).status();
        status.is_ok_and(|s| s.success())
    }
}

impl OtherVoice for Espeak {
    fn say(&self, text: &str, speed: f32) -> Result<Waveform, VoiceError> {
        let program = Self::PROGRAM;
        let unrunnable = |source| VoiceError::Program { program, source };
        let pace = (Self::PACE * speed).round();
        // The text goes in by a pipe: it can be no option.
        let mut child = Command::new(program)
            .args(["-v", self.voice, "-s", &pace.to_string(), "-b", "1", "--stdin", "--stdout"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(unrunnable)?;
        if let Some(mut stdin) = child.stdin.take() {
            // It reads all before it writes, so the pipe can't block; one that ends early says so by its status.
            match stdin.write_all(text.as_bytes()) {
                Err(e) if e.kind() != ErrorKind::BrokenPipe => return Err(unrunnable(e)),
                _ => {}
            }
        }
        let mut bytes = Vec::new();
        if let Some(mut stdout) = child.stdout.take() {
            stdout.read_to_end(&mut bytes).map_err(unrunnable)?;
        }
        let status = child.wait().map_err(unrunnable)?;
        let failed = || VoiceError::ProgramFailed { program, status: status.code() };
        if !status.success() || bytes.len() < Self::HEADER || !bytes.starts_with(b"RIFF") {
            return Err(failed());
        }
        // It writes to a pipe before it knows the length, so the header's lengths mean nothing: 16 bits, one channel.
        let rate = u32::from_le_bytes(bytes[24..28].try_into().map_err(|_| failed())?);
        let samples = bytes[Self::HEADER..]
            .chunks_exact(2)
            .map(|b| f32::from(i16::from_le_bytes([b[0], b[1]])) / f32::from(i16::MAX))
            .collect();
        Ok(Waveform { samples, rate: Hz(rate) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(bool, &str)]) {
        let found: Vec<(bool, &str)> = parts(text, Span::new(0, text.len()))
            .into_iter()
            .map(|part| match part {
                Part::English(span) => (false, span.of(text)),
                Part::Chinese(span) => (true, span.of(text)),
            })
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn chinese_runs_are_found() {
        check(
            "We eat 饺子 at 春节.",
            &[(false, "We eat "), (true, "饺子"), (false, " at "), (true, "春节"), (false, ".")],
        );
        check("你好，世界", &[(true, "你好，世界")]);
        check("No Chinese.", &[(false, "No Chinese.")]);
        check("他说 OK 了", &[(true, "他说"), (false, " OK "), (true, "了")]);
        check("", &[]);
    }
}
