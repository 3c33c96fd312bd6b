//! What is written down of a turn, and its replay.

use std::sync::Arc;

use homeroom_model::providers::recorded::Replay;
use homeroom_model::{Client, Event, Message};
use homeroom_tools::{Approval, Effect, Finish, Loop, Output, Step, Trace};
use serde_json::json;

use crate::stubs::{Fake, Person, call, looped, model};

fn tools(fact: &str) -> [Arc<Fake>; 2] {
    [Fake::new("look", Effect::Reads, fact), Fake::by("set", Effect::Changes, |_| Ok(Output::text("set")))]
}

fn script() -> Client {
    model(|n, _| match n {
        0 => vec![call("1", "look", json!({"q": "x"})), call("2", "lok", json!({}))],
        2 => vec![Event::Text("I set it.".into()), call("3", "set", json!({"q": "y"}))],
        _ => vec![Event::Text("Done.".into())],
    })
}

fn replayed(path: &std::path::Path, fact: &str) -> Loop {
    // Here the person would say no: the replay says what was said.
    looped(Client::simple("replay", Replay::open(path).unwrap()), &tools(fact), &Person::saying(|_| Approval::No))
}

#[tokio::test]
async fn a_turn_is_written_down_read_again_and_replayed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recording.jsonl");
    let client = script().recorded(&path).unwrap();
    let turn =
        looped(client, &tools("a fact"), &Person::saying(|_| Approval::Once)).run(vec![Message::user("Hi")]).await;
    assert_eq!(turn.finish, Finish::Answered);
    let lines = turn.trace.to_json_lines();
    let trace = Trace::parse(&lines).unwrap();
    assert_eq!(trace, turn.trace);
    let kinds: Vec<_> = trace.steps.iter().map(Step::kind).collect();
    assert_eq!(
        kinds,
        [
            "request", "reply", "call", "call", "result", "result", "request", "reply", "call", "approval", "result",
            "request", "reply", "end"
        ]
    );
    let again = trace.replay(&replayed(&path, "a fact")).await.unwrap();
    assert_eq!(again.text, "Done.");
    // A tool that gives something else is seen where it does.
    let difference = trace.replay(&replayed(&path, "a rumour")).await.unwrap_err();
    assert_eq!(difference.at, 4);
    assert_eq!(difference.to_string(), "step 4 differs: result was recorded, result came");
    assert_eq!(Trace::parse("{}\n").unwrap_err().line, 1);
}

#[tokio::test]
async fn a_trace_can_be_read_by_a_person() {
    let turn =
        looped(script(), &tools("a fact"), &Person::saying(|_| Approval::Once)).run(vec![Message::user("Hi")]).await;
    let timeless: String = turn
        .trace
        .to_json_lines()
        .lines()
        .map(|line| {
            let mut step: serde_json::Value = serde_json::from_str(line).unwrap();
            if step.get("seconds").is_some() {
                step["seconds"] = json!(0.0);
            }
            format!("{step}\n")
        })
        .collect();
    insta::assert_snapshot!(Trace::parse(&timeless).unwrap().render());
}
