//! `homeroom chat`: a conversation with a model, in a terminal.

use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use homeroom_ingest::{Limits as ReadLimits, read_bytes};
use homeroom_model::{ChatRequest, Client, Event, Limits, Message, Part, Sampling};

use super::mark::pdf_child;
use super::model::with_detail;
use crate::llm;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// What to say; without it, a conversation: one line at a time, an empty one or Ctrl-D ends it
    #[arg(value_name = "TEXT")]
    text: Vec<String>,
    /// The model [default: the one in use]
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// What the model is told beforehand
    #[arg(long, value_name = "TEXT")]
    system: Option<String>,
    /// Files that go with the first message: pictures, recordings (.wav .mp3), and .pdf .docx .txt .md as text
    #[arg(long, value_name = "FILE")]
    file: Vec<PathBuf>,
    /// Most tokens of an answer
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    max_tokens: u32,
    /// 0 always takes the likeliest word, 1 is free
    #[arg(long, value_name = "T", default_value_t = 0.7)]
    temperature: f32,
    /// Write down what the model answers, to be replayed
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Print JSON: text, tokens, seconds
    #[arg(long, requires = "text")]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let client = llm::recorded(args.model.as_deref(), Limits::default(), args.record.as_deref())?;
    let mut messages: Vec<Message> = args.system.iter().map(Message::system).collect();
    let mut files: Vec<Part> = args.file.iter().map(|path| part(path)).collect::<Result<_>>()?;
    let runtime = llm::runtime()?;
    if !args.text.is_empty() {
        let mut first = Message::user(args.text.join(" "));
        first.parts.append(&mut files);
        messages.push(first);
        let reply = runtime.block_on(say(&client, messages, args, !args.json))?;
        if args.json {
            super::print_json(&reply)?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let terminal = std::io::stdin().is_terminal();
    if terminal {
        eprintln!("{}. An empty line ends the conversation.", client.name());
    }
    let mut lines = std::io::stdin().lock().lines();
    loop {
        if terminal {
            eprint!("> ");
            std::io::stderr().flush().context("write to the terminal")?;
        }
        let Some(line) = lines.next() else { break };
        let line = line.context("read a line")?;
        if line.trim().is_empty() {
            break;
        }
        let mut said = Message::user(line);
        said.parts.append(&mut files);
        messages.push(said);
        let reply = runtime.block_on(say(&client, messages.clone(), args, true))?;
        messages.push(reply.message());
    }
    let totals = client.ledger().totals();
    if terminal && totals.calls > 0 {
        let about = if totals.usage.estimated { "about " } else { "" };
        let cost = client.price().map_or_else(String::new, |p| format!(", {:.4} {}", totals.cost, p.currency()));
        eprintln!(
            "{about}{} tokens read, {} written{cost}",
            totals.usage.prompt_tokens, totals.usage.completion_tokens
        );
    }
    Ok(ExitCode::SUCCESS)
}

async fn say(client: &Client, messages: Vec<Message>, args: &Args, aloud: bool) -> Result<homeroom_model::Reply> {
    let sampling = Sampling { temperature: args.temperature, seed: None, ..Sampling::default() };
    let request = ChatRequest { sampling, ..ChatRequest::new(messages, args.max_tokens) };
    let mut out = std::io::stdout();
    let reply = client
        .ask_aloud("chat", request, |event| {
            if let (true, Event::Text(text)) = (aloud, event) {
                // A closed pipe shows at the end.
                let _ = out.write_all(plain(text).as_bytes()).and_then(|()| out.flush());
            }
        })
        .await
        .map_err(with_detail)?;
    if aloud {
        super::print("\n")?;
    }
    Ok(reply)
}

/// Text without the characters that could move a terminal's cursor or colour what follows.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

/// A file as a part of a message.
fn part(path: &Path) -> Result<Part> {
    let bytes = std::fs::read(path).with_context(|| format!("read {}", path.display()))?;
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    let data = || BASE64_STANDARD.encode(&bytes);
    Ok(match extension.as_str() {
        "png" | "webp" | "gif" => Part::Image { mime: format!("image/{extension}"), data: data() },
        "jpg" | "jpeg" => Part::Image { mime: "image/jpeg".into(), data: data() },
        "wav" | "mp3" => Part::Audio { format: extension, data: data() },
        _ => {
            let name = path.display().to_string();
            let text = read_bytes(&name, &bytes, &ReadLimits::default(), &pdf_child()?)
                .map_err(|error| anyhow::anyhow!("{name}: {}", error.explain().en))?;
            if text.text.trim().is_empty() {
                bail!("{name} has no text");
            }
            Part::Text { text: format!("The file {name}:\n{}", text.text) }
        }
    })
}
