//! The traits of writing: each extractor measures one side of an essay by interpretable numbers.
//!
//! One trait is one file plus one line in [`extractors`]. Every number is taken from the [`EffectiveText`], which leaves
//! out sentences that repeat earlier ones, copy the prompt or are no part of the essay, so that neither padding nor an order
//! to the marker can raise any of them. What
//! cannot be scored at all is told by [`gate`].

mod accuracy;
mod aside;
mod connectives;
mod conventions;
mod effective;
mod errors;
mod gate;
mod meaning;
mod organisation;
mod prompt;
mod sentences;
mod task;
mod vocabulary;
mod words;

use homeroom_core::{Feature, Language, Span, TraitContext, TraitExtractor, TraitId};

pub use effective::EffectiveText;
pub use gate::{COPIED_PROMPT_SHARE, OFF_TOPIC_SHARED_KEYS, OFF_TOPIC_SIMILARITY, PROMPT_KEYS_TO_JUDGE, gate};
pub use meaning::{ELSEWHERE, MEANING_FEATURES, ON_TOPIC, PROMPT_MEANING, meaning};

/// Passages kept per feature.
pub const PASSAGES: usize = 5;

/// The extractors of a language, in the order in which the traits are shown. A language without any gives none.
#[must_use]
pub fn extractors(language: &Language) -> Vec<Box<dyn TraitExtractor>> {
    if *language != Language::ENGLISH {
        return Vec::new();
    }
    vec![
        Box::new(task::Task),
        Box::new(organisation::Organisation),
        Box::new(vocabulary::Vocabulary),
        Box::new(sentences::Sentences),
        Box::new(accuracy::Accuracy),
        Box::new(conventions::Conventions),
    ]
}

/// The features of all traits of the essay's language, in a fixed order.
#[must_use]
pub fn features(context: TraitContext<'_>) -> Vec<Feature> {
    extractors(&context.analysis.document.language).iter().flat_map(|e| e.extract(context)).collect()
}

/// Values are kept to a millionth: no feature is known better, and stored evidence stays short.
const PRECISION: f64 = 1e6;

/// Gathers the features of one trait; a value that is not finite becomes 0, and passages are limited to [`PASSAGES`].
struct Features {
    trait_id: TraitId,
    list: Vec<Feature>,
}

impl Features {
    fn new(trait_id: TraitId) -> Self {
        Self { trait_id, list: Vec::new() }
    }

    fn add(&mut self, id: &str, value: f64, unit: &str, passages: impl IntoIterator<Item = Span>) {
        self.list.push(Feature {
            id: id.to_owned(),
            trait_id: self.trait_id.clone(),
            value: if value.is_finite() { (value * PRECISION).round() / PRECISION } else { 0.0 },
            unit: unit.to_owned(),
            passages: passages.into_iter().take(PASSAGES).collect(),
        });
    }
}

/// `part / whole`, and 0 for a whole of 0.
fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}
