//! Regular English inflection, and its inverse. Irregular words are exceptions in the table.

/// An inflected form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Form {
    /// Infinitive: `go`.
    Base,
    /// Third person singular of the present: `goes`.
    ThirdPerson,
    /// Past tense: `went`.
    Past,
    /// Past participle: `gone`.
    PastParticiple,
    /// Present participle and gerund: `going`.
    Gerund,
    /// Of a noun: `children`.
    Plural,
    /// Of a noun: `child`.
    Singular,
    /// Of an adjective or adverb: `better`.
    Comparative,
    /// Of an adjective or adverb: `best`.
    Superlative,
}

impl Form {
    /// All forms.
    pub const ALL: [Form; 9] = [
        Form::Base,
        Form::ThirdPerson,
        Form::Past,
        Form::PastParticiple,
        Form::Gerund,
        Form::Plural,
        Form::Singular,
        Form::Comparative,
        Form::Superlative,
    ];
}

/// The word classes that inflect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Class {
    Noun,
    Verb,
    Adj,
    Adv,
}

fn is_vowel(b: u8) -> bool {
    matches!(b, b'a' | b'e' | b'i' | b'o' | b'u')
}

fn is_consonant(b: u8) -> bool {
    b.is_ascii_lowercase() && !is_vowel(b)
}

/// Number of groups of vowel letters, a final silent `e` left out.
fn syllables(word: &str) -> usize {
    let bytes = word.as_bytes();
    let mut n = 0;
    let mut previous = false;
    for (i, &b) in bytes.iter().enumerate() {
        let vowel = is_vowel(b) || (b == b'y' && i > 0);
        let silent = b == b'e' && i + 1 == bytes.len() && n > 0 && !word.ends_with("le");
        if vowel && !previous && !silent {
            n += 1;
        }
        previous = vowel;
    }
    n.max(1)
}

/// Whether the last consonant is doubled before a suffix that starts with a vowel: one syllable, one vowel, one
/// consonant (`stop`, not `look`, `fix`).
fn doubles(word: &str) -> bool {
    let b = word.as_bytes();
    let n = b.len();
    n >= 3
        && is_consonant(b[n - 1])
        && !matches!(b[n - 1], b'w' | b'x' | b'y' | b'h')
        && is_vowel(b[n - 2])
        && (!is_vowel(b[n - 3]) || (b[n - 3] == b'u' && n >= 4 && b[n - 4] == b'q'))
        && syllables(word) == 1
}

fn ends_consonant_y(word: &str) -> bool {
    let b = word.as_bytes();
    b.len() >= 2 && b[b.len() - 1] == b'y' && is_consonant(b[b.len() - 2])
}

fn is_sibilant(word: &str) -> bool {
    ["s", "x", "z", "ch", "sh"].iter().any(|e| word.ends_with(e))
}

fn cut(word: &str, bytes: usize) -> &str {
    &word[..word.len() - bytes]
}

fn add_s(word: &str) -> String {
    if ends_consonant_y(word) {
        format!("{}ies", cut(word, 1))
    } else if is_sibilant(word) {
        format!("{word}es")
    } else {
        format!("{word}s")
    }
}

fn add_vowel(word: &str, suffix: &str) -> String {
    if word.ends_with('e') {
        format!("{}{suffix}", cut(word, 1))
    } else if ends_consonant_y(word) {
        format!("{}i{suffix}", cut(word, 1))
    } else if doubles(word) {
        format!("{word}{}{suffix}", &word[word.len() - 1..])
    } else {
        format!("{word}{suffix}")
    }
}

fn add_ing(word: &str) -> String {
    if word.ends_with("ie") {
        format!("{}ying", cut(word, 2))
    } else if word.ends_with('e') && !["ee", "oe", "ye"].iter().any(|e| word.ends_with(e)) && word.len() > 2 {
        format!("{}ing", cut(word, 1))
    } else if doubles(word) {
        format!("{word}{}ing", &word[word.len() - 1..])
    } else {
        format!("{word}ing")
    }
}

