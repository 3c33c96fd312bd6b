//! Weights: sparse ones by feature and label, dense ones by feature and transition, each in a form for training and in
//! a quantised form for use.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use crate::ParserError;
use crate::model::{Reader, Writer};

/// Passes a key that is a hash already through.
#[derive(Debug, Default)]
pub(crate) struct Identity(u64);

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for &b in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(b);
        }
    }
    fn write_u32(&mut self, key: u32) {
        self.0 = u64::from(key).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}

/// A map from hashes.
pub(crate) type HashKeyed<T> = HashMap<u32, T, BuildHasherDefault<Identity>>;

/// Sums the weights of a feature over the labels.
pub(crate) trait LabelWeights {
    /// Adds the weights of feature `key` to the label scores.
    fn add(&self, key: u32, scores: &mut [f32; 256]);
}

/// Index of the best of the first `n` labels for which `allowed` holds; the first of equals.
pub(crate) fn best(scores: &[f32; 256], n: usize, allowed: impl Fn(usize) -> bool) -> usize {
    let mut best = None;
    for (i, &s) in scores.iter().enumerate().take(n) {
        if allowed(i) && best.is_none_or(|(_, b)| s > b) {
            best = Some((i, s));
        }
    }
    best.map_or(0, |(i, _)| i)
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    label: u8,
    weight: f32,
    /// Sum of update times size, for averaging.
    moment: f64,
    updates: u32,
}

/// What orders weights when a table can't keep all: large ones that were corrected often come first. One that was
/// touched only once or twice mostly remembers a single sentence.
///
/// # Source
/// After Goldberg and Elhadad 2011, who drop features with few updates; the product is ours.
#[allow(clippy::cast_precision_loss, reason = "small counts")]
fn worth(size: f32, updates: u32) -> f32 {
    size.abs() * (updates as f32).sqrt()
}

/// Averaged-perceptron weights under training.
#[derive(Debug, Default)]
pub(crate) struct SparseTrainer {
    rows: HashKeyed<Vec<Entry>>,
    time: f64,
}

impl SparseTrainer {
    /// One more example was seen.
    pub(crate) fn tick(&mut self) {
        self.time += 1.0;
    }

    /// Adds `delta` to a weight.
    pub(crate) fn update(&mut self, key: u32, label: u8, delta: f32) {
        let row = self.rows.entry(key).or_default();
        let moment = self.time * f64::from(delta);
        match row.iter_mut().find(|e| e.label == label) {
            Some(e) => {
                e.weight += delta;
                e.moment += moment;
                e.updates += 1;
            }
            None => row.push(Entry { label, weight: delta, moment, updates: 1 }),
        }
    }

    /// The averaged weights (Collins 2002), the worthiest first.
    fn averaged(&self) -> Vec<(u32, u8, f32)> {
        let mut all = Vec::new();
        for (&key, row) in &self.rows {
            for e in row {
                let average = f64::from(e.weight) - e.moment / (self.time + 1.0);
                #[allow(clippy::cast_possible_truncation, reason = "weights need no double precision")]
                let average = average as f32;
                all.push((worth(average, e.updates), key, e.label, average));
            }
        }
        all.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        all.into_iter().map(|(_, key, label, average)| (key, label, average)).collect()
    }

    /// The averaged weights in quantised form; the least worthy are left out where the table is full.
    pub(crate) fn pack(&self, rows: u32) -> SparseWeights {
        SparseWeights::new(&self.averaged(), rows)
    }
}

impl LabelWeights for SparseTrainer {
    #[inline]
    fn add(&self, key: u32, scores: &mut [f32; 256]) {
        if let Some(row) = self.rows.get(&key) {
            for e in row {
                scores[usize::from(e.label)] += e.weight;
            }
        }
    }
}

/// The quantile of the absolute weights that the largest code stands for; larger weights are clipped.
const CLIP_QUANTILE: f64 = 0.000_2;

