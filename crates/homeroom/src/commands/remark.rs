//! `homeroom remark`: everything that is made from evidence, made again.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;

use super::mark::{NO_PDF, load_rubric, table};
use super::{print, print_json};
use crate::progress::Progress;
use crate::render::render;
use crate::store::Store;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// A folder that `homeroom mark` has made
    #[arg(value_name = "OUT_DIR")]
    dir: PathBuf,
    /// Mark by another rubric from now on
    #[arg(long, value_name = "ID")]
    rubric: Option<String>,
    /// Language of the pages from now on
    #[arg(long, value_parser = ["en", "zh", "both"])]
    lang: Option<String>,
    /// Also write PDF reports from now on
    #[arg(long)]
    pdf: bool,
    /// Print summary.json instead of the table
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    if args.pdf && !cfg!(feature = "pdf") {
        anyhow::bail!("{NO_PDF}, or leave out --pdf");
    }
    let store = Store::open(&args.dir)?;
    if args.rubric.is_some() || args.lang.is_some() || args.pdf {
        let Some(mut batch) = store.batch()? else {
            anyhow::bail!("{} has no batch.json", args.dir.display());
        };
        if let Some(rubric) = &args.rubric {
            batch.rubric = load_rubric(rubric)?;
        }
        if let Some(lang) = &args.lang {
            batch.language.clone_from(lang);
        }
        batch.pdf |= args.pdf;
        store.set_batch(&batch)?;
    }
    let summary = render(&store, &Progress::new(args.json))?;
    if args.json {
        print_json(&summary)?
    } else {
        print(&table(&summary, store.dir(), &[]))?
    }
    Ok(ExitCode::SUCCESS)
}
