//! `homeroom remark`: a mark is a pure function of stored evidence and a rubric version.

use std::fs;

use crate::class::{arg, copy, homeroom, json, line, mark, marked, one, same, samples, summary, tree};

#[test]
fn everything_but_the_evidence_is_made_again_byte_for_byte() {
    let out = copy();
    for (path, _) in tree(out.path()) {
        let is_kept = path.starts_with("evidence") || ["batch.json", "failures.json"].iter().any(|n| path.ends_with(n));
        if !is_kept {
            fs::remove_file(out.path().join(path)).unwrap();
        }
    }
    homeroom(&["remark", arg(out.path())]).well();
    // The lock is no result.
    same(marked(), out.path());
}

#[test]
fn the_folder_may_be_moved() {
    let out = copy();
    let moved = out.path().with_extension("moved");
    fs::rename(out.path(), &moved).unwrap();
    homeroom(&["remark", arg(&moved)]).well();
    same(marked(), &moved);
    fs::rename(&moved, out.path()).unwrap();
}

#[test]
fn damaged_evidence_is_named_and_can_be_made_again() {
    let out = copy();
    let damaged = one(&out.path().join("evidence"), "S05");
    fs::write(&damaged, "{\"schema\": 1, ").unwrap();
    homeroom(&["remark", arg(out.path())]).badly(&[arg(&damaged), "delete it", "homeroom mark"]);
    mark(&samples(), out.path()).well();
    same(marked(), out.path());
}

#[test]
fn another_rubric_and_another_language() {
    let out = copy();
    homeroom(&["remark", arg(out.path()), "--rubric", "ielts-task2", "--lang", "en"]).well();
    let other = summary(out.path());
    assert_eq!(other["rubric"]["id"], "ielts-task2");
    assert!(line(&other, "S01")["interval"][1].as_f64().unwrap() <= 9.0);
    let batch = json(&out.path().join("batch.json"));
    assert_eq!(batch["language"], "en");
    homeroom(&["remark", arg(out.path()), "--rubric", "cet4", "--lang", "both"]).well();
    same(marked(), out.path());
}

#[test]
fn a_folder_that_is_no_marked_class() {
    let folder = tempfile::tempdir().unwrap();
    homeroom(&["remark", arg(folder.path())]).badly(&["batch.json", "homeroom mark"]);
    homeroom(&["remark", arg(&folder.path().join("none"))]).badly(&["homeroom mark"]);
}

#[test]
fn printed_reports_are_the_same_each_time() {
    let out = copy();
    // Two essays are enough to print.
    for (path, _) in tree(out.path()) {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.starts_with('S') && !name.starts_with("S02") && !name.starts_with("S10") {
            fs::remove_file(out.path().join(path)).unwrap();
        }
    }
    let ran = homeroom(&["remark", arg(out.path()), "--pdf"]);
    if ran.stderr.contains("without PDF reports") {
        println!("skipped: this program was built without PDF reports");
        return;
    }
    ran.well();
    let once = tree(out.path());
    assert!(once.keys().any(|p| p.starts_with("pdf")) && once.keys().any(|p| p.ends_with("class.pdf")));
    homeroom(&["remark", arg(out.path())]).well();
    assert!(tree(out.path()) == once);
}