/// The value of each code: squared with its sign, so that small weights keep their relative precision.
fn decoding_table(scale: f32) -> Vec<f32> {
    (0..=u8::MAX)
        .map(|code| {
            let c = f32::from(code.cast_signed());
            c * c.abs() * scale
        })
        .collect()
}

/// The scale for weights of these sizes.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "an index")]
fn scale_for(sizes: impl Iterator<Item = f32>) -> f32 {
    let mut sizes: Vec<f32> = sizes.map(f32::abs).collect();
    sizes.sort_by(|a, b| b.total_cmp(a));
    let index = (sizes.len() as f64 * CLIP_QUANTILE) as usize;
    sizes.get(index).copied().unwrap_or(1.0).max(1e-6) / (127.0 * 127.0)
}

/// The nearest code of a weight.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the range of a code")]
fn encode(weight: f32, scale: f32) -> u8 {
    let root = (weight.abs() / scale).sqrt().round().min(127.0);
    (root.copysign(weight) as i8).cast_unsigned()
}

/// Which of `n` buckets an index of `bits` bits falls into; neighbours share one.
#[inline]
#[allow(clippy::cast_possible_truncation, reason = "less than `n`")]
fn bucket(index: u32, bits: u32, n: u32) -> usize {
    ((u64::from(index) * u64::from(n)) >> bits) as usize
}

/// Entries in a row of [`SparseWeights`]; a row is one cache line.
const ROW: usize = 16;
/// Bytes of an entry: two of the key's fingerprint, a label, a code.
const ENTRY: usize = 4;

/// Quantised weights by feature and label: a row is chosen by the key's upper bits, an entry by its lower 16.
#[derive(Debug, Clone)]
pub(crate) struct SparseWeights {
    rows: u32,
    scale: f32,
    values: Vec<f32>,
    data: Cow<'static, [u8]>,
}

impl SparseWeights {
    fn new(sorted: &[(u32, u8, f32)], rows: u32) -> Self {
        let scale = scale_for(sorted.iter().map(|e| e.2));
        let mut data = vec![0_u8; ROW * ENTRY * rows as usize];
        let mut filled = vec![0_u8; rows as usize];
        for &(key, label, weight) in sorted {
            let code = encode(weight, scale);
            let row = bucket(key, 32, rows);
            if code == 0 || usize::from(filled[row]) == ROW {
                continue;
            }
            let at = row * ROW * ENTRY + usize::from(filled[row]) * ENTRY;
            let fingerprint = key.to_le_bytes();
            data[at..at + ENTRY].copy_from_slice(&[fingerprint[0], fingerprint[1], label, code]);
            filled[row] += 1;
        }
        Self { rows, scale, values: decoding_table(scale), data: Cow::Owned(data) }
    }

    /// Number of entries in use.
    pub(crate) fn len(&self) -> usize {
        self.data.chunks_exact(ENTRY).filter(|e| e[3] != 0).count()
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        out.u32(self.rows);
        out.f32(self.scale);
        out.blob(&self.data);
    }

    pub(crate) fn read(input: &mut Reader<'_>) -> Result<Self, ParserError> {
        let rows = input.u32()?;
        let scale = input.f32()?;
        let data = input.blob()?;
        if rows == 0 || Some(data.len()) != (rows as usize).checked_mul(ROW * ENTRY) {
            return Err(ParserError::Model { offset: input.offset() });
        }
        Ok(Self { rows, scale, values: decoding_table(scale), data })
    }
}

impl LabelWeights for SparseWeights {
    #[inline]
    fn add(&self, key: u32, scores: &mut [f32; 256]) {
        let row = bucket(key, 32, self.rows);
        let fingerprint = key.to_le_bytes();
        let start = row * ROW * ENTRY;
        for e in self.data[start..start + ROW * ENTRY].chunks_exact(ENTRY) {
            if e[0] == fingerprint[0] && e[1] == fingerprint[1] {
                scores[usize::from(e[2])] += self.values[usize::from(e[3])];
            }
        }
    }
}

