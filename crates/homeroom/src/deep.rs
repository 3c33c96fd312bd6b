//! The deep checker with the model that it needs.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use homeroom_core::{Analysis, Bilingual, Evidence, Feature, Finding, Judgement, Letter, TraitContext};
use homeroom_deep::Deep;
use homeroom_english::English;
use homeroom_lm::Lm;
use homeroom_onnx::free_cores;
use homeroom_report::takes_deep;
use homeroom_traits::{MEANING_FEATURES, features};

use crate::advice::Advice;
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
    Ok(Deep::new(Box::new(load_model()?)))
}

/// The model that scores edits.
pub(crate) fn load_model() -> Result<Lm> {
    let folder = store()?.folder(MODEL).context("the deep check needs a language model")?;
    Lm::load(&folder.join(FILE), free_cores()).with_context(|| format!("load the model {MODEL}"))
}

/// Key of [`Evidence::versions`] under which the deep check signs.
pub(crate) const VERSION: &str = homeroom_report::DEEP_VERSION;

/// Pages are made anew at most this often while deep findings come in.
const PAGES_EVERY: Duration = Duration::from_secs(20);

/// What the deep check signs with; `model`: the large model that had a part in it.
fn version(model: Option<&str>) -> String {
    let model = model.map_or_else(String::new, |name| format!("; {name}"));
    format!("{MODEL}, homeroom-deep {}{model}", env!("CARGO_PKG_VERSION"))
}

/// The essays of a folder that lack the language model's findings.
pub(crate) fn lacking(store: &Store, model: Option<&str>) -> Result<Vec<Evidence>> {
    let version = version(model);
    let lacks = |e: &Evidence| takes_deep(e) && e.versions.get(VERSION) != Some(&version);
    Ok(store.evidence()?.into_iter().filter(lacks).collect())
}

/// What became of the essays that lacked the language model's findings.
pub(crate) struct Deepened {
    /// How many were not looked at, where it was interrupted.
    pub(crate) left: usize,
    /// Files of the essays that the deep check broke down on: they keep the result that they had.
    pub(crate) broken: Vec<String>,
    /// Files of the essays on which the large model gave no answer.
    pub(crate) without: Vec<String>,
}

/// What the rules found in a text, to what is found with the language model.
type Check<'a> = dyn Fn(&Evidence, &Analysis, Vec<Finding>) -> Checked + 'a;

/// Evidence with its deep findings, to a letter to the pupil.
type Write<'a> = dyn Fn(&Evidence) -> Option<Letter> + 'a;

/// What was found, and what a large model judged.
#[derive(Default)]
struct Checked {
    findings: Vec<Finding>,
    judgements: Vec<Judgement>,
    /// What a reader should know of the large model.
    note: Option<Bilingual>,
}

/// Adds the language model's findings to the essays that lack them, one at a time: what is done is stored, and the pages
/// show it as it comes.
pub(crate) fn deepen(
    store: &Store,
    lacking: Vec<Evidence>,
    task: &Task<'_>,
    advice: Option<&Advice<'_>>,
    interrupted: &AtomicBool,
    progress: &Progress,
) -> Result<Deepened> {
    let deep = load()?;
    let check = |evidence: &Evidence, analysis: &Analysis, rules: Vec<Finding>| {
        let Some(advice) = advice else {
            return Checked { findings: deep.check(analysis, rules), ..Checked::default() };
        };
        let given = advice.on(evidence, analysis);
        let findings = deep.check_proposed(analysis, rules, &given.proposals);
        Checked { findings, judgements: given.judgements, note: given.failed.then(Advice::failed) }
    };
    let write = |evidence: &Evidence| advice?.letter(evidence);
    add(store, lacking, task, advice.map(Advice::name), &check, &write, interrupted, progress)
}

fn add(
    store: &Store,
    lacking: Vec<Evidence>,
    task: &Task<'_>,
    model: Option<&str>,
    check: &Check<'_>,
    write: &Write<'_>,
    interrupted: &AtomicBool,
    progress: &Progress,
) -> Result<Deepened> {
    let version = version(model);
    progress.start("Looking deeper", lacking.len());
    let total = lacking.len();
    let mut deepened = Deepened { left: 0, broken: Vec::new(), without: Vec::new() };
    let mut shown = Instant::now();
    for (done, mut evidence) in lacking.into_iter().enumerate() {
        if interrupted.load(Ordering::SeqCst) {
            deepened.left = total - done;
            break;
        }
        evidence.origin.notes.retain(|note| *note != broke_down() && *note != Advice::failed());
        // A model or a rule that panics on odd text must not take the class down with it.
        let judged = catch_unwind(AssertUnwindSafe(|| judge(&evidence, task, check)));
        let signature = if let Ok((checked, features)) = judged {
            evidence.findings = checked.findings;
            evidence.features = features;
            evidence.judgements = checked.judgements;
            evidence.letter = catch_unwind(AssertUnwindSafe(|| write(&evidence))).unwrap_or_default();
            match checked.note {
                None => version.clone(),
                Some(note) => {
                    evidence.origin.notes.push(note);
                    deepened.without.push(evidence.submission.file.clone());
                    // The next run asks again.
                    format!("{version}: no answer")
                }
            }
        } else {
            evidence.origin.notes.push(broke_down());
            deepened.broken.push(evidence.submission.file.clone());
            // Another signature than that of success: the next run tries again.
            format!("{version}: broke down")
        };
        evidence.versions.insert(VERSION.to_owned(), signature);
        store.set_evidence(&evidence)?;
        progress.step();
        if shown.elapsed() > PAGES_EVERY {
            render(store, &Progress::new(true))?;
            shown = Instant::now();
        }
    }
    progress.finish();
    Ok(deepened)
}

