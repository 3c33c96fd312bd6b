use thiserror::Error;

/// Why a PDF could not be made.
#[derive(Debug, Error)]
pub enum PdfError {
    /// The pages hold Chinese and no font on this computer has it.
    #[error("no font with Chinese characters is installed; install the package fonts-noto-cjk (Noto Sans CJK)")]
    MissingCjkFont,
    /// The report could not be written as the JSON that the templates read.
    #[error("write the data of template {template}")]
    Data {
        /// Name of the template.
        template: &'static str,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// A template could not be typeset. What Typst says about it is left out, since it may quote a pupil's text.
    #[error("typeset template {template} ({errors} errors)")]
    Typeset {
        /// Name of the template.
        template: &'static str,
        /// How many errors Typst found.
        errors: usize,
    },
    /// The typeset pages could not be written as a PDF.
    #[error("write the pages of template {template} as a PDF ({errors} errors)")]
    Write {
        /// Name of the template.
        template: &'static str,
        /// How many errors Typst found.
        errors: usize,
    },
}
