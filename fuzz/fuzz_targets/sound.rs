//! Any bytes as a recording.
#![no_main]

use homeroom_audio::SoundFile;
use libfuzzer_sys::fuzz_target;

/// Blocks that are decoded of each: a header of a few bytes may stand for hours of silence.
const BLOCKS: usize = 64;

fuzz_target!(|bytes: &[u8]| {
    let Ok(file) = SoundFile::from_bytes(bytes.to_vec()) else { return };
    for block in file.take(BLOCKS) {
        let Ok(block) = block else { return };
        assert!(block.rate.0 > 0 && block.samples.iter().all(|s| s.is_finite()));
    }
});
