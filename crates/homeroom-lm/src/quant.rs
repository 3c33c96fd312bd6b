//! The ways in which GGUF stores numbers, and how each is turned into `f32`.
//!
//! # Source
//! `ggml-quants.c` and `ggml-common.h` of ggml-org/ggml: the layouts of the blocks.

use half::{bf16, f16};

/// A way of storing numbers (`ggml_type`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TensorType {
    F32,
    F16,
    Bf16,
    Q4_0,
    Q4_1,
    Q8_0,
    Q6K,
}

impl TensorType {
    /// By its number in the file, or nothing for one that is not supported.
    pub(crate) fn from_number(number: u32) -> Option<Self> {
        Some(match number {
            0 => Self::F32,
            1 => Self::F16,
            2 => Self::Q4_0,
            3 => Self::Q4_1,
            8 => Self::Q8_0,
            14 => Self::Q6K,
            30 => Self::Bf16,
            _ => return None,
        })
    }

    /// Numbers in a block, and bytes of a block.
    pub(crate) fn block(self) -> (usize, usize) {
        match self {
            Self::F32 => (1, 4),
            Self::F16 | Self::Bf16 => (1, 2),
            Self::Q4_0 => (32, 18),
            Self::Q4_1 => (32, 20),
            Self::Q8_0 => (32, 34),
            Self::Q6K => (256, 210),
        }
    }

    /// Bytes of a row of `n` numbers, `n` being a whole number of blocks.
    pub(crate) fn row_bytes(self, n: usize) -> usize {
        let (block, bytes) = self.block();
        n / block * bytes
    }

    /// Turns whole blocks into numbers. `out` has as many places as `bytes` has numbers.
    pub(crate) fn expand(self, bytes: &[u8], out: &mut [f32]) {
        let (block, block_bytes) = self.block();
        for (bytes, out) in bytes.chunks_exact(block_bytes).zip(out.chunks_exact_mut(block)) {
            match self {
                Self::F32 => out[0] = f32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]),
                Self::F16 => out[0] = half(bytes, 0),
                Self::Bf16 => out[0] = bf16::from_le_bytes([bytes[0], bytes[1]]).to_f32(),
                Self::Q4_0 => {
                    let scale = half(bytes, 0);
                    for (j, &pair) in bytes[2..].iter().enumerate() {
                        out[j] = (f32::from(pair & 15) - 8.0) * scale;
                        out[j + 16] = (f32::from(pair >> 4) - 8.0) * scale;
                    }
                }
                Self::Q4_1 => {
                    let (scale, least) = (half(bytes, 0), half(bytes, 2));
                    for (j, &pair) in bytes[4..].iter().enumerate() {
                        out[j] = f32::from(pair & 15) * scale + least;
                        out[j + 16] = f32::from(pair >> 4) * scale + least;
                    }
                }
                Self::Q8_0 => {
                    let scale = half(bytes, 0);
                    for (out, &level) in out.iter_mut().zip(&bytes[2..]) {
                        *out = f32::from(level as i8) * scale;
                    }
                }
                Self::Q6K => expand_q6k(bytes, out),
            }
        }
    }
}

/// A block of 256 six-bit levels: the lower four bits, the upper two bits, 16 scales and a scale of the scales.
fn expand_q6k(bytes: &[u8], out: &mut [f32]) {
    let scale = half(bytes, 208);
    for (half_idx, out) in out.chunks_exact_mut(128).enumerate() {
        let low = &bytes[64 * half_idx..][..64];
        let high = &bytes[128 + 32 * half_idx..][..32];
        let scales = &bytes[192 + 8 * half_idx..][..8];
        for l in 0..32 {
            let levels = [
                (low[l] & 15) | (high[l] & 3) << 4,
                (low[l + 32] & 15) | (high[l] >> 2 & 3) << 4,
                (low[l] >> 4) | (high[l] >> 4 & 3) << 4,
                (low[l + 32] >> 4) | (high[l] >> 6) << 4,
            ];
            for (quarter, level) in levels.into_iter().enumerate() {
                let step = scale * f32::from(scales[2 * quarter + l / 16] as i8);
                out[32 * quarter + l] = (f32::from(level) - 32.0) * step;
            }
        }
    }
}

/// The half-precision number at a place.
fn half(bytes: &[u8], at: usize) -> f32 {
    f16::from_le_bytes([bytes[at], bytes[at + 1]]).to_f32()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(stored: TensorType, bytes: &[u8], first: &[f32]) {
        let (block, block_bytes) = stored.block();
        assert_eq!(bytes.len(), block_bytes);
        let mut out = vec![f32::NAN; block];
        stored.expand(bytes, &mut out);
        assert_eq!(&out[..first.len()], first);
        assert!(out.iter().all(|n| n.is_finite()));
    }

    #[test]
    fn blocks() {
        check(TensorType::F32, &2.5_f32.to_le_bytes(), &[2.5]);
        check(TensorType::F16, &[0x00, 0x3e], &[1.5]);
        check(TensorType::Bf16, &[0xc0, 0x3f], &[1.5]);

        let mut q4 = vec![0x00, 0x3c];
        q4.extend([0x90; 16]);
        check(TensorType::Q4_0, &q4, &[-8.0; 16]);
        let mut q4 = vec![0x00, 0x3c, 0x00, 0xc0];
        q4.extend([0x3f; 16]);
        check(TensorType::Q4_1, &q4, &[13.0; 16]);

        let mut q8 = vec![0x00, 0x38];
        q8.extend((0..32).map(|n: i8| (n - 16) as u8));
        check(TensorType::Q8_0, &q8, &[-8.0, -7.5, -7.0]);

        let mut q6 = vec![0x21_u8; 128];
        q6.extend([0b11_10_01_00; 64]);
        q6.extend([2; 16]);
        q6.extend([0x00, 0x38]);
        let mut wanted = vec![1.0 - 32.0; 32];
        wanted.extend([17.0 - 32.0; 32]);
        wanted.extend([34.0 - 32.0; 32]);
        wanted.extend([50.0 - 32.0; 32]);
        check(TensorType::Q6K, &q6, &wanted);
    }
}
