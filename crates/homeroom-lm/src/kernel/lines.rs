//! How packed weights and readied activations lie in memory.
//!
//! Weights are bf16, the upper half of an `f32`, in pairs of neighbouring inputs: that is what the fastest instruction
//! multiplies, and others widen a pair by a shift and a mask. Rounding them moves a token's log-probability by 0.007
//! nat on average and by 0.03 at most; rounding activations too, by 0.015 and at most 0.09. (Eight bits a number would
//! be twice as fast, but with a scale for every 64 inputs they move it by 0.10 and up to 0.45. Measured on SmolLM2-135M
//! against `f32`, 105 tokens of learners' sentences: `tests/it/reference.rs`.)

/// Columns of a panel: what a kernel computes for a few rows at once.
pub(crate) const PANEL: usize = 32;
/// Columns of a line.
const LINE: usize = 16;
/// Lines beside each other in a panel.
const ACROSS: usize = PANEL / LINE;

/// A line of the cache: pairs of inputs of 16 columns.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct Line(pub(crate) [u32; LINE]);

/// A matrix of weights, panel by panel; a panel has two lines for each pair of inputs.
#[derive(Debug)]
pub(crate) struct Packed {
    lines: Vec<Line>,
    /// Pairs of inputs.
    pairs: usize,
    columns: usize,
}

impl Packed {
    /// Packs a matrix of `columns` outputs by `depth` inputs. `row`: writes the weights of an output.
    pub(crate) fn new(columns: usize, depth: usize, mut row: impl FnMut(usize, &mut [f32])) -> Self {
        let pairs = depth.div_ceil(2);
        let panels = columns.div_ceil(PANEL);
        let mut lines = Vec::with_capacity(panels * pairs * ACROSS);
        let mut weights = vec![0.0; 2 * pairs];
        let mut words = vec![0; PANEL * pairs];
        for panel in 0..panels {
            for (column, words) in (panel * PANEL..).zip(words.chunks_exact_mut(pairs)) {
                if column < columns {
                    row(column, &mut weights[..depth]);
                    for (word, &pair) in words.iter_mut().zip(weights.as_chunks::<2>().0) {
                        *word = pack_pair(pair);
                    }
                } else {
                    words.fill(0);
                }
            }
            for pair in 0..pairs {
                for words in words.chunks_exact(LINE * pairs) {
                    lines.push(Line(std::array::from_fn(|column| words[column * pairs + pair])));
                }
            }
        }
        Self { lines, pairs, columns }
    }

    /// The lines of a panel.
    pub(super) fn panel(&self, panel: usize) -> &[Line] {
        &self.lines[panel * self.pairs * ACROSS..][..self.pairs * ACROSS]
    }

    /// Pairs of inputs.
    pub(super) fn pairs(&self) -> usize {
        self.pairs
    }

    /// Panels.
    pub(crate) fn panels(&self) -> usize {
        self.columns.div_ceil(PANEL)
    }

    /// Columns that are not padding.
    pub(crate) fn columns(&self) -> usize {
        self.columns
    }

    /// Columns, rounded up to whole panels.
    pub(crate) fn padded_columns(&self) -> usize {
        self.columns.next_multiple_of(PANEL)
    }
}

/// Rows of a group, whose pairs lie beside each other: what the kernel with the most registers takes at once.
pub(crate) const GROUP: usize = 12;

/// Activations, in groups of 12 rows, the last of which is filled up.
///
/// As pairs of bf16, a group has for each pair of inputs the pairs of its 12 rows; as `f32`, it has for each input the
/// bits of the 12 rows' numbers, and an odd last input is followed by zeros.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    words: Vec<[u32; GROUP]>,
    /// Words of a row.
    per_row: usize,
    count: usize,
}

