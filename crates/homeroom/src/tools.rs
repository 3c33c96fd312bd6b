//! The tools that a model may call here, and that `homeroom mcp` offers to other programs: those of `homeroom-tools` with what
//! this machine has for them, and those that need the whole program.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use homeroom_core::ability::Embed;
use homeroom_core::{
    AssignmentId, ClassId, Display, Document, Evidence, Language, Mark, Outcome, Pupil, PupilId, Status, SubmissionId,
};
use homeroom_ingest::{Limits as ReadLimits, read_bytes};
use homeroom_know::{Base, Embedder};
use homeroom_report::{band_words, grade, reason_words};
use homeroom_scoring::reduce_class;
use homeroom_tools::builtin::{Caller, Date, Histories, Means, Note, PastEssay, Search, Sentences, builtin};
use homeroom_tools::{Effect, Output, Tool, ToolError, Toolbox, Typed};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::assess::{Task, evidence};
use crate::commands::mark::{load_rubric, pdf_child};
use crate::commands::{know, listen, now};
use crate::meaning;
use crate::store::{Batch, evidence_in};

/// Assignments of the past that are followed from a class's folder.
const MOST_ASSIGNMENTS: usize = 50;

/// What the tools may look at.
#[derive(clap::Args, Default)]
pub(crate) struct Reach {
    /// Folders of marked classes whose pupils' earlier essays may be looked at
    #[arg(long, value_name = "DIR")]
    class: Vec<PathBuf>,
    /// Who asks is this pupil (an id of --class), who sees only what is released and their own [default: the teacher]
    #[arg(long, value_name = "ID", requires = "class")]
    pupil: Option<String>,
    /// Folder whose recordings may be listened to
    #[arg(long, value_name = "DIR")]
    recordings: Option<PathBuf>,
    /// Folder of the knowledge base [default: that of `homeroom know`]
    #[arg(long, value_name = "DIR", env = "HOMEROOM_KNOW")]
    know: Option<PathBuf>,
}

/// Everything that this machine has means for, and `more`.
pub(crate) fn toolbox(reach: &Reach, more: Vec<Arc<dyn Tool>>) -> Result<Toolbox> {
    let folder = know::folder(reach.know.as_deref())?;
    let notes = folder.is_dir().then(|| Arc::new(Documents { folder, embed: meaning::load() }) as Arc<dyn Search>);
    let histories = if reach.class.is_empty() { None } else { Some(histories(&reach.class, reach.pupil.as_deref())?) };
    let means = Means {
        today: now().get(..10).and_then(|day| day.parse::<Date>().ok()),
        sentences: Some(Arc::new(Sentences::shipped())),
        notes,
        histories,
    };
    let mut tools = builtin(&means);
    tools.push(mark_essay());
    if let Some(folder) = &reach.recordings {
        let folder = folder.canonicalize().with_context(|| format!("find the folder {}", folder.display()))?;
        tools.push(listen_to_reading(folder));
    }
    tools.extend(more);
    Ok(Toolbox::new(tools)?)
}

/// The documents of `homeroom know`.
struct Documents {
    folder: PathBuf,
    embed: Option<homeroom_onnx::MiniLm>,
}

fn broken(what: &'static str, error: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> ToolError {
    ToolError::Broken { what, source: Some(error.into()) }
}

impl Search for Documents {
    fn search(&self, query: &str, most: usize) -> Result<Vec<Note>, ToolError> {
        let unread = |error| broken("the documents can't be read", error);
        let embedder = self.embed.as_ref().map(|m| Embedder { name: meaning::MODEL, model: m as &dyn Embed });
        let base = Base::open(&self.folder).map_err(unread)?;
        let found = base.search(query, embedder, most).map_err(unread)?;
        if !found.sufficiency.in_documents {
            return Ok(Vec::new());
        }
        let note = |hit: homeroom_know::Hit| Note {
            id: format!("{}:{}-{}", hit.source, hit.span.start, hit.span.end),
            title: hit.title.unwrap_or_else(|| hit.source.clone()),
            text: hit.text,
        };
        Ok(found.hits.into_iter().map(note).collect())
    }
}

/// Marked classes, as their folders are.
struct Classes {
    folders: Vec<Folder>,
    /// Whether drafts that the teacher has confirmed are told, or only what is released.
    for_teacher: bool,
}

/// A class's folder, and those of its earlier assignments.
struct Folder {
    class: ClassId,
    assignments: Vec<(Batch, PathBuf)>,
}

