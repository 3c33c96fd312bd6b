//! The arithmetic of the model, once for each kind of processor.
//!
//! Weights are packed when the model is loaded, in the order in which kernels read them. Which kernel is used is decided
//! when the program runs; each has a file of its own, and they share what is not worth writing twice (`portable`).

/// A kernel whose functions are compiled for instructions that not every machine has: `set`, `multiply`, `norm`, `gated`,
/// `attend` and `log_sum_exp` of the module that it is called in. The module hands the kernel out only where the machine has
/// the instructions.
#[cfg(target_arch = "x86_64")]
macro_rules! delegates {
    ($kernel:ident, $name:literal) => {
        impl Kernel for $kernel {
            fn name(&self) -> &'static str {
                $name
            }

            // SAFETY of the blocks below: the kernel is handed out only where the machine has the instructions.

            fn rows(&self, activations: &[f32], depth: usize, rows: &mut Rows) {
                // SAFETY: see above.
                unsafe { set(activations, depth, rows) }
            }

            fn multiply(
                &self,
                rows: &Rows,
                weights: &Packed,
                panels: Range<usize>,
                out: &mut [f32],
                stride: usize,
                add: bool,
            ) {
                // SAFETY: see above.
                unsafe { multiply(rows, weights, panels, out, stride, add) }
            }

            fn norm(&self, x: &[f32], stride: usize, weight: &[f32], epsilon: f32, out: &mut [f32]) {
                // SAFETY: see above.
                unsafe { norm(x, stride, weight, epsilon, out) }
            }

            fn gate(&self, gate: &mut [f32], up: &[f32]) {
                // SAFETY: see above.
                unsafe { gated(gate, up) }
            }

            fn attend(&self, attention: &mut Attention<'_>) {
                // SAFETY: see above.
                unsafe { attend(attention) }
            }

            fn log_sum_exp(&self, row: &[f32]) -> (f32, f32) {
                // SAFETY: see above.
                unsafe { log_sum_exp(row) }
            }
        }
    };
}

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod lines;
#[cfg(target_arch = "aarch64")]
mod neon;
mod plain;
mod portable;

use std::ops::Range;

pub(crate) use lines::{GROUP, PANEL, Packed, Rows};
pub(crate) use portable::{Attention, KeyValues, LANES};

/// What the model asks of a processor.
pub(crate) trait Kernel: Send + Sync {
    /// Its name, as in [`kernel_names`].
    fn name(&self) -> &'static str;

    /// Readies activations, `depth` for each row.
    fn rows(&self, activations: &[f32], depth: usize, rows: &mut Rows);

    /// Multiplies rows by some panels of 32 columns. `out`: `stride` numbers for each row, of which the first
    /// `32 * panels.len()` are written, or added to where `add` says so.
    fn multiply(&self, rows: &Rows, weights: &Packed, panels: Range<usize>, out: &mut [f32], stride: usize, add: bool);

    /// Scales each row of `x`, `stride` numbers apart, to a mean square of 1 and multiplies it by `weight`, one number
    /// for each place of a row. `out`: the rows one after another.
    fn norm(&self, x: &[f32], stride: usize, weight: &[f32], epsilon: f32, out: &mut [f32]);

    /// Writes `gate * sigmoid(gate) * up` into `gate`.
    fn gate(&self, gate: &mut [f32], up: &[f32]);

    /// What the heads of a row gather from the values.
    fn attend(&self, attention: &mut Attention<'_>);

    /// The logarithm of the sum of the exponentials of a row, as the largest number `m` and the sum of `exp(x - m)`.
    /// The row is a whole number of vectors.
    fn log_sum_exp(&self, row: &[f32]) -> (f32, f32);
}

/// The kernels of this machine, the fastest first.
pub(crate) fn available() -> Vec<&'static dyn Kernel> {
    let mut kernels: Vec<&'static dyn Kernel> = Vec::new();
    #[cfg(target_arch = "x86_64")]
    {
        kernels.extend(avx512::kernel());
        kernels.extend(avx2::kernel());
    }
    #[cfg(target_arch = "aarch64")]
    kernels.extend(neon::kernel());
    kernels.push(&plain::Plain);
    kernels
}

