//! Pages are drawn here; a reader that knows no letters stands in for the model, except where `HOMEROOM_MODELS` names a
//! store.

#![allow(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod files;
mod pages;
mod stub;
