//! A byte that chooses a conversion, and any bytes as the weights that it converts.
#![no_main]

use homeroom_models::convert;
use libfuzzer_sys::fuzz_target;

const STEPS: [&str; 3] = ["bert-embedding", "whisper-encoder", "whisper-decoder"];

fuzz_target!(|bytes: &[u8]| {
    let Some((step, bytes)) = bytes.split_first() else { return };
    let _ = convert(STEPS[usize::from(*step) % STEPS.len()], bytes);
});
