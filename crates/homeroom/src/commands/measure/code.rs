//! `homeroom measure code`: does a model complete code as an editor's plug-in asks it to?
//!
//! # Source
//! HumanEval (Chen et al. 2021): the model goes on from a function's head and docstring, and what it wrote has to pass the
//! tests: pass@1 with the likeliest tokens. The functions with a gap are Homeroom's own (`data/functions.toml`).

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use futures::StreamExt;
use homeroom_measure::report::{Figure, Figures};
use homeroom_model::{Client, Gap, Limits, ModelError, Sampling};
use serde::Deserialize;
use serde_json::{Map, json};

use super::Common;
use crate::llm;
use crate::progress::Progress;

/// Most tokens of a gap.
const GAP_TOKENS: u32 = 160;
/// Most tokens of a function's body.
const BODY_TOKENS: u32 = 400;
/// Where a function's body is over: what begins a line of its own.
const STOPS: [&str; 6] = ["\ndef ", "\nclass ", "\nif ", "\nprint(", "\n#", "\n@"];
/// How long a program may run.
const PATIENCE: Duration = Duration::from_secs(15);
/// What a program may use: seconds of a core, kB of memory, blocks of files.
const BOUNDS: &str = "ulimit -t 10; ulimit -v 1500000; ulimit -f 1000; exec \"$@\"";

#[derive(clap::Args)]
pub(super) struct Args {
    /// Folder with HumanEval.jsonl.gz; without it, only the functions with a gap
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The model [default: the one in use]
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// Agree that Python code which the model wrote is run on this machine, bounded in time, memory and files, and without a
    /// network where the system allows it
    #[arg(long)]
    run_code: bool,
    /// List the functions that went wrong
    #[arg(long)]
    show: bool,
    /// --limit takes so many of each part
    #[command(flatten)]
    common: Common,
}

/// A function to complete, and what has to run without an exception.
struct Task {
    id: String,
    gap: Gap,
    /// What comes after what the model wrote: the rest of the function, and its tests.
    rest: String,
}

#[derive(Deserialize)]
struct Written {
    function: Vec<Function>,
}

#[derive(Deserialize)]
struct Function {
    id: String,
    prefix: String,
    suffix: String,
    test: String,
    #[cfg_attr(not(test), allow(dead_code, reason = "the tests see that it passes"))]
    solution: String,
}

#[derive(Deserialize)]
struct HumanEval {
    task_id: String,
    prompt: String,
    entry_point: String,
    test: String,
}

fn functions() -> Vec<Function> {
    let written: Written = toml::from_str(include_str!("../../../data/functions.toml"))
        .expect("invariant: the shipped functions are well-formed");
    written.function
}

/// The likeliest token each time.
fn greedy() -> Sampling {
    Sampling { temperature: 0.0, ..Sampling::default() }
}

fn gaps() -> Vec<Task> {
    let task = |f: Function| {
        // The cursor stands on a line of its own, or within one.
        let suffix = if f.prefix.ends_with('\n') { format!("\n{}", f.suffix) } else { f.suffix };
        let rest = format!("{suffix}\n{}", f.test);
        let sampling = greedy();
        let gap = Gap { prefix: f.prefix, suffix: Some(suffix), sampling, max_tokens: GAP_TOKENS, stop: Vec::new() };
        Task { id: f.id, gap, rest }
    };
    functions().into_iter().map(task).collect()
}

fn human_eval(folder: &Path) -> Result<Vec<Task>> {
    let path = folder.join("HumanEval.jsonl.gz");
    let file = std::fs::File::open(&path).with_context(|| format!("read {}", path.display()))?;
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).with_context(|| format!("read {}", path.display()))?;
    let task = |(i, line): (usize, &str)| {
        let read: HumanEval =
            serde_json::from_str(line).with_context(|| format!("{} line {}", path.display(), i + 1))?;
        let stop = STOPS.map(str::to_owned).to_vec();
        let gap = Gap { prefix: read.prompt, suffix: None, sampling: greedy(), max_tokens: BODY_TOKENS, stop };
        let rest = format!("\n\n{}\n\ncheck({})\n", read.test, read.entry_point);
        Ok(Task { id: read.task_id, gap, rest })
    };
    text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()).map(task).collect()
}