/// What the folders hold, and who asks.
fn histories(folders: &[PathBuf], pupil: Option<&str>) -> Result<(Arc<dyn Histories>, Caller)> {
    let mut all = Vec::new();
    for dir in folders {
        let (mut assignments, mut next) = (Vec::<(Batch, PathBuf)>::new(), Some(dir.clone()));
        while let Some(dir) = next.take() {
            let path = dir.join("batch.json");
            let bytes = fs::read(&path).with_context(|| {
                format!("read {}; a class's folder is one that `homeroom mark` has made", path.display())
            })?;
            let batch: Batch = serde_json::from_slice(&bytes).with_context(|| format!("read {}", path.display()))?;
            let seen = assignments.iter().any(|(_, seen)| *seen == dir);
            if seen || assignments.len() >= MOST_ASSIGNMENTS {
                break;
            }
            next = batch.previous.clone().filter(|dir| dir.join("batch.json").is_file());
            assignments.push((batch, dir));
        }
        all.push(Folder { class: ClassId::new(dir.display().to_string()), assignments });
    }
    let classes = Classes { folders: all, for_teacher: pupil.is_none() };
    let caller = match pupil {
        None => Caller::Teacher(classes.folders.iter().map(|f| f.class.clone()).collect()),
        Some(id) => {
            let id = PupilId::new(id);
            if classes.classes(&id).is_empty() {
                bail!("no pupil of these classes has the id {id}");
            }
            Caller::Pupil(id)
        }
    };
    Ok((Arc::new(classes), caller))
}

impl Folder {
    /// The pupils of the class's assignments.
    fn pupils(&self) -> Vec<Pupil> {
        let all = self.assignments.iter().filter_map(|(_, dir)| evidence_in(dir).ok()).flatten();
        all.map(|evidence| evidence.submission.pupil).collect()
    }
}

impl Histories for Classes {
    fn called(&self, said: &str) -> Vec<PupilId> {
        let pupils = self.folders.iter().flat_map(Folder::pupils);
        let mut found: Vec<PupilId> =
            pupils.filter(|p| p.id.as_str() == said || p.name == said).map(|p| p.id).collect();
        found.sort();
        found.dedup();
        found
    }

    fn classes(&self, pupil: &PupilId) -> Vec<ClassId> {
        let has = |f: &&Folder| f.pupils().iter().any(|p| p.id == *pupil);
        self.folders.iter().filter(has).map(|f| f.class.clone()).collect()
    }

    fn essays(&self, pupil: &PupilId) -> Result<Vec<PastEssay>, ToolError> {
        let mut essays = Vec::new();
        for (batch, dir) in self.folders.iter().flat_map(|f| &f.assignments) {
            let all = evidence_in(dir).map_err(|e| broken("a class's folder can't be read", e))?;
            for evidence in all.into_iter().filter(|e| e.submission.pupil.id == *pupil) {
                let Some(date) = batch.created.get(..10).and_then(|day| day.parse().ok()) else { continue };
                let path = dir.join(format!("marks/{}.json", evidence.submission.id));
                let mark: Option<Mark> = fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
                essays.push(self.past(&evidence, mark.as_ref(), batch, date));
            }
        }
        Ok(essays)
    }
}

impl Classes {
    fn past(&self, evidence: &Evidence, mark: Option<&Mark>, batch: &Batch, date: Date) -> PastEssay {
        let is_told = |m: &&Mark| match m.status {
            Status::Released => true,
            Status::Confirmed => self.for_teacher,
            Status::Draft => false,
        };
        let shown = mark.filter(is_told).map(|m| match (&m.outcome, grade(m)) {
            (_, Some(score)) => format!("{score} of {}", batch.rubric.scale.max),
            (Outcome::Scored { overall, .. }, None) => band_words(overall, &batch.rubric.bands).en,
            (Outcome::Unscored { reason }, None) => reason_words(reason).en,
        });
        let mut faults = BTreeMap::new();
        let dismissed = |f: &&homeroom_core::Finding| mark.is_some_and(|m| m.dismissed.contains(&f.id()));
        for finding in evidence.findings.iter().filter(|f| f.display == Display::Sure && !dismissed(f)) {
            *faults.entry(finding.code.clone()).or_default() += 1;
        }
        PastEssay { assignment: batch.title.clone(), date, mark: shown, n_words: evidence.words, faults }
    }
}

#[derive(Deserialize, JsonSchema)]
struct Essay {
    /// The essay, as the pupil wrote it.
    #[schemars(length(min = 1, max = 60_000))]
    text: String,
    /// The task that the pupil was given, if known.
    #[serde(default)]
    #[schemars(length(max = 4_000))]
    prompt: Option<String>,
    /// The rubric: cefr, cet4, cet6, gaokao-practical, gaokao-continuation, ielts-task2, toefl, zhongkao or plain-100; cefr
    /// if left out.
    #[serde(default)]
    #[schemars(length(max = 60))]
    rubric: Option<String>,
}

