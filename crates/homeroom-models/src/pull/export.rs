use std::fs;
use std::path::Path;

use super::fault::{Here, here};
use super::{Stage, Watch, flush, local};
use crate::catalogue::RECORD;
use crate::licences::licences;
use crate::{Model, ModelsError, State, Store};

/// Name of the file that says whose the exported models are.
const LICENCES: &str = "LICENCES.txt";

/// Copies models out of the store into a folder that [`super::Sources::folder`] takes them from, with their licences. Without
/// names: all that are there. Returns the names of those copied.
///
/// # Errors
/// As [`Store::folder`]; [`ModelsError::Damaged`] where a file is not what it should be; [`ModelsError::Full`],
/// [`ModelsError::Io`].
pub fn export(store: &Store, folder: &Path, names: &[String], watch: &dyn Watch) -> Result<Vec<String>, ModelsError> {
    let catalogue = store.catalogue();
    let models: Vec<&Model> = if names.is_empty() {
        catalogue.models.iter().filter(|m| store.state(m) == State::Present).collect()
    } else {
        catalogue.select(names)?
    };
    fs::create_dir_all(folder).map_err(here("make the folder", folder))?;
    for model in &models {
        let from = store.folder(&model.name)?;
        let new = folder.join(format!(".new-{}", model.name));
        if new.exists() {
            fs::remove_dir_all(&new).map_err(here("remove", &new))?;
        }
        fs::create_dir_all(&new).map_err(here("make the folder", &new))?;
        let result = copy(store, model, &from, &new, watch);
        if result.is_err() {
            // A leftover is swept away by the next export.
            let _ = fs::remove_dir_all(&new);
        }
        result?;
        let place = folder.join(&model.name);
        if place.exists() {
            fs::remove_dir_all(&place).map_err(here("remove", &place))?;
        }
        fs::rename(&new, &place).map_err(here("rename", &new))?;
    }
    let path = folder.join(LICENCES);
    let text = licences(&models);
    fs::write(&path, &text).map_err(Here::of("write", &path).needing(text.len() as u64))?;
    Ok(models.iter().map(|m| m.name.clone()).collect())
}

fn copy(store: &Store, model: &Model, from: &Path, new: &Path, watch: &dyn Watch) -> Result<(), ModelsError> {
    let _stage = Stage::new(watch, &model.name, model.size());
    // Only what is what it should be is passed on.
    store.verify(&model.name)?;
    for file in model.stored() {
        let path = new.join(&file.name);
        fs::copy(from.join(&file.name), &path).map_err(Here::of("write", &path).needing(file.size))?;
        watch.advance(file.size);
    }
    if local::record(model, store.root()).is_some() {
        let path = new.join(RECORD);
        fs::copy(from.join(RECORD), &path).map_err(here("write", &path))?;
    }
    flush(new)
}
