//! `homeroom train`: the small models and tables that are shipped, made again from their sources.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result};
use homeroom_hearing::{Dictionary, Heads, HearingError, Step, TrainOptions, scored_readings};
use homeroom_lexicon::{Sources, build};
use homeroom_parser::{Progress as ParserStep, TrainOptions as ParserOptions, conllu};
use sha2::{Digest, Sha256};

use super::models::store;
use super::print;
use crate::hear;
use crate::progress::Progress;

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
    /// The heads that judge pronunciation, on readings that experts have scored
    Hearing {
        /// Folder with scores.jsonl and audio/, laid out as speechocean762 is here
        #[arg(long, value_name = "DIR")]
        data: PathBuf,
        /// The file of heads to write; a report is written beside it, as .md
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Folder for what takes long: a training that was cut off goes on from there
        #[arg(long, value_name = "DIR", default_value = "hearing-work")]
        work: PathBuf,
        /// Seed: equal seeds give equal heads
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// The dictionary of pronunciations, from the text of the CMU Pronouncing Dictionary
    Pronunciations {
        /// cmudict.dict
        #[arg(long, value_name = "FILE")]
        source: PathBuf,
        /// The dictionary to write
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
        What::Hearing { data, out, work, seed } => {
            let heads = hearing(data, work, *seed)?;
            let report = out.with_extension("md");
            fs::write(&report, heads.report()).with_context(|| format!("write {}", report.display()))?;
            (out, heads.to_bytes())
        }
        What::Pronunciations { source, out } => {
            let text = fs::read_to_string(source).with_context(|| format!("read {}", source.display()))?;
            let bytes = Dictionary::pack(&text).map_err(|line| anyhow::anyhow!("line {line} is no pronunciation"))?;
            (out, bytes)
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
    let options = ParserOptions { seed, ..ParserOptions::default() };
    homeroom_parser::train(&training, &dev, &options, &mut |step| match step {
        ParserStep::Epoch { stage, epoch, errors } => eprintln!("{stage}, pass {epoch}: {errors} errors"),
        ParserStep::Dev { upos, xpos, uas, las } => {
            eprintln!("dev: UPOS {upos:.4}  XPOS {xpos:.4}  UAS {uas:.4}  LAS {las:.4}");
        }
        ParserStep::Size { tagger, arcs, labellers } => {
            eprintln!("weights kept: tagger {tagger}, transitions {arcs}, labellers {labellers}");
        }
    })
    .context("train the parser")
}

fn hearing(data: &Path, work: &Path, seed: u64) -> Result<Heads> {
    let readings = scored_readings(data)?;
    fs::create_dir_all(work).with_context(|| format!("make the folder {}", work.display()))?;
    let encoder = store()?.folder(hear::MODEL).ok().map(|folder| folder.join("encoder.onnx"));
    let ear = hear::ear(0)?;
    let hash = encoder.map(|path| fs::read(&path).with_context(|| format!("read {}", path.display()))).transpose()?;
    let hash = hash.map_or_else(String::new, |bytes| format!("{:x}", Sha256::digest(&bytes)));
    let load = |id: &str| {
        hear::recording(data, id).map_err(|error| HearingError::Read {
            path: data.join("audio").join(id),
            source: std::io::Error::other(format!("{error:#}")),
        })
    };
    let progress = Mutex::new((Progress::new(false), ""));
    let tell = |step: Step| {
        let mut shown = progress.lock().unwrap_or_else(PoisonError::into_inner);
        match step {
            Step::Note(note) => shown.0.say(&note),
            Step::Progress { stage, done, of } => {
                if shown.1 != stage {
                    shown.0.start(stage, of);
                    shown.1 = stage;
                }
                shown.0.at(done);
            }
        }
    };
    let options = TrainOptions { seed, work, encoder: hash, load: &load, tell: &tell };
    let (heads, _) = homeroom_hearing::train(&readings, &ear, &options).context("train the heads")?;
    progress.lock().unwrap_or_else(PoisonError::into_inner).0.finish();
    Ok(heads)
}
