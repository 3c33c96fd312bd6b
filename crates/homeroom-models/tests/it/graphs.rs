//! What a conversion makes runs, and gives what the publisher's weights give when they are multiplied out in plain floats.

use std::collections::BTreeMap;

use homeroom_models::convert;
use rten::{Model, Value};
use rten_tensor::prelude::*;
use rten_tensor::{NdTensor, Tensor};

/// Greatest difference from the plain product, in parts of the result's own size. Eight bits of weights and of states cost
/// about this much in models of three layers with random weights.
const TOLERANCE: f32 = 0.03;

type Matrix = Vec<Vec<f32>>;

/// Random weights by name, with the same numbers on every machine.
struct Weights {
    state: u32,
    tensors: BTreeMap<String, (Vec<usize>, Vec<f32>)>,
}

impl Weights {
    fn new() -> Self {
        Self { state: 1, tensors: BTreeMap::new() }
    }

    /// Uniform from `middle - spread` to `middle + spread`.
    fn add(&mut self, name: &str, shape: &[usize], middle: f32, spread: f32) {
        let values = (0..shape.iter().product()).map(|_| {
            self.state ^= self.state << 13;
            self.state ^= self.state >> 17;
            self.state ^= self.state << 5;
            middle + spread * (self.state as f32 / u32::MAX as f32 * 2.0 - 1.0)
        });
        let values = values.collect();
        self.tensors.insert(name.to_owned(), (shape.to_vec(), values));
    }

    fn values(&self, name: &str) -> &[f32] {
        &self.tensors[name].1
    }

    fn rows(&self, name: &str) -> Matrix {
        let (shape, values) = &self.tensors[name];
        values.chunks(shape[1]).map(<[f32]>::to_vec).collect()
    }

    fn safetensors(&self) -> Vec<u8> {
        let (mut header, mut data) = (serde_json::Map::new(), Vec::new());
        for (name, (shape, values)) in &self.tensors {
            let from = data.len();
            data.extend(values.iter().flat_map(|v| v.to_le_bytes()));
            let entry = serde_json::json!({"dtype": "F32", "shape": shape, "data_offsets": [from, data.len()]});
            header.insert(name.clone(), entry);
        }
        let header = serde_json::to_vec(&header).unwrap();
        [&(header.len() as u64).to_le_bytes()[..], &header, &data].concat()
    }

    fn ctranslate2(&self) -> Vec<u8> {
        let text = |text: &str| [&(text.len() as u16 + 1).to_le_bytes()[..], text.as_bytes(), b"\0"].concat();
        let mut out = [&6_u32.to_le_bytes()[..], &text("WhisperSpec"), &3_u32.to_le_bytes()].concat();
        out.extend((self.tensors.len() as u32).to_le_bytes());
        for (name, (shape, values)) in &self.tensors {
            out.extend(text(name));
            out.push(shape.len() as u8);
            shape.iter().for_each(|n| out.extend((*n as u32).to_le_bytes()));
            out.push(0);
            out.extend((4 * values.len() as u32).to_le_bytes());
            out.extend(values.iter().flat_map(|v| v.to_le_bytes()));
        }
        out
    }
}

/// `x · weightsᵀ + bias`.
fn linear(x: &Matrix, weights: &[Vec<f32>], bias: &[f32]) -> Matrix {
    let row = |row: &Vec<f32>| {
        weights.iter().zip(bias).map(|(w, b)| w.iter().zip(row).map(|(w, x)| w * x).sum::<f32>() + b).collect()
    };
    x.iter().map(row).collect()
}

fn norm(x: &Matrix, gamma: &[f32], beta: &[f32]) -> Matrix {
    let row = |row: &Vec<f32>| {
        let n = row.len() as f32;
        let mean = row.iter().sum::<f32>() / n;
        let variance = row.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / n;
        row.iter()
            .zip(gamma.iter().zip(beta))
            .map(|(v, (g, b))| (v - mean) / (variance + 1e-5).sqrt() * g + b)
            .collect()
    };
    x.iter().map(row).collect()
}

fn add(x: &Matrix, y: &Matrix) -> Matrix {
    x.iter().zip(y).map(|(x, y)| x.iter().zip(y).map(|(x, y)| x + y).collect()).collect()
}

