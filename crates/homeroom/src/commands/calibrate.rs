//! `homeroom calibrate`: a few marks of the teacher's own, and how far the machine agrees with them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use homeroom_core::{Evidence, Rubric, SubmissionId};
use homeroom_scoring::{Calibration, Doubt, MIN_MARKS, TeacherMark, Unsure, fit, propose, unsure};
use serde_json::json;

use super::{print, print_json};
use crate::progress::Progress;
use crate::render::render;
use crate::store::Store;

/// The sheet that is filled in.
const SHEET: &str = "to-mark.csv";

#[derive(clap::Args)]
pub(crate) struct Args {
    /// A folder that `homeroom mark` has made
    #[arg(value_name = "OUT_DIR")]
    dir: PathBuf,
    /// Your marks: CSV with a column `submission`, `id` or `file`, a column `score`, and one per criterion if you like.
    /// Without it, a sheet is written with the essays that are most useful to mark
    #[arg(long, value_name = "FILE.csv")]
    marks: Option<PathBuf>,
    /// How many essays to propose
    #[arg(long, default_value_t = 10, value_name = "N")]
    propose: usize,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let store = Store::open(&args.dir)?;
    let batch = store.batch()?.context("read batch.json")?;
    let evidence = store.evidence()?;
    match &args.marks {
        None => sheet(args, &store, &evidence, &batch.rubric),
        Some(path) => calibrate(args, &store, &evidence, &batch.rubric, path),
    }
}

