use thiserror::Error;

/// Why a report could not be made.
#[derive(Debug, Error)]
pub enum ReportError {
    /// A row could not be written as CSV.
    #[error("write gradebook row {row}")]
    Csv {
        /// Number of the row, the header being 0.
        row: usize,
        /// Why.
        #[source]
        source: csv::Error,
    },
    /// A Word file could not be annotated or made.
    #[error("make the Word file of submission {submission}")]
    Docx {
        /// Whose.
        submission: String,
        /// Why.
        #[source]
        source: homeroom_docx::DocxError,
    },
}
