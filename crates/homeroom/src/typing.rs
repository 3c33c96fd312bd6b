//! Names the type of an error with our tagger and word list.

use homeroom_core::Upos;
use homeroom_lexicon::Lexicon;
use homeroom_measure::errant::ErrorTyper;
use homeroom_parser::Parser;

/// Lends an error typer with our tagger and word list.
pub(crate) fn with_typer<T>(run: impl FnOnce(&ErrorTyper<'_>) -> T) -> T {
    let lexicon = Lexicon::shipped();
    let tagger = |words: &[&str]| -> Vec<(Upos, &'static str, String)> {
        let parsed = Parser::shipped().parse(words);
        words
            .iter()
            .zip(parsed)
            .map(|(w, p)| (p.upos, p.xpos, lexicon.lemma(&w.to_lowercase(), p.upos).into_owned()))
            .collect()
    };
    let is_word = |word: &str| lexicon.contains(&word.to_lowercase());
    run(&ErrorTyper { tagger: &tagger, is_word: &is_word })
}
