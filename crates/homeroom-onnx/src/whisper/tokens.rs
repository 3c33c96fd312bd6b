//! Whisper's tokens: byte-level BPE to text, and the numbers of the special ones.

use std::collections::HashMap;
use std::path::Path;

use homeroom_core::Language;
use serde::Deserialize;

/// What of the model's files could not be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TokenError {
    #[error("read {file}")]
    Read {
        file: &'static str,
        #[source]
        source: std::io::Error,
    },
    #[error("parse {file}")]
    Parse {
        file: &'static str,
        #[source]
        source: serde_json::Error,
    },
    #[error("no token {0}")]
    Missing(String),
    #[error("no language {0}")]
    Language(String),
    #[error("token {0} out of range")]
    Range(u32),
}

#[derive(Deserialize)]
struct File {
    added_tokens: Vec<Added>,
    model: Model,
}

#[derive(Deserialize)]
struct Added {
    id: u32,
    content: String,
}

#[derive(Deserialize)]
struct Model {
    vocab: HashMap<String, u32>,
}

#[derive(Deserialize)]
struct Config {
    suppress_ids: Vec<u32>,
    suppress_ids_begin: Vec<u32>,
}

/// The vocabulary of a multilingual Whisper.
pub(crate) struct Tokens {
    /// Bytes of each text token, by number.
    bytes: Vec<Box<[u8]>>,
    special: HashMap<String, u32>,
    /// Never generated.
    pub(crate) suppressed: Vec<u32>,
    /// Not generated first.
    pub(crate) suppressed_first: Vec<u32>,
    pub(crate) end: u32,
    pub(crate) start: u32,
    pub(crate) transcribe: u32,
    pub(crate) no_speech: u32,
    pub(crate) no_timestamps: u32,
}

impl Tokens {
    /// Reads `tokenizer.json` and `config.json` of `folder`.
    pub(crate) fn load(folder: &Path) -> Result<Tokens, TokenError> {
        let File { added_tokens, model } = parse(folder, "tokenizer.json")?;
        let config: Config = parse(folder, "config.json")?;
        let mut bytes = vec![Box::<[u8]>::default(); model.vocab.len()];
        let table = byte_table();
        for (text, id) in &model.vocab {
            let to = bytes.get_mut(*id as usize).ok_or(TokenError::Range(*id))?;
            *to = text.chars().filter_map(|c| table.get(&c).copied()).collect();
        }
        let special: HashMap<String, u32> = added_tokens.into_iter().map(|t| (t.content, t.id)).collect();
        let find = |name: &str| special.get(name).copied().ok_or_else(|| TokenError::Missing(name.to_owned()));
        let (end, start) = (find("<|endoftext|>")?, find("<|startoftranscript|>")?);
        let (transcribe, no_timestamps) = (find("<|transcribe|>")?, find("<|notimestamps|>")?);
        let no_speech = find("<|nocaptions|>").or_else(|_| find("<|nospeech|>"))?;
        Ok(Tokens {
            bytes,
            suppressed: config.suppress_ids,
            suppressed_first: config.suppress_ids_begin,
            end,
            start,
            transcribe,
            no_speech,
            no_timestamps,
            special,
        })
    }

    /// The token that says that what follows is in `language`.
    pub(crate) fn language(&self, language: &Language) -> Result<u32, TokenError> {
        let missing = || TokenError::Language(language.tag().to_owned());
        self.special.get(&format!("<|{}|>", language.tag())).copied().ok_or_else(missing)
    }

    /// The bytes of a token; none for a special one. A character may be spread over several tokens.
    pub(crate) fn bytes(&self, token: u32) -> &[u8] {
        self.bytes.get(token as usize).map_or(&[], |b| b)
    }
}

fn parse<T: serde::de::DeserializeOwned>(folder: &Path, file: &'static str) -> Result<T, TokenError> {
    let text = std::fs::read(folder.join(file)).map_err(|source| TokenError::Read { file, source })?;
    serde_json::from_slice(&text).map_err(|source| TokenError::Parse { file, source })
}

/// GPT-2's disguise of bytes as printable characters: those that are printable stand for themselves, the others follow from
/// U+0100 on.
fn byte_table() -> HashMap<char, u8> {
    let printable = |b: u8| matches!(b, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF);
    let mut next = 0x100_u32;
    let mut table = HashMap::new();
    for byte in 0..=u8::MAX {
        let stands = if printable(byte) {
            u32::from(byte)
        } else {
            next += 1;
            next - 1
        };
        table.extend(char::from_u32(stands).map(|c| (c, byte)));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_disguise_of_bytes() {
        let table = byte_table();
        assert_eq!(table.len(), 256);
        assert_eq!(table[&'Ġ'], b' ');
        assert_eq!(table[&'Ċ'], b'\n');
        assert_eq!(table[&'a'], b'a');
    }
}
