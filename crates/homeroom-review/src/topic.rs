//! Topics: which lesson a finding belongs to. The list is data (`data/topics.toml`).

use std::sync::OnceLock;

use homeroom_core::{Bilingual, Finding};
use serde::Deserialize;

/// Something that a pupil can work on.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    /// Id, the key of the practice schedule.
    pub id: String,
    /// How much a fault of this kind hinders a reader.
    pub weight: f64,
    /// Teacher's codes that belong to it.
    pub codes: Vec<String>,
    /// ERRANT types, without the operation, that belong to it.
    pub errant: Vec<String>,
    /// Heading.
    pub title: Bilingual,
    /// The rule in plain words.
    pub rule: Bilingual,
    /// Stock items.
    pub practice: Vec<Practice>,
}

/// A stock item of practice.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Practice {
    /// What the pupil sees.
    pub task: String,
    /// The key.
    pub answer: String,
}

#[derive(Deserialize)]
struct File {
    topic: Vec<Topic>,
}

/// All topics.
#[must_use]
pub fn topics() -> &'static [Topic] {
    static TOPICS: OnceLock<Vec<Topic>> = OnceLock::new();
    TOPICS.get_or_init(|| {
        let file: File =
            toml::from_str(include_str!("../data/topics.toml")).expect("invariant: data/topics.toml parses (tested)");
        file.topic
    })
}

/// The topic of a finding: by its teacher's code, or else by its ERRANT type.
#[must_use]
pub fn topic_of(finding: &Finding) -> Option<&'static Topic> {
    let all = topics();
    let tail = finding.errant.split_once(':').map_or("", |(_, tail)| tail);
    all.iter()
        .find(|t| t.codes.contains(&finding.code))
        .or_else(|| all.iter().find(|t| t.errant.iter().any(|e| e == tail)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_is_complete() {
        for topic in topics() {
            assert!(topic.practice.len() >= 3, "{}", topic.id);
            assert!(!topic.rule.en.is_empty() && !topic.rule.zh.is_empty(), "{}", topic.id);
            assert!((0.5..=2.0).contains(&topic.weight), "{}", topic.id);
        }
    }
}
