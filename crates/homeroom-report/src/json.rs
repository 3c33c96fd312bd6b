//! What other programs read: one JSON object per essay, a summary of the class, and the schemas of both.

use std::collections::BTreeMap;

use homeroom_core::{
    Bilingual, Display, FindingId, Mark, Origin, Outcome, PupilId, Reason, RubricRef, Selector, Severity, Span,
    Submission, SubmissionId,
};
use homeroom_review::{ClassReport, Review};
use schemars::{JsonSchema, schema_for};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::bundle::{ClassBundle, PupilBundle};
use crate::kind::kind_of;
use crate::wording::{reason_code, reason_words};

/// Version of the form of [`EssayExport`] and [`Summary`].
const EXPORT_SCHEMA: u32 = 1;

/// A selector of the W3C Web Annotation Data Model, 4.2.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type")]
pub enum W3cSelector {
    /// By place, in code points.
    TextPositionSelector {
        /// First code point.
        start: usize,
        /// One past the last code point.
        end: usize,
    },
    /// By words.
    TextQuoteSelector {
        /// The text itself.
        exact: String,
        /// Up to 32 characters before it.
        prefix: String,
        /// Up to 32 characters after it.
        suffix: String,
    },
}

/// A passage, named in three ways.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Target {
    /// UTF-8 bytes of `text`, half-open.
    pub bytes: Span,
    /// By place and by words.
    pub selector: Vec<W3cSelector>,
}

impl Target {
    fn new(text: &str, bytes: Span) -> Self {
        let Selector { position, quote } = Selector::new(text, bytes);
        Self {
            bytes,
            selector: vec![
                W3cSelector::TextPositionSelector { start: position.start, end: position.end },
                W3cSelector::TextQuoteSelector { exact: quote.exact, prefix: quote.prefix, suffix: quote.suffix },
            ],
        }
    }
}

/// A finding as other programs read it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FindingExport {
    /// Its name within the essay.
    pub id: FindingId,
    /// What is marked.
    pub target: Target,
    /// Kind (`spelling`, `verbs`, ...).
    pub kind: String,
    /// ERRANT type.
    pub errant: String,
    /// The code that a teacher writes.
    pub code: String,
    /// How much it matters.
    pub severity: Severity,
    /// Whether it is a default mark.
    pub display: Display,
    /// Probability that a careful teacher would mark it, 0 to 1.
    pub confidence: f64,
    /// Where it comes from.
    pub source: String,
    /// The checker or phrase rule.
    pub checker: String,
    /// Why.
    pub explanation: Bilingual,
    /// Replacements, best first; an empty string deletes.
    pub suggestions: Vec<String>,
    /// Whether the teacher has taken it back.
    pub dismissed: bool,
}

/// A feature as other programs read it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FeatureExport {
    /// Its id.
    pub id: String,
    /// The trait that it speaks to.
    #[serde(rename = "trait")]
    pub trait_id: String,
    /// What it is called.
    pub name: Bilingual,
    /// Its value.
    pub value: f64,
    /// Unit of the value.
    pub unit: String,
    /// Passages that it rests on.
    pub passages: Vec<Target>,
}

/// One essay with everything that is known about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EssayExport {
    /// Version of this form.
    pub schema: u32,
    /// Name and version of the program.
    pub generator: String,
    /// Whose work for what.
    pub submission: Submission,
    /// How the text was read.
    pub origin: Origin,
    /// BCP 47 tag of the text's language.
    pub language: String,
    /// The text that every target refers to.
    pub text: String,
    /// Number of words.
    pub words: usize,
    /// The mark.
    pub mark: Mark,
    /// Faults, in order of their place.
    pub findings: Vec<FindingExport>,
    /// Numbers that the mark rests on.
    pub features: Vec<FeatureExport>,
    /// The review.
    pub review: Review,
    /// Versions of everything that looked at the text.
    pub versions: BTreeMap<String, String>,
}

/// The export of one essay.
#[must_use]
pub fn essay_export(bundle: &ClassBundle<'_>, pupil: &PupilBundle<'_>) -> EssayExport {
    let evidence = pupil.evidence;
    let text = &evidence.document.text;
    EssayExport {
        schema: EXPORT_SCHEMA,
        generator: bundle.generator.to_owned(),
        submission: evidence.submission.clone(),
        origin: evidence.origin.clone(),
        language: evidence.document.language.tag().to_owned(),
        text: text.clone(),
        words: evidence.words,
        mark: pupil.mark.clone(),
        findings: evidence
            .findings
            .iter()
            .map(|f| FindingExport {
                id: f.id(),
                target: Target::new(text, f.span),
                kind: kind_of(f).slug.to_owned(),
                errant: f.errant.clone(),
                code: f.code.clone(),
                severity: f.severity,
                display: f.display,
                confidence: f.confidence,
                source: f.source.clone(),
                checker: f.checker.clone(),
                explanation: f.explanation.clone(),
                suggestions: f.suggestions.clone(),
                dismissed: pupil.mark.dismissed.contains(&f.id()),
            })
            .collect(),
        features: evidence
            .features
            .iter()
            .map(|f| FeatureExport {
                id: f.id.clone(),
                trait_id: f.trait_id.as_str().to_owned(),
                name: bundle.feature_label(&f.id),
                value: f.value,
                unit: f.unit.clone(),
                passages: f.passages.iter().map(|s| Target::new(text, *s)).collect(),
            })
            .collect(),
        review: pupil.review.clone(),
        versions: evidence.versions.clone(),
    }
}

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EssayOutcome {
    /// Read and scored.
    Marked,
    /// Read, but not scored.
    Unscored,
    /// Could not be read.
    Failed,
}

