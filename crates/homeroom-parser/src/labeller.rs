//! The labeller: names the relation between a word and its head, by an averaged perceptron.
//!
//! One instance sees only the pair and its surroundings, so that it can name arcs while the tree grows; another sees
//! the finished tree.

use crate::ParserError;
use crate::hash::{Random, f1, f2, f3};
use crate::labels::{DEPRELS, Deprel, narrow, root};
use crate::model::Reader;
use crate::tagger::Input;
use crate::weights::{LabelWeights, SparseTrainer, SparseWeights, best};

/// A sentence with what the parser has decided so far.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tagged<'a> {
    pub(crate) input: &'a Input,
    pub(crate) tags: &'a [u8],
    /// The universal tag (index in `Upos::ALL`) of each word.
    pub(crate) upos: &'a [u8],
}

/// Value of a tag or a word that is not there.
const NONE: u32 = 255;

impl Tagged<'_> {
    pub(crate) fn len(&self) -> usize {
        self.tags.len()
    }

    pub(crate) fn tag(&self, i: Option<usize>) -> u32 {
        i.and_then(|i| self.tags.get(i)).map_or(NONE, |&t| u32::from(t))
    }

    pub(crate) fn upos(&self, i: Option<usize>) -> u32 {
        i.and_then(|i| self.upos.get(i)).map_or(NONE, |&t| u32::from(t))
    }

    pub(crate) fn word(&self, i: Option<usize>) -> u32 {
        i.and_then(|i| self.input.words.get(i)).map_or(NONE, |w| w.word)
    }

    pub(crate) fn fine(&self, i: Option<usize>) -> u32 {
        i.and_then(|i| self.input.entries.get(i)).map_or(NONE, |e| e.fine)
    }

    pub(crate) fn coarse(&self, i: Option<usize>) -> u32 {
        i.and_then(|i| self.input.entries.get(i)).map_or(NONE, |e| e.coarse)
    }

    fn suffix(&self, i: usize) -> u32 {
        self.input.words.get(i).map_or(NONE, |w| w.suffix[2])
    }
}

/// Distance in words, with its sign in the lowest bit, coarse from 5 on.
pub(crate) fn distance(from: usize, to: usize) -> u32 {
    let (d, sign) = if to > from { (to - from, 1) } else { (from - to, 0) };
    let bin = match d {
        0..=4 => d,
        5..=6 => 5,
        7..=10 => 6,
        11..=20 => 7,
        _ => 8,
    };
    u32::try_from(bin).unwrap_or(8) << 1 | sign
}

/// The features of the pair.
fn pair_features(s: Tagged<'_>, head: usize, dependent: usize, keys: &mut Vec<u32>) {
    let (h, d) = (Some(head), Some(dependent));
    let (hw, dw, ht, dt) = (s.word(h), s.word(d), s.tag(h), s.tag(d));
    let (hu, du) = (s.upos(h), s.upos(d));
    let (hf, df) = (s.fine(h), s.fine(d));
    let side = u32::from(dependent > head);
    let dist = distance(head, dependent);
    let around = |i: usize| (i.checked_sub(1), Some(i + 1));
    let ((h0, h1), (d0, d1)) = (around(head), around(dependent));
    keys.extend([
        f1(1, side),
        f2(2, dw, side),
        f2(3, dt, side),
        f2(4, hw, side),
        f2(5, ht, side),
        f3(6, hw, dw, side),
        f3(7, ht, dw, side),
        f3(8, hw, dt, side),
        f3(9, ht, dt, side),
        f3(10, ht, dt, dist),
        f3(11, dw, dist, hu),
        f3(12, hw, dist, du),
        f3(13, hf, df, side),
        f3(14, hf, dt, side),
        f3(15, ht, df, side),
        f3(16, hf, dw, side),
        f3(17, hw, df, side),
        f3(18, hu, dt, f2(0, s.tag(d0), side)),
        f3(19, hu, dt, f2(0, s.tag(d1), side)),
        f3(20, hu, dt, f2(0, s.tag(d0), s.tag(d1))),
        f3(21, ht, dt, f2(0, s.tag(h0), side)),
        f3(22, ht, dt, f2(0, s.tag(h1), side)),
        f3(23, hu, dw, f2(0, s.word(d0), side)),
        f3(24, hu, dw, f2(0, s.word(d1), side)),
        f3(25, hw, dt, f2(0, s.word(h1), side)),
        f3(26, s.suffix(dependent), ht, side),
        f3(27, s.suffix(head), dt, side),
        f3(28, hu, du, dist),
    ]);
}

/// A tree with its labels so far, for the features of the finished tree.
#[derive(Debug, Clone)]
pub(crate) struct Tree<'a> {
    heads: &'a [Option<usize>],
    /// Children of each word, in order.
    children: Vec<Vec<u32>>,
}

impl<'a> Tree<'a> {
    pub(crate) fn new(heads: &'a [Option<usize>]) -> Self {
        let mut children = vec![Vec::new(); heads.len()];
        for (i, &h) in heads.iter().enumerate() {
            if let Some(c) = h.and_then(|h| children.get_mut(h)) {
                c.push(u32::try_from(i).unwrap_or(u32::MAX));
            }
        }
        Self { heads, children }
    }
}

