use encoding_rs::Encoding;
use homeroom_core::{Bilingual, TranscriptStatus};
use homeroom_docx::DocxError;
use serde::{Deserialize, Serialize};
use std::io::Cursor;
use zip::ZipArchive;

use crate::encoding::decode;
use crate::pdf::Child;
use crate::picture::{ReadPictures, scan, unconfirmed};
use crate::source::extension;
use crate::{Limits, ReadError, Source, html, markdown, odt, pdf, reflow, transcript};

/// How far into a file a PDF header may stand, in bytes (Adobe's reader takes the same).
const PDF_HEADER_WITHIN: usize = 1024;
/// How far into an HTML page its encoding may be declared, in bytes (WHATWG HTML, 4.2.5.4).
const HTML_CHARSET_WITHIN: usize = 1024;
/// Extensions of archives other than zip.
const ARCHIVES: [&str; 8] = ["7z", "bz2", "gz", "rar", "tar", "tgz", "xz", "zst"];
/// Extensions of pictures, for those whose first bytes do not tell.
pub(crate) const PICTURES: [&str; 10] = ["avif", "bmp", "gif", "heic", "heif", "jpeg", "jpg", "png", "tiff", "webp"];

/// A file's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// The text with `\n` between paragraphs and no line feed or blank line at its ends.
    ///
    /// One line per paragraph, except for `.txt`, whose lines are kept unless they were broken for a page's width.
    pub text: String,
    /// Format (`txt`, `md`, `html`, `docx`, `odt`, `pdf`).
    pub format: &'static str,
    /// Character encoding, where the format leaves it open.
    pub encoding: Option<String>,
    /// The title that the file gives itself. A heading stays in `text`, too.
    pub title: Option<String>,
    /// What a person should know about how it was read.
    pub notes: Vec<Note>,
    /// For a text that was read from a picture: whether a person has compared the two.
    pub transcript: Option<TranscriptStatus>,
}

/// Something about how a file was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Note {
    /// Characters that could not be decoded.
    Replaced {
        /// How many.
        count: usize,
    },
    /// Lines that were broken for a page's width were joined.
    Unwrapped,
    /// Tracked changes: insertions were read, deletions were not.
    TrackedChanges,
    /// Pictures whose content was not read.
    Pictures {
        /// How many.
        count: usize,
    },
    /// Pages of a PDF file without text.
    PagesWithoutText {
        /// Page numbers, from 1.
        pages: Vec<usize>,
    },
    /// Words of a picture that were hard to read.
    Doubtful {
        /// How many.
        count: usize,
    },
    /// Writing in a picture that is no part of the text.
    LeftOut {
        /// Words that were crossed out.
        crossed_out: usize,
        /// Lines in the margin and in red ink.
        aside: usize,
    },
    /// Several pictures were taken as the pages of one essay.
    Joined {
        /// How many.
        pictures: usize,
    },
    /// The picture was changed after its transcript was made, so that the transcript counts as unconfirmed.
    PictureChanged,
    /// Lines that stood on every page (running heads, page numbers) were left out.
    RunningHeads {
        /// How many.
        count: usize,
    },
    /// What no reader sees: it may be meant for a machine that marks.
    Hidden {
        /// Words in hidden, white or tiny letters, which were left out.
        words: usize,
        /// Characters without any shape in the text: without width, tags, changes of direction.
        characters: usize,
    },
}

