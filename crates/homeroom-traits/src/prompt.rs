use std::collections::{BTreeMap, HashSet};

use homeroom_core::{Document, Token};

use crate::words::{self, WordFacts};

/// Words in a row that make a copy rather than a common phrase.
pub(crate) const COPIED_RUN: usize = 5;

/// Letters of a key from which on it may be a misspelt topic word by one edit, and by two.
const MISSPELT_LETTERS: usize = 4;
const LONG_LETTERS: usize = 8;

/// Zipf value from which on a word says nothing about the topic, and that of a word that the table does not know.
const COMMON_ZIPF: f64 = 7.0;
const UNKNOWN_ZIPF: f64 = 4.0;

/// Where a sentence or an item of a prompt ends.
const SENTENCE_ENDS: [char; 5] = ['\n', '.', '?', '!', ';'];

/// Topic keys, each with its weight.
pub(crate) type Keys = BTreeMap<String, f64>;

/// What a prompt asks for: its topic words, as a whole and point by point.
pub(crate) struct PromptProfile {
    /// Topic keys of the whole prompt with their weights.
    pub(crate) keys: Keys,
    /// Topic keys of each sentence or list item that has any.
    pub(crate) points: Vec<Keys>,
}

/// The words of a raw text in lower case, with straight apostrophes.
pub(crate) fn raw_words(text: &str) -> Vec<String> {
    text.replace('\u{2019}', "'")
        .split(|c: char| !(c.is_alphanumeric() || c == '\'' || c == '-'))
        .map(|w| w.trim_matches(['\'', '-']).to_lowercase())
        .filter(|w| !w.is_empty())
        .collect()
}

/// All runs of [`COPIED_RUN`] words of a prompt, as they look after contractions lost their second part, and its whole
/// sentences that are shorter.
pub(crate) fn runs(text: &str) -> HashSet<Vec<String>> {
    let words =
        |text: &str| -> Vec<String> { raw_words(text).into_iter().map(|w| first_part(&w).to_owned()).collect() };
    let mut runs: HashSet<Vec<String>> = words(text).windows(COPIED_RUN).map(<[String]>::to_vec).collect();
    runs.extend(text.split(SENTENCE_ENDS).map(words).filter(|s| (2..COPIED_RUN).contains(&s.len())));
    runs
}

/// What the tokeniser leaves as the first token of a contraction.
fn first_part(word: &str) -> &str {
    if let Some(rest) = word.strip_suffix("n't") {
        return rest;
    }
    word.split('\'').next().unwrap_or(word)
}

/// How many of the words of a sentence lie in runs that stand in the prompt.
pub(crate) fn copied(words: &[&str], prompt_runs: &HashSet<Vec<String>>) -> usize {
    if prompt_runs.is_empty() || words.is_empty() {
        return 0;
    }
    let mut copied = vec![false; words.len()];
    let run = words.len().min(COPIED_RUN);
    for (start, window) in words.windows(run).enumerate() {
        let window: Vec<String> = window.iter().map(|&w| first_part(w).to_owned()).collect();
        if prompt_runs.contains(&window) {
            copied[start..start + run].fill(true);
        }
    }
    copied.iter().filter(|c| **c).count()
}

fn is_instruction(word: &str) -> bool {
    static INSTRUCTION: std::sync::OnceLock<HashSet<&'static str>> = std::sync::OnceLock::new();
    INSTRUCTION
        .get_or_init(|| include_str!("../data/instruction_words.txt").split_whitespace().collect())
        .contains(word)
}

/// How much a word says about a topic: more for rarer words.
pub(crate) fn rarity(facts: &WordFacts, form: &str) -> f64 {
    (COMMON_ZIPF - facts.zipf(form).unwrap_or(UNKNOWN_ZIPF)).clamp(0.3, 4.0)
}

