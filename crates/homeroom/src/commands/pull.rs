//! `homeroom pull`: brings small open models to this machine.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use homeroom_models::{Had, Sources, Watch, offered, pull};
use indicatif::{DecimalBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::{models, print};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Models, or `starter` for all; without a name, what can be pulled is listed
    names: Vec<String>,
    /// Take them from a folder: one that `homeroom models export` has made, or with the wheels in it
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,
    /// Fetch them anew, even if they are here
    #[arg(long)]
    again: bool,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let store = models::store()?;
    let mut names = args.names.clone();
    let sources = match &args.from {
        Some(folder) => {
            if !folder.is_dir() {
                bail!("there is no folder {}", folder.display());
            }
            if names.is_empty() {
                names = offered(store.catalogue(), folder);
            }
            if names.is_empty() {
                bail!("no model is in {}; `homeroom models export DIR` makes such a folder", folder.display());
            }
            Sources::folder(folder)
        }
        None => {
            let mut sources = Sources::all(store.catalogue());
            // What other programs that fetch from a hub go by.
            if let Ok(hub) = std::env::var("HF_ENDPOINT")
                && !hub.is_empty()
            {
                sources.hubs.retain(|known| known.trim_end_matches('/') != hub.trim_end_matches('/'));
                sources.hubs.insert(0, hub);
            }
            sources
        }
    };
    if names.is_empty() {
        print(&models::table(&store))?;
        return Ok(ExitCode::SUCCESS);
    }
    let lines = Lines::new();
    let pulled = pull(&store, &names, &sources, args.again, &lines).context("pull")?;
    let mut code = ExitCode::SUCCESS;
    for model in pulled {
        match model.result {
            Ok(Had::Already) => print(&format!("{}: is here\n", model.model))?,
            Ok(Had::Fetched) => print(&format!("{}: pulled\n", model.model))?,
            Err(error) => {
                eprintln!("homeroom: {:#}", anyhow::Error::from(error));
                code = ExitCode::from(2);
            }
        }
    }
    Ok(code)
}

/// Shows how far a pull is, on standard error: a bar on a terminal, a line per stage elsewhere.
pub(crate) struct Lines {
    bar: ProgressBar,
    terminal: bool,
}

impl Lines {
    pub(crate) fn new() -> Self {
        let target = ProgressDrawTarget::stderr();
        let terminal = !target.is_hidden();
        Self { bar: ProgressBar::with_draw_target(None, target), terminal }
    }

    /// A bar where the length is known, else a spinner.
    fn style(bytes: u64) -> &'static str {
        match bytes {
            0 => "{spinner} {msg}  {elapsed}",
            _ => "{msg} {bar:30} {decimal_bytes}/{decimal_total_bytes}  {decimal_bytes_per_sec}  {eta} left",
        }
    }
}

impl Watch for Lines {
    fn start(&self, what: &str, bytes: u64) {
        if !self.terminal {
            match bytes {
                0 => eprintln!("{what}"),
                _ => eprintln!("{what} ({})", DecimalBytes(bytes)),
            }
            return;
        }
        self.bar.reset();
        if let Ok(style) = ProgressStyle::with_template(Self::style(bytes)) {
            self.bar.set_style(style);
        }
        self.bar.set_length(bytes);
        self.bar.set_message(what.to_owned());
        if bytes == 0 {
            self.bar.enable_steady_tick(std::time::Duration::from_millis(100));
        } else {
            self.bar.disable_steady_tick();
        }
    }

    fn advance(&self, bytes: u64) {
        self.bar.inc(bytes);
    }

    fn finish(&self) {
        self.bar.disable_steady_tick();
        self.bar.finish_and_clear();
    }

    fn note(&self, line: &str) {
        self.bar.suspend(|| eprintln!("{line}"));
    }
}
