//! Whisper: speech to text.
//!
//! The encoder and the decoder are two models of the catalogue, because the encoder is an ear of its own. Both are int8; the
//! decoder keeps its keys and values from step to step.

mod ear;
mod loops;
mod mel;
mod tokens;
mod words;

use std::path::Path;

use homeroom_core::ability::{AbilityError, Heard, HeardEnd, Transcribe};
use homeroom_core::{Language, Seconds, Waveform};
use rten::{NodeId, Value, ValueOrView};

use crate::runtime::{Runtime, Session, Weights, damaged};
use mel::{BANDS, HOP, LogMel, RATE};
use tokens::Tokens;
use words::Piece;

pub use ear::WhisperEar;

/// Names in the catalogue.
const ENCODER: &str = "whisper-encoder";
const DECODER: &str = "whisper-base";

/// The longest sound that Whisper was trained on.
const LONGEST: Seconds = Seconds(30.0);

/// Tokens that may be given for a sound: so many, and so many more per second. Fast English is 7 tokens a second, fast Chinese
/// 10, a word said very slowly needs a few more.
const CAP: f64 = 12.0;
const CAP_PER_SECOND: f64 = 12.0;

/// The context that the decoder was trained with, in tokens, holds a prompt and as much text.
const MOST_TOKENS: usize = 224;

/// Sound is filled up to the shortest of these windows that leaves [`MARGIN`] after it, in seconds. Whisper was trained on 30,
/// and works on shorter ones in proportionally less time.
const WINDOWS: [f64; 3] = [10.0, 20.0, 30.0];

/// Silence that must follow the sound inside its window, in seconds, so that the end is seen as one.
const MARGIN: f64 = 0.5;

/// A text of lower mean log-probability than this, in nats a token, is tried again in the window of the training. Whisper's own
/// threshold for a second attempt (`logprob_threshold`).
const UNSURE: f32 = -1.0;

/// Whisper (any size of the multilingual ones).
///
/// # Source
/// Radford et al. 2022, <https://github.com/openai/whisper> (MIT). Greedy decoding without time stamps.
pub struct Whisper {
    encoder: Session,
    cross: Vec<NodeId>,
    mel_input: NodeId,
    decoder: Session,
    nodes: DecoderNodes,
    tokens: Tokens,
    mel: LogMel,
}

/// The decoder's inputs and outputs, looked up once.
struct DecoderNodes {
    tokens: NodeId,
    positions: NodeId,
    mask: NodeId,
    /// Key and value of each layer.
    past: Vec<NodeId>,
    cross: Vec<NodeId>,
    /// The logits, then key and value of each layer.
    outputs: Vec<NodeId>,
    /// `[1, heads, 0, width]` of the cache before the first step.
    empty: [usize; 4],
}

impl Whisper {
    /// Loads `encoder.onnx` of `encoder`, and `decoder.onnx`, `tokenizer.json` and `config.json` of `decoder`.
    ///
    /// # Errors
    /// [`AbilityError::Damaged`] where a file is missing or not what it should be.
    pub fn load(encoder: &Path, decoder: &Path, threads: usize) -> Result<Whisper, AbilityError> {
        let runtime = Runtime::new(threads);
        let ear = runtime.session(encoder, "encoder.onnx", ENCODER, Weights::Plain)?;
        let tongue = runtime.session(decoder, "decoder.onnx", DECODER, Weights::Plain)?;
        let outputs = tongue.output_names();
        let layers = outputs.iter().filter(|name| name.starts_with("k_")).count();
        let pairs = |session: &Session, first: &str, second: &str| {
            let names = (0..layers).flat_map(|i| [format!("{first}{i}"), format!("{second}{i}")]);
            names.map(|name| session.node(&name)).collect::<Result<Vec<_>, _>>()
        };
        let cross = pairs(&ear, "cross_key_", "cross_value_").map_err(|e| damaged(ENCODER, e))?;
        let mel_input = ear.node("mel").map_err(|e| damaged(ENCODER, e))?;
        let nodes = || {
            let mut outputs = vec![tongue.node("logits")?];
            outputs.extend(pairs(&tongue, "k_", "v_")?);
            Ok(DecoderNodes {
                tokens: tongue.node("tokens")?,
                positions: tongue.node("pos")?,
                mask: tongue.node("mask")?,
                past: pairs(&tongue, "past_k_", "past_v_")?,
                cross: pairs(&tongue, "cross_key_", "cross_value_")?,
                outputs,
                empty: tongue.shape_of("past_k_0")?,
            })
        };
        let nodes = nodes().map_err(|e: AbilityError| damaged(DECODER, e))?;
        let tokens = Tokens::load(decoder).map_err(|e| damaged(DECODER, e))?;
        Ok(Whisper { encoder: ear, cross, mel_input, decoder: tongue, nodes, tokens, mel: LogMel::new() })
    }

