//! Weights in 8 bits.

/// Greatest magnitude of a weight that is multiplied as a byte. Half of what 8 bits hold: where a processor has no dot product
/// of bytes (AVX2 without VNNI), the runtime adds two products of an unsigned and a signed byte in 16 bits, and 2 · 255 · 64
/// is the most that fits. With more, results would differ between machines. What a bit costs, a scale per column brings back.
pub(crate) const PRODUCT_RANGE: f32 = 64.0;
/// Greatest magnitude of a weight that is only kept in 8 bits.
pub(crate) const WHOLE_RANGE: f32 = 127.0;

/// A quantised matrix.
pub(crate) struct Columns {
    /// As many as the matrix has, in its order.
    pub(crate) values: Vec<i8>,
    /// What to multiply each column (or row) with.
    pub(crate) scales: Vec<f32>,
}

/// Quantises each column by itself, symmetrically. `matrix`: rows of `width`.
pub(crate) fn columns(matrix: &[f32], width: usize, range: f32) -> Columns {
    let mut greatest = vec![0.0_f32; width];
    for row in matrix.chunks_exact(width) {
        for (most, value) in greatest.iter_mut().zip(row) {
            *most = most.max(value.abs());
        }
    }
    let scales: Vec<f32> = greatest.into_iter().map(|most| scale(most, range)).collect();
    let values =
        matrix.chunks_exact(width).flat_map(|row| row.iter().zip(&scales).map(|(v, s)| quantised(*v, *s, range)));
    Columns { values: values.collect(), scales }
}

/// Quantises each row by itself, symmetrically. `matrix`: rows of `width`.
pub(crate) fn rows(matrix: &[f32], width: usize, range: f32) -> Columns {
    let scales: Vec<f32> =
        matrix.chunks_exact(width).map(|row| scale(row.iter().fold(0.0, |most, v| v.abs().max(most)), range)).collect();
    let values =
        matrix.chunks_exact(width).zip(&scales).flat_map(|(row, s)| row.iter().map(|v| quantised(*v, *s, range)));
    Columns { values: values.collect(), scales }
}

fn scale(greatest: f32, range: f32) -> f32 {
    if greatest > 0.0 { greatest / range } else { 1.0 }
}

fn quantised(value: f32, scale: f32, range: f32) -> i8 {
    // A float that is no number becomes 0.
    (value / scale).round_ties_even().clamp(-range, range) as i8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(quantised: &Columns, values: &[i8], scales: &[f32]) {
        assert_eq!(quantised.values, values);
        assert_eq!(quantised.scales, scales);
    }

    #[test]
    fn each_column_uses_the_whole_range() {
        let matrix = [1.0, -0.5, 0.0, -2.0, 0.25, 0.0];
        check(&columns(&matrix, 3, PRODUCT_RANGE), &[32, -64, 0, -64, 32, 0], &[2.0 / 64.0, 0.5 / 64.0, 1.0]);
    }

    #[test]
    fn each_row_uses_the_whole_range() {
        check(&rows(&[1.0, -0.5, 0.0, -2.0], 2, PRODUCT_RANGE), &[64, -32, 0, -64], &[1.0 / 64.0, 2.0 / 64.0]);
    }

    #[test]
    fn odd_floats_stay_in_range() {
        check(&rows(&[f32::NAN, 1.0], 2, PRODUCT_RANGE), &[0, 64], &[1.0 / 64.0]);
    }
}
