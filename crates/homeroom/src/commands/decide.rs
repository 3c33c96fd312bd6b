//! `homeroom decide`: the teacher's word on a mark.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use homeroom_core::{Change, Edit, Evidence, FindingId, Mark, Rubric, Status, SubmissionId};
use homeroom_scoring::{may_follow, reduce_class};

use super::calibrate::find;
use super::{now, print};
use crate::progress::Progress;
use crate::render::render;
use crate::store::Store;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// A folder that `homeroom mark` has made
    #[arg(value_name = "OUT_DIR")]
    dir: PathBuf,
    /// Whose: id or name of the pupil, file, or submission id
    #[arg(value_name = "PUPIL", required_unless_present = "all")]
    pupils: Vec<String>,
    /// The whole class (only to confirm, release or reopen)
    #[arg(long, conflicts_with = "pupils")]
    all: bool,
    /// Set the whole score
    #[arg(long, value_name = "POINTS")]
    score: Option<f64>,
    /// Set a criterion's score, as `id=points`
    #[arg(long, value_name = "ID=POINTS")]
    criterion: Vec<String>,
    /// Take a finding back (its id is in the JSON export and on the page)
    #[arg(long, value_name = "FINDING")]
    dismiss: Vec<String>,
    /// Bring a dismissed finding back
    #[arg(long, value_name = "FINDING")]
    restore: Vec<String>,
    /// Confirm the draft
    #[arg(long, group = "status")]
    confirm: bool,
    /// Release it to the pupil, once confirmed
    #[arg(long)]
    release: bool,
    /// One step back: from released to confirmed, from confirmed to draft
    #[arg(long, group = "status", conflicts_with = "release")]
    reopen: bool,
    /// Who decides
    #[arg(long, value_name = "NAME")]
    by: String,
    /// Why
    #[arg(long, default_value = "")]
    reason: String,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let store = Store::open(&args.dir)?;
    let batch = store.batch()?.context("read batch.json")?;
    let evidence = store.evidence()?;
    let edits = store.edits()?;
    let marks = reduce_class(&evidence, &batch.rubric, store.calibration()?.as_ref(), &edits);
    let chosen = chosen(args, &evidence)?;
    let changes_one = args.score.is_some() || !args.criterion.is_empty() || !args.dismiss.is_empty();
    if args.all && (changes_one || !args.restore.is_empty()) {
        bail!("--all goes with --confirm, --release and --reopen only; scores and findings are decided one by one");
    }
    let mut new = Vec::new();
    for id in &chosen {
        let Some((evidence, mark)) = evidence.iter().zip(&marks).find(|(e, _)| e.submission.id == *id) else {
            continue;
        };
        for change in changes(args, evidence, mark, &batch.rubric)? {
            new.push(Edit {
                submission: id.clone(),
                author: args.by.clone(),
                time: now(),
                reason: args.reason.clone(),
                change,
            });
        }
    }
    if new.is_empty() {
        bail!("nothing to decide: give --score, --criterion, --dismiss, --restore, --confirm, --release or --reopen");
    }
    store.add_edits(&new)?;
    render(&store, &Progress::new(false))?;
    print(&format!(
        "{} changes to {} marks by {} are kept in {}.\n",
        new.len(),
        chosen.len(),
        args.by,
        args.dir.join("edits.jsonl").display()
    ))?;
    Ok(ExitCode::SUCCESS)
}

fn chosen(args: &Args, evidence: &[Evidence]) -> Result<Vec<SubmissionId>> {
    if args.all {
        return Ok(evidence.iter().map(|e| e.submission.id.clone()).collect());
    }
    args.pupils
        .iter()
        .map(|name| {
            find(evidence, name).with_context(|| format!("no essay, or more than one, in this class is `{name}`"))
        })
        .collect()
}

fn changes(args: &Args, evidence: &Evidence, mark: &Mark, rubric: &Rubric) -> Result<Vec<Change>> {
    let mut out = Vec::new();
    let on = |value: f64, min: f64, max: f64| -> Result<f64> {
        if !(min..=max).contains(&value) {
            bail!("{value} is not on the scale from {min} to {max}");
        }
        Ok(value)
    };
    if let Some(value) = args.score {
        out.push(Change::Overall { value: on(value, rubric.scale.min, rubric.scale.max)? });
    }
    for text in &args.criterion {
        let (id, value) = text.split_once('=').with_context(|| format!("`{text}` is not ID=POINTS"))?;
        let known = rubric.criteria.iter().find(|c| c.id == id);
        let criterion = known.with_context(|| {
            let ids: Vec<&str> = rubric.criteria.iter().map(|c| c.id.as_str()).collect();
            format!("the rubric has no criterion `{id}`; it has {}", ids.join(", "))
        })?;
        let value: f64 = value.parse().with_context(|| format!("`{value}` is no number"))?;
        let value = on(value, criterion.scale.min, criterion.scale.max)?;
        out.push(Change::Criterion { criterion: id.to_owned(), value });
    }
    let known = |id: &String| -> Result<FindingId> {
        let id = FindingId(id.clone());
        if evidence.findings.iter().any(|f| f.id() == id) {
            return Ok(id);
        }
        bail!(
            "{} has no finding `{}`; json/{}.json lists them",
            evidence.submission.pupil.name,
            id.0,
            evidence.submission.id
        )
    };
    for id in &args.dismiss {
        out.push(Change::Dismiss { finding: known(id)? });
    }
    for id in &args.restore {
        out.push(Change::Restore { finding: known(id)? });
    }
    let mut status = mark.status;
    let mut step = |to: Status| -> Result<()> {
        if status == to {
            return Ok(());
        }
        if !may_follow(status, to) {
            bail!(
                "{}: a {status:?} mark can't become {to:?} in one step; confirm it first",
                evidence.submission.pupil.name
            );
        }
        status = to;
        out.push(Change::Status { status: to });
        Ok(())
    };
    if args.confirm && mark.status == Status::Draft {
        step(Status::Confirmed)?;
    }
    if args.release {
        step(Status::Released)?;
    }
    if args.reopen {
        step(if mark.status == Status::Released { Status::Confirmed } else { Status::Draft })?;
    }
    Ok(out)
}
