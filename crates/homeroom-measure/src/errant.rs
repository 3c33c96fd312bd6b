//! ERRANT error types of edits.
//!
//! Where ERRANT looks at the dependency parse, this module looks at tags and at whether an auxiliary is followed by a
//! verb; where ERRANT compares Lancaster stems, it compares the words without common derivational endings.
//!
//! # Source
//! Bryant, Felice and Briscoe 2017, "Automatic annotation and evaluation of error types for grammatical error
//! correction", table 1 and the rules of its implementation.
//! Rules after ERRANT (Bryant et al. 2017), MIT, see THIRD-PARTY.md.

use std::collections::BTreeSet;

use homeroom_core::Upos;

use crate::align::{Tagged, Tagger, align, similarity, tag};
use crate::m2::{M2Edit, M2Sentence};
use crate::merge::{EditSpan, merge};

/// Finds the edits between two sentences and names their types.
#[derive(Clone, Copy)]
pub struct ErrorTyper<'a> {
    /// Tags a sentence.
    pub tagger: &'a Tagger<'a>,
    /// Whether a word is in the dictionary; asked with the form as it stands and in lower case.
    pub is_word: &'a dyn Fn(&str) -> bool,
}

impl ErrorTyper<'_> {
    /// The edits that turn `source` into `target`, in order, with their ERRANT types.
    #[must_use]
    pub fn edits(&self, source: &[&str], target: &[&str]) -> Vec<M2Edit> {
        if source == target {
            return Vec::new();
        }
        let (s, t) = (tag(source, self.tagger), tag(target, self.tagger));
        merge(&align(&s, &t), &s, &t).into_iter().map(|span| self.edit(&span, &s, &t)).collect()
    }

    /// The same edits with ERRANT types, for an annotator whose types are of another scheme. Edits that overlap an
    /// earlier one are typed by themselves.
    #[must_use]
    pub fn retype(&self, source: &[&str], edits: &[M2Edit]) -> Vec<M2Edit> {
        let s = tag(source, self.tagger);
        let mut order: Vec<usize> =
            (0..edits.len()).filter(|&i| edits[i].start <= edits[i].end && edits[i].end <= s.len()).collect();
        order.sort_by_key(|&i| (edits[i].start, edits[i].end));
        // The corrected sentence, with where each edit's tokens lie in it.
        let mut target: Vec<&str> = Vec::new();
        let mut ranges = vec![None; edits.len()];
        let mut at = 0;
        for &i in &order {
            let edit = &edits[i];
            if edit.start < at {
                continue;
            }
            target.extend_from_slice(&source[at..edit.start]);
            let first = target.len();
            target.extend(edit.correction().split_whitespace());
            ranges[i] = Some(first..target.len());
            at = edit.end;
        }
        target.extend_from_slice(&source[at..]);
        let t = tag(&target, self.tagger);
        let typed = edits.iter().zip(ranges).map(|(edit, range)| {
            let error_type = match range {
                Some(range) => self.classify(&s[edit.start..edit.end], &t[range]),
                None => {
                    let tokens: Vec<&str> = edit.correction().split_whitespace().collect();
                    let within = s.get(edit.start..edit.end).unwrap_or(&[]);
                    self.classify(within, &tag(&tokens, self.tagger))
                }
            };
            M2Edit { error_type, ..edit.clone() }
        });
        typed.collect()
    }

    /// A sentence whose annotators' edits all have ERRANT types.
    #[must_use]
    pub fn retype_sentence(&self, sentence: &M2Sentence) -> M2Sentence {
        let tokens = sentence.tokens();
        let annotators = sentence.annotators.iter().map(|(id, edits)| (*id, self.retype(&tokens, edits))).collect();
        M2Sentence { annotators, ..sentence.clone() }
    }

    fn edit(&self, span: &EditSpan, source: &[Tagged], target: &[Tagged]) -> M2Edit {
        let (s, t) = (&source[span.source.clone()], &target[span.target.clone()]);
        let correction = t.iter().map(|t| t.text.as_str()).collect::<Vec<_>>().join(" ");
        M2Edit::new(span.source.start, span.source.end, &self.classify(s, t), &correction)
    }

    /// The type of an edit, with its operation: `M:` missing, `U:` unnecessary, `R:` replacement; `UNK` where nothing
    /// is changed.
    #[must_use]
    pub fn classify(&self, source: &[Tagged], target: &[Tagged]) -> String {
        match (source, target) {
            ([], []) => "UNK".to_owned(),
            ([], _) => format!("M:{}", one_sided(target)),
            (_, []) => format!("U:{}", one_sided(source)),
            ([s_rest @ .., s_last], [t_rest @ .., t_last]) => {
                if source.iter().map(|t| &t.text).eq(target.iter().map(|t| &t.text)) {
                    return "UNK".to_owned();
                }
                // Doctor -> The doctor: the last word changes only its case.
                if s_last.lower == t_last.lower && (source.len() > 1 || target.len() > 1) {
                    return self.classify(s_rest, t_rest);
                }
                format!("R:{}", self.two_sided(source, target))
            }
        }
    }

    fn two_sided(&self, source: &[Tagged], target: &[Tagged]) -> &'static str {
        let joined = |tokens: &[Tagged]| tokens.iter().map(|t| t.lower.as_str()).collect::<String>();
        if joined(source) == joined(target) {
            return "ORTH";
        }
        let sorted = |tokens: &[Tagged]| {
            let mut forms: Vec<String> = tokens.iter().map(|t| t.lower.clone()).collect();
            forms.sort();
            forms
        };
        if sorted(source) == sorted(target) {
            return "WO";
        }
        if let ([s], [t]) = (source, target) { self.one_to_one(s, t) } else { many(source, target) }
    }

    fn one_to_one(&self, s: &Tagged, t: &Tagged) -> &'static str {
        let (s_class, t_class) = (Class::of(s), Class::of(t));
        let same_class = s_class == t_class;
        let pair = [s.lower.as_str(), t.lower.as_str()];
        if s.xpos == "POS" || t.xpos == "POS" {
            return "NOUN:POSS";
        }
        if same_class && pair.iter().any(|w| CONTRACTIONS.contains(w)) {
            return "CONTR";
        }
        for (short, full) in CONTRACTED_AUXILIARIES {
            if pair == [short, full] || pair == [full, short] {
                return "CONTR";
            }
        }
        if CONTRACTED_AUXILIARIES.iter().any(|(short, _)| pair.contains(short)) {
            return "VERB:TENSE";
        }
        if pair == ["was", "were"] || pair == ["were", "was"] {
            return "VERB:SVA";
        }
        let same_lemma = s.lemma == t.lemma;
        let alphabetic = !s.text.is_empty() && s.text.chars().all(char::is_alphabetic);
        if alphabetic && !(self.is_word)(&s.text) && !(self.is_word)(&s.lower) {
            if same_lemma {
                return match (same_class, s_class) {
                    (true, Class::Noun) => "NOUN:INFL",
                    (true, Class::Verb) => "VERB:INFL",
                    _ => "MORPH",
                };
            }
            if similarity(&s.text, &t.text) > SPELLING_SIMILARITY {
                return "SPELL";
            }
            return if same_class && !s_class.is_rare() { s_class.name() } else { "OTHER" };
        }
        if same_lemma && s_class.is_open() && t_class.is_open() {
            return inflection(s, t, s_class, same_class);
        }
        if s_class.is_open() && t_class.is_open() && derived(&s.lower, &t.lower) {
            return "MORPH";
        }
        if s.auxiliary && t.auxiliary {
            return "VERB:TENSE";
        }
        if same_class && !s_class.is_rare() {
            return s_class.name();
        }
        match (s_class, t_class) {
            (Class::Part, Class::Prep) | (Class::Prep, Class::Part) => "PART",
            // A determiner can be neither subject nor object; what it becomes decides.
            (Class::Det, Class::Pron) => "PRON",
            (Class::Pron, Class::Det) => "DET",
            _ => "OTHER",
        }
    }
}

