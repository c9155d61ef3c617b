//! The two schemas.

use schemars::JsonSchema;
use serde_json::{Value, json};

use super::{
    actions,
    tidy::{one_or_many, one_tag_beside, tidy},
};
use crate::{
    model::Catalogue,
    plan::types::{Plan, Runbook},
};

const WORD: &str = "^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$";
const DATE: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$";

/// Of a document with `kind: Plan`.
pub fn plan_schema() -> Value {
    let mut schema = document::<Plan>("Plan", "A disaster recovery plan: what runs, what it needs, who answers for it.");
    let defs = &mut schema["$defs"];
    for field in ["updated", "review_by"] {
        defs["About"]["properties"][field]["pattern"] = json!(DATE);
    }
    one_tag_beside(&mut defs["Connection"]);
    defs["Automatic"]["properties"]["when"]["$ref"] = json!("#/$defs/GateProbe");
    defs["PrometheusLink"]["properties"]["url"]["pattern"] = json!("^https?://[^@/?#\\s]+([/?#]\\S*)?$");
    for link in ["HttpLink", "AlertmanagerLink"] {
        defs[link]["properties"]["url"]["pattern"] = json!("^https?://[^@/?#\\s]+(/[^?#\\s]*)?$");
    }
    for login in ["HttpLink", "HttpLogin", "AlertmanagerLink"] {
        defs[login]["dependentRequired"] = json!({"user": ["password"], "password": ["user"]});
        defs[login]["not"] = json!({"required": ["token", "user"]});
    }
    for link in ["PostgresLink", "RedisLink", "SentinelLink"] {
        defs[link]["properties"]["host"]["pattern"] = json!("^[^@,\\s]+$");
        defs[link]["properties"]["port"]["minimum"] = json!(1);
    }
    one_or_many(&mut defs["RedisLink"]["properties"]["sentinels"]);
    defs["KubernetesLink"]["anyOf"] = json!([{"required": ["context"]}, {"required": ["observe"]}, {"required": ["act"]}]);
    if let Some(ways) = defs["SecretRef"]["oneOf"].as_array_mut() {
        for way in ways {
            if let Some(env) = way.pointer_mut("/properties/env") {
                env["pattern"] = json!("^[A-Za-z_][A-Za-z0-9_]*$");
            }
            if let Some(vault) = way.pointer_mut("/properties/vault") {
                vault["pattern"] = json!("/.*#.");
            }
        }
    }
    let source = &mut defs["RecoverySource"]["properties"];
    source["lag"]["$ref"] = json!("#/$defs/LagProbe");
    source["at"]["$ref"] = json!("#/$defs/PointProbe");
    for figure in ["size", "took", "running"] {
        source[figure]["$ref"] = json!("#/$defs/FigureProbe");
    }
    defs["Runs"]["minProperties"] = json!(1);
    for counter in ["succeeded", "failed", "error"] {
        defs["Runs"]["properties"][counter]["$ref"] = json!("#/$defs/FigureProbe");
    }
    let source = &mut defs["RecoverySource"]["properties"];
    source["connected"]["$ref"] = json!("#/$defs/GateProbe");
    defs["Verify"]["properties"]["at"]["$ref"] = json!("#/$defs/FigureProbe");
    defs["Verify"]["anyOf"] = json!([{"required": ["runbook"]}, {"required": ["at"]}]);
    defs["KeepTiers"]["minProperties"] = json!(1);
    defs["Accelerators"]["properties"]["cards_per_node"]["minimum"] = json!(1);
    let streaming = json!({"enum": ["streaming", "sentinel", "mirrormaker"]});
    defs["RecoverySource"]["if"] = json!({
        "properties": {"kind": {"const": "replica"}, "how": streaming}, "required": ["kind", "how"],
    });
    // What arrived last is its own proof, where no lag is claimed beside it.
    defs["RecoverySource"]["then"] =
        json!({"anyOf": [{"required": ["connected"]}, {"required": ["at"], "not": {"required": ["lag"]}}]});
    schema
}

/// Of a document with `kind: Runbook`. The catalogue says which actions there are and what they take.
pub fn runbook_schema(catalogue: &Catalogue) -> Value {
    let mut schema = document::<Runbook>("Runbook", "A procedure: steps, or phases of steps.");
    let steps = json!({"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/Step"}, "description": "Without phases."});
    schema["properties"]["steps"] = steps;
    schema["properties"]["phases"]["minItems"] = json!(1);
    schema["required"] = json!(["apiVersion", "kind", "name"]);
    schema["oneOf"] = json!([{"required": ["steps"]}, {"required": ["phases"]}]);
    let defs = &mut schema["$defs"];
    defs["StepId"]["pattern"] = json!(WORD);
    defs["Phase"]["properties"]["steps"]["minItems"] = json!(1);
    let answers = json!([{"required": ["options"]}, {"required": ["source_of"]}, {"required": ["value"]}]);
    defs["Decision"]["oneOf"] = answers;
    defs["Decision"]["properties"]["options"]["minItems"] = json!(2);
    for field in ["audience", "channels"] {
        one_or_many(&mut defs["NoticeStep"]["properties"][field]);
    }
    one_or_many(&mut defs["Step"]["properties"]["gate"]);
    one_or_many(&mut defs["Way"]["properties"]["gate"]);
    defs["Step"]["properties"]["approvals"]["maximum"] = json!(9);
    actions::describe(defs, catalogue);
    schema
}

