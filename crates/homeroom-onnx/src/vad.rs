//! Voice activity: silero VAD at 16 kHz.

use std::path::Path;

use homeroom_core::Seconds;
use homeroom_core::ability::{AbilityError, DetectSpeech, SpeechStream};
use rten::{Value, ValueView};

use crate::runtime::{Runtime, Session, Weights};

/// Name in the catalogue.
const MODEL: &str = "silero-vad";
/// The only rate this network takes.
const RATE: i32 = 16_000;
/// Samples of one frame: 32 ms.
const FRAME: usize = 512;
/// Samples before the frame that the network sees again.
const CONTEXT: usize = 64;
/// Shape of the recurrent state.
const STATE: [usize; 3] = [2, 1, 128];

/// silero VAD, 16 kHz, frames of 32 ms.
///
/// # Source
/// <https://github.com/snakers4/silero-vad> (MIT), the 16 kHz graph of version 5 and later: each frame is preceded by the
/// last 64 samples of the one before it, and the state is carried on.
pub struct Vad {
    session: Session,
    takes_rate: bool,
}

impl Vad {
    /// Loads `model.onnx` of `folder`.
    ///
    /// # Errors
    /// [`AbilityError::Damaged`] where it is missing or no such graph.
    pub fn load(folder: &Path, threads: usize) -> Result<Vad, AbilityError> {
        let session = Runtime::new(threads).session(folder, "model.onnx", MODEL, Weights::Plain)?;
        let takes_rate = session.input_names().iter().any(|name| name == "sr");
        for name in ["input", "state", "output", "stateN"] {
            session.node(name).map_err(|source| crate::runtime::damaged(MODEL, source))?;
        }
        Ok(Vad { session, takes_rate })
    }
}

impl DetectSpeech for Vad {
    fn listen(&self) -> Box<dyn SpeechStream + '_> {
        Box::new(Stream { vad: self, state: vec![0.0; STATE.iter().product()], window: vec![0.0; CONTEXT] })
    }
}

/// One recording.
struct Stream<'a> {
    vad: &'a Vad,
    state: Vec<f32>,
    /// The context and what came in of the next frame.
    window: Vec<f32>,
}

impl SpeechStream for Stream<'_> {
    fn frame(&self) -> Seconds {
        Seconds(FRAME as f64 / f64::from(RATE))
    }

    fn push(&mut self, samples: &[f32]) -> Result<Vec<f32>, AbilityError> {
        let session = &self.vad.session;
        let mut out = Vec::with_capacity(samples.len() / FRAME + 1);
        let mut samples = samples;
        loop {
            let (taken, rest) = samples.split_at(samples.len().min(CONTEXT + FRAME - self.window.len()));
            self.window.extend_from_slice(taken);
            samples = rest;
            if self.window.len() < CONTEXT + FRAME {
                return Ok(out);
            }
            let view = |shape: &[usize], data| ValueView::from_shape(shape, data).map_err(|e| session.failed(e));
            let mut inputs = vec![
                ("input", view(&[1, CONTEXT + FRAME], &self.window)?.into()),
                ("state", view(&STATE, &self.state)?.into()),
            ];
            if self.vad.takes_rate {
                let rate = Value::from_shape([0_usize; 0], vec![RATE]).map_err(|e| session.failed(e))?;
                inputs.push(("sr", rate.into()));
            }
            let [probability, state] = session.run(inputs, ["output", "stateN"])?;
            let (_, probability) = probability.into_shape_vec::<f32, 2>().map_err(|e| session.failed(e))?;
            let (_, state) = state.into_shape_vec::<f32, 3>().map_err(|e| session.failed(e))?;
            out.push(probability.first().copied().unwrap_or(0.0));
            self.state = state;
            self.window.drain(..FRAME);
        }
    }
}
