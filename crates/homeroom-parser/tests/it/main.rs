//! Tests of the shipped parser and of the training.

#[cfg(test)]
mod figures;
#[cfg(test)]
mod shipped;
#[cfg(test)]
mod training;
