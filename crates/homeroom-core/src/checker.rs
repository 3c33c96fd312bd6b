use crate::{Analysis, Document, Feature, Finding, Language, TraitId};

/// Finds one kind of fault. A checker cannot fail: odd input yields no finding.
pub trait Checker: Send + Sync {
    /// Names the fault; the same as its file's name.
    fn id(&self) -> &'static str;

    /// The fault in half a sentence, in Markdown, with examples; for the catalogue of checkers.
    fn fault(&self) -> &'static str;

    /// The language that it reads.
    fn language(&self) -> Language {
        Language::ENGLISH
    }

    /// Adds what it finds. Spans refer to the document's text.
    fn check(&self, analysis: &Analysis, findings: &mut Vec<Finding>);
}

/// What a trait extractor may look at.
#[derive(Debug, Clone, Copy)]
pub struct TraitContext<'a> {
    /// The essay.
    pub analysis: &'a Analysis,
    /// Its findings, already sorted and without overlaps.
    pub findings: &'a [Finding],
    /// The prompt, where one was given.
    pub prompt: Option<&'a Document>,
}

/// Measures one side of writing by interpretable numbers. It cannot fail.
pub trait TraitExtractor: Send + Sync {
    /// The trait.
    fn id(&self) -> TraitId;

    /// Its features, in a fixed order; every value is finite.
    fn extract(&self, context: TraitContext<'_>) -> Vec<Feature>;
}
