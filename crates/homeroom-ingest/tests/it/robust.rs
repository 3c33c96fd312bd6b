//! No bytes make a reader panic.

use homeroom_ingest::{Limits, Roster, collect, decode, formats, language, read_bytes};
use proptest::prelude::*;

use crate::{child, pack};

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(any::<u8>(), 0..300)
}

fn markup() -> impl Strategy<Value = String> {
    let pieces = vec![
        "<p>",
        "</p>",
        "<text:p>",
        "</text:p>",
        "<text:s text:c='9999999999'/>",
        "<text:note>",
        "</text:note>",
        "<pre>",
        "</pre>",
        "<div hidden>",
        "</div>",
        "<h1>",
        "</h1>",
        "<br>",
        "<title>",
        "</title>",
        "<svg>",
        "<table>",
        "<td>",
        "&amp;",
        "&#0;",
        "&x;",
        "# ",
        "- ",
        "1. ",
        "**",
        "_",
        "`",
        "```\n",
        "[a](b)",
        "![",
        "](",
        "\\",
        "---\n",
        "===\n",
        "\n",
        "\n\n",
        "  \n",
        "> ",
        "a b",
        "你",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<",
        ">",
    ];
    prop::collection::vec(prop::sample::select(pieces), 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn readers(bytes in bytes(), extension in prop::sample::select(vec!["txt", "md", "html", "docx", "odt", "", "zip"])) {
        let _ = read_bytes(&format!("a.{extension}"), &bytes, &Limits::default(), &child());
        let _ = decode(&bytes, None);
        let _ = formats::odt(&bytes, &Limits::default());
        if let Ok(roster) = Roster::parse(&bytes) {
            let _ = roster.identify("a.txt");
        }
    }

    #[test]
    fn text_readers(text in markup(), junk in ".{0,40}") {
        for text in [&text, &junk] {
            let _ = formats::html(text);
            let _ = formats::markdown(text);
            let _ = language::detect(text);
            let _ = Roster::default().identify(text);
            let content = format!("<office:text>{text}</office:text>");
            let _ = formats::odt(&pack(&[("content.xml", content.as_bytes())]), &Limits::default());
            if let Ok(roster) = Roster::parse(format!("id,name,file\n{text},{junk},{text}\n").as_bytes()) {
                let _ = roster.identify(text);
            }
        }
    }

    #[test]
    fn archives(mut bytes in Just(pack(&[("a.txt", b"some text in it"), ("b/c.txt", b"more")])), edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6)) {
        for (at, value) in edits {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.zip");
        std::fs::write(&path, bytes).unwrap();
        for source in collect(&[path], &Limits::default()) {
            let _ = source.bytes(&Limits::default());
        }
    }
}

#[test]
fn deep_html() {
    let nested = |n: usize| format!("{}text", "<div>".repeat(n));
    assert_eq!(formats::html(&nested(1000)).unwrap().0, "text");
    assert_eq!(formats::html(&nested(100_000)).unwrap_err().code(), "broken");
    let wide = format!("{}{}", "<font a>".repeat(1000), "<p>x</p>".repeat(100_000));
    assert_eq!(formats::html(&wide).unwrap_err().code(), "broken");
    assert_eq!(formats::html(&"<p>x</p>".repeat(100_000)).unwrap().0.len(), 199_999);
}
