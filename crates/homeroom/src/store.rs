//! The folder that a class's marking lives in.
//!
//! | path | what |
//! | --- | --- |
//! | `batch.json` | assignment, prompt, rubric, page language: what the marks depend on beside the evidence |
//! | `evidence/ID.json` | evidence of one submission, written once, atomically |
//! | `evidence/originals/ID.docx` | the pupil's own Word file |
//! | `failures.json` | files that gave no text |
//! | `edits.jsonl` | the teacher's changes, one a line, only ever added to |
//! | `calibration.json` | the teacher's own marks and what was fitted to them |
//! | everything else | made from the above, and made again by `homeroom remark` |

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use homeroom_core::{AssignmentId, Document, Edit, Evidence, Rubric, SubmissionId};
use homeroom_scoring::Calibration;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::files::{UNFINISHED, write_whole};

/// What the marks of a folder depend on beside the evidence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Batch {
    /// Version of this form.
    pub(crate) schema: u32,
    /// The assignment's id.
    pub(crate) assignment: AssignmentId,
    /// What the assignment is called.
    pub(crate) title: String,
    /// What was asked.
    pub(crate) prompt: Option<Document>,
    /// The rubric, whole, so that a mark can be recomputed by a later program.
    pub(crate) rubric: Rubric,
    /// Language of the pages: `en`, `zh` or `both`.
    pub(crate) language: String,
    /// Whether printed reports are made.
    pub(crate) pdf: bool,
    /// Whether a language model's findings were asked for.
    #[serde(default)]
    pub(crate) deep: bool,
    /// When the folder was made, RFC 3339: the date of comments in Word files.
    pub(crate) created: String,
    /// Folder with the class's last assignment, whose evidence is compared with.
    pub(crate) previous: Option<PathBuf>,
}

/// A file that gave no text, as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failure {
    pub(crate) file: String,
    pub(crate) pupil: Option<String>,
    pub(crate) pupil_id: Option<String>,
    pub(crate) code: String,
    pub(crate) reason: homeroom_core::Bilingual,
}

/// An opened folder. While it lives, no other process writes to the folder.
pub(crate) struct Store {
    dir: PathBuf,
    _lock: File,
}

impl Store {
    /// Opens the folder, making it where it is not there.
    pub(crate) fn create(dir: &Path) -> Result<Self> {
        fs::create_dir_all(dir.join("evidence/originals"))
            .with_context(|| format!("make the folder {}", dir.display()))?;
        Self::lock(dir)
    }

    /// Opens a folder that `homeroom mark` has made.
    pub(crate) fn open(dir: &Path) -> Result<Self> {
        if !dir.join("batch.json").is_file() {
            bail!("{} is no marked class (it has no batch.json); make one with `homeroom mark`", dir.display());
        }
        Self::lock(dir)
    }

    fn lock(dir: &Path) -> Result<Self> {
        let path = dir.join(".lock");
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .with_context(|| format!("open {}", path.display()))?;
        match lock.try_lock() {
            Ok(()) => {
                sweep(dir)?;
                Ok(Self { dir: dir.to_owned(), _lock: lock })
            }
            Err(fs::TryLockError::WouldBlock) => {
                bail!("another homeroom is working in {}; wait for it to finish", dir.display())
            }
            Err(fs::TryLockError::Error(e)) => Err(e).with_context(|| format!("lock {}", path.display())),
        }
    }

