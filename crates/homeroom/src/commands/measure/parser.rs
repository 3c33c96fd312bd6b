//! `homeroom measure parser`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use homeroom_measure::bootstrap::{Bootstrap, Statistic};
use homeroom_measure::report::Figures;
use homeroom_parser::{Parser, conllu, evaluate};
use serde_json::Map;

use super::{Common, read};

#[derive(clap::Args)]
pub(super) struct Args {
    /// Treebank in CoNLL-U
    #[arg(long, value_name = "FILE.conllu")]
    data: PathBuf,
    /// A model file of `homeroom train parser` instead of the shipped one
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    #[command(flatten)]
    common: Common,
}

pub(super) fn run(args: &Args) -> Result<ExitCode> {
    let treebank = conllu::read(&read(&args.data)?).with_context(|| format!("read {}", args.data.display()))?;
    let treebank = args.common.select(treebank)?;
    let own;
    let parser = match &args.model {
        Some(path) => {
            let bytes = std::fs::read(path).with_context(|| format!("read {}", path.display()))?;
            own = Parser::from_bytes(&bytes).with_context(|| format!("read {}", path.display()))?;
            &own
        }
        None => Parser::shipped(),
    };
    let evaluation = evaluate(parser, &treebank);
    let rows: Vec<Vec<f64>> = evaluation
        .sentences
        .iter()
        .map(|c| [c.n_tokens, c.upos, c.xpos, c.uas, c.las].map(|n| n as f64).to_vec())
        .collect();
    let names = ["upos", "xpos", "uas", "las"];
    let statistics: Vec<Statistic<'_>> =
        (1..=names.len()).map(|num| Statistic::Ratio { num, den: 0, scale: 1.0 }).collect();
    let intervals = Bootstrap::default().counts(&rows, &statistics).context("measure the parser")?;
    let mut figures = Figures::default();
    for (name, interval) in names.into_iter().zip(intervals) {
        if let Some(interval) = interval {
            figures.push(name, interval.figure("share"));
        }
    }
    args.common.print("parser", &[&args.data], figures, Map::new(), "")
}
