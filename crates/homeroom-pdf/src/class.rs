//! The report on a class as data for its template.

use std::collections::BTreeMap;

use homeroom_core::{Bilingual, Display, SubmissionId};
use homeroom_report::{ClassBundle, PupilBundle};
use homeroom_review::ClassReport;
use serde::Serialize;

use crate::pupil::paragraphs;
use crate::words::{OverallView, Piece, StatusView, Text, clean, corrected, words};

/// What the template of a class's report reads.
#[derive(Debug, Serialize)]
pub(crate) struct ClassView {
    lang: &'static str,
    words: BTreeMap<&'static str, Text>,
    title: String,
    rubric: Text,
    tally: Text,
    generator: String,
    prompt: Vec<String>,
    bands: Vec<BandView>,
    needs_a_word: Vec<(String, Text)>,
    pupils: Vec<RowView>,
    failed: Vec<(String, Text)>,
    issues: Vec<IssueView>,
    lesson: Option<LessonView>,
    shared: Vec<SharedView>,
    traits: Vec<TraitView>,
}

#[derive(Debug, Serialize)]
struct BandView {
    name: Text,
    count: usize,
    /// Share of the fullest band, 0 to 1.
    share: f64,
}

#[derive(Debug, Serialize)]
struct RowView {
    name: String,
    overall: OverallView,
    word_count: usize,
    marks: usize,
    status: StatusView,
}

#[derive(Debug, Serialize)]
struct IssueView {
    title: Text,
    count: Text,
    examples: Vec<Vec<Piece>>,
}

#[derive(Debug, Serialize)]
struct LessonView {
    title: Text,
    steps: Vec<StepView>,
}

#[derive(Debug, Serialize)]
struct StepView {
    minutes: u32,
    what: Text,
    board: Vec<String>,
}

#[derive(Debug, Serialize)]
struct SharedView {
    first: String,
    second: String,
    passages: Vec<(String, String)>,
}

#[derive(Debug, Serialize)]
struct TraitView {
    name: Text,
    mean: f64,
    low: f64,
    high: f64,
}

impl ClassView {
    /// The report on a class.
    pub(crate) fn new(bundle: &ClassBundle<'_>) -> Self {
        let language = bundle.language;
        let report = bundle.class_report;
        let most = report.bands.iter().map(|b| b.count).max().unwrap_or(0).max(1);
        let name = |submission: &SubmissionId| {
            clean(bundle.pupil(submission).map_or(submission.as_str(), |p| p.evidence.submission.pupil.name.as_str()))
        };
        let mut pupils: Vec<&PupilBundle<'_>> = bundle.pupils.iter().collect();
        pupils.sort_by(|a, b| a.evidence.submission.pupil.name.cmp(&b.evidence.submission.pupil.name));
        Self {
            lang: language.tag(),
            words: words(language),
            title: clean(bundle.title),
            rubric: Text::new(&bundle.rubric.name, language),
            tally: Text::new(&tally(report), language),
            generator: clean(bundle.generator),
            prompt: bundle.prompt.map(paragraphs).unwrap_or_default(),
            bands: report
                .bands
                .iter()
                .map(|b| BandView {
                    name: Text::new(&b.band, language),
                    count: b.count,
                    share: b.count as f64 / most as f64,
                })
                .collect(),
            needs_a_word: report
                .needs_a_word
                .iter()
                .map(|n| (name(&n.submission), Text::new(&n.why, language)))
                .collect(),
            pupils: pupils.into_iter().map(|p| row(bundle, p)).collect(),
            failed: bundle
                .failed
                .iter()
                .map(|f| (clean(f.pupil.as_deref().unwrap_or(&f.file)), Text::new(&f.reason, language)))
                .collect(),
            issues: report
                .issues
                .iter()
                .map(|i| IssueView {
                    title: Text::new(&i.title, language),
                    count: Text::of(
                        &format!("{} times in {} essays", i.count, i.essays),
                        &format!("{} 篇中共 {} 次", i.essays, i.count),
                        language,
                    ),
                    examples: i.examples.iter().map(|e| corrected(&e.sentence, e.corrected.as_deref())).collect(),
                })
                .collect(),
            lesson: report.lesson.as_ref().map(|l| LessonView {
                title: Text::new(&l.title, language),
                steps: l
                    .steps
                    .iter()
                    .map(|s| StepView {
                        minutes: s.minutes,
                        what: Text::new(&s.what, language),
                        board: s.board.iter().map(|b| clean(b)).collect(),
                    })
                    .collect(),
            }),
            shared: report
                .shared
                .iter()
                .map(|pair| SharedView {
                    first: name(&pair.first),
                    second: name(&pair.second),
                    passages: pair.passages.iter().map(|p| (clean(&p.first_text), clean(&p.second_text))).collect(),
                })
                .collect(),
            traits: report
                .traits
                .iter()
                .map(|t| TraitView {
                    name: Text::new(&t.name, language),
                    mean: t.mean.clamp(0.0, 1.0),
                    low: t.range.0.clamp(0.0, 1.0),
                    high: t.range.1.clamp(0.0, 1.0),
                })
                .collect(),
        }
    }
}

fn row(bundle: &ClassBundle<'_>, pupil: &PupilBundle<'_>) -> RowView {
    let dismissed = &pupil.mark.dismissed;
    RowView {
        name: clean(&pupil.evidence.submission.pupil.name),
        overall: OverallView::new(&pupil.mark.outcome, bundle.rubric, bundle.language),
        word_count: pupil.evidence.words,
        marks: pupil
            .evidence
            .findings
            .iter()
            .filter(|f| f.display == Display::Sure && !dismissed.contains(&f.id()))
            .count(),
        status: StatusView::new(pupil.mark.status, bundle.language),
    }
}

fn tally(report: &ClassReport) -> Bilingual {
    let (scored, unscored, failed) = (report.scored, report.unscored, report.failed);
    let (mut en, mut zh) = (format!("{scored} scored"), format!("已评 {scored} 篇"));
    if unscored > 0 {
        en += &format!(", {unscored} not scored");
        zh += &format!("，未评 {unscored} 篇");
    }
    if failed > 0 {
        en += &format!(", {failed} could not be read");
        zh += &format!("，无法读取 {failed} 个");
    }
    Bilingual::new(en, zh)
}
