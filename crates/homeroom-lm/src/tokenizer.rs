//! Byte-level BPE with the vocabulary and the merges of a GGUF file.
//!
//! # Source
//! Radford et al. 2019 (GPT-2) for the alphabet of bytes and the pattern of words; SmolLM splits digits singly before
//! it (`pre_tokenizer` of its `tokenizer.json`; `LLAMA_VOCAB_PRE_TYPE_SMOLLM` in llama.cpp).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use hashbrown::HashMap;
use regex::Regex;

use crate::{Gguf, LmError};

/// A token of the model's vocabulary, by its place there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TokenId(pub u32);

/// The kind of a token that stands for no text, such as the start of a document (`tokenizer.ggml.token_type`).
const CONTROL: i64 = 3;
/// The token that parts documents in the training data of this family.
const END_OF_TEXT: &str = "<|endoftext|>";
/// Words of GPT-2's pattern. The pattern ends with `\s+(?!\S)|\s+`: spaces before a word leave their last one to it.
/// That look-ahead is done by hand, as this engine has none.
const WORDS: &str = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+";

/// Turns text into tokens.
#[derive(Debug)]
pub struct Tokenizer {
    words: Regex,
    /// The token of each byte, where it has one.
    bytes: [Option<u32>; 256],
    /// For each pair of tokens that may be merged: how early it is merged, and into what.
    merges: HashMap<(u32, u32), (u32, u32)>,
    /// The bytes of each token; none for control tokens.
    pieces: Vec<Vec<u8>>,
    start: TokenId,
}

impl Tokenizer {
    /// Reads the vocabulary of a GGUF file. `file`: the bytes that were parsed.
    ///
    /// # Errors
    /// [`LmError::Unsupported`] for another kind of tokenizer, [`LmError::Key`] where a list is missing,
    /// [`LmError::Vocabulary`] where an entry can't be used, [`LmError::Twice`] for a token that comes twice.
    pub fn read(gguf: &Gguf, file: &[u8]) -> Result<Self, LmError> {
        for (key, wanted) in [("tokenizer.ggml.model", "gpt2"), ("tokenizer.ggml.pre", "smollm")] {
            let found = gguf.text(file, key)?;
            if found != wanted {
                return Err(LmError::Unsupported { key, found: found.to_owned() });
            }
        }
        let tokens = gguf.texts(file, "tokenizer.ggml.tokens")?;
        let kinds = gguf.integers(file, "tokenizer.ggml.token_type")?;
        if kinds.len() != tokens.len() || u32::try_from(tokens.len()).is_err() {
            return Err(LmError::Key { key: "tokenizer.ggml.token_type".to_owned() });
        }

        let alphabet = alphabet();
        let byte_of: HashMap<char, u8> = (0..=255).map(|byte| (alphabet[usize::from(byte)], byte)).collect();
        let mut ids = HashMap::with_capacity(tokens.len());
        let mut pieces = Vec::with_capacity(tokens.len());
        for (id, (&token, &kind)) in (0..).zip(tokens.iter().zip(&kinds)) {
            if ids.insert(token, id).is_some() {
                return Err(LmError::Twice { name: format!("token {id}") });
            }
            pieces.push(match kind {
                CONTROL => Vec::new(),
                _ => token
                    .chars()
                    .map(|c| byte_of.get(&c).copied())
                    .collect::<Option<_>>()
                    .ok_or(LmError::Vocabulary { key: "tokenizer.ggml.tokens", index: id as usize })?,
            });
        }

        let mut merges = HashMap::new();
        for (rank, merge) in (0..).zip(gguf.texts(file, "tokenizer.ggml.merges")?) {
            let (left, right) = merge.split_once(' ').unwrap_or_default();
            let id = |token: &str| ids.get(token).copied();
            let Some((pair, merged)) = id(left).zip(id(right)).zip(id(&format!("{left}{right}"))) else {
                return Err(LmError::Vocabulary { key: "tokenizer.ggml.merges", index: rank as usize });
            };
            merges.entry(pair).or_insert((rank, merged));
        }

        let bos = gguf.unsigned("tokenizer.ggml.bos_token_id").ok().and_then(|id| u32::try_from(id).ok());
        let start = ids.get(END_OF_TEXT).copied().or(bos).filter(|&id| (id as usize) < tokens.len());
        let start = start.ok_or_else(|| LmError::Key { key: "tokenizer.ggml.bos_token_id".to_owned() })?;
        Ok(Self {
            words: Regex::new(WORDS).expect("invariant: the pattern is valid"),
            bytes: alphabet.map(|c| ids.get(c.encode_utf8(&mut [0; 4]) as &str).copied()),
            merges,
            pieces,
            start: TokenId(start),
        })
    }