fn mark_essay() -> Arc<dyn Tool> {
    Typed::shared(
        "mark_essay",
        "Marks a learner's English essay: the band by an exam's rubric, each fault with its correction and why, what is good and \
         what to work on. It is a draft for a teacher to confirm.",
        Effect::Reads,
        |essay: Essay| marked(&essay).map(|told| Output::json(&told)),
    )
}

fn marked(essay: &Essay) -> Result<Value, ToolError> {
    let name = essay.rubric.as_deref().unwrap_or("cefr");
    // A path would let whoever calls look at files.
    let shipped = homeroom_scoring::rubric(name).is_some();
    let unknown = || ToolError::Value { argument: "rubric", fault: "there is none; leave it out for the usual one" };
    let rubric = if shipped { load_rubric(name).map_err(|_| unknown())? } else { return Err(unknown()) };
    let assignment = AssignmentId::new("tool");
    let prompt = essay.prompt.as_ref().map(|p| Document::new(p.clone(), Language::ENGLISH));
    let embed = meaning::load();
    let task = Task {
        assignment: &assignment,
        prompt: prompt.as_ref(),
        words: rubric.words,
        language: &rubric.language,
        embed: embed.as_ref().map(|model| model as &dyn Embed),
    };
    let child = pdf_child().map_err(|e| broken("the reader of files can't be started", e))?;
    let text = read_bytes("essay.txt", essay.text.as_bytes(), &ReadLimits::default(), &child)
        .map_err(|_| ToolError::Value { argument: "text", fault: "there is no text in it" })?;
    let id = PupilId::new("pupil");
    let pupil = Pupil { id: id.clone(), name: "pupil".to_owned(), class: None };
    let submission = SubmissionId::derive(&id, &assignment);
    let evidence = evidence(&task, submission, pupil, "essay.txt".to_owned(), String::new(), text)
        .ok_or(ToolError::Broken { what: "a checker broke down on this text", source: None })?;
    let mark = reduce_class(std::slice::from_ref(&evidence), &rubric, None, &[]).remove(0);
    let review = homeroom_review::review(&evidence, &mark, None);
    let faults: Vec<Value> = evidence
        .findings
        .iter()
        .filter(|f| f.display != Display::Style)
        .map(|f| {
            json!({
                "words": f.span.of(&evidence.document.text), "at": [f.span.start, f.span.end], "code": f.code,
                "correction": f.suggestions.first(), "why": f.explanation.en, "sure": f.display == Display::Sure,
            })
        })
        .collect();
    let (band, reason) = match &mark.outcome {
        Outcome::Scored { overall, .. } => (Some(band_words(overall, &rubric.bands).en), None),
        Outcome::Unscored { reason } => (None, Some(reason_words(reason).en)),
    };
    Ok(json!({
        "status": "draft: a teacher decides", "rubric": rubric.name.en, "n_words": evidence.words,
        "band": band, "not_scored_because": reason, "faults": faults,
        "good": review.good.iter().map(|g| json!({"quote": g.quote, "why": g.why.en})).collect::<Vec<_>>(),
        "work_on": review.work_on.iter().map(|w| json!({"what": w.title.en, "rule": w.rule.en})).collect::<Vec<_>>(),
    }))
}

#[derive(Deserialize, JsonSchema)]
struct Reading {
    /// Name of the recording in the folder of recordings, such as li-hua.wav.
    #[schemars(length(min = 1, max = 200))]
    file: String,
    /// The text that was read aloud.
    #[schemars(length(min = 1, max = 4_000))]
    text: String,
}

fn listen_to_reading(folder: PathBuf) -> Arc<dyn Tool> {
    Typed::shared(
        "listen_to_reading",
        "Listens to a recording of a text read aloud in English: scores of accuracy, fluency, prosody and completeness out of 10, the \
         words that were not said well, and how to say them better.",
        Effect::Reads,
        move |reading: Reading| heard(&folder, &reading).map(|told| Output::json(&told)),
    )
}

fn heard(folder: &Path, reading: &Reading) -> Result<Value, ToolError> {
    let unknown = ToolError::Value { argument: "file", fault: "there is no such recording in the folder" };
    // Links and `..` are followed before it is looked at where they lead.
    let path = match folder.join(&reading.file).canonicalize() {
        Ok(path) if path.starts_with(folder) && path.is_file() => path,
        _ => return Err(unknown),
    };
    listen::told(&path, &reading.text).map_err(|error| broken("the recording could not be judged", error))
}