impl Note {
    /// A stable name, in snake case.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Replaced { .. } => "replaced",
            Self::Unwrapped => "unwrapped",
            Self::TrackedChanges => "tracked_changes",
            Self::Pictures { .. } => "pictures",
            Self::PagesWithoutText { .. } => "pages_without_text",
            Self::Doubtful { .. } => "doubtful",
            Self::LeftOut { .. } => "left_out",
            Self::Joined { .. } => "joined",
            Self::PictureChanged => "picture_changed",
            Self::RunningHeads { .. } => "running_heads",
            Self::Hidden { .. } => "hidden",
        }
    }

    /// In one sentence.
    #[must_use]
    pub fn explain(&self) -> Bilingual {
        match self {
            Self::Replaced { count } => Bilingual::new(
                format!("{count} character(s) could not be decoded."),
                format!("有 {count} 个字符无法解码。"),
            ),
            Self::Unwrapped => Bilingual::new(
                "Lines that were broken for the page's width were joined to paragraphs.",
                "按页宽折断的行已合并成段落。",
            ),
            Self::TrackedChanges => Bilingual::new(
                "The file has tracked changes: insertions were read, deletions were not.",
                "文件中有修订记录：插入的文字已读取，删除的文字未读取。",
            ),
            Self::Pictures { count } => {
                Bilingual::new(format!("{count} picture(s) were left out."), format!("有 {count} 张图片未读取。"))
            }
            Self::PagesWithoutText { pages } => {
                let list = pages.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
                Bilingual::new(
                    format!("Pages without text were left out: {list}."),
                    format!("没有文字的页面未读取：第 {list} 页。"),
                )
            }
            Self::Doubtful { count } => Bilingual::new(
                format!("{count} word(s) of the picture were hard to read."),
                format!("图片中有 {count} 个词难以辨认。"),
            ),
            Self::LeftOut { crossed_out, aside } => Bilingual::new(
                format!("Left out: {crossed_out} crossed-out word(s), {aside} line(s) in the margin or in red ink."),
                format!("未计入正文：划掉的词 {crossed_out} 个，页边或红笔文字 {aside} 行。"),
            ),
            Self::Joined { pictures } => Bilingual::new(
                format!("Joined from {pictures} pictures, as the pages of one essay."),
                format!("由 {pictures} 张图片按页合并而成。"),
            ),
            Self::PictureChanged => Bilingual::new(
                "The picture was changed after its transcript was made: compare them again.",
                "转写之后图片有改动，请重新核对。",
            ),
            Self::RunningHeads { count } => Bilingual::new(
                format!("{count} line(s) of running heads or page numbers were left out."),
                format!("有 {count} 行页眉、页脚或页码未读取。"),
            ),
            Self::Hidden { words, characters } => Bilingual::new(
                format!(
                    "The file holds text that no reader sees: {words} word(s) in hidden, white or tiny letters, {characters} \
                     invisible character(s). None of it was marked; ask the pupil about it."
                ),
                format!(
                    "文件中有读者看不到的内容：隐藏、白色或极小的词 {words} 个，不可见字符 {characters} 个。这些内容未计入批改，请向学生了解。"
                ),
            ),
        }
    }
}

/// Reads a source.
///
/// # Errors
/// Why there is no text; [`ReadError::explain`] says what to do.
pub fn read(source: &Source, limits: &Limits, child: &Child) -> Result<Text, ReadError> {
    read_bytes(&source.name, &source.bytes(limits)?, limits, child)
}

/// Reads the content of a file. The first bytes tell the format, and where they don't, the extension of `name`.
///
/// # Errors
/// As [`read`].
pub fn read_bytes(name: &str, bytes: &[u8], limits: &Limits, child: &Child) -> Result<Text, ReadError> {
    read_with(name, bytes, limits, child, None)
}

/// Whether the content of a file is a picture, or a name that says so where the content does not tell.
#[must_use]
pub fn is_picture(name: &str, bytes: &[u8]) -> bool {
    matches!(sniff(&extension(name), bytes), Err(ReadError::Photo { .. }))
}

