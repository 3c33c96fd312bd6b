use homeroom_core::Span;
use homeroom_docx::{Annotation, DocxError, annotate, create, read};
use proptest::prelude::*;

use crate::{DATE, annotation, at, docx, pack, part};

/// The document part after annotating, between `<w:body>` and its end.
#[track_caller]
fn check(body: &str, annotations: impl Fn(&str) -> Vec<Annotation>, expected: &str) {
    let bytes = docx(body);
    let text = read(&bytes).unwrap().text;
    let annotated = annotate(&bytes, &annotations(&text), DATE).unwrap();
    let document = part(&annotated, "word/document.xml");
    let start = document.find("<w:body>").unwrap() + "<w:body>".len();
    let by = format!(r#"w:author="Homeroom" w:date="{DATE}""#);
    let found = document[start..document.rfind("</w:body>").unwrap()]
        .replace(&by, "BY")
        .replace(r#" xml:space="preserve""#, "");
    assert_eq!(found, expected);
    // What is read back is the text with the suggestions in it.
    read(&annotated).unwrap();
}

#[test]
fn a_comment_splits_its_run_and_keeps_the_formatting() {
    check(
        r#"<w:p><w:r w:rsidR="7"><w:rPr><w:i/></w:rPr><w:t>He go home</w:t></w:r></w:p>"#,
        |text| vec![at(text, "go", "goes: third person", None)],
        r#"<w:p><w:r w:rsidR="7"><w:rPr><w:i/></w:rPr><w:t>He </w:t></w:r><w:commentRangeStart w:id="1"/><w:r w:rsidR="7"><w:rPr><w:i/></w:rPr><w:t>go</w:t></w:r><w:commentRangeEnd w:id="1"/><w:r><w:commentReference w:id="1"/></w:r><w:r w:rsidR="7"><w:rPr><w:i/></w:rPr><w:t> home</w:t></w:r></w:p>"#,
    );
}

#[test]
fn a_suggestion_is_a_tracked_change() {
    check(
        "<w:p><w:r><w:t>He go home</w:t></w:r></w:p>",
        |text| vec![at(text, "go", "", Some("goes"))],
        r#"<w:p><w:r><w:t>He </w:t></w:r><w:del w:id="1" BY><w:r><w:delText>go</w:delText></w:r></w:del><w:ins w:id="2" BY><w:r><w:t>goes</w:t></w:r></w:ins><w:r><w:t> home</w:t></w:r></w:p>"#,
    );
    // A deletion, and an insertion between two words.
    check(
        "<w:p><w:r><w:t>a the b</w:t></w:r></w:p>",
        |text| vec![at(text, "the ", "", Some("")), annotation(Span::new(7, 7), "", Some("!"))],
        r#"<w:p><w:r><w:t>a </w:t></w:r><w:del w:id="1" BY><w:r><w:delText>the </w:delText></w:r></w:del><w:r><w:t>b</w:t></w:r><w:ins w:id="2" BY><w:r><w:t>!</w:t></w:r></w:ins></w:p>"#,
    );
    // Over two runs, with a picture that stays.
    check(
        "<w:p><w:r><w:t>ab</w:t></w:r><w:r><w:rPr><w:b/></w:rPr><w:drawing/><w:t>cd</w:t></w:r></w:p>",
        |text| vec![at(text, "bc", "", Some("x"))],
        r#"<w:p><w:r><w:t>a</w:t></w:r><w:del w:id="1" BY><w:r><w:delText>b</w:delText></w:r></w:del><w:r><w:rPr><w:b/></w:rPr><w:drawing/></w:r><w:del w:id="2" BY><w:r><w:rPr><w:b/></w:rPr><w:delText>c</w:delText></w:r></w:del><w:ins w:id="3" BY><w:r><w:rPr><w:b/></w:rPr><w:t>x</w:t></w:r></w:ins><w:r><w:rPr><w:b/></w:rPr><w:t>d</w:t></w:r></w:p>"#,
    );
}

#[test]
fn inside_of_the_pupils_own_insertion() {
    check(
        r#"<w:p><w:ins w:id="4" w:author="Li"><w:r><w:t>abc</w:t></w:r></w:ins></w:p>"#,
        |text| vec![at(text, "b", "", Some("x"))],
        r#"<w:p><w:ins w:id="4" w:author="Li"><w:r><w:t>a</w:t></w:r><w:del w:id="5" BY><w:r><w:delText>b</w:delText></w:r></w:del></w:ins><w:ins w:id="6" BY><w:r><w:t>x</w:t></w:r></w:ins><w:ins w:id="4" w:author="Li"><w:r><w:t>c</w:t></w:r></w:ins></w:p>"#,
    );
}

#[test]
fn places_without_a_run() {
    check(
        "<w:p/>",
        |_| vec![annotation(Span::new(0, 0), "Write something.", None)],
        r#"<w:p><w:commentRangeStart w:id="1"/><w:commentRangeEnd w:id="1"/><w:r><w:commentReference w:id="1"/></w:r></w:p>"#,
    );
    // Across paragraphs there is a comment but no change.
    check(
        "<w:p><w:r><w:t>a</w:t></w:r></w:p><w:p><w:r><w:t>b</w:t></w:r></w:p>",
        |text| vec![at(text, "a\nb", "Join these.", Some("a b"))],
        r#"<w:p><w:commentRangeStart w:id="1"/><w:r><w:t>a</w:t></w:r></w:p><w:p><w:r><w:t>b</w:t></w:r><w:commentRangeEnd w:id="1"/><w:r><w:commentReference w:id="1"/></w:r></w:p>"#,
    );
    // A text box can't hold a comment; its paragraph can.
    check(
        "<w:p><w:r><w:drawing><w:txbxContent><w:p><w:r><w:t>box</w:t></w:r></w:p></w:txbxContent></w:drawing></w:r></w:p>",
        |text| vec![at(text, "box", "c", Some("d"))],
        r#"<w:p><w:r><w:drawing><w:txbxContent><w:p><w:r><w:t>box</w:t></w:r></w:p></w:txbxContent></w:drawing></w:r><w:commentRangeStart w:id="1"/><w:commentRangeEnd w:id="1"/><w:r><w:commentReference w:id="1"/></w:r></w:p>"#,
    );
}

#[test]
fn new_comments_part_is_named_where_it_must_be() {
    let bytes = docx("<w:p><w:r><w:t>He go home</w:t></w:r></w:p>");
    let text = read(&bytes).unwrap().text;
    let annotated = annotate(&bytes, &[at(&text, "go", "say \"goes\" <here>\n第二行", Some("goes"))], DATE).unwrap();
    let comments = part(&annotated, "word/comments.xml");
    assert!(comments.contains("say &quot;goes&quot; &lt;here&gt;</w:t>") && comments.contains("第二行"));
    assert!(comments.contains(r#"w:initials="HR""#) && comments.contains(DATE));
    assert!(part(&annotated, "word/_rels/document.xml.rels").contains(r#"Target="comments.xml""#));
    assert!(part(&annotated, "[Content_Types].xml").contains(r#"PartName="/word/comments.xml""#));
    assert_eq!(part(&annotated, "word/media/image1.png"), "not really a picture");
    assert_eq!(
        annotate(&bytes, &[at(&text, "go", "c", None)], DATE).unwrap(),
        annotate(&bytes, &[at(&text, "go", "c", None)], DATE).unwrap()
    );
}

#[test]
fn comments_that_were_there_stay() {
    let bytes = docx("<w:p><w:r><w:t>He go home</w:t></w:r></w:p>");
    let text = read(&bytes).unwrap().text;
    let once = annotate(&bytes, &[at(&text, "He", "first", None)], DATE).unwrap();
    let twice = annotate(&once, &[at(&text, "home", "second", None)], DATE).unwrap();
    let comments = part(&twice, "word/comments.xml");
    assert!(comments.contains("first") && comments.contains("second"));
    assert!(comments.contains(r#"w:id="1""#) && comments.contains(r#"w:id="2""#));
    assert_eq!(part(&twice, "[Content_Types].xml").matches("comments.xml").count(), 1);
    assert_eq!(read(&twice).unwrap().text, text);
}

#[test]
fn no_annotation_leaves_every_part_alone() {
    let bytes = docx("<w:p><w:r><w:t>x</w:t></w:r></w:p>");
    let same = annotate(&bytes, &[], DATE).unwrap();
    assert_eq!(part(&same, "word/document.xml"), part(&bytes, "word/document.xml"));
    assert!(!part(&same, "[Content_Types].xml").contains("comments"));
}

#[test]
fn another_prefix_is_declared() {
    let rels = r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" Type="http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument" Target="doc/main.xml"/></Relationships>"#;
    let main = r#"<document xmlns="http://purl.oclc.org/ooxml/wordprocessingml/main"><body><p><r><t>strict</t></r></p></body></document>"#;
    let types = r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>"#;
    let bytes = pack(&[("[Content_Types].xml", types), ("_rels/.rels", rels), ("doc/main.xml", main)]);
    let annotated = annotate(&bytes, &[annotation(Span::new(0, 6), "c", Some("loose"))], DATE).unwrap();
    let document = part(&annotated, "doc/main.xml");
    assert!(document.contains(r#"<w:del xmlns:w="http://purl.oclc.org/ooxml/wordprocessingml/main""#), "{document}");
    assert!(part(&annotated, "[Content_Types].xml").contains(r#"PartName="/doc/comments.xml""#));
}

#[test]
fn a_span_outside_of_the_text_is_an_error() {
    let bytes = docx("<w:p><w:r><w:t>你好</w:t></w:r></w:p>");
    for span in [Span::new(0, 99), Span::new(1, 3)] {
        let error = annotate(&bytes, &[annotation(span, "c", None)], DATE).unwrap_err();
        assert!(matches!(error, DocxError::Span { .. }));
    }
}

/// Text, and places in it with replacements that do not touch one another.
fn edited_text() -> impl Strategy<Value = (String, Vec<(Span, String)>)> {
    let words = prop::collection::vec(
        ("[a-zé你\t ]{1,6}|[a-z]{1,5}\n", prop::option::of("[x-z<&好]{0,3}"), "[ab]{1,2}"),
        1..12,
    );
    words.prop_map(|pieces| {
        let mut text = String::new();
        let mut edits = Vec::new();
        for (words, replacement, between) in pieces {
            let start = text.len();
            text.push_str(&words);
            if let Some(replacement) = replacement.filter(|_| !words.contains('\n')) {
                edits.push((Span::new(start, text.len()), replacement));
            }
            text.push_str(&between);
        }
        (text, edits)
    })
}

proptest! {
    #[test]
    fn made_files_give_their_text_back(text in "[ -~\n\t你é]{0,80}", title in prop::option::of("[a-z<& ]{0,9}")) {
        let bytes = create(title.as_deref(), &text).unwrap();
        prop_assert_eq!(&read(&bytes).unwrap().text, &text);
        prop_assert_eq!(bytes, create(title.as_deref(), &text).unwrap());
    }

    #[test]
    fn accepting_the_suggestions_gives_the_edited_text((text, edits) in edited_text(), twice in any::<bool>()) {
        let mut bytes = create(None, &text).unwrap();
        if twice {
            // Runs that are cut already.
            let cut = annotation(Span::new(0, text.chars().next().map_or(0, char::len_utf8)), "cut", None);
            bytes = annotate(&bytes, &[cut], DATE).unwrap();
        }
        let annotations: Vec<Annotation> =
            edits.iter().map(|(span, replacement)| annotation(*span, "c", Some(replacement))).collect();
        let annotated = annotate(&bytes, &annotations, DATE).unwrap();
        let mut expected = text.clone();
        for (span, replacement) in edits.iter().rev() {
            expected.replace_range(span.start..span.end, replacement);
        }
        prop_assert_eq!(read(&annotated).unwrap().text, expected);
    }

    #[test]
    fn overlapping_annotations_lose_no_comment(spans in prop::collection::vec((0usize..40, 0usize..12), 0..8)) {
        let text = "The students was very like to play\nfootball.";
        let bytes = create(None, text).unwrap();
        let annotations: Vec<Annotation> = spans
            .iter()
            .map(|&(start, len)| annotation(Span::new(start, (start + len).min(text.len())), "c", Some("x")))
            .collect();
        let annotated = annotate(&bytes, &annotations, DATE).unwrap();
        read(&annotated).unwrap();
        let document = part(&annotated, "word/document.xml");
        for tag in ["<w:commentRangeStart ", "<w:commentRangeEnd ", "<w:commentReference "] {
            prop_assert_eq!(document.matches(tag).count(), annotations.len());
        }
    }
}
