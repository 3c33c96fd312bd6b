//! Tools: those that a model calls in `homeroom chat`, and those that `homeroom mcp` offers, with a stub that repeats what
//! it is told in place of a model.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::class::{arg, copy, homeroom as teacher, no_models};

fn command(config: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_homeroom"));
    command.args(args).env("HOMEROOM_CONFIG", config).env("HOMEROOM_KNOW", config.join("know"));
    command.env("SOURCE_DATE_EPOCH", "1767225600");
    command
}

fn run(config: &Path, args: &[&str]) -> Output {
    command(config, args).stdin(Stdio::null()).output().unwrap()
}

#[track_caller]
fn ok(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// A configuration with a model that repeats the last thing it is told.
fn config() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    ok(&run(folder.path(), &["model", "add", "echo", "--provider", "stub"]));
    folder
}

/// What makes the stub call a tool.
fn call(name: &str, arguments: &Value) -> String {
    format!("<tool_call>{}</tool_call>", json!({"name": name, "arguments": arguments}))
}

#[test]
fn a_model_calls_tools_and_the_trace_can_be_read_and_replayed() {
    let folder = config();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let said = call("calculate", &json!({"expression": "6 * 7"}));
    let args = ["chat", "--json", "--trace", &path("trace"), "--record", &path("record"), &said];
    let output: Value = serde_json::from_str(&ok(&run(folder.path(), &args))).unwrap();
    assert_eq!(output["finish"], "answered");
    assert!(output["text"].as_str().unwrap().contains("42"), "{output}");
    let shown = ok(&run(folder.path(), &["trace", &path("trace")]));
    assert!(
        shown.contains("calculate: {\"expression\":\"6 * 7\"} (reads)") && shown.contains("end: answered"),
        "{shown}"
    );
    ok(&run(folder.path(), &["model", "add", "again", "--provider", "recorded", "--model", &path("record")]));
    let same = ok(&run(folder.path(), &["trace", &path("trace"), "--replay", "again"]));
    assert!(same.contains("turn 1: the same"), "{same}");
    // What was recorded by another program's arithmetic is seen.
    let forged = fs::read_to_string(path("trace")).unwrap().replace("42", "43");
    fs::write(path("trace"), forged).unwrap();
    let other = run(folder.path(), &["trace", &path("trace"), "--replay", "again"]);
    assert!(!other.status.success() && String::from_utf8_lossy(&other.stdout).contains("result was recorded"));
    // Without tools it is a text like any other.
    let plain = ok(&run(folder.path(), &["chat", "--no-tools", &said]));
    assert_eq!(plain.trim(), said);
}

#[test]
fn another_programs_tools_are_called_and_what_changes_something_is_not_run_unasked() {
    let folder = config();
    // This program is its own server; its tools only read.
    let server = format!("own={} mcp", env!("CARGO_BIN_EXE_homeroom"));
    let said = call("own__calculate", &json!({"expression": "2^10"}));
    let answer = ok(&run(folder.path(), &["chat", "--mcp", &server, &said]));
    assert!(answer.contains("1024"), "{answer}");
    fs::write(
        folder.path().join("mcp.json"),
        json!({"mcpServers": {"own": {"command": env!("CARGO_BIN_EXE_homeroom"), "args": ["mcp"]}, "off": {"disabled": true}}})
            .to_string(),
    )
    .unwrap();
    assert!(ok(&run(folder.path(), &["chat", &said])).contains("1024"));
    // A server that is not there costs its tools, not the conversation.
    let output = run(folder.path(), &["chat", "--mcp", "gone=/no/such/program", "Hello."]);
    assert_eq!(ok(&output).trim(), "Hello.");
    assert!(String::from_utf8_lossy(&output.stderr).contains("start the server gone"));
}

