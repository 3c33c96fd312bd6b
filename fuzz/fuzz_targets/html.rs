//! Any text as an HTML page.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|html: &str| {
    let _ = homeroom_ingest::formats::html(html);
});
