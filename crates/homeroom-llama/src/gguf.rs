//! The header of a GGUF file, read with care before llama.cpp reads it without: llama.cpp ends the process on some damaged
//! files, and a language model is often a download that broke off.
//!
//! # Source
//! The GGUF specification, version 3 (`docs/gguf.md` of ggml); the sizes of blocks are those of `ggml.c`.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// Most metadata entries and tensors of a file; the largest models have a few thousand.
const MOST_ENTRIES: u64 = 1 << 17;
/// Longest text, in bytes; the longest are templates of chats, of some tens of thousands.
const LONGEST_TEXT: u64 = 1 << 24;
/// Most elements of an array; the longest are vocabularies and their merges, of some hundred thousand.
const LONGEST_ARRAY: u64 = 1 << 24;
/// Most dimensions of a tensor.
const MOST_DIMENSIONS: u32 = 4;
/// Bytes that tensors are aligned to where the file does not say.
const ALIGNMENT: u64 = 32;
/// Largest number of layers, heads, positions and the like that is believed.
const LARGEST_COUNT: u64 = 1 << 27;

/// What is wrong with a file that should be a language model.
#[derive(Debug, thiserror::Error)]
pub enum GgufError {
    /// The file can't be read, or ends within its header.
    #[error("read the header")]
    Read(#[from] std::io::Error),
    /// It does not start as GGUF files do.
    #[error("it is not a GGUF file")]
    Magic,
    /// A version of the format that is not known.
    #[error("version {0} of GGUF is not known")]
    Version(u32),
    /// A number of entries, or a length, that no model has.
    #[error("{what} of {found} is more than {limit}")]
    Large {
        /// Of what.
        what: &'static str,
        /// The number that the file gives.
        found: u64,
        /// The largest that is taken.
        limit: u64,
    },
    /// A kind of value that is not known.
    #[error("kind {0} of value is not known")]
    Kind(u32),
    /// A name that is no UTF-8, or longer than names are.
    #[error("a name is no text")]
    Name,
    /// An entry that a language model has is missing, has another kind, or makes no sense.
    #[error("entry {0} is missing or makes no sense")]
    Entry(String),
    /// Two tokens have the same text.
    #[error("two tokens have the same text")]
    Twice,
    /// A tensor that is described in a way that makes no sense.
    #[error("a tensor's description makes no sense")]
    Tensor,
    /// The file ends before its tensors do.
    #[error("the file has {size} bytes, but its tensors end at {end}")]
    Truncated {
        /// Bytes of the file.
        size: u64,
        /// Where the last tensor ends, in bytes.
        end: u64,
    },
}

/// An entry of the metadata, as far as it is looked at.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Count(u64),
    Text(String),
    /// Of how many elements and of what kind.
    Array(u32, u64),
    Other,
}

const TOKENS: &str = "tokenizer.ggml.tokens";

const UINT32: u32 = 4;
const INT32: u32 = 5;
const FLOAT32: u32 = 6;
const STRING: u32 = 8;
const ARRAY: u32 = 9;

/// Bytes of a value of a kind with a fixed size.
fn width(kind: u32) -> Option<u64> {
    match kind {
        0 | 1 | 7 => Some(1),
        2 | 3 => Some(2),
        UINT32 | INT32 | FLOAT32 => Some(4),
        10..=12 => Some(8),
        _ => None,
    }
}

/// Elements and bytes of a block of a tensor's type; nothing for types that are newer than this table.
fn block(kind: u32) -> Option<(u64, u64)> {
    Some(match kind {
        0 | 26 => (1, 4),
        1 | 25 | 30 => (1, 2),
        24 => (1, 1),
        27 | 28 => (1, 8),
        2 | 20 => (32, 18),
        3 => (32, 20),
        6 => (32, 22),
        7 => (32, 24),
        8 => (32, 34),
        9 => (32, 36),
        10 => (256, 84),
        18 => (256, 98),
        11 | 21 => (256, 110),
        12 => (256, 144),
        13 => (256, 176),
        14 => (256, 210),
        15 => (256, 292),
        16 | 35 => (256, 66),
        17 => (256, 74),
        19 => (256, 50),
        22 => (256, 82),
        23 => (256, 136),
        29 => (256, 56),
        34 => (256, 54),
        39 => (32, 17),
        _ => return None,
    })
}