/// What the page of an essay says that the deep check broke down on.
fn broke_down() -> Bilingual {
    Bilingual::new(
        "The language model broke down on this essay, which has its plain result; please report it with the file.",
        "语言模型检查这篇文章时出错，这里是基本检查的结果，请附上文件反馈。",
    )
}

fn judge(evidence: &Evidence, task: &Task<'_>, check: &Check<'_>) -> (Checked, Vec<Feature>) {
    let english = English::shipped();
    let analysis = english.analyse(&evidence.document);
    let checked = check(evidence, &analysis, english.check(&analysis));
    let mut features = features(TraitContext { analysis: &analysis, findings: &checked.findings, prompt: task.prompt });
    // What the essay means does not depend on its findings.
    let meant = |f: &&Feature| MEANING_FEATURES.contains(&f.id.as_str());
    features.extend(evidence.features.iter().filter(meant).cloned());
    (checked, features)
}

#[cfg(test)]
mod tests {
    use homeroom_core::{AssignmentId, Language, Pupil, PupilId, SubmissionId, WordLimits};
    use homeroom_ingest::Text;

    use super::*;
    use crate::assess::evidence;

    /// A word that stands in the text and must not come out of it.
    const SECRET: &str = "Zanzibar";

    fn essay(name: &str, task: &Task<'_>) -> Evidence {
        let text = Text {
            text: format!("{name} go to {SECRET} every day. It are a nice places, and he like it very much."),
            format: "txt",
            encoding: None,
            title: None,
            notes: Vec::new(),
            transcript: None,
        };
        let id = PupilId::new(name);
        let pupil = Pupil { id: id.clone(), name: name.to_owned(), class: None };
        let submission = SubmissionId::derive(&id, task.assignment);
        evidence(task, submission, pupil, format!("{name}.txt"), String::new(), text).unwrap()
    }

    #[test]
    fn an_essay_that_breaks_the_check_keeps_its_plain_result_and_the_next_is_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::create(folder.path()).unwrap();
        let assignment = AssignmentId::new("a");
        let words = WordLimits { scorable: 1, min: 1, max: None };
        let task = Task { assignment: &assignment, prompt: None, words, language: &Language::ENGLISH, embed: None };
        let essays = ["Anna", "Ben", "Cleo"].map(|name| essay(name, &task));
        essays.iter().for_each(|essay| store.set_evidence(essay).unwrap());
        assert!(essays.iter().all(|essay| !essay.findings.is_empty()), "there is a plain result to keep");
        let find =
            |name: &str| store.evidence().unwrap().into_iter().find(|e| e.submission.pupil.name == name).unwrap();
        let run = |check: &Check<'_>| {
            let lacking = lacking(&store, None).unwrap();
            let n = lacking.len();
            let done =
                add(&store, lacking, &task, None, check, &|_| None, &AtomicBool::new(false), &Progress::new(true))
                    .unwrap();
            assert_eq!(done.left, 0);
            (n, done.broken)
        };
        // As if the model found nothing at all, but for one essay that it can't take.
        let (n, broken) = run(&|_, analysis, _| {
            let text = analysis.text();
            assert!(!text.starts_with("Ben"), "index out of bounds in: {text}");
            Checked::default()
        });
        assert_eq!((n, broken), (3, vec!["Ben.txt".to_owned()]));
        for name in ["Anna", "Cleo"] {
            assert!(find(name).findings.is_empty() && find(name).origin.notes.is_empty(), "{name}");
        }
        let (plain, kept) = (&essays[1], find("Ben"));
        assert_eq!((&kept.findings, &kept.features), (&plain.findings, &plain.features));
        assert_eq!(kept.origin.notes, [broke_down()]);
        assert!(kept.versions.values().all(|version| !version.contains(SECRET)));
        // The page does not promise that more will come.
        assert!(kept.versions.contains_key(VERSION));
        // The next run tries this one again, and takes the note back.
        let (n, broken) = run(&|_, _, _| Checked::default());
        assert_eq!((n, broken), (1, Vec::new()));
        assert!(find("Ben").findings.is_empty() && find("Ben").origin.notes.is_empty());
        assert!(lacking(&store, None).unwrap().is_empty());
    }
}
