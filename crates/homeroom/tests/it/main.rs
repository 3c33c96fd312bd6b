//! Tests of the program as a whole.

#![allow(clippy::unwrap_used, reason = "a test that can not go on has failed")]

mod architecture;
mod bad_input;
mod calibrate;
mod class;
mod decide;
mod deep;
mod docs;
mod fairness;
mod formats;
mod listen;
mod mark;
mod model;
mod models;
mod odd_text;
mod office;
mod read;
mod remark;
mod resume;
mod say;
mod tools;
mod transcribe;
