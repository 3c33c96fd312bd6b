//! Words that are taken for one another (`data/confusions.toml`).

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use homeroom_english::match_case;
use serde::Deserialize;

use super::Proposals;
use crate::edit::Words;
use crate::kind::Kind;

#[derive(Deserialize)]
struct File {
    several: BTreeMap<String, Vec<String>>,
    #[serde(flatten)]
    sets: BTreeMap<String, Vec<String>>,
}

/// Per word: what may stand for it.
fn table() -> &'static HashMap<String, Vec<(String, Kind)>> {
    static TABLE: OnceLock<HashMap<String, Vec<(String, Kind)>>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let file: File = toml::from_str(include_str!("../../data/confusions.toml"))
            .expect("invariant: data/confusions.toml parses (tested)");
        let mut table: HashMap<String, Vec<(String, Kind)>> = HashMap::new();
        let mut add = |word: &str, other: &str, kind: Kind| {
            let others = table.entry(word.to_owned()).or_default();
            if word != other && !others.iter().any(|(o, _)| o == other) {
                others.push((other.to_owned(), kind));
            }
        };
        for (kind, sets) in &file.sets {
            let kind = Kind::named(kind);
            for set in sets {
                for word in set.split(' ') {
                    for other in set.split(' ') {
                        add(word, other, kind);
                    }
                }
            }
        }
        let kind = Kind::named("confused_words");
        for (word, others) in &file.several {
            for other in others {
                add(word, other, kind);
            }
        }
        table
    })
}

/// Forms of one auxiliary that differ in the number or person of the subject alone.
const AGREEMENT: [(&str, &str); 6] =
    [("is", "are"), ("was", "were"), ("has", "have"), ("does", "do"), ("am", "is"), ("am", "are")];

pub(super) fn propose(words: &Words<'_>, out: &mut Proposals) {
    let agreement = Kind::named("agreement");
    for (i, word) in words.words.iter().enumerate().filter(|(_, w)| w.alpha) {
        let key = if word.form == "I" { "I" } else { word.lower.as_str() };
        for (other, kind) in table().get(key).into_iter().flatten() {
            let new = if key == "I" && i > 0 { other.clone() } else { match_case(word.form, other) };
            let pair = |a: &str, b: &str| (a, b) == (key, other) || (b, a) == (key, other);
            let kind = if AGREEMENT.iter().any(|(a, b)| pair(a, b)) { agreement } else { *kind };
            out.add(words, words.replace(i..i + 1, new, kind));
        }
    }
}
