//! Word and PDF files with text in them that no reader sees, as pupils make them.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use anyhow::{Context, Result};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// How a passage is hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hiding {
    /// Word's own "hidden".
    Vanished,
    /// White on white.
    White,
    /// Half a point high.
    Tiny,
}

/// A paragraph, and how it is hidden, if it is.
pub(super) type Paragraph = (String, Option<Hiding>);

/// Letters of a line of a PDF file.
const LINE: usize = 86;
/// Lines of a page.
const LINES: usize = 50;

/// A Word file of these paragraphs.
///
/// # Source
/// ECMA-376, part 1: the three parts that a document needs.
pub(super) fn docx(paragraphs: &[Paragraph]) -> Result<Vec<u8>> {
    let mut body = String::new();
    for (text, hiding) in paragraphs {
        let properties = match hiding {
            None => "",
            Some(Hiding::Vanished) => "<w:rPr><w:vanish/></w:rPr>",
            Some(Hiding::White) => "<w:rPr><w:color w:val=\"FFFFFF\"/></w:rPr>",
            Some(Hiding::Tiny) => "<w:rPr><w:sz w:val=\"1\"/></w:rPr>",
        };
        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let _ = write!(body, "<w:p><w:r>{properties}<w:t xml:space=\"preserve\">{text}</w:t></w:r></w:p>");
    }
    let parts = [
        (
            "[Content_Types].xml",
            "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" \
             ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Override PartName=\"/word/document.xml\" \
             ContentType=\"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml\"/></Types>"
                .to_owned(),
        ),
        (
            "_rels/.rels",
            "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r1\" \
             Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument\" \
             Target=\"word/document.xml\"/></Relationships>"
                .to_owned(),
        ),
        (
            "word/document.xml",
            format!(
                "<w:document xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\"><w:body>{body}</w:body></w:document>"
            ),
        ),
    ];
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        archive.start_file(name, SimpleFileOptions::default()).context("write a Word file")?;
        archive.write_all(text.as_bytes()).context("write a Word file")?;
    }
    Ok(archive.finish().context("write a Word file")?.into_inner())
}

/// A PDF file of these paragraphs; what is hidden stands between the lines.
///
/// # Source
/// ISO 32000-1. Hidden text may be Chinese: 9.7.5.2, the predefined CMap `UniGB-UCS2-H`.
pub(super) fn pdf(paragraphs: &[Paragraph]) -> Vec<u8> {
    let mut pages = vec![String::new()];
    let mut line = 0;
    let mut put = |text: &str, font: &str| {
        if line == LINES {
            pages.push(String::new());
            line = 0;
        }
        let page = pages.last_mut().expect("invariant: there is a page");
        let _ = writeln!(page, "BT {font} Tf 1 0 0 1 60 {} Tm {text} Tj ET", 790 - 15 * line);
        line += 1;
    };
    for (text, hiding) in paragraphs {
        match hiding {
            None => {
                let mut rest = text.as_str();
                while !rest.is_empty() {
                    let cut = rest.floor_char_boundary(LINE);
                    let cut = if cut == rest.len() { cut } else { rest[..cut].rfind(' ').unwrap_or(cut) };
                    let escaped = rest[..cut].replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)");
                    put(&format!("({escaped})"), "0 0 0 rg /F1 11");
                    rest = rest[cut..].trim_start();
                }
                put("()", "0 0 0 rg /F1 11");
            }
            Some(hiding) => {
                let hexadecimal: String = text.encode_utf16().map(|unit| format!("{unit:04X}")).collect();
                let font = if *hiding == Hiding::Tiny { "0 0 0 rg /F2 0.5" } else { "1 1 1 rg /F2 6" };
                put(&format!("<{hexadecimal}>"), font);
            }
        }
    }
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        String::new(),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_owned(),
        "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [5 0 R] >>".to_owned(),
        "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) \
         /Supplement 4 >> >>"
            .to_owned(),
    ];
    let mut kids = String::new();
    for content in &pages {
        let id = objects.len() + 1;
        let _ = write!(kids, "{id} 0 R ");
        objects.push(format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {} 0 R /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>",
            id + 1
        ));
        objects.push(format!("<< /Length {} >>\nstream\n{content}\nendstream", content.len()));
    }
    objects[1] = format!("<< /Type /Pages /Kids [{kids}] /Count {} >>", pages.len());
    let mut out = "%PDF-1.4\n".to_owned();
    let mut places = Vec::new();
    for (i, object) in objects.iter().enumerate() {
        places.push(out.len());
        let _ = write!(out, "{} 0 obj\n{object}\nendobj\n", i + 1);
    }
    let table = out.len();
    let _ = write!(out, "xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1);
    for place in places {
        let _ = writeln!(out, "{place:010} 00000 n ");
    }
    let _ = write!(out, "trailer << /Size {} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n", objects.len() + 1);
    out.into_bytes()
}
