//! The encoder alone, with the states after each third of its layers.

use std::path::Path;

use homeroom_core::ability::{AbilityError, EncodeSpeech, SpeechStates};
use homeroom_core::{Seconds, Waveform};
use rten::{NodeId, Value};

use super::mel::{BANDS, HOP, LogMel, RATE};
use super::{ENCODER, LONGEST};
use crate::runtime::{Runtime, Session, Weights, damaged};

/// Columns of the picture in one frame of the encoder, whose second convolution halves them.
const COLUMNS: usize = 2;

/// Silence after the sound, in samples: the end has to be seen as one.
const MARGIN: usize = RATE / 2;

/// The shortest sound with its margin, in samples. On shorter ones the states drift.
const SHORTEST: usize = 5 * RATE / 2;

/// Whisper's encoder as an ear: the states after a third, two thirds and all of its layers, side by side.
///
/// # Source
/// Radford et al. 2022, <https://github.com/openai/whisper> (MIT). Sound is filled up by half a second rather than to 30 s.
pub struct WhisperEar {
    encoder: Session,
    input: NodeId,
    hidden: Vec<NodeId>,
    mel: LogMel,
}

impl WhisperEar {
    /// Loads `encoder.onnx` of `folder`.
    ///
    /// # Errors
    /// [`AbilityError::Damaged`] where the file is missing or not what it should be.
    pub fn load(folder: &Path, threads: usize) -> Result<WhisperEar, AbilityError> {
        let encoder = Runtime::new(threads).session(folder, "encoder.onnx", ENCODER, Weights::Plain)?;
        let mut names: Vec<String> =
            encoder.output_names().into_iter().filter(|name| name.starts_with("hidden_")).collect();
        names.sort_by_key(|name| name.trim_start_matches("hidden_").parse::<usize>().unwrap_or(usize::MAX));
        let hidden = names.iter().map(|name| encoder.node(name)).collect::<Result<Vec<_>, _>>();
        let hidden = hidden.map_err(|e| damaged(ENCODER, e))?;
        if hidden.is_empty() {
            return Err(damaged(ENCODER, "the graph gives no hidden states"));
        }
        let input = encoder.node("mel").map_err(|e| damaged(ENCODER, e))?;
        Ok(WhisperEar { encoder, input, hidden, mel: LogMel::new() })
    }
}

impl EncodeSpeech for WhisperEar {
    fn longest(&self) -> Seconds {
        Seconds(LONGEST.0 - MARGIN as f64 / RATE as f64)
    }

    fn encode(&self, sound: &Waveform) -> Result<SpeechStates, AbilityError> {
        let most = self.longest().0 as usize * RATE;
        let samples = &sound.samples[..sound.samples.len().min(most)];
        let padded = (samples.len() + MARGIN).max(SHORTEST);
        let columns = padded.div_ceil(HOP * COLUMNS) * COLUMNS;
        let picture = self.mel.picture(samples, columns);
        let input = Value::from_shape([1, BANDS, columns], picture).map_err(|e| self.encoder.failed(e))?;
        let outputs = self.encoder.run_nodes(vec![(self.input, input.into())], &self.hidden)?;
        let frames = samples.len().div_ceil(HOP * COLUMNS).min(columns / COLUMNS);
        let mut layers = Vec::with_capacity(outputs.len());
        for output in outputs {
            let ([_, _, width], values) = output.into_shape_vec::<f32, 3>().map_err(|e| self.encoder.failed(e))?;
            layers.push((width, values));
        }
        let width = layers.iter().map(|(width, _)| width).sum();
        let mut values = Vec::with_capacity(frames * width);
        for frame in 0..frames {
            for (width, layer) in &layers {
                values.extend_from_slice(&layer[frame * width..(frame + 1) * width]);
            }
        }
        Ok(SpeechStates { frame: Seconds((HOP * COLUMNS) as f64 / RATE as f64), width, values })
    }
}
