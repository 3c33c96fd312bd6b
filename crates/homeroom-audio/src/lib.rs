//! Sound files to waveforms and back: decoding, mixing down, resampling.
