//! `homeroom say`: text to speech.

use std::fs::{self, File};
use std::io::{self, BufWriter, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail};
use homeroom_audio::WavFile;
use homeroom_core::{Hz, Seconds, Span};
use homeroom_voice::{Accent, Espeak, PhoneTime, PieceKind, Speaker, WordTime};
use serde::Serialize;

use super::{models, print, print_json};
use crate::voice;

/// Characters that are spoken at once: about eleven hours. More is a mistake.
const LONGEST_TEXT: usize = 500_000;

/// Programs that play raw sound from a pipe, the first that is there is taken.
const PIPE_PLAYERS: [(&str, &[&str]); 2] = [
    ("paplay", &["--raw", "--format=s16le", "--channels=1"]),
    ("aplay", &["-q", "-t", "raw", "-f", "S16_LE", "-c", "1"]),
];

/// macOS's player, which takes a file.
const FILE_PLAYER: &str = "afplay";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// What to say; `-` reads it from standard input
    #[arg(required_unless_present = "voices", allow_hyphen_values = true)]
    text: Option<String>,
    /// Which voice
    #[arg(long, value_name = "NAME")]
    voice: Option<String>,
    /// Pace: 0.5 is half as fast, 2 twice as fast
    #[arg(long, value_name = "S", default_value_t = 1.0)]
    speed: f32,
    /// Write the sound to this WAV file instead of playing it
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Print when each word and phone is said, as JSON
    #[arg(long)]
    json: bool,
    /// Pronunciation, where it is not to be that of the voice
    #[arg(long, value_name = "LANG", value_parser = ["en-us", "en-gb"], ignore_case = true)]
    lang: Option<String>,
    /// List the voices
    #[arg(long, conflicts_with = "text")]
    voices: bool,
}

/// What `--json` prints; times are in whole milliseconds.
#[derive(Serialize)]
struct Times<'a> {
    voice: &'a str,
    accent: &'static str,
    speed: f32,
    rate: u32,
    duration: Seconds,
    file: Option<&'a Path>,
    words: Vec<WordTime>,
    skipped: Vec<Skipped<'a>>,
}

