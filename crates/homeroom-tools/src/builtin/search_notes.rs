//! `search_notes`: what the program's store of notes and texts says on something.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Means;
use crate::{Effect, Output, Tool, ToolError, Typed};

/// Notes that are given where the model does not say how many.
const USUAL: u8 = 5;

/// A note that was found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Note {
    /// By which the program finds it again.
    pub id: String,
    /// Its title, or where it is from.
    pub title: String,
    /// The passage.
    pub text: String,
}

/// Notes and texts that can be searched. Whoever implements it gives only what the one who asks may see.
pub trait Search: Send + Sync {
    /// The passages that fit best, the best first; at most `most`.
    ///
    /// # Errors
    /// [`ToolError::Broken`], where the store can't be read.
    fn search(&self, query: &str, most: usize) -> Result<Vec<Note>, ToolError>;
}

#[derive(Deserialize, JsonSchema)]
struct Arguments {
    /// What is looked for, in a few words.
    #[schemars(length(min = 1, max = 400))]
    query: String,
    /// Most passages, 1 to 20; 5 if left out.
    #[serde(default)]
    #[schemars(range(min = 1, max = 20))]
    most: Option<u8>,
}

pub(super) fn make(means: &Means) -> Option<Arc<dyn Tool>> {
    let notes = Arc::clone(means.notes.as_ref()?);
    Some(Typed::shared(
        "search_notes",
        "Searches the notes and texts of this school for passages on something. Each has an id to refer to.",
        Effect::Reads,
        move |arguments: Arguments| {
            let most = usize::from(arguments.most.unwrap_or(USUAL));
            let mut found = notes.search(&arguments.query, most)?;
            found.truncate(most);
            Ok(if found.is_empty() { Output::text("Nothing was found.") } else { Output::json(&found) })
        },
    ))
}
