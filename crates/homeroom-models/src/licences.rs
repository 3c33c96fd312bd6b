use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::Model;

/// The texts of the licences that models are under, by SPDX id.
const TEXTS: &[(&str, &str)] = &[
    ("Apache-2.0", include_str!("../data/licences/Apache-2.0.txt")),
    ("MIT", include_str!("../data/licences/MIT.txt")),
];

/// Who made these models and under which licence they are, with the licences' texts.
#[must_use]
pub fn licences(models: &[&Model]) -> String {
    let mut out = String::new();
    let mut used = BTreeSet::new();
    for model in models {
        let _ = writeln!(
            out,
            "{}: {}\n  {}\n  {}\n  {}\n  {}\n",
            model.name,
            model.title,
            model.licence,
            model.copyright,
            model.provenance(),
            model.homepage
        );
        used.insert(model.licence.as_str());
    }
    for (id, text) in TEXTS.iter().filter(|(id, _)| used.contains(id)) {
        let _ = writeln!(out, "---- {id} ----\n\n{}\n", text.trim());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Catalogue;

    #[test]
    fn every_licence_has_its_text() {
        for model in &Catalogue::shipped().models {
            assert!(TEXTS.iter().any(|(id, _)| *id == model.licence), "{}", model.name);
        }
    }
}
