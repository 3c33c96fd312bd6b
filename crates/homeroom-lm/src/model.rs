//! The weights, and one pass of tokens through the layers.

use rayon::prelude::*;

use crate::config::Config;
use crate::gguf::TensorInfo;
use crate::kernel::{Attention, GROUP, Kernel, KeyValues, LANES, PANEL, Packed, Rows};
use crate::quant::TensorType;
use crate::{Gguf, LmError, TokenId};

/// Most rows that a thread takes at once, so that their activations stay in its cache.
const ROWS_MOST: usize = 192;
/// Columns of the vocabulary whose logits are held at once.
const VOCABULARY_STEP: usize = 1024;

/// The weights of a model, packed for a kernel.
pub(crate) struct Model {
    pub(crate) config: Config,
    pub(crate) kernel: &'static dyn Kernel,
    layers: Vec<Layer>,
    norm: Vec<f32>,
    output: Packed,
    /// Rotations per position of each pair of a head's numbers, in radians.
    turns: Vec<f32>,
    embedding: Matrix,
    /// The rows of the output where it is not the embedding.
    output_rows: Option<Matrix>,
}

struct Layer {
    attention_norm: Vec<f32>,
    query: Packed,
    key: Packed,
    value: Packed,
    attention_output: Packed,
    feed_norm: Vec<f32>,
    gate: Packed,
    up: Packed,
    down: Packed,
}

/// Keys and values of a run of tokens.
#[derive(Debug)]
pub(crate) struct Cache {
    /// Those of every layer; or, of a branch, of the layer at work.
    layers: Vec<LayerCache>,
    capacity: usize,
}

/// See [`KeyValues`] for the order.
#[derive(Debug, Clone)]
struct LayerCache {
    keys: Vec<f32>,
    values: Vec<f32>,
}

/// Keys and values of the tokens of a branch, for running more of it: of each layer, `[tokens, 2, key_heads *
/// head_width]`.
#[derive(Debug, Clone)]
pub(crate) struct Tail(Vec<Vec<f32>>);

impl Tail {
    /// Appends what was run after it.
    pub(crate) fn extend(&mut self, more: &Self) {
        for (layer, more) in self.0.iter_mut().zip(&more.0) {
            layer.extend_from_slice(more);
        }
    }
}

/// Tokens to be run through the model.
pub(crate) struct Run<'a> {
    /// For a branch: the trunk that it leaves, and how many tokens of it come before.
    pub(crate) base: Option<(&'a Cache, usize)>,
    /// Tokens of the branch that were run before, with how many they are.
    pub(crate) prior: Option<(&'a Tail, usize)>,
    pub(crate) tokens: &'a [TokenId],
}

impl Run<'_> {
    fn before(&self) -> usize {
        self.base.map_or(0, |(_, n)| n)
    }

    fn own_before(&self) -> usize {
        self.prior.map_or(0, |(_, n)| n)
    }
}

/// What came of a run.
pub(crate) struct Ran {
    /// Keys and values, of every layer where the run has no base.
    pub(crate) cache: Cache,
    /// Keys and values of a branch's tokens.
    pub(crate) tail: Tail,
    /// The states after the tokens, scaled by the last norm: `[tokens, width]`.
    pub(crate) states: Vec<f32>,
}

