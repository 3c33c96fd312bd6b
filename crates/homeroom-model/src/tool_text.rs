//! Calls of tools in what a model wrote. Each family of models has its own way, and small models have their own of each.

use serde_json::{Map, Number, Value};

use crate::ToolCall;

/// A call that was found.
#[derive(Debug, Clone, PartialEq)]
struct Written {
    /// The tool, one of those that were offered.
    name: String,
    /// Its arguments, always an object.
    arguments: Value,
}

/// Finds the calls of tools in what a model wrote, and what it wrote beside them. `offered`: the names of the tools that the
/// model was told of; what looks like a call of another one is text. Lenient in form, but no call is invented.
#[must_use]
pub fn parse_tool_calls(text: &str, offered: &[String]) -> (String, Vec<ToolCall>) {
    let names: Vec<&str> = offered.iter().map(String::as_str).collect();
    let (beside, written) = find_calls(text, &names);
    let call = |(n, w): (usize, Written)| ToolCall { id: format!("call_{n}"), name: w.name, arguments: w.arguments };
    (beside, written.into_iter().enumerate().map(call).collect())
}

/// Text that may turn out to be a call is held back until the end.
#[derive(Debug)]
pub(crate) struct Held {
    /// Whether tools were offered at all.
    on: bool,
    /// Held text, once it looks like a call.
    text: String,
    decided: Option<bool>,
}

impl Held {
    pub(crate) fn new(on: bool) -> Self {
        Self { on, text: String::new(), decided: None }
    }

    /// What can be told now.
    pub(crate) fn take(&mut self, text: &str) -> Option<String> {
        if !self.on || self.decided == Some(false) {
            return Some(text.to_owned());
        }
        self.text.push_str(text);
        if self.decided == Some(true) {
            return None;
        }
        let begun = self.text.trim_start();
        let like = |start: &str| begun.starts_with(start) || start.starts_with(begun);
        if begun.is_empty() || ["<", "{", "[", "```"].iter().any(|start| like(start)) {
            if begun.chars().count() > 12 {
                self.decided = Some(true);
            }
            return None;
        }
        self.decided = Some(false);
        Some(std::mem::take(&mut self.text))
    }

    /// What was held.
    pub(crate) fn finish(self) -> Option<String> {
        (!self.text.is_empty()).then_some(self.text)
    }
}

/// Deepest nesting of arguments that is read.
const DEEPEST: usize = 64;

const OPEN: &str = "<tool_call>";
const CLOSE: &str = "</tool_call>";
const MISTRAL: &str = "[TOOL_CALLS]";
const MISTRAL_ARGUMENTS: &str = "[ARGS]";
const LLAMA: &str = "<|python_tag|>";
const FENCE: &str = "```";

/// Finds the calls of tools in what a model wrote, and what it wrote beside them. `offered`: the names of the tools that the
/// model was told of; what looks like a call of another one is text.
///
/// It knows calls between `<tool_call>` and `</tool_call>` (Qwen, Hermes), after `[TOOL_CALLS]` (Mistral) and after
/// `<|python_tag|>` (Llama); and JSON without a sign, fenced or from the beginning of a line on, that has a name and its
/// arguments and nothing else. Braces that are doubled or one too many, a comma before a closing brace, one brace that is
/// missing at the end, Python's `True`, `False` and `None`, and arguments that are a text with JSON in it are forgiven. An
/// answer without a call comes back as it is.
fn find_calls(text: &str, offered: &[&str]) -> (String, Vec<Written>) {
    let mut calls = Vec::new();
    let mut beside = String::new();
    let mut rest = text;
    let mut line_start = true;
    while let Some(c) = rest.chars().next() {
        if let Some((found, n)) = calls_at(rest, line_start, offered) {
            calls.extend(found);
            rest = &rest[n..];
            // Calls may follow each other on a line.
            line_start = true;
            continue;
        }
        // What a fence holds that is no call is quoted.
        let n = if line_start && rest.starts_with(FENCE) { fenced(rest).1 } else { c.len_utf8() };
        beside.push_str(&rest[..n]);
        rest = &rest[n..];
        line_start =
            if n == c.len_utf8() { c == '\n' || (line_start && c.is_whitespace()) } else { beside.ends_with('\n') };
    }
    if calls.is_empty() { (text.to_owned(), calls) } else { (beside.trim().to_owned(), calls) }
}

