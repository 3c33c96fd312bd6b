//! Whisper as two graphs: an encoder that can be used alone, and a decoder with a cache.
//!
//! # Source
//! Radford et al. 2022; the names of the variables are CTranslate2's.

use std::ops::Range;

use super::onnx::{Attribute, Axis, Element, Graph};
use super::{Tensors, transposed};
use crate::ConvertFault;

/// Dimensions of a head in all Whisper models.
const HEAD: usize = 64;
/// Epsilon of PyTorch's layer normalisation.
const EPSILON: f32 = 1e-5;
/// Width of the two convolutions.
const KERNEL: usize = 3;

/// Layers whose input is multiplied in floats. In Whisper base a few units of these two are so strong that 8 bits leave little
/// of the others. In floats, the error of the encoder's last states falls from .153 to .085 of their size, and that of the
/// decoder's log-probabilities (the 20 likeliest tokens) from .51 to .24, for 4 % more time; against 32-bit floats, on six
/// and four recordings of speechocean762's train half.
const BY_FLOATS: &[&str] = &["encoder/layer_3/ffn/linear_1", "decoder/layer_2/ffn/linear_1"];

/// A model while its graph is built.
struct Whisper<'a> {
    graph: Graph,
    tensors: &'a Tensors<'a>,
    /// Width of its states.
    width: usize,
    layers: usize,
}

/// Input `mel` `[1, 80, M]`: log-mel with the natural scale of Whisper, 10 ms a frame. Outputs `hidden_I` `[1, M / 2, width]`,
/// the states after a third, two thirds and all of the layers (the last one normalised), 20 ms a frame; `cross_key_I` and
/// `cross_value_I` `[1, heads, M / 2, 64]`, which each layer of the decoder attends to.
///
/// # Errors
/// [`ConvertFault::NoTensor`], [`ConvertFault::Shape`].
pub(crate) fn encoder(tensors: &Tensors<'_>) -> Result<Graph, ConvertFault> {
    let mut w = Whisper::new("whisper_encoder", tensors)?;
    let (width, heads) = (w.width, w.width / HEAD);
    let [_, n_mels, _] = tensors.shape("encoder/conv1/weight")?;
    w.graph.input("mel", Element::F32, &[Axis::Fixed(1), Axis::Fixed(n_mels), Axis::Free("mel_frames")]);

    let mut x = "mel".to_owned();
    for (name, n_in, stride) in [("encoder/conv1", n_mels, 1), ("encoder/conv2", width, 2)] {
        let weights = tensors.get(&format!("{name}/weight"), &[width, n_in, KERNEL])?;
        let weights = w.graph.f32(&format!("{name}/weights"), &[width, n_in, KERNEL], &weights);
        let bias = tensors.get(&format!("{name}/bias"), &[width])?;
        let bias = w.graph.f32(&format!("{name}/bias"), &[width], &bias);
        let attributes = [
            Attribute::Ints("kernel_shape", &[KERNEL as i64]),
            Attribute::Ints("pads", &[1, 1]),
            Attribute::Ints("strides", &[stride]),
        ];
        x = w.graph.op("Conv", &[&x, &weights, &bias], &attributes);
        x = w.graph.gelu(&x);
    }
    x = w.graph.op("Transpose", &[&x], &[Attribute::Ints("perm", &[0, 2, 1])]);
    let [n_frames, _] = tensors.shape("encoder/position_encodings/encodings")?;
    let table = tensors.get("encoder/position_encodings/encodings", &[n_frames, width])?;
    let table = w.graph.f32("positions", &[n_frames, width], &table);
    let zero = w.graph.i64("zero", &[0]);
    let length = w.graph.op("Shape", &[&x], &[Attribute::Int("start", 1), Attribute::Int("end", 2)]);
    let places = w.graph.op("Slice", &[&table, &zero, &length, &zero], &[]);
    x = w.graph.op("Add", &[&x, &places], &[]);

    for i in 0..w.layers {
        let layer = format!("encoder/layer_{i}");
        let normed = w.norm(&x, &format!("{layer}/self_attention"))?;
        let [query, key, value] = w.parts(&normed, &format!("{layer}/self_attention/linear_0"))?;
        let mixed = w.graph.attention(&query, &key, &value, None, HEAD, width);
        let mixed = w.linear(&mixed, &format!("{layer}/self_attention/linear_1"))?;
        x = w.graph.op("Add", &[&x, &mixed], &[]);
        x = w.feed_forward(&x, &layer)?;
        let done = i + 1;
        if done == w.layers {
            x = w.norm(&x, "encoder")?;
        }
        if [w.layers / 3, 2 * w.layers / 3, w.layers].contains(&done) {
            let name = format!("hidden_{done}");
            w.graph.node("Identity", &[&x], &[&name], &[]);
            w.graph.output(&name, &[Axis::Fixed(1), Axis::Free("frames"), Axis::Fixed(width)]);
        }
    }
    for i in 0..w.layers {
        let [key, value] = w.parts(&x, &format!("decoder/layer_{i}/attention/linear_1"))?;
        for (part, name) in [(key, format!("cross_key_{i}")), (value, format!("cross_value_{i}"))] {
            w.graph.node("Identity", &[&part], &[&name], &[]);
            w.graph.output(&name, &head_shape(heads, "frames"));
        }
    }
    Ok(w.graph)
}