/// Whether a type is one of ERRANT's, so that it need not be found anew.
#[must_use]
pub fn is_errant_type(error_type: &str) -> bool {
    error_type == "UNK" || ["M:", "U:", "R:"].iter().any(|op| error_type.starts_with(op))
}

/// Share of common characters over which a word that is not in the dictionary is a misspelling (ERRANT's value).
const SPELLING_SIMILARITY: f64 = 0.5;

/// Contracted forms as tokens of their own.
const CONTRACTIONS: [&str; 7] = ["'d", "'ll", "'m", "n't", "'re", "'s", "'ve"];

/// What stands before `n't` when the auxiliary is cut: ca n't, sha n't, wo n't.
const CONTRACTED_AUXILIARIES: [(&str, &str); 3] = [("ca", "can"), ("sha", "shall"), ("wo", "will")];

/// ERRANT's word classes: those of Universal Dependencies by way of the Penn Treebank tags, so that auxiliaries are
/// verbs, names are nouns and possessives are determiners.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Adj,
    Adv,
    Conj,
    Det,
    Intj,
    Noun,
    Num,
    Part,
    Prep,
    Pron,
    Punct,
    Sym,
    Verb,
    Other,
}

impl Class {
    fn of(token: &Tagged) -> Class {
        match token.xpos {
            "IN" => Class::Prep,
            "TO" | "POS" | "RP" => Class::Part,
            "PRP$" | "WP$" | "DT" | "PDT" | "WDT" => Class::Det,
            "PRP" | "WP" | "EX" => Class::Pron,
            "RB" | "RBR" | "RBS" | "WRB" => Class::Adv,
            "JJ" | "JJR" | "JJS" | "AFX" => Class::Adj,
            "NN" | "NNS" | "NNP" | "NNPS" => Class::Noun,
            "MD" | "VB" | "VBD" | "VBG" | "VBN" | "VBP" | "VBZ" => Class::Verb,
            "CC" => Class::Conj,
            "CD" => Class::Num,
            "UH" => Class::Intj,
            _ => match token.upos {
                Upos::Adj => Class::Adj,
                Upos::Adp | Upos::Sconj => Class::Prep,
                Upos::Adv => Class::Adv,
                Upos::Aux | Upos::Verb => Class::Verb,
                Upos::Cconj => Class::Conj,
                Upos::Det => Class::Det,
                Upos::Intj => Class::Intj,
                Upos::Noun | Upos::Propn => Class::Noun,
                Upos::Num => Class::Num,
                Upos::Part => Class::Part,
                Upos::Pron => Class::Pron,
                Upos::Punct => Class::Punct,
                Upos::Sym => Class::Sym,
                Upos::X => Class::Other,
            },
        }
    }