    /// The folder.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// Writes a file in one step: it is there whole or not at all, whatever happens meanwhile.
    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.dir.join(name);
        let write = || {
            fs::create_dir_all(path.parent().unwrap_or(&self.dir))?;
            write_whole(&path, bytes)
        };
        write().with_context(|| format!("write {} (what was done before is kept)", path.display()))
    }

    fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>> {
        let path = self.dir.join(name);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(serde_json::from_slice(&bytes).with_context(|| format!("read {}", path.display()))?)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e).with_context(|| format!("read {}", path.display())),
        }
    }

    fn write_json<T: Serialize>(&self, name: &str, value: &T) -> Result<()> {
        let mut bytes = serde_json::to_vec_pretty(value).with_context(|| format!("write {name}"))?;
        bytes.push(b'\n');
        self.write(name, &bytes)
    }

    /// What the folder is about; `None` where it is new.
    pub(crate) fn batch(&self) -> Result<Option<Batch>> {
        self.read("batch.json")
    }

    /// Stores what the folder is about.
    pub(crate) fn set_batch(&self, batch: &Batch) -> Result<()> {
        self.write_json("batch.json", batch)
    }

    /// The evidence of a submission, where it is there and readable.
    pub(crate) fn evidence_of(&self, id: &SubmissionId) -> Option<Evidence> {
        self.read(&format!("evidence/{id}.json")).ok().flatten()
    }

    /// Stores evidence.
    pub(crate) fn set_evidence(&self, evidence: &Evidence) -> Result<()> {
        let mut bytes = serde_json::to_vec(evidence).context("write evidence")?;
        bytes.push(b'\n');
        self.write(&format!("evidence/{}.json", evidence.submission.id), &bytes)
    }

    /// Keeps a pupil's own Word file.
    pub(crate) fn set_original(&self, id: &SubmissionId, bytes: &[u8]) -> Result<()> {
        self.write(&format!("evidence/originals/{id}.docx"), bytes)
    }

    /// A pupil's own Word file.
    pub(crate) fn original(&self, id: &SubmissionId) -> Option<Vec<u8>> {
        fs::read(self.dir.join(format!("evidence/originals/{id}.docx"))).ok()
    }

    /// All evidence, by pupil's id.
    pub(crate) fn evidence(&self) -> Result<Vec<Evidence>> {
        evidence_in(&self.dir)
    }

    /// Files that gave no text.
    pub(crate) fn failures(&self) -> Result<Vec<Failure>> {
        Ok(self.read("failures.json")?.unwrap_or_default())
    }

    /// Stores the files that gave no text.
    pub(crate) fn set_failures(&self, failures: &[Failure]) -> Result<()> {
        self.write_json("failures.json", &failures)
    }

    /// The teacher's changes, in order.
    pub(crate) fn edits(&self) -> Result<Vec<Edit>> {
        let path = self.dir.join("edits.jsonl");
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(e).with_context(|| format!("read {}", path.display())),
        };
        let mut edits = Vec::new();
        let lines: Vec<&str> = text.lines().collect();
        for (i, line) in lines.iter().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
            match serde_json::from_str(line) {
                Ok(edit) => edits.push(edit),
                // A last line that a crash cut off was never acknowledged.
                Err(_) if i + 1 == lines.len() && !text.ends_with('\n') => {}
                Err(e) => return Err(e).with_context(|| format!("read {} line {}", path.display(), i + 1)),
            }
        }
        Ok(edits)
    }

    /// Adds the teacher's changes.
    pub(crate) fn add_edits(&self, new: &[Edit]) -> Result<()> {
        let mut all = self.edits()?;
        all.extend_from_slice(new);
        let mut bytes = Vec::new();
        for edit in &all {
            serde_json::to_writer(&mut bytes, edit).context("write edits.jsonl")?;
            bytes.push(b'\n');
        }
        self.write("edits.jsonl", &bytes)
    }

    /// The calibration, where there is one.
    pub(crate) fn calibration(&self) -> Result<Option<Calibration>> {
        self.read("calibration.json")
    }

    /// Stores the calibration.
    pub(crate) fn set_calibration(&self, calibration: &Calibration) -> Result<()> {
        self.write_json("calibration.json", calibration)
    }
}

/// Removes what a run that was killed had not finished writing.
fn sweep(folder: &Path) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("read {}", folder.display()))? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if entry.file_type()?.is_dir() {
            sweep(&entry.path())?;
        } else if name.starts_with(UNFINISHED.0) && name.ends_with(UNFINISHED.1) {
            fs::remove_file(entry.path()).with_context(|| format!("remove {}", entry.path().display()))?;
        }
    }
    Ok(())
}

/// All evidence in a marked folder, by pupil's id. A file that can't be read is an error: nothing may be left out of a
/// class unnoticed.
pub(crate) fn evidence_in(dir: &Path) -> Result<Vec<Evidence>> {
    let folder = dir.join("evidence");
    let mut all = Vec::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("read {}", folder.display()))? {
        let path = entry.with_context(|| format!("read {}", folder.display()))?.path();
        if path.extension().is_some_and(|e| e == "json") {
            let bytes = fs::read(&path).with_context(|| format!("read {}", path.display()))?;
            let evidence: Evidence = serde_json::from_slice(&bytes).with_context(|| {
                format!("read {} (delete it and run `homeroom mark` again to make it anew)", path.display())
            })?;
            all.push(evidence);
        }
    }
    all.sort_by(|a, b| (&a.submission.pupil.id, &a.submission.id).cmp(&(&b.submission.pupil.id, &b.submission.id)));
    Ok(all)
}
