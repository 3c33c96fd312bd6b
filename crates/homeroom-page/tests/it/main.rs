//! Pages are drawn here; a reader that knows no letters stands in for the model, except where `HOMEROOM_MODELS` names a
//! store.

mod files;
mod pages;
mod stub;
