//! `kubernetes.set_env`: environment variables of all containers of a deployment's pods.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{
    exchange::{MANAGER, Patch, STRATEGIC},
    workload::{Container, Kind, Workload},
};
use crate::model::{Outcome, Time, text::clean};

/// By container and variable: a text, `null` for not set, or `{"valueFrom": ..}`.
pub type Settings = BTreeMap<String, BTreeMap<String, Value>>;

/// What the containers have now, of the variables `vars`.
pub fn now(workload: &Workload, vars: &BTreeSet<&String>) -> Settings {
    let containers = &workload.spec.template.spec.containers;
    containers.iter().map(|c| (c.name.clone(), vars.iter().map(|var| ((*var).clone(), value(c, var))).collect())).collect()
}

/// The variables that `settings` are about.
pub fn variables(settings: &Settings) -> BTreeSet<&String> {
    settings.values().flat_map(BTreeMap::keys).collect()
}

/// `env` in each container of `containers`.
pub fn wanted<'a>(containers: impl Iterator<Item = &'a String>, env: &BTreeMap<String, String>) -> Settings {
    let each: BTreeMap<String, Value> = env.iter().map(|(var, value)| (var.clone(), json!(value))).collect();
    containers.map(|c| (c.clone(), each.clone())).collect()
}

/// Reads what a preview remembered.
pub fn remembered(value: &Value) -> Option<Settings> {
    serde_json::from_value(value.clone()).ok().filter(|s: &Settings| !s.is_empty())
}

/// Init containers that use one of the variables; they are left as they are.
pub fn left_alone(workload: &Workload, env: &BTreeMap<String, String>) -> Vec<String> {
    let init = workload.spec.template.spec.init_containers.iter().flatten();
    init.filter(|c| env.keys().any(|var| !value(c, var).is_null())).map(|c| c.name.clone()).collect()
}

fn value(container: &Container, var: &str) -> Value {
    match container.env.iter().flatten().find(|e| e.name == var) {
        None => Value::Null,
        Some(e) => match &e.value_from {
            Some(from) => json!({"valueFrom": from}),
            None => json!(e.value.clone().unwrap_or_default()),
        },
    }
}

/// One patch for all of it, so that the pods roll once. `before` says what stands there, where it is known:
/// a reference (`valueFrom`) must be taken away for a value, and the other way round.
pub fn patch(namespace: &str, name: &str, to: &Settings, before: Option<&Settings>) -> Patch {
    let containers: Vec<Value> = to
        .iter()
        .map(|(container, vars)| {
            let was = |var: &str| before.and_then(|b| b.get(container)).and_then(|c| c.get(var));
            let env: Vec<Value> = vars.iter().map(|(var, to)| item(var, to, was(var))).collect();
            json!({"name": container, "env": env})
        })
        .collect();
    Patch {
        path: format!("{}/{name}?fieldManager={MANAGER}", Kind::Deployment.collection(namespace)),
        kind: STRATEGIC,
        body: json!({"spec": {"template": {"spec": {"containers": containers}}}}),
    }
}

fn item(var: &str, to: &Value, was: Option<&Value>) -> Value {
    let mut item = Map::from_iter([("name".to_owned(), json!(var))]);
    match to {
        Value::Null => {
            item.insert("$patch".into(), json!("delete"));
        }
        Value::Object(from) => {
            item.insert("value".into(), Value::Null);
            item.extend(from.clone());
        }
        text => {
            if was.is_some_and(Value::is_object) {
                item.insert("valueFrom".into(), Value::Null);
            }
            item.insert("value".into(), text.clone());
        }
    }
    Value::Object(item)
}

