//! `homeroom model`: the language models that Homeroom may ask.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use homeroom_model::{ChatRequest, Client, Config, Currency, Entry, Event, Limits, Message, Price, examine, gather};
use homeroom_models::Catalogue;
use serde_json::json;

use super::{print, print_json};
use crate::files::write_whole;
use crate::llm;
use crate::progress::Progress;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// List the models: which is in use, where each runs, what is known of it
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Add a model on a server, or replace the one of that name
    Add(Box<Add>),
    /// Take a model out of the list
    Remove {
        /// Its name
        name: String,
    },
    /// Use this model where none is named
    Use {
        /// Its name
        name: String,
    },
    /// Ask a model what it can do, and go by that from now on
    Doctor {
        /// Its name [default: the one in use]
        name: Option<String>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Measure how fast a model answers requests that share a long beginning, as essays share a rubric
    Bench(Bench),
}

#[derive(clap::Args)]
struct Add {
    /// What it is called here
    name: String,
    /// What stands behind it: openai for any OpenAI-compatible server, spark for iFLYTEK Spark, embedded for a model here
    #[arg(long, default_value = "openai")]
    provider: String,
    /// The server's address, such as http://localhost:8000/v1
    #[arg(long)]
    url: Option<String>,
    /// What the server calls the model; for an embedded one a name of `homeroom models`, or a .gguf file
    #[arg(long)]
    model: Option<String>,
    /// The environment variable that holds the key
    #[arg(long, value_name = "NAME", conflicts_with = "key_file")]
    key_env: Option<String>,
    /// The file that holds the key; nobody else may be able to read it
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// Tokens that question and answer may have together
    #[arg(long, value_name = "TOKENS")]
    context: Option<u64>,
    /// It stands in this house: texts that may not leave it may go there
    #[arg(long)]
    local: bool,
    /// Price of a million tokens read and of a million written, with the currency, such as 0.27/1.10/USD
    #[arg(long, value_name = "IN/OUT/CUR")]
    price: Option<String>,
    /// Calls at the same time
    #[arg(long, value_name = "N")]
    concurrency: Option<usize>,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    match &args.action {
        Action::List { json } => list(*json),
        Action::Add(add) => self::add(add),
        Action::Remove { name } => change(|config| {
            let before = config.models.len();
            config.models.retain(|m| m.name != *name);
            if config.models.len() == before {
                config.find(Some(name))?;
            }
            if config.used.as_deref() == Some(name) {
                config.used = None;
            }
            Ok(format!("{name} is gone from the list.\n"))
        }),
        Action::Use { name } => {
            let entry = llm::entry(Some(name))?;
            change(|config| {
                if config.find(Some(name)).is_err() {
                    config.models.push(entry);
                }
                config.used = Some(name.clone());
                Ok(format!("{name} is used from now on where no model is named.\n"))
            })
        }
        Action::Doctor { name, json } => doctor(name.as_deref(), *json),
        Action::Bench(args) => bench(args),
    }
}

fn change(change: impl FnOnce(&mut Config) -> Result<String>) -> Result<ExitCode> {
    let file = llm::file()?;
    let mut config = Config::open(&file)?;
    let said = change(&mut config)?;
    config.write(&file)?;
    print(&said)?;
    Ok(ExitCode::SUCCESS)
}

