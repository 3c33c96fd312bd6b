//! The voices of a folder.

use std::path::Path;

use serde::Deserialize;
use serde_json::Value;

use crate::{Accent, VoiceError};

/// A voice that there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoiceInfo {
    /// Its name.
    pub name: String,
    /// The accent that it was taught.
    pub accent: Accent,
    /// "female" or "male".
    pub gender: String,
    /// The file of its network.
    pub file: String,
    /// Whether that file is in the folder.
    pub here: bool,
}

#[derive(Deserialize)]
struct Row {
    file: String,
    gender: String,
    british: bool,
}

/// The voices of a folder, the first one the usual one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voices(Vec<VoiceInfo>);

impl Voices {
    /// Reads `voices.json` of `folder`.
    ///
    /// # Errors
    /// [`VoiceError::Unreadable`] and [`VoiceError::Damaged`].
    pub fn read(folder: &Path) -> Result<Voices, VoiceError> {
        let path = folder.join("voices.json");
        let json = std::fs::read_to_string(&path).map_err(|source| VoiceError::Unreadable { path, source })?;
        let damaged = |source| VoiceError::Damaged { table: "voices.json", source };
        let rows: serde_json::Map<String, Value> = serde_json::from_str(&json).map_err(damaged)?;
        let mut voices = Vec::new();
        for (name, row) in rows {
            let row: Row = serde_json::from_value(row).map_err(damaged)?;
            let accent = if row.british { Accent::British } else { Accent::American };
            // A name in the table must not lead out of the folder.
            let plain = Path::new(&row.file).file_name().is_some_and(|f| f == row.file.as_str());
            let here = plain && folder.join(&row.file).is_file();
            voices.push(VoiceInfo { name, accent, gender: row.gender, file: row.file, here });
        }
        Ok(Voices(voices))
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &VoiceInfo> {
        self.0.iter()
    }

    /// The voice `name`, or the first one that is there.
    ///
    /// # Errors
    /// [`VoiceError::UnknownVoice`] and [`VoiceError::AbsentVoice`].
    pub fn find(&self, name: Option<&str>) -> Result<&VoiceInfo, VoiceError> {
        let here = || self.0.iter().filter(|v| v.here).map(|v| v.name.clone()).collect();
        match name {
            None => self.0.iter().find(|v| v.here).ok_or_else(|| {
                let file = self.0.first().map_or_else(String::new, |v| v.file.clone());
                VoiceError::AbsentVoice { name: "default".to_owned(), file, here: here() }
            }),
            Some(name) => {
                let known = || self.0.iter().map(|v| v.name.clone()).collect();
                let voice = self.0.iter().find(|v| v.name == name);
                let voice = voice.ok_or_else(|| VoiceError::UnknownVoice { name: name.to_owned(), known: known() })?;
                if voice.here {
                    Ok(voice)
                } else {
                    Err(VoiceError::AbsentVoice { name: name.to_owned(), file: voice.file.clone(), here: here() })
                }
            }
        }
    }
}
