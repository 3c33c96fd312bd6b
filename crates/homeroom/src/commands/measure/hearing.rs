//! `homeroom measure hearing`: scores of readings, against those of experts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use homeroom_core::Waveform;
use homeroom_hearing::{Aspect, Heads, Hearing, Judged, Outcome, Phone, ScoredReading, TextWord, scored_readings};
use homeroom_measure::bootstrap::{Bootstrap, Statistic};
use homeroom_measure::report::{Figure, Figures, aligned};
use serde_json::{Map, Value};

use super::{Common, read};
use crate::progress::Progress;
use crate::{cpu, hear};

/// Younger speakers are children, in years.
const ADULT: u32 = 13;

/// A word of this accuracy or less is a wrong one.
const WRONG_WORD: f32 = 6.0;

/// A phone of at least this score is a right one; of at most the other, a wrong one.
const RIGHT_PHONE: f32 = 1.8;
const WRONG_PHONE: f32 = 1.0;

/// What a phone is exchanged for in the text, to see whether the one that was said is named: sounds that learners confuse.
const SWAPS: [(&str, &str); 16] = [
    ("S", "TH"),
    ("Z", "DH"),
    ("TH", "S"),
    ("DH", "D"),
    ("D", "DH"),
    ("L", "R"),
    ("R", "L"),
    ("N", "NG"),
    ("NG", "N"),
    ("IH", "IY"),
    ("IY", "IH"),
    ("EH", "AE"),
    ("AE", "EH"),
    ("V", "W"),
    ("W", "V"),
    ("SH", "S"),
];

#[derive(clap::Args)]
pub(super) struct Args {
    /// Folder with `scores.jsonl` (a reading a line, as in speechocean762) and `audio/ID.flac` or `.wav`
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Heads made by `homeroom train hearing`, instead of the shipped ones
    #[arg(long, value_name = "FILE")]
    heads: Option<PathBuf>,
    #[command(flatten)]
    common: Common,
}

/// Published figures, and those of the experts among themselves where the data have each rater's scores: phone, word accuracy,
/// word total, accuracy, fluency, prosody, total of the reading.
const PUBLISHED: [(&str, [&str; 7]); 5] = [
    ("GOP + SVR (corpus paper, 2021)", [".45", "", "", "", "", "", ""]),
    ("GOPT (2022)", [".612", ".533", ".549", ".714", ".753", ".760", ".742"]),
    ("HierTFR (2024)", [".644", ".622", ".634", ".735", ".801", ".795", ".764"]),
    ("3M (2022)", [".656", ".598", ".617", ".760", ".828", ".827", ".796"]),
    ("HiPPO (2025)", [".657", ".630", ".643", ".790", ".850", ".840", ".820"]),
];

/// So many readings are also heard as they come in, in blocks of 20 ms, with silence after them.
const STREAMED: usize = 60;
const BLOCK: usize = 320;
const SILENCE_AFTER: usize = 24_000;

/// Whether a reading belongs to a group.
type Member = dyn Fn(&ScoredReading) -> bool;

/// One reading with its scores by the experts and by us.
struct Item {
    reading: ScoredReading,
    judged: Judged,
    work: [f64; 2],
}

