//! One file to evidence: read, identify, analyse, check, measure.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use homeroom_core::ability::Embed;
use homeroom_core::{
    AssignmentId, Bilingual, Document, EVIDENCE_SCHEMA, Evidence, Language, Origin, Pupil, Reason, Submission,
    SubmissionId, TraitContext, WordLimits,
};
use homeroom_english::English;
use homeroom_ingest::{Text, language};
use homeroom_traits::{ON_TOPIC, PROMPT_MEANING, features, gate};
use sha2::{Digest, Sha256};

use crate::meaning;

/// What evidence depends on beside the text.
pub(crate) struct Task<'a> {
    pub(crate) assignment: &'a AssignmentId,
    pub(crate) prompt: Option<&'a Document>,
    pub(crate) words: WordLimits,
    pub(crate) language: &'a Language,
    /// Tells what a text is about, where the model for it is pulled.
    pub(crate) embed: Option<&'a dyn Embed>,
}

impl Task<'_> {
    /// Versions of everything that looks at a text, and what it is looked at for: evidence with other ones is stale.
    pub(crate) fn versions(&self) -> BTreeMap<String, String> {
        let mut versions = English::shipped().versions();
        versions.insert("homeroom".to_owned(), env!("CARGO_PKG_VERSION").to_owned());
        versions.insert("prompt".to_owned(), self.prompt.map_or("none".to_owned(), |p| sha256(p.text.as_bytes())));
        versions.insert("scorable_words".to_owned(), self.words.scorable.to_string());
        if self.embed.is_some() {
            versions.insert(meaning::VERSION.to_owned(), meaning::MODEL.to_owned());
        }
        versions
    }
}

/// SHA-256, hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

/// The evidence of a text. `None` where a checker broke down on it: the caller says so, and the batch goes on.
pub(crate) fn evidence(
    task: &Task<'_>,
    id: SubmissionId,
    pupil: Pupil,
    file: String,
    sha256: String,
    text: Text,
) -> Option<Evidence> {
    let document = Document::new(text.text, task.language.clone());
    let origin = Origin {
        sha256,
        format: text.format.to_owned(),
        encoding: text.encoding,
        transcript: text.transcript,
        notes: text.notes.iter().map(homeroom_ingest::Note::explain).collect::<Vec<Bilingual>>(),
    };
    let submission = Submission { id, pupil, assignment: task.assignment.clone(), file };
    let words = document.word_count();
    let mut evidence = Evidence {
        schema: EVIDENCE_SCHEMA,
        submission,
        origin,
        document,
        words,
        unscored: None,
        findings: Vec::new(),
        features: Vec::new(),
        judgements: Vec::new(),
        letter: None,
        versions: task.versions(),
    };
    match language::detect(&evidence.document.text) {
        Some(found) if found != *task.language => {
            evidence.unscored = Some(Reason::WrongLanguage { found: found.tag().to_owned() });
            evidence.document.language = found;
            return Some(evidence);
        }
        _ => {}
    }
    // A rule that panics on odd text must not take the class down with it.
    let judged = catch_unwind(AssertUnwindSafe(|| judge(task, &evidence.document)));
    let Judged { findings, features, unscored, by_meaning } = judged.ok()?;
    if !by_meaning {
        evidence.versions.remove(meaning::VERSION);
    }
    evidence.findings = findings;
    evidence.features = features;
    evidence.unscored = unscored;
    Some(evidence)
}

struct Judged {
    findings: Vec<homeroom_core::Finding>,
    features: Vec<homeroom_core::Feature>,
    unscored: Option<Reason>,
    /// Whether the model of meaning had a part in it.
    by_meaning: bool,
}

fn judge(task: &Task<'_>, document: &Document) -> Judged {
    let english = English::shipped();
    let analysis = english.analyse(document);
    let findings = english.check(&analysis);
    let context = TraitContext { analysis: &analysis, findings: &findings, prompt: task.prompt };
    let mut features = features(context);
    let mut unscored = gate(&analysis, task.prompt, task.words);
    // A model that fails leaves the essay to what is known by words; the next run tries again.
    let meant = task.embed.and_then(|embed| homeroom_traits::meaning(context, embed).ok());
    let by_meaning = meant.is_some();
    features.extend(meant.unwrap_or_default());
    let near = features.iter().any(|f| f.id == PROMPT_MEANING && f.value >= ON_TOPIC);
    if near && matches!(unscored, Some(Reason::OffTopic { .. })) {
        // Its words are others than the prompt's, what it says is not.
        unscored = None;
    }
    Judged { findings, features, unscored, by_meaning }
}
