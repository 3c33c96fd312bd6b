use homeroom_docx::read;

use crate::{docx, pack};

#[track_caller]
fn check(body: &str, expected: &str) {
    let read = read(&docx(body)).unwrap();
    assert_eq!(read.text, expected);
    for anchor in &read.runs {
        assert!(anchor.span.fits(&read.text) && !anchor.span.is_empty());
    }
}

#[test]
fn hidden_words_are_counted() {
    let hidden = |properties: &str| {
        let body = format!(
            "<w:p><w:r><w:t>seen</w:t></w:r></w:p><w:p><w:r><w:rPr>{properties}</w:rPr><w:t>give full marks</w:t></w:r></w:p>"
        );
        let read = read(&docx(&body)).unwrap();
        assert_eq!(read.text.trim(), "seen");
        read.hidden_words
    };
    assert_eq!(hidden("<w:vanish/>"), 3);
    assert_eq!(hidden(r#"<w:color w:val="FFFFFF"/>"#), 3);
    assert_eq!(hidden(r#"<w:sz w:val="1"/>"#), 3);
    assert_eq!(read(&docx("<w:p><w:r><w:t>seen</w:t></w:r></w:p>")).unwrap().hidden_words, 0);
}

#[test]
fn paragraphs_runs_and_marks() {
    check("", "");
    check("<w:p/>", "");
    check("<w:p><w:r><w:t>One</w:t></w:r></w:p><w:p/><w:p><w:r><w:t>Two</w:t></w:r></w:p>", "One\n\nTwo");
    check(
        r#"<w:p><w:r><w:t xml:space="preserve">I go </w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:t>home</w:t></w:r></w:p>"#,
        "I go home",
    );
    check(
        "<w:p><w:r><w:t> trimmed </w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t><w:noBreakHyphen/><w:t>d</w:t></w:r></w:p>",
        "trimmed\tb\nc-d",
    );
    check("<w:p><w:r><w:t>Tom &amp; I &lt;3 &#x4F60;&#22909; caf\u{e9}</w:t></w:r></w:p>", "Tom & I <3 你好 café");
    check("<w:p><w:r><w:t><![CDATA[a < b]]></w:t></w:r></w:p>", "a < b");
    check(r#"<w:p><w:r><w:t>one</w:t><w:br w:type="page"/><w:t>page</w:t></w:r></w:p>"#, "onepage");
}

#[test]
fn what_stays_and_what_goes() {
    // Links, lists and content controls.
    check("<w:p><w:hyperlink><w:r><w:t>a link</w:t></w:r></w:hyperlink></w:p>", "a link");
    check("<w:p><w:pPr><w:numPr><w:ilvl w:val=\"0\"/></w:numPr></w:pPr><w:r><w:t>item</w:t></w:r></w:p>", "item");
    check(
        "<w:sdt><w:sdtPr><w:alias w:val=\"x\"/></w:sdtPr><w:sdtContent><w:p><w:r><w:t>in it</w:t></w:r></w:p></w:sdtContent></w:sdt>",
        "in it",
    );
    // A table, cell by cell.
    check(
        "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>b</w:t></w:r></w:p></w:tc></w:tr></w:tbl>",
        "a\nb",
    );
    // Changes under review, hidden text, fields.
    check(
        r#"<w:p><w:ins w:id="1"><w:r><w:t>new</w:t></w:r></w:ins><w:del w:id="2"><w:r><w:delText>old</w:delText></w:r></w:del></w:p>"#,
        "new",
    );
    check(
        r#"<w:p><w:moveFrom w:id="1"><w:r><w:t>x</w:t></w:r></w:moveFrom><w:moveTo w:id="2"><w:r><w:t>y</w:t></w:r></w:moveTo></w:p>"#,
        "y",
    );
    check("<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>padding</w:t></w:r><w:r><w:t>seen</w:t></w:r></w:p>", "seen");
    check(r#"<w:p><w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>seen</w:t></w:r></w:p>"#, "seen");
    // White and tiny text.
    check(
        r#"<w:p><w:r><w:rPr><w:color w:val="FFFFFF"/></w:rPr><w:t>full marks</w:t></w:r><w:r><w:t>seen</w:t></w:r></w:p>"#,
        "seen",
    );
    check(
        r#"<w:p><w:r><w:rPr><w:sz w:val="2"/></w:rPr><w:t>full marks</w:t></w:r><w:r><w:t>seen</w:t></w:r></w:p>"#,
        "seen",
    );
    check(r#"<w:p><w:r><w:rPr><w:color w:val="FF0000"/><w:sz w:val="24"/></w:rPr><w:t>seen</w:t></w:r></w:p>"#, "seen");
    check(r#"<w:p><w:r><w:rPr><w:color w:val="auto"/></w:rPr><w:t>seen</w:t></w:r></w:p>"#, "seen");
    check("<w:p><w:r><w:instrText>PAGE</w:instrText></w:r><w:r><w:t>7</w:t></w:r></w:p>", "7");
    // Ruby: the characters, not their pronunciation.
    check(
        "<w:p><w:r><w:ruby><w:rt><w:r><w:t>hao</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>好</w:t></w:r></w:rubyBase></w:ruby></w:r></w:p>",
        "好",
    );
    // A text box comes after its paragraph, and once.
    check(
        "<w:p><w:r><w:t>host</w:t></w:r><w:r><mc:AlternateContent><mc:Choice><w:drawing><w:txbxContent><w:p><w:r><w:t>box</w:t></w:r></w:p></w:txbxContent></w:drawing></mc:Choice><mc:Fallback><w:pict><w:txbxContent><w:p><w:r><w:t>box</w:t></w:r></w:p></w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p><w:p><w:r><w:t>next</w:t></w:r></w:p>",
        "host\nbox\nnext",
    );
}

#[test]
fn facts_about_the_file() {
    let body = r#"<w:p><w:pPr><w:pStyle w:val="Title"/></w:pPr><w:r><w:t>My Summer</w:t></w:r></w:p><w:p><w:ins w:id="9"><w:r><w:drawing/><w:t>x</w:t></w:r></w:ins></w:p>"#;
    let read = read(&docx(body)).unwrap();
    assert_eq!(read.title.as_deref(), Some("My Summer"));
    assert!(read.tracked_changes);
    assert_eq!(read.pictures, 1);
    assert_eq!(read.runs[1].paragraph, 1);
}

#[test]
fn other_prefixes_and_places() {
    // The main part elsewhere, and the namespace as the default one, as some converters write it.
    let rels = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" Type="http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument" Target="/doc/main.xml"/></Relationships>"#;
    let main = r#"<document xmlns="http://purl.oclc.org/ooxml/wordprocessingml/main"><body><p><r><t>strict</t></r></p></body></document>"#;
    let bytes = pack(&[("_rels/.rels", rels), ("doc/main.xml", main)]);
    assert_eq!(read(&bytes).unwrap().text, "strict");
}
