//! Any bytes as a photo.
#![no_main]

use homeroom_page::decode;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(picture) = decode(bytes) {
        assert_eq!(picture.rgb().len(), picture.width() * picture.height() * 3);
    }
});
