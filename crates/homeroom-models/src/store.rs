use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::catalogue::RECORD;
use crate::{Catalogue, Model, ModelsError, Product};

/// The folder that pulled models live in, one folder each.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
    catalogue: &'static Catalogue,
}

/// Whether a model is in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It is there.
    Present,
    /// It is not there.
    Absent,
    /// A file of it is missing or has another size.
    Damaged,
    /// It was pulled by a version of the program whose catalogue names other files.
    Outdated,
}

/// What `pull` writes beside a model's files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// The model's name.
    pub(crate) model: String,
    /// What is in the folder.
    pub(crate) files: Vec<Product>,
    /// What was fetched, and from where.
    pub(crate) fetched: Vec<Fetched>,
    /// The conversion and its version, where there was one.
    pub(crate) converter: Option<String>,
}

/// A file that was fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Fetched {
    pub(crate) name: String,
    pub(crate) sha256: String,
    pub(crate) from: String,
}

impl Store {
    /// The store in that folder, which need not be there yet.
    #[must_use]
    pub fn open(root: impl Into<PathBuf>) -> Self {
        Self::with_catalogue(root, Catalogue::shipped())
    }

    /// The same with another catalogue.
    #[must_use]
    pub fn with_catalogue(root: impl Into<PathBuf>, catalogue: &'static Catalogue) -> Self {
        Self { root: root.into(), catalogue }
    }

    /// The store's own folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What can be pulled into it.
    #[must_use]
    pub fn catalogue(&self) -> &'static Catalogue {
        self.catalogue
    }

    /// The folder of a model that is there. Files are looked at by name and size, not read.
    ///
    /// # Errors
    /// [`ModelsError::NotPulled`] where it is not there, [`ModelsError::Damaged`] where a file is missing or of another size,
    /// [`ModelsError::Outdated`], [`ModelsError::Unknown`].
    pub fn folder(&self, name: &str) -> Result<PathBuf, ModelsError> {
        let model = self.catalogue.model(name)?;
        let folder = self.root.join(&model.name);
        if !folder.is_dir() {
            return Err(ModelsError::NotPulled { model: model.name.clone(), adds: model.adds.clone() });
        }
        let record = self.record(model);
        if record.as_ref().is_some_and(|r| !same(&r.files, model)) {
            return Err(ModelsError::Outdated { model: model.name.clone() });
        }
        for file in model.stored() {
            let size = fs::metadata(folder.join(&file.name)).ok().filter(fs::Metadata::is_file).map(|m| m.len());
            // A folder without a record was laid by hand: its files are taken as they are.
            if size.is_none() || (record.is_some() && size != Some(file.size)) {
                return Err(ModelsError::Damaged { model: model.name.clone(), file: file.name });
            }
        }
        Ok(folder)
    }

    /// Whether a model of the catalogue is there.
    #[must_use]
    pub fn state(&self, model: &Model) -> State {
        match self.folder(&model.name) {
            Ok(_) => State::Present,
            Err(ModelsError::Damaged { .. }) => State::Damaged,
            Err(ModelsError::Outdated { .. }) => State::Outdated,
            Err(_) => State::Absent,
        }
    }

    /// Reads all of a model's files and compares them with the catalogue.
    ///
    /// # Errors
    /// As [`Store::folder`]; [`ModelsError::Damaged`] with the first file that is another; [`ModelsError::Io`].
    pub fn verify(&self, name: &str) -> Result<(), ModelsError> {
        let folder = self.folder(name)?;
        for file in self.catalogue.model(name)?.stored() {
            let path = folder.join(&file.name);
            let sha256 = fs::File::open(&path).and_then(sha256_of);
            let sha256 = sha256.map_err(|source| ModelsError::Io { action: "read", path, source })?;
            if sha256 != file.sha256 {
                return Err(ModelsError::Damaged { model: name.to_owned(), file: file.name });
            }
        }
        Ok(())
    }

    /// What was written when the model was pulled; `None` where there is none that can be read.
    pub(crate) fn record(&self, model: &Model) -> Option<Record> {
        let bytes = fs::read(self.root.join(&model.name).join(RECORD)).ok()?;
        serde_json::from_slice(&bytes).ok()
    }
}

/// Whether the recorded files are the ones that the catalogue names today.
fn same(recorded: &[Product], model: &Model) -> bool {
    model.stored().all(|file| recorded.contains(&file))
}

/// SHA-256 of all that comes, hexadecimal.
pub(crate) fn sha256_of(mut source: impl Read) -> io::Result<String> {
    let mut hasher = Sha256::new();
    io::copy(&mut source, &mut hasher)?;
    Ok(hex(&hasher.finalize()))
}

/// Bytes as hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
