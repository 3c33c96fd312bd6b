use std::fs;
use std::io::Cursor;
use std::path::PathBuf;

use encoding_rs::GBK;
use homeroom_ingest::{Limits, collect, read};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::{child, pack};

/// Name and outcome of every source: the text, or the error's code.
fn outcomes(paths: &[PathBuf], limits: &Limits) -> Vec<(String, String)> {
    collect(paths, limits)
        .iter()
        .map(|source| {
            let outcome = read(source, limits, &child()).map_or_else(|e| e.code().to_owned(), |text| text.text);
            (source.name.clone(), outcome)
        })
        .collect()
}

#[track_caller]
fn check(found: Vec<(String, String)>, expected: &[(&str, &str)]) {
    let expected: Vec<(String, String)> =
        expected.iter().map(|&(name, outcome)| (name.to_owned(), outcome.to_owned())).collect();
    assert_eq!(found, expected);
}

#[test]
fn folders_in_order_without_clutter() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::create_dir_all(root.join("b/__MACOSX")).unwrap();
    for (name, content) in [
        ("b/two.txt", "2"),
        ("a.txt", "1"),
        ("c.txt", "3"),
        (".hidden.txt", "x"),
        ("~$a.docx", "x"),
        ("b/__MACOSX/x.txt", "x"),
        ("Thumbs.db", "x"),
    ] {
        fs::write(root.join(name), content).unwrap();
    }
    let expected = [("a.txt", "1"), ("b/two.txt", "2"), ("c.txt", "3")];
    check(outcomes(&[root.to_owned()], &Limits::default()), &expected);
    // Named twice, it is read once; what is not there is told.
    let paths = [root.join("a.txt"), root.to_owned(), root.join("none.txt")];
    check(
        outcomes(&paths, &Limits::default()),
        &[("a.txt", "1"), ("b/two.txt", "2"), ("c.txt", "3"), ("none.txt", "unreadable")],
    );
    // Names that two folders share.
    let paths = [root.join("b/two.txt"), root.join("two.txt")];
    fs::write(root.join("two.txt"), "other").unwrap();
    let found = outcomes(&paths, &Limits::default());
    assert_ne!(found[0].0, found[1].0);
}

#[test]
fn archives() {
    let folder = tempfile::tempdir().unwrap();
    let inner = pack(&[("x.txt", b"x")]);
    let entries: [(&str, &[u8]); 6] = [
        ("class/b.txt", b"two"),
        ("class/a.txt", b"one"),
        ("class/inner.zip", &inner),
        ("../../evil.txt", b"only a name"),
        ("__MACOSX/._a.txt", b"x"),
        ("photo.jpg", b"\xFF\xD8\xFF"),
    ];
    let path = folder.path().join("week3.zip");
    fs::write(&path, pack(&entries)).unwrap();
    check(
        outcomes(&[path], &Limits::default()),
        &[
            ("week3.zip/class/a.txt", "one"),
            ("week3.zip/class/b.txt", "two"),
            ("week3.zip/class/inner.zip", "nested_archive"),
            ("week3.zip/evil.txt", "only a name"),
            ("week3.zip/photo.jpg", "photo"),
        ],
    );
    let broken = folder.path().join("broken.zip");
    fs::write(&broken, b"PK\x03\x04 and no more").unwrap();
    let empty = folder.path().join("empty.zip");
    fs::write(&empty, pack(&[])).unwrap();
    check(outcomes(&[broken, empty], &Limits::default()), &[("broken.zip", "broken"), ("empty.zip", "empty")]);
}

#[test]
fn names_in_gbk() {
    // Written without the flag for UTF-8, as Chinese Windows does: the same length, so that the archive stays sound.
    let marker = "MARKERMARKER.txt";
    let (name, ..) = GBK.encode("张伟-作文一.txt");
    assert_eq!(name.len(), marker.len() - 1);
    let marker = &marker[1..];
    let mut bytes = pack(&[(marker, b"text")]);
    while let Some(at) = bytes.windows(marker.len()).position(|w| w == marker.as_bytes()) {
        bytes[at..at + marker.len()].copy_from_slice(&name);
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("class.zip");
    fs::write(&path, bytes).unwrap();
    check(outcomes(&[path], &Limits::default()), &[("class.zip/张伟-作文一.txt", "text")]);
}

#[test]
fn bombs() {
    let folder = tempfile::tempdir().unwrap();
    let zeros = vec![b' '; 20 << 20];
    let path = folder.path().join("bomb.zip");
    fs::write(&path, pack(&[("bomb.txt", &zeros), ("essay.txt", b"fine")])).unwrap();
    // The entry is refused, its neighbour is read.
    check(
        outcomes(std::slice::from_ref(&path), &Limits::default()),
        &[("bomb.zip/bomb.txt", "zip_bomb"), ("bomb.zip/essay.txt", "fine")],
    );
    // In sum too much, too many, and too large.
    let small = Limits { archive_bytes: 1 << 20, ..Limits::default() };
    check(outcomes(std::slice::from_ref(&path), &small), &[("bomb.zip", "zip_bomb")]);
    let few = Limits { archive_entries: 1, ..Limits::default() };
    check(outcomes(std::slice::from_ref(&path), &few), &[("bomb.zip", "too_many_entries")]);
    let tiny = Limits { file_bytes: 3, ratio: 1 << 40, ..Limits::default() };
    check(outcomes(&[path], &tiny), &[("bomb.zip/bomb.txt", "too_large"), ("bomb.zip/essay.txt", "too_large")]);
    // Two names for the same bytes.
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("a.txt", SimpleFileOptions::default()).unwrap();
    std::io::Write::write_all(&mut writer, b"some text").unwrap();
    writer.shallow_copy_file("a.txt", "b.txt").unwrap();
    let path = folder.path().join("overlap.zip");
    fs::write(&path, writer.finish().unwrap().into_inner()).unwrap();
    check(outcomes(&[path], &Limits::default()), &[("overlap.zip", "zip_bomb")]);
}
