//! Any bytes as a Word file; what can be read can be annotated, and read again.
#![no_main]

use homeroom_core::Span;
use homeroom_docx::{Annotation, annotate, read};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = read(bytes) else { return };
    let middle = (0..=text.text.len() / 2).rev().find(|&at| text.text.is_char_boundary(at)).unwrap_or(0);
    let annotations = [Span::new(0, middle), Span::new(middle, middle)].map(|span| Annotation {
        span,
        comment: "c".to_owned(),
        author: "a".to_owned(),
        initials: "i".to_owned(),
        replacement: Some("x".to_owned()),
    });
    if let Ok(annotated) = annotate(bytes, &annotations, "2026-01-01T00:00:00Z") {
        read(&annotated).expect("what was annotated can be read");
    }
});
