//! Sound, with its units in its types.

use serde::{Deserialize, Serialize};

/// Samples a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Hz(pub u32);

/// A time or a duration in seconds.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default, Serialize, Deserialize)]
pub struct Seconds(pub f64);

/// One channel of sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Waveform {
    /// Samples, from -1 to 1.
    pub samples: Vec<f32>,
    /// How many of them make a second.
    pub rate: Hz,
}

impl Waveform {
    /// How long it lasts; 0 for no samples or a rate of 0.
    #[must_use]
    pub fn duration(&self) -> Seconds {
        match self.rate.0 {
            0 => Seconds(0.0),
            rate => Seconds(self.samples.len() as f64 / f64::from(rate)),
        }
    }

    /// The part from `start` to `end`, cut to what there is.
    #[must_use]
    pub fn slice(&self, start: Seconds, end: Seconds) -> Waveform {
        let at = |time: Seconds| {
            // A negative or absurd time becomes the nearest end.
            let sample = (time.0 * f64::from(self.rate.0)).round().max(0.0) as usize;
            sample.min(self.samples.len())
        };
        let (from, to) = (at(start), at(end));
        Waveform { samples: self.samples[from..to.max(from)].to_vec(), rate: self.rate }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slices_stay_inside() {
        let sound = Waveform { samples: vec![0.0; 16_000], rate: Hz(16_000) };
        assert_eq!(sound.duration(), Seconds(1.0));
        assert_eq!(sound.slice(Seconds(0.25), Seconds(0.5)).samples.len(), 4_000);
        assert_eq!(sound.slice(Seconds(-1.0), Seconds(9.0)).samples.len(), 16_000);
        assert_eq!(sound.slice(Seconds(0.9), Seconds(0.1)).samples.len(), 0);
    }
}
