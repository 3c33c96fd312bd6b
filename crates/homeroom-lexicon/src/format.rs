//! The table's bytes: a header, then sections. All integers are little-endian.
//!
//! Header: `HRLX`, `u32` number of sections, then `(u32 offset, u32 length)` for each. Words are sorted by their bytes;
//! a word's id is its rank.

use crate::LexiconError;

pub(crate) const MAGIC: [u8; 4] = *b"HRLX";
/// Words per block of the front-coded list.
pub(crate) const BLOCK: usize = 16;
/// Steps per unit of the Zipf scale in the stored frequency.
pub(crate) const ZIPF_STEPS: f32 = 30.0;
/// Steps per nat in the stored log probability of a bigram; one byte reaches down to e^-17.
pub(crate) const LN_STEPS: f32 = 15.0;
/// Stands for "has no such form" among the exceptions.
pub(crate) const NONE: u32 = u32::MAX;

/// The sections, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    /// `u32` number of words.
    Count,
    /// `u32` per block: its offset in `Words`.
    Blocks,
    /// Per word: length of the prefix shared with the word before (0 at a block's start), length of the rest, the rest.
    Words,
    /// `u8` per word: Zipf frequency times [`ZIPF_STEPS`].
    Zipf,
    /// `u16` per word: index into `PosSets`.
    Pos,
    /// `u32` each: the distinct sets.
    PosSets,
    /// `u16` per word: three bits each for noun, verb, adjective, adverb and other; 0 is no level, 1 is A1.
    Levels,
    /// `(u32 word << 2 | class, u32 lemma)`, sorted: lemmas that the rules miss.
    Lemmas,
    /// `(u32 lemma << 4 | form, u32 word)`, sorted: forms that the rules miss.
    Forms,
    /// `(u32 word, u32 start)`, sorted by word: where its followers start in `Bigrams`.
    BigramHeads,
    /// `u32`: follower `<< 8` and minus ln P(follower | word) times [`LN_STEPS`], sorted by follower.
    Bigrams,
}

pub(crate) const SECTIONS: usize = 11;

/// The sections' bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sections<'a> {
    parts: [&'a [u8]; SECTIONS],
}

impl<'a> Sections<'a> {
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, LexiconError> {
        if !bytes.starts_with(&MAGIC) {
            return Err(LexiconError::Magic { found: bytes.iter().take(4).copied().collect() });
        }
        let mut parts = [&bytes[..0]; SECTIONS];
        for (section, part) in parts.iter_mut().enumerate() {
            let at = 8 + 8 * section;
            let header =
                bytes.get(at..at + 8).ok_or(LexiconError::Section { section, expected: at + 8, found: bytes.len() })?;
            let offset = u32_at(header, 0) as usize;
            let len = u32_at(header, 1) as usize;
            *part = bytes.get(offset..offset.saturating_add(len)).ok_or(LexiconError::Section {
                section,
                expected: offset.saturating_add(len),
                found: bytes.len(),
            })?;
        }
        Ok(Self { parts })
    }

    pub(crate) fn get(&self, section: Section) -> &'a [u8] {
        self.parts[section as usize]
    }
}

/// The `i`-th `u32`; 0 outside.
pub(crate) fn u32_at(bytes: &[u8], i: usize) -> u32 {
    bytes.get(4 * i..4 * i + 4).map_or(0, |b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]))
}

/// The `i`-th `u16`; 0 outside.
pub(crate) fn u16_at(bytes: &[u8], i: usize) -> u16 {
    bytes.get(2 * i..2 * i + 2).map_or(0, |b| u16::from_le_bytes([b[0], b[1]]))
}

/// Puts the sections together.
#[cfg(feature = "build")]
pub(crate) fn assemble(parts: [Vec<u8>; SECTIONS]) -> Vec<u8> {
    let mut out = Vec::new();
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&(SECTIONS as u32).to_le_bytes());
    let mut offset = 8 + 8 * SECTIONS;
    for part in &parts {
        out.extend_from_slice(&(offset as u32).to_le_bytes());
        out.extend_from_slice(&(part.len() as u32).to_le_bytes());
        offset += part.len();
    }
    for part in parts {
        out.extend_from_slice(&part);
    }
    out
}
