//! `homeroom measure ocr`: character error rate on pages that are drawn and photographed here, by seed.

use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context, Result, bail};
use fontdb::{Database, Family, Query, Source};
use homeroom_core::Picture;
use homeroom_lexicon::Lexicon;
use homeroom_measure::bootstrap::{Bootstrap, Statistic};
use homeroom_measure::edit_distance;
use homeroom_measure::report::Figures;
use homeroom_measure::rng::SplitMix64;
use homeroom_page::render::{Camera, Font, Setting, page, photograph};
use homeroom_page::{PageError, encode_png, read_page};
use serde_json::{Map, json};

use super::Common;
use crate::eyes::Eyes;
use crate::progress::Progress;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Also write the photos, what was read and what should have been, to this folder
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    #[command(flatten)]
    common: Common,
}

/// The texts: pupils' English with its mistakes, and Chinese. Paragraphs are lines, texts are parted by empty lines.
const ENGLISH: &str = include_str!("../../../data/ocr-english.txt");
/// The same in Chinese.
const CHINESE: &str = include_str!("../../../data/ocr-chinese.txt");

/// Families of fonts, and the size in pixels at which small letters of each are about equally high.
const PRINT: [(&str, f32); 6] = [
    ("DejaVu Sans", 27.0),
    ("DejaVu Serif", 27.0),
    ("Liberation Sans", 29.0),
    ("Liberation Serif", 31.0),
    ("Noto Sans", 28.0),
    ("Noto Serif", 28.0),
];
/// Fonts made of somebody's handwriting.
const HANDWRITING: [(&str, f32); 6] = [
    ("Breip", 38.0),
    ("Delphine", 38.0),
    ("DkgHandwriting", 36.0),
    ("femkeklaver", 38.0),
    ("Rufscript", 36.0),
    ("Steve", 42.0),
];
/// Fonts of Chinese print.
const CHINESE_PRINT: [(&str, f32); 2] = [("Noto Sans CJK SC", 30.0), ("Noto Serif CJK SC", 30.0)];

/// One page to be read.
struct Item {
    kind: &'static str,
    family: &'static str,
    size: f32,
    font: Font,
    text: String,
    seed: u64,
}

pub(super) fn run(args: &Args) -> Result<ExitCode> {
    let eyes = Eyes::default();
    let see = eyes.model().map_err(|e| anyhow::anyhow!("{}", e.explain().en))?;
    let items = args.common.select(items()?)?;
    if let Some(keep) = &args.keep {
        std::fs::create_dir_all(keep).with_context(|| format!("make the folder {}", keep.display()))?;
    }
    let tesseract = Tesseract::find();
    let progress = Progress::new(args.common.json);
    progress.start("Reading", items.len());
    let mut rows: Vec<Row> = Vec::new();
    for (idx, item) in items.iter().enumerate() {
        let (photo, text) = photo(item, args.common.seed);
        let read = match read_page(&photo, see, Lexicon::shipped()) {
            Ok(page) => page.text(),
            // Not read is read wrong from the first character to the last.
            Err(PageError::NoText | PageError::Illegible { .. }) => String::new(),
            Err(error) => return Err(error).context("read a page"),
        };
        rows.push(Row::new(&format!("{}_cer", item.kind), item.family, &text, &read));
        let other = tesseract.as_ref().and_then(|t| t.read(&photo, item.kind == "chinese_print"));
        if let Some(other) = &other {
            rows.push(Row::new(&format!("tesseract_{}_cer", item.kind), item.family, &text, other));
        }
        if let Some(keep) = &args.keep {
            let write = |end: &str, bytes: &[u8]| {
                let path = keep.join(format!("{idx:02}-{}.{end}", item.family.replace(' ', "-")));
                std::fs::write(&path, bytes).with_context(|| format!("write {}", path.display()))
            };
            write("png", &encode_png(&photo))?;
            write("read.txt", read.as_bytes())?;
            write("true.txt", text.as_bytes())?;
        }
        progress.step();
    }
    progress.finish();
    let mut names: Vec<String> = Vec::new();
    for row in &rows {
        if !names.contains(&row.name) {
            names.push(row.name.clone());
        }
    }
    let mut figures = Figures::default();
    for name in names {
        let of: Vec<&Row> = rows.iter().filter(|r| r.name == name).collect();
        if !name.contains("chinese") {
            push(&mut figures, &name, &of, |r| r.with_spaces)?;
        }
        push(&mut figures, &format!("{name}_no_spaces"), &of, |r| r.without_spaces)?;
    }
    let mut fonts: Vec<&str> = items.iter().map(|i| i.family).collect();
    fonts.sort_unstable();
    fonts.dedup();
    let mut extra = Map::new();
    extra.insert("fonts".to_owned(), json!(fonts));
    extra.insert("by_font".to_owned(), json!(by_font(&rows)));
    extra.insert("tesseract".to_owned(), json!(tesseract.map(|t| t.version)));
    let mut table = String::from("\nCharacter error rate without spaces by font\n");
    for (name, family, rate) in by_font(&rows) {
        table.push_str(&format!("{name:32} {family:20} {rate:.3}\n"));
    }
    args.common.print("ocr", &[&PathBuf::from("drawn pages")], figures, extra, &table)
}

