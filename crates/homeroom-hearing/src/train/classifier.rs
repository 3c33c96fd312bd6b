//! Training of the classifiers of frames and of whole phones.

use burn::backend::ndarray::NdArrayDevice;
use burn::backend::{Autodiff, NdArray};
use burn::module::{AutodiffModule, Module};
use burn::nn::{Initializer, Linear, LinearConfig};
use burn::optim::{AdamWConfig, GradientsParams, Optimizer};
use burn::tensor::activation::{log_softmax, sigmoid};
use burn::tensor::backend::Backend;
use burn::tensor::{Int, Tensor, TensorData};
use ndarray::Array2;

use crate::dense::{Dense, Perceptron};
use crate::rng::{Dice, SeedableRng, mask, shuffle};

type Learning = Autodiff<NdArray<f32>>;

/// Label smoothing: the share of the loss that goes to all classes alike.
const SMOOTHING: f64 = 0.05;

/// How a classifier is trained.
#[derive(Debug, Clone)]
pub(crate) struct Recipe {
    /// Sizes of the layers between inputs and classes.
    pub(crate) hidden: Vec<usize>,
    /// Share of the inputs of each layer that is left out.
    pub(crate) dropout: Vec<f32>,
    pub(crate) classes: usize,
    pub(crate) epochs: usize,
    pub(crate) batch: usize,
    /// Greatest step, reached after a tenth of the way.
    pub(crate) rate: f64,
    pub(crate) decay: f32,
    pub(crate) seed: u64,
}

#[derive(Module, Debug)]
struct Net<B: Backend> {
    layers: Vec<Linear<B>>,
}

impl<B: Backend> Net<B> {
    fn forward(&self, mut x: Tensor<B, 2>, dropout: &[f32], dice: &mut Dice) -> Tensor<B, 2> {
        for (i, layer) in self.layers.iter().enumerate() {
            if i > 0 {
                x = x.clone() * sigmoid(x * 1.702);
            }
            if dropout[i] > 0.0 {
                let shape = x.dims();
                let kept = TensorData::new(mask(shape[0] * shape[1], dropout[i], dice), shape);
                x = x.clone() * Tensor::from_data(kept, &x.device());
            }
            x = layer.forward(x);
        }
        x
    }
}

/// One-cycle rate: up to `top` in a tenth of the way, then down along a cosine.
pub(crate) fn one_cycle(step: usize, steps: usize, top: f64) -> f64 {
    let share = step as f64 / steps.max(1) as f64;
    let wave = |x: f64| 0.5 - 0.5 * (std::f64::consts::PI * x).cos();
    if share < 0.1 {
        top * (0.04 + 0.96 * wave(share / 0.1))
    } else {
        top * (1.0 - wave((share - 0.1) / 0.9)).max(1e-4)
    }
}

