//! Against published data: a folder named by `HOMEROOM_DATA`.

use std::collections::HashMap;
use std::path::PathBuf;

use homeroom_core::Upos;
use homeroom_measure::errant::ErrorTyper;
use homeroom_measure::m2::{self, M2Edit, M2Sentence};
use homeroom_measure::scoring::{pearson, spearman};
use homeroom_measure::span_score::{self, Match};
use homeroom_measure::{gleu, maxmatch};

fn data(folder: &str) -> Option<PathBuf> {
    match std::env::var_os("HOMEROOM_DATA") {
        Some(root) => Some(PathBuf::from(root).join(folder)),
        None => {
            eprintln!("skipped: HOMEROOM_DATA is not set");
            None
        }
    }
}

fn read(path: PathBuf) -> String {
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn sentences(path: PathBuf) -> Vec<Vec<String>> {
    read(path).lines().map(|l| l.split_whitespace().map(str::to_owned).collect()).collect()
}

fn refs(tokens: &[String]) -> Vec<&str> {
    tokens.iter().map(String::as_str).collect()
}

/// Penn Treebank tags, so that a tag read from a file can be handed on as `&'static str`.
const TAGS: &[&str] = &[
    "CC", "CD", "DT", "EX", "FW", "IN", "JJ", "JJR", "JJS", "MD", "NN", "NNP", "NNPS", "NNS", "PDT", "POS", "PRP",
    "PRP$", "RB", "RBR", "RBS", "RP", "TO", "UH", "VB", "VBD", "VBG", "VBN", "VBP", "VBZ", "WDT", "WP", "WP$", "WRB",
    ".", ",",
];

/// The most frequent tag of each word in the training sentences of a treebank.
struct Lookup(HashMap<String, (Upos, &'static str, String)>);

impl Lookup {
    fn new() -> Option<Self> {
        let folder = data("ud-en-ewt")?;
        let mut counts: HashMap<String, HashMap<(Upos, &'static str, String), usize>> = HashMap::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if !path.to_string_lossy().contains("train.conllu") {
                continue;
            }
            for line in read(path).lines() {
                let f: Vec<&str> = line.split('\t').collect();
                if f.len() == 10 && f[0].chars().all(|c| c.is_ascii_digit()) {
                    let upos = Upos::parse(f[3]).unwrap_or(Upos::X);
                    let xpos = TAGS.iter().find(|t| **t == f[4]).copied().unwrap_or("");
                    let key = (upos, xpos, f[2].to_lowercase());
                    *counts.entry(f[1].to_lowercase()).or_default().entry(key).or_insert(0) += 1;
                }
            }
        }
        assert!(counts.len() > 10_000, "the treebank has words");
        let best = |c: HashMap<(Upos, &'static str, String), usize>| {
            c.into_iter().max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(&a.0))).map(|x| x.0).unwrap()
        };
        Some(Self(counts.into_iter().map(|(w, c)| (w, best(c))).collect()))
    }

    fn tag(&self, tokens: &[&str]) -> Vec<(Upos, &'static str, String)> {
        let unknown = |w: &str| (Upos::Noun, "NN", w.to_owned());
        tokens
            .iter()
            .map(|t| {
                let lower = t.to_lowercase();
                self.0.get(&lower).cloned().unwrap_or_else(|| unknown(&lower))
            })
            .collect()
    }
}

const SYSTEMS: [&str; 6] = ["amu", "lstm", "lstm-r", "marian", "nus", "transformer"];

/// Human ratings of the systems on one domain of GMEG.
fn ratings(path: PathBuf) -> Vec<f64> {
    let text = read(path);
    let of = |name: &str| {
        let line = text.lines().find(|l| l.split(',').next() == Some(name)).unwrap();
        line.split(',').nth(1).unwrap().parse().unwrap()
    };
    SYSTEMS.iter().map(|s| of(s)).collect()
}

