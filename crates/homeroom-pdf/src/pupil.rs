//! The report on one pupil's essay as data for its template.

use std::collections::BTreeMap;

use homeroom_core::{Display, Document, Finding, Outcome, Span, Status};
use homeroom_report::{ClassBundle, Kind, PageLanguage, PupilBundle, code_name, kind_of};
use homeroom_review::{Review, WorkItem};
use serde::Serialize;

use crate::words::{OverallView, Piece, ScoreView, StatusView, Text, clean, corrected, value_words, words};

/// How many features a criterion's row names.
const FEATURES_SHOWN: usize = 3;

/// Characters of the marked words that the list of marks shows.
const HEAD_CHARS: usize = 48;

/// What the template of a pupil's report reads.
#[derive(Debug, Serialize)]
pub(crate) struct PupilView {
    lang: &'static str,
    words: BTreeMap<&'static str, Text>,
    title: String,
    name: String,
    class: Option<String>,
    rubric: Text,
    word_count: usize,
    status: StatusView,
    overall: OverallView,
    notices: Vec<Text>,
    prompt: Vec<String>,
    essay: Vec<Vec<Atom>>,
    marks: Vec<MarkView>,
    checks: Vec<MarkView>,
    criteria: Vec<CriterionView>,
    edits: Vec<String>,
    review: ReviewView,
    generator: String,
}

/// A stretch of the essay under one mark, or under none.
#[derive(Debug, Serialize)]
struct Atom {
    text: String,
    mark: Option<Label>,
}

/// How a mark looks in the text.
#[derive(Debug, Clone, Serialize)]
struct Label {
    /// Its number, or its letter where the machine is not sure; empty on all stretches of a mark but the last.
    label: String,
    code: String,
    ink: &'static str,
    line: Line,
    /// Whether something is missing here rather than wrong.
    gap: bool,
}

/// An underline.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
struct Line {
    /// `solid`, `double`, `dashed`, `dotted` or `dash-dotted`.
    dash: &'static str,
    /// Thickness in points.
    weight: f64,
}

#[derive(Debug, Serialize)]
struct MarkView {
    label: String,
    code: String,
    name: Text,
    ink: &'static str,
    /// The words as written; empty where something is missing.
    from: String,
    /// What to write instead; `None` where nothing is suggested, empty to leave the words out.
    to: Option<String>,
    others: Vec<String>,
    why: Text,
}

#[derive(Debug, Serialize)]
struct CriterionView {
    name: Text,
    score: ScoreView,
    features: Vec<(Text, Text)>,
    rationale: Vec<Text>,
}

#[derive(Debug, Serialize)]
struct ReviewView {
    letter: Vec<Text>,
    good: Vec<(String, Text)>,
    work_on: Vec<WorkView>,
    keep: Vec<Text>,
    progress: Option<ProgressView>,
}

#[derive(Debug, Serialize)]
struct WorkView {
    title: Text,
    count: usize,
    rule: Text,
    examples: Vec<(Vec<Piece>, Text)>,
    instruction: Text,
    tasks: Vec<String>,
    key: Vec<String>,
}

#[derive(Debug, Serialize)]
struct ProgressView {
    previous: String,
    changes: Vec<ChangeView>,
}

#[derive(Debug, Serialize)]
struct ChangeView {
    what: Text,
    before: String,
    now: String,
    better: Option<bool>,
}

impl PupilView {
    /// The report of one pupil of a class.
    pub(crate) fn new(bundle: &ClassBundle<'_>, pupil: &PupilBundle<'_>) -> Self {
        let language = bundle.language;
        let (evidence, mark) = (pupil.evidence, pupil.mark);
        let numbered = numbered(pupil);
        let mut notices = Text::list(&evidence.origin.notes, language);
        let words = words(language);
        if pupil.unconfirmed_transcript {
            notices.extend(words.get("transcript").cloned());
        }
        let list = |sure: bool| {
            numbered
                .iter()
                .filter(|n| (n.finding.display == Display::Sure) == sure)
                .map(|n| mark_view(n, &evidence.document, language))
                .collect()
        };
        Self {
            lang: language.tag(),
            title: clean(bundle.title),
            name: clean(&evidence.submission.pupil.name),
            class: evidence.submission.pupil.class.as_ref().map(|c| clean(c.as_str())),
            rubric: Text::new(&bundle.rubric.name, language),
            word_count: evidence.words,
            status: StatusView::new(mark.status, language),
            overall: OverallView::new(&mark.outcome, bundle.rubric, language),
            notices,
            prompt: bundle.prompt.map(paragraphs).unwrap_or_default(),
            essay: essay(&evidence.document, &numbered),
            marks: list(true),
            checks: list(false),
            criteria: criteria(bundle, pupil),
            edits: mark.edits.iter().map(|e| clean(&format!("{}, {}: {}", e.author, e.time, e.reason))).collect(),
            review: review_view(pupil.review, language),
            generator: clean(bundle.generator),
            words,
        }
    }
}

