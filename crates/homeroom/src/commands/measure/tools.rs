//! `homeroom measure tools`: does a model call the right tool with the right arguments, on BFCL.
//!
//! # Source
//! The rules of the Berkeley Function Calling Leaderboard's AST checker (Patil et al. 2024, version 4), for Python.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use futures::StreamExt;
use homeroom_measure::report::{Figure, Figures};
use homeroom_model::{ChatRequest, Client, Limits, Message, Tool, ToolCall};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Common, read};
use crate::llm;
use crate::progress::Progress;

/// Files of the suite: what is measured, the questions, the answers.
const PARTS: [(&str, &str, Option<&str>); 3] = [
    ("simple", "BFCL_v4_simple_python.json", Some("answer_simple_python.json")),
    ("parallel", "BFCL_v4_parallel.json", Some("answer_parallel.json")),
    ("irrelevance", "BFCL_v4_irrelevance.json", None),
];
/// Most tokens of an answer.
const TOKENS: u32 = 400;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Folder with BFCL's files (BFCL_v4_simple_python.json and so on)
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// The model [default: the one in use]
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// Write down what the model answers, to be replayed
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// List the questions that went wrong
    #[arg(long)]
    show: bool,
    /// --limit takes so many of each part
    #[command(flatten)]
    common: Common,
}

#[derive(Deserialize, Clone)]
struct Question {
    id: String,
    question: Vec<Vec<Said>>,
    function: Vec<Value>,
}

#[derive(Deserialize, Clone)]
struct Said {
    role: String,
    content: String,
}

#[derive(Deserialize)]
struct Answer {
    id: String,
    ground_truth: Vec<BTreeMap<String, Map<String, Value>>>,
}

fn lines<T: serde::de::DeserializeOwned>(path: &Path) -> Result<Vec<T>> {
    let text = read(path)?;
    let line = |(i, line): (usize, &str)| {
        serde_json::from_str(line).with_context(|| format!("{} line {}", path.display(), i + 1))
    };
    text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()).map(line).collect()
}

pub(super) fn run(args: &Args) -> Result<ExitCode> {
    let client = llm::recorded(args.model.as_deref(), Limits::default(), args.record.as_deref())?;
    let runtime = llm::runtime()?;
    let progress = Progress::new(args.common.json);
    let mut figures = Figures::default();
    let mut tables = format!("model {}\n", client.name());
    let mut used = Vec::new();
    for (part, questions, answers) in PARTS {
        let path = args.data.join(questions);
        if !path.exists() {
            continue;
        }
        let asked: Vec<Question> = args.common.select(lines(&path)?)?;
        let truth: BTreeMap<String, Answer> = match answers {
            Some(file) => lines::<Answer>(&args.data.join(file))?.into_iter().map(|a| (a.id.clone(), a)).collect(),
            None => BTreeMap::new(),
        };
        progress.start(part, asked.len());
        let replies = runtime.block_on(ask(&client, &asked, &progress));
        let (mut right, mut name_right, mut failed) = (0, 0, 0);
        for (question, reply) in asked.iter().zip(replies) {
            let calls = match reply {
                Ok(calls) => calls,
                Err(error) => {
                    failed += 1;
                    if failed == asked.len() {
                        return Err(crate::commands::model::with_detail(error));
                    }
                    continue;
                }
            };
            let wanted = truth.get(&question.id).map(|a| a.ground_truth.as_slice());
            let is_right = match wanted {
                Some(wanted) => matches(&calls, wanted, &question.function),
                None if answers.is_none() => calls.is_empty(),
                None => bail!("{} has no answer", question.id),
            };
            let named = wanted.is_none_or(|w| {
                let mut names: Vec<String> = w.iter().flat_map(|c| c.keys()).map(|n| safe(n)).collect();
                let mut called: Vec<String> = calls.iter().map(|c| c.name.clone()).collect();
                names.sort();
                called.sort();
                names == called
            });
            right += usize::from(is_right);
            name_right += usize::from(named);
            if args.show && !is_right {
                let calls: Vec<String> = calls.iter().map(|c| format!("{}({})", c.name, c.arguments)).collect();
                tables.push_str(&format!("{}: {}\n", question.id, calls.join("; ")));
            }
        }
        let n = asked.len();
        let share = |k: usize| Figure::share(k, n, "share");
        figures.push(part, share(right));
        if answers.is_some() {
            figures.push(format!("{part}.names"), share(name_right));
        }
        figures.push(format!("{part}.no_answer"), share(failed));
        used.push(path);
    }
    progress.finish();
    if used.is_empty() {
        bail!("{} holds none of BFCL's files, such as {}", args.data.display(), PARTS[0].1);
    }
    let mut extra = Map::new();
    extra.insert("model".to_owned(), json!(client.name()));
    args.common.print("tools", &[args.data.as_path()], figures, extra, &tables)
}

async fn ask(
    client: &Client,
    asked: &[Question],
    progress: &Progress,
) -> Vec<Result<Vec<ToolCall>, homeroom_model::ModelError>> {
    let one = |question: Question| async move {
        let said = question.question.into_iter().next().unwrap_or_default();
        let message = |s: Said| match s.role.as_str() {
            "system" => Message::system(s.content),
            "assistant" => Message::assistant(s.content),
            _ => Message::user(s.content),
        };
        let tools = question.function.iter().map(tool).collect();
        let request = ChatRequest { tools, ..ChatRequest::new(said.into_iter().map(message).collect(), TOKENS) };
        let reply = client.ask("tools", request).await;
        progress.step();
        reply.map(|r| r.calls)
    };
    let all: Vec<_> = asked.iter().cloned().map(one).collect();
    futures::stream::iter(all).buffered(16).collect().await
}

