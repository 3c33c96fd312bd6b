//! The recogniser, wired together: the pulled models that listen.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use homeroom_onnx::{Vad, Whisper};

use crate::commands::models::store;

/// Names in the catalogue.
const VAD: &str = "silero-vad";
const ENCODER: &str = "whisper-encoder";
const DECODER: &str = "whisper-base";

/// Who listens.
pub(crate) struct Ears {
    /// Says where somebody speaks.
    pub(crate) vad: Vad,
    /// Writes down what is said.
    pub(crate) whisper: Whisper,
}

/// Loads the models. `threads`: at most as many as there are free cores; 0 for all of them.
pub(crate) fn load(threads: usize) -> Result<Ears> {
    let store = store()?;
    let folders: Vec<(&str, Option<PathBuf>)> =
        [VAD, ENCODER, DECODER].iter().map(|name| (*name, store.folder(name).ok())).collect();
    let missing: Vec<&str> = folders.iter().filter(|(_, folder)| folder.is_none()).map(|(name, _)| *name).collect();
    if !missing.is_empty() {
        let names = missing.join(" ");
        bail!("writing down what is said needs models that are not here: `homeroom pull {names}` gets them");
    }
    let folder = |name: &str| store.folder(name).with_context(|| format!("find the model {name}"));
    let vad = Vad::load(&folder(VAD)?, 1)?;
    let whisper = Whisper::load(&folder(ENCODER)?, &folder(DECODER)?, threads)?;
    Ok(Ears { vad, whisper })
}