/// The paragraphs of a text.
pub(crate) fn paragraphs(document: &Document) -> Vec<String> {
    document.paragraph_spans().iter().map(|span| clean(span.of(&document.text))).collect()
}

/// A finding with the number or letter that it is printed with.
struct Numbered<'a> {
    finding: &'a Finding,
    kind: &'static Kind,
    label: String,
}

/// The findings that are printed, in order of their place: those that the machine is sure of are numbered; while the mark
/// is a draft, those that the teacher has to check follow with letters. Of two that share letters the surer one stays.
fn numbered<'a>(pupil: &PupilBundle<'a>) -> Vec<Numbered<'a>> {
    let text = &pupil.evidence.document.text;
    let paragraphs = pupil.evidence.document.paragraph_spans();
    let mut kept: Vec<&Finding> = Vec::new();
    let displays: &[Display] =
        if pupil.mark.status == Status::Draft { &[Display::Sure, Display::Check] } else { &[Display::Sure] };
    for display in displays {
        for finding in pupil.evidence.findings.iter().filter(|f| f.display == *display) {
            let visible = finding.span.fits(text) && paragraphs.iter().any(|p| p.contains(finding.span));
            let free = !kept.iter().any(|k| k.span.overlaps(finding.span));
            if visible && free && !pupil.mark.dismissed.contains(&finding.id()) {
                kept.push(finding);
            }
        }
    }
    kept.sort_by_key(|f| (f.span.start, f.span.end));
    let (mut sure, mut unsure) = (0, 0);
    kept.into_iter()
        .map(|finding| {
            let label = if finding.display == Display::Sure {
                sure += 1;
                sure.to_string()
            } else {
                unsure += 1;
                letters(unsure)
            };
            Numbered { finding, kind: kind_of(finding), label }
        })
        .collect()
}

/// `a` to `z`, then `aa`, `ab` and so on; `n` counts from 1.
fn letters(mut n: usize) -> String {
    let mut out = Vec::new();
    while n > 0 {
        n -= 1;
        // The remainder is below 26.
        out.push(char::from(b'a' + (n % 26) as u8));
        n /= 26;
    }
    out.iter().rev().collect()
}

/// The underline of a kind as Typst draws it. Paper has no wavy line: a wave becomes dash and dot.
fn line(kind: &Kind, sure: bool) -> Line {
    if !sure {
        return Line { dash: "dotted", weight: 0.6 };
    }
    match kind.underline.split(' ').next().unwrap_or("solid") {
        "wavy" => Line { dash: "dash-dotted", weight: 1.0 },
        "double" => Line { dash: "double", weight: 0.6 },
        "dashed" => Line { dash: "dashed", weight: 1.0 },
        "dotted" => Line { dash: "dotted", weight: 1.2 },
        _ if kind.underline.ends_with("4px") => Line { dash: "solid", weight: 1.8 },
        _ => Line { dash: "solid", weight: 0.9 },
    }
}