/// GELU with the error function by Abramowitz and Stegun 7.1.26, which is off by 1.5e-7 at most.
fn gelu(x: &Matrix) -> Matrix {
    let erf = |x: f32| {
        let t = 1.0 / (1.0 + 0.327_591_1 * x.abs());
        let sum = ((((1.061_405_4 * t - 1.453_152) * t + 1.421_413_7) * t - 0.284_496_74) * t + 0.254_829_6) * t;
        (1.0 - sum * (-x * x).exp()).copysign(x)
    };
    x.iter().map(|row| row.iter().map(|v| v * (1.0 + erf(v / 2.0_f32.sqrt())) / 2.0).collect()).collect()
}

/// Attention with heads of `head` dimensions; `allowed(query, key)`.
fn attend(query: &Matrix, key: &Matrix, value: &Matrix, head: usize, allowed: impl Fn(usize, usize) -> bool) -> Matrix {
    let mut out = vec![vec![0.0; query[0].len()]; query.len()];
    for from in (0..query[0].len()).step_by(head) {
        let part = from..from + head;
        for (i, q) in query.iter().enumerate() {
            let dot = |k: &Vec<f32>| q[part.clone()].iter().zip(&k[part.clone()]).map(|(q, k)| q * k).sum::<f32>();
            let weight = |j: usize| if allowed(i, j) { (dot(&key[j]) / (head as f32).sqrt()).exp() } else { 0.0 };
            let weights: Vec<f32> = (0..key.len()).map(weight).collect();
            let sum: f32 = weights.iter().sum();
            for (w, v) in weights.iter().zip(value) {
                part.clone().for_each(|d| out[i][d] += w / sum * v[d]);
            }
        }
    }
    out
}

#[track_caller]
fn check_near(made: &[f32], wanted: &[f32]) {
    assert_eq!(made.len(), wanted.len());
    let size = (wanted.iter().map(|v| v * v).sum::<f32>()).sqrt();
    let off = (made.iter().zip(wanted).map(|(a, b)| (a - b).powi(2)).sum::<f32>()).sqrt();
    assert!(off <= TOLERANCE * size, "off by {} of its size", off / size);
}

fn floats(value: Value) -> Vec<f32> {
    let tensor: Tensor<f32> = value.try_into().unwrap();
    tensor.to_contiguous().to_vec()
}

fn run(model: &Model, inputs: Vec<(&str, Value)>, output: &str) -> Vec<f32> {
    let inputs = inputs.into_iter().map(|(name, value)| (model.node_id(name).unwrap(), value.into())).collect();
    let [out] = model.run_n(inputs, [model.node_id(output).unwrap()], None).unwrap();
    floats(out)
}

