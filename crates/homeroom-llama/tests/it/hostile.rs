//! What is refused.

use homeroom_llama::{Branch, Llama, LlamaError, Settings};

use crate::smollm_path;

#[test]
fn files_that_are_no_models() {
    for path in ["no/such/model.gguf", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")] {
        assert!(matches!(Llama::load(path.as_ref(), 1), Err(LlamaError::Load { .. })), "{path}");
    }
}

#[test]
fn texts_that_do_not_fit() {
    let Some(path) = smollm_path() else { return };
    let llama = Llama::load(&path, 1).unwrap();
    let settings = Settings { positions: 16, sequences: 2, batch: 8 };
    let mut context = llama.context(settings).unwrap();
    let text: Vec<u32> = (500..510).collect();
    let branch = |after, n| vec![Branch { after, tokens: vec![600; n] }];
    assert!(matches!(context.score(&[], 1, &[]), Err(LlamaError::Given { given: 1, length: 0 })));
    assert!(matches!(context.score(&text, 0, &[]), Err(LlamaError::Given { .. })));
    assert!(matches!(context.score(&text, 11, &[]), Err(LlamaError::Given { .. })));
    assert!(matches!(context.score(&text, 3, &branch(2, 1)), Err(LlamaError::Place { after: 2, .. })));
    assert!(matches!(context.score(&text, 3, &branch(11, 1)), Err(LlamaError::Place { after: 11, .. })));
    assert!(matches!(context.score(&[u32::MAX], 1, &[]), Err(LlamaError::Token { token: u32::MAX, .. })));
    assert!(matches!(context.score(&[7; 17], 1, &[]), Err(LlamaError::Long { length: 17, limit: 16 })));
    assert!(matches!(context.score(&text, 3, &branch(9, 8)), Err(LlamaError::Long { length: 17, limit: 16 })));
    assert!(matches!(context.score(&[7; 3], 3, &branch(3, 10)), Err(LlamaError::Long { length: 9, limit: 8 })));
    // And it still works afterwards.
    assert_eq!(context.score(&text, 3, &branch(3, 4)).unwrap().branches[0].len(), 4);
    let settings = Settings { positions: u32::MAX, ..settings };
    assert!(matches!(llama.context(settings), Err(LlamaError::Long { .. })));
}