/// One line of the summary.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SummaryEssay {
    /// As the user named it.
    pub file: String,
    /// The submission; `null` for a file that could not be read.
    pub submission: Option<SubmissionId>,
    /// Name of the pupil, where it is known.
    pub pupil: Option<String>,
    /// Id of the pupil, where it is known.
    pub pupil_id: Option<PupilId>,
    /// Whether the text was read from a picture and nobody has compared it with the picture yet.
    #[serde(default)]
    pub unconfirmed_transcript: bool,
    /// What became of it.
    pub outcome: EssayOutcome,
    /// Stable code of why it was not scored or read.
    pub code: Option<String>,
    /// The same in words.
    pub reason: Option<Bilingual>,
    /// The band that the score lies in, where there is one.
    pub band: Option<Bilingual>,
    /// The 80 % interval on the rubric's scale.
    pub interval: Option<(f64, f64)>,
    /// Whether a teacher's own marks stand behind the score.
    pub calibrated: bool,
    /// Place in the class, 1 being the best.
    pub place: Option<usize>,
    /// Words and findings; all 0 for a file that could not be read.
    pub counts: SummaryCounts,
}

/// What an essay holds. Findings that the teacher has taken back are not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct SummaryCounts {
    /// Words.
    pub words: usize,
    /// Default marks.
    pub marks: usize,
    /// "Check this" findings.
    pub checks: usize,
    /// Remarks on style.
    pub style: usize,
}

/// Totals of the class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
pub struct SummaryTotals {
    /// Files in all.
    pub essays: usize,
    /// Read and scored.
    pub marked: usize,
    /// Read, but not scored.
    pub unscored: usize,
    /// Could not be read.
    pub failed: usize,
    /// Words in all.
    pub words: usize,
    /// Default marks in all.
    pub marks: usize,
}

/// `summary.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// Version of this form.
    pub schema: u32,
    /// Name and version of the program.
    pub generator: String,
    /// What the assignment is called.
    pub title: String,
    /// The scale.
    pub rubric: RubricRef,
    /// Totals.
    pub totals: SummaryTotals,
    /// One per file: those that were read in the bundle's order, then those that failed.
    pub essays: Vec<SummaryEssay>,
}

/// The summary of the class.
#[must_use]
pub fn summary(bundle: &ClassBundle<'_>) -> Summary {
    let mut essays: Vec<SummaryEssay> = bundle.pupils.iter().map(summary_line).collect();
    essays.extend(bundle.failed.iter().map(|f| SummaryEssay {
        file: f.file.clone(),
        submission: None,
        pupil: f.pupil.clone(),
        pupil_id: f.pupil_id.as_deref().map(PupilId::new),
        unconfirmed_transcript: false,
        outcome: EssayOutcome::Failed,
        code: Some(f.code.clone()),
        reason: Some(f.reason.clone()),
        band: None,
        interval: None,
        calibrated: false,
        place: None,
        counts: SummaryCounts::default(),
    }));
    let count = |outcome| essays.iter().filter(|e| e.outcome == outcome).count();
    Summary {
        schema: EXPORT_SCHEMA,
        generator: bundle.generator.to_owned(),
        title: bundle.title.to_owned(),
        rubric: bundle.rubric.reference(),
        totals: SummaryTotals {
            essays: essays.len(),
            marked: count(EssayOutcome::Marked),
            unscored: count(EssayOutcome::Unscored),
            failed: count(EssayOutcome::Failed),
            words: essays.iter().map(|e| e.counts.words).sum(),
            marks: essays.iter().map(|e| e.counts.marks).sum(),
        },
        essays,
    }
}

fn summary_line(pupil: &PupilBundle<'_>) -> SummaryEssay {
    let (evidence, mark) = (pupil.evidence, pupil.mark);
    let count = |display| {
        evidence.findings.iter().filter(|f| f.display == display && !mark.dismissed.contains(&f.id())).count()
    };
    let (outcome, overall, place, reason): (_, _, _, Option<&Reason>) = match &mark.outcome {
        Outcome::Scored { overall, place, .. } => (EssayOutcome::Marked, Some(overall), *place, None),
        Outcome::Unscored { reason } => (EssayOutcome::Unscored, None, None, Some(reason)),
    };
    SummaryEssay {
        file: evidence.submission.file.clone(),
        submission: Some(evidence.submission.id.clone()),
        pupil: Some(evidence.submission.pupil.name.clone()),
        pupil_id: Some(evidence.submission.pupil.id.clone()),
        unconfirmed_transcript: pupil.unconfirmed_transcript,
        outcome,
        code: reason.map(|r| reason_code(r).to_owned()),
        reason: reason.map(reason_words),
        band: overall.map(|s| s.band.clone()),
        interval: overall.map(|s| (s.low, s.high)),
        calibrated: overall.is_some_and(|s| s.calibrated),
        place: place.map(|p| p.rank),
        counts: SummaryCounts {
            words: evidence.words,
            marks: count(Display::Sure),
            checks: count(Display::Check),
            style: count(Display::Style),
        },
    }
}

/// JSON Schemas of every JSON file that is written: file stem and schema.
#[must_use]
pub fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("essay", schema_for!(EssayExport).to_value()),
        ("summary", schema_for!(Summary).to_value()),
        ("class-report", schema_for!(ClassReport).to_value()),
    ]
}
