//! The only crate that knows ONNX: runs the small open models and shows them as abilities.
//!
//! One file per family of models; each has a type with `load(folder, threads)` that implements a trait of
//! [`homeroom_core::ability`]. A new family is one file here and one line below.
//!
//! Memory at work, beside what the program takes itself (peak resident size, Linux, x86-64):
//!
//! | model | type | about |
//! | --- | --- | --- |
//! | silero VAD | [`Vad`] | 8 MB |
//! | Whisper base, encoder alone in 8 bits | [`WhisperEar`] | 90 MB loaded, 110 MB on 10 s of sound |
//! | Whisper base, encoder and decoder in 8 bits | [`Whisper`] | 110 MB loaded, 150 MB on 10 s of sound, 220 MB on 30 s |
//! | all-MiniLM-L6-v2 in 8 bits | [`MiniLm`] | 80 MB |

mod embed;
mod hibari;
mod ocr;
mod outline;
mod runtime;
mod vad;
mod whisper;

pub use embed::MiniLm;
pub use hibari::{Hibari, HibariReader};
pub use ocr::PpOcr;
pub use runtime::free_cores;
pub use vad::Vad;
pub use whisper::{Whisper, WhisperEar};
