//! Which frames belong to which phone: a path through the text, with everything a learner may do on the way.
//!
//! # Source
//! Viterbi's algorithm over a graph of the text, as in forced alignment with optional silence (Young et al., The HTK Book), with
//! arcs for omitted and repeated words and false starts and a garbage model for what is not in the text.

use std::ops::Range;

use ndarray::ArrayView2;

use crate::phone::{CLASSES, Phone};

/// What it costs to leave the text, in nats. Infinite: not allowed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Costs {
    /// Leaving a word out.
    pub(crate) omit: f32,
    /// Going back to a word's start after its end.
    pub(crate) repeat: f32,
    /// Going back to a word's start from inside it.
    pub(crate) restart: f32,
    /// A frame of sound that is no phone of the text, against the best phone there.
    pub(crate) filler: f32,
    /// Beginning such a stretch.
    pub(crate) insert: f32,
}

impl Costs {
    /// Every phone of the text, in order, and nothing else.
    pub(crate) const STRICT: Costs = Costs {
        omit: f32::INFINITY,
        repeat: f32::INFINITY,
        restart: f32::INFINITY,
        filler: f32::INFINITY,
        insert: f32::INFINITY,
    };
}

/// Where a path may end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// After the last word.
    Text,
    /// Anywhere in the text: somebody is still reading.
    Anywhere,
}

/// How many words back a repetition may go.
const MOST_REPEATED: usize = 3;

/// The ways one word may be said, at least one, each of at least one phone.
pub(crate) type Variants = Vec<Vec<Phone>>;

/// A word in the alignment.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct AlignedWord {
    /// Which of its variants was said; the first where it was left out.
    pub(crate) variant: usize,
    /// The frames of each phone of that variant; empty where the word was left out.
    pub(crate) phones: Vec<Range<usize>>,
}

/// Where a stretch of frames stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Alignment {
    /// One per word of the text. The last time it was said counts.
    pub(crate) words: Vec<AlignedWord>,
    /// Stretches that are no part of the text, with the number of words before them.
    pub(crate) fillers: Vec<(usize, Range<usize>)>,
    /// Words and beginnings of words that were said again later, by index.
    pub(crate) repeated: Vec<(usize, Range<usize>)>,
    /// Mean score of a frame, in nats.
    pub(crate) score: f32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Silence,
    Filler,
    /// Word, variant, phone.
    Phone(u32, u16, u16),
}

struct Node {
    class: u8,
    kind: Kind,
    /// The boundary that it can be entered from, for silence, fillers and a variant's first phone.
    entry: Option<u32>,
    /// Whether the node before it leads into it.
    follows: bool,
    /// Whether it may last.
    loops: bool,
    /// The last frame of a phone.
    ends_phone: bool,
    /// The last phone of a variant.
    ends_word: bool,
}

/// Where a boundary's best path comes from: a node at the same frame, or the boundary before it.
const FROM_BOUNDARY: u32 = u32::MAX;
const NOWHERE: u32 = u32::MAX - 1;

