//! `homeroom measure transcription`: what is written down, against what was said.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use homeroom_core::Waveform;
use homeroom_measure::bootstrap::{Bootstrap, Statistic};
use homeroom_measure::edit_distance;
use homeroom_measure::report::{Figure, Figures};
use homeroom_measure::wer::normalise;
use homeroom_transcribe::{Abilities, Budget, Listener, RATE, Streaming, Update};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Common, quiet, read};
use crate::commands::transcribe::languages;
use crate::progress::Progress;
use crate::{cpu, ear, hear};

/// An utterance scored at least so high for accuracy, of 10, is a good speaker's.
const GOOD: f64 = 9.0;
/// Younger speakers are children, in years.
const ADULT: f64 = 13.0;
/// So many utterances are also heard as they come in.
const STREAMED: usize = 60;
/// Sound between two utterances that are heard as they come in, in seconds.
const BETWEEN: f64 = 1.0;
/// A block of sound as a microphone gives it: 20 ms.
const BLOCK: usize = 320;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Folder with `scores.jsonl` (a line each: id, speaker, age, text, accuracy) and `audio/ID.flac` or `.wav`
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// The language that is spoken; `auto` decides for each segment
    #[arg(long, value_name = "LANG", value_parser = ["en", "auto"], default_value = "en")]
    lang: String,
    /// Print what was said and what was written down
    #[arg(long)]
    show: bool,
    #[command(flatten)]
    common: Common,
}

/// A line of `scores.jsonl`; what else is in it does not matter here.
#[derive(Deserialize)]
struct Utterance {
    id: String,
    speaker: String,
    age: f64,
    text: String,
    accuracy: f64,
}

/// Columns of a speaker's row: errors and words of each group, then the rest.
const GROUPS: [&str; 4] = ["wer", "wer_good_speakers", "wer_adults", "wer_children"];
const UNHEARD: usize = 8;
const UTTERANCES: usize = 9;
const WORK: usize = 10;
const SOUND: usize = 11;
const COLUMNS: usize = 12;

pub(super) fn run(args: &Args) -> Result<ExitCode> {
    let scores = args.data.join("scores.jsonl");
    let lines = read(&scores)?;
    let parse = |line: &str| serde_json::from_str::<Utterance>(line);
    let utterances = lines.lines().filter(|l| !l.trim().is_empty()).map(parse).collect::<Result<Vec<_>, _>>();
    let utterances = utterances.with_context(|| format!("read {}", scores.display()))?;
    let utterances = args.common.select(utterances)?;

    let ears = ear::load(0)?;
    let abilities = Abilities::new(&ears.vad, &ears.whisper, languages(&args.lang))?;
    let progress = Progress::new(args.common.json);
    progress.start("utterances", utterances.len());
    let mut speakers: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    let mut sounds = Vec::new();
    let mut table = String::new();
    for utterance in &utterances {
        let sound = hear::recording(&args.data, &utterance.id)?;
        let before = cpu::spent();
        let heard = listen(&abilities, &sound)?;
        let work = cpu::spent().saturating_sub(before).as_secs_f64();
        let (said, words) = (normalise(&utterance.text), normalise(&heard));
        let counts = [edit_distance(&said, &words) as f64, said.len() as f64];
        let row = speakers.entry(&utterance.speaker).or_insert_with(|| vec![0.0; COLUMNS]);
        let member = [true, utterance.accuracy >= GOOD, utterance.age >= ADULT, utterance.age < ADULT];
        for (group, _) in member.iter().enumerate().filter(|(_, is)| **is) {
            row[2 * group] += counts[0];
            row[2 * group + 1] += counts[1];
        }
        row[UNHEARD] += f64::from(u8::from(words.is_empty()));
        row[UTTERANCES] += 1.0;
        row[WORK] += work;
        row[SOUND] += sound.duration().0;
        if args.show {
            table += &format!("{:2.0} of {:2.0}  {}\n          {heard}\n", counts[0], counts[1], utterance.text);
        }
        if sounds.len() < STREAMED {
            sounds.push(sound);
        }
        progress.step();
    }
    let mut figures = Figures::default();
    let rows: Vec<Vec<f64>> = speakers.into_values().collect();
    let ratio = |num, den| Statistic::Ratio { num, den, scale: 1.0 };
    let mut statistics: Vec<Statistic<'_>> = (0..GROUPS.len()).map(|group| ratio(2 * group, 2 * group + 1)).collect();
    statistics.extend([ratio(UNHEARD, UTTERANCES), ratio(WORK, SOUND)]);
    let intervals = Bootstrap::default().counts(&rows, &statistics).context("measure transcription")?;
    let names = GROUPS.map(|name| (name, "share of words")).into_iter();
    let names = names.chain([("unheard", "share of utterances"), ("real_time_factor", "core-seconds per second")]);
    for ((name, unit), interval) in names.zip(intervals) {
        // A small sample may have no child or no good speaker in it.
        if let Some(interval) = interval {
            figures.push(
                name,
                Figure {
                    value: interval.value,
                    low: interval.low,
                    high: interval.high,
                    n: interval.n.max(1),
                    unit: unit.to_owned(),
                },
            );
        }
    }
    let (empty, written) = stay_empty(&abilities, &progress, args.common.seed)?;
    figures.push("empty_on_silence", empty);
    figures.append(streamed(&abilities, &sounds)?);
    progress.finish();

    let mut extra = Map::new();
    extra.insert("speakers".to_owned(), Value::from(rows.len()));
    extra.insert("normalised".to_owned(), Value::from(NORMALISED));
    extra.insert("texts_for_silence".to_owned(), Value::from(written.clone()));
    table += &format!("{NORMALISED}\nIntervals: bootstrap over {} speakers.\n", rows.len());
    for item in &written {
        table +=
            &format!("text for {}: {}\n", item["sound"].as_str().unwrap_or(""), item["text"].as_str().unwrap_or(""));
    }
    args.common.print("transcription", &[&args.data], figures, extra, &table)
}

