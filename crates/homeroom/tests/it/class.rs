//! The sample class, and the program at work on it or on a class that a test makes up.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

/// What the program did.
pub(crate) struct Ran {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    /// The program was content, and said nothing on standard error.
    #[track_caller]
    pub(crate) fn well(self) -> String {
        assert!(self.status.success(), "{}{}", self.stdout, self.stderr);
        self.stdout
    }

    /// The program gave up, and said each of `parts` on standard error.
    #[track_caller]
    pub(crate) fn badly(self, parts: &[&str]) {
        assert_eq!(self.status.code(), Some(2), "{}{}", self.stdout, self.stderr);
        for part in parts {
            assert!(self.stderr.contains(part), "no `{part}` in: {}", self.stderr);
        }
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
    }
}

/// Standard output and standard error in one.
pub(crate) fn ran(command: &mut Command) -> Ran {
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { status: output.status, stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// The program, at a time that stands still.
pub(crate) fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_homeroom"));
    command.env("SOURCE_DATE_EPOCH", "1767225600");
    command
}

pub(crate) fn homeroom(args: &[&str]) -> Ran {
    ran(command().args(args))
}

/// A path as an argument.
pub(crate) fn arg(path: &Path) -> &str {
    path.to_str().unwrap()
}

pub(crate) fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/class")
}

/// The sample essay of a pupil.
pub(crate) fn essay(id: &str) -> PathBuf {
    let files = fs::read_dir(samples()).unwrap().map(|e| e.unwrap().path());
    let mut found = files.filter(|p| p.file_name().unwrap().to_str().unwrap().starts_with(&format!("{id}_")));
    found.next().unwrap()
}

/// A folder that has no model: it is not there.
pub(crate) fn no_models() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("no-models")
}

/// The command that marks `what` into `out`, with the sample class's prompt and roster, and without pulled models, which
/// would leave their traces in the evidence: a test that needs one names the folder.
pub(crate) fn marking(what: &Path, out: &Path) -> Command {
    let mut command = command();
    command.env("HOMEROOM_MODELS", no_models());
    command.env_remove("HOMEROOM_DEEP");
    command.arg("mark").arg(what).args(["--rubric", "cet4", "--prompt"]).arg(samples().join("prompt.md"));
    command.arg("--roster").arg(samples().join("roster.csv")).arg("--out").arg(out);
    command
}

pub(crate) fn mark(what: &Path, out: &Path) -> Ran {
    ran(&mut marking(what, out))
}

/// The sample class, marked once by whichever test comes first. Read only: a test that changes it takes a [`copy`].
pub(crate) fn marked() -> &'static Path {
    static MARKED: OnceLock<PathBuf> = OnceLock::new();
    MARKED.get_or_init(|| {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        // A static is never dropped: what test runs that are over have left is removed by the next one.
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let run = path.file_name().unwrap().to_str().unwrap().strip_prefix("class-").map(str::to_owned);
            if run.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
                let _ = fs::remove_dir_all(path);
            }
        }
        let out = folder.join(format!("class-{}", std::process::id()));
        let _ = fs::remove_dir_all(&out);
        mark(&samples(), &out).well();
        out
    })
}

/// A marked sample class of the test's own.
pub(crate) fn copy() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, bytes) in tree(marked()) {
        let to = folder.path().join(path);
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::write(to, bytes).unwrap();
    }
    folder
}

/// A folder with these files.
pub(crate) fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    folder
}

#[track_caller]
pub(crate) fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))).unwrap()
}

pub(crate) fn summary(out: &Path) -> Value {
    json(&out.join("summary.json"))
}

/// The line of `summary.json` on the file whose name begins with `file`.
#[track_caller]
pub(crate) fn line<'a>(summary: &'a Value, file: &str) -> &'a Value {
    let lines = summary["essays"].as_array().unwrap();
    lines.iter().find(|e| e["file"].as_str().unwrap().starts_with(file)).unwrap_or_else(|| panic!("no {file}"))
}

/// The one file in `folder` whose name begins with `start`.
#[track_caller]
pub(crate) fn one(folder: &Path, start: &str) -> PathBuf {
    let files = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    let found: Vec<PathBuf> =
        files.filter(|p| p.is_file() && p.file_name().unwrap().to_str().unwrap().starts_with(start)).collect();
    assert_eq!(found.len(), 1, "{start}: {found:?}");
    found[0].clone()
}

/// Every file below `folder` with its bytes.
pub(crate) fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(path.strip_prefix(folder).unwrap().to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    files
}

/// The two folders hold the same files with the same bytes.
#[track_caller]
pub(crate) fn same(left: &Path, right: &Path) {
    let (left, right) = (tree(left), tree(right));
    assert_eq!(left.keys().collect::<Vec<_>>(), right.keys().collect::<Vec<_>>());
    for (path, bytes) in &left {
        assert!(right[path] == *bytes, "{} differs", path.display());
    }
}
