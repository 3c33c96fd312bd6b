//! What is refused, and that nothing ends the process.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;
use std::process::Command;

use homeroom_llama::{Branch, GgufError, Llama, LlamaError, Settings};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

use crate::smollm_path;

#[test]
fn files_that_are_no_models() {
    for path in ["no/such/model.gguf", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"), env!("CARGO_MANIFEST_DIR")] {
        assert!(matches!(Llama::load(path.as_ref(), 1), Err(LlamaError::File { .. })), "{path}");
    }
}

/// Bytes of the file that are copied: its metadata, its vocabulary and the descriptions of its tensors.
const HEADER: usize = 2 << 20;
/// Where its vocabulary begins, about.
const BEFORE_VOCABULARY: usize = 3000;
/// Files that are tried.
const DAMAGED: usize = 12;

#[test]
fn damaged_models() {
    let Some(path) = smollm_path() else { return };
    let size = path.metadata().unwrap().len();
    let mut header = vec![0; HEADER];
    File::open(&path).unwrap().read_exact(&mut header).unwrap();
    let folder = tempfile::tempdir().unwrap();
    // The rest is a hole that reads as zeros.
    let write = |name: &str, header: &[u8], size: u64| {
        let path = folder.path().join(name);
        let mut file = File::create(&path).unwrap();
        file.write_all(header).unwrap();
        file.set_len(size).unwrap();
        path
    };
    let short = write("short.gguf", &header, size - 1);
    assert!(matches!(Llama::load(&short, 1), Err(LlamaError::File { source: GgufError::Truncated { .. }, .. })));
    for n in [0, 3, 24, 1000, HEADER / 4, HEADER / 2] {
        let cut = write("cut.gguf", &header[..n], n as u64);
        assert!(matches!(Llama::load(&cut, 1), Err(LlamaError::File { .. })), "{n}");
    }
    for name in ["short.gguf", "cut.gguf"] {
        std::fs::remove_file(folder.path().join(name)).unwrap();
    }
    let mut runner = TestRunner::deterministic();
    let damage = prop::collection::vec((0..BEFORE_VOCABULARY, prop_oneof![any::<u8>(), Just(0), Just(255)]), 1..3);
    for n in 0..DAMAGED {
        let mut header = header.clone();
        for (at, byte) in damage.new_tree(&mut runner).unwrap().current() {
            header[at] = byte;
        }
        write(&format!("{n}.gguf"), &header, size);
    }
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["hostile::load_damaged_models", "--exact", "--ignored", "--nocapture"])
        .env(FOLDER, folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(child.status.success(), "{:?}: {said} {}", child.status, String::from_utf8_lossy(&child.stderr));
    assert_eq!(said.matches("loading").count(), DAMAGED);
}

const FOLDER: &str = "HOMEROOM_DAMAGED_MODELS";

/// The other half of [`damaged_models`], in a process that llama.cpp may end.
#[test]
#[ignore = "damaged_models runs it"]
fn load_damaged_models() {
    let folder = std::env::var_os(FOLDER).expect("damaged_models says where they are");
    for entry in Path::new(&folder).read_dir().unwrap() {
        let path = entry.unwrap().path();
        println!("loading {}", path.display());
        match Llama::load(&path, 1) {
            Ok(llama) => println!("  loaded; {:?}", llama.log_probabilities(&[1, 2, 3])),
            Err(error) => println!("  {error:?}"),
        }
    }
}

#[test]
fn texts_that_do_not_fit() {
    let Some(path) = smollm_path() else { return };
    let llama = Llama::load(&path, 1).unwrap();
    let settings = Settings { positions: 16, sequences: 2, batch: 8 };
    let mut context = llama.context(settings).unwrap();
    let text: Vec<u32> = (500..510).collect();
    let branch = |after, n| vec![Branch { after, tokens: vec![600; n] }];
    assert!(matches!(context.score(&[], 1, &[]), Err(LlamaError::Given { given: 1, length: 0 })));
    assert!(matches!(context.score(&text, 0, &[]), Err(LlamaError::Given { .. })));
    assert!(matches!(context.score(&text, 11, &[]), Err(LlamaError::Given { .. })));
    assert!(matches!(context.score(&text, 3, &branch(2, 1)), Err(LlamaError::Place { after: 2, .. })));
    assert!(matches!(context.score(&text, 3, &branch(11, 1)), Err(LlamaError::Place { after: 11, .. })));
    assert!(matches!(context.score(&[u32::MAX], 1, &[]), Err(LlamaError::Token { token: u32::MAX, .. })));
    assert!(matches!(context.score(&[7; 17], 1, &[]), Err(LlamaError::Long { length: 17, limit: 16 })));
    assert!(matches!(context.score(&text, 3, &branch(9, 8)), Err(LlamaError::Long { length: 17, limit: 16 })));
    assert!(matches!(context.score(&[7; 3], 3, &branch(3, 10)), Err(LlamaError::Long { length: 9, limit: 8 })));
    // And it still works afterwards.
    assert_eq!(context.score(&text, 3, &branch(3, 4)).unwrap().branches[0].len(), 4);
    let settings = Settings { positions: u32::MAX, ..settings };
    assert!(matches!(llama.context(settings), Err(LlamaError::Long { .. })));
}
