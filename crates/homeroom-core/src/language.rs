use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A language by its BCP 47 tag (`en`, `zh`).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Language(Cow<'static, str>);

impl Language {
    /// English.
    pub const ENGLISH: Language = Language(Cow::Borrowed("en"));
    /// Chinese.
    pub const CHINESE: Language = Language(Cow::Borrowed("zh"));

    /// The language with this tag.
    pub fn new(tag: impl Into<String>) -> Self {
        Self(Cow::Owned(tag.into()))
    }

    /// The tag.
    #[must_use]
    pub fn tag(&self) -> &str {
        &self.0
    }
}
