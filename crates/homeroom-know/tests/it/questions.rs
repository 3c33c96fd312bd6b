//! How well the right passage is found, and how well it is told that there is none: measured on `tests/data/`.
//!
//! `cargo test --release -p homeroom-know questions -- --nocapture` prints the figures.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use homeroom_know::answer::extract;
use homeroom_know::{Base, Hit};
use serde::Deserialize;

use crate::{empty, source};

#[derive(Deserialize)]
struct Set {
    question: Vec<Question>,
}

#[derive(Deserialize)]
struct Question {
    id: usize,
    language: String,
    text: String,
    source: Option<String>,
    phrase: Option<String>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Figures {
    answerable: usize,
    first: usize,
    in_three: usize,
    /// Those whose answer is in the sentence that is shown of the first passage.
    shown: usize,
    /// Answerable ones of which it is said that they are not in the documents.
    missed: usize,
    unanswerable: usize,
    /// Unanswerable ones of which it is said that they are in the documents.
    made_up: usize,
}

impl Figures {
    fn plus(self, other: Figures) -> Figures {
        Figures {
            answerable: self.answerable + other.answerable,
            first: self.first + other.first,
            in_three: self.in_three + other.in_three,
            shown: self.shown + other.shown,
            missed: self.missed + other.missed,
            unanswerable: self.unanswerable + other.unanswerable,
            made_up: self.made_up + other.made_up,
        }
    }

    fn right(self) -> usize {
        self.answerable + self.unanswerable - self.missed - self.made_up
    }
}

fn data() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data"))
}

fn filled() -> (tempfile::TempDir, Base) {
    let (folder, mut base) = empty();
    for file in fs::read_dir(data()).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        if !name.ends_with(".toml") {
            base.add(source(&name, &fs::read_to_string(data().join(&name)).unwrap()), None).unwrap();
        }
    }
    (folder, base)
}

fn set(file: &str) -> Vec<Question> {
    let set: Set = toml::from_str(&fs::read_to_string(data().join(file)).unwrap()).unwrap();
    set.question
}

#[test]
fn the_set_is_what_it_says() {
    let set = set("questions.toml");
    let count = |language: &str, answerable: bool, odd: bool| {
        let fits = |q: &&Question| q.language == language && q.source.is_some() == answerable && (q.id % 2 == 1) == odd;
        set.iter().filter(fits).count()
    };
    for language in ["en", "zh"] {
        for odd in [true, false] {
            assert_eq!((count(language, true, odd), count(language, false, odd)), (10, 5));
        }
    }
    for question in set.iter().chain(&self::set("blind.toml")) {
        assert_eq!(question.source.is_some(), question.phrase.is_some());
        if let (Some(source), Some(phrase)) = (&question.source, &question.phrase) {
            let text = fs::read_to_string(data().join(source)).unwrap();
            assert!(text.contains(phrase), "{}", question.id);
        }
    }
}

/// The figures by whether the id is odd, and by language.
fn measure(base: &Base, file: &str) -> BTreeMap<(bool, String), Figures> {
    let mut figures: BTreeMap<(bool, String), Figures> = BTreeMap::new();
    for question in set(file) {
        let found = base.search(&question.text, None, 3).unwrap();
        let f = figures.entry((question.id % 2 == 1, question.language.clone())).or_default();
        let said = found.sufficiency.in_documents;
        let Some(phrase) = &question.phrase else {
            f.unanswerable += 1;
            f.made_up += usize::from(said);
            continue;
        };
        let right = |hit: &Hit| Some(&hit.source) == question.source.as_ref() && hit.text.contains(phrase.as_str());
        let rank = found.hits.iter().position(right);
        let shown = extract(&found).into_iter().find(|e| e.hit == 0).is_some_and(|e| e.text.contains(phrase.as_str()));
        f.answerable += 1;
        f.first += usize::from(rank == Some(0));
        f.in_three += usize::from(rank.is_some());
        f.shown += usize::from(rank == Some(0) && shown);
        f.missed += usize::from(!said);
    }
    figures
}

#[test]
fn questions_find_their_passages() {
    let (_folder, base) = filled();
    let figures = measure(&base, "questions.toml");
    for ((odd, language), f) in &figures {
        println!("{} {language}: {f:?}", if *odd { "tuned on" } else { "held out" });
    }
    let even = figures.iter().filter(|((odd, _), _)| !odd).map(|(_, f)| *f);
    let held_out = even.fold(Figures::default(), Figures::plus);
    println!("held out: {held_out:?}");
    assert_eq!((held_out.answerable, held_out.unanswerable), (20, 10));
    assert!(held_out.first >= 16, "recall@1: {} of 20", held_out.first);
    assert!(held_out.in_three >= 18, "recall@3: {} of 20", held_out.in_three);
    assert!(held_out.right() >= 24, "in the documents or not: {} of 30 right", held_out.right());
}

#[test]
fn questions_that_nothing_was_tuned_on_do_not_fare_much_worse() {
    let (_folder, base) = filled();
    let blind = measure(&base, "blind.toml").into_values().fold(Figures::default(), Figures::plus);
    println!("blind: {blind:?}");
    assert_eq!((blind.answerable, blind.unanswerable), (16, 8));
    assert!(blind.first >= 13, "recall@1: {} of 16", blind.first);
    assert!(blind.in_three >= 15, "recall@3: {} of 16", blind.in_three);
    assert!(blind.right() >= 17, "in the documents or not: {} of 24 right", blind.right());
}
