//! What a process leaves that is killed while it adds.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use homeroom_know::{Added, Base, KnowError};

use crate::{empty, source};

/// Tells the test [`adds_until_it_is_killed`] where to add.
const FOLDER: &str = "HOMEROOM_KNOW_TEST_FOLDER";

fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    files.map(|p| (PathBuf::from(p.file_name().unwrap()), fs::read(&p).unwrap())).collect()
}

fn write(folder: &Path, files: &BTreeMap<PathBuf, Vec<u8>>) {
    fs::create_dir_all(folder).unwrap();
    for (name, bytes) in files {
        fs::write(folder.join(name), bytes).unwrap();
    }
}

#[test]
fn a_half_written_add_is_as_if_it_had_not_been() {
    let (folder, mut base) = empty();
    let path = folder.path().join("base");
    base.add(source("a.txt", "The gate opens at seven."), None).unwrap();
    for i in 0..9 {
        base.add(source(&format!("{i}.txt"), "The pond is deep."), None).unwrap();
    }
    // Those are in one segment then, so that a change leaves a list of what is no longer true in it.
    base.finish().unwrap();
    let before = files(&path);
    let mut base = Base::open(&path).unwrap();
    base.add(source("a.txt", "The door is open."), None).unwrap();
    base.add(source("b.txt", "The shed is green."), None).unwrap();
    base.finish().unwrap();
    let after = files(&path);
    let deleted = |files: &BTreeMap<PathBuf, Vec<u8>>| files.keys().any(|f| f.extension().is_some_and(|e| e == "del"));
    assert!(deleted(&after) && !deleted(&before));
    // The new files are there, whole, cut or empty; what names them is not yet.
    for share in [0, 50, 100] {
        let mut half = before.clone();
        for (name, bytes) in &after {
            half.entry(name.clone()).or_insert_with(|| bytes[..bytes.len() * share / 100].to_vec());
        }
        let copy = folder.path().join(format!("half-{share}"));
        write(&copy, &half);
        let mut base = Base::open(&copy).unwrap();
        assert_eq!(base.text("a.txt").unwrap().as_deref(), Some("The gate opens at seven."));
        assert_eq!(base.sources().unwrap().len(), 10);
        assert_eq!(base.search("gate", None, 3).unwrap().hits.len(), 1);
        assert!(base.search("shed door", None, 3).unwrap().hits.is_empty());
        assert_eq!(base.add(source("b.txt", "The shed is green."), None).unwrap(), Added::New);
        assert_eq!(base.search("shed", None, 3).unwrap().hits.len(), 1);
    }
}

#[test]
fn a_half_made_base_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(".managed.json"), "").unwrap();
    fs::write(folder.path().join(".tmpAbC"), "{").unwrap();
    let mut base = Base::open(folder.path()).unwrap();
    base.add(source("a.txt", "The gate opens at seven."), None).unwrap();
    assert_eq!(base.sources().unwrap().len(), 1);
}

/// Version `i` of a source: many passages, each with the version's word.
fn version(i: usize) -> String {
    format!("Every pupil of version{i} brings a book and a pen to each lesson of the day, and a ruler too.\n")
        .repeat(60)
}

/// Not a test of its own: what [`whoever_is_killed_leaves_a_whole_base`] starts.
#[test]
#[ignore = "the process that the test beside it kills"]
fn adds_until_it_is_killed() {
    let Some(folder) = env::var_os(FOLDER) else { return };
    let mut base = Base::open(Path::new(&folder)).unwrap();
    for i in 0..10_000 {
        base.add(source(&format!("s{}.txt", i % 3), &version(i)), None).unwrap();
    }
}

#[test]
fn whoever_is_killed_leaves_a_whole_base() {
    let folder = tempfile::tempdir().unwrap();
    let mut added = 0;
    for round in 0..6 {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "crash::adds_until_it_is_killed", "--ignored"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let until = Instant::now() + Duration::from_millis(250 + 97 * round);
        while Instant::now() < until {
            // Whoever asks meanwhile sees a whole base, too; on the first round it may not be there yet.
            match Base::open(folder.path()).and_then(|base| base.search("pupil", None, 3)) {
                Ok(_) => {}
                Err(KnowError::Busy { .. }) if round == 0 => {}
                Err(error) => panic!("{error:?}"),
            }
            thread::sleep(Duration::from_millis(5));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let mut base = Base::open(folder.path()).unwrap();
        for stored in base.sources().unwrap().into_iter().filter(|s| s.name != "later.txt") {
            let text = base.text(&stored.name).unwrap().unwrap();
            let word = text.split_whitespace().find(|w| w.starts_with("version")).unwrap().to_owned();
            let i: usize = word["version".len()..].parse().unwrap();
            added = added.max(i);
            assert_eq!(text, version(i));
            let hits = base.search(&word, None, 100).unwrap().hits;
            assert_eq!(hits.len(), stored.passages, "all of its passages are there and no others");
            assert!(hits.iter().all(|h| h.source == stored.name && h.span.of(&text) == h.text));
        }
        // The lock went with the process.
        base.add(source("later.txt", &format!("Round {round}.")), None).unwrap();
    }
    assert!(added > 0, "nothing was added before the kill");
}
