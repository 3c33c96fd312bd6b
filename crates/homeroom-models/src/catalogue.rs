use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::ModelsError;

/// The models that can be pulled, from `data/catalogue.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// Model hubs with the same layout, in the order in which they are asked.
    pub hubs: Vec<String>,
    /// Names that stand for several models.
    pub bundles: BTreeMap<String, Vec<String>>,
    /// The models, in the order in which they are listed.
    #[serde(rename = "model")]
    pub models: Vec<Model>,
}

/// One model: a folder of the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// What it is pulled by.
    pub name: String,
    /// What its makers call it.
    pub title: String,
    /// What it does: `score_edits`, `hear`, `transcribe`, `speak`, `read_page`, `embed`, `detect_speech` or `talk`.
    pub job: String,
    /// What it brings, in words that follow "it".
    pub adds: String,
    /// Commands that use it.
    pub used_by: Vec<String>,
    /// Languages it was made for, BCP 47.
    pub languages: Vec<String>,
    /// SPDX id.
    pub licence: String,
    /// The notice that its licence asks to keep.
    pub copyright: String,
    /// Who made the weights, and who brought them into the form that is fetched.
    pub made_by: String,
    /// Who passes them on as Python packages, where somebody does.
    pub mirrored_by: Option<String>,
    /// Where to read about it.
    pub homepage: String,
    /// Rough resident memory while it works, MB.
    pub memory_mb: u32,
    /// Models that it cannot work without.
    #[serde(default)]
    pub needs: Vec<String>,
    /// What is fetched.
    #[serde(rename = "file")]
    pub files: Vec<File>,
    /// What is made of one of the files.
    #[serde(default)]
    pub convert: Option<Convert>,
}

impl Model {
    /// Who made it and who passes it on.
    #[must_use]
    pub fn provenance(&self) -> String {
        match &self.mirrored_by {
            Some(mirror) => format!("made by {}; passed on by {mirror}", self.made_by),
            None => format!("made by {}", self.made_by),
        }
    }
}

/// A file that is fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Name in the model's folder.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256, hexadecimal.
    pub sha256: String,
    /// Where a hub has it.
    #[serde(default)]
    pub hub: Option<Hub>,
    /// Other places that have it.
    #[serde(default)]
    pub urls: Vec<String>,
    /// Python packages whose files, joined in this order, are it.
    #[serde(default)]
    pub wheels: Vec<Part>,
}

/// A place on a model hub.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hub {
    /// Owner and name.
    pub repo: String,
    /// The commit.
    pub revision: String,
    /// The file in it.
    pub path: String,
}

/// A part of a file, inside of a Python package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The package's name on the index.
    pub package: String,
    /// Its version.
    pub version: String,
    /// The file in the wheel.
    pub path: String,
    /// The file in the zip archive that `path` is.
    #[serde(default)]
    pub member: Option<String>,
}

/// How a file that the runtime can not read becomes files that it can.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Convert {
    /// The step's name.
    pub step: String,
    /// The file it is made from, which is not kept.
    pub from: String,
    /// What is made. The same on every machine.
    pub makes: Vec<Product>,
}

/// A file of the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// Name in the model's folder.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256, hexadecimal.
    pub sha256: String,
}

/// Smallest Jaro-Winkler similarity at which a name is taken for a slip of another; set by eye on plausible slips.
const NEAR: f64 = 0.75;