/// Number of transitions.
pub(crate) const ACTIONS: usize = 3;

/// Sums the weights of features over the transitions.
pub(crate) trait ActionWeights {
    /// The scores of the transitions in a state with these features.
    fn scores(&self, keys: &[u32]) -> [f32; ACTIONS];
}

/// Slots of the table under training, as a power of two.
const SLOTS_LOG2: u32 = 24;

/// Averaged-perceptron weights of the transitions under training, in a hashed table.
#[derive(Debug)]
pub(crate) struct DenseTrainer {
    weights: Vec<[f32; ACTIONS]>,
    moments: Vec<[f32; ACTIONS]>,
    updates: Vec<u32>,
    time: f32,
}

/// The slot of a key: its upper bits.
#[inline]
fn slot(key: u32) -> usize {
    (key >> (32 - SLOTS_LOG2)) as usize
}

impl DenseTrainer {
    pub(crate) fn new() -> Self {
        Self {
            weights: vec![[0.0; ACTIONS]; 1 << SLOTS_LOG2],
            moments: vec![[0.0; ACTIONS]; 1 << SLOTS_LOG2],
            updates: vec![0; 1 << SLOTS_LOG2],
            time: 0.0,
        }
    }

    /// One more example was seen.
    pub(crate) fn tick(&mut self) {
        self.time += 1.0;
    }

    /// Adds `delta` to the weights of these features for a transition.
    pub(crate) fn update(&mut self, keys: &[u32], action: usize, delta: f32) {
        for &key in keys {
            self.weights[slot(key)][action] += delta;
            self.moments[slot(key)][action] += self.time * delta;
            self.updates[slot(key)] += 1;
        }
    }

    /// The averaged weights in quantised form; the least worthy are left out where the table is full.
    pub(crate) fn pack(&self, sets: u32) -> DenseWeights {
        let mut all: Vec<(u32, [f32; ACTIONS], f32)> = Vec::new();
        for (i, (w, m)) in self.weights.iter().zip(&self.moments).enumerate() {
            let mut average = [0.0; ACTIONS];
            for a in 0..ACTIONS {
                average[a] = w[a] - m[a] / (self.time + 1.0);
            }
            let size = average.iter().fold(0.0_f32, |s, v| s.max(v.abs()));
            if size > 0.0 {
                let index = u32::try_from(i).expect("invariant: a slot's index has 24 bits");
                all.push((index, average, worth(size, self.updates[i])));
            }
        }
        all.sort_by(|a, b| b.2.total_cmp(&a.2).then(a.0.cmp(&b.0)));
        DenseWeights::new(&all, sets)
    }
}

impl ActionWeights for DenseTrainer {
    #[inline]
    fn scores(&self, keys: &[u32]) -> [f32; ACTIONS] {
        let mut sum = [0.0; ACTIONS];
        for &key in keys {
            let w = &self.weights[slot(key)];
            for a in 0..ACTIONS {
                sum[a] += w[a];
            }
        }
        sum
    }
}

/// Entries in a set of [`DenseWeights`].
const WAYS: usize = 4;

/// Quantised weights by feature and transition: a set is chosen by the slot's upper bits, an entry by its lower 8.
#[derive(Debug, Clone)]
pub(crate) struct DenseWeights {
    sets: u32,
    scale: f32,
    values: Vec<f32>,
    /// Entries of four bytes: fingerprint, then one code per transition. Three codes of 0 are an empty entry.
    data: Cow<'static, [u8]>,
}

