//! Reads the header of a GGUF file: metadata and where each tensor lies.
//!
//! Nothing of the file is trusted: each count is walked rather than reserved, each offset and each shape is checked
//! against the bytes that are there, and texts and arrays stay in the file until they are asked for.
//!
//! # Source
//! The specification at `docs/gguf.md` of ggml-org/ggml, versions 2 and 3 (little-endian).

use std::ops::Range;

use hashbrown::HashMap;

use crate::LmError;
use crate::quant::TensorType;

/// Where tensors begin, in bytes, unless `general.alignment` says otherwise.
const ALIGNMENT: u64 = 32;
/// Most dimensions of a tensor (`GGML_MAX_DIMS`).
const MAX_DIMENSIONS: u32 = 4;
/// Longest name of a key, in bytes (the specification).
const MAX_KEY: u64 = 65_535;

/// Numbers of the types of metadata in the specification.
mod kind {
    pub(super) const U8: u32 = 0;
    pub(super) const I8: u32 = 1;
    pub(super) const U16: u32 = 2;
    pub(super) const I16: u32 = 3;
    pub(super) const U32: u32 = 4;
    pub(super) const I32: u32 = 5;
    pub(super) const F32: u32 = 6;
    pub(super) const BOOL: u32 = 7;
    pub(super) const TEXT: u32 = 8;
    pub(super) const ARRAY: u32 = 9;
    pub(super) const U64: u32 = 10;
    pub(super) const I64: u32 = 11;
    pub(super) const F64: u32 = 12;
}

/// A value of the metadata.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A whole number without a sign, of any width.
    Unsigned(u64),
    /// A whole number with a sign, of any width.
    Signed(i64),
    /// A number with a fraction, of any width.
    Float(f64),
    /// Yes or no.
    Bool(bool),
    /// Where a text lies in the file.
    Text(Range<usize>),
    /// Where an array's elements lie in the file.
    Array {
        /// Number of the elements' type.
        kind: u32,
        /// How many there are.
        count: u64,
        /// The bytes of all elements.
        bytes: Range<usize>,
    },
}

/// What the header says of a tensor.
#[derive(Debug, Clone, PartialEq)]
pub struct TensorInfo {
    /// Length of each dimension, fastest first: a matrix is `[columns, rows]`.
    pub shape: Vec<u64>,
    /// How its numbers are stored.
    pub(crate) stored: TensorType,
    /// Where its bytes lie in the file.
    pub bytes: Range<usize>,
}

/// The header of a GGUF file. The file's bytes are kept by the caller.
#[derive(Debug)]
pub struct Gguf {
    metadata: HashMap<String, Value>,
    tensors: HashMap<String, TensorInfo>,
}

impl Gguf {
    /// Reads and checks the header of a whole file.
    ///
    /// # Errors
    /// [`LmError::NotGguf`], [`LmError::Version`], [`LmError::Truncated`], [`LmError::Malformed`],
    /// [`LmError::NotUtf8`], [`LmError::Twice`] or [`LmError::TensorType`].
    pub fn parse(file: &[u8]) -> Result<Self, LmError> {
        let mut reader = Reader { file, at: 0 };
        let found = reader.array::<4>("the magic number")?;
        if &found != b"GGUF" {
            return Err(LmError::NotGguf { found });
        }
        let found = reader.u32("the version")?;
        if !(2..=3).contains(&found) {
            return Err(LmError::Version { found });
        }
        let n_tensors = reader.u64("the number of tensors")?;
        let n_keys = reader.u64("the number of keys")?;

        let mut metadata = HashMap::new();
        for _ in 0..n_keys {
            let key = reader.name("a key")?;
            let kind = reader.u32("the type of a value")?;
            let value = reader.value(kind, true)?;
            if metadata.insert(key.clone(), value).is_some() {
                return Err(LmError::Twice { name: key });
            }
        }

        let mut found = Vec::new();
        for _ in 0..n_tensors {
            let name = reader.name("a tensor's name")?;
            let at = reader.at;
            let n_dimensions = reader.u32("the number of dimensions")?;
            if n_dimensions == 0 || n_dimensions > MAX_DIMENSIONS {
                return Err(LmError::Malformed { what: "the number of dimensions", at, found: n_dimensions.into() });
            }
            let shape = (0..n_dimensions).map(|_| reader.u64("a dimension")).collect::<Result<Vec<_>, _>>()?;
            let number = reader.u32("a tensor's type")?;
            let stored = TensorType::from_number(number)
                .ok_or_else(|| LmError::TensorType { name: name.clone(), found: number })?;
            let at = reader.at;
            let offset = reader.u64("a tensor's offset")?;
            found.push((name, shape, stored, at, offset));
        }

        let alignment = match metadata.get("general.alignment") {
            Some(&Value::Unsigned(n)) if n.is_power_of_two() && n <= 1 << 20 => n,
            None => ALIGNMENT,
            Some(_) => return Err(LmError::Key { key: "general.alignment".to_owned() }),
        };
        let start = (reader.at as u64).next_multiple_of(alignment);
        let mut tensors = HashMap::new();
        let mut total = 0;
        for (name, shape, stored, at, offset) in found {
            let truncated = LmError::Truncated { what: "a tensor", at };
            let Some(bytes) = extent(&shape, stored, start, offset, file.len()) else { return Err(truncated) };
            // Tensors that shared bytes could ask for many times the file's size when they are unpacked.
            total += bytes.len();
            if total > file.len() {
                return Err(LmError::Malformed { what: "the size of all tensors", at, found: total as u64 });
            }
            if tensors.insert(name.clone(), TensorInfo { shape, stored, bytes }).is_some() {
                return Err(LmError::Twice { name });
            }
        }
        Ok(Self { metadata, tensors })
    }

