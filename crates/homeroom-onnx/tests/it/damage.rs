//! Files that are missing, cut off, of another kind or another model's.

use std::fs;
use std::path::Path;

use homeroom_core::ability::AbilityError;
use homeroom_onnx::{MiniLm, Vad, Whisper};

use crate::models;

#[track_caller]
fn check<T>(result: Result<T, AbilityError>, what: &str) {
    match result {
        Err(error @ AbilityError::Damaged { .. }) => {
            assert!(error.to_string().contains("homeroom pull"), "{what}: {error}");
        }
        Err(other) => panic!("{what}: {other:?}"),
        Ok(_) => panic!("{what}: loaded"),
    }
}

fn load_all(folder: &Path, what: &str) {
    check(Vad::load(folder, 1), what);
    check(MiniLm::load(folder, 1), what);
    check(Whisper::load(folder, folder, 1), what);
}

#[test]
fn without_any_model() {
    let folder = tempfile::tempdir().unwrap();
    load_all(folder.path(), "missing");
    for (what, bytes) in [("empty", Vec::new()), ("text", b"not a graph".to_vec()), ("noise", vec![0xA5; 10_000])] {
        for file in ["model.onnx", "encoder.onnx", "decoder.onnx", "tokenizer.json", "config.json"] {
            fs::write(folder.path().join(file), &bytes).unwrap();
        }
        load_all(folder.path(), what);
    }
}

#[test]
fn cut_off_or_exchanged() {
    let Some(models) = models() else { return };
    let folder = tempfile::tempdir().unwrap();
    let whole = fs::read(models.join("silero-vad/model.onnx")).unwrap();
    for part in [whole.len() / 2, whole.len() - 1, 100] {
        fs::write(folder.path().join("model.onnx"), &whole[..part]).unwrap();
        check(Vad::load(folder.path(), 1), "cut off");
    }
    // A sound graph that is another model's.
    fs::write(folder.path().join("model.onnx"), &whole).unwrap();
    fs::copy(models.join("minilm/tokenizer.json"), folder.path().join("tokenizer.json")).unwrap();
    check(MiniLm::load(folder.path(), 1), "exchanged");
    fs::write(folder.path().join("encoder.onnx"), &whole).unwrap();
    check(Whisper::load(folder.path(), &models.join("whisper-base"), 1), "exchanged");
}