/// `DB_HOST db-primary to db-west`; containers are named where they differ.
pub fn change(before: &Settings, to: &Settings) -> String {
    let mut said: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for (container, vars) in to {
        for (var, new) in vars {
            let old = before.get(container).and_then(|c| c.get(var)).unwrap_or(&Value::Null);
            let text = if old == new {
                format!("{var} is already {}", shown(new))
            } else {
                format!("{var} {} to {}", shown(old), shown(new))
            };
            said.entry(text).or_default().push(container);
        }
    }
    let all = to.len();
    let texts: Vec<String> =
        said.into_iter().map(|(text, of)| if of.len() == all { text } else { format!("{text} in {}", of.join(", ")) }).collect();
    texts.join("; ")
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => "(not set)".into(),
        Value::Object(_) => "(from a reference)".into(),
        Value::String(text) if text.is_empty() => "(empty)".into(),
        Value::String(text) => clean(text),
        other => other.to_string(),
    }
}

/// Whether setting `to` happened; `since` by the server's clock.
pub fn read_back(workload: &Workload, to: &Settings, since: Time) -> Outcome {
    let have = now(workload, &variables(to));
    let same = |container: &String, var: &String, value: &Value| {
        have.get(container).and_then(|c| c.get(var)).unwrap_or(&Value::Null) == value
    };
    let differs = to.iter().flat_map(|(c, vars)| vars.iter().map(move |(var, value)| (c, var, value)));
    let different: Vec<String> =
        differs.filter(|(c, var, value)| !same(c, var, value)).map(|(c, var, _)| format!("{var} of {c}")).collect();
    if different.is_empty() {
        Outcome::succeeded("read back: every container has the values")
    } else if !workload.untouched(&["f:spec", "f:template"], since) {
        Outcome::unknown(format!("not as wanted: {}; somebody may have changed the pods' template since", different.join(", ")))
    } else {
        Outcome::failed(format!("read back: not as wanted: {}; nobody changed the pods' template since", different.join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deployment() -> Workload {
        serde_json::from_value(json!({"metadata": {"name": "user-service"}, "spec": {"template": {"spec": {
            "containers": [
                {"name": "app", "env": [{"name": "DB_HOST", "value": "db-primary"}, {"name": "MODE", "valueFrom": {"configMapKeyRef": {"name": "c", "key": "mode"}}}]},
                {"name": "sidecar"}],
            "initContainers": [{"name": "migrate", "env": [{"name": "DB_HOST", "value": "db-primary"}]}]}}}}))
        .unwrap()
    }

    #[test]
    fn r02_what_was_absent_is_removed_again_and_a_reference_comes_back() {
        let env = BTreeMap::from([("DB_HOST".to_owned(), "db-west".to_owned()), ("MODE".to_owned(), "safe".to_owned())]);
        let before = now(&deployment(), &env.keys().collect());
        let to = wanted(before.keys(), &env);
        let body = patch("prod", "user-service", &to, Some(&before)).body;
        let containers = &body["spec"]["template"]["spec"]["containers"];
        assert_eq!(
            containers[0],
            json!({"name": "app", "env": [{"name": "DB_HOST", "value": "db-west"}, {"name": "MODE", "valueFrom": null, "value": "safe"}]})
        );
        let undo = patch("prod", "user-service", &remembered(&json!(before)).unwrap(), None).body;
        let containers = &undo["spec"]["template"]["spec"]["containers"];
        assert_eq!(containers[0]["env"][0], json!({"name": "DB_HOST", "value": "db-primary"}));
        assert_eq!(
            containers[0]["env"][1],
            json!({"name": "MODE", "value": null, "valueFrom": {"configMapKeyRef": {"name": "c", "key": "mode"}}})
        );
        assert_eq!(containers[1]["env"][0], json!({"name": "DB_HOST", "$patch": "delete"}));
        assert_eq!(left_alone(&deployment(), &env), ["migrate"]);
    }

    #[test]
    fn the_change_names_containers_only_where_they_differ() {
        let env = BTreeMap::from([("DB_HOST".to_owned(), "db-west".to_owned())]);
        let before = now(&deployment(), &env.keys().collect());
        let to = wanted(before.keys(), &env);
        assert_eq!(change(&before, &to), "DB_HOST (not set) to db-west in sidecar; DB_HOST db-primary to db-west in app");
        assert_eq!(change(&to, &to), "DB_HOST is already db-west");
    }
}