/// The calls that a text begins with, and how many bytes they take.
fn calls_at(text: &str, line_start: bool, offered: &[&str]) -> Option<(Vec<Written>, usize)> {
    if let Some(body) = text.strip_prefix(OPEN) {
        let end = body.find(CLOSE).into_iter().chain(body.find(OPEN)).min().unwrap_or(body.len());
        let (calls, _) = signed(&body[..end], offered)?;
        let closed = body[end..].starts_with(CLOSE);
        return Some((calls, OPEN.len() + end + if closed { CLOSE.len() } else { 0 }));
    }
    if let Some(body) = text.strip_prefix(MISTRAL) {
        let (calls, n) = named(body, offered).or_else(|| json_calls(body, true, offered))?;
        return Some((calls, MISTRAL.len() + n));
    }
    if let Some(body) = text.strip_prefix(LLAMA) {
        let (mut calls, mut n) = json_calls(body, true, offered)?;
        // More than one is parted by semicolons.
        while let Some(next) = body[n..].trim_start().strip_prefix(';') {
            let Some((more, taken)) = json_calls(next, true, offered) else { break };
            calls.extend(more);
            n = body.len() - next.len() + taken;
        }
        return Some((calls, LLAMA.len() + n));
    }
    if line_start && text.starts_with(FENCE) {
        let (body, n) = fenced(text);
        return signed_or_bare(body?, offered).map(|calls| (calls, n));
    }
    (line_start && text.starts_with(['{', '['])).then(|| json_calls(text, false, offered))?
}

/// What stands in a fence whose language allows for a call, and how many bytes the fence takes.
fn fenced(text: &str) -> (Option<&str>, usize) {
    let Some(line) = text.find('\n') else { return (None, text.len()) };
    let language = text[FENCE.len()..line].trim();
    let body = &text[line + 1..];
    let end = body.find(FENCE).unwrap_or(body.len());
    let n = line + 1 + end + if end < body.len() { FENCE.len() } else { 0 };
    (["", "json", "tool_call", "tool_code", "xml"].contains(&language).then_some(&body[..end]), n)
}

/// The calls that all of a fence's text is.
fn signed_or_bare(body: &str, offered: &[&str]) -> Option<Vec<Written>> {
    let body = body.trim();
    if body.contains(OPEN) {
        let (beside, calls) = find_calls(body, offered);
        return (!calls.is_empty() && beside.is_empty()).then_some(calls);
    }
    let mut calls = Vec::new();
    let mut rest = body;
    while !rest.is_empty() {
        let (found, n) = json_calls(rest, false, offered)?;
        calls.extend(found);
        rest = rest[n..].trim_start_matches(|c: char| c.is_whitespace() || c == ',' || c == ';');
    }
    (!calls.is_empty()).then_some(calls)
}

/// The calls between signs: nothing else may stand there.
fn signed(body: &str, offered: &[&str]) -> Option<(Vec<Written>, usize)> {
    let body = body.trim();
    let body = if body.starts_with(FENCE) { fenced(body).0?.trim() } else { body };
    let mut calls = Vec::new();
    let mut rest = body;
    while !rest.is_empty() {
        let (found, n) = json_calls(rest, true, offered)?;
        calls.extend(found);
        rest = rest[n..].trim_start();
    }
    (!calls.is_empty()).then_some((calls, body.len()))
}

/// A call in Mistral's newer way: the name, and its arguments.
fn named(body: &str, offered: &[&str]) -> Option<(Vec<Written>, usize)> {
    let start = body.len() - body.trim_start().len();
    let length = body[start..].find(|c: char| !(c.is_alphanumeric() || "_-.".contains(c)))?;
    let name = &body[start..start + length];
    let after = &body[start + length..];
    let arguments = after.strip_prefix(MISTRAL_ARGUMENTS).unwrap_or(after);
    let (value, n) = Reader::read(arguments)?;
    let call = Written { name: offered.iter().find(|&&tool| tool == name)?.to_string(), arguments: object(value)? };
    Some((vec![call], body.len() - arguments.len() + n))
}

