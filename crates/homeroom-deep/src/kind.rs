//! Kinds of edits, as `data/kinds.toml` tells them.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use homeroom_core::Display;
use serde::Deserialize;

/// Place of a kind in the table of [`kinds`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Kind(u8);

/// What a kind is.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KindInfo {
    /// Name; the checker of its findings.
    #[serde(skip)]
    pub(crate) id: String,
    /// Nats by which the sentence must become likelier.
    pub(crate) threshold: f32,
    /// ERRANT type.
    pub(crate) errant: String,
    /// Teacher's code.
    pub(crate) code: String,
    /// How its findings are shown at best.
    #[serde(default = "sure")]
    pub(crate) display: Display,
    /// Explanation in English; `{old}` and `{new}` stand for words.
    pub(crate) en: String,
    /// Explanation in Chinese.
    pub(crate) zh: String,
}

fn sure() -> Display {
    Display::Sure
}

/// All kinds, in order of their names.
pub(crate) fn kinds() -> &'static [KindInfo] {
    static KINDS: OnceLock<Vec<KindInfo>> = OnceLock::new();
    KINDS.get_or_init(|| {
        let table: BTreeMap<String, KindInfo> =
            toml::from_str(include_str!("../data/kinds.toml")).expect("invariant: data/kinds.toml parses (tested)");
        table.into_iter().map(|(id, info)| KindInfo { id, ..info }).collect()
    })
}

impl Kind {
    /// The kind of this name.
    ///
    /// # Panics
    /// For a name that `data/kinds.toml` lacks: names are written in this crate alone, and a test looks them all up.
    pub(crate) fn named(id: &str) -> Kind {
        let at = kinds().iter().position(|k| k.id == id).expect("invariant: the kind is in data/kinds.toml (tested)");
        Kind(u8::try_from(at).expect("invariant: there are fewer than 256 kinds"))
    }

    /// What it is.
    pub(crate) fn info(self) -> &'static KindInfo {
        &kinds()[usize::from(self.0)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_told_in_both_languages() {
        assert!(kinds().len() > 20);
        for kind in kinds() {
            assert!(!kind.en.is_empty() && kind.zh.chars().any(|c| c > '\u{3000}'), "{}", kind.id);
            assert!(homeroom_like(&kind.errant), "{}", kind.errant);
        }
    }

    fn homeroom_like(errant: &str) -> bool {
        matches!(errant.as_bytes(), [b'M' | b'U' | b'R', b':', ..])
    }
}
