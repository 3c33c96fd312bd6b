//! The only crate that knows ONNX: runs the small open models and shows them as abilities.
