use std::collections::{BTreeMap, HashSet};

use homeroom_core::{Analysis, Document, Finding, Span, Upos};

use crate::aside::{PARAGRAPH, is_aside};
use crate::prompt;

/// A sentence is a repetition when this share of its runs of three words stood in the text before. One changed word in
/// a sentence of ten leaves five of eight runs.
const REPEATED_RUNS: f64 = 0.6;

/// A sentence is the prompt's, not the pupil's, when this share of its words lies in runs copied from the prompt.
const COPIED_SENTENCE: f64 = 0.8;

/// A word within a run of this many words that already stood in the text adds nothing to the length.
const STALE_RUN: usize = 5;

/// What the pupil wrote, once: the sentences that neither repeat an earlier one nor copy the prompt, and speak to a reader, not
/// to whoever marks.
///
/// All features are computed on it, so that repeating sentences, copying the task or ordering a mark cannot help.
pub struct EffectiveText<'a> {
    /// The whole essay.
    pub analysis: &'a Analysis,
    /// Indices of the sentences that count, in order.
    pub sentences: Vec<usize>,
    /// Indices of the tokens of those sentences that are words; of a split contraction the first part only.
    pub words: Vec<usize>,
    /// Words of the whole essay.
    pub total_words: usize,
    /// Words in sentences that repeat earlier ones.
    pub repeated_words: usize,
    /// Words in runs that stand in the prompt.
    pub copied_words: usize,
    /// Words of counted sentences that are not within a run that stood in the text before.
    pub fresh_words: usize,
    /// Sentences that repeat earlier ones.
    pub repeats: Vec<usize>,
    /// Sentences that copy the prompt.
    pub copies: Vec<usize>,
    /// Words in sentences that are no part of the essay.
    pub aside_words: usize,
    /// Sentences that are no part of the essay: written to whoever marks it, for a machine, or in another language.
    pub asides: Vec<usize>,
}

/// The tokens of a sentence that count as words: no punctuation, and of a split contraction the first part only.
fn word_tokens(analysis: &Analysis, sentence: usize) -> Vec<usize> {
    let mut words = Vec::new();
    let mut previous_end = usize::MAX;
    for i in analysis.sentences[sentence].tokens.clone() {
        let token = &analysis.tokens[i];
        if matches!(token.upos, Upos::Punct | Upos::Sym) {
            previous_end = usize::MAX;
            continue;
        }
        if token.span.start != previous_end {
            words.push(i);
        }
        previous_end = token.span.end;
    }
    words
}

/// The sentences that are no part of the essay; where they are half of a paragraph, all of it.
fn asides(analysis: &Analysis) -> HashSet<usize> {
    let text = analysis.text();
    let mut asides: HashSet<usize> =
        (0..analysis.sentences.len()).filter(|&s| is_aside(analysis.sentences[s].span.of(text))).collect();
    if asides.is_empty() {
        return asides;
    }
    let mut words: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    for (s, sentence) in analysis.sentences.iter().enumerate() {
        let n = sentence.span.of(text).split_whitespace().count();
        let (all, aside) = words.entry(sentence.paragraph).or_default();
        *all += n;
        *aside += if asides.contains(&s) { n } else { 0 };
    }
    let whole =
        |paragraph: usize| words.get(&paragraph).is_some_and(|(all, aside)| *aside as f64 >= PARAGRAPH * *all as f64);
    asides.extend((0..analysis.sentences.len()).filter(|&s| whole(analysis.sentences[s].paragraph)));
    asides
}

