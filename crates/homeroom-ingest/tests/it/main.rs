//! From files to text, and whose they are.
#![allow(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod archive;
mod encoding;
mod format;
mod language;
mod pdf;
mod picture;
mod robust;
mod roster;

use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use homeroom_ingest::pdf::Child;
use homeroom_ingest::{Limits, ReadError, Text, read_bytes};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// The process that reads PDF files.
fn child() -> Child {
    Child::new(env!("CARGO_BIN_EXE_homeroom-pdf-child"), [] as [&str; 0])
}

fn read(name: &str, bytes: &[u8]) -> Result<Text, ReadError> {
    read_bytes(name, bytes, &Limits::default(), &child())
}

fn fixture(name: &str) -> Vec<u8> {
    let path: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    std::fs::read(path).unwrap()
}

/// A zip archive with these entries.
fn pack(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}
