//! Pages of documentation that are made from the program equal what it prints. `UPDATE_DOCS=1` writes them anew.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::class::homeroom;

#[track_caller]
fn check(file: &str, printed: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(file);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, printed).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap_or_default();
    let differs = written.lines().zip(printed.lines()).position(|(a, b)| a != b);
    assert!(
        written == printed,
        "docs/{file} is not what the program prints, from line {} on; run `UPDATE_DOCS=1 cargo test --release -p homeroom docs`",
        differs.unwrap_or_else(|| written.lines().count().min(printed.lines().count())) + 1
    );
}

#[test]
fn commands() {
    check("cli.md", &homeroom(&["reference"]).well());
}

#[test]
fn checkers() {
    check("checkers.md", &homeroom(&["checkers", "--markdown"]).well());
}

#[test]
fn models() {
    check("models.md", &homeroom(&["models", "--markdown"]).well());
}

#[test]
fn schemas() {
    let schemas: Value = serde_json::from_str(&homeroom(&["schema"]).well()).unwrap();
    for (name, schema) in schemas.as_object().unwrap() {
        check(&format!("schema/{name}.json"), &format!("{}\n", serde_json::to_string_pretty(schema).unwrap()));
    }
}
