//! Which models there are: a file that a person writes, or `homeroom model add`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::provider::Facts;
use crate::{Client, Key, KeyError, Limits, Patience, Provider, Usage, providers};

/// Requests that an embedded model runs at once, and calls of it at the same time where nothing else is said. With a model of 0.5
/// billion parameters on two cores, 8 write 49 tokens a second together, 16 write 56 and 32 write 58
/// (`homeroom model bench --requests 40`).
pub(crate) const EMBEDDED_AT_ONCE: u32 = 16;

/// What a model costs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// Money for a million tokens that it reads.
    pub input: f64,
    /// For a million tokens that the server had kept; as much as others where not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cached: Option<f64>,
    /// For a million tokens that it writes.
    pub output: f64,
    /// ISO 4217, three letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
}

/// A currency's three letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency([u8; 3]);

impl TryFrom<String> for Currency {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let bytes: [u8; 3] = text.as_bytes().try_into().map_err(|_| "a currency has three letters")?;
        if bytes.iter().all(u8::is_ascii_uppercase) {
            Ok(Self(bytes))
        } else {
            Err("a currency has three capital letters")
        }
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        String::from_utf8_lossy(&currency.0).into_owned()
    }
}

impl Price {
    /// What a call costs.
    #[must_use]
    pub fn of(&self, usage: &Usage) -> f64 {
        let cached = usage.cached_tokens.min(usage.prompt_tokens);
        let read =
            (usage.prompt_tokens - cached) as f64 * self.input + cached as f64 * self.cached.unwrap_or(self.input);
        (read + usage.completion_tokens as f64 * self.output) / 1e6
    }

    /// The currency, or nothing where none was given.
    #[must_use]
    pub fn currency(&self) -> String {
        self.currency.map(String::from).unwrap_or_default()
    }
}

/// A model of the configuration.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// By which it is used.
    pub name: String,
    /// One of [`Config::providers`], or `embedded`.
    pub provider: String,
    /// The server's address, such as `http://localhost:8000/v1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What the server calls the model; for an embedded one a name of the catalogue or a GGUF file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// The environment variable with its key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_env: Option<String>,
    /// The file with its key, which only its owner may read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_file: Option<PathBuf>,
    /// Tokens that it takes at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<u64>,
    /// Whether it stands in this house, so that no text leaves it. An address on this machine always does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub local: Option<bool>,
    /// What it costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
    /// Calls at the same time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<usize>,
    /// Seconds for which nothing may come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stall_seconds: Option<u64>,
}

/// The models of this machine, from `models.toml`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The one that is used where none is named.
    #[serde(default, rename = "use", skip_serializing_if = "Option::is_none")]
    pub used: Option<String>,
    /// The models.
    #[serde(default, rename = "model", skip_serializing_if = "Vec::is_empty")]
    pub models: Vec<Entry>,
}