/// Names of the kernels that this machine can run, the fastest first.
pub fn kernel_names() -> Vec<&'static str> {
    available().into_iter().map(Kernel::name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers by chance between -1 and 1, always the same ones for a seed.
    fn numbers(seed: usize, n: usize) -> Vec<f32> {
        let mut state = seed as u64 + 1;
        let mut number = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1 << 23) as f32 - 1.0
        };
        (0..n).map(|_| number()).collect()
    }

    /// The same for every kernel, to within `tolerance`.
    #[track_caller]
    fn check(tolerance: f32, wanted: &[f32], run: impl Fn(&dyn Kernel) -> Vec<f32>) {
        for kernel in available() {
            let found = run(kernel);
            assert_eq!(found.len(), wanted.len(), "{}", kernel.name());
            for (place, (found, wanted)) in found.iter().zip(wanted).enumerate() {
                let name = kernel.name();
                assert!((found - wanted).abs() <= tolerance, "{name}: {found} in place of {wanted} at {place}");
            }
        }
    }

    #[test]
    fn products() {
        for (count, columns, depth) in
            [(1, 1, 2), (2, 33, 3), (3, 31, 16), (5, 64, 7), (11, 70, 100), (12, 32, 64), (13, 40, 33), (25, 96, 10)]
        {
            let (x, w) = (numbers(count, count * depth), numbers(depth, columns * depth));
            let packed = Packed::new(columns, depth, |row, out| out.copy_from_slice(&w[row * depth..][..depth]));
            let stride = packed.padded_columns();
            for add in [false, true] {
                let before = numbers(columns, count * stride);
                let mut wanted = if add { before.clone() } else { vec![0.0; count * stride] };
                for (row, x) in x.chunks(depth).enumerate() {
                    for (column, w) in w.chunks(depth).enumerate() {
                        wanted[row * stride + column] += x.iter().zip(w).map(|(x, w)| x * w).sum::<f32>();
                    }
                }
                // Weights are rounded to 8 bits and activations in some kernels: each by 2^-9 of a product that is at most
                // 1, and mostly in different directions.
                check(0.004 * (depth as f32).sqrt() + 1e-5, &wanted, |kernel| {
                    let mut rows = Rows::default();
                    kernel.rows(&x, depth, &mut rows);
                    let mut out = before.clone();
                    kernel.multiply(&rows, &packed, 0..packed.panels(), &mut out, stride, add);
                    out
                });
            }
        }
    }

    #[test]
    fn some_panels_only() {
        let (depth, columns) = (6, 96);
        let (x, w) = (numbers(1, 14 * depth), numbers(2, columns * depth));
        let packed = Packed::new(columns, depth, |row, out| out.copy_from_slice(&w[row * depth..][..depth]));
        let product = |kernel: &dyn Kernel, panels: Range<usize>, stride: usize| {
            let mut rows = Rows::default();
            kernel.rows(&x, depth, &mut rows);
            let mut out = vec![0.0; 14 * stride];
            kernel.multiply(&rows, &packed, panels, &mut out, stride, false);
            out
        };
        for kernel in available() {
            let whole = product(kernel, 0..3, columns);
            let part = product(kernel, 1..3, 2 * PANEL);
            for (whole, part) in whole.chunks(columns).zip(part.chunks(2 * PANEL)) {
                assert_eq!(&whole[PANEL..], part, "{}", kernel.name());
            }
        }
    }

    #[test]
    fn norms_and_gates() {
        let (x, weight) = (numbers(3, 3 * 64), numbers(4, 48));
        let wanted: Vec<f32> = x
            .chunks(64)
            .flat_map(|row| {
                let square = row[..48].iter().map(|v| v * v).sum::<f32>() / 48.0;
                row[..48].iter().zip(&weight).map(move |(v, w)| v / (square + 0.01).sqrt() * w).collect::<Vec<_>>()
            })
            .collect();
        check(1e-5, &wanted, |kernel| {
            let mut out = vec![0.0; 3 * 48];
            kernel.norm(&x, 64, &weight, 0.01, &mut out);
            out
        });

        let gates: Vec<f32> = numbers(5, 64).iter().map(|g| g * 100.0).collect();
        let up = numbers(6, 64);
        let wanted: Vec<f32> = gates.iter().zip(&up).map(|(g, u)| g / (1.0 + (-g).exp()) * u).collect();
        check(1e-4, &wanted, |kernel| {
            let mut out = gates.clone();
            kernel.gate(&mut out, &up);
            out
        });
    }

    #[test]
    fn sums_of_exponentials() {
        for scale in [0.0, 1.0, 30.0, 1e6] {
            let row: Vec<f32> = numbers(7, 1024).iter().map(|v| v * scale).collect();
            let max = row.iter().copied().fold(f32::MIN, f32::max);
            let sum: f32 = row.iter().map(|v| (v - max).exp()).sum();
            check(1e-2, &[max, sum], |kernel| {
                let (max, sum) = kernel.log_sum_exp(&row);
                vec![max, sum]
            });
        }
    }

    #[test]
    fn attention() {
        for (heads, key_heads, width, lengths) in
            [(3, 1, 64, [0, 1]), (9, 3, 64, [37, 5]), (2, 2, 16, [16, 17]), (8, 1, 80, [1, 40]), (5, 1, 48, [64, 0])]
        {
            let capacities = lengths.map(|n: usize| (n + 3).next_multiple_of(LANES));
            let query: Vec<f32> = numbers(heads, heads * width).iter().map(|q| 4.0 * q).collect();
            let keys = capacities.map(|n| numbers(n, n * key_heads * width));
            let values = capacities.map(|n| numbers(n + 1, n * key_heads * width));
            let runs = [0, 1].map(|run| KeyValues {
                keys: &keys[run],
                values: &values[run],
                capacity: capacities[run],
                length: lengths[run],
            });

            let mut wanted = Vec::new();
            for (head, query) in query.chunks(width).enumerate() {
                let key_head = head / (heads / key_heads);
                let places = || (0..2).flat_map(|run| (0..lengths[run]).map(move |token| (run, token)));
                let weights: Vec<f32> = places()
                    .map(|(run, token)| {
                        let key = |d: usize| keys[run][(key_head * width + d) * capacities[run] + token];
                        ((0..width).map(|d| query[d] * key(d)).sum::<f32>() / (width as f32).sqrt()).exp()
                    })
                    .collect();
                let total: f32 = weights.iter().sum();
                wanted.extend((0..width).map(|d| {
                    let value =
                        |(run, token): (usize, usize)| values[run][(key_head * capacities[run] + token) * width + d];
                    places().zip(&weights).map(|(place, weight)| weight * value(place)).sum::<f32>() / total
                }));
            }
            check(1e-4, &wanted, |kernel| {
                let mut out = vec![0.0; heads * width];
                let mut scratch = vec![9.0; 7];
                kernel.attend(&mut Attention {
                    query: &query,
                    runs,
                    key_heads,
                    head_width: width,
                    scratch: &mut scratch,
                    out: &mut out,
                });
                out
            });
        }
    }
}