/// The calls that JSON is at the beginning of a text, and how many bytes it takes. `sign`: a sign says that it is one.
fn json_calls(text: &str, sign: bool, offered: &[&str]) -> Option<(Vec<Written>, usize)> {
    let (value, n) = Reader::read(text)?;
    let calls: Vec<Written> = match value {
        Value::Array(items) => items.into_iter().map(|item| call(item, sign, offered)).collect::<Option<_>>()?,
        value => vec![call(value, sign, offered)?],
    };
    (!calls.is_empty()).then_some((calls, n))
}

/// The call that a value is.
fn call(value: Value, sign: bool, offered: &[&str]) -> Option<Written> {
    let Value::Object(mut entries) = value else { return None };
    if let Some(Value::Object(function)) = entries.get("function")
        && entries.keys().all(|key| ["function", "type", "id"].contains(&key.as_str()))
    {
        entries = function.clone();
    }
    // What has more entries is the description of a tool, or something that has a name.
    if !entries.keys().all(|key| ["name", "arguments", "parameters", "id", "type"].contains(&key.as_str())) {
        return None;
    }
    let name = entries.get("name")?.as_str()?;
    let name = offered.iter().find(|&&tool| tool == name)?.to_string();
    let arguments = match (entries.remove("arguments"), entries.remove("parameters")) {
        (Some(_), Some(_)) => return None,
        (Some(arguments), None) => arguments,
        (None, Some(Value::Object(schema))) if schema.get("properties").is_some_and(Value::is_object) => return None,
        (None, Some(parameters)) => parameters,
        (None, None) if sign => Value::Null,
        (None, None) => return None,
    };
    Some(Written { name, arguments: object(arguments)? })
}

/// The object that arguments are, also in a text.
fn object(arguments: Value) -> Option<Value> {
    match arguments {
        Value::Object(_) => Some(arguments),
        Value::Null => Some(Value::Object(Map::new())),
        Value::String(text) if text.trim().is_empty() => Some(Value::Object(Map::new())),
        Value::String(text) => {
            let (value, n) = Reader::read(&text)?;
            (value.is_object() && text[n..].trim().is_empty()).then_some(value)
        }
        _ => None,
    }
}

/// Reads JSON as models write it.
struct Reader<'a> {
    text: &'a str,
    /// Bytes that were read.
    at: usize,
    /// Closing braces that were missing at the end.
    missing: usize,
}

