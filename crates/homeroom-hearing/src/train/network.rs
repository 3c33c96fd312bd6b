//! Training of the network that scores phones, words and readings.

use burn::backend::ndarray::NdArrayDevice;
use burn::backend::{Autodiff, NdArray};
use burn::grad_clipping::GradientClippingConfig;
use burn::module::{AutodiffModule, Module, Param};
use burn::optim::{AdamWConfig, GradientsParams, Optimizer};
use burn::tensor::activation::{sigmoid, softmax};
use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData};
use ndarray::Array2;

use super::one_cycle;
use crate::net::{
    self, HEADS, Input, LAYERS, Matrix, NARROW, PER_READING, PER_WORD, REACH, SCALE, Scales, Scorer, WIDTH, scaled,
};
use crate::phone::CLASSES;
use crate::rng::{Dice, SeedableRng, mask, normal, shuffle};

/// Shares of inputs that are left out while learning.
#[derive(Clone, Copy)]
struct Dropout {
    states: f32,
    narrow: f32,
    table: f32,
    inside: f32,
    output: f32,
}

const LEARNING: Dropout = Dropout { states: 0.45, narrow: 0.3, table: 0.1, inside: 0.2, output: 0.25 };

#[derive(Module, Debug)]
struct Layer<B: Backend> {
    query_key_value: Param<Tensor<B, 2>>,
    out: Param<Tensor<B, 2>>,
    same_word: Param<Tensor<B, 1>>,
    distance: Param<Tensor<B, 2>>,
    up: Param<Tensor<B, 2>>,
    up_bias: Param<Tensor<B, 1>>,
    down: Param<Tensor<B, 2>>,
    down_bias: Param<Tensor<B, 1>>,
    norm_attention: Param<Tensor<B, 1>>,
    norm_feed: Param<Tensor<B, 1>>,
}

#[derive(Module, Debug)]
struct Head<B: Backend> {
    hidden: Param<Tensor<B, 2>>,
    hidden_bias: Param<Tensor<B, 1>>,
    out: Param<Tensor<B, 2>>,
    out_bias: Param<Tensor<B, 1>>,
}

/// The network on any backend.
#[derive(Module, Debug)]
pub(crate) struct Net<B: Backend> {
    table: Param<Tensor<B, 2>>,
    states: Param<Tensor<B, 2>>,
    narrow: Param<Tensor<B, 2>>,
    bias: Param<Tensor<B, 1>>,
    phone: Param<Tensor<B, 2>>,
    phone_gate: Param<Tensor<B, 2>>,
    layers: Vec<Layer<B>>,
    attention: Param<Tensor<B, 2>>,
    of_phone: Head<B>,
    offset: Param<Tensor<B, 2>>,
    of_word: Head<B>,
    of_reading: Head<B>,
}

/// Readings side by side, filled up to the longest.
pub(crate) struct Batch<B: Backend> {
    /// Readings × phones × columns, standardised.
    table: Tensor<B, 3>,
    pooled: Tensor<B, 3>,
    classes: Tensor<B, 1, Int>,
    /// 1 where there is a phone.
    pub(crate) there: Tensor<B, 2>,
    /// 1 where two phones stand in one word.
    same: Tensor<B, 3>,
    /// Readings × phones × words: 1 where the phone is the word's.
    member: Tensor<B, 3>,
}

