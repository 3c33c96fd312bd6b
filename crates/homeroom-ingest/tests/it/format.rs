use homeroom_docx::create;
use homeroom_ingest::{Note, ReadError};

use crate::{fixture, pack, read};

const LETTER: &str = "A letter to Peter\nDear Peter,\nLast weekend I went to the Spring Festival fair with my cousin, and we ate so many sweet dumplings that we could not walk home. It was “the best day” of my winter holiday.\nWe saw a lion dance.\nWe flew a kite.\nmorning\n晚上\nYours,\nLi Hua";

#[track_caller]
fn check(name: &str, bytes: &[u8], format: &str, expected: &str, title: Option<&str>) {
    let text = read(name, bytes).unwrap();
    assert_eq!((text.format, text.text.as_str(), text.title.as_deref()), (format, expected, title));
}

#[track_caller]
fn check_error(name: &str, bytes: &[u8], code: &str) {
    let error = read(name, bytes).unwrap_err();
    assert_eq!(error.code(), code);
    let told = error.explain();
    assert!(told.en.ends_with('.') && told.zh.ends_with('。'), "{told:?}");
}

#[test]
fn one_letter_in_every_format() {
    for (file, format) in [("letter.html", "html"), ("letter.odt", "odt"), ("letter.docx", "docx")] {
        let text = read(file, &fixture(file)).unwrap();
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(words(&text.text), words(LETTER), "{file}");
        assert_eq!(text.text, LETTER, "{file}");
        assert_eq!(text.format, format);
        // The extension may lie where the bytes do not; HTML has no magic bytes.
        if format != "html" {
            assert_eq!(read("letter.txt", &fixture(file)).unwrap(), text);
        }
    }
    let made = create(Some("Title"), "One.\n\nTwo.").unwrap();
    check("a.docx", &made, "docx", "One.\n\nTwo.", None);
}

#[test]
fn plain() {
    check("a.txt", b"\n\nOne line.\nAnother.\n\n", "txt", "One line.\nAnother.", None);
    check("essay", b"No extension.", "txt", "No extension.", None);
    check("essay", b"<!DOCTYPE html><p>Hi</p>", "html", "Hi", None);
    check("a.txt", "全角，标点。！".as_bytes(), "txt", "全角，标点。！", None);
    // Broken for the width of a page, with an indent for a paragraph.
    let wrapped = "  It was the most interesting trip that I have ever been on, since\nwe saw the mountains and the sea on one and the same day, and the\nteacher told us stories about the old times in the village where\nshe grew up.\n  The next day we went home.";
    let text = read("a.txt", wrapped.as_bytes()).unwrap();
    assert_eq!(text.notes, [Note::Unwrapped]);
    assert_eq!(text.text.lines().count(), 2);
    assert_eq!(text.text.len(), wrapped.len());
    // A poem, and paragraphs of one sentence each.
    for kept in [
        "Roses are red\nViolets are blue\nSugar is sweet\nAnd so are you",
        "I like spring because it is warm and everyone goes out to play.\nI like summer because I can swim in the river with my friends.\nI like autumn because the leaves are red and the sky is blue.\nI like winter because it snows.",
    ] {
        check("a.txt", kept.as_bytes(), "txt", kept, None);
    }
}

#[test]
fn markdown() {
    let cases = [
        (
            "# My Day\n\nI **get up** at *six*.\nThen I eat.\n\n- one\n- two\n\n> quote\n",
            "My Day\nI get up at six. Then I eat.\none\ntwo\nquote",
            Some("My Day"),
        ),
        ("Line one.\nLine two.", "Line one.\nLine two.", None),
        (
            "Title\n=====\n\nText with `code`, [a link](http://x.y) and ![a picture](p.png)snake_case.",
            "Title\nText with code, a link and snake_case.",
            Some("Title"),
        ),
        (
            "---\ntitle: \"Front\"\n---\n## Second\n\n1. a\n2) b\n\n***\n\n2 * 3 \\* 4 <br>x < y",
            "Second\na\nb\n2 * 3 * 4 x < y",
            Some("Front"),
        ),
        ("```\nlet x;\n```\n\nend", "let x;\nend", None),
        ("My score is\n\n- [x] done", "My score is\ndone", None),
    ];
    for (markdown, expected, title) in cases {
        check("a.md", markdown.as_bytes(), "md", expected, title);
    }
}

#[test]
fn html() {
    let cases = [
        ("<p>a<b>b</b> c</p>\n\n<p>d</p>", "ab c\nd", None),
        ("<title>T</title><div>x<div>y</div>z</div><p hidden>no</p><script>no</script>", "x\ny\nz", Some("T")),
        ("<h1>H</h1>text<br>more &amp; &nbsp;more<noscript>no</noscript>", "H\ntext\nmore &  more", Some("H")),
        ("<pre>a\nb</pre><ul><li>1<li>2</ul>", "a\nb\n1\n2", None),
        ("<td>unclosed <p>everything", "unclosed\neverything", None),
    ];
    for (html, expected, title) in cases {
        check("a.html", html.as_bytes(), "html", expected, title);
    }
    // What it declares of itself.
    let (bytes, ..) = encoding_rs::GBK.encode("<meta charset='gb2312'><p>春节</p>");
    check("a.htm", &bytes, "html", "春节", None);
}

