//! hibari: an English voice, and its reader of unknown words.

mod synthesis;

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use homeroom_core::ability::{AbilityError, Speak, SpellOut, Spoken};
use homeroom_core::{Hz, Seconds, Waveform};
use rten::{NodeId, ValueView};
use serde::Deserialize;

use crate::runtime::{Runtime, Session, Weights, damaged};
use synthesis::{Spectra, Synthesizer};

/// Name in the catalogue.
const MODEL: &str = "hibari";
/// Outputs of the voice: five parts of a spectrum and the fundamental frequency, per frame.
const OUTPUTS: [&str; 6] = ["lh", "theta", "ln", "lr", "phi", "f0"];
/// Inside the graph: frames of each symbol. The published outputs lack them; without them no word has a time.
const DURATIONS: &str = "/Cast_32_output_0";
/// Before and after the symbols, as the network was trained.
const EDGE: i32 = 0;

/// The voice.
///
/// # Source
/// hibari 0.2.1 (Apache-2.0), a student of Kokoro-82M: the network predicts a spectrum for every 12.5 ms, of which
/// [`synthesis`] makes sound. 24 kHz.
pub struct Hibari {
    session: Session,
    runtime: Runtime,
    inputs: [NodeId; 2],
    outputs: Vec<NodeId>,
    synthesizer: Synthesizer,
}

impl Hibari {
    /// Samples a second of what it says.
    pub const RATE: u32 = synthesis::RATE;

    /// Loads the network `file` of `folder`: each voice has one of its own.
    ///
    /// # Errors
    /// [`AbilityError::Damaged`] where it is missing or no such graph.
    pub fn load(folder: &Path, file: &str, threads: usize) -> Result<Hibari, AbilityError> {
        let runtime = Runtime::new(threads);
        let session = runtime.session(folder, file, MODEL, Weights::Repacked)?;
        let node = |name| session.node(name).map_err(|source| damaged(MODEL, source));
        let inputs = [node("ids")?, node("speed")?];
        let outputs = OUTPUTS.into_iter().chain([DURATIONS]).map(node).collect::<Result<_, _>>()?;
        Ok(Hibari { session, runtime, inputs, outputs, synthesizer: Synthesizer::new() })
    }
}

impl Speak for Hibari {
    fn speak(&self, symbols: &[u16], speed: f32) -> Result<Spoken, AbilityError> {
        let rate = Hz(synthesis::RATE);
        if symbols.is_empty() {
            return Ok(Spoken { sound: Waveform { samples: Vec::new(), rate }, times: Vec::new() });
        }
        let failed = |source: Box<dyn std::error::Error + Send + Sync>| self.session.failed(source);
        let ids: Vec<i32> =
            std::iter::once(EDGE).chain(symbols.iter().map(|id| i32::from(*id))).chain([EDGE]).collect();
        let speed = [speed];
        let inputs = vec![
            (
                self.inputs[0],
                ValueView::from_shape([1, ids.len()].as_slice(), &ids).map_err(|e| failed(e.into()))?.into(),
            ),
            (self.inputs[1], ValueView::from_shape([1].as_slice(), &speed).map_err(|e| failed(e.into()))?.into()),
        ];
        let mut values = self.session.run_nodes(inputs, &self.outputs)?;
        let durations = values.pop().and_then(|v| v.into_tensor::<i32>()).map(|t| t.into_data());
        let durations = durations.filter(|d| d.len() == ids.len());
        let durations = durations.ok_or_else(|| failed("there is not one duration for each symbol".into()))?;
        let parts: Option<Vec<Vec<f32>>> =
            values.into_iter().map(|v| v.into_tensor::<f32>().map(|t| t.into_data())).collect();
        let parts: Option<[Vec<f32>; 6]> = parts.and_then(|parts| parts.try_into().ok());
        let samples = parts.and_then(|[harmonic, phase, noise, free, free_phase, pitch]| {
            let spectra = Spectra { harmonic, phase, noise, free, free_phase, pitch };
            self.runtime.run(|| self.synthesizer.sound(&spectra))
        });
        let samples = samples.ok_or_else(|| failed("the parts of the spectrum differ in size".into()))?;
        // The network gives each symbol a number of steps, and each step the same number of frames.
        let steps: f64 = durations.iter().map(|d| f64::from(*d)).sum();
        let step = samples.len() as f64 / f64::from(rate.0) / steps.max(1.0);
        let mut at = Seconds(0.0);
        let mut times = Vec::with_capacity(ids.len());
        for duration in durations {
            let end = Seconds(at.0 + f64::from(duration) * step);
            times.push((at, end));
            at = end;
        }
        let times = times[1..times.len() - 1].to_vec();
        Ok(Spoken { sound: Waveform { samples, rate }, times })
    }
}

/// The reader of words that no dictionary has, for one accent: a small transformer over letters whose output is read
/// as CTC.
///
/// # Source
/// hibari 0.2.1 (Apache-2.0), `g2p/oov.py`.
pub struct HibariReader {
    session: Session,
    letters: HashMap<char, i32>,
    phones: Vec<char>,
    longest: usize,
}

/// What stands beside the network's file.
#[derive(Deserialize)]
struct ReaderTables {
    r#in: Vec<char>,
    out: Vec<char>,
    maxlen: usize,
}

impl HibariReader {
    /// Loads `oov.onnx` and `oov.json` of `folder`, or those of British English.
    ///
    /// # Errors
    /// [`AbilityError::Damaged`] where one is missing or not what it should be.
    pub fn load(folder: &Path, british: bool, threads: usize) -> Result<HibariReader, AbilityError> {
        let name = if british { "oov_gb" } else { "oov" };
        let session = Runtime::new(threads).session(folder, &format!("{name}.onnx"), MODEL, Weights::Plain)?;
        for node in ["chars", "ids"] {
            session.node(node).map_err(|source| damaged(MODEL, source))?;
        }
        let json = fs::read_to_string(folder.join(format!("{name}.json"))).map_err(|e| damaged(MODEL, e))?;
        let tables: ReaderTables = serde_json::from_str(&json).map_err(|e| damaged(MODEL, e))?;
        // 0 is the padding on both sides.
        let letters = tables.r#in.into_iter().zip(1..).collect();
        Ok(HibariReader { session, letters, phones: tables.out, longest: tables.maxlen })
    }
}

impl SpellOut for HibariReader {
    fn spell_out(&self, word: &str) -> Result<Option<String>, AbilityError> {
        let ids: Vec<i32> = word.chars().filter_map(|c| self.letters.get(&c).copied()).take(self.longest).collect();
        if ids.is_empty() {
            return Ok(None);
        }
        let input = ValueView::from_shape([1, ids.len()].as_slice(), &ids).map_err(|e| self.session.failed(e))?;
        let [output] = self.session.run(vec![("chars", input.into())], ["ids"])?;
        let output = output.into_tensor::<i32>().ok_or_else(|| self.session.failed("the phones are no numbers"))?;
        let mut phones = String::new();
        let mut before = 0;
        for id in output.into_data() {
            if id != before && id != 0 {
                let index = usize::try_from(id - 1).ok();
                phones.extend(index.and_then(|i| self.phones.get(i)));
            }
            before = id;
        }
        Ok(Some(phones))
    }
}
