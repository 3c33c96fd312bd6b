//! The tagger: an averaged perceptron over joint tags, left to right.

use std::collections::BTreeMap;

use crate::ParserError;
use crate::hash::{Random, f1, f2, f3};
use crate::labels::narrow;
use crate::lexical::Lexical;
use crate::model::{Reader, Writer};
use crate::weights::{HashKeyed, LabelWeights, SparseTrainer, SparseWeights, best};

/// What a dictionary knows of a word.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Identifies the set of tags that the word has in the training data; 0 for a word seen too rarely.
    pub(crate) ambiguity: u32,
    /// Distributional class, coarse; 0 for none.
    pub(crate) coarse: u32,
    /// Distributional class, fine; 0 for none.
    pub(crate) fine: u32,
}

/// Occurrences from which on the tags of a word in the training data are a feature.
const MIN_COUNT: usize = 4;
/// Share of a word's occurrences from which on a tag belongs to its set.
const MIN_SHARE: f64 = 0.02;

/// Words and what is known of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Dictionary {
    entries: HashKeyed<Entry>,
}

impl Dictionary {
    /// Counts the tags of the words and takes in the distributional classes (`(word hash, coarse, fine)`).
    pub(crate) fn new<'a>(tagged: impl Iterator<Item = (&'a Lexical, u8)>, classes: &[(u32, u8, u8)]) -> Self {
        let mut counts: BTreeMap<u32, BTreeMap<u8, usize>> = BTreeMap::new();
        for (lexical, tag) in tagged {
            *counts.entry(lexical.word).or_default().entry(tag).or_default() += 1;
        }
        let mut entries: HashKeyed<Entry> = HashKeyed::default();
        for (word, tags) in counts {
            let total: usize = tags.values().sum();
            if total < MIN_COUNT {
                continue;
            }
            #[allow(clippy::cast_precision_loss, reason = "small counts")]
            let frequent = tags.iter().filter(|&(_, &n)| n as f64 >= total as f64 * MIN_SHARE);
            let ambiguity = frequent.fold(1, |h, (&tag, _)| f2(3, h, u32::from(tag)));
            entries.entry(word).or_default().ambiguity = ambiguity;
        }
        for &(word, coarse, fine) in classes {
            let e = entries.entry(word).or_default();
            (e.coarse, e.fine) = (u32::from(coarse), u32::from(fine));
        }
        Self { entries }
    }

    pub(crate) fn get(&self, word: u32) -> Entry {
        self.entries.get(&word).copied().unwrap_or_default()
    }

    fn write(&self, out: &mut Writer) {
        let mut all: Vec<_> = self.entries.iter().collect();
        all.sort_by_key(|e| e.0);
        let mut bytes = Vec::new();
        for (&word, e) in all {
            bytes.extend(word.to_le_bytes());
            bytes.extend(e.ambiguity.to_le_bytes());
            let class = |c: u32| u8::try_from(c).expect("invariant: classes are made from bytes");
            bytes.extend([class(e.coarse), class(e.fine)]);
        }
        out.blob(&bytes);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, ParserError> {
        let bytes = input.blob()?;
        let mut entries: HashKeyed<Entry> = HashKeyed::default();
        entries.reserve(bytes.len() / 10);
        for e in bytes.chunks_exact(10) {
            let word = u32::from_le_bytes([e[0], e[1], e[2], e[3]]);
            let ambiguity = u32::from_le_bytes([e[4], e[5], e[6], e[7]]);
            entries.insert(word, Entry { ambiguity, coarse: u32::from(e[8]), fine: u32::from(e[9]) });
        }
        Ok(Self { entries })
    }
}

/// A sentence as the models read it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Input {
    pub(crate) words: Vec<Lexical>,
    pub(crate) entries: Vec<Entry>,
}