fn list(json: bool) -> Result<ExitCode> {
    let config = llm::config()?;
    let used = |name: &str| config.used.as_deref() == Some(name);
    if json {
        let one = |m: &Entry| {
            json!({"name": m.name, "provider": m.provider, "url": m.url, "model": m.model, "used": used(&m.name),
                   "facts": m.facts(llm::profile(&m.name).map(|p| p.facts).as_ref()), "price": m.price})
        };
        print_json(&json!({"models": config.models.iter().map(one).collect::<Vec<_>>()}))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut out = String::new();
    for m in &config.models {
        let found = llm::profile(&m.name);
        let facts = m.facts(found.as_ref().map(|p| &p.facts));
        let place = if facts.local { "here, no text leaves the house" } else { "elsewhere: texts leave the house" };
        let star = if used(&m.name) { "*" } else { " " };
        let at = m.url.as_deref().unwrap_or_default();
        let _ = writeln!(out, "{star} {:20} {} {} {at}", m.name, m.provider, m.model.as_deref().unwrap_or_default());
        let can: Vec<&str> = [
            (facts.streams, "streams"),
            (facts.schema, "keeps to a schema"),
            (facts.tools, "calls tools"),
            (facts.images, "sees"),
            (facts.logprobs, "tells log-probabilities"),
        ]
        .into_iter()
        .filter_map(|(has, what)| (has == Some(true)).then_some(what))
        .collect();
        let can =
            if found.is_none() { "not examined: `homeroom model doctor` does".to_owned() } else { can.join(", ") };
        let _ = writeln!(out, "    {place}; {can}");
    }
    if config.models.is_empty() {
        out.push_str("No model is configured; everything works without one at its level.\n");
    }
    let talkers: Vec<&str> =
        Catalogue::shipped().models.iter().filter(|m| m.job == "talk").map(|m| m.name.as_str()).collect();
    let _ = writeln!(
        out,
        "\nOn this machine: {} (`homeroom pull NAME`, then --model NAME). A server's model: `homeroom model add NAME --url URL --model MODEL`.",
        talkers.join(", ")
    );
    print(&out)?;
    Ok(ExitCode::SUCCESS)
}

fn add(add: &Add) -> Result<ExitCode> {
    if !Config::providers().contains(&add.provider.as_str()) {
        bail!("no provider is called `{}`; there are {}", add.provider, Config::providers().join(", "));
    }
    let entry = Entry {
        name: add.name.clone(),
        provider: add.provider.clone(),
        url: add.url.clone(),
        model: add.model.clone(),
        key_env: add.key_env.clone(),
        key_file: add.key_file.clone(),
        context: add.context,
        local: add.local.then_some(true),
        price: add.price.as_deref().map(price).transpose()?,
        concurrency: add.concurrency,
        stall_seconds: None,
    };
    if entry.provider == "openai" && (entry.url.is_none() || entry.model.is_none()) {
        bail!("a server needs --url and --model");
    }
    change(|config| {
        config.models.retain(|m| m.name != entry.name);
        let name = entry.name.clone();
        config.models.push(entry);
        if config.used.is_none() {
            config.used = Some(name.clone());
        }
        Ok(format!("{name} is in the list. `homeroom model doctor {name}` finds out what it can do.\n"))
    })
}

/// `IN/OUT` or `IN/OUT/CUR`.
fn price(text: &str) -> Result<Price> {
    let mut parts = text.split('/');
    let mut number = |what| -> Result<f64> {
        let part = parts.next().with_context(|| format!("the price `{text}` lacks what {what} costs"))?;
        let value: f64 = part.trim().parse().with_context(|| format!("`{part}` is no price"))?;
        if value.is_finite() && value >= 0.0 { Ok(value) } else { bail!("`{part}` is no price") }
    };
    let (input, output) = (number("reading")?, number("writing")?);
    let currency =
        parts.next().map(|c| Currency::try_from(c.trim().to_owned()).map_err(anyhow::Error::msg)).transpose()?;
    Ok(Price { input, cached: None, output, currency })
}

fn doctor(name: Option<&str>, json: bool) -> Result<ExitCode> {
    let client = llm::client(name, Limits { concurrency: 1, ..Limits::default() })?;
    let told = |finding: &homeroom_model::DoctorFinding| {
        if !json {
            let mark = if finding.works { "yes" } else { "no " };
            eprintln!("  {mark}  {:18} {}", finding.what, finding.note);
        }
    };
    let profile = llm::runtime()?.block_on(examine(&client, told)).map_err(with_detail)?;
    let path = llm::profile_file(client.name())?;
    std::fs::create_dir_all(path.parent().context("find the folder of the profile")?).context("make the folder")?;
    write_whole(&path, serde_json::to_string_pretty(&profile).context("write JSON")?.as_bytes())?;
    if json {
        print_json(&profile)?;
    } else {
        let speed = profile.tokens_per_second.map_or_else(String::new, |s| format!(", {s:.0} tokens a second"));
        let first =
            profile.first_piece_seconds.map_or_else(String::new, |s| format!("; first piece after {s:.1} s{speed}"));
        print(&format!("{} was examined{first}. Clients go by this from now on.\n", client.name()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What a server said, for the one who looks after it.
pub(crate) fn with_detail(error: homeroom_model::ModelError) -> anyhow::Error {
    let detail = error.detail().map(str::to_owned);
    let error = anyhow::Error::new(error);
    match detail {
        Some(detail) => error.context(format!("the server said: {detail}")),
        None => error,
    }
}

/// A rubric as long as a real one, about 600 tokens; what comes after it differs from request to request. `number`: that of the
/// rubric, in its first line.
fn shared(number: usize) -> String {
    let bands = [
        ("Task response", "answers every part of the task with a clear position and well-chosen support"),
        (
            "Coherence and cohesion",
            "orders its ideas so that each paragraph follows from the one before and linking words are used with ease",
        ),
        ("Lexical resource", "uses a wide range of words with precision and natural collocation, and rare slips only"),
        (
            "Grammatical range and accuracy",
            "uses a variety of structures with full flexibility, and most sentences have no error",
        ),
    ];
    let mut text = format!("Rubric {number}. You mark essays by this rubric.\n");
    for (criterion, best) in bands {
        for band in (1..=5).rev() {
            let _ = writeln!(
                text,
                "{criterion}, band {band}: at its best it {best}; band {band} of five does so {} of the time.",
                ["hardly any", "a little", "half", "most", "all"][band - 1]
            );
        }
    }
    text
}

fn request(rubric: usize, i: usize, tokens: u32) -> ChatRequest {
    let topics = [
        "my grandmother's garden",
        "a rainy sports day",
        "why we need libraries",
        "the first time I cooked",
        "phones in class",
        "a trip to the sea",
        "learning to swim",
        "our old teacher",
        "a lost key",
        "the night market",
    ];
    let essay = format!(
        "Essay {i}: Last month I thought a lot about {}. It was the number {i} thing on my list, and I want to tell you why.",
        topics[i % topics.len()]
    );
    ChatRequest::new(
        vec![
            Message::system(shared(rubric)),
            Message::user(format!("{essay}\nWrite three sentences about this essay.")),
        ],
        tokens,
    )
}

/// What a round of requests took.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Round {
    /// From the first question to the last answer.
    seconds: f64,
    /// That were written.
    tokens: u64,
    /// Seconds a token of an answer once it has begun, on average over the answers; nothing where none has two.
    per_token: Option<f64>,
}

/// What rounds of requests took.
#[derive(Debug, Default)]
struct Rounds(Vec<Round>);

impl Rounds {
    fn seconds(&self) -> f64 {
        median(self.0.iter().map(|r| r.seconds).collect())
    }

    fn per_token(&self) -> Option<f64> {
        let known: Vec<f64> = self.0.iter().filter_map(|r| r.per_token).collect();
        (!known.is_empty()).then(|| median(known))
    }

    fn rate(&self) -> f64 {
        self.0.iter().map(|r| r.tokens as f64).sum::<f64>() / self.0.iter().map(|r| r.seconds).sum::<f64>()
    }
}

/// `values`: at least one.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Asks once; the tokens written, and the seconds from the first piece of the answer to its end.
async fn timed(client: &Client, request: ChatRequest) -> Result<(u64, f64)> {
    let mut begun: Option<Instant> = None;
    let told = |event: &Event| {
        if matches!(event, Event::Text(_) | Event::Reasoning(_)) {
            begun.get_or_insert_with(Instant::now);
        }
    };
    let reply = gather(client.stream(request), told).await.map_err(with_detail)?;
    Ok((reply.ended.usage.completion_tokens, begun.map_or(0.0, |b| b.elapsed().as_secs_f64())))
}

/// Requests that share `rubric` and differ in their essays.
async fn round(client: &Client, rubric: usize, first: usize, requests: usize, tokens: u32) -> Result<Round> {
    let started = Instant::now();
    let asked: Vec<_> = (0..requests)
        .map(|i| {
            let client = client.clone();
            tokio::spawn(async move { timed(&client, request(rubric, first + i, tokens)).await })
        })
        .collect();
    let (mut written, mut per_token) = (0, Vec::new());
    for reply in asked {
        let (n, seconds) = reply.await.context("wait for an answer")??;
        written += n;
        if n > 1 {
            per_token.push(seconds / (n - 1) as f64);
        }
    }
    let mean = per_token.iter().sum::<f64>() / per_token.len().max(1) as f64;
    let per_token = (!per_token.is_empty()).then_some(mean);
    Ok(Round { seconds: started.elapsed().as_secs_f64(), tokens: written, per_token })
}

#[derive(clap::Args)]
struct Bench {
    /// Its name [default: the one in use]
    name: Option<String>,
    /// Requests at the same time
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1000))]
    requests: u16,
    /// Tokens of each answer
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=4000))]
    tokens: u32,
    /// Rounds of requests, of which the median counts
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=100))]
    rounds: u16,
    /// Keep the rubric, which both then know before the first round [default: each round has a new one, as each class has]
    #[arg(long)]
    warm: bool,
    /// Measure this OpenAI-compatible server by turns in the same run, such as llama-server with the same file
    #[arg(long, value_name = "URL")]
    against: Option<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

