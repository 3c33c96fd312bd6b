//! Parts of speech (Penn Treebank tags), on which the sound of "read", "live" or "record" depends.
//!
//! # Source
//! After `g2p/tagger.py` of hibari 0.2.1 (Apache-2.0): an averaged perceptron (Collins 2002) with a dictionary of the
//! words that nearly always have the same tag.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::VoiceError;
use crate::table::Table;

/// Gives each token its tag.
pub(crate) struct Tagger {
    tags: Vec<String>,
    /// Word to its tag.
    dictionary: HashMap<String, String>,
    vocabulary: HashSet<String>,
    /// Feature to the weight of each tag.
    weights: Table,
}

impl Tagger {
    /// `json`: the text of `tagger.json`.
    pub(crate) fn new(json: &Arc<str>) -> Result<Tagger, VoiceError> {
        let read = || {
            let all = Table::new(Arc::clone(json), 0..json.len())?;
            let member = |key| serde_json::from_str(all.json(key).unwrap_or_default());
            Ok(Tagger {
                tags: member("tags")?,
                dictionary: serde_json::from_str(all.json("tagdict").unwrap_or_default())?,
                vocabulary: member("vocab")?.into_iter().collect(),
                weights: all.table("weights")?,
            })
        };
        read().map_err(|source| VoiceError::Damaged { table: "tagger.json.gz", source })
    }

    /// One tag for each token.
    pub(crate) fn tags<'t>(&'t self, words: &[&str]) -> Vec<&'t str> {
        let mut context = vec!["-START2-".to_owned(), "-START-".to_owned()];
        context.extend(words.iter().map(|w| self.context_word(w)));
        context.extend(["-END-".to_owned(), "-END2-".to_owned()]);
        let mut tags: Vec<&str> = Vec::with_capacity(words.len());
        for (i, word) in words.iter().enumerate() {
            let before = |n: usize| match i.checked_sub(n) {
                Some(j) => tags[j],
                None if i + 1 == n => "-START-",
                None => "-START2-",
            };
            let tag = match self.dictionary.get(*word) {
                Some(tag) => tag.as_str(),
                None => self.predict(&features(i, word, &context, before(1), before(2))),
            };
            tags.push(tag);
        }
        tags
    }

    fn predict(&self, features: &[String]) -> &str {
        let mut scores: HashMap<String, f64> = HashMap::new();
        for weights in features.iter().filter_map(|f| self.weights.get::<BTreeMap<String, f64>>(f)) {
            for (tag, weight) in weights {
                *scores.entry(tag).or_default() += weight;
            }
        }
        if scores.is_empty() {
            return "NN";
        }
        let score = |tag: &str| scores.get(tag).copied().unwrap_or(0.0);
        let best = self.tags.iter().max_by(|a, b| score(a).total_cmp(&score(b)).then_with(|| a.cmp(b)));
        best.map_or("NN", String::as_str)
    }

    /// A frequent word in lower case, the shape of any other.
    fn context_word(&self, word: &str) -> String {
        let normal = normal(word);
        if self.vocabulary.contains(&normal) { normal } else { format!("<{}>", shape(word)) }
    }
}

fn normal(word: &str) -> String {
    let all_digits = word.chars().all(|c| c.is_ascii_digit());
    if word.contains('-') && !word.starts_with('-') {
        "!HYPHEN".to_owned()
    } else if all_digits && word.len() == 4 {
        "!YEAR".to_owned()
    } else if word.starts_with(|c: char| c.is_ascii_digit()) {
        "!DIGITS".to_owned()
    } else {
        word.to_lowercase()
    }
}

fn shape(word: &str) -> String {
    let mut chars = word.chars();
    if word.chars().all(char::is_alphabetic) {
        let upper = chars.next().is_some_and(char::is_uppercase);
        return if !word.chars().any(char::is_uppercase) {
            "x"
        } else if !word.chars().any(char::is_lowercase) {
            if word.chars().count() > 1 { "XX" } else { "X1" }
        } else if upper && !chars.any(char::is_uppercase) {
            "Xx"
        } else {
            "xX"
        }
        .to_owned();
    }
    if word.chars().all(|c| c.is_ascii_digit()) {
        return "d".to_owned();
    }
    let of = |c: char| {
        if c.is_numeric() {
            'd'
        } else if c.is_alphabetic() {
            'x'
        } else {
            c
        }
    };
    word.chars().take(4).map(of).collect()
}

/// The last three characters.
fn ending(word: &str) -> &str {
    word.char_indices().rev().nth(2).map_or(word, |(i, _)| &word[i..])
}

/// `context`: all words of the text with two marks before and behind, so that `context[i + 2]` is `word`.
fn features(i: usize, word: &str, context: &[String], tag: &str, tag2: &str) -> [String; 15] {
    let j = i + 2;
    let first: String = word.chars().take(1).collect();
    [
        "b".to_owned(),
        format!("s3={}", ending(word)),
        format!("p1={first}"),
        format!("w={}", context[j]),
        format!("sh={}", shape(word)),
        if i == 0 { "i0" } else { "i+" }.to_owned(),
        format!("t-1={tag}"),
        format!("t-2={tag2}"),
        format!("t-12={tag},{tag2}"),
        format!("w-1={}", context[j - 1]),
        format!("s3-1={}", ending(&context[j - 1])),
        format!("w-2={}", context[j - 2]),
        format!("w+1={}", context[j + 1]),
        format!("s3+1={}", ending(&context[j + 1])),
        format!("w+2={}", context[j + 2]),
    ]
}