/// Checks that a file is whole and describes a language model.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn check(path: &Path) -> Result<(), GgufError> {
    let file = File::open(path)?;
    let size = file.metadata()?.len();
    let mut header = Header { file: BufReader::new(file), read: 0, size };
    header.check()
}

struct Header<R> {
    file: R,
    /// Bytes that were read.
    read: u64,
    /// Bytes of the file.
    size: u64,
}

impl<R: Read> Header<R> {
    fn check(&mut self) -> Result<(), GgufError> {
        if self.bytes::<4>()? != *b"GGUF" {
            return Err(GgufError::Magic);
        }
        let version = self.u32()?;
        if !(2..=3).contains(&version) {
            return Err(GgufError::Version(version));
        }
        let tensors = self.count("a number of tensors", MOST_ENTRIES)?;
        let entries = self.count("a number of entries", MOST_ENTRIES)?;
        let mut values = HashMap::new();
        for _ in 0..entries {
            let name = self.text()?.ok_or(GgufError::Name)?;
            let kind = self.u32()?;
            let value = if name == TOKENS { self.tokens(kind)? } else { self.value(kind)? };
            values.insert(name, value);
        }
        entries_make_sense(&values)?;
        let alignment = match values.get("general.alignment") {
            None => ALIGNMENT,
            Some(Value::Count(n)) if n.is_power_of_two() && *n <= 1 << 20 => *n,
            Some(_) => return Err(GgufError::Entry("general.alignment".into())),
        };
        let mut end = 0;
        for _ in 0..tensors {
            end = end.max(self.tensor(alignment)?);
        }
        let data = self.read.next_multiple_of(alignment);
        let end = data.checked_add(end).ok_or(GgufError::Tensor)?;
        if end > self.size { Err(GgufError::Truncated { size: self.size, end }) } else { Ok(()) }
    }

    /// Reads the description of a tensor; where it ends, in bytes from where the first may start.
    fn tensor(&mut self, alignment: u64) -> Result<u64, GgufError> {
        self.text()?.ok_or(GgufError::Name)?;
        let dimensions = self.u32()?;
        if !(1..=MOST_DIMENSIONS).contains(&dimensions) {
            return Err(GgufError::Tensor);
        }
        let shape: Vec<u64> = (0..dimensions).map(|_| self.u64()).collect::<Result<_, _>>()?;
        let elements = shape.iter().try_fold(1_u64, |all, &n| all.checked_mul(n)).ok_or(GgufError::Tensor)?;
        let kind = self.u32()?;
        let offset = self.u64()?;
        if elements == 0 || i64::try_from(elements).is_err() || !offset.is_multiple_of(alignment) {
            return Err(GgufError::Tensor);
        }
        let size = match block(kind) {
            None => 0,
            Some((n, _)) if !shape[0].is_multiple_of(n) => return Err(GgufError::Tensor),
            Some((n, bytes)) => (elements / n).checked_mul(bytes).ok_or(GgufError::Tensor)?,
        };
        offset.checked_add(size).ok_or(GgufError::Tensor)
    }

    /// Reads the vocabulary: llama.cpp ends the process where two tokens have the same text, as far as the first zero in it.
    /// It gives those without text a name of their own.
    fn tokens(&mut self, kind: u32) -> Result<Value, GgufError> {
        let wrong = || GgufError::Entry(TOKENS.to_owned());
        if kind != ARRAY || self.u32()? != STRING {
            return Err(wrong());
        }
        let n = self.count("an array", LONGEST_ARRAY)?;
        let mut seen = HashSet::new();
        for _ in 0..n {
            let mut token = self.string()?;
            token.truncate(token.iter().position(|&byte| byte == 0).unwrap_or(token.len()));
            if !token.is_empty() && !seen.insert(token) {
                return Err(GgufError::Twice);
            }
        }
        Ok(Value::Array(STRING, n))
    }

