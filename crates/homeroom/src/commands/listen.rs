//! `homeroom listen`: how well a text was read aloud.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use homeroom_core::Language;
use homeroom_hearing::{Fault, Heads, Hearing, Outcome, Quality, ReadingReport, TextWord, Tip, Verdict, tips};
use homeroom_transcribe::{Abilities, Listener};
use serde::Serialize;
use serde_json::{Value, json};

use super::{print, print_json};
use crate::files::write_whole;
use crate::progress::Progress;
use crate::{ear, hear, listen_page};

/// Probability below which a word that the recogniser wrote is not scored.
const DOUBTFUL: f32 = 0.5;

/// Endings of recordings that are looked for in a folder.
const ENDINGS: [&str; 9] = ["wav", "flac", "mp3", "ogg", "m4a", "aac", "aiff", "mp4", "mka"];

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Recordings, or folders of them: .wav .flac .mp3 .ogg .m4a
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The text that was to be read, the same for all recordings
    #[arg(long, group = "what")]
    text: Option<String>,
    /// A file with that text
    #[arg(long, value_name = "FILE", group = "what")]
    text_file: Option<PathBuf>,
    /// A table with a text for each recording: columns `file` and `text`
    #[arg(long, value_name = "FILE", group = "what")]
    csv: Option<PathBuf>,
    /// No text: score against what was most likely said; doubtful words are left unscored
    #[arg(long, group = "what")]
    free: bool,
    /// Print JSON: every word and phone with its times and scores
    #[arg(long)]
    json: bool,
    /// Write a page with sound, pitch and coloured words; for several recordings, a folder of pages with a list
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write a table of all recordings and their scores
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// One recording's result.
#[derive(Serialize)]
struct Heard {
    file: String,
    text: String,
    #[serde(flatten)]
    outcome: Told,
    #[serde(skip)]
    path: PathBuf,
}

