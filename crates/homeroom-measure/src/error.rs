/// What can go wrong in a measurement. No variant carries a pupil's text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MeasureError {
    /// There is nothing to measure.
    #[error("nothing to measure: no {what}")]
    Empty {
        /// What there is none of.
        what: &'static str,
    },
    /// Two lists that belong together differ in length.
    #[error("{left} {left_what} but {right} {right_what}")]
    LengthMismatch {
        /// What the first list holds.
        left_what: &'static str,
        /// Its length.
        left: usize,
        /// What the second list holds.
        right_what: &'static str,
        /// Its length.
        right: usize,
    },
    /// The statistic has no value on this data (a correlation of a constant, a kappa of one class).
    #[error("{statistic} is undefined on these {n} items")]
    Undefined {
        /// Its name.
        statistic: &'static str,
        /// Number of items.
        n: usize,
    },
    /// A figure's value or interval is not a number.
    #[error("figure {name} is not a finite number")]
    NotFinite {
        /// Its name.
        name: String,
    },
    /// A line of an M2 file starts with neither `S`, `A` nor `I`, or an annotation stands before any sentence.
    #[error("M2 line {line}: expected a sentence or an annotation")]
    M2Line {
        /// Line, from 1.
        line: usize,
    },
    /// An annotation lacks fields.
    #[error("M2 line {line}: {found} fields, expected {expected}", expected = crate::m2::FIELDS)]
    M2Fields {
        /// Line, from 1.
        line: usize,
        /// Number of fields found.
        found: usize,
    },
    /// A number in an annotation can't be read.
    #[error("M2 line {line}: field {field} is not a number")]
    M2Number {
        /// Line, from 1.
        line: usize,
        /// Field, from 1.
        field: usize,
    },
    /// A scale from which no class can be made.
    #[error("scale from {min} to {max} by {step} has no steps")]
    Scale {
        /// Lowest score, as text.
        min: String,
        /// Highest score, as text.
        max: String,
        /// Step, as text.
        step: String,
    },
}

impl MeasureError {
    /// [`MeasureError::LengthMismatch`] unless the lengths agree.
    pub(crate) fn check_lengths(
        left_what: &'static str,
        left: usize,
        right_what: &'static str,
        right: usize,
    ) -> Result<(), MeasureError> {
        if left == right { Ok(()) } else { Err(MeasureError::LengthMismatch { left_what, left, right_what, right }) }
    }
}