#[test]
fn scorers_order_six_systems_as_humans_do() {
    let (Some(root), Some(lookup)) = (data("gec-en/gmeg-dev"), Lookup::new()) else { return };
    let tagger = |t: &[&str]| lookup.tag(t);
    let is_word = |w: &str| lookup.0.contains_key(&w.to_lowercase());
    let typer = ErrorTyper { tagger: &tagger, is_word: &is_word };
    let domains = ["fce", "wiki", "yahoo"].into_iter().filter(|d| root.join(d).join("source").exists());
    for domain in domains {
        let folder = root.join(domain);
        let source = sentences(folder.join("source"));
        let mut gold: Vec<M2Sentence> =
            source.iter().map(|s| M2Sentence { source: s.clone(), ..M2Sentence::default() }).collect();
        let mut references = vec![Vec::new(); source.len()];
        for r in 0..4u32 {
            for (i, target) in sentences(folder.join(format!("ref{r}"))).into_iter().enumerate() {
                gold[i].annotators.insert(r, typer.edits(&refs(&source[i]), &refs(&target)));
                references[i].push(target);
            }
        }
        let human = ratings(root.join(format!("{domain}-corpus-scores.csv")));
        let (mut by_m2, mut by_errant, mut by_gleu) = (Vec::new(), Vec::new(), Vec::new());
        for (system, rating) in SYSTEMS.iter().zip(&human) {
            let output = sentences(folder.join(system));
            let m2 = maxmatch::score(&gold, &output).unwrap();
            let edits: Vec<Vec<M2Edit>> =
                source.iter().zip(&output).map(|(s, o)| typer.edits(&refs(s), &refs(o))).collect();
            let counts = span_score::score(&gold, &edits, Match::Correction).unwrap();
            let sum = |f: &dyn Fn(&span_score::Counts) -> usize| counts.iter().map(f).sum::<usize>() as f64;
            let tp = sum(&|c| c.tp);
            let f05 = 1.25 * tp / (0.25 * (tp + sum(&|c| c.fn_)) + tp + sum(&|c| c.fp));
            let g = gleu::gleu(&source, &output, &references, gleu::ITERATIONS, 1).unwrap();
            println!(
                "{domain} {system:12} human {rating:.2} M2 P {:.3} R {:.3} F0.5 {:.3} ERRANT F0.5 {f05:.3} GLEU {:.3}",
                m2.precision, m2.recall, m2.f05, g.mean
            );
            by_m2.push((m2.f05, *rating));
            by_errant.push((f05, *rating));
            by_gleu.push((g.mean, *rating));
        }
        for (name, pairs) in [("M2", &by_m2), ("ERRANT", &by_errant), ("GLEU", &by_gleu)] {
            let (r, rho) = (pearson(pairs).unwrap(), spearman(pairs).unwrap());
            println!("{domain} {name}: Pearson {r:.3}, Spearman {rho:.3}");
            // The bounds are a little below what was found, against drift; they are no published figures. On Wikipedia
            // the agreement is weak: five of the six ratings lie within 2.6 points of 100, and the transformer, which
            // people rate 4.5 points below the unchanged text, comes third by M2 and ERRANT.
            let (least_r, least_rho) = if domain == "fce" { (0.85, 0.85) } else { (0.3, 0.4) };
            assert!(r > least_r && rho > least_rho, "{domain} {name}: Pearson {r:.3}, Spearman {rho:.3}");
        }
    }
}

#[test]
fn gleu_of_unchanged_jfleg_is_the_published_one() {
    let Some(root) = data("gec-en/jfleg-dev") else { return };
    let source = sentences(root.join("dev.src"));
    let mut references = vec![Vec::new(); source.len()];
    for r in 0..4 {
        for (i, target) in sentences(root.join(format!("dev.ref{r}"))).into_iter().enumerate() {
            references[i].push(target);
        }
    }
    let got = gleu::gleu(&source, &source, &references, gleu::ITERATIONS, 1).unwrap();
    println!("JFLEG dev, unchanged: {got:?}");
    // 38.21 on the leader board of the JFLEG corpus (Napoles, Sakaguchi and Tetreault 2017).
    assert!((got.mean - 0.382).abs() < 0.002, "{got:?}");
    assert!((got.mean - got.expected).abs() < 0.002);
}

#[test]
fn m2_files_are_read_and_written_back() {
    let Some(root) = data("gec-en") else { return };
    for (file, n, outside) in
        [("jfleg-dev/dev.ref.m2", 754, 19), ("cweb-dev/CWEB-G.dev.m2", 3867, 0), ("cweb-dev/CWEB-S.dev.m2", 2862, 0)]
    {
        let sentences = m2::read(&read(root.join(file))).unwrap();
        assert_eq!(sentences.len(), n, "{file}");
        assert_eq!(sentences.iter().map(|s| s.out_of_bounds).sum::<usize>(), outside, "{file}");
        let kept: Vec<_> = sentences.into_iter().map(|s| M2Sentence { out_of_bounds: 0, ..s }).collect();
        assert_eq!(m2::read(&m2::write(&kept)).unwrap(), kept, "{file}");
    }
}

/// How often our types agree with those that ERRANT gave the same edits.
#[test]
fn types_agree_with_errant_on_cweb() {
    let (Some(root), Some(lookup)) = (data("gec-en/cweb-dev"), Lookup::new()) else { return };
    let tagger = |t: &[&str]| lookup.tag(t);
    let is_word = |w: &str| lookup.0.contains_key(&w.to_lowercase());
    let typer = ErrorTyper { tagger: &tagger, is_word: &is_word };
    let (mut n, mut same) = (0usize, 0usize);
    let mut confused: HashMap<(String, String), usize> = HashMap::new();
    for file in ["CWEB-G.dev.m2", "CWEB-S.dev.m2"] {
        for sentence in m2::read(&read(root.join(file))).unwrap() {
            for edits in sentence.annotators.values() {
                for (old, new) in edits.iter().zip(typer.retype(&sentence.tokens(), edits)) {
                    n += 1;
                    if old.error_type == new.error_type {
                        same += 1;
                    } else {
                        *confused.entry((old.error_type.clone(), new.error_type)).or_insert(0) += 1;
                    }
                }
            }
        }
    }
    let share = same as f64 / n as f64;
    println!("{same} of {n} types as ERRANT has them ({share:.3})");
    let mut worst: Vec<_> = confused.into_iter().collect();
    worst.sort_by_key(|w| std::cmp::Reverse(w.1));
    for ((theirs, ours), n) in worst.iter().take(25) {
        println!("{n:5} {theirs} -> {ours}");
    }
    assert!(share > 0.85, "{share}");
}
