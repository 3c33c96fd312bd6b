//! The ear that judges pronunciation, wired together: the pulled encoder, the shipped heads, the dictionary, and the pulled
//! voice's reader for words that no dictionary has.

use std::path::Path;

use anyhow::{Context, Result, bail};
use homeroom_audio::{decode, resample};
use homeroom_core::ability::{DetectSpeech, SpellOut, Transcribe};
use homeroom_core::{Hz, Language, Waveform};
use homeroom_hearing::{Dictionary, Fault, HearingError, Phone, Quality, TextWord, text_words};
use homeroom_onnx::{HibariReader, WhisperEar};
use homeroom_voice::{Accent, FrontEnd, Tables};

use crate::commands::models::store;
use crate::{ear, voice};

/// Name of the encoder in the catalogue.
pub(crate) const MODEL: &str = "whisper-encoder";

/// The only rate that the ear takes.
pub(crate) const RATE: Hz = Hz(16_000);

/// Loads the encoder. `threads`: at most as many as there are free cores; 0 for all of them.
pub(crate) fn ear(threads: usize) -> Result<WhisperEar> {
    let store = store()?;
    let Ok(folder) = store.folder(MODEL) else {
        bail!("hearing needs a model that is not here: `homeroom pull {MODEL}` gets it");
    };
    WhisperEar::load(&folder, threads).context("load the ear")
}

/// A recording at the ear's rate, and what it was like before: another rate hides that it was cut off at the top.
pub(crate) fn sound(path: &Path) -> Result<(Waveform, Quality)> {
    let bytes = std::fs::read(path).with_context(|| format!("read {}", path.display()))?;
    let sound = decode(bytes).with_context(|| format!("decode {}", path.display()))?;
    let quality = Quality::of(&sound);
    Ok((if sound.rate == RATE { sound } else { resample(&sound, RATE)? }, quality))
}

/// The recording `id` of a corpus that keeps them as `audio/ID.flac` or `.wav`, at the ear's rate.
pub(crate) fn recording(corpus: &Path, id: &str) -> Result<Waveform> {
    let named = |extension: &str| corpus.join("audio").join(format!("{id}.{extension}"));
    let path = ["flac", "wav"].map(named).into_iter().find(|path| path.is_file());
    Ok(sound(&path.with_context(|| format!("{} has no audio/{id}.flac or .wav", corpus.display()))?)?.0)
}

/// Tells what a recording is that is no reading of its text: music and other sounds, another language, or another text. The
/// models that tell them apart are asked where they are pulled; no word that they write down has a part in it.
pub(crate) fn what_else(fault: Fault, sound: &Waveform) -> Fault {
    /// Share of the time below which nobody speaks.
    const SPEECH: f64 = 0.15;
    /// Probability from which a frame is speech, or a language another one.
    const LIKELY: f32 = 0.5;
    if fault != Fault::OtherText {
        return fault;
    }
    let Ok(ears) = ear::load(0) else { return fault };
    let speaks = ears.vad.speech(sound).map(|(frames, _)| {
        let n = frames.iter().filter(|p| **p >= LIKELY).count();
        n as f64 / frames.len().max(1) as f64
    });
    if speaks.is_ok_and(|share| share < SPEECH) {
        return Fault::NoSpeech;
    }
    let most = (ears.whisper.longest().0 * f64::from(sound.rate.0)) as usize;
    let beginning = Waveform { samples: sound.samples.iter().take(most).copied().collect(), rate: sound.rate };
    let languages = [Language::ENGLISH, Language::CHINESE];
    let heard = ears.whisper.transcribe(&beginning, &languages);
    let other = heard.is_ok_and(|h| h.languages.iter().any(|(l, p)| *l != Language::ENGLISH && *p > LIKELY));
    if other { Fault::OtherLanguage } else { fault }
}

/// Turns texts into words with their pronunciations.
pub(crate) struct Reader {
    /// From the pulled voice, where it is here: numbers in words, and a guess at unknown words.
    voice: Option<(FrontEnd, HibariReader)>,
}

impl Reader {
    /// With the pulled voice where it is here.
    pub(crate) fn load() -> Result<Reader> {
        let Ok(folder) = store()?.folder(voice::MODEL) else { return Ok(Reader { voice: None }) };
        let tables = Tables::read(&folder, Accent::American).context("load the voice's tables")?;
        let front = FrontEnd::new(&tables, Accent::American, None).context("load the voice's tables")?;
        let reader = HibariReader::load(&folder, false, 1).context("load the reader of unknown words")?;
        Ok(Reader { voice: Some((front, reader)) })
    }

