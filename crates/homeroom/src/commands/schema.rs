//! `homeroom schema`: the JSON schemas of all exports.

use std::process::ExitCode;

use anyhow::Result;
use homeroom_report::schemas;
use serde_json::{Map, Value};

use super::print_json;

#[derive(clap::Args)]
pub(crate) struct Args {}

pub(crate) fn run(_: &Args) -> Result<ExitCode> {
    let all: Map<String, Value> = schemas().into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect();
    print_json(&all)?;
    Ok(ExitCode::SUCCESS)
}
