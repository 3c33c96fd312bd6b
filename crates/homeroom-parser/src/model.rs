//! The model file: a magic, a version, a short text header, then the tables.

use std::borrow::Cow;

use homeroom_core::Upos;

use crate::ParserError;
use crate::labeller::Labeller;
use crate::labels::{TagSet, xpos};
use crate::tagger::Tagger;
use crate::weights::DenseWeights;

/// First bytes of a model file.
const MAGIC: &[u8; 8] = b"HRPARSER";
/// Version of the format, of the feature templates and of the hash functions.
pub(crate) const VERSION: u32 = 1;

/// Everything that parsing needs.
#[derive(Debug, Clone)]
pub(crate) struct Model {
    /// What it was trained on, licence, seed and figures; for people.
    pub(crate) header: String,
    pub(crate) tags: TagSet,
    pub(crate) tagger: Tagger,
    pub(crate) arcs: DenseWeights,
    /// Labels pairs of words while the tree grows.
    pub(crate) pair_labeller: Labeller,
    /// Labels the finished tree.
    pub(crate) tree_labeller: Labeller,
}

impl Model {
    /// The file's bytes.
    pub(crate) fn write(&self) -> Vec<u8> {
        let mut out = Writer { bytes: MAGIC.to_vec() };
        out.u32(VERSION);
        out.blob(self.header.as_bytes());
        out.u32(u32::try_from(self.tags.tags.len()).unwrap_or(0));
        for (upos, xpos) in &self.tags.tags {
            out.blob(upos.as_str().as_bytes());
            out.blob(xpos.as_bytes());
        }
        self.tagger.write(&mut out);
        self.arcs.write(&mut out);
        self.pair_labeller.weights.write(&mut out);
        self.tree_labeller.weights.write(&mut out);
        out.bytes
    }

    /// Reads a file's bytes; tables are not copied where `bytes` is static.
    ///
    /// # Errors
    /// [`ParserError::Magic`], [`ParserError::Version`] or [`ParserError::Model`].
    pub(crate) fn read(bytes: Source<'_>) -> Result<Self, ParserError> {
        let mut input = Reader { source: bytes, offset: 0 };
        if input.take(MAGIC.len())? != MAGIC {
            return Err(ParserError::Magic);
        }
        let version = input.u32()?;
        if version != VERSION {
            return Err(ParserError::Version { found: version, expected: VERSION });
        }
        let header = input.text()?;
        let mut tags = TagSet::default();
        for _ in 0..input.u32()? {
            let pair = (Upos::parse(&input.text()?), xpos(&input.text()?));
            let (Some(u), Some(x)) = pair else { return Err(ParserError::Model { offset: input.offset() }) };
            tags.tags.push((u, x));
            if tags.tags.len() > TagSet::MAX {
                return Err(ParserError::TooManyTags { found: tags.tags.len() });
            }
        }
        let tagger = Tagger::read(&mut input, tags.tags.len())?;
        let arcs = DenseWeights::read(&mut input)?;
        let pair_labeller = Labeller::read(&mut input)?;
        let tree_labeller = Labeller::read(&mut input)?;
        Ok(Self { header, tags, tagger, arcs, pair_labeller, tree_labeller })
    }
}

/// Bytes to read a model from.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Source<'a> {
    /// Embedded in the program.
    Static(&'static [u8]),
    /// Read from somewhere; the tables are copied.
    Borrowed(&'a [u8]),
}

/// Collects little-endian fields.
#[derive(Debug)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    pub(crate) fn u32(&mut self, value: u32) {
        self.bytes.extend(value.to_le_bytes());
    }

    pub(crate) fn f32(&mut self, value: f32) {
        self.bytes.extend(value.to_le_bytes());
    }

    pub(crate) fn blob(&mut self, bytes: &[u8]) {
        self.u32(u32::try_from(bytes.len()).expect("invariant: a table has fewer than 4 GiB"));
        self.bytes.extend(bytes);
    }
}

/// Reads little-endian fields.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    source: Source<'a>,
    offset: usize,
}

impl<'a> Reader<'a> {
    /// Where it stands, in bytes.
    pub(crate) fn offset(&self) -> usize {
        self.offset
    }

    fn range(&mut self, n: usize) -> Result<std::ops::Range<usize>, ParserError> {
        let len = match self.source {
            Source::Static(b) => b.len(),
            Source::Borrowed(b) => b.len(),
        };
        let end = self.offset.checked_add(n).filter(|&e| e <= len);
        let end = end.ok_or(ParserError::Model { offset: self.offset })?;
        let range = self.offset..end;
        self.offset = end;
        Ok(range)
    }

    fn take(&mut self, n: usize) -> Result<&'a [u8], ParserError> {
        let range = self.range(n)?;
        Ok(match self.source {
            Source::Static(b) => &b[range],
            Source::Borrowed(b) => &b[range],
        })
    }

    pub(crate) fn u32(&mut self) -> Result<u32, ParserError> {
        let bytes = self.take(4)?;
        Ok(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
    }

    /// A finite number.
    pub(crate) fn f32(&mut self) -> Result<f32, ParserError> {
        let value = f32::from_bits(self.u32()?);
        if value.is_finite() { Ok(value) } else { Err(ParserError::Model { offset: self.offset }) }
    }

    pub(crate) fn blob(&mut self) -> Result<Cow<'static, [u8]>, ParserError> {
        let n = self.u32()? as usize;
        let range = self.range(n)?;
        Ok(match self.source {
            Source::Static(b) => Cow::Borrowed(&b[range]),
            Source::Borrowed(b) => Cow::Owned(b[range].to_vec()),
        })
    }

    fn text(&mut self) -> Result<String, ParserError> {
        let offset = self.offset;
        String::from_utf8(self.blob()?.into_owned()).map_err(|_| ParserError::Model { offset })
    }
}
