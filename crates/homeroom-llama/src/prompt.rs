//! From a chat to tokens, so that what people and tools say can't be a sign to the model.
//!
//! A pupil may write `<|im_end|>` in an essay. Rendered by a template and tokenized as a whole, it would end the pupil's turn
//! and let the rest of the essay speak for the program.

use serde_json::{Map, Value};

use crate::template::{ChatTemplate, TemplateError, with_arguments};
use crate::{Llama, python};

/// Entries of messages and tools that templates compare with words of their own.
const COMPARED: [&str; 4] = ["role", "type", "id", "tool_call_id"];

impl ChatTemplate {
    /// Renders a chat and makes tokens of it. Only the template's own control tokens are such; their names in messages,
    /// calls and tools are text.
    ///
    /// As long as no such name is there, the tokens are those of the rendered chat as a whole, as in training. Else what was
    /// said is tokenized apart from the template; where a template changes what was said in ways that can't be followed, the
    /// names in it are broken by a blank without width. Signs of models that are plain text, such as those of the first
    /// Mistral models, can't be told from what was said.
    ///
    /// # Errors
    /// Those of [`Self::render`]; [`TemplateError::Control`] where the name of a control token is the name of an argument, or
    /// could not be broken.
    pub fn prompt(
        &self,
        llama: &Llama,
        messages: &[Value],
        tools: &[Value],
        add_generation_prompt: bool,
    ) -> Result<Vec<u32>, TemplateError> {
        let controls = |text: &str| {
            let tokens = llama.tokens_with_special(text);
            tokens.into_iter().filter(|&token| llama.is_control(token)).collect::<Vec<u32>>()
        };
        let has_control = |text: &str| !controls(text).is_empty();
        let mut said =
            Said { texts: Vec::new(), mark: mark(messages, tools), control_key: false, has_control: &has_control };
        let messages: Vec<Value> = messages.iter().map(with_arguments).collect();
        let marked_messages: Vec<Value> = messages.iter().map(|message| said.replace("", message)).collect();
        let marked_tools: Vec<Value> = tools.iter().map(|tool| said.replace("", tool)).collect();
        let Said { texts, mark, control_key, .. } = said;
        if control_key {
            return Err(TemplateError::Control);
        }
        let whole = self.render(&messages, tools, add_generation_prompt)?;
        // A template may refuse marks in place of what was said; then nothing is known of its own signs.
        let marked = self.render(&marked_messages, &marked_tools, add_generation_prompt).ok();
        let own = marked.as_deref().map(controls);

        let tokens = llama.tokens_with_special(&whole);
        let found: Vec<u32> = tokens.iter().copied().filter(|&token| llama.is_control(token)).collect();
        let is_said = texts.iter().any(|text| has_control(text));
        if !is_said && own.as_ref().is_none_or(|own| *own == found) {
            return Ok(tokens);
        }

        if let Some(parts) = marked.as_deref().and_then(|marked| align(marked, mark, &texts, &whole)) {
            let tokens = |part: &Part<'_>| match part {
                Part::Template(text) => llama.tokens_with_special(text),
                Part::Said(text) => llama.tokens(text),
            };
            return Ok(parts.iter().flat_map(tokens).collect());
        }

        let names = llama.control_names();
        let broken = |value: &Value| map_texts(value, &|text| break_names(text, &names));
        let messages: Vec<Value> = messages.iter().map(broken).collect();
        let tools: Vec<Value> = tools.iter().map(broken).collect();
        let tokens = llama.tokens_with_special(&self.render(&messages, &tools, add_generation_prompt)?);
        let found: Vec<u32> = tokens.iter().copied().filter(|&token| llama.is_control(token)).collect();
        if own.is_some_and(|own| own == found) { Ok(tokens) } else { Err(TemplateError::Control) }
    }
}

/// Replaces what was said by marks.
struct Said<'a> {
    texts: Vec<String>,
    mark: char,
    /// The name of an argument is that of a control token.
    control_key: bool,
    has_control: &'a dyn Fn(&str) -> bool,
}

impl Said<'_> {
    fn replace(&mut self, key: &str, value: &Value) -> Value {
        match value {
            Value::String(text) if text.trim().is_empty() => value.clone(),
            Value::String(text) if COMPARED.contains(&key) && !(self.has_control)(text) => value.clone(),
            Value::String(text) => {
                self.texts.push(text.clone());
                Value::String(format!("{}{}{}", self.mark, self.texts.len() - 1, self.mark))
            }
            Value::Array(items) => Value::Array(items.iter().map(|item| self.replace("", item)).collect()),
            Value::Object(entries) => {
                self.control_key |= entries.keys().any(|key| (self.has_control)(key));
                let entries = entries.iter().map(|(key, value)| (key.clone(), self.replace(key, value)));
                Value::Object(entries.collect::<Map<_, _>>())
            }
            _ => value.clone(),
        }
    }
}

/// A letter that stands nowhere in the chat.
fn mark(messages: &[Value], tools: &[Value]) -> char {
    let texts: Vec<String> = messages.iter().chain(tools).map(Value::to_string).collect();
    let mut private = '\u{E000}'..='\u{F8FF}';
    private.find(|&mark| !texts.iter().any(|text| text.contains(mark))).unwrap_or('\u{10FFFD}')
}

