//! The parts of a noun phrase, and which nouns need a determiner: shared by the checkers of nouns and articles.

use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use homeroom_core::{Analysis, Token, Upos};
use homeroom_lexicon::{Form, Lexicon};

static COUNT_NOUNS: &str = include_str!("../../data/count_nouns.txt");

/// What the list of countable nouns says of a noun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Countable {
    /// A person by job or kind (*student*).
    Person,
    /// A place that one goes to (*library*).
    Place,
    /// A thing or an idea (*book*, *dream*).
    Thing,
}

/// Whether a singular noun, if bare, lacks a determiner for sure; by the hand-made list of nouns that are never mass.
pub(super) fn countable(lemma: &str) -> Option<Countable> {
    static SETS: LazyLock<[HashSet<&str>; 3]> = LazyLock::new(|| {
        let mut sets = [HashSet::new(), HashSet::new(), HashSet::new()];
        let mut at = 0;
        for line in COUNT_NOUNS.lines() {
            match line {
                "[person]" => at = 0,
                "[place]" => at = 1,
                "[thing]" => at = 2,
                _ if line.starts_with('#') => {}
                _ => sets[at].extend(line.split_whitespace()),
            }
        }
        sets
    });
    let kinds = [Countable::Person, Countable::Place, Countable::Thing];
    kinds.into_iter().zip(SETS.iter()).find(|(_, set)| set.contains(lemma)).map(|(kind, _)| kind)
}

/// Whether the word can only be a plural noun form of another word (*books*, *children*; not *news*, *works*).
pub(super) fn is_plural(token: &Token) -> bool {
    let lexicon = Lexicon::shipped();
    let set = lexicon.pos(&token.lower);
    token.xpos == "NNS"
        && set.has(Form::Plural)
        && !set.has(Form::Singular)
        && lexicon.lemma(&token.lower, Upos::Noun) != token.lower
}

/// Whether the noun is an adverbial of its own behind any other noun: *I bought a book yesterday*.
pub(super) fn is_day(token: &Token) -> bool {
    matches!(token.lower.as_str(), "yesterday" | "today" | "tomorrow" | "tonight")
}

/// The singular of a plural noun form.
pub(super) fn singular(token: &Token) -> String {
    Lexicon::shipped().lemma(&token.lower, Upos::Noun).into_owned()
}

/// The adjectives, nouns and adverbs right before the noun `head` within its sentence, as far as they belong to it; an
/// empty range right at `head` where there is none.
pub(super) fn premodifiers(analysis: &Analysis, head: usize) -> Range<usize> {
    let first_token = analysis.sentences[analysis.tokens[head].sentence].tokens.start;
    let mut first = head;
    while first > first_token {
        let token = &analysis.tokens[first - 1];
        let inside = token.head.is_some_and(|h| (first - 1..=head).contains(&h) || h == head);
        let modifies = matches!(token.deprel, "amod" | "compound" | "advmod" | "punct" | "conj" | "cc")
            && matches!(token.xpos, "JJ" | "JJR" | "JJS" | "NN" | "VBN" | "VBG" | "RB" | "RBS" | "HYPH" | "NNP");
        if !inside || !modifies {
            break;
        }
        first -= 1;
    }
    first..head
}

/// Whether anything that can stand for an article belongs to the noun: a determiner, possessive, number, quantity, or
/// a genitive.
pub(super) fn has_determiner(analysis: &Analysis, head: usize) -> bool {
    let marked = analysis.children(head).any(|c| {
        let token = &analysis.tokens[c];
        c < head
            && (token.deprel.starts_with("det")
                || token.deprel.starts_with("nmod:poss")
                || token.deprel.starts_with("nummod")
                || matches!(token.xpos, "DT" | "PDT" | "PRP$" | "WP$" | "WDT" | "CD" | "POS")
                || is_quantity(&token.lower))
    });
    marked || {
        let first = premodifiers(analysis, head).start;
        first > analysis.sentences[analysis.tokens[head].sentence].tokens.start && {
            let before = &analysis.tokens[first - 1];
            matches!(before.xpos, "DT" | "PDT" | "PRP$" | "WP$" | "WDT" | "WP" | "CD" | "POS" | "$")
                || is_quantity(&before.lower)
        }
    }
}

fn is_quantity(lower: &str) -> bool {
    matches!(
        lower,
        "many"
            | "few"
            | "several"
            | "some"
            | "any"
            | "no"
            | "each"
            | "every"
            | "another"
            | "other"
            | "such"
            | "more"
            | "most"
            | "much"
            | "little"
            | "less"
            | "enough"
            | "own"
            | "half"
            | "one"
            | "what"
            | "which"
            | "whose"
            | "either"
            | "neither"
            | "both"
            | "all"
            | "his"
            | "her"
            | "its"
            | "their"
            | "our"
            | "your"
            | "my"
            | "same"
            | "certain"
            | "next"
            | "last"
            | "a"
            | "an"
            | "the"
            | "kind"
            | "sort"
            | "type"
            | "only"
    )
}

/// Whether the noun stands alone: not in a coordination, not part of a longer name or compound, not next to quotation
/// marks, hyphens or digits, which all allow a noun without an article.
pub(super) fn stands_alone(analysis: &Analysis, head: usize) -> bool {
    let token = &analysis.tokens[head];
    let sentence = &analysis.sentences[token.sentence].tokens;
    let first = premodifiers(analysis, head).start;
    let neighbour_is_fine = |i: usize| {
        let t = &analysis.tokens[i];
        !matches!(
            t.lower.as_str(),
            "-" | "–" | "—" | "/" | "\"" | "“" | "”" | "'" | "‘" | "&" | "and" | "or" | "nor" | "#" | ":" | "("
        ) && !matches!(t.xpos, "NN" | "NNS" | "NNP" | "NNPS" | "CD" | "POS" | "HYPH" | "LS" | "SYM" | "ADD")
    };
    let before_is_fine = first == sentence.start || neighbour_is_fine(first - 1);
    let after_is_fine = head + 1 >= sentence.end || neighbour_is_fine(head + 1) || is_day(&analysis.tokens[head + 1]);
    let coordinated =
        analysis.children(head).any(|c| matches!(analysis.tokens[c].deprel, "conj" | "cc" | "appos" | "flat" | "list"));
    let lower_case =
        (first..=head).all(|i| i == sentence.start || !analysis.form(i).chars().next().is_some_and(char::is_uppercase));
    before_is_fine && after_is_fine && !coordinated && lower_case && token.deprel != "conj"
}
