//! The little linear algebra that calibration needs.

/// Cholesky factor of a symmetric positive definite matrix, row by row (`[n, n]`); `None` if it is not one.
pub(crate) fn cholesky(matrix: &[Vec<f64>]) -> Option<Vec<Vec<f64>>> {
    let n = matrix.len();
    let mut factor = vec![vec![0.0; n]; n];
    for i in 0..n {
        for j in 0..=i {
            let dot: f64 = (0..j).map(|k| factor[i][k] * factor[j][k]).sum();
            let rest = matrix[i][j] - dot;
            if i == j {
                if rest <= 0.0 || !rest.is_finite() {
                    return None;
                }
                factor[i][i] = rest.sqrt();
            } else {
                factor[i][j] = rest / factor[j][j];
            }
        }
    }
    Some(factor)
}

/// Solves `L Lᵀ x = b`.
pub(crate) fn solve(factor: &[Vec<f64>], b: &[f64]) -> Vec<f64> {
    let n = b.len();
    let mut y = b.to_vec();
    for i in 0..n {
        let dot: f64 = (0..i).map(|k| factor[i][k] * y[k]).sum();
        y[i] = (y[i] - dot) / factor[i][i];
    }
    for i in (0..n).rev() {
        let dot: f64 = (i + 1..n).map(|k| factor[k][i] * y[k]).sum();
        y[i] = (y[i] - dot) / factor[i][i];
    }
    y
}

/// Diagonal of the inverse of `L Lᵀ`.
pub(crate) fn inverse_diagonal(factor: &[Vec<f64>]) -> Vec<f64> {
    let n = factor.len();
    (0..n)
        .map(|i| {
            let mut unit = vec![0.0; n];
            unit[i] = 1.0;
            solve(factor, &unit)[i]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solves_a_system() {
        let factor = cholesky(&[vec![4.0, 2.0], vec![2.0, 3.0]]).unwrap();
        let x = solve(&factor, &[2.0, 1.0]);
        assert!((x[0] - 0.5).abs() < 1e-12 && x[1].abs() < 1e-12);
        let d = inverse_diagonal(&factor);
        assert!((d[0] - 3.0 / 8.0).abs() < 1e-12 && (d[1] - 0.5).abs() < 1e-12);
        assert!(cholesky(&[vec![-1.0]]).is_none());
    }
}