/// Inputs `tokens` `[1, T]`, `pos` `[T]`, `mask` `[T, P + T]` (0 or -∞), `past_k_I` and `past_v_I` `[1, heads, P, 64]` (`P` = 0
/// at first), and the encoder's `cross_key_I` and `cross_value_I`. Outputs `logits` `[1, T, vocabulary]`, and `k_I` and `v_I`
/// `[1, heads, P + T, 64]`, which are the next call's past.
///
/// # Errors
/// [`ConvertFault::NoTensor`], [`ConvertFault::Shape`].
pub(crate) fn decoder(tensors: &Tensors<'_>) -> Result<Graph, ConvertFault> {
    let mut w = Whisper::new("whisper_decoder", tensors)?;
    let (width, heads) = (w.width, w.width / HEAD);
    let [vocabulary, _] = tensors.shape("decoder/embeddings/weight")?;
    let embeddings = tensors.get("decoder/embeddings/weight", &[vocabulary, width])?;
    w.graph.input("tokens", Element::I64, &[Axis::Fixed(1), Axis::Free("tokens")]);
    w.graph.input("pos", Element::I64, &[Axis::Free("tokens")]);
    w.graph.input("mask", Element::F32, &[Axis::Free("tokens"), Axis::Free("past_and_tokens")]);

    let words = w.graph.lookup("tokens", "embeddings", &embeddings, width);
    let [n_places, _] = tensors.shape("decoder/position_encodings/encodings")?;
    let table = tensors.get("decoder/position_encodings/encodings", &[n_places, width])?;
    let table = w.graph.f32("positions", &[n_places, width], &table);
    let places = w.graph.op("Gather", &[&table, "pos"], &[]);
    let mut x = w.graph.op("Add", &[&words, &places], &[]);

    for i in 0..w.layers {
        let layer = format!("decoder/layer_{i}");
        let normed = w.norm(&x, &format!("{layer}/self_attention"))?;
        let [query, key, value] = w.parts(&normed, &format!("{layer}/self_attention/linear_0"))?;
        for (letter, new) in [("k", key), ("v", value)] {
            let (past, all) = (format!("past_{letter}_{i}"), format!("{letter}_{i}"));
            w.graph.input(&past, Element::F32, &head_shape(heads, "past"));
            w.graph.node("Concat", &[&past, &new], &[&all], &[Attribute::Int("axis", 2)]);
            w.graph.output(&all, &head_shape(heads, "past_and_tokens"));
        }
        let (key, value) = (format!("k_{i}"), format!("v_{i}"));
        let mixed = w.graph.attention(&query, &key, &value, Some("mask"), HEAD, width);
        let mixed = w.linear(&mixed, &format!("{layer}/self_attention/linear_1"))?;
        x = w.graph.op("Add", &[&x, &mixed], &[]);

        let (key, value) = (format!("cross_key_{i}"), format!("cross_value_{i}"));
        for name in [&key, &value] {
            w.graph.input(name, Element::F32, &head_shape(heads, "frames"));
        }
        let normed = w.norm(&x, &format!("{layer}/attention"))?;
        let query = w.linear(&normed, &format!("{layer}/attention/linear_0"))?;
        let query = w.graph.split_heads(&query, heads, HEAD);
        let mixed = w.graph.attention(&query, &key, &value, None, HEAD, width);
        let mixed = w.linear(&mixed, &format!("{layer}/attention/linear_2"))?;
        x = w.graph.op("Add", &[&x, &mixed], &[]);
        x = w.feed_forward(&x, &layer)?;
    }
    x = w.norm(&x, "decoder")?;
    let unembed = transposed(&embeddings, width);
    x = w.graph.linear(&x, "unembed", &unembed, None, vocabulary);
    w.graph.node("Identity", &[&x], &["logits"], &[]);
    w.graph.output("logits", &[Axis::Fixed(1), Axis::Free("tokens"), Axis::Fixed(vocabulary)]);
    Ok(w.graph)
}

