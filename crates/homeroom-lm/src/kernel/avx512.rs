//! AVX-512 with products of bf16 pairs (Zen 4, Cooper Lake, Sapphire Rapids and later).
#![allow(unsafe_code)]

use std::arch::x86_64::{
    __m512, __m512bh, __m512i, _mm512_add_epi32, _mm512_add_ps, _mm512_castps_si512, _mm512_castsi512_ps,
    _mm512_div_ps, _mm512_dpbf16_ps, _mm512_fmadd_ps, _mm512_load_si512, _mm512_loadu_ps, _mm512_max_ps, _mm512_min_ps,
    _mm512_mul_ps, _mm512_set1_epi32, _mm512_set1_ps, _mm512_setzero_ps, _mm512_slli_epi32, _mm512_storeu_ps,
    _mm512_sub_ps,
};
use std::ops::Range;

use super::lines::{GROUP, Line};
use super::portable::{self, LANES, Lanes};
use super::{Attention, Kernel, PANEL, Packed, Rows};

struct Avx512;

/// The kernel, where the machine can run it.
pub(super) fn kernel() -> Option<&'static dyn Kernel> {
    let can = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512bf16")
        && is_x86_feature_detected!("fma");
    can.then_some(&Avx512)
}

macro_rules! compiled {
    ($(fn $name:ident($($argument:ident: $type:ty),*) $(-> $out:ty)? $body:block)*) => {$(
        #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,fma")]
        fn $name($($argument: $type),*) $(-> $out)? $body
    )*};
}

delegates!(Avx512, "avx512");

compiled! {
    fn set(activations: &[f32], depth: usize, rows: &mut Rows) {
        rows.set_pairs(activations, depth);
    }

    fn norm(x: &[f32], stride: usize, weight: &[f32], epsilon: f32, out: &mut [f32]) {
        portable::norm::<One>(x, stride, weight, epsilon, out);
    }

    fn gated(gate: &mut [f32], up: &[f32]) {
        portable::gate::<One>(gate, up);
    }

    fn attend(attention: &mut Attention<'_>) {
        portable::attend::<One>(attention);
    }

    fn log_sum_exp(row: &[f32]) -> (f32, f32) {
        portable::log_sum_exp::<One>(row)
    }

    fn multiply(rows: &Rows, weights: &Packed, panels: Range<usize>, out: &mut [f32], stride: usize, add: bool) {
        for (n, panel) in panels.enumerate() {
            let lines = weights.panel(panel);
            for ((words, count), out) in rows.groups(weights.pairs()).zip(out.chunks_mut(GROUP * stride)) {
                let out = &mut out[n * PANEL..];
                match count {
                    1 => tile::<1>(words, lines, out, stride, add),
                    2 => tile::<2>(words, lines, out, stride, add),
                    3 => tile::<3>(words, lines, out, stride, add),
                    4 => tile::<4>(words, lines, out, stride, add),
                    5 => tile::<5>(words, lines, out, stride, add),
                    6 => tile::<6>(words, lines, out, stride, add),
                    7 => tile::<7>(words, lines, out, stride, add),
                    8 => tile::<8>(words, lines, out, stride, add),
                    9 => tile::<9>(words, lines, out, stride, add),
                    10 => tile::<10>(words, lines, out, stride, add),
                    11 => tile::<11>(words, lines, out, stride, add),
                    _ => tile::<GROUP>(words, lines, out, stride, add),
                }
            }
        }
    }
}

/// The first `R` rows of a group by a panel: 12 by two vectors of sums leave room for the weights among the 32
/// registers.
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,fma")]
fn tile<const R: usize>(words: &[[u32; GROUP]], lines: &[Line], out: &mut [f32], stride: usize, add: bool) {
    assert!(out.len() >= (R - 1) * stride + PANEL, "invariant: a tile is whole");
    let mut totals: [[__m512; 2]; R] = [[_mm512_setzero_ps(); 2]; R];
    for (words, lines) in words.iter().zip(lines.as_chunks::<2>().0) {
        // SAFETY: a line is 64 aligned bytes.
        let weights =
            unsafe { [0, 1].map(|half| bf16s(_mm512_load_si512(lines.as_ptr().add(half).cast::<__m512i>()))) };
        for (totals, &word) in totals.iter_mut().zip(words) {
            let a = bf16s(_mm512_set1_epi32(word.cast_signed()));
            totals[0] = _mm512_dpbf16_ps(totals[0], a, weights[0]);
            totals[1] = _mm512_dpbf16_ps(totals[1], a, weights[1]);
        }
    }
    for (row, totals) in totals.iter().enumerate() {
        for (half, &total) in totals.iter().enumerate() {
            // SAFETY: the assertion above says that `out` holds `R` rows of 32 numbers that are `stride` apart.
            unsafe {
                let out = out.as_mut_ptr().add(row * stride + 16 * half);
                let total = if add { _mm512_add_ps(total, _mm512_loadu_ps(out)) } else { total };
                _mm512_storeu_ps(out, total);
            }
        }
    }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn bf16s(bits: __m512i) -> __m512bh {
    // SAFETY: both are 512 bits without invalid values.
    unsafe { std::mem::transmute(bits) }
}

/// One register.
#[derive(Clone, Copy)]
struct One(__m512);

// SAFETY of the blocks below: the methods are inlined into functions that are compiled for these instructions; the arrays
// that are loaded and stored are as long as the vector.
impl Lanes for One {
    #[inline(always)]
    fn splat(value: f32) -> Self {
        // SAFETY: see above.
        unsafe { Self(_mm512_set1_ps(value)) }
    }

    #[inline(always)]
    fn load(values: &[f32; LANES]) -> Self {
        // SAFETY: see above.
        unsafe { Self(_mm512_loadu_ps(values.as_ptr())) }
    }

    #[inline(always)]
    fn store(self, values: &mut [f32; LANES]) {
        // SAFETY: see above.
        unsafe { _mm512_storeu_ps(values.as_mut_ptr(), self.0) }
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        // SAFETY: see above.
        unsafe { Self(_mm512_add_ps(self.0, other.0)) }
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        // SAFETY: see above.
        unsafe { Self(_mm512_sub_ps(self.0, other.0)) }
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        // SAFETY: see above.
        unsafe { Self(_mm512_mul_ps(self.0, other.0)) }
    }

    #[inline(always)]
    fn div(self, other: Self) -> Self {
        // SAFETY: see above.
        unsafe { Self(_mm512_div_ps(self.0, other.0)) }
    }

    #[inline(always)]
    fn mul_add(self, factor: Self, term: Self) -> Self {
        // SAFETY: see above.
        unsafe { Self(_mm512_fmadd_ps(self.0, factor.0, term.0)) }
    }

    #[inline(always)]
    fn max(self, other: Self) -> Self {
        // SAFETY: see above.
        unsafe { Self(_mm512_max_ps(self.0, other.0)) }
    }

    #[inline(always)]
    fn min(self, other: Self) -> Self {
        // SAFETY: see above.
        unsafe { Self(_mm512_min_ps(self.0, other.0)) }
    }

    #[inline(always)]
    fn power_of_two(self) -> Self {
        // SAFETY: see above.
        unsafe {
            let bits = _mm512_slli_epi32::<23>(_mm512_castps_si512(self.0));
            Self(_mm512_castsi512_ps(_mm512_add_epi32(bits, _mm512_castps_si512(_mm512_set1_ps(1.0)))))
        }
    }
}
