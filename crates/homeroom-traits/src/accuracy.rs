use homeroom_core::{Display, Feature, TraitContext, TraitExtractor, TraitId};

use crate::{
    EffectiveText, Features,
    errors::{self, Group},
    ratio,
};

/// A finding less sure than this does not take away a sentence's being free from errors.
const COUNTED_CONFIDENCE: f64 = 0.5;

/// Freedom from errors of grammar and word choice, as far as the checkers see them.
///
/// `grammar_error_rate` and, of it, `verb_error_rate`, `noun_error_rate`, `function_word_error_rate`,
/// `word_order_error_rate` per 100 words, weighted by severity and confidence; `error_free_share` of the sentences.
///
/// # Source
/// The groups are ERRANT's (Bryant, Felice and Briscoe 2017); error-free units go back to Larsen-Freeman 1978.
pub(crate) struct Accuracy;

impl TraitExtractor for Accuracy {
    fn id(&self) -> TraitId {
        TraitId::ACCURACY
    }

    fn extract(&self, context: TraitContext<'_>) -> Vec<Feature> {
        let text = EffectiveText::new(context.analysis, context.prompt);
        let mut out = Features::new(self.id());
        let mut rate = |id: &str, wanted: &dyn Fn(Group) -> bool| {
            let findings = errors::of(&context, &text, |f| wanted(errors::group(&f.errant)));
            out.add(
                id,
                text.per_100_words(errors::weight(&findings)),
                "per 100 words",
                findings.iter().map(|f| f.span),
            );
        };
        rate("grammar_error_rate", &|g| !matches!(g, Group::Spelling | Group::Punctuation | Group::Orthography));
        rate("verb_error_rate", &|g| g == Group::Verb);
        rate("noun_error_rate", &|g| g == Group::Noun);
        rate("function_word_error_rate", &|g| g == Group::Function);
        rate("word_order_error_rate", &|g| g == Group::Other);

        let mut faulty: Vec<usize> = context
            .findings
            .iter()
            .filter(|f| f.display != Display::Style && f.confidence >= COUNTED_CONFIDENCE)
            .filter_map(|f| text.sentence_at(f.span.start))
            .collect();
        faulty.dedup();
        faulty.sort_unstable();
        faulty.dedup();
        let free: Vec<usize> = text.sentences.iter().copied().filter(|s| faulty.binary_search(s).is_err()).collect();
        let mut best: Vec<(usize, usize)> = free.iter().map(|&s| (text.words_of(s).count(), s)).collect();
        best.sort_by_key(|&(n, s)| (std::cmp::Reverse(n), s));
        out.add(
            "error_free_share",
            ratio(free.len() as f64, text.sentences.len() as f64),
            "share",
            best.into_iter().map(|(_, s)| text.span(s)),
        );
        out.list
    }
}
