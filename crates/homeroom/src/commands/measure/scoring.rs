//! `homeroom measure scoring`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use homeroom_core::ability::Embed;
use homeroom_core::{AssignmentId, Language, Pupil, PupilId, Scale, SubmissionId, WordLimits};
use homeroom_ingest::Text;
use homeroom_judge::judge;
use homeroom_measure::bootstrap::Bootstrap;
use homeroom_measure::report::{Figure, Figures};
use homeroom_measure::scoring::{CalibrationBin, Pair, Steps, calibration_curve, figures};
use homeroom_model::Limits;
use homeroom_scoring::{Prediction, ScoredEssay, correlation, evaluate, scale_rubric};
use rayon::prelude::*;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Common, read};
use crate::assess::{Task, evidence, sha256};
use crate::commands::mark::load_rubric;
use crate::progress::Progress;
use crate::{llm, meaning};

/// The rubric by whose criteria a model judges.
const JUDGED_BY: &str = "ielts-task2";
/// Numbers of essays that the teacher marks.
const SIZES: [usize; 4] = [5, 10, 20, 40];
/// Bins of the calibration curve.
const BINS: usize = 8;
/// Essays with fewer words are left unscored.
const SCORABLE: usize = 20;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Essays as JSON lines: id, prompt, text, scores (a number, or an object with `overall`)
    #[arg(long, value_name = "FILE.jsonl")]
    data: PathBuf,
    /// Key of the score in `scores`
    #[arg(long, default_value = "overall")]
    score: String,
    /// Step of the scale [default: the smallest distance of two scores]
    #[arg(long)]
    step: Option<f64>,
    /// Also how a language model's judgements by the IELTS bands agree with the scores, on the same essays
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// Write down what the model answers, to be replayed
    #[arg(long, value_name = "FILE", requires = "model")]
    record: Option<PathBuf>,
    #[command(flatten)]
    common: Common,
}

#[derive(Deserialize)]
struct Line {
    id: Value,
    prompt: String,
    text: String,
    scores: Value,
}

pub(super) fn run(args: &Args) -> Result<ExitCode> {
    let mut essays: Vec<(Line, f64)> = Vec::new();
    for (i, line) in read(&args.data)?.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        let at = || format!("{} line {}", args.data.display(), i + 1);
        let line: Line = serde_json::from_str(line).with_context(at)?;
        let score = line.scores.as_f64().or_else(|| line.scores.get(&args.score)?.as_f64());
        let score = score.with_context(|| format!("{}: no score `{}`", at(), args.score))?;
        essays.push((line, score));
    }
    let essays = args.common.select(essays)?;
    let scale = scale(&essays, args.step)?;
    let words = WordLimits { scorable: SCORABLE, min: SCORABLE, max: None };
    let middle = (scale.min + scale.max) / 2.0;
    // Nothing is fitted: the prior is the middle of the scale and a sixth of its width.
    let rubric = scale_rubric("scale", scale, middle, scale.width() / 6.0, words);
    let embed = meaning::load();
    let progress = Progress::new(args.common.json);
    progress.start("Reading", essays.len());
    let scored: Vec<ScoredEssay> = essays
        .par_iter()
        .filter_map(|(line, score)| {
            let assignment = AssignmentId::new(&line.prompt);
            let language = Language::ENGLISH;
            let embed = embed.as_ref().map(|e| e as &dyn Embed);
            let task = Task { assignment: &assignment, prompt: None, words, language: &language, embed };
            let id = line.id.as_str().map_or_else(|| line.id.to_string(), str::to_owned);
            let pupil = Pupil { id: PupilId::new(&id), name: id.clone(), class: None };
            let submission = SubmissionId::derive(&pupil.id, &assignment);
            let text = Text {
                text: line.text.clone(),
                format: "txt",
                encoding: None,
                title: None,
                notes: Vec::new(),
                transcript: None,
            };
            let evidence = evidence(&task, submission, pupil, id, sha256(line.text.as_bytes()), text);
            progress.step();
            Some(ScoredEssay { prompt: line.prompt.clone(), evidence: evidence?, score: *score })
        })
        .collect();
    progress.finish();
    let evaluation = evaluate(&scored, &rubric, &SIZES).context("score the essays")?;
    let steps = Steps::new(scale.min, scale.max, scale.step).context("read the scale")?;
    let bootstrap = Bootstrap::default();
    let mut all: Figures = figures(&pairs(&evaluation.before), steps, &bootstrap).context("measure the scores")?;
    for (n, predictions) in &evaluation.after {
        let after = figures(&pairs(predictions), steps, &bootstrap).context("measure the calibrated scores")?;
        for (name, figure) in after.iter() {
            all.push(format!("{name}_after_{n}"), figure.clone());
        }
    }
    if let Some(name) = &args.model {
        judged(name, args.record.as_deref(), &scored, &progress, &mut all)?;
    }
    let last = evaluation.after.values().next_back().unwrap_or(&evaluation.before);
    let curve_of: Vec<(f64, f64)> = last.iter().map(|p| (p.predicted, p.score)).collect();
    let curve = calibration_curve(&curve_of, BINS).context("draw the calibration curve")?;
    let mut extra = Map::new();
    extra.insert("calibration_curve".to_owned(), serde_json::to_value(&curve).context("write JSON")?);
    extra.insert("unscored".to_owned(), Value::from(evaluation.unscored));
    let tables = format!("unscored: {}\n\n{}", evaluation.unscored, curve_table(&curve));
    args.common.print("scoring", &[&args.data], all, extra, &tables)
}

