use homeroom_core::Span;
use homeroom_docx::{DocxError, annotate, read};
use proptest::prelude::*;

use crate::{DATE, annotation, docx, pack};

#[test]
fn bombs_and_broken_files() {
    let deep = "<w:p><w:r>".repeat(50_000);
    let bomb = " ".repeat(33 << 20);
    let tight = " ".repeat(8 << 20);
    type Is = fn(&DocxError) -> bool;
    let cases: [(&str, Vec<u8>, Is); 7] = [
        ("no zip", b"hello".to_vec(), |e| matches!(e, DocxError::Zip(_))),
        ("cut off", docx("<w:p/>")[..200].to_vec(), |e| matches!(e, DocxError::Zip(_))),
        ("no document", pack(&[("a.txt", "b")]), |e| matches!(e, DocxError::MissingPart { .. })),
        ("not well-formed", docx("<w:p><w:r>"), |e| matches!(e, DocxError::Xml { .. } | DocxError::Structure { .. })),
        ("deep and open", docx(&deep), |e| matches!(e, DocxError::Xml { .. } | DocxError::Structure { .. })),
        ("large", docx(&bomb), |e| matches!(e, DocxError::TooLarge { .. } | DocxError::ZipBomb { .. })),
        ("tight", docx(&tight), |e| matches!(e, DocxError::ZipBomb { .. })),
    ];
    for (name, bytes, is) in cases {
        let error = read(&bytes).unwrap_err();
        assert!(is(&error), "{name}: {error:?}");
    }
}

#[test]
fn deep_nesting_needs_no_stack() {
    let n = 20_000;
    let body = format!("<w:p>{}<w:r><w:t>x</w:t></w:r>{}</w:p>", "<w:smartTag>".repeat(n), "</w:smartTag>".repeat(n));
    assert_eq!(read(&docx(&body)).unwrap().text, "x");
}

proptest! {
    #[test]
    fn arbitrary_bytes_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = read(&bytes);
        let _ = annotate(&bytes, &[annotation(Span::new(0, 1), "c", Some("x"))], DATE);
    }

    /// Well-formed or not, the elements in any order.
    #[test]
    fn arbitrary_markup_does_no_harm(pieces in prop::collection::vec(prop::sample::select(vec![
        "<w:p>", "</w:p>", "<w:p/>", "<w:r>", "</w:r>", "<w:t>", "</w:t>", "a b", "&amp;", "&#0;", "&x;", "<w:ins>", "</w:ins>",
        "<w:del>", "</w:del>", "<w:rPr>", "</w:rPr>", "<w:br/>", "<w:tab/>", "<w:drawing>", "</w:drawing>", "<mc:Fallback>",
        "</mc:Fallback>", "<w:pPr/>", "<w:ruby>", "</w:ruby>", "<!--", "-->", "<![CDATA[", "]]>", "<w:t/>", "<w:r/>",
    ]), 0..40)) {
        let bytes = docx(&pieces.concat());
        if let Ok(text) = read(&bytes) {
            let end = text.text.chars().next().map_or(0, char::len_utf8);
            let annotations = [annotation(Span::new(0, end), "c", Some("x")), annotation(Span::new(text.text.len(), text.text.len()), "d", Some("y"))];
            let annotated = annotate(&bytes, &annotations, DATE).unwrap();
            read(&annotated).unwrap();
        }
    }
}
