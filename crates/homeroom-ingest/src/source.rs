use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{BufReader, Read, Seek};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use encoding_rs::GB18030;
use zip::ZipArchive;

use crate::{Limits, ReadError};

/// Deepest nesting of folders that is followed.
const MAX_DEPTH: usize = 64;
/// Entries that unpack to at most this are never called a bomb, in bytes.
const RATIO_FROM: u64 = 1 << 20;

type Archive = ZipArchive<BufReader<File>>;

/// One file to read: on the disk, or in an archive.
///
/// It holds no content, so that a class of thousands fits in memory; [`Source::bytes`] reads it.
#[derive(Debug, Clone)]
pub struct Source {
    /// The name to show: relative to the folder that was given, with an archive's name in front (`week3.zip/li_na.txt`).
    pub name: String,
    /// The file on the disk; for an entry of an archive, the archive.
    pub path: PathBuf,
    place: Place,
}

#[derive(Clone)]
enum Place {
    File,
    Entry { archive: Arc<Mutex<Archive>>, index: usize },
    Problem(ReadError),
}

impl std::fmt::Debug for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::File => f.write_str("File"),
            Self::Entry { index, .. } => f.debug_struct("Entry").field("index", index).finish_non_exhaustive(),
            Self::Problem(error) => f.debug_tuple("Problem").field(error).finish(),
        }
    }
}

impl Source {
    /// Whether it is an entry of an archive.
    #[must_use]
    pub fn is_entry(&self) -> bool {
        matches!(self.place, Place::Entry { .. })
    }

    /// Its content.
    ///
    /// # Errors
    /// What was wrong when it was found (a nested archive, a zip bomb), or is wrong with reading it now.
    pub fn bytes(&self, limits: &Limits) -> Result<Vec<u8>, ReadError> {
        match &self.place {
            Place::Problem(error) => Err(error.clone()),
            Place::File => {
                let file = File::open(&self.path).map_err(|e| ReadError::io(&e))?;
                let metadata = file.metadata().map_err(|e| ReadError::io(&e))?;
                if metadata.len() > limits.file_bytes {
                    return Err(ReadError::TooLarge { limit: limits.file_bytes });
                }
                let mut bytes = Vec::new();
                file.take(limits.file_bytes + 1).read_to_end(&mut bytes).map_err(|e| ReadError::io(&e))?;
                if bytes.len() as u64 > limits.file_bytes {
                    return Err(ReadError::TooLarge { limit: limits.file_bytes });
                }
                Ok(bytes)
            }
            Place::Entry { archive, index } => {
                // A reader that panicked leaves nothing half done in the archive: every read seeks first.
                unpack(&mut archive.lock().unwrap_or_else(PoisonError::into_inner), *index, limits)
            }
        }
    }
}

/// Every file that `paths` name: files, folders with everything below them, zip archives with their entries.
///
/// The order is that of `paths`, and by name within a folder. Hidden files, Word's lock files (`~$...`) and the
/// leftovers of systems (`__MACOSX`, `Thumbs.db`) are skipped, and so is a file that was named twice. What can't be read
/// is a source all the same, with the reason.
#[must_use]
pub fn collect(paths: &[PathBuf], limits: &Limits) -> Vec<Source> {
    let mut found = Found { sources: Vec::new(), seen: BTreeSet::new(), limits };
    for path in paths {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_dir() => found.folder(path, "", 0),
            Ok(metadata) if metadata.is_file() => found.file(path, &file_name(path)),
            Ok(_) => found.problem(path, file_name(path), ReadError::Unsupported { kind: "device".to_owned() }),
            Err(error) => found.problem(path, file_name(path), ReadError::io(&error)),
        }
    }
    // Two folders may each have an `essay.txt`: then the path as given tells them apart.
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for source in &found.sources {
        *count.entry(source.name.clone()).or_default() += 1;
    }
    for source in &mut found.sources {
        if count[&source.name] > 1 && !source.is_entry() {
            source.name = slashes(&source.path);
        }
    }
    found.sources
}

struct Found<'a> {
    sources: Vec<Source>,
    seen: BTreeSet<PathBuf>,
    limits: &'a Limits,
}

