//! Any bytes as an OpenDocument file.
#![no_main]

use homeroom_ingest::{Limits, formats};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = formats::odt(bytes, &Limits::default());
});