/// The regular inflection of `lemma`, an ASCII word in lower case.
pub(crate) fn regular(lemma: &str, form: Form) -> String {
    match form {
        Form::Base | Form::Singular => lemma.to_owned(),
        Form::ThirdPerson if lemma.ends_with('o') && lemma.len() > 2 => format!("{lemma}es"),
        Form::ThirdPerson | Form::Plural => add_s(lemma),
        Form::Past | Form::PastParticiple => add_vowel(lemma, "ed"),
        Form::Gerund => add_ing(lemma),
        Form::Comparative => add_vowel(lemma, "er"),
        Form::Superlative => add_vowel(lemma, "est"),
    }
}

/// Whether an adjective that the table lacks takes -er: one syllable, or two of which the last is `y`.
pub(crate) fn looks_gradable(lemma: &str) -> bool {
    match syllables(lemma) {
        1 => true,
        2 => ends_consonant_y(lemma),
        _ => false,
    }
}

/// Lemmas that `word` may come from by a regular suffix, the likeliest first; `word` itself where no suffix fits.
fn candidates(word: &str, class: Class) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let mut strip = |suffix: &str, vowel_suffix: bool| {
        let Some(stem) = word.strip_suffix(suffix) else { return };
        let b = stem.as_bytes();
        let n = b.len();
        if n < 2 || !stem.bytes().any(|b| is_vowel(b) || b == b'y') {
            return;
        }
        if vowel_suffix {
            if b[n - 1] == b'i' && suffix != "ing" {
                out.push(format!("{}y", cut(stem, 1)));
                return;
            }
            if n >= 3 && b[n - 1] == b[n - 2] && is_consonant(b[n - 1]) {
                let single = cut(stem, 1).to_owned();
                if matches!(b[n - 1], b'l' | b's' | b'f' | b'z') {
                    out.push(stem.to_owned());
                    out.push(single);
                } else {
                    out.push(single);
                    out.push(stem.to_owned());
                }
                return;
            }
            let needs_e = matches!(b[n - 1], b'v' | b'c' | b'u' | b'z')
                || ["at", "iz", "is", "ur", "bl", "pl", "tl", "gl", "dl", "dg", "rg", "ng", "rs", "ns"]
                    .iter()
                    .any(|e| stem.ends_with(e))
                || (doubles(stem) && n >= 3);
            if needs_e {
                out.push(format!("{stem}e"));
                out.push(stem.to_owned());
            } else {
                out.push(stem.to_owned());
                out.push(format!("{stem}e"));
            }
        } else {
            out.push(stem.to_owned());
        }
    };
    match class {
        Class::Noun | Class::Verb if word.ends_with('s') && !word.ends_with("ss") => {
            if word.ends_with("ies") && word.len() > 4 {
                out.push(format!("{}y", cut(word, 3)));
                out.push(cut(word, 1).to_owned());
            } else if word.ends_with("es") && is_sibilant(cut(word, 2)) {
                let stem = cut(word, 2);
                // "houses" and "sizes" keep their e, "boxes" and "buses" lose it: the table decides where it can.
                if stem.ends_with("ch") || stem.ends_with("sh") || stem.ends_with('x') || stem.ends_with("ss") {
                    out.push(stem.to_owned());
                    out.push(cut(word, 1).to_owned());
                } else {
                    out.push(cut(word, 1).to_owned());
                    out.push(stem.to_owned());
                }
            } else if word.ends_with("oes") && word.len() > 4 {
                out.push(cut(word, 2).to_owned());
                out.push(cut(word, 1).to_owned());
            } else if !word.ends_with("us") && !word.ends_with("is") && word.len() > 2 {
                strip("s", false);
            }
        }
        Class::Verb => {
            strip("ing", true);
            strip("ed", true);
        }
        Class::Adj | Class::Adv => {
            strip("est", true);
            strip("er", true);
        }
        Class::Noun => {}
    }
    out
}

/// The lemma by rule: the first candidate that `known` accepts, else the first candidate if `guess`, else `word`.
pub(crate) fn lemma_by_rule(word: &str, class: Class, guess: bool, known: impl Fn(&str) -> bool) -> String {
    let candidates = candidates(word, class);
    if let Some(found) = candidates.iter().find(|c| known(c)) {
        return found.clone();
    }
    match candidates.into_iter().next() {
        Some(first) if guess => first,
        _ => word.to_owned(),
    }
}
