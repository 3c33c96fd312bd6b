//! Any bytes as a Python wheel that holds a file, and an archive with a file in it.
#![no_main]

use homeroom_models::{File, Part, formats};
use libfuzzer_sys::fuzz_target;

/// Most that is taken out of it, in bytes.
const MOST: u64 = 1 << 20;

fuzz_target!(|bytes: &[u8]| {
    let name = |what: &str| std::env::temp_dir().join(format!("homeroom-fuzz-{}.{what}", std::process::id()));
    let (wheel, got) = (name("whl"), name("got"));
    if std::fs::write(&wheel, bytes).is_err() {
        return;
    }
    for member in [None, Some("member.bin".to_owned())] {
        let part = Part { package: String::new(), version: String::new(), path: "m/file.zip".to_owned(), member };
        let file = File {
            name: "got".to_owned(),
            size: MOST,
            sha256: String::new(),
            hub: None,
            urls: Vec::new(),
            wheels: vec![part],
        };
        assert!(!formats::wheel(&wheel, &file, &got), "no file has no hash");
        assert!(!got.exists());
    }
});
