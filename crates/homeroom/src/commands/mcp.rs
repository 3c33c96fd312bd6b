//! `homeroom mcp`: Homeroom's tools for other assistants, over the Model Context Protocol.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use homeroom_mcp::{HttpOptions, serve_http, serve_stdio};
use homeroom_model::Key;

use crate::llm;
use crate::tools::{Reach, toolbox};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    reach: Reach,
    /// Address and port to serve at, over HTTP; without it the program that starts this one is spoken to
    #[arg(long, value_name = "ADDRESS")]
    http: Option<SocketAddr>,
    /// File with the key that clients send; nobody else may be able to read it
    #[arg(long, value_name = "FILE", requires = "http")]
    key_file: Option<PathBuf>,
    /// Name by which clients call this machine, beside localhost
    #[arg(long, value_name = "NAME", requires = "http")]
    host: Vec<String>,
    /// Web pages that may call from a browser, such as https://example.org
    #[arg(long, value_name = "ORIGIN", requires = "http")]
    origin: Vec<String>,
    /// List the tools and end
    #[arg(long)]
    list: bool,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let tools = toolbox(&args.reach, Vec::new())?;
    if args.list {
        for tool in tools.specs() {
            super::print(&format!("{}\n    {}\n", tool.name, tool.description))?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let runtime = llm::runtime()?;
    let Some(address) = args.http else {
        runtime.block_on(serve_stdio(&tools, false)).context("serve the tools")?;
        return Ok(ExitCode::SUCCESS);
    };
    let options = HttpOptions {
        key: args.key_file.as_deref().map(Key::from_file).transpose()?,
        hosts: args.host.clone(),
        origins: args.origin.clone(),
        changes: false,
    };
    runtime.block_on(async {
        let server = serve_http(&tools, address, options).await?;
        eprintln!("{} tools at {}; Ctrl-C stops.", tools.names().len(), server.url());
        server.ended().await;
        anyhow::Ok(())
    })?;
    Ok(ExitCode::SUCCESS)
}
