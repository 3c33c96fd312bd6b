//! Recordings to text, with abilities that the tests write.

mod captions;
mod fakes;
mod listening;
mod segments;
mod streaming;