pub(super) fn run(args: &Args) -> Result<ExitCode> {
    let readings = args.common.select(scored_readings(&args.data)?)?;
    let own;
    let heads = match &args.heads {
        Some(path) => {
            let bytes = std::fs::read(path).with_context(|| format!("read {}", path.display()))?;
            own = Heads::from_bytes(&bytes)?;
            &own
        }
        None => Heads::shipped()?,
    };
    let ear = hear::ear(0)?;
    let hearing = Hearing::new(heads, &ear);
    let progress = Progress::new(args.common.json);
    progress.start("readings", readings.len());
    let mut items = Vec::new();
    let mut unaligned = 0;
    let mut swapped = (0, 0, 0);
    for (i, reading) in readings.into_iter().enumerate() {
        let sound = hear::recording(&args.data, &reading.id)?;
        let words = text_words(&reading);
        let before = cpu::spent();
        let judged = hearing.judge(&sound, &words)?;
        let work = cpu::spent().saturating_sub(before).as_secs_f64();
        match judged {
            Some(judged) => {
                if i % 5 == 0 {
                    let (named, right) = swap(&hearing, heads, &sound, &reading)?;
                    swapped.0 += 1;
                    swapped.1 += named;
                    swapped.2 += right;
                }
                items.push(Item { reading, judged, work: [work, sound.duration().0] });
            }
            None => unaligned += 1,
        }
        progress.step();
    }
    progress.finish();
    if items.is_empty() {
        bail!("no reading could be aligned with its text");
    }
    let heard: Vec<&str> = items.iter().map(|i| i.reading.speaker.as_str()).collect();
    let known = heads.trained_on.speakers.iter().filter(|s| heard.contains(&s.as_str())).count();

    let mut figures = Figures::default();
    let groups: [(&str, &Member); 8] = [
        ("", &|_| true),
        ("adults.", &|r| r.age >= ADULT),
        ("children.", &|r| r.age < ADULT),
        ("female.", &|r| r.sex == "f"),
        ("male.", &|r| r.sex == "m"),
        ("age_to_8.", &|r| r.age <= 8),
        ("age_9_to_12.", &|r| (9..ADULT).contains(&r.age)),
        ("age_from_18.", &|r| r.age >= 18),
    ];
    for (name, member) in groups {
        let some: Vec<&Item> = items.iter().filter(|i| member(&i.reading)).collect();
        if !some.is_empty() {
            correlations(&mut figures, name, &some, heads.flag_below)?;
        }
    }
    let experts = experts(&args.data, &items)?;
    for (name, value, n) in &experts {
        figures.push(format!("experts.{name}"), Figure::exact(*value, *n, "correlation"));
    }
    let (work, length) = items.iter().fold((0.0, 0.0), |sum, i| (sum.0 + i.work[0], sum.1 + i.work[1]));
    figures.push("real_time_factor", Figure::exact(work / length, items.len(), "core-seconds per second"));
    if swapped.1 > 0 {
        figures.push("instead_right", Figure::share(swapped.2, swapped.1, "share of phones named"));
    }
    figures.append(streamed(&hearing, &args.data, &items)?);
    let mut table = published(&figures);
    table += "Intervals: bootstrap over speakers. instead_right: phones exchanged in the text, where the one that was said is named.\n";
    if unaligned > 0 {
        table += &format!("{unaligned} readings could not be aligned with their text and are not counted.\n");
    }
    if known > 0 {
        table += &format!(
            "{known} of these speakers were heard in training: these figures say nothing. What cross-fitting gave:\n{}\n",
            heads.figures.join("\n")
        );
    }
    table += &per_phone(&items, heads.flag_below);
    let mut extra = Map::new();
    extra.insert("unaligned".to_owned(), Value::from(unaligned));
    extra.insert("speakers_heard_in_training".to_owned(), Value::from(known));
    extra.insert("cross_fitted".to_owned(), Value::from(heads.figures.clone()));
    args.common.print("hearing", &[&args.data], figures, extra, &table)
}

fn text_words(reading: &ScoredReading) -> Vec<TextWord> {
    let word = |w: &homeroom_hearing::ScoredWord| TextWord {
        text: w.text.clone(),
        variants: vec![w.phones.clone()],
        certain: true,
    };
    reading.words.iter().map(word).collect()
}

/// Exchanges one well-said phone of a reading in its text; whether another phone is named there, and whether it is the right one.
fn swap(hearing: &Hearing<'_>, heads: &Heads, sound: &Waveform, reading: &ScoredReading) -> Result<(usize, usize)> {
    let mut words = text_words(reading);
    let place = reading.words.iter().enumerate().find_map(|(w, word)| {
        let p = (0..word.phones.len()).find(|p| {
            word.phone_scores[*p] >= RIGHT_PHONE && SWAPS.iter().any(|(said, _)| *said == word.phones[*p].arpabet())
        })?;
        Some((w, p))
    });
    let Some((w, p)) = place else { return Ok((0, 0)) };
    let said = reading.words[w].phones[p].arpabet();
    let wanted = SWAPS.iter().find(|(from, _)| *from == said).and_then(|(_, to)| Phone::from_arpabet(to));
    let Some(wanted) = wanted else { return Ok((0, 0)) };
    words[w].variants[0][p] = wanted;
    let Some(judged) = hearing.judge(sound, &words)? else { return Ok((0, 0)) };
    let at = reading.words[..w].iter().map(|w| w.phones.len()).sum::<usize>() + p;
    let flagged = judged.phones[at] < heads.flag_below;
    let named = judged.instead[at].filter(|(_, probability)| flagged && *probability >= heads.instead_from);
    Ok(named.map_or((0, 0), |(name, _)| (1, usize::from(name == said))))
}