    fn name(self) -> &'static str {
        match self {
            Class::Adj => "ADJ",
            Class::Adv => "ADV",
            Class::Conj => "CONJ",
            Class::Det => "DET",
            Class::Noun => "NOUN",
            Class::Part => "PART",
            Class::Prep => "PREP",
            Class::Pron => "PRON",
            Class::Punct => "PUNCT",
            Class::Verb => "VERB",
            Class::Intj | Class::Num | Class::Sym | Class::Other => "OTHER",
        }
    }

    /// Classes that say little about an error.
    fn is_rare(self) -> bool {
        matches!(self, Class::Intj | Class::Num | Class::Sym | Class::Other)
    }

    fn is_open(self) -> bool {
        matches!(self, Class::Adj | Class::Adv | Class::Noun | Class::Verb)
    }
}

/// The type of an insertion or deletion.
fn one_sided(tokens: &[Tagged]) -> &'static str {
    if let [token] = tokens {
        if token.xpos == "POS" {
            return "NOUN:POSS";
        }
        if CONTRACTIONS.contains(&token.lower.as_str()) {
            return "CONTR";
        }
        if token.lower == "to" && token.upos == Upos::Part {
            return "VERB:FORM";
        }
    }
    if tokens.iter().all(|t| t.auxiliary) {
        return "VERB:TENSE";
    }
    let classes: BTreeSet<Class> = tokens.iter().map(Class::of).collect();
    match classes.first() {
        Some(class) if classes.len() == 1 && !class.is_rare() => class.name(),
        _ if classes == BTreeSet::from([Class::Part, Class::Verb]) => "VERB",
        _ => "OTHER",
    }
}

