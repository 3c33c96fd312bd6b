//! From what a folder stores to everything that people open. A pure function of the stored files: run twice, it writes
//! the same bytes.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use homeroom_core::{Evidence, Mark, PupilId, TranscriptStatus};
use homeroom_report::{
    CLASS_PAGE, ClassBundle, FailedFile, PageLanguage, PupilBundle, Summary, annotated_docx, canvas_csv, class_page,
    essay_export, feature_words, m2, moodle_csv, page_file, plain_sentences, pupil_page, summary,
};
use homeroom_review::{ClassInput, Review, class_report, review};
use homeroom_scoring::reduce_class;
use rayon::prelude::*;

use crate::progress::Progress;
use crate::store::{Batch, Store, evidence_in};

/// Name and version, as pages and exports state them.
pub(crate) const GENERATOR: &str = concat!("Homeroom ", env!("CARGO_PKG_VERSION"));

/// Writes marks, pages, gradebooks and exports, and returns the summary.
pub(crate) fn render(store: &Store, progress: &Progress) -> Result<Summary> {
    let batch = store.batch()?.context("read batch.json")?;
    let evidence = store.evidence()?;
    let edits = store.edits()?;
    let calibration = store.calibration()?;
    let marks = reduce_class(&evidence, &batch.rubric, calibration.as_ref(), &edits);
    let previous = previous(&batch)?;
    let reviews: Vec<Review> =
        evidence.iter().zip(&marks).map(|(e, m)| review(e, m, previous.get(&e.submission.pupil.id))).collect();
    let failures: Vec<FailedFile> = store
        .failures()?
        .into_iter()
        .map(|f| FailedFile { file: f.file, pupil: f.pupil, pupil_id: f.pupil_id, code: f.code, reason: f.reason })
        .collect();
    let pairs: Vec<(&Evidence, &Mark)> = evidence.iter().zip(&marks).collect();
    let report = class_report(ClassInput {
        pupils: &pairs,
        prompt: batch.prompt.as_ref(),
        rubric: &batch.rubric,
        failed: failures.len(),
    });
    let pupils: Vec<PupilBundle<'_>> = evidence
        .iter()
        .zip(&marks)
        .zip(&reviews)
        .map(|((evidence, mark), review)| PupilBundle {
            evidence,
            mark,
            review,
            unconfirmed_transcript: evidence.origin.transcript == Some(TranscriptStatus::Unconfirmed),
        })
        .collect();
    let bundle = ClassBundle {
        title: &batch.title,
        prompt: batch.prompt.as_ref(),
        rubric: &batch.rubric,
        pupils: &pupils,
        failed: &failures,
        class_report: &report,
        language: page_language(&batch.language),
        feature_name: feature_words,
        generator: GENERATOR,
        deep: batch.deep,
    };
    progress.start(if batch.pdf { "Writing pages and PDFs" } else { "Writing pages" }, pupils.len());
    pupils.par_iter().try_for_each(|pupil| -> Result<()> {
        write_pupil(store, &batch, &bundle, pupil)?;
        progress.step();
        Ok(())
    })?;
    progress.finish();
    let summary = summary(&bundle);
    store.write(CLASS_PAGE, class_page(&bundle).as_bytes())?;
    store.write("class.m2", m2(&bundle, &plain_sentences).as_bytes())?;
    store.write("gradebook-moodle.csv", moodle_csv(&bundle).context("write the Moodle gradebook")?.as_bytes())?;
    store.write("gradebook-canvas.csv", canvas_csv(&bundle).context("write the Canvas gradebook")?.as_bytes())?;
    store.write("class.json", &json(&report)?)?;
    #[cfg(feature = "pdf")]
    if batch.pdf {
        store.write("class.pdf", &homeroom_pdf::class_pdf(&bundle).context("make the class's PDF")?)?;
    }
    // Last, so that a reader of the summary finds everything that it names.
    store.write("summary.json", &json(&summary)?)?;
    Ok(summary)
}

fn write_pupil(store: &Store, batch: &Batch, bundle: &ClassBundle<'_>, pupil: &PupilBundle<'_>) -> Result<()> {
    let id = &pupil.evidence.submission.id;
    store.write(&format!("marks/{id}.json"), &json(pupil.mark)?)?;
    store.write(&page_file(id), pupil_page(bundle, pupil).as_bytes())?;
    store.write(&format!("json/{id}.json"), &json(&essay_export(bundle, pupil))?)?;
    let original = store.original(id);
    let docx = annotated_docx(original.as_deref(), bundle, pupil, &batch.created)
        .with_context(|| format!("make the Word file of {id}"))?;
    store.write(&format!("docx/{id}.docx"), &docx)?;
    #[cfg(feature = "pdf")]
    if batch.pdf {
        let pdf = homeroom_pdf::pupil_pdf(bundle, pupil).with_context(|| format!("make the PDF of {id}"))?;
        store.write(&format!("pdf/{id}.pdf"), &pdf)?;
    }
    Ok(())
}

fn json<T: serde::Serialize>(value: &T) -> Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec_pretty(value).context("write JSON")?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// The pupils' last essays.
fn previous(batch: &Batch) -> Result<BTreeMap<PupilId, Evidence>> {
    let Some(dir) = &batch.previous else {
        return Ok(BTreeMap::new());
    };
    let all = evidence_in(dir).with_context(|| format!("read the last assignment in {}", dir.display()))?;
    Ok(all.into_iter().map(|e| (e.submission.pupil.id.clone(), e)).collect())
}

fn page_language(tag: &str) -> PageLanguage {
    match tag {
        "en" => PageLanguage::En,
        "zh" => PageLanguage::Zh,
        _ => PageLanguage::Both,
    }
}