    /// A value of the metadata.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.metadata.get(key)
    }

    /// A whole number of the metadata that is not negative.
    ///
    /// # Errors
    /// [`LmError::Key`] where it is missing or something else.
    pub fn unsigned(&self, key: &str) -> Result<u64, LmError> {
        match self.metadata.get(key) {
            Some(&Value::Unsigned(n)) => Ok(n),
            Some(&Value::Signed(n)) if n >= 0 => Ok(n.unsigned_abs()),
            _ => Err(LmError::Key { key: key.to_owned() }),
        }
    }

    /// A number of the metadata that may have a fraction.
    ///
    /// # Errors
    /// [`LmError::Key`] where it is missing or something else.
    pub fn float(&self, key: &str) -> Result<f64, LmError> {
        match self.metadata.get(key) {
            Some(&Value::Float(n)) => Ok(n),
            _ => Err(LmError::Key { key: key.to_owned() }),
        }
    }

    /// A text of the metadata. `file`: the bytes that were parsed.
    ///
    /// # Errors
    /// [`LmError::Key`] where it is missing or something else.
    pub fn text<'f>(&self, file: &'f [u8], key: &str) -> Result<&'f str, LmError> {
        match self.metadata.get(key) {
            Some(Value::Text(bytes)) => file.get(bytes.clone()).and_then(|bytes| std::str::from_utf8(bytes).ok()),
            _ => None,
        }
        .ok_or_else(|| LmError::Key { key: key.to_owned() })
    }

    /// The texts of an array of the metadata. `file`: the bytes that were parsed.
    ///
    /// # Errors
    /// [`LmError::Key`] where it is missing or something else.
    pub fn texts<'f>(&self, file: &'f [u8], key: &str) -> Result<Vec<&'f str>, LmError> {
        let wrong = || LmError::Key { key: key.to_owned() };
        let Some(Value::Array { kind: kind::TEXT, count, bytes }) = self.metadata.get(key) else {
            return Err(wrong());
        };
        let mut reader = Reader { file: file.get(..bytes.end).ok_or_else(wrong)?, at: bytes.start };
        // The count was walked while parsing, so it can't be more than the file has bytes.
        (0..*count).map(|_| reader.text("a text")).collect()
    }

    /// The whole numbers of an array of the metadata. `file`: the bytes that were parsed.
    ///
    /// # Errors
    /// [`LmError::Key`] where it is missing or something else.
    pub fn integers(&self, file: &[u8], key: &str) -> Result<Vec<i64>, LmError> {
        let wrong = || LmError::Key { key: key.to_owned() };
        let Some(Value::Array { kind: kind::I32, bytes, .. }) = self.metadata.get(key) else {
            return Err(wrong());
        };
        let (numbers, _) = file.get(bytes.clone()).ok_or_else(wrong)?.as_chunks::<4>();
        Ok(numbers.iter().map(|&bytes| i64::from(i32::from_le_bytes(bytes))).collect())
    }

    /// What the header says of a tensor.
    ///
    /// # Errors
    /// [`LmError::Tensor`] where there is none of this name.
    pub fn tensor(&self, name: &str) -> Result<&TensorInfo, LmError> {
        self.tensors.get(name).ok_or_else(|| LmError::Tensor { name: name.to_owned() })
    }
}

