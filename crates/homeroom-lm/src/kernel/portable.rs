//! Everything but the multiplication by weights, written once for any vector of 16 numbers.
//!
//! Each function is inlined into the kernels, which are compiled for their processor's instructions.

/// Numbers of a vector: one register of AVX-512, two of AVX2, four of NEON.
pub(crate) const LANES: usize = 16;

/// Most heads of queries that are worked on together for one head of keys.
const GROUP: usize = 4;

/// A vector of 16 numbers.
///
/// The methods are inlined into functions that are compiled for the instructions that they use, and are never called
/// from elsewhere.
pub(super) trait Lanes: Copy {
    /// The same number 16 times.
    fn splat(value: f32) -> Self;
    /// From memory.
    fn load(values: &[f32; LANES]) -> Self;
    /// To memory.
    fn store(self, values: &mut [f32; LANES]);
    /// `self + other`.
    fn add(self, other: Self) -> Self;
    /// `self - other`.
    fn sub(self, other: Self) -> Self;
    /// `self * other`.
    fn mul(self, other: Self) -> Self;
    /// `self / other`.
    fn div(self, other: Self) -> Self;
    /// `self * factor + term`, rounded once where the processor can.
    fn mul_add(self, factor: Self, term: Self) -> Self;
    /// The larger of each pair.
    fn max(self, other: Self) -> Self;
    /// The smaller of each pair.
    fn min(self, other: Self) -> Self;
    /// 2 to the power of the whole number in the lowest bits of each number.
    fn power_of_two(self) -> Self;
}

/// The exponential, to about 2e-6 of its value; arguments are held to what an `f32` can give.
///
/// Source: `2^n * 2^f` by the usual split of `x / ln 2` at the nearest whole number; the polynomial is the minimax one
/// of degree 5 for `2^f` on -0.5 to 0.5.
#[inline(always)]
fn exp<V: Lanes>(x: V) -> V {
    /// Adding it leaves the nearest whole number in the lowest bits.
    const ROUND: f32 = 12_582_912.0;
    let t = x.max(V::splat(-87.0)).min(V::splat(88.0)).mul(V::splat(std::f32::consts::LOG2_E));
    let rounded = t.add(V::splat(ROUND));
    let f = t.sub(rounded.sub(V::splat(ROUND)));
    let mut p = V::splat(1.877_576_7e-3);
    for c in [8.989_34e-3, 5.582_632e-2, 2.401_536e-1, 6.931_531e-1, 1.0] {
        p = p.mul_add(f, V::splat(c));
    }
    p.mul(rounded.power_of_two())
}

#[inline(always)]
fn sum<V: Lanes>(lanes: V) -> f32 {
    let mut values = [0.0; LANES];
    lanes.store(&mut values);
    for width in [8, 4, 2, 1] {
        for i in 0..width {
            values[i] += values[i + width];
        }
    }
    values[0]
}

#[inline(always)]
fn largest<V: Lanes>(lanes: V) -> f32 {
    let mut values = [0.0; LANES];
    lanes.store(&mut values);
    values.into_iter().fold(f32::MIN, |m, v| if v > m { v } else { m })
}

/// See [`super::Kernel::norm`].
#[inline(always)]
pub(super) fn norm<V: Lanes>(x: &[f32], stride: usize, weight: &[f32], epsilon: f32, out: &mut [f32]) {
    for (row, out) in x.chunks_exact(stride).zip(out.chunks_exact_mut(weight.len())) {
        let row = row[..weight.len()].as_chunks::<LANES>().0;
        let mut squares = V::splat(0.0);
        for chunk in row {
            let v = V::load(chunk);
            squares = v.mul_add(v, squares);
        }
        let scale = V::splat(1.0 / (sum(squares) / weight.len() as f32 + epsilon).sqrt());
        let weights = weight.as_chunks::<LANES>().0;
        for ((out, chunk), weight) in out.as_chunks_mut::<LANES>().0.iter_mut().zip(row).zip(weights) {
            V::load(chunk).mul(scale).mul(V::load(weight)).store(out);
        }
    }
}

/// See [`super::Kernel::gate`].
#[inline(always)]
pub(super) fn gate<V: Lanes>(gate: &mut [f32], up: &[f32]) {
    for (gate, up) in gate.as_chunks_mut::<LANES>().0.iter_mut().zip(up.as_chunks::<LANES>().0) {
        let g = V::load(gate);
        let sigmoid = V::splat(1.0).div(V::splat(1.0).add(exp(V::splat(0.0).sub(g))));
        g.mul(sigmoid).mul(V::load(up)).store(gate);
    }
}

/// See [`super::Kernel::log_sum_exp`].
#[inline(always)]
pub(super) fn log_sum_exp<V: Lanes>(row: &[f32]) -> (f32, f32) {
    let row = row.as_chunks::<LANES>().0;
    let max = largest(row.iter().fold(V::splat(f32::MIN), |m, chunk| m.max(V::load(chunk))));
    let total = row.iter().fold(V::splat(0.0), |s, chunk| s.add(exp(V::load(chunk).sub(V::splat(max)))));
    (max, sum(total))
}

/// Keys and values of one layer of a run of tokens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeyValues<'a> {
    /// For each head, for each number of it, that number of every token: `[key_heads, head_width, capacity]`.
    pub(crate) keys: &'a [f32],
    /// `[key_heads, capacity, head_width]`.
    pub(crate) values: &'a [f32],
    /// Room for tokens, a multiple of [`LANES`].
    pub(crate) capacity: usize,
    /// How many tokens are attended to, from the first.
    pub(crate) length: usize,
}

