//! llama.cpp and the program's own scorer say the same of SmolLM2-135M, where it was pulled.

// Helpers of tests may unwrap as tests do.
#![allow(clippy::unwrap_used)]

mod hostile;
mod reference;

use std::path::PathBuf;

/// SmolLM2-135M, or nothing where no models were pulled.
fn smollm_path() -> Option<PathBuf> {
    let Some(models) = std::env::var_os("HOMEROOM_MODELS") else {
        eprintln!("skipped: HOMEROOM_MODELS is not set");
        return None;
    };
    Some(PathBuf::from(models).join("smollm2-135m/model.gguf"))
}
