//! The only crate that knows ONNX: runs the small open models and shows them as abilities.
//!
//! One file per family of models; each has a type with `load(folder, threads)` that implements a trait of
//! [`homeroom_core::ability`]. A new family is one file here and one line below.

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
pub use whisper::Whisper;