#[test]
fn bert() {
    const WIDTH: usize = 64;
    const INNER: usize = 96;
    let mut w = Weights::new();
    for (table, rows) in [("word", 20), ("position", 8), ("token_type", 2)] {
        w.add(&format!("embeddings.{table}_embeddings.weight"), &[rows, WIDTH], 0.0, 1.0);
    }
    let mut norms = vec!["embeddings.LayerNorm".to_owned()];
    let mut linears = Vec::new();
    for i in 0..2 {
        let layer = format!("encoder.layer.{i}");
        norms.extend(["attention.output", "output"].map(|part| format!("{layer}.{part}.LayerNorm")));
        for part in ["attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"] {
            linears.push((format!("{layer}.{part}"), WIDTH, WIDTH));
        }
        linears.push((format!("{layer}.intermediate.dense"), INNER, WIDTH));
        linears.push((format!("{layer}.output.dense"), WIDTH, INNER));
    }
    for name in &norms {
        w.add(&format!("{name}.weight"), &[WIDTH], 1.0, 0.3);
        w.add(&format!("{name}.bias"), &[WIDTH], 0.0, 0.3);
    }
    for (name, n_out, n_in) in &linears {
        w.add(&format!("{name}.weight"), &[*n_out, *n_in], 0.0, 0.2);
        w.add(&format!("{name}.bias"), &[*n_out], 0.0, 0.2);
    }

    // Two texts, the second one shorter.
    let texts: [&[usize]; 2] = [&[3, 7, 7, 19, 0], &[1, 2, 4]];
    let (mut states, mut sentences) = (Vec::new(), Vec::new());
    for text in texts {
        let normed =
            |x: &Matrix, name: &str| norm(x, w.values(&format!("{name}.weight")), w.values(&format!("{name}.bias")));
        let by =
            |x: &Matrix, name: &str| linear(x, &w.rows(&format!("{name}.weight")), w.values(&format!("{name}.bias")));
        let table = |name: &str| w.rows(&format!("embeddings.{name}_embeddings.weight"));
        let words: Matrix = text.iter().map(|id| table("word")[*id].clone()).collect();
        let kinds = vec![table("token_type")[0].clone(); text.len()];
        let mut x = normed(&add(&add(&words, &kinds), &table("position")), "embeddings.LayerNorm");
        for i in 0..2 {
            let at = |part: &str| format!("encoder.layer.{i}.{part}");
            let [q, k, v] = ["query", "key", "value"].map(|part| by(&x, &at(&format!("attention.self.{part}"))));
            let mixed = by(&attend(&q, &k, &v, 32, |_, _| true), &at("attention.output.dense"));
            x = normed(&add(&mixed, &x), &at("attention.output.LayerNorm"));
            let inner = by(&gelu(&by(&x, &at("intermediate.dense"))), &at("output.dense"));
            x = normed(&add(&inner, &x), &at("output.LayerNorm"));
        }
        let sum: Vec<f32> = (0..WIDTH).map(|d| x.iter().map(|row| row[d]).sum()).collect();
        let length = sum.iter().map(|v| v * v).sum::<f32>().sqrt();
        sentences.extend(sum.iter().map(|v| v / length));
        states.push(x.concat());
    }

    let model = Model::load(convert("bert-embedding", &w.safetensors()).unwrap()).unwrap();
    let pick = |text: &[usize], i: usize| text.get(i).copied();
    let ids = NdTensor::from_fn([2, 5], |[n, i]| pick(texts[n], i).unwrap_or(0) as i32);
    let mask = NdTensor::from_fn([2, 5], |[n, i]| i32::from(pick(texts[n], i).is_some()));
    let kinds = NdTensor::full([2, 5], 0_i32);
    let inputs = || {
        vec![
            ("input_ids", ids.clone().into()),
            ("attention_mask", mask.clone().into()),
            ("token_type_ids", kinds.clone().into()),
        ]
    };
    check_near(&run(&model, inputs(), "sentence_embedding"), &sentences);
    let made = run(&model, inputs(), "last_hidden_state");
    check_near(&made[..5 * WIDTH], &states[0]);
    check_near(&made[5 * WIDTH..8 * WIDTH], &states[1]);
}

const WIDTH: usize = 128;
const HEAD: usize = 64;
const LAYERS: usize = 3;
const N_MELS: usize = 5;
const VOCABULARY: usize = 40;

fn whisper() -> Weights {
    let mut w = Weights::new();
    w.add("encoder/conv1/weight", &[WIDTH, N_MELS, 3], 0.0, 0.3);
    w.add("encoder/conv2/weight", &[WIDTH, WIDTH, 3], 0.0, 0.1);
    for name in ["encoder/conv1", "encoder/conv2"] {
        w.add(&format!("{name}/bias"), &[WIDTH], 0.0, 0.1);
    }
    w.add("encoder/position_encodings/encodings", &[10, WIDTH], 0.0, 0.5);
    w.add("decoder/position_encodings/encodings", &[10, WIDTH], 0.0, 0.5);
    w.add("decoder/embeddings/weight", &[VOCABULARY, WIDTH], 0.0, 0.5);
    let mut norms = vec!["encoder".to_owned(), "decoder".to_owned()];
    let mut linears = Vec::new();
    for side in ["encoder", "decoder"] {
        for i in 0..LAYERS {
            let layer = format!("{side}/layer_{i}");
            norms.extend([format!("{layer}/self_attention"), format!("{layer}/ffn")]);
            linears.push((format!("{layer}/self_attention/linear_0"), 3 * WIDTH));
            linears.push((format!("{layer}/self_attention/linear_1"), WIDTH));
            linears.push((format!("{layer}/ffn/linear_0"), WIDTH));
            linears.push((format!("{layer}/ffn/linear_1"), WIDTH));
            if side == "decoder" {
                norms.push(format!("{layer}/attention"));
                linears.push((format!("{layer}/attention/linear_0"), WIDTH));
                linears.push((format!("{layer}/attention/linear_1"), 2 * WIDTH));
                linears.push((format!("{layer}/attention/linear_2"), WIDTH));
            }
        }
    }
    for name in &norms {
        w.add(&format!("{name}/layer_norm/gamma"), &[WIDTH], 1.0, 0.3);
        w.add(&format!("{name}/layer_norm/beta"), &[WIDTH], 0.0, 0.3);
    }
    for (name, n_out) in &linears {
        w.add(&format!("{name}/weight"), &[*n_out, WIDTH], 0.0, 0.1);
        w.add(&format!("{name}/bias"), &[*n_out], 0.0, 0.1);
    }
    w
}

