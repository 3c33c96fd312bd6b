//! The essay with its marks and passages as markup.

use std::collections::BTreeSet;

use homeroom_core::{Display, Evidence, Finding, Mark, Span};
use maud::{Markup, html};

use crate::bundle::PageLanguage;
use crate::kind::{Kind, code_name, kind_of};

/// A finding that the page shows.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown<'a> {
    /// Its place in the list; `m{index}` in the text and `f{index}` in the margin are its anchors.
    pub(crate) index: usize,
    /// The finding.
    pub(crate) finding: &'a Finding,
    /// Its kind.
    pub(crate) kind: &'static Kind,
    /// Whether it is marked in the text. One that shares letters with a surer one is only listed.
    pub(crate) inline: bool,
}

/// A passage that something on the page points to.
#[derive(Debug, Clone)]
pub(crate) struct Passage {
    /// Anchor; buttons name it.
    pub(crate) id: String,
    /// Where it stands.
    pub(crate) span: Span,
}

/// The findings that the teacher has not taken back, in order of their place; spans that do not fit the text are left
/// out.
pub(crate) fn shown<'a>(evidence: &'a Evidence, mark: &Mark) -> Vec<Shown<'a>> {
    let text = &evidence.document.text;
    let paragraphs = evidence.document.paragraph_spans();
    let mut findings: Vec<&Finding> =
        evidence.findings.iter().filter(|f| f.span.fits(text) && !mark.dismissed.contains(&f.id())).collect();
    findings.sort_by_key(|f| (f.span.start, f.span.end));

    let mut inline = vec![false; findings.len()];
    for display in [Display::Sure, Display::Check, Display::Style] {
        for i in 0..findings.len() {
            let span = findings[i].span;
            let visible =
                if span.is_empty() { !paragraphs.is_empty() } else { paragraphs.iter().any(|p| p.overlaps(span)) };
            let free = !findings.iter().zip(&inline).any(|(f, taken)| *taken && f.span.overlaps(span));
            if findings[i].display == display && visible && free {
                inline[i] = true;
            }
        }
    }
    findings
        .into_iter()
        .zip(inline)
        .enumerate()
        .map(|(index, (finding, inline))| Shown { index, finding, kind: kind_of(finding), inline })
        .collect()
}

/// Neighbouring pieces of text under the same mark.
struct Run<'a> {
    /// The mark, by index into the shown findings.
    mark: Option<usize>,
    /// Text with the indices of the passages that cover it.
    pieces: Vec<(&'a str, Vec<usize>)>,
}

