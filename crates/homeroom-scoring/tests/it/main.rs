//! Rubrics, reduction, calibration and measuring on evidence made by hand.

mod calibration;
#[path = "../../../homeroom-traits/tests/it/crude.rs"]
mod crude;
mod fixture;
mod marks;
mod padding;
mod rubric_files;
