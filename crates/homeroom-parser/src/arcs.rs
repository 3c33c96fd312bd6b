//! The arc-hybrid transition system with beam search and rich features.
//!
//! # Source
//! Kuhlmann, Gómez-Rodríguez and Satta 2011 (arc-hybrid); Zhang and Nivre 2011 (features, beam); Huang, Fayong and
//! Guo 2012 (max-violation update).

use crate::hash::{f1, f2, f3};
use crate::labeller::{Labeller, Tagged, distance};
use crate::labels::Deprel;
use crate::weights::{ACTIONS, ActionWeights, DenseTrainer};

/// Moves the next word onto the stack.
const SHIFT: usize = 0;
/// Makes the top of the stack a left dependent of the next word.
const LEFT: usize = 1;
/// Makes the top of the stack a right dependent of the word below it.
const RIGHT: usize = 2;

/// No node, no word.
const NIL: u32 = u32::MAX;

/// A partly built subtree. Nodes never change: a new child makes a new node.
#[derive(Debug, Clone, Copy)]
struct Node {
    word: u32,
    /// Outermost and second outermost children by side, as nodes.
    left: [u32; 2],
    right: [u32; 2],
    left_labels: [u8; 2],
    right_labels: [u8; 2],
    n_left: u8,
    n_right: u8,
    /// Sets of the children's labels, as hashes that do not depend on the order.
    left_set: u32,
    right_set: u32,
    /// The node below on the stack.
    below: u32,
}

impl Node {
    fn new(word: u32) -> Self {
        Self {
            word,
            left: [NIL; 2],
            right: [NIL; 2],
            left_labels: [255; 2],
            right_labels: [255; 2],
            n_left: 0,
            n_right: 0,
            left_set: 0,
            right_set: 0,
            below: NIL,
        }
    }

    fn add_left(&mut self, child: u32, label: Deprel) {
        self.left = [child, self.left[0]];
        self.left_labels = [label, self.left_labels[0]];
        self.n_left = self.n_left.saturating_add(1);
        self.left_set |= label_bit(label);
    }

    fn add_right(&mut self, child: u32, label: Deprel) {
        self.right = [child, self.right[0]];
        self.right_labels = [label, self.right_labels[0]];
        self.n_right = self.n_right.saturating_add(1);
        self.right_set |= label_bit(label);
    }
}

/// One of 32 bits for a label: sets need not be exact.
fn label_bit(label: Deprel) -> u32 {
    1 << (u32::from(label).wrapping_mul(11) % 32)
}

/// A configuration of the parser.
#[derive(Debug, Clone, Copy)]
struct State {
    /// Top of the stack, as a node.
    stack: u32,
    /// The next word with its left children; its `word` is the sentence's length at the end.
    front: Node,
    score: f32,
    /// The state before, and how it was left.
    before: u32,
    action: u8,
    /// Whether every transition so far was the oracle's.
    gold: bool,
}

/// Room for the features of a state.
pub(crate) const MAX_FEATURES: usize = 144;

/// Buffers for parsing, kept from sentence to sentence.
#[derive(Debug, Default)]
pub(crate) struct Workspace {
    nodes: Vec<Node>,
    states: Vec<State>,
    pairs: Pairs,
    keys: Vec<u32>,
}

/// Labels of arcs already asked for; a cache that forgets.
#[derive(Debug, Default)]
struct Pairs {
    slots: Vec<(u32, u32, u8)>,
    keys: Vec<u32>,
}

/// Slots of the cache of labels.
const PAIR_SLOTS: usize = 4096;

impl Pairs {
    fn clear(&mut self) {
        self.slots.clear();
        self.slots.resize(PAIR_SLOTS, (NIL, NIL, 0));
    }

