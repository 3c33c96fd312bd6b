//! The networks themselves, where `HOMEROOM_MODELS` names the folder that they were pulled to.
#![allow(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod damage;
mod embedding;
mod listening;

use std::path::PathBuf;

/// The folder of models, if the tests are given one.
fn models() -> Option<PathBuf> {
    let folder = std::env::var_os("HOMEROOM_MODELS").map(PathBuf::from);
    if folder.is_none() {
        println!("skipped: HOMEROOM_MODELS is not set");
    }
    folder
}
