//! Honest statistics for Homeroom's measurements: how well errors are found and corrected, how well essays are scored.
//!
//! Everything in here works on values and strings that are handed in; nothing reads a file, the clock or the
//! environment. Every figure carries its number of items and a 95 % interval, and an empty set is an error.
//!
//! | module | what |
//! | --- | --- |
//! | [`report`] | the JSON object and the table that every `measure` command prints, and the seeded sample |
//! | [`bootstrap`] | intervals: BCa and percentile bootstrap, Wilson, Fisher z |
//! | [`m2`] | M2 files, read and written |
//! | [`maxmatch`] | the MaxMatch (M2) scorer of sentences |
//! | [`span_score`] | ERRANT-style scoring of edits: span and correction, and detection |
//! | [`align`], [`merge`], [`errant`] | edits between two sentences, and their ERRANT types |
//! | [`gleu`] | GLEU against several references |
//! | [`gec`] | the figures of `measure gec`, by type and over thresholds |
//! | [`scoring`] | the figures of `measure scoring`: QWK, PCC, RMSE, calibration curve |
//! | [`wer`] | word error rate, and the one writing that both sides are brought to |
//! | [`rng`] | the seeded generator behind samples and bootstraps |

pub mod align;
pub mod bootstrap;
mod edit_distance;
pub mod errant;
mod error;
pub mod gec;
pub mod gleu;
pub mod m2;
pub mod maxmatch;
pub mod merge;
pub mod report;
pub mod rng;
pub mod scoring;
pub mod span_score;
pub mod wer;

pub use edit_distance::edit_distance;
pub use error::MeasureError;
