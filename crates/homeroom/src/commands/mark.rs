//! `homeroom mark`: from files to a marked class.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind::NotFound;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, bail};
use homeroom_core::ability::Embed;
use homeroom_core::{
    AssignmentId, Bilingual, Document, Evidence, Pupil, PupilId, Rubric, SubmissionId, TranscriptStatus,
};
use homeroom_ingest::pdf::Child;
use homeroom_ingest::{
    Limits, Note, ReadError, ReadPictures, Roster, Sheets, Sorted, Source, Text, collect, joined, read_bytes,
    read_with, sheets, transcript,
};
use homeroom_report::{EssayOutcome, Summary};
use homeroom_scoring::{parse_rubric, rubric, rubrics};
use rayon::prelude::*;

use super::{now, print, print_json};
use crate::advice::{Advice, estimate};
use crate::assess::{Task, evidence, sha256};
use crate::deep::{VERSION, deepen, lacking};
use crate::eyes::Eyes;
use crate::meaning;
use crate::progress::Progress;
use crate::render::render;
use crate::store::{Batch, Failure, Store};

/// Exit status after Ctrl-C, as shells expect it.
const INTERRUPTED: u8 = 130;
/// What a program without the feature says.
pub(crate) const NO_PDF: &str = "this homeroom was built without PDF reports; build it with the feature `pdf`";
/// Version of `batch.json`.
const BATCH_SCHEMA: u32 = 1;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Files, folders and zip archives; photos are read by the model `pp-ocr`, or by their transcripts (`homeroom read`)
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Rubric: an id of `homeroom rubrics`, or a .toml file of your own
    #[arg(long, value_name = "ID")]
    rubric: String,
    /// File with the prompt: relevance is judged by it
    #[arg(long, value_name = "FILE")]
    prompt: Option<PathBuf>,
    /// Roster as CSV with the columns id, name, class, file
    #[arg(long, value_name = "FILE")]
    roster: Option<PathBuf>,
    /// Folder that the marked class is written to; running again goes on where it stopped
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Language of the pages
    #[arg(long, value_parser = ["en", "zh", "both"], default_value = "both")]
    lang: String,
    /// Name of the assignment [default: the prompt's first line, or the folder's name]
    #[arg(long)]
    title: Option<String>,
    /// Folder with the class's last assignment, to compare with
    #[arg(long, value_name = "DIR")]
    previous: Option<PathBuf>,
    /// Also write PDF reports
    #[arg(long)]
    pdf: bool,
    /// Then look deeper, with a small language model's own probabilities: the plain result is there first, and its
    /// findings are added essay by essay (`homeroom pull smollm2-135m`)
    #[arg(long, env = "HOMEROOM_DEEP")]
    deep: bool,
    /// Also ask this language model (`homeroom model list`): its corrections are checked by the small one, its judgements
    /// stand beside the marks; implies --deep
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// Tell what the model would read and write, and what that would cost, and send nothing
    #[arg(long, requires = "model")]
    estimate: bool,
    /// Write down what the model answers, to be replayed
    #[arg(long, value_name = "FILE", requires = "model")]
    record: Option<PathBuf>,
    /// Most tokens that the model may read and write in this run
    #[arg(long, value_name = "N", requires = "model")]
    max_tokens: Option<u64>,
    /// Most money that the model may cost in this run, in the currency of its price
    #[arg(long, value_name = "AMOUNT", requires = "model")]
    max_cost: Option<f64>,
    /// Take every picture as an essay of its own, also where names say that they are pages of one (`li-ming-1.jpg`,
    /// `li-ming-2.jpg`)
    #[arg(long)]
    separate: bool,
    /// Judge every essay anew, also those that have been judged already
    #[arg(long)]
    fresh: bool,
    /// Essays judged at the same time [default: the number of cores]
    #[arg(long, value_name = "N")]
    jobs: Option<usize>,
    /// Print summary.json instead of the table
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    if args.pdf && !cfg!(feature = "pdf") {
        bail!("{NO_PDF}, or leave out --pdf");
    }
    let rubric = load_rubric(&args.rubric)?;
    let limits = Limits::default();
    let child = pdf_child()?;
    let prompt = args.prompt.as_deref().map(|p| read_prompt(p, &rubric, &limits, &child)).transpose()?;
    let roster = args.roster.as_deref().map(read_roster).transpose()?;
    if let Some(path) = args.paths.iter().find(|p| fs::symlink_metadata(p).is_err_and(|e| e.kind() == NotFound)) {
        bail!("there is no file or folder {}", path.display());
    }
    let sources = sources(args, &limits);
    if sources.is_empty() {
        bail!("no essays in {}; give files, folders or zip archives", names(&args.paths));
    }
    let store = Store::create(&args.out)?;
    let batch = batch(args, &store, rubric, prompt)?;
    store.set_batch(&batch)?;
    if let Some(jobs) = args.jobs {
        rayon::ThreadPoolBuilder::new().num_threads(jobs.max(1)).build_global().context("start the workers")?;
    }
    let interrupted = Arc::new(AtomicBool::new(false));
    let judged = Arc::new(AtomicBool::new(false));
    let (stop, at_once) = (Arc::clone(&interrupted), Arc::clone(&judged));
    let kept = args.out.display().to_string();
    ctrlc::set_handler(move || {
        if at_once.load(Ordering::SeqCst) {
            // Nothing is left but to write files, each in one step.
            eprintln!(
                "Stopped. Every essay is judged and kept in {kept}; run the same command again to write the rest."
            );
            std::process::exit(INTERRUPTED.into());
        }
        stop.store(true, Ordering::SeqCst);
    })
    .context("watch for Ctrl-C")?;

    let progress = Progress::new(args.json);
    let eyes = Eyes::default();
    let model = meaning::load();
    let embed = model.as_ref().map(|model| model as &dyn Embed);
    let work = Work {
        store: &store,
        batch: &batch,
        limits: &limits,
        child: &child,
        pictures: &eyes,
        embed,
        fresh: args.fresh,
    };
    let roster = roster.unwrap_or_default();
    let (essays, notices) = essays(sources, &roster, args.separate);
    let mut done = work.assess(identify(essays, &roster, &batch.assignment), &interrupted, &progress)?;
    done.doubtful.splice(0..0, notices);
    if interrupted.load(Ordering::SeqCst) {
        eprintln!(
            "Stopped. {} of {} essays are kept in {}; run the same command again to go on.",
            done.finished,
            done.total,
            args.out.display()
        );
        return Ok(ExitCode::from(INTERRUPTED));
    }
    let lacking = if batch.deep { lacking(&store, args.model.as_deref())? } else { Vec::new() };
    if let (true, Some(name)) = (args.estimate, args.model.as_deref()) {
        print(&estimate(name, &batch, &lacking)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    // A model is made ready only where it is asked.
    let asked = args.model.as_deref().filter(|_| !lacking.is_empty());
    let advice = asked.map(|name| {
        let limits = homeroom_model::Limits {
            tokens: args.max_tokens,
            money: args.max_cost,
            ..homeroom_model::Limits::default()
        };
        Advice::new(name, limits, args.record.as_deref(), &batch)
    });
    let advice = advice.transpose()?;
    if !lacking.is_empty() {
        render(&store, &progress)?;
        eprintln!("The plain result is in {}; deep findings are added as they come.", args.out.display());
        let deepened = deepen(&store, lacking, &work.task(), advice.as_ref(), &interrupted, &progress)?;
        for file in &deepened.broken {
            eprintln!("{file}: the language model broke down on it, and its plain result stands; please report it");
        }
        if !deepened.without.is_empty() {
            eprintln!(
                "{} gave no answer on {} of the essays, which have their marks without it; the same command asks again",
                args.model.as_deref().unwrap_or_default(),
                deepened.without.len()
            );
        }
        if let Some(advice) = &advice {
            eprintln!("{}", advice.spent());
        }
        if deepened.left > 0 {
            render(&store, &progress)?;
            let lack = if deepened.left == 1 { "essay lacks its" } else { "essays lack their" };
            eprintln!("Stopped. {} {lack} deep findings; run the same command again to go on.", deepened.left);
            return Ok(ExitCode::from(INTERRUPTED));
        }
    }
    judged.store(true, Ordering::SeqCst);
    let summary = render(&store, &progress)?;
    if args.json {
        print_json(&summary)?;
    } else {
        print(&table(&summary, store.dir(), &done.doubtful))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The rubric with this id, or in this file.
pub(crate) fn load_rubric(name: &str) -> Result<Rubric> {
    if let Some(found) = rubric(name) {
        return Ok(found.clone());
    }
    if name.ends_with(".toml") {
        let text = fs::read_to_string(name).with_context(|| format!("read the rubric {name}"))?;
        return parse_rubric(&text).with_context(|| format!("read the rubric {name}"));
    }
    let ids: Vec<&str> = rubrics().iter().map(|r| r.id.as_str()).collect();
    bail!("there is no rubric `{name}`; there are {} (or give a .toml file)", ids.join(", "))
}

/// How PDF files are read: by this program, in a process of its own.
pub(crate) fn pdf_child() -> Result<Child> {
    Ok(Child::new(std::env::current_exe().context("find this program's own file")?, ["read-pdf"]))
}

fn read_prompt(path: &Path, rubric: &Rubric, limits: &Limits, child: &Child) -> Result<Document> {
    let bytes = fs::read(path).with_context(|| format!("read the prompt {}", path.display()))?;
    let name = path.display().to_string();
    let text = read_bytes(&name, &bytes, limits, child)
        .map_err(|e| anyhow::anyhow!("the prompt {name}: {}", e.explain().en))?;
    Ok(Document::new(text.text, rubric.language.clone()))
}

fn read_roster(path: &Path) -> Result<Roster> {
    let bytes = fs::read(path).with_context(|| format!("read the roster {}", path.display()))?;
    let roster =
        Roster::parse(&bytes).map_err(|e| anyhow::anyhow!("the roster {}: {}", path.display(), e.explain().en))?;
    for problem in roster.problems() {
        eprintln!("{}: {}", path.display(), roster_problem(problem));
    }
    Ok(roster)
}

fn roster_problem(problem: &homeroom_ingest::RosterProblem) -> String {
    use homeroom_ingest::RosterProblem::{NoPupil, RepeatedId};
    match problem {
        NoPupil { line } => format!("line {line} has neither id nor name and is left out"),
        RepeatedId { id, line } => format!("line {line} repeats the id {id} and is left out"),
    }
}

/// What is to be marked: everything below the paths but the prompt, the roster and what was written earlier.
fn sources(args: &Args, limits: &Limits) -> Vec<Source> {
    let same = |a: &Path, b: &Path| fs::canonicalize(a).ok().zip(fs::canonicalize(b).ok()).is_some_and(|(a, b)| a == b);
    let out = fs::canonicalize(&args.out).ok();
    let is_aside = |source: &Source| {
        let aside = [&args.prompt, &args.roster].into_iter().flatten().any(|p| same(p, &source.path));
        let written = out.as_ref().is_some_and(|out| fs::canonicalize(&source.path).is_ok_and(|p| p.starts_with(out)));
        !source.is_entry() && (aside || written)
    };
    let found: Vec<Source> = collect(&args.paths, limits).into_iter().filter(|s| !is_aside(s)).collect();
    // A transcript is marked in the place of its picture, where that is among the files.
    let with_transcript: BTreeSet<PathBuf> = found
        .iter()
        .filter(|s| !s.is_entry() && !s.name.ends_with(transcript::SUFFIX))
        .filter_map(|s| Some(s.path.with_file_name(transcript::file_of(&s.path.file_name()?.to_string_lossy()))))
        .collect();
    found.into_iter().filter(|s| s.is_entry() || !with_transcript.contains(&s.path)).collect()
}

fn names(paths: &[PathBuf]) -> String {
    paths.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(", ")
}

fn batch(args: &Args, store: &Store, rubric: Rubric, prompt: Option<Document>) -> Result<Batch> {
    let earlier = store.batch()?;
    let first_line = prompt.as_ref().and_then(|p| p.text.lines().map(str::trim).find(|l| !l.is_empty()));
    let folder = || {
        let path = args.paths.first().map(|p| fs::canonicalize(p).unwrap_or_else(|_| p.clone()));
        path.and_then(|p| p.file_stem().map(|s| s.to_string_lossy().into_owned()))
            .unwrap_or_else(|| "Essays".to_owned())
    };
    let title = args.title.clone().unwrap_or_else(|| first_line.map_or_else(folder, short));
    // The id follows from what the pupils were asked, so that it is the same whenever and wherever it is marked.
    let asked = prompt.as_ref().map_or(title.as_str(), |p| p.text.as_str());
    let assignment = AssignmentId::new(format!("a-{}", &sha256(asked.as_bytes())[..12]));
    if let Some(earlier) = &earlier
        && earlier.assignment != assignment
    {
        bail!(
            "{} holds another assignment (“{}”); choose another --out for this one",
            args.out.display(),
            earlier.title
        );
    }
    let previous = match &args.previous {
        Some(dir) => {
            Some(fs::canonicalize(dir).with_context(|| format!("find the last assignment {}", dir.display()))?)
        }
        None => earlier.as_ref().and_then(|b| b.previous.clone()),
    };
    Ok(Batch {
        schema: BATCH_SCHEMA,
        assignment,
        title,
        prompt,
        rubric,
        language: args.lang.clone(),
        deep: args.deep || args.model.is_some() || earlier.as_ref().is_some_and(|b| b.deep),
        pdf: args.pdf || earlier.as_ref().is_some_and(|b| b.pdf),
        created: earlier.map_or_else(now, |b| b.created),
        previous,
    })
}

fn short(line: &str) -> String {
    const LONGEST: usize = 60;
    if line.chars().count() <= LONGEST {
        return line.to_owned();
    }
    let cut: String = line.chars().take(LONGEST).collect();
    format!("{}…", cut.rsplit_once(' ').map_or(cut.as_str(), |(head, _)| head))
}

/// A pupil's work: a file, or pictures of several pages.
struct Essay {
    /// The name that says whose it is.
    name: String,
    /// In the order of the pages; one at least.
    pages: Vec<Source>,
}

/// Puts the pages of one essay together, and says what was joined, and what may have to be.
fn essays(sources: Vec<Source>, roster: &Roster, separate: bool) -> (Vec<Essay>, Vec<String>) {
    let names: Vec<&str> = sources.iter().map(|s| s.name.as_str()).collect();
    let sorted = if separate { Sorted::default() } else { sheets(&names, roster) };
    let list = |sheets: &Sheets| sheets.pages.iter().map(|&at| names[at]).collect::<Vec<_>>().join(", ");
    let joined = sorted.joined.iter().map(|sheets| {
        let n = sheets.pages.len();
        format!("{}: joined as {n} pages of one essay (--separate takes each as an essay)", list(sheets))
    });
    let doubtful = sorted
        .doubtful
        .iter()
        .map(|sheets| format!("{}: each taken as an essay; name pages of one essay PUPIL-1, PUPIL-2", list(sheets)));
    let notices = joined.chain(doubtful).collect();
    let mut pages: BTreeMap<usize, &Sheets> = BTreeMap::new();
    for sheets in &sorted.joined {
        pages.extend(sheets.pages.iter().map(|&at| (at, sheets)));
    }
    let mut essays = Vec::new();
    for (at, source) in sources.iter().enumerate() {
        match pages.get(&at) {
            None => essays.push(Essay { name: source.name.clone(), pages: vec![source.clone()] }),
            // The essay stands where its first page does.
            Some(sheets) if sheets.pages.iter().min() == Some(&at) => {
                let pages = sheets.pages.iter().map(|&at| sources[at].clone()).collect();
                essays.push(Essay { name: sheets.name.clone(), pages });
            }
            Some(_) => {}
        }
    }
    (essays, notices)
}

/// A pupil's work and whose it is.
struct Job {
    /// In the order of the pages; one at least.
    pages: Vec<Source>,
    pupil: Pupil,
    id: SubmissionId,
    others: Vec<PupilId>,
}

impl Job {
    /// The file as the user named it; of several pages all of them.
    fn file(&self) -> String {
        self.pages.iter().map(|page| page.name.as_str()).collect::<Vec<_>>().join(", ")
    }
}

fn identify(essays: Vec<Essay>, roster: &Roster, assignment: &AssignmentId) -> Vec<Job> {
    let mut taken: BTreeMap<SubmissionId, usize> = BTreeMap::new();
    essays
        .into_iter()
        .map(|essay| {
            // A transcript is named after its picture.
            let identified = roster.identify(&essay.name.replace(transcript::SUFFIX, ".md"));
            let mut pupil = identified.pupil;
            let first = SubmissionId::derive(&pupil.id, assignment);
            let n = taken.entry(first.clone()).or_default();
            *n += 1;
            // A second file of the same pupil is a submission of its own; the teacher decides which counts.
            let id = if *n == 1 {
                first
            } else {
                pupil.name = format!("{} ({n})", pupil.name);
                SubmissionId::derive(&PupilId::new(format!("{}~{n}", pupil.id)), assignment)
            };
            Job { pages: essay.pages, pupil, id, others: identified.others }
        })
        .collect()
}

/// A page that is read, or is the same as when it was read last.
struct Page {
    bytes: Vec<u8>,
    /// SHA-256 of what its text rests on.
    hash: String,
    /// The text of its transcript, where it has one.
    beside: Option<Text>,
}

struct Work<'a> {
    store: &'a Store,
    batch: &'a Batch,
    limits: &'a Limits,
    child: &'a Child,
    pictures: &'a dyn ReadPictures,
    /// Tells what a text is about, where the model for it is pulled.
    embed: Option<&'a dyn Embed>,
    fresh: bool,
}

/// How far the work has come.
struct Done {
    finished: usize,
    total: usize,
    /// Files that may belong to somebody else.
    doubtful: Vec<String>,
}

impl Work<'_> {
    fn task(&self) -> Task<'_> {
        Task {
            assignment: &self.batch.assignment,
            prompt: self.batch.prompt.as_ref(),
            words: self.batch.rubric.words,
            language: &self.batch.rubric.language,
            embed: self.embed,
        }
    }

    fn assess(&self, jobs: Vec<Job>, interrupted: &AtomicBool, progress: &Progress) -> Result<Done> {
        let task = self.task();
        let versions = task.versions();
        let failures = Mutex::new(Vec::new());
        let finished = AtomicUsize::new(0);
        progress.start("Marking", jobs.len());
        jobs.par_iter().try_for_each(|job| -> Result<()> {
            if interrupted.load(Ordering::SeqCst) {
                return Ok(());
            }
            if let Some(failure) = self.one(&task, &versions, job)? {
                failures.lock().unwrap_or_else(PoisonError::into_inner).push(failure);
            }
            finished.fetch_add(1, Ordering::SeqCst);
            progress.step();
            Ok(())
        })?;
        progress.finish();
        let new = failures.into_inner().unwrap_or_else(PoisonError::into_inner);
        self.keep_failures(&jobs, new)?;
        let doubtful = jobs
            .iter()
            .filter(|j| !j.others.is_empty())
            .map(|j| {
                let others: Vec<&str> = j.others.iter().map(PupilId::as_str).collect();
                format!("{}: taken as {}'s, but it may be {}'s", j.file(), j.pupil.name, others.join(" or "))
            })
            .collect();
        Ok(Done { finished: finished.into_inner(), total: jobs.len(), doubtful })
    }

    /// Assesses one file. `Ok(Some(_))` is a file that gave no text, an error one of writing.
    fn one(&self, task: &Task<'_>, versions: &BTreeMap<String, String>, job: &Job) -> Result<Option<Failure>> {
        let mut pages = Vec::new();
        for source in &job.pages {
            let bytes = match source.bytes(self.limits) {
                Ok(bytes) => bytes,
                Err(error) => return Ok(Some(failure(job, source, &error))),
            };
            let hash = sha256(&bytes);
            // A transcript stands in for its picture; evidence rests on both, so that a correction is seen.
            let beside = self.transcript(source, &hash);
            let hash =
                beside.as_ref().map_or_else(|| hash.clone(), |(_, kept)| sha256(format!("{hash}{kept}").as_bytes()));
            pages.push(Page { bytes, hash, beside: beside.map(|(text, _)| text) });
        }
        let hash = match &pages[..] {
            [page] => page.hash.clone(),
            pages => sha256(pages.iter().map(|page| page.hash.as_str()).collect::<String>().as_bytes()),
        };
        if !self.fresh {
            // What the deep check has added is looked at later, by itself.
            let same = |e: &Evidence| {
                e.versions.iter().filter(|(key, _)| *key != VERSION).eq(versions)
                    && e.origin.sha256 == hash
                    && e.submission.pupil == job.pupil
            };
            if self.store.evidence_of(&job.id).is_some_and(|e| same(&e)) {
                return Ok(None);
            }
        }
        let (mut texts, mut blank) = (Vec::new(), None);
        for (source, page) in job.pages.iter().zip(&mut pages) {
            let read = match page.beside.take() {
                Some(beside) => Ok(beside),
                None => read_with(&source.name, &page.bytes, self.limits, self.child, Some(self.pictures)),
            };
            match read {
                Ok(text) => texts.push(text),
                // The back of a sheet is passed over, as in a scan.
                Err(error @ ReadError::NoTextInPicture) if job.pages.len() > 1 => {
                    blank = Some(failure(job, source, &error));
                }
                Err(error) => return Ok(Some(failure(job, source, &error))),
            }
        }
        if let (true, Some(blank)) = (texts.is_empty(), blank) {
            return Ok(Some(blank));
        }
        let text = match &mut texts[..] {
            [_] => texts.pop().context("take the only text")?,
            _ => match joined(texts, self.limits) {
                Ok(text) => text,
                Err(error) => return Ok(Some(failure(job, &job.pages[0], &error))),
            },
        };
        let is_docx = text.format == "docx";
        let made = evidence(task, job.id.clone(), job.pupil.clone(), job.file(), hash, text);
        let Some(made) = made else {
            let reason = Bilingual::new(
                "a checker broke down on this text; please report it with the file",
                "检查程序在处理这篇文章时出错，请附上文件反馈",
            );
            return Ok(Some(failed(job, "internal", reason)));
        };
        if let Some(original) = pages.first().filter(|_| is_docx) {
            self.store.set_original(&job.id, &original.bytes)?;
        }
        self.store.set_evidence(&made)?;
        Ok(None)
    }

    /// The transcript beside a picture or a scan, as text and as a hash of its file. One whose picture was changed since
    /// counts as unconfirmed.
    fn transcript(&self, source: &Source, picture: &str) -> Option<(Text, String)> {
        if source.is_entry() {
            return None;
        }
        let name = source.path.file_name()?.to_string_lossy().into_owned();
        let file = transcript::file_of(&name);
        let bytes = fs::read(source.path.with_file_name(&file)).ok()?;
        let kept = transcript::parse(&String::from_utf8_lossy(&bytes)).filter(|t| t.of == name)?;
        let mut text = read_bytes(&file, &bytes, self.limits, self.child).ok()?;
        if !kept.picture.is_empty() && kept.picture != picture {
            text.transcript = Some(TranscriptStatus::Unconfirmed);
            text.notes.push(Note::PictureChanged);
        }
        Some((text, sha256(&bytes)))
    }

    /// Failures of files that were not looked at in this run stay; those that were are replaced.
    fn keep_failures(&self, jobs: &[Job], new: Vec<Failure>) -> Result<()> {
        // Pages that are joined now may have failed one by one.
        let pages = jobs.iter().flat_map(|job| job.pages.iter().map(|page| page.name.clone()));
        let looked_at: BTreeSet<String> = pages.chain(jobs.iter().map(Job::file)).collect();
        let mut all: Vec<Failure> =
            self.store.failures()?.into_iter().filter(|f| !looked_at.contains(&f.file)).collect();
        all.extend(new);
        all.sort_by(|a, b| a.file.cmp(&b.file));
        self.store.set_failures(&all)
    }
}