    fn get(&mut self, s: Tagged<'_>, labeller: &Labeller, head: u32, dependent: u32) -> Deprel {
        let slot = (head.wrapping_mul(0x9E37_79B1) ^ dependent.wrapping_mul(0x85EB_CA77)) as usize;
        let slot = (slot ^ slot >> 15) % PAIR_SLOTS;
        let (h, d, label) = self.slots[slot];
        if (h, d) == (head, dependent) {
            return label;
        }
        let label = labeller.pair(s, head as usize, dependent as usize, &mut self.keys);
        self.slots[slot] = (head, dependent, label);
        label
    }
}

/// What the features see of a word.
#[derive(Debug, Clone, Copy)]
struct Atom {
    w: u32,
    p: u32,
    wp: u32,
    u: u32,
    c: u32,
    k: u32,
}

/// Value of a word whose form is hidden.
const UNSEEN: u32 = 253;

/// A sentence prepared for parsing.
#[derive(Debug)]
struct Prepared<'a> {
    tagged: Tagged<'a>,
    atoms: Vec<Atom>,
    /// Numbers of commas and the like, of verbs and of conjunctions before each word.
    before: Vec<[u16; 3]>,
}

/// Index of a tag in `Upos::ALL`.
mod upos {
    pub(super) const AUX: u8 = 3;
    pub(super) const CCONJ: u8 = 4;
    pub(super) const PUNCT: u8 = 12;
    pub(super) const VERB: u8 = 15;
}

impl<'a> Prepared<'a> {
    /// `hidden` says which words' forms are kept from the features.
    fn new(tagged: Tagged<'a>, mut hidden: impl FnMut() -> bool) -> Self {
        let n = tagged.len();
        let mut atom = |i: usize| {
            let w = if hidden() { UNSEEN } else { tagged.word(Some(i)) };
            let p = tagged.tag(Some(i));
            let (c, k) = (tagged.fine(Some(i)), tagged.coarse(Some(i)));
            Atom { w, p, wp: f2(1, w, p), u: tagged.upos(Some(i)), c, k }
        };
        let mut before = Vec::with_capacity(n + 1);
        let mut counts = [0_u16; 3];
        before.push(counts);
        for &u in tagged.upos {
            counts[0] = counts[0].wrapping_add(u16::from(u == upos::PUNCT));
            counts[1] = counts[1].wrapping_add(u16::from(u == upos::VERB || u == upos::AUX));
            counts[2] = counts[2].wrapping_add(u16::from(u == upos::CCONJ));
            before.push(counts);
        }
        Self { tagged, atoms: (0..=n).map(&mut atom).collect(), before }
    }

    fn atom(&self, word: u32) -> Atom {
        self.atoms.get(word as usize).copied().unwrap_or(Atom { w: 254, p: 254, wp: 254, u: 254, c: 254, k: 254 })
    }

    /// What lies strictly between two words: punctuation, verbs, conjunctions, each none, one or more.
    fn between(&self, a: u32, b: u32) -> u32 {
        let n = self.before.len() - 1;
        let (a, b) = ((a as usize + 1).min(n), (b as usize).min(n));
        let (x, y) = (self.before[a.min(b)], self.before[b]);
        let count = |k: usize| u32::from(y[k].wrapping_sub(x[k]).min(2));
        count(0) | count(1) << 2 | count(2) << 4
    }
}

impl Workspace {
    fn node(&self, index: u32) -> Option<&Node> {
        self.nodes.get(index as usize)
    }

