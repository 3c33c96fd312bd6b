//! `homeroom chat`: a conversation with a model, in a terminal.

use std::fs::{File, OpenOptions};
use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use homeroom_ingest::{Limits as ReadLimits, read_bytes};
use homeroom_model::{Event, Limits, Message, Part, Sampling};
use homeroom_tools::{Approval, Approve, Ask, Finish, Loop, Outcome, Step, Told, Toolbox, Turn};
use serde_json::json;
use tokio::runtime::Runtime;

use super::mark::pdf_child;
use super::model::with_detail;
use crate::sight::shown;
use crate::tools::{Reach, toolbox};
use crate::{llm, servers};

/// What a model with tools is told where the user says nothing else.
const INSTRUCTIONS: &str = "You help a teacher or a learner of English. Call a tool only where its answer is needed; for everything else \
    answer by yourself. When you have what you need, answer in a few plain words, in the language of the question.";

/// A whole turn, the person's thinking about a question included.
const TURN: Duration = Duration::from_mins(30);

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
    /// Offer the model no tools: it only talks
    #[arg(long, conflicts_with_all = ["class", "pupil", "recordings", "mcp"])]
    no_tools: bool,
    #[command(flatten)]
    reach: Reach,
    /// Tools of another program, over the Model Context Protocol: NAME=COMMAND or NAME=URL (beside those of mcp.json in the
    /// configuration folder)
    #[arg(long, value_name = "SERVER")]
    mcp: Vec<String>,
    /// Write down each step: what was said, called and given
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Write down what the model answers, to be replayed
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Print JSON: text, how it ended, steps
    #[arg(long, requires = "text")]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let client = llm::recorded(args.model.as_deref(), Limits::default(), args.record.as_deref())?;
    let files: Vec<Part> = args.file.iter().map(|path| part(path)).collect::<Result<_>>()?;
    let runtime = llm::runtime()?;
    // What the doctor has found to call no tools is not offered any.
    let has_tools = !args.no_tools && client.facts().tools != Some(false);
    let connections =
        if has_tools { runtime.block_on(servers::connect(&servers::servers(&args.mcp)?)) } else { vec![] };
    let tools = if has_tools { toolbox(&args.reach, servers::tools(&connections))? } else { Toolbox::default() };
    let usual = (!tools.is_empty()).then_some(INSTRUCTIONS);
    let messages = args.system.as_deref().or(usual).map(Message::system).into_iter().collect();
    let terminal = std::io::stdin().is_terminal();
    let approve: Arc<dyn Approve> = if terminal { Arc::new(ask_person) } else { Arc::new(refuse) };
    let sampling = Sampling { temperature: args.temperature, seed: None, ..Sampling::default() };
    let limits =
        homeroom_tools::Limits { answer_tokens: args.max_tokens, time: TURN, ..homeroom_tools::Limits::default() };
    let looped = Loop::new(client, tools, approve).with_limits(limits).with_sampling(sampling).with_purpose("chat");
    let trace = args.trace.as_deref().map(new_trace).transpose()?;
    let mut chat = Chat { args, looped, messages, files, trace, runtime: &runtime };
    let ended = if args.text.is_empty() { chat.converse(terminal) } else { chat.once(args.text.join(" ")) };
    for connection in connections {
        runtime.block_on(connection.close());
    }
    ended
}

/// A conversation under way.
struct Chat<'a> {
    args: &'a Args,
    looped: Loop,
    messages: Vec<Message>,
    /// They go with the next message.
    files: Vec<Part>,
    trace: Option<File>,
    runtime: &'a Runtime,
}