/// A document of `kind`, with what both have in common.
fn document<T: JsonSchema>(kind: &str, about: &str) -> Value {
    let mut schema = Value::from(schemars::schema_for!(T));
    tidy(&mut schema);
    schema["title"] = json!(kind);
    schema["description"] = json!(about);
    schema["properties"]["apiVersion"] = json!({"const": "lifeboat/v1", "description": "The version of the vocabulary."});
    schema["properties"]["kind"] = json!({"const": kind});
    schema["properties"]["name"]["pattern"] = json!(WORD);
    schema["required"] = json!(["apiVersion", "kind", "name"]);
    let defs = &mut schema["$defs"];
    ranges(defs);
    probes(defs);
    if defs.get("Names").is_some() {
        defs["Names"] = json!({
            "description": "One name, a list of names, or the word that means every one.",
            "anyOf": [{"type": "string", "minLength": 1}, {"type": "array", "items": {"type": "string", "minLength": 1}}],
        });
    }
    schema
}

/// A range is written like a duration, or two.
fn ranges(defs: &mut Value) {
    let pattern = defs["Duration"]["pattern"].as_str().unwrap_or_default();
    let one = pattern.trim_start_matches("^\\s*").trim_end_matches('$').to_owned();
    if let Some(range) = defs.get_mut("Range")
        && !one.is_empty()
    {
        range["pattern"] = json!(format!("^\\s*{one}(\\.\\.\\s*({one})?)?$"));
    }
}

/// A gate compares, a value does not: the one type becomes a schema for each purpose.
fn probes(defs: &mut Value) {
    one_or_many(&mut defs["KubernetesProbe"]["properties"]["deployments"]);
    let with_expect = |probe: &Value| {
        let mut probe = probe.clone();
        if let Some(required) = probe["required"].as_array_mut() {
            required.push(json!("expect"));
        }
        probe
    };
    let without = |probe: &Value| {
        let mut probe = probe.clone();
        if let Some(fields) = probe["properties"].as_object_mut() {
            fields.remove("expect");
            fields.remove("each");
            fields.remove("role");
        }
        probe
    };
    let [query_value, sql_value, redis_value] = ["QueryProbe", "SqlProbe", "RedisProbe"].map(|name| without(&defs[name]));
    defs["QueryProbe"] = with_expect(&defs["QueryProbe"]);
    defs["SqlProbe"] = with_expect(&defs["SqlProbe"]);
    let (mut http_gate, mut http_value) = (http_probe(&defs["HttpProbe"]), http_probe(&without(&defs["HttpProbe"])));
    for (probe, field) in [(&mut http_gate, "list"), (&mut http_value, "json")] {
        probe["properties"].as_object_mut().and_then(|fields| fields.remove(field));
    }
    // As a value an answer is a list of recovery points.
    http_value["required"] = json!(["list"]);
    defs["HttpProbe"] = with_expect(&http_gate);
    let value = |tag: &str, schema: &Value| json!({"type": "object", "additionalProperties": false, "required": [tag], "properties": {tag: schema}});
    if defs.get("RecoverySource").is_some() {
        let postgres = value("postgres", &json!({"$ref": "#/$defs/PostgresProbe"}));
        let values = [value("query", &query_value), value("sql", &sql_value), value("redis", &redis_value)];
        let lists = [value("files", &json!({"$ref": "#/$defs/FilesProbe"})), value("http", &http_value)];
        let point = [&values[..], &lists].concat();
        defs["PointProbe"] = json!({"description": "A moment, in seconds since 1970.", "oneOf": point});
        let figure = [&values[..2], &lists].concat();
        defs["FigureProbe"] = json!({"description": "A figure that a server is asked for.", "oneOf": figure});
        defs["LagProbe"] = json!({"description": "A figure in seconds.", "oneOf": [values[0], values[1], values[2], postgres]});
    }
    if let Some(mut probe) = defs.get_mut("Probe").map(Value::take) {
        probe["description"] = json!("Something that holds or not.");
        // Files hold nothing, they tell when.
        if let Some(ways) = probe["oneOf"].as_array_mut() {
            ways.retain(|way| way.pointer("/properties/files").is_none());
        }
        let text = probe.to_string().replace("#/$defs/Probe\"", "#/$defs/GateProbe\"");
        // It was JSON a moment ago.
        defs["GateProbe"] = serde_json::from_str(&text).unwrap_or(probe);
    }
    if let Some(map) = defs.as_object_mut() {
        map.remove("Probe");
    }
    let gate = defs["Gate"].to_string().replace("#/$defs/Probe\"", "#/$defs/GateProbe\"");
    if let Ok(gate) = serde_json::from_str(&gate) {
        defs["Gate"] = gate;
    }
    for way in ["all", "any"] {
        for list in defs["GateProbe"]["oneOf"].as_array_mut().into_iter().flatten() {
            if let Some(list) = list.pointer_mut(&format!("/properties/{way}")) {
                list["minItems"] = json!(1);
            }
        }
    }
    one_tag_beside(&mut defs["Gate"]);
}

/// A path of a connection, or a whole address.
fn http_probe(probe: &Value) -> Value {
    let mut probe = probe.clone();
    probe["properties"]["path"]["pattern"] = json!("^/[^#]*$");
    probe["properties"]["url"]["pattern"] = json!("^https?://[^@/?#\\s]+([/?#]\\S*)?$");
    probe["required"] = json!([]);
    probe["oneOf"] =
        json!([{"required": ["via"], "not": {"required": ["url"]}}, {"required": ["url"], "not": {"required": ["path"]}}]);
    probe
}
