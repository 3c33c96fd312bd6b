//! Tests of the shipped parser and of the training.

mod figures;
mod shipped;
mod training;