impl<'a> Reader<'a> {
    /// Reads an object or an array; how many bytes it takes, with blanks before it and a brace too many behind it.
    fn read(text: &'a str) -> Option<(Value, usize)> {
        let mut reader = Reader { text, at: 0, missing: 0 };
        reader.blanks();
        if !matches!(reader.peek(), Some('{' | '[')) {
            return None;
        }
        let value = reader.value(0)?;
        // More than one that is missing leaves open what else is.
        if reader.missing > 1 {
            return None;
        }
        if reader.peek() == Some('}') {
            reader.at += 1;
        }
        Some((value, reader.at))
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn blanks(&mut self) {
        let rest = &self.text[self.at..];
        self.at += rest.len() - rest.trim_start().len();
    }

    fn take(&mut self, text: &str) -> bool {
        let taken = self.text[self.at..].starts_with(text);
        if taken {
            self.at += text.len();
        }
        taken
    }

    /// Takes a closing brace, or notes at the end of the text that it is missing.
    fn close(&mut self, brace: &str) -> bool {
        if self.at == self.text.len() {
            self.missing += 1;
            return true;
        }
        self.take(brace)
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        if depth > DEEPEST {
            return None;
        }
        self.blanks();
        match self.peek()? {
            '{' => self.object(depth),
            '[' => self.array(depth),
            '"' => self.string().map(Value::String),
            _ => {
                for (word, value) in [
                    ("true", Value::Bool(true)),
                    ("True", Value::Bool(true)),
                    ("false", Value::Bool(false)),
                    ("False", Value::Bool(false)),
                    ("null", Value::Null),
                    ("None", Value::Null),
                ] {
                    if self.take(word) {
                        return Some(value);
                    }
                }
                let rest = &self.text[self.at..];
                let n = rest.find(|c: char| !(c.is_ascii_digit() || "+-.eE".contains(c))).unwrap_or(rest.len());
                // A number at the very end may have been cut short.
                let number = serde_json::from_str::<Number>(&rest[..n]).ok().filter(|_| n < rest.len())?;
                self.at += n;
                Some(Value::Number(number))
            }
        }
    }

    fn object(&mut self, depth: usize) -> Option<Value> {
        self.at += 1;
        self.blanks();
        if self.peek() == Some('{') {
            // Doubled: no JSON has a brace here.
            let value = self.value(depth + 1)?;
            self.blanks();
            return self.close("}").then_some(value);
        }
        let mut entries = Map::new();
        loop {
            self.blanks();
            if self.peek() != Some('"') {
                return self.close("}").then_some(Value::Object(entries));
            }
            let key = self.string()?;
            self.blanks();
            if !self.take(":") {
                return None;
            }
            let value = self.value(depth + 1)?;
            entries.insert(key, value);
            self.blanks();
            if !self.take(",") {
                return self.close("}").then_some(Value::Object(entries));
            }
        }
    }

    fn array(&mut self, depth: usize) -> Option<Value> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.blanks();
            if matches!(self.peek(), None | Some(']')) {
                return self.close("]").then_some(Value::Array(items));
            }
            items.push(self.value(depth + 1)?);
            self.blanks();
            if !self.take(",") {
                return self.close("]").then_some(Value::Array(items));
            }
        }
    }

    /// Reads a text with its quotes; lines may break in it.
    fn string(&mut self) -> Option<String> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let c = self.peek()?;
            self.at += c.len_utf8();
            match c {
                '"' => return Some(text),
                '\\' => {
                    let c = self.peek()?;
                    self.at += c.len_utf8();
                    match c {
                        'n' => text.push('\n'),
                        'r' => text.push('\r'),
                        't' => text.push('\t'),
                        'b' => text.push('\u{8}'),
                        'f' => text.push('\u{c}'),
                        'u' => text.push(self.escaped()?),
                        c => text.push(c),
                    }
                }
                c => text.push(c),
            }
        }
    }

    /// Reads the number of a letter, or of the two halves of one.
    fn escaped(&mut self) -> Option<char> {
        let first = self.unit()?;
        if (0xD800..0xDC00).contains(&first) && self.text[self.at..].starts_with("\\u") {
            let before = self.at;
            self.at += 2;
            let second = self.unit()?;
            if let Some(Ok(c)) = char::decode_utf16([first, second]).next() {
                return Some(c);
            }
            self.at = before;
        }
        Some(char::from_u32(first.into()).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn unit(&mut self) -> Option<u16> {
        let digits =
            self.text.get(self.at..self.at + 4).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
        self.at += 4;
        u16::from_str_radix(digits, 16).ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const OFFERED: [&str; 2] = ["lookup", "mark"];

    /// The calls of a text, and what stands beside them.
    #[track_caller]
    fn check(text: &str, calls: &[(&str, Value)], beside: &str) {
        let (found_beside, found) = find_calls(text, &OFFERED);
        let calls: Vec<Written> = calls
            .iter()
            .map(|(name, arguments)| Written { name: (*name).into(), arguments: arguments.clone() })
            .collect();
        assert_eq!((found, found_beside.as_str()), (calls, beside), "{text}");
    }

    /// A text that has no call.
    #[track_caller]
    fn check_none(text: &str) {
        check(text, &[], text);
    }

    #[test]
    fn between_signs() {
        let lookup = [("lookup", json!({"word": "tree"}))];
        check("<tool_call>\n{\"name\": \"lookup\", \"arguments\": {\"word\": \"tree\"}}\n</tool_call>", &lookup, "");
        check(
            "Let me see.\n<tool_call>{\"name\":\"lookup\",\"arguments\":{\"word\":\"tree\"}}</tool_call>",
            &lookup,
            "Let me see.",
        );
        // Doubled braces, also within.
        check("<tool_call>\n{{\"name\": \"lookup\", \"arguments\": {\"word\": \"tree\"}}}\n</tool_call>", &lookup, "");
        check("<tool_call>{{\"name\": \"lookup\", \"arguments\": {{\"word\": \"tree\"}}}}</tool_call>", &lookup, "");
        // Without its end, with a brace too few or too many, or in a fence.
        check("<tool_call>{\"name\": \"lookup\", \"arguments\": {\"word\": \"tree\"}}", &lookup, "");
        check("<tool_call>{\"name\": \"lookup\", \"arguments\": {\"word\": \"tree\"}</tool_call>", &lookup, "");
        check("<tool_call>{\"name\": \"lookup\", \"arguments\": {\"word\": \"tree\"}}}</tool_call>", &lookup, "");
        check(
            "<tool_call>\n```json\n{\"name\": \"lookup\", \"arguments\": {\"word\": \"tree\"}}\n```\n</tool_call>",
            &lookup,
            "",
        );
        let two = [("lookup", json!({"word": "a"})), ("mark", json!({}))];
        check(
            "<tool_call>{\"name\":\"lookup\",\"arguments\":{\"word\":\"a\"}}</tool_call>\n<tool_call>{\"name\":\"mark\"}</tool_call> done",
            &two,
            "done",
        );
        check(
            "<tool_call>{\"name\":\"lookup\",\"arguments\":{\"word\":\"a\"}}\n{\"name\":\"mark\",\"arguments\":null}</tool_call>",
            &two,
            "",
        );
        check_none("<tool_call>{\"name\": \"delete\", \"arguments\": {}}</tool_call>");
        check_none("<tool_call>lookup tree</tool_call>");
        check_none("<tool_call>{\"name\": \"lookup\", \"arguments\": {\"word\": \"tr");
        check_none("<tool_call>{\"name\": \"lookup\", \"arguments\": [\"tree\"]}</tool_call>");
        check_none("<tool_call></tool_call>");
    }

    #[test]
    fn mistral_and_llama() {
        let lookup = [("lookup", json!({"word": "tree"}))];
        check(
            "[TOOL_CALLS] [{\"name\": \"lookup\", \"arguments\": {\"word\": \"tree\"}, \"id\": \"123456789\"}]",
            &lookup,
            "",
        );
        check("[TOOL_CALLS] [{\"name\": \"lookup\", \"arguments\": {\"word\": \"tree\"}}", &lookup, "");
        check("[TOOL_CALLS]lookup[ARGS]{\"word\": \"tree\"}", &lookup, "");
        check("[TOOL_CALLS]lookup{\"word\": \"tree\"}", &lookup, "");
        check("<|python_tag|>{\"name\": \"lookup\", \"parameters\": {\"word\": \"tree\"}}", &lookup, "");
        check("{\"name\": \"lookup\", \"parameters\": {\"word\": \"tree\"}}", &lookup, "");
        check("{\"type\": \"function\", \"name\": \"lookup\", \"parameters\": {\"word\": \"tree\"}}", &lookup, "");
        check(
            "{\"type\": \"function\", \"function\": {\"name\": \"lookup\", \"arguments\": \"{\\\"word\\\": \\\"tree\\\"}\"}}",
            &lookup,
            "",
        );
        let two = [("lookup", json!({"word": "a"})), ("mark", json!({"essay": 3}))];
        check(
            "<|python_tag|>{\"name\": \"lookup\", \"parameters\": {\"word\": \"a\"}}; {\"name\": \"mark\", \"parameters\": {\"essay\": 3}}",
            &two,
            "",
        );
        check_none("[TOOL_CALLS] []");
        check_none("[TOOL_CALLS]delete{\"word\": \"tree\"}");
        check_none("<|python_tag|>print(1)");
    }

    #[test]
    fn without_signs() {
        let lookup = [("lookup", json!({"word": "tree"}))];
        check("```json\n{\"name\": \"lookup\", \"arguments\": {\"word\": \"tree\"}}\n```", &lookup, "");
        check(
            "Sure:\n```\n{\"name\": \"lookup\", \"arguments\": {\"word\": \"tree\",},}\n```\nOne moment.",
            &lookup,
            "Sure:\n\nOne moment.",
        );
        check("```json\n{\"name\": \"lookup\", \"arguments\": {\"word\": \"tree\"}}", &lookup, "");
        check("[{\"name\": \"lookup\", \"arguments\": {\"word\": \"tree\"}}]", &lookup, "");
        check("  {\"name\": \"lookup\", \"arguments\": \"{\\\"word\\\": \\\"tree\\\"}\"}", &lookup, "");
        check("{\"name\": \"lookup\", \"arguments\": {\"word\": \"tree\"}", &lookup, "");
        check("I look it up.\n{\"name\": \"lookup\", \"arguments\": {\"word\": \"tree\"}}\n", &lookup, "I look it up.");
        let odd = [("mark", json!({"text": "a\n\"b\" \u{1F600}é", "deep": [true, null, -1.5e3, {"x": {}}]}))];
        check(
            "{\"name\": \"mark\", \"arguments\": {\"text\": \"a\n\\\"b\\\" \\ud83d\\ude00\\u00e9\", \"deep\": [True, None, -1.5e3, {\"x\": {}},]}}",
            &odd,
            "",
        );
        // Not offered, no arguments, a description, a name of something else, in a sentence, as code, cut short.
        check_none("{\"name\": \"delete\", \"arguments\": {}}");
        check_none("{\"name\": \"lookup\"}");
        check_none("{\"name\": \"lookup\", \"description\": \"Looks up\", \"parameters\": {\"word\": \"tree\"}}");
        check_none("{\"name\": \"lookup\", \"parameters\": {\"type\": \"object\", \"properties\": {\"word\": {}}}}");
        check_none("{\"name\": \"lookup\", \"age\": 17}");
        check_none("I would call {\"name\": \"lookup\", \"arguments\": {\"word\": \"tree\"}} here.");
        check_none("```python\n{\"name\": \"lookup\", \"arguments\": {\"word\": \"tree\"}}\n```");
        check_none("```json\n{\"name\": \"lookup\", \"arguments\": {}} is how it looks\n```");
        check_none("{\"name\": \"lookup\", \"arguments\": {\"word\": \"tree");
        check_none("{\"name\": \"lookup\", \"arguments\": {\"word\": [1, 2");
        check_none("{\"name\": \"lookup\", \"arguments\": {\"level\": 1");
        check_none("{\"name\": \"lookup\", \"arguments\": \"word\"}");
        check_none("[{\"name\": \"lookup\", \"arguments\": {}}, 3]");
        check_none("");
        check_none("  A plain answer.\n");
        check_none(&"[".repeat(100_000));
        check_none(&"{".repeat(100_000));
    }

    /// Pieces of what models write.
    fn scraps() -> impl Strategy<Value = String> {
        let scrap = prop_oneof![
            prop::sample::select(vec![
                "<tool_call>",
                "</tool_call>",
                "[TOOL_CALLS]",
                "[ARGS]",
                "<|python_tag|>",
                "```json\n",
                "```",
                "{",
                "}",
                "[",
                "]",
                "\"",
                ":",
                ",",
                ";",
                "\\",
                "\\u12",
                "\\ud83d",
                "\"name\": \"lookup\"",
                "\"arguments\": ",
                "\"parameters\": ",
                "1.5",
                "True",
                "null",
                "\n",
                " ",
                "é",
            ])
            .prop_map(str::to_owned),
            ".{0,4}",
        ];
        prop::collection::vec(scrap, 0..24).prop_map(|scraps| scraps.concat())
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic_or_invent(text in scraps()) {
            let (beside, calls) = find_calls(&text, &OFFERED);
            prop_assert!(calls.iter().all(|call| OFFERED.contains(&call.name.as_str()) && call.arguments.is_object()));
            prop_assert!(calls.is_empty() || text.contains("lookup"));
            prop_assert!(!calls.is_empty() || beside == text);
            prop_assert!(find_calls(&text, &[]).1.is_empty());
        }

        #[test]
        fn what_is_written_is_read(word in ".{0,20}", n: i64) {
            let arguments = json!({"word": word, "n": n, "list": [word]});
            let call = json!({"name": "mark", "arguments": arguments}).to_string();
            for text in [call.clone(), format!("<tool_call>{call}</tool_call>"), format!("[TOOL_CALLS] [{call}]")] {
                // A text with the sign that ends a call can't be told from its end.
                if !word.contains(CLOSE) && !word.contains(OPEN) {
                    let (beside, calls) = find_calls(&text, &OFFERED);
                    prop_assert_eq!(beside, "");
                    prop_assert_eq!(calls, vec![Written { name: "mark".into(), arguments: arguments.clone() }]);
                }
            }
        }
    }
}
