//! Sixty errors, and what an explanation of each must and must not say (`data/explanations.toml`).

use std::sync::OnceLock;

use homeroom_model::{ChatRequest, Client, Message, ModelError};
use serde::Deserialize;

/// An error to be explained.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Item {
    /// Its name.
    pub id: String,
    /// ERRANT type.
    pub code: String,
    /// A learner's sentence with one error.
    pub sentence: String,
    /// What is wrong in it; empty where something is missing.
    pub wrong: String,
    /// What is right; empty where something is too much.
    pub right: String,
    /// Of each list, an explanation must have at least one, in whatever case.
    pub must: Vec<Vec<String>>,
    /// What shows that it explains something else.
    pub must_not: Vec<String>,
    /// Language that is asked for: `en` or `zh`.
    pub language: String,
    /// An explanation that is right.
    pub good: String,
    /// One that is wrong.
    pub bad: String,
}

#[derive(Deserialize)]
struct File {
    item: Vec<Item>,
}

/// The items.
#[must_use]
pub fn items() -> &'static [Item] {
    static ITEMS: OnceLock<Vec<Item>> = OnceLock::new();
    ITEMS.get_or_init(|| {
        let file: File = toml::from_str(include_str!("../data/explanations.toml"))
            .expect("invariant: data/explanations.toml parses (tested)");
        file.item
    })
}

impl Item {
    /// Whether an explanation says what it must and nothing that shows it wrong.
    #[must_use]
    pub fn is_explained_by(&self, text: &str) -> bool {
        let text = text.to_lowercase();
        let has = |s: &String| text.contains(&s.to_lowercase());
        let chinese = text.chars().filter(|c| ('\u{4e00}'..='\u{9fff}').contains(c)).count();
        let in_language = if self.language == "zh" { chinese >= 4 } else { chinese < 10 };
        in_language && self.must.iter().all(|any| any.iter().any(has)) && !self.must_not.iter().any(has)
    }

    /// Has a model explain it.
    ///
    /// # Errors
    /// [`ModelError`].
    pub async fn ask(&self, client: &Client) -> Result<String, ModelError> {
        let language = if self.language == "zh" { "Chinese (简体中文)" } else { "English" };
        let system = format!(
            "You explain one error to a pupil, in {language}, in one or two short sentences: name the rule, and why it holds here. \
             Do not repeat the whole sentence."
        );
        let change = match (self.wrong.is_empty(), self.right.is_empty()) {
            (true, _) => format!("“{}” is missing", self.right),
            (_, true) => format!("“{}” is too much", self.wrong),
            _ => format!("“{}” should be “{}”", self.wrong, self.right),
        };
        let user = format!("The sentence: {}\nThe correction: {change}.", self.sentence);
        let request = ChatRequest::new(vec![Message::system(system), Message::user(user)], 160);
        Ok(client.ask("explain", request).await?.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn right_explanations_pass_and_wrong_ones_fail() {
        assert!(items().len() >= 60);
        for item in items() {
            assert!(item.is_explained_by(&item.good), "{}", item.id);
            assert!(!item.is_explained_by(&item.bad), "{}", item.id);
            assert!(item.wrong.is_empty() || item.sentence.contains(&item.wrong), "{}", item.id);
        }
    }
}
