//! From the schema of a type to the schema of what YAML may say for it.

use serde_json::{Map, Value, json};

/// Takes away what the types allow and the loader does not: `null`, empty texts, defaults, marks that are no standard.
pub fn tidy(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(tidy),
        Value::Object(map) => {
            without_null(map);
            map.values_mut().for_each(tidy);
            map.remove("default");
            if map.get("format").and_then(Value::as_str).is_some_and(|f| f.starts_with("uint")) {
                map.remove("format");
            }
            if let Some(Value::String(text)) = map.get_mut("description") {
                *text = prose(text);
            }
            let is_free_text =
                map.get("type") == Some(&json!("string")) && !map.contains_key("pattern") && !map.contains_key("enum");
            if is_free_text {
                map.insert("minLength".into(), json!(1));
            }
        }
        _ => {}
    }
}

fn without_null(map: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = map.get_mut("type") {
        types.retain(|one| one != "null");
        if let [only] = &types[..] {
            let only = only.clone();
            map.insert("type".into(), only);
        }
    }
    if let Some(Value::Array(ways)) = map.get_mut("anyOf") {
        ways.retain(|way| way.get("type") != Some(&json!("null")));
        if let [Value::Object(only)] = &ways[..] {
            let only = only.clone();
            map.remove("anyOf");
            for (key, value) in only {
                map.entry(key).or_insert(value);
            }
        }
    }
}

/// A doc comment as a description: one paragraph, without pointers to our own rules.
fn prose(text: &str) -> String {
    let mut out = text.replace('\n', " ");
    while let Some(start) = out.find(" (RULES ") {
        let Some(end) = out[start..].find(')') else { break };
        out.replace_range(start..=start + end, "");
    }
    out
}

/// A map whose tags stand beside other fields: all fields known, exactly one tag.
pub fn one_tag_beside(schema: &mut Value) {
    let Some(map) = schema.as_object_mut() else { return };
    let Some(Value::Array(ways)) = map.remove("oneOf") else { return };
    let mut required = Vec::new();
    for mut way in ways {
        if let Some(tags) = way.get("required").cloned() {
            required.push(json!({"required": tags}));
        }
        let about = way.get("description").cloned();
        if let Some(Value::Object(fields)) = way.get_mut("properties").map(Value::take)
            && let Some(Value::Object(all)) = map.get_mut("properties")
        {
            for (key, mut value) in fields {
                if let (Some(about), Some(value)) = (&about, value.as_object_mut()) {
                    value.insert("description".into(), about.clone());
                }
                all.insert(key, value);
            }
        }
    }
    map.insert("oneOf".into(), Value::Array(required));
    map.insert("additionalProperties".into(), json!(false));
}

/// `item`, or a list of them, with the description of the field.
pub fn one_or_many(field: &mut Value) {
    let Some(item) = field.get("items").cloned() else { return };
    let about = field.get("description").cloned();
    *field = json!({"anyOf": [item, {"type": "array", "items": item}]});
    if let Some(about) = about {
        field["description"] = about;
    }
}
