//! Any text as a transcript: what is confirmed is one that says so, and says the same as before.
#![no_main]

use homeroom_core::TranscriptStatus;
use homeroom_ingest::transcript::{confirmed, parse};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &str| {
    let Some(before) = parse(file) else {
        assert!(confirmed(file).is_none());
        return;
    };
    let after = confirmed(file).as_deref().and_then(parse).expect("a confirmed transcript is one");
    assert_eq!(after.status, TranscriptStatus::Confirmed);
    assert_eq!((after.of, after.text, after.doubtful), (before.of, before.text, before.doubtful));
});
