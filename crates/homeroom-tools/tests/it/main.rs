//! The loop with models that call tools well and badly, and with tools that give orders.

#![allow(clippy::unwrap_used, reason = "a test that can not go on has failed")]

mod attacks;
mod loops;
mod stubs;
mod traces;
