//! One short marked essay in every format, as a person or another program reads it.

use std::fs;
use std::io::{Cursor, Read as _};
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;
use zip::ZipArchive;

use crate::class::{arg, command, essay, folder, json as read, marked, no_models, one, ran};

const ESSAY: &str = "My weekend

Last Sunday I go to the park with my best friend. He enjoy to play basketball, and I listen music under a tree. \
Although it was cold, but we were happy. In the evening we discussed about our homwork, and I learned many knowledge \
from him. I hope that we can go there again.
";

/// The short essay, marked.
fn short() -> TempDir {
    let class = folder(&[("T01_Li_Na.txt", ESSAY.as_bytes())]);
    let out = tempfile::tempdir().unwrap();
    let mut command = command();
    command.env("HOMEROOM_MODELS", no_models());
    command.arg("mark").arg(class.path().join("T01_Li_Na.txt")).args(["--rubric", "cet4", "--title", "A weekend"]);
    ran(command.args(["--out", arg(out.path())])).well();
    out
}

/// A part of a Word file.
fn part(docx: &[u8], name: &str) -> String {
    let mut archive = ZipArchive::new(Cursor::new(docx)).unwrap();
    let mut text = String::new();
    archive.by_name(name).unwrap().read_to_string(&mut text).unwrap();
    text
}

/// The text of every element of this name, with the tags inside of it taken out.
fn texts(xml: &str, element: &str) -> Vec<String> {
    let (open, close) = (format!("<{element} "), format!("</{element}>"));
    let inside = xml.split(&open).skip(1).map(|rest| rest.split(&close).next().unwrap());
    inside.map(|rest| rest.split('<').map(|piece| piece.split_once('>').map_or("", |p| p.1)).collect()).collect()
}

#[test]
fn html() {
    let page = fs::read_to_string(one(short().path(), "T01")).unwrap();
    let start = page.find("<article").unwrap();
    let end = start + page[start..].find("</article>").unwrap();
    insta::assert_snapshot!(page[start..end].replace("<a class", "\n<a class"));
}

#[test]
fn json_export() {
    let export = read(&one(&short().path().join("json"), "T01"));
    let findings: Vec<Value> = export["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| {
            json!({"id": f["id"], "quote": f["target"]["selector"][1]["exact"], "errant": f["errant"], "code": f["code"],
                "display": f["display"], "suggestions": f["suggestions"], "en": f["explanation"]["en"]})
        })
        .collect();
    insta::assert_json_snapshot!(findings);
}

#[test]
fn m2() {
    insta::assert_snapshot!(fs::read_to_string(short().path().join("class.m2")).unwrap());
}

#[test]
fn gradebooks() {
    let out = short();
    let read = |file: &str| fs::read_to_string(out.path().join(file)).unwrap().replace('\r', "");
    insta::assert_snapshot!("moodle", read("gradebook-moodle.csv"));
    insta::assert_snapshot!("canvas", read("gradebook-canvas.csv"));
}

#[test]
fn docx() {
    let docx = fs::read(one(&short().path().join("docx"), "T01")).unwrap();
    let comments = texts(&part(&docx, "word/comments.xml"), "w:comment");
    insta::assert_snapshot!("docx_comments", comments.join("\n"));
    let document = part(&docx, "word/document.xml");
    let changes = [texts(&document, "w:del"), texts(&document, "w:ins")].map(|t| t.join("|"));
    insta::assert_snapshot!("docx_changes", format!("deleted: {}\ninserted: {}", changes[0], changes[1]));
}

#[test]
fn a_pupils_own_word_file_keeps_its_parts() {
    let own = fs::read(essay("S03")).unwrap();
    let annotated = fs::read(one(&marked().join("docx"), "S03")).unwrap();
    let names = |bytes: &[u8]| -> Vec<String> {
        ZipArchive::new(Cursor::new(bytes)).unwrap().file_names().map(|n| n.unwrap().into_owned()).collect()
    };
    let kept = names(&annotated);
    assert!(names(&own).iter().all(|name| kept.contains(name)), "{kept:?}");
    assert!(kept.iter().any(|n| n == "word/comments.xml"));
}

/// Every JSON file of the marked class follows the schema that `homeroom schema` prints.
#[test]
fn schemas() {
    let printed = crate::class::homeroom(&["schema"]).well();
    let schemas: Value = serde_json::from_str(&printed).unwrap();
    let check = |schema: &str, files: &[&Path]| {
        let validator = jsonschema::validator_for(&schemas[schema]).unwrap();
        for file in files {
            let value = read(file);
            let errors: Vec<String> = validator.iter_errors(&value).map(|e| e.to_string()).collect();
            assert!(errors.is_empty(), "{}: {errors:?}", file.display());
        }
    };
    let out = marked();
    let essays: Vec<_> = fs::read_dir(out.join("json")).unwrap().map(|e| e.unwrap().path()).collect();
    check("essay", &essays.iter().map(AsRef::as_ref).collect::<Vec<_>>());
    check("summary", &[&out.join("summary.json")]);
    check("class-report", &[&out.join("class.json")]);
}