impl Found<'_> {
    fn problem(&mut self, path: &Path, name: String, error: ReadError) {
        self.sources.push(Source { name, path: path.to_owned(), place: Place::Problem(error) });
    }

    fn folder(&mut self, path: &Path, prefix: &str, depth: usize) {
        let entries = match fs::read_dir(path) {
            Ok(entries) => entries,
            Err(error) => {
                let name = if prefix.is_empty() { file_name(path) } else { prefix.trim_end_matches('/').to_owned() };
                return self.problem(path, name, ReadError::io(&error));
            }
        };
        let mut entries: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        entries.sort();
        for entry in entries {
            let file = file_name(&entry);
            if is_clutter(&file) {
                continue;
            }
            let name = format!("{prefix}{file}");
            // A link to a folder may lead in a circle; a link to a file is what it points to.
            let is_link = fs::symlink_metadata(&entry).is_ok_and(|m| m.is_symlink());
            match fs::metadata(&entry) {
                Ok(metadata) if metadata.is_dir() => {
                    if !is_link && depth < MAX_DEPTH {
                        self.folder(&entry, &format!("{name}/"), depth + 1);
                    }
                }
                Ok(metadata) if metadata.is_file() => self.file(&entry, &name),
                Ok(_) => {}
                Err(error) => self.problem(&entry, name, ReadError::io(&error)),
            }
        }
    }

    fn file(&mut self, path: &Path, name: &str) {
        let canonical = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        if !self.seen.insert(canonical) {
            return;
        }
        if extension(name) == "zip" {
            self.archive(path, name);
        } else {
            self.sources.push(Source { name: name.to_owned(), path: path.to_owned(), place: Place::File });
        }
    }

    fn archive(&mut self, path: &Path, name: &str) {
        let opened = File::open(path)
            .map_err(|e| ReadError::io(&e))
            .and_then(|file| ZipArchive::new(BufReader::new(file)).map_err(|_| ReadError::broken("zip")));
        let mut archive = match opened.and_then(|archive| check(archive, self.limits)) {
            Ok(archive) => archive,
            Err(error) => return self.problem(path, name.to_owned(), error),
        };
        let mut entries = Vec::new();
        for index in 0..archive.len() {
            let Ok(entry) = archive.by_index_raw(index) else { continue };
            let inner = entry_name(entry.name_raw());
            let is_file = entry.is_file() && !inner.ends_with('/');
            if is_file && !inner.split('/').any(is_clutter) {
                entries.push((inner, index));
            }
        }
        entries.sort();
        if entries.is_empty() {
            return self.problem(path, name.to_owned(), ReadError::Empty);
        }
        let archive = Arc::new(Mutex::new(archive));
        for (inner, index) in entries {
            let place = if extension(&inner) == "zip" {
                Place::Problem(ReadError::NestedArchive)
            } else {
                Place::Entry { archive: Arc::clone(&archive), index }
            };
            self.sources.push(Source { name: format!("{name}/{inner}"), path: path.to_owned(), place });
        }
    }
}

/// Refuses an archive that as a whole asks for too much.
fn check(mut archive: Archive, limits: &Limits) -> Result<Archive, ReadError> {
    if archive.len() > limits.archive_entries {
        return Err(ReadError::TooManyEntries { entries: archive.len(), limit: limits.archive_entries });
    }
    // Entries that share their bytes: one megabyte can claim to be a terabyte.
    if archive.has_overlapping_files().map_err(|_| ReadError::broken("zip"))? {
        return Err(ReadError::ZipBomb);
    }
    let mut total: u64 = 0;
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(|_| ReadError::broken("zip"))?;
        total = total.saturating_add(entry.size());
    }
    if total > limits.archive_bytes {
        return Err(ReadError::ZipBomb);
    }
    Ok(archive)
}

/// An entry's content, as far as the limits let it be unpacked.
pub(crate) fn unpack<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    index: usize,
    limits: &Limits,
) -> Result<Vec<u8>, ReadError> {
    let broken = || ReadError::broken("zip");
    let raw = archive.by_index_raw(index).map_err(|_| broken())?;
    if raw.encrypted() {
        return Err(ReadError::Encrypted { format: "zip".to_owned() });
    }
    let allowed = raw.compressed_size().saturating_mul(limits.ratio).max(RATIO_FROM);
    if raw.size() > allowed {
        return Err(ReadError::ZipBomb);
    }
    if raw.size() > limits.file_bytes {
        return Err(ReadError::TooLarge { limit: limits.file_bytes });
    }
    drop(raw);
    let entry = archive.by_index(index).map_err(|_| broken())?;
    let mut bytes = Vec::new();
    // The declared size may be a lie, so that the limits hold for what really comes out, too.
    let most = allowed.min(limits.file_bytes);
    entry.take(most + 1).read_to_end(&mut bytes).map_err(|_| broken())?;
    if bytes.len() as u64 > most {
        return Err(if most < limits.file_bytes {
            ReadError::ZipBomb
        } else {
            ReadError::TooLarge { limit: limits.file_bytes }
        });
    }
    Ok(bytes)
}

/// An entry's name. Chinese versions of Windows write it in GBK without saying so; others write UTF-8 without saying so.
fn entry_name(raw: &[u8]) -> String {
    let name = match std::str::from_utf8(raw) {
        Ok(name) => name.to_owned(),
        Err(_) => GB18030.decode_without_bom_handling(raw).0.into_owned(),
    };
    // A path out of the archive is of no use as a name, and nothing is ever written to it.
    let is_folder = name.ends_with(['/', '\\']);
    let steps: Vec<&str> = name.split(['/', '\\']).filter(|step| !matches!(*step, "" | "." | "..")).collect();
    format!("{}{}", steps.join("/"), if is_folder { "/" } else { "" })
}

fn is_clutter(file: &str) -> bool {
    file.starts_with('.')
        || file.starts_with("~$")
        || matches!(file, "__MACOSX" | "Thumbs.db" | "desktop.ini" | "ehthumbs.db")
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| slashes(path), |name| name.to_string_lossy().into_owned())
}

fn slashes(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

/// The extension in lower case, or "".
pub(crate) fn extension(name: &str) -> String {
    let file = name.rsplit('/').next().unwrap_or(name);
    match file.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => extension.to_lowercase(),
        _ => String::new(),
    }
}
