use homeroom_core::{Feature, TraitContext, TraitExtractor, TraitId};

use crate::{
    EffectiveText, Features,
    prompt::{self, PromptProfile},
    ratio,
    words::{self, WordFacts},
};

/// A point of the prompt counts as answered when this share of its weighted topic words is taken up.
const POINT_TAKEN_UP: f64 = 0.34;

/// How well and how fully the essay answers its prompt.
///
/// `developed_words`: words that are the pupil's own and said once. `repeated_share`, `copied_share`: words in repeated
/// sentences, and in runs of the prompt; `aside_share`: words in sentences that are no part of the essay. With a prompt also `prompt_relevance`: share of its topic words taken up,
/// `prompt_coverage`: share of its points taken up, and `topic_similarity`: cosine of the topic words.
pub(crate) struct Task;

impl TraitExtractor for Task {
    fn id(&self) -> TraitId {
        TraitId::TASK
    }

    fn extract(&self, context: TraitContext<'_>) -> Vec<Feature> {
        let analysis = context.analysis;
        let text = EffectiveText::new(analysis, context.prompt);
        let mut out = Features::new(self.id());
        let total = text.total_words as f64;
        out.add("developed_words", text.fresh_words as f64, "words", []);
        out.add(
            "repeated_share",
            ratio(text.repeated_words as f64, total),
            "share",
            text.repeats.iter().map(|&s| text.span(s)),
        );
        out.add(
            "aside_share",
            ratio(text.aside_words as f64, total),
            "share",
            text.asides.iter().map(|&s| text.span(s)),
        );
        let Some(prompt) = context.prompt else { return out.list };
        out.add(
            "copied_share",
            ratio(text.copied_words as f64, total),
            "share",
            text.copies.iter().map(|&s| text.span(s)),
        );
        let facts = WordFacts::shipped();
        let profile = PromptProfile::new(prompt, &facts);
        if profile.keys.is_empty() {
            return out.list;
        }
        let essay = prompt::essay_keys(text.words.iter().map(|&i| &analysis.tokens[i]), &profile, &facts);
        let mut on_topic: Vec<(usize, usize)> = text
            .sentences
            .iter()
            .map(|&s| {
                let hits = text
                    .words_of(s)
                    .filter(|&i| {
                        let token = &analysis.tokens[i];
                        words::is_content(token) && profile.keys.contains_key(&profile.key_of(token, &facts))
                    })
                    .count();
                (hits, s)
            })
            .filter(|(hits, _)| *hits > 0)
            .collect();
        on_topic.sort_by_key(|&(hits, s)| (std::cmp::Reverse(hits), s));
        let passages: Vec<_> = on_topic.iter().map(|&(_, s)| text.span(s)).collect();
        out.add("prompt_relevance", PromptProfile::taken_up(&profile.keys, &essay), "share", passages.iter().copied());
        let answered = profile.points.iter().filter(|p| PromptProfile::taken_up(p, &essay) >= POINT_TAKEN_UP).count();
        out.add("prompt_coverage", ratio(answered as f64, profile.points.len() as f64), "share", []);
        out.add("topic_similarity", profile.cosine(&essay), "cosine", passages);
        out.list
    }
}