/// The best path through `words`. `scores`: frames × [`CLASSES`], log-likelihoods up to a constant per frame. A phone lasts at
/// least `shortest(phone)` frames. `None` where the text does not fit into the frames.
pub(crate) fn align(
    scores: ArrayView2<'_, f32>,
    words: &[Variants],
    shortest: impl Fn(Phone) -> usize,
    costs: &Costs,
    end: End,
) -> Option<Alignment> {
    let nodes = graph(words, shortest, costs);
    let (n_frames, n_nodes, n_bounds) = (scores.nrows(), nodes.len(), words.len() + 1);
    if n_frames == 0 || words.is_empty() {
        return None;
    }
    // Best score of a path that ends in each node, in each boundary.
    let mut best = vec![f32::NEG_INFINITY; n_nodes];
    let mut next = best.clone();
    let mut bound: Vec<f32> = (0..n_bounds).map(|b| if b == 0 { 0.0 } else { -costs.omit * b as f32 }).collect();
    // How each node was come by: 0 from itself, 1 from the node before it, 2 from its boundary.
    let mut back = vec![0_u8; n_frames * n_nodes];
    let mut bound_back = vec![NOWHERE; n_frames * n_bounds];
    for (frame, row) in scores.outer_iter().enumerate() {
        let garbage = row.iter().skip(1).copied().fold(f32::NEG_INFINITY, f32::max) - costs.filler;
        for (i, node) in nodes.iter().enumerate() {
            let mut from = (if node.loops { best[i] } else { f32::NEG_INFINITY }, 0);
            if node.follows && i > 0 && best[i - 1] > from.0 {
                from = (best[i - 1], 1);
            }
            if let Some(entry) = node.entry {
                let cost = if node.kind == Kind::Filler { costs.insert } else { 0.0 };
                if bound[entry as usize] - cost > from.0 {
                    from = (bound[entry as usize] - cost, 2);
                }
            }
            let emission = if node.kind == Kind::Filler { garbage } else { row[usize::from(node.class)] };
            next[i] = from.0 + emission;
            back[frame * n_nodes + i] = from.1;
        }
        std::mem::swap(&mut best, &mut next);
        bound.fill(f32::NEG_INFINITY);
        let source = &mut bound_back[frame * n_bounds..(frame + 1) * n_bounds];
        let mut reach = |bound: &mut [f32], b: usize, score: f32, from: u32| {
            if score > bound[b] {
                bound[b] = score;
                source[b] = from;
            }
        };
        for (i, node) in nodes.iter().enumerate() {
            match node.kind {
                Kind::Silence | Kind::Filler => {
                    let b = node.entry.expect("invariant: silence is entered from its boundary") as usize;
                    reach(&mut bound, b, best[i], i as u32);
                }
                Kind::Phone(word, ..) if node.ends_phone => {
                    let word = word as usize;
                    if node.ends_word {
                        reach(&mut bound, word + 1, best[i], i as u32);
                        for to in (word + 1).saturating_sub(MOST_REPEATED)..=word {
                            reach(&mut bound, to, best[i] - costs.repeat, i as u32);
                        }
                    } else {
                        reach(&mut bound, word, best[i] - costs.restart, i as u32);
                    }
                }
                Kind::Phone(..) => {}
            }
        }
        for b in 1..n_bounds {
            let score = bound[b - 1] - costs.omit;
            reach(&mut bound, b, score, FROM_BOUNDARY);
        }
    }
    let greatest = |scores: &[f32]| {
        scores
            .iter()
            .copied()
            .enumerate()
            .fold((0, f32::NEG_INFINITY), |top, (i, s)| if s > top.1 { (i, s) } else { top })
    };
    let (mut at, score) = match end {
        End::Text => (Place::Boundary(n_bounds - 1), bound[n_bounds - 1]),
        End::Anywhere => {
            let (boundary, node) = (greatest(&bound), greatest(&best));
            if node.1 > boundary.1 { (Place::Node(node.0), node.1) } else { (Place::Boundary(boundary.0), boundary.1) }
        }
    };
    if !score.is_finite() {
        return None;
    }
    let mut path = vec![0_usize; n_frames];
    let mut frame = n_frames;
    // `frame` counts the frames that are not yet explained; a boundary stands after the last of them.
    while frame > 0 {
        at = match at {
            Place::Boundary(b) => match bound_back[(frame - 1) * n_bounds + b] {
                FROM_BOUNDARY => Place::Boundary(b - 1),
                NOWHERE => return None,
                node => Place::Node(node as usize),
            },
            Place::Node(i) => {
                path[frame - 1] = i;
                frame -= 1;
                match back[frame * n_nodes + i] {
                    0 => Place::Node(i),
                    1 => Place::Node(i - 1),
                    _ => Place::Boundary(nodes[i].entry.expect("invariant: entered from a boundary") as usize),
                }
            }
        };
    }
    Some(read_off(&path, &nodes, words, score / n_frames as f32))
}

