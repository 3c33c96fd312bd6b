//! Small networks at work: layers of weights in half precision.

use half::f16;
use ndarray::{Array2, ArrayView2};
use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Numbers kept in half precision, and unpacked once when the model is loaded.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Packed(pub(crate) Vec<f32>);

impl Serialize for Packed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = self.0.iter().flat_map(|v| f16::from_f32(*v).to_le_bytes()).collect();
        serializer.serialize_bytes(&bytes)
    }
}

impl<'de> Deserialize<'de> for Packed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Packed, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = Packed;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("numbers in half precision")
            }

            fn visit_bytes<E: serde::de::Error>(self, bytes: &[u8]) -> Result<Packed, E> {
                if !bytes.len().is_multiple_of(2) {
                    return Err(E::custom("half a number at the end"));
                }
                Ok(Packed(bytes.chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32()).collect()))
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}

/// `y = x W + b`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub(crate) struct Dense {
    /// Inputs × outputs.
    pub(crate) weight: Array2<f32>,
    /// One per output.
    pub(crate) bias: Vec<f32>,
}

/// How a layer lies in a file.
#[derive(Serialize, Deserialize)]
struct Stored {
    inputs: usize,
    weight: Packed,
    bias: Packed,
}

impl From<Dense> for Stored {
    fn from(dense: Dense) -> Stored {
        let inputs = dense.weight.nrows();
        Stored { inputs, weight: Packed(dense.weight.into_iter().collect()), bias: Packed(dense.bias) }
    }
}

impl TryFrom<Stored> for Dense {
    type Error = String;

    fn try_from(stored: Stored) -> Result<Dense, String> {
        let shape = (stored.inputs, stored.bias.0.len());
        let weight = Array2::from_shape_vec(shape, stored.weight.0).map_err(|e| e.to_string())?;
        Ok(Dense { weight, bias: stored.bias.0 })
    }
}

impl Dense {
    /// `rows` × inputs to `rows` × outputs.
    pub(crate) fn apply(&self, rows: ArrayView2<'_, f32>) -> Array2<f32> {
        rows.dot(&self.weight) + ndarray::ArrayView1::from(self.bias.as_slice())
    }
}

/// Layers with GELU between them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Perceptron {
    pub(crate) layers: Vec<Dense>,
}

impl Perceptron {
    /// Log-probabilities of the classes: `rows` × inputs to `rows` × classes.
    pub(crate) fn log_probabilities(&self, rows: ArrayView2<'_, f32>) -> Array2<f32> {
        let mut x = self.layers[0].apply(rows);
        for layer in &self.layers[1..] {
            x.mapv_inplace(gelu);
            x = layer.apply(x.view());
        }
        log_softmax(&mut x);
        x
    }
}

/// Turns each row of logits, or of log-probabilities of some of the classes, into log-probabilities that make up 1.
pub(crate) fn log_softmax(rows: &mut Array2<f32>) {
    for mut row in rows.rows_mut() {
        let top = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum = top + row.iter().map(|v| (v - top).exp()).sum::<f32>().ln();
        row.mapv_inplace(|v| v - sum);
    }
}

/// The Gaussian error linear unit by its logistic approximation, cheap and as good here (Hendrycks and Gimpel 2016).
pub(crate) fn gelu(x: f32) -> f32 {
    x / (1.0 + (-1.702 * x).exp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn layer() -> Dense {
        Dense { weight: array![[1.0, 0.5, -0.25], [0.0, 2.0, 4.0]], bias: vec![0.5, 0.0, -1.0] }
    }

    #[test]
    fn layers_survive_a_file() {
        let net = Perceptron { layers: vec![layer()] };
        let bytes = rmp_serde::to_vec(&net).unwrap();
        assert_eq!(rmp_serde::from_slice::<Perceptron>(&bytes).unwrap(), net);
    }

    #[test]
    fn a_layer_of_the_wrong_size_is_refused() {
        let stored = Stored { inputs: 3, weight: Packed(vec![0.0; 6]), bias: Packed(vec![0.0; 3]) };
        assert!(Dense::try_from(stored).is_err());
    }

    #[test]
    fn classes_sum_to_one() {
        let net = Perceptron { layers: vec![layer()] };
        let out = net.log_probabilities(array![[0.3, -0.2], [10.0, 5.0]].view());
        for row in out.rows() {
            assert!((row.iter().map(|v| v.exp()).sum::<f32>() - 1.0).abs() < 1e-5);
        }
    }
}