impl Model {
    /// Reads and packs the weights.
    ///
    /// # Errors
    /// Those of [`Config::read`]; [`LmError::Tensor`] or [`LmError::Shape`] where a tensor is missing or is not as the
    /// metadata say.
    pub(crate) fn read(
        gguf: &Gguf,
        file: &[u8],
        n_tokens: usize,
        kernel: &'static dyn Kernel,
    ) -> Result<Self, LmError> {
        let config = Config::read(gguf, file)?;
        let (width, inner) = (config.width, config.inner);
        let key_width = config.key_heads * config.head_width;
        let source = Source { gguf, file };
        let output_name = if gguf.tensor("output.weight").is_ok() { "output.weight" } else { "token_embd.weight" };
        let embedding = source.stored("token_embd.weight", n_tokens, width)?;
        let output_rows = match output_name {
            "output.weight" => Some(source.stored(output_name, n_tokens, width)?),
            _ => None,
        };

        // All shapes are checked before anything is packed, so that a damaged file is refused at once.
        let names = |layer: usize| {
            [
                ("attn_q", width, width),
                ("attn_k", key_width, width),
                ("attn_v", key_width, width),
                ("attn_output", width, width),
                ("ffn_gate", inner, width),
                ("ffn_up", inner, width),
                ("ffn_down", width, inner),
            ]
            .map(|(name, columns, depth)| (format!("blk.{layer}.{name}.weight"), columns, depth))
        };
        for layer in 0..config.layers {
            for (name, columns, depth) in names(layer) {
                source.matrix(&name, columns, depth)?;
            }
        }
        let layers = (0..config.layers)
            .into_par_iter()
            .map(|layer| {
                let pack = |idx: usize| {
                    let (name, columns, depth) = &names(layer)[idx];
                    source.pack(name, *columns, *depth)
                };
                Ok(Layer {
                    attention_norm: source.vector(&format!("blk.{layer}.attn_norm.weight"), width)?,
                    query: pack(0)?,
                    key: pack(1)?,
                    value: pack(2)?,
                    attention_output: pack(3)?,
                    feed_norm: source.vector(&format!("blk.{layer}.ffn_norm.weight"), width)?,
                    gate: pack(4)?,
                    up: pack(5)?,
                    down: pack(6)?,
                })
            })
            .collect::<Result<Vec<_>, LmError>>()?;
        let norm = source.vector("output_norm.weight", width)?;
        let output = source.pack(output_name, n_tokens, width)?;

        let pairs = config.head_width / 2;
        let factors = match gguf.tensor("rope_freqs.weight") {
            Ok(_) => source.vector("rope_freqs.weight", pairs)?,
            Err(_) => vec![1.0; pairs],
        };
        let turns = (0..pairs)
            .map(|j| config.rope_base.powf(-2.0 * j as f32 / config.head_width as f32) / factors[j])
            .collect();
        Ok(Self { config, kernel, layers, norm, output, turns, embedding, output_rows })
    }