    fn value(&mut self, kind: u32) -> Result<Value, GgufError> {
        match kind {
            STRING => Ok(self.text()?.map_or(Value::Other, Value::Text)),
            ARRAY => {
                let (kind, n) = (self.u32()?, self.count("an array", LONGEST_ARRAY)?);
                if kind == STRING {
                    for _ in 0..n {
                        let length = self.count("a text", LONGEST_TEXT)?;
                        self.skip(length)?;
                    }
                } else {
                    let width = width(kind).ok_or(GgufError::Kind(kind))?;
                    self.skip(n * width)?;
                }
                Ok(Value::Array(kind, n))
            }
            UINT32 => Ok(Value::Count(self.u32()?.into())),
            10 => Ok(Value::Count(self.u64()?)),
            // Some writers use signed numbers for what is counted.
            INT32 => {
                let n = self.u32()?.cast_signed();
                Ok(u64::try_from(n).map_or(Value::Other, Value::Count))
            }
            kind => {
                self.skip(width(kind).ok_or(GgufError::Kind(kind))?)?;
                Ok(Value::Other)
            }
        }
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], GgufError> {
        let mut bytes = [0; N];
        self.file.read_exact(&mut bytes)?;
        self.read += N as u64;
        Ok(bytes)
    }

    fn u32(&mut self) -> Result<u32, GgufError> {
        Ok(u32::from_le_bytes(self.bytes()?))
    }

    fn u64(&mut self) -> Result<u64, GgufError> {
        Ok(u64::from_le_bytes(self.bytes()?))
    }

    fn count(&mut self, what: &'static str, limit: u64) -> Result<u64, GgufError> {
        let found = self.u64()?;
        if found > limit { Err(GgufError::Large { what, found, limit }) } else { Ok(found) }
    }

    fn skip(&mut self, n: u64) -> Result<(), GgufError> {
        let skipped = std::io::copy(&mut self.file.by_ref().take(n), &mut std::io::sink())?;
        self.read += skipped;
        if skipped < n { Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into()) } else { Ok(()) }
    }

    fn string(&mut self) -> Result<Vec<u8>, GgufError> {
        let length = self.count("a text", LONGEST_TEXT)?;
        let mut text = Vec::new();
        self.file.by_ref().take(length).read_to_end(&mut text)?;
        self.read += text.len() as u64;
        if (text.len() as u64) < length {
            return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into());
        }
        Ok(text)
    }

    /// A text; nothing where it is no UTF-8 or has a zero, which llama.cpp would take for its end.
    fn text(&mut self) -> Result<Option<String>, GgufError> {
        Ok(String::from_utf8(self.string()?).ok().filter(|text| !text.contains('\0')))
    }
}