    /// The features of a state.
    fn features(&self, p: &Prepared<'_>, state: &State, keys: &mut Vec<u32>) {
        keys.clear();
        let empty = Node::new(NIL);
        let front = &state.front;
        let s0 = self.node(state.stack).unwrap_or(&empty);
        let s1 = self.node(s0.below).unwrap_or(&empty);
        let s2 = self.node(s1.below).unwrap_or(&empty);
        let child = |i: u32| p.atom(self.node(i).map_or(NIL, |n| n.word));
        let (a0, a1, a2) = (p.atom(s0.word), p.atom(s1.word), p.atom(s2.word));
        let b = front.word;
        let (b0, b1, b2) = (p.atom(b), p.atom(b + 1), p.atom(b + 2));
        let (s0l, s0l2) = (child(s0.left[0]), child(s0.left[1]));
        let (s0r, s0r2) = (child(s0.right[0]), child(s0.right[1]));
        let (s1l, s1r, s1r2) = (child(s1.left[0]), child(s1.right[0]), child(s1.right[1]));
        let (b0l, b0l2) = (child(front.left[0]), child(front.left[1]));
        let label = u32::from;
        let (d0, d1) = match (s0.word, s1.word) {
            (NIL, _) => (0, 0),
            (s0, NIL) => (distance(s0 as usize, b as usize), 0),
            (s0, s1) => (distance(s0 as usize, b as usize), distance(s1 as usize, s0 as usize)),
        };
        let between0 = if s0.word == NIL { 63 } else { p.between(s0.word, b) };
        let between1 = if s1.word == NIL { 63 } else { p.between(s1.word, s0.word) };
        let after0 = p.atom(s0.word.wrapping_add(1));
        let before_b = p.atom(b.wrapping_sub(1));
        let before_s0 = p.atom(s0.word.wrapping_sub(1));
        let valency = |n: &Node| f2(2, label(n.n_left), label(n.n_right));
        keys.extend([
            f1(1, a0.wp),
            f1(2, a0.w),
            f1(3, a0.p),
            f1(4, a1.wp),
            f1(5, a1.w),
            f1(6, a1.p),
            f1(7, b0.wp),
            f1(8, b0.w),
            f1(9, b0.p),
            f1(10, b1.wp),
            f1(11, b1.w),
            f1(12, b1.p),
            f1(13, b2.wp),
            f1(14, b2.p),
            f1(15, a2.wp),
            f1(16, a2.p),
            // The top of the stack with the next word.
            f2(20, a0.wp, b0.wp),
            f2(21, a0.wp, b0.w),
            f2(22, a0.w, b0.wp),
            f2(23, a0.wp, b0.p),
            f2(24, a0.p, b0.wp),
            f2(25, a0.p, b0.p),
            f2(26, a0.p, b0.w),
            f2(27, a0.w, b0.p),
            // The two topmost of the stack.
            f2(30, a1.wp, a0.wp),
            f2(31, a1.w, a0.w),
            f2(32, a1.p, a0.wp),
            f2(33, a1.wp, a0.p),
            f2(34, a1.p, a0.p),
            f2(35, a1.p, a0.w),
            f2(36, a1.w, a0.p),
            // The second of the stack with the next word.
            f2(40, a1.p, b0.p),
            f2(41, a1.w, b0.p),
            f2(42, a1.p, b0.w),
            f2(43, b0.p, b1.p),
            f2(44, b0.w, b1.p),
            f2(45, b0.p, b1.w),
            f2(46, a0.p, b1.p),
            // Three tags, and two tags with a word.
            f3(50, a0.p, b0.p, b1.p),
            f3(51, b0.p, b1.p, b2.p),
            f3(52, a1.p, a0.p, b0.p),
            f3(53, a2.p, a1.p, a0.p),
            f3(54, a1.w, a0.p, b0.p),
            f3(55, a1.p, a0.w, b0.p),
            f3(56, a1.p, a0.p, b0.w),
            f3(57, a0.w, b0.p, b1.p),
            f3(58, a0.p, b0.w, b1.p),
            f3(59, f2(0, a1.p, a0.p), b0.p, b1.p),
            f3(60, f2(0, a2.p, a1.p), a0.p, b0.p),
            f3(61, a1.w, a0.w, b0.p),
            f3(62, a1.w, a0.p, b0.w),
            // Children.
            f3(70, a0.p, s0l.p, b0.p),
            f3(71, a0.p, s0r.p, b0.p),
            f3(72, a0.p, b0.p, b0l.p),
            f3(73, a1.p, a0.p, s0l.p),
            f3(74, a1.p, a0.p, s0r.p),
            f3(75, a1.p, s1l.p, a0.p),
            f3(76, a1.p, s1r.p, a0.p),
            f3(77, a0.p, s0l.p, s0l2.p),
            f3(78, a0.p, s0r.p, s0r2.p),
            f3(79, b0.p, b0l.p, b0l2.p),
            f3(80, a1.p, s1r.p, s1r2.p),
            f3(81, a1.p, s1r.p, a0.w),
            f3(82, a1.w, s1r.p, a0.p),
            f3(83, a1.p, s1r.w, a0.p),
            f3(84, a1.p, a0.p, s0l.w),
            f3(85, a1.w, a0.p, s0l.w),
            f3(86, a0.p, b0l.w, b0.p),
            f3(87, a0.p, s0r.w, b0.p),
            f3(88, a0.p, s0l.w, b0.p),
            f3(89, a1.p, s1l.p, b0.p),
        ]);
        keys.extend([
            f1(90, s0l.wp),
            f1(91, s0r.wp),
            f1(92, s1l.wp),
            f1(93, s1r.wp),
            f1(94, b0l.wp),
            f2(95, a0.w, label(s0.left_labels[0])),
            f2(96, a0.w, label(s0.right_labels[0])),
            f2(97, a1.w, label(s1.right_labels[0])),
            f2(98, a1.w, label(s1.left_labels[0])),
            f2(99, b0.w, label(front.left_labels[0])),
            f2(100, a0.p, s0.left_set),
            f2(101, a0.p, s0.right_set),
            f2(102, a1.p, s1.left_set),
            f2(103, a1.p, s1.right_set),
            f2(104, b0.p, front.left_set),
            f2(105, a0.w, s0.right_set),
            f2(106, a1.w, s1.right_set),
            f2(107, a0.w, s0.left_set),
            f3(108, a1.p, s1.right_set, a0.p),
            f3(109, a1.p, s1.left_set, a0.p),
            f3(110, b0.p, front.left_set, a0.p),
            f3(111, a1.p, a0.p, s0.left_set),
            f3(112, a0.p, s0.left_set, b0.p),
            f3(113, a0.p, s0.right_set, b0.p),
            // Distances and what lies between.
            f2(120, a0.w, d0),
            f2(121, b0.w, d0),
            f3(122, a0.p, b0.p, d0),
            f2(123, a1.w, d1),
            f2(124, a0.w, d1),
            f3(125, a1.p, a0.p, d1),
            f3(126, a0.p, b0.p, between0),
            f3(127, a1.p, a0.p, between1),
            f2(128, a1.p, between1),
            f2(129, a0.p, between0),
            // Numbers of children.
            f2(130, a0.w, valency(s0)),
            f2(131, a0.p, valency(s0)),
            f2(132, a1.w, label(s1.n_right)),
            f2(133, a1.p, valency(s1)),
            f2(134, b0.w, label(front.n_left)),
            f2(135, b0.p, label(front.n_left)),
            // Neighbours in the text.
            f3(140, a0.p, after0.p, b0.p),
            f3(141, a0.p, before_b.p, b0.p),
            f3(142, a1.p, before_s0.p, a0.p),
            // Distributional classes.
            f3(150, a0.c, b0.c, a0.u),
            f3(151, a1.c, a0.c, a1.u),
            f2(152, a0.c, b0.p),
            f2(153, a0.p, b0.c),
            f2(154, a1.c, a0.p),
            f2(155, a1.p, a0.c),
            f3(156, a1.u, a0.c, b0.u),
            f3(157, a1.w, a0.c, d1),
            f3(158, a0.k, b0.k, d0),
            f3(159, a1.k, a0.k, d1),
            f2(160, a0.k, b0.p),
            f2(161, a0.p, b0.k),
            f2(162, a1.k, a0.p),
            f2(163, a1.p, a0.k),
            f3(164, a0.c, s0.right_set, a0.u),
            f3(165, a1.c, s1.right_set, a0.p),
            // A preposition or conjunction stands to the left of its noun, as its dependent.
            f3(166, a1.c, s0l.w, a0.u),
            f3(167, a1.p, s0l.w, b0.p),
            f3(168, a0.p, b0l.w, b0.c),
            f3(169, a2.p, a1.p, f2(0, s0l.w, a0.u)),
            f3(170, a2.w, s0l.w, a0.p),
            f3(171, a1.p, s1.right_set, s0l.w),
            f3(172, a1.k, a0.k, b0.k),
            f3(173, a0.k, b0.k, b1.k),
        ]);
        debug_assert!(keys.len() <= MAX_FEATURES);
    }

