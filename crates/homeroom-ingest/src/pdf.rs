//! PDF files, read by PDFium in a process of its own.
//!
//! PDFium is a large C++ library fed with files from strangers. The process that reads a file has a limit of memory, of
//! time and of pages, and when it crashes, one essay is reported as broken and the others go on.
//!
//! The binary runs itself again with a hidden subcommand, which calls [`child_main`]; [`read_in_child`] starts it and
//! talks to it: a line of JSON with the limits and then the file goes in, one JSON object comes out.

mod paragraphs;

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;

use homeroom_core::Picture;
use pdfium_render::prelude::{
    PdfColor, PdfDocument, PdfPage, PdfPageObjectsCommon, PdfPageTextChar, PdfRenderConfig, Pdfium, PdfiumError,
    PdfiumInternalError,
};
use serde::{Deserialize, Serialize};

use crate::text::{Note, Text};
use crate::{Limits, ReadError};
use paragraphs::Line;

/// Longest answer of a child that is read, in bytes: JSON of the longest text, each character escaped.
const MAX_REPLY: u64 = 8 << 20;
/// Longest line of limits at the start of a child's input, in bytes.
const MAX_HEADER: u64 = 1 << 10;
/// Share of characters without a meaning, from which on a page's text is of no use: its fonts do not say which
/// characters they draw.
const MAX_MEANINGLESS: f64 = 0.3;
/// What scanner apps print on the pages that they make.
const WATERMARKS: [&str; 4] =
    ["Scanned by CamScanner", "Scanned with CamScanner", "扫描全能王 创建", "由扫描全能王扫描创建"];

/// How to start the process that reads one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Child {
    /// The program, as a rule this one.
    pub exe: PathBuf,
    /// Its arguments; they lead to [`child_main`].
    pub args: Vec<OsString>,
}

impl Child {
    /// The program `exe` with `args`.
    pub fn new<A: Into<OsString>>(exe: impl Into<PathBuf>, args: impl IntoIterator<Item = A>) -> Self {
        Self { exe: exe.into(), args: args.into_iter().map(Into::into).collect() }
    }
}

/// Longest side of a page that is rendered, in pixels: 220 dots an inch of A4, at which small print is read.
const PAGE_SIDE: f32 = 2600.0;
/// Most dots an inch of a page that is rendered; more shows nothing new.
const MAX_DPI: f32 = 300.0;
/// Most bytes of a rendered page: the longest side squared, 3 bytes a pixel, and its size in front.
const MAX_PAGE: u64 = 24 << 20;

#[derive(Debug, Serialize, Deserialize)]
struct Header {
    pages: usize,
    memory: u64,
    seconds: u64,
    /// Index of the page to render; without it the text is wanted.
    page: Option<usize>,
}

#[derive(Debug, Serialize, Deserialize)]
enum Reply {
    Read { text: String, pages_without_text: Vec<usize>, running_heads: usize, hidden_words: usize },
    Failed(ReadError),
}

/// Reads a PDF file in a process of its own.
///
/// # Errors
/// [`ReadError::NoPdfium`], [`ReadError::Encrypted`], [`ReadError::TooManyPages`], [`ReadError::ScannedWithoutText`],
/// [`ReadError::Empty`], [`ReadError::TimedOut`], and [`ReadError::Broken`], also where the process crashed.
pub fn read_in_child(child: &Child, bytes: &[u8], limits: &Limits) -> Result<Text, ReadError> {
    let seconds = limits.pdf_time.as_secs().max(1);
    let (answer, status) = exchange(child, bytes, None, MAX_REPLY, limits)?;
    match serde_json::from_slice(&answer) {
        Ok(Reply::Read { text, pages_without_text, running_heads, hidden_words }) => {
            let mut notes = Vec::new();
            if !pages_without_text.is_empty() {
                notes.push(Note::PagesWithoutText { pages: pages_without_text });
            }
            if running_heads > 0 {
                notes.push(Note::RunningHeads { count: running_heads });
            }
            if hidden_words > 0 {
                notes.push(Note::Hidden { words: hidden_words, characters: 0 });
            }
            Ok(Text { text, format: "pdf", encoding: None, title: None, notes, transcript: None })
        }
        Ok(Reply::Failed(ReadError::TimedOut { .. })) => Err(ReadError::TimedOut { seconds }),
        Ok(Reply::Failed(error)) => Err(error),
        Err(_) if ran_out_of_time(status) => Err(ReadError::TimedOut { seconds }),
        Err(_) => Err(ReadError::broken("pdf")),
    }
}