impl<B: Backend> Batch<B> {
    pub(crate) fn new(inputs: &[&Input<'_>], scales: &Scales, device: &B::Device) -> Batch<B> {
        let b = inputs.len();
        let n = inputs.iter().map(|i| i.laid.phones.len()).max().unwrap_or(1);
        let words = inputs.iter().map(|i| i.laid.words).max().unwrap_or(1);
        let (wide, deep) = (scales.table.len(), scales.pooled.len());
        let mut table = vec![0.0_f32; b * n * wide];
        let mut pooled = vec![0.0_f32; b * n * deep];
        let mut classes = vec![0_i64; b * n];
        let mut there = vec![0.0_f32; b * n];
        let mut same = vec![0.0_f32; b * n * n];
        let mut member = vec![0.0_f32; b * n * words];
        for (i, input) in inputs.iter().enumerate() {
            for p in 0..input.laid.phones.len() {
                let at = i * n + p;
                let row = &mut table[at * wide..(at + 1) * wide];
                row.iter_mut().zip(input.table.row(p)).zip(&scales.table).for_each(|((t, v), s)| *t = scaled(*v, *s));
                let row = &mut pooled[at * deep..(at + 1) * deep];
                row.iter_mut().zip(input.pooled.row(p)).zip(&scales.pooled).for_each(|((t, v), s)| *t = scaled(*v, *s));
                classes[at] = i64::from(input.laid.phones[p].class);
                there[at] = 1.0;
                member[at * words + input.laid.word[p]] = 1.0;
                for q in 0..input.laid.phones.len() {
                    if input.laid.word[p] == input.laid.word[q] {
                        same[at * n + q] = 1.0;
                    }
                }
            }
        }
        let three = |values, shape: [usize; 3]| Tensor::from_data(TensorData::new(values, shape), device);
        Batch {
            table: three(table, [b, n, wide]),
            pooled: three(pooled, [b, n, deep]),
            classes: Tensor::from_data(TensorData::new(classes, [b * n]), device),
            there: Tensor::from_data(TensorData::new(there, [b, n]), device),
            same: three(same, [b, n, n]),
            member: three(member, [b, n, words]),
        }
    }
}

/// What the network says: phones (readings × phones), words (readings × words × 3), readings (readings × 5).
pub(crate) struct Outputs<B: Backend> {
    pub(crate) phones: Tensor<B, 2>,
    pub(crate) words: Tensor<B, 3>,
    pub(crate) readings: Tensor<B, 2>,
}

fn gelu<B: Backend, const D: usize>(x: Tensor<B, D>) -> Tensor<B, D> {
    x.clone() * sigmoid(x * 1.702)
}

fn drop<B: Backend, const D: usize>(x: Tensor<B, D>, share: f32, dice: &mut Option<&mut Dice>) -> Tensor<B, D> {
    let Some(dice) = dice else { return x };
    let shape = x.shape();
    let kept = TensorData::new(mask(shape.num_elements(), share, dice), shape);
    let kept = Tensor::from_data(kept, &x.device());
    x * kept
}

fn norm<B: Backend>(x: Tensor<B, 3>, gain: Option<Tensor<B, 1>>) -> Tensor<B, 3> {
    let centred = x.clone() - x.mean_dim(2);
    let variance = (centred.clone() * centred.clone()).mean_dim(2);
    let y = centred / (variance + 1e-5).sqrt();
    match gain {
        Some(gain) => y * (gain + 1.0).unsqueeze::<3>(),
        None => y,
    }
}

/// `x` (readings × rows × inputs) through a matrix.
fn times<B: Backend>(x: Tensor<B, 3>, matrix: Tensor<B, 2>) -> Tensor<B, 3> {
    let [b, n, inputs] = x.dims();
    let outputs = matrix.dims()[1];
    x.reshape([b * n, inputs]).matmul(matrix).reshape([b, n, outputs])
}

impl<B: Backend> Head<B> {
    fn forward(&self, x: Tensor<B, 3>, share: f32, dice: &mut Option<&mut Dice>) -> Tensor<B, 3> {
        let hidden = gelu(times(drop(x, share, dice), self.hidden.val()) + self.hidden_bias.val().unsqueeze::<3>());
        times(hidden, self.out.val()) + self.out_bias.val().unsqueeze::<3>()
    }
}

impl<B: Backend> Net<B> {
    fn new(table: usize, pooled: usize, dice: &mut Dice, device: &B::Device) -> Net<B> {
        let mut matrix = |a: usize, b: usize, scale: f32| {
            let spread = scale / (a as f32).sqrt();
            let values: Vec<f32> = (0..a * b).map(|_| normal(dice) * spread).collect();
            Param::from_tensor(Tensor::from_data(TensorData::new(values, [a, b]), device))
        };
        let flat = |n: usize, value: f32| Param::from_tensor(Tensor::full([n], value, device));
        let zeros = |a: usize, b: usize| Param::from_tensor(Tensor::zeros([a, b], device));
        let layers = (0..LAYERS)
            .map(|_| Layer {
                query_key_value: matrix(WIDTH, 3 * WIDTH, 1.0),
                out: matrix(WIDTH, WIDTH, 0.5),
                same_word: flat(HEADS, 0.0),
                distance: zeros(HEADS, 2 * REACH + 1),
                up: matrix(WIDTH, 2 * WIDTH, 1.0),
                up_bias: flat(2 * WIDTH, 0.0),
                down: matrix(2 * WIDTH, WIDTH, 0.5),
                down_bias: flat(WIDTH, 0.0),
                norm_attention: flat(WIDTH, 0.0),
                norm_feed: flat(WIDTH, 0.0),
            })
            .collect();
        let mut head = |inputs: usize, outputs: usize, start: f32| Head {
            hidden: matrix(inputs, NARROW, 1.0),
            hidden_bias: flat(NARROW, 0.0),
            out: matrix(NARROW, outputs, 0.3),
            out_bias: flat(outputs, start),
        };
        // Outputs start at about what is common in the corpus.
        let (of_phone, of_word, of_reading) =
            (head(WIDTH, 1, 1.88), head(2 * WIDTH, PER_WORD, 1.8), head(2 * WIDTH, PER_READING, 1.45));
        Net {
            table: matrix(table, WIDTH, 1.0),
            states: matrix(pooled, NARROW, 1.0),
            narrow: matrix(NARROW, WIDTH, 1.0),
            bias: flat(WIDTH, 0.0),
            phone: matrix(CLASSES, WIDTH, 0.3 * (CLASSES as f32).sqrt()),
            phone_gate: matrix(CLASSES, NARROW, 0.1 * (CLASSES as f32).sqrt()),
            layers,
            attention: matrix(WIDTH, 1, 1.0),
            of_phone,
            offset: zeros(CLASSES, 1),
            of_word,
            of_reading,
        }
    }

