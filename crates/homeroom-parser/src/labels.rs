//! The fixed label sets: Penn Treebank tags, joint tags and universal dependency relations of English.

use homeroom_core::Upos;

use crate::ParserError;

/// Language-specific tags of the English treebanks. `_` is EWT's own mark for "no tag".
///
/// # Source
/// Penn Treebank tag set with the additions of the English Web Treebank.
pub(crate) const XPOS: [&str; 51] = [
    "$", "''", ",", "-LRB-", "-RRB-", ".", ":", "ADD", "AFX", "CC", "CD", "DT", "EX", "FW", "GW", "HYPH", "IN", "JJ",
    "JJR", "JJS", "LS", "MD", "NFP", "NN", "NNP", "NNPS", "NNS", "PDT", "POS", "PRP", "PRP$", "RB", "RBR", "RBS", "RP",
    "SYM", "TO", "UH", "VB", "VBD", "VBG", "VBN", "VBP", "VBZ", "WDT", "WP", "WP$", "WRB", "XX", "_", "``",
];

/// Universal dependency relations with the subtypes that English treebanks use.
///
/// # Source
/// <https://universaldependencies.org/en/dep/>
pub(crate) const DEPRELS: [&str; 57] = [
    "acl",
    "acl:relcl",
    "advcl",
    "advcl:relcl",
    "advmod",
    "amod",
    "appos",
    "aux",
    "aux:pass",
    "case",
    "cc",
    "cc:preconj",
    "ccomp",
    "clf",
    "compound",
    "compound:prt",
    "conj",
    "cop",
    "csubj",
    "csubj:outer",
    "csubj:pass",
    "dep",
    "det",
    "det:predet",
    "discourse",
    "dislocated",
    "expl",
    "fixed",
    "flat",
    "goeswith",
    "iobj",
    "list",
    "mark",
    "nmod",
    "nmod:desc",
    "nmod:poss",
    "nmod:unmarked",
    "nsubj",
    "nsubj:outer",
    "nsubj:pass",
    "nummod",
    "obj",
    "obl",
    "obl:agent",
    "obl:unmarked",
    "orphan",
    "parataxis",
    "punct",
    "reparandum",
    "root",
    "vocative",
    "xcomp",
    "acl:cleft",
    "advmod:emph",
    "flat:foreign",
    "nmod:tmod",
    "obl:tmod",
];

/// A deprel's index in [`DEPRELS`].
pub(crate) type Deprel = u8;

/// The relation of a sentence's root.
pub(crate) fn root() -> Deprel {
    deprel("root").unwrap_or(0)
}

/// The index of a relation; one with an unknown subtype falls back to its universal part.
pub(crate) fn deprel(name: &str) -> Option<Deprel> {
    let position = |n: &str| DEPRELS.iter().position(|&d| d == n);
    position(name).or_else(|| position(name.split(':').next().unwrap_or(name))).map(narrow)
}

/// The static form of a language-specific tag.
pub(crate) fn xpos(name: &str) -> Option<&'static str> {
    XPOS.iter().find(|&&x| x == name).copied()
}

/// A label's index as it is stored.
pub(crate) fn narrow(index: usize) -> u8 {
    u8::try_from(index).expect("invariant: label sets have fewer than 256 members")
}

/// The joint tags (universal and language-specific) that a training set contains, in a fixed order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct TagSet {
    /// The pairs, sorted.
    pub(crate) tags: Vec<(Upos, &'static str)>,
}

impl TagSet {
    /// Most joint tags that a model may have: one value is kept for "no word here".
    pub(crate) const MAX: usize = 250;

    /// The set of the pairs given.
    ///
    /// # Errors
    /// [`ParserError::UnknownLabel`] for a language-specific tag outside [`XPOS`], [`ParserError::TooManyTags`].
    pub(crate) fn new<'a>(pairs: impl Iterator<Item = (Upos, &'a str)>) -> Result<Self, ParserError> {
        let mut set = std::collections::BTreeSet::new();
        for (upos, name) in pairs {
            let name = xpos(name).ok_or_else(|| ParserError::UnknownLabel { label: name.to_owned() })?;
            set.insert((upos, name));
        }
        if set.len() > Self::MAX {
            return Err(ParserError::TooManyTags { found: set.len() });
        }
        Ok(Self { tags: set.into_iter().collect() })
    }

    /// The index of a pair.
    pub(crate) fn index(&self, upos: Upos, xpos: &str) -> Option<u8> {
        self.tags.iter().position(|&(u, x)| u == upos && x == xpos).map(narrow)
    }

    /// The pair of an index; an index out of range is `(X, FW)`.
    pub(crate) fn get(&self, index: u8) -> (Upos, &'static str) {
        self.tags.get(usize::from(index)).copied().unwrap_or((Upos::X, "FW"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relations_fall_back_to_their_universal_part() {
        assert_eq!(deprel("nsubj:pass").map(|d| DEPRELS[usize::from(d)]), Some("nsubj:pass"));
        assert_eq!(deprel("nsubj:new").map(|d| DEPRELS[usize::from(d)]), Some("nsubj"));
        assert_eq!(deprel("nothing"), None);
        assert_eq!(DEPRELS[usize::from(root())], "root");
    }

    #[test]
    fn tag_sets_are_sorted_and_checked() {
        let set = TagSet::new([(Upos::Verb, "VBZ"), (Upos::Noun, "NN"), (Upos::Noun, "NN")].into_iter()).unwrap();
        assert_eq!(set.tags, [(Upos::Noun, "NN"), (Upos::Verb, "VBZ")]);
        assert_eq!(set.index(Upos::Verb, "VBZ"), Some(1));
        assert_eq!(set.get(9), (Upos::X, "FW"));
        assert!(TagSet::new([(Upos::Verb, "VERB")].into_iter()).is_err());
    }
}
