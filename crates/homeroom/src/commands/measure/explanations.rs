//! `homeroom measure explanations`: does a model explain errors well enough to be let explain?

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use futures::StreamExt;
use homeroom_judge::explain::{Item, items};
use homeroom_measure::report::{Figure, Figures};
use homeroom_model::Limits;
use serde_json::{Map, json};

use super::Common;
use crate::llm;
use crate::progress::Progress;

#[derive(clap::Args)]
pub(super) struct Args {
    /// The model [default: the one in use]
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// Write down what the model answers, to be replayed
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// List the explanations that went wrong
    #[arg(long)]
    show: bool,
    #[command(flatten)]
    common: Common,
}

pub(super) fn run(args: &Args) -> Result<ExitCode> {
    let client = llm::recorded(args.model.as_deref(), Limits::default(), args.record.as_deref())?;
    let asked: Vec<&Item> = args.common.select(items().iter().collect())?;
    let progress = Progress::new(args.common.json);
    progress.start("Explaining", asked.len());
    let one = |item: &'static Item| {
        let (client, progress) = (&client, &progress);
        async move {
            let said = item.ask(client).await;
            progress.step();
            said
        }
    };
    let all: Vec<_> = asked.iter().map(|item| one(item)).collect();
    let said: Vec<_> = llm::runtime()?.block_on(futures::stream::iter(all).buffered(8).collect());
    progress.finish();
    let mut figures = Figures::default();
    let mut tables = format!("model {}\n", client.name());
    for language in ["all", "en", "zh"] {
        let (mut right, mut n) = (0, 0);
        for (item, said) in asked.iter().zip(&said).filter(|(i, _)| language == "all" || i.language == language) {
            let text = match said {
                Ok(text) => text.as_str(),
                Err(error) => return Err(crate::commands::model::with_detail(error.clone())),
            };
            let is_right = item.is_explained_by(text);
            right += usize::from(is_right);
            n += 1;
            if args.show && !is_right && language == "all" {
                tables.push_str(&format!(
                    "{} ({}): {}\n",
                    item.id,
                    item.code,
                    text.split_whitespace().collect::<Vec<_>>().join(" ")
                ));
            }
        }
        if n > 0 {
            let name = if language == "all" { "right".to_owned() } else { format!("right_{language}") };
            figures.push(name, Figure::share(right, n, "share"));
        }
    }
    let mut extra = Map::new();
    extra.insert("model".to_owned(), json!(client.name()));
    args.common.print("explanations", &[], figures, extra, &tables)
}
