//! Where the text lies in the main document part.

use std::ops::Range;

use homeroom_core::Span;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::DocxError;
use crate::package::{attribute, next};

/// The namespaces of WordprocessingML: transitional and strict.
const WORD: [&str; 2] = [
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "http://purl.oclc.org/ooxml/wordprocessingml/main",
];

/// Where the text of one run lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunAnchor {
    /// The run's text.
    pub span: Span,
    /// Index of the paragraph in reading order, from 0.
    pub paragraph: usize,
    /// Index of the run in its paragraph, from 0; runs without text count.
    pub run: usize,
}

/// What a piece of a run is, as far as cutting it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `w:t`: can be cut at every character.
    Text,
    /// A tab or a hyphen: can be deleted as a whole.
    Mark,
    /// Everything else (break, picture, field, ruby): stays as it is.
    Opaque,
}

/// A child of a run.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) kind: Kind,
    pub(crate) text: String,
    /// In bytes of the part.
    pub(crate) xml: Range<usize>,
    pub(crate) span: Span,
}

#[derive(Debug)]
pub(crate) struct Run {
    /// The whole element, in bytes of the part.
    pub(crate) xml: Range<usize>,
    /// Its start tag.
    pub(crate) tag: Range<usize>,
    /// Its formatting, the `w:rPr` element.
    pub(crate) properties: Option<Range<usize>>,
    /// Start tag of the `w:ins` or `w:moveTo` that it is a child of.
    pub(crate) insertion: Option<Range<usize>>,
    pub(crate) pieces: Vec<Piece>,
    pub(crate) span: Span,
    hidden: bool,
}

#[derive(Debug)]
pub(crate) struct Paragraph {
    pub(crate) runs: Vec<Run>,
    pub(crate) style: Option<String>,
    /// Where something can be put at its end, in bytes of the part: before the end tag, or the `/` of an empty element.
    pub(crate) end: usize,
    pub(crate) self_closing: bool,
    /// For a paragraph of a text box: the paragraph that the box hangs on.
    pub(crate) host: Option<usize>,
    pub(crate) span: Span,
}

/// The main document part, taken apart.
#[derive(Debug)]
pub(crate) struct Layout {
    pub(crate) text: String,
    pub(crate) paragraphs: Vec<Paragraph>,
    /// The prefix of WordprocessingML with its colon, or "".
    pub(crate) prefix: String,
    pub(crate) strict: bool,
    /// Largest `w:id` in the part: a new one above it collides with nothing.
    pub(crate) max_id: u32,
    pub(crate) tracked_changes: bool,
    pub(crate) pictures: usize,
    /// Words that no reader sees.
    pub(crate) hidden_words: usize,
}

/// An element that is open while the part is read.
enum Open {
    Paragraph,
    Run,
    /// A child of a run, and what is in it.
    Piece,
    Text {
        preserve: bool,
        start: usize,
    },
    Insertion(Range<usize>),
    Other,
}

/// A paragraph that is being read.
struct Draft {
    runs: Vec<Run>,
    style: Option<String>,
    /// Paragraphs of text boxes in it.
    boxes: Vec<Paragraph>,
    in_run: bool,
    /// How many elements below the run are open.
    piece_depth: usize,
}

impl Draft {
    fn new() -> Self {
        Self { runs: Vec::new(), style: None, boxes: Vec::new(), in_run: false, piece_depth: 0 }
    }

    /// The piece that is being read, with whether its run is hidden.
    fn piece(&mut self) -> Option<(&mut Piece, bool)> {
        let run = self.runs.last_mut()?;
        let hidden = run.hidden;
        Some((run.pieces.last_mut()?, hidden))
    }
}

