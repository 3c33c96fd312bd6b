//! Any bytes as an ONNX file: is a graph all there?
#![no_main]

use libfuzzer_sys::fuzz_target;

// The runtime behind it takes minutes to build with a fuzzer's flags, and is not what is tested.
#[allow(dead_code)]
#[path = "../../crates/homeroom-onnx/src/outline.rs"]
mod outline;

fuzz_target!(|bytes: &[u8]| {
    let path = std::env::temp_dir().join(format!("homeroom-fuzz-{}.onnx", std::process::id()));
    if std::fs::write(&path, bytes).is_ok() {
        let _ = outline::check(&path);
    }
});