impl Rows {
    /// Rounds activations to pairs of bf16, `depth` numbers for each row. Only AVX-512 multiplies those.
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    pub(super) fn set_pairs(&mut self, activations: &[f32], depth: usize) {
        self.set(activations, depth, depth.div_ceil(2), |row, place, group| {
            let (pairs, rest) = row.as_chunks::<2>();
            for (words, &pair) in group.iter_mut().zip(pairs) {
                words[place] = pack_pair(pair);
            }
            if let (Some(words), [last]) = (group.last_mut(), rest) {
                words[place] = pack_pair([*last, 0.0]);
            }
        });
    }

    /// Keeps activations as they are, `depth` numbers for each row.
    #[inline(always)]
    pub(super) fn set_numbers(&mut self, activations: &[f32], depth: usize) {
        self.set(activations, depth, depth.next_multiple_of(2), |row, place, group| {
            for (words, number) in group.iter_mut().zip(row) {
                words[place] = number.to_bits();
            }
        });
    }

    /// Calls `fill` with each row, its place in its group, and the group.
    #[inline(always)]
    fn set(
        &mut self,
        activations: &[f32],
        depth: usize,
        per_row: usize,
        fill: impl Fn(&[f32], usize, &mut [[u32; GROUP]]),
    ) {
        self.per_row = per_row;
        self.count = activations.len() / depth;
        self.words.clear();
        self.words.resize(self.count.div_ceil(GROUP) * per_row, [0; GROUP]);
        for (rows, group) in activations.chunks(GROUP * depth).zip(self.words.chunks_exact_mut(per_row)) {
            for (place, row) in rows.chunks_exact(depth).enumerate() {
                fill(row, place, group);
            }
        }
    }

    /// How many rows there are.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// The groups, each with how many of its rows are not filling. `per_row`: words that a row has.
    #[inline(always)]
    pub(super) fn groups(&self, per_row: usize) -> impl Iterator<Item = (&[[u32; GROUP]], usize)> {
        assert_eq!(self.per_row, per_row, "invariant: rows and weights have the same depth");
        let groups = self.words.chunks_exact(per_row).enumerate();
        groups.map(|(group, words)| (words, (self.count - group * GROUP).min(GROUP)))
    }
}

/// Rounds both numbers of a pair to bf16.
#[inline(always)]
fn pack_pair([low, high]: [f32; 2]) -> u32 {
    round(low) >> 16 | round(high) & UPPER
}

/// The half of a word that a bf16 takes.
pub(super) const UPPER: u32 = 0xffff_0000;

/// Rounds to the nearest bf16, ties to even: the upper half is what is meant.
#[inline(always)]
fn round(value: f32) -> u32 {
    let bits = value.to_bits();
    // Rounding could carry a NaN over into another number.
    if value.is_nan() { bits | 0x0040_0000 } else { bits.wrapping_add(0x7fff + (bits >> 16 & 1)) }
}

/// Both numbers of a pair.
#[inline(always)]
pub(super) fn unpack_pair(pair: u32) -> [f32; 2] {
    [f32::from_bits(pair << 16), f32::from_bits(pair & UPPER)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: f32, rounded: f32) {
        assert_eq!(unpack_pair(pack_pair([value, -value])).map(f32::to_bits), [rounded, -rounded].map(f32::to_bits));
    }

    #[test]
    fn rounds_to_the_nearest_and_ties_to_even() {
        check(1.0, 1.0);
        check(0.0, 0.0);
        check(1.0 + 1.0 / 256.0, 1.0);
        check(1.0 + 3.0 / 256.0, 1.0 + 1.0 / 64.0);
        check(1.0 + 1.1 / 256.0, 1.0 + 1.0 / 128.0);
        check(f32::INFINITY, f32::INFINITY);
        check(f32::MAX, f32::INFINITY);
    }

    #[test]
    fn keeps_what_is_not_a_number() {
        let pair = pack_pair([f32::NAN, f32::from_bits(0x7fff_ffff)]);
        assert!(unpack_pair(pair).iter().all(|n| n.is_nan()));
    }
}