/// Why a page gave no text; where there are several, with its name.
fn failure(job: &Job, page: &Source, error: &ReadError) -> Failure {
    let mut reason = error.explain();
    if job.pages.len() > 1 {
        reason = Bilingual::new(format!("{}: {}", page.name, reason.en), format!("{}：{}", page.name, reason.zh));
    }
    failed(job, error.code(), reason)
}

fn failed(job: &Job, code: &str, reason: Bilingual) -> Failure {
    Failure {
        file: job.file(),
        pupil: Some(job.pupil.name.clone()),
        pupil_id: Some(job.pupil.id.as_str().to_owned()),
        code: code.to_owned(),
        reason,
    }
}

/// What the terminal shows at the end.
pub(crate) fn table(summary: &Summary, dir: &Path, doubtful: &[String]) -> String {
    use std::fmt::Write as _;
    let mut out = String::new();
    let t = &summary.totals;
    let mut bands: BTreeMap<String, usize> = BTreeMap::new();
    let mut order: Vec<String> = Vec::new();
    for essay in &summary.essays {
        if let Some(band) = &essay.band {
            if !bands.contains_key(&band.en) {
                order.push(band.en.clone());
            }
            *bands.entry(band.en.clone()).or_default() += 1;
        }
    }
    order.sort_by_key(|b| {
        let place =
            summary.essays.iter().filter(|e| e.band.as_ref().is_some_and(|x| x.en == *b)).filter_map(|e| e.place);
        place.min()
    });
    let spread: Vec<String> = order.iter().map(|b| format!("{b}: {}", bands[b])).collect();
    let _ = writeln!(out, "“{}”, {} (version {})", summary.title, summary.rubric.id, summary.rubric.version);
    let _ = writeln!(
        out,
        "{} files: {} marked, {} not scored, {} not read; {} words, {} marks",
        t.essays, t.marked, t.unscored, t.failed, t.words, t.marks
    );
    if !spread.is_empty() {
        let _ = writeln!(out, "Draft bands (not calibrated to you until `homeroom calibrate`): {}", spread.join(", "));
    }
    let not: Vec<_> = summary.essays.iter().filter(|e| e.outcome != EssayOutcome::Marked).collect();
    let width = not.iter().map(|e| e.file.chars().count()).max().unwrap_or(0).min(50);
    for essay in not {
        let what = if essay.outcome == EssayOutcome::Failed { "not read" } else { "not scored" };
        let reason = essay.reason.as_ref().map_or("", |r| r.en.as_str());
        let _ = writeln!(out, "  {:width$}  {what}: {reason}", essay.file);
    }
    for line in doubtful {
        let _ = writeln!(out, "  {line}");
    }
    let index = dir.join(homeroom_report::CLASS_PAGE);
    let index = fs::canonicalize(&index).unwrap_or(index);
    let _ = writeln!(out, "\nOpen {} in a browser: the class, and from there each pupil.", index.display());
    out
}
