//! The encoder's states of a recording of any length.

use homeroom_core::ability::{EncodeSpeech, SpeechStates};
use homeroom_core::{Hz, Seconds, Waveform};

use crate::HearingError;
use crate::pitch::{HOP, RATE};

/// A recording of at most so many frames (8 s) is heard at once, as those were that the heads were trained on.
const WHOLE: usize = 400;

/// A longer one is heard in pieces of so many frames (5 s), each with so many (1 s) before and after it, so that no frame lacks
/// its surroundings. While somebody speaks all but the last are heard already.
const PIECE: usize = 250;
const AROUND: usize = 50;

/// How recordings are heard, for what is kept from one training to the next.
pub(crate) fn way() -> String {
    format!("{WHOLE} {PIECE} {AROUND}")
}

/// A piece of a recording: which of its frames count, and which are heard with them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Piece {
    from: usize,
    to: usize,
    heard_from: usize,
    heard_to: usize,
}

/// The pieces of a recording of so many frames, in order.
fn pieces(frames: usize) -> Vec<Piece> {
    if frames <= WHOLE {
        return vec![Piece { from: 0, to: frames, heard_from: 0, heard_to: frames }];
    }
    (0..frames)
        .step_by(PIECE)
        .map(|from| {
            let to = (from + PIECE).min(frames);
            Piece { from, to, heard_from: from.saturating_sub(AROUND), heard_to: (to + AROUND).min(frames) }
        })
        .collect()
}

/// The states of `sound` (16 kHz).
pub(crate) fn encode(ear: &dyn EncodeSpeech, sound: &Waveform) -> Result<SpeechStates, HearingError> {
    let mut growing = Growing::default();
    growing.hear(ear, &sound.samples)
}

/// The states of a recording that grows: pieces that are complete are heard once.
#[derive(Default)]
pub(crate) struct Growing {
    /// Values of the pieces that are complete.
    values: Vec<f32>,
    /// Their frames.
    frames: usize,
    width: usize,
}

impl Growing {
    /// The states of `samples`, which begin with those of the calls before.
    pub(crate) fn hear(&mut self, ear: &dyn EncodeSpeech, samples: &[f32]) -> Result<SpeechStates, HearingError> {
        let frames = samples.len().div_ceil(HOP);
        let mut values = if frames <= WHOLE { Vec::new() } else { self.values.clone() };
        let start = if frames <= WHOLE { 0 } else { self.frames };
        for piece in pieces(frames).into_iter().filter(|piece| piece.from >= start) {
            let cut = &samples[piece.heard_from * HOP..(piece.heard_to * HOP).min(samples.len())];
            let states = ear.encode(&Waveform { samples: cut.to_vec(), rate: Hz(RATE as u32) })?;
            self.width = states.width;
            let last = states.frames().saturating_sub(1);
            for frame in piece.from..piece.to {
                let at = (frame - piece.heard_from).min(last) * states.width;
                values.extend_from_slice(&states.values[at..at + states.width]);
            }
            // What is heard of it will not change: all that comes after it is there, to the last sample.
            let complete = piece.heard_to == piece.to + AROUND && samples.len() >= piece.heard_to * HOP;
            if complete && frames > WHOLE {
                self.values.clone_from(&values);
                self.frames = piece.to;
            }
        }
        Ok(SpeechStates { frame: Seconds(HOP as f64 / RATE as f64), width: self.width, values })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use homeroom_core::ability::AbilityError;

    /// States that say which sample a frame begins with, and in which the whole piece has a part, as in a real encoder.
    struct Echo;

    impl EncodeSpeech for Echo {
        fn longest(&self) -> Seconds {
            Seconds(29.0)
        }

        fn encode(&self, sound: &Waveform) -> Result<SpeechStates, AbilityError> {
            assert!(sound.samples.len() <= WHOLE * HOP, "a piece is short");
            let all = sound.samples.len() as f32;
            let values = sound.samples.chunks(HOP).flat_map(|c| [c[0], all]).collect();
            Ok(SpeechStates { frame: Seconds(0.02), width: 2, values })
        }
    }

    #[track_caller]
    fn check(n: usize) {
        let samples: Vec<f32> = (0..n).map(|i| i as f32).collect();
        let whole = encode(&Echo, &Waveform { samples: samples.clone(), rate: Hz(16_000) }).unwrap();
        let first = |values: &[f32]| values.iter().step_by(2).copied().collect::<Vec<_>>();
        let wanted: Vec<f32> = samples.chunks(HOP).map(|c| c[0]).collect();
        assert_eq!(first(&whole.values), wanted, "{n} samples");
        // The same while it grows.
        let mut growing = Growing::default();
        let mut at = 0;
        while at < n {
            at = (at + 5_000).min(n);
            let states = growing.hear(&Echo, &samples[..at]).unwrap();
            assert_eq!(states.frames(), at.div_ceil(HOP));
            assert_eq!(first(&states.values), wanted[..states.frames()], "{at} of {n} samples");
            if at == n {
                assert_eq!(states.values, whole.values, "{n} samples as they came");
            }
        }
    }

    #[test]
    fn every_frame_is_heard_once_and_in_its_place() {
        check(1);
        check(WHOLE * HOP);
        check(WHOLE * HOP + 1);
        check(123_457);
        check(1_000_000);
    }
}
