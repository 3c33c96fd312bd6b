//! `homeroom measure`: how good Homeroom is, on data that the user has. Every figure carries n and a 95 % interval.

mod code;
mod explanations;
mod gec;
mod hearing;
mod hidden;
mod injection;
mod ocr;
mod parser;
mod quiet;
mod remembered;
mod scoring;
mod speech;
mod spelling;
mod tools;
mod transcription;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use homeroom_measure::report::{Figures, Report, Sample};
use serde_json::{Map, Value};

use super::{print, print_json};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Whether a model completes code: functions with a gap, and HumanEval
    Code(code::Args),
    /// Whether a model explains errors well enough to be let explain
    Explanations(explanations::Args),
    /// Finding and correcting errors, against M2 files or corrected text
    Gec(gec::Args),
    /// Scoring readings, phone by phone, against experts
    Hearing(hearing::Args),
    /// Whether an essay can talk a model, and with it the marking, into a better mark
    Injection(injection::Args),
    /// Scoring essays, against human scores
    Scoring(scoring::Args),
    /// Reading photos of pages that are drawn here, beside tesseract where it is installed
    Ocr(ocr::Args),
    /// Tagging and parsing, against a treebank
    Parser(parser::Args),
    /// The first suggestion for misspellings, against corrected text
    Spelling(spelling::Args),
    /// Whether the voice is understood: word error rate of the pulled recogniser on what it says
    Speech(speech::Args),
    /// Whether a model calls the right tool with the right arguments, on BFCL
    Tools(tools::Args),
    /// What is written down, against what was said: word error rate, silence, work
    Transcription(transcription::Args),
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    match &args.what {
        What::Code(args) => code::run(args),
        What::Explanations(args) => explanations::run(args),
        What::Gec(args) => gec::run(args),
        What::Hearing(args) => hearing::run(args),
        What::Injection(args) => injection::run(args),
        What::Scoring(args) => scoring::run(args),
        What::Ocr(args) => ocr::run(args),
        What::Parser(args) => parser::run(args),
        What::Spelling(args) => spelling::run(args),
        What::Speech(args) => speech::run(args),
        What::Tools(args) => tools::run(args),
        What::Transcription(args) => transcription::run(args),
    }
}

/// What every measurement has in common.
#[derive(clap::Args)]
struct Common {
    /// Take N items of a seeded shuffle
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    /// Seed of the shuffle
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only items of even (0, 2, 4, ...) or odd number: tune on one half, report on the other
    #[arg(long, value_parser = ["even", "odd"])]
    half: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

impl Common {
    /// The items that are measured.
    fn select<T>(&self, items: Vec<T>) -> Result<Vec<T>> {
        let wanted = self.half.as_deref().map(|h| usize::from(h == "odd"));
        let items: Vec<T> = items
            .into_iter()
            .enumerate()
            .filter(|(i, _)| wanted.is_none_or(|w| i % 2 == w))
            .map(|(_, item)| item)
            .collect();
        let sample = self.limit.map_or_else(Sample::all, |n| Sample::limit(n, self.seed));
        sample.select(items).context("choose the items to measure")
    }

    /// Prints the figures; `extra` goes into the JSON object beside them, `tables` below the table of figures.
    fn print(
        &self,
        measure: &str,
        data: &[&Path],
        figures: Figures,
        extra: Map<String, Value>,
        tables: &str,
    ) -> Result<ExitCode> {
        let data = data.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(" ");
        let data = self.half.as_ref().map_or(data.clone(), |h| format!("{data} ({h} half)"));
        let report = Report::new(measure, &data, env!("CARGO_PKG_VERSION"), figures).context("measure")?;
        if self.json {
            let mut value = serde_json::to_value(&report).context("write JSON")?;
            if let Value::Object(map) = &mut value {
                map.extend(extra);
            }
            print_json(&value)?;
        } else {
            print(&format!("{}\n{tables}", report.to_table().trim_end()))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).with_context(|| format!("read {}", path.display()))
}

/// Sentences, one a line, tokens separated by white space.
fn sentences(path: &Path) -> Result<Vec<Vec<String>>> {
    Ok(read(path)?.lines().map(|l| l.split_whitespace().map(str::to_owned).collect()).collect())
}
