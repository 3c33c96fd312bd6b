//! Any bytes as a zip archive on the disk.
#![no_main]

use homeroom_ingest::{Limits, collect};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let path = std::env::temp_dir().join(format!("homeroom-fuzz-{}.zip", std::process::id()));
    if std::fs::write(&path, bytes).is_err() {
        return;
    }
    let limits = Limits { file_bytes: 1 << 20, ..Limits::default() };
    for source in collect(std::slice::from_ref(&path), &limits) {
        let _ = source.bytes(&limits);
    }
});