/// Checks the entries that llama.cpp asserts about.
fn entries_make_sense(values: &HashMap<String, Value>) -> Result<(), GgufError> {
    let wrong = |name: &str| Err(GgufError::Entry(name.to_owned()));
    let text = |name: &str| match values.get(name) {
        Some(Value::Text(text)) if !text.is_empty() => Ok(text.clone()),
        _ => Err(GgufError::Entry(name.to_owned())),
    };
    let architecture = text("general.architecture")?;
    text("tokenizer.ggml.model")?;
    let of = |name: &str| format!("{architecture}.{name}");
    for name in ["block_count", "context_length", "embedding_length"].map(of) {
        match values.get(&name) {
            Some(Value::Count(n)) if (1..=LARGEST_COUNT).contains(n) => {}
            _ => return wrong(&name),
        }
    }
    for name in ["attention.head_count", "attention.head_count_kv"].map(of) {
        match (values.get(&name), values.get(&of("embedding_length"))) {
            (Some(Value::Count(heads)), Some(Value::Count(width))) if heads <= width => {}
            // Some models have a number for each layer, and some have no attention.
            (None, _) | (Some(Value::Array(UINT32 | INT32, 1..)), _) => {}
            _ => return wrong(&name),
        }
    }
    let tokens = match values.get(TOKENS) {
        Some(Value::Array(STRING, n)) if *n > 0 => *n,
        _ => return wrong(TOKENS),
    };
    for (name, kinds) in [("tokenizer.ggml.scores", &[FLOAT32][..]), ("tokenizer.ggml.token_type", &[UINT32, INT32])] {
        match values.get(name) {
            None => {}
            Some(Value::Array(kind, n)) if kinds.contains(kind) && *n == tokens => {}
            Some(_) => return wrong(name),
        }
    }
    for (name, value) in values.iter().filter(|(name, _)| name.starts_with("tokenizer.ggml.")) {
        match value {
            Value::Count(n) if name.ends_with("_token_id") && *n >= tokens => return wrong(name),
            Value::Array(kind, _) if name.ends_with(".merges") && *kind != STRING => return wrong(name),
            _ => {}
        }
    }
    match values.get("tokenizer.chat_template") {
        None | Some(Value::Text(_)) => Ok(()),
        Some(_) => wrong("tokenizer.chat_template"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A small file with what a language model must have and one tensor of 4 times 2 numbers.
    fn file() -> Vec<u8> {
        let mut file = Vec::new();
        let text = |file: &mut Vec<u8>, text: &str| {
            file.extend((text.len() as u64).to_le_bytes());
            file.extend(text.as_bytes());
        };
        file.extend(b"GGUF");
        file.extend(3_u32.to_le_bytes());
        file.extend(1_u64.to_le_bytes());
        file.extend(7_u64.to_le_bytes());
        for (name, value) in [("general.architecture", "llama"), ("tokenizer.ggml.model", "gpt2")] {
            text(&mut file, name);
            file.extend(STRING.to_le_bytes());
            text(&mut file, value);
        }
        for name in ["block_count", "context_length", "embedding_length", "attention.head_count"] {
            text(&mut file, &format!("llama.{name}"));
            file.extend(UINT32.to_le_bytes());
            file.extend(4_u32.to_le_bytes());
        }
        text(&mut file, "tokenizer.ggml.tokens");
        file.extend(ARRAY.to_le_bytes());
        file.extend(STRING.to_le_bytes());
        file.extend(2_u64.to_le_bytes());
        text(&mut file, "a");
        text(&mut file, "b");
        text(&mut file, "token_embd.weight");
        file.extend(2_u32.to_le_bytes());
        file.extend(4_u64.to_le_bytes());
        file.extend(2_u64.to_le_bytes());
        file.extend(0_u32.to_le_bytes());
        file.extend(0_u64.to_le_bytes());
        file.resize(file.len().next_multiple_of(32) + 32, 0);
        file
    }

    fn read(file: &[u8]) -> Result<(), GgufError> {
        Header { file, read: 0, size: file.len() as u64 }.check()
    }

    #[test]
    fn a_whole_file_and_every_beginning_of_it() {
        let file = file();
        read(&file).unwrap();
        for n in 0..file.len() {
            assert!(read(&file[..n]).is_err(), "{n} bytes of {}", file.len());
        }
    }

    #[test]
    fn what_is_wrong() {
        let change = |from: &str, to: &str| {
            let file = file();
            let at = file.windows(from.len()).position(|bytes| bytes == from.as_bytes()).unwrap();
            let mut file = file;
            file.splice(at..at + from.len(), to.bytes());
            read(&file)
        };
        assert!(matches!(change("GGUF", "GGML"), Err(GgufError::Magic)));
        assert!(
            matches!(change("general.arch", "general.arxh"), Err(GgufError::Entry(name)) if name.ends_with("architecture"))
        );
        assert!(
            matches!(change("llama.block", "llama.blick"), Err(GgufError::Entry(name)) if name == "llama.block_count")
        );
        assert!(matches!(change("gpt2", "gp\0z"), Err(GgufError::Entry(name)) if name == "tokenizer.ggml.model"));
        assert!(matches!(change("\u{1}\0\0\0\0\0\0\0b", "\u{1}\0\0\0\0\0\0\0a"), Err(GgufError::Twice)));
        assert!(matches!(change("GGUF\u{3}", "GGUF\u{9}"), Err(GgufError::Version(9))));
    }

    proptest! {
        #[test]
        fn no_file_makes_it_panic(at in 0_usize..400, byte: u8, cut in 0_usize..600) {
            let mut file = file();
            let n = file.len();
            file[at % n] = byte;
            let _ = read(&file[..cut.min(n)]);
            let _ = read(&file);
        }
    }
}
