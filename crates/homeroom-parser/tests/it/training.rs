use homeroom_parser::{Parser, ParserError, TrainOptions, conllu, evaluate, train};

/// A tiny treebank of our own.
fn treebank() -> Vec<conllu::Sentence> {
    let mut text = String::new();
    for (subject, verb, object) in [
        ("cats", "like", "milk"),
        ("dogs", "chase", "cats"),
        ("birds", "eat", "seeds"),
        ("children", "read", "books"),
        ("farmers", "grow", "rice"),
        ("boys", "see", "birds"),
    ] {
        text += &format!(
            "1\tThe\tthe\tDET\tDT\t_\t2\tdet\t_\t_\n2\t{subject}\t_\tNOUN\tNNS\t_\t3\tnsubj\t_\t_\n\
             3\t{verb}\t_\tVERB\tVBP\t_\t0\troot\t_\t_\n4\t{object}\t_\tNOUN\tNNS\t_\t3\tobj\t_\t_\n\
             5\t.\t.\tPUNCT\t.\t_\t3\tpunct\t_\t_\n\n"
        );
    }
    conllu::read(&text).unwrap()
}

#[test]
fn learns_a_tiny_treebank_the_same_way_each_time() {
    let sentences = treebank();
    let options = TrainOptions {
        parser_epochs: 6,
        careless_every: 0,
        hidden_words: 0.0,
        hidden_words_tagger: 0.0,
        word_classes: String::new(),
        ..TrainOptions::default()
    };
    let mut events = 0;
    let model = train(&sentences, &sentences, &options, &mut |_| events += 1).unwrap();
    assert!(events > 0);
    let totals = evaluate(&Parser::from_bytes(&model).unwrap(), &sentences).totals();
    assert_eq!((totals.n_tokens, totals.upos, totals.uas, totals.las), (30, 30, 30, 30));
    assert!(train(&sentences, &sentences, &options, &mut |_| {}).is_ok_and(|m| m == model));
}

#[test]
fn refuses_what_it_cannot_use() {
    let options = TrainOptions::default();
    assert_eq!(train(&[], &[], &options, &mut |_| {}), Err(ParserError::NoData));
    let classes = TrainOptions { word_classes: "cat\t1\n".to_owned(), ..TrainOptions::default() };
    assert_eq!(train(&treebank(), &[], &classes, &mut |_| {}), Err(ParserError::WordClasses { line: 1 }));
    let mut wrong = treebank();
    wrong[0].words[0].deprel = "subject".to_owned();
    let error = train(&wrong, &[], &options, &mut |_| {}).unwrap_err();
    assert_eq!(error, ParserError::UnknownLabel { label: "subject".to_owned() });
}
