//! Any text as Markdown.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|markdown: &str| {
    let _ = homeroom_ingest::formats::markdown(markdown);
});
