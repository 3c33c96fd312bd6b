//! The numbers that describe a model, read from the metadata and checked.

use crate::kernel::LANES;
use crate::{Gguf, LmError};

/// Most of each thing that a model may have. The largest models of the family have 126 layers, a width of 16,384 and
/// 128 heads; a damaged file can say anything.
const MAX_LAYERS: u64 = 1024;
const MAX_WIDTH: u64 = 1 << 17;
const MAX_HEADS: u64 = 1 << 10;
const MAX_CONTEXT: u64 = 1 << 20;

/// Sizes and constants of a Llama model.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Config {
    /// Layers.
    pub(crate) layers: usize,
    /// Numbers of a hidden state.
    pub(crate) width: usize,
    /// Numbers within the feed-forward part, a multiple of [`LANES`].
    pub(crate) inner: usize,
    /// Heads of queries.
    pub(crate) heads: usize,
    /// Heads of keys and values; each serves `heads / key_heads` heads of queries.
    pub(crate) key_heads: usize,
    /// Numbers of a head, a multiple of [`LANES`] as in all published models of the family.
    pub(crate) head_width: usize,
    /// Positions.
    pub(crate) context: usize,
    /// Base of the rotary positions' wavelengths.
    pub(crate) rope_base: f32,
    /// Added to the mean square before its root is taken.
    pub(crate) epsilon: f32,
}

impl Config {
    /// # Errors
    /// [`LmError::Unsupported`], [`LmError::Key`] or [`LmError::Hyperparameter`].
    pub(crate) fn read(gguf: &Gguf, file: &[u8]) -> Result<Self, LmError> {
        let architecture = gguf.text(file, "general.architecture")?;
        if architecture != "llama" {
            return Err(LmError::Unsupported { key: "general.architecture", found: architecture.to_owned() });
        }
        if let Ok(scaling) = gguf.text(file, "llama.rope.scaling.type")
            && scaling != "none"
        {
            return Err(LmError::Unsupported { key: "llama.rope.scaling.type", found: scaling.to_owned() });
        }
        let size = |key: &str, most: u64| {
            let found = gguf.unsigned(key)?;
            if found == 0 || found > most {
                return Err(wrong(key, found as f64));
            }
            Ok(found as usize)
        };
        let positive = |key: &str| {
            let found = gguf.float(key)?;
            if !(found.is_finite() && found > 0.0) { Err(wrong(key, found)) } else { Ok(found as f32) }
        };
        let width = size("llama.embedding_length", MAX_WIDTH)?;
        let heads = size("llama.attention.head_count", MAX_HEADS)?;
        let key_heads = match gguf.get("llama.attention.head_count_kv") {
            Some(_) => size("llama.attention.head_count_kv", MAX_HEADS)?,
            None => heads,
        };
        if !width.is_multiple_of(LANES * heads) {
            return Err(wrong("llama.attention.head_count", heads as f64));
        }
        if !heads.is_multiple_of(key_heads) {
            return Err(wrong("llama.attention.head_count_kv", key_heads as f64));
        }
        let head_width = width / heads;
        for key in ["llama.rope.dimension_count", "llama.attention.key_length", "llama.attention.value_length"] {
            if gguf.get(key).is_some() && gguf.unsigned(key)? != head_width as u64 {
                return Err(wrong(key, gguf.unsigned(key)? as f64));
            }
        }
        let inner = size("llama.feed_forward_length", MAX_WIDTH)?;
        if !inner.is_multiple_of(LANES) {
            return Err(wrong("llama.feed_forward_length", inner as f64));
        }
        Ok(Self {
            layers: size("llama.block_count", MAX_LAYERS)?,
            width,
            inner,
            heads,
            key_heads,
            head_width,
            context: size("llama.context_length", MAX_CONTEXT)?,
            rope_base: match gguf.get("llama.rope.freq_base") {
                Some(_) => positive("llama.rope.freq_base")?,
                None => DEFAULT_ROPE_BASE,
            },
            epsilon: positive("llama.attention.layer_norm_rms_epsilon")?,
        })
    }
}

/// What the family uses where the file states no base (llama.cpp's default).
const DEFAULT_ROPE_BASE: f32 = 10_000.0;

fn wrong(key: &str, found: f64) -> LmError {
    LmError::Hyperparameter { key: key.to_owned(), found }
}