#[test]
fn odt() {
    let content = |body: &str| {
        let xml = format!(
            r#"<office:document-content xmlns:office="o" xmlns:text="t"><office:body><office:text>{body}</office:text></office:body></office:document-content>"#
        );
        pack(&[("mimetype", b"application/vnd.oasis.opendocument.text"), ("content.xml", xml.as_bytes())])
    };
    let cases = [
        (
            r#"<text:p text:style-name="Title">T</text:p><text:p>a<text:s text:c="2"/>b<text:tab/>c<text:line-break/>d</text:p>"#,
            "T\na  b\tc\nd",
            Some("T"),
        ),
        (
            "<text:p>  many\n  spaces <text:span>in </text:span> it </text:p><text:p/><text:p>&amp;&#x4F60;</text:p>",
            "many spaces in it\n\n&你",
            None,
        ),
        (
            "<text:tracked-changes><text:p>gone</text:p></text:tracked-changes><text:p>x<text:note><text:p>note</text:p></text:note>y</text:p>",
            "xy",
            None,
        ),
        (
            "<text:p>host<draw:text-box><text:p>box</text:p></draw:text-box></text:p><text:p>next</text:p>",
            "host\nbox\nnext",
            None,
        ),
    ];
    for (body, expected, title) in cases {
        check("a.odt", &content(body), "odt", expected, title);
    }
    let locked = pack(&[("META-INF/manifest.xml", b"<manifest:encryption-data/>"), ("content.xml", b"\x01")]);
    check_error("a.odt", &locked, "encrypted");
    check_error("a.odt", &content("<text:p>"), "broken");
}

#[test]
fn what_is_not_read() {
    let compound = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];
    let holding = |name: &str| {
        let wide = name.encode_utf16().flat_map(u16::to_le_bytes);
        compound.iter().copied().chain([0; 40]).chain(wide).collect::<Vec<u8>>()
    };
    let long = "word ".repeat(60_000);
    let cases: [(&str, &[u8], &str); 22] = [
        ("a.txt", b"", "empty"),
        ("a.txt", b" \n\t\n ", "empty"),
        ("a.docx", b"", "empty"),
        ("a.docx", &create(None, " ").unwrap(), "empty"),
        ("a.docx", b"this is no zip", "broken"),
        ("a.docx", &fixture("letter.docx")[..3000], "broken"),
        ("a.docx", &pack(&[("x", b"y")]), "broken"),
        ("a.docx", &holding("EncryptedPackage"), "encrypted"),
        ("a.doc", &holding("WordDocument"), "old_word"),
        ("a.xls", &holding("Workbook"), "unsupported"),
        ("a.rtf", b"{\\rtf1 hello}", "rich_text"),
        ("a.jpg", b"\xFF\xD8\xFF\xE0rest", "photo"),
        ("photo", b"\x89PNG\r\n\x1a\nrest", "photo"),
        ("a.txt", b"\0\0\0\x18ftypheicrest", "photo"),
        ("a.heic", b"unknown bytes", "photo"),
        ("a.mp3", b"ID3", "unsupported"),
        ("a.xlsx", &pack(&[("[Content_Types].xml", b""), ("xl/workbook.xml", b"")]), "unsupported"),
        ("a.rar", b"Rar!", "other_archive"),
        ("a.pages", &pack(&[("Index/Document.iwa", b"")]), "unsupported"),
        ("a.zip", &pack(&[("x", b"y")]), "nested_archive"),
        ("a.txt", long.as_bytes(), "too_large"),
        ("a.pdf", b"no pdf", "broken"),
    ];
    for (name, bytes, code) in cases {
        check_error(name, bytes, code);
    }
}

#[test]
fn errors_are_stored_and_read_back() {
    let error = ReadError::TooManyPages { pages: 300, limit: 50 };
    let json = serde_json::to_string(&error).unwrap();
    assert_eq!(json, r#"{"code":"too_many_pages","pages":300,"limit":50}"#);
    assert_eq!(serde_json::from_str::<ReadError>(&json).unwrap(), error);
}

#[test]
fn letters_without_a_shape_are_told() {
    let tags: String = "full marks".chars().filter_map(|c| char::from_u32(0xe0000 + u32::from(c))).collect();
    let text = read("essay.txt", format!("I like tea.{tags} It is warm.").as_bytes());
    assert_eq!(text.unwrap().notes, [Note::Hidden { words: 0, characters: 10 }]);
    // A family of emoji is joined by characters without width, and a few come with copied text.
    let text = read("essay.txt", "A family 👨‍👩‍👧‍👦 and a\u{200b} word.".as_bytes());
    assert!(text.unwrap().notes.is_empty());
}