/// One row's attention.
pub(crate) struct Attention<'a> {
    /// `[heads, head_width]`.
    pub(crate) query: &'a [f32],
    /// What is attended to: the trunk before the row's branch, then the row's own run up to itself.
    pub(crate) runs: [KeyValues<'a>; 2],
    /// Heads of keys.
    pub(crate) key_heads: usize,
    /// Numbers of a head, a multiple of [`LANES`].
    pub(crate) head_width: usize,
    /// Room to work in.
    pub(crate) scratch: &'a mut Vec<f32>,
    /// What was gathered: `[heads, head_width]`.
    pub(crate) out: &'a mut [f32],
}

/// See [`super::Kernel::attend`].
#[inline(always)]
pub(super) fn attend<V: Lanes>(attention: &mut Attention<'_>) {
    let group = attention.query.len() / attention.head_width / attention.key_heads;
    for key_head in 0..attention.key_heads {
        for from in (0..group).step_by(GROUP) {
            let head = key_head * group + from;
            match group - from {
                1 => attend_group::<V, 1>(attention, key_head, head),
                2 => attend_group::<V, 2>(attention, key_head, head),
                3 => attend_group::<V, 3>(attention, key_head, head),
                _ => attend_group::<V, GROUP>(attention, key_head, head),
            }
        }
    }
}

/// `N` heads of queries from `head` on, all of one head of keys.
#[inline(always)]
fn attend_group<V: Lanes, const N: usize>(attention: &mut Attention<'_>, key_head: usize, head: usize) {
    let width = attention.head_width;
    let query = &attention.query[head * width..][..N * width];
    let scale = V::splat(1.0 / (width as f32).sqrt());
    let n_chunks: usize = attention.runs.iter().map(|run| run.length.div_ceil(LANES)).sum();
    attention.scratch.resize(n_chunks * LANES * N, 0.0);

    // Scores of 16 tokens at a time; those beyond a run's length get the least number, and so no weight.
    let mut most = [V::splat(f32::MIN); N];
    let mut places = attention.scratch.as_chunks_mut::<LANES>().0.chunks_exact_mut(N);
    for run in &attention.runs {
        let keys = &run.keys[key_head * width * run.capacity..][..width * run.capacity];
        for (from, places) in (0..run.length).step_by(LANES).zip(&mut places) {
            let mut totals = [V::splat(0.0); N];
            for (d, keys) in keys.chunks_exact(run.capacity).enumerate() {
                let keys = V::load(keys[from..].first_chunk().expect("invariant: a run's room is in whole vectors"));
                for (n, total) in totals.iter_mut().enumerate() {
                    *total = V::splat(query[n * width + d]).mul_add(keys, *total);
                }
            }
            for (n, place) in places.iter_mut().enumerate() {
                totals[n].mul(scale).store(place);
                if run.length - from < LANES {
                    place[run.length - from..].fill(f32::MIN);
                }
                most[n] = most[n].max(V::load(place));
            }
        }
    }

    let most = most.map(|most| V::splat(largest(most)));
    let mut sums = [V::splat(0.0); N];
    for places in attention.scratch.as_chunks_mut::<LANES>().0.chunks_exact_mut(N) {
        for (n, place) in places.iter_mut().enumerate() {
            let weight = exp(V::load(place).sub(most[n]));
            weight.store(place);
            sums[n] = sums[n].add(weight);
        }
    }
    let inverse = sums.map(|total| V::splat(1.0 / sum(total)));

    let mut d = 0;
    while d < width {
        // Four vectors of a head at once where it is that wide.
        d += if width - d >= 4 * LANES {
            gather::<V, N, 4>(attention, key_head, head, d, &inverse)
        } else {
            gather::<V, N, 1>(attention, key_head, head, d, &inverse)
        };
    }
}

/// Weighted sums of `W` vectors of the values from `d` on; returns how many numbers those are.
#[inline(always)]
fn gather<V: Lanes, const N: usize, const W: usize>(
    attention: &mut Attention<'_>,
    key_head: usize,
    head: usize,
    d: usize,
    inverse: &[V; N],
) -> usize {
    let width = attention.head_width;
    let mut totals = [[V::splat(0.0); W]; N];
    let mut weights = attention.scratch.as_chunks::<LANES>().0.chunks_exact(N);
    for run in &attention.runs {
        let values = &run.values[key_head * width * run.capacity..][..width * run.length];
        for (values, weights) in values.chunks(width * LANES).zip(&mut weights) {
            for (lane, values) in values.chunks_exact(width).enumerate() {
                let values = &values[d..].as_chunks::<LANES>().0[..W];
                for (n, totals) in totals.iter_mut().enumerate() {
                    let weight = V::splat(weights[n][lane]);
                    for (w, total) in totals.iter_mut().enumerate() {
                        *total = weight.mul_add(V::load(&values[w]), *total);
                    }
                }
            }
        }
    }
    for (n, totals) in totals.iter().enumerate() {
        let out = attention.out[(head + n) * width + d..].as_chunks_mut::<LANES>().0;
        for (out, total) in out.iter_mut().zip(totals) {
            total.mul(inverse[n]).store(out);
        }
    }
    W * LANES
}
