//! `homeroom read`: from photos of pages to transcripts that a person confirms.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use homeroom_core::{Bilingual, TranscriptStatus};
use homeroom_ingest::transcript::{self, Draft};
use homeroom_ingest::{Limits, ReadError, Roster, Source, collect, draft, is_picture, sheets};
use serde::Serialize;

use super::mark::pdf_child;
use super::{print, print_json};
use crate::assess::sha256;
use crate::eyes::Eyes;
use crate::files::write_whole;
use crate::progress::Progress;
use crate::sight::Sight;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Photos (.jpg .heic .png .webp), scanned .pdf files, and folders of them; with --confirm, transcripts or their photos
    #[arg(required = true, value_name = "PHOTO")]
    photos: Vec<PathBuf>,
    /// Folder for the transcripts [default: beside each photo, where `mark` looks for them]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Say that these transcripts have been compared with their photos: `mark` then relies on them
    #[arg(long, conflicts_with_all = ["out", "again"])]
    confirm: bool,
    /// Let a large model that sees read in place of the small one, which then says what is in doubt; one of `homeroom model
    /// list`. The photos go to it as they are
    #[arg(long, value_name = "NAME", conflicts_with = "confirm")]
    model: Option<String>,
    /// Read again what has a transcript; what you corrected in it is lost
    #[arg(long)]
    again: bool,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Report {
    transcripts: Vec<Read>,
    failed: Vec<Failed>,
    /// Photos that `mark` takes as the pages of one essay, going by their names.
    joined: Vec<Vec<String>>,
}

#[derive(Serialize)]
struct Read {
    file: String,
    transcript: PathBuf,
    status: &'static str,
    words: usize,
    doubtful: usize,
    paragraphs: Vec<Vec<WordOut>>,
    crossed_out: Vec<String>,
    margin: Vec<String>,
    red: Vec<String>,
    /// The large model that read it.
    reader: Option<String>,
    /// Whether it was there already and was left alone.
    kept: bool,
}

#[derive(Serialize)]
struct WordOut {
    text: String,
    confidence: f32,
    doubtful: bool,
}

