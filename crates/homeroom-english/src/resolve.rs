//! From everything that was found to what is shown: each place in a text is marked once.

use homeroom_core::{Analysis, Display, Finding};

/// Sources in order of trust where two of them mark the same place: a phrase rule knows the exact phrase, our checkers
/// see the syntax, the speller sees one word, Harper's rules are the most general.
const SOURCES: [&str; 4] = ["phrase", "homeroom", "speller", "harper"];

fn source_rank(finding: &Finding) -> usize {
    SOURCES.iter().position(|s| *s == finding.source).unwrap_or(SOURCES.len())
}

/// Keeps the best finding of each place and sorts by place.
///
/// Of two findings that overlap, the default mark wins over "check this" and that over a remark on style; then the more
/// trusted source; then the more confident one; then the shorter span. Findings whose span does not fit the text, or
/// that lie outside of any word, are dropped.
#[must_use]
pub fn resolve(analysis: &Analysis, mut findings: Vec<Finding>) -> Vec<Finding> {
    let text = analysis.text();
    findings.retain(|f| f.span.fits(text));
    findings.sort_by(|a, b| {
        let rank = |f: &Finding| (display_rank(f.display), source_rank(f));
        rank(a)
            .cmp(&rank(b))
            .then(b.confidence.total_cmp(&a.confidence))
            .then(a.span.len().cmp(&b.span.len()))
            .then(a.span.cmp(&b.span))
            .then(a.checker.cmp(&b.checker))
    });
    let mut kept: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings {
        if !kept.iter().any(|k| k.span.overlaps(finding.span)) {
            kept.push(finding);
        }
    }
    kept.sort_by_key(|f| f.span);
    kept
}

fn display_rank(display: Display) -> u8 {
    match display {
        Display::Sure => 0,
        Display::Check => 1,
        Display::Style => 2,
    }
}
