use std::{collections::BTreeMap, sync::OnceLock};

use serde::Deserialize;

/// The connectives of English and the moves that open and close a text.
#[derive(Deserialize)]
pub(crate) struct Connectives {
    /// Class to phrases.
    classes: BTreeMap<String, Vec<String>>,
    /// Move (`opening`, `closing`) to phrases.
    moves: BTreeMap<String, Vec<String>>,
}

/// A connective in a sentence.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Hit {
    /// The phrase.
    pub(crate) phrase: &'static str,
    /// Its class.
    pub(crate) class: &'static str,
    /// Index of its first form.
    pub(crate) start: usize,
    /// Number of its forms.
    pub(crate) len: usize,
}

impl Connectives {
    /// The table in the program.
    pub(crate) fn english() -> &'static Connectives {
        static TABLE: OnceLock<Connectives> = OnceLock::new();
        TABLE.get_or_init(|| {
            toml::from_str(include_str!("../data/connectives.toml"))
                .expect("invariant: the shipped table parses, a test sees to it")
        })
    }

    /// Whether `forms` (lower case) hold a phrase of a move.
    pub(crate) fn makes_move(&self, name: &str, forms: &[&str]) -> bool {
        self.moves.get(name).is_some_and(|phrases| {
            phrases.iter().any(|p| (0..forms.len()).any(|at| matches_at(forms, at, p).is_some()))
        })
    }

    /// The connectives among `forms` (lower case), the longest at each place.
    pub(crate) fn find(&'static self, forms: &[&str]) -> Vec<Hit> {
        let mut hits = Vec::new();
        let mut at = 0;
        while at < forms.len() {
            let best = self
                .classes
                .iter()
                .flat_map(|(class, phrases)| phrases.iter().map(move |p| (class, p)))
                .filter_map(|(class, p)| matches_at(forms, at, p).map(|len| Hit { phrase: p, class, start: at, len }))
                .max_by_key(|hit| hit.len);
            at += best.as_ref().map_or(1, |hit| hit.len);
            hits.extend(best);
        }
        hits
    }
}

/// Number of forms that `phrase` takes at `at`, if it stands there. Parts of contractions are glued (`what` + `'s`).
fn matches_at(forms: &[&str], at: usize, phrase: &str) -> Option<usize> {
    let mut rest = phrase;
    let mut used = 0;
    loop {
        let form = *forms.get(at + used)?;
        rest = rest.strip_prefix(form).filter(|_| !form.is_empty())?;
        used += 1;
        if rest.is_empty() {
            return Some(used);
        }
        match rest.strip_prefix(' ') {
            Some(next) => rest = next,
            // Inside a contraction the next form must go on right here.
            None if rest.starts_with('\'') || rest.starts_with("n't") => {}
            None => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(forms: &str, expected: &[(&str, &str)]) {
        let forms: Vec<&str> = forms.split(' ').collect();
        let hits = Connectives::english().find(&forms);
        let found: Vec<(&str, &str)> = hits.iter().map(|h| (h.phrase, h.class)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn the_longest_phrase_wins() {
        check("because of the rain", &[("because of", "causal")]);
        check("what 's more , i left", &[("what's more", "additive")]);
        check("the butter", &[]);
        check("", &[]);
    }

    #[test]
    fn phrases_are_lower_case_and_of_one_class() {
        let table = Connectives::english();
        let mut all: Vec<&String> = table.classes.values().flatten().collect();
        let n = all.len();
        all.sort();
        all.dedup();
        assert_eq!(all.len(), n, "a phrase stands in two classes");
        for phrase in all.into_iter().chain(table.moves.values().flatten()) {
            assert_eq!(*phrase, phrase.trim().to_lowercase());
        }
        assert!(table.moves.contains_key("opening") && table.moves.contains_key("closing"));
    }
}