    /// Runs tokens through all layers.
    pub(crate) fn forward(&self, runs: &[Run<'_>]) -> Vec<Ran> {
        let Config { width, head_width, .. } = self.config;
        let key_width = self.config.key_heads * head_width;
        let mut caches: Vec<Cache> = runs.iter().map(|run| self.empty_cache(run)).collect();
        let mut rows = Vec::new();
        for (run_idx, run) in runs.iter().enumerate() {
            let own = run.own_before();
            rows.extend((own..own + run.tokens.len()).map(|place| RowPlace { run: run_idx, place }));
        }
        let mut tails: Vec<Tail> = runs
            .iter()
            .map(|run| {
                let room = if run.base.is_some() { run.tokens.len() * 2 * key_width } else { 0 };
                Tail((0..self.config.layers).map(|_| Vec::with_capacity(room)).collect())
            })
            .collect();
        if rows.is_empty() {
            let nothing = |(cache, tail)| Ran { cache, tail, states: Vec::new() };
            return caches.into_iter().zip(tails).map(nothing).collect();
        }
        let threads = rayon::current_num_threads();
        let parts = rows.len().div_ceil(ROWS_MOST).next_multiple_of(threads);
        let step = rows.len().div_ceil(parts).next_multiple_of(GROUP);
        let mut parts: Vec<Part> = rows.par_chunks(step).map(|rows| self.part(runs, rows)).collect();

        for (layer_idx, layer) in self.layers.iter().enumerate() {
            parts.par_iter_mut().for_each(|part| self.project(layer, part));
            for (run, cache) in runs.iter().zip(&mut caches) {
                if let Some((tail, _)) = run.prior {
                    for (place, row) in tail.0[layer_idx].chunks_exact(2 * key_width).enumerate() {
                        let (key, value) = row.split_at(key_width);
                        cache.put(layer_idx, place, key, value, head_width);
                    }
                }
            }
            for part in &parts {
                let keys = part.keys.chunks_exact(part.key_stride).map(|row| &row[..key_width]);
                let values = part.values.chunks_exact(part.key_stride).map(|row| &row[..key_width]);
                for ((row, key), value) in part.rows.iter().zip(keys).zip(values) {
                    caches[row.run].put(layer_idx, row.place, key, value, head_width);
                    if runs[row.run].base.is_some() {
                        let tail = &mut tails[row.run].0[layer_idx];
                        tail.extend_from_slice(key);
                        tail.extend_from_slice(value);
                    }
                }
            }
            parts.par_iter_mut().for_each(|part| {
                self.attend(runs, &caches, layer_idx, part);
                self.feed(layer, part);
            });
        }

        parts.par_iter_mut().for_each(|part| {
            self.kernel.norm(&part.x, part.stride, &self.norm, self.config.epsilon, &mut part.normed);
        });
        let mut states = parts.iter().flat_map(|part| part.normed.chunks_exact(width));
        let ran = caches.into_iter().zip(tails).zip(runs).map(|((cache, tail), run)| {
            let states = states.by_ref().take(run.tokens.len()).flatten().copied().collect();
            Ran { cache, tail, states }
        });
        ran.collect()
    }

    /// For each state the logarithm of the sum of the exponentials of all its logits. `states`: `[n, width]`.
    pub(crate) fn log_totals(&self, states: &[f32]) -> Vec<f32> {
        let blocks: Vec<_> = states
            .par_chunks(ROWS_MOST * self.config.width)
            .map(|block| {
                let mut rows = Rows::default();
                self.kernel.rows(block, self.config.width, &mut rows);
                rows
            })
            .collect();
        let panel_step = VOCABULARY_STEP / PANEL;
        let ranges: Vec<_> = (0..self.output.panels()).step_by(panel_step).collect();
        let tasks: Vec<_> = blocks.iter().flat_map(|block| ranges.iter().map(move |&first| (block, first))).collect();
        let partial: Vec<Vec<(f32, f32)>> = tasks
            .into_par_iter()
            .map_init(Vec::new, |logits, (block, first)| {
                let last = (first + panel_step).min(self.output.panels());
                let stride = (last - first) * PANEL;
                logits.resize(block.count() * stride, 0.0);
                self.kernel.multiply(block, &self.output, first..last, logits, stride, false);
                let columns = stride.min(self.output.columns() - first * PANEL);
                let rows = logits.chunks_exact_mut(stride).map(|row| {
                    // The padding gets the least number, and so no part of the sum.
                    row[columns..].fill(f32::MIN);
                    self.kernel.log_sum_exp(row)
                });
                rows.collect()
            })
            .collect();
        // The parts of a row are always added in the order of the vocabulary.
        partial
            .chunks(ranges.len())
            .flat_map(|parts| {
                (0..parts[0].len()).map(move |row| {
                    let max = parts.iter().map(|part| part[row].0).fold(f32::MIN, f32::max);
                    let sum: f32 = parts.iter().map(|part| part[row].1 * (part[row].0 - max).exp()).sum();
                    max + sum.ln()
                })
            })
            .collect()
    }

    /// The logit of a token after a state. `weights`: room to work in.
    pub(crate) fn logit(&self, state: &[f32], token: TokenId, weights: &mut Vec<f32>) -> f32 {
        weights.resize(self.config.width, 0.0);
        self.output_rows.as_ref().unwrap_or(&self.embedding).row(token.0 as usize, weights);
        state.iter().zip(weights.iter()).map(|(&a, &b)| a * b).sum()
    }

    fn empty_cache(&self, run: &Run<'_>) -> Cache {
        let length = run.own_before() + run.tokens.len();
        let capacity = length.next_multiple_of(LANES);
        let n = capacity * self.config.key_heads * self.config.head_width;
        let layer = LayerCache { keys: vec![0.0; n], values: vec![0.0; n] };
        Cache { layers: vec![layer; if run.base.is_none() { self.config.layers } else { 1 }], capacity }
    }

    /// Looks up the embeddings of some rows.
    fn part(&self, runs: &[Run<'_>], rows: &[RowPlace]) -> Part {
        let layer = &self.layers[0];
        let stride = layer.down.padded_columns();
        let mut x = vec![0.0; rows.len() * stride];
        let mut rotation = Vec::with_capacity(rows.len() * self.config.head_width);
        for (x, row) in x.chunks_exact_mut(stride).zip(rows) {
            let run = &runs[row.run];
            self.embedding.row(run.tokens[row.place - run.own_before()].0 as usize, &mut x[..self.config.width]);
            let position = (run.before() + row.place) as f32;
            rotation.extend(self.turns.iter().flat_map(|turn| {
                let (sin, cos) = (position * turn).sin_cos();
                [cos, sin]
            }));
        }
        let key_stride = layer.key.padded_columns();
        let inner_stride = layer.gate.padded_columns();
        Part {
            rows: rows.to_vec(),
            x,
            stride,
            rotation,
            rounded: Rows::default(),
            normed: vec![0.0; rows.len() * self.config.width],
            queries: vec![0.0; rows.len() * stride],
            keys: vec![0.0; rows.len() * key_stride],
            values: vec![0.0; rows.len() * key_stride],
            key_stride,
            gate: vec![0.0; rows.len() * inner_stride],
            up: vec![0.0; rows.len() * inner_stride],
            inner_stride,
            gathered: vec![0.0; rows.len() * self.config.width],
            scratch: Vec::new(),
        }
    }

    /// Queries, keys and values of the rows.
    fn project(&self, layer: &Layer, part: &mut Part) {
        let Config { width, head_width, key_heads, epsilon, .. } = self.config;
        self.kernel.norm(&part.x, part.stride, &layer.attention_norm, epsilon, &mut part.normed);
        self.kernel.rows(&part.normed, width, &mut part.rounded);
        let multiply = |weights: &Packed, out: &mut [f32], stride| {
            self.kernel.multiply(&part.rounded, weights, 0..weights.panels(), out, stride, false);
        };
        multiply(&layer.query, &mut part.queries, part.stride);
        multiply(&layer.key, &mut part.keys, part.key_stride);
        multiply(&layer.value, &mut part.values, part.key_stride);
        for (row, rotation) in part.rotation.chunks_exact(head_width).enumerate() {
            rotate(&mut part.queries[row * part.stride..][..width], rotation);
            rotate(&mut part.keys[row * part.key_stride..][..key_heads * head_width], rotation);
        }
    }

    fn attend(&self, runs: &[Run<'_>], caches: &[Cache], layer_idx: usize, part: &mut Part) {
        let Config { width, head_width, key_heads, .. } = self.config;
        let queries = part.queries.chunks_exact(part.stride);
        for ((row, query), out) in part.rows.iter().zip(queries).zip(part.gathered.chunks_exact_mut(width)) {
            let own = caches[row.run].key_values(layer_idx, row.place + 1);
            let base = match runs[row.run].base {
                Some((cache, length)) => cache.key_values(layer_idx, length),
                None => KeyValues { length: 0, ..own },
            };
            self.kernel.attend(&mut Attention {
                query: &query[..width],
                runs: [base, own],
                key_heads,
                head_width,
                scratch: &mut part.scratch,
                out,
            });
        }
    }

    /// Adds what the attention and the feed-forward part give.
    fn feed(&self, layer: &Layer, part: &mut Part) {
        let Config { width, inner, epsilon, .. } = self.config;
        let kernel = self.kernel;
        kernel.rows(&part.gathered, width, &mut part.rounded);
        let output = &layer.attention_output;
        kernel.multiply(&part.rounded, output, 0..output.panels(), &mut part.x, part.stride, true);
        kernel.norm(&part.x, part.stride, &layer.feed_norm, epsilon, &mut part.normed);
        kernel.rows(&part.normed, width, &mut part.rounded);
        kernel.multiply(&part.rounded, &layer.gate, 0..layer.gate.panels(), &mut part.gate, part.inner_stride, false);
        kernel.multiply(&part.rounded, &layer.up, 0..layer.up.panels(), &mut part.up, part.inner_stride, false);
        kernel.gate(&mut part.gate, &part.up);
        if part.inner_stride != inner {
            // The padding of each row goes, so that the rows lie one after another.
            for row in 0..part.rows.len() {
                part.gate.copy_within(row * part.inner_stride..row * part.inner_stride + inner, row * inner);
            }
        }
        kernel.rows(&part.gate[..part.rows.len() * inner], inner, &mut part.rounded);
        kernel.multiply(&part.rounded, &layer.down, 0..layer.down.panels(), &mut part.x, part.stride, true);
    }
}

/// A row of a pass: which run, and which token of it.
#[derive(Debug, Clone, Copy)]
struct RowPlace {
    run: usize,
    place: usize,
}

/// Some rows of a pass, worked on by one thread at a time.
struct Part {
    rows: Vec<RowPlace>,
    /// The rows' states, `stride` numbers apart.
    x: Vec<f32>,
    stride: usize,
    /// For each row the cosine and the sine of its position for each pair of a head's numbers.
    rotation: Vec<f32>,
    normed: Vec<f32>,
    /// What is multiplied by the weights next.
    rounded: Rows,
    queries: Vec<f32>,
    keys: Vec<f32>,
    values: Vec<f32>,
    key_stride: usize,
    gate: Vec<f32>,
    up: Vec<f32>,
    inner_stride: usize,
    gathered: Vec<f32>,
    scratch: Vec<f32>,
}

impl Cache {
    /// Puts a token's keys and values in their place.
    fn put(&mut self, layer: usize, place: usize, key: &[f32], value: &[f32], head_width: usize) {
        let kept = layer.min(self.layers.len() - 1);
        let LayerCache { keys, values } = &mut self.layers[kept];
        for (d, &k) in key.iter().enumerate() {
            keys[d * self.capacity + place] = k;
        }
        for (head, value) in value.chunks_exact(head_width).enumerate() {
            values[(head * self.capacity + place) * head_width..][..head_width].copy_from_slice(value);
        }
    }

    fn key_values(&self, layer: usize, length: usize) -> KeyValues<'_> {
        let LayerCache { keys, values } = &self.layers[layer.min(self.layers.len() - 1)];
        KeyValues { keys, values, capacity: self.capacity, length }
    }
}

/// Turns each pair of numbers of each head by its angle. GGUF has the pairs of this family next to each other.
fn rotate(heads: &mut [f32], rotation: &[f32]) {
    for head in heads.chunks_exact_mut(rotation.len()) {
        for (pair, turn) in head.as_chunks_mut::<2>().0.iter_mut().zip(rotation.as_chunks::<2>().0) {
            let ([a, b], [cos, sin]) = (*pair, *turn);
            *pair = [a * cos - b * sin, a * sin + b * cos];
        }
    }
}

/// A matrix as it is stored in the file, for those of which only a few rows are needed at a time.
struct Matrix {
    stored: TensorType,
    bytes: Vec<u8>,
}

impl Matrix {
    fn row(&self, row: usize, out: &mut [f32]) {
        expand_row(&self.bytes, self.stored, row, out);
    }
}

fn expand_row(bytes: &[u8], stored: TensorType, row: usize, out: &mut [f32]) {
    let row_bytes = stored.row_bytes(out.len());
    stored.expand(&bytes[row * row_bytes..][..row_bytes], out);
}

/// Where weights come from.
struct Source<'a> {
    gguf: &'a Gguf,
    file: &'a [u8],
}

impl<'a> Source<'a> {
    fn checked(&self, name: &str, wanted: &[u64]) -> Result<&'a TensorInfo, LmError> {
        let tensor = self.gguf.tensor(name)?;
        if tensor.shape != wanted {
            return Err(LmError::Shape { name: name.to_owned(), found: tensor.shape.clone(), wanted: wanted.to_vec() });
        }
        Ok(tensor)
    }

    fn matrix(&self, name: &str, columns: usize, depth: usize) -> Result<&'a TensorInfo, LmError> {
        self.checked(name, &[depth as u64, columns as u64])
    }

    fn stored(&self, name: &str, columns: usize, depth: usize) -> Result<Matrix, LmError> {
        let tensor = self.matrix(name, columns, depth)?;
        Ok(Matrix { stored: tensor.stored, bytes: self.file[tensor.bytes.clone()].to_vec() })
    }

    fn pack(&self, name: &str, columns: usize, depth: usize) -> Result<Packed, LmError> {
        let tensor = self.matrix(name, columns, depth)?;
        let bytes = &self.file[tensor.bytes.clone()];
        Ok(Packed::new(columns, depth, |row, out| expand_row(bytes, tensor.stored, row, out)))
    }

    fn vector(&self, name: &str, n: usize) -> Result<Vec<f32>, LmError> {
        let tensor = self.checked(name, &[n as u64])?;
        let mut out = vec![0.0; n];
        expand_row(&self.file[tensor.bytes.clone()], tensor.stored, 0, &mut out);
        Ok(out)
    }
}