fn keys_of(text: &str, facts: &WordFacts) -> Keys {
    raw_words(text)
        .into_iter()
        .filter(|w| {
            w.chars().count() > 2
                && w.chars().all(|c| c.is_ascii_alphabetic() || c == '-' || c == '\'')
                && !words::is_light(w)
                && !is_instruction(w)
        })
        .map(|w| (words::key(&w), rarity(facts, &w)))
        .filter(|(key, _)| !key.is_empty())
        .collect()
}

impl PromptProfile {
    pub(crate) fn new(prompt: &Document, facts: &WordFacts) -> Self {
        let points = prompt
            .text
            .split(SENTENCE_ENDS)
            .map(|point| keys_of(point, facts))
            .filter(|keys| !keys.is_empty())
            .collect();
        Self { keys: keys_of(&prompt.text, facts), points }
    }

    /// The topic key of a word of the essay.
    pub(crate) fn key_of(&self, token: &Token, facts: &WordFacts) -> String {
        let own = words::key(&token.lower);
        let length = own.chars().count();
        if length < MISSPELT_LETTERS || self.keys.contains_key(&own) || facts.zipf(&token.lower).is_some() {
            return own;
        }
        let reach = if length >= LONG_LETTERS { 2 } else { 1 };
        let meant = self.keys.keys().find(|k| {
            k.chars().count().abs_diff(length) <= reach
                && k.chars().next() == own.chars().next()
                && edit_distance(k, &own) <= reach
        });
        meant.cloned().unwrap_or(own)
    }

    /// Share of the weight of the prompt's topic keys that the essay takes up, 0 to 1.
    pub(crate) fn taken_up(keys: &Keys, essay: &BTreeMap<String, f64>) -> f64 {
        let whole: f64 = keys.values().sum();
        let part: f64 = keys.iter().filter(|(k, _)| essay.contains_key(*k)).map(|(_, w)| w).sum();
        crate::ratio(part, whole)
    }

    /// Cosine of prompt and essay, both as topic keys weighted by rarity and damped frequency, 0 to 1.
    pub(crate) fn cosine(&self, essay: &BTreeMap<String, f64>) -> f64 {
        let dot: f64 = self.keys.iter().map(|(k, w)| w * essay.get(k).unwrap_or(&0.0)).sum();
        let norm = |values: &BTreeMap<String, f64>| values.values().map(|v| v * v).sum::<f64>().sqrt();
        crate::ratio(dot, norm(&self.keys) * norm(essay))
    }
}

/// The essay's topic keys, weighted by rarity and damped frequency. A word that no dictionary has counts as the topic word
/// that it is a misspelling of, so that a weak speller is not taken to be off topic.
pub(crate) fn essay_keys<'t>(
    tokens: impl Iterator<Item = &'t Token>,
    profile: &PromptProfile,
    facts: &WordFacts,
) -> BTreeMap<String, f64> {
    let mut counts: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    for token in tokens {
        if words::is_content(token) {
            let entry = counts.entry(profile.key_of(token, facts)).or_insert((0.0, rarity(facts, &token.lower)));
            entry.0 += 1.0;
        }
    }
    counts.into_iter().map(|(key, (n, rarity))| (key, rarity * (1.0 + n.ln()))).collect()
}

/// Number of letters to insert, delete, replace or swap with their neighbour to turn `a` into `b`.
///
/// # Source
/// Damerau 1964, in the form that edits no part twice.
fn edit_distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_damerau() {
        for (a, b, expected) in
            [("", "ab", 2), ("vist", "visit", 1), ("tecnologi", "technologi", 1), ("frist", "first", 1), ("a", "a", 0)]
        {
            assert_eq!(edit_distance(a, b), expected, "{a} {b}");
        }
    }

    #[test]
    fn points_are_sentences_with_topic_words() {
        let prompt =
            Document::new("Write 100 words. Describe the library!\n- its books", homeroom_core::Language::ENGLISH);
        let profile = PromptProfile::new(&prompt, &WordFacts::shipped());
        assert_eq!(profile.keys.keys().collect::<Vec<_>>(), ["book", "librari"]);
        assert_eq!(profile.points.len(), 2);
    }
}
