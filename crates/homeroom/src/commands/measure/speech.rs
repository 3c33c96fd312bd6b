//! `homeroom measure speech`: is the voice understood? The pulled recogniser writes down what it says.

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result};
use homeroom_audio::resample;
use homeroom_core::ability::Transcribe;
use homeroom_core::{Hz, Language, Waveform};
use homeroom_measure::bootstrap::{Bootstrap, Statistic};
use homeroom_measure::edit_distance;
use homeroom_measure::report::{Figure, Figures};
use homeroom_voice::{Espeak, FrontEnd, OtherVoice, Speaker};
use serde_json::{Map, Value, json};

use super::Common;
use crate::commands::models;
use crate::{ear, voice};

/// Sentences of school life, written for this measure, a few of them long.
const SENTENCES: &str = include_str!("../../../data/speech.txt");

/// What the recogniser takes.
const HEARING: Hz = Hz(16_000);

#[derive(clap::Args)]
pub(super) struct Args {
    /// Which voice
    #[arg(long, value_name = "NAME")]
    voice: Option<String>,
    #[command(flatten)]
    common: Common,
}

pub(super) fn run(args: &Args) -> Result<ExitCode> {
    let store = models::store()?;
    let folder = store.folder(voice::MODEL)?;
    let info = voice::find(&folder, args.voice.as_deref())?;
    let start = Instant::now();
    let speaker = voice::load(&folder, &info, info.accent)?;
    let loading = start.elapsed().as_secs_f64();
    let whisper = ear::load(0)?.whisper;

    let sentences = args.common.select(SENTENCES.lines().collect())?;
    let espeak = Espeak::is_installed().then(Espeak::english);
    let mut rows = Vec::new();
    let mut espeak_rows = Vec::new();
    let mut heard = Vec::new();
    // Once for nothing: the first run of a network also fills its buffers.
    speaker.say("Hello.", 1.0)?;
    for sentence in &sentences {
        let spoken = speak(&speaker, sentence)?;
        let text = listen(&whisper, &spoken.sound)?;
        let (errors, words) = compare(speaker.front_end(), sentence, &text);
        rows.push(vec![errors as f64, words as f64, spoken.compute, spoken.sound.duration().0, spoken.first, 1.0]);
        let mut item = json!({ "said": sentence, "heard": text, "errors": errors, "words": words });
        if let Some(espeak) = &espeak {
            let text = listen(&whisper, &espeak.say(sentence, 1.0)?)?;
            let (errors, words) = compare(speaker.front_end(), sentence, &text);
            espeak_rows.push(vec![errors as f64, words as f64]);
            item["espeak_heard"] = Value::from(text);
        }
        heard.push(item);
    }

    let mut figures = Figures::default();
    let ratio = |num, den, scale| Statistic::Ratio { num, den, scale };
    let statistics = [ratio(0, 1, 1.0), ratio(2, 3, 1.0), ratio(4, 5, 1000.0)];
    let intervals = Bootstrap::default().counts(&rows, &statistics).context("measure speech")?;
    let units = [("wer", "share of words"), ("real_time_factor", "share"), ("first_sound", "ms")];
    for ((name, unit), interval) in units.into_iter().zip(intervals) {
        figures.push(name, interval.context("nothing was said")?.figure(unit));
    }
    let slowest = rows.iter().map(|r| r[4]).fold(0.0, f64::max);
    figures.push("first_sound_slowest", Figure::exact(1000.0 * slowest, rows.len(), "ms"));
    figures.push("loading", Figure::exact(1000.0 * loading, 1, "ms"));
    let mut extra = Map::new();
    if espeak_rows.is_empty() {
        extra.insert("skipped".to_owned(), json!({ "espeak_wer": format!("{} is not installed", Espeak::PROGRAM) }));
    } else {
        let wer = Bootstrap::default().counts(&espeak_rows, &[ratio(0, 1, 1.0)]).context("measure speech")?.remove(0);
        figures.push("espeak_wer", wer.context("nothing was said")?.figure("share of words"));
    }
    extra.insert("heard".to_owned(), Value::from(heard.clone()));
    let mut tables = String::new();
    if espeak_rows.is_empty() {
        tables += &format!("espeak_wer: skipped, {} is not installed\n", Espeak::PROGRAM);
    }
    for item in heard.iter().filter(|i| i["errors"] != 0) {
        tables += &format!(
            "  said  {}\n  heard {}\n",
            item["said"].as_str().unwrap_or(""),
            item["heard"].as_str().unwrap_or("")
        );
    }
    let data = Path::new("speech.txt (100 sentences of the program's own)");
    args.common.print("speech", &[data], figures, extra, &tables)
}

/// A sentence that was spoken, and the seconds that it took: to the end, and to the first sound.
struct Timed {
    sound: Waveform,
    compute: f64,
    first: f64,
}

fn speak(speaker: &Speaker, text: &str) -> Result<Timed> {
    let start = Instant::now();
    let mut first = None;
    let mut samples = Vec::new();
    for piece in speaker.stream(text, 1.0)? {
        samples.extend(piece?.sound.samples);
        first.get_or_insert(start.elapsed().as_secs_f64());
    }
    let compute = start.elapsed().as_secs_f64();
    Ok(Timed { sound: Waveform { samples, rate: speaker.rate() }, compute, first: first.unwrap_or(compute) })
}

fn listen(whisper: &dyn Transcribe, sound: &Waveform) -> Result<String> {
    let sound = resample(sound, HEARING)?;
    Ok(whisper.transcribe(&sound, &[Language::ENGLISH]).context("listen")?.text())
}

/// Word errors of what was heard, and the words that were said; both in spoken form.
fn compare(front: &FrontEnd, said: &str, heard: &str) -> (usize, usize) {
    let (said, heard) = (front.spoken_words(said), front.spoken_words(heard));
    (edit_distance(&said, &heard), said.len())
}