fn push(figures: &mut Figures, name: &str, rows: &[&Row], counts: fn(&Row) -> (usize, usize)) -> Result<()> {
    let counts: Vec<Vec<f64>> = rows
        .iter()
        .map(|r| {
            let (errors, n) = counts(r);
            vec![errors as f64, n as f64]
        })
        .collect();
    let ratio = Statistic::Of(&|sums: &[f64]| (sums[1] > 0.0).then(|| sums[0] / sums[1]));
    let found = Bootstrap::default().counts(&counts, &[ratio]).context("resample the pages")?;
    if let Some(Some(interval)) = found.into_iter().next() {
        figures.push(name, interval.figure("errors per character"));
    }
    Ok(())
}

/// What was read of a page, counted.
struct Row {
    name: String,
    family: &'static str,
    /// Edits, and characters of the page's text.
    with_spaces: (usize, usize),
    without_spaces: (usize, usize),
}

impl Row {
    fn new(name: &str, family: &'static str, text: &str, read: &str) -> Row {
        let spaced = |s: &str| same_marks(&s.split_whitespace().collect::<Vec<_>>().join(" "));
        let solid = |s: &str| same_marks(&s.split_whitespace().collect::<String>());
        let count = |a: Vec<char>, b: Vec<char>| (edit_distance(&a, &b), a.len());
        Row {
            name: name.to_owned(),
            family,
            with_spaces: count(spaced(text), spaced(read)),
            without_spaces: count(solid(text), solid(read)),
        }
    }
}

/// Typographic quotes and dashes, and full-width punctuation, count as the plain ones.
fn same_marks(text: &str) -> Vec<char> {
    text.chars()
        .map(|c| match c {
            '‘' | '’' => '\'',
            '“' | '”' => '"',
            '–' | '—' => '-',
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
            c => c,
        })
        .collect()
}

fn by_font(rows: &[Row]) -> Vec<(String, String, f64)> {
    let mut out: Vec<(String, String, f64, f64)> = Vec::new();
    for row in rows {
        let (errors, n) = (row.without_spaces.0 as f64, row.without_spaces.1 as f64);
        match out.iter_mut().find(|(name, family, ..)| *name == row.name && family == row.family) {
            Some(entry) => {
                entry.2 += errors;
                entry.3 += n;
            }
            None => out.push((row.name.clone(), row.family.to_owned(), errors, n)),
        }
    }
    out.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.cmp(&b.1)));
    out.into_iter().map(|(name, family, errors, n)| (name, family, errors / n.max(1.0))).collect()
}