/// As [`read_bytes`], with somebody who reads pictures and scanned pages.
///
/// # Errors
/// As [`read`].
pub fn read_with(
    name: &str,
    bytes: &[u8],
    limits: &Limits,
    child: &Child,
    pictures: Option<&dyn ReadPictures>,
) -> Result<Text, ReadError> {
    if bytes.is_empty() {
        return Err(ReadError::Empty);
    }
    let format = match (sniff(&extension(name), bytes), pictures) {
        (Err(ReadError::Photo { .. }), Some(pictures)) => {
            return bounded(unconfirmed(&pictures.file(bytes)?, "picture"), limits);
        }
        (format, _) => format?,
    };
    let text = match format {
        Format::Docx => docx(bytes)?,
        Format::Odt => {
            let (text, title) = odt::text(bytes, limits)?;
            Text { text, format: "odt", encoding: None, title, notes: Vec::new(), transcript: None }
        }
        Format::Pdf => match (pdf::read_in_child(child, bytes, limits), pictures) {
            (Err(ReadError::ScannedWithoutText { pages }), Some(pictures)) => {
                unconfirmed(&scan(bytes, pages, limits, child, pictures)?, "pdf")
            }
            (read, _) => read?,
        },
        Format::Html => {
            let decoded = decode(bytes, declared(bytes))?;
            let (text, title) = html::text(&decoded.text)?;
            let notes = replaced(decoded.replaced);
            Text { text, format: "html", encoding: Some(decoded.encoding), title, notes, transcript: None }
        }
        Format::Markdown => {
            let decoded = decode(bytes, None)?;
            if let Some(read) = transcript::parse(&decoded.text) {
                return bounded(from_transcript(read), limits);
            }
            let mut notes = replaced(decoded.replaced);
            let unwrapped = reflow::unwrap(&decoded.text);
            let (text, title) = markdown::text(unwrapped.as_deref().unwrap_or(&decoded.text));
            notes.extend(unwrapped.map(|_| Note::Unwrapped));
            Text { text, format: "md", encoding: Some(decoded.encoding), title, notes, transcript: None }
        }
        Format::Plain => {
            let decoded = decode(bytes, None)?;
            let mut notes = replaced(decoded.replaced);
            let text = match reflow::unwrap(&decoded.text) {
                Some(text) => {
                    notes.push(Note::Unwrapped);
                    text
                }
                None => decoded.text,
            };
            Text { text, format: "txt", encoding: Some(decoded.encoding), title: None, notes, transcript: None }
        }
    };
    bounded(text, limits)
}

/// The text of a transcript's file.
fn from_transcript(read: transcript::Transcript) -> Text {
    let notes = if read.doubtful > 0 { vec![Note::Doubtful { count: read.doubtful }] } else { Vec::new() };
    let transcript = Some(read.status);
    Text { text: read.text, format: "picture", encoding: None, title: None, notes, transcript }
}

/// The pages of one essay, in their order, as one text. A sentence that goes on over the page goes on in the text.
///
/// # Errors
/// [`ReadError::Empty`] for no pages, [`ReadError::TooLarge`] where together they are longer than may be.
pub fn joined(pages: Vec<Text>, limits: &Limits) -> Result<Text, ReadError> {
    let pictures = pages.len();
    let mut pages = pages.into_iter();
    let mut all = pages.next().ok_or(ReadError::Empty)?;
    for page in pages {
        let goes_on = !all.text.ends_with(transcript::SENTENCE_ENDS) && page.text.starts_with(char::is_lowercase);
        all.text.push(if goes_on { ' ' } else { '\n' });
        all.text.push_str(&page.text);
        all.notes.extend(page.notes);
        if page.transcript == Some(TranscriptStatus::Unconfirmed) {
            all.transcript = page.transcript;
        }
    }
    all.notes = summed(all.notes);
    if pictures > 1 {
        all.notes.insert(0, Note::Joined { pictures });
    }
    bounded(all, limits)
}

