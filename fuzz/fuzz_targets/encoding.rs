//! Any bytes as a text file, and what language it is in.
#![no_main]

use homeroom_ingest::{decode, language};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(decoded) = decode(bytes, None) {
        let _ = language::detect(&decoded.text);
    }
});
