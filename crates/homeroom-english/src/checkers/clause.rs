//! What several checkers ask of a clause: its words, its finite verb, the extent of a phrase.

use homeroom_core::{Analysis, Token, Upos};
use homeroom_lexicon::{Form, Lexicon};

/// Pronouns that can only be subjects.
pub(super) const NOMINATIVE: [&str; 5] = ["i", "he", "she", "we", "they"];
/// Pronouns that can be the subject of a clause.
pub(super) const SUBJECTS: [&str; 7] = ["i", "you", "he", "she", "it", "we", "they"];

/// The token `offset` places from `i`, if it is in the same sentence.
pub(super) fn at(analysis: &Analysis, i: usize, offset: isize) -> Option<(usize, &Token)> {
    let j = i.checked_add_signed(offset)?;
    let token = analysis.tokens.get(j)?;
    (token.sentence == analysis.tokens[i].sentence).then_some((j, token))
}

/// The lower-case form of the token `offset` places from `i`; empty outside of the sentence.
pub(super) fn word(analysis: &Analysis, i: usize, offset: isize) -> &str {
    at(analysis, i, offset).map_or("", |(_, t)| t.lower.as_str())
}

/// The first token of the phrase with this head.
pub(super) fn leftmost(analysis: &Analysis, head: usize) -> usize {
    let tokens = &analysis.sentences[analysis.tokens[head].sentence].tokens;
    tokens.clone().find(|&i| is_under(analysis, i, head)).unwrap_or(head)
}

/// The last token of the phrase with this head.
pub(super) fn rightmost(analysis: &Analysis, head: usize) -> usize {
    let tokens = &analysis.sentences[analysis.tokens[head].sentence].tokens;
    tokens.clone().rev().find(|&i| is_under(analysis, i, head)).unwrap_or(head)
}

/// Whether `i` is `head` or one of its descendants.
pub(super) fn is_under(analysis: &Analysis, mut i: usize, head: usize) -> bool {
    // A tree of a sentence is never deeper than it has tokens; the bound guards against a cycle.
    for _ in 0..analysis.tokens.len() {
        if i == head {
            return true;
        }
        match analysis.tokens[i].head {
            Some(h) => i = h,
            None => return false,
        }
    }
    false
}

/// Auxiliaries and copula of a predicate, without the *to* of an infinitive.
pub(super) fn auxiliaries(analysis: &Analysis, predicate: usize) -> impl Iterator<Item = usize> + '_ {
    analysis.children(predicate).filter(move |&c| {
        let token = &analysis.tokens[c];
        matches!(token.deprel, "aux" | "aux:pass" | "cop") && token.lower != "to"
    })
}

/// The first verb of the predicate's group, where it is finite by its tag.
pub(super) fn finite_verb(analysis: &Analysis, predicate: usize) -> Option<usize> {
    let first = auxiliaries(analysis, predicate).chain([predicate]).min()?;
    let infinitive = analysis.children(predicate).any(|c| analysis.tokens[c].xpos == "TO" && c < predicate);
    let finite = matches!(analysis.tokens[first].xpos, "VBZ" | "VBP" | "VBD" | "MD");
    (finite && !infinitive).then_some(first)
}

/// Whether a double quotation mark opens before `i` in its sentence and is still open there.
pub(super) fn in_quotes(analysis: &Analysis, i: usize) -> bool {
    let start = analysis.sentences[analysis.tokens[i].sentence].tokens.start;
    let open = (start..i).filter(|&k| is_quote(analysis, k)).count();
    open % 2 == 1
}

/// Whether the token is a double quotation mark.
pub(super) fn is_quote(analysis: &Analysis, i: usize) -> bool {
    matches!(analysis.form(i), "\"" | "“" | "”" | "``" | "''" | "«" | "»" | "「" | "」")
}

/// Whether the token is a comma, be it a Chinese one.
pub(super) fn is_comma(analysis: &Analysis, i: usize) -> bool {
    matches!(analysis.form(i), "," | "，")
}

/// Whether the word can be a verb's base form in a dictionary.
pub(super) fn is_base(lower: &str) -> bool {
    Lexicon::shipped().pos(lower).has(Form::Base)
}

/// The form of the verb `lower`; `None` where there is none or it is the same.
pub(super) fn inflect(lower: &str, form: Form) -> Option<String> {
    let lexicon = Lexicon::shipped();
    let lemma = match lower {
        "am" | "is" | "are" | "was" | "were" | "been" | "being" | "'s" | "'m" | "'re" => "be".into(),
        "has" | "had" | "having" => "have".into(),
        "does" | "did" | "done" | "doing" => "do".into(),
        _ => lexicon.lemma(lower, Upos::Verb),
    };
    lexicon.inflect(&lemma, form).filter(|f| *f != lower)
}

/// Whether the sentence is a heading or a title: no final mark, or three words of four with capitals.
pub(super) fn is_heading(analysis: &Analysis, sentence: usize) -> bool {
    let tokens = analysis.sentences[sentence].tokens.clone();
    let ends = tokens.clone().next_back().is_some_and(|i| {
        matches!(analysis.tokens[i].lower.as_str(), "." | "!" | "?" | "..." | "…" | "。" | "！" | "？")
            || is_quote(analysis, i)
    });
    let words = tokens.filter(|&i| analysis.tokens[i].upos != Upos::Punct);
    let (mut all, mut capitals) = (0, 0);
    for i in words {
        all += 1;
        capitals += usize::from(analysis.form(i).chars().next().is_some_and(char::is_uppercase));
    }
    !ends || 4 * capitals >= 3 * all
}
