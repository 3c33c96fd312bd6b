//! `homeroom train`: the small models and tables that are shipped, made again from their sources.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use homeroom_lexicon::{Sources, build};
use homeroom_parser::{Progress as Step, TrainOptions, conllu, train};

use super::print;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// The tagger and dependency parser, on a treebank in CoNLL-U
    Parser {
        /// Folder with train.conllu and dev.conllu
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// The model file to write
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Seed: equal seeds give equal models
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// The table of words, from published packages (crates/homeroom-lexicon/data/README.md says which)
    Lexicon {
        /// Folder with the wheels and word lists
        #[arg(long, value_name = "DIR")]
        sources: PathBuf,
        /// The table to write
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let (out, bytes) = match &args.what {
        What::Parser { data, out, seed } => (out, parser(data, *seed)?),
        What::Lexicon { sources, out } => {
            let sources = Sources::in_folder(sources).context("find the sources of the lexicon")?;
            (out, build(&sources).context("make the lexicon")?)
        }
    };
    fs::write(out, &bytes).with_context(|| format!("write {}", out.display()))?;
    print(&format!("{}: {} bytes\n", out.display(), bytes.len()))?;
    Ok(ExitCode::SUCCESS)
}

fn parser(data: &std::path::Path, seed: u64) -> Result<Vec<u8>> {
    let read = |name: &str| {
        let path = data.join(name);
        let text = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
        conllu::read(&text).with_context(|| format!("read {}", path.display()))
    };
    let (training, dev) = (read("train.conllu")?, read("dev.conllu")?);
    let options = TrainOptions { seed, ..TrainOptions::default() };
    train(&training, &dev, &options, &mut |step| match step {
        Step::Epoch { stage, epoch, errors } => eprintln!("{stage}, pass {epoch}: {errors} errors"),
        Step::Dev { upos, xpos, uas, las } => {
            eprintln!("dev: UPOS {upos:.4}  XPOS {xpos:.4}  UAS {uas:.4}  LAS {las:.4}");
        }
        Step::Size { tagger, arcs, labellers } => {
            eprintln!("weights kept: tagger {tagger}, transitions {arcs}, labellers {labellers}");
        }
    })
    .context("train the parser")
}
