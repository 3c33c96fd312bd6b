//! The base from outside: what goes in comes out, whatever it is and whoever is killed.
#![allow(clippy::unwrap_used, reason = "in a test, a panic is the report")]

mod answers;
mod base;
mod crash;
mod hostile;
mod meaning;
mod questions;

use homeroom_core::ability::{AbilityError, Embed};
use homeroom_know::{Base, Source};

/// A source without title, pages and sections, whose hash is its text.
fn source<'a>(name: &'a str, text: &'a str) -> Source<'a> {
    Source { name, title: None, text, hash: text.get(..200).unwrap_or(text), pages: &[], sections: &[] }
}

/// An empty base, and the folder that it lives in.
fn empty() -> (tempfile::TempDir, Base) {
    let folder = tempfile::tempdir().unwrap();
    let base = Base::open(&folder.path().join("base")).unwrap();
    (folder, base)
}

/// Stands for a model: a text's vector counts its letters, so that texts of the same letters are near each other.
struct Letters;

impl Embed for Letters {
    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, AbilityError> {
        let vector = |text: &&str| {
            let mut counts = vec![0.01; 26];
            for b in text.bytes().filter(u8::is_ascii_alphabetic) {
                counts[usize::from(b.to_ascii_lowercase() - b'a')] += 1.0;
            }
            counts
        };
        Ok(texts.iter().map(vector).collect())
    }
}