    /// Whether a transition is possible.
    fn allowed(&self, state: &State, n: usize, action: usize) -> bool {
        let at_end = state.front.word as usize >= n;
        match action {
            SHIFT => !at_end,
            LEFT => !at_end && state.stack != NIL,
            _ => self.node(state.stack).is_some_and(|s| s.below != NIL),
        }
    }

    /// The state after a transition, without score.
    fn apply(&mut self, p: &Prepared<'_>, labeller: &Labeller, index: u32, action: usize) -> State {
        let mut next = self.states[index as usize];
        next.before = index;
        next.action = u8::try_from(action).unwrap_or(0);
        let push = |nodes: &mut Vec<Node>, node: Node| {
            nodes.push(node);
            u32::try_from(nodes.len() - 1).expect("invariant: fewer than 2^32 nodes")
        };
        match action {
            SHIFT => {
                let mut node = next.front;
                node.below = next.stack;
                next.stack = push(&mut self.nodes, node);
                next.front = Node::new(node.word + 1);
            }
            LEFT => {
                let child = self.nodes[next.stack as usize];
                let label = self.pairs.get(p.tagged, labeller, next.front.word, child.word);
                next.front.add_left(next.stack, label);
                next.stack = child.below;
            }
            _ => {
                let child = self.nodes[next.stack as usize];
                let mut head = self.nodes[child.below as usize];
                let label = self.pairs.get(p.tagged, labeller, head.word, child.word);
                head.add_right(next.stack, label);
                next.stack = push(&mut self.nodes, head);
            }
        }
        next
    }

