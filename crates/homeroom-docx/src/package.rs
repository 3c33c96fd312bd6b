//! The zip archive around the parts (ECMA-376 part 2, Open Packaging Conventions).

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipArchive, ZipWriter};

use crate::DocxError;

/// Largest part that is unpacked, in bytes. The text of a 300-page thesis takes about 8 MB as WordprocessingML.
const MAX_PART: u64 = 32 << 20;
/// A part may unpack to this many times its size. Word's own XML reaches about 40, deflate can reach 1032.
const MAX_RATIO: u64 = 200;
/// Parts up to this size are never called a bomb, in bytes.
const RATIO_FROM: u64 = 4 << 20;

/// Where relationship and content types live, for the transitional and the strict variant of the format.
const RELATIONSHIPS: [&str; 2] = [
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
];

/// An opened Word file.
pub(crate) struct Package<'a> {
    archive: ZipArchive<Cursor<&'a [u8]>>,
}

/// One relationship of a part.
pub(crate) struct Relationship {
    pub(crate) id: String,
    pub(crate) kind: String,
    /// Name of the part it points to, without a leading slash.
    pub(crate) target: String,
}

impl<'a> Package<'a> {
    pub(crate) fn open(bytes: &'a [u8]) -> Result<Self, DocxError> {
        Ok(Self { archive: ZipArchive::new(Cursor::new(bytes)).map_err(DocxError::Zip)? })
    }

    /// Name and content of the main document part.
    pub(crate) fn document(&mut self) -> Result<(String, String), DocxError> {
        let found = self
            .relationships("")?
            .into_iter()
            .find(|r| is_kind(&r.kind, "officeDocument") && self.has(&r.target))
            .map(|r| r.target);
        let part = found.unwrap_or_else(|| "word/document.xml".to_owned());
        let xml = self.part(&part)?.ok_or_else(|| DocxError::MissingPart { part: part.clone() })?;
        Ok((part, xml))
    }

    pub(crate) fn has(&self, part: &str) -> bool {
        self.archive.index_for_name(part).is_some()
    }

    /// A part's content, or `None` where there is none of that name.
    pub(crate) fn part(&mut self, part: &str) -> Result<Option<String>, DocxError> {
        let Some(index) = self.archive.index_for_name(part) else { return Ok(None) };
        let mut file = self.archive.by_index(index).map_err(DocxError::Zip)?;
        let too_large = || DocxError::TooLarge { part: part.to_owned(), limit: MAX_PART };
        if file.size() > MAX_PART {
            return Err(too_large());
        }
        let allowed = file.compressed_size().saturating_mul(MAX_RATIO).max(RATIO_FROM);
        if file.size() > allowed {
            return Err(DocxError::ZipBomb { part: part.to_owned(), ratio: MAX_RATIO });
        }
        let mut bytes = Vec::new();
        // The declared size may be a lie, so that the limit holds for what really comes out, too.
        (&mut file)
            .take(allowed.min(MAX_PART) + 1)
            .read_to_end(&mut bytes)
            .map_err(|source| DocxError::Part { part: part.to_owned(), source })?;
        if bytes.len() as u64 > MAX_PART {
            return Err(too_large());
        }
        if bytes.len() as u64 > allowed {
            return Err(DocxError::ZipBomb { part: part.to_owned(), ratio: MAX_RATIO });
        }
        decode(bytes).map(Some).ok_or_else(|| DocxError::Encoding { part: part.to_owned() })
    }

    /// The relationships of a part; "" stands for the package itself. None where there is no such file.
    pub(crate) fn relationships(&mut self, part: &str) -> Result<Vec<Relationship>, DocxError> {
        let name = relationships_part(part);
        let Some(xml) = self.part(&name)? else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        each_element(&name, &xml, |element| {
            if element.local_name().as_ref() != "Relationship"
                || attribute(element, "TargetMode") == Some("External".into())
            {
                return;
            }
            if let (Some(id), Some(kind), Some(target)) =
                (attribute(element, "Id"), attribute(element, "Type"), attribute(element, "Target"))
            {
                found.push(Relationship { id, kind, target: resolve(part, &target) });
            }
        })?;
        Ok(found)
    }

    /// The archive with some parts replaced or added; every other entry is copied as it is, without unpacking it.
    pub(crate) fn rewrite(mut self, mut parts: BTreeMap<String, String>) -> Result<Vec<u8>, DocxError> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for index in 0..self.archive.len() {
            let name = match self.archive.name_for_index(index) {
                Some(Ok(name)) => name.into_owned(),
                _ => String::new(),
            };
            if let Some(content) = parts.remove(&name) {
                write_part(&mut writer, &name, &content)?;
            } else {
                let file = self.archive.by_index_raw(index).map_err(DocxError::Zip)?;
                writer.raw_copy_file(file).map_err(DocxError::Zip)?;
            }
        }
        for (name, content) in parts {
            write_part(&mut writer, &name, &content)?;
        }
        Ok(writer.finish().map_err(DocxError::Zip)?.into_inner())
    }
}

