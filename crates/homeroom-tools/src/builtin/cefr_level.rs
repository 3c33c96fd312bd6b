//! `cefr_level`: how hard the words of a text are.

use std::collections::BTreeMap;
use std::sync::Arc;

use homeroom_core::{Document, Language, Upos};
use homeroom_english::English;
use homeroom_lexicon::{Cefr, Lexicon};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Means;
use crate::{Effect, Output, Tool, ToolError, Typed};

/// Hard words that are listed.
const MOST_HARD: usize = 20;

/// Share of a text's words that its readers should know, for the level that is told: 95 of 100 running words, the least with
/// which readers get along (Laufer and Ravenhorst-Kalovski 2010).
const COVERED: f64 = 0.95;

#[derive(Deserialize, JsonSchema)]
struct Arguments {
    /// An English word or text, at most 20,000 characters.
    #[schemars(length(min = 1, max = 20_000))]
    text: String,
}

pub(super) fn make(_: &Means) -> Option<Arc<dyn Tool>> {
    Some(Typed::shared(
        "cefr_level",
        "Tells the CEFR level (A1 to C2) of an English word, or of the words of a text: how many are of each level, and which \
         are the hardest. It looks at words only, not at grammar.",
        Effect::Reads,
        |arguments: Arguments| level(&arguments.text).map(|report| Output::json(&report)),
    ))
}

#[derive(Serialize)]
struct Report {
    n_words: usize,
    /// The lowest level at which 95 of 100 words with a level are known.
    words_level: Option<&'static str>,
    /// Share of the words per level, 0 to 1.
    share: BTreeMap<&'static str, f64>,
    /// Words of B2 and above with their levels, the hardest first.
    hard_words: Vec<(String, &'static str)>,
    note: &'static str,
}

fn level(text: &str) -> Result<Report, ToolError> {
    let analysis = English::shipped().analyse(&Document::new(text, Language::ENGLISH));
    let lexicon = Lexicon::shipped();
    let skipped = [Upos::Punct, Upos::Num, Upos::Sym, Upos::X, Upos::Propn];
    let counted = |t: &&homeroom_core::Token| !skipped.contains(&t.upos) && t.lower.chars().any(char::is_alphabetic);
    let mut words: Vec<_> = analysis.tokens.iter().filter(counted).collect();
    if words.is_empty() {
        // A lone word may be taken for a name.
        words = analysis.tokens.iter().filter(|t| t.upos != Upos::Punct && lexicon.contains(&t.lower)).collect();
    }
    if words.is_empty() {
        return Err(ToolError::Value { argument: "text", fault: "there is no English word in it" });
    }
    let lone = words.len() == 1;
    let mut counts: BTreeMap<Option<Cefr>, usize> = BTreeMap::new();
    let mut hard: BTreeMap<String, Cefr> = BTreeMap::new();
    for word in &words {
        let upos = (!lone).then_some(word.upos);
        let level = lexicon.level(&word.lower, upos).or_else(|| lexicon.level(&word.lemma, None));
        *counts.entry(level).or_default() += 1;
        if let Some(level) = level.filter(|&l| l >= Cefr::B2) {
            hard.insert(word.lower.clone(), level);
        }
    }
    let n_words = words.len();
    let n_known: usize = counts.iter().filter(|(level, _)| level.is_some()).map(|(_, n)| n).sum();
    let mut so_far = 0;
    let words_level = Cefr::ALL.into_iter().find(|level| {
        so_far += counts.get(&Some(*level)).copied().unwrap_or(0);
        n_known > 0 && so_far as f64 >= COVERED * n_known as f64
    });
    let round = |share: f64| (share * 1000.0).round() / 1000.0;
    let share =
        counts.iter().map(|(level, &n)| (level.map_or("unknown", Cefr::as_str), round(n as f64 / n_words as f64)));
    let mut hard_words: Vec<_> = hard.into_iter().collect();
    hard_words.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    Ok(Report {
        n_words,
        words_level: words_level.map(Cefr::as_str),
        share: share.collect(),
        hard_words: hard_words.into_iter().take(MOST_HARD).map(|(word, level)| (word, level.as_str())).collect(),
        note: "Names and numbers are left out; the level is that of the words alone.",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up_and_hard_words_are_listed() {
        let report = level("The reluctant boy went to school. He reads books in the morning.").unwrap();
        assert!((report.share.values().sum::<f64>() - 1.0).abs() < 0.01);
        assert_eq!(report.n_words, 12);
        assert!(report.hard_words.iter().any(|(word, _)| word == "reluctant"), "{:?}", report.hard_words);
    }

    #[test]
    fn a_word_has_a_level() {
        let report = level("house").unwrap();
        assert_eq!((report.n_words, report.words_level), (1, Some("A1")));
        assert!(level("1234 !").is_err());
    }
}
