//! Recordings to text, with abilities that the tests write.
#![allow(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod captions;
mod fakes;
mod listening;
mod segments;
mod streaming;