#[derive(Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
enum Told {
    Scored {
        #[serde(flatten)]
        reading: Box<ReadingReport>,
        /// For each word, what to do better.
        word_tips: Vec<Vec<Tip>>,
        tips: Vec<Tip>,
        warnings: Vec<Tip>,
    },
    Unscored {
        reason: Fault,
        english: &'static str,
        chinese: &'static str,
        quality: Quality,
    },
    Failed {
        error: String,
    },
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let files = recordings(&args.paths)?;
    let one_page = files.len() == 1 && !args.paths.iter().any(|path| path.is_dir());
    let texts = Texts::of(args)?;
    let ear = hear::ear(0)?;
    let heads = Heads::shipped()?;
    let hearing = Hearing::new(heads, &ear);
    let reader = hear::Reader::load()?;
    let recogniser = if args.free { Some(ear::load(0)?) } else { None };
    let progress = Progress::new(args.json || files.len() < 2);
    progress.start("recordings", files.len());
    let mut all = Vec::new();
    for path in files {
        let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let heard = one(&path, &name, &texts, &hearing, &reader, recogniser.as_ref());
        let (text, outcome) =
            heard.unwrap_or_else(|error| (String::new(), Told::Failed { error: format!("{error:#}") }));
        all.push(Heard { file: name, text, outcome, path });
        progress.step();
    }
    progress.finish();
    if let Some(path) = &args.html {
        if one_page {
            write_page(&all[0], path)?;
        } else {
            write_pages(&all, path)?;
        }
    }
    if let Some(path) = &args.out {
        write_whole(path, &table(&all)?).with_context(|| format!("write {}", path.display()))?;
    }
    if args.json {
        print_json(&all)?;
    } else {
        for heard in &all {
            print(&shown(heard))?;
        }
    }
    let failed = all.iter().any(|h| matches!(h.outcome, Told::Failed { .. }));
    Ok(if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The page of a recording that was scored; whether there is one.
fn write_page(heard: &Heard, path: &Path) -> Result<bool> {
    let Told::Scored { reading, word_tips, tips, warnings } = &heard.outcome else { return Ok(false) };
    let (sound, _) = hear::sound(&heard.path)?;
    let page = listen_page::page(&heard.file, reading, word_tips, tips, warnings, &sound)?;
    write_whole(path, page.as_bytes()).with_context(|| format!("write {}", path.display()))?;
    Ok(true)
}

/// A page for each recording, and a list of all.
fn write_pages(all: &[Heard], folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("make the folder {}", folder.display()))?;
    let mut rows = Vec::new();
    for (i, heard) in all.iter().enumerate() {
        let page = format!("{:03}.html", i + 1);
        let written = write_page(heard, &folder.join(&page))?;
        let weak = |reading: &ReadingReport| {
            let weak = reading.words.iter().filter(|w| matches!(w.verdict, Verdict::Mispronounced | Verdict::Omitted));
            weak.map(|w| w.text.as_str()).collect::<Vec<_>>().join(" ")
        };
        rows.push(listen_page::Row {
            file: &heard.file,
            page: written.then_some(page),
            result: match &heard.outcome {
                Told::Scored { reading, .. } => Ok((reading.scores, weak(reading))),
                Told::Unscored { english, chinese, .. } => Err(format!("{english} {chinese}")),
                Told::Failed { error } => Err(error.clone()),
            },
        });
    }
    let list = folder.join("index.html");
    write_whole(&list, listen_page::list(&rows).as_bytes()).with_context(|| format!("write {}", list.display()))
}

/// Where texts come from.
enum Texts {
    Same(String),
    Each(Vec<(String, String)>),
    Free,
}

impl Texts {
    fn of(args: &Args) -> Result<Texts> {
        if let Some(text) = &args.text {
            return Ok(Texts::Same(text.clone()));
        }
        if let Some(path) = &args.text_file {
            let text = fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
            return Ok(Texts::Same(text));
        }
        if let Some(path) = &args.csv {
            #[derive(serde::Deserialize)]
            struct Row {
                file: String,
                text: String,
            }
            let mut table = csv::Reader::from_path(path).with_context(|| format!("read {}", path.display()))?;
            let rows = table.deserialize().collect::<Result<Vec<Row>, _>>();
            let rows =
                rows.with_context(|| format!("read {}: it needs the columns `file` and `text`", path.display()))?;
            return Ok(Texts::Each(rows.into_iter().map(|row| (row.file, row.text)).collect()));
        }
        if args.free {
            return Ok(Texts::Free);
        }
        bail!("say what was to be read: --text \"...\", --text-file FILE, --csv FILE, or --free for free speech")
    }
}

fn one(
    path: &Path,
    name: &str,
    texts: &Texts,
    hearing: &Hearing<'_>,
    reader: &hear::Reader,
    recogniser: Option<&ear::Ears>,
) -> Result<(String, Told)> {
    let (sound, quality) = hear::sound(path)?;
    let unscored =
        |reason: Fault| Told::Unscored { reason, english: reason.english(), chinese: reason.chinese(), quality };
    // What cannot be heard needs no text.
    if let Some(fault) = quality.fault() {
        return Ok((String::new(), unscored(fault)));
    }
    let (text, words) = match (texts, recogniser) {
        (Texts::Free, Some(ears)) => free(&sound, ears, reader)?,
        (Texts::Each(rows), _) => {
            let stem = Path::new(name).file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
            let row = rows.iter().find(|(file, _)| file == name || *file == stem);
            let (_, text) = row.with_context(|| format!("the table has no text for {name}"))?;
            (text.clone(), reader.words(text)?)
        }
        (Texts::Same(text), _) => (text.clone(), reader.words(text)?),
        (Texts::Free, None) => unreachable!("the recogniser is loaded for free speech"),
    };
    if words.is_empty() {
        let fault = if matches!(texts, Texts::Free) { Fault::NoSpeech } else { Fault::NoText };
        return Ok((text, unscored(fault)));
    }
    let told = match hearing.listen(&sound, &words)? {
        Outcome::Unscored(reason, _) => unscored(hear::what_else(reason, &sound)),
        Outcome::Scored(reading) => Told::Scored {
            word_tips: reading.words.iter().map(tips).collect(),
            tips: reading.tips(),
            warnings: quality
                .warnings()
                .into_iter()
                .map(|(english, chinese)| Tip { english: english.to_owned(), chinese: chinese.to_owned() })
                .collect(),
            reading,
        },
    };
    Ok((text, told))
}

/// How the text was read in the recording, in short, as a tool tells it.
pub(crate) fn told(path: &Path, text: &str) -> Result<Value> {
    let ear = hear::ear(0)?;
    let hearing = Hearing::new(Heads::shipped()?, &ear);
    let (_, outcome) = one(path, "", &Texts::Same(text.to_owned()), &hearing, &hear::Reader::load()?, None)?;
    let advice = |tips: &[Tip]| tips.iter().map(|t| t.english.clone()).collect::<Vec<_>>();
    Ok(match outcome {
        Told::Failed { error } => bail!(error),
        Told::Unscored { english, .. } => json!({"scored": false, "because": english}),
        Told::Scored { reading, word_tips, tips, warnings } => {
            let weak = reading.words.iter().zip(&word_tips).filter(|(word, _)| word.verdict != Verdict::Said);
            let weak = weak.map(|(word, tips)| {
                let verdict = match word.verdict {
                    Verdict::Omitted => "left out",
                    Verdict::Unscored => "not certain what was said",
                    _ => "not said well",
                };
                json!({"word": word.text, "what": verdict, "advice": advice(tips)})
            });
            json!({
                "scored": true, "scores_of_10": reading.scores, "words_per_minute": reading.words_per_minute.round(),
                "long_pauses": reading.pauses.len(), "weak_words": weak.collect::<Vec<_>>(),
                "advice": advice(&tips), "about_the_recording": advice(&warnings),
            })
        }
    })
}

/// What was most likely said, with the words that the recogniser doubts left unscored.
fn free(sound: &homeroom_core::Waveform, ears: &ear::Ears, reader: &hear::Reader) -> Result<(String, Vec<TextWord>)> {
    let abilities = Abilities::new(&ears.vad, &ears.whisper, vec![Language::ENGLISH])?;
    let mut listener = Listener::new(&abilities);
    let mut segments = listener.push(&sound.samples)?;
    segments.extend(listener.finish()?);
    let text = segments.iter().map(|s| s.text.as_str()).collect::<Vec<_>>().join(" ");
    let mut words = Vec::new();
    for word in segments.iter().flat_map(|s| &s.words) {
        // A word that is in no dictionary is a guess of the recogniser's.
        let Ok(parts) = reader.words(&word.text) else { continue };
        words.extend(parts.into_iter().map(|part| TextWord { certain: word.probability >= DOUBTFUL, ..part }));
    }
    Ok((text, words))
}

fn recordings(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let entries = fs::read_dir(path).with_context(|| format!("read the folder {}", path.display()))?;
        let mut inside: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        inside.retain(|p| p.extension().is_some_and(|e| ENDINGS.iter().any(|known| e.eq_ignore_ascii_case(known))));
        inside.sort();
        if inside.is_empty() {
            bail!("{} has no recordings", path.display());
        }
        files.extend(inside);
    }
    Ok(files)
}

