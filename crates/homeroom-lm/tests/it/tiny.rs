//! A tiny model with weights by chance, as the bytes of a GGUF file.

use std::io::Write;

use homeroom_lm::{Lm, LmError, TokenId};
use tempfile::NamedTempFile;

pub(crate) const WIDTH: u64 = 32;
pub(crate) const INNER: u64 = 48;
pub(crate) const KEY_WIDTH: u64 = 16;
pub(crate) const LAYERS: u64 = 2;

/// What is written, so that a test can change it before.
pub(crate) struct Tiny {
    pub(crate) keys: Vec<(String, Field)>,
    /// Name, shape, type and bytes.
    pub(crate) tensors: Vec<(String, Vec<u64>, u32, Vec<u8>)>,
}

/// A value of the metadata.
#[derive(Clone)]
pub(crate) enum Field {
    U32(u32),
    F32(f32),
    Text(String),
    Texts(Vec<String>),
    I32s(Vec<i32>),
}

impl Tiny {
    pub(crate) fn new() -> Self {
        let (tokens, merges) = vocabulary();
        let n_tokens = tokens.len() as u64;
        let kinds = (0..tokens.len()).map(|id| if id == 0 { 3 } else { 1 }).collect();
        let keys = [
            ("general.architecture", Field::Text("llama".to_owned())),
            ("llama.block_count", Field::U32(LAYERS as u32)),
            ("llama.context_length", Field::U32(64)),
            ("llama.embedding_length", Field::U32(WIDTH as u32)),
            ("llama.feed_forward_length", Field::U32(INNER as u32)),
            ("llama.attention.head_count", Field::U32(2)),
            ("llama.attention.head_count_kv", Field::U32(1)),
            ("llama.rope.freq_base", Field::F32(10_000.0)),
            ("llama.attention.layer_norm_rms_epsilon", Field::F32(1e-5)),
            ("tokenizer.ggml.model", Field::Text("gpt2".to_owned())),
            ("tokenizer.ggml.pre", Field::Text("smollm".to_owned())),
            ("tokenizer.ggml.tokens", Field::Texts(tokens)),
            ("tokenizer.ggml.token_type", Field::I32s(kinds)),
            ("tokenizer.ggml.merges", Field::Texts(merges)),
            ("tokenizer.ggml.bos_token_id", Field::U32(0)),
        ];
        let mut weights = Weights(1);
        let mut tensors = vec![weights.tensor("token_embd", &[WIDTH, n_tokens], 1.0)];
        for layer in 0..LAYERS {
            for (name, shape) in [
                ("attn_norm", vec![WIDTH]),
                ("attn_q", vec![WIDTH, WIDTH]),
                ("attn_k", vec![WIDTH, KEY_WIDTH]),
                ("attn_v", vec![WIDTH, KEY_WIDTH]),
                ("attn_output", vec![WIDTH, WIDTH]),
                ("ffn_norm", vec![WIDTH]),
                ("ffn_gate", vec![WIDTH, INNER]),
                ("ffn_up", vec![WIDTH, INNER]),
                ("ffn_down", vec![INNER, WIDTH]),
            ] {
                tensors.push(weights.tensor(&format!("blk.{layer}.{name}"), &shape, 0.5));
            }
        }
        tensors.push(weights.tensor("output_norm", &[WIDTH], 1.0));
        Self { keys: keys.map(|(key, field)| (key.to_owned(), field)).into(), tensors }
    }

    pub(crate) fn set(&mut self, key: &str, field: Field) {
        self.keys.retain(|(k, _)| k != key);
        self.keys.push((key.to_owned(), field));
    }

