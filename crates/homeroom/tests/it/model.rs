//! `homeroom model`, `chat`, `know`, and `mark --model` with a stub in place of a model.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

/// Runs `homeroom` with a configuration of its own.
fn homeroom(config: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_homeroom"))
        .args(args)
        .env("HOMEROOM_CONFIG", config)
        .env("HOMEROOM_KNOW", config.join("know"))
        .output()
        .unwrap()
}

#[track_caller]
fn ok(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[track_caller]
fn fails(output: &Output, wanted: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains(wanted), "{said}");
}

#[test]
fn models_are_added_used_and_taken_out() {
    let folder = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| homeroom(folder.path(), args);
    assert!(ok(&run(&["model", "list"])).contains("No model is configured"));
    fails(&run(&["chat", "Hi"]), "homeroom model add");
    fails(&run(&["model", "add", "a"]), "--url");
    fails(&run(&["model", "add", "a", "--provider", "nobody"]), "there are embedded, openai");
    ok(&run(&["model", "add", "echo", "--provider", "stub"]));
    ok(&run(&["model", "add", "hello", "--provider", "stub", "--model", "Hello!"]));
    assert_eq!(ok(&run(&["chat", "What", "is", "it?"])), "What is it?\n");
    ok(&run(&["model", "use", "hello"]));
    assert_eq!(ok(&run(&["chat", "Hi"])), "Hello!\n");
    let list: serde_json::Value = serde_json::from_str(&ok(&run(&["model", "list", "--json"]))).unwrap();
    assert_eq!(list["models"][1]["used"], true);
    ok(&run(&["model", "remove", "hello"]));
    fails(&run(&["model", "remove", "hello"]), "there are echo");
    // A key that is not there is named, and a text with control characters does not reach the terminal.
    ok(&run(&["model", "add", "far", "--url", "http://127.0.0.1:9/v1", "--model", "m", "--key-env", "NO_SUCH_KEY"]));
    fails(&run(&["chat", "--model", "far", "Hi"]), "NO_SUCH_KEY");
    assert_eq!(ok(&run(&["chat", "--model", "echo", "a\u{1b}[31mb"])), "a[31mb\n");
}

#[test]
fn a_conversation_is_recorded_and_replayed() {
    let folder = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| homeroom(folder.path(), args);
    let record = folder.path().join("recorded.jsonl");
    let record = record.to_str().unwrap();
    ok(&run(&["model", "add", "echo", "--provider", "stub"]));
    let first = ok(&run(&["chat", "--temperature", "0", "--record", record, "Once more."]));
    ok(&run(&["model", "add", "again", "--provider", "recorded", "--model", record]));
    assert_eq!(ok(&run(&["chat", "--temperature", "0", "--model", "again", "Once more."])), first);
    fails(&run(&["chat", "--temperature", "0", "--model", "again", "Something else."]), "holds no answer");
}