#[derive(Clone, Copy)]
enum Place {
    Boundary(usize),
    Node(usize),
}

fn graph(words: &[Variants], shortest: impl Fn(Phone) -> usize, costs: &Costs) -> Vec<Node> {
    let mut nodes = Vec::new();
    let gap = |kind, b: usize| Node {
        class: 0,
        kind,
        entry: Some(b as u32),
        follows: false,
        loops: true,
        ends_phone: false,
        ends_word: false,
    };
    for b in 0..=words.len() {
        nodes.push(gap(Kind::Silence, b));
        if costs.filler.is_finite() {
            nodes.push(gap(Kind::Filler, b));
        }
        let Some(variants) = words.get(b) else { continue };
        for (v, phones) in variants.iter().enumerate() {
            for (p, phone) in phones.iter().enumerate() {
                let length = shortest(*phone).max(1);
                for part in 0..length {
                    let first = p == 0 && part == 0;
                    let last = part + 1 == length;
                    nodes.push(Node {
                        class: phone.class,
                        kind: Kind::Phone(b as u32, v as u16, p as u16),
                        entry: first.then_some(b as u32),
                        follows: !first,
                        loops: last,
                        ends_phone: last,
                        ends_word: last && p + 1 == phones.len(),
                    });
                }
            }
        }
    }
    nodes
}

/// Gathers what the path says about each word.
fn read_off(path: &[usize], nodes: &[Node], words: &[Variants], score: f32) -> Alignment {
    let mut said: Vec<Option<AlignedWord>> = vec![None; words.len()];
    let mut fillers = Vec::new();
    let mut repeated = Vec::new();
    let mut frame = 0;
    while frame < path.len() {
        let start = frame;
        match nodes[path[start]].kind {
            Kind::Silence => frame += 1,
            Kind::Filler => {
                while frame < path.len() && path[frame] == path[start] {
                    frame += 1;
                }
                let before = nodes[path[start]].entry.unwrap_or_default() as usize;
                fillers.push((before, start..frame));
            }
            Kind::Phone(word, variant, _) => {
                let word = word as usize;
                let mut phones: Vec<Range<usize>> = Vec::new();
                let mut phone_before = None;
                let mut node_before = None;
                while frame < path.len() {
                    let Kind::Phone(w, v, p) = nodes[path[frame]].kind else { break };
                    // Another word, another variant, or the same one once more.
                    let again = node_before.is_some_and(|before| path[frame] < before);
                    if (w as usize, v) != (word, variant) || again {
                        break;
                    }
                    if phone_before == Some(p) {
                        phones.last_mut().expect("invariant: a phone was begun").end = frame + 1;
                    } else {
                        phones.push(frame..frame + 1);
                    }
                    phone_before = Some(p);
                    node_before = Some(path[frame]);
                    frame += 1;
                }
                let whole = phones.len() == words[word][usize::from(variant)].len();
                if whole {
                    let new = AlignedWord { variant: usize::from(variant), phones };
                    if let Some(old) = said[word].replace(new)
                        && let (Some(first), Some(last)) = (old.phones.first(), old.phones.last())
                    {
                        repeated.push((word, first.start..last.end));
                    }
                } else {
                    repeated.push((word, start..frame));
                }
            }
        }
    }
    let words = said.into_iter().map(|word| word.unwrap_or(AlignedWord { variant: 0, phones: Vec::new() })).collect();
    Alignment { words, fillers, repeated, score }
}

