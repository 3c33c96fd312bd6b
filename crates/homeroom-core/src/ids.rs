use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The id as given by a roster or a database.
            pub fn new(id: impl Into<String>) -> Self {
                Self(id.into())
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// A pupil, unique within a school.
    PupilId
);
id!(
    /// A class.
    ClassId
);
id!(
    /// An assignment: one prompt given to one class.
    AssignmentId
);
id!(
    /// A submission: one pupil's work for one assignment. Safe as a file name.
    SubmissionId
);

impl SubmissionId {
    /// The id of the work of `pupil` for `assignment`: stable over runs, readable, and safe as a file name.
    ///
    /// It is the pupil's id with everything but ASCII letters, digits, `-` and `_` replaced, and eight hexadecimal
    /// digits of the SHA-256 of the two ids.
    #[must_use]
    pub fn derive(pupil: &PupilId, assignment: &AssignmentId) -> Self {
        let mut hash = Sha256::new();
        hash.update(pupil.as_str().as_bytes());
        hash.update([0]);
        hash.update(assignment.as_str().as_bytes());
        let digest = hash.finalize();
        let safe: String = pupil
            .as_str()
            .chars()
            .take(40)
            .map(|c| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '_' })
            .collect();
        let hex: String = digest.iter().take(4).map(|b| format!("{b:02x}")).collect();
        Self(format!("{safe}-{hex}"))
    }
}