    /// The tokens of a text. Names of control tokens in the text are plain text. Bytes that the vocabulary lacks are
    /// left out, as the reference does.
    pub fn tokenize(&self, text: &str) -> Vec<TokenId> {
        let mut out = Vec::with_capacity(text.len() / 3 + 1);
        let mut from = 0;
        for (at, digit) in text.char_indices().filter(|(_, c)| c.is_numeric()) {
            self.stretch(&text[from..at], &mut out);
            from = at + digit.len_utf8();
            self.word(&text.as_bytes()[at..from], &mut out);
        }
        self.stretch(&text[from..], &mut out);
        out
    }

    /// The token with which a document starts.
    pub fn start(&self) -> TokenId {
        self.start
    }

    /// How many tokens there are.
    pub fn n_tokens(&self) -> usize {
        self.pieces.len()
    }

    /// The bytes of a token, which may be a part of a character; none for control tokens and beyond the vocabulary.
    pub fn piece(&self, token: TokenId) -> &[u8] {
        self.pieces.get(token.0 as usize).map_or(&[], Vec::as_slice)
    }

    /// Tokens of a stretch without digits.
    fn stretch(&self, text: &str, out: &mut Vec<TokenId>) {
        let mut at = 0;
        while let Some(found) = self.words.find_at(text, at) {
            let word = found.as_str();
            let mut end = found.end();
            if end < text.len()
                && let Some(last) = word.chars().next_back().filter(|c| c.is_whitespace())
                && word.len() > last.len_utf8()
            {
                end -= last.len_utf8();
            }
            self.word(&text.as_bytes()[found.start()..end], out);
            at = end;
        }
    }

    /// Tokens of a word: the earliest merge is made first, and of equal ones the leftmost.
    fn word(&self, word: &[u8], out: &mut Vec<TokenId>) {
        let mut parts: Vec<Part> = word
            .iter()
            .filter_map(|&byte| self.bytes[usize::from(byte)])
            .enumerate()
            .map(|(place, token)| Part { token: Some(token), before: place.wrapping_sub(1), after: place + 1 })
            .collect();
        let mut merges: BinaryHeap<_> =
            (1..parts.len()).filter_map(|right| self.merge(&parts, right - 1, right)).map(Reverse).collect();
        while let Some(Reverse(merge)) = merges.pop() {
            let Merge { left, right, pair, merged, .. } = merge;
            // A merge may have come to nothing since it was found.
            if (parts[left].token, parts[right].token) != (Some(pair.0), Some(pair.1)) || parts[left].after != right {
                continue;
            }
            let Part { before, .. } = parts[left];
            let Part { after, .. } = parts[right];
            parts[left] = Part { token: Some(merged), before, after };
            parts[right].token = None;
            if let Some(next) = parts.get_mut(after) {
                next.before = left;
                merges.extend(self.merge(&parts, left, after).map(Reverse));
            }
            if before < left {
                merges.extend(self.merge(&parts, before, left).map(Reverse));
            }
        }
        out.extend(parts.iter().filter_map(|part| part.token).map(TokenId));
    }

    /// The merge of two neighbouring parts, where there is one.
    fn merge(&self, parts: &[Part], left: usize, right: usize) -> Option<Merge> {
        let pair = (parts[left].token?, parts[right].token?);
        let &(rank, merged) = self.merges.get(&pair)?;
        Some(Merge { rank, left, right, pair, merged })
    }
}

/// A part of a word while it is being merged, linked to its neighbours.
struct Part {
    /// None where it was merged into the one before.
    token: Option<u32>,
    before: usize,
    after: usize,
}

/// A merge that can be made; they are ordered by rank and then by place.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Merge {
    rank: u32,
    left: usize,
    right: usize,
    pair: (u32, u32),
    merged: u32,
}

/// GPT-2's character for each byte: the byte's own where it is printable, else the next one from U+0100 on.
fn alphabet() -> [char; 256] {
    let mut next = 0x100;
    std::array::from_fn(|byte| {
        let byte = byte as u8;
        match byte {
            b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff => char::from(byte),
            _ => {
                next += 1;
                char::from_u32(next - 1).expect("invariant: U+0100 to U+0143 are characters")
            }
        }
    })
}
