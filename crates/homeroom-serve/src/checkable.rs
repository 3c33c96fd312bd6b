//! Whether answers can be held against a schema that a client wrote, without end or excess of work.

use std::collections::HashMap;

use serde_json::Value;

/// Most references in a schema. OpenAI allows 5,000 properties; schemas made from programs' types have a few dozen references.
const REFERENCES: usize = 1_000;

/// How many schemas may look at one value, counted once for each way that leads to them.
const LOOKS: u64 = 10_000;

/// How deep schemas that look at one value may lie in each other, references followed.
const DEPTH: usize = 200;

/// Keywords whose schemas look at the very value that their own schema looks at.
const SAME_VALUE: [&str; 9] =
    ["allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas", "dependencies"];

/// Whether `schema` is one that answers can be held against.
///
/// It refers to nothing but places within itself, by pointer; no reference leads back to itself without a step into the answer,
/// which would be followed for ever; and what looks at one value is not so much that it never ends either.
pub(crate) fn checkable(schema: &Value) -> bool {
    let mut places = Vec::new();
    if !references(schema, schema, true, &mut places) || places.len() > REFERENCES {
        return false;
    }
    let mut known = HashMap::new();
    let bounded = |place| looks(schema, place, 0, &mut known).is_some_and(|looks| looks <= LOOKS);
    places.into_iter().chain([schema]).all(bounded) && jsonschema::validator_for(schema).is_ok()
}

/// Collects what has a reference; whether all of them lead somewhere within `root`.
fn references<'a>(root: &'a Value, value: &'a Value, is_root: bool, into: &mut Vec<&'a Value>) -> bool {
    match value {
        Value::Object(map) => {
            // With these, `#` may be another place than it seems.
            let elsewhere =
                ["$dynamicRef", "$recursiveRef"].iter().any(|keyword| map.get(*keyword).is_some_and(Value::is_string));
            if elsewhere || (!is_root && map.get("$id").is_some_and(Value::is_string)) {
                return false;
            }
            if let Some(to) = map.get("$ref").and_then(Value::as_str) {
                if target(root, to).is_none() {
                    return false;
                }
                into.push(value);
            }
            map.values().all(|value| references(root, value, false, into))
        }
        Value::Array(list) => list.iter().all(|value| references(root, value, false, into)),
        _ => true,
    }
}

fn target<'a>(root: &'a Value, to: &str) -> Option<&'a Value> {
    root.pointer(to.strip_prefix('#').filter(|pointer| !pointer.contains('%'))?)
}

/// How many schemas look at the value that `place` looks at; nothing where there is no end to them. `known` has what was found
/// before, and nothing for what is being looked at: places are told apart by their address within `root`, which does not move.
fn looks(root: &Value, place: &Value, depth: usize, known: &mut HashMap<*const Value, Option<u64>>) -> Option<u64> {
    let id: *const Value = place;
    if let Some(found) = known.get(&id) {
        return *found;
    }
    let Some(map) = place.as_object().filter(|_| depth < DEPTH) else {
        return (depth < DEPTH).then_some(1);
    };
    known.insert(id, None);
    let mut sum: u64 = 1;
    let mut add = |place: &Value| {
        let found = looks(root, place, depth + 1, known)?;
        sum = sum.saturating_add(found);
        Some(())
    };
    for keyword in SAME_VALUE {
        match map.get(keyword) {
            Some(Value::Array(list)) => list.iter().try_for_each(&mut add)?,
            Some(Value::Object(named)) if keyword.starts_with("depend") => named.values().try_for_each(&mut add)?,
            Some(value) => add(value)?,
            None => {}
        }
    }
    if let Some(to) = map.get("$ref").and_then(Value::as_str) {
        add(target(root, to)?)?;
    }
    known.insert(id, Some(sum));
    Some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn check(schema: Value, wanted: bool) {
        assert_eq!(checkable(&schema), wanted, "{schema}");
        if wanted {
            // Neither answers of the right shape nor others send it in circles.
            let check = jsonschema::validator_for(&schema).unwrap();
            for answer in [json!({}), json!([]), json!({"left": {"left": {"right": {}}}}), json!(null)] {
                let _ = check.iter_errors(&answer).count();
            }
        }
    }

    #[test]
    fn schemas_without_end_are_none() {
        check(json!({"type": "number?"}), false);
        check(json!({"$ref": "#"}), false);
        check(json!({"$ref": "#/nowhere"}), false);
        check(json!({"$ref": "https://example.org/schema"}), false);
        check(json!({"$ref": "file:///etc/passwd"}), false);
        check(json!({"$anchor": "a", "$ref": "#a"}), false);
        check(json!({"$dynamicAnchor": "a", "$dynamicRef": "#a"}), false);
        check(json!({"$defs": {"%": {"$ref": "#/$defs/%25"}}, "$ref": "#/$defs/%25"}), false);
        let there_and_back = json!({
            "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/b"}]}, "b": {"allOf": [{"$ref": "#/$defs/a"}]}},
            "$ref": "#/$defs/a",
        });
        check(there_and_back, false);
        // Each doubles the one after it: 2 to the 60th in all.
        let double = |i: usize| {
            let next = json!({"$ref": format!("#/$defs/d{}", i + 1)});
            (format!("d{i}"), json!({"anyOf": [next.clone(), next]}))
        };
        let mut defs: serde_json::Map<String, Value> = (0..60).map(double).collect();
        defs.insert("d60".into(), json!({"type": "string"}));
        check(json!({"$defs": defs, "$ref": "#/$defs/d0"}), false);
        // A long chain, also by steps into the value.
        for n in [900, 5_000] {
            let step = |i: usize| {
                (format!("d{i}"), json!({"properties": {"x": {"$ref": format!("#/$defs/d{}", (i + 1) % n)}}}))
            };
            let defs: serde_json::Map<String, Value> = (0..n).map(step).collect();
            check(json!({"$defs": defs, "$ref": "#/$defs/d0"}), n < REFERENCES);
            let step = |i: usize| (format!("d{i}"), json!({"$ref": format!("#/$defs/d{}", i + 1)}));
            let mut defs: serde_json::Map<String, Value> = (0..n).map(step).collect();
            defs.insert(format!("d{n}"), json!({}));
            check(json!({"$defs": defs, "$ref": "#/$defs/d0"}), false);
        }
    }

    #[test]
    fn usual_schemas_are_fine() {
        check(json!({}), true);
        check(json!({"type": "object", "properties": {"$ref": {"type": "string"}, "$id": {"type": "string"}}}), true);
        // A tree refers to itself, but only a step further down; and two ways may lead to one place.
        check(json!({"type": "object", "properties": {"left": {"$ref": "#"}, "right": {"$ref": "#"}}}), true);
        check(
            json!({"$defs": {"a": {"type": "string"}}, "anyOf": [{"$ref": "#/$defs/a"}, {"allOf": [{"$ref": "#/$defs/a"}]}]}),
            true,
        );
    }
}
