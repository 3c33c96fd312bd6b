use homeroom_parser::*;
use std::time::Instant;
fn main() {
    let a: Vec<String> = std::env::args().collect();
    let dir = &a[1];
    let read = |n: &str| conllu::read(&std::fs::read_to_string(format!("{dir}/{n}.conllu")).unwrap()).unwrap();
    let dev = read("dev");
    let report = |p: &Parser, name: &str, s: &[conllu::Sentence]| {
        let t = Instant::now();
        let e = evaluate(p, s);
        let el = t.elapsed().as_secs_f64();
        let t = e.totals();
        let f = |x: usize| x as f64 / t.n_tokens as f64;
        println!("{name}: UPOS {:.4} XPOS {:.4} UAS {:.4} LAS {:.4} LASsub {:.4}  {:.0} words/s", f(t.upos), f(t.xpos), f(t.uas), f(t.las), f(t.las_subtypes), t.n_tokens as f64 / el);
    };
    if a[2] == "eval" {
        let t = Instant::now();
        let p = Parser::shipped();
        println!("load {:?} {}", t.elapsed(), p.header());
        report(p, "dev", &dev);
        let mut by = std::collections::BTreeMap::<String, [usize; 3]>::new();
        for s in &dev { for (f, g) in p.parse(&s.forms()).iter().zip(&s.words) { let e = by.entry(g.deprel.clone()).or_default(); e[0] += 1; e[1] += usize::from(f.head == g.head); e[2] += usize::from(f.deprel == g.deprel); } }
        let mut v: Vec<_> = by.into_iter().collect(); v.sort_by_key(|x| x.1[1] as i64 - x.1[0] as i64);
        for (d, e) in v.iter().take(16) { println!("{d:16} n {} wrong heads {} ({:.3}) wrong labels {}", e[0], e[0]-e[1], e[1] as f64/e[0] as f64, e[0]-e[2]); }
        for n in &a[3..] { report(p, n, &read(n)); }
        return;
    }
    let mut o = TrainOptions::default();
    for kv in &a[3..] {
        let (k, v) = kv.split_once('=').unwrap();
        let n = v.parse().unwrap();
        match k { "te" => o.tagger_epochs = n, "le" => o.labeller_epochs = n, "pe" => o.parser_epochs = n, "beam" => o.beam = n, "folds" => o.folds = n, "careless" => o.careless_every = n, "seed" => o.seed = n as u64, "hw" => o.hidden_words = n as f64 / 100.0, "hwt" => o.hidden_words_tagger = n as f64 / 100.0, "noclass" => o.word_classes.clear(), _ => panic!() }
    }
    let t0 = Instant::now();
    let m = train(&read("train"), &dev, &o, &mut |p| println!("{:6.1} {p:?}", t0.elapsed().as_secs_f64())).unwrap();
    std::fs::write(&a[2], &m).unwrap();
    println!("{} bytes", m.len());
    report(&Parser::from_bytes(&m).unwrap(), "dev", &dev);
}
