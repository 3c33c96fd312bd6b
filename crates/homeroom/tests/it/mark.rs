//! `homeroom mark` on the sample class: what samples/README.md promises of each file.

use std::fs;

use serde_json::Value;

use crate::class::{
    arg, command, copy, essay, homeroom, json, line, mark, marked, marking, one, ran, same, samples, summary, tree,
};

/// Files that are not marked: start of the name, outcome, code.
const NOT_MARKED: [(&str, &str, &str); 5] = [
    ("S12", "unscored", "off_topic"),
    ("S19", "unscored", "copied_prompt"),
    ("S23", "unscored", "too_short"),
    ("S41_empty.txt", "failed", "empty"),
    ("S42_broken.docx", "failed", "broken"),
];

#[test]
fn outcomes() {
    let summary = summary(marked());
    let essays = summary["essays"].as_array().unwrap();
    assert_eq!(essays.len(), 42);
    for essay in essays {
        let file = essay["file"].as_str().unwrap();
        let special = NOT_MARKED.iter().find(|(start, ..)| file.starts_with(start));
        let (outcome, code) = special.map_or(("marked", Value::Null), |(_, o, c)| (*o, Value::from(*c)));
        assert_eq!((&essay["outcome"], &essay["code"]), (&Value::from(outcome), &code), "{file}");
        let is_marked = outcome == "marked";
        assert_eq!(essay["reason"].is_null(), is_marked, "{file}");
        for language in ["en", "zh"] {
            assert!(is_marked || !essay["reason"][language].as_str().unwrap().is_empty(), "{file}");
        }
        for field in ["band", "interval", "place"] {
            assert_eq!(essay[field].is_null(), !is_marked, "{file}: {field}");
        }
        // Nothing is certain before calibration.
        assert_eq!(essay["calibrated"], false, "{file}");
        assert!(!is_marked || essay["interval"][0].as_f64() < essay["interval"][1].as_f64(), "{file}");
    }
    let totals = &summary["totals"];
    let total = |name: &str| totals[name].as_u64().unwrap();
    assert_eq!([total("essays"), total("marked"), total("unscored"), total("failed")], [42, 37, 3, 2]);
    // Off the topic or not, the language is marked.
    assert!(line(&summary, "S12")["counts"]["marks"].as_u64().unwrap() > 0);
}

#[test]
fn order_is_the_rosters_and_what_failed_comes_last() {
    let summary = summary(marked());
    let ids = summary["essays"].as_array().unwrap().iter().map(|e| e["pupil_id"].as_str().unwrap().to_owned());
    let expected: Vec<String> = (1..=42).map(|n| format!("S{n:02}")).collect();
    assert_eq!(ids.collect::<Vec<_>>(), expected);
    assert_eq!(line(&summary, "S07")["pupil"], "Li Na 李娜");
}

#[test]
fn files() {
    let out = marked();
    for file in ["index.html", "class.json", "class.m2", "gradebook-moodle.csv", "gradebook-canvas.csv", "batch.json"] {
        assert!(fs::metadata(out.join(file)).unwrap().len() > 0, "{file}");
    }
    let count = |folder: &str, extension: &str| {
        let files = fs::read_dir(out.join(folder)).unwrap().map(|e| e.unwrap().path());
        files.filter(|p| p.extension().is_some_and(|e| e == extension)).count()
    };
    // One page for each essay that was read, and the class's.
    assert_eq!(count("", "html"), 41);
    for (folder, extension) in [("docx", "docx"), ("json", "json"), ("marks", "json"), ("evidence", "json")] {
        assert_eq!(count(folder, extension), 40, "{folder}");
    }
    assert_eq!(count("evidence/originals", "docx"), 5);
    assert!(tree(out).keys().all(|p| !p.to_string_lossy().contains(".tmp")));
}

/// The text of a sample essay, as it was read.
fn text(id: &str) -> String {
    json(&one(&marked().join("json"), id))["text"].as_str().unwrap().to_owned()
}

#[test]
fn every_encoding_and_format_is_read_without_loss() {
    let cases = [
        ("S09", ["玩物丧志", "王老师"]),
        ("S26", ["café", "clichés"]),
        ("S15", ["\n", "phone"]),
        ("S22", ["phone", "school"]),
        ("S03", ["\n", "phone"]),
        ("S05", ["\n", "phone"]),
    ];
    for (id, parts) in cases {
        let text = text(id);
        for part in parts {
            assert!(text.contains(part), "{id}: {part}");
        }
        assert!(!text.contains(['\u{feff}', '\u{fffd}', '\r']), "{id}");
    }
    let paragraphs = |id: &str| text(id).lines().filter(|l| !l.trim().is_empty()).count();
    // Five paragraphs and a title.
    assert_eq!(paragraphs("S15"), 6);
    assert!(paragraphs("S27") > 1);
    assert_eq!(paragraphs("S32"), 2);
    // Lines that were broken at 72 columns are one paragraph again.
    assert!(text("S18").lines().any(|l| l.len() > 100));
}

