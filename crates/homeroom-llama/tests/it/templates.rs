//! Templates of the main families render as Jinja for Python does. `tests/data/templates/render.py` says how the wanted
//! renderings are made.

use std::collections::BTreeSet;

use homeroom_llama::{ChatTemplate, Day, TemplateError};
use serde_json::{Value, json};

const SOURCES: [(&str, &str); 9] = [
    ("chatml", include_str!("../data/templates/chatml.jinja")),
    ("gemma-2", include_str!("../data/templates/gemma-2.jinja")),
    ("llama-3.1", include_str!("../data/templates/llama-3.1.jinja")),
    ("mistral-v3", include_str!("../data/templates/mistral-v3.jinja")),
    ("odd", include_str!("../data/templates/odd.jinja")),
    ("phi-3.5", include_str!("../data/templates/phi-3.5.jinja")),
    ("qwen2.5-coder", include_str!("../data/templates/qwen2.5-coder.jinja")),
    ("qwen3", include_str!("../data/templates/qwen3.jinja")),
    ("smollm2", include_str!("../data/templates/smollm2.jinja")),
];

fn template(name: &str) -> ChatTemplate {
    let source = SOURCES.iter().find(|(known, _)| *known == name).unwrap().1;
    ChatTemplate::new(source, "<s>", "</s>").unwrap().on(Day { year: 2026, month: 11, day: 24 })
}

#[test]
fn as_jinja_for_python_renders_them() {
    let wanted: Vec<Value> = serde_json::from_str(include_str!("../data/templates/renderings.json")).unwrap();
    let mut seen = BTreeSet::new();
    for wanted in &wanted {
        let name = wanted["template"].as_str().unwrap();
        seen.insert(name);
        let (messages, tools) = (wanted["messages"].as_array().unwrap(), wanted["tools"].as_array().unwrap());
        let add = wanted["add_generation_prompt"].as_bool().unwrap();
        let found = match template(name).render(messages, tools, add) {
            Err(TemplateError::Refused { message }) => ("refused", message),
            found => ("rendered", found.unwrap_or_else(|error| panic!("{name}, {}: {error:?}", wanted["chat"]))),
        };
        assert_eq!(Some(found.1.as_str()), wanted[found.0].as_str(), "{name}, {}, {add}", wanted["chat"]);
    }
    assert_eq!(seen, SOURCES.map(|(name, _)| name).into());
}

#[test]
fn arguments_in_a_text_are_arguments() {
    let call = |arguments: Value| {
        let call = json!({"type": "function", "function": {"name": "lookup", "arguments": arguments}});
        [json!({"role": "user", "content": "?"}), json!({"role": "assistant", "content": "", "tool_calls": [call]})]
    };
    let qwen = template("qwen2.5-coder");
    let object = qwen.render(&call(json!({"word": "环境"})), &[], true).unwrap();
    assert!(object.contains("{\"name\": \"lookup\", \"arguments\": {\"word\": \"环境\"}}"));
    assert_eq!(qwen.render(&call(json!("{\"word\": \"环境\"}")), &[], true).unwrap(), object);
}

#[test]
fn variables_of_a_template() {
    let chat = [json!({"role": "user", "content": "Hi"})];
    let quiet = template("qwen3").with("enable_thinking", &json!(false)).render(&chat, &[], true).unwrap();
    assert!(quiet.ends_with("<|im_start|>assistant\n<think>\n\n</think>\n\n"));
    // Without a day, Llama falls back to its own.
    let source = SOURCES.iter().find(|(name, _)| *name == "llama-3.1").unwrap().1;
    let undated = ChatTemplate::new(source, "<s>", "</s>").unwrap().render(&chat, &[], true).unwrap();
    assert!(undated.contains("Today Date: 26 Jul 2024"));
    assert_eq!(
        ChatTemplate::new(ChatTemplate::CHATML, "", "").unwrap().render(&chat, &[], true).unwrap(),
        template("chatml").render(&chat, &[], true).unwrap()
    );
}
