use std::collections::BTreeSet;

use homeroom_core::{Feature, Span, TraitContext, TraitExtractor, TraitId, Upos};

use crate::{EffectiveText, Features, ratio};

/// Sentences whose openings are compared, so that length alone does not raise the number.
const OPENING_WINDOW: usize = 20;

/// A sentence of more words than this has most likely run on: in edited English one in fifty is longer.
const RUN_ON_WORDS: usize = 40;

/// Relations whose dependent heads a clause.
const CLAUSES: [&str; 6] = ["csubj", "ccomp", "xcomp", "advcl", "acl", "parataxis"];

/// Relations that modify a noun.
const NOUN_MODIFIERS: [&str; 5] = ["amod", "nmod", "compound", "acl", "appos"];

/// Variety and complexity of sentences.
///
/// `mean_sentence_words`, `sentence_words_spread` (standard deviation); `clauses_per_sentence`; `dependent_clause_share`;
/// `subordination_kinds`: kinds of dependent clause, and `subordinators`: different words that introduce one;
/// `opening_variety`: different first words over the root of sentences; `relative_rate`, `passive_rate`,
/// `participle_rate` per 100 words; `noun_modifiers` per noun; `run_on_share`: words in sentences of more than 40 words.
///
/// # Source
/// Lu 2010 (L2SCA) for clause measures; Biber, Gray and Poonpon 2011 for the modifiers of nouns.
pub(crate) struct Sentences;

fn base(deprel: &str) -> &str {
    deprel.split(':').next().unwrap_or(deprel)
}

impl TraitExtractor for Sentences {
    fn id(&self) -> TraitId {
        TraitId::SENTENCES
    }

    fn extract(&self, context: TraitContext<'_>) -> Vec<Feature> {
        let analysis = context.analysis;
        let text = EffectiveText::new(analysis, context.prompt);
        let mut out = Features::new(self.id());
        let n_sentences = text.sentences.len() as f64;

        let lengths: Vec<(usize, usize)> = text.sentences.iter().map(|&s| (text.words_of(s).count(), s)).collect();
        let mean = ratio(lengths.iter().map(|(n, _)| *n as f64).sum(), n_sentences);
        let variance = ratio(lengths.iter().map(|(n, _)| (*n as f64 - mean).powi(2)).sum(), n_sentences);
        out.add("mean_sentence_words", mean, "words", []);
        out.add("sentence_words_spread", variance.sqrt(), "words", []);
        let run_on: Vec<&(usize, usize)> = lengths.iter().filter(|(n, _)| *n > RUN_ON_WORDS).collect();
        out.add(
            "run_on_share",
            ratio(run_on.iter().map(|(n, _)| *n as f64).sum(), text.n_words() as f64),
            "share",
            run_on.iter().map(|(_, s)| text.span(*s)),
        );

        let mut clauses = 0usize;
        let mut dependent: Vec<(usize, Span)> = Vec::new();
        let mut kinds = BTreeSet::new();
        let mut subordinators = BTreeSet::new();
        let (mut relatives, mut passives, mut participles) = (Vec::new(), Vec::new(), Vec::new());
        let (mut nouns, mut modifiers) = (0usize, 0usize);
        for &sentence in &text.sentences {
            let range = analysis.sentences[sentence].tokens.clone();
            let subtree = |i: usize| -> Span {
                let mut span = analysis.tokens[i].span;
                for child in analysis.children(i) {
                    span = span.join(analysis.tokens[child].span);
                }
                span
            };
            for i in range {
                let token = &analysis.tokens[i];
                let relation = base(token.deprel);
                let verbal = matches!(token.upos, Upos::Verb | Upos::Aux);
                if relation == "root" || (relation == "conj" && verbal) {
                    clauses += 1;
                } else if CLAUSES.contains(&relation) {
                    clauses += 1;
                    if relation != "parataxis" {
                        kinds.insert(token.deprel);
                        dependent.push((sentence, subtree(i)));
                    }
                }
                if relation == "mark" && token.lower != "to" {
                    subordinators.insert(token.lower.as_str());
                }
                if token.deprel == "acl:relcl" {
                    relatives.push(subtree(i));
                    let pronoun = analysis
                        .children(i)
                        .find(|&c| analysis.tokens[c].lower.starts_with("wh") || analysis.tokens[c].lower == "that");
                    subordinators.extend(pronoun.map(|c| analysis.tokens[c].lower.as_str()));
                } else if matches!(relation, "advcl" | "acl") && matches!(token.xpos, "VBG" | "VBN") {
                    participles.push(subtree(i));
                }
                if matches!(token.deprel, "nsubj:pass" | "aux:pass") && token.deprel == "aux:pass" {
                    passives.push(token.head.map_or(token.span, |h| token.span.join(analysis.tokens[h].span)));
                }
                if matches!(token.upos, Upos::Noun | Upos::Propn) {
                    nouns += 1;
                }
                if NOUN_MODIFIERS.contains(&relation)
                    && token.head.is_some_and(|h| matches!(analysis.tokens[h].upos, Upos::Noun | Upos::Propn))
                {
                    modifiers += 1;
                }
            }
        }
        let dependent_spans: Vec<Span> = dependent.iter().map(|(_, span)| *span).collect();
        out.add("clauses_per_sentence", ratio(clauses as f64, n_sentences), "clauses", []);
        out.add(
            "dependent_clause_share",
            ratio(dependent.len() as f64, clauses as f64),
            "share",
            dependent_spans.iter().copied(),
        );
        out.add("subordination_kinds", kinds.len() as f64, "kinds", dependent_spans);
        out.add("subordinators", subordinators.len() as f64, "types", []);

        let firsts: Vec<&str> = text
            .sentences
            .iter()
            .take(OPENING_WINDOW)
            .filter_map(|&s| text.words_of(s).next())
            .map(|i| analysis.tokens[i].lower.as_str())
            .collect();
        let different = firsts.iter().collect::<BTreeSet<_>>().len() as f64;
        out.add("opening_variety", ratio(different, (firsts.len() as f64).sqrt()), "types per root sentence", []);

        for (id, spans) in [("relative_rate", relatives), ("passive_rate", passives), ("participle_rate", participles)]
        {
            out.add(id, text.per_100_words(spans.len() as f64), "per 100 words", spans);
        }
        out.add("noun_modifiers", ratio(modifiers as f64, nouns as f64), "per noun", []);
        out.list
    }
}
