//! Word files: reading, annotating, making, and what must not happen on bytes from strangers.
#![allow(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod annotate;
mod office;
mod read;
mod robust;

use std::io::{Cursor, Read, Write};

use homeroom_core::Span;
use homeroom_docx::Annotation;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

const WORD: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
const DATE: &str = "2026-01-02T03:04:05Z";

/// A zip archive with these parts.
fn pack(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A Word file with `body` inside of `w:body`, and a picture to be left alone.
fn docx(body: &str) -> Vec<u8> {
    let document = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><w:document xmlns:w="{WORD}" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"><w:body>{body}</w:body></w:document>"#
    );
    pack(&[
        (
            "[Content_Types].xml",
            r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"#,
        ),
        (
            "_rels/.rels",
            r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>"#,
        ),
        ("word/document.xml", &document),
        ("word/media/image1.png", "not really a picture"),
    ])
}

/// A part of an archive.
fn part(bytes: &[u8], name: &str) -> String {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut content = String::new();
    archive.by_name(name).unwrap().read_to_string(&mut content).unwrap();
    content
}

/// An annotation at the first place of `quote` in `text`.
fn at(text: &str, quote: &str, comment: &str, replacement: Option<&str>) -> Annotation {
    let start = text.find(quote).unwrap();
    annotation(Span::new(start, start + quote.len()), comment, replacement)
}

fn annotation(span: Span, comment: &str, replacement: Option<&str>) -> Annotation {
    Annotation {
        span,
        comment: comment.to_owned(),
        author: "Homeroom".to_owned(),
        initials: "HR".to_owned(),
        replacement: replacement.map(str::to_owned),
    }
}
