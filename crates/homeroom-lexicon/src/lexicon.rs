use std::borrow::Cow;
use std::sync::LazyLock;

use homeroom_core::Upos;

use crate::format::{BLOCK, LN_STEPS, NONE, Section, Sections, ZIPF_STEPS, u16_at, u32_at};
use crate::morphology::{Class, lemma_by_rule, looks_gradable, regular};
use crate::{Cefr, Form, LexiconError, PosSet, is_pinyin, uncountable};

static SHIPPED: &[u8] = include_bytes!("../data/en.lexicon");

/// Rank of a word in the sorted list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WordId(pub u32);

/// Zipf frequency from which a lower-case form of a name counts as a known word (`english`, `china`).
const FAMILIAR_NAME_ZIPF: f32 = 4.5;

/// Zipf frequency that stands for a word that no list has.
const UNSEEN_ZIPF: f32 = 0.5;

/// A table of English word forms. Words are looked up in lower case with straight apostrophes; letters with
/// diacritics are folded (`café` is `cafe`).
#[derive(Debug, Clone, Copy)]
pub struct Lexicon {
    sections: Sections<'static>,
    n_words: usize,
}

impl Lexicon {
    /// The table that the program carries.
    ///
    /// # Panics
    /// Never: a test reads the embedded table.
    #[must_use]
    pub fn shipped() -> &'static Lexicon {
        static LEXICON: LazyLock<Lexicon> =
            LazyLock::new(|| Lexicon::parse(SHIPPED).expect("invariant: the embedded table is whole"));
        &LEXICON
    }

    /// A table in the layout that `build` writes.
    ///
    /// # Errors
    /// [`LexiconError::Magic`] and [`LexiconError::Section`] for bytes of another layout.
    pub fn parse(bytes: &'static [u8]) -> Result<Lexicon, LexiconError> {
        let sections = Sections::parse(bytes)?;
        let n_words = u32_at(sections.get(Section::Count), 0) as usize;
        for (section, size) in [
            (Section::Blocks, 4 * n_words.div_ceil(BLOCK)),
            (Section::Zipf, n_words),
            (Section::Pos, 2 * n_words),
            (Section::Levels, 2 * n_words),
        ] {
            let found = sections.get(section).len();
            if found < size {
                return Err(LexiconError::Section { section: section as usize, expected: size, found });
            }
        }
        Ok(Lexicon { sections, n_words })
    }

    /// Number of word forms, names included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.n_words
    }

    /// Whether the table is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.n_words == 0
    }

    /// Calls `visit` with every word in the order of their bytes.
    pub fn for_each(&self, mut visit: impl FnMut(WordId, &str)) {
        let bytes = self.sections.get(Section::Words);
        let mut word: Vec<u8> = Vec::new();
        let mut at = 0;
        for id in 0..self.n_words {
            let Some(next) = decode(bytes, at, &mut word) else { return };
            at = next;
            if let Ok(text) = std::str::from_utf8(&word) {
                visit(WordId(id as u32), text);
            }
        }
    }

    /// The word of this id; empty for an id that the table lacks.
    #[must_use]
    pub fn word(&self, id: WordId) -> String {
        let id = id.0 as usize;
        let mut word = Vec::new();
        if id < self.n_words {
            let bytes = self.sections.get(Section::Words);
            let mut at = u32_at(self.sections.get(Section::Blocks), id / BLOCK) as usize;
            for _ in 0..=id % BLOCK {
                match decode(bytes, at, &mut word) {
                    Some(next) => at = next,
                    None => break,
                }
            }
        }
        String::from_utf8(word).unwrap_or_default()
    }

    /// The id of a word form; `None` if the table lacks it.
    #[must_use]
    pub fn id(&self, lower: &str) -> Option<WordId> {
        let folded = fold(lower);
        self.rank(folded.as_bytes()).map(|id| WordId(id as u32))
    }

    fn rank(&self, word: &[u8]) -> Option<usize> {
        let blocks = self.sections.get(Section::Blocks);
        let bytes = self.sections.get(Section::Words);
        let head = |block: usize| {
            let at = u32_at(blocks, block) as usize;
            let len = bytes.get(at + 1).copied().unwrap_or(0) as usize;
            bytes.get(at + 2..at + 2 + len).unwrap_or(&[])
        };
        let (mut low, mut high) = (0, self.n_words.div_ceil(BLOCK));
        while low < high {
            let middle = usize::midpoint(low, high);
            if head(middle) <= word {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let block = low.checked_sub(1)?;
        let mut at = u32_at(blocks, block) as usize;
        let mut current = Vec::with_capacity(32);
        for id in block * BLOCK..((block + 1) * BLOCK).min(self.n_words) {
            at = decode(bytes, at, &mut current)?;
            match current.as_slice().cmp(word) {
                std::cmp::Ordering::Less => {}
                std::cmp::Ordering::Equal => return Some(id),
                std::cmp::Ordering::Greater => return None,
            }
        }
        None
    }

    fn set(&self, id: WordId) -> PosSet {
        let index = u16_at(self.sections.get(Section::Pos), id.0 as usize);
        PosSet(u32_at(self.sections.get(Section::PosSets), index as usize))
    }

    /// Whether a dictionary of one of the main dialects has this form. Well-known names count (`english`, `china`).
    #[must_use]
    pub fn contains(&self, lower: &str) -> bool {
        self.id(lower).is_some_and(|id| self.is_word(id))
    }

    /// The same for a word of the table.
    #[must_use]
    pub fn is_word(&self, id: WordId) -> bool {
        let set = self.set(id);
        set.has_all(PosSet::KNOWN) || (set.has_all(PosSet::NAME) && self.zipf_of(id) >= FAMILIAR_NAME_ZIPF)
    }

    /// Frequency on the Zipf scale: log10 of occurrences in a thousand million words; 0 for an unknown word.
    #[must_use]
    pub fn zipf(&self, lower: &str) -> f32 {
        self.id(lower).map_or(0.0, |id| self.zipf_of(id))
    }

    /// The same for a word of the table.
    #[must_use]
    pub fn zipf_of(&self, id: WordId) -> f32 {
        self.sections.get(Section::Zipf).get(id.0 as usize).map_or(0.0, |&z| f32::from(z) / ZIPF_STEPS)
    }

    /// The lowest level at which learners know the word as this part of speech (any, where `None` or where the
    /// source has no level for it). An inflected form takes its lemma's level.
    #[must_use]
    pub fn level(&self, lower_or_lemma: &str, upos: Option<Upos>) -> Option<Cefr> {
        if let Some(level) = upos.and_then(|u| self.level_as(lower_or_lemma, u)) {
            return Some(level);
        }
        let classes = [Upos::Noun, Upos::Verb, Upos::Adj, Upos::Adv, Upos::X];
        classes.into_iter().filter_map(|u| self.level_as(lower_or_lemma, u)).min()
    }

    fn level_as(&self, lower: &str, upos: Upos) -> Option<Cefr> {
        let stored = |word: &str| {
            let packed = u16_at(self.sections.get(Section::Levels), self.id(word)?.0 as usize);
            let value = (packed >> (3 * level_slot(upos))) & 7;
            Cefr::ALL.get((value as usize).checked_sub(1)?).copied()
        };
        let own = stored(lower);
        let lemma = self.lemma(lower, upos);
        let of_lemma = if lemma == lower { None } else { stored(&lemma) };
        match (own, of_lemma) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// What the form can be; empty for an unknown word.
    #[must_use]
    pub fn pos(&self, lower: &str) -> PosSet {
        self.id(lower).map_or(PosSet::EMPTY, |id| self.set(id))
    }

    /// The dictionary form. Unknown words are cut by suffix; parts of speech that do not inflect come back as they are.
    /// A pronoun's lemma is its subject form where Universal Dependencies has it so (`them` is `they`).
    #[must_use]
    pub fn lemma<'a>(&self, lower: &'a str, upos: Upos) -> Cow<'a, str> {
        let class = match upos {
            Upos::Noun => Class::Noun,
            Upos::Verb => Class::Verb,
            Upos::Adj => Class::Adj,
            Upos::Adv => Class::Adv,
            Upos::Aux | Upos::Pron | Upos::Det | Upos::Part => match closed_lemma(lower, upos) {
                Some(lemma) => return Cow::Borrowed(lemma),
                None if upos == Upos::Aux => Class::Verb,
                None => return Cow::Borrowed(lower),
            },
            _ => return Cow::Borrowed(lower),
        };
        let id = self.id(lower);
        if let Some(id) = id
            && let Some(lemma) = lookup(self.sections.get(Section::Lemmas), id.0 << 2 | class as u32)
        {
            return if lemma == NONE { Cow::Borrowed(lower) } else { Cow::Owned(self.word(WordId(lemma))) };
        }
        let set = id.map_or(PosSet::EMPTY, |id| self.set(id));
        let lemma = rule_lemma(lower, class, set, |word| self.pos(word));
        if lemma == lower { Cow::Borrowed(lower) } else { Cow::Owned(lemma) }
    }

    /// The inflected form, the most common one where there are several (`learned`). `None` where there is none: the
    /// plural of *homework*, the comparative of *beautiful*.
    #[must_use]
    pub fn inflect(&self, lemma: &str, form: Form) -> Option<String> {
        if matches!(form, Form::Base | Form::Singular) {
            return Some(lemma.to_owned());
        }
        let id = self.id(lemma);
        if let Some(id) = id
            && let Some(word) = lookup(self.sections.get(Section::Forms), id.0 << 4 | form as u32)
        {
            return (word != NONE).then(|| self.word(WordId(word)));
        }
        if !lemma.bytes().all(|b| b.is_ascii_lowercase() || b == b'-' || b == b'\'') || lemma.is_empty() {
            return None;
        }
        let set = id.map_or(PosSet::EMPTY, |id| self.set(id));
        match form {
            Form::Plural if uncountable::always(lemma) || set.has_all(PosSet::NO_PLURAL) => None,
            Form::Comparative | Form::Superlative => {
                let known = set.can_be(Upos::Adj) || set.can_be(Upos::Adv);
                let gradable = if known { set.has_all(PosSet::GRADABLE) } else { looks_gradable(lemma) };
                gradable.then(|| regular(lemma, form))
            }
            _ => Some(regular(lemma, form)),
        }
    }

    /// Whether the word is a proper name and nothing else: one of the table's (`london`, not `mark`), or one to four
    /// syllables of pinyin.
    ///
    /// Pinyin also covers strings that a pupil may have meant as English (`nise`); use [`Lexicon::is_listed_name`]
    /// where that matters.
    #[must_use]
    pub fn is_name(&self, lower: &str) -> bool {
        let set = self.pos(lower);
        !set.has_all(PosSet::KNOWN) && (set.has_all(PosSet::NAME) || is_pinyin(lower))
    }

    /// Whether the table has the word as a proper name, be it a common word, too (`mark`).
    #[must_use]
    pub fn is_listed_name(&self, lower: &str) -> bool {
        self.pos(lower).has_all(PosSet::NAME)
    }

    /// ln P(b | a) of neighbouring words; `None` where the source has not counted the pair.
    #[must_use]
    pub fn bigram(&self, a: &str, b: &str) -> Option<f32> {
        let (a, b) = (self.id(a)?, self.id(b)?);
        self.bigram_of(a, b)
    }

    /// The same for words of the table.
    #[must_use]
    pub fn bigram_of(&self, a: WordId, b: WordId) -> Option<f32> {
        let heads = self.sections.get(Section::BigramHeads);
        let at = position(heads, a.0)?;
        let entries = self.sections.get(Section::Bigrams);
        let mut low = u32_at(heads, 2 * at + 1) as usize;
        let end = if 8 * (at + 1) < heads.len() { u32_at(heads, 2 * at + 3) as usize } else { entries.len() / 4 };
        let mut high = end;
        while low < high {
            let middle = usize::midpoint(low, high);
            if u32_at(entries, middle) >> 8 < b.0 {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        let entry = u32_at(entries, low);
        (low < end && entry >> 8 == b.0).then(|| -((entry & 255) as f32) / LN_STEPS)
    }

    /// ln P(word), from the Zipf frequency; a word without one gets a floor.
    #[must_use]
    pub fn unigram_logprob(&self, word: &str) -> f32 {
        (self.zipf(word).max(UNSEEN_ZIPF) - 9.0) * std::f32::consts::LN_10
    }

    /// Whether the noun takes neither a plural nor *a* in any sense that pupils use.
    #[must_use]
    pub fn uncountable(&self, lemma: &str) -> bool {
        uncountable::always(lemma)
    }

    /// Whether the noun is uncountable in its main sense but countable in another (`experience`, `paper`).
    #[must_use]
    pub fn mostly_uncountable(&self, lemma: &str) -> bool {
        uncountable::mostly(lemma)
    }
}

/// The lemma by rule of a form whose set is `set`; `pos` tells the set of a candidate.
pub(crate) fn rule_lemma(word: &str, class: Class, set: PosSet, pos: impl Fn(&str) -> PosSet) -> String {
    let upos = match class {
        Class::Noun => Upos::Noun,
        Class::Verb => Upos::Verb,
        Class::Adj => Upos::Adj,
        Class::Adv => Upos::Adv,
    };
    let inflected = match class {
        Class::Noun => set.has(Form::Plural) && !set.has(Form::Singular),
        Class::Verb => !set.has(Form::Base),
        Class::Adj | Class::Adv => set.has(Form::Comparative) || set.has(Form::Superlative),
    };
    if set.can_be(upos) && !inflected {
        return word.to_owned();
    }
    let guess = matches!(class, Class::Noun | Class::Verb) && (set.is_empty() || set.can_be(upos));
    lemma_by_rule(word, class, guess, |c| {
        let candidate = pos(c);
        match class {
            Class::Noun => candidate.has(Form::Singular),
            Class::Verb => candidate.has(Form::Base),
            Class::Adj | Class::Adv => candidate.can_be(upos) && candidate.has_all(PosSet::GRADABLE),
        }
    })
}

fn closed_lemma(lower: &str, upos: Upos) -> Option<&'static str> {
    Some(match (upos, lower) {
        (Upos::Aux, "am" | "is" | "are" | "was" | "were" | "been" | "being" | "be" | "'m" | "'re" | "'s" | "m") => "be",
        (Upos::Aux, "has" | "had" | "having" | "have" | "'ve") => "have",
        (Upos::Aux, "does" | "did" | "do" | "done" | "doing") => "do",
        (Upos::Aux, "ca" | "can") => "can",
        (Upos::Aux, "wo" | "will" | "'ll") => "will",
        (Upos::Aux, "sha" | "shall") => "shall",
        (Upos::Aux, "would" | "'d") => "would",
        (Upos::Aux, "could") => "could",
        (Upos::Aux, "should") => "should",
        (Upos::Aux, "might") => "might",
        (Upos::Aux, "must") => "must",
        (Upos::Aux, "may") => "may",
        (Upos::Aux, "ought") => "ought",
        (Upos::Part, "n't" | "nt" | "not") => "not",
        (Upos::Det, "an") => "a",
        (Upos::Det | Upos::Pron, "these") => "this",
        (Upos::Det | Upos::Pron, "those") => "that",
        (Upos::Pron, "me") => "i",
        (Upos::Pron, "us") => "we",
        (Upos::Pron, "him") => "he",
        (Upos::Pron, "them") => "they",
        _ => return None,
    })
}

fn level_slot(upos: Upos) -> u32 {
    match upos {
        Upos::Noun | Upos::Propn => 0,
        Upos::Verb => 1,
        Upos::Adj => 2,
        Upos::Adv => 3,
        _ => 4,
    }
}

fn decode(bytes: &[u8], at: usize, word: &mut Vec<u8>) -> Option<usize> {
    let shared = *bytes.get(at)? as usize;
    let len = *bytes.get(at + 1)? as usize;
    let rest = bytes.get(at + 2..at + 2 + len)?;
    word.truncate(shared);
    word.extend_from_slice(rest);
    Some(at + 2 + len)
}

/// Index of the pair whose first number is `key`, in a section of sorted pairs.
fn position(pairs: &[u8], key: u32) -> Option<usize> {
    let n = pairs.len() / 8;
    let (mut low, mut high) = (0, n);
    while low < high {
        let middle = usize::midpoint(low, high);
        if u32_at(pairs, 2 * middle) < key {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    (low < n && u32_at(pairs, 2 * low) == key).then_some(low)
}

fn lookup(pairs: &[u8], key: u32) -> Option<u32> {
    position(pairs, key).map(|i| u32_at(pairs, 2 * i + 1))
}

/// Curly apostrophes made straight and letters of Latin-1 and Latin Extended-A without their diacritics.
pub(crate) fn fold(lower: &str) -> Cow<'_, str> {
    if lower.is_ascii() {
        return Cow::Borrowed(lower);
    }
    let mut out = String::with_capacity(lower.len());
    for c in lower.chars() {
        match c {
            '\u{2018}' | '\u{2019}' | '\u{02bc}' => out.push('\''),
            '\u{2010}' | '\u{2011}' => out.push('-'),
            'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' | 'ă' | 'ą' => out.push('a'),
            'ç' | 'ć' | 'č' => out.push('c'),
            'è' | 'é' | 'ê' | 'ë' | 'ē' | 'ę' | 'ě' => out.push('e'),
            'ì' | 'í' | 'î' | 'ï' | 'ī' => out.push('i'),
            'ñ' | 'ń' | 'ň' => out.push('n'),
            'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' => out.push('o'),
            'ù' | 'ú' | 'û' | 'ü' | 'ū' => out.push('u'),
            'ý' | 'ÿ' => out.push('y'),
            'æ' => out.push_str("ae"),
            'œ' => out.push_str("oe"),
            'ß' => out.push_str("ss"),
            _ => out.push(c),
        }
    }
    Cow::Owned(out)
}
