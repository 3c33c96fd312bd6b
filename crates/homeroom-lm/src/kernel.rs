//! The arithmetic of the model, once for each kind of processor.
//!
//! A kernel packs weights when the model is loaded, in the order in which it will read them, and multiplies rows of
//! activations by them. Which one is used is decided when the program runs; each has a file of its own.

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