/// Speaks to `homeroom mcp` over its standard input and output.
fn speak(mut command: Command, calls: &[(&str, Value)]) -> Vec<Value> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut ask = |message: Value| -> Value {
        writeln!(input, "{message}").unwrap();
        if message.get("id").is_none() {
            Value::Null
        } else {
            serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap()
        }
    };
    let client =
        json!({"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
    ask(json!({"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": client}));
    ask(json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
    let answers = calls
        .iter()
        .enumerate()
        .map(|(i, (name, arguments))| {
            let params = json!({"name": name, "arguments": arguments});
            let answer = ask(json!({"jsonrpc": "2.0", "id": i + 1, "method": "tools/call", "params": params}));
            let text = answer["result"]["content"][0]["text"].as_str().unwrap_or_default().to_owned();
            serde_json::from_str(&text).unwrap_or_else(|_| json!({"text": text, "all": answer}))
        })
        .collect();
    drop(input);
    assert!(child.wait().unwrap().success());
    answers
}

#[test]
fn other_assistants_mark_look_up_and_ask_about_pupils() {
    let folder = config();
    let class = copy();
    teacher(&["decide", arg(class.path()), "S02", "--score", "7", "--confirm", "--by", "Ms Li", "--reason", "r"])
        .well();
    let essay = "Yesterday I go to school with my friends. We was very happy because the teacher give us many books. I like \
                 reading book very much, and my parents also likes it. I think reading is a good habit, it make us clever. \
                 In the future I want to be a writer, so I will read and write every day, and I hope you will do so too.";
    let mut asked = command(folder.path(), &["mcp", "--class", arg(class.path())]);
    asked.env("HOMEROOM_MODELS", no_models());
    let answers = speak(
        asked,
        &[
            ("mark_essay", json!({"text": essay, "rubric": "cet4"})),
            ("look_up", json!({"word": "children"})),
            ("pupil_history", json!({"pupil": "Liu Yang 刘洋"})),
            ("pupil_history", json!({"pupil": "S02"})),
            ("pupil_history", json!({"pupil": "nobody"})),
            ("mark_essay", json!({"text": essay, "rubric": "/etc/passwd"})),
            ("listen_to_reading", json!({"file": "x.wav", "text": "x"})),
        ],
    );
    let faults = answers[0]["faults"].as_array().unwrap();
    assert!(faults.iter().any(|f| f["words"] == "was" && f["correction"] == "were"), "{}", answers[0]);
    assert!(answers[0]["band"].is_string() && answers[0]["n_words"].as_u64().unwrap() > 60);
    assert_eq!(answers[1]["forms"]["singular"], "child");
    assert_eq!(answers[2], answers[3]);
    assert_eq!((&answers[3]["n_essays"], &answers[3]["latest"][0]["mark"]), (&1.into(), &"7 of 15".into()));
    assert!(answers[4]["text"].as_str().unwrap().contains("no pupil of your classes"));
    assert!(answers[5]["text"].as_str().unwrap().contains("`rubric` is wrong"), "{}", answers[5]);
    assert!(answers[6]["all"].get("error").is_some(), "it is offered without a folder");
    // A pupil sees neither others nor what is not released.
    let mut asked = command(folder.path(), &["mcp", "--class", arg(class.path()), "--pupil", "S02"]);
    asked.env("HOMEROOM_MODELS", no_models());
    let answers = speak(asked, &[("pupil_history", json!({})), ("pupil_history", json!({"pupil": "S01"}))]);
    assert_eq!((&answers[0]["n_essays"], &answers[0]["latest"][0]["mark"]), (&1.into(), &Value::Null));
    assert!(answers[1]["text"].as_str().unwrap().contains("only their own"));
    let wrong = run(folder.path(), &["mcp", "--class", arg(class.path()), "--pupil", "nobody"]);
    assert!(!wrong.status.success() && String::from_utf8_lossy(&wrong.stderr).contains("no pupil"));
}

#[test]
fn recordings_outside_of_their_folder_are_not_opened() {
    let folder = config();
    let inside = folder.path().join("recordings");
    fs::create_dir(&inside).unwrap();
    fs::write(folder.path().join("secret.wav"), b"RIFF").unwrap();
    fs::write(inside.join("broken.wav"), b"RIFF").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(folder.path().join("secret.wav"), inside.join("link.wav")).unwrap();
    let mut asked = command(folder.path(), &["mcp", "--recordings", arg(&inside)]);
    asked.env("HOMEROOM_MODELS", no_models());
    let told = |file: &str| ("listen_to_reading", json!({"file": file, "text": "Hello."}));
    let answers = speak(asked, &[told("../secret.wav"), told("link.wav"), told("none.wav"), told("broken.wav")]);
    for answer in &answers[..3] {
        assert!(answer["text"].as_str().unwrap().contains("no such recording"), "{answer}");
    }
    assert!(answers[3]["text"].as_str().unwrap().contains("could not be judged"), "{}", answers[3]);
}
