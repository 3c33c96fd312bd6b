//! Models from a folder: a stick that goes round a school without a network.

use std::fs;
use std::path::Path;

use super::fault::{Fault, here};
use super::{Watch, pip, wheel};
use crate::catalogue::RECORD;
use crate::store::Record;
use crate::{Catalogue, File, Model, ModelsError};

/// Copies a model that stands whole in `folder`, as [`super::export`] puts it there, to `new`. `false` where it does not
/// stand there, or is another version of it.
pub(crate) fn whole(model: &Model, folder: &Path, new: &Path, watch: &dyn Watch) -> Result<bool, ModelsError> {
    let from = folder.join(&model.name);
    if !model.stored().all(|p| from.join(&p.name).is_file()) {
        return Ok(false);
    }
    for product in model.stored() {
        let path = from.join(&product.name);
        let what = format!("{}: {}", model.name, product.name);
        let file = File {
            name: product.name.clone(),
            size: product.size,
            sha256: product.sha256,
            hub: None,
            urls: Vec::new(),
            wheels: Vec::new(),
        };
        let source = fs::File::open(&path).map_err(here("read", &path))?;
        match wheel::copy_checked(vec![source], &file, &new.join(&product.name), &what, watch) {
            Ok(()) => {}
            Err(Fault::Here(error)) => return Err(error),
            Err(fault) => {
                watch.note(&format!("{what}: {}: {fault}", path.display()));
                return Ok(false);
            }
        }
    }
    Ok(true)
}

/// The models of the catalogue that can be taken from that folder.
#[must_use]
pub fn offered(catalogue: &Catalogue, folder: &Path) -> Vec<String> {
    let has = |model: &Model, file: &File| {
        let wheels = || !file.wheels.is_empty() && file.wheels.iter().all(|part| pip::find(folder, part).is_some());
        folder.join(&model.name).join(&file.name).is_file() || folder.join(&file.name).is_file() || wheels()
    };
    let here = |model: &&Model| {
        let from = folder.join(&model.name);
        model.stored().all(|p| from.join(&p.name).is_file()) || model.files.iter().all(|file| has(model, file))
    };
    catalogue.models.iter().filter(here).map(|m| m.name.clone()).collect()
}

/// What was recorded where the model was pulled first.
pub(crate) fn record(model: &Model, folder: &Path) -> Option<Record> {
    serde_json::from_slice(&fs::read(folder.join(&model.name).join(RECORD)).ok()?).ok()
}
