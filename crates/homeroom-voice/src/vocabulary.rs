//! The symbols of the voice and their numbers.

use std::collections::HashMap;

use crate::VoiceError;

/// Symbol to number.
#[derive(Debug, Clone)]
pub struct Vocabulary(HashMap<char, u16>);

impl Vocabulary {
    /// `json`: the text of `vocab.json`.
    pub(crate) fn new(json: &str) -> Result<Vocabulary, VoiceError> {
        serde_json::from_str(json).map(Vocabulary).map_err(|source| VoiceError::Damaged { table: "vocab.json", source })
    }

    /// The number of a symbol; `None` where the voice does not know it.
    #[must_use]
    pub fn id(&self, symbol: char) -> Option<u16> {
        self.0.get(&symbol).copied()
    }
}
