//! The model that tells what a text is about, where it is pulled.

use homeroom_onnx::{MiniLm, free_cores};

use crate::commands::models::store;

/// Name in the catalogue; evidence that the model had a part in says so under [`VERSION`].
pub(crate) const MODEL: &str = "minilm";

/// What the model is called among the versions of evidence.
pub(crate) const VERSION: &str = "meaning";

/// The model; `None` where it is not pulled, and where its files are damaged, which is told on standard error: essays are
/// marked without it then.
pub(crate) fn load() -> Option<MiniLm> {
    let folder = store().ok()?.folder(MODEL).ok()?;
    match MiniLm::load(&folder, free_cores()) {
        Ok(model) => Some(model),
        Err(error) => {
            eprintln!("homeroom: {error}; marking without it");
            None
        }
    }
}
