use std::sync::LazyLock;

use homeroom_core::Upos;
use homeroom_lexicon::{Cefr, Form, Lexicon};

use crate::candidates::collect;
use crate::index::Index;

/// Most replacements that are offered.
const OFFERED: usize = 5;

/// Candidates that are looked at closely: the best ones by slip and frequency alone.
const SHORTLIST: usize = 24;

/// Longest word that looks like too many others for one slip to say much, in letters.
const SHORT_WORD: usize = 4;
/// Shortest word in which two slips are looked for, in letters.
const LONG_WORD: usize = 9;
/// Zipf frequency from which a word is meant rather than an unknown name.
const FREQUENT_ZIPF: f32 = 3.5;
/// The same for a short word.
const VERY_FREQUENT_ZIPF: f32 = 5.5;

/// How the parts of a score are weighed. The defaults were set by coordinate search on the even lines of JFLEG-dev.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weights {
    /// Weight of ln P(misspelling | word).
    pub slip: f32,
    /// Weight of ln P(word).
    pub frequency: f32,
    /// Weight of the neighbours.
    pub neighbour: f32,
    /// Share of the pair's count in P(word | neighbour), 0 to 1; the rest is the word's own frequency.
    pub neighbour_share: f32,
    /// Loss for each level above A1, in nats: learners mean the words that learners know.
    pub level: f32,
    /// Loss of a name, in nats: names are spared before they come here.
    pub name: f32,
    /// Loss of a form that its neighbour does not allow (`a` before a plural), in nats.
    pub misfit: f32,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            slip: 1.25,
            frequency: 0.6,
            neighbour: 0.625,
            neighbour_share: 0.875,
            level: 0.2,
            name: 1.5,
            misfit: 2.4,
        }
    }
}

/// What a misspelt word may have been meant to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The replacement, lower case but for names; it may hold a space.
    pub word: String,
    /// ln of its share among all candidates: 0 is certain.
    pub score: f32,
}

/// A ranking over the words of a lexicon.
#[derive(Debug)]
pub struct Speller<'a> {
    lexicon: &'a Lexicon,
    index: Index,
    weights: Weights,
}

impl<'a> Speller<'a> {
    /// Makes the index of a lexicon's words.
    #[must_use]
    pub fn new(lexicon: &'a Lexicon) -> Self {
        Self { lexicon, index: Index::new(lexicon), weights: Weights::default() }
    }

    /// The ranking over the shipped lexicon, made once.
    #[must_use]
    pub fn shipped() -> &'static Speller<'static> {
        static SHIPPED: LazyLock<Speller<'static>> = LazyLock::new(|| Speller::new(Lexicon::shipped()));
        &SHIPPED
    }