/// How a model's judgements go with the scores: correlation over the essays that it judged at all, and how many those are. No
/// quote, no judgement; nothing of it enters a mark.
fn judged(
    name: &str,
    record: Option<&Path>,
    essays: &[ScoredEssay],
    progress: &Progress,
    figures: &mut Figures,
) -> Result<()> {
    let client = llm::recorded(Some(name), Limits::default(), record)?;
    let rubric = load_rubric(JUDGED_BY)?;
    let runtime = llm::runtime()?;
    progress.start("Judging", essays.len());
    let (mut said, mut given, mut quotes) = (Vec::new(), Vec::new(), (0, 0));
    for essay in essays {
        let answer = runtime.block_on(judge(&client, &rubric, Some(&essay.prompt), &essay.evidence.document.text));
        progress.step();
        let Ok(judgements) = answer.map(|judged| judged.judgements) else { continue };
        quotes.0 += judgements.iter().map(|j| j.quotes.len()).sum::<usize>();
        quotes.1 += judgements.iter().map(|j| j.dropped_quotes).sum::<usize>();
        if !judgements.is_empty() {
            said.push(judgements.iter().map(|j| j.value).sum::<f64>() / judgements.len() as f64);
            given.push(essay.score);
        }
    }
    progress.finish();
    figures.push("model.judged", Figure::share(said.len(), essays.len(), "share of essays"));
    figures.push("model.quotes_found", Figure::share(quotes.0, (quotes.0 + quotes.1).max(1), "share of quotes"));
    if said.len() > 2 {
        let pairs: Vec<(f64, f64)> = said.into_iter().zip(given).collect();
        let r = |drawn: &[usize]| {
            let (a, b): (Vec<f64>, Vec<f64>) = drawn.iter().map(|&i| pairs[i]).unzip();
            correlation(&a, &b).ok()
        };
        let interval = Bootstrap::default().indices("correlation", pairs.len(), r).context("measure the judgements")?;
        figures.push("model.correlation", interval.figure("r"));
    }
    Ok(())
}

fn pairs(predictions: &[Prediction]) -> Vec<Pair> {
    predictions.iter().map(|p| Pair { predicted: p.predicted, observed: p.score, group: p.prompt.clone() }).collect()
}

/// The scale that the scores are on.
fn scale(essays: &[(Line, f64)], step: Option<f64>) -> Result<Scale> {
    let mut values: Vec<f64> = essays.iter().map(|e| e.1).collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    let (Some(&min), Some(&max)) = (values.first(), values.last()) else {
        bail!("no essays");
    };
    let gaps = values.windows(2).map(|w| w[1] - w[0]).reduce(f64::min);
    let Some(step) = step.or(gaps) else {
        bail!("all essays have the same score, so there is nothing to agree with");
    };
    Ok(Scale { min, max, step })
}

fn curve_table(curve: &[CalibrationBin]) -> String {
    let mut out = String::from("calibration curve (mean predicted, mean given with its 95 % interval, essays)\n");
    for bin in curve {
        let _ =
            writeln!(out, "  {:6.2}  {:6.2} [{:.2}, {:.2}]  {}", bin.predicted, bin.observed, bin.low, bin.high, bin.n);
    }
    out
}
