use homeroom_core::{Display, Finding, Severity, TraitContext};

use crate::EffectiveText;

/// Coarse groups of ERRANT types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    /// Tense, form, agreement, auxiliaries.
    Verb,
    /// Number and possessives of nouns, determiners.
    Noun,
    /// Prepositions, particles, pronouns, conjunctions.
    Function,
    /// The wrong word of the right kind, morphology.
    WordChoice,
    /// Word order and whatever has no name of its own.
    Other,
    /// Spelling.
    Spelling,
    /// Punctuation.
    Punctuation,
    /// Capitals and spaces.
    Orthography,
}

/// The group of an ERRANT type (`R:VERB:SVA`).
pub(crate) fn group(errant: &str) -> Group {
    let kind = errant.split_once(':').map_or(errant, |(_, kind)| kind);
    match kind.split(':').next().unwrap_or(kind) {
        "VERB" if kind == "VERB" => Group::WordChoice,
        "VERB" => Group::Verb,
        "NOUN" if kind == "NOUN" => Group::WordChoice,
        "NOUN" | "DET" => Group::Noun,
        "PREP" | "PART" | "PRON" | "CONJ" | "CONTR" => Group::Function,
        "ADJ" | "ADV" | "MORPH" => Group::WordChoice,
        "SPELL" => Group::Spelling,
        "PUNCT" => Group::Punctuation,
        "ORTH" => Group::Orthography,
        _ => Group::Other,
    }
}

/// Whether a finding is about spelling.
pub(crate) fn is_spelling(finding: &Finding) -> bool {
    group(&finding.errant) == Group::Spelling
}

/// The findings in the effective text that are faults (no remarks on style) and meet `wanted`; the surest first.
pub(crate) fn of<'a>(
    context: &TraitContext<'a>,
    text: &EffectiveText<'_>,
    wanted: impl Fn(&Finding) -> bool,
) -> Vec<&'a Finding> {
    let mut findings: Vec<&Finding> =
        context.findings.iter().filter(|f| f.display != Display::Style && wanted(f) && text.holds(f)).collect();
    findings.sort_by(|a, b| b.confidence.total_cmp(&a.confidence).then(a.span.cmp(&b.span)));
    findings
}

/// Sum of the findings, each weighted by its severity (slip one half, fault one, loss of meaning one and a half) and by
/// how sure it is.
pub(crate) fn weight(findings: &[&Finding]) -> f64 {
    findings
        .iter()
        .map(|f| {
            let severity = match f.severity {
                Severity::Minor => 0.5,
                Severity::Major => 1.0,
                Severity::Serious => 1.5,
            };
            severity * if f.confidence.is_finite() { f.confidence.clamp(0.0, 1.0) } else { 0.0 }
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_errant_type_has_a_group() {
        for (errant, expected) in [
            ("R:VERB:SVA", Group::Verb),
            ("R:VERB", Group::WordChoice),
            ("M:DET", Group::Noun),
            ("R:NOUN:NUM", Group::Noun),
            ("U:PREP", Group::Function),
            ("R:SPELL", Group::Spelling),
            ("M:PUNCT", Group::Punctuation),
            ("R:ORTH", Group::Orthography),
            ("R:WO", Group::Other),
            ("", Group::Other),
        ] {
            assert_eq!(group(errant), expected, "{errant}");
        }
    }
}
