//! `homeroom trace`: what a model did in a conversation.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use homeroom_model::Limits;
use homeroom_tools::{Loop, Never, Trace};

use super::print;
use crate::llm;
use crate::tools::{Reach, toolbox};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// A trace that `homeroom chat --trace` has written
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Go through it again with this model, one that replays a recording of the same conversation (`chat --record`, then
    /// `model add NAME --provider recorded --model FILE`), and say where it goes another way
    #[arg(long, value_name = "NAME")]
    replay: Option<String>,
    #[command(flatten)]
    reach: Reach,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let text = std::fs::read_to_string(&args.file).with_context(|| format!("read {}", args.file.display()))?;
    let trace = Trace::parse(&text).with_context(|| format!("read {}", args.file.display()))?;
    let Some(name) = &args.replay else {
        print(&trace.render())?;
        return Ok(ExitCode::SUCCESS);
    };
    let client = llm::client(Some(name), Limits::default())?;
    let tools = toolbox(&args.reach, Vec::new())?;
    let runtime = llm::runtime()?;
    let mut differences = 0;
    let turns = trace.turns();
    if turns.is_empty() {
        bail!("{} holds no turn", args.file.display());
    }
    for (n, turn) in turns.iter().enumerate() {
        let looped = Loop::new(client.clone(), tools.clone(), Arc::new(Never));
        match runtime.block_on(turn.replay(&looped)) {
            Ok(_) => print(&format!("turn {}: the same, {} steps\n", n + 1, turn.steps.len()))?,
            Err(difference) => {
                differences += 1;
                print(&format!("turn {}: {difference}\n", n + 1))?;
            }
        }
    }
    Ok(if differences == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