/// A classifier of the rows `keep`, each with its label and weight; `gather` writes the inputs of the rows it is asked for.
pub(crate) fn train(
    keep: &[usize],
    labels: &[u8],
    weights: &[f32],
    inputs: usize,
    gather: &(dyn Fn(usize, &mut Vec<f32>) + Sync),
    recipe: &Recipe,
    progress: &(dyn Fn(usize, f32) + Sync),
) -> Perceptron {
    let device = NdArrayDevice::Cpu;
    let mut dice = Dice::seed_from_u64(recipe.seed);
    let mut sizes = vec![inputs];
    sizes.extend(&recipe.hidden);
    sizes.push(recipe.classes);
    let layer = |sizes: &[usize], last: bool, dice: &mut Dice| {
        let config = LinearConfig::new(sizes[0], sizes[1]).with_initializer(Initializer::Zeros);
        let mut linear: Linear<Learning> = config.init(&device);
        let scale = (2.0 / sizes[0] as f32).sqrt() * if last { 0.3 } else { 1.0 };
        let values: Vec<f32> = (0..sizes[0] * sizes[1]).map(|_| scale * crate::rng::normal(dice)).collect();
        let values = Tensor::<Learning, 2>::from_data(TensorData::new(values, [sizes[0], sizes[1]]), &device);
        linear.weight = burn::module::Param::from_tensor(values);
        linear
    };
    let layers = sizes.windows(2).enumerate().map(|(i, s)| layer(s, i + 2 == sizes.len(), &mut dice)).collect();
    let mut net = Net::<Learning> { layers };
    let mut optimiser = AdamWConfig::new().with_epsilon(1e-8).with_weight_decay(recipe.decay).init();
    let mut order = keep.to_vec();
    let batches = order.len() / recipe.batch;
    let steps = batches * recipe.epochs;
    let mut step = 0;
    for epoch in 0..recipe.epochs {
        shuffle(&mut order, &mut dice);
        let mut total = 0.0;
        for rows in order.chunks_exact(recipe.batch) {
            let mut x = Vec::with_capacity(rows.len() * inputs);
            rows.iter().for_each(|row| gather(*row, &mut x));
            let x = Tensor::<Learning, 2>::from_data(TensorData::new(x, [rows.len(), inputs]), &device);
            let y: Vec<i64> = rows.iter().map(|row| i64::from(labels[*row])).collect();
            let y = Tensor::<Learning, 2, Int>::from_data(TensorData::new(y, [rows.len(), 1]), &device);
            let sum: f32 = rows.iter().map(|row| weights[*row]).sum();
            let w: Vec<f32> = rows.iter().map(|row| weights[*row] / sum.max(1e-6)).collect();
            let w = Tensor::<Learning, 2>::from_data(TensorData::new(w, [rows.len(), 1]), &device);
            let log = log_softmax(net.forward(x, &recipe.dropout, &mut dice), 1);
            let right = log.clone().gather(1, y) * (1.0 - SMOOTHING);
            let loss = -((right + log.mean_dim(1) * SMOOTHING) * w).sum();
            let gradients = GradientsParams::from_grads(loss.backward(), &net);
            net = optimiser.step(one_cycle(step, steps, recipe.rate), net, gradients);
            if step % 20 == 0 {
                total += loss.into_scalar() * 20.0;
            }
            step += 1;
        }
        progress(epoch, total / batches.max(1) as f32);
    }
    let layers = net.valid().layers.iter().map(dense).collect();
    Perceptron { layers }
}

/// The weights of a trained layer.
pub(crate) fn dense<B: Backend>(linear: &Linear<B>) -> Dense {
    let [inputs, outputs] = linear.weight.dims();
    let numbers = |data: TensorData| data.into_vec::<f32>().expect("invariant: weights are f32");
    let weight = numbers(linear.weight.val().into_data());
    let bias = linear.bias.as_ref().map_or(vec![0.0; outputs], |bias| numbers(bias.val().into_data()));
    let weight = Array2::from_shape_vec((inputs, outputs), weight).expect("invariant: inputs × outputs weights");
    Dense { weight, bias }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::ArrayView2;

    #[test]
    fn classes_are_learnt_and_the_same_seed_gives_the_same_net() {
        let mut dice = Dice::seed_from_u64(3);
        let n = 2_000;
        let x: Vec<f32> = (0..n * 4).map(|_| crate::rng::normal(&mut dice)).collect();
        let labels: Vec<u8> = (0..n).map(|i| u8::from(x[i * 4] * x[i * 4 + 1] > 0.0)).collect();
        let recipe = Recipe {
            hidden: vec![32],
            dropout: vec![0.0, 0.1],
            classes: 2,
            epochs: 12,
            batch: 50,
            rate: 1e-2,
            decay: 1e-3,
            seed: 1,
        };
        let keep: Vec<usize> = (0..n).collect();
        let gather = |row: usize, to: &mut Vec<f32>| to.extend_from_slice(&x[row * 4..(row + 1) * 4]);
        let learn = || train(&keep, &labels, &vec![1.0; n], 4, &gather, &recipe, &|_, _| {});
        let net = learn();
        let out = net.log_probabilities(ArrayView2::from_shape((n, 4), &x).unwrap());
        let right = (0..n).filter(|i| (out[[*i, 1]] > out[[*i, 0]]) == (labels[*i] == 1)).count();
        assert!(right > n * 93 / 100, "{right} of {n} right");
        assert_eq!(net, learn());
    }
}