/// Two forms of one lemma, both of open classes. The order of the questions matters.
fn inflection(s: &Tagged, t: &Tagged, class: Class, same_class: bool) -> &'static str {
    let either = |tags: &[&str]| tags.contains(&s.xpos) || tags.contains(&t.xpos);
    if same_class {
        match class {
            Class::Adj => return "ADJ:FORM",
            Class::Noun => return "NOUN:NUM",
            Class::Verb => {
                // A verb after an auxiliary shows neither tense nor agreement.
                if (s.after_auxiliary && t.after_auxiliary) || either(&["VBG", "VBN"]) {
                    return "VERB:FORM";
                }
                if either(&["VBD"]) {
                    return "VERB:TENSE";
                }
                if either(&["VBZ"]) {
                    return "VERB:SVA";
                }
                if s.auxiliary && t.auxiliary {
                    return "VERB:TENSE";
                }
            }
            _ => {}
        }
    }
    match (class, t.xpos) {
        (Class::Adj, "NNS") => "NOUN:NUM",
        (_, "VBG" | "VBN") => "VERB:FORM",
        (_, "VBD") => "VERB:TENSE",
        (_, "VBZ") => "VERB:SVA",
        _ => "MORPH",
    }
}

/// Replacements of more than one token.
fn many(source: &[Tagged], target: &[Tagged]) -> &'static str {
    let all = || source.iter().chain(target);
    if all().all(|t| t.auxiliary) {
        return "VERB:TENSE";
    }
    let classes: BTreeSet<Class> = all().map(Class::of).collect();
    let lemma = |tokens: &[Tagged], last: bool| {
        let token = if last { tokens.last() } else { tokens.first() };
        token.map(|t| t.lemma.clone()).unwrap_or_default()
    };
    let same_last = lemma(source, true) == lemma(target, true);
    if let (1, Some(class)) = (classes.len(), classes.first()) {
        if *class == Class::Verb && same_last {
            return "VERB:TENSE";
        }
        if !class.is_rare() {
            return class.name();
        }
    }
    if classes == BTreeSet::from([Class::Part, Class::Verb]) {
        return if same_last { "VERB:FORM" } else { "VERB" };
    }
    let noun_and_suffix =
        |tokens: &[Tagged]| matches!(tokens, [a, b] if Class::of(a) == Class::Noun && Class::of(b) == Class::Part);
    if (noun_and_suffix(source) || noun_and_suffix(target)) && lemma(source, false) == lemma(target, false) {
        return "NOUN:POSS";
    }
    let degree = |tokens: &[Tagged]| tokens.first().is_some_and(|t| matches!(t.lower.as_str(), "more" | "most"));
    if (degree(source) || degree(target)) && same_last && source.len() <= 2 && target.len() <= 2 {
        return "ADJ:FORM";
    }
    "OTHER"
}

/// Endings that make one word class from another, and those of inflected forms that go with them.
const ENDINGS: &[&str] = &[
    "", "s", "es", "ed", "d", "ing", "e", "y", "i", "t", "ce", "cy", "ly", "ily", "al", "ally", "ial", "ical", "ful",
    "fully", "less", "ness", "iness", "ment", "ments", "ion", "ions", "ation", "ations", "ition", "sion", "ity",
    "ities", "ive", "ively", "able", "ible", "ably", "ous", "ously", "ic", "er", "or", "ers", "ors", "ist", "ism",
    "ize", "ise", "ent", "ence", "ency", "ant", "ance", "ancy", "th", "en", "ty", "tion", "tions", "se", "de",
];

/// Shortest common beginning of two derived words, in characters.
const STEM: usize = 4;