/// Renders a page of a PDF file in a process of its own. `page`: index from 0.
///
/// # Errors
/// As [`read_in_child`]; [`ReadError::Broken`] also for a page that the file lacks.
pub fn page_in_child(child: &Child, bytes: &[u8], page: usize, limits: &Limits) -> Result<Picture, ReadError> {
    let (answer, status) = exchange(child, bytes, Some(page), MAX_PAGE, limits)?;
    if let Ok(Reply::Failed(error)) = serde_json::from_slice(&answer) {
        return Err(error);
    }
    let broken = || match ran_out_of_time(status) {
        true => ReadError::TimedOut { seconds: limits.pdf_time.as_secs().max(1) },
        false => ReadError::broken("pdf"),
    };
    // A line with width and height, then 3 bytes a pixel.
    let end = answer.iter().take(MAX_HEADER as usize).position(|b| *b == b'\n').ok_or_else(broken)?;
    let size = std::str::from_utf8(&answer[..end]).ok().and_then(|line| line.split_once(' '));
    let (width, height) = size.and_then(|(w, h)| Some((w.parse().ok()?, h.parse().ok()?))).ok_or_else(broken)?;
    Picture::from_rgb(width, height, answer[end + 1..].to_vec()).ok_or_else(broken)
}

/// Gives a file to a child and takes its answer. `page`: the one to render.
fn exchange(
    child: &Child,
    bytes: &[u8],
    page: Option<usize>,
    max_reply: u64,
    limits: &Limits,
) -> Result<(Vec<u8>, std::process::ExitStatus), ReadError> {
    let seconds = limits.pdf_time.as_secs().max(1);
    let mut process = Command::new(&child.exe)
        .args(&child.args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|e| ReadError::io(&e))?;
    let stdin = process.stdin.take();
    let stdout = process.stdout.take();
    let mut header = serde_json::to_vec(&Header { pages: limits.pdf_pages, memory: limits.pdf_memory, seconds, page })
        .expect("invariant: numbers are JSON");
    header.push(b'\n');
    let answer = thread::scope(|scope| {
        // Both ends at once: the child may answer before it has read everything.
        scope.spawn(move || {
            if let Some(mut stdin) = stdin {
                // A child that stops reading has its reason in the answer.
                let _ = stdin.write_all(&header).and_then(|()| stdin.write_all(bytes));
            }
        });
        let (sender, receiver) = mpsc::channel();
        scope.spawn(move || {
            let mut answer = Vec::new();
            if let Some(stdout) = stdout {
                let _ = stdout.take(max_reply).read_to_end(&mut answer);
            }
            let _ = sender.send(answer);
        });
        let answer = receiver.recv_timeout(limits.pdf_time).ok();
        if answer.is_none() {
            let _ = process.kill();
        }
        answer
    });
    let _ = process.kill();
    let status = process.wait().map_err(|e| ReadError::io(&e))?;
    let Some(answer) = answer else { return Err(ReadError::TimedOut { seconds }) };
    Ok((answer, status))
}

#[cfg(unix)]
fn ran_out_of_time(status: std::process::ExitStatus) -> bool {
    use std::os::unix::process::ExitStatusExt;
    status.signal() == Some(rustix::process::Signal::XCPU.as_raw())
}

#[cfg(not(unix))]
fn ran_out_of_time(_: std::process::ExitStatus) -> bool {
    false
}

/// The child's side of [`read_in_child`]: limits and file from `input`, the answer to `output`.
///
/// # Errors
/// If `input` can't be read or `output` can't be written. That a file can't be read is an answer.
pub fn child_main(mut input: impl Read, mut output: impl Write) -> io::Result<()> {
    // One byte at a time and unbuffered: what follows the line belongs to the file.
    let mut line = Vec::new();
    let mut byte = [0_u8];
    while (line.len() as u64) < MAX_HEADER && input.read(&mut byte)? == 1 && byte != *b"\n" {
        line.extend_from_slice(&byte);
    }
    let header: Header = serde_json::from_slice(&line)?;
    limit(&header);
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes)?;
    if let Some(page) = header.page {
        match render(&bytes, page) {
            Ok((width, height, rgb)) => {
                writeln!(output, "{width} {height}")?;
                output.write_all(&rgb)?;
            }
            Err(error) => serde_json::to_writer(&mut output, &Reply::Failed(error))?,
        }
        return output.flush();
    }
    let reply = match extract(&bytes, header.pages) {
        Ok(reply) => reply,
        Err(error) => Reply::Failed(error),
    };
    serde_json::to_writer(&mut output, &reply)?;
    output.flush()
}