    /// The file.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut out = b"GGUF".to_vec();
        out.extend(3_u32.to_le_bytes());
        out.extend((self.tensors.len() as u64).to_le_bytes());
        out.extend((self.keys.len() as u64).to_le_bytes());
        for (key, field) in &self.keys {
            text(&mut out, key);
            match field {
                Field::U32(n) => {
                    out.extend(4_u32.to_le_bytes());
                    out.extend(n.to_le_bytes());
                }
                Field::F32(n) => {
                    out.extend(6_u32.to_le_bytes());
                    out.extend(n.to_le_bytes());
                }
                Field::Text(value) => {
                    out.extend(8_u32.to_le_bytes());
                    text(&mut out, value);
                }
                Field::Texts(values) => {
                    out.extend([9_u32, 8].map(u32::to_le_bytes).as_flattened());
                    out.extend((values.len() as u64).to_le_bytes());
                    values.iter().for_each(|value| text(&mut out, value));
                }
                Field::I32s(values) => {
                    out.extend([9_u32, 5].map(u32::to_le_bytes).as_flattened());
                    out.extend((values.len() as u64).to_le_bytes());
                    out.extend(values.iter().flat_map(|n| n.to_le_bytes()));
                }
            }
        }
        let mut data: Vec<u8> = Vec::new();
        for (name, shape, kind, bytes) in &self.tensors {
            text(&mut out, name);
            out.extend((shape.len() as u32).to_le_bytes());
            out.extend(shape.iter().flat_map(|n| n.to_le_bytes()));
            out.extend(kind.to_le_bytes());
            out.extend((data.len() as u64).to_le_bytes());
            data.extend(bytes);
            data.resize(data.len().next_multiple_of(32), 0);
        }
        out.resize(out.len().next_multiple_of(32), 0);
        out.extend(data);
        out
    }
}

/// A token for each byte, one that starts a document, and a few that are merged.
fn vocabulary() -> (Vec<String>, Vec<String>) {
    let mut tokens = vec!["<|endoftext|>".to_owned()];
    let mut next = 0x100;
    for byte in 0..=255_u8 {
        let c = match byte {
            b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff => char::from(byte),
            _ => {
                next += 1;
                char::from_u32(next - 1).unwrap()
            }
        };
        tokens.push(c.to_string());
    }
    let merges = ["t h", "Ġ th", "Ġth e", "i n", "in g", "e r", "Ġ a"];
    tokens.extend(merges.iter().map(|merge| merge.replace(' ', "")));
    (tokens, merges.map(str::to_owned).into())
}

/// Numbers by chance, always the same ones.
struct Weights(u64);

impl Weights {
    /// A tensor in `f32`, `scale` wide.
    fn tensor(&mut self, name: &str, shape: &[u64], scale: f32) -> (String, Vec<u64>, u32, Vec<u8>) {
        let n: u64 = shape.iter().product();
        let bytes = (0..n).flat_map(|_| (self.number() * scale).to_le_bytes()).collect();
        (format!("{name}.weight"), shape.to_vec(), 0, bytes)
    }

    /// From -1 to 1 (Knuth's linear congruential generator).
    fn number(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f32 / (1 << 23) as f32 - 1.0
    }
}

fn text(out: &mut Vec<u8>, value: &str) {
    out.extend((value.len() as u64).to_le_bytes());
    out.extend(value.as_bytes());
}

/// Writes a file and loads it.
pub(crate) fn load(bytes: &[u8], threads: usize, kernel: &str) -> Result<Lm, LmError> {
    let mut file = NamedTempFile::new().expect("make a file");
    file.write_all(bytes).expect("write the file");
    Lm::load_with(file.path(), threads, kernel)
}

#[test]
fn words_are_merged_by_rank() {
    let lm = load(&Tiny::new().bytes(), 1, "plain").unwrap();
    let pieces = |text: &str| -> Vec<String> {
        let tokens = lm.tokenize(text);
        tokens.iter().map(|&token| String::from_utf8_lossy(lm.tokenizer().piece(token)).into_owned()).collect()
    };
    assert_eq!(pieces("in the other thing"), ["in", " the", " ", "o", "th", "er", " th", "ing"]);
    assert_eq!(pieces("a 12"), ["a", " ", "1", "2"]);
    assert_eq!(lm.start(), TokenId(0));
    assert_eq!(lm.tokenizer().piece(TokenId(0)), b"");
    assert_eq!(lm.tokenizer().piece(TokenId(9999)), b"");
}
