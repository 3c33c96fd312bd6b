//! `homeroom decide`: the teacher's word stands, with author and reason, whatever is made again.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::class::{arg, copy, homeroom, json, line, mark, one, same, samples, summary, tree};

/// The lines of the log.
fn log(out: &Path) -> Vec<Value> {
    let text = fs::read_to_string(out.join("edits.jsonl")).unwrap_or_default();
    text.lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

fn decide(out: &Path, args: &[&str]) -> crate::class::Ran {
    homeroom(&[&["decide", arg(out)], args, &["--by", "Ms Li"]].concat())
}

#[test]
fn a_score_a_finding_and_the_way_to_the_pupil() {
    let out = copy();
    let (dir, marks) = (out.path(), out.path().join("json"));
    let export = || json(&one(&marks, "S02"));
    let finding =
        export()["findings"].as_array().unwrap().iter().find(|f| f["display"] == "sure").unwrap()["id"].clone();
    let finding = finding.as_str().unwrap();
    let marked = line(&summary(dir), "S02")["counts"]["marks"].as_u64().unwrap();

    decide(dir, &["S02", "--dismiss", finding, "--reason", "said in the task"]).well();
    decide(dir, &["Liu Yang 刘洋", "--score", "7", "--reason", "better than it looks"]).well();
    decide(dir, &["S02_Liu_Yang.txt", "--confirm", "--release"]).well();

    let kinds: Vec<Value> = log(dir).iter().map(|e| e["change"]["kind"].clone()).collect();
    assert_eq!(kinds, ["dismiss", "overall", "status", "status"]);
    for edit in log(dir) {
        assert_eq!(edit["author"], "Ms Li");
        assert_eq!(edit["time"], "2026-01-01T00:00:00Z");
    }
    assert_eq!(log(dir)[0]["reason"], "said in the task");

    let check = || {
        let export = export();
        let mark = &export["mark"];
        assert_eq!(mark["status"], "released");
        assert_eq!((&mark["overall"]["value"], &mark["overall"]["by_teacher"]), (&7.0.into(), &true.into()));
        assert_eq!(mark["edits"].as_array().unwrap().len(), 4);
        let found = export["findings"].as_array().unwrap().iter().find(|f| f["id"] == finding).unwrap().clone();
        assert_eq!(found["dismissed"], true);
        assert_eq!(line(&summary(dir), "S02")["counts"]["marks"], marked - 1);
        let page = fs::read_to_string(one(dir, "S02")).unwrap();
        assert!(page.contains("Ms Li") && page.contains("better than it looks"));
        let moodle = fs::read_to_string(dir.join("gradebook-moodle.csv")).unwrap();
        let mut rows = csv::Reader::from_reader(moodle.as_bytes()).into_records().map(Result::unwrap);
        assert_eq!(rows.find(|r| &r[0] == "S02").unwrap()[3].parse(), Ok(7.0));
    };
    check();
    let decided = tree(dir);
    homeroom(&["remark", arg(dir)]).well();
    assert!(tree(dir) == decided, "remark changes what was decided");
    mark(&samples(), dir).well();
    assert!(tree(dir) == decided, "mark changes what was decided");
    check();

    // Nothing is overwritten: what is taken back is added.
    decide(dir, &["S02", "--restore", finding]).well();
    assert_eq!(line(&summary(dir), "S02")["counts"]["marks"], marked);
    assert_eq!(log(dir).len(), 5);
}

#[test]
fn a_class_is_confirmed_at_once() {
    let out = copy();
    decide(out.path(), &["--all", "--confirm"]).well();
    let status = |id: &str| json(&one(&out.path().join("marks"), id))["status"].clone();
    assert_eq!([status("S01"), status("S40")], ["confirmed", "confirmed"]);
    decide(out.path(), &["S01", "--reopen"]).well();
    assert_eq!([status("S01"), status("S40")], ["draft", "confirmed"]);
}

#[test]
fn what_can_not_be_decided_changes_nothing() {
    let out = copy();
    let cases: [(&[&str], &[&str]); 8] = [
        (&["S99", "--confirm"], &["`S99`"]),
        (&["S01"], &["nothing to decide"]),
        (&["S01", "--score", "16"], &["16 is not on the scale from 0 to 15"]),
        (&["S01", "--score", "NaN"], &["not on the scale"]),
        (&["S01", "--criterion", "style=3"], &["no criterion `style`"]),
        (&["S01", "--dismiss", "spelling@0-1"], &["no finding `spelling@0-1`"]),
        (&["S01", "--release"], &["confirm it first"]),
        (&["--all", "--score", "9"], &["one by one"]),
    ];
    for (args, parts) in cases {
        decide(out.path(), args).badly(parts);
    }
    same(crate::class::marked(), out.path());
    let nobody = homeroom(&["decide", arg(out.path()), "S01", "--confirm"]);
    assert!(!nobody.status.success() && nobody.stderr.contains("--by"), "{}", nobody.stderr);
}

#[test]
fn a_log_that_was_cut_off_by_a_crash() {
    let out = copy();
    decide(out.path(), &["S01", "--confirm"]).well();
    let path = out.path().join("edits.jsonl");
    let whole = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{whole}{{\"submission\": \"S0")).unwrap();
    decide(out.path(), &["S03", "--confirm"]).well();
    assert_eq!(log(out.path()).len(), 2);
    // In the middle it is no crash, and nothing may be lost unnoticed.
    fs::write(&path, format!("{{\"submission\n{whole}")).unwrap();
    homeroom(&["remark", arg(out.path())]).badly(&["edits.jsonl", "line 1"]);
}
