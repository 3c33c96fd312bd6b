//! AVX2 with fused multiply-add: bf16 pairs are widened to `f32` by a shift and a mask.
#![allow(unsafe_code)]

use std::arch::x86_64::{
    __m256, __m256i, _mm256_add_epi32, _mm256_add_ps, _mm256_and_si256, _mm256_castps_si256, _mm256_castsi256_ps,
    _mm256_div_ps, _mm256_fmadd_ps, _mm256_load_si256, _mm256_loadu_ps, _mm256_max_ps, _mm256_min_ps, _mm256_mul_ps,
    _mm256_set1_epi32, _mm256_set1_ps, _mm256_setzero_ps, _mm256_slli_epi32, _mm256_storeu_ps, _mm256_sub_ps,
};
use std::ops::Range;

use super::lines::{GROUP, Line, UPPER};
use super::portable::{self, LANES, Lanes};
use super::{Attention, Kernel, PANEL, Packed, Rows};

/// Rows of a tile: 4 by two vectors of sums leave room for the widened weights among the 16 registers.
const TILE: usize = 4;

struct Avx2;

/// The kernel, where the machine can run it.
pub(super) fn kernel() -> Option<&'static dyn Kernel> {
    (is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")).then_some(&Avx2)
}

delegates!(Avx2, "avx2");

macro_rules! compiled {
    ($(fn $name:ident($($argument:ident: $type:ty),*) $(-> $out:ty)? $body:block)*) => {$(
        #[target_feature(enable = "avx2,fma")]
        fn $name($($argument: $type),*) $(-> $out)? $body
    )*};
}

compiled! {
    fn set(activations: &[f32], depth: usize, rows: &mut Rows) {
        rows.set_numbers(activations, depth);
    }

    fn norm(x: &[f32], stride: usize, weight: &[f32], epsilon: f32, out: &mut [f32]) {
        portable::norm::<Two>(x, stride, weight, epsilon, out);
    }

    fn gated(gate: &mut [f32], up: &[f32]) {
        portable::gate::<Two>(gate, up);
    }

    fn attend(attention: &mut Attention<'_>) {
        portable::attend::<Two>(attention);
    }

    fn log_sum_exp(row: &[f32]) -> (f32, f32) {
        portable::log_sum_exp::<Two>(row)
    }

    fn multiply(rows: &Rows, weights: &Packed, panels: Range<usize>, out: &mut [f32], stride: usize, add: bool) {
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
}

/// `R` rows of a group from `first` on by a panel, a line (16 columns) after another.
#[target_feature(enable = "avx2,fma")]
fn tile<const R: usize>(
    words: &[[u32; GROUP]],
    first: usize,
    lines: &[Line],
    out: &mut [f32],
    stride: usize,
    add: bool,
) {
    assert!(first + R <= GROUP && out.len() >= (R - 1) * stride + PANEL, "invariant: a tile is whole");
    let upper = _mm256_set1_epi32(UPPER.cast_signed());
    for half in 0..2 {
        let mut totals: [[__m256; 2]; R] = [[_mm256_setzero_ps(); 2]; R];
        for (words, lines) in words.as_chunks::<2>().0.iter().zip(lines.as_chunks::<2>().0) {
            // SAFETY: a line is 64 aligned bytes, of which these are the first and the last 32.
            let both =
                unsafe { [0, 8].map(|from| _mm256_load_si256(lines[half].0.as_ptr().add(from).cast::<__m256i>())) };
            let low = both.map(|both| _mm256_castsi256_ps(_mm256_slli_epi32::<16>(both)));
            let high = both.map(|both| _mm256_castsi256_ps(_mm256_and_si256(both, upper)));
            for (row, totals) in totals.iter_mut().enumerate() {
                // SAFETY: the assertion above says that the group has these rows.
                let [a_low, a_high] = words
                    .each_ref()
                    .map(|words| unsafe { _mm256_set1_ps(f32::from_bits(*words.get_unchecked(first + row))) });
                for eighth in 0..2 {
                    let total = _mm256_fmadd_ps(a_low, low[eighth], totals[eighth]);
                    totals[eighth] = _mm256_fmadd_ps(a_high, high[eighth], total);
                }
            }
        }
        for (row, totals) in totals.iter().enumerate() {
            for (eighth, &total) in totals.iter().enumerate() {
                // SAFETY: the assertion above says that `out` holds `R` rows of 32 numbers that are `stride` apart.
                unsafe {
                    let out = out.as_mut_ptr().add(row * stride + 16 * half + 8 * eighth);
                    let total = if add { _mm256_add_ps(total, _mm256_loadu_ps(out)) } else { total };
                    _mm256_storeu_ps(out, total);
                }
            }
        }
    }
}

/// Two registers.
#[derive(Clone, Copy)]
struct Two([__m256; 2]);

// SAFETY of the blocks below: the methods are inlined into functions that are compiled for these instructions; the arrays
// that are loaded and stored are as long as the vector.
impl Lanes for Two {
    #[inline(always)]
    fn splat(value: f32) -> Self {
        // SAFETY: see above.
        unsafe { Self([_mm256_set1_ps(value); 2]) }
    }

    #[inline(always)]
    fn load(values: &[f32; LANES]) -> Self {
        // SAFETY: see above.
        unsafe { Self([_mm256_loadu_ps(values.as_ptr()), _mm256_loadu_ps(values.as_ptr().add(8))]) }
    }

    #[inline(always)]
    fn store(self, values: &mut [f32; LANES]) {
        // SAFETY: see above.
        unsafe {
            _mm256_storeu_ps(values.as_mut_ptr(), self.0[0]);
            _mm256_storeu_ps(values.as_mut_ptr().add(8), self.0[1]);
        }
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: see above.
        unsafe { Self([_mm256_add_ps(self.0[0], other.0[0]), _mm256_add_ps(self.0[1], other.0[1])]) }
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        // SAFETY: see above.
        unsafe { Self([_mm256_sub_ps(self.0[0], other.0[0]), _mm256_sub_ps(self.0[1], other.0[1])]) }
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        // SAFETY: see above.
        unsafe { Self([_mm256_mul_ps(self.0[0], other.0[0]), _mm256_mul_ps(self.0[1], other.0[1])]) }
    }

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        // SAFETY: see above.
        unsafe { Self([_mm256_div_ps(self.0[0], other.0[0]), _mm256_div_ps(self.0[1], other.0[1])]) }
    }

    #[inline(always)]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        // SAFETY: see above.
        unsafe {
            Self([
                _mm256_fmadd_ps(self.0[0], factor.0[0], term.0[0]),
                _mm256_fmadd_ps(self.0[1], factor.0[1], term.0[1]),
            ])
        }
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        // SAFETY: see above.
        unsafe { Self([_mm256_max_ps(self.0[0], other.0[0]), _mm256_max_ps(self.0[1], other.0[1])]) }
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        // SAFETY: see above.
        unsafe { Self([_mm256_min_ps(self.0[0], other.0[0]), _mm256_min_ps(self.0[1], other.0[1])]) }
    }

    #[inline(always)]
    fn power_of_two(self) -> Self {
        // SAFETY: see above.
        unsafe {
            let one = _mm256_castps_si256(_mm256_set1_ps(1.0));
            Self(
                self.0.map(|v| {
                    _mm256_castsi256_ps(_mm256_add_epi32(_mm256_slli_epi32::<23>(_mm256_castps_si256(v)), one))
                }),
            )
        }
    }
}