/// A part of a rendered chat.
#[derive(Debug, PartialEq)]
enum Part<'a> {
    Template(&'a str),
    Said(&'a str),
}

/// Finds what was said in a rendered chat, given the same chat rendered with marks for it; nothing where the template has
/// done more with it than to trim it or to write it as JSON.
fn align<'a>(marked: &str, mark: char, texts: &[String], whole: &'a str) -> Option<Vec<Part<'a>>> {
    // Odd pieces are the numbers of texts.
    let pieces: Vec<&str> = marked.split(mark).collect();
    if pieces.len().is_multiple_of(2) || !whole.starts_with(pieces[0]) {
        return None;
    }
    // For each text so far, where the template goes on behind it, and which place before that led there: there may be more
    // than one way to read the beginning, but few.
    let mut ways: Vec<Vec<Way>> = vec![vec![Way { from: 0, said: 0, to: pieces[0].len(), before: 0 }]];
    for pair in pieces[1..].chunks(2) {
        let text = texts.get(pair[0].parse::<usize>().ok()?)?;
        let mut next: Vec<Way> = Vec::new();
        for (before, way) in ways.last()?.iter().enumerate() {
            for form in forms(text) {
                let said = way.to + form.len();
                let to = said + pair[1].len();
                let fits = whole[way.to..].starts_with(&form) && whole[said..].starts_with(pair[1]);
                if fits && next.iter().all(|way| way.to != to) {
                    next.push(Way { from: way.to, said, to, before });
                }
            }
        }
        ways.push(next);
    }
    let mut place = ways.last()?.iter().position(|way| way.to == whole.len())?;
    let mut parts = Vec::new();
    for ways in ways.iter().rev() {
        let Way { from, said, to, before } = ways[place];
        parts.push(Part::Template(&whole[said..to]));
        parts.push(Part::Said(&whole[from..said]));
        place = before;
    }
    parts.reverse();
    parts.retain(|part| !matches!(part, Part::Template("") | Part::Said("")));
    Some(parts)
}

/// A way to read the beginning of a rendered chat: a text from `from` to `said`, and the template's own up to `to`.
#[derive(Debug, Clone, Copy)]
struct Way {
    from: usize,
    said: usize,
    to: usize,
    before: usize,
}

/// How templates write what was said: as it is, without blanks around it, or within the quotes of JSON.
fn forms(text: &str) -> Vec<String> {
    let mut forms: Vec<String> = Vec::new();
    for text in [text, text.trim(), text.trim_start(), text.trim_end()] {
        let mut json = String::new();
        python::json_string(&mut json, text, false);
        forms.extend([text.to_owned(), json[1..json.len() - 1].to_owned()]);
    }
    forms.sort();
    forms.dedup();
    forms
}

fn map_texts(value: &Value, change: &dyn Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(change(text)),
        Value::Array(items) => Value::Array(items.iter().map(|item| map_texts(item, change)).collect()),
        Value::Object(entries) => {
            Value::Object(entries.iter().map(|(key, value)| (key.clone(), map_texts(value, change))).collect())
        }
        _ => value.clone(),
    }
}

/// Puts a blank without width behind the first letter of every name.
fn break_names(text: &str, names: &[String]) -> String {
    let mut text = text.to_owned();
    for name in names {
        let first = name.chars().next().map_or(0, char::len_utf8);
        if text.contains(name.as_str()) {
            let (head, tail) = name.split_at(first);
            text = text.replace(name.as_str(), &format!("{head}\u{200B}{tail}"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(marked: &str, texts: &[&str], whole: &str, wanted: Option<&[Part<'_>]>) {
        let texts: Vec<String> = texts.iter().map(|&text| text.to_owned()).collect();
        assert_eq!(align(marked, '#', &texts, whole).as_deref(), wanted);
    }

    #[test]
    fn what_was_said_is_found() {
        use Part::{Said, Template};
        check("[#0#]", &["hi"], "[hi]", Some(&[Template("["), Said("hi"), Template("]")]));
        check(
            "[#0#][#1#]",
            &[" a ", "[b]"],
            "[a][[b]]",
            Some(&[Template("["), Said("a"), Template("]["), Said("[b]"), Template("]")]),
        );
        check("#0##1#", &["a", "b"], "ab", Some(&[Said("a"), Said("b")]));
        check(
            "{\"x\": \"#0#\"}",
            &["a\n\"b"],
            "{\"x\": \"a\\n\\\"b\"}",
            Some(&[Template("{\"x\": \""), Said("a\\n\\\"b"), Template("\"}")]),
        );
        // A text twice, and one that was left out.
        check("#1# #1#", &["a", "b"], "b b", Some(&[Said("b"), Template(" "), Said("b")]));
        // The template's own text in what was said.
        check(
            "<#0#><#1#>",
            &["x><y", "z"],
            "<x><y><z>",
            Some(&[Template("<"), Said("x><y"), Template("><"), Said("z"), Template(">")]),
        );
        check("[#0#]", &["abc"], "[ab]", None);
        check("[#0#]!", &["abc"], "[abc]", None);
        check("no mark", &[], "no mark", Some(&[Template("no mark")]));
        check("no mark", &[], "other", None);
    }

    #[test]
    fn names_are_broken() {
        let names = ["<|im_end|>".to_owned(), "<s>".to_owned()];
        assert_eq!(break_names("a <|im_end|><s>", &names), "a <\u{200B}|im_end|><\u{200B}s>");
    }
}
