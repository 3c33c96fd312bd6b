//! Sentence embeddings: all-MiniLM-L6-v2.

use std::collections::HashMap;
use std::path::Path;

use homeroom_core::ability::{AbilityError, Embed};
use rten::{Value, ValueOrView};
use rten_tensor::Layout;
use serde::Deserialize;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::runtime::{Runtime, Session, Weights, damaged};

/// Name in the catalogue.
const MODEL: &str = "minilm";
/// Tokens of a text that are read, marks at both ends counted: what the model was trained with
/// (`sentence_bert_config.json`).
const LONGEST: usize = 256;
/// A longer word is unknown (the tokeniser's `max_input_chars_per_word`).
const LONGEST_WORD: usize = 100;

/// all-MiniLM-L6-v2: English texts to vectors of 384 dimensions.
///
/// # Source
/// <https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2> (Apache-2.0): BERT's lower-case WordPiece, the mean of the
/// last states, length 1.
pub struct MiniLm {
    session: Session,
    takes_types: bool,
    output: String,
    tokens: WordPiece,
}

impl MiniLm {
    /// Loads `model.onnx` and `tokenizer.json` of `folder`.
    ///
    /// # Errors
    /// [`AbilityError::Damaged`] where a file is missing or not what it should be.
    pub fn load(folder: &Path, threads: usize) -> Result<MiniLm, AbilityError> {
        let session = Runtime::new(threads).session(folder, "model.onnx", MODEL, Weights::Plain)?;
        let inputs = session.input_names();
        let outputs = session.output_names();
        let wanted = ["sentence_embedding", "last_hidden_state"];
        let output = wanted.iter().find(|name| outputs.iter().any(|o| o == **name)).map(ToString::to_string);
        let output = output.or_else(|| outputs.first().cloned());
        let output = output.ok_or_else(|| damaged(MODEL, "the graph has no output"))?;
        for name in ["input_ids", "attention_mask"] {
            session.node(name).map_err(|source| damaged(MODEL, source))?;
        }
        let tokens = WordPiece::load(folder).map_err(|source| damaged(MODEL, source))?;
        Ok(MiniLm { session, takes_types: inputs.iter().any(|name| name == "token_type_ids"), output, tokens })
    }

