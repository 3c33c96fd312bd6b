//! Hashing of strings and of feature templates to 32-bit keys. The functions are part of the model's format: a
//! change makes every stored model useless, so [`crate::model::VERSION`] must change with them.

const K0: u64 = 0x9E37_79B9_7F4A_7C15;
const K1: u64 = 0xD6E8_FEB8_6659_FD93;
const K2: u64 = 0xA076_1D64_78BD_642F;

/// Hash of bytes (FNV-1a, then mixed).
pub(crate) fn bytes(bytes: impl Iterator<Item = u8>) -> u32 {
    let mut h = 0xCBF2_9CE4_8422_2325_u64;
    for b in bytes {
        h = (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01B3);
    }
    finish(h)
}

#[inline]
#[allow(clippy::cast_possible_truncation, reason = "the upper half is the hash")]
fn finish(mut h: u64) -> u32 {
    h ^= h >> 29;
    (h.wrapping_mul(K2) >> 32) as u32
}

/// Key of template `t` with one value.
#[inline]
pub(crate) fn f1(t: u32, a: u32) -> u32 {
    f2(t, a, 0)
}

/// Key of template `t` with two values.
#[inline]
pub(crate) fn f2(t: u32, a: u32, b: u32) -> u32 {
    let x = u64::from(a) | u64::from(b) << 32;
    finish((x ^ u64::from(t).wrapping_mul(K0)).wrapping_mul(K1))
}

/// Key of template `t` with three values.
#[inline]
pub(crate) fn f3(t: u32, a: u32, b: u32, c: u32) -> u32 {
    let x = u64::from(a) | u64::from(b) << 32;
    let y = u64::from(c) | u64::from(t) << 32;
    let h = x.wrapping_mul(K1) ^ y.wrapping_mul(K0).rotate_left(31);
    finish((h ^ h >> 32).wrapping_mul(K1))
}

/// A small generator of pseudo-random numbers (SplitMix64): deterministic on every platform.
#[derive(Debug, Clone)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    /// The next 64 bits.
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(K0);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }

    /// True with this probability.
    #[allow(clippy::cast_precision_loss, reason = "53 bits fit")]
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        ((self.next() >> 11) as f64) < probability * (1_u64 << 53) as f64
    }

    /// Puts the items into a random order.
    pub(crate) fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            let j = self.next() % (i as u64 + 1);
            items.swap(i, usize::try_from(j).unwrap_or(0));
        }
    }
}