/// A new archive with these parts, in this order; the bytes depend on nothing else.
pub(crate) fn write(parts: &[(&str, String)]) -> Result<Vec<u8>, DocxError> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in parts {
        write_part(&mut writer, name, content)?;
    }
    Ok(writer.finish().map_err(DocxError::Zip)?.into_inner())
}

fn write_part(writer: &mut ZipWriter<Cursor<Vec<u8>>>, name: &str, content: &str) -> Result<(), DocxError> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::DEFAULT)
        .unix_permissions(0o644);
    writer.start_file(name, options).map_err(DocxError::Zip)?;
    writer.write_all(content.as_bytes()).map_err(|source| DocxError::Part { part: name.to_owned(), source })
}

/// Name of the part that lists the relationships of `part`.
pub(crate) fn relationships_part(part: &str) -> String {
    let (folder, file) = part.rsplit_once('/').map_or(("", part), |(folder, file)| (folder, file));
    if folder.is_empty() { format!("_rels/{file}.rels") } else { format!("{folder}/_rels/{file}.rels") }
}

/// The last step of a relationship's type, if it is one of this format's.
pub(crate) fn is_kind(kind: &str, wanted: &str) -> bool {
    RELATIONSHIPS.iter().any(|base| kind.strip_prefix(base).is_some_and(|rest| rest.strip_prefix('/') == Some(wanted)))
}

/// The type of a relationship, in the variant of the format that `strict` names.
pub(crate) fn kind(strict: bool, name: &str) -> String {
    format!("{}/{name}", RELATIONSHIPS[usize::from(strict)])
}

fn resolve(source: &str, target: &str) -> String {
    if let Some(absolute) = target.strip_prefix('/') {
        return absolute.to_owned();
    }
    let mut steps: Vec<&str> = source.split('/').collect();
    steps.pop();
    for step in target.split('/') {
        match step {
            "." => {}
            ".." => {
                steps.pop();
            }
            step => steps.push(step),
        }
    }
    steps.join("/")
}

fn decode(bytes: Vec<u8>) -> Option<String> {
    let wide = |unit: fn([u8; 2]) -> u16| {
        let units = bytes[2..].as_chunks::<2>().0.iter().map(|&pair| unit(pair));
        char::decode_utf16(units).collect::<Result<String, _>>().ok()
    };
    match bytes.as_slice() {
        [0xFF, 0xFE, ..] => wide(u16::from_le_bytes),
        [0xFE, 0xFF, ..] => wide(u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8(rest.to_vec()).ok(),
        _ => String::from_utf8(bytes).ok(),
    }
}

/// An attribute's value by its full name.
pub(crate) fn attribute(element: &BytesStart<'_>, name: &str) -> Option<String> {
    let attribute = element.try_get_attribute(name).ok()??;
    Some(attribute.normalized_value(XmlVersion::Implicit1_0).ok()?.into_owned())
}

/// Calls `visit` with every start tag of `xml`, the self-closing ones included.
pub(crate) fn each_element(part: &str, xml: &str, mut visit: impl FnMut(&BytesStart<'_>)) -> Result<(), DocxError> {
    let mut reader = Reader::from_str(xml);
    loop {
        match next(part, &mut reader)? {
            Event::Start(element) | Event::Empty(element) => visit(&element),
            Event::Eof => return Ok(()),
            _ => {}
        }
    }
}

/// The next event, with the part's name on an error.
pub(crate) fn next<'x>(part: &str, reader: &mut Reader<&'x [u8]>) -> Result<Event<'x>, DocxError> {
    reader.read_event().map_err(|source| DocxError::Xml {
        part: part.to_owned(),
        offset: reader.error_position(),
        source: Box::new(source),
    })
}

/// `xml` with `content` as the last children of its root element. `content` is told the root's own prefix with its
/// colon, or "".
pub(crate) fn append_to_root(part: &str, xml: &str, content: impl FnOnce(&str) -> String) -> Result<String, DocxError> {
    let structure = || DocxError::Structure { part: part.to_owned() };
    let mut reader = Reader::from_str(xml);
    let mut depth = 0usize;
    loop {
        let start = usize::try_from(reader.buffer_position()).map_err(|_| structure())?;
        let event = next(part, &mut reader)?;
        let end = usize::try_from(reader.buffer_position()).map_err(|_| structure())?;
        match event {
            Event::Start(_) => depth += 1,
            Event::Empty(element) if depth == 0 => {
                let name = element.name();
                let tag = xml[start..end].strip_suffix("/>").ok_or_else(structure)?;
                let body = content(prefix(name.as_ref()));
                return Ok(format!("{}{tag}>{body}</{}>{}", &xml[..start], name.as_ref(), &xml[end..]));
            }
            Event::End(element) => {
                depth = depth.checked_sub(1).ok_or_else(structure)?;
                if depth == 0 {
                    let body = content(prefix(element.name().as_ref()));
                    return Ok(format!("{}{body}{}", &xml[..start], &xml[start..]));
                }
            }
            Event::Eof => return Err(structure()),
            _ => {}
        }
    }
}

fn prefix(name: &str) -> &str {
    name.find(':').map_or("", |colon| &name[..=colon])
}
