//! Scores of trees are those of plain texts, whatever the kernel and the number of threads.

use homeroom_lm::{Branch, Lm, LmError, Scores, TokenId, Tree, kernel_names};
use proptest::prelude::*;

use crate::smollm;
use crate::tiny::{Tiny, load};

/// Largest difference between a tree and its plain texts, in nats. Rows are rounded to bf16 in the same way in both, but
/// sums over the trunk and a branch's own tokens are made in another order, and a difference in the last bit can move a
/// rounding.
const SAME: f32 = 0.1;

fn tiny(threads: usize, kernel: &str) -> Lm {
    load(&Tiny::new().bytes(), threads, kernel).unwrap()
}

fn plain(lm: &Lm, tokens: &[TokenId]) -> Vec<f32> {
    lm.score(&Tree { trunk: tokens.to_vec(), given: 1, branches: Vec::new() }).unwrap().trunk
}

#[track_caller]
fn close(found: &[f32], wanted: &[f32]) {
    assert_eq!(found.len(), wanted.len());
    for (found, wanted) in found.iter().zip(wanted) {
        assert!((found - wanted).abs() < SAME, "{found} in place of {wanted}");
    }
}

/// Each part of a tree has the scores that it has as a plain text.
#[track_caller]
fn check(lm: &Lm, tree: &Tree) {
    let Scores { trunk, branches } = lm.score(tree).unwrap();
    let whole = plain(lm, &tree.trunk);
    assert!(trunk[..tree.given].iter().all(|&p| p == 0.0));
    close(&trunk[tree.given..], &whole[tree.given..]);

    let read = lm.read(&tree.trunk, tree.given).unwrap();
    assert_eq!(read.log_probabilities(), trunk);
    assert_eq!(lm.branches(&read, &tree.branches).unwrap(), branches);
    for (branch, found) in tree.branches.iter().zip(&branches) {
        let path = [&tree.trunk[..branch.after], &branch.tokens].concat();
        close(found, &plain(lm, &path)[branch.after..]);
        if let Some(&first) = branch.tokens.first() {
            assert_eq!(lm.first(&read, &[(branch.after, first)]).unwrap(), found[..1]);
        }
    }
}

fn tokens(vocabulary: u32, length: impl Into<prop::collection::SizeRange>) -> impl Strategy<Value = Vec<TokenId>> {
    prop::collection::vec((0..vocabulary).prop_map(TokenId), length)
}

fn trees(vocabulary: u32) -> impl Strategy<Value = Tree> {
    tokens(vocabulary, 1..30).prop_flat_map(move |trunk| {
        let length = trunk.len();
        (Just(trunk), 1..=length).prop_flat_map(move |(trunk, given)| {
            let branch = (given..=length, tokens(vocabulary, 0..20));
            let branch = branch.prop_map(|(after, tokens)| Branch { after, tokens });
            (Just(trunk), Just(given), prop::collection::vec(branch, 0..8)).prop_map(|(trunk, given, branches)| Tree {
                trunk,
                given,
                branches,
            })
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn ladders_score_as_whole_branches(tree in trees(264), rungs in prop::collection::vec(0_usize..8, 1..5)) {
        let lm = tiny(1, kernel_names()[0]);
        let trunk = lm.read(&tree.trunk, tree.given).unwrap();
        let whole = lm.score(&tree).unwrap().branches;
        let mut length = 0;
        for rung in rungs {
            length += rung;
            let cut = |branch: &Branch| branch.tokens.len().min(length);
            let branches: Vec<Branch> =
                tree.branches.iter().map(|b| Branch { after: b.after, tokens: b.tokens[..cut(b)].to_vec() }).collect();
            let found = lm.branches(&trunk, &branches).unwrap();
            for ((found, whole), branch) in found.iter().zip(&whole).zip(&tree.branches) {
                assert_eq!(found, &whole[..cut(branch)]);
            }
        }
    }

    #[test]
    fn trees_score_as_plain_texts(tree in trees(264)) {
        check(&tiny(1, kernel_names()[0]), &tree);
    }

    #[test]
    fn threads_and_company_change_nothing(trees in prop::collection::vec(trees(264), 1..4)) {
        let kernel = kernel_names()[0];
        let alone: Vec<Scores> = trees.iter().map(|tree| tiny(1, kernel).score(tree).unwrap()).collect();
        assert_eq!(alone, tiny(3, kernel).score_all(&trees).unwrap());
    }

    #[test]
    fn kernels_agree(tree in trees(264)) {
        let plain = tiny(1, "plain").score(&tree).unwrap();
        for kernel in kernel_names() {
            let found = tiny(1, kernel).score(&tree).unwrap();
            close(&found.trunk, &plain.trunk);
            close(&found.branches.concat(), &plain.branches.concat());
        }
    }
}

#[test]
fn a_probability_over_the_vocabulary_is_one() {
    let lm = tiny(1, kernel_names()[0]);
    let trunk = lm.read(&[lm.start(), TokenId(70)], 1).unwrap();
    let all: Vec<_> = (0..lm.tokenizer().n_tokens() as u32).map(|token| (2, TokenId(token))).collect();
    let total: f32 = lm.first(&trunk, &all).unwrap().into_iter().map(f32::exp).sum();
    assert!((total - 1.0).abs() < 0.02, "{total}");
}

#[test]
fn what_cannot_be_scored_is_told() {
    let lm = tiny(1, "plain");
    let t = TokenId(5);
    let tree = |trunk: usize, given, branches| Tree { trunk: vec![t; trunk], given, branches };
    let branch = |after, token| vec![Branch { after, tokens: vec![TokenId(token)] }];
    for (tree, wanted) in [
        (tree(0, 0, vec![]), "Given { given: 0, length: 0 }"),
        (tree(3, 0, vec![]), "Given { given: 0, length: 3 }"),
        (tree(3, 4, vec![]), "Given { given: 4, length: 3 }"),
        (tree(65, 1, vec![]), "Long { length: 65, limit: 64 }"),
        (tree(64, 1, branch(64, 5)), "Long { length: 65, limit: 64 }"),
        (tree(3, 2, branch(1, 5)), "Place { after: 1, given: 2, length: 3 }"),
        (tree(3, 2, branch(4, 5)), "Place { after: 4, given: 2, length: 3 }"),
        (tree(3, 2, branch(3, 264)), "Token { token: 264, vocabulary: 264 }"),
    ] {
        assert_eq!(format!("{:?}", lm.score(&tree).unwrap_err()), wanted);
    }
    let trunk = lm.read(&[t, t], 1).unwrap();
    assert!(matches!(lm.first(&trunk, &[(0, t)]), Err(LmError::Place { .. })));
    assert!(matches!(load(&Tiny::new().bytes(), 1, "abacus"), Err(LmError::Kernel { .. })));
    assert_eq!(lm.score_all(&[]).unwrap(), []);
}

#[test]
fn smollm_trees_score_as_plain_texts() {
    let Some(lm) = smollm() else { return };
    let mut trunk = vec![lm.start()];
    trunk.extend(lm.tokenize("We went to the zoo."));
    let given = trunk.len();
    trunk.extend(lm.tokenize(" Yesterday I has seen an big elephant in there.\n"));
    let branch = |after: usize, text: &str| Branch { after: given + after, tokens: lm.tokenize(text) };
    let branches = vec![
        branch(2, " had seen an big elephant in there.\n"),
        branch(2, " saw an big"),
        branch(4, " a big elephant"),
        branch(7, " there.\n"),
        branch(1, " we"),
    ];
    check(lm, &Tree { trunk, given, branches });
}