/// Whether two words differ only in a derivational ending: different and difference, success and successful.
fn derived(a: &str, b: &str) -> bool {
    if a == b {
        return false;
    }
    let common: usize = a.chars().zip(b.chars()).take_while(|(x, y)| x == y).map(|(x, _)| x.len_utf8()).sum();
    // The stem may end before the last common letter: beauty, beautiful.
    a[..common]
        .char_indices()
        .rev()
        .map(|(i, c)| i + c.len_utf8())
        .take(3)
        .any(|at| a[..at].chars().count() >= STEM && ENDINGS.contains(&&a[at..]) && ENDINGS.contains(&&b[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Words of the cases below, with their tags; `form/xpos/lemma`.
    fn entry(word: &str) -> (Upos, &'static str, String) {
        let table: &[(&str, Upos, &'static str, &str)] = &[
            ("go", Upos::Verb, "VBP", "go"),
            ("goes", Upos::Verb, "VBZ", "go"),
            ("went", Upos::Verb, "VBD", "go"),
            ("going", Upos::Verb, "VBG", "go"),
            ("eat", Upos::Verb, "VB", "eat"),
            ("eating", Upos::Verb, "VBG", "eat"),
            ("getted", Upos::Verb, "VBD", "get"),
            ("got", Upos::Verb, "VBD", "get"),
            ("like", Upos::Verb, "VBP", "like"),
            ("watch", Upos::Verb, "VBP", "watch"),
            ("look", Upos::Verb, "VBP", "look"),
            ("has", Upos::Aux, "VBZ", "have"),
            ("was", Upos::Aux, "VBD", "be"),
            ("were", Upos::Aux, "VBD", "be"),
            ("can", Upos::Aux, "MD", "can"),
            ("could", Upos::Aux, "MD", "could"),
            ("ca", Upos::Aux, "MD", "can"),
            ("dog", Upos::Noun, "NN", "dog"),
            ("cat", Upos::Noun, "NN", "cat"),
            ("dogs", Upos::Noun, "NNS", "dog"),
            ("informations", Upos::Noun, "NNS", "information"),
            ("information", Upos::Noun, "NN", "information"),
            ("friends", Upos::Noun, "NNS", "friend"),
            ("friend", Upos::Noun, "NN", "friend"),
            ("difference", Upos::Noun, "NN", "difference"),
            ("different", Upos::Adj, "JJ", "different"),
            ("big", Upos::Adj, "JJ", "big"),
            ("bigger", Upos::Adj, "JJR", "big"),
            ("more", Upos::Adv, "RBR", "more"),
            ("only", Upos::Adv, "RB", "only"),
            ("the", Upos::Det, "DT", "the"),
            ("a", Upos::Det, "DT", "a"),
            ("he", Upos::Pron, "PRP", "he"),
            ("him", Upos::Pron, "PRP", "he"),
            ("i", Upos::Pron, "PRP", "I"),
            ("in", Upos::Adp, "IN", "in"),
            ("at", Upos::Adp, "IN", "at"),
            ("up", Upos::Adp, "RP", "up"),
            ("to", Upos::Part, "TO", "to"),
            ("'s", Upos::Part, "POS", "'s"),
            ("n't", Upos::Part, "RB", "not"),
            ("not", Upos::Part, "RB", "not"),
            ("and", Upos::Cconj, "CC", "and"),
            (",", Upos::Punct, ",", ","),
            (".", Upos::Punct, ".", "."),
        ];
        let lower = word.to_lowercase();
        match table.iter().find(|e| e.0 == lower) {
            Some(&(_, upos, xpos, lemma)) => (upos, xpos, lemma.to_owned()),
            None => (Upos::Noun, "NN", lower),
        }
    }

    fn tagger(tokens: &[&str]) -> Vec<(Upos, &'static str, String)> {
        tokens.iter().map(|t| entry(t)).collect()
    }

    fn is_word(word: &str) -> bool {
        !["recieve", "getted", "informations", "freind"].contains(&word)
    }

    const TYPER: ErrorTyper<'static> = ErrorTyper { tagger: &tagger, is_word: &is_word };

    /// Edits as `start end type correction`, separated by semicolons.
    #[track_caller]
    fn check(source: &str, target: &str, want: &str) {
        let (s, t): (Vec<&str>, Vec<&str>) = (source.split_whitespace().collect(), target.split_whitespace().collect());
        let edits = TYPER.edits(&s, &t);
        let got: Vec<String> = edits
            .iter()
            .map(|e| format!("{} {} {} {}", e.start, e.end, e.error_type, e.correction()).trim_end().to_owned())
            .collect();
        assert_eq!(got.join("; "), want);
        let source: Vec<String> = s.iter().map(|w| (*w).to_owned()).collect();
        assert_eq!(crate::m2::apply(&source, &edits), t, "the edits make the correction");
        let coarse: Vec<M2Edit> = edits.iter().map(|e| M2Edit { error_type: "#Rp#".into(), ..e.clone() }).collect();
        assert_eq!(TYPER.retype(&s, &coarse), edits, "types don't depend on where the edits come from");
    }

    #[test]
    fn verbs() {
        check("he go .", "he goes .", "1 2 R:VERB:SVA goes");
        check("he was", "he were", "1 2 R:VERB:SVA were");
        check("i go", "i went", "1 2 R:VERB:TENSE went");
        check("i like eat .", "i like eating .", "2 3 R:VERB:FORM eating");
        check("i like eat .", "i like to eat .", "2 2 M:VERB:FORM to");
        check("i like to eat .", "i like eating .", "2 4 R:VERB:FORM eating");
        check("i getted", "i got", "1 2 R:VERB:INFL got");
        check("i can go", "i could go", "1 2 R:VERB:TENSE could");
        check("he has go .", "he go .", "1 2 U:VERB:TENSE");
        check("i watch dogs", "i look dogs", "1 2 R:VERB look");
        check("he can goes", "he can go", "2 3 R:VERB:FORM go");
        check("i ca go", "i can go", "1 2 R:CONTR can");
    }

    #[test]
    fn nouns_and_adjectives() {
        check("two dog .", "two dogs .", "1 2 R:NOUN:NUM dogs");
        check("the informations", "the information", "1 2 R:NOUN:INFL information");
        check("the friends dog", "the friend 's dog", "1 2 R:NOUN:POSS friend 's");
        check("a big dog", "a bigger dog", "1 2 R:ADJ:FORM bigger");
        check("more big .", "bigger .", "0 2 R:ADJ:FORM bigger");
        check("he different", "he difference", "1 2 R:MORPH difference");
    }

    #[test]
    fn small_words() {
        check("he saw dog .", "he saw the dog .", "2 2 M:DET the");
        check("he saw a dog .", "he saw the dog .", "2 3 R:DET the");
        check("he in home", "he at home", "1 2 R:PREP at");
        check("go at home", "go home", "1 2 U:PREP");
        check("he go", "him go", "0 1 R:PRON him");
        check("go dogs", "go and dogs", "1 1 M:CONJ and");
        check("dogs go", "dogs , go", "1 1 M:PUNCT ,");
        check("in dogs", "up dogs", "0 1 R:PART up");
    }

    #[test]
    fn spelling_case_and_order() {
        check("my freind .", "my friend .", "1 2 R:SPELL friend");
        check("the Dog", "the dog", "1 2 R:ORTH dog");
        check("foot ball .", "football .", "0 2 R:ORTH football");
        check("i saw him only .", "i only saw him .", "1 4 R:WO only saw him");
        check("Dog .", "The dog .", "0 1 M:DET The dog");
        check("dogs , he go", "dogs . He go", "1 3 R:PUNCT . He");
    }

    #[test]
    fn odd_edits() {
        check("a", "a", "");
        assert_eq!(TYPER.classify(&[], &[]), "UNK");
        let same = tag(&["a"], &tagger);
        assert_eq!(TYPER.classify(&same, &same), "UNK");
        // Overlapping and out-of-bounds edits are typed without a panic.
        let odd = [M2Edit::new(0, 2, "", "x"), M2Edit::new(1, 2, "", "dogs"), M2Edit::new(5, 9, "", "y")];
        assert_eq!(TYPER.retype(&["two", "dog"], &odd).len(), 3);
        assert!(is_errant_type("R:VERB:SVA") && !is_errant_type("#Rp#"));
    }
}