    fn vector(&self, tokens: &[i32]) -> Result<Vec<f32>, AbilityError> {
        let n = tokens.len();
        let row = |data: Vec<i32>| Value::from_shape([1, n], data).map_err(|e| self.session.failed(e));
        let mut inputs: Vec<(&str, ValueOrView<'_>)> =
            vec![("input_ids", row(tokens.to_vec())?.into()), ("attention_mask", row(vec![1; n])?.into())];
        if self.takes_types {
            inputs.push(("token_type_ids", row(vec![0; n])?.into()));
        }
        let [states] = self.session.run(inputs, [self.output.as_str()])?;
        let Value::FloatTensor(states) = states else {
            return Err(self.session.failed("the graph gives no floats"));
        };
        // Either the state of each token or, where the graph pools, one vector. Both are summed to one of length 1.
        let depth = states.shape().last().copied().unwrap_or(0).max(1);
        let mut sum = vec![0.0; depth];
        for state in states.into_data().chunks_exact(depth) {
            sum.iter_mut().zip(state).for_each(|(to, from)| *to += from);
        }
        Ok(normalised(sum))
    }
}

impl Embed for MiniLm {
    fn embed(&self, texts: &[&str]) -> Result<Vec<Vec<f32>>, AbilityError> {
        // One by one: the scale of the network's 8-bit numbers is that of all that goes through at once, and a text's vector
        // must not depend on its company.
        texts.iter().map(|text| self.vector(&self.tokens.encode(text, LONGEST))).collect()
    }
}

fn normalised(mut vector: Vec<f32>) -> Vec<f32> {
    let length = vector.iter().map(|v| v * v).sum::<f32>().sqrt();
    if length > 0.0 {
        vector.iter_mut().for_each(|v| *v /= length);
    }
    vector
}

/// What of the tokeniser's file could not be used.
#[derive(Debug, thiserror::Error)]
enum TokenError {
    #[error("read tokenizer.json")]
    Read(#[source] std::io::Error),
    #[error("parse tokenizer.json")]
    Parse(#[source] serde_json::Error),
    #[error("no token {0}")]
    Missing(&'static str),
}

#[derive(Deserialize)]
struct File {
    model: Vocabulary,
}

#[derive(Deserialize)]
struct Vocabulary {
    vocab: HashMap<String, i32>,
}

/// BERT's lower-case tokeniser.
///
/// # Source
/// Devlin et al. 2019, `tokenization.py`.
struct WordPiece {
    vocabulary: HashMap<String, i32>,
    unknown: i32,
    first: i32,
    last: i32,
}

impl WordPiece {
    fn load(folder: &Path) -> Result<WordPiece, TokenError> {
        let text = std::fs::read(folder.join("tokenizer.json")).map_err(TokenError::Read)?;
        let file: File = serde_json::from_slice(&text).map_err(TokenError::Parse)?;
        WordPiece::new(file.model.vocab)
    }

    fn new(vocabulary: HashMap<String, i32>) -> Result<WordPiece, TokenError> {
        let find = |name| vocabulary.get(name).copied().ok_or(TokenError::Missing(name));
        let (unknown, first, last) = (find("[UNK]")?, find("[CLS]")?, find("[SEP]")?);
        Ok(WordPiece { vocabulary, unknown, first, last })
    }

    /// At most `longest` numbers, marks at both ends counted.
    fn encode(&self, text: &str, longest: usize) -> Vec<i32> {
        let mut ids = vec![self.first];
        for word in split(text) {
            if ids.len() >= longest {
                break;
            }
            self.pieces(&word, &mut ids);
        }
        ids.truncate(longest - 1);
        ids.push(self.last);
        ids
    }

    /// The longest pieces from the left; a word that cannot be put together is unknown.
    fn pieces(&self, word: &str, to: &mut Vec<i32>) {
        if word.chars().count() > LONGEST_WORD {
            to.push(self.unknown);
            return;
        }
        let before = to.len();
        let mut at = 0;
        while at < word.len() {
            let ends = word[at..].char_indices().map(|(i, c)| at + i + c.len_utf8()).rev();
            let piece = |end: usize| if at == 0 { word[..end].to_owned() } else { format!("##{}", &word[at..end]) };
            let Some((id, end)) = ends.filter_map(|end| Some((*self.vocabulary.get(&piece(end))?, end))).next() else {
                to.truncate(before);
                to.push(self.unknown);
                return;
            };
            to.push(id);
            at = end;
        }
    }
}

/// Lower case, without accents, split at spaces, punctuation and Chinese characters.
fn split(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let end = |word: &mut String, words: &mut Vec<String>| {
        if !word.is_empty() {
            words.push(std::mem::take(word));
        }
    };
    for c in text.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        if c.is_whitespace() {
            end(&mut word, &mut words);
        } else if c == '\0' || c == '\u{FFFD}' || c.is_control() {
            // No character at all for BERT.
        } else if is_punctuation(c) || is_han(c) {
            end(&mut word, &mut words);
            words.push(c.to_string());
        } else {
            word.push(c);
        }
    }
    end(&mut word, &mut words);
    words
}

/// What BERT takes for punctuation: every ASCII sign, and the blocks of general, CJK and full-width punctuation.
fn is_punctuation(c: char) -> bool {
    c.is_ascii_punctuation()
        || matches!(c, '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205E}' | '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3011}')
        || matches!(c, '\u{FF01}'..='\u{FF0F}' | '\u{FF1A}'..='\u{FF20}' | '¡' | '¿' | '§' | '¶' | '·' | '«' | '»')
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{2FA1F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens() -> WordPiece {
        let words = ["[UNK]", "[CLS]", "[SEP]", "the", "play", "##ing", "##s", "cafe", "!", "我", "'", "don", "t"];
        let vocabulary = words.iter().enumerate().map(|(i, w)| ((*w).to_owned(), i as i32)).collect();
        WordPiece::new(vocabulary).unwrap()
    }

    #[track_caller]
    fn check(text: &str, wanted: &[i32]) {
        assert_eq!(tokens().encode(text, 8), wanted, "{text}");
    }

    #[test]
    fn word_pieces() {
        check("The playing!", &[1, 3, 4, 5, 8, 2]);
        check("Café don't", &[1, 7, 11, 10, 12, 2]);
        check("我我", &[1, 9, 9, 2]);
        check("", &[1, 2]);
        check("played the", &[1, 0, 3, 2]);
        check("the the the the the the the the", &[1, 3, 3, 3, 3, 3, 3, 2]);
        check(&"a".repeat(101), &[1, 0, 2]);
    }

    #[test]
    fn lengths() {
        assert_eq!(normalised(vec![3.0, 4.0]), [0.6, 0.8]);
        assert_eq!(normalised(vec![0.0, 0.0]), [0.0, 0.0]);
    }
}
