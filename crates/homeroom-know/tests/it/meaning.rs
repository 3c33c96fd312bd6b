//! Vectors: stored, compared, fused with the words; and models that fail.

use homeroom_core::ability::{AbilityError, Embed};
use homeroom_know::{Added, Base, Embedder, KnowError};

use crate::{Letters, empty, source};

const LETTERS: Option<Embedder<'_>> = Some(Embedder { name: "letters", model: &Letters });

fn filled() -> (tempfile::TempDir, Base) {
    let (folder, mut base) = empty();
    base.add(source("a.txt", "Senator Tom sees no treason."), LETTERS).unwrap();
    base.add(source("b.txt", "Quick boxing wizards jump."), LETTERS).unwrap();
    base.add(source("c.txt", "大门七点打开。"), LETTERS).unwrap();
    (folder, base)
}

#[test]
fn what_no_word_finds_meaning_does() {
    let (folder, base) = filled();
    let vectors: Vec<usize> = base.sources().unwrap().iter().map(|s| s.vectors).collect();
    assert_eq!(vectors, [1, 1, 0], "Chinese has none");
    assert!(base.search("monsters", None, 5).unwrap().hits.is_empty());
    let found = base.search("monsters treatments", LETTERS, 5).unwrap();
    assert_eq!(found.hits[0].source, "a.txt");
    assert_eq!(found.hits[0].why.cosine.map(|r| r.rank), Some(1));
    assert!(found.hits[0].why.bm25.is_none());
    assert!(found.sufficiency.cosine.is_some_and(|c| c > 0.5));
    // Both rankings: 1/61 each.
    let both = base.search("treason", LETTERS, 5).unwrap();
    assert!((both.hits[0].score - 2.0 / 61.0).abs() < 1e-6);
    // A Chinese question is not asked of a model of English.
    let chinese = base.search("大门", LETTERS, 5).unwrap();
    assert!(chinese.sufficiency.cosine.is_none());
    assert_eq!(chinese.hits.len(), 1);
    drop(base);
    let again = Base::open(&folder.path().join("base")).unwrap();
    assert_eq!(again.search("monsters treatments", LETTERS, 5).unwrap(), found);
}

#[test]
fn vectors_follow_what_is_added_replaced_and_removed() {
    let (_folder, mut base) = filled();
    let first = |base: &Base| base.search("monsters treatments", LETTERS, 5).unwrap().hits[0].source.clone();
    assert_eq!(first(&base), "a.txt");
    base.add(source("d.txt", "Monster treatment."), LETTERS).unwrap();
    assert_eq!(first(&base), "d.txt");
    base.remove("d.txt").unwrap();
    base.add(source("a.txt", "Lazy dogs."), LETTERS).unwrap();
    let hits = base.search("monsters treatments", LETTERS, 5).unwrap().hits;
    assert_eq!(hits.len(), 2);
    assert!(hits.iter().all(|h| !h.text.contains("Senator")));
}

#[test]
fn another_model_or_the_first_one_means_adding_again() {
    let (_folder, mut base) = empty();
    base.add(source("a.txt", "Senator Tom sees no treason."), None).unwrap();
    assert!(base.search("monsters", LETTERS, 5).unwrap().hits.is_empty());
    assert_eq!(base.add(source("a.txt", "Senator Tom sees no treason."), LETTERS).unwrap(), Added::Replaced);
    assert_eq!(base.search("monsters", LETTERS, 5).unwrap().hits.len(), 1);
    // Without a model what is there is kept.
    assert_eq!(base.add(source("a.txt", "Senator Tom sees no treason."), None).unwrap(), Added::Unchanged);
    let other = Some(Embedder { name: "other", model: &Letters });
    assert!(base.search("monsters", other, 5).unwrap().hits.is_empty(), "vectors of two models are not compared");
    assert_eq!(base.add(source("a.txt", "Senator Tom sees no treason."), other).unwrap(), Added::Replaced);
    assert_eq!(base.search("monsters", other, 5).unwrap().hits.len(), 1);
}

/// A model that gives what it is told to.
struct Broken(Gives);

/// From the number of texts to what is given for them.
type Gives = fn(usize) -> Result<Vec<Vec<f32>>, AbilityError>;

impl Embed for Broken {
    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, AbilityError> {
        (self.0)(texts.len())
    }
}

#[test]
fn a_model_that_fails_changes_nothing() {
    let (_folder, mut base) = filled();
    let failing: [Gives; 5] = [
        |_| Ok(Vec::new()),
        |n| Ok(vec![vec![f32::NAN; 4]; n]),
        |n| Ok(vec![Vec::new(); n]),
        |n| Ok(vec![vec![0.0; 4]; n]),
        |_| Err(AbilityError::Failed { model: "m".to_owned(), source: "no".into() }),
    ];
    for fails in failing {
        let broken = Broken(fails);
        let embed = Some(Embedder { name: "broken", model: &broken });
        let error = base.add(source("a.txt", "Another text."), embed).unwrap_err();
        assert!(matches!(error, KnowError::Vectors { .. } | KnowError::Embed(_)));
        assert!(base.search("treason", embed, 5).is_err());
        assert_eq!(base.text("a.txt").unwrap().as_deref(), Some("Senator Tom sees no treason."));
    }
    // A question of another width finds by words only.
    let narrow = Broken(|n| Ok(vec![vec![1.0; 3]; n]));
    let found = base.search("treason", Some(Embedder { name: "letters", model: &narrow }), 5).unwrap();
    assert_eq!(found.hits.len(), 1);
}
