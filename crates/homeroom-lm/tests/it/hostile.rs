//! Files that are damaged or were made to do harm are refused, and never panic or take much room.

use homeroom_lm::{Gguf, Lm, LmError, TokenId, Tree};
use proptest::prelude::*;

use crate::tiny::{Field, Tiny, WIDTH, load};

#[track_caller]
fn check(change: impl FnOnce(&mut Tiny), refused: impl FnOnce(&LmError) -> bool) {
    let mut tiny = Tiny::new();
    change(&mut tiny);
    check_bytes(&tiny.bytes(), refused);
}

#[track_caller]
fn check_bytes(bytes: &[u8], refused: impl FnOnce(&LmError) -> bool) {
    match load(bytes, 1, "plain") {
        Ok(_) => panic!("the file was taken"),
        Err(error) => assert!(refused(&error), "{error:?}"),
    }
}

#[test]
fn damaged_beginnings() {
    let bytes = Tiny::new().bytes();
    let with = |at: usize, new: &[u8]| {
        let mut bytes = bytes.clone();
        bytes[at..at + new.len()].copy_from_slice(new);
        bytes
    };
    check_bytes(b"", |e| matches!(e, LmError::Truncated { .. } | LmError::Read { .. }));
    check_bytes(b"GG", |e| matches!(e, LmError::Truncated { .. }));
    check_bytes(&with(0, b"ggjt"), |e| matches!(e, LmError::NotGguf { found } if found == b"ggjt"));
    check_bytes(&with(4, &[1]), |e| matches!(e, LmError::Version { found: 1 }));
    check_bytes(&with(8, &[255; 8]), |e| !matches!(e, LmError::NotFinite));
    check_bytes(&with(16, &[255; 8]), |e| !matches!(e, LmError::NotFinite));
    // The length of the first key.
    check_bytes(&with(24, &[255; 8]), |e| matches!(e, LmError::Truncated { .. }));
    check_bytes(&with(32, &[255]), |e| matches!(e, LmError::NotUtf8 { .. }));
}

#[test]
fn wrong_metadata() {
    let number = |key: &'static str, n: u32| move |tiny: &mut Tiny| tiny.set(key, Field::U32(n));
    let text =
        |key: &'static str, value: &'static str| move |tiny: &mut Tiny| tiny.set(key, Field::Text(value.to_owned()));
    check(text("general.architecture", "qwen2"), |e| matches!(e, LmError::Unsupported { .. }));
    check(text("tokenizer.ggml.pre", "llama-bpe"), |e| matches!(e, LmError::Unsupported { .. }));
    check(text("llama.rope.scaling.type", "yarn"), |e| matches!(e, LmError::Unsupported { .. }));
    check(text("llama.block_count", "2"), |e| matches!(e, LmError::Key { key } if key == "llama.block_count"));
    check(|tiny| tiny.keys.clear(), |e| matches!(e, LmError::Key { .. }));
    check(number("llama.block_count", 3), |e| matches!(e, LmError::Tensor { .. }));
    check(number("llama.block_count", u32::MAX), |e| matches!(e, LmError::Hyperparameter { .. }));
    check(number("llama.attention.head_count", 0), |e| matches!(e, LmError::Hyperparameter { .. }));
    check(number("llama.attention.head_count", 32), |e| matches!(e, LmError::Hyperparameter { .. }));
    check(number("llama.attention.head_count_kv", 3), |e| matches!(e, LmError::Hyperparameter { .. }));
    check(number("llama.embedding_length", 64), |e| matches!(e, LmError::Shape { .. }));
    check(number("llama.feed_forward_length", 49), |e| matches!(e, LmError::Hyperparameter { .. }));
    check(number("llama.rope.dimension_count", 8), |e| matches!(e, LmError::Hyperparameter { .. }));
    check(number("general.alignment", 0), |e| matches!(e, LmError::Key { .. }));
    check(
        |tiny| tiny.set("llama.attention.layer_norm_rms_epsilon", Field::F32(f32::NAN)),
        |e| matches!(e, LmError::Hyperparameter { .. }),
    );
    check(|tiny| tiny.keys.push(tiny.keys[0].clone()), |e| matches!(e, LmError::Twice { .. }));
}