/// The same readings as they come in: whether the turn is ended before the last word is, how long after it, how long the scores
/// take from the end on, and whether they are those of the whole recording.
fn streamed(hearing: &Hearing<'_>, data: &Path, items: &[Item]) -> Result<Figures> {
    let (mut cut, mut delays, mut times, mut differences) = (0, Vec::new(), Vec::new(), Vec::new());
    let mut n = 0;
    for item in items.iter().take(STREAMED) {
        let mut sound = hear::recording(data, &item.reading.id)?;
        sound.samples.extend(std::iter::repeat_n(0.0, SILENCE_AFTER));
        let words = text_words(&item.reading);
        let Outcome::Scored(whole) = hearing.listen(&sound, &words)? else { continue };
        let Some(last) = whole.words.iter().rev().find_map(|w| w.end) else { continue };
        n += 1;
        let mut listening = hearing.begin(&words);
        let mut ended = None;
        for (i, block) in sound.samples.chunks(BLOCK).enumerate() {
            if listening.push(block)?.ended && ended.is_none() {
                ended = Some((i + 1) as f64 * BLOCK as f64 / f64::from(hear::RATE.0));
            }
        }
        if let Some(ended) = ended {
            // The alignment is exact to a tenth of a second.
            cut += usize::from(ended < last.0 - 0.1);
            delays.push(ended - last.0);
        }
        let start = Instant::now();
        let outcome = listening.finish()?;
        times.push(start.elapsed().as_secs_f64() * 1_000.0);
        if let Outcome::Scored(streamed) = outcome {
            differences.push(f64::from((streamed.scores.total - whole.scores.total).abs()));
        }
    }
    let mut figures = Figures::default();
    if n == 0 {
        return Ok(figures);
    }
    figures.push("turns_cut_off", Figure::share(cut, n, "share of readings"));
    let mut middle = |name: &str, values: &mut Vec<f64>, share: f64, unit: &str| {
        values.sort_by(f64::total_cmp);
        if let Some(value) = homeroom_measure::bootstrap::quantile(values, share) {
            figures.push(name, Figure::exact(value, values.len(), unit));
        }
    };
    middle("turn_end_delay", &mut delays, 0.5, "seconds, median");
    middle("scores_after_end", &mut times, 0.5, "ms, median");
    middle("scores_after_end_slow", &mut times, 0.95, "ms, 95th percentile");
    middle("streamed_difference", &mut differences, 1.0, "of 10, greatest");
    Ok(figures)
}

/// Adds a pair to the sums that a correlation is made from: number, both, their squares, their product.
fn count(sums: &mut [f64; 6], x: f64, y: f64) {
    for (sum, value) in sums.iter_mut().zip([1.0, x, y, x * x, y * y, x * y]) {
        *sum += value;
    }
}

/// Pearson's, from the sums of [`count`]; none where one side does not vary.
fn correlation(s: &[f64]) -> Option<f64> {
    let (n, x, y) = (s[0], s[1], s[2]);
    let spread = (n * s[3] - x * x) * (n * s[4] - y * y);
    (spread > 0.0).then(|| (n * s[5] - x * y) / spread.sqrt())
}

/// Pairs of numbers whose correlation is asked for, by speaker.
#[derive(Default)]
struct Pairs(BTreeMap<String, [f64; 6]>);

impl Pairs {
    fn add(&mut self, speaker: &str, ours: f32, theirs: f32) {
        count(self.0.entry(speaker.to_owned()).or_default(), f64::from(ours), f64::from(theirs));
    }