impl DenseWeights {
    fn new(sorted: &[(u32, [f32; ACTIONS], f32)], sets: u32) -> Self {
        let scale = scale_for(sorted.iter().map(|e| e.1.iter().fold(0.0, |s: f32, w| s.max(w.abs()))));
        let mut data = vec![0_u8; WAYS * ENTRY * sets as usize];
        let mut filled = vec![0_u8; sets as usize];
        for (index, weights, _) in sorted {
            let codes = weights.map(|w| encode(w, scale));
            let set = bucket(*index, SLOTS_LOG2, sets);
            if codes == [0; ACTIONS] || usize::from(filled[set]) == WAYS {
                continue;
            }
            let at = set * WAYS * ENTRY + usize::from(filled[set]) * ENTRY;
            data[at] = fingerprint(*index);
            data[at + 1..at + ENTRY].copy_from_slice(&codes);
            filled[set] += 1;
        }
        Self { sets, scale, values: decoding_table(scale), data: Cow::Owned(data) }
    }

    /// Weights that are all zero.
    pub(crate) fn empty() -> Self {
        Self::new(&[], 1)
    }

    /// Number of entries in use.
    pub(crate) fn len(&self) -> usize {
        self.data.chunks_exact(ENTRY).filter(|e| e[1..] != [0; ACTIONS]).count()
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        out.u32(self.sets);
        out.f32(self.scale);
        out.blob(&self.data);
    }

    pub(crate) fn read(input: &mut Reader<'_>) -> Result<Self, ParserError> {
        let sets = input.u32()?;
        let scale = input.f32()?;
        let data = input.blob()?;
        if sets == 0 || Some(data.len()) != (sets as usize).checked_mul(WAYS * ENTRY) {
            return Err(ParserError::Model { offset: input.offset() });
        }
        Ok(Self { sets, scale, values: decoding_table(scale), data })
    }
}

/// What tells the slots of a set apart.
#[inline]
fn fingerprint(index: u32) -> u8 {
    index.to_le_bytes()[0]
}

impl ActionWeights for DenseWeights {
    #[inline]
    fn scores(&self, keys: &[u32]) -> [f32; ACTIONS] {
        let mut sum = [0.0; ACTIONS];
        let values: &[f32; 256] = self.values[..].try_into().expect("invariant: one value per code");
        for &key in keys {
            let index = key >> (32 - SLOTS_LOG2);
            let at = bucket(index, SLOTS_LOG2, self.sets) * WAYS * ENTRY;
            let mark = fingerprint(index);
            for e in self.data[at..at + WAYS * ENTRY].chunks_exact(ENTRY) {
                if e[0] == mark {
                    for a in 0..ACTIONS {
                        sum[a] += values[usize::from(e[a + 1])];
                    }
                }
            }
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packing_keeps_what_was_learnt() {
        let mut trainer = SparseTrainer::default();
        trainer.update(0x0001_AAAA, 3, 1.0);
        trainer.update(0x0001_AAAA, 4, -1.0);
        trainer.update(0x0001_BBBB, 3, 1.0);
        for _ in 0..9 {
            trainer.tick();
        }
        let packed = trainer.pack(16);
        assert_eq!(packed.len(), 3);
        let mut scores = [0.0; 256];
        packed.add(0x0001_AAAA, &mut scores);
        assert!((scores[3] - 1.0).abs() < 0.05 && (scores[4] + 1.0).abs() < 0.05);
        packed.add(0x0001_CCCC, &mut scores);
        assert_eq!(best(&scores, 5, |_| true), 3);
        assert_eq!(best(&scores, 5, |i| i != 3), 0);
    }

    #[test]
    fn transitions_keep_their_weights() {
        let mut trainer = DenseTrainer::new();
        let keys = [0x1234_5678, 0x8765_4321];
        trainer.update(&keys, 1, 1.0);
        for _ in 0..9 {
            trainer.tick();
        }
        let packed = trainer.pack(1024);
        assert_eq!(packed.len(), 2);
        let scores = packed.scores(&keys);
        assert!((scores[1] - 2.0).abs() < 0.1 && scores[0] == 0.0, "{scores:?}");
    }
}