/// Notes of several pages as those of one.
fn summed(notes: Vec<Note>) -> Vec<Note> {
    let mut all: Vec<Note> = Vec::new();
    for note in notes {
        match (all.iter_mut().find(|n| n.code() == note.code()), &note) {
            (Some(Note::Doubtful { count }), Note::Doubtful { count: more }) => *count += more,
            (
                Some(Note::LeftOut { crossed_out, aside }),
                Note::LeftOut { crossed_out: more_crossed_out, aside: more_aside },
            ) => {
                *crossed_out += more_crossed_out;
                *aside += more_aside;
            }
            (Some(same), note) if *same == *note => {}
            _ => all.push(note),
        }
    }
    all
}

/// Fewest characters without a shape that are told of: a few come with copied text.
const TOLD_INVISIBLE: usize = 8;

/// How many characters have no shape and, unlike joiners, marks of direction and soft hyphens, no use between letters.
fn invisible(text: &str) -> usize {
    let useful = |c: char| matches!(c, '\u{200c}'..='\u{200f}' | '\u{ad}');
    text.chars().filter(|&c| homeroom_core::is_shapeless(c) && !useful(c)).count()
}

/// A text that is there and no longer than may be.
fn bounded(mut text: Text, limits: &Limits) -> Result<Text, ReadError> {
    let characters = invisible(&text.text);
    if characters >= TOLD_INVISIBLE {
        match text.notes.iter_mut().find(|note| note.code() == "hidden") {
            Some(Note::Hidden { characters: told, .. }) => *told = characters,
            _ => text.notes.push(Note::Hidden { words: 0, characters }),
        }
    }
    if text.text.trim().is_empty() {
        let has_pictures = text.notes.iter().any(|note| matches!(note, Note::Pictures { .. }));
        return Err(if has_pictures { ReadError::ScannedWithoutText { pages: 0 } } else { ReadError::Empty });
    }
    if text.text.len() > limits.text_bytes {
        return Err(ReadError::TooLarge { limit: limits.text_bytes as u64 });
    }
    if text.format != "docx" {
        // Spans of a Word file's text must hold for the file, so that its text stays as it is.
        let trimmed = text.text.trim_end().trim_start_matches(['\n', '\u{FEFF}']);
        if trimmed.len() < text.text.len() {
            text.text = trimmed.to_owned();
        }
    }
    Ok(text)
}

enum Format {
    Plain,
    Markdown,
    Html,
    Docx,
    Odt,
    Pdf,
}