    fn push(&self, figures: &mut Figures, name: &str, error: Option<&str>) -> Result<()> {
        let rows: Vec<Vec<f64>> = self.0.values().map(|sums| sums.to_vec()).collect();
        let squared = |s: &[f64]| (s[0] > 0.0).then(|| (s[3] - 2.0 * s[5] + s[4]) / s[0]);
        let got = Bootstrap::default().counts(&rows, &[Statistic::Of(&correlation), Statistic::Of(&squared)]);
        let got = got.context("measure hearing")?;
        let n = self.0.values().map(|s| s[0]).sum::<f64>() as usize;
        let named = [(Some(name), got[0], "correlation"), (error, got[1], "squared error")];
        for (name, interval, unit) in named {
            if let (Some(name), Some(interval)) = (name, interval) {
                let figure = interval.figure(unit);
                figures.push(name, Figure { n, ..figure });
            }
        }
        Ok(())
    }
}

fn correlations(figures: &mut Figures, group: &str, items: &[&Item], flag_below: f32) -> Result<()> {
    let (mut phones, mut accuracy, mut total) = (Pairs::default(), Pairs::default(), Pairs::default());
    let mut whole: [Pairs; 5] = Default::default();
    // Wrong words: found, named, there; wrong and right phones: flagged, there.
    let mut found: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for item in items {
        let speaker = item.reading.speaker.as_str();
        let counts = found.entry(speaker).or_insert_with(|| vec![0.0; 7]);
        let scores = item.reading.words.iter().flat_map(|w| &w.phone_scores);
        for (ours, theirs) in item.judged.phones.iter().zip(scores) {
            phones.add(speaker, *ours, *theirs);
            let flagged = f64::from(u8::from(*ours < flag_below));
            if *theirs >= RIGHT_PHONE {
                counts[3] += flagged;
                counts[4] += 1.0;
            } else if *theirs <= WRONG_PHONE {
                counts[5] += flagged;
                counts[6] += 1.0;
            }
        }
        for (ours, word) in item.judged.words.iter().zip(&item.reading.words) {
            accuracy.add(speaker, ours[0], word.accuracy);
            total.add(speaker, ours[2], word.total);
            let (named, wrong) = (ours[0] <= homeroom_hearing::MISPRONOUNCED, word.accuracy <= WRONG_WORD);
            counts[0] += f64::from(u8::from(named && wrong));
            counts[1] += f64::from(u8::from(named));
            counts[2] += f64::from(u8::from(wrong));
        }
        for (pairs, (ours, theirs)) in whole.iter_mut().zip(item.judged.reading.iter().zip(&item.reading.scores)) {
            pairs.add(speaker, *ours, *theirs);
        }
    }
    phones.push(figures, &format!("{group}phone"), Some(&format!("{group}phone_mse")))?;
    accuracy.push(figures, &format!("{group}word_accuracy"), None)?;
    total.push(figures, &format!("{group}word_total"), None)?;
    for (aspect, pairs) in Aspect::ALL.iter().zip(&whole) {
        pairs.push(figures, &format!("{group}{}", name(*aspect)), None)?;
    }
    let rows: Vec<Vec<f64>> = found.into_values().collect();
    let ratio = |num, den| Statistic::Ratio { num, den, scale: 1.0 };
    let statistics = [
        Statistic::FBeta { tp: 0, proposed: 1, gold: 2, beta: 1.0 },
        ratio(0, 1),
        ratio(0, 2),
        ratio(3, 4),
        ratio(5, 6),
    ];
    let names =
        ["wrong_word_f1", "wrong_word_precision", "wrong_word_recall", "right_phone_flagged", "wrong_phone_flagged"];
    let got = Bootstrap::default().counts(&rows, &statistics).context("measure hearing")?;
    for (name, interval) in names.iter().zip(got) {
        if let Some(interval) = interval {
            figures.push(format!("{group}{name}"), interval.figure("share"));
        }
    }
    Ok(())
}

fn name(aspect: Aspect) -> &'static str {
    match aspect {
        Aspect::Accuracy => "accuracy",
        Aspect::Fluency => "fluency",
        Aspect::Prosody => "prosody",
        Aspect::Completeness => "completeness",
        Aspect::Total => "total",
    }
}

