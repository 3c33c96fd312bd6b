//! Answers that are held to schemas follow them.

use std::sync::Arc;

use homeroom_llama::{Constraint, Engine, EngineSettings, Generation, Reason, Sampling};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::smollm;

/// Schemas of answers that end: texts are short, and so are arrays.
fn schemas() -> impl Strategy<Value = Value> {
    let words = || prop::sample::select(vec!["好", "very good", "中级", "a\"b\\c", "😀", "level-1", "n"]);
    let leaf = prop_oneof![
        prop::collection::btree_set(words(), 1..4).prop_map(|words| json!({ "enum": words })),
        (-50_i64..50, 0_i64..100)
            .prop_map(|(least, n)| json!({"type": "integer", "minimum": least, "maximum": least + n})),
        (0_usize..3, 3_usize..12)
            .prop_map(|(least, most)| json!({"type": "string", "minLength": least, "maxLength": most})),
        (1_usize..4, 4_usize..8).prop_map(|(least, most)| {
            json!({"type": "string", "pattern": format!("^[\\u4e00-\\u9fff]{{{least},{most}}}$")})
        }),
        Just(json!({"type": "boolean"})),
        Just(json!({"type": ["null", "boolean"]})),
        words().prop_map(|word| json!({ "const": word })),
    ];
    leaf.prop_recursive(2, 8, 3, move |inner| {
        prop_oneof![
            (inner.clone(), 0_usize..2, 1_usize..3).prop_map(|(items, least, n)| {
                json!({"type": "array", "items": items, "minItems": least, "maxItems": least + n})
            }),
            (prop::collection::btree_map(words(), inner.clone(), 1..4), any::<bool>()).prop_map(|(entries, all)| {
                let required: Vec<&str> = entries.keys().copied().skip(usize::from(!all)).collect();
                json!({"type": "object", "properties": entries, "required": required, "additionalProperties": false})
            }),
            (inner.clone(), inner).prop_map(|(a, b)| json!({ "anyOf": [a, b] })),
        ]
    })
}

const SCHEMAS: usize = 20;

#[test]
fn answers_follow_their_schemas() {
    let Some(llama) = smollm() else { return };
    let engine = Engine::start(Arc::clone(&llama), EngineSettings { positions: 4096, slots: 4, batch: 128 }).unwrap();
    let mut runner = TestRunner::deterministic();
    let schemas: Vec<Value> = (0..SCHEMAS).map(|_| schemas().new_tree(&mut runner).unwrap().current()).collect();
    let runs: Vec<_> = schemas
        .iter()
        .zip(0..)
        .map(|(schema, seed)| {
            let prompt = llama.tokens(&format!("An answer as JSON that follows the schema {schema}:\n"));
            // Half of them by chance, at a temperature at which anything that may come does.
            let sampling = Sampling { temperature: if seed % 2 == 0 { 0.0 } else { 1.5 }, seed, ..Sampling::default() };
            let constraint = Some(Constraint::Schema(schema.clone()));
            engine.submit(Generation { sampling, constraint, ..Generation::new(prompt, 160) })
        })
        .collect();
    let mut complete = 0;
    for (schema, run) in schemas.iter().zip(runs) {
        let (text, reason, usage) = run.finish();
        match reason {
            Reason::Stop => {
                let answer: Value =
                    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{schema}: {text}: {error}"));
                assert!(jsonschema::is_valid(schema, &answer), "{schema}: {text}");
                complete += 1;
            }
            Reason::Length => assert_eq!(usage.completion_tokens, 160),
            reason => panic!("{schema}: {reason:?}"),
        }
    }
    println!("{complete} of {SCHEMAS} answers are complete");
    assert!(complete >= SCHEMAS * 3 / 4);
}

#[test]
fn cut_short_says_so() {
    let Some(llama) = smollm() else { return };
    let engine = Engine::start(Arc::clone(&llama), EngineSettings { positions: 512, slots: 2, batch: 64 }).unwrap();
    let schema =
        json!({"type": "object", "properties": {"text": {"type": "string", "minLength": 200}}, "required": ["text"]});
    let constraint = Some(Constraint::Schema(schema));
    let (text, reason, usage) =
        engine.submit(Generation { constraint, ..Generation::new(llama.tokens("JSON:"), 12) }).finish();
    assert!(matches!(reason, Reason::Length) && usage.completion_tokens == 12);
    assert!(text.starts_with("{\"text\": \"") && serde_json::from_str::<Value>(&text).is_err(), "{text}");
}
