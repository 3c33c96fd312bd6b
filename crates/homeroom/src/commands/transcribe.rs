//! `homeroom transcribe`: recordings to text.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use homeroom_audio::{Resampler, SoundFile};
use homeroom_core::{Language, Seconds};
use homeroom_transcribe::{Abilities, Listener, RATE, Transcript};
use serde::Serialize;

use super::print;
use crate::ear;
use crate::files::write_whole;
use crate::progress::Progress;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Recordings: .wav .flac .mp3 .ogg .m4a
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The language that is spoken; `auto` decides for each segment between English and Chinese
    #[arg(long, value_name = "LANG", value_parser = ["en", "zh", "auto"], default_value = "auto")]
    lang: String,
    /// Print JSON: segments with times, language, words and their probabilities
    #[arg(long, group = "format")]
    json: bool,
    /// Print SubRip captions
    #[arg(long, group = "format")]
    srt: bool,
    /// Print WebVTT captions
    #[arg(long, group = "format")]
    vtt: bool,
    /// Write to this file; to this folder where there are several recordings, each under its own name
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
}

/// A recording and what was said in it.
#[derive(Serialize)]
struct Written<'a> {
    file: String,
    /// Whether the file ended too early or parts of it could not be decoded.
    damaged: bool,
    #[serde(flatten)]
    transcript: &'a Transcript,
}

/// What `--json` prints.
#[derive(Serialize)]
struct All<'a> {
    transcripts: Vec<Written<'a>>,
}

/// The languages that `--lang` lets choose from.
pub(super) fn languages(lang: &str) -> Vec<Language> {
    match lang {
        "en" => vec![Language::ENGLISH],
        "zh" => vec![Language::CHINESE],
        _ => vec![Language::ENGLISH, Language::CHINESE],
    }
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    if args.out.is_none() && args.files.len() > 1 && (args.srt || args.vtt) {
        bail!("captions of several recordings go to files of their own: name a folder with --out");
    }
    // What is no recording is told before a model is loaded.
    let mut files = Vec::new();
    for path in &args.files {
        match SoundFile::open(path) {
            Ok(file) => files.push((path, file)),
            Err(error) => eprintln!("homeroom: {}: {:#}", path.display(), anyhow::Error::from(error)),
        }
    }
    if files.is_empty() {
        bail!("no recording could be read");
    }
    let mut complete = files.len() == args.files.len();
    let ears = ear::load(0)?;
    let abilities = Abilities::new(&ears.vad, &ears.whisper, languages(&args.lang))?;
    let progress = Progress::new(false);
    let mut all = Vec::new();
    for (path, file) in files {
        match transcribe(file, &abilities, &progress, path) {
            Ok((transcript, damaged)) => {
                if damaged {
                    eprintln!(
                        "homeroom: {}: the file is damaged or ends too early; written down is what was left",
                        path.display()
                    );
                }
                all.push((path.as_path(), transcript, damaged));
            }
            Err(error) => {
                complete = false;
                eprintln!("homeroom: {}: {error:#}", path.display());
            }
        }
    }
    progress.finish();
    if all.is_empty() {
        bail!("no recording could be written down");
    }
    match &args.out {
        None => print(&format(args, &all)?)?,
        Some(out) if args.files.len() == 1 && !out.is_dir() => write(out, &format(args, &all)?)?,
        Some(folder) => {
            fs::create_dir_all(folder).with_context(|| format!("make the folder {}", folder.display()))?;
            for one in all.chunks(1) {
                let name = one[0].0.file_stem().unwrap_or(one[0].0.as_os_str());
                let mut name = name.to_owned();
                name.push(extension(args));
                write(&folder.join(name), &format(args, one)?)?;
            }
        }
    }
    Ok(if complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// What is said in `file`, and whether the file is damaged.
fn transcribe(
    mut file: SoundFile,
    abilities: &Abilities<'_>,
    progress: &Progress,
    path: &Path,
) -> Result<(Transcript, bool)> {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let length = file.stated_duration().map_or(0.0, |s| s.0.max(0.0));
    progress.start(&name, length.ceil() as usize);
    let mut shown = 0;
    let transcript = written(&mut file, abilities, |heard| {
        while shown < heard.0 as usize {
            shown += 1;
            progress.step();
        }
        Ok(())
    })?;
    Ok((transcript, file.is_damaged()))
}

/// Writes down what is said in a file; `told` hears how much of it was heard, and may break it off.
pub(super) fn written(
    file: &mut SoundFile,
    abilities: &Abilities<'_>,
    mut told: impl FnMut(Seconds) -> Result<()>,
) -> Result<Transcript> {
    let mut listener = Listener::new(abilities);
    let mut segments = Vec::new();
    let mut resampler: Option<Resampler> = None;
    for block in file {
        let block = block?;
        if resampler.as_ref().is_some_and(|r| r.from() != block.rate) {
            // A chained file changes its rate.
            let rest = resampler.take().map_or(Ok(Vec::new()), |mut r| r.finish())?;
            segments.extend(listener.push(&rest)?);
        }
        let resampler = match &mut resampler {
            Some(resampler) => resampler,
            None => resampler.insert(Resampler::new(block.rate, RATE)?),
        };
        segments.extend(listener.push(&resampler.push(&block.samples)?)?);
        told(listener.heard())?;
    }
    if let Some(mut resampler) = resampler {
        segments.extend(listener.push(&resampler.finish()?)?);
    }
    let duration: Seconds = listener.heard();
    segments.extend(listener.finish()?);
    Ok(Transcript { duration, segments })
}

fn extension(args: &Args) -> &'static str {
    match args {
        Args { json: true, .. } => ".json",
        Args { srt: true, .. } => ".srt",
        Args { vtt: true, .. } => ".vtt",
        _ => ".txt",
    }
}

fn format(args: &Args, all: &[(&Path, Transcript, bool)]) -> Result<String> {
    if args.json {
        let transcripts = all.iter().map(|(path, transcript, damaged)| Written {
            file: path.display().to_string(),
            damaged: *damaged,
            transcript,
        });
        let text = serde_json::to_string_pretty(&All { transcripts: transcripts.collect() }).context("write JSON")?;
        return Ok(text + "\n");
    }
    let several = all.len() > 1;
    let mut out = String::new();
    for (path, transcript, _) in all {
        let text = match extension(args) {
            ".srt" => transcript.to_srt(),
            ".vtt" => transcript.to_vtt(),
            _ => transcript.to_text(),
        };
        if several {
            out.push_str(&format!("{}\n{text}\n", path.display()));
        } else {
            out.push_str(&text);
        }
    }
    Ok(out)
}

fn write(path: &Path, text: &str) -> Result<()> {
    write_whole(path, text.as_bytes()).with_context(|| format!("write {}", path.display()))
}