/// How far one expert agrees with the mean of the others, where the data have each one's scores (keys that end in `_d`).
fn experts(data: &Path, items: &[Item]) -> Result<Vec<(&'static str, f64, usize)>> {
    let text = read(&data.join("scores.jsonl"))?;
    let wanted: Vec<&str> = items.iter().map(|i| i.reading.id.as_str()).collect();
    let mut pairs: BTreeMap<&'static str, [f64; 6]> = BTreeMap::new();
    let mut add = |name: &'static str, ratings: Vec<f64>| {
        for own in &ratings {
            let others = (ratings.iter().sum::<f64>() - own) / (ratings.len() as f64 - 1.0);
            if ratings.len() > 1 {
                count(pairs.entry(name).or_default(), *own, others);
            }
        }
    };
    let numbers =
        |value: &Value| -> Vec<f64> { value.as_array().into_iter().flatten().filter_map(Value::as_f64).collect() };
    for line in text.lines().filter(|l| !l.trim().is_empty()) {
        let line: Value = serde_json::from_str(line).context("read scores.jsonl")?;
        if !line["id"].as_str().is_some_and(|id| wanted.contains(&id)) {
            continue;
        }
        for (name, key) in
            [("accuracy", "accuracy_d"), ("fluency", "fluency_d"), ("prosody", "prosodic_d"), ("total", "total_d")]
        {
            add(name, numbers(&line[key]));
        }
        for word in line["words"].as_array().into_iter().flatten() {
            add("word_accuracy", numbers(&word["accuracy_d"]));
            add("word_total", numbers(&word["total_d"]));
            let raters: Vec<Vec<f64>> = word["pacc_d"].as_array().into_iter().flatten().map(numbers).collect();
            for phone in 0..raters.first().map_or(0, Vec::len) {
                add("phone", raters.iter().filter_map(|r| r.get(phone).copied()).collect());
            }
        }
    }
    let agreed = |(name, sums): (&&'static str, &[f64; 6])| Some((*name, correlation(sums)?, sums[0] as usize));
    Ok(pairs.iter().filter_map(agreed).collect())
}

/// Our correlations beside those of others.
fn published(figures: &Figures) -> String {
    let columns = ["phone", "word_accuracy", "word_total", "accuracy", "fluency", "prosody", "total"];
    let row = |name: &str, prefix: &str| {
        let cell = |column: &&str| {
            figures.get(&format!("{prefix}{column}")).map_or(String::new(), |f| format!("{:.3}", f.value))
        };
        std::iter::once(name.to_owned()).chain(columns.iter().map(cell)).collect::<Vec<_>>()
    };
    let mut rows = vec![
        std::iter::once("correlation with the experts".to_owned())
            .chain(columns.iter().map(|c| (*c).to_owned()))
            .collect::<Vec<_>>(),
    ];
    rows.push(row("this", ""));
    rows.push(row("this, adults", "adults."));
    rows.push(row("this, children under 13", "children."));
    rows.push(row("one expert against the others", "experts."));
    for (name, values) in PUBLISHED {
        rows.push(std::iter::once(name).chain(values).map(str::to_owned).collect());
    }
    format!("{}Published figures are those of the official test half.\n", aligned(&rows))
}

/// False alarms and misses of each phone.
fn per_phone(items: &[Item], flag_below: f32) -> String {
    let mut counts: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    for item in items {
        let truth = item.reading.words.iter().flat_map(|w| w.phones.iter().zip(&w.phone_scores));
        for (ours, (phone, theirs)) in item.judged.phones.iter().zip(truth) {
            let count = counts.entry(phone.arpabet()).or_default();
            let flagged = usize::from(*ours < flag_below);
            if *theirs >= RIGHT_PHONE {
                count[0] += flagged;
                count[1] += 1;
            } else if *theirs <= WRONG_PHONE {
                count[2] += 1 - flagged;
                count[3] += 1;
            }
        }
    }
    let mut rows = vec![["phone", "right", "flagged", "wrong", "missed"].map(str::to_owned).to_vec()];
    for (phone, [alarms, right, misses, wrong]) in counts {
        let share =
            |part: usize, of: usize| if of == 0 { "-".to_owned() } else { format!("{:.3}", part as f64 / of as f64) };
        rows.push(vec![
            phone.to_owned(),
            right.to_string(),
            share(alarms, right),
            wrong.to_string(),
            share(misses, wrong),
        ]);
    }
    format!(
        "Right phones (experts' mean 1.8 and more) that are flagged, wrong ones (1 and less) that are not:\n{}",
        aligned(&rows)
    )
}
