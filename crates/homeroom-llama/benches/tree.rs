//! How much faster the deep check's candidates are scored by `homeroom-lm` than by llama.cpp, on the same file.
//!
//! `HOMEROOM_MODELS=... cargo bench --workspace --bench tree`. The candidates are those that the deep check asks about
//! in `learners.txt`, each as far as it asks: a tree for each sentence and round. Both engines score the same trees, by
//! turns, on one thread and on two. A row is a token that is run: llama.cpp runs the trunk once, shares its keys and values
//! with the sequences of a batch, and gives logits for every row, as `homeroom-lm` does.
//!
//! It fails where the two disagree: llama.cpp rounds activations to 8 bits, so that single candidates differ, but not many.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use homeroom_core::{Document, Language};
use homeroom_deep::{Branch, Deep, Opened, Scorer};
use homeroom_english::English;
use homeroom_llama::{Llama, Settings};
use homeroom_lm::{Lm, TokenId, Tree};

const TEXT: &str = include_str!("learners.txt");

/// llama.cpp's settings, the fastest of those tried on these trees.
const SETTINGS: Settings = Settings { positions: 1024, sequences: 64, batch: 512 };

/// Largest mean difference between the two engines in what a candidate changes, in nats, for each square root of the tokens
/// that are summed: both round, and the sums of what they round grow like that.
const TOLERANCE: f32 = 0.15;

fn main() {
    let Some(models) = std::env::var_os("HOMEROOM_MODELS") else {
        println!("skipped: HOMEROOM_MODELS is not set");
        return;
    };
    let path = PathBuf::from(models).join("smollm2-135m/model.gguf");
    let mut trees = None;
    for threads in [1, 2] {
        let lm = Arc::new(Lm::load(&path, threads).expect("homeroom-lm loads the model"));
        let llama = Llama::load(&path, u32::try_from(threads).expect("few")).expect("llama.cpp loads the model");
        let trees = trees.get_or_insert_with(|| {
            let (asked, check) = record(&lm);
            let candidates: usize = asked.iter().map(|tree| tree.branches.len()).sum();
            let run = asked.iter().flat_map(|tree| &tree.branches).filter(|branch| branch.tokens.len() > 1).count();
            println!(
                "{} words, {} trees, {candidates} candidates ({run} beyond their first token), {} rows; kernel {}; the \
                 whole deep check took {:.2} s on one thread",
                TEXT.split_whitespace().count(),
                asked.len(),
                asked.iter().map(rows).sum::<usize>(),
                lm.kernel(),
                check.as_secs_f64(),
            );
            asked
        });
        compare(threads, &lm, &llama, trees);
    }
}

/// The rows of a tree: the last token of a branch is scored by the one before it.
fn rows(tree: &Tree) -> usize {
    tree.trunk.len() + tree.branches.iter().map(|branch| branch.tokens.len() - 1).sum::<usize>()
}

/// Scores every tree with one engine and then with the other, and prints how they compare.
fn compare(threads: usize, lm: &Lm, llama: &Llama, trees: &[Tree]) {
    let mut context = llama.context(SETTINGS).expect("llama.cpp has room");
    let theirs: Vec<Asked> = trees.iter().map(asked).collect();
    let mut times = Vec::new();
    let mut differences = Vec::new();
    // The first tree warms both up.
    for (tree, (trunk, branches)) in trees[..1].iter().zip(&theirs).chain(trees.iter().zip(&theirs)) {
        let started = Instant::now();
        let ours = lm.score(tree).expect("homeroom-lm scores the tree");
        let middle = Instant::now();
        let theirs = context.score(trunk, tree.given, branches).expect("llama.cpp scores the tree");
        times.push((middle - started, middle.elapsed()));
        for (branch, (a, b)) in tree.branches.iter().zip(ours.branches.iter().zip(&theirs.branches)) {
            let (a, stood) = change(branch, &ours.trunk, a);
            let (b, _) = change(branch, &theirs.trunk, b);
            differences.push((a - b).abs() / ((branch.tokens.len() + stood) as f32).sqrt());
        }
    }
    times.remove(0);
    let n_rows = trees.iter().map(rows).sum::<usize>() as f64;
    let total = |one: fn(&(Duration, Duration)) -> Duration| times.iter().map(|t| one(t).as_secs_f64()).sum::<f64>();
    let (ours, other) = (total(|t| t.0), total(|t| t.1));
    let ratios = times.iter().map(|(ours, other)| other.as_secs_f64() / ours.as_secs_f64()).collect();
    let (low, median, high) = median(ratios);
    println!(
        "{threads} thread(s): homeroom-lm {ours:.2} s, {:.0} rows/s; llama.cpp {other:.2} s, {:.0} rows/s; ratio of the \
         totals {:.2}, median of {} pairs {median:.2} (95 %: {low:.2} to {high:.2})",
        n_rows / ours,
        n_rows / other,
        other / ours,
        times.len(),
    );
    let mean = differences.iter().sum::<f32>() / differences.len() as f32;
    println!(
        "    changes of log-probability differ by {mean:.3} nat for each square root of tokens on average, {:.3} at most",
        differences.iter().copied().fold(0.0, f32::max),
    );
    assert!(mean <= TOLERANCE, "the engines differ by {mean} nat on average");
}