fn sniff(extension: &str, bytes: &[u8]) -> Result<Format, ReadError> {
    let photo = |format: &str| Err(ReadError::Photo { format: format.to_owned() });
    let unsupported = |kind: &str| Err(ReadError::Unsupported { kind: kind.to_owned() });
    match bytes {
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => return sniff_zip(extension, bytes),
        [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, ..] => return sniff_compound(extension, bytes),
        [0xFF, 0xD8, 0xFF, ..] => return photo("jpeg"),
        [0x89, b'P', b'N', b'G', ..] => return photo("png"),
        [b'G', b'I', b'F', b'8', ..] => return photo("gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => return photo("webp"),
        [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => return photo("tiff"),
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => {
            return match brand.get(..4) {
                Some(b"heic" | b"heix" | b"hevc" | b"mif1" | b"msf1" | b"heim") => photo("heic"),
                Some(b"avif") => photo("avif"),
                _ => unsupported("video"),
            };
        }
        [b'{', b'\\', b'r', b't', b'f', ..] => return Err(ReadError::RichText),
        _ => {}
    }
    let head = &bytes[..bytes.len().min(PDF_HEADER_WITHIN)];
    if head.windows(5).any(|w| w == b"%PDF-") {
        return Ok(Format::Pdf);
    }
    match extension {
        "txt" | "text" => Ok(Format::Plain),
        "md" | "markdown" => Ok(Format::Markdown),
        "html" | "htm" | "xhtml" => Ok(Format::Html),
        "docx" | "docm" | "odt" | "pdf" => Err(ReadError::broken(extension)),
        "doc" | "wps" => Err(ReadError::OldWord),
        "rtf" => Err(ReadError::RichText),
        "zip" => Err(ReadError::broken("zip")),
        "" => {
            let start = String::from_utf8_lossy(head).trim_start().to_ascii_lowercase();
            let is_html = start.starts_with("<!doctype html") || start.starts_with("<html");
            Ok(if is_html { Format::Html } else { Format::Plain })
        }
        other if PICTURES.contains(&other) => photo(other),
        other if ARCHIVES.contains(&other) => Err(ReadError::OtherArchive { kind: other.to_owned() }),
        other => unsupported(other),
    }
}

/// Which of the formats that are zip archives inside it is.
fn sniff_zip(extension: &str, bytes: &[u8]) -> Result<Format, ReadError> {
    let named = |default: &str| ReadError::broken(if extension.is_empty() { default } else { extension });
    let archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| named("zip"))?;
    let has = |name: &str| archive.index_for_name(name).is_some();
    let has_below = |folder: &[u8]| archive.file_names_raw().any(|name| name.starts_with(folder));
    if has("[Content_Types].xml") && has_below(b"xl/") {
        return Err(ReadError::Unsupported { kind: "xlsx".to_owned() });
    }
    if has("[Content_Types].xml") && has_below(b"ppt/") {
        return Err(ReadError::Unsupported { kind: "pptx".to_owned() });
    }
    if has("word/document.xml") || has("[Content_Types].xml") || has("_rels/.rels") {
        return Ok(Format::Docx);
    }
    if has("content.xml") {
        return match extension {
            "ods" | "odp" | "odg" => Err(ReadError::Unsupported { kind: extension.to_owned() }),
            _ => Ok(Format::Odt),
        };
    }
    match extension {
        "docx" | "docm" | "odt" => Err(ReadError::broken(extension)),
        "zip" | "" => Err(ReadError::NestedArchive),
        other => Err(ReadError::Unsupported { kind: other.to_owned() }),
    }
}

/// What a compound file (MS-CFB) holds: an encrypted new Word file, or an old one.
fn sniff_compound(extension: &str, bytes: &[u8]) -> Result<Format, ReadError> {
    let holds = |name: &str| {
        let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        bytes.windows(wide.len()).any(|w| w == wide)
    };
    if holds("EncryptedPackage") {
        return Err(ReadError::Encrypted { format: "docx".to_owned() });
    }
    if holds("WordDocument") || matches!(extension, "doc" | "wps" | "dot") {
        return Err(ReadError::OldWord);
    }
    Err(ReadError::Unsupported { kind: if extension.is_empty() { "ole" } else { extension }.to_owned() })
}

fn docx(bytes: &[u8]) -> Result<Text, ReadError> {
    let read = homeroom_docx::read(bytes).map_err(|error| match error {
        DocxError::TooLarge { limit, .. } => ReadError::TooLarge { limit },
        DocxError::ZipBomb { .. } => ReadError::ZipBomb,
        _ => ReadError::broken("docx"),
    })?;
    let mut notes = Vec::new();
    if read.tracked_changes {
        notes.push(Note::TrackedChanges);
    }
    if read.pictures > 0 {
        notes.push(Note::Pictures { count: read.pictures });
    }
    if read.hidden_words > 0 {
        notes.push(Note::Hidden { words: read.hidden_words, characters: 0 });
    }
    Ok(Text { text: read.text, format: "docx", encoding: None, title: read.title, notes, transcript: None })
}

fn replaced(count: usize) -> Vec<Note> {
    if count == 0 { Vec::new() } else { vec![Note::Replaced { count }] }
}

/// The encoding that an HTML page declares.
fn declared(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(HTML_CHARSET_WITHIN)]).to_ascii_lowercase();
    let at = head.find("charset=")? + "charset=".len();
    let label: String = head[at..]
        .trim_start_matches(['"', '\''])
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        .collect();
    Encoding::for_label(label.as_bytes())
}