    fn start(&mut self) {
        self.nodes.clear();
        self.states.clear();
        self.pairs.clear();
        self.states.push(State { stack: NIL, front: Node::new(0), score: 0.0, before: NIL, action: 0, gold: true });
    }

    /// One step of the beam: the best `width` successors, the best first.
    fn step<W: ActionWeights>(&mut self, p: &Prepared<'_>, m: Search<'_, W>, beam: &[u32], next: &mut Vec<Candidate>) {
        next.clear();
        let mut keys = std::mem::take(&mut self.keys);
        for &index in beam {
            let state = self.states[index as usize];
            let possible: [bool; ACTIONS] = std::array::from_fn(|a| self.allowed(&state, p.tagged.len(), a));
            self.features(p, &state, &mut keys);
            let scores = m.weights.scores(&keys);
            for a in (0..ACTIONS).filter(|&a| possible[a]) {
                next.push(Candidate { score: state.score + scores[a], from: index, action: a });
            }
        }
        self.keys = keys;
        next.sort_by(|x, y| y.score.total_cmp(&x.score));
        next.truncate(m.width);
    }

    fn advance<W>(&mut self, p: &Prepared<'_>, m: Search<'_, W>, c: Candidate) -> u32 {
        let mut state = self.apply(p, m.labeller, c.from, c.action);
        state.score = c.score;
        self.states.push(state);
        u32::try_from(self.states.len() - 1).expect("invariant: fewer than 2^32 states")
    }

