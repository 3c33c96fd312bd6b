//! llama.cpp in this process: what it says of SmolLM2-135M, where that was pulled, and what is rendered for models.

// Helpers of tests may unwrap as tests do.
#![allow(clippy::unwrap_used)]

mod engine;
mod hostile;
mod prompts;
mod reference;
mod schemas;
mod templates;

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use homeroom_llama::Llama;

/// SmolLM2-135M, or nothing where no models were pulled.
fn smollm_path() -> Option<PathBuf> {
    let Some(models) = std::env::var_os("HOMEROOM_MODELS") else {
        eprintln!("skipped: HOMEROOM_MODELS is not set");
        return None;
    };
    Some(PathBuf::from(models).join("smollm2-135m/model.gguf"))
}

/// SmolLM2-135M, loaded once for all tests.
fn smollm() -> Option<Arc<Llama>> {
    static SMOLLM: OnceLock<Option<Arc<Llama>>> = OnceLock::new();
    // The message is for every test that is skipped.
    let path = smollm_path()?;
    SMOLLM.get_or_init(|| Some(Arc::new(Llama::load(&path, 1).expect("SmolLM2 loads")))).clone()
}