#[test]
fn what_is_right_is_not_marked() {
    #[track_caller]
    fn check(id: &str, is_fault: fn(&Value) -> bool) {
        let findings = json(&one(&marked().join("json"), id))["findings"].as_array().unwrap().clone();
        let faults: Vec<&Value> = findings.iter().filter(|f| f["display"] == "sure" && is_fault(f)).collect();
        assert!(faults.is_empty(), "{id}: {faults:#?}");
    }
    // British and American spelling.
    check("S10", |f| f["kind"] == "spelling");
    check("S17", |f| f["kind"] == "spelling");
    // Greeting and closing of a letter.
    let is_letter = |f: &Value| {
        let quote = f["target"]["selector"][1]["exact"].as_str().unwrap();
        ["Dear", "Editor", "Yours"].iter().any(|w| quote.contains(w))
    };
    for id in ["S13", "S29", "S39"] {
        check(id, is_letter);
    }
}

#[test]
fn only_the_planted_pair_shares_passages() {
    let class = json(&marked().join("class.json"));
    let shared = class["shared"].as_array().unwrap();
    assert_eq!(shared.len(), 1, "{shared:#?}");
    let ids = [&shared[0]["first"], &shared[0]["second"]].map(|v| v.as_str().unwrap()[..3].to_owned());
    assert_eq!(ids, ["S31", "S32"]);
    let passages = shared[0]["passages"].as_array().unwrap();
    let starts = ["Scientists have found", "Every month the class"];
    for start in starts {
        assert!(passages.iter().any(|p| p["first_text"].as_str().unwrap().contains(start)), "{start}");
    }
}

#[test]
fn padding_is_told_to_the_teacher() {
    let class = json(&marked().join("class.json"));
    let words = class["needs_a_word"].as_array().unwrap();
    let mut why = words.iter().filter(|w| w["submission"].as_str().unwrap().starts_with("S37"));
    assert!(why.any(|w| w["why"]["en"].as_str().unwrap().contains("repeats")), "{words:#?}");
}

#[test]
fn no_pupils_text_on_standard_error() {
    let folder = tempfile::tempdir().unwrap();
    let ran = mark(&essay("S01"), &folder.path().join("out"));
    assert_eq!(ran.stderr, "");
    ran.well();
}

#[test]
fn json_on_standard_output_is_the_summary() {
    let out = copy();
    let printed = ran(marking(&samples(), out.path()).arg("--json")).well();
    let printed: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(printed, summary(out.path()));
}

#[test]
fn the_table_names_what_was_not_marked_and_where_to_look() {
    let out = copy();
    let table = mark(&samples(), out.path()).well();
    for part in ["42 files: 37 marked, 3 not scored, 2 not read", "index.html", "not calibrated", arg(out.path())] {
        assert!(table.contains(part), "{part}: {table}");
    }
    for (file, ..) in NOT_MARKED {
        assert!(table.lines().any(|l| l.trim_start().starts_with(file)), "{file}: {table}");
    }
}

#[test]
fn pages_speak_the_chosen_language() {
    let folder = tempfile::tempdir().unwrap();
    for (language, is_chinese) in [("en", false), ("zh", true)] {
        let out = folder.path().join(language);
        // Without the prompt, which has a line of Chinese.
        homeroom(&["mark", arg(&essay("S02")), "--rubric", "cet4", "--lang", language, "--out", arg(&out)]).well();
        let page = fs::read_to_string(one(&out, "S02")).unwrap();
        let is_han = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
        let visible = page.split("<body").nth(1).unwrap();
        assert_eq!(visible.chars().filter(|c| is_han(*c)).count() > 50, is_chinese, "{language}");
    }
}

#[test]
fn a_folder_of_one_assignment_takes_no_other() {
    let out = copy();
    let class = samples();
    homeroom(&["mark", arg(&class), "--rubric", "cet4", "--title", "Another task", "--out", arg(out.path())])
        .badly(&["another assignment"]);
    same(marked(), out.path());
}

#[test]
fn the_last_essay_is_compared_with() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let mut command = command();
    command.arg("mark").arg(essay("S02")).args(["--rubric", "cet4", "--title", "Next task", "--out", arg(&out)]);
    command.arg("--roster").arg(samples().join("roster.csv")).arg("--previous").arg(marked());
    ran(&mut command).well();
    let export = json(&one(&out.join("json"), "S02"));
    assert!(export["review"]["progress"].is_object(), "{}", export["review"]);
    let alone = json(&one(&marked().join("json"), "S02"));
    assert!(alone["review"]["progress"].is_null());
}