impl Catalogue {
    /// The catalogue that the program comes with.
    #[must_use]
    pub fn shipped() -> &'static Catalogue {
        static SHIPPED: OnceLock<Catalogue> = OnceLock::new();
        SHIPPED.get_or_init(|| {
            Catalogue::parse(include_str!("../data/catalogue.toml"))
                .expect("invariant: a test parses the catalogue that is compiled in")
        })
    }

    /// Reads a catalogue.
    ///
    /// # Errors
    /// [`ModelsError::Catalogue`] where it is not TOML of this form, or an entry is incomplete, doubled or points nowhere.
    pub fn parse(text: &str) -> Result<Self, ModelsError> {
        let catalogue: Catalogue =
            toml::from_str(text).map_err(|e| ModelsError::Catalogue { fault: e.to_string().trim_end().to_owned() })?;
        catalogue.check().map_err(|fault| ModelsError::Catalogue { fault })?;
        Ok(catalogue)
    }

    fn check(&self) -> Result<(), String> {
        let known = |name: &String| self.models.iter().any(|m| m.name == *name);
        for (bundle, names) in &self.bundles {
            if known(bundle) {
                return Err(format!("`{bundle}` is a bundle and a model"));
            }
            if let Some(name) = names.iter().find(|n| !known(n)) {
                return Err(format!("the bundle `{bundle}` names `{name}`, which is no model"));
            }
        }
        for (i, model) in self.models.iter().enumerate() {
            let at = |fault: &str| format!("`{}`: {fault}", model.name);
            if self.models[..i].iter().any(|m| m.name == model.name) {
                return Err(at("twice"));
            }
            // The name becomes a folder; a file's name stays inside of it.
            let plain = |name: &str| {
                !name.is_empty()
                    && !name.starts_with('.')
                    && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c))
            };
            if !plain(&model.name) {
                return Err(at("a name is of letters, digits, `-`, `_` and `.`"));
            }
            for (what, value) in [
                ("title", &model.title),
                ("job", &model.job),
                ("adds", &model.adds),
                ("licence", &model.licence),
                ("copyright", &model.copyright),
                ("made_by", &model.made_by),
                ("homepage", &model.homepage),
            ] {
                if value.trim().is_empty() {
                    return Err(at(&format!("`{what}` is empty")));
                }
            }
            let has_packages = model.files.iter().any(|f| !f.wheels.is_empty());
            if has_packages && model.mirrored_by.as_ref().is_none_or(|m| m.trim().is_empty()) {
                return Err(at("`mirrored_by` does not say who passes its packages on"));
            }
            if let Some(name) = model.needs.iter().find(|n| !known(n) || **n == model.name) {
                return Err(at(&format!("it needs `{name}`, which is no other model")));
            }
            if model.files.is_empty() {
                return Err(at("no file"));
            }
            let pinned = |name: &str, sha256: &str, size: u64| {
                let hexadecimal = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
                if !plain(name) || name == RECORD {
                    return Err(at(&format!("`{name}` is no name for a file")));
                }
                if sha256.len() != 64 || !sha256.chars().all(hexadecimal) || size == 0 {
                    return Err(at(&format!("`{name}` has no SHA-256 or no size")));
                }
                Ok(())
            };
            for file in &model.files {
                pinned(&file.name, &file.sha256, file.size)?;
                if file.hub.is_none() && file.urls.is_empty() && file.wheels.is_empty() {
                    return Err(at(&format!("`{}` has no source", file.name)));
                }
            }
            if let Some(convert) = &model.convert {
                if !model.files.iter().any(|f| f.name == convert.from) {
                    return Err(at(&format!("it is converted from `{}`, which is not fetched", convert.from)));
                }
                if convert.makes.is_empty() {
                    return Err(at("its conversion makes nothing"));
                }
                for product in &convert.makes {
                    pinned(&product.name, &product.sha256, product.size)?;
                }
            }
            let mut names: Vec<String> = model.stored().map(|p| p.name).collect();
            names.sort();
            if names.windows(2).any(|pair| pair[0] == pair[1]) {
                return Err(at("two files of one name"));
            }
        }
        Ok(())
    }

    /// The model of that name.
    ///
    /// # Errors
    /// [`ModelsError::Unknown`], with the name that is nearest.
    pub fn model(&self, name: &str) -> Result<&Model, ModelsError> {
        self.models.iter().find(|m| m.name == name).ok_or_else(|| self.unknown(name))
    }

    /// The models that these names and bundles stand for and all that they need, each once, what is needed first.
    ///
    /// # Errors
    /// [`ModelsError::Unknown`] for a name that is neither.
    pub fn select(&self, names: &[String]) -> Result<Vec<&Model>, ModelsError> {
        let mut chosen: Vec<&Model> = Vec::new();
        for name in names {
            match self.bundles.get(name) {
                Some(bundle) => {
                    for name in bundle {
                        self.add(self.model(name)?, &mut chosen)?;
                    }
                }
                None => self.add(self.model(name)?, &mut chosen)?,
            }
        }
        Ok(chosen)
    }

    fn add<'a>(&'a self, model: &'a Model, chosen: &mut Vec<&'a Model>) -> Result<(), ModelsError> {
        if chosen.iter().any(|m| m.name == model.name) {
            return Ok(());
        }
        // In before what it needs, so that two models that need each other end.
        chosen.push(model);
        let at = chosen.len() - 1;
        for name in &model.needs {
            self.add(self.model(name)?, chosen)?;
        }
        chosen[at..].rotate_left(1);
        Ok(())
    }

    fn unknown(&self, name: &str) -> ModelsError {
        let wanted = name.to_lowercase();
        let names = self.models.iter().map(|m| &m.name).chain(self.bundles.keys());
        let nearest = names
            .map(|n| (strsim::jaro_winkler(&wanted, n), n))
            .filter(|(near, _)| *near >= NEAR)
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, n)| n.clone());
        ModelsError::Unknown { name: name.to_owned(), nearest }
    }
}

/// Name of the file in a model's folder that says what was put there.
pub(crate) const RECORD: &str = "model.json";

impl Model {
    /// The files that the store holds of it.
    pub fn stored(&self) -> impl Iterator<Item = Product> + '_ {
        let converted = self.convert.as_ref().map(|c| c.from.as_str());
        let kept = self.files.iter().filter(move |f| Some(f.name.as_str()) != converted);
        let kept = kept.map(|f| Product { name: f.name.clone(), size: f.size, sha256: f.sha256.clone() });
        kept.chain(self.convert.iter().flat_map(|c| c.makes.iter().cloned()))
    }

    /// Bytes that the store holds of it.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.stored().map(|p| p.size).sum()
    }

    /// Bytes that are fetched for it.
    #[must_use]
    pub fn fetched(&self) -> u64 {
        self.files.iter().map(|f| f.size).sum()
    }
}
