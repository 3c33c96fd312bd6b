//! Other forms of a word: number of nouns, forms of verbs alone and with an auxiliary, derivations, possessives.

use homeroom_core::Upos;
use homeroom_english::match_case;
use homeroom_lexicon::{Form, Lexicon};

use super::{Proposals, is_function_word};
use crate::edit::Words;
use crate::kind::Kind;

/// Zipf frequency that a form needs to be proposed: the rarest nouns that pupils put in the wrong number.
const KNOWN_FORM: f32 = 1.5;
/// The same for a derived word.
const KNOWN_DERIVATION: f32 = 3.0;

/// Auxiliaries that may be one too many before a verb.
const AUXILIARIES: [&str; 19] = [
    "be", "am", "is", "are", "was", "were", "been", "have", "has", "had", "will", "would", "do", "does", "did", "can",
    "'m", "'re", "'ve",
];

/// Endings that are exchanged in derivation: from, to.
const DERIVATIONS: [(&str, &str); 24] = [
    ("", "ly"),
    ("y", "ily"),
    ("le", "ly"),
    ("ic", "ically"),
    ("ly", ""),
    ("ily", "y"),
    ("ence", "ent"),
    ("ance", "ant"),
    ("ity", ""),
    ("ness", ""),
    ("y", ""),
    ("ful", ""),
    ("al", ""),
    ("ous", ""),
    ("ion", "e"),
    ("ion", ""),
    ("ment", ""),
    ("ent", "ence"),
    ("ant", "ance"),
    ("", "y"),
    ("", "al"),
    ("e", "ion"),
    ("", "ion"),
    ("", "ful"),
];

pub(super) fn propose(words: &Words<'_>, out: &mut Proposals) {
    let lexicon = Lexicon::shipped();
    for (i, word) in words.words.iter().enumerate().filter(|(_, w)| w.alpha) {
        let lower = word.lower.as_str();
        if is_function_word(lower) || lower.len() < 2 || word.attached {
            continue;
        }
        let pos = lexicon.pos(lower);
        if pos.can_be(Upos::Noun) || pos.can_be(Upos::Propn) {
            number(words, i, out);
        }
        if pos.can_be(Upos::Verb) {
            verbs(words, i, out);
        }
        derivations(words, i, out);
    }
}

fn number(words: &Words<'_>, i: usize, out: &mut Proposals) {
    let lexicon = Lexicon::shipped();
    let word = &words.words[i];
    let lower = word.lower.as_str();
    let singular = lexicon.lemma(lower, Upos::Noun).into_owned();
    let plural = lexicon.inflect(&singular, Form::Plural);
    let kind = Kind::named("noun_number");
    for form in plural.iter().chain([&singular]).filter(|f| *f != lower && lexicon.zipf(f) > KNOWN_FORM) {
        out.add(words, words.replace(i..i + 1, match_case(word.form, form), kind));
    }
    if words.lower(i + 1) == "'s" || i + 1 >= words.len() || !words.words[i + 1].alpha {
        return;
    }
    let kind = Kind::named("possessive");
    if singular == lower {
        out.add(words, words.attach(i, "'s", kind));
    } else {
        out.add(words, words.replace(i..i + 1, format!("{}'s", match_case(word.form, &singular)), kind));
        out.add(words, words.attach(i, "'", kind));
    }
}

fn verbs(words: &Words<'_>, i: usize, out: &mut Proposals) {
    let lexicon = Lexicon::shipped();
    let word = &words.words[i];
    let lower = word.lower.as_str();
    let base = lexicon.lemma(lower, Upos::Verb).into_owned();
    if !lexicon.pos(&base).can_be(Upos::Verb) {
        return;
    }
    let form = |form: Form| lexicon.inflect(&base, form).filter(|f| lexicon.pos(f).has(form));
    let [third, past, participle, gerund] =
        [Form::ThirdPerson, Form::Past, Form::PastParticiple, Form::Gerund].map(form);
    let (kind, agreement, phrase) = (Kind::named("verb_form"), Kind::named("agreement"), Kind::named("verb_phrase"));
    let third = third.unwrap_or_default();
    for new in [Some(&base), Some(&third), past.as_ref(), participle.as_ref(), gerund.as_ref()].into_iter().flatten() {
        if new.is_empty() || new == lower {
            continue;
        }
        let agrees = (lower == base && *new == third) || (lower == third && *new == base);
        out.add(words, words.replace(i..i + 1, match_case(word.form, new), if agrees { agreement } else { kind }));
    }
    let before = words.before(i);
    if AUXILIARIES.contains(&before) {
        for new in [Some(&base), Some(&third), past.as_ref()].into_iter().flatten().filter(|f| !f.is_empty()) {
            let new = match_case(words.words[i - 1].form, new);
            out.add(words, words.replace(i - 1..i + 1, new, phrase));
        }
    }
    if before == "to" {
        for new in [Some(&base), gerund.as_ref()].into_iter().flatten() {
            out.add(words, words.replace(i - 1..i + 1, match_case(words.words[i - 1].form, new), phrase));
        }
        return;
    }
    if i == 0 {
        return;
    }
    let mut with = |auxiliaries: &[&str], form: Option<&String>| {
        for auxiliary in auxiliaries {
            if let Some(form) = form.filter(|f| *f != lower) {
                out.add(words, words.replace(i..i + 1, format!("{auxiliary} {form}"), phrase));
            }
        }
    };
    with(&["to", "will", "would", "can"], Some(&base));
    with(&["have", "has", "is", "are", "was", "were", "be"], participle.as_ref());
    with(&["is", "are", "am", "was", "were", "of", "for", "in"], gerund.as_ref());
    // "have" goes with a participle that looks like the past that stands there ("I lived" to "I have lived").
    if participle.as_deref() == Some(lower) {
        for auxiliary in ["have", "has", "had"] {
            out.add(words, words.insert(i, auxiliary, phrase));
        }
    }
}

fn derivations(words: &Words<'_>, i: usize, out: &mut Proposals) {
    let lexicon = Lexicon::shipped();
    let word = &words.words[i];
    let lower = word.lower.as_str();
    let kind = Kind::named("word_form");
    let mut forms: Vec<String> = Vec::new();
    for (from, to) in DERIVATIONS {
        if let Some(stem) = lower.strip_suffix(from).filter(|s| s.len() >= 3) {
            forms.push(format!("{stem}{to}"));
        }
    }
    if lexicon.pos(lower).can_be(Upos::Adj) {
        let lemma = lexicon.lemma(lower, Upos::Adj).into_owned();
        forms.extend([Form::Comparative, Form::Superlative].into_iter().filter_map(|f| lexicon.inflect(&lemma, f)));
        forms.push(lemma);
    }
    for form in forms {
        if form != lower && lexicon.contains(&form) && lexicon.zipf(&form) >= KNOWN_DERIVATION {
            out.add(words, words.replace(i..i + 1, match_case(word.form, &form), kind));
        }
    }
}
