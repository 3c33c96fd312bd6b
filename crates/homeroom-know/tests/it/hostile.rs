//! Input that nobody means to give.

use homeroom_know::{Added, KnowError, Source};

use crate::{Letters, empty, source};
use homeroom_know::Embedder;

#[track_caller]
fn check(text: &str, question: &str, hit: bool) {
    let (_folder, mut base) = empty();
    let embed = Some(Embedder { name: "letters", model: &Letters });
    assert_eq!(base.add(source("x.txt", text), embed).unwrap(), Added::New);
    assert_eq!(base.text("x.txt").unwrap().as_deref(), Some(text));
    let found = base.search(question, None, 3).unwrap();
    assert_eq!(!found.hits.is_empty(), hit);
    for hit in &found.hits {
        assert_eq!(hit.span.of(text), hit.text);
    }
    let _ = homeroom_know::answer::prompt_passages(&found.hits);
    let _ = homeroom_know::answer::extract(&found);
}

#[test]
fn odd_texts() {
    check("", "gate", false);
    check(" \n\t\u{3000}\r\n", "gate", false);
    check("\u{0}gate\u{0}\u{0}", "gate", true);
    check("\u{202e}شكرا على gate\u{202c} الباب", "الباب", true);
    check("𝒢𝒶𝓉ℯ 🚪🚪🚪 e\u{301}\u{301}\u{301}", "🚪", false);
    check("gate", "\u{0}", false);
    check("gate", "", false);
    check("gate", &"gate ".repeat(100_000), true);
    check("gate", "body:gate AND (x OR \"", true);
}

#[test]
fn five_megabytes_in_one_line() {
    check(&"a".repeat(5 << 20), "b", false);
    check(&"门".repeat(5 << 20 >> 2), "门", true);
    check(&"The gate opens at seven. ".repeat(5 << 20 >> 5), "gate", true);
    check(&"gate ".repeat(1 << 20), "gate", true);
}

#[test]
fn names_are_data() {
    let (folder, mut base) = empty();
    let names =
        ["../../etc/passwd", "/dev/null", "C:\\x\\..\\y", "a\nb", "\u{0}", "meta.json", "课程/第一课.docx", "\"};--"];
    for name in names {
        base.add(source(name, &format!("The word of {} is gate.", name.len())), None).unwrap();
    }
    assert_eq!(base.sources().unwrap().len(), names.len());
    assert_eq!(base.search("gate", None, 20).unwrap().hits.len(), names.len());
    for name in names {
        assert!(base.remove(name).unwrap(), "{name:?}");
    }
    assert!(base.sources().unwrap().is_empty());
    // Nothing was written outside of the folder.
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    assert!(matches!(base.add(source("", "x"), None), Err(KnowError::Name { bytes: 0, .. })));
    assert!(matches!(base.add(source(&"x".repeat(5000), "x"), None), Err(KnowError::Name { .. })));
    let long = "x ".repeat(40 << 20);
    assert!(matches!(base.add(source("x", &long), None), Err(KnowError::TooLong { .. })));
}

#[test]
fn sections_and_pages_that_make_no_sense_do_no_harm() {
    let (_folder, mut base) = empty();
    let sections: Vec<_> =
        [900, 3, 3, usize::MAX, 0].map(|at| homeroom_know::Section { at, level: 0, title: "  ".to_owned() }).into();
    let pages = [7, 2, usize::MAX, 0];
    let text = "门 gate\n门 door";
    base.add(Source { name: "x", title: Some(""), text, hash: "", pages: &pages, sections: &sections }, None).unwrap();
    let hits = base.search("gate door", None, 5).unwrap().hits;
    assert!(!hits.is_empty() && hits.iter().all(|h| h.span.of(text) == h.text));
}