#[test]
fn documents_are_added_and_asked() {
    let folder = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| homeroom(folder.path(), args);
    let docs = folder.path().join("docs");
    fs::create_dir(&docs).unwrap();
    fs::write(docs.join("library.md"), "# The library\n\nThe library is open from eight in the morning until half past five. Books may be kept for two weeks.\n").unwrap();
    fs::write(docs.join("notice.txt"), "运动会定于十月十二日举行，各班须在九月底前上交报名表。\n").unwrap();
    fs::write(docs.join("empty.txt"), "").unwrap();
    fails(&run(&["know", "ask", "When?"]), "homeroom know add");
    let said = ok(&run(&["know", "add", docs.to_str().unwrap()]));
    assert!(said.contains("2 added") && said.contains("empty.txt"), "{said}");
    assert!(ok(&run(&["know", "add", docs.to_str().unwrap()])).contains("2 unchanged"));
    let said = ok(&run(&["know", "ask", "When is the library open?"]));
    assert!(said.contains("»The library is open") && said.contains("library.md"), "{said}");
    assert!(ok(&run(&["know", "ask", "运动会什么时候举行？"])).contains("十月十二日"));
    assert!(
        ok(&run(&["know", "ask", "Which colour are the school buses?"]))
            .contains("does not seem to be in the documents")
    );
    // A model's quotes are checked.
    let answer = r#"{"answer": "From eight.", "in_documents": true, "citations": [{"passage": 1, "quote": "open from eight in the morning"}, {"passage": 1, "quote": "open at midnight"}]}"#;
    ok(&run(&["model", "add", "quotes", "--provider", "stub", "--model", answer]));
    let said: serde_json::Value =
        serde_json::from_str(&ok(&run(&["know", "ask", "When is the library open?", "--model", "quotes", "--json"])))
            .unwrap();
    assert_eq!(
        (said["dropped"].as_u64(), said["support"].as_str(), said["citations"].as_array().unwrap().len()),
        (Some(1), Some("quoted"), 1)
    );
    ok(&run(&["know", "remove", "library.md"]).clone());
    fails(&run(&["know", "remove", "library.md"]), "no document");
}

#[test]
fn a_class_is_marked_with_a_model_and_without_its_answer() {
    if std::env::var_os("HOMEROOM_MODELS").is_none() {
        println!("skipped: HOMEROOM_MODELS is not set");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| homeroom(folder.path(), args);
    let essays = folder.path().join("essays");
    fs::create_dir(&essays).unwrap();
    let essay = "Last summer Wang Fang go to the sea with her parents. They was very happy. It was a interesting trip, and they \
                 eat many seafood. Wang Fang hope to go there again next year, because she like swimming.";
    for name in ["Wang Fang", "Li Lei"] {
        fs::write(essays.join(format!("{name}.txt")), essay).unwrap();
    }
    let out = folder.path().join("out");
    let (essays, out) = (essays.to_str().unwrap(), out.to_str().unwrap());
    ok(&run(&["model", "add", "echo", "--provider", "stub"]));
    let estimate = ok(&run(&["mark", essays, "--rubric", "cet4", "--out", out, "--model", "echo", "--estimate"]));
    assert!(estimate.contains("2 essays") && estimate.contains("Nothing was sent"), "{estimate}");
    let record = folder.path().join("r.jsonl");
    let marked = run(&[
        "mark",
        essays,
        "--rubric",
        "cet4",
        "--out",
        out,
        "--model",
        "echo",
        "--record",
        record.to_str().unwrap(),
    ]);
    ok(&marked);
    // The echo changes nothing and judges nothing; the pupil's name did not go out, another's in a text did.
    let recorded = fs::read_to_string(&record).unwrap();
    assert!(recorded.contains("Last summer Robin go to the sea"), "the name is hidden");
    let notes = |dir: &str| -> Vec<String> {
        let mut all = Vec::new();
        for entry in fs::read_dir(Path::new(dir).join("evidence")).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|e| e != "json") {
                continue;
            }
            let text = fs::read_to_string(path).unwrap();
            let value: serde_json::Value = serde_json::from_str(&text).unwrap();
            all.extend(
                value["origin"]["notes"].as_array().unwrap().iter().map(|n| n["en"].as_str().unwrap().to_owned()),
            );
        }
        all
    };
    // No answer of the right shape: it is said on the essay, and both are marked.
    assert_eq!(notes(out).iter().filter(|n| n.contains("gave no answer")).count(), 2);
    // A server that is not there: both essays end marked.
    ok(&run(&["model", "add", "gone", "--url", "http://127.0.0.1:9/v1", "--model", "m"]));
    let gone = folder.path().join("gone");
    let said = run(&["mark", essays, "--rubric", "cet4", "--out", gone.to_str().unwrap(), "--model", "gone", "--json"]);
    let summary: serde_json::Value = serde_json::from_str(&ok(&said)).unwrap();
    assert_eq!(summary["totals"]["marked"], 2);
}