#[cfg(unix)]
fn limit(header: &Header) {
    use rustix::process::{Resource, Rlimit, setrlimit};
    let set = |resource, value| {
        // Where the system has a lower limit already, that one stays.
        let _ = setrlimit(resource, Rlimit { current: Some(value), maximum: Some(value) });
    };
    set(Resource::As, header.memory);
    set(Resource::Cpu, header.seconds + 1);
    set(Resource::Core, 0);
    set(Resource::Fsize, MAX_REPLY);
}

#[cfg(not(unix))]
fn limit(_: &Header) {}

/// Where libpdfium is looked for: `HOMEROOM_PDFIUM` (the file or its folder), the folder of the program, and
/// `homeroom/lib` in the user's data folder, where `scripts/fetch-pdfium.sh` puts it. The system's own comes last.
#[must_use]
pub fn library_paths() -> Vec<PathBuf> {
    let at = |folder: &Path| Pdfium::pdfium_platform_library_name_at_path(folder);
    let mut paths = Vec::new();
    if let Some(named) = std::env::var_os("HOMEROOM_PDFIUM").map(PathBuf::from) {
        paths.push(if named.is_dir() { at(&named) } else { named });
    }
    if let Some(folder) = std::env::current_exe().ok().and_then(|exe| exe.parent().map(Path::to_path_buf)) {
        paths.push(at(&folder));
    }
    let data = std::env::var_os("XDG_DATA_HOME").filter(|home| !home.is_empty()).map(PathBuf::from).or_else(|| {
        let home = std::env::var_os("HOME")?;
        Some(Path::new(&home).join(".local/share"))
    });
    paths.extend(data.map(|data| at(&data.join("homeroom/lib"))));
    paths
}

fn bind() -> Result<Pdfium, ReadError> {
    for path in library_paths().iter().filter(|path| path.is_file()) {
        if let Ok(bindings) = Pdfium::bind_to_library(path) {
            return Ok(Pdfium::new(bindings));
        }
    }
    Pdfium::bind_to_system_library().map(Pdfium::new).map_err(|_| ReadError::NoPdfium)
}

fn load<'a>(pdfium: &'a Pdfium, bytes: &'a [u8]) -> Result<PdfDocument<'a>, ReadError> {
    pdfium.load_pdf_from_byte_slice(bytes, None).map_err(|error| match error {
        PdfiumError::PdfiumLibraryInternalError(
            PdfiumInternalError::PasswordError | PdfiumInternalError::SecurityError,
        ) => ReadError::Encrypted { format: "pdf".to_owned() },
        _ => ReadError::broken("pdf"),
    })
}

/// A page as width, height and 3 bytes a pixel.
fn render(bytes: &[u8], page: usize) -> Result<(usize, usize, Vec<u8>), ReadError> {
    let broken = |_| ReadError::broken("pdf");
    let pdfium = bind()?;
    let document = load(&pdfium, bytes)?;
    let index = i32::try_from(page).map_err(|_| ReadError::broken("pdf"))?;
    let page = document.pages().get(index).map_err(broken)?;
    let (width, height) = (page.width().value.max(1.0), page.height().value.max(1.0));
    // A point is a 72nd of an inch.
    let scale = (PAGE_SIDE / width.max(height)).min(MAX_DPI / 72.0);
    let side = |points: f32| (points * scale).round().max(1.0) as i32;
    let config = PdfRenderConfig::new().set_target_size(side(width), side(height));
    let bitmap = page.render_with_config(&config).map_err(broken)?;
    let rgb = bitmap.as_rgba_bytes().chunks_exact(4).flat_map(|p| [p[0], p[1], p[2]]).collect();
    Ok((bitmap.width() as usize, bitmap.height() as usize, rgb))
}

