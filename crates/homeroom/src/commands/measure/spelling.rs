//! `homeroom measure spelling`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result};
use homeroom_lexicon::Lexicon;
use homeroom_measure::bootstrap::wilson;
use homeroom_measure::report::{Figure, Figures};
use homeroom_speller::{Speller, collect_pairs, measure_spelling};
use serde_json::Map;

use super::{Common, read};

#[derive(clap::Args)]
pub(super) struct Args {
    /// Sentences as written, one a line, tokens separated by spaces
    #[arg(long, value_name = "FILE")]
    source: PathBuf,
    /// The same sentences, corrected; once per annotator
    #[arg(long, value_name = "FILE", required = true)]
    reference: Vec<PathBuf>,
    #[command(flatten)]
    common: Common,
}

pub(super) fn run(args: &Args) -> Result<ExitCode> {
    let source = read(&args.source)?;
    let references = args.reference.iter().map(|p| read(p)).collect::<Result<Vec<_>>>()?;
    let references: Vec<&str> = references.iter().map(String::as_str).collect();
    let pairs = collect_pairs(Lexicon::shipped(), &source, &references);
    // Halves are of lines, not of misspellings, so that a word is not on both sides of a sentence.
    let wanted = args.common.half.as_deref().map(|h| usize::from(h == "odd"));
    let pairs: Vec<_> = pairs.into_iter().filter(|p| wanted.is_none_or(|w| p.line % 2 == w)).collect();
    let whole = Common { half: None, limit: args.common.limit, seed: args.common.seed, json: args.common.json };
    let pairs = whole.select(pairs)?;
    let result = measure_spelling(Speller::shipped(), &pairs);
    let mut figures = Figures::default();
    for (name, share) in [("first_right", result.first_share()), ("offered", result.offered_share())] {
        let value = share.context("no misspelling in these sentences")?;
        let n = result.n();
        let (low, high) = wilson(value * n as f64, n as f64);
        figures.push(name, Figure { value, low, high, n, unit: "share".to_owned() });
    }
    let data: Vec<&Path> = vec![&args.source];
    args.common.print("spelling", &data, figures, Map::new(), "")
}
