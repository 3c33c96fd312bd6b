//! Chance with a seed.

use rand::Rng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

pub(crate) use rand::SeedableRng;

/// The generator of everything in training: the same seed gives the same model on any number of threads.
pub(crate) type Dice = ChaCha8Rng;

/// A standard normal number.
///
/// # Source
/// Box and Muller 1958.
pub(crate) fn normal(dice: &mut Dice) -> f32 {
    let radius = (-2.0 * (1.0 - dice.random::<f32>()).ln()).sqrt();
    radius * (std::f32::consts::TAU * dice.random::<f32>()).cos()
}

/// Puts `items` into a random order.
pub(crate) fn shuffle<T>(items: &mut [T], dice: &mut Dice) {
    items.shuffle(dice);
}

/// `n` numbers that are 0 with probability `drop` (to a 256th) and else so large that their mean is 1.
pub(crate) fn mask(n: usize, drop: f32, dice: &mut Dice) -> Vec<f32> {
    // A byte a number is fine enough, and four times as fast.
    let threshold = (drop * 256.0).round();
    let kept = 256.0 / (256.0 - threshold);
    let mut bytes = vec![0_u8; n];
    dice.fill(&mut bytes[..]);
    bytes.into_iter().map(|byte| if f32::from(byte) < threshold { 0.0 } else { kept }).collect()
}
