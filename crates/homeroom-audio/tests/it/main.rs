//! What comes out of files that the tests write.

mod decoding;
mod resampling;
