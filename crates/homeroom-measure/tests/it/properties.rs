//! What holds for any input.

use homeroom_core::Upos;
use homeroom_measure::align::{align, tag};
use homeroom_measure::bootstrap::Bootstrap;
use homeroom_measure::errant::ErrorTyper;
use homeroom_measure::gec::{self, Item, Method, Options, Select, SystemMark};
use homeroom_measure::m2::{self, M2Edit, M2Sentence};
use homeroom_measure::{gleu, maxmatch};
use proptest::prelude::*;

/// Tags by the look of a word, so that every rule gets something to do.
fn tagger(tokens: &[&str]) -> Vec<(Upos, &'static str, String)> {
    let tag = |t: &&str| match *t {
        "a" => (Upos::Det, "DT"),
        "to" => (Upos::Part, "TO"),
        "'s" => (Upos::Part, "POS"),
        "." | "," => (Upos::Punct, "."),
        "be" => (Upos::Aux, "VB"),
        "goes" => (Upos::Verb, "VBZ"),
        "go" => (Upos::Verb, "VB"),
        _ => (Upos::Noun, "NN"),
    };
    tokens.iter().map(|t| (tag(t).0, tag(t).1, t.trim_end_matches("es").to_lowercase())).collect()
}

const TYPER: ErrorTyper<'static> = ErrorTyper { tagger: &tagger, is_word: &|w| w.len() < 4 };

fn sentence() -> impl Strategy<Value = Vec<String>> {
    let word = prop_oneof![
        Just("a"),
        Just("A"),
        Just("to"),
        Just("'s"),
        Just("."),
        Just(","),
        Just("be"),
        Just("go"),
        Just("goes"),
        Just("dog"),
        Just("Dog"),
        Just("dogs"),
        Just("é"),
        Just("狗")
    ];
    prop::collection::vec(word.prop_map(str::to_owned), 0..9)
}

fn refs(tokens: &[String]) -> Vec<&str> {
    tokens.iter().map(String::as_str).collect()
}

proptest! {
    #[test]
    fn edits_rebuild_the_target_and_do_not_overlap(source in sentence(), target in sentence()) {
        let edits = TYPER.edits(&refs(&source), &refs(&target));
        prop_assert_eq!(m2::apply(&source, &edits), target);
        prop_assert!(edits.windows(2).all(|w| w[0].end <= w[1].start));
        prop_assert!(edits.iter().all(|e| e.error_type == "UNK" || "MUR".contains(&e.error_type[..1])));
    }

    #[test]
    fn alignments_cover_both_sentences(source in sentence(), target in sentence()) {
        let (s, t) = (tag(&refs(&source), &tagger), tag(&refs(&target), &tagger));
        let steps = align(&s, &t);
        prop_assert_eq!(steps.iter().map(|x| x.source.len()).sum::<usize>(), s.len());
        prop_assert_eq!(steps.iter().map(|x| x.target.len()).sum::<usize>(), t.len());
    }

    #[test]
    fn scores_are_shares_and_a_perfect_hypothesis_has_one(
        source in sentence(), one in sentence(), two in sentence(), hypothesis in sentence(),
    ) {
        let edits = |target: &Vec<String>| TYPER.edits(&refs(&source), &refs(target));
        let gold = [M2Sentence {
            source: source.clone(),
            annotators: [(0, edits(&one)), (1, edits(&two))].into(),
            ..M2Sentence::default()
        }];
        let any = maxmatch::score(&gold, std::slice::from_ref(&hypothesis)).unwrap();
        for x in [any.precision, any.recall, any.f05] {
            prop_assert!((0.0..=1.0).contains(&x));
        }
        let tokens = refs(&hypothesis);
        let item = Item::from_hypothesis(gold[0].clone(), &tokens, &TYPER);
        let options = Options { bootstrap: Bootstrap { resamples: 20, seed: 1 }, ..Options::default() };
        let figures = gec::figures(&[item], &options).unwrap();
        for (name, f) in figures.iter().filter(|(n, _)| *n != "marks_per_100_words") {
            prop_assert!((0.0..=1.0).contains(&f.value), "{}", name);
        }
        let perfect = Item::from_hypothesis(gold[0].clone(), &refs(&two), &TYPER);
        let figures = gec::figures(&[perfect], &options).unwrap();
        prop_assert!(figures.get("f0.5").is_none_or(|f| f.value == 1.0));
        let g = gleu::stats(&source, &hypothesis, &one).gleu();
        prop_assert!((0.0..=1.0).contains(&g));
    }

    /// With words that all differ, every gold edit lies on a shortest path, so MaxMatch must find it.
    #[test]
    fn maxmatch_gives_a_perfect_hypothesis_one(changes in prop::collection::vec(0u8..5, 0..12)) {
        let source: Vec<String> = (0..changes.len()).map(|i| format!("w{i}")).collect();
        let edits: Vec<M2Edit> = changes.iter().enumerate().filter_map(|(i, change)| match change {
            0 => Some(M2Edit::new(i, i + 1, "R", &format!("x{i}"))),
            1 => Some(M2Edit::new(i, i + 1, "U", "")),
            2 => Some(M2Edit::new(i, i, "M", &format!("y{i}"))),
            _ => None,
        }).collect();
        let hypothesis = m2::apply(&source, &edits);
        let n = edits.len();
        let gold = [M2Sentence { source, annotators: [(0, edits)].into(), ..M2Sentence::default() }];
        let got = maxmatch::score(&gold, &[hypothesis]).unwrap();
        prop_assert_eq!((got.sentences[0].correct, got.sentences[0].proposed), (n, n));
    }

    #[test]
    fn m2_text_never_panics(text in "(S|A|I)?[ a-z0-9|\\-\n]{0,60}") {
        if let Ok(sentences) = m2::read(&text) {
            let kept: Vec<_> = sentences.into_iter().map(|s| M2Sentence { out_of_bounds: 0, ..s }).collect();
            prop_assert_eq!(m2::read(&m2::write(&kept)).unwrap(), kept);
        }
    }

    #[test]
    fn odd_marks_never_panic(start in 0usize..12, end in 0usize..12, confidence in 0.0f64..1.0, source in sentence()) {
        let mark = |correction| SystemMark {
            start, end, correction, error_type: "R:OTHER".into(), confidence, default: true,
        };
        let item = Item {
            gold: M2Sentence {
                source,
                annotators: [(3, vec![M2Edit::new(0, 0, "M:DET", "a")])].into(),
                ..M2Sentence::default()
            },
            marks: vec![mark(None), mark(Some("x".into())), mark(Some(String::new()))],
            references: vec![],
        };
        for method in [Method::Errant, Method::MaxMatch] {
            let bootstrap = Bootstrap { resamples: 5, seed: 1 };
            let options = Options { select: Select::All, method, bootstrap };
            gec::figures(std::slice::from_ref(&item), &options).unwrap();
        }
    }
}