/// Every text in every font that is installed.
fn items() -> Result<Vec<Item>> {
    let mut fonts = Database::new();
    fonts.load_system_fonts();
    let mut items = Vec::new();
    for (kind, families, texts) in [
        ("print", PRINT.as_slice(), ENGLISH),
        ("handwriting", HANDWRITING.as_slice(), ENGLISH),
        ("chinese_print", CHINESE_PRINT.as_slice(), CHINESE),
    ] {
        let mut missing = Vec::new();
        for &(family, size) in families {
            for (number, text) in texts.trim().split("\n\n").enumerate() {
                let Some(font) = font(&fonts, family) else {
                    missing.push(family);
                    break;
                };
                let seed = (items.len() * 31 + number) as u64;
                items.push(Item { kind, family, size, font, text: text.trim().to_owned(), seed });
            }
        }
        if !missing.is_empty() {
            eprintln!("Not installed, so not measured ({kind}): {}", missing.join(", "));
        }
    }
    if items.is_empty() {
        bail!("none of the fonts is installed: scripts/setup.sh --tests installs them");
    }
    Ok(items)
}

fn font(fonts: &Database, family: &str) -> Option<Font> {
    let id = fonts.query(&Query { families: &[Family::Name(family)], ..Query::default() })?;
    let face = fonts.face(id)?;
    let bytes = match &face.source {
        Source::File(path) | Source::SharedFile(path, _) => std::fs::read(path).ok()?,
        Source::Binary(bytes) => (**bytes).as_ref().to_vec(),
    };
    Font::parse(bytes, face.index)
}

/// The photo of an item's page, and the part of the text that is on it.
fn photo(item: &Item, seed: u64) -> (Picture, String) {
    let mut random = SplitMix64::new(seed.wrapping_mul(1_000_003).wrapping_add(item.seed));
    let mut between = |low: f64, high: f64| (low + (high - low) * random.unit()) as f32;
    // A character that the font lacks is not on the page.
    let text: String = item.text.chars().filter(|c| item.font.covers(&c.to_string())).collect();
    let ink = [[25, 25, 30], [30, 40, 110], [50, 50, 50]][between(0.0, 2.99) as usize];
    let setting = Setting {
        width: 1654,
        size: item.size * between(0.9, 1.2),
        pitch: between(1.5, 2.0),
        margin: between(120.0, 180.0),
        indent: if between(0.0, 1.0) < 0.5 { 0.0 } else { 2.0 },
        ink,
        paper: [250, 249, 245],
    };
    let (drawn, room) = page(&item.font, &text, setting);
    let camera = Camera {
        turn: between(-0.06, 0.06),
        tilt: between(0.0, 0.03),
        blur: between(0.0, 1.2),
        shadow: between(0.0, 0.5),
        noise: between(0.0, 8.0),
        table: between(0.03, 0.12),
        seed: seed.wrapping_add(item.seed),
    };
    (photograph(&drawn, &camera), text[..room].to_owned())
}

/// The program tesseract, where it is installed.
struct Tesseract {
    version: String,
    chinese: bool,
}

impl Tesseract {
    fn find() -> Option<Tesseract> {
        let output = |arg: &str| {
            let out = Command::new("tesseract").arg(arg).stdin(Stdio::null()).output().ok()?;
            // Older versions print to the error stream.
            Some(String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr))
        };
        let Some(version) = output("--version").and_then(|o| Some(o.lines().next()?.to_owned())) else {
            eprintln!("tesseract is not installed, so it is not measured beside");
            return None;
        };
        let chinese = output("--list-langs").is_some_and(|langs| langs.lines().any(|l| l == "chi_sim"));
        Some(Tesseract { version, chinese })
    }

    fn read(&self, photo: &Picture, chinese: bool) -> Option<String> {
        if chinese && !self.chinese {
            return None;
        }
        let folder = tempfile::tempdir().ok()?;
        let path = folder.path().join("page.png");
        std::fs::write(&path, encode_png(photo)).ok()?;
        let out = Command::new("tesseract")
            .arg(&path)
            .args(["stdout", "-l", if chinese { "chi_sim" } else { "eng" }])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .output()
            .ok()?;
        out.status.success().then(|| String::from_utf8_lossy(&out.stdout).into_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_counted_with_and_without_spaces() {
        let row = Row::new("print_cer", "A", "I like it.\nYes", "Ilike jt. Yes");
        assert_eq!((row.with_spaces, row.without_spaces), ((2, 14), (1, 11)));
        assert_eq!(Row::new("print_cer", "A", "it's", "it’s").with_spaces, (0, 4));
        assert_eq!(edit_distance(&['a', 'b'], &[]), 2);
    }
}