fn extract(bytes: &[u8], max_pages: usize) -> Result<Reply, ReadError> {
    let pdfium = bind()?;
    let document = load(&pdfium, bytes)?;
    let n_pages = usize::try_from(document.pages().len()).unwrap_or(0);
    if n_pages > max_pages {
        return Err(ReadError::TooManyPages { pages: n_pages, limit: max_pages });
    }
    let mut pages = Vec::new();
    let mut pages_without_text = Vec::new();
    let mut has_objects = false;
    let mut hidden_words = 0;
    let mut width = 0.0f32;
    for (idx, page) in document.pages().iter().enumerate() {
        let lines = lines(&page, &mut hidden_words);
        width = width.max(page.width().value);
        if lines.is_empty() {
            pages_without_text.push(idx + 1);
            has_objects |= !page.objects().is_empty();
        }
        pages.push(lines);
    }
    let n_chars = |test: &dyn Fn(char) -> bool| -> usize {
        pages.iter().flatten().map(|line| line.text.chars().filter(|&c| test(c)).count()).sum()
    };
    let all = n_chars(&|c| !c.is_whitespace());
    let meaningless = n_chars(&|c| c == '\u{FFFD}' || c.is_control() || matches!(c, '\u{E000}'..='\u{F8FF}'));
    if all == 0 || meaningless as f64 > MAX_MEANINGLESS * all as f64 {
        let scanned = has_objects || all > 0;
        return Err(if scanned { ReadError::ScannedWithoutText { pages: n_pages } } else { ReadError::Empty });
    }
    let (text, running_heads) = paragraphs::join(pages, width);
    Ok(Reply::Read { text, pages_without_text, running_heads, hidden_words })
}

/// Largest letters that nobody can read, in points.
const TINY: f32 = 2.0;
/// Least of red, green and blue that cannot be told from paper.
const WHITE: u8 = 0xF8;

/// Whether no reader sees a letter: it is tiny, or white on white paper.
fn is_hidden(char: &PdfPageTextChar<'_>) -> bool {
    let size = char.scaled_font_size().value;
    let white = |c: PdfColor| c.red() >= WHITE && c.green() >= WHITE && c.blue() >= WHITE;
    (size > 0.0 && size < TINY) || char.fill_color().is_ok_and(white)
}

/// The lines of a page, as PDFium orders them. Words that no reader sees are counted and left out.
fn lines(page: &PdfPage<'_>, hidden_words: &mut usize) -> Vec<Line> {
    let Ok(text) = page.text() else { return Vec::new() };
    let mut in_hidden = false;
    let mut lines: Vec<Line> = Vec::new();
    let mut line = Line::default();
    let mut baselines: Vec<f32> = Vec::new();
    let mut end = |line: &mut Line, baselines: &mut Vec<f32>| {
        let mut done = std::mem::take(line);
        done.text = done.text.trim_end().to_owned();
        let lead = done.text.len() - done.text.trim_start().len();
        done.text.drain(..lead);
        baselines.sort_by(f32::total_cmp);
        done.baseline = baselines.get(baselines.len() / 2).copied().unwrap_or(0.0);
        baselines.clear();
        if !done.text.is_empty() && !WATERMARKS.contains(&done.text.as_str()) {
            lines.push(done);
        }
    };
    for char in text.chars().iter() {
        let value = char.unicode_value();
        if value == u32::from('\n') || value == u32::from('\r') {
            end(&mut line, &mut baselines);
            in_hidden = false;
            continue;
        }
        // PDFium gives a hyphen that it takes for the page's, not the word's, as one of these.
        let c = match value {
            2 | 0xAD | 0xFFFE => '\u{AD}',
            value => char::from_u32(value).unwrap_or('\u{FFFD}'),
        };
        if c == '\0' {
            continue;
        }
        let hidden = !c.is_whitespace() && is_hidden(&char);
        *hidden_words += usize::from(hidden && !in_hidden);
        in_hidden = hidden;
        if hidden {
            continue;
        }
        line.text.push(if c == '\u{A0}' { ' ' } else { c });
        if c.is_whitespace() {
            continue;
        }
        if let Ok(bounds) = char.loose_bounds() {
            let (left, right) = (bounds.left().value, bounds.right().value);
            let fresh = baselines.is_empty();
            line.left = if fresh { left } else { line.left.min(left) };
            line.right = if fresh { right } else { line.right.max(right) };
        }
        line.size = line.size.max(char.scaled_font_size().value);
        if let Ok(y) = char.origin_y() {
            baselines.push(y.value);
        }
    }
    end(&mut line, &mut baselines);
    lines
}
