use homeroom_core::{Feature, Span, TraitContext, TraitExtractor, TraitId, Upos};

use crate::{
    EffectiveText, Features,
    errors::{self, Group},
    ratio,
};

/// Spelling, punctuation and capitals.
///
/// `spelling_error_rate`, `punctuation_error_rate`, `capital_error_rate`: findings per 100 words, weighted by severity and
/// confidence. Counted without any checker: `lower_case_start_share` of the sentences (a lone *i* counts as one, too), and
/// `spacing_fault_rate`: commas and full stops with a space in front or none behind, per 100 words.
pub(crate) struct Conventions;

impl TraitExtractor for Conventions {
    fn id(&self) -> TraitId {
        TraitId::CONVENTIONS
    }

    fn extract(&self, context: TraitContext<'_>) -> Vec<Feature> {
        let analysis = context.analysis;
        let text = EffectiveText::new(analysis, context.prompt);
        let mut out = Features::new(self.id());
        for (id, group) in [
            ("spelling_error_rate", Group::Spelling),
            ("punctuation_error_rate", Group::Punctuation),
            ("capital_error_rate", Group::Orthography),
        ] {
            let findings = errors::of(&context, &text, |f| errors::group(&f.errant) == group);
            out.add(
                id,
                text.per_100_words(errors::weight(&findings)),
                "per 100 words",
                findings.iter().map(|f| f.span),
            );
        }

        let mut lower: Vec<Span> = Vec::new();
        let mut spacing: Vec<Span> = Vec::new();
        for &sentence in &text.sentences {
            let first = text.words_of(sentence).next();
            for i in analysis.sentences[sentence].tokens.clone() {
                let token = &analysis.tokens[i];
                let form = analysis.form(i);
                if form == "i" || (Some(i) == first && form.chars().next().is_some_and(char::is_lowercase)) {
                    lower.push(token.span);
                }
                if token.upos == Upos::Punct && matches!(form, "," | "." | "!" | "?" | ";" | ":") {
                    let before = analysis.text()[..token.span.start].chars().next_back();
                    let after = analysis.text()[token.span.end..].chars().next();
                    if before == Some(' ') || after.is_some_and(char::is_alphabetic) {
                        spacing.push(token.span);
                    }
                }
            }
        }
        out.add("lower_case_start_share", ratio(lower.len() as f64, text.sentences.len() as f64), "share", lower);
        out.add("spacing_fault_rate", text.per_100_words(spacing.len() as f64), "per 100 words", spacing);
        out.list
    }
}