#[derive(Serialize)]
struct Failed {
    file: String,
    code: String,
    reason: Bilingual,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    if let Some(path) = args.photos.iter().find(|p| !p.exists()) {
        bail!("there is no file or folder {}", path.display());
    }
    let report = if args.confirm { confirm(args)? } else { read(args)? };
    if args.json {
        print_json(&report)?;
    } else {
        print(&table(&report, args.confirm))?;
    }
    Ok(if report.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn read(args: &Args) -> Result<Report> {
    let limits = Limits::default();
    let child = pdf_child()?;
    let eyes = match &args.model {
        Some(name) => Eyes::seeing(Sight::new(name)?),
        None => Eyes::default(),
    };
    if let Some(out) = &args.out {
        fs::create_dir_all(out).with_context(|| format!("make the folder {}", out.display()))?;
    }
    // In a folder only what may be a photo is meant; a file that was named is always.
    let named: Vec<PathBuf> = args.photos.iter().filter_map(|p| fs::canonicalize(p).ok()).collect();
    let sources: Vec<Source> = collect(&args.photos, &limits)
        .into_iter()
        .filter(|s| !s.is_entry())
        .filter(|s| fs::canonicalize(&s.path).is_ok_and(|p| named.contains(&p)) || may_be_photo(&s.path))
        .collect();
    if sources.is_empty() {
        bail!("no photos or .pdf files there");
    }
    let progress = Progress::new(args.json);
    progress.start("Reading", sources.len());
    let mut report = Report { transcripts: Vec::new(), failed: Vec::new(), joined: Vec::new() };
    for source in &sources {
        let name = source.path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        let file = transcript::file_of(&name);
        let folder = args.out.clone().or_else(|| source.path.parent().map(Path::to_path_buf)).unwrap_or_default();
        let path = folder.join(&file);
        let kept = (!args.again).then(|| fs::read_to_string(&path).ok()).flatten().and_then(|t| transcript::parse(&t));
        if let Some(kept) = kept {
            report.transcripts.push(as_kept(source.name.clone(), path, &kept));
            progress.step();
            continue;
        }
        let read = source.bytes(&limits).and_then(|bytes| Ok((draft(&name, &bytes, &limits, &child, &eyes)?, bytes)));
        match read {
            Ok((draft, bytes)) => {
                let text = transcript::write(&draft, &name, &sha256(&bytes), &file);
                write(&path, &text)?;
                report.transcripts.push(as_read(source.name.clone(), path, draft));
            }
            Err(error) => report.failed.push(failed(source.name.clone(), &error)),
        }
        progress.step();
    }
    progress.finish();
    if let (Some(sight), false) = (eyes.sight(), args.json) {
        eprintln!("{}", sight.spent());
    }
    let names: Vec<&str> = sources.iter().map(|s| s.name.as_str()).collect();
    let joined = sheets(&names, &Roster::default()).joined;
    report.joined = joined.iter().map(|s| s.pages.iter().map(|&at| names[at].to_owned()).collect()).collect();
    Ok(report)
}

fn may_be_photo(path: &Path) -> bool {
    let name = path.to_string_lossy();
    let pdf = path.extension().is_some_and(|e| e.eq_ignore_ascii_case("pdf"));
    let mut head = [0; 16];
    let n = fs::File::open(path).and_then(|mut f| std::io::Read::read(&mut f, &mut head)).unwrap_or(0);
    pdf || is_picture(&name, &head[..n])
}

fn write(path: &Path, transcript: &str) -> Result<()> {
    write_whole(path, transcript.as_bytes()).with_context(|| format!("write {}", path.display()))
}

fn status(status: TranscriptStatus) -> &'static str {
    match status {
        TranscriptStatus::Unconfirmed => "unconfirmed",
        TranscriptStatus::Confirmed => "confirmed",
    }
}

fn as_read(file: String, transcript: PathBuf, draft: Draft) -> Read {
    let word = |w: transcript::DraftWord| WordOut { text: w.text, confidence: w.confidence, doubtful: w.doubtful };
    Read {
        file,
        transcript,
        status: status(TranscriptStatus::Unconfirmed),
        words: draft.text().split_whitespace().count(),
        doubtful: draft.doubtful(),
        paragraphs: draft.paragraphs.into_iter().map(|p| p.into_iter().map(word).collect()).collect(),
        crossed_out: draft.crossed_out,
        margin: draft.margin,
        red: draft.red,
        reader: draft.reader,
        kept: false,
    }
}

/// A transcript that was there already.
fn as_kept(file: String, path: PathBuf, kept: &transcript::Transcript) -> Read {
    Read {
        file,
        transcript: path,
        status: status(kept.status),
        words: kept.text.split_whitespace().count(),
        doubtful: kept.doubtful,
        paragraphs: Vec::new(),
        crossed_out: Vec::new(),
        margin: Vec::new(),
        red: Vec::new(),
        reader: None,
        kept: true,
    }
}

fn failed(file: String, error: &ReadError) -> Failed {
    Failed { file, code: error.code().to_owned(), reason: error.explain() }
}

/// Sets the status of transcripts; a photo stands for the transcript beside it.
fn confirm(args: &Args) -> Result<Report> {
    let mut report = Report { transcripts: Vec::new(), failed: Vec::new(), joined: Vec::new() };
    for given in &args.photos {
        let name = given.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        let path = match name.ends_with(transcript::SUFFIX) {
            true => given.clone(),
            false => given.with_file_name(transcript::file_of(&name)),
        };
        let text = fs::read_to_string(&path)
            .with_context(|| format!("read the transcript {} (`homeroom read` writes it)", path.display()))?;
        let Some(confirmed) = transcript::confirmed(&text) else {
            bail!("{} is no transcript of `homeroom read`", path.display());
        };
        write(&path, &confirmed)?;
        let now = transcript::parse(&confirmed).context("read the transcript that was written")?;
        report.transcripts.push(as_kept(now.of.clone(), path, &now));
    }
    Ok(report)
}

fn table(report: &Report, confirm: bool) -> String {
    let mut out = String::new();
    for read in &report.transcripts {
        let state = match (confirm, read.kept) {
            (true, _) => "confirmed".to_owned(),
            (false, true) => format!("{}, left as it is (--again reads it anew)", read.status),
            (false, false) => read.status.to_owned(),
        };
        let _ = writeln!(
            out,
            "{}: {} words, {} doubtful, {state}: {}",
            read.file,
            read.words,
            read.doubtful,
            read.transcript.display()
        );
        for (what, items) in
            [("crossed out", &read.crossed_out), ("in the margin", &read.margin), ("in red ink", &read.red)]
        {
            if !items.is_empty() {
                let _ = writeln!(out, "  {what}, left out: {}", items.join(" | "));
            }
        }
    }
    for failed in &report.failed {
        let _ = writeln!(out, "{}: not read: {}", failed.file, failed.reason.en);
    }
    for pages in &report.joined {
        let _ = writeln!(out, "{}: `mark` joins them as {} pages of one essay", pages.join(", "), pages.len());
    }
    if report.transcripts.iter().any(|r| !r.kept) {
        out.push_str(
            "\nCompare each transcript with its photo, correct it, and write `confirmed` after `status:` (or run `homeroom \
             read --confirm FILE`). `homeroom mark` takes the transcript in place of the photo.\n",
        );
    }
    out
}
