//! `homeroom calibrate`: a few marks of the teacher's own, and what follows from them.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::class::{arg, copy, homeroom, json, line, mark, one, samples, summary, tree};

/// Marks that follow the levels of samples/README.md: weak 4 to 6, middle 8 to 10, strong 12 to 14.
const MARKS: [(&str, u8); 12] = [
    ("S01", 9),
    ("S02", 4),
    ("S03", 13),
    ("S04", 8),
    ("S05", 5),
    ("S06", 10),
    ("S07", 13),
    ("S08", 5),
    ("S09", 9),
    ("S10", 14),
    ("S11", 5),
    ("S13", 12),
];

/// A file of marks with these rows in `out`, where it disturbs nothing.
fn sheet(out: &Path, rows: &str) -> PathBuf {
    let path = out.join("my-marks.csv");
    fs::write(&path, rows).unwrap();
    path
}

fn teachers(out: &Path) -> PathBuf {
    let mut rows = "id,score\n".to_owned();
    for (id, score) in MARKS {
        let _ = writeln!(rows, "{id},{score}");
    }
    sheet(out, &rows)
}

#[test]
fn it_says_how_far_it_agrees_and_shows_numbers_from_then_on() {
    let out = copy();
    let before = summary(out.path());
    let said = homeroom(&["calibrate", arg(out.path()), "--marks", arg(&teachers(out.path()))]).well();
    assert!(said.contains("Calibrated on 12 of your marks"), "{said}");
    for name in ["QWK", "PCC", "RMSE"] {
        let line = said.lines().find(|l| l.trim_start().starts_with(name)).unwrap();
        let numbers = line.split(|c: char| !c.is_ascii_digit() && c != '.' && c != '-');
        let numbers: Vec<f64> = numbers.filter_map(|n| n.parse().ok()).collect();
        let [value, low, high] = numbers[..] else { panic!("{line}") };
        assert!(low <= value && value <= high, "{line}");
    }
    assert!(said.contains("the machine is unsure") || said.contains("is sure of"), "{said}");

    let after = summary(out.path());
    assert_eq!(line(&before, "S14")["calibrated"], false);
    let mut narrower = 0;
    for essay in after["essays"].as_array().unwrap().iter().filter(|e| e["outcome"] == "marked") {
        assert_eq!(essay["calibrated"], true, "{essay}");
        let width = |e: &Value| e["interval"][1].as_f64().unwrap() - e["interval"][0].as_f64().unwrap();
        narrower += usize::from(width(essay) < width(line(&before, essay["file"].as_str().unwrap())));
    }
    assert!(narrower > 18, "{narrower} of 37 intervals became narrower");
    // A grade for the gradebook is there from now on.
    let moodle = fs::read_to_string(out.path().join("gradebook-moodle.csv")).unwrap();
    let mut rows = csv::Reader::from_reader(moodle.as_bytes()).into_records().map(Result::unwrap);
    let row = rows.find(|r| &r[0] == "S14").unwrap();
    assert!(row[3].parse::<f64>().is_ok(), "{row:?}");

    let calibrated = tree(out.path());
    homeroom(&["remark", arg(out.path())]).well();
    assert!(tree(out.path()) == calibrated, "remark changes what was calibrated");
    mark(&samples(), out.path()).well();
    assert!(tree(out.path()) == calibrated, "mark changes what was calibrated");
}

#[test]
fn the_teachers_order_is_followed() {
    let out = copy();
    homeroom(&["calibrate", arg(out.path()), "--marks", arg(&teachers(out.path())), "--json"]).well();
    let value = |id: &str| {
        let mark = json(&one(&out.path().join("marks"), id));
        mark["overall"]["value"].as_f64().unwrap()
    };
    // Essays that the teacher has not marked: strong ones lie above weak ones.
    let mean = |ids: &[&str]| ids.iter().map(|id| value(id)).sum::<f64>() / ids.len() as f64;
    let (strong, weak) = (mean(&["S17", "S21", "S24", "S26", "S33"]), mean(&["S16", "S20", "S27", "S30", "S35"]));
    assert!(strong > weak + 2.0, "{strong} {weak}");
}

#[test]
fn it_proposes_which_essays_to_mark() {
    let out = copy();
    let said = homeroom(&["calibrate", arg(out.path()), "--propose", "8"]).well();
    assert!(said.contains("to-mark.csv") && said.contains("--marks"), "{said}");
    let sheet = fs::read_to_string(out.path().join("to-mark.csv")).unwrap();
    let rows: Vec<&str> = sheet.lines().collect();
    assert_eq!(rows.len(), 9);
    assert!(rows[0].starts_with("submission,pupil,file,score"));
    // What can't be scored is not proposed.
    assert!(rows.iter().all(|r| !["S12", "S19", "S23", "S41", "S42"].iter().any(|id| r.starts_with(id))), "{sheet}");
    // A sheet that nobody has filled in says so.
    let path = out.path().join("to-mark.csv");
    homeroom(&["calibrate", arg(out.path()), "--marks", arg(&path)]).badly(&["has 0 scores"]);
}

#[test]
fn marks_that_make_no_sense() {
    let out = copy();
    let before = tree(out.path());
    let cases: [(&str, &[&str]); 5] = [
        ("id,score\nS01,9\n", &["1 scores", "at least"]),
        ("name,grade\nS01,9\n", &["no column"]),
        ("id,score\nS99,9\n", &["line 2", "`S99`"]),
        ("id,score\nS01,good\n", &["line 2", "`good` is no number"]),
        ("id,score\nS01,9\nS02,900\nS03,1\nS04,2\nS05,3\nS06,4\nS07,5\nS08,6\n", &["calibrate on"]),
    ];
    for (rows, parts) in cases {
        let path = sheet(out.path(), rows);
        homeroom(&["calibrate", arg(out.path()), "--marks", arg(&path)]).badly(parts);
        fs::remove_file(path).unwrap();
    }
    homeroom(&["calibrate", arg(out.path()), "--marks", "none.csv"]).badly(&["none.csv"]);
    assert!(tree(out.path()) == before);
}