/// A name as servers take it.
fn safe(name: &str) -> String {
    name.replace('.', "_")
}

/// A function of the suite as a tool, with JSON schema's types in place of Python's.
fn tool(function: &Value) -> Tool {
    fn typed(value: &Value) -> Value {
        match value {
            Value::Object(map) => {
                let one = |(key, value): (&String, &Value)| {
                    let value = match (key.as_str(), value.as_str()) {
                        ("type", Some("dict")) => json!("object"),
                        ("type", Some("float")) => json!("number"),
                        ("type", Some("tuple")) => json!("array"),
                        ("type", Some("any")) => json!("string"),
                        _ => typed(value),
                    };
                    (key.clone(), value)
                };
                Value::Object(map.iter().map(one).collect())
            }
            Value::Array(items) => Value::Array(items.iter().map(typed).collect()),
            other => other.clone(),
        }
    }
    let text = |key: &str| function.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    Tool {
        name: safe(&text("name")),
        description: text("description"),
        parameters: function.get("parameters").map(typed).unwrap_or_else(|| json!({"type": "object"})),
    }
}

/// Whether the calls are those that were wanted, each once, in any order.
fn matches(calls: &[ToolCall], wanted: &[BTreeMap<String, Map<String, Value>>], functions: &[Value]) -> bool {
    if calls.len() != wanted.len() {
        return false;
    }
    let mut left: Vec<&BTreeMap<String, Map<String, Value>>> = wanted.iter().collect();
    calls.iter().all(|call| match left.iter().position(|w| is(call, w, functions)) {
        Some(at) => {
            left.remove(at);
            true
        }
        None => false,
    })
}

fn is(call: &ToolCall, wanted: &BTreeMap<String, Map<String, Value>>, functions: &[Value]) -> bool {
    let Some((name, allowed)) = wanted.iter().next() else { return false };
    let Some(given) = call.arguments.as_object() else { return false };
    if call.name != safe(name) {
        return false;
    }
    let function = functions.iter().find(|f| f.get("name").and_then(Value::as_str) == Some(name));
    let required = function.and_then(|f| f.pointer("/parameters/required")).and_then(Value::as_array);
    let has_required = required.into_iter().flatten().filter_map(Value::as_str).all(|r| given.contains_key(r));
    let options = |key: &str| allowed.get(key).and_then(Value::as_array);
    let right = given.iter().all(|(key, value)| options(key).is_some_and(|o| o.iter().any(|w| same(value, w))));
    let left_out = allowed.iter().all(|(key, values)| {
        given.contains_key(key) || values.as_array().is_some_and(|v| v.iter().any(|w| w.as_str() == Some("")))
    });
    has_required && right && left_out
}

/// Whether a value is the wanted one. Strings are compared without spaces, punctuation and case, numbers by value; in an object
/// that is wanted each entry lists what it may be.
fn same(given: &Value, wanted: &Value) -> bool {
    let plain = |s: &str| s.chars().filter(|c| !" ,./-_*^'\"".contains(*c)).collect::<String>().to_lowercase();
    match (given, wanted) {
        (Value::String(a), Value::String(b)) => plain(a) == plain(b),
        (Value::Number(a), Value::Number(b)) => a.as_f64() == b.as_f64(),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            let any = |value: &Value, options: &Value| match options {
                Value::Array(options) => options.iter().any(|o| same(value, o)),
                one => same(value, one),
            };
            a.iter().all(|(key, value)| b.get(key).is_some_and(|o| any(value, o)))
                && b.iter().all(|(key, o)| {
                    a.contains_key(key) || o.as_array().is_some_and(|o| o.iter().any(|v| v.as_str() == Some("")))
                })
        }
        (a, b) => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(calls: &[(&str, Value)], right: bool) {
        let functions = [json!({"name": "math.area", "parameters": {"type": "dict", "required": ["base"]}})];
        let wanted: Vec<BTreeMap<String, Map<String, Value>>> =
            serde_json::from_value(json!([{"math.area": {"base": [10], "unit": ["cm", ""]}}])).unwrap();
        let calls: Vec<ToolCall> = calls
            .iter()
            .map(|(name, a)| ToolCall { id: String::new(), name: (*name).to_owned(), arguments: a.clone() })
            .collect();
        assert_eq!(matches(&calls, &wanted, &functions), right);
    }

    #[test]
    fn calls_are_right_or_wrong() {
        check(&[("math_area", json!({"base": 10}))], true);
        check(&[("math_area", json!({"base": 10.0, "unit": "CM"}))], true);
        check(&[("math_area", json!({"base": 10, "unit": "inch"}))], false);
        check(&[("math_area", json!({"unit": "cm"}))], false);
        check(&[("math_area", json!({"base": 10, "other": 1}))], false);
        check(&[("area", json!({"base": 10}))], false);
        check(&[], false);
        check(&[("math_area", json!({"base": 10})), ("math_area", json!({"base": 10}))], false);
    }
}
