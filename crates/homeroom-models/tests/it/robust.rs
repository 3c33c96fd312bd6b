//! Two at once, cut off, no room, damaged weights.

use std::process::Command;
use std::time::Duration;
use std::{fs, thread};

use homeroom_models::{ConvertFault, Had, ModelsError, Sources};

use crate::world::{HUB, Reply, Server, World, file, hubs, model, sha256, weights};

#[test]
fn two_pulls_at_once() {
    let bytes = weights(1, 100_000);
    let world = World::new(&[model("m", &file("model.bin", &bytes, HUB))]);
    let served = bytes.clone();
    let server = Server::new(move |_, _| {
        thread::sleep(Duration::from_millis(300));
        Reply::whole(&served)
    });
    let sources = hubs(&[&server]);
    let results: Vec<Had> = thread::scope(|scope| {
        let pulls: Vec<_> = (0..2).map(|_| scope.spawn(|| world.pull("m", &sources).unwrap())).collect();
        pulls.into_iter().map(|p| p.join().unwrap()).collect()
    });
    assert!(results.contains(&Had::Fetched) && results.contains(&Had::Already), "{results:?}");
    assert_eq!(server.requests().len(), 1);
    world.check_whole("m", &[("model.bin", &bytes)]);
    let root = world.store.root().display().to_string();
    assert_eq!(world.said.notes(), [format!("another homeroom is pulling into {root}: waiting for it")]);
}

#[test]
fn what_a_killed_pull_leaves() {
    let bytes = weights(2, 1_000);
    let world = World::new(&[model("m", &file("model.bin", &bytes, HUB)), model("n", &file("model.bin", b"n", HUB))]);
    let root = world.store.root();
    // Killed while a model was put together, and between the two renamings of another.
    for folder in [".new-m", ".old-n", ".new-n"] {
        fs::create_dir_all(root.join(folder)).unwrap();
        fs::write(root.join(folder).join("model.bin"), b"n").unwrap();
    }
    let served = bytes.clone();
    world.pull("m", &hubs(&[&Server::new(move |_, _| Reply::whole(&served))])).unwrap();
    assert_eq!(world.left(), [".lock", "m", "n"]);
    world.store.verify("m").unwrap();
    world.store.verify("n").unwrap();
}

const FULL_DISK: &str = "HOMEROOM_TEST_FULL_DISK";

/// Runs in a process that may write no file longer than 32 kB, which is what a full disk looks like.
#[test]
fn child_without_room() {
    let Some(root) = std::env::var_os(FULL_DISK) else { return };
    let bytes = weights(3, 100_000);
    let text = [model("m", &file("model.bin", &bytes, r#"urls = ["http://127.0.0.1:1"]"#))];
    let store = homeroom_models::Store::with_catalogue(&root, crate::world::catalogue(&text));
    let from = std::path::Path::new(&root).join("from");
    let said = crate::world::Said::default();
    let error = homeroom_models::pull(&store, &["m".to_owned()], &Sources::folder(&from), false, &said).unwrap_err();
    assert!(matches!(error, ModelsError::Full { .. }), "{error}");
    println!("{error}");
}

#[test]
#[cfg(unix)]
fn a_full_disk() {
    let dir = tempfile::TempDir::new().unwrap();
    fs::create_dir(dir.path().join("from")).unwrap();
    fs::write(dir.path().join("from/model.bin"), weights(3, 100_000)).unwrap();
    let program = std::env::current_exe().unwrap();
    let script = r#"trap "" XFSZ; ulimit -f 64; exec "$0" --exact robust::child_without_room --nocapture"#;
    let output = Command::new("sh").args(["-c", script]).arg(program).env(FULL_DISK, dir.path()).output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{printed}{}", String::from_utf8_lossy(&output.stderr));
    assert!(printed.contains("the disk is full"), "{printed}");
    // The store has no half model and no half file.
    assert_eq!(crate::world::names_in(dir.path()), [".fetch", ".lock", "from"]);
    assert_eq!(crate::world::names_in(&dir.path().join(".fetch")), ["wheels"]);
}

#[test]
fn more_than_any_disk_holds() {
    let huge = format!("[[model.file]]\nname = \"a\"\nsize = {}\nsha256 = \"{}\"\n{HUB}\n", 1_u64 << 60, sha256(b""));
    let world = World::new(&[model("m", &huge)]);
    let server = Server::new(|_, _| Reply::status(404));
    let error = world.pull("m", &hubs(&[&server])).unwrap_err();
    assert!(matches!(error, ModelsError::Full { needed, .. } if needed > 1 << 60), "{error}");
    assert_eq!(server.requests(), []);
}

#[test]
fn weights_that_cannot_be_converted() {
    let bytes = weights(4, 1_000);
    let convert = format!(
        "[model.convert]\nstep = \"bert-embedding\"\nfrom = \"model.bin\"\nmakes = [{{ name = \"model.onnx\", size = 1, sha256 = \"{}\" }}]\n",
        sha256(b"")
    );
    let world = World::new(&[model("m", &(file("model.bin", &bytes, HUB) + &convert))]);
    let served = bytes.clone();
    let error = world.pull("m", &hubs(&[&Server::new(move |_, _| Reply::whole(&served))])).unwrap_err();
    assert!(matches!(error, ModelsError::Convert { fault: ConvertFault::CutOff { .. }, .. }), "{error:?}");
    assert_eq!(world.left(), [".fetch", ".lock"]);
}