    /// Keys and values of `samples` for the decoder's attention. `window`: seconds.
    fn encode(&self, samples: &[f32], window: f64) -> Result<Vec<Value>, AbilityError> {
        let columns = (window * RATE as f64 / HOP as f64).round() as usize;
        let picture = self.mel.picture(samples, columns);
        let input = Value::from_shape([1, BANDS, columns], picture).map_err(|e| self.encoder.failed(e))?;
        self.encoder.run_nodes(vec![(self.mel_input, input.into())], &self.cross)
    }

    /// One attempt in a window of so many seconds.
    fn attempt(&self, samples: &[f32], window: f64, choices: &[u32]) -> Result<Attempt, AbilityError> {
        let sound = self.encode(samples, window)?;
        let mut state = State { decoder: self, sound: &sound, past: self.empty_cache()?, position: 0 };
        let heard = state.step(&[self.tokens.start])?;
        // Log-probabilities over everything, before a language is chosen.
        let no_speech = softmax_at(&heard, self.tokens.no_speech);
        let chosen: Vec<f32> =
            choices.iter().map(|token| heard.get(*token as usize).copied().unwrap_or(f32::MIN)).collect();
        let top = chosen.iter().copied().fold(f32::MIN, f32::max);
        let sum: f32 = chosen.iter().map(|l| (l - top).exp()).sum();
        let languages: Vec<f32> = chosen.iter().map(|l| (l - top).exp() / sum).collect();
        let best = (0..languages.len()).max_by(|a, b| languages[*a].total_cmp(&languages[*b])).unwrap_or(0);
        state.take(&[choices[best], self.tokens.transcribe])?;
        let mut logits = state.step(&[self.tokens.no_timestamps])?;

        let duration = samples.len() as f64 / RATE as f64;
        let cap = ((CAP + CAP_PER_SECOND * duration) as usize).min(MOST_TOKENS);
        let (mut pieces, mut total, mut end) = (Vec::<Piece>::new(), 0.0, HeardEnd::Cap);
        while pieces.len() < cap {
            for token in &self.tokens.suppressed {
                mute(&mut logits, *token);
            }
            if pieces.is_empty() {
                for token in &self.tokens.suppressed_first {
                    mute(&mut logits, *token);
                }
            }
            // Of what follows the text tokens, only the end is possible: no languages, tasks or time stamps.
            logits.truncate(self.tokens.end as usize + 1);
            let (token, log_probability) = best_of(&logits);
            total += log_probability;
            if token == self.tokens.end {
                end = HeardEnd::Complete;
                break;
            }
            pieces.push(Piece { token, log_probability });
            if let Some(keep) = loops::repetition(&pieces) {
                pieces.truncate(keep);
                end = HeardEnd::Loop;
                break;
            }
            logits = state.step(&[token])?;
        }
        let mean_log_probability = total / (pieces.len() + 1) as f32;
        Ok(Attempt { best, languages, no_speech, pieces, mean_log_probability, end })
    }

    fn empty_cache(&self) -> Result<Vec<Value>, AbilityError> {
        let empty = || Value::from_shape(self.nodes.empty, Vec::<f32>::new()).map_err(|e| self.decoder.failed(e));
        self.nodes.past.iter().map(|_| empty()).collect()
    }
}

/// What one pass of the decoder gave.
struct Attempt {
    best: usize,
    languages: Vec<f32>,
    no_speech: f32,
    pieces: Vec<Piece>,
    mean_log_probability: f32,
    end: HeardEnd,
}

impl Attempt {
    fn is_doubtful(&self) -> bool {
        self.end != HeardEnd::Complete || self.mean_log_probability < UNSURE
    }
}

/// The decoder between two steps.
struct State<'a> {
    decoder: &'a Whisper,
    sound: &'a [Value],
    past: Vec<Value>,
    position: usize,
}