/// A row per recording.
fn table(all: &[Heard]) -> Result<Vec<u8>> {
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record([
        "file",
        "outcome",
        "accuracy",
        "fluency",
        "prosody",
        "completeness",
        "total",
        "words_per_minute",
        "weak_words",
    ])?;
    for heard in all {
        match &heard.outcome {
            Told::Scored { reading, .. } => {
                let s = reading.scores;
                let number = |v: f32| format!("{v:.1}");
                let weak: Vec<&str> =
                    reading.words.iter().filter(|w| w.verdict != Verdict::Said).map(|w| w.text.as_str()).collect();
                out.write_record([
                    heard.file.clone(),
                    "scored".to_owned(),
                    number(s.accuracy),
                    number(s.fluency),
                    number(s.prosody),
                    number(s.completeness),
                    number(s.total),
                    format!("{:.0}", reading.words_per_minute),
                    weak.join(" "),
                ])?;
            }
            Told::Unscored { english, .. } => {
                out.write_record([heard.file.as_str(), english, "", "", "", "", "", "", ""])?;
            }
            Told::Failed { error } => {
                out.write_record([heard.file.as_str(), error, "", "", "", "", "", "", ""])?;
            }
        }
    }
    Ok(out.into_inner()?)
}

/// For people.
fn shown(heard: &Heard) -> String {
    let mut text = format!("{}\n", heard.file);
    match &heard.outcome {
        Told::Failed { error } => text += &format!("  failed: {error}\n"),
        Told::Unscored { english, chinese, .. } => text += &format!("  not scored: {english}\n  {chinese}\n"),
        Told::Scored { reading, word_tips, tips, warnings } => {
            let s = reading.scores;
            text += &format!(
                "  total {:.1} of 10: accuracy {:.1}, fluency {:.1}, prosody {:.1}, completeness {:.1}\n  \
                 {:.0} words a minute, {} long pauses\n\n",
                s.total,
                s.accuracy,
                s.fluency,
                s.prosody,
                s.completeness,
                reading.words_per_minute,
                reading.pauses.len()
            );
            let width = reading.words.iter().map(|w| w.text.chars().count()).max().unwrap_or(0);
            for (word, tips) in reading.words.iter().zip(word_tips) {
                let score = word.accuracy.map_or("  - ".to_owned(), |a| format!("{a:4.1}"));
                let phones: Vec<String> = word
                    .phones
                    .iter()
                    .map(|p| match (p.flagged, p.heard_instead) {
                        (true, Some((_, ipa))) => format!("[{}: {ipa}]", p.ipa),
                        (true, None) => format!("[{}]", p.ipa),
                        _ => p.ipa.to_owned(),
                    })
                    .collect();
                let verdict = match word.verdict {
                    Verdict::Omitted => "left out",
                    Verdict::Unscored => "not certain what was said",
                    _ => "",
                };
                let line = format!("  {score}  {:width$}  {}{verdict}", word.text, phones.join(" "));
                text += &format!("{}\n", line.trim_end());
                for tip in tips {
                    text += &format!("          {}\n          {}\n", tip.english, tip.chinese);
                }
            }
            for tip in tips.iter().chain(warnings) {
                text += &format!("  {}\n  {}\n", tip.english, tip.chinese);
            }
        }
    }
    text
}
