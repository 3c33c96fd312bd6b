//! Tests of the program as a whole.

mod architecture;
mod mark;
