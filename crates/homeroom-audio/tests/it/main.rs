//! What comes out of files that the tests write.
#![allow(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod decoding;
mod resampling;