/// What is wrong with a configuration.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file can't be read or written.
    #[error("the configuration {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file is not what it should be.
    #[error("the configuration {path}: {what}")]
    Syntax {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// No such model.
    #[error("no model is called `{name}`{}", if .known.is_empty() { "; `homeroom model add` adds one".to_owned() } else { format!("; there are {}", .known.join(", ")) })]
    Unknown {
        /// What was asked for.
        name: String,
        /// The models there are.
        known: Vec<String>,
    },
    /// No such provider.
    #[error("{model}: no provider is called `{provider}`; there are {}", .known.join(", "))]
    Provider {
        /// The model.
        model: String,
        /// What was asked for.
        provider: String,
        /// The providers there are.
        known: Vec<&'static str>,
    },
    /// Something is not said.
    #[error("{model}: `{what}` is missing")]
    Missing {
        /// The model.
        model: String,
        /// What.
        what: &'static str,
    },
    /// No address.
    #[error("{model}: its `url` is no address of a server, such as http://localhost:8000/v1")]
    Address {
        /// The model.
        model: String,
    },
    /// No key.
    #[error("{model}")]
    Key {
        /// The model.
        model: String,
        /// Why.
        #[source]
        source: KeyError,
    },
    /// A recording can't be read or written.
    #[error("the recording {path}")]
    Recording {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// An embedded model can't be loaded.
    #[error("{model}: {what}")]
    Embedded {
        /// The model.
        model: String,
        /// Why, and what to do.
        what: String,
    },
}

impl Entry {
    /// Its key, where it has one.
    ///
    /// # Errors
    /// [`ConfigError::Key`].
    pub fn key(&self) -> Result<Option<Key>, ConfigError> {
        let wrap = |source| ConfigError::Key { model: self.name.clone(), source };
        if let Some(name) = &self.key_env {
            let text = std::env::var(name).map_err(|_| wrap(KeyError::Unset(name.clone())))?;
            return Key::new(&text).map(Some).map_err(wrap);
        }
        self.key_file.as_deref().map(Key::from_file).transpose().map_err(wrap)
    }

    /// What is known of it from the entry and from `found`, what was found out about it.
    #[must_use]
    pub fn facts(&self, found: Option<&Facts>) -> Facts {
        let mut facts = found.cloned().unwrap_or_default();
        facts.context = self.context.or(facts.context);
        let here = self
            .url
            .as_deref()
            .is_some_and(|url| ["://localhost", "://127.", "://[::1]"].iter().any(|host| url.contains(host)));
        facts.local = self.local.unwrap_or(here || self.url.is_none() && self.provider != "spark");
        facts
    }

    /// A client of it. `embedded` loads the models of this process, which this crate knows nothing of; `found` is what
    /// [`crate::examine`] found out.
    ///
    /// # Errors
    /// [`ConfigError`].
    pub fn client(
        &self,
        found: Option<&Facts>,
        limits: Limits,
        embedded: impl FnOnce(&Self) -> Result<Arc<dyn Provider>, ConfigError>,
    ) -> Result<Client, ConfigError> {
        let provider = if self.provider == "embedded" {
            embedded(self)?
        } else {
            let make = providers::REGISTRY.iter().find(|(name, _)| *name == self.provider);
            let (_, make) = make.ok_or_else(|| ConfigError::Provider {
                model: self.name.clone(),
                provider: self.provider.clone(),
                known: Config::providers(),
            })?;
            make(self, self.facts(found))?
        };
        // A model in this process is quicker the more it is asked at once, and nobody else waits for it.
        let least = if self.provider == "embedded" { EMBEDDED_AT_ONCE as usize } else { 0 };
        let usual = limits.concurrency.max(least);
        let limits = Limits { concurrency: self.concurrency.unwrap_or(usual), ..limits };
        Ok(Client::new(&self.name, provider, self.price, Patience::default(), limits))
    }
}

impl Config {
    /// The providers that an entry may name.
    #[must_use]
    pub fn providers() -> Vec<&'static str> {
        let mut names: Vec<_> = providers::REGISTRY.iter().map(|(name, _)| *name).collect();
        names.push("embedded");
        names.sort_unstable();
        names
    }

    /// Reads the file at `path`; where there is none, no model is configured.
    ///
    /// # Errors
    /// [`ConfigError::File`], [`ConfigError::Syntax`].
    pub fn open(path: &Path) -> Result<Self, ConfigError> {
        match std::fs::read_to_string(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self::default()),
            Err(source) => Err(ConfigError::File { path: path.to_owned(), source }),
            Ok(text) => toml::from_str(&text)
                .map_err(|error| ConfigError::Syntax { path: path.to_owned(), what: error.message().to_owned() }),
        }
    }

    /// Writes the file, in one step.
    ///
    /// # Errors
    /// [`ConfigError::File`].
    pub fn write(&self, path: &Path) -> Result<(), ConfigError> {
        let fail = |source| ConfigError::File { path: path.to_owned(), source };
        let text = toml::to_string_pretty(self).expect("invariant: a configuration can be written");
        let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(fail)?;
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(fail)?;
        std::io::Write::write_all(&mut file, text.as_bytes()).map_err(fail)?;
        file.persist(path).map_err(|error| fail(error.error))?;
        Ok(())
    }

    /// The entry called `name`, or the one that is used where no name is given.
    ///
    /// # Errors
    /// [`ConfigError::Unknown`].
    pub fn find(&self, name: Option<&str>) -> Result<&Entry, ConfigError> {
        let name = name.or(self.used.as_deref()).unwrap_or("");
        let known = || self.models.iter().map(|m| m.name.clone()).collect();
        self.models
            .iter()
            .find(|m| m.name == name)
            .ok_or_else(|| ConfigError::Unknown { name: name.to_owned(), known: known() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_written_and_told_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/models.toml");
        assert_eq!(Config::open(&path).unwrap(), Config::default());
        let text = "use = \"a\"\n[[model]]\nname = \"a\"\nprovider = \"openai\"\nurl = \"http://localhost:1/v1\"\nmodel = \"m\"\n\
                    price = { input = 1.0, output = 2.0, currency = \"CNY\" }\n";
        let config: Config = toml::from_str(text).unwrap();
        config.write(&path).unwrap();
        assert_eq!(Config::open(&path).unwrap(), config);
        let entry = config.find(None).unwrap();
        assert!(entry.facts(None).local);
        let usage = Usage { prompt_tokens: 1_000_000, completion_tokens: 500_000, ..Usage::default() };
        assert!((entry.price.unwrap().of(&usage) - 2.0).abs() < 1e-9);
        let error = config.find(Some("b")).unwrap_err().to_string();
        assert_eq!(error, "no model is called `b`; there are a");
        std::fs::write(&path, "[[model]]\nname = \"a\"\nprovder = \"x\"\n").unwrap();
        assert!(Config::open(&path).unwrap_err().to_string().contains("provder"));
    }

    #[test]
    fn what_an_entry_lacks_is_named() {
        #[track_caller]
        fn check(entry: &Entry, wanted: &str) {
            let result = entry.client(None, Limits::default(), |_| unreachable!());
            let error = result.err().expect("an error");
            assert!(error.to_string().contains(wanted), "{error}");
        }
        let entry = Entry { name: "a".into(), provider: "openai".into(), ..Entry::default() };
        check(&entry, "`url` is missing");
        check(&Entry { url: Some("nowhere".into()), ..entry.clone() }, "no address");
        check(&Entry { url: Some("file:///etc".into()), model: Some("m".into()), ..entry.clone() }, "no address");
        check(&Entry { url: Some("http://x/v1".into()), ..entry.clone() }, "`model` is missing");
        check(&Entry { provider: "opnai".into(), ..entry }, "embedded, openai, recorded, spark, stub");
    }
}
