use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why a model is not there, or could not be fetched.
///
/// `Display` is for the person at the terminal: it says what to do where there is something to do.
#[derive(Debug, Error)]
pub enum ModelsError {
    /// The model was never pulled.
    #[error("the model `{model}` is not here (it {adds}): `homeroom pull {model}` gets it")]
    NotPulled {
        /// Name in the catalogue.
        model: String,
        /// What it brings.
        adds: String,
    },
    /// The model's folder is not what `homeroom pull` has put there.
    #[error("the file {file} of the model `{model}` is damaged: `homeroom pull {model} --again` fetches it anew")]
    Damaged {
        /// Name in the catalogue.
        model: String,
        /// Name in the model's folder.
        file: String,
    },
    /// The model is from another version of the catalogue.
    #[error("the model `{model}` is from another version of homeroom: `homeroom pull {model}` fetches this version's")]
    Outdated {
        /// Name in the catalogue.
        model: String,
    },
    /// No such model.
    #[error("there is no model `{name}`{}; `homeroom models` lists them", nearest.as_ref().map_or(String::new(), |n| format!(" (did you mean `{n}`?)")))]
    Unknown {
        /// What was asked for.
        name: String,
        /// The name that is nearest to it, where one is near.
        nearest: Option<String>,
    },
    /// The catalogue says nothing sensible.
    #[error("the catalogue of models: {fault}")]
    Catalogue {
        /// What is wrong, and where.
        fault: String,
    },
    /// The disk has no room.
    #[error("the disk is full: {} needs about {} MB more; what was fetched is kept, so the same command goes on from there", folder.display(), needed.div_ceil(1_000_000))]
    Full {
        /// Folder that is on the disk.
        folder: PathBuf,
        /// Bytes.
        needed: u64,
    },
    /// A file of this machine could not be read or written.
    #[error("{action} {}", path.display())]
    Io {
        /// What was tried, for example `read`.
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// None of its sources gave a file.
    #[error(
        "no source gave {file} of the model `{model}`; what was fetched is kept, so the same command goes on from there"
    )]
    NoSource {
        /// Name in the catalogue.
        model: String,
        /// Name of the file.
        file: String,
    },
    /// The model's file is not what the conversion expects.
    #[error("convert {file} of the model `{model}`: {fault}")]
    Convert {
        /// Name in the catalogue.
        model: String,
        /// Name of the file that is converted.
        file: String,
        /// What is wrong with it.
        fault: ConvertFault,
    },
}

/// What is wrong with a file that is to be converted.
#[derive(Debug, Error)]
pub enum ConvertFault {
    /// It ends too early.
    #[error("it is cut off at byte {at}")]
    CutOff {
        /// Where more bytes were expected.
        at: usize,
    },
    /// It is not of the expected format.
    #[error("it is not in the format {expected}")]
    Format {
        /// Name of the format.
        expected: &'static str,
    },
    /// A tensor is missing.
    #[error("it has no tensor {tensor}")]
    NoTensor {
        /// The tensor's name.
        tensor: String,
    },
    /// A tensor has another shape than the architecture asks for.
    #[error("the tensor {tensor} has the shape {shape:?}")]
    Shape {
        /// The tensor's name.
        tensor: String,
        /// Its shape.
        shape: Vec<usize>,
    },
    /// The result is not what the catalogue says.
    #[error("{file} became other bytes than the catalogue names")]
    OtherBytes {
        /// Name of the file that was made.
        file: String,
    },
    /// The catalogue names a step that there is none of.
    #[error("there is no conversion step `{step}`")]
    NoStep {
        /// The step's name.
        step: String,
    },
}
