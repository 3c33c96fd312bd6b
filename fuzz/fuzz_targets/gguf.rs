//! Any bytes as a language model: what loads also takes a text and gives it a finite price.
#![no_main]

use homeroom_lm::{Gguf, Lm, Tokenizer};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(gguf) = Gguf::parse(bytes) {
        if let Ok(tokenizer) = Tokenizer::read(&gguf, bytes) {
            let _ = tokenizer.tokenize("I like him. \u{4f60}\u{597d} 12");
        }
    }
    let path = std::env::temp_dir().join(format!("homeroom-fuzz-{}.gguf", std::process::id()));
    if std::fs::write(&path, bytes).is_err() {
        return;
    }
    let Ok(lm) = Lm::load_with(&path, 1, "plain") else { return };
    let mut tokens = vec![lm.start()];
    tokens.extend(lm.tokenize("a b"));
    tokens.truncate(4);
    let _ = lm.read(&tokens, 1);
});
