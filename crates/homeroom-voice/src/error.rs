use std::path::PathBuf;

use homeroom_core::ability::AbilityError;

/// Why a text was not spoken.
#[derive(Debug, thiserror::Error)]
pub enum VoiceError {
    /// A file of the voice can't be read.
    #[error("{} can't be read: `homeroom pull hibari --again` fetches it anew", path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// A table of the voice is not what it should be.
    #[error("the table `{table}` of the voice is damaged: `homeroom pull hibari --again` fetches it anew")]
    Damaged {
        /// Which table.
        table: &'static str,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// No voice has that name.
    #[error("there is no voice `{name}`; the voices are: {}", known.join(", "))]
    UnknownVoice {
        /// What was asked for.
        name: String,
        /// What there is.
        known: Vec<String>,
    },
    /// The voice is known but its network is not in the folder.
    #[error("the voice `{name}` is not on this computer ({file}); here: {}", here.join(", "))]
    AbsentVoice {
        /// What was asked for.
        name: String,
        /// The file that is missing.
        file: String,
        /// The voices that are there.
        here: Vec<String>,
    },
    /// A pace that the network was not made for.
    #[error("the speed {speed} is not between {} and {}", crate::SPEEDS.start(), crate::SPEEDS.end())]
    Speed {
        /// What was asked for.
        speed: f32,
    },
    /// The program for another language could not be run.
    #[error("the program {program} could not be run")]
    Program {
        /// Its name.
        program: &'static str,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The program for another language gave no sound.
    #[error("the program {program} gave no sound (status {status:?})")]
    ProgramFailed {
        /// Its name.
        program: &'static str,
        /// Its exit status; `None` where it was killed.
        status: Option<i32>,
    },
    /// The sound of another program could not be brought to the voice's rate.
    #[error(transparent)]
    Audio(#[from] homeroom_audio::AudioError),
    /// The network failed.
    #[error(transparent)]
    Ability(#[from] AbilityError),
}
