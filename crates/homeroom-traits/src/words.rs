use homeroom_core::{Token, Upos};
use homeroom_lexicon::{Cefr, Lexicon};

/// Whether a token carries content: nouns, verbs, adjectives, adverbs and names, without the light words.
pub(crate) fn is_content(token: &Token) -> bool {
    matches!(token.upos, Upos::Noun | Upos::Verb | Upos::Adj | Upos::Adv | Upos::Propn)
        && token.lower.chars().count() > 2
        && token.lower.chars().all(|c| c.is_alphabetic() || c == '-')
        && !is_light(&token.lemma)
        && !is_light(&token.lower)
}

/// Words too general to say what a text is about.
pub(crate) fn is_light(word: &str) -> bool {
    static LIGHT: std::sync::OnceLock<std::collections::HashSet<&'static str>> = std::sync::OnceLock::new();
    LIGHT.get_or_init(|| include_str!("../data/light_words.txt").split_whitespace().collect()).contains(word)
}

/// A key under which inflected and closely derived forms of an English word meet (`studies`, `studying` → `studi`).
///
/// Only equality of keys means anything. Coarser than a lemma on purpose: learners' forms (`studys`) should meet, too.
///
/// # Source
/// The inflectional part of Porter 1980, simplified.
pub(crate) fn key(word: &str) -> String {
    let mut stem = word.trim_matches(|c: char| !c.is_alphanumeric());
    stem = stem.strip_suffix("'s").or_else(|| stem.strip_suffix("n't")).unwrap_or(stem);
    for (suffix, keep) in [
        ("ations", 3),
        ("ation", 3),
        ("ingly", 3),
        ("ings", 2),
        ("ing", 2),
        ("ies", 2),
        ("ied", 2),
        ("edly", 3),
        ("ers", 3),
        ("ed", 2),
        ("er", 4),
        ("es", 2),
        ("ly", 3),
        ("s", 3),
    ] {
        if let Some(rest) = stem.strip_suffix(suffix)
            && rest.chars().count() >= keep
            && !(suffix == "s" && rest.ends_with('s'))
        {
            stem = rest;
            break;
        }
    }
    let mut key: String = stem.trim_end_matches('e').to_owned();
    let mut last_two = key.chars().rev();
    if let (Some(a), Some(b)) = (last_two.next(), last_two.next())
        && a == b
        && !matches!(a, 'a' | 'e' | 'i' | 'o' | 'u')
    {
        key.pop();
    }
    if key.ends_with('y') {
        key.pop();
        key.push('i');
    } else if word.ends_with("ies") || word.ends_with("ied") {
        key.push('i');
    }
    key
}

/// What is known about a word: its CEFR level, its frequency and its company.
pub(crate) struct WordFacts(&'static Lexicon);

impl WordFacts {
    /// The table in the program.
    pub(crate) fn shipped() -> Self {
        WordFacts(Lexicon::shipped())
    }

    /// CEFR level, 1 (A1) to 6 (C2).
    pub(crate) fn level(&self, lemma: &str, upos: Upos) -> Option<u8> {
        let level = self.0.level(lemma, Some(upos))?;
        Cefr::ALL.iter().zip(1..).find_map(|(l, n)| (*l == level).then_some(n))
    }

    /// Zipf value of a known word form: log10 of its frequency per thousand million words, about 1 (rare) to 8 (*the*).
    pub(crate) fn zipf(&self, form: &str) -> Option<f64> {
        let zipf = f64::from(self.0.zipf(form));
        (zipf > 0.0 && self.0.contains(form)).then_some(zipf)
    }

    /// Pointwise mutual information of two neighbouring words, in nats; `None` for a pair that the table has not seen.
    pub(crate) fn association(&self, a: &str, b: &str) -> Option<f64> {
        Some(f64::from(self.0.bigram(a, b)? - self.0.unigram_logprob(b)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_one_word_share_a_key() {
        for forms in [
            &["study", "studies", "studying", "studied"][..],
            &["plan", "plans", "planned", "planning"],
            &["use", "uses", "used", "using"],
            &["technology", "technologies"],
            &["phone", "phones"],
            &["teach", "teacher", "teachers", "teaching"],
            &["class", "classes"],
            &["inform", "information"],
        ] {
            for form in forms {
                assert_eq!(key(form), key(forms[0]), "{form}");
            }
        }
        assert_ne!(key("plan"), key("plant"));
        assert_eq!(key("s"), "s");
        assert_eq!(key(""), "");
    }
}
