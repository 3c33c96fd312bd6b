use std::io::Cursor;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};
use zip::ZipArchive;

use crate::source::unpack;
use crate::{Limits, ReadError};

/// Most spaces that one `text:s` stands for; more is no writing.
const MAX_SPACES: usize = 100;

/// The text of an OpenDocument file, one line per paragraph, and its title from the style `Title`.
///
/// Notes, annotations and tracked deletions are left out.
///
/// # Errors
/// [`ReadError::Encrypted`], [`ReadError::Broken`], [`ReadError::TooLarge`] and [`ReadError::ZipBomb`].
pub fn text(bytes: &[u8], limits: &Limits) -> Result<(String, Option<String>), ReadError> {
    let broken = || ReadError::broken("odt");
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| broken())?;
    if let Some(index) = archive.index_for_name("META-INF/manifest.xml") {
        let manifest = unpack(&mut archive, index, limits)?;
        if manifest.windows(ENCRYPTION.len()).any(|w| w == ENCRYPTION) {
            return Err(ReadError::Encrypted { format: "odt".to_owned() });
        }
    }
    let index = archive.index_for_name("content.xml").ok_or_else(broken)?;
    let content = unpack(&mut archive, index, limits)?;
    let xml = std::str::from_utf8(&content).map_err(|_| broken())?;
    parse(xml.trim_start_matches('\u{FEFF}')).map_err(|_| broken())
}

const ENCRYPTION: &[u8] = b"encryption-data";

/// A paragraph that is being read.
#[derive(Default)]
struct Draft {
    line: String,
    is_title: bool,
    /// Whether a space is due before the next character.
    space: bool,
    /// Lines of text boxes in it.
    boxes: Vec<String>,
}

fn parse(xml: &str) -> Result<(String, Option<String>), quick_xml::Error> {
    let mut reader = Reader::from_str(xml);
    let mut lines: Vec<String> = Vec::new();
    let mut drafts: Vec<Draft> = Vec::new();
    let mut title = None;
    loop {
        match reader.read_event()? {
            Event::Start(element) => match element.local_name().as_ref() {
                "p" | "h" if is_text(&element) => drafts.push(Draft {
                    is_title: attribute(&element, "style-name").as_deref() == Some("Title"),
                    ..Draft::default()
                }),
                "tracked-changes" | "note" | "annotation" | "forms" | "event-listeners" | "ruby-text" | "math" => {
                    reader.read_to_end(element.name())?;
                }
                name => mark(name, &element, &mut drafts),
            },
            Event::Empty(element) => match element.local_name().as_ref() {
                "p" | "h" if is_text(&element) => match drafts.last_mut() {
                    Some(outer) => outer.boxes.push(String::new()),
                    None => lines.push(String::new()),
                },
                name => mark(name, &element, &mut drafts),
            },
            Event::End(element) if matches!(element.local_name().as_ref(), "p" | "h") => {
                // Only text:p and text:h were pushed; a draw or svg element of that name would be closed by its own.
                if element.name().as_ref().starts_with("text:")
                    && let Some(draft) = drafts.pop()
                {
                    if draft.is_title && title.is_none() && !draft.line.is_empty() {
                        title = Some(draft.line.clone());
                    }
                    let to = drafts.last_mut().map_or(&mut lines, |outer| &mut outer.boxes);
                    to.push(draft.line);
                    to.extend(draft.boxes);
                }
            }
            Event::Text(text) => {
                if let Some(draft) = drafts.last_mut() {
                    push(draft, &text.xml10_content());
                }
            }
            Event::CData(text) => {
                if let Some(draft) = drafts.last_mut() {
                    push(draft, &text.xml10_content());
                }
            }
            Event::GeneralRef(reference) => {
                let named = match &*reference {
                    "amp" => Some('&'),
                    "lt" => Some('<'),
                    "gt" => Some('>'),
                    "quot" => Some('"'),
                    "apos" => Some('\''),
                    _ => reference.resolve_char_ref().ok().flatten(),
                };
                if let (Some(c), Some(draft)) = (named, drafts.last_mut()) {
                    push(draft, c.encode_utf8(&mut [0; 4]));
                }
            }
            Event::Eof => return Ok((lines.join("\n"), title)),
            _ => {}
        }
    }
}

fn is_text(element: &BytesStart<'_>) -> bool {
    element.name().as_ref().starts_with("text:")
}

fn attribute(element: &BytesStart<'_>, local: &str) -> Option<String> {
    let found = element.attributes().with_checks(false).flatten().find(|a| a.key.local_name().as_ref() == local)?;
    Some(found.normalized_value(XmlVersion::Implicit1_0).ok()?.into_owned())
}

fn mark(name: &str, element: &BytesStart<'_>, drafts: &mut [Draft]) {
    let Some(draft) = drafts.last_mut() else { return };
    if !is_text(element) {
        return;
    }
    match name {
        "s" => {
            let count = attribute(element, "c").and_then(|c| c.parse::<usize>().ok()).unwrap_or(1);
            settle(draft);
            draft.line.extend(std::iter::repeat_n(' ', count.min(MAX_SPACES)));
        }
        "tab" => {
            settle(draft);
            draft.line.push('\t');
        }
        "line-break" => {
            draft.space = false;
            draft.line.push('\n');
        }
        _ => {}
    }
}

/// White space of the file collapses to one space, and to none at the start of a paragraph.
fn push(draft: &mut Draft, text: &str) {
    for c in text.chars() {
        if matches!(c, ' ' | '\t' | '\n' | '\r') {
            draft.space = !draft.line.is_empty();
        } else {
            settle(draft);
            draft.line.push(c);
        }
    }
}

fn settle(draft: &mut Draft) {
    if std::mem::take(&mut draft.space) {
        draft.line.push(' ');
    }
}