    fn forward(&self, batch: &Batch<B>, mut dice: Option<&mut Dice>) -> Outputs<B> {
        let dice = &mut dice;
        let [b, n, _] = batch.table.dims();
        let share = LEARNING;
        let of_class = |table: &Param<Tensor<B, 2>>| {
            let table = table.val();
            let width = table.dims()[1];
            table.select(0, batch.classes.clone()).reshape([b, n, width])
        };
        let narrow = times(drop(batch.pooled.clone(), share.states, dice), self.states.val());
        let narrow = gelu(narrow * (of_class(&self.phone_gate) + 1.0));
        let mut x = times(drop(batch.table.clone(), share.table, dice), self.table.val())
            + times(drop(narrow, share.narrow, dice), self.narrow.val())
            + of_class(&self.phone)
            + self.bias.val().unsqueeze::<3>();
        let absent = (batch.there.clone() - 1.0) * 1e9;
        let far: Vec<i64> = (0..n)
            .flat_map(|i| {
                (0..n).map(move |j| (i as i64 - j as i64).clamp(-(REACH as i64), REACH as i64) + REACH as i64)
            })
            .collect();
        let far = Tensor::<B, 1, Int>::from_data(TensorData::new(far, [n * n]), &x.device());
        for layer in &self.layers {
            let mixed = times(norm(x.clone(), Some(layer.norm_attention.val())), layer.query_key_value.val());
            let part = |i: usize| {
                let part = mixed.clone().slice([0..b, 0..n, i * WIDTH..(i + 1) * WIDTH]);
                part.reshape([b, n, HEADS, WIDTH / HEADS]).swap_dims(1, 2)
            };
            let scores = part(0).matmul(part(1).swap_dims(2, 3)) * (1.0 / ((WIDTH / HEADS) as f32).sqrt());
            let distance = layer.distance.val().select(1, far.clone()).reshape([1, HEADS, n, n]);
            let word = batch.same.clone().reshape([b, 1, n, n]) * layer.same_word.val().reshape([1, HEADS, 1, 1]);
            let scores = scores + distance + word + absent.clone().reshape([b, 1, 1, n]);
            let heard = softmax(scores, 3).matmul(part(2)).swap_dims(1, 2).reshape([b, n, WIDTH]);
            x = x + drop(times(heard, layer.out.val()), share.inside, dice);
            let up = times(norm(x.clone(), Some(layer.norm_feed.val())), layer.up.val());
            let up = gelu(up + layer.up_bias.val().unsqueeze::<3>());
            let down = times(up, layer.down.val()) + layer.down_bias.val().unsqueeze::<3>();
            x = x + drop(down, share.inside, dice);
        }
        let x = norm(x, None);
        let phones = self.of_phone.forward(x.clone(), share.output, dice) + of_class(&self.offset);
        // Each word: the mean and the greatest of its phones.
        let words = batch.member.dims()[2];
        let members = batch.member.clone().swap_dims(1, 2);
        let count = members.clone().sum_dim(2).clamp_min(1.0);
        let mean = members.matmul(x.clone()) / count;
        let outside = (batch.member.clone() - 1.0) * 20.0;
        let most = (x.clone().reshape([b, n, 1, WIDTH]) + outside.reshape([b, n, words, 1])).max_dim(1);
        let pooled = Tensor::cat(vec![mean, most.reshape([b, words, WIDTH])], 2);
        let of_words = self.of_word.forward(pooled, share.output, dice);
        // The reading: the mean, and what the network attends to.
        let there = batch.there.clone().reshape([b, n, 1]);
        let mean = (x.clone() * there.clone()).sum_dim(1) / there.sum_dim(1);
        let weight = softmax(times(x.clone(), self.attention.val()) + absent.reshape([b, n, 1]), 1);
        let pooled = Tensor::cat(vec![mean, (x * weight).sum_dim(1)], 2);
        let readings = self.of_reading.forward(pooled, share.output, dice).reshape([b, PER_READING]);
        Outputs { phones: phones.reshape([b, n]), words: of_words, readings }
    }
}

type Learning = Autodiff<NdArray<f32>>;

const EPOCHS: usize = 14;
const BATCH: usize = 32;
const RATE: f64 = 1.5e-3;
const DECAY: f32 = 0.08;

/// What a reading should be scored.
pub(crate) struct Target {
    pub(crate) phones: Vec<f32>,
    pub(crate) words: Vec<[f32; PER_WORD]>,
    pub(crate) reading: [f32; PER_READING],
}

/// How much each word score and each aspect counts.
const WORD_WEIGHTS: [f32; PER_WORD] = [1.0, 0.2, 1.0];
const READING_WEIGHTS: [f32; PER_READING] = [0.5, 0.5, 0.5, 0.1, 0.5];

/// Fits a network to the readings `keep`.
pub(crate) fn fit(
    inputs: &[Input<'_>],
    targets: &[Target],
    keep: &[usize],
    seed: u64,
    progress: &dyn Fn(usize, f32),
) -> Scorer {
    let device = NdArrayDevice::Cpu;
    let mut dice = Dice::seed_from_u64(seed);
    let scales = Scales::fit(keep.iter().map(|i| &inputs[*i]));
    let mut net = Net::<Learning>::new(scales.table.len(), scales.pooled.len(), &mut dice, &device);
    let mut optimiser = AdamWConfig::new()
        .with_epsilon(1e-8)
        .with_weight_decay(DECAY)
        .with_grad_clipping(Some(GradientClippingConfig::Norm(1.0)))
        .init();
    let batches = keep.len().div_ceil(BATCH);
    let mut step = 0;
    for epoch in 0..EPOCHS {
        // Readings of about the same length go together, but not always the same ones.
        let mut order: Vec<(f32, usize)> =
            keep.iter().map(|i| (inputs[*i].laid.phones.len() as f32 + 3.0 * normal(&mut dice), *i)).collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut parts: Vec<&[(f32, usize)]> = order.chunks(BATCH).collect();
        shuffle(&mut parts, &mut dice);
        let mut total = 0.0;
        for part in parts {
            let some: Vec<&Input<'_>> = part.iter().map(|(_, i)| &inputs[*i]).collect();
            let batch = Batch::<Learning>::new(&some, &scales, &device);
            let wanted: Vec<&Target> = part.iter().map(|(_, i)| &targets[*i]).collect();
            let out = net.forward(&batch, Some(&mut dice));
            let loss = loss(out, &batch, &wanted, &device);
            let gradients = GradientsParams::from_grads(loss.backward(), &net);
            net = optimiser.step(one_cycle(step, batches * EPOCHS, RATE), net, gradients);
            total += loss.into_scalar();
            step += 1;
        }
        progress(epoch, total / batches as f32);
    }
    scorer(&net.valid(), scales)
}

fn loss(
    out: Outputs<Learning>,
    batch: &Batch<Learning>,
    targets: &[&Target],
    device: &NdArrayDevice,
) -> Tensor<Learning, 1> {
    let [b, n] = out.phones.dims();
    let words = out.words.dims()[1];
    let mut phones = vec![0.0_f32; b * n];
    let mut of_words = vec![0.0_f32; b * words * PER_WORD];
    let mut weights = vec![0.0_f32; b * words * PER_WORD];
    let mut readings = vec![0.0_f32; b * PER_READING];
    for (i, target) in targets.iter().enumerate() {
        phones[i * n..i * n + target.phones.len()].copy_from_slice(&target.phones);
        for (w, scores) in target.words.iter().enumerate() {
            for (k, score) in scores.iter().enumerate() {
                of_words[(i * words + w) * PER_WORD + k] = score / SCALE;
                weights[(i * words + w) * PER_WORD + k] = WORD_WEIGHTS[k];
            }
        }
        for (k, score) in target.reading.iter().enumerate() {
            readings[i * PER_READING + k] = score / SCALE;
        }
    }
    let count: f32 = targets.iter().map(|t| t.words.len() as f32).sum();
    let phones = Tensor::<Learning, 2>::from_data(TensorData::new(phones, [b, n]), device);
    let error = (out.phones - phones) * batch.there.clone();
    let of_phones = (error.clone() * error).sum() / batch.there.clone().sum() * 2.0;
    let shape = [b, words, PER_WORD];
    let of = |values| Tensor::<Learning, 3>::from_data(TensorData::new(values, shape), device);
    let error = out.words - of(of_words);
    let of_words = (error.clone() * error * of(weights)).sum() / count;
    let readings = Tensor::<Learning, 2>::from_data(TensorData::new(readings, [b, PER_READING]), device);
    let error = out.readings - readings;
    let share = Tensor::<Learning, 1>::from_data(TensorData::from(READING_WEIGHTS), device).unsqueeze::<2>();
    let of_readings = (error.clone() * error * share).sum() / b as f32;
    of_phones + of_words + of_readings
}

/// The weights of a trained network.
fn scorer<B: Backend>(net: &Net<B>, scales: Scales) -> Scorer {
    let numbers = |data: TensorData| data.into_vec::<f32>().expect("invariant: weights are f32");
    let matrix = |param: &Param<Tensor<B, 2>>| {
        let [rows, columns] = param.val().dims();
        let values = numbers(param.val().into_data());
        Matrix(Array2::from_shape_vec((rows, columns), values).expect("invariant: rows × columns weights"))
    };
    let row = |param: &Param<Tensor<B, 1>>| {
        let values = numbers(param.val().into_data());
        Matrix(Array2::from_shape_vec((1, values.len()), values).expect("invariant: one row"))
    };
    let head = |head: &Head<B>| net::Head {
        hidden: matrix(&head.hidden),
        hidden_bias: row(&head.hidden_bias),
        out: matrix(&head.out),
        out_bias: row(&head.out_bias),
    };
    let layer = |layer: &Layer<B>| net::Layer {
        query_key_value: matrix(&layer.query_key_value),
        out: matrix(&layer.out),
        same_word: row(&layer.same_word),
        distance: matrix(&layer.distance),
        up: matrix(&layer.up),
        up_bias: row(&layer.up_bias),
        down: matrix(&layer.down),
        down_bias: row(&layer.down_bias),
        norm_attention: row(&layer.norm_attention),
        norm_feed: row(&layer.norm_feed),
    };
    Scorer {
        scales,
        table: matrix(&net.table),
        states: matrix(&net.states),
        narrow: matrix(&net.narrow),
        bias: row(&net.bias),
        phone: matrix(&net.phone),
        phone_gate: matrix(&net.phone_gate),
        layers: net.layers.iter().map(layer).collect(),
        attention: matrix(&net.attention),
        of_phone: head(&net.of_phone),
        offset: matrix(&net.offset),
        of_word: head(&net.of_word),
        of_reading: head(&net.of_reading),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::features::Laid;
    use crate::phone::Phone;

    /// A reading of two words, with made-up numbers.
    fn laid() -> Laid {
        let phones: Vec<Phone> =
            "K AE1 T S IH0 T S".split(' ').map(|name| Phone::from_arpabet(name).unwrap()).collect();
        Laid {
            frames: (0..phones.len()).map(|i| i..i + 1).collect(),
            phones,
            word: vec![0, 0, 0, 1, 1, 1, 1],
            words: 2,
            letters: vec![3, 4],
            extra: 0,
            extras: 0,
            path_score: 0.0,
        }
    }

    #[test]
    fn the_network_at_work_is_the_one_that_was_trained() {
        let mut dice = Dice::seed_from_u64(5);
        let laid = laid();
        let table = Array2::from_shape_fn((7, 12), |_| normal(&mut dice));
        let pooled = Array2::from_shape_fn((7, 30), |_| normal(&mut dice));
        let short = Laid {
            phones: laid.phones[..3].to_vec(),
            word: vec![0; 3],
            frames: laid.frames[..3].to_vec(),
            words: 1,
            letters: vec![3],
            ..laid.clone()
        };
        let long = Input { laid: &laid, table: table.view(), pooled: pooled.view() };
        let short = Input {
            laid: &short,
            table: table.slice(ndarray::s![..3, ..]),
            pooled: pooled.slice(ndarray::s![..3, ..]),
        };
        let scales = Scales::fit([&long].into_iter());
        let net = Net::<NdArray<f32>>::new(12, 30, &mut dice, &NdArrayDevice::Cpu);
        // Side by side, so that the shorter one is filled up.
        let out = net.forward(&Batch::new(&[&long, &short], &scales, &NdArrayDevice::Cpu), None);
        let at_work = scorer(&net, scales);
        let phones = out.phones.into_data().into_vec::<f32>().unwrap();
        let words = out.words.into_data().into_vec::<f32>().unwrap();
        let readings = out.readings.into_data().into_vec::<f32>().unwrap();
        for (i, input) in [&long, &short].into_iter().enumerate() {
            let got = at_work.score(input);
            let near = |a: f32, b: f32| assert!((a - b).abs() < 1e-3, "{a} against {b} in reading {i}");
            got.phones.iter().enumerate().for_each(|(p, v)| near(*v, phones[i * 7 + p]));
            got.words.iter().enumerate().for_each(|(w, v)| near(*v, SCALE * words[i * 2 * PER_WORD + w]));
            got.reading.iter().enumerate().for_each(|(a, v)| near(*v, SCALE * readings[i * PER_READING + a]));
        }
    }
}
