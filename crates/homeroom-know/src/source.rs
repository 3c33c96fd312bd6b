use serde::{Deserialize, Serialize};

/// A heading of a source whose place is known, as a reader of Word or HTML files knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// The byte of the text at which its heading's line begins.
    pub at: usize,
    /// 1 is outermost.
    pub level: u8,
    /// Its words.
    pub title: String,
}

/// A document on its way into the base.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// What it is called: a path within the folder that was added, or whatever tells it from others. It is data: no file is
    /// opened by it.
    pub name: &'a str,
    /// The title that it gives itself.
    pub title: Option<&'a str>,
    /// Its text.
    pub text: &'a str,
    /// Changes when the file does; the SHA-256 of its bytes, say.
    pub hash: &'a str,
    /// The bytes of the text at which pages begin, the first one's (0) included, in order; empty where there are no pages.
    pub pages: &'a [usize],
    /// Its headings in order; where empty, headings are told by their look.
    pub sections: &'a [Section],
}

/// A document in the base.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// As [`Source::name`].
    pub name: String,
    /// As [`Source::title`].
    pub title: Option<String>,
    /// As [`Source::hash`].
    pub hash: String,
    /// As [`Source::pages`].
    pub pages: Vec<usize>,
    /// Length of its text in bytes.
    pub bytes: usize,
    /// How many passages it was divided into.
    pub passages: usize,
    /// How many of them have a vector: the English ones, where there was a model.
    pub vectors: usize,
    /// The model that the vectors are of.
    pub model: Option<String>,
}

impl Stored {
    /// The page, from 1, that the byte `at` of the text stands on.
    pub(crate) fn page(&self, at: usize) -> Option<usize> {
        Some(self.pages.partition_point(|&start| start <= at)).filter(|&page| page > 0)
    }
}

/// What [`crate::Base::add`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Added {
    /// It is new in the base.
    New,
    /// Another version of it was there; its passages were replaced.
    Replaced,
    /// It was there as it is. Nothing was written.
    Unchanged,
}