    /// The heads that a final state's transitions made.
    fn heads(&self, last: u32, n: usize) -> Vec<Option<usize>> {
        let mut heads = vec![None; n];
        let mut index = last;
        while let Some(state) = self.states.get(index as usize) {
            let Some(before) = self.states.get(state.before as usize) else { break };
            let Some(s0) = self.node(before.stack) else {
                index = state.before;
                continue;
            };
            match usize::from(state.action) {
                LEFT => heads[s0.word as usize] = Some(before.front.word as usize),
                RIGHT => heads[s0.word as usize] = self.node(s0.below).map(|s1| s1.word as usize),
                _ => {}
            }
            index = state.before;
        }
        heads
    }

    /// The heads of a sentence: a projective tree with one root.
    pub(crate) fn parse<W: ActionWeights>(&mut self, tagged: Tagged<'_>, m: Search<'_, W>) -> Vec<Option<usize>> {
        let n = tagged.len();
        if n == 0 {
            return Vec::new();
        }
        let p = Prepared::new(tagged, || false);
        self.start();
        let (mut beam, mut next) = (vec![0], Vec::new());
        for _ in 0..2 * n - 1 {
            self.step(&p, m, &beam, &mut next);
            beam.clear();
            for &c in &next {
                beam.push(self.advance(&p, m, c));
            }
        }
        self.heads(beam.first().copied().unwrap_or(NIL), n)
    }

    /// One max-violation update on a sentence with a projective gold tree. Returns whether the weights changed.
    /// `hidden` draws, word by word, whether its form is kept from the features, against overfitting.
    pub(crate) fn learn(
        &mut self,
        tagged: Tagged<'_>,
        gold: &[Option<usize>],
        weights: &mut DenseTrainer,
        labeller: &Labeller,
        width: usize,
        hidden: impl FnMut() -> bool,
    ) -> bool {
        let n = tagged.len();
        weights.tick();
        if n == 0 {
            return false;
        }
        let p = Prepared::new(tagged, hidden);
        let oracle = Oracle::new(gold);
        self.start();
        let (mut beam, mut next) = (vec![0_u32], Vec::new());
        // The gold path, and the step with the largest violation: (violation, gold state, best state).
        let mut gold_state = 0_u32;
        let mut worst: Option<(f32, u32, u32)> = None;
        for step in 0..2 * n - 1 {
            let m = Search { weights: &*weights, labeller, width };
            self.step(&p, m, &beam, &mut next);
            let state = self.states[gold_state as usize];
            let action = oracle.action(self, &state);
            let mut keys = std::mem::take(&mut self.keys);
            self.features(&p, &state, &mut keys);
            let score = state.score + m.weights.scores(&keys)[action];
            self.keys = keys;
            let old_gold = gold_state;
            let mut followed = None;
            beam.clear();
            for &c in &next {
                let index = self.advance(&p, m, c);
                beam.push(index);
                let is_gold = self.states[c.from as usize].gold && c.from == old_gold && c.action == action;
                self.states[index as usize].gold = is_gold;
                if is_gold {
                    followed = Some(index);
                }
            }
            gold_state = match followed {
                Some(index) => index,
                None => {
                    let index = self.advance(&p, m, Candidate { score, from: old_gold, action });
                    self.states[index as usize].gold = true;
                    index
                }
            };
            let Some(&top) = beam.first() else { break };
            let last = step + 2 == 2 * n;
            if top != gold_state && (followed.is_none() || last) {
                let violation = self.states[top as usize].score - score;
                if worst.is_none_or(|(w, ..)| violation > w) {
                    worst = Some((violation, gold_state, top));
                }
            }
        }
        let Some((_, good, bad)) = worst else { return false };
        let (good, bad) = (self.path(good), self.path(bad));
        let common = good.iter().zip(&bad).take_while(|(g, b)| g == b).count();
        let mut keys = std::mem::take(&mut self.keys);
        for (path, delta) in [(&good[common..], 1.0), (&bad[common..], -1.0)] {
            for &(from, action) in path {
                let state = self.states[from as usize];
                self.features(&p, &state, &mut keys);
                weights.update(&keys, action, delta);
            }
        }
        self.keys = keys;
        true
    }

