use std::collections::BTreeSet;

use homeroom_core::{Analysis, Feature, TraitContext, TraitExtractor, TraitId, Upos};

use crate::{EffectiveText, Features, connectives::Connectives, ratio, words};

/// Sentences at the start and at the end of a text in which its opening and its closing may stand.
const FRAME_SENTENCES: usize = 3;

/// How the essay is built and held together.
///
/// `paragraphs`; `paragraph_balance`: entropy of the words over the paragraphs, 0 (one holds all) to 1 (all are alike);
/// `connective_rate`; `connective_types`: different connectives; `connective_classes`: kinds of relation that they mark;
/// `linked_sentence_share`: neighbours that share a content word, or of which the second refers back by a pronoun;
/// `frame`: half for an opening move, half for a closing one.
///
/// # Source
/// The relations follow Halliday and Hasan 1976; overlap of neighbours is Coh-Metrix's local cohesion (Graesser 2004).
pub(crate) struct Organisation;

impl TraitExtractor for Organisation {
    fn id(&self) -> TraitId {
        TraitId::ORGANISATION
    }

    fn extract(&self, context: TraitContext<'_>) -> Vec<Feature> {
        let analysis = context.analysis;
        let text = EffectiveText::new(analysis, context.prompt);
        let mut out = Features::new(self.id());

        let paragraphs = text.paragraphs();
        let sizes: Vec<f64> =
            paragraphs.iter().map(|p| p.iter().map(|&s| text.words_of(s).count()).sum::<usize>() as f64).collect();
        out.add("paragraphs", paragraphs.len() as f64, "paragraphs", []);
        out.add("paragraph_balance", balance(&sizes), "share", []);

        let table = Connectives::english();
        let mut spans = Vec::new();
        let mut types = BTreeSet::new();
        let mut classes = BTreeSet::new();
        for &sentence in &text.sentences {
            let range = analysis.sentences[sentence].tokens.clone();
            for hit in table.find(&forms(analysis, sentence)) {
                if types.insert(hit.phrase) {
                    let first = range.start + hit.start;
                    spans.push((hit.len, analysis.span_of(first, first + hit.len - 1)));
                }
                classes.insert(hit.class);
            }
        }
        let n_hits: usize = text.sentences.iter().map(|&s| table.find(&forms(analysis, s)).len()).sum();
        // Connectives of several words are the better examples.
        spans.sort_by_key(|&(len, span)| (std::cmp::Reverse(len), span));
        let spans: Vec<_> = spans.into_iter().map(|(_, span)| span).collect();
        out.add("connective_rate", text.per_100_words(n_hits as f64), "per 100 words", spans.iter().copied());
        out.add("connective_types", types.len() as f64, "types", spans);
        out.add("connective_classes", classes.len() as f64, "classes", []);

        let pairs: Vec<(usize, usize)> = text.sentences.windows(2).map(|w| (w[0], w[1])).collect();
        let linked: Vec<_> = pairs.iter().copied().filter(|&(a, b)| linked(&text, a, b)).collect();
        out.add(
            "linked_sentence_share",
            ratio(linked.len() as f64, pairs.len() as f64),
            "share",
            linked.iter().map(|&(a, b)| text.span(a).join(text.span(b))),
        );

        let opening =
            text.sentences.iter().take(FRAME_SENTENCES).find(|&&s| table.makes_move("opening", &forms(analysis, s)));
        let closing = text
            .sentences
            .iter()
            .skip(FRAME_SENTENCES)
            .rev()
            .take(FRAME_SENTENCES)
            .find(|&&s| table.makes_move("closing", &forms(analysis, s)));
        let found = [opening, closing];
        out.add(
            "frame",
            found.iter().flatten().count() as f64 / 2.0,
            "share",
            found.into_iter().flatten().map(|&s| text.span(s)),
        );
        out.list
    }
}

fn forms(analysis: &Analysis, sentence: usize) -> Vec<&str> {
    analysis.sentence_tokens(sentence).iter().map(|t| t.lower.as_str()).collect()
}

/// Entropy of `sizes` over that of equal ones; 0 for fewer than two.
fn balance(sizes: &[f64]) -> f64 {
    let whole: f64 = sizes.iter().sum();
    if sizes.len() < 2 || whole <= 0.0 {
        return 0.0;
    }
    let entropy: f64 = sizes.iter().filter(|s| **s > 0.0).map(|s| -(s / whole) * (s / whole).ln()).sum();
    entropy / (sizes.len() as f64).ln()
}

/// Whether sentence `b` takes up a content word of `a`, or refers back by a pronoun or a demonstrative at its start.
fn linked(text: &EffectiveText<'_>, a: usize, b: usize) -> bool {
    let analysis = text.analysis;
    let keys = |s: usize| -> BTreeSet<String> {
        text.words_of(s)
            .map(|i| &analysis.tokens[i])
            .filter(|t| words::is_content(t))
            .map(|t| words::key(&t.lower))
            .collect()
    };
    let refers_back = text.words_of(b).take(3).any(|i| {
        let token = &analysis.tokens[i];
        matches!(token.upos, Upos::Pron | Upos::Det)
            && matches!(
                token.lower.as_str(),
                "he" | "she"
                    | "it"
                    | "they"
                    | "them"
                    | "this"
                    | "that"
                    | "these"
                    | "those"
                    | "such"
                    | "his"
                    | "her"
                    | "their"
            )
    });
    refers_back || !keys(a).is_disjoint(&keys(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_paragraphs_are_balanced() {
        for (sizes, expected) in [(&[][..], 0.0), (&[9.0], 0.0), (&[5.0, 5.0], 1.0), (&[3.0, 3.0, 3.0], 1.0)] {
            assert!((balance(sizes) - expected).abs() < 1e-9, "{sizes:?}");
        }
        assert!(balance(&[99.0, 1.0]) < 0.1);
    }
}
