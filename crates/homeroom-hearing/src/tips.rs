//! One line for each fault: what the mouth should do.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::listen::{ReadingReport, Verdict, WordReport};

/// A line of advice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tip {
    /// In English.
    pub english: String,
    /// In Chinese.
    pub chinese: String,
}

#[derive(Deserialize)]
struct Table {
    /// By the phone that was wanted.
    phone: BTreeMap<String, Tip>,
    /// By the phone that was wanted and the one that was heard.
    pair: BTreeMap<String, Tip>,
    general: BTreeMap<String, Tip>,
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        toml::from_str(include_str!("../data/tips.toml")).expect("invariant: the shipped tips are valid TOML")
    })
}

/// Words a minute of a reader who is hard to follow because slow, or fast.
const SLOW: f32 = 70.0;
const FAST: f32 = 220.0;

/// Words for which pace and pauses say something.
const ENOUGH_WORDS: usize = 6;

/// A word's stress that is scored lower lies on the wrong syllable, 0 to 10.
const WRONG_STRESS: f32 = 7.0;

/// Advice on one word: for each fault one line, the worst phone first, at most three.
#[must_use]
pub fn tips(word: &WordReport) -> Vec<Tip> {
    /// More at once than this helps nobody.
    const MOST: usize = 3;
    let general = |kind: &str| table().general.get(kind).cloned();
    if word.verdict == Verdict::Omitted {
        return general("omitted").into_iter().collect();
    }
    let mut bad: Vec<(usize, f32)> = word
        .phones
        .iter()
        .enumerate()
        .filter(|(_, phone)| phone.flagged)
        .filter_map(|(i, phone)| Some((i, phone.score?)))
        .collect();
    bad.sort_by(|a, b| a.1.total_cmp(&b.1));
    let of = |i: usize| {
        let phone = &word.phones[i];
        let pair = phone.heard_instead.and_then(|(other, _)| table().pair.get(&format!("{}-{other}", phone.arpabet)));
        pair.or_else(|| table().phone.get(phone.arpabet)).cloned()
    };
    let mut lines: Vec<Tip> = bad.into_iter().filter_map(|(i, _)| of(i)).take(MOST).collect();
    if word.stress.is_some_and(|stress| stress < WRONG_STRESS) {
        lines.extend(general("stress"));
    }
    lines.dedup();
    lines
}

impl ReadingReport {
    /// Advice on the whole reading: pace, pauses, repetitions, what is not in the text.
    #[must_use]
    pub fn tips(&self) -> Vec<Tip> {
        let mut kinds = Vec::new();
        if self.words.len() >= ENOUGH_WORDS {
            if self.words_per_minute < SLOW {
                kinds.push("pace_slow");
            }
            if self.words_per_minute > FAST {
                kinds.push("pace_fast");
            }
            if self.pauses.len() * 4 > self.words.len() {
                kinds.push("pauses");
            }
        }
        if !self.repeated.is_empty() {
            kinds.push("repeated");
        }
        if !self.inserted.is_empty() {
            kinds.push("inserted");
        }
        kinds.into_iter().filter_map(|kind| table().general.get(kind).cloned()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::Phone;

    #[test]
    fn every_phone_has_a_tip_and_every_pair_is_of_phones() {
        for class in 1..crate::phone::CLASSES {
            let phone = Phone::of_class(class).unwrap();
            assert!(table().phone.contains_key(phone.arpabet()), "{}", phone.arpabet());
        }
        for pair in table().pair.keys() {
            let (wanted, heard) = pair.split_once('-').unwrap();
            assert!(Phone::from_arpabet(wanted).is_some() && Phone::from_arpabet(heard).is_some(), "{pair}");
        }
        for kind in ["omitted", "stress", "pace_slow", "pace_fast", "pauses", "repeated", "inserted"] {
            assert!(table().general.contains_key(kind), "{kind}");
        }
    }
}