    /// The states and transitions that lead to a state.
    fn path(&self, last: u32) -> Vec<(u32, usize)> {
        let mut path = Vec::new();
        let mut index = last;
        while let Some(state) = self.states.get(index as usize) {
            if state.before == NIL {
                break;
            }
            path.push((state.before, usize::from(state.action)));
            index = state.before;
        }
        path.reverse();
        path
    }
}

/// What the search needs besides the sentence.
#[derive(Debug)]
pub(crate) struct Search<'a, W> {
    pub(crate) weights: &'a W,
    pub(crate) labeller: &'a Labeller,
    /// States kept at each step.
    pub(crate) width: usize,
}

impl<W> Clone for Search<'_, W> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<W> Copy for Search<'_, W> {}

/// A transition out of a state in the beam.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    score: f32,
    from: u32,
    action: usize,
}

/// The transitions that build a gold tree.
struct Oracle<'a> {
    heads: &'a [Option<usize>],
    /// The last child of each word, or the word itself.
    last_child: Vec<usize>,
}

impl<'a> Oracle<'a> {
    fn new(heads: &'a [Option<usize>]) -> Self {
        let mut last_child: Vec<usize> = (0..heads.len()).collect();
        for (i, &h) in heads.iter().enumerate() {
            if let Some(h) = h {
                last_child[h] = last_child[h].max(i);
            }
        }
        Self { heads, last_child }
    }

    /// The transition on the way to the gold tree that reduces as early as possible.
    fn action(&self, workspace: &Workspace, state: &State) -> usize {
        let next = state.front.word as usize;
        let Some(s0) = workspace.node(state.stack) else { return SHIFT };
        let word = s0.word as usize;
        if next < self.heads.len() && self.heads[word] == Some(next) {
            return LEFT;
        }
        let below = workspace.node(s0.below).map(|s1| s1.word as usize);
        if below.is_some() && (next >= self.heads.len() || self.heads[word] == below && self.last_child[word] < next) {
            return RIGHT;
        }
        SHIFT
    }
}

/// Lifts arcs until the tree is projective: each time the shortest crossed arc moves to its head's head.
///
/// # Source
/// Nivre and Nilsson 2005, without the encoding of lifts in the labels.
pub(crate) fn projectivize(heads: &mut [Option<usize>]) {
    let n = heads.len();
    let dominated = |heads: &[Option<usize>], mut i: usize, by: usize| {
        for _ in 0..n {
            if i == by {
                return true;
            }
            match heads[i] {
                Some(h) => i = h,
                None => return false,
            }
        }
        false
    };
    loop {
        let mut crossed: Option<(usize, usize)> = None;
        for d in 0..n {
            let Some(h) = heads[d] else { continue };
            let (a, b) = (h.min(d), h.max(d));
            if (a + 1..b).any(|k| !dominated(heads, k, h)) && crossed.is_none_or(|(length, _)| b - a < length) {
                crossed = Some((b - a, d));
            }
        }
        let Some((_, d)) = crossed else { return };
        let Some(grand) = heads[d].and_then(|h| heads[h]) else { return };
        heads[d] = Some(grand);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(heads: &[Option<usize>], expected: &[Option<usize>]) {
        let mut found = heads.to_vec();
        projectivize(&mut found);
        assert_eq!(found, expected);
    }

    #[test]
    fn crossed_arcs_are_lifted() {
        check(&[Some(1), None, Some(1)], &[Some(1), None, Some(1)]);
        // 0 ← 2 crosses 3 → 1, the root being 3.
        check(&[Some(2), Some(3), Some(3), None], &[Some(3), Some(3), Some(3), None]);
    }
}