impl<'a> EffectiveText<'a> {
    /// Reads an essay once, in order.
    #[must_use]
    pub fn new(analysis: &'a Analysis, prompt: Option<&Document>) -> Self {
        let prompt_runs = prompt.map(|p| prompt::runs(&p.text)).unwrap_or_default();
        let mut text = EffectiveText {
            analysis,
            sentences: Vec::new(),
            words: Vec::new(),
            total_words: 0,
            repeated_words: 0,
            copied_words: 0,
            fresh_words: 0,
            repeats: Vec::new(),
            copies: Vec::new(),
            aside_words: 0,
            asides: Vec::new(),
        };
        let asides = asides(analysis);
        let mut seen: HashSet<Vec<&str>> = HashSet::new();
        let mut seen_long: HashSet<Vec<&str>> = HashSet::new();
        for sentence in 0..analysis.sentences.len() {
            let words = word_tokens(analysis, sentence);
            if words.is_empty() {
                continue;
            }
            text.total_words += words.len();
            if asides.contains(&sentence) {
                text.aside_words += words.len();
                text.asides.push(sentence);
                continue;
            }
            let forms: Vec<&str> = words.iter().map(|&i| analysis.tokens[i].lower.as_str()).collect();
            let copied = prompt::copied(&forms, &prompt_runs);
            text.copied_words += copied;
            if copied > 0 && copied as f64 >= COPIED_SENTENCE * forms.len() as f64 {
                text.copies.push(sentence);
                continue;
            }
            let run = forms.len().min(3);
            let runs: Vec<Vec<&str>> = forms.windows(run).map(<[&str]>::to_vec).collect();
            let old = runs.iter().filter(|r| seen.contains(*r)).count();
            if old as f64 >= REPEATED_RUNS * runs.len() as f64 {
                text.repeated_words += words.len();
                text.repeats.push(sentence);
                continue;
            }
            seen.extend(runs);
            let mut stale = vec![false; forms.len()];
            for (start, long) in forms.windows(STALE_RUN).enumerate() {
                if !seen_long.insert(long.to_vec()) {
                    stale[start..start + STALE_RUN].fill(true);
                }
            }
            text.fresh_words += stale.iter().filter(|s| !**s).count();
            text.sentences.push(sentence);
            text.words.extend(words);
        }
        text
    }

    /// Number of words that count.
    #[must_use]
    pub fn n_words(&self) -> usize {
        self.words.len()
    }

    /// `count` per 100 words that count.
    #[must_use]
    pub fn per_100_words(&self, count: f64) -> f64 {
        crate::ratio(100.0 * count, self.words.len() as f64)
    }

    /// The span of a sentence.
    #[must_use]
    pub fn span(&self, sentence: usize) -> Span {
        self.analysis.sentences[sentence].span
    }

    /// Whether a finding lies in a sentence that counts; one that starts between two sentences belongs to the former.
    #[must_use]
    pub fn holds(&self, finding: &Finding) -> bool {
        self.sentence_at(finding.span.start).is_some()
    }

    /// The counted sentence that holds the byte `at`, or ends right before it.
    #[must_use]
    pub fn sentence_at(&self, at: usize) -> Option<usize> {
        let after = self.sentences.partition_point(|&s| self.span(s).start <= at);
        let sentence = *self.sentences.get(after.checked_sub(1)?)?;
        // An insertion after the last token of a sentence stands at its end, or one space further on.
        (at <= self.span(sentence).end + 1).then_some(sentence)
    }

    /// The paragraphs that hold counted sentences: for each, those sentences in order.
    #[must_use]
    pub fn paragraphs(&self) -> Vec<Vec<usize>> {
        let mut paragraphs: Vec<(usize, Vec<usize>)> = Vec::new();
        for &sentence in &self.sentences {
            let paragraph = self.analysis.sentences[sentence].paragraph;
            match paragraphs.last_mut() {
                Some((last, list)) if *last == paragraph => list.push(sentence),
                _ => paragraphs.push((paragraph, vec![sentence])),
            }
        }
        paragraphs.into_iter().map(|(_, list)| list).collect()
    }

    /// The word tokens of a counted sentence.
    pub fn words_of(&self, sentence: usize) -> impl Iterator<Item = usize> + '_ {
        let range = self.analysis.sentences[sentence].tokens.clone();
        let first = self.words.partition_point(|&w| w < range.start);
        self.words[first..].iter().copied().take_while(move |&w| w < range.end)
    }
}