#[test]
fn wrong_vocabularies() {
    let texts = |key: &'static str, values: &'static [&'static str]| {
        move |tiny: &mut Tiny| tiny.set(key, Field::Texts(values.iter().map(|&v| v.to_owned()).collect()))
    };
    check(texts("tokenizer.ggml.tokens", &["a", "b"]), |e| matches!(e, LmError::Key { .. }));
    check(texts("tokenizer.ggml.tokens", &[]), |e| matches!(e, LmError::Key { .. }));
    check(texts("tokenizer.ggml.merges", &["th"]), |e| matches!(e, LmError::Vocabulary { .. }));
    check(texts("tokenizer.ggml.merges", &["z q"]), |e| matches!(e, LmError::Vocabulary { .. }));
    check(
        |tiny| {
            for (_, field) in &mut tiny.keys {
                if let Field::Texts(values) = field {
                    let last = values.len() - 1;
                    values[last] = values[1].clone();
                }
            }
        },
        |e| matches!(e, LmError::Twice { .. }),
    );
}

#[test]
fn wrong_tensors() {
    check(|tiny| tiny.tensors[1].1 = vec![WIDTH / 2], |e| matches!(e, LmError::Shape { .. }));
    check(|tiny| tiny.tensors[1].1 = vec![], |e| matches!(e, LmError::Malformed { .. }));
    check(|tiny| tiny.tensors[1].1 = vec![1; 5], |e| matches!(e, LmError::Malformed { .. }));
    check(|tiny| tiny.tensors[1].1 = vec![u64::MAX], |e| matches!(e, LmError::Truncated { .. }));
    check(|tiny| tiny.tensors[1].1 = vec![1 << 40, 1 << 40], |e| matches!(e, LmError::Truncated { .. }));
    check(|tiny| tiny.tensors[1].2 = 99, |e| matches!(e, LmError::TensorType { found: 99, .. }));
    // Blocks of 256 do not fit into a row of 32.
    check(|tiny| tiny.tensors[1].2 = 14, |e| matches!(e, LmError::Truncated { .. }));
    check(|tiny| drop(tiny.tensors.pop()), |e| matches!(e, LmError::Tensor { .. }));
    check(|tiny| tiny.tensors.push(tiny.tensors[0].clone()), |e| matches!(e, LmError::Twice { .. }));
}

#[test]
fn tensors_that_share_bytes_are_refused() {
    // A thousand tensors of the whole file's size would ask for a thousand times its room.
    let mut tiny = Tiny::new();
    let (_, shape, kind, bytes) = tiny.tensors[0].clone();
    tiny.tensors.extend((0..1000).map(|n| (format!("more.{n}"), shape.clone(), kind, Vec::new())));
    tiny.tensors.push(("last".to_owned(), shape, kind, bytes));
    check_bytes(&tiny.bytes(), |e| matches!(e, LmError::Malformed { what: "the size of all tensors", .. }));
}

#[test]
fn weights_that_are_no_numbers_are_told() {
    let mut tiny = Tiny::new();
    tiny.tensors[1].3.fill(0xff);
    let lm = load(&tiny.bytes(), 1, "plain").unwrap();
    assert!(matches!(lm.read(&lm.tokenize("the thing"), 1), Err(LmError::NotFinite)));
}

#[test]
fn every_cut_is_refused() {
    let bytes = Tiny::new().bytes();
    for length in (0..bytes.len() - 32).step_by(7) {
        assert!(Gguf::parse(&bytes[..length]).is_err(), "{length}");
    }
}

/// Loads and scores whatever was taken.
fn try_everything(bytes: &[u8]) {
    if let Ok(lm) = load(bytes, 1, "plain") {
        try_scoring(&lm);
    }
}

fn try_scoring(lm: &Lm) {
    let mut trunk = vec![lm.start()];
    trunk.extend(lm.tokenize("in the other thing"));
    let _ = lm.score(&Tree { trunk, given: 1, branches: Vec::new() });
    let _ = lm.score(&Tree { trunk: vec![TokenId(u32::MAX)], given: 1, branches: Vec::new() });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn changed_bytes_never_panic(changes in prop::collection::vec((0_usize..8000, any::<u8>()), 1..8)) {
        // Most of the header lies in the first 8,000 bytes.
        let mut bytes = Tiny::new().bytes();
        for (at, byte) in changes {
            bytes[at] = byte;
        }
        try_everything(&bytes);
    }

    #[test]
    fn large_numbers_never_panic(at in 0_usize..8000, n in prop::sample::select(vec![u64::MAX, 1 << 63, 1 << 32, 0])) {
        let mut bytes = Tiny::new().bytes();
        bytes[at..at + 8].copy_from_slice(&n.to_le_bytes());
        try_everything(&bytes);
    }

    #[test]
    fn any_bytes_never_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        bytes.splice(0..0, *b"GGUF\x03\0\0\0");
        let _ = Gguf::parse(&bytes);
    }
}
