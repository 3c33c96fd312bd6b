//! Text to phones and to sound, with tables of the tests' own and, where they are pulled, with those of the voice.

#![allow(clippy::unwrap_used, reason = "a test that can not go on has failed")]

mod normalisation;
mod phones;
mod properties;
mod speaking;
mod tables;
