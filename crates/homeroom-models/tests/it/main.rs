//! Tests of the catalogue, of the store and of pulling, against local servers and a `pip` of the tests' own.

#![allow(clippy::unwrap_used, reason = "a test that can not go on has failed")]

mod catalogue;
mod folder;
mod graphs;
mod hub;
mod index;
mod robust;
mod world;
