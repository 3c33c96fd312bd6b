//! From the publisher's format to graphs that the runtime reads.
//!
//! One file per family of models. Every step is plain arithmetic on the weights and gives the same bytes on every machine,
//! which is why the catalogue can name the hash of what comes out.

mod bert;
mod ctranslate2;
mod onnx;
mod quantise;
mod safetensors;
mod whisper;

use std::collections::BTreeMap;

use self::onnx::Graph;
use crate::ConvertFault;

/// A conversion: bytes of the publisher's file to a graph.
type Step = fn(&[u8]) -> Result<Graph, ConvertFault>;

/// The conversions, by the name that the catalogue uses.
const STEPS: &[(&str, Step)] = &[
    ("bert-embedding", |bytes| bert::embedding(&safetensors::read(bytes)?)),
    ("whisper-encoder", |bytes| whisper::encoder(&ctranslate2::read(bytes)?)),
    ("whisper-decoder", |bytes| whisper::decoder(&ctranslate2::read(bytes)?)),
];

/// Runs a conversion: the publisher's file to the bytes of an ONNX file.
///
/// # Errors
/// [`ConvertFault`] where there is no such step or the file is not what it expects.
pub fn convert(step: &str, bytes: &[u8]) -> Result<Vec<u8>, ConvertFault> {
    let (_, run) =
        STEPS.iter().find(|(name, _)| *name == step).ok_or_else(|| ConvertFault::NoStep { step: step.to_owned() })?;
    Ok(run(bytes)?.to_bytes())
}

/// How a tensor's numbers are stored, little-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Number {
    F16,
    F32,
}

/// A tensor in a file, last axis innermost. No axis is of length 0.
#[derive(Debug, Clone)]
struct Tensor<'a> {
    shape: Vec<usize>,
    number: Number,
    bytes: &'a [u8],
}

/// The tensors of a file, by name. Numbers are read when they are asked for, so that only a part of them is in memory.
#[derive(Debug, Default)]
pub(crate) struct Tensors<'a>(BTreeMap<String, Tensor<'a>>);

impl<'a> Tensors<'a> {
    /// Adds a tensor.
    ///
    /// # Errors
    /// [`ConvertFault::Shape`] where its shape is empty or asks for another number of bytes.
    pub(crate) fn insert(
        &mut self,
        name: String,
        shape: Vec<usize>,
        number: Number,
        bytes: &'a [u8],
    ) -> Result<(), ConvertFault> {
        let size = if number == Number::F16 { 2_usize } else { 4 };
        let wanted = shape.iter().try_fold(size, |n, length| n.checked_mul(*length));
        if wanted != Some(bytes.len()) || bytes.is_empty() {
            return Err(ConvertFault::Shape { tensor: name, shape });
        }
        self.0.insert(name, Tensor { shape, number, bytes });
        Ok(())
    }

    fn tensor(&self, name: &str) -> Result<&Tensor<'a>, ConvertFault> {
        self.0.get(name).ok_or_else(|| ConvertFault::NoTensor { tensor: name.to_owned() })
    }

    /// The values of a tensor that must have this shape.
    pub(crate) fn get(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>, ConvertFault> {
        let tensor = self.tensor(name)?;
        if tensor.shape != shape {
            return Err(ConvertFault::Shape { tensor: name.to_owned(), shape: tensor.shape.clone() });
        }
        Ok(match tensor.number {
            Number::F32 => tensor.bytes.as_chunks::<4>().0.iter().map(|b| f32::from_le_bytes(*b)).collect(),
            Number::F16 => {
                tensor.bytes.as_chunks::<2>().0.iter().map(|b| half::f16::from_le_bytes(*b).to_f32()).collect()
            }
        })
    }

    /// The shape of a tensor that must have that many axes.
    pub(crate) fn shape<const N: usize>(&self, name: &str) -> Result<[usize; N], ConvertFault> {
        let shape = &self.tensor(name)?.shape;
        shape[..].try_into().map_err(|_| ConvertFault::Shape { tensor: name.to_owned(), shape: shape.clone() })
    }

    /// How many numbers from 0 on have a tensor of that name.
    pub(crate) fn count(&self, name: impl Fn(usize) -> String) -> usize {
        (0..).take_while(|i| self.0.contains_key(&name(*i))).count()
    }
}

/// A matrix, given as rows of `width`, with rows and columns exchanged.
pub(crate) fn transposed(matrix: &[f32], width: usize) -> Vec<f32> {
    (0..width).flat_map(|column| matrix.iter().skip(column).step_by(width).copied()).collect()
}
