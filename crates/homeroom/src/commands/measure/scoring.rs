//! `homeroom measure scoring`.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use homeroom_core::ability::Embed;
use homeroom_core::{AssignmentId, Language, Pupil, PupilId, Scale, SubmissionId, WordLimits};
use homeroom_ingest::Text;
use homeroom_measure::bootstrap::Bootstrap;
use homeroom_measure::report::Figures;
use homeroom_measure::scoring::{CalibrationBin, Pair, Steps, calibration_curve, figures};
use homeroom_scoring::{Prediction, ScoredEssay, evaluate, scale_rubric};
use rayon::prelude::*;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{Common, read};
use crate::assess::{Task, evidence, sha256};
use crate::meaning;
use crate::progress::Progress;

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
    let last = evaluation.after.values().next_back().unwrap_or(&evaluation.before);
    let curve_of: Vec<(f64, f64)> = last.iter().map(|p| (p.predicted, p.score)).collect();
    let curve = calibration_curve(&curve_of, BINS).context("draw the calibration curve")?;
    let mut extra = Map::new();
    extra.insert("calibration_curve".to_owned(), serde_json::to_value(&curve).context("write JSON")?);
    extra.insert("unscored".to_owned(), Value::from(evaluation.unscored));
    let tables = format!("unscored: {}\n\n{}", evaluation.unscored, curve_table(&curve));
    args.common.print("scoring", &[&args.data], all, extra, &tables)
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
