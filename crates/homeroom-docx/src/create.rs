use quick_xml::escape::escape;

use crate::DocxError;
use crate::package;

const WORD: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";
const OFFICE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#;

/// A Word file with `text` in it, one paragraph per line.
///
/// [`crate::read`] gives `text` back byte for byte, so that spans of `text` hold for the file, too; characters that XML
/// can't hold (control characters) become spaces. The title stands at the head of each page and in the file's
/// properties, outside of the text. The same input gives the same bytes.
///
/// # Errors
/// [`DocxError`] if the archive can't be written (more than 4 GiB).
pub fn create(title: Option<&str>, text: &str) -> Result<Vec<u8>, DocxError> {
    let text = legal(text);
    let title = title.map(legal).filter(|t| !t.trim().is_empty());
    let body: String = text.split('\n').map(paragraph).collect();
    let section = if title.is_some() { r#"<w:headerReference w:type="default" r:id="rId2"/>"# } else { "" };
    let document = format!(
        r#"{HEAD}<w:document xmlns:w="{WORD}" xmlns:r="{OFFICE}"><w:body>{body}<w:sectPr>{section}<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1440" w:right="1800" w:bottom="1440" w:left="1800" w:header="851" w:footer="992" w:gutter="0"/></w:sectPr></w:body></w:document>"#
    );
    let main = "application/vnd.openxmlformats-officedocument.wordprocessingml";
    let mut types = format!(
        r#"<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="{main}.document.main+xml"/><Override PartName="/word/styles.xml" ContentType="{main}.styles+xml"/>"#
    );
    let mut roots = relationship("rId1", &format!("{OFFICE}/officeDocument"), "word/document.xml");
    let mut links = relationship("rId1", &format!("{OFFICE}/styles"), "styles.xml");
    let mut extra = Vec::new();
    if let Some(title) = &title {
        types.push_str(&format!(
            r#"<Override PartName="/word/header1.xml" ContentType="{main}.header+xml"/><Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>"#
        ));
        roots.push_str(&relationship(
            "rId2",
            &format!("{PACKAGE}/relationships/metadata/core-properties"),
            "docProps/core.xml",
        ));
        links.push_str(&relationship("rId2", &format!("{OFFICE}/header"), "header1.xml"));
        extra.push((
            "word/header1.xml",
            format!(r#"{HEAD}<w:hdr xmlns:w="{WORD}">{}</w:hdr>"#, paragraph(&title.replace('\n', " "))),
        ));
        extra.push((
            "docProps/core.xml",
            format!(
                r#"{HEAD}<cp:coreProperties xmlns:cp="{PACKAGE}/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>{}</dc:title></cp:coreProperties>"#,
                escape(title.as_str())
            ),
        ));
    }
    // SimSun for Chinese and Times New Roman for English: what schools in China hand in.
    let styles = format!(
        r#"{HEAD}<w:styles xmlns:w="{WORD}"><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="SimSun" w:cs="Times New Roman"/><w:sz w:val="24"/><w:szCs w:val="24"/><w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr></w:rPrDefault><w:pPrDefault><w:pPr><w:spacing w:after="120" w:line="360" w:lineRule="auto"/></w:pPr></w:pPrDefault></w:docDefaults><w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style></w:styles>"#
    );
    let mut parts = vec![
        ("[Content_Types].xml", format!(r#"{HEAD}<Types xmlns="{PACKAGE}/content-types">{types}</Types>"#)),
        ("_rels/.rels", format!(r#"{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{roots}</Relationships>"#)),
        ("word/document.xml", document),
        (
            "word/_rels/document.xml.rels",
            format!(r#"{HEAD}<Relationships xmlns="{PACKAGE}/relationships">{links}</Relationships>"#),
        ),
        ("word/styles.xml", styles),
    ];
    parts.append(&mut extra);
    package::write(&parts)
}

fn relationship(id: &str, kind: &str, target: &str) -> String {
    format!(r#"<Relationship Id="{id}" Type="{kind}" Target="{target}"/>"#)
}

fn paragraph(line: &str) -> String {
    if line.is_empty() {
        return "<w:p/>".to_owned();
    }
    let mut run = String::new();
    for (idx, piece) in line.split('\t').enumerate() {
        if idx > 0 {
            run.push_str("<w:tab/>");
        }
        if !piece.is_empty() {
            run.push_str(&format!(r#"<w:t xml:space="preserve">{}</w:t>"#, escape(piece)));
        }
    }
    format!("<w:p><w:r>{run}</w:r></w:p>")
}

/// `text` with every character that XML 1.0 forbids replaced by one of the same length in UTF-8.
pub(crate) fn legal(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\t' | '\n' => c,
            '\0'..'\u{20}' => ' ',
            '\u{FFFE}' | '\u{FFFF}' => '\u{FFFD}',
            c => c,
        })
        .collect()
}