fn bench(args: &Bench) -> Result<ExitCode> {
    let (requests, rounds) = (usize::from(args.requests), usize::from(args.rounds));
    let limits = Limits { concurrency: requests, ..Limits::default() };
    let ours = llm::client(args.name.as_deref(), limits)?;
    let other = args
        .against
        .as_ref()
        .map(|url| {
            let entry = Entry {
                name: "the other".into(),
                provider: "openai".into(),
                url: Some(url.to_owned()),
                model: Some("default".into()),
                concurrency: Some(requests),
                ..Entry::default()
            };
            entry.client(None, limits, |_| unreachable!("a server"))
        })
        .transpose()?;
    let runtime = llm::runtime()?;
    let progress = Progress::new(args.json);
    progress.start("Asking", rounds * (1 + usize::from(other.is_some())));
    let (mut mine, mut theirs) = (Rounds::default(), Rounds::default());
    runtime.block_on(async {
        // First answers warm both up; of a rubric that stays, all that share it.
        let warming = if args.warm { requests } else { 1 };
        let first = rounds * requests;
        round(&ours, 0, first, warming, 4).await?;
        if let Some(other) = &other {
            round(other, 0, first, warming, 4).await?;
        }
        for n in 0..rounds {
            // Essays that no server has seen yet, under a rubric that none has, or that all have.
            let rubric = if args.warm { 0 } else { n + 1 };
            mine.0.push(round(&ours, rubric, n * requests, requests, args.tokens).await?);
            progress.step();
            if let Some(other) = &other {
                theirs.0.push(round(other, rubric, n * requests, requests, args.tokens).await?);
                progress.step();
            }
        }
        anyhow::Ok(())
    })?;
    progress.finish();
    let compared = args.against.as_ref().map(|url| (url, mine.seconds() / theirs.seconds()));
    let per_token_ratio = mine.per_token().zip(theirs.per_token()).map(|(mine, theirs)| mine / theirs);
    let measured = |of: &Rounds| json!({"seconds": of.seconds(), "tokens_per_second": of.rate(), "seconds_per_token": of.per_token()});
    if args.json {
        let mut report = json!({
            "model": ours.name(), "requests": requests, "tokens": args.tokens, "rounds": rounds, "warm": args.warm,
            "other": compared.map(|(url, _)| { let mut other = measured(&theirs); other["url"] = json!(url); other }),
            "ratio": compared.map(|(_, ratio)| ratio), "ratio_per_token": per_token_ratio,
        });
        for (key, value) in measured(&mine).as_object().into_iter().flatten() {
            report[key] = value.clone();
        }
        print_json(&report)?;
        return Ok(ExitCode::SUCCESS);
    }
    let line = |name: &str, of: &Rounds| {
        let each = of.per_token().map_or_else(String::new, |s| format!(", {:.1} ms a token once it writes", 1e3 * s));
        format!("{name}: {:.2} s (median of {rounds}), {:.0} tokens a second{each}", of.seconds(), of.rate())
    };
    let mut out = format!("{requests} requests of {} tokens\n{}\n", args.tokens, line(ours.name(), &mine));
    if let Some((url, ratio)) = compared {
        let each = per_token_ratio.map_or_else(String::new, |r| format!(", {r:.2} of it a token once it writes"));
        let _ = writeln!(out, "{}\nours takes {ratio:.2} of its time{each}", line(url, &theirs));
    }
    print(&out)?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices() {
        let price = price("0.27/1.10/USD").unwrap();
        assert_eq!((price.input, price.output, price.currency()), (0.27, 1.1, "USD".to_owned()));
        for wrong in ["1", "a/b", "1/2/dollars", "-1/2", "1/nan"] {
            assert!(super::price(wrong).is_err(), "{wrong}");
        }
    }
}
