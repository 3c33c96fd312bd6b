//! The deep checker with the model that it needs.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use homeroom_core::{Evidence, Feature, TraitContext};
use homeroom_deep::Deep;
use homeroom_english::English;
use homeroom_lm::Lm;
use homeroom_onnx::free_cores;
use homeroom_report::takes_deep;
use homeroom_traits::{MEANING_FEATURES, features};

use crate::assess::Task;
use crate::commands::models::store;
use crate::progress::Progress;
use crate::render::render;
use crate::store::Store;

/// Name in the catalogue of the model that scores edits.
pub(crate) const MODEL: &str = "smollm2-135m";
/// The model's file in its folder.
const FILE: &str = "model.gguf";

/// Loads the model, to run on every free core.
pub(crate) fn load() -> Result<Deep> {
    let folder = store()?.folder(MODEL).context("the deep check needs a language model")?;
    let lm = Lm::load(&folder.join(FILE), free_cores()).with_context(|| format!("load the model {MODEL}"))?;
    Ok(Deep::new(Box::new(lm)))
}

/// Key of [`Evidence::versions`] under which the deep check signs.
pub(crate) const VERSION: &str = homeroom_report::DEEP_VERSION;

/// Pages are made anew at most this often while deep findings come in.
const PAGES_EVERY: Duration = Duration::from_secs(20);

fn version() -> String {
    format!("{MODEL}, homeroom-deep {}", env!("CARGO_PKG_VERSION"))
}

/// The essays of a folder that lack the language model's findings.
pub(crate) fn lacking(store: &Store) -> Result<Vec<Evidence>> {
    let version = version();
    let lacks = |e: &Evidence| takes_deep(e) && e.versions.get(VERSION) != Some(&version);
    Ok(store.evidence()?.into_iter().filter(lacks).collect())
}

/// Adds the language model's findings to the essays that lack them, one at a time: what is done is stored, and the pages
/// show it as it comes. Returns how many are left where it was interrupted.
pub(crate) fn deepen(
    store: &Store,
    lacking: Vec<Evidence>,
    task: &Task<'_>,
    interrupted: &AtomicBool,
    progress: &Progress,
) -> Result<usize> {
    let version = version();
    let deep = load()?;
    let english = English::shipped();
    progress.start("Looking deeper", lacking.len());
    let total = lacking.len();
    let mut shown = Instant::now();
    for (done, mut evidence) in lacking.into_iter().enumerate() {
        if interrupted.load(Ordering::SeqCst) {
            progress.finish();
            return Ok(total - done);
        }
        let analysis = english.analyse(&evidence.document);
        evidence.findings = deep.check(&analysis, english.check(&analysis));
        let context = TraitContext { analysis: &analysis, findings: &evidence.findings, prompt: task.prompt };
        // What the essay means does not depend on its findings.
        let meant = |f: &Feature| MEANING_FEATURES.contains(&f.id.as_str());
        let kept: Vec<Feature> = std::mem::take(&mut evidence.features).into_iter().filter(meant).collect();
        evidence.features = features(context);
        evidence.features.extend(kept);
        evidence.versions.insert(VERSION.to_owned(), version.clone());
        store.set_evidence(&evidence)?;
        progress.step();
        if shown.elapsed() > PAGES_EVERY {
            render(store, &Progress::new(true))?;
            shown = Instant::now();
        }
    }
    progress.finish();
    Ok(0)
}
