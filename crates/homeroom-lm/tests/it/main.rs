//! Tests of the language model: on a tiny model with weights by chance, and on SmolLM2-135M where it was pulled.

// Helpers of tests may unwrap as tests do.
#![allow(clippy::unwrap_used)]

mod hostile;
mod reference;
mod scores;
mod tiny;

use std::path::PathBuf;
use std::sync::OnceLock;

use homeroom_lm::Lm;

/// SmolLM2-135M, or nothing where no models were pulled.
fn smollm() -> Option<&'static Lm> {
    static LM: OnceLock<Option<Lm>> = OnceLock::new();
    LM.get_or_init(|| smollm_path().map(|path| Lm::load(&path, 2).expect("load the model"))).as_ref()
}

fn smollm_path() -> Option<PathBuf> {
    let Some(models) = std::env::var_os("HOMEROOM_MODELS") else {
        eprintln!("skipped: HOMEROOM_MODELS is not set");
        return None;
    };
    Some(PathBuf::from(models).join("smollm2-135m/model.gguf"))
}