/// What is done to both texts before they are compared.
const NORMALISED: &str =
    "Before counting, both texts are brought to one writing: lower case, no punctuation, numbers as single digits.";

fn listen(abilities: &Abilities<'_>, sound: &Waveform) -> Result<String> {
    let mut listener = Listener::new(abilities);
    let mut segments = listener.push(&sound.samples)?;
    segments.extend(listener.finish()?);
    Ok(segments.iter().map(|s| s.text.as_str()).collect::<Vec<_>>().join(" "))
}

/// How many of the sounds without speech stay without text, and the text of the others.
fn stay_empty(abilities: &Abilities<'_>, progress: &Progress, seed: u64) -> Result<(Figure, Vec<Value>)> {
    let sounds = quiet::all(seed);
    progress.start("sounds without speech", sounds.len());
    let mut written = Vec::new();
    for quiet in &sounds {
        let text = listen(abilities, &quiet.sound)?;
        if !text.is_empty() {
            written.push(json!({ "sound": quiet.name, "text": text }));
        }
        progress.step();
    }
    let n = sounds.len();
    Ok((Figure::share(n - written.len(), n, "share of sounds"), written))
}

/// The same utterances as they come in: the work, how soon the first words are there, how the text ends.
fn streamed(abilities: &Abilities<'_>, sounds: &[Waveform]) -> Result<Figures> {
    let mut samples = Vec::new();
    for sound in sounds {
        samples.extend_from_slice(&sound.samples);
        samples.extend(std::iter::repeat_n(0.0, (BETWEEN * f64::from(RATE.0)) as usize));
    }
    let start: Duration = cpu::spent();
    let mut streaming = Streaming::new(abilities, Budget::new(Box::new(cpu::spent)));
    let (mut partial, mut last) = (0, 0);
    for block in samples.chunks(BLOCK) {
        for update in streaming.push(block)? {
            match update {
                Update::Partial(_) => partial += 1,
                Update::Final(_) => last += 1,
                Update::Nothing => {}
            }
        }
    }
    streaming.finish()?;
    let work = cpu::spent().saturating_sub(start).as_secs_f64();
    let length = samples.len() as f64 / f64::from(RATE.0);
    let mut figures = Figures::default();
    figures.push("streaming_work", Figure::exact(work / length, sounds.len(), "share of one core"));
    figures.push(
        "streaming_partials",
        Figure::exact(f64::from(partial) / f64::from(last.max(1)), sounds.len(), "per segment"),
    );
    Ok(figures)
}
