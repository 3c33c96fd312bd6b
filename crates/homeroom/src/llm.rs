//! The language models of this machine: where their configuration lies, and how one is made ready.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result};
use homeroom_model::{Client, Config, ConfigError, Entry, Limits, Profile, Provider};
use tokio::runtime::Runtime;

use crate::files::{named_by, user_folder};

/// The folder with `models.toml`: `$HOMEROOM_CONFIG`, or `homeroom` in the user's configuration folder.
pub(crate) fn folder() -> Result<PathBuf> {
    if let Some(folder) = named_by("HOMEROOM_CONFIG") {
        return Ok(folder);
    }
    let home = user_folder("XDG_CONFIG_HOME", ".config", "APPDATA");
    Ok(home.context("there is no home folder; HOMEROOM_CONFIG may name the folder for models.toml")?.join("homeroom"))
}

/// The file that says which models there are.
pub(crate) fn file() -> Result<PathBuf> {
    Ok(folder()?.join("models.toml"))
}

/// The models of this machine.
pub(crate) fn config() -> Result<Config> {
    Ok(Config::open(&file()?)?)
}

/// Where what was found out about a model is kept.
pub(crate) fn profile_file(name: &str) -> Result<PathBuf> {
    let safe: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect();
    Ok(folder()?.join("doctor").join(format!("{}.json", safe.trim_start_matches('.'))))
}

/// What was found out about a model, where it was examined.
pub(crate) fn profile(name: &str) -> Option<Profile> {
    let text = std::fs::read(profile_file(name).ok()?).ok()?;
    serde_json::from_slice(&text).ok()
}

/// The entry called `name`, or the one in use. A name of the catalogue, or a GGUF file, stands for itself.
pub(crate) fn entry(name: Option<&str>) -> Result<Entry> {
    let config = config()?;
    let found = config.find(name);
    if let (Err(_), Some(name)) = (&found, name) {
        let talks = homeroom_models::Catalogue::shipped().model(name).is_ok_and(|m| m.job == "talk");
        if talks || Path::new(name).extension().is_some_and(|e| e.eq_ignore_ascii_case("gguf")) {
            return Ok(Entry {
                name: name.to_owned(),
                provider: "embedded".into(),
                model: Some(name.to_owned()),
                ..Entry::default()
            });
        }
    }
    Ok(found?.clone())
}

/// The model called `name`, or the one in use, ready to be asked.
pub(crate) fn client(name: Option<&str>, limits: Limits) -> Result<Client> {
    let entry = entry(name)?;
    let found = profile(&entry.name).map(|p| p.facts);
    entry.client(found.as_ref(), limits, embedded).with_context(|| format!("make the model {} ready", entry.name))
}

/// The same; what it answers is written down in the file `record`, where one is named.
pub(crate) fn recorded(name: Option<&str>, limits: Limits, record: Option<&Path>) -> Result<Client> {
    let client = client(name, limits)?;
    Ok(match record {
        Some(path) => client.recorded(path)?,
        None => client,
    })
}

#[cfg(feature = "embedded")]
fn embedded(entry: &Entry) -> Result<Arc<dyn Provider>, ConfigError> {
    use homeroom_model::providers::embedded::Embedded;
    let fail = |what: String| ConfigError::Embedded { model: entry.name.clone(), what };
    let name = entry.model.as_deref().unwrap_or(&entry.name);
    let path = Path::new(name);
    let path = if path.extension().is_some_and(|e| e.eq_ignore_ascii_case("gguf")) {
        path.to_owned()
    } else {
        let store = crate::commands::models::store().map_err(|e| fail(format!("{e:#}")))?;
        store.folder(name).map_err(|e| fail(e.to_string()))?.join("model.gguf")
    };
    let threads = u32::try_from(homeroom_onnx::free_cores()).unwrap_or(1);
    Ok(Arc::new(Embedded::load(entry, &path, threads)?))
}

#[cfg(not(feature = "embedded"))]
fn embedded(entry: &Entry) -> Result<Arc<dyn Provider>, ConfigError> {
    let what = "this homeroom was built without embedded models; build it with the feature `embedded`".to_owned();
    Err(ConfigError::Embedded { model: entry.name.clone(), what })
}

/// What a model was asked in this run, in a line.
pub(crate) fn spent(client: &Client) -> String {
    let totals = client.ledger().totals();
    let about = if totals.usage.estimated { "about " } else { "" };
    let cost = client.price().map_or_else(String::new, |p| format!(", {:.4} {}", totals.cost, p.currency()));
    format!(
        "{}: {} calls, {about}{} tokens read ({} of them kept from before), {} written{cost}",
        client.name(),
        totals.calls,
        totals.usage.prompt_tokens,
        totals.usage.cached_tokens,
        totals.usage.completion_tokens
    )
}

/// Runs what waits for servers.
pub(crate) fn runtime() -> Result<Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("start the threads that wait for models")
}
