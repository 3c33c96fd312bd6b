//! NEON: bf16 pairs are widened to `f32` by a shift and a mask.
#![allow(unsafe_code)]

use std::arch::aarch64::{
    float32x4_t, vaddq_f32, vaddq_u32, vandq_u32, vdivq_f32, vdupq_n_f32, vdupq_n_u32, vfmaq_f32, vfmaq_n_f32,
    vld1q_f32, vld1q_u32, vmaxq_f32, vminq_f32, vmulq_f32, vreinterpretq_f32_u32, vreinterpretq_u32_f32, vshlq_n_u32,
    vst1q_f32, vsubq_f32,
};
use std::ops::Range;

use super::lines::{GROUP, Line, UPPER};
use super::portable::{self, LANES, Lanes};
use super::{Attention, Kernel, PANEL, Packed, Rows};

/// Rows of a tile: 4 by four vectors of sums leave room for the widened weights among the 32 registers.
const TILE: usize = 4;

struct Neon;

/// The kernel, where the machine can run it.
pub(super) fn kernel() -> Option<&'static dyn Kernel> {
    std::arch::is_aarch64_feature_detected!("neon").then_some(&Neon)
}

impl Kernel for Neon {
    fn name(&self) -> &'static str {
        "neon"
    }

    fn rows(&self, activations: &[f32], depth: usize, rows: &mut Rows) {
        rows.set_numbers(activations, depth);
    }

    fn multiply(&self, rows: &Rows, weights: &Packed, panels: Range<usize>, out: &mut [f32], stride: usize, add: bool) {
        for (n, panel) in panels.enumerate() {
            let lines = weights.panel(panel);
            for ((words, count), out) in rows.groups(2 * weights.pairs()).zip(out.chunks_mut(GROUP * stride)) {
                for first in (0..count).step_by(TILE) {
                    let out = &mut out[first * stride + n * PANEL..];
                    match count - first {
                        1 => tile::<1>(words, first, lines, out, stride, add),
                        2 => tile::<2>(words, first, lines, out, stride, add),
                        3 => tile::<3>(words, first, lines, out, stride, add),
                        _ => tile::<TILE>(words, first, lines, out, stride, add),
                    }
                }
            }
        }
    }

    // NEON is a part of this architecture, so that the compiler uses it for these without being told.

    fn norm(&self, x: &[f32], stride: usize, weight: &[f32], epsilon: f32, out: &mut [f32]) {
        portable::norm::<Four>(x, stride, weight, epsilon, out);
    }

    fn gate(&self, gate: &mut [f32], up: &[f32]) {
        portable::gate::<Four>(gate, up);
    }

    fn attend(&self, attention: &mut Attention<'_>) {
        portable::attend::<Four>(attention);
    }

    fn log_sum_exp(&self, row: &[f32]) -> (f32, f32) {
        portable::log_sum_exp::<Four>(row)
    }
}

/// `R` rows of a group from `first` on by a panel, a line (16 columns) after another.
fn tile<const R: usize>(
    words: &[[u32; GROUP]],
    first: usize,
    lines: &[Line],
    out: &mut [f32],
    stride: usize,
    add: bool,
) {
    assert!(first + R <= GROUP && out.len() >= (R - 1) * stride + PANEL, "invariant: a tile is whole");
    for half in 0..2 {
        // SAFETY: NEON is always there on this architecture. A line is 16 words, and the assertion above says that the
        // group has these rows and that `out` holds `R` rows of 32 numbers that are `stride` apart.
        unsafe {
            let upper = vdupq_n_u32(UPPER);
            let mut totals: [[float32x4_t; 4]; R] = [[vdupq_n_f32(0.0); 4]; R];
            for (words, lines) in words.as_chunks::<2>().0.iter().zip(lines.as_chunks::<2>().0) {
                for quarter in 0..4 {
                    let both = vld1q_u32(lines[half].0.as_ptr().add(4 * quarter));
                    let low = vreinterpretq_f32_u32(vshlq_n_u32::<16>(both));
                    let high = vreinterpretq_f32_u32(vandq_u32(both, upper));
                    for (row, totals) in totals.iter_mut().enumerate() {
                        let [a_low, a_high] =
                            words.each_ref().map(|words| f32::from_bits(*words.get_unchecked(first + row)));
                        let total = vfmaq_n_f32(totals[quarter], low, a_low);
                        totals[quarter] = vfmaq_n_f32(total, high, a_high);
                    }
                }
            }
            for (row, totals) in totals.iter().enumerate() {
                for (quarter, &total) in totals.iter().enumerate() {
                    let out = out.as_mut_ptr().add(row * stride + 16 * half + 4 * quarter);
                    let total = if add { vaddq_f32(total, vld1q_f32(out)) } else { total };
                    vst1q_f32(out, total);
                }
            }
        }
    }
}

/// Four registers.
#[derive(Clone, Copy)]
struct Four([float32x4_t; 4]);

// SAFETY of the blocks below: NEON is always there on this architecture; the arrays that are loaded and stored are as
// long as the vector.
impl Lanes for Four {
    #[inline(always)]
    fn splat(value: f32) -> Self {
        // SAFETY: see above.
        unsafe { Self([vdupq_n_f32(value); 4]) }
    }

    #[inline(always)]
    fn load(values: &[f32; LANES]) -> Self {
        // SAFETY: see above.
        unsafe { Self(std::array::from_fn(|i| vld1q_f32(values.as_ptr().add(4 * i)))) }
    }

    #[inline(always)]
    fn store(self, values: &mut [f32; LANES]) {
        // SAFETY: see above.
        unsafe {
            for (i, &v) in self.0.iter().enumerate() {
                vst1q_f32(values.as_mut_ptr().add(4 * i), v);
            }
        }
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: see above.
        unsafe { Self(std::array::from_fn(|i| vaddq_f32(self.0[i], other.0[i]))) }
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        // SAFETY: see above.
        unsafe { Self(std::array::from_fn(|i| vsubq_f32(self.0[i], other.0[i]))) }
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        // SAFETY: see above.
        unsafe { Self(std::array::from_fn(|i| vmulq_f32(self.0[i], other.0[i]))) }
    }

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        // SAFETY: see above.
        unsafe { Self(std::array::from_fn(|i| vdivq_f32(self.0[i], other.0[i]))) }
    }

    #[inline(always)]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        // SAFETY: see above.
        unsafe { Self(std::array::from_fn(|i| vfmaq_f32(term.0[i], self.0[i], factor.0[i]))) }
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        // SAFETY: see above.
        unsafe { Self(std::array::from_fn(|i| vmaxq_f32(self.0[i], other.0[i]))) }
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        // SAFETY: see above.
        unsafe { Self(std::array::from_fn(|i| vminq_f32(self.0[i], other.0[i]))) }
    }

    #[inline(always)]
    fn power_of_two(self) -> Self {
        // SAFETY: see above.
        unsafe {
            let one = vdupq_n_u32(1.0_f32.to_bits());
            Self(self.0.map(|v| vreinterpretq_f32_u32(vaddq_u32(vshlq_n_u32::<23>(vreinterpretq_u32_f32(v)), one))))
        }
    }
}
