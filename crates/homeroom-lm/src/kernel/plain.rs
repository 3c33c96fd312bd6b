//! The kernel that any machine can run, and that the others are tested against.

use std::ops::Range;

use super::lines::{GROUP, Line, unpack_pair};
use super::portable::{self, LANES, Lanes};
use super::{Attention, Kernel, PANEL, Packed, Rows};

pub(super) struct Plain;

impl Kernel for Plain {
    fn name(&self) -> &'static str {
        "plain"
    }

    fn rows(&self, activations: &[f32], depth: usize, rows: &mut Rows) {
        rows.set_numbers(activations, depth);
    }

    fn multiply(&self, rows: &Rows, weights: &Packed, panels: Range<usize>, out: &mut [f32], stride: usize, add: bool) {
        for (n, panel) in panels.enumerate() {
            let lines = weights.panel(panel);
            for ((words, count), out) in rows.groups(2 * weights.pairs()).zip(out.chunks_mut(GROUP * stride)) {
                for (row, out) in out.chunks_mut(stride).enumerate().take(count) {
                    one_row(words, row, lines, &mut out[n * PANEL..][..PANEL], add);
                }
            }
        }
    }

    fn norm(&self, x: &[f32], stride: usize, weight: &[f32], epsilon: f32, out: &mut [f32]) {
        portable::norm::<Sixteen>(x, stride, weight, epsilon, out);
    }

    fn gate(&self, gate: &mut [f32], up: &[f32]) {
        portable::gate::<Sixteen>(gate, up);
    }

    fn attend(&self, attention: &mut Attention<'_>) {
        portable::attend::<Sixteen>(attention);
    }

    fn log_sum_exp(&self, row: &[f32]) -> (f32, f32) {
        portable::log_sum_exp::<Sixteen>(row)
    }
}

/// A row of a group by a panel.
fn one_row(words: &[[u32; GROUP]], row: usize, lines: &[Line], out: &mut [f32], add: bool) {
    let mut totals = [0.0; PANEL];
    for (words, lines) in words.as_chunks::<2>().0.iter().zip(lines.as_chunks::<2>().0) {
        let [low, high] = words.each_ref().map(|words| f32::from_bits(words[row]));
        for (totals, line) in totals.chunks_exact_mut(PANEL / 2).zip(lines) {
            for (total, &weights) in totals.iter_mut().zip(&line.0) {
                let [w_low, w_high] = unpack_pair(weights);
                *total = *total + low * w_low + high * w_high;
            }
        }
    }
    for (out, total) in out.iter_mut().zip(totals) {
        *out = if add { *out + total } else { total };
    }
}

/// Sixteen numbers, worked on one by one.
#[derive(Clone, Copy)]
struct Sixteen([f32; LANES]);

impl Sixteen {
    fn with(self, other: Self, f: impl Fn(f32, f32) -> f32) -> Self {
        Self(std::array::from_fn(|i| f(self.0[i], other.0[i])))
    }
}

impl Lanes for Sixteen {
    fn splat(value: f32) -> Self {
        Self([value; LANES])
    }

    fn load(values: &[f32; LANES]) -> Self {
        Self(*values)
    }

    fn store(self, values: &mut [f32; LANES]) {
        *values = self.0;
    }

    fn add(self, other: Self) -> Self {
        self.with(other, |a, b| a + b)
    }

    fn sub(self, other: Self) -> Self {
        self.with(other, |a, b| a - b)
    }

    fn mul(self, other: Self) -> Self {
        self.with(other, |a, b| a * b)
    }

    fn div(self, other: Self) -> Self {
        self.with(other, |a, b| a / b)
    }

    fn mul_add(self, factor: Self, term: Self) -> Self {
        self.mul(factor).add(term)
    }

    fn max(self, other: Self) -> Self {
        self.with(other, |a, b| if a > b { a } else { b })
    }

    fn min(self, other: Self) -> Self {
        self.with(other, |a, b| if a < b { a } else { b })
    }

    fn power_of_two(self) -> Self {
        Self(self.0.map(|v| f32::from_bits((v.to_bits() << 23).wrapping_add(1.0_f32.to_bits()))))
    }
}