/// The model in plain floats.
struct Plain<'a>(&'a Weights);

impl Plain<'_> {
    fn norm(&self, x: &Matrix, name: &str) -> Matrix {
        norm(x, self.0.values(&format!("{name}/layer_norm/gamma")), self.0.values(&format!("{name}/layer_norm/beta")))
    }

    fn linear(&self, x: &Matrix, name: &str) -> Matrix {
        linear(x, &self.0.rows(&format!("{name}/weight")), self.0.values(&format!("{name}/bias")))
    }

    /// The parts of a layer that makes several things at once.
    fn parts<const N: usize>(&self, x: &Matrix, name: &str) -> [Matrix; N] {
        let all = self.linear(x, name);
        std::array::from_fn(|n| all.iter().map(|row| row[n * WIDTH..(n + 1) * WIDTH].to_vec()).collect())
    }

    fn feed(&self, x: &Matrix, layer: &str) -> Matrix {
        let inner = self.linear(&self.norm(x, &format!("{layer}/ffn")), &format!("{layer}/ffn/linear_0"));
        add(x, &self.linear(&gelu(&inner), &format!("{layer}/ffn/linear_1")))
    }

    /// `x`: frames of channels.
    fn conv(&self, x: &Matrix, name: &str, stride: usize) -> Matrix {
        let n_in = x[0].len();
        let (weights, bias) = (self.0.values(&format!("{name}/weight")), self.0.values(&format!("{name}/bias")));
        let frame = |at: usize| {
            let value = |out: usize| {
                let mut sum = bias[out];
                for tap in 0..3 {
                    let Some(frame) = (at * stride + tap).checked_sub(1).and_then(|t| x.get(t)) else { continue };
                    sum += (0..n_in).map(|c| frame[c] * weights[(out * n_in + c) * 3 + tap]).sum::<f32>();
                }
                sum
            };
            (0..WIDTH).map(value).collect()
        };
        (0..x.len().div_ceil(stride)).map(frame).collect()
    }

    /// States after each third of the layers.
    fn encoder(&self, mel: &Matrix) -> Vec<Matrix> {
        let x = gelu(&self.conv(mel, "encoder/conv1", 1));
        let x = gelu(&self.conv(&x, "encoder/conv2", 2));
        let mut x = add(&x, &self.0.rows("encoder/position_encodings/encodings"));
        let mut states = Vec::new();
        for i in 0..LAYERS {
            let layer = format!("encoder/layer_{i}");
            let normed = self.norm(&x, &format!("{layer}/self_attention"));
            let [q, k, v] = self.parts(&normed, &format!("{layer}/self_attention/linear_0"));
            let mixed = attend(&q, &k, &v, HEAD, |_, _| true);
            x = add(&x, &self.linear(&mixed, &format!("{layer}/self_attention/linear_1")));
            x = self.feed(&x, &layer);
            states.push(x.clone());
        }
        states[LAYERS - 1] = self.norm(&x, "encoder");
        states
    }

    fn decoder(&self, tokens: &[usize], heard: &Matrix) -> Matrix {
        let table = self.0.rows("decoder/embeddings/weight");
        let words: Matrix = tokens.iter().map(|t| table[*t].clone()).collect();
        let mut x = add(&words, &self.0.rows("decoder/position_encodings/encodings"));
        for i in 0..LAYERS {
            let layer = format!("decoder/layer_{i}");
            let normed = self.norm(&x, &format!("{layer}/self_attention"));
            let [q, k, v] = self.parts(&normed, &format!("{layer}/self_attention/linear_0"));
            let mixed = attend(&q, &k, &v, HEAD, |query, key| key <= query);
            x = add(&x, &self.linear(&mixed, &format!("{layer}/self_attention/linear_1")));
            let q = self.linear(&self.norm(&x, &format!("{layer}/attention")), &format!("{layer}/attention/linear_0"));
            let [k, v] = self.parts(heard, &format!("{layer}/attention/linear_1"));
            let mixed = attend(&q, &k, &v, HEAD, |_, _| true);
            x = add(&x, &self.linear(&mixed, &format!("{layer}/attention/linear_2")));
            x = self.feed(&x, &layer);
        }
        linear(&self.norm(&x, "decoder"), &table, &[0.0; VOCABULARY])
    }
}

