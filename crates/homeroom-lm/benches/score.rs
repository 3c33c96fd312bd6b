//! How many rows a second a model scores: a sentence with its context and 84 variants of it.
//!
//! `HOMEROOM_MODELS=... cargo bench -p homeroom-lm`. The throughput counts a row for each token that is run.

use std::path::PathBuf;

use divan::Bencher;
use divan::counter::ItemsCount;
use homeroom_lm::{Branch, Lm, TokenId, Tree, kernel_names};

fn main() {
    if std::env::var_os("HOMEROOM_MODELS").is_none() {
        println!("skipped: HOMEROOM_MODELS is not set");
        return;
    }
    divan::main();
}

fn load(threads: usize, kernel: &str) -> Lm {
    let models = PathBuf::from(std::env::var_os("HOMEROOM_MODELS").expect("main looked"));
    Lm::load_with(&models.join("smollm2-135m/model.gguf"), threads, kernel).expect("the model loads")
}

/// Four variants at each place of a sentence: three of four tokens, and one to the sentence's end.
fn tree(lm: &Lm) -> Tree {
    let mut trunk = vec![lm.start()];
    trunk.extend(lm.tokenize("My school is near the river and it has a big library where we read after lunch."));
    let given = trunk.len();
    let sentence = " Last summer my parents and me went to the countryside for visiting my grandfather who live in a old \
                    house.\n";
    trunk.extend(lm.tokenize(sentence));
    let branches = (given..trunk.len() - 1)
        .flat_map(|after| [usize::MAX, 4, 4, 4].into_iter().zip(500..).map(move |(most, token)| (after, most, token)))
        .map(|(after, most, token)| {
            let mut tokens: Vec<TokenId> = trunk[after..].iter().copied().take(most).collect();
            tokens[0] = TokenId(token);
            Branch { after, tokens }
        })
        .collect();
    Tree { trunk, given, branches }
}

fn rows(tree: &Tree) -> usize {
    tree.trunk.len() + tree.branches.iter().map(|branch| branch.tokens.len() - 1).sum::<usize>()
}

#[divan::bench(args = kernel_names(), sample_count = 5, sample_size = 1)]
fn one_thread(bencher: Bencher, kernel: &str) {
    let lm = load(1, kernel);
    let tree = tree(&lm);
    bencher.counter(ItemsCount::new(rows(&tree))).bench(|| lm.score(&tree).expect("the tree is scored"));
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn two_threads(bencher: Bencher) {
    let lm = load(2, kernel_names()[0]);
    let tree = tree(&lm);
    bencher.counter(ItemsCount::new(rows(&tree))).bench(|| lm.score(&tree).expect("the tree is scored"));
}

#[divan::bench(sample_count = 5, sample_size = 1)]
fn loading(bencher: Bencher) {
    bencher.bench(|| load(1, kernel_names()[0]));
}

#[divan::bench]
fn tokenizing(bencher: Bencher) {
    let lm = load(1, kernel_names()[0]);
    bencher.bench(|| lm.tokenize("I have been learning English since 2015, but I still can't speak it good!"));
}