fn sheet(args: &Args, store: &Store, evidence: &[Evidence], rubric: &Rubric) -> Result<ExitCode> {
    let proposed = propose(evidence, rubric, args.propose);
    if proposed.is_empty() {
        bail!("no essay in {} can be scored, so there is nothing to calibrate on", args.dir.display());
    }
    let by_id: BTreeMap<&SubmissionId, &Evidence> = evidence.iter().map(|e| (&e.submission.id, e)).collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut header = vec!["submission", "pupil", "file", "score"];
    if rubric.criteria.len() > 1 {
        header.extend(rubric.criteria.iter().map(|c| c.id.as_str()));
    }
    writer.write_record(&header).context("write the sheet")?;
    for id in &proposed {
        let submission = by_id.get(id).map(|e| &e.submission);
        let mut row = vec![
            id.as_str().to_owned(),
            submission.map_or(String::new(), |s| s.pupil.name.clone()),
            submission.map_or(String::new(), |s| s.file.clone()),
        ];
        row.resize(header.len(), String::new());
        writer.write_record(&row).context("write the sheet")?;
    }
    let bytes = writer.into_inner().context("write the sheet")?;
    store.write(SHEET, &bytes)?;
    let path = store.dir().join(SHEET);
    if args.json {
        print_json(&json!({"sheet": path, "proposed": proposed}))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut out = format!(
        "Mark these {} essays by the rubric “{}” ({} to {} by {}); they are spread over the range of the class:\n",
        proposed.len(),
        rubric.name.en,
        rubric.scale.min,
        rubric.scale.max,
        rubric.scale.step
    );
    for id in &proposed {
        if let Some(e) = by_id.get(id) {
            let _ = writeln!(out, "  {}  {}", e.submission.pupil.name, e.submission.file);
        }
    }
    let _ = writeln!(
        out,
        "\nWrite your scores into {} and run\n  homeroom calibrate {} --marks {}",
        path.display(),
        args.dir.display(),
        path.display()
    );
    print(&out)?;
    Ok(ExitCode::SUCCESS)
}

fn calibrate(args: &Args, store: &Store, evidence: &[Evidence], rubric: &Rubric, path: &Path) -> Result<ExitCode> {
    let marks = read_marks(path, evidence, rubric)?;
    if marks.len() < MIN_MARKS {
        bail!("{} has {} scores; at least {MIN_MARKS} are needed", path.display(), marks.len());
    }
    let calibration = fit(evidence, rubric, &marks).with_context(|| format!("calibrate on {}", path.display()))?;
    store.set_calibration(&calibration)?;
    render(store, &Progress::new(args.json))?;
    let doubtful = unsure(evidence, rubric, &calibration);
    if args.json {
        print_json(&json!({"calibration": calibration, "unsure": doubtful}))?;
    } else {
        print(&words(&calibration, &doubtful, evidence))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The teacher's marks. Rows without a score are left out: the sheet may be filled in bit by bit.
fn read_marks(path: &Path, evidence: &[Evidence], rubric: &Rubric) -> Result<Vec<TeacherMark>> {
    let text = fs::read(path).with_context(|| format!("read {}", path.display()))?;
    let text = String::from_utf8_lossy(&text);
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let headers = reader.headers().with_context(|| format!("read {}", path.display()))?.clone();
    let column = |names: &[&str]| headers.iter().position(|h| names.contains(&h.to_lowercase().as_str()));
    let who = column(&["submission", "id", "file", "pupil", "学号", "姓名"])
        .with_context(|| format!("{} has no column `submission`, `id` or `file`", path.display()))?;
    let score = column(&["score", "overall", "分数", "得分", "总分"])
        .with_context(|| format!("{} has no column `score`", path.display()))?;
    let criteria: Vec<(usize, &str)> =
        rubric.criteria.iter().filter_map(|c| Some((column(&[c.id.as_str()])?, c.id.as_str()))).collect();
    let mut marks = Vec::new();
    for (i, record) in reader.records().enumerate() {
        let line = i + 2;
        let record = record.with_context(|| format!("read {} line {line}", path.display()))?;
        let cell = |at: usize| record.get(at).unwrap_or("").trim().to_owned();
        let number = |at: usize| -> Result<Option<f64>> {
            let text = cell(at);
            if text.is_empty() {
                return Ok(None);
            }
            let value: f64 =
                text.parse().with_context(|| format!("{} line {line}: `{text}` is no number", path.display()))?;
            Ok(Some(value))
        };
        let Some(overall) = number(score)? else {
            continue;
        };
        let name = cell(who);
        let submission = find(evidence, &name)
            .with_context(|| format!("{} line {line}: no essay in this class is `{name}`", path.display()))?;
        let mut by_criterion = BTreeMap::new();
        for (at, id) in &criteria {
            if let Some(value) = number(*at)? {
                by_criterion.insert((*id).to_owned(), value);
            }
        }
        marks.push(TeacherMark { submission, overall, criteria: by_criterion });
    }
    Ok(marks)
}

/// The submission that a teacher means by its id, the pupil's id or name, or the file; `None` for none or several.
pub(crate) fn find(evidence: &[Evidence], name: &str) -> Option<SubmissionId> {
    let named = |e: &&Evidence| {
        let s = &e.submission;
        s.id.as_str() == name || s.pupil.id.as_str() == name || s.pupil.name == name || s.file == name
    };
    let mut found = evidence.iter().filter(named);
    let first = found.next()?;
    found.next().is_none().then(|| first.submission.id.clone())
}

fn words(calibration: &Calibration, doubtful: &[Unsure], evidence: &[Evidence]) -> String {
    let cv = &calibration.cross_validation;
    let mut out = format!(
        "Calibrated on {} of your marks. Each of them predicted from the others (95 % intervals):\n\
         \u{20} QWK  {:.2} [{:.2}, {:.2}]\n  PCC  {:.2} [{:.2}, {:.2}]\n  RMSE {:.2} [{:.2}, {:.2}]\n",
        cv.n,
        cv.qwk.value,
        cv.qwk.low,
        cv.qwk.high,
        cv.pcc.value,
        cv.pcc.low,
        cv.pcc.high,
        cv.rmse.value,
        cv.rmse.low,
        cv.rmse.high
    );
    if doubtful.is_empty() {
        out.push_str("The machine is sure of the band of every other essay.\n");
        return out;
    }
    const SHOWN: usize = 12;
    let _ = writeln!(out, "\nLook at these {} first; the machine is unsure:", doubtful.len().min(SHOWN));
    for item in doubtful.iter().take(SHOWN) {
        let submission = evidence.iter().find(|e| e.submission.id == item.submission).map(|e| &e.submission);
        let why: Vec<String> = item
            .doubts
            .iter()
            .take(2)
            .map(|d| match d {
                Doubt::BetweenBands { probability } => {
                    format!("between two bands ({:.0} % for the likelier)", 100.0 * probability)
                }
                Doubt::OutOfRange { feature, distance } => {
                    format!("{} is unusual ({distance:+.1} SD)", feature.replace('_', " "))
                }
            })
            .collect();
        let (name, file) = submission.map_or(("", ""), |s| (s.pupil.name.as_str(), s.file.as_str()));
        let _ = writeln!(out, "  {name}  {file}: {}", why.join("; "));
    }
    out
}
