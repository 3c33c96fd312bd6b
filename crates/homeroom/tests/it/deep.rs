//! The language model's findings: where the model is, and where it is not.

use std::fs;
use std::path::Path;

use crate::class::{arg, command, folder, json, marked, marking, ran, same, summary};

const ESSAY: &str = "My name is Li Ming. He go to school every day with his friends. My grandmother lives in small village \
    near of the river. She told me about life in the past when people was poor but happy. Last summer we visited her and \
    ate fruit from the garden. I think is good for children to spend time in nature.";

/// Sources of the findings of the one essay.
fn sources(out: &Path) -> Vec<String> {
    let file = fs::read_dir(out.join("evidence")).unwrap().map(|e| e.unwrap().path()).find(|p| p.is_file()).unwrap();
    let evidence = json(&file);
    evidence["findings"].as_array().unwrap().iter().map(|f| f["source"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn without_the_model_the_plain_result_stands_and_the_command_is_told() {
    for (names, waiting) in [(&["Li Ming.txt"][..], "1 essay yet"), (&["Li Ming.txt", "Han Mei.txt"], "2 essays yet")] {
        let files: Vec<(&str, &[u8])> = names.iter().map(|name| (*name, ESSAY.as_bytes())).collect();
        let class = folder(&files);
        let out = tempfile::tempdir().unwrap();
        let said = ran(marking(class.path(), out.path()).arg("--deep"));
        said.badly(&["homeroom pull smollm2-135m"]);
        assert_eq!(summary(out.path())["essays"].as_array().unwrap().len(), names.len());
        let page = fs::read_to_string(out.path().join("index.html")).unwrap();
        assert!(page.contains(&format!("The language model has not come to {waiting}: open")), "{names:?}");
    }
}

#[test]
fn deep_findings_are_added_to_plain_ones_and_made_once() {
    let Some(models) = std::env::var_os("HOMEROOM_MODELS").filter(|m| Path::new(m).join("smollm2-135m").is_dir())
    else {
        println!("skipped: HOMEROOM_MODELS has no smollm2-135m");
        return;
    };
    let class = folder(&[("Li Ming.txt", ESSAY.as_bytes())]);
    let (plain, deep) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    assert!(ran(&mut marking(class.path(), plain.path())).status.success());
    assert!(!sources(plain.path()).contains(&"lm".to_owned()));
    let mark = |out: &Path| ran(marking(class.path(), out).arg("--deep").env("HOMEROOM_MODELS", &models));
    let said = mark(deep.path());
    assert!(said.status.success(), "{}", said.stderr);
    assert!(sources(deep.path()).contains(&"lm".to_owned()), "{:?}", sources(deep.path()));
    let page = fs::read_to_string(deep.path().join("index.html")).unwrap();
    assert!(!page.contains("has not come to"));
    // What is there is not made again, with or without the flag, and a remark writes the same bytes.
    let before = tempfile::tempdir().unwrap();
    let copied = std::process::Command::new("cp").arg("-r").arg(deep.path().join(".")).arg(before.path()).status();
    assert!(copied.unwrap().success());
    assert!(mark(deep.path()).status.success());
    same(before.path(), deep.path());
    assert!(ran(command().args(["remark", arg(deep.path())])).status.success());
    same(before.path(), deep.path());
}

#[test]
fn every_code_has_a_name_on_the_pages() {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../homeroom-deep/data/kinds.toml");
    let kinds: toml::Table = fs::read_to_string(file).unwrap().parse().unwrap();
    assert!(kinds.len() > 20);
    for (kind, entry) in kinds {
        let code = entry["code"].as_str().unwrap().to_owned();
        assert!(homeroom_report::code_name(&code).is_some(), "{kind}: {code}");
    }
    let files = fs::read_dir(marked().join("evidence")).unwrap().map(|e| e.unwrap().path());
    for path in files.filter(|p| p.extension().is_some_and(|e| e == "json")) {
        let evidence = json(&path);
        for finding in evidence["findings"].as_array().into_iter().flatten() {
            let code = finding["code"].as_str().unwrap();
            assert!(homeroom_report::code_name(code).is_some(), "{}: {code}", finding["checker"]);
        }
    }
}
