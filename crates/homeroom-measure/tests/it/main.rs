//! Tests of the public interface, and of the measures against published data where `HOMEROOM_DATA` is set.

#![allow(clippy::unwrap_used, reason = "a panic in a test is its report")]

mod data;
mod properties;