/// The features that the tree adds.
fn tree_features(s: Tagged<'_>, tree: &Tree<'_>, head: usize, dependent: usize, keys: &mut Vec<u32>) {
    let (h, d) = (Some(head), Some(dependent));
    let (dw, ht, dt, hw) = (s.word(d), s.tag(h), s.tag(d), s.word(h));
    let (hu, du) = (s.upos(h), s.upos(d));
    let side = u32::from(dependent > head);
    let grand = tree.heads[head];
    let siblings = &tree.children[head];
    let at = siblings.iter().position(|&c| c as usize == dependent).unwrap_or(0);
    let sibling = |i: Option<usize>| i.and_then(|i| siblings.get(i)).map(|&c| c as usize);
    let (left, right) = (sibling(at.checked_sub(1)), sibling(Some(at + 1)));
    let own = &tree.children[dependent];
    let (first, last) = (own.first().map(|&c| c as usize), own.last().map(|&c| c as usize));
    let same_side = |c: &&u32| (**c as usize > head) == (dependent > head);
    let order = u32::try_from(siblings.iter().filter(same_side).position(|&c| c as usize == dependent).unwrap_or(0))
        .unwrap_or(9)
        .min(4);
    let n_own = u32::try_from(own.len()).unwrap_or(9).min(4);
    keys.extend([
        f3(40, ht, dt, s.tag(grand)),
        f3(41, hw, dt, s.tag(grand)),
        f3(42, ht, dt, f2(0, s.word(left), side)),
        f3(43, ht, dt, f2(0, s.word(right), side)),
        f3(44, ht, dt, f2(0, s.tag(left), side)),
        f3(45, ht, dt, f2(0, s.tag(right), side)),
        f3(46, ht, dt, f2(0, s.tag(left), s.tag(right))),
        f3(47, hu, dt, s.word(first)),
        f3(48, hu, dt, s.word(last)),
        f3(49, hu, dw, s.word(first)),
        f3(50, hw, dt, s.word(first)),
        f3(51, hw, du, s.word(left)),
        f3(52, hw, du, s.word(right)),
        f3(53, ht, dt, f2(0, order, side)),
        f3(54, hw, du, f2(0, order, side)),
        f3(55, hu, dt, f2(0, s.tag(first), side)),
        f3(56, hu, dt, f2(0, s.tag(last), side)),
        f3(57, dt, n_own, side),
        f3(58, hu, dt, f2(0, s.tag(first), s.tag(last))),
        f3(59, hu, dw, s.tag(grand)),
        f3(60, hu, du, f2(0, u32::from(grand.is_none()), side)),
    ]);
    for &c in siblings {
        if c as usize != dependent {
            keys.push(f3(61, dt, s.word(Some(c as usize)), u32::from((c as usize) < dependent)));
            keys.push(f3(62, f2(0, ht, dt), s.tag(Some(c as usize)), u32::from((c as usize) < dependent)));
        }
    }
    for &c in own {
        keys.push(f3(63, f2(0, hu, du), s.word(Some(c as usize)), side));
        keys.push(f3(64, f2(0, hu, dt), s.tag(Some(c as usize)), side));
    }
}

/// The best label for a word that has a head.
fn decide(weights: &impl LabelWeights, keys: &[u32]) -> Deprel {
    let mut scores = [0.0; 256];
    for &key in keys {
        weights.add(key, &mut scores);
    }
    let root = usize::from(root());
    narrow(best(&scores, DEPRELS.len(), |i| i != root))
}

/// A trained labeller.
#[derive(Debug, Clone)]
pub(crate) struct Labeller {
    pub(crate) weights: SparseWeights,
}

/// A training sentence: words with tags, gold heads and gold labels.
pub(crate) type Example<'a> = (Tagged<'a>, &'a [Option<usize>], &'a [Deprel]);

impl Labeller {
    /// The label of an arc by itself.
    pub(crate) fn pair(&self, s: Tagged<'_>, head: usize, dependent: usize, keys: &mut Vec<u32>) -> Deprel {
        keys.clear();
        pair_features(s, head, dependent, keys);
        decide(&self.weights, keys)
    }

    /// The labels of a finished tree.
    pub(crate) fn tree(&self, s: Tagged<'_>, heads: &[Option<usize>]) -> Vec<Deprel> {
        let tree = Tree::new(heads);
        let mut keys = Vec::with_capacity(96);
        let label = |(dependent, head): (usize, &Option<usize>)| {
            let Some(head) = *head else { return root() };
            keys.clear();
            pair_features(s, head, dependent, &mut keys);
            tree_features(s, &tree, head, dependent, &mut keys);
            decide(&self.weights, &keys)
        };
        heads.iter().enumerate().map(label).collect()
    }

    /// Trains on gold trees; `with_tree` chooses whether the features of the finished tree are used.
    pub(crate) fn train(
        data: &[Example<'_>],
        with_tree: bool,
        epochs: usize,
        rows: u32,
        random: &mut Random,
        mut progress: impl FnMut(usize, usize),
    ) -> Self {
        let mut trainer = SparseTrainer::default();
        let mut order: Vec<usize> = (0..data.len()).collect();
        let mut keys = Vec::with_capacity(96);
        for epoch in 0..epochs {
            random.shuffle(&mut order);
            let mut errors = 0;
            for &e in &order {
                let (s, heads, labels) = data[e];
                let tree = Tree::new(heads);
                for (dependent, &head) in heads.iter().enumerate() {
                    let Some(head) = head else { continue };
                    trainer.tick();
                    keys.clear();
                    pair_features(s, head, dependent, &mut keys);
                    if with_tree {
                        tree_features(s, &tree, head, dependent, &mut keys);
                    }
                    let (found, gold) = (decide(&trainer, &keys), labels[dependent]);
                    if found != gold {
                        errors += 1;
                        for &key in &keys {
                            trainer.update(key, gold, 1.0);
                            trainer.update(key, found, -1.0);
                        }
                    }
                }
            }
            progress(epoch + 1, errors);
        }
        Self { weights: trainer.pack(rows) }
    }

    pub(crate) fn read(input: &mut Reader<'_>) -> Result<Self, ParserError> {
        Ok(Self { weights: SparseWeights::read(input)? })
    }
}