impl Chat<'_> {
    fn once(&mut self, text: String) -> Result<ExitCode> {
        let turn = self.say(text, !self.args.json)?;
        if self.args.json {
            let totals = self.looped.client().ledger().totals();
            super::print_json(&json!({
                "text": turn.text, "finish": turn.finish, "prompt_tokens": totals.usage.prompt_tokens,
                "completion_tokens": totals.usage.completion_tokens, "steps": turn.trace.steps,
            }))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn converse(&mut self, terminal: bool) -> Result<ExitCode> {
        let client = self.looped.client().clone();
        if terminal {
            let tools = self.looped.tools().names().len();
            eprintln!("{}, {tools} tools. An empty line ends the conversation.", client.name());
        }
        loop {
            if terminal {
                eprint!("> ");
                std::io::stderr().flush().context("write to the terminal")?;
            }
            // Not held while the model answers: a person may be asked something meanwhile.
            let mut line = String::new();
            let n = std::io::stdin().read_line(&mut line).context("read a line")?;
            if n == 0 || line.trim().is_empty() {
                break;
            }
            self.say(line.trim_end_matches(['\r', '\n']).to_owned(), true)?;
        }
        if terminal && client.ledger().totals().calls > 0 {
            eprintln!("{}", llm::spent(&client));
        }
        Ok(ExitCode::SUCCESS)
    }

    /// One turn: the answer is printed as it comes, calls of tools are told on standard error.
    fn say(&mut self, text: String, aloud: bool) -> Result<Turn> {
        let mut said = Message::user(text);
        said.parts.append(&mut self.files);
        self.messages.push(said);
        let mut out = std::io::stdout();
        let mut told = |told: Told<'_>| match told {
            Told::Event(Event::Text(text)) if aloud => {
                // A closed pipe shows at the end.
                let _ = out.write_all(plain(text).as_bytes()).and_then(|()| out.flush());
            }
            Told::Step(Step::Call { call, .. }) if aloud => {
                eprintln!("[{} {}]", plain(&call.name), plain(&short(&call.arguments.to_string())));
            }
            Told::Step(Step::Result { outcome, text, .. }) if aloud && !matches!(outcome, Outcome::Done) => {
                eprintln!("[{}]", plain(&short(text)));
            }
            _ => {}
        };
        let mut turn = self.runtime.block_on(self.looped.run_aloud(self.messages.clone(), &mut told));
        if let Some(file) = &mut self.trace {
            file.write_all(turn.trace.to_json_lines().as_bytes()).context("write the trace")?;
        }
        if let Some(error) = turn.error.take() {
            return Err(with_detail(error));
        }
        if aloud {
            super::print("\n")?;
            match turn.finish {
                Finish::Answered => {}
                Finish::Length => eprintln!("[cut off: --max-tokens allows a longer answer]"),
                Finish::Filtered => eprintln!("[the server withheld its answer]"),
                Finish::Rounds | Finish::Calls => eprintln!("[it called tools until no more were allowed]"),
                Finish::Time => eprintln!("[it took too long]"),
                Finish::Tokens => eprintln!("[the conversation is too long to go on]"),
                Finish::Failed => {}
            }
        }
        self.messages.clone_from(&turn.messages);
        Ok(turn)
    }
}

/// Asks the person at the terminal whether something may be changed.
fn ask_person(ask: &Ask) -> Approval {
    let source = if ask.after_data { " It has read data since you spoke, which may have told it to." } else { "" };
    eprintln!(
        "\nThe model wants to call {} with {}.{source}",
        plain(&ask.call.name),
        plain(&ask.call.arguments.to_string())
    );
    eprint!("Allow it? [y]es, [a]lways until you speak again, [N]o: ");
    let _ = std::io::stderr().flush();
    let mut line = String::new();
    match std::io::stdin().read_line(&mut line).map(|_| line.trim().to_lowercase()).as_deref() {
        Ok("y" | "yes") => Approval::Once,
        Ok("a" | "always") => Approval::Always,
        _ => Approval::No,
    }
}

fn refuse(ask: &Ask) -> Approval {
    eprintln!("[{} changes something, and nobody is there to be asked: not run]", plain(&ask.call.name));
    Approval::No
}

/// A new file that only its owner reads: it holds what was said.
fn new_trace(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).with_context(|| format!("write {}", path.display()))
}

/// The beginning of a long text.
fn short(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() > 160 { line.chars().take(159).chain(['…']).collect() } else { line.to_owned() }
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
        // Servers seldom read what phones write.
        "heic" | "heif" => shown(&homeroom_page::decode(&bytes).with_context(|| format!("read {}", path.display()))?),
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