/// Scores that an alignment takes, from log-posteriors: part of the prior is taken out, since what is rare in speech is no less
/// likely in a text that has it.
pub(crate) fn likelihoods(log_posteriors: &ndarray::Array2<f32>, log_prior: &[f32; CLASSES]) -> ndarray::Array2<f32> {
    /// The share of the prior that is taken out; from the trial.
    const SHARE: f32 = 0.6;
    let prior = ndarray::ArrayView1::from(log_prior.as_slice());
    log_posteriors - &(&prior * SHARE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    fn phones(names: &str) -> Vec<Phone> {
        names.split(' ').map(|n| Phone::from_arpabet(n).unwrap()).collect()
    }

    /// Frames in which the named classes are clearly heard; `-` is silence.
    fn frames(heard: &str) -> Array2<f32> {
        let heard: Vec<usize> =
            heard.split(' ').map(|n| Phone::from_arpabet(n).map_or(0, |phone| phone.index())).collect();
        Array2::from_shape_fn((heard.len(), CLASSES), |(t, c)| if heard[t] == c { -0.1 } else { -6.0 })
    }

    const FREE: Costs = Costs { omit: 8.0, repeat: 5.0, restart: 3.0, filler: 1.0, insert: 4.0 };

    /// Each word as `start-end`, `.` where left out; then fillers and repetitions.
    #[track_caller]
    fn check(heard: &str, text: &[&[&str]], costs: &Costs, expected: &str) {
        let words: Vec<Variants> = text.iter().map(|v| v.iter().map(|p| phones(p)).collect()).collect();
        let got = align(frames(heard).view(), &words, |_| 1, costs, End::Text).map_or("none".to_owned(), |a| {
            let mut parts: Vec<String> = a
                .words
                .iter()
                .map(|w| match (w.phones.first(), w.phones.last()) {
                    (Some(first), Some(last)) => format!("{}-{}/{}", first.start, last.end, w.variant),
                    _ => ".".to_owned(),
                })
                .collect();
            parts.extend(a.fillers.iter().map(|(b, r)| format!("filler@{b}:{}-{}", r.start, r.end)));
            parts.extend(a.repeated.iter().map(|(w, r)| format!("again{w}:{}-{}", r.start, r.end)));
            parts.join(" ")
        });
        assert_eq!(got, expected);
    }

    const TEXT: &[&[&str]] = &[&["K AE T"], &["S IH T S"]];

    #[test]
    fn words_are_found_between_silences() {
        check("- K AE AE T - - S IH T S -", TEXT, &Costs::STRICT, "1-5/0 7-11/0");
        check("K AE T S IH T S", TEXT, &Costs::STRICT, "0-3/0 3-7/0");
    }

    #[test]
    fn a_text_longer_than_the_sound_fits_nowhere() {
        check("K AE T S IH T", TEXT, &Costs::STRICT, "none");
    }

    #[test]
    fn an_omitted_word_has_no_frames() {
        check("- K AE T - -", TEXT, &FREE, "1-4/0 .");
        check("- - S IH T S -", TEXT, &FREE, ". 2-6/0");
    }

    #[test]
    fn the_variant_that_was_said_is_taken() {
        check("- AY DH ER -", &[&["IY DH ER", "AY DH ER"]], &FREE, "1-4/1");
    }

    #[test]
    fn a_repeated_word_counts_the_last_time() {
        check("K AE T - K AE T S IH T S", TEXT, &FREE, "4-7/0 7-11/0 again0:0-3");
    }

    #[test]
    fn a_false_start_is_told_apart() {
        check("K AE - K AE T - S IH T S", TEXT, &FREE, "3-6/0 7-11/0 again0:0-2");
    }

    #[test]
    fn a_reading_that_goes_on_is_followed() {
        let words: Vec<Variants> = TEXT.iter().map(|v| v.iter().map(|p| phones(p)).collect()).collect();
        let said = |heard: &str| {
            let found = align(frames(heard).view(), &words, |_| 1, &FREE, End::Anywhere).unwrap();
            found.words.iter().map(|w| w.phones.len()).collect::<Vec<_>>()
        };
        assert_eq!(said("- K AE T"), [3, 0]);
        assert_eq!(said("- K AE T S IH T S -"), [3, 4]);
        assert_eq!(said("- -"), [0, 0]);
    }

    #[test]
    fn what_is_not_in_the_text_is_a_filler() {
        check("K AE T - M UW N OW M UW N OW - S IH T S", TEXT, &FREE, "0-3/0 13-17/0 filler@1:4-12");
    }
}
