//! The actions of the catalogue in the schema of a step: their names, and what `with` holds for each.

use serde_json::{Map, Value, json};

use crate::model::{ActionSpec, Catalogue, FieldKind};

/// Puts the actions into `Step`, `Way` and `OtherWay`.
pub fn describe(defs: &mut Value, catalogue: &Catalogue) {
    defs["Result"] = json!({
        "type": "object",
        "description": "The result of an earlier step: its id, or id/part.",
        "additionalProperties": false,
        "required": ["result"],
        "properties": {"result": {"type": "string", "minLength": 1}},
    });
    let names = |reversible: bool| -> Vec<Value> {
        let fitting = catalogue.specs().filter(|spec| !(reversible && spec.irreversible));
        fitting.map(|spec| json!({"const": spec.name, "description": spec.about})).collect()
    };
    defs["Step"]["properties"]["action"] = json!({"description": "What is called.", "oneOf": names(false)});
    defs["Way"]["properties"]["action"] = defs["Step"]["properties"]["action"].clone();
    defs["Way"]["allOf"] = Value::Array(catalogue.specs().map(|spec| rule(spec, false)).collect());
    defs["OtherWay"]["properties"]["action"] = json!({"description": "What is called.", "oneOf": names(true)});
    let mut rules: Vec<Value> = catalogue.specs().map(|spec| rule(spec, true)).collect();
    defs["OtherWay"]["allOf"] = Value::Array(catalogue.specs().map(|spec| rule(spec, false)).collect());
    let kinds = ["check", "action", "decision", "notice", "runbook"];
    for (n, one) in kinds.iter().enumerate() {
        rules.extend(kinds[n + 1..].iter().map(|other| json!({"not": {"required": [one, other]}})));
    }
    defs["Step"]["allOf"] = Value::Array(rules);
    let of_actions = ["with", "undo", "irreversible", "approvals", "drill", "timeout", "instead"];
    let needed: Map<String, Value> = of_actions.iter().map(|key| ((*key).to_owned(), json!(["action"]))).collect();
    defs["Step"]["dependentRequired"] = Value::Object(needed);
}

/// If the action is this one, then `with` looks so.
fn rule(spec: &ActionSpec, is_step: bool) -> Value {
    let mut fields = Map::new();
    let mut required: Vec<&str> = Vec::new();
    if let Some(system) = spec.via {
        let about = format!("the name of a {system} connection");
        fields.insert("via".into(), json!({"type": "string", "minLength": 1, "description": about}));
        required.push("via");
    }
    for field in spec.fields {
        let mut schema = shape(field.kind);
        schema["description"] = json!(field.about);
        fields.insert(field.name.into(), schema);
        if field.required {
            required.push(field.name);
        }
    }
    let needs_with = !required.is_empty() || !spec.one_of.is_empty();
    let mut with = json!({"type": "object", "additionalProperties": false, "properties": fields, "required": required});
    if !spec.one_of.is_empty() {
        with["oneOf"] = spec.one_of.iter().map(|name| json!({"required": [name]})).collect();
    }
    let mut then = json!({"properties": {"with": with}, "required": if needs_with { vec!["with"] } else { vec![] }});
    if spec.irreversible && is_step {
        then["properties"]["irreversible"] = json!({"const": true});
        then["required"] = json!(["with", "irreversible"]);
    }
    if spec.fences && is_step {
        // A fence is never left out.
        then["properties"]["if"] = json!(false);
    }
    json!({"if": {"properties": {"action": {"const": spec.name}}, "required": ["action"]}, "then": then})
}

fn shape(kind: FieldKind) -> Value {
    let text = json!({"type": "string", "minLength": 1});
    let result = json!({"$ref": "#/$defs/Result"});
    let own = match kind {
        FieldKind::Connection(_) => return text,
        FieldKind::Text => text,
        FieldKind::Texts | FieldKind::NamesOrAll => {
            let items = json!({"anyOf": [{"type": "string"}, result]});
            return json!({"anyOf": [text, {"type": "array", "minItems": 1, "items": items}, result]});
        }
        FieldKind::Replicas => {
            return json!({"anyOf": [{"type": "integer", "minimum": 0}, {"enum": ["remembered", "planned"]}, result]});
        }
        FieldKind::TextMap => {
            json!({"type": "object", "not": {"required": ["result"]}, "additionalProperties": {"anyOf": [{"type": "string"}, result]}})
        }
        FieldKind::Integer => json!({"type": "integer"}),
        FieldKind::Truth => json!({"type": "boolean"}),
        FieldKind::Duration => json!({"$ref": "#/$defs/Duration"}),
        FieldKind::Word(words) => return json!({"enum": words}),
        FieldKind::Json => return json!({}),
        FieldKind::Comparisons => {
            let one = json!({"type": ["string", "number", "boolean"]});
            json!({"type": "object", "minProperties": 1, "not": {"required": ["result"]}, "additionalProperties": one})
        }
    };
    json!({"anyOf": [own, result]})
}