impl Input {
    pub(crate) fn new<'a>(forms: impl Iterator<Item = &'a str>, dictionary: &Dictionary) -> Self {
        let words: Vec<Lexical> = forms.map(Lexical::new).collect();
        let entries = words.iter().map(|l| dictionary.get(l.word)).collect();
        Self { words, entries }
    }

    /// The word at `i + offset`; an empty one outside.
    fn word(&self, i: usize, offset: isize) -> Lexical {
        i.checked_add_signed(offset).and_then(|j| self.words.get(j)).copied().unwrap_or_default()
    }

    fn entry(&self, i: usize, offset: isize) -> Entry {
        i.checked_add_signed(offset).and_then(|j| self.entries.get(j)).copied().unwrap_or_default()
    }

    /// What stands for a word in contexts: its tags where known, else its shape and ending.
    fn ambiguity(&self, i: usize, offset: isize) -> u32 {
        let e = self.entry(i, offset);
        if e.ambiguity != 0 {
            return e.ambiguity;
        }
        let w = self.word(i, offset);
        f3(4, w.suffix[1], w.flags, e.coarse)
    }
}

/// Value of a word whose form is hidden.
const UNSEEN: u32 = 253;

/// Value of a tag before the sentence.
const NO_TAG: u32 = 255;

/// The features of word `i` that do not depend on tags.
fn static_features(input: &Input, i: usize, keys: &mut Vec<u32>) {
    let w = input.word(i, 0);
    let (p1, p2, n1, n2) = (input.word(i, -1), input.word(i, -2), input.word(i, 1), input.word(i, 2));
    let e = input.entry(i, 0);
    let (a, ap, an, an2) =
        (input.ambiguity(i, 0), input.ambiguity(i, -1), input.ambiguity(i, 1), input.ambiguity(i, 2));
    let known = u32::from(e.ambiguity != 0);
    keys.extend([
        f1(100, 0),
        f1(101, w.word),
        f1(102, w.form),
        f1(103, p1.word),
        f1(104, p2.word),
        f1(105, n1.word),
        f1(106, n2.word),
        f2(107, p1.word, w.word),
        f2(108, w.word, n1.word),
        f2(109, p1.word, n1.word),
        f2(110, w.shape, known),
        f3(111, w.flags, u32::from(i == 0), known),
        f1(112, a),
        f2(113, a, an),
        f2(114, ap, a),
        f3(115, ap, a, an),
        f3(116, a, an, an2),
        f1(117, p1.suffix[2]),
        f1(118, n1.suffix[2]),
        f2(119, w.flags, n1.flags),
        f2(120, p1.flags, w.flags),
        f2(121, w.suffix[2], w.flags),
        f1(122, an),
        f1(123, an2),
        f2(124, w.suffix[2], an),
        f2(125, w.shape, n1.shape),
        f2(126, p1.shape, w.shape),
    ]);
    for k in 0..4_u32 {
        keys.push(f2(130 + k, w.suffix[k as usize], known));
        keys.push(f2(134 + k, w.prefix[k as usize], known));
    }
    if e.fine != 0 {
        keys.extend([
            f1(140, e.coarse),
            f1(141, e.fine),
            f2(142, e.fine, w.suffix[1]),
            f2(143, e.coarse, w.suffix[2]),
            f2(152, e.coarse, w.flags),
            f2(153, e.coarse, a),
            f2(154, e.coarse, an),
            f2(155, ap, e.coarse),
            f2(144, e.fine, w.flags),
        ]);
    }
    let (ep, en) = (input.entry(i, -1), input.entry(i, 1));
    keys.extend([f1(145, ep.fine), f1(146, en.fine), f2(147, a, en.fine), f2(148, ep.fine, a), f1(149, ep.coarse)]);
}

/// The features of word `i` that depend on the two tags before it.
fn dynamic_features(input: &Input, i: usize, before: [u32; 2], keys: &mut Vec<u32>) {
    let [t2, t1] = before;
    let w = input.word(i, 0);
    let (a, an) = (input.ambiguity(i, 0), input.ambiguity(i, 1));
    keys.extend([
        f1(160, t1),
        f1(161, t2),
        f2(162, t2, t1),
        f2(163, t1, w.word),
        f2(164, t1, w.suffix[2]),
        f3(165, t2, t1, w.word),
        f2(166, t1, a),
        f3(167, t2, t1, a),
        f3(168, t1, a, an),
        f2(169, t1, an),
        f3(170, t2, t1, an),
        f2(171, t1, w.flags),
        f2(172, t1, input.word(i, 1).word),
        f2(173, t1, w.suffix[1]),
        f2(174, t1, input.word(i, -1).word),
        f2(175, t1, input.entry(i, 0).coarse),
        f3(176, t2, t1, input.entry(i, 0).coarse),
        f3(177, t1, input.entry(i, 0).coarse, an),
    ]);
}