impl Layout {
    pub(crate) fn parse(part: &str, xml: &str) -> Result<Self, DocxError> {
        let structure = || DocxError::Structure { part: part.to_owned() };
        let mut layout = Layout {
            text: String::new(),
            paragraphs: Vec::new(),
            prefix: String::new(),
            strict: false,
            max_id: 0,
            tracked_changes: false,
            pictures: 0,
            hidden_words: 0,
        };
        let mut reader = Reader::from_str(xml);
        let mut open: Vec<Open> = Vec::new();
        let mut drafts: Vec<Draft> = Vec::new();
        let mut rooted = false;
        loop {
            let start = position(&reader);
            let event = next(part, &mut reader)?;
            let end = position(&reader);
            match event {
                Event::Start(element) => {
                    if !rooted {
                        rooted = true;
                        layout.root(&element).ok_or_else(structure)?;
                        open.push(Open::Other);
                        continue;
                    }
                    let name = layout.word_name(&element).unwrap_or("").to_owned();
                    layout.note(&name, &element);
                    if skipped(&name) || element.local_name().as_ref() == "Fallback" {
                        let inner = reader.read_to_end(element.name()).map_err(|source| DocxError::Xml {
                            part: part.to_owned(),
                            offset: reader.error_position(),
                            source: Box::new(source),
                        })?;
                        let inner = usize::try_from(inner.start).map_err(|_| structure())?
                            ..usize::try_from(inner.end).map_err(|_| structure())?;
                        let whole = start..position(&reader);
                        layout.properties(part, xml, &name, inner, whole, &mut drafts)?;
                        continue;
                    }
                    let opened = layout.start(&name, &element, start..end, &open, &mut drafts);
                    open.push(opened);
                }
                Event::Empty(element) => {
                    if !rooted {
                        return Err(structure());
                    }
                    let name = layout.word_name(&element).unwrap_or("").to_owned();
                    layout.note(&name, &element);
                    if name == "p" {
                        let mut paragraph = finish(Draft::new(), end.saturating_sub(2), true);
                        layout.close(&mut paragraph, &mut drafts);
                    } else if name == "pStyle" || name == "rPr" || name == "pPr" || name == "r" {
                        // Nothing in it.
                    } else if let Some(draft) = drafts.last_mut()
                        && draft.in_run
                    {
                        mark(draft, &name, &element, start..end);
                    }
                }
                Event::End(_) => match open.pop().ok_or_else(structure)? {
                    Open::Paragraph => {
                        let draft = drafts.pop().ok_or_else(structure)?;
                        let mut boxes = Vec::new();
                        let mut draft = draft;
                        std::mem::swap(&mut boxes, &mut draft.boxes);
                        let mut paragraph = finish(draft, start, false);
                        if let Some(outer) = drafts.last_mut() {
                            outer.boxes.push(paragraph);
                            outer.boxes.append(&mut boxes);
                        } else {
                            let host = layout.paragraphs.len();
                            layout.close(&mut paragraph, &mut drafts);
                            layout.paragraphs.extend(boxes.into_iter().map(|b| Paragraph { host: Some(host), ..b }));
                        }
                    }
                    Open::Run => {
                        let draft = drafts.last_mut().ok_or_else(structure)?;
                        draft.in_run = false;
                        if let Some(run) = draft.runs.last_mut() {
                            run.xml.end = end;
                        }
                    }
                    Open::Piece => {
                        let draft = drafts.last_mut().ok_or_else(structure)?;
                        draft.piece_depth = draft.piece_depth.saturating_sub(1);
                        if draft.piece_depth == 0
                            && let Some((piece, _)) = draft.piece()
                        {
                            piece.xml.end = end;
                        }
                    }
                    Open::Text { preserve, start: from } => {
                        let draft = drafts.last_mut().ok_or_else(structure)?;
                        draft.piece_depth = draft.piece_depth.saturating_sub(1);
                        let top = draft.piece_depth == 0;
                        if let Some((piece, hidden)) = draft.piece() {
                            if top {
                                piece.xml.end = end;
                            }
                            settle(&mut piece.text, from, preserve);
                            if hidden {
                                layout.hidden_words += piece.text.split_whitespace().count();
                                piece.text.clear();
                                piece.kind = Kind::Opaque;
                            }
                        }
                    }
                    Open::Insertion(_) | Open::Other => {}
                },
                Event::Text(text) => append(&open, &mut drafts, &text.xml10_content()),
                Event::CData(text) => append(&open, &mut drafts, &text.xml10_content()),
                Event::GeneralRef(reference) => {
                    let named = match &*reference {
                        "amp" => Some('&'),
                        "lt" => Some('<'),
                        "gt" => Some('>'),
                        "quot" => Some('"'),
                        "apos" => Some('\''),
                        _ => reference.resolve_char_ref().ok().flatten(),
                    };
                    if let Some(c) = named {
                        append(&open, &mut drafts, c.encode_utf8(&mut [0; 4]));
                    }
                }
                Event::Eof => break,
                _ => {}
            }
        }
        if !rooted || !open.is_empty() {
            return Err(structure());
        }
        layout.place();
        Ok(layout)
    }

    /// Every run that has text.
    pub(crate) fn anchors(&self) -> Vec<RunAnchor> {
        let mut anchors = Vec::new();
        for (paragraph, p) in self.paragraphs.iter().enumerate() {
            for (run, r) in p.runs.iter().enumerate().filter(|(_, r)| !r.span.is_empty()) {
                anchors.push(RunAnchor { span: r.span, paragraph, run });
            }
        }
        anchors
    }