/// The essay's paragraphs.
pub(crate) fn essay(evidence: &Evidence, shown: &[Shown<'_>], passages: &[Passage], language: PageLanguage) -> Markup {
    let text = evidence.document.text.as_str();
    let paragraphs = evidence.document.paragraph_spans();
    let passages: Vec<&Passage> = passages.iter().filter(|p| p.span.fits(text)).collect();
    let inline: Vec<&Shown<'_>> = shown.iter().filter(|s| s.inline).collect();

    let mut cuts: BTreeSet<usize> = BTreeSet::new();
    for span in inline.iter().map(|s| s.finding.span).chain(passages.iter().map(|p| p.span)) {
        cuts.extend([span.start, span.end]);
    }
    // An insertion point between two paragraphs belongs to the end of the one before it.
    let home = |at: usize| {
        paragraphs
            .iter()
            .position(|p| p.start <= at && at <= p.end)
            .or_else(|| paragraphs.iter().rposition(|p| p.end < at))
            .unwrap_or(0)
    };
    let mut insertions: Vec<(usize, usize, usize)> = inline
        .iter()
        .filter(|s| s.finding.span.is_empty())
        .map(|s| (home(s.finding.span.start), s.finding.span.start, s.index))
        .collect();
    insertions.sort_unstable();

    let mut started = BTreeSet::new();
    html! {
        @for (n, paragraph) in paragraphs.iter().enumerate() {
            @let runs = runs(text, *paragraph, &cuts, &inline, &passages, insertions.iter().filter(|i| i.0 == n));
            p {
                @for run in &runs {
                    @match run.mark.and_then(|i| shown.get(i)) {
                        Some(s) => (mark(s, &run.pieces, &passages, started.insert(s.index), language)),
                        None => (pieces(&run.pieces, &passages)),
                    }
                }
            }
        }
    }
}

fn runs<'a, 'i>(
    text: &'a str,
    paragraph: Span,
    cuts: &BTreeSet<usize>,
    inline: &[&Shown<'_>],
    passages: &[&Passage],
    insertions: impl Iterator<Item = &'i (usize, usize, usize)>,
) -> Vec<Run<'a>> {
    let mut insertions = insertions.peekable();
    let mut runs: Vec<Run<'a>> = Vec::new();
    let mut start = paragraph.start;
    let ends = cuts.range(paragraph.start + 1..paragraph.end).copied().chain([paragraph.end]);
    for end in ends {
        while let Some((_, _, index)) = insertions.next_if(|(_, at, _)| *at <= start) {
            runs.push(Run { mark: Some(*index), pieces: vec![] });
        }
        let atom = Span::new(start, end);
        let mark = inline.iter().find(|s| s.finding.span.contains(atom) && !s.finding.span.is_empty()).map(|s| s.index);
        let covering =
            passages.iter().enumerate().filter(|(_, p)| p.span.contains(atom)).map(|(i, _)| i).collect::<Vec<_>>();
        let piece = (atom.of(text), covering);
        match runs.last_mut() {
            Some(run) if run.mark == mark && !run.pieces.is_empty() => run.pieces.push(piece),
            _ => runs.push(Run { mark, pieces: vec![piece] }),
        }
        start = end;
    }
    runs.extend(insertions.map(|(_, _, index)| Run { mark: Some(*index), pieces: vec![] }));
    runs
}

fn pieces(pieces: &[(&str, Vec<usize>)], passages: &[&Passage]) -> Markup {
    html! {
        @for (text, covering) in pieces {
            @if covering.is_empty() {
                (text)
            } @else {
                @let ids = covering.iter().map(|i| passages[*i].id.as_str()).collect::<Vec<_>>().join(" ");
                span.passage data-p=(ids) { (text) }
            }
        }
    }
}

fn mark(
    s: &Shown<'_>,
    inside: &[(&str, Vec<usize>)],
    passages: &[&Passage],
    first: bool,
    language: PageLanguage,
) -> Markup {
    let sure = s.finding.display == Display::Sure;
    let class = format!(
        "mk k-{}{}{}{}{}",
        s.kind.slug,
        if sure { "" } else { " off" },
        if s.finding.display == Display::Check { " check" } else { "" },
        if s.finding.span.is_empty() { " gap" } else { "" },
        if first { "" } else { " more" },
    );
    let (en, zh) = code_name(&s.finding.code).unwrap_or((s.kind.en, s.kind.zh));
    let target = format!("#f{}", s.index);
    html! {
        a class=(class) id=[first.then(|| format!("m{}", s.index))] data-f=(s.index) data-code=(s.finding.code)
            data-href=(target) href=[sure.then_some(&target)] {
            @if first { span.code aria-hidden="true" { (s.finding.code) } }
            @if s.finding.span.is_empty() { span.caret aria-hidden="true" { "‸" } }
            (pieces(inside, passages))
            span.vh { " [" (language.t(en, zh)) "] " }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use homeroom_core::{
        AssignmentId, Bilingual, Document, EVIDENCE_SCHEMA, Language, Origin, Outcome, Pupil, PupilId, Reason,
        RubricRef, Severity, Status, Submission, SubmissionId,
    };
    use proptest::prelude::*;

    use super::*;

    fn evidence(text: &str, spans: &[(Span, Display)]) -> Evidence {
        let findings = spans.iter().map(|(span, display)| Finding {
            span: *span,
            checker: "x".into(),
            source: "homeroom".into(),
            errant: "R:SPELL".into(),
            code: "sp".into(),
            severity: Severity::Minor,
            display: *display,
            confidence: 0.9,
            explanation: Bilingual::default(),
            suggestions: vec![],
        });
        let pupil = PupilId::new("p");
        let assignment = AssignmentId::new("a");
        Evidence {
            schema: EVIDENCE_SCHEMA,
            submission: Submission {
                id: SubmissionId::derive(&pupil, &assignment),
                pupil: Pupil { id: pupil, name: "P".into(), class: None },
                assignment,
                file: "p.txt".into(),
            },
            origin: Origin {
                sha256: String::new(),
                format: "txt".into(),
                encoding: None,
                notes: vec![],
                transcript: None,
            },
            document: Document::new(text, Language::ENGLISH),
            words: 0,
            unscored: None,
            findings: findings.collect(),
            features: vec![],
            judgements: vec![],
            letter: None,
            versions: BTreeMap::new(),
        }
    }

    fn unmarked(evidence: &Evidence) -> Mark {
        Mark {
            submission: evidence.submission.id.clone(),
            rubric: RubricRef { id: "r".into(), version: "1".into() },
            status: Status::Draft,
            outcome: Outcome::Unscored { reason: Reason::Blank },
            dismissed: vec![],
            edits: vec![],
        }
    }

    /// The text that a reader sees, without codes, carets and words for screen readers.
    fn seen(markup: &str) -> String {
        let mut out = markup.to_owned();
        for open in ["<span class=\"code\"", "<span class=\"caret\"", "<span class=\"vh\""] {
            while let Some(start) = out.find(open) {
                let end = start + out[start..].find("</span>").unwrap() + "</span>".len();
                out.replace_range(start..end, "");
            }
        }
        let out = out.replace("</p>", "\n");
        let mut text = String::new();
        for part in out.split('<') {
            text.push_str(part.split_once('>').map_or(part, |(_, after)| after));
        }
        text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
    }

    #[track_caller]
    fn check(text: &str, marks: &[(Span, Display)], passages: &[Span]) {
        let evidence = evidence(text, marks);
        let shown = shown(&evidence, &unmarked(&evidence));
        let passages: Vec<Passage> = passages.iter().map(|span| Passage { id: "p0".into(), span: *span }).collect();
        let markup = essay(&evidence, &shown, &passages, PageLanguage::En).into_string();
        let text = &evidence.document.text;
        let want: String = evidence.document.paragraph_spans().iter().map(|p| format!("{}\n", p.of(text))).collect();
        assert_eq!(seen(&markup), want);
        for s in &shown {
            let anchors = markup.matches(&format!("id=\"m{}\"", s.index)).count();
            assert_eq!(anchors, usize::from(s.inline), "finding {} of {markup}", s.index);
        }
    }

    #[test]
    fn marks_across_paragraphs_and_at_the_ends() {
        let sure = |start, end| (Span::new(start, end), Display::Sure);
        check("One two.\n\nThree.", &[sure(4, 13)], &[Span::new(0, 16)]);
        check("One.", &[sure(0, 0), sure(4, 4)], &[]);
        check("One.\n\nTwo.", &[sure(5, 5), sure(4, 6)], &[]);
        check("  \n ", &[sure(0, 0), sure(1, 2)], &[Span::new(0, 1)]);
        check("", &[sure(0, 0)], &[]);
        check("a < b & c", &[sure(2, 3)], &[Span::new(0, 9)]);
    }

    proptest! {
        #[test]
        fn no_letter_is_lost_and_each_mark_stands_once(
            text in "[a<&é中 \n\"]{0,40}",
            marks in proptest::collection::vec((0usize..60, 0usize..20, 0u8..3), 0..8),
            passages in proptest::collection::vec((0usize..60, 0usize..30), 0..4),
        ) {
            let floor = |i: usize| (0..=i.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
            let span = |start: usize, len: usize| Span::new(floor(start), floor(start + len));
            let marks: Vec<(Span, Display)> = marks
                .into_iter()
                .map(|(s, l, d)| (span(s, l), [Display::Sure, Display::Check, Display::Style][usize::from(d)]))
                .collect();
            let passages: Vec<Span> = passages.into_iter().map(|(s, l)| span(s, l)).collect();
            check(&text, &marks, &passages);
        }
    }
}