    /// The lexicon whose words are offered.
    #[must_use]
    pub fn lexicon(&self) -> &'a Lexicon {
        self.lexicon
    }

    /// The same with other weights.
    #[must_use]
    pub fn with_weights(mut self, weights: Weights) -> Self {
        self.weights = weights;
        self
    }

    /// Replacements for `word`, best first, at most five. `previous` and `next` are its neighbours in the sentence.
    /// Case is ignored. A word with a space is taken for one word that was split.
    #[must_use]
    pub fn suggest(&self, word: &str, previous: Option<&str>, next: Option<&str>) -> Vec<Candidate> {
        let lexicon = self.lexicon;
        let word = straight(word);
        let (previous, next) = (previous.map(straight), next.map(straight));
        let mut scored: Vec<Candidate> = collect(lexicon, &self.index, &word)
            .into_iter()
            .map(|(word, cost)| {
                let first = word.split(' ').next().unwrap_or_default();
                let score = self.weights.frequency * lexicon.unigram_logprob(first) - self.weights.slip * cost;
                Candidate { word, score }
            })
            .collect();
        scored.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.word.cmp(&b.word)));
        scored.truncate(SHORTLIST);
        for candidate in &mut scored {
            candidate.score += self.fit(&candidate.word, previous.as_deref(), next.as_deref());
        }
        scored.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.word.cmp(&b.word)));
        let best = scored.first().map_or(0.0, |c| c.score);
        let total = best + scored.iter().map(|c| (c.score - best).exp()).sum::<f32>().ln();
        scored.truncate(OFFERED);
        for candidate in &mut scored {
            candidate.score -= total;
            candidate.word = self.cased(std::mem::take(&mut candidate.word));
        }
        scored
    }

    /// Whether a frequent word differs from `lower` by a slip or, for long words, two: then a capitalised word at the
    /// start of a sentence is likelier that word than an unknown name.
    pub(crate) fn is_near_frequent(&self, lower: &str) -> bool {
        let n = lower.len();
        let (limit, zipf) =
            if n <= SHORT_WORD { (1, VERY_FREQUENT_ZIPF) } else { (1 + u8::from(n >= LONG_WORD), FREQUENT_ZIPF) };
        let mut near = false;
        self.index.within(lower.as_bytes(), limit, |id, _| {
            near |= self.lexicon.is_word(id) && self.lexicon.zipf_of(id) >= zipf;
        });
        near
    }

    /// What speaks for `text` besides its own frequency: its neighbours, its level, its form.
    fn fit(&self, text: &str, previous: Option<&str>, next: Option<&str>) -> f32 {
        let lexicon = self.lexicon;
        let weights = &self.weights;
        let mut words = text.split(' ');
        let first = words.next().unwrap_or_default();
        let last = words.next_back().unwrap_or(first);
        let mut score = 0.0;
        if let Some(previous) = previous {
            score += weights.neighbour * (self.given(previous, first) - lexicon.unigram_logprob(first));
            if self.misfit(previous, first) {
                score -= weights.misfit;
            }
        }
        if let Some(next) = next {
            score += weights.neighbour * (self.given(last, next) - lexicon.unigram_logprob(next));
        }
        if text.contains(' ') {
            score += weights.frequency * self.given(first, last);
        } else {
            // The level list has no contractions: everyone knows them.
            let level = if first.contains('\'') { Some(Cefr::A1) } else { lexicon.level(first, None) };
            let level = level.unwrap_or(Cefr::C2);
            score -= weights.level * f32::from(level as u8);
            if lexicon.is_name(first) {
                score -= weights.name;
            }
        }
        score
    }

    /// ln P(b | a), between the count of the pair and the frequency of `b`.
    fn given(&self, a: &str, b: &str) -> f32 {
        let alone = self.lexicon.unigram_logprob(b).exp();
        let pair = self.lexicon.bigram(a, b).map_or(0.0, f32::exp);
        let share = self.weights.neighbour_share;
        (share * pair + (1.0 - share) * alone).ln()
    }

    /// Whether `word` can't well follow `previous`.
    fn misfit(&self, previous: &str, word: &str) -> bool {
        let set = self.lexicon.pos(word);
        let vowel = word.starts_with(['a', 'e', 'i', 'o']);
        let only = |form: Form| set.has(form) && !set.has(Form::Singular) && !set.has(Form::Base);
        match previous {
            "a" => {
                vowel
                    || only(Form::Plural)
                    || (set.can_be(Upos::Verb) && !set.can_be(Upos::Noun) && !set.can_be(Upos::Adj))
            }
            "an" => !vowel && !word.starts_with(['h', 'u']),
            "to" | "can" | "will" | "should" | "must" | "could" | "would" | "may" | "might" | "n't" | "don't" => {
                set.can_be(Upos::Verb) && !set.has(Form::Base) && !set.can_be(Upos::Noun) && !set.can_be(Upos::Adj)
            }
            "many" | "few" | "these" | "those" | "several" => {
                set.has(Form::Singular) && !set.has(Form::Plural) && !set.can_be(Upos::Adj)
            }
            _ => false,
        }
    }

    fn cased(&self, text: String) -> String {
        if self.lexicon.is_name(&text) || text == "i" || text.starts_with("i'") {
            let mut chars = text.chars();
            chars.next().map_or(String::new(), |c| c.to_uppercase().chain(chars).collect())
        } else {
            text
        }
    }
}

fn straight(word: &str) -> String {
    word.to_lowercase().replace(['\u{2018}', '\u{2019}'], "'")
}

/// Replacements for `word`, best first, at most five; see [`Speller::suggest`]. The index of the shipped lexicon is
/// made once; for another one it is made at every call.
#[must_use]
pub fn suggest(lexicon: &Lexicon, word: &str, previous: Option<&str>, next: Option<&str>) -> Vec<Candidate> {
    if std::ptr::eq(lexicon, Lexicon::shipped()) {
        Speller::shipped().suggest(word, previous, next)
    } else {
        Speller::new(lexicon).suggest(word, previous, next)
    }
}
