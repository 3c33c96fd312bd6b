//! Odd probabilities never make an impossible stretch.

use homeroom_transcribe::{Pauses, Segmenter};
use proptest::prelude::*;

proptest! {
    #[test]
    fn stretches_are_in_order_and_in_bounds(probabilities in prop::collection::vec(0.0_f32..1.0, 0..4_000)) {
        let pauses = Pauses::default();
        let mut segmenter = Segmenter::new(pauses, 512, 16_000);
        let mut stretches = Vec::new();
        let mut kept_from = 0;
        for probability in &probabilities {
            let before = segmenter.needed_from();
            prop_assert!(before >= kept_from, "sound that was dropped is not needed again");
            kept_from = before;
            stretches.extend(segmenter.push(*probability));
            for stretch in &stretches[stretches.len().saturating_sub(1)..] {
                prop_assert!(stretch.start < stretch.end);
            }
        }
        stretches.extend(segmenter.finish());
        let longest = (pauses.longest * 16_000.0) as usize + 512;
        for stretch in &stretches {
            prop_assert!(stretch.start < stretch.end && stretch.end <= probabilities.len() * 512);
            prop_assert!(stretch.end - stretch.start <= longest);
        }
        for pair in stretches.windows(2) {
            prop_assert!(pair[0].end <= pair[1].start);
        }
    }
}