/// A tree in llama.cpp's terms: the trunk and the branches.
type Asked = (Vec<u32>, Vec<homeroom_llama::Branch>);

fn asked(tree: &Tree) -> Asked {
    let ids = |tokens: &[TokenId]| tokens.iter().map(|token| token.0).collect::<Vec<u32>>();
    let branch = |b: &homeroom_lm::Branch| homeroom_llama::Branch { after: b.after, tokens: ids(&b.tokens) };
    (ids(&tree.trunk), tree.branches.iter().map(branch).collect())
}

/// What a candidate changes: its log-probability less that of as many tokens as stand there, or of all that do. Also how many
/// those are.
fn change(branch: &homeroom_lm::Branch, trunk: &[f32], scores: &[f32]) -> (f32, usize) {
    let stood = &trunk[branch.after..(branch.after + branch.tokens.len()).min(trunk.len())];
    (scores.iter().sum::<f32>() - stood.iter().sum::<f32>(), stood.len())
}

/// The median, between the bounds of its distribution-free 95 % interval.
///
/// Source: Conover 1999, Practical Nonparametric Statistics, section 3.2, the normal approximation.
fn median(mut values: Vec<f64>) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    let n = values.len() as f64;
    let half_width = 1.96 * n.sqrt() / 2.0;
    let at = |place: f64| values[(place.max(0.0) as usize).min(values.len() - 1)];
    (at((n / 2.0 - half_width).floor()), at(n / 2.0), at((n / 2.0 + half_width).ceil()))
}

/// The trees that the deep check asks about, and how long it takes.
fn record(lm: &Arc<Lm>) -> (Vec<Tree>, Duration) {
    let recorder = Recorder { lm: Arc::clone(lm), opened: Arc::default() };
    let opened = Arc::clone(&recorder.opened);
    let deep = Deep::new(Box::new(recorder));
    let analysis = English::shipped().analyse(&Document::new(TEXT, Language::ENGLISH));
    let rules = English::shipped().check(&analysis);
    let started = Instant::now();
    let _ = deep.check(&analysis, rules);
    let took = started.elapsed();
    let opened = opened.lock().unwrap_or_else(PoisonError::into_inner);
    (opened.iter().map(|asked| Asks::tree(&asked.lock().unwrap_or_else(PoisonError::into_inner))).collect(), took)
}

/// Scores with `homeroom-lm` and keeps what was asked.
struct Recorder {
    lm: Arc<Lm>,
    opened: Arc<Mutex<Vec<Arc<Mutex<Asks>>>>>,
}

/// What was asked about one text, in order.
struct Asks {
    trunk: Vec<u32>,
    given: usize,
    branches: Vec<Branch>,
}

impl Asks {
    /// Each candidate once: a branch that a later one goes on from is left out.
    fn tree(&self) -> Tree {
        let mut longest: Vec<Branch> = Vec::new();
        let mut places: HashMap<(usize, Vec<u32>), usize> = HashMap::new();
        for branch in &self.branches {
            let beginning = (1..=branch.tokens.len()).rev().find_map(|n| {
                let key = (branch.after, branch.tokens[..n].to_vec());
                places.remove(&key)
            });
            let place = beginning.unwrap_or(longest.len());
            places.insert((branch.after, branch.tokens.clone()), place);
            if place == longest.len() { longest.push(branch.clone()) } else { longest[place] = branch.clone() }
        }
        let ids = |tokens: Vec<u32>| tokens.into_iter().map(TokenId).collect();
        let branch = |b: Branch| homeroom_lm::Branch { after: b.after, tokens: ids(b.tokens) };
        let branches = longest.into_iter().map(branch).collect();
        Tree { trunk: ids(self.trunk.clone()), given: self.given, branches }
    }
}

impl Scorer for Recorder {
    fn tokenize(&self, text: &str) -> Vec<u32> {
        Scorer::tokenize(self.lm.as_ref(), text)
    }

    fn start(&self) -> u32 {
        Scorer::start(self.lm.as_ref())
    }

    fn end_of_sentence(&self) -> u32 {
        self.lm.end_of_sentence()
    }

    fn open<'a>(&'a self, trunk: &[u32], given: usize) -> Option<Box<dyn Opened + 'a>> {
        let opened = self.lm.open(trunk, given)?;
        let asks = Arc::new(Mutex::new(Asks { trunk: trunk.to_vec(), given, branches: Vec::new() }));
        self.opened.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&asks));
        Some(Box::new(Recorded { opened, asks }))
    }
}

struct Recorded<'a> {
    opened: Box<dyn Opened + 'a>,
    asks: Arc<Mutex<Asks>>,
}

impl Opened for Recorded<'_> {
    fn trunk(&self) -> &[f32] {
        self.opened.trunk()
    }

    fn score(&self, branches: &[Branch]) -> Option<Vec<Vec<f32>>> {
        self.asks.lock().unwrap_or_else(PoisonError::into_inner).branches.extend_from_slice(branches);
        self.opened.score(branches)
    }
}