/// The bytes of a tensor, or nothing where they are not all in the file or rows would not be whole blocks.
fn extent(shape: &[u64], stored: TensorType, start: u64, offset: u64, length: usize) -> Option<Range<usize>> {
    let (block, block_bytes) = stored.block();
    let (&row, rest) = shape.split_first()?;
    if row % block as u64 != 0 {
        return None;
    }
    let blocks = rest.iter().try_fold(row / block as u64, |product, &n| product.checked_mul(n))?;
    let bytes = blocks.checked_mul(block_bytes as u64)?;
    let from = start.checked_add(offset)?;
    let to = from.checked_add(bytes)?;
    (to <= length as u64).then_some(from as usize..to as usize)
}

/// Walks over the header.
struct Reader<'f> {
    file: &'f [u8],
    at: usize,
}

impl<'f> Reader<'f> {
    fn take(&mut self, n: u64, what: &'static str) -> Result<&'f [u8], LmError> {
        let truncated = LmError::Truncated { what, at: self.at };
        let rest = self.file.get(self.at..).unwrap_or_default();
        if n > rest.len() as u64 {
            return Err(truncated);
        }
        self.at += n as usize;
        Ok(&rest[..n as usize])
    }

    fn array<const N: usize>(&mut self, what: &'static str) -> Result<[u8; N], LmError> {
        Ok(self.take(N as u64, what)?.try_into().expect("invariant: take gives what was asked for"))
    }

    fn u32(&mut self, what: &'static str) -> Result<u32, LmError> {
        Ok(u32::from_le_bytes(self.array(what)?))
    }

    fn u64(&mut self, what: &'static str) -> Result<u64, LmError> {
        Ok(u64::from_le_bytes(self.array(what)?))
    }

    fn text(&mut self, what: &'static str) -> Result<&'f str, LmError> {
        let length = self.u64(what)?;
        let at = self.at;
        std::str::from_utf8(self.take(length, what)?).map_err(|_| LmError::NotUtf8 { what, at })
    }

    fn name(&mut self, what: &'static str) -> Result<String, LmError> {
        let at = self.at;
        let name = self.text(what)?;
        if name.len() as u64 > MAX_KEY {
            return Err(LmError::Malformed { what, at, found: name.len() as u64 });
        }
        Ok(name.to_owned())
    }

    /// `arrays`: whether it may be an array; arrays of arrays are refused.
    fn value(&mut self, kind: u32, arrays: bool) -> Result<Value, LmError> {
        let what = "a value";
        let at = self.at;
        Ok(match kind {
            kind::U8 => Value::Unsigned(u8::from_le_bytes(self.array(what)?).into()),
            kind::I8 => Value::Signed(i8::from_le_bytes(self.array(what)?).into()),
            kind::U16 => Value::Unsigned(u16::from_le_bytes(self.array(what)?).into()),
            kind::I16 => Value::Signed(i16::from_le_bytes(self.array(what)?).into()),
            kind::U32 => Value::Unsigned(self.u32(what)?.into()),
            kind::I32 => Value::Signed(i32::from_le_bytes(self.array(what)?).into()),
            kind::F32 => Value::Float(f32::from_le_bytes(self.array(what)?).into()),
            kind::BOOL => match self.array::<1>(what)? {
                [0] => Value::Bool(false),
                [1] => Value::Bool(true),
                [other] => return Err(LmError::Malformed { what: "a bool", at, found: other.into() }),
            },
            kind::TEXT => {
                let text = self.text(what)?;
                Value::Text(self.at - text.len()..self.at)
            }
            kind::ARRAY if arrays => {
                let kind = self.u32("the type of an array")?;
                let count = self.u64("the length of an array")?;
                let start = self.at;
                let width = match kind {
                    kind::U8 | kind::I8 | kind::BOOL => Some(1),
                    kind::U16 | kind::I16 => Some(2),
                    kind::U32 | kind::I32 | kind::F32 => Some(4),
                    kind::U64 | kind::I64 | kind::F64 => Some(8),
                    _ => None,
                };
                if let Some(width) = width {
                    let truncated = LmError::Truncated { what: "an array", at };
                    self.take(count.checked_mul(width).ok_or(truncated)?, "an array")?;
                } else {
                    // Every element takes at least the eight bytes of its length, so this ends with the file.
                    for _ in 0..count {
                        self.value(kind, false)?;
                    }
                }
                Value::Array { kind, count, bytes: start..self.at }
            }
            kind::U64 => Value::Unsigned(self.u64(what)?),
            kind::I64 => Value::Signed(i64::from_le_bytes(self.array(what)?)),
            kind::F64 => Value::Float(f64::from_le_bytes(self.array(what)?)),
            other => return Err(LmError::Malformed { what: "the type of a value", at, found: other.into() }),
        })
    }
}