/// The two tags before word `i`.
fn history(tags: &[u8], i: usize) -> [u32; 2] {
    let at = |k: usize| i.checked_sub(k).and_then(|j| tags.get(j)).map_or(NO_TAG, |&t| u32::from(t));
    [at(2), at(1)]
}

/// The tag of word `i` after `tags`; `keys` is left holding the features used.
fn decide(weights: &impl LabelWeights, n_tags: usize, input: &Input, tags: &[u8], keys: &mut Vec<u32>) -> u8 {
    let i = tags.len();
    keys.clear();
    static_features(input, i, keys);
    dynamic_features(input, i, history(tags, i), keys);
    let mut scores = [0.0; 256];
    for &key in keys.iter() {
        weights.add(key, &mut scores);
    }
    narrow(best(&scores, n_tags, |_| true))
}

/// A trained tagger.
#[derive(Debug, Clone)]
pub(crate) struct Tagger {
    pub(crate) dictionary: Dictionary,
    n_tags: usize,
    weights: SparseWeights,
}

impl Tagger {
    /// The joint tags of a sentence.
    pub(crate) fn tag(&self, input: &Input) -> Vec<u8> {
        let mut tags = Vec::with_capacity(input.words.len());
        let mut keys = Vec::with_capacity(64);
        for _ in 0..input.words.len() {
            let tag = decide(&self.weights, self.n_tags, input, &tags, &mut keys);
            tags.push(tag);
        }
        tags
    }

    /// Trains on sentences with gold tags.
    ///
    /// The history is the tagger's own, so that it learns to live with its mistakes. A share of the words is treated
    /// as unknown, drawn anew for each pass, so that affixes and context learn to do without the form.
    pub(crate) fn train(
        data: &[(&Input, &[u8])],
        dictionary: Dictionary,
        n_tags: usize,
        epochs: usize,
        rows: u32,
        hidden_words: f64,
        random: &mut Random,
        mut progress: impl FnMut(usize, usize),
    ) -> Self {
        let mut trainer = SparseTrainer::default();
        let mut order: Vec<usize> = (0..data.len()).collect();
        let mut keys = Vec::with_capacity(64);
        for epoch in 0..epochs {
            random.shuffle(&mut order);
            let mut errors = 0;
            for &s in &order {
                let (input, gold) = data[s];
                let mut hiding = None;
                for i in 0..gold.len() {
                    if random.chance(hidden_words) {
                        let input = hiding.get_or_insert_with(|| input.clone());
                        input.words[i].word = UNSEEN;
                        input.words[i].form = UNSEEN;
                        input.entries[i].ambiguity = 0;
                    }
                }
                let input = hiding.as_ref().unwrap_or(input);
                let mut tags = Vec::with_capacity(gold.len());
                for &g in gold {
                    trainer.tick();
                    let tag = decide(&trainer, n_tags, input, &tags, &mut keys);
                    if tag != g {
                        errors += 1;
                        for &key in &keys {
                            trainer.update(key, g, 1.0);
                            trainer.update(key, tag, -1.0);
                        }
                    }
                    tags.push(tag);
                }
            }
            progress(epoch + 1, errors);
        }
        Self { dictionary, n_tags, weights: trainer.pack(rows) }
    }

    /// Number of weights kept.
    pub(crate) fn len(&self) -> usize {
        self.weights.len()
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        self.dictionary.write(out);
        self.weights.write(out);
    }

    pub(crate) fn read(input: &mut Reader<'_>, n_tags: usize) -> Result<Self, ParserError> {
        Ok(Self { dictionary: Dictionary::read(input)?, n_tags, weights: SparseWeights::read(input)? })
    }
}