/// A part of the text that was not spoken.
#[derive(Serialize)]
struct Skipped<'a> {
    text: &'a str,
    span: Span,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let folder = models::store()?.folder(voice::MODEL)?;
    if args.voices {
        return list(&folder);
    }
    let text = text(args.text.as_deref().unwrap_or_default())?;
    let info = voice::find(&folder, args.voice.as_deref())?;
    let accent = match args.lang.as_deref().map(str::to_ascii_lowercase).as_deref() {
        Some("en-gb") => Accent::British,
        Some(_) => Accent::American,
        None => info.accent,
    };
    let speaker = voice::load(&folder, &info, accent)?;

    let mut sink = Sink::open(args.out.as_deref(), speaker.rate())?;
    let said = match speak(&speaker, &text, args.speed, &mut sink) {
        // The player gave up (no sound card, say): the sound goes to a file instead.
        Err(error) if sink.is_player() && is_broken_pipe(&error) => {
            sink = Sink::file(&free_name()?, speaker.rate())?;
            speak(&speaker, &text, args.speed, &mut sink)?
        }
        said => said?,
    };
    if said.duration.0 == 0.0 {
        if said.skipped.is_empty() {
            bail!("there is nothing in the text that can be said: no letters and no digits");
        }
        bail!("the text is Chinese, which the program {} would say; it is not installed", Espeak::PROGRAM);
    }
    let file = match sink.finish()? {
        Finished::Played => None,
        Finished::Written(path) => Some(path),
        Finished::PlayerFailed => {
            let path = free_name()?;
            let mut sink = Sink::file(&path, speaker.rate())?;
            speak(&speaker, &text, args.speed, &mut sink)?;
            sink.finish()?;
            Some(path)
        }
    };

    if !said.skipped.is_empty() {
        eprintln!(
            "homeroom: {} skipped: the program {} says Chinese, and is not installed",
            count(said.skipped.len(), "Chinese passage was", "Chinese passages were"),
            Espeak::PROGRAM
        );
    }
    if args.json {
        print_json(&Times {
            voice: &info.name,
            accent: accent_name(accent),
            speed: args.speed,
            rate: speaker.rate().0,
            duration: milliseconds(said.duration),
            file: file.as_deref(),
            words: said.words.into_iter().map(rounded).collect(),
            skipped: said.skipped.iter().map(|span| Skipped { text: span.of(&text), span: *span }).collect(),
        })?;
    } else if let Some(file) = file {
        print(&format!("{} ({:.1} s)\n", file.display(), said.duration.0))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// To whole milliseconds, which is finer than a voice's own frames: sums of them end in 0.30000000000000004 otherwise.
fn milliseconds(time: Seconds) -> Seconds {
    Seconds((time.0 * 1000.0).round() / 1000.0)
}

fn rounded(word: WordTime) -> WordTime {
    let phone = |p: PhoneTime| PhoneTime { start: milliseconds(p.start), end: milliseconds(p.end), ..p };
    WordTime {
        start: milliseconds(word.start),
        end: milliseconds(word.end),
        phones: word.phones.into_iter().map(phone).collect(),
        ..word
    }
}

fn list(folder: &Path) -> Result<ExitCode> {
    let voices = homeroom_voice::Voices::read(folder)?;
    let mut lines = String::new();
    for voice in voices.iter() {
        let here = if voice.here { "" } else { "  (not pulled)" };
        lines += &format!("{:8} {}  {}{here}\n", voice.name, accent_name(voice.accent), voice.gender);
    }
    print(&lines)?;
    Ok(ExitCode::SUCCESS)
}

/// The text to say.
fn text(argument: &str) -> Result<String> {
    let text = if argument == "-" {
        let mut bytes = Vec::new();
        // No text that is taken is longer than this in UTF-8.
        io::stdin().lock().take(4 * LONGEST_TEXT as u64 + 4).read_to_end(&mut bytes).context("read standard input")?;
        String::from_utf8_lossy(&bytes).into_owned()
    } else {
        argument.to_owned()
    };
    if text.trim().is_empty() {
        bail!("there is nothing to say: the text is empty");
    }
    let n = text.chars().count();
    if n > LONGEST_TEXT {
        bail!("the text has more than {LONGEST_TEXT} characters: say it in parts");
    }
    Ok(text)
}

/// What was said.
struct Said {
    duration: Seconds,
    words: Vec<WordTime>,
    skipped: Vec<Span>,
}

/// Says `text` piece by piece into `sink`, each as soon as it is ready.
fn speak(speaker: &Speaker, text: &str, speed: f32, sink: &mut Sink) -> Result<Said> {
    let mut samples = 0;
    let mut words = Vec::new();
    let mut skipped = Vec::new();
    for piece in speaker.stream(text, speed)? {
        let piece = piece?;
        sink.push(&piece.sound.samples)?;
        samples += piece.sound.samples.len();
        words.extend(piece.words);
        if piece.kind == PieceKind::Skipped {
            skipped.push(piece.span);
            let show = !span_is_silent(text, piece.span) && io::stderr().is_terminal();
            if show {
                // The caption of what can't be heard, where a person sits.
                eprintln!("[{}]", piece.span.of(text));
            }
        }
    }
    let duration = Seconds(samples as f64 / f64::from(speaker.rate().0));
    Ok(Said { duration, words, skipped })
}

fn span_is_silent(text: &str, span: Span) -> bool {
    span.of(text).trim().is_empty()
}

/// Where the sound goes.
enum Sink {
    /// A file, written beside its place and moved there at the end.
    File { path: PathBuf, unfinished: tempfile::TempPath, wav: WavFile<BufWriter<File>> },
    /// A player that reads a pipe.
    Pipe(Child),
    /// A player that reads a file.
    Player { unfinished: tempfile::TempPath, wav: WavFile<BufWriter<File>> },
}

enum Finished {
    Written(PathBuf),
    Played,
    PlayerFailed,
}

impl Sink {
    fn open(out: Option<&Path>, rate: Hz) -> Result<Sink> {
        if let Some(path) = out {
            return Sink::file(path, rate);
        }
        for (program, options) in PIPE_PLAYERS {
            let rate = match program {
                "paplay" => vec![format!("--rate={}", rate.0)],
                _ => vec!["-r".to_owned(), rate.0.to_string()],
            };
            let child = Command::new(program)
                .args(options)
                .args(rate)
                .stdin(Stdio::piped())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn();
            if let Ok(child) = child {
                return Ok(Sink::Pipe(child));
            }
        }
        if Command::new(FILE_PLAYER).arg("-h").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok() {
            let (file, unfinished) = tempfile::Builder::new().suffix(".wav").tempfile()?.into_parts();
            return Ok(Sink::Player { unfinished, wav: WavFile::new(rate, BufWriter::new(file))? });
        }
        Sink::file(&free_name()?, rate)
    }

    fn file(path: &Path, rate: Hz) -> Result<Sink> {
        let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let unfinished = tempfile::Builder::new().prefix(".say-").suffix(".part").tempfile_in(parent);
        let unfinished = unfinished.with_context(|| format!("write {}", path.display()))?;
        // Readable as any other file of the user's; the temporary file is private.
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            unfinished.as_file().set_permissions(fs::Permissions::from_mode(0o644)).context("write the sound")?;
        }
        let (file, unfinished) = unfinished.into_parts();
        let wav = WavFile::new(rate, BufWriter::new(file))?;
        Ok(Sink::File { path: path.to_owned(), unfinished, wav })
    }

    fn is_player(&self) -> bool {
        matches!(self, Sink::Pipe(_))
    }

    fn push(&mut self, samples: &[f32]) -> Result<()> {
        match self {
            Sink::File { path, wav, .. } => {
                wav.push(samples).with_context(|| format!("write {}", path.display()))?;
            }
            Sink::Player { wav, .. } => wav.push(samples).context("write the sound")?,
            Sink::Pipe(child) => {
                let bytes: Vec<u8> = samples
                    .iter()
                    .flat_map(|s| ((s.clamp(-1.0, 1.0) * f32::from(i16::MAX)).round() as i16).to_le_bytes())
                    .collect();
                if let Some(stdin) = &mut child.stdin {
                    stdin.write_all(&bytes).context("play")?;
                }
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<Finished> {
        match self {
            Sink::File { path, unfinished, wav } => {
                let done = || format!("write {}", path.display());
                wav.finish().with_context(done)?;
                unfinished.persist(&path).with_context(done)?;
                Ok(Finished::Written(path))
            }
            Sink::Player { unfinished, wav } => {
                wav.finish()?;
                let status = Command::new(FILE_PLAYER).arg(&unfinished).stdin(Stdio::null()).status();
                Ok(if status.is_ok_and(|s| s.success()) { Finished::Played } else { Finished::PlayerFailed })
            }
            Sink::Pipe(mut child) => {
                drop(child.stdin.take());
                let status = child.wait();
                Ok(if status.is_ok_and(|s| s.success()) { Finished::Played } else { Finished::PlayerFailed })
            }
        }
    }
}

/// A name in the current folder that nothing has yet.
fn free_name() -> Result<PathBuf> {
    let names = std::iter::once("speech.wav".to_owned()).chain((2..1000).map(|i| format!("speech-{i}.wav")));
    names
        .map(PathBuf::from)
        .find(|p| !p.exists())
        .context("name the sound file: speech.wav to speech-999.wav are there")
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|e| e.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe))
}

fn accent_name(accent: Accent) -> &'static str {
    match accent {
        Accent::American => "en-US",
        Accent::British => "en-GB",
    }
}

fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}