fn head_shape(heads: usize, length: &'static str) -> [Axis; 4] {
    [Axis::Fixed(1), Axis::Fixed(heads), Axis::Free(length), Axis::Fixed(HEAD)]
}

impl<'a> Whisper<'a> {
    fn new(name: &'static str, tensors: &'a Tensors<'a>) -> Result<Self, ConvertFault> {
        let [width] = tensors.shape("encoder/conv1/bias")?;
        if width % HEAD != 0 {
            return Err(ConvertFault::Shape { tensor: "encoder/conv1/bias".to_owned(), shape: vec![width] });
        }
        // All Whisper models have as many layers in the encoder as in the decoder, but for the large turbo ones.
        let layers = tensors.count(|i| format!("decoder/layer_{i}/self_attention/linear_0/weight"));
        Ok(Self { graph: Graph::new(name), tensors, width, layers })
    }

    fn norm(&mut self, x: &str, name: &str) -> Result<String, ConvertFault> {
        let gamma = self.tensors.get(&format!("{name}/layer_norm/gamma"), &[self.width])?;
        let beta = self.tensors.get(&format!("{name}/layer_norm/beta"), &[self.width])?;
        Ok(self.graph.norm(x, &format!("{name}/norm"), &gamma, &beta, EPSILON))
    }

    fn linear(&mut self, x: &str, name: &str) -> Result<String, ConvertFault> {
        let [n_out, n_in] = self.tensors.shape(&format!("{name}/weight"))?;
        let weights = self.tensors.get(&format!("{name}/weight"), &[n_out, n_in])?;
        let (weights, bias) = (transposed(&weights, n_in), self.bias(name, n_out)?);
        Ok(if BY_FLOATS.contains(&name) {
            self.graph.linear_by_floats(x, name, &weights, bias.as_deref(), n_out)
        } else {
            self.graph.linear(x, name, &weights, bias.as_deref(), n_out)
        })
    }

    /// Keys have no bias of their own in Whisper; CTranslate2 may leave out a bias that is all zeros.
    fn bias(&self, name: &str, n_out: usize) -> Result<Option<Vec<f32>>, ConvertFault> {
        match self.tensors.get(&format!("{name}/bias"), &[n_out]) {
            Ok(bias) => Ok(Some(bias)),
            Err(ConvertFault::NoTensor { .. }) => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// The parts of a layer that makes several things at once (queries, keys, values), each in heads.
    fn parts<const N: usize>(&mut self, x: &str, name: &str) -> Result<[String; N], ConvertFault> {
        let width = self.width;
        let weights = self.tensors.get(&format!("{name}/weight"), &[N * width, width])?;
        let bias = self.bias(name, N * width)?;
        Ok(std::array::from_fn(|part| {
            let rows: Range<usize> = part * width..(part + 1) * width;
            let weights = transposed(&weights[rows.start * width..rows.end * width], width);
            let bias = bias.as_ref().map(|bias| &bias[rows]);
            let all = self.graph.linear(x, &format!("{name}/{part}"), &weights, bias, width);
            self.graph.split_heads(&all, width / HEAD, HEAD)
        }))
    }

    fn feed_forward(&mut self, x: &str, layer: &str) -> Result<String, ConvertFault> {
        let inner = self.norm(x, &format!("{layer}/ffn"))?;
        let inner = self.linear(&inner, &format!("{layer}/ffn/linear_0"))?;
        let inner = self.graph.gelu(&inner);
        let inner = self.linear(&inner, &format!("{layer}/ffn/linear_1"))?;
        Ok(self.graph.op("Add", &[x, &inner], &[]))
    }
}
