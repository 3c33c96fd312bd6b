//! Tests of the language pack as a whole.

#![allow(clippy::unwrap_used, reason = "a test that can not go on has failed")]

mod properties;
