use std::path::Path;

use homeroom_parser::{Parser, conllu, evaluate};

/// Lowest accepted share of right universal tags on EWT's test part.
const MIN_UPOS: f64 = 0.94;
/// Lowest accepted share of right heads on EWT's test part.
const MIN_UAS: f64 = 0.84;

#[test]
#[allow(clippy::cast_precision_loss, reason = "counts of words")]
fn reaches_its_figures_on_the_test_part() {
    let Some(data) = std::env::var_os("HOMEROOM_DATA") else {
        println!("skipped: HOMEROOM_DATA is not set");
        return;
    };
    let text = std::fs::read_to_string(Path::new(&data).join("ud-en-ewt/test.conllu")).unwrap();
    let sentences = conllu::read(&text).unwrap();
    let evaluation = evaluate(Parser::shipped(), &sentences);
    assert_eq!(evaluation.n_sentences, evaluation.sentences.len());
    let t = evaluation.totals();
    assert_eq!(t.n_tokens, evaluation.n_tokens);
    let share = |n: usize| n as f64 / t.n_tokens as f64;
    println!(
        "n {} UPOS {:.4} XPOS {:.4} UAS {:.4} LAS {:.4}",
        t.n_tokens,
        share(t.upos),
        share(t.xpos),
        share(t.uas),
        share(t.las)
    );
    assert!(share(t.upos) >= MIN_UPOS);
    assert!(share(t.uas) >= MIN_UAS);
}