    /// The words of `text`. Numbers and the like become the words that they are read as.
    pub(crate) fn words(&self, text: &str) -> Result<Vec<TextWord>> {
        let mut words = Vec::new();
        for token in text.split_whitespace() {
            let plain = |c: char| c.is_alphabetic() || matches!(c, '\'' | '’' | '-') || !c.is_alphanumeric();
            if token.chars().all(plain) {
                // A dash between words, with or without spaces.
                words.extend(token.split(['—', '–']).map(str::to_owned));
            } else if let Some((front, _)) = &self.voice {
                words.extend(front.spoken_words(token));
            } else {
                bail!(
                    "how \"{token}\" is read is not known here: write it in words, or `homeroom pull {}`",
                    voice::MODEL
                );
            }
        }
        let guess = |word: &str| self.voice.as_ref().and_then(|(_, reader)| arpabet(&reader.spell_out(word).ok()??));
        text_words(&words, Dictionary::shipped(), &guess).map_err(|error| match error {
            HearingError::Pronunciation { word } if self.voice.is_none() => anyhow::anyhow!(
                "how \"{word}\" is said is not known: `homeroom pull {}` brings a reader of unknown words",
                voice::MODEL
            ),
            error => error.into(),
        })
    }
}

/// The phones of a word in the voice's writing (misaki's); `None` where a symbol is unknown.
fn arpabet(symbols: &str) -> Option<Vec<Phone>> {
    let mut phones = Vec::new();
    let mut stress = "0";
    let chars: Vec<char> = symbols.chars().collect();
    let mut i = 0;
    while i < chars.len() {
        let rhotic = chars.get(i + 1) == Some(&'ɹ');
        let (name, used) = match chars[i] {
            'ˈ' | 'ˌ' => {
                stress = if chars[i] == 'ˈ' { "1" } else { "2" };
                i += 1;
                continue;
            }
            'ɜ' | 'ə' if rhotic => ("ER", 2),
            'ɜ' | 'ɚ' | 'ɝ' => ("ER", 1),
            'A' | 'e' => ("EY", 1),
            'I' => ("AY", 1),
            'O' | 'o' | 'Q' => ("OW", 1),
            'W' => ("AW", 1),
            'Y' => ("OY", 1),
            'ɑ' | 'ɒ' => ("AA", 1),
            'æ' | 'a' => ("AE", 1),
            'ʌ' | 'ə' | 'ᵊ' => ("AH", 1),
            'ɔ' => ("AO", 1),
            'ɛ' => ("EH", 1),
            'ɪ' | 'ᵻ' => ("IH", 1),
            'i' => ("IY", 1),
            'ʊ' => ("UH", 1),
            'u' => ("UW", 1),
            'b' => ("B", 1),
            'ʧ' => ("CH", 1),
            'd' => ("D", 1),
            'ð' => ("DH", 1),
            'f' => ("F", 1),
            'ɡ' | 'g' => ("G", 1),
            'h' => ("HH", 1),
            'ʤ' => ("JH", 1),
            'k' => ("K", 1),
            'l' => ("L", 1),
            'm' => ("M", 1),
            'n' => ("N", 1),
            'ŋ' => ("NG", 1),
            'p' => ("P", 1),
            'ɹ' | 'r' => ("R", 1),
            's' => ("S", 1),
            'ʃ' => ("SH", 1),
            't' | 'ɾ' | 'T' => ("T", 1),
            'θ' => ("TH", 1),
            'v' => ("V", 1),
            'w' => ("W", 1),
            'j' => ("Y", 1),
            'z' => ("Z", 1),
            'ʒ' => ("ZH", 1),
            'ː' | ' ' | 'ʔ' => {
                i += 1;
                continue;
            }
            _ => return None,
        };
        let phone = Phone::from_arpabet(name)?;
        phones.push(if phone.is_vowel() {
            let stressed = Phone::from_arpabet(&format!("{name}{stress}"))?;
            stress = "0";
            stressed
        } else {
            phone
        });
        i += used;
    }
    (!phones.is_empty()).then_some(phones)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(symbols: &str, expected: Option<&str>) {
        let got = arpabet(symbols).map(|phones| phones.iter().map(|p| p.arpabet()).collect::<Vec<_>>().join(" "));
        assert_eq!(got.as_deref(), expected, "{symbols}");
    }

    #[test]
    fn the_voices_writing_is_read() {
        check("hˈOmɹˌum", Some("HH OW M R UW M"));
        check("tˈiʧəɹ", Some("T IY CH ER"));
        check("bˈɜɹd", Some("B ER D"));
        check("☃", None);
        check("", None);
    }
}