pub(super) fn run(args: &Args) -> Result<ExitCode> {
    if !args.run_code {
        bail!("this runs Python code that a model writes on this machine, in bounds; --run-code says that you agree");
    }
    let python = Python::find()?;
    let client = llm::client(args.model.as_deref(), Limits::default())?;
    let runtime = llm::runtime()?;
    let progress = Progress::new(args.common.json);
    let mut figures = Figures::default();
    let mut tables = format!("model {}\n", client.name());
    let mut parts = vec![("gap", gaps())];
    if let Some(folder) = &args.data {
        parts.push(("human_eval", human_eval(folder)?));
    }
    for (part, tasks) in parts {
        let tasks = args.common.select(tasks)?;
        progress.start(part, tasks.len());
        let replies = runtime.block_on(ask(&client, &tasks, &progress));
        let (mut right, mut unanswered) = (0, 0);
        for (task, reply) in tasks.iter().zip(replies) {
            let wrote = match reply {
                Ok(wrote) => wrote,
                Err(error) => {
                    unanswered += 1;
                    if unanswered == tasks.len() {
                        return Err(crate::commands::model::with_detail(error));
                    }
                    continue;
                }
            };
            let passes = python.runs(&format!("{}{wrote}{}", task.gap.prefix, task.rest))?;
            right += usize::from(passes);
            if args.show && !passes {
                tables.push_str(&format!("---- {}\n{wrote}\n", task.id));
            }
        }
        figures.push(part, Figure::share(right, tasks.len(), "share"));
        figures.push(format!("{part}.no_answer"), Figure::share(unanswered, tasks.len(), "share"));
    }
    progress.finish();
    let data = args.data.clone().unwrap_or_else(|| PathBuf::from("functions with a gap"));
    let extra = Map::from_iter([("model".to_owned(), json!(client.name()))]);
    args.common.print("code", &[data.as_path()], figures, extra, &tables)
}

async fn ask(client: &Client, tasks: &[Task], progress: &Progress) -> Vec<Result<String, ModelError>> {
    let one = |gap: Gap| async move {
        let reply = client.fill("code", gap, |_| {}).await;
        progress.step();
        reply.map(|reply| reply.text)
    };
    let all: Vec<_> = tasks.iter().map(|task| one(task.gap.clone())).collect();
    futures::stream::iter(all).buffered(8).collect().await
}

/// Runs programs in bounds.
struct Python {
    /// What stands before the program's name where the system can take the network away.
    before: Vec<&'static str>,
}

impl Python {
    fn find() -> Result<Self> {
        let plain = Self { before: Vec::new() };
        if !plain.runs("pass")? {
            bail!("python3 does not run here");
        }
        let apart = Self { before: vec!["unshare", "--user", "--net"] };
        Ok(if apart.runs("pass").unwrap_or(false) { apart } else { plain })
    }

    /// Whether the program ends by itself, in time and without an exception.
    fn runs(&self, program: &str) -> Result<bool> {
        let folder = tempfile::tempdir().context("make a folder for a program")?;
        let mut child = Command::new("sh")
            .args(["-c", BOUNDS, "sh"])
            .args(&self.before)
            .args(["python3", "-I", "-"])
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .current_dir(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("start sh; the measure needs it and python3")?;
        if let Some(mut input) = child.stdin.take() {
            // A program that ends before it is read whole shows in its status.
            let _ = input.write_all(program.as_bytes());
        }
        let started = Instant::now();
        loop {
            if let Some(status) = child.try_wait().context("wait for a program")? {
                return Ok(status.success());
            }
            if started.elapsed() > PATIENCE {
                let _ = child.kill();
                child.wait().context("wait for a program")?;
                return Ok(false);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_functions_can_be_completed_and_their_tests_can_fail() {
        let Ok(python) = Python::find() else {
            println!("skipped: the functions with a gap (python3 does not run here)");
            return;
        };
        let functions = functions();
        assert_eq!(functions.len(), 30);
        for (task, function) in gaps().iter().zip(&functions) {
            let program = |middle: &str| format!("{}{middle}{}", task.gap.prefix, task.rest);
            assert!(python.runs(&program(function.solution.trim_end_matches('\n'))).unwrap(), "{}", task.id);
            assert!(!python.runs(&program("")).unwrap(), "{} passes with nothing in its gap", task.id);
        }
        assert!(!python.runs("while True: pass").unwrap(), "it has no end");
        assert!(!python.runs("x = bytearray(3 * 10**9)").unwrap(), "it takes all memory");
    }
}
