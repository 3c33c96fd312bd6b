//! The voice, wired together: the pulled folder, its networks, and espeak-ng where it is installed.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use homeroom_core::Hz;
use homeroom_onnx::{Hibari, HibariReader};
use homeroom_voice::{Accent, Espeak, FrontEnd, OtherVoice, Speaker, Tables, VoiceInfo, Voices};

/// Name of the model in the catalogue.
pub(crate) const MODEL: &str = "hibari";

/// Threads of the voice's network: more than two are not faster on a sentence.
const THREADS: usize = 2;

/// A speaker of one voice.
pub(crate) fn load(folder: &Path, voice: &VoiceInfo, accent: Accent) -> Result<Speaker> {
    let british = accent == Accent::British;
    // The tables and the network are read side by side: the first sound is there that much sooner.
    let (front, network) = std::thread::scope(|scope| {
        let network = scope.spawn(|| Hibari::load(folder, &voice.file, THREADS));
        let front = || -> Result<FrontEnd> {
            let tables = Tables::read(folder, accent)?;
            let reader = HibariReader::load(folder, british, 1)?;
            Ok(FrontEnd::new(&tables, accent, Some(Arc::new(reader)))?)
        };
        (front(), network.join().expect("invariant: loading a network does not panic"))
    });
    let mandarin = Espeak::is_installed().then(|| Box::new(Espeak::mandarin()) as Box<dyn OtherVoice>);
    let (front, network) = (front.context("load the voice")?, network.context("load the voice")?);
    let rate = Hz(Hibari::RATE);
    Ok(Speaker::new(front, Arc::new(network), rate, mandarin))
}

/// The voice `name`, or the usual one, of the pulled folder.
pub(crate) fn find(folder: &Path, name: Option<&str>) -> Result<VoiceInfo> {
    let voices = Voices::read(folder)?;
    Ok(voices.find(name)?.clone())
}
