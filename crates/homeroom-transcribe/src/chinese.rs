//! Simplified characters: the recogniser writes traditional ones now and then.

use ferrous_opencc::OpenCC;
use ferrous_opencc::config::BuiltinConfig;

use crate::TranscribeError;

/// Turns traditional Chinese characters into simplified ones.
///
/// # Source
/// OpenCC's tables (Apache-2.0): phrases first, then single characters.
pub struct Simplifier(OpenCC);

impl Simplifier {
    /// Loads the tables.
    ///
    /// # Errors
    /// [`TranscribeError::Characters`].
    pub fn new() -> Result<Simplifier, TranscribeError> {
        OpenCC::from_config(BuiltinConfig::T2s).map(Simplifier).map_err(TranscribeError::Characters)
    }

    /// The same text in simplified characters.
    #[must_use]
    pub fn simplify(&self, text: &str) -> String {
        self.0.convert(text)
    }

    /// As [`Simplifier::simplify`] over a text that is cut into parts. A character's form may depend on its neighbours in
    /// other parts.
    pub(crate) fn simplify_parts(&self, parts: &mut [String]) {
        let whole = self.simplify(&parts.concat());
        let sizes: Vec<usize> = parts.iter().map(|part| part.chars().count()).collect();
        if whole.chars().count() == sizes.iter().sum::<usize>() {
            let mut characters = whole.chars();
            for (part, size) in parts.iter_mut().zip(sizes) {
                *part = characters.by_ref().take(size).collect();
            }
        } else {
            // A phrase became longer or shorter: nobody knows where.
            for part in parts {
                *part = self.simplify(part);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters() {
        let simplifier = Simplifier::new().unwrap();
        assert_eq!(simplifier.simplify("我們學習漢語，頭髮、發現、乾淨"), "我们学习汉语，头发、发现、干净");
        assert_eq!(simplifier.simplify("我们 like apples"), "我们 like apples");
        let mut parts = ["頭".to_owned(), "髮，".to_owned(), " OK".to_owned()];
        simplifier.simplify_parts(&mut parts);
        assert_eq!(parts, ["头", "发，", " OK"]);
    }
}
