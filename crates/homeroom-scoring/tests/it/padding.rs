use homeroom_core::{Document, Evidence, Language, Mark, Outcome, TraitContext};
use homeroom_scoring::{latent, reduce_class, rubrics};
use proptest::prelude::*;

use crate::{crude, fixture};

const PROMPT: &str = "Some people think that pupils should not bring mobile phones to school. Write a composition to \
    give your opinion, explain your reasons and suggest what the school should do.";

const ESSAY: &str = "Nowadays many pupils bring a mobile phone to school, and some teachers are worried. In my opinion, a phone \
    is useful if we learn to use it wisely.\n\
    First, a phone helps us in an emergency. When the last bus is cancelled, we can call our parents. Besides, a good \
    dictionary is on the phone, which saves time in English lessons. However, games attract young people, so some of my \
    friends look at the screen under the desk.\n\
    To solve the problem, the school could keep the phones in a box until the afternoon. Teachers should also explain why \
    too much screen time harms our eyes.\n\
    In short, phones are tools. If the school sets clear rules, everyone will benefit from them.";

fn evidence(text: &str) -> Evidence {
    let analysis = crude::analyse(text);
    let prompt = Document::new(PROMPT, Language::ENGLISH);
    let features =
        homeroom_traits::features(TraitContext { analysis: &analysis, findings: &[], prompt: Some(&prompt) });
    Evidence { features, words: analysis.word_count(), ..fixture::evidence("a", &[], None) }
}

fn value(marks: &[Mark]) -> f64 {
    match &marks[0].outcome {
        Outcome::Scored { overall, .. } => overall.value,
        Outcome::Unscored { .. } => f64::NAN,
    }
}

#[track_caller]
fn check(padded: &str) {
    let (plain, padded) = (evidence(ESSAY), evidence(padded));
    for r in rubrics() {
        let (a, b) = (latent(&plain, r).overall, latent(&padded, r).overall);
        assert!(b <= a, "{}: {a} became {b}", r.id);
        let marks = |e: &Evidence| reduce_class(std::slice::from_ref(e), r, None, &[]);
        assert!(value(&marks(&padded)) <= value(&marks(&plain)), "{}", r.id);
    }
}

#[test]
fn padding_does_not_raise_a_mark() {
    let sentence = "Besides, a good dictionary is on the phone, which saves time in English lessons.";
    check(&format!("{ESSAY} {sentence}"));
    check(&format!("{ESSAY}\n{}", [sentence; 5].join("\n")));
    check(&format!("{ESSAY}\n{ESSAY}\n{ESSAY}"));
    check(&ESSAY.replace(sentence, &[sentence; 4].join(" ")));
    check(&format!("{ESSAY}\n{}", sentence.replace("good", "nice")));
    check(&format!("{ESSAY}\n{PROMPT}"));
}

proptest! {
    #[test]
    fn appending_any_of_its_sentences_does_not_raise_a_mark(picks in proptest::collection::vec(0usize..10, 1..8)) {
        let analysis = crude::analyse(ESSAY);
        let mut padded = ESSAY.to_owned();
        for pick in picks {
            if let Some(sentence) = analysis.sentences.get(pick) {
                padded.push(' ');
                padded.push_str(sentence.span.of(ESSAY));
            }
        }
        check(&padded);
    }
}
