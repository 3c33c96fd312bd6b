//! A file name, a zero byte, and any bytes as a roster.
#![no_main]

use homeroom_ingest::Roster;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let at = bytes.iter().position(|&b| b == 0).unwrap_or(0);
    let (name, csv) = bytes.split_at(at);
    let name = String::from_utf8_lossy(name);
    let _ = Roster::parse(csv.strip_prefix(&[0]).unwrap_or(csv)).unwrap_or_default().identify(&name);
});
