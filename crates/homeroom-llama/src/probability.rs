//! Log-probabilities from what a model puts out.

/// Numbers that are worked on together, so that the compiler can use vectors.
const LANES: usize = 16;

/// The logarithm of the sum of the exponentials.
pub(crate) fn log_sum_exp(logits: &[f32]) -> f32 {
    let (chunks, rest) = logits.as_chunks::<LANES>();
    let mut most = [f32::MIN; LANES];
    for chunk in chunks {
        for (most, &logit) in most.iter_mut().zip(chunk) {
            *most = if logit > *most { logit } else { *most };
        }
    }
    let most = most.iter().chain(rest).copied().fold(f32::MIN, f32::max);
    let mut sums = [0.0; LANES];
    for chunk in chunks {
        for (sum, &logit) in sums.iter_mut().zip(chunk) {
            *sum += exp(logit - most);
        }
    }
    let sum: f32 = sums.iter().sum::<f32>() + rest.iter().map(|logit| (logit - most).exp()).sum::<f32>();
    most + sum.ln()
}

/// The exponential of a number that is at most 0, to about 2e-6 of its value.
///
/// Source: `2^n * 2^f` by the usual split of `x / ln 2` at the nearest whole number; the polynomial is the minimax one of
/// degree 5 for `2^f` on -0.5 to 0.5.
#[inline(always)]
fn exp(x: f32) -> f32 {
    /// Adding it leaves the nearest whole number in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    let t = (if x > -87.0 { x } else { -87.0 }) * std::f32::consts::LOG2_E;
    let rounded = t + ROUND;
    let f = t - (rounded - ROUND);
    let mut p = 1.877_576_7e-3;
    for c in [8.989_34e-3, 5.582_632e-2, 2.401_536e-1, 6.931_531e-1, 1.0] {
        p = p * f + c;
    }
    p * f32::from_bits((rounded.to_bits() << 23).wrapping_add(1.0_f32.to_bits()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_of_exponentials() {
        for scale in [0.0, 1.0, 30.0, 1000.0] {
            let logits: Vec<f32> = (0..1003).map(|n| ((n * 37 % 101) as f32 / 50.0 - 1.0) * scale).collect();
            let most = logits.iter().copied().fold(f32::MIN, f32::max);
            let wanted = most + logits.iter().map(|logit| (logit - most).exp()).sum::<f32>().ln();
            let found = log_sum_exp(&logits);
            assert!((found - wanted).abs() < 1e-4 * wanted.abs().max(1.0), "{scale}: {found} in place of {wanted}");
        }
    }
}