#[test]
fn whisper_with_and_without_a_cache() {
    const FRAMES: usize = 12;
    let w = whisper();
    let file = w.ctranslate2();
    let mel: Matrix =
        (0..FRAMES).map(|t| (0..N_MELS).map(|m| ((t * 3 + m * 5) as f32 * 0.7).sin()).collect()).collect();
    let states = Plain(&w).encoder(&mel);

    let encoder = Model::load(convert("whisper-encoder", &file).unwrap()).unwrap();
    let input = NdTensor::from_fn([1, N_MELS, FRAMES], |[_, m, t]| mel[t][m]);
    for (i, state) in states.iter().enumerate() {
        let made = run(&encoder, vec![("mel", input.clone().into())], &format!("hidden_{}", i + 1));
        check_near(&made, &state.concat());
    }

    let decoder = Model::load(convert("whisper-decoder", &file).unwrap()).unwrap();
    let names: Vec<String> =
        (0..LAYERS).flat_map(|i| ["key", "value"].map(|part| format!("cross_{part}_{i}"))).collect();
    let ids: Vec<_> = names.iter().map(|name| encoder.node_id(name).unwrap()).collect();
    let heard = encoder.run(vec![(encoder.node_id("mel").unwrap(), input.into())], &ids, None).unwrap();

    let tokens = [5, 17, 0, 39, 8];
    let wanted = Plain(&w).decoder(&tokens, &states[LAYERS - 1]);
    // All at once, and in steps of one that go on from the last one's keys and values.
    for step in [tokens.len(), 1] {
        let letters = ["k", "v"];
        let mut past: Vec<Value> =
            (0..2 * LAYERS).map(|_| NdTensor::<f32, 4>::zeros([1, WIDTH / HEAD, 0, HEAD]).into()).collect();
        let mut made = Vec::new();
        for from in (0..tokens.len()).step_by(step) {
            let id = |name: &str| decoder.node_id(name).unwrap();
            let ids = NdTensor::from_fn([1, step], |[_, i]| tokens[from + i] as i32);
            let places = NdTensor::from_fn([step], |[i]| (from + i) as i32);
            let mask =
                NdTensor::from_fn([step, from + step], |[i, j]| if j <= from + i { 0.0 } else { f32::NEG_INFINITY });
            let mut inputs = vec![(id("tokens"), ids.into()), (id("pos"), places.into()), (id("mask"), mask.into())];
            let mut outputs = vec![id("logits")];
            for (n, value) in past.drain(..).enumerate() {
                let (letter, layer) = (letters[n % 2], n / 2);
                inputs.push((id(&format!("past_{letter}_{layer}")), value.into()));
                outputs.push(id(&format!("{letter}_{layer}")));
            }
            inputs.extend(names.iter().zip(&heard).map(|(name, value)| (id(name), value.clone().into())));
            let mut values = decoder.run(inputs, &outputs, None).unwrap();
            made.extend(floats(values.remove(0)));
            past = values;
        }
        check_near(&made, &wanted.concat());
    }
}

#[test]
fn the_same_bytes_each_time() {
    let file = whisper().ctranslate2();
    assert!(convert("whisper-encoder", &file).unwrap() == convert("whisper-encoder", &file).unwrap());
}

#[test]
fn damaged_weights_are_refused() {
    #[track_caller]
    fn check(step: &str, bytes: &[u8], wanted: &str) {
        assert_eq!(convert(step, bytes).err().unwrap().to_string(), wanted);
    }
    let w = whisper();
    check("whisper-encoder", &w.ctranslate2()[..1000], "it is cut off at byte 1000");
    check("bert-embedding", &w.safetensors(), "it has no tensor embeddings.word_embeddings.weight");
    check("whisper", b"", "there is no conversion step `whisper`");
    let mut other = whisper();
    other.add("encoder/conv1/bias", &[WIDTH - 1], 0.0, 1.0);
    check("whisper-encoder", &other.ctranslate2(), "the tensor encoder/conv1/bias has the shape [127]");
    let mut other = whisper();
    other.add("decoder/layer_1/ffn/linear_0/weight", &[WIDTH], 0.0, 1.0);
    check(
        "whisper-decoder",
        &other.ctranslate2(),
        "the tensor decoder/layer_1/ffn/linear_0/weight has the shape [128]",
    );
}
