//! Candidate edits of a sentence: one file per family, one line each in [`FAMILIES`].
//!
//! Candidates are cheap and many; the language model decides. They rest on the words alone, not on tags, so that a sentence
//! that was changed once can be looked at again.

mod capitals;
mod confusions;
mod determiners;
mod inflections;
mod order;
mod prepositions;
mod punctuation;
mod spelling;
mod words;

use std::collections::HashSet;

use homeroom_core::Span;

use crate::edit::{Edit, Words};

type Family = fn(&Words<'_>, &mut Proposals);

/// All families. The order has no meaning.
const FAMILIES: [Family; 9] = [
    capitals::propose,
    confusions::propose,
    determiners::propose,
    inflections::propose,
    order::propose,
    prepositions::propose,
    punctuation::propose,
    spelling::propose,
    words::propose,
];

/// Frequent function words: never misspelt content words, never articles' hosts.
const FUNCTION_WORDS: &str = "of in to for on with at by from about as into the a an and but or so that which who it is are was were be been am has have had do does did will would can could may might shall should must i you he she we they me him her us them my your his its our their this these those there not no if when than then very too also more most because what how where while all some any just only up out";

/// Edits without doubles.
#[derive(Debug, Default)]
pub(crate) struct Proposals {
    edits: Vec<Edit>,
    seen: HashSet<(Span, String)>,
}

impl Proposals {
    pub(crate) fn add(&mut self, words: &Words<'_>, edit: Edit) {
        let unchanged = edit.span.of(words.text) == edit.replacement;
        if !unchanged && self.seen.insert((edit.span, edit.replacement.clone())) {
            self.edits.push(edit);
        }
    }
}

/// All candidate edits of a sentence.
pub(crate) fn propose(words: &Words<'_>) -> Vec<Edit> {
    let mut proposals = Proposals::default();
    for family in FAMILIES {
        family(words, &mut proposals);
    }
    proposals.edits
}

fn is_function_word(lower: &str) -> bool {
    use std::sync::OnceLock;
    static WORDS: OnceLock<HashSet<&'static str>> = OnceLock::new();
    WORDS.get_or_init(|| FUNCTION_WORDS.split(' ').collect()).contains(lower)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether the right sentence is among the candidates, under this kind.
    #[track_caller]
    fn offers(wrong: &str, right: &str, kind: &str) {
        assert_ne!(wrong, right);
        let words = Words::new(wrong);
        let edits = propose(&words);
        let made: Vec<String> =
            edits.iter().filter(|e| e.apply(wrong) == right).map(|e| e.kind.info().id.clone()).collect();
        assert!(made.iter().any(|k| k == kind), "{wrong} -> {right}: {made:?} of {} candidates", edits.len());
    }

    #[test]
    fn each_kind_has_the_right_sentence_among_its_candidates() {
        for (wrong, right, kind) in [
            ("He is student.", "He is a student.", "missing_article"),
            ("Life is a hard work.", "Life is hard work.", "extra_article"),
            ("Students like book.", "Students like the book.", "missing_article"),
            ("Book is on the desk.", "The book is on the desk.", "missing_article"),
            ("I saw a apple.", "I saw an apple.", "wrong_determiner"),
            ("I arrived to the station.", "I arrived at the station.", "wrong_preposition"),
            ("I listen music.", "I listen to music.", "missing_preposition"),
            ("We discussed about it.", "We discussed it.", "extra_preposition"),
            ("I have two book.", "I have two books.", "noun_number"),
            ("She like it.", "She likes it.", "agreement"),
            ("They was late.", "They were late.", "agreement"),
            ("He enjoys to read.", "He enjoys reading.", "verb_phrase"),
            ("I am agree.", "I agree.", "verb_phrase"),
            ("I see him yesterday.", "I saw him yesterday.", "verb_form"),
            ("I very happy.", "I am very happy.", "missing_verb"),
            ("I think is good.", "I think it is good.", "missing_pronoun"),
            ("Me like it.", "I like it.", "pronoun"),
            ("He is taller then me.", "He is taller than me.", "confused_words"),
            ("He runs quick.", "He runs quickly.", "word_form"),
            ("I like my mother cooking.", "I like my mother's cooking.", "possessive"),
            ("It is becouse of it.", "It is because of it.", "spelling"),
            ("we went home.", "We went home.", "capital"),
            ("I live in china.", "I live in China.", "capital"),
            ("We can not stop some times.", "We can not stop sometimes.", "joined_words"),
            ("I am is happy.", "I am happy.", "extra_word"),
            ("I went went home.", "I went home.", "repeated_word"),
            ("I go often there.", "I often go there.", "word_order"),
            ("However it was late.", "However, it was late.", "missing_comma"),
            ("I went home again", "I went home again.", "missing_full_stop"),
        ] {
            offers(wrong, right, kind);
        }
    }

    #[test]
    fn nothing_comes_from_nothing() {
        for text in ["", "...", "123 + 5", "，。"] {
            let _ = propose(&Words::new(text));
        }
        assert!(propose(&Words::new("")).is_empty());
    }

    #[test]
    fn edits_stay_inside_and_change_something() {
        let text =
            "The teacher, who's very kind, don't gives us \"many homeworks\" - he say it (in 2020) isn't good for we!";
        for edit in propose(&Words::new(text)) {
            assert!(edit.span.fits(text), "{edit:?}");
            assert_ne!(edit.apply(text), text, "{edit:?}");
        }
    }
}
