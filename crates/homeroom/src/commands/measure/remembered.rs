//! A language model that answers what it was asked before from memory: texts that have most sentences in common cost little
//! more than one of them.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use homeroom_deep::{Branch, Opened, Scorer};

/// Natural log-probabilities of the tokens of branches.
type Scores = Vec<Vec<f32>>;

/// A text in tokens, and how many at its start are given.
type Asked = (Vec<u32>, usize);

/// What is known of a text.
struct Known {
    trunk: Vec<f32>,
    branches: Mutex<HashMap<Vec<Branch>, Option<Scores>>>,
}

/// A scorer with a memory; texts that it can't take are not remembered.
pub(super) struct Remembered<S> {
    scorer: S,
    texts: Mutex<HashMap<Asked, Arc<Known>>>,
}

impl<S: Scorer> Remembered<S> {
    pub(super) fn new(scorer: S) -> Self {
        Self { scorer, texts: Mutex::default() }
    }
}

impl<S: Scorer> Scorer for Remembered<S> {
    fn tokenize(&self, text: &str) -> Vec<u32> {
        self.scorer.tokenize(text)
    }

    fn start(&self) -> u32 {
        self.scorer.start()
    }

    fn end_of_sentence(&self) -> u32 {
        self.scorer.end_of_sentence()
    }

    fn open<'a>(&'a self, trunk: &[u32], given: usize) -> Option<Box<dyn Opened + 'a>> {
        let key = (trunk.to_vec(), given);
        let known = self.texts.lock().unwrap_or_else(PoisonError::into_inner).get(&key).map(Arc::clone);
        let open = OnceCell::new();
        let known = match known {
            Some(known) => known,
            None => {
                let opened = self.scorer.open(trunk, given)?;
                let known = Arc::new(Known { trunk: opened.trunk().to_vec(), branches: Mutex::default() });
                let _ = open.set(Some(opened));
                self.texts.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone(), Arc::clone(&known));
                known
            }
        };
        Some(Box::new(Text { scorer: &self.scorer, key, known, open }))
    }
}

/// A text that is read only where something new is asked of it.
struct Text<'a, S> {
    scorer: &'a S,
    key: Asked,
    known: Arc<Known>,
    open: OnceCell<Option<Box<dyn Opened + 'a>>>,
}

impl<S: Scorer> Opened for Text<'_, S> {
    fn trunk(&self) -> &[f32] {
        &self.known.trunk
    }

    fn score(&self, branches: &[Branch]) -> Option<Scores> {
        let mut known = self.known.branches.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(scores) = known.get(branches) {
            return scores.clone();
        }
        let open = self.open.get_or_init(|| self.scorer.open(&self.key.0, self.key.1));
        let scores = open.as_ref()?.score(branches);
        known.insert(branches.to_vec(), scores.clone());
        scores
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Counts how often it is asked; the answers tell the text and the branch.
    #[derive(Default)]
    struct Counting {
        opened: AtomicUsize,
        scored: AtomicUsize,
    }

    struct OpenedText<'a>(&'a Counting, Vec<f32>);

    impl Scorer for Counting {
        fn tokenize(&self, text: &str) -> Vec<u32> {
            text.bytes().map(u32::from).collect()
        }
        fn start(&self) -> u32 {
            1
        }
        fn end_of_sentence(&self) -> u32 {
            2
        }
        fn open<'a>(&'a self, trunk: &[u32], given: usize) -> Option<Box<dyn Opened + 'a>> {
            self.opened.fetch_add(1, Ordering::Relaxed);
            let scores = trunk.iter().map(|t| -(*t as f32) - given as f32).collect();
            (trunk.len() < 9).then(|| Box::new(OpenedText(self, scores)) as Box<dyn Opened + 'a>)
        }
    }

    impl Opened for OpenedText<'_> {
        fn trunk(&self) -> &[f32] {
            &self.1
        }
        fn score(&self, branches: &[Branch]) -> Option<Scores> {
            self.0.scored.fetch_add(1, Ordering::Relaxed);
            Some(branches.iter().map(|b| b.tokens.iter().map(|t| self.1[b.after] - *t as f32).collect()).collect())
        }
    }

    #[test]
    fn the_same_is_answered_once_asked_twice_and_something_new_is_asked() {
        let plain = Counting::default();
        let remembered = Remembered::new(Counting::default());
        let branch = |token: u32| vec![Branch { after: 1, tokens: vec![token, 7] }];
        for (text, given, token) in [("abc", 1, 5), ("abc", 1, 5), ("abc", 1, 6), ("abc", 2, 5), ("abd", 1, 5)] {
            let tokens = plain.tokenize(text);
            let (a, b) = (plain.open(&tokens, given).unwrap(), remembered.open(&tokens, given).unwrap());
            assert_eq!(a.trunk(), b.trunk());
            assert_eq!(a.score(&branch(token)), b.score(&branch(token)), "{text} {given} {token}");
        }
        let count = |of: &AtomicUsize| of.load(Ordering::Relaxed);
        assert_eq!((count(&plain.opened), count(&plain.scored)), (5, 5));
        // The third question is a new one of a known text, which is read again for it.
        assert_eq!((count(&remembered.scorer.opened), count(&remembered.scorer.scored)), (4, 4));
        assert!(remembered.open(&[0; 9], 1).is_none());
    }
}
