//! The map and the crates agree.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

type Edges = BTreeMap<String, BTreeSet<String>>;

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The table between the two marks of ARCHITECTURE.md.
fn map() -> Edges {
    let text = std::fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    let table = text.split("<!-- crates -->").nth(1).unwrap().split("<!-- /crates -->").next().unwrap();
    let names = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    table
        .lines()
        .filter(|l| l.starts_with("| `"))
        .map(|l| {
            let cells: Vec<&str> = l.trim_matches('|').split('|').collect();
            (names(cells[0]).remove(0), names(cells[1]).into_iter().collect())
        })
        .collect()
}

/// The same from `cargo metadata`: dependencies of the code itself, not of its tests.
fn crates() -> Edges {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    metadata["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| {
            let dependencies = package["dependencies"].as_array().unwrap();
            let ours = dependencies
                .iter()
                .filter(|d| d["kind"].is_null() && text(&d["name"]).starts_with("homeroom"))
                .map(|d| text(&d["name"]))
                .collect();
            (text(&package["name"]), ours)
        })
        .collect()
}

#[test]
fn the_map_names_every_dependency_and_no_other() {
    assert_eq!(map(), crates(), "left: ARCHITECTURE.md, right: cargo metadata");
}

#[test]
fn folders_are_named_like_their_crates() {
    for name in crates().keys() {
        assert!(root().join("crates").join(name).is_dir(), "{name}");
    }
}

#[test]
fn dependencies_run_one_way() {
    let edges = crates();
    // Crates whose dependencies have all been taken off can be taken off next; a cycle never can.
    let mut left: BTreeSet<&String> = edges.keys().collect();
    while !left.is_empty() {
        let free: Vec<&String> = left.iter().copied().filter(|c| edges[*c].iter().all(|d| !left.contains(d))).collect();
        assert!(!free.is_empty(), "a cycle among {left:?}");
        for name in free {
            left.remove(name);
        }
    }
}