impl State<'_> {
    /// Takes one more token; the logits of what follows it.
    fn step(&mut self, token: &[u32; 1]) -> Result<Vec<f32>, AbilityError> {
        let logits = self.run(token, &self.decoder.nodes.outputs)?;
        let logits = logits.map(|value| value.into_shape_vec::<f32, 3>()).transpose();
        let logits = logits.map_err(|e| self.decoder.decoder.failed(e))?;
        Ok(logits.map(|(_, logits)| logits).unwrap_or_default())
    }

    /// Takes more tokens, of which nobody asks what follows: most of the work of a step is the logits.
    fn take(&mut self, tokens: &[u32]) -> Result<(), AbilityError> {
        self.run(tokens, &self.decoder.nodes.outputs[1..]).map(|_| ())
    }

    /// `outputs`: the logits, which are returned, or not; then key and value of each layer.
    fn run(&mut self, tokens: &[u32], outputs: &[NodeId]) -> Result<Option<Value>, AbilityError> {
        let whisper: &Whisper = self.decoder;
        let Whisper { decoder, nodes, .. } = whisper;
        let (n, past) = (tokens.len(), self.position);
        let ids: Vec<i32> = tokens.iter().map(|t| *t as i32).collect();
        let positions: Vec<i32> = (past..past + n).map(|p| p as i32).collect();
        let mask: Vec<f32> =
            (0..n).flat_map(|row| (0..past + n).map(move |to| if to <= past + row { 0.0 } else { f32::MIN })).collect();
        let mut inputs: Vec<(NodeId, ValueOrView<'_>)> = vec![
            (nodes.tokens, Value::from_shape([1, n], ids).map_err(|e| decoder.failed(e))?.into()),
            (nodes.positions, Value::from_shape([n], positions).map_err(|e| decoder.failed(e))?.into()),
            (nodes.mask, Value::from_shape([n, past + n], mask).map_err(|e| decoder.failed(e))?.into()),
        ];
        let cache = std::mem::take(&mut self.past).into_iter().map(ValueOrView::Value);
        inputs.extend(nodes.past.iter().copied().zip(cache));
        inputs.extend(nodes.cross.iter().copied().zip(self.sound.iter().map(ValueOrView::from)));
        let mut values = decoder.run_nodes(inputs, outputs)?;
        self.past = values.split_off(outputs.len() - nodes.past.len());
        self.position += n;
        Ok(values.pop())
    }
}

fn mute(logits: &mut [f32], token: u32) {
    if let Some(logit) = logits.get_mut(token as usize) {
        *logit = f32::MIN;
    }
}

/// The most probable token and its log-probability.
fn best_of(logits: &[f32]) -> (u32, f32) {
    let (token, top) =
        logits.iter().enumerate().fold((0, f32::MIN), |best, (i, l)| if *l > best.1 { (i, *l) } else { best });
    let sum: f32 = logits.iter().map(|l| (l - top).exp()).sum();
    (token as u32, -sum.ln())
}

/// The probability of one token.
fn softmax_at(logits: &[f32], token: u32) -> f32 {
    let top = logits.iter().copied().fold(f32::MIN, f32::max);
    let sum: f32 = logits.iter().map(|l| (l - top).exp()).sum();
    logits.get(token as usize).map_or(0.0, |l| (l - top).exp() / sum)
}

impl Transcribe for Whisper {
    fn longest(&self) -> Seconds {
        LONGEST
    }

    fn transcribe(&self, sound: &Waveform, languages: &[Language]) -> Result<Heard, AbilityError> {
        let failed = |e: tokens::TokenError| AbilityError::Failed { model: DECODER.to_owned(), source: e.into() };
        let choices =
            languages.iter().map(|l| self.tokens.language(l)).collect::<Result<Vec<_>, _>>().map_err(failed)?;
        if choices.is_empty() {
            return Err(failed(tokens::TokenError::Language(String::new())));
        }
        let samples = &sound.samples[..sound.samples.len().min(LONGEST.0 as usize * RATE)];
        let duration = samples.len() as f64 / RATE as f64;
        let [.., whole] = WINDOWS;
        let window = WINDOWS.into_iter().find(|window| duration + MARGIN <= *window).unwrap_or(whole);
        let mut attempt = self.attempt(samples, window, &choices)?;
        if attempt.is_doubtful() && window < whole {
            let again = self.attempt(samples, whole, &choices)?;
            // A text that ends by itself is worth more than one that had to be cut.
            let rank = |a: &Attempt| (a.end == HeardEnd::Complete, a.mean_log_probability);
            let (old, new) = (rank(&attempt), rank(&again));
            if new.0.cmp(&old.0).then(new.1.total_cmp(&old.1)).is_gt() {
                attempt = again;
            }
        }
        Ok(Heard {
            language: languages[attempt.best].clone(),
            languages: languages.iter().cloned().zip(attempt.languages).collect(),
            no_speech: attempt.no_speech,
            mean_log_probability: attempt.mean_log_probability,
            words: words::words(&attempt.pieces, &self.tokens, samples, RATE),
            end: attempt.end,
        })
    }
}