    /// The namespace of WordprocessingML in this file's variant.
    pub(crate) fn namespace(&self) -> &'static str {
        WORD[usize::from(self.strict)]
    }

    fn root(&mut self, element: &BytesStart<'_>) -> Option<()> {
        for attribute in element.attributes().with_checks(false).flatten() {
            let Some(variant) = WORD.iter().position(|ns| attribute.value == *ns) else { continue };
            let key = attribute.key.as_ref();
            self.prefix = match key.strip_prefix("xmlns:") {
                Some(prefix) => format!("{prefix}:"),
                None if key == "xmlns" => String::new(),
                None => continue,
            };
            self.strict = variant == 1;
            return Some(());
        }
        None
    }

    /// The element's name without prefix, if it belongs to WordprocessingML.
    fn word_name<'e>(&self, element: &'e BytesStart<'_>) -> Option<&'e str> {
        let name = &element.attributes_raw().len();
        let full: &'e str = element;
        let full = &full[..full.len() - name];
        let local = full.strip_prefix(self.prefix.as_str())?;
        (!local.contains(':')).then_some(local)
    }

    /// Keeps count of ids, changes and pictures.
    fn note(&mut self, name: &str, element: &BytesStart<'_>) {
        if let Some(id) = attribute(element, &format!("{}id", self.attribute_prefix()))
            && let Ok(id) = id.parse::<u32>()
        {
            self.max_id = self.max_id.max(id);
        }
        match name {
            "ins" | "del" | "moveFrom" | "moveTo" => self.tracked_changes = true,
            "drawing" | "pict" | "object" => self.pictures += 1,
            _ => {}
        }
    }

    /// Attributes are never in the default namespace, so that they have a prefix where elements need none.
    fn attribute_prefix(&self) -> &str {
        if self.prefix.is_empty() { "w:" } else { &self.prefix }
    }

    /// What a skipped element says about its paragraph or run.
    fn properties(
        &self,
        part: &str,
        xml: &str,
        name: &str,
        inner: Range<usize>,
        whole: Range<usize>,
        drafts: &mut [Draft],
    ) -> Result<(), DocxError> {
        let Some(draft) = drafts.last_mut() else { return Ok(()) };
        let Some(body) = xml.get(inner) else { return Ok(()) };
        let value = format!("{}val", self.attribute_prefix());
        match name {
            "pPr" if !draft.in_run => {
                let wanted = format!("{}pStyle", self.prefix);
                let mut style = None;
                crate::package::each_element(part, body, |e| {
                    if style.is_none() && e.name().as_ref() == wanted {
                        style = attribute(e, &value);
                    }
                })?;
                draft.style = style;
            }
            "rPr" if draft.in_run && draft.piece_depth == 0 => {
                let named = |name: &str| format!("{}{name}", self.prefix);
                let (vanish, colour, size) = (named("vanish"), named("color"), named("sz"));
                let mut hidden = false;
                crate::package::each_element(part, body, |e| {
                    let given = attribute(e, &value);
                    let name = e.name();
                    let name = name.as_ref();
                    hidden |= if name == vanish {
                        !matches!(given.as_deref(), Some("0" | "false" | "off"))
                    } else if name == colour {
                        given.as_deref().is_some_and(is_white)
                    } else {
                        name == size && given.and_then(|s| s.parse::<u32>().ok()).is_some_and(|s| s <= TINY)
                    };
                })?;
                if let Some(run) = draft.runs.last_mut() {
                    run.properties = Some(whole);
                    run.hidden = hidden;
                }
            }
            _ if draft.in_run && draft.piece_depth == 0 => {
                if let Some(run) = draft.runs.last_mut() {
                    run.pieces.push(piece(Kind::Opaque, whole));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn start(
        &self,
        name: &str,
        element: &BytesStart<'_>,
        xml: Range<usize>,
        open: &[Open],
        drafts: &mut Vec<Draft>,
    ) -> Open {
        if name == "p" {
            drafts.push(Draft::new());
            return Open::Paragraph;
        }
        let Some(draft) = drafts.last_mut() else { return Open::Other };
        if !draft.in_run {
            return match name {
                "r" => {
                    let insertion = match open.last() {
                        Some(Open::Insertion(tag)) => Some(tag.clone()),
                        _ => None,
                    };
                    draft.in_run = true;
                    draft.runs.push(Run {
                        xml: xml.clone(),
                        tag: xml,
                        properties: None,
                        insertion,
                        pieces: Vec::new(),
                        span: Span::new(0, 0),
                        hidden: false,
                    });
                    Open::Run
                }
                "ins" | "moveTo" => Open::Insertion(xml),
                _ => Open::Other,
            };
        }
        let Some(run) = draft.runs.last_mut() else { return Open::Other };
        if draft.piece_depth == 0 {
            let kind = if name == "t" { Kind::Text } else { Kind::Opaque };
            run.pieces.push(piece(kind, xml));
        }
        draft.piece_depth += 1;
        if name == "t" {
            let preserve = attribute(element, "xml:space").as_deref() == Some("preserve");
            let start = run.pieces.last().map_or(0, |p| p.text.len());
            return Open::Text { preserve, start };
        }
        if draft.piece_depth == 1 && !run.hidden {
            // Word writes these as empty elements; another program may not.
            if let (Some(piece), Some((kind, text))) = (run.pieces.last_mut(), text_of_mark(name, element)) {
                piece.kind = kind;
                piece.text.push_str(text);
            }
        }
        Open::Piece
    }

    /// Puts a finished paragraph in its place: into the text box's host, or into the document.
    fn close(&mut self, paragraph: &mut Paragraph, drafts: &mut [Draft]) {
        let taken = std::mem::replace(
            paragraph,
            Paragraph { runs: Vec::new(), style: None, end: 0, self_closing: false, host: None, span: Span::new(0, 0) },
        );
        match drafts.last_mut() {
            Some(outer) => outer.boxes.push(taken),
            None => self.paragraphs.push(taken),
        }
    }

    /// Lays the text out and tells every piece its span.
    fn place(&mut self) {
        for (idx, paragraph) in self.paragraphs.iter_mut().enumerate() {
            if idx > 0 {
                self.text.push('\n');
            }
            let paragraph_start = self.text.len();
            for run in &mut paragraph.runs {
                let run_start = self.text.len();
                for piece in &mut run.pieces {
                    let start = self.text.len();
                    self.text.push_str(&piece.text);
                    piece.span = Span::new(start, self.text.len());
                }
                run.span = Span::new(run_start, self.text.len());
            }
            paragraph.span = Span::new(paragraph_start, self.text.len());
        }
    }
}

fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

fn piece(kind: Kind, xml: Range<usize>) -> Piece {
    Piece { kind, text: String::new(), xml, span: Span::new(0, 0) }
}

/// Largest size that nobody can read, in half points: 2 points.
const TINY: u32 = 4;

/// Whether a colour cannot be told from paper: `RRGGBB`, each part at least F8.
fn is_white(colour: &str) -> bool {
    let parts = u32::from_str_radix(colour, 16).ok().filter(|_| colour.len() == 6).map(u32::to_be_bytes);
    parts.is_some_and(|[_, r, g, b]| [r, g, b].iter().all(|part| *part >= 0xF8))
}

fn finish(draft: Draft, end: usize, self_closing: bool) -> Paragraph {
    Paragraph { runs: draft.runs, style: draft.style, end, self_closing, host: None, span: Span::new(0, 0) }
}

/// Elements that hold no text of the pupil's, or none that is still there.
fn skipped(name: &str) -> bool {
    matches!(
        name,
        "del"
            | "moveFrom"
            | "pPr"
            | "rPr"
            | "sectPr"
            | "tblPr"
            | "tblGrid"
            | "trPr"
            | "tcPr"
            | "sdtPr"
            | "sdtEndPr"
            | "rt"
            | "instrText"
            | "delText"
            | "delInstrText"
    )
}

/// An empty element inside a run.
fn mark(draft: &mut Draft, name: &str, element: &BytesStart<'_>, xml: Range<usize>) {
    let top = draft.piece_depth == 0;
    let Some(run) = draft.runs.last_mut() else { return };
    let (kind, text) = match text_of_mark(name, element) {
        Some(mark) if !run.hidden => mark,
        _ => (Kind::Opaque, ""),
    };
    if top {
        run.pieces.push(Piece { text: text.to_owned(), ..piece(kind, xml) });
    } else if let Some(piece) = run.pieces.last_mut() {
        piece.text.push_str(text);
    }
}

fn text_of_mark(name: &str, element: &BytesStart<'_>) -> Option<(Kind, &'static str)> {
    match name {
        "tab" | "ptab" => Some((Kind::Mark, "\t")),
        "noBreakHyphen" => Some((Kind::Mark, "-")),
        "cr" => Some((Kind::Opaque, "\n")),
        "br" => {
            let clears_page = element
                .attributes()
                .with_checks(false)
                .flatten()
                .any(|a| a.key.local_name().as_ref() == "type" && (a.value == "page" || a.value == "column"));
            // A page break is not a piece of text; its paragraph ends right after it in what Word writes.
            Some((Kind::Opaque, if clears_page { "" } else { "\n" }))
        }
        _ => None,
    }
}

/// Adds characters to the text that is being read.
fn append(open: &[Open], drafts: &mut [Draft], text: &str) {
    if let (Some(Open::Text { .. }), Some(draft)) = (open.last(), drafts.last_mut())
        && let Some((piece, _)) = draft.piece()
    {
        piece.text.extend(text.chars().map(|c| if matches!(c, '\n' | '\r' | '\t') { ' ' } else { c }));
    }
}

/// White space at the ends of `w:t` counts only where the file says so.
fn settle(text: &mut String, from: usize, preserve: bool) {
    if !preserve {
        let trimmed = text[from..].trim_matches(' ').to_owned();
        text.truncate(from);
        text.push_str(&trimmed);
    }
}