/// The essay's paragraphs, cut at the marks.
fn essay(document: &Document, numbered: &[Numbered<'_>]) -> Vec<Vec<Atom>> {
    let text = document.text.as_str();
    document
        .paragraph_spans()
        .into_iter()
        .map(|paragraph| {
            let mut atoms = Vec::new();
            let mut at = paragraph.start;
            let plain = |atoms: &mut Vec<Atom>, from: usize, to: usize| {
                if from < to {
                    atoms.push(Atom { text: clean(Span::new(from, to).of(text)), mark: None });
                }
            };
            for n in numbered.iter().filter(|n| paragraph.contains(n.finding.span)) {
                let span = n.finding.span;
                plain(&mut atoms, at, span.start);
                // White space at the end of a mark stays outside, so that no line is drawn under it.
                let marked = span.of(text);
                let inner = Span::new(span.start, span.start + marked.trim_end().len());
                let mark = Label {
                    label: n.label.clone(),
                    code: clean(&n.finding.code),
                    ink: n.kind.ink_light,
                    line: line(n.kind, n.finding.display == Display::Sure),
                    gap: span.is_empty(),
                };
                atoms.push(Atom { text: clean(inner.of(text)), mark: Some(mark) });
                at = inner.end;
            }
            plain(&mut atoms, at, paragraph.end);
            atoms
        })
        .collect()
}

/// At most [`HEAD_CHARS`] characters of a text.
fn head(text: &str) -> String {
    let text = clean(text.trim());
    match text.char_indices().nth(HEAD_CHARS) {
        None => text,
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

fn mark_view(n: &Numbered<'_>, document: &Document, language: PageLanguage) -> MarkView {
    let finding = n.finding;
    let (en, zh) = code_name(&finding.code).unwrap_or((n.kind.en, n.kind.zh));
    MarkView {
        label: n.label.clone(),
        code: clean(&finding.code),
        name: Text::of(en, zh, language),
        ink: n.kind.ink_light,
        from: head(finding.span.of(&document.text)),
        to: finding.suggestions.first().map(|s| head(s)),
        others: finding.suggestions.iter().skip(1).map(|s| head(s)).collect(),
        why: Text::new(&finding.explanation, language),
    }
}

fn criteria(bundle: &ClassBundle<'_>, pupil: &PupilBundle<'_>) -> Vec<CriterionView> {
    let language = bundle.language;
    let Outcome::Scored { criteria, .. } = &pupil.mark.outcome else { return vec![] };
    criteria
        .iter()
        .map(|mark| {
            let definition = bundle.rubric.criteria.iter().find(|c| c.id == mark.criterion);
            let (scale, bands) =
                definition.map_or((bundle.rubric.scale, &bundle.rubric.bands[..]), |c| (c.scale, &c.bands[..]));
            let features = mark.features.iter().filter_map(|id| pupil.evidence.features.iter().find(|f| &f.id == id));
            let judgements = pupil.evidence.judgements.iter().filter(|j| j.criterion == mark.criterion);
            CriterionView {
                name: Text::new(&mark.name, language),
                score: ScoreView::new(&mark.score, scale, bands, language),
                features: features
                    .take(FEATURES_SHOWN)
                    .map(|f| {
                        let name = (bundle.feature_name)(&f.id).unwrap_or_else(|| {
                            let words = f.id.replace('_', " ");
                            homeroom_core::Bilingual::new(words.clone(), words)
                        });
                        (Text::new(&name, language), Text::new(&value_words(f.value, &f.unit), language))
                    })
                    .collect(),
                rationale: judgements.map(|j| Text::new(&j.rationale, language)).collect(),
            }
        })
        .collect()
}

fn review_view(review: &Review, language: PageLanguage) -> ReviewView {
    let letter = review.letter.iter().flat_map(|letter| &letter.sentences);
    ReviewView {
        letter: letter.map(|s| Text::new(&s.text, language)).collect(),
        good: review.good.iter().map(|s| (clean(&s.quote), Text::new(&s.why, language))).collect(),
        work_on: review.work_on.iter().map(|item| work_view(item, language)).collect(),
        keep: Text::list(&review.keep, language),
        progress: review.progress.as_ref().map(|p| ProgressView {
            previous: clean(&p.previous_assignment),
            changes: p
                .changes
                .iter()
                .map(|c| ChangeView {
                    what: Text::new(&c.what, language),
                    before: crate::words::number(c.before),
                    now: crate::words::number(c.now),
                    better: c.better,
                })
                .collect(),
        }),
    }
}

fn work_view(item: &WorkItem, language: PageLanguage) -> WorkView {
    WorkView {
        title: Text::new(&item.title, language),
        count: item.count,
        rule: Text::new(&item.rule, language),
        examples: item
            .examples
            .iter()
            .map(|e| (corrected(&e.sentence, e.corrected.as_deref()), Text::new(&e.why, language)))
            .collect(),
        instruction: Text::new(&item.exercise.instruction, language),
        tasks: item.exercise.items.iter().map(|i| clean(&i.task)).collect(),
        key: item.exercise.items.iter().map(|i| clean(&i.answer)).collect(),
    }
}
