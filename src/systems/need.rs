//! From the steps of a plan to the calls that they would make: to ask about them before there is an incident.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use crate::{
    model::{ActionSpec, Call, Catalogue, FieldKind, StepRef},
    plan::{Plan, Runbook, Step, UndoForm},
};

/// One use of an action by a step: its own, that of another way to do it, or that of its undo.
#[derive(Clone, Debug, PartialEq)]
pub struct Need {
    /// What an incident still has to bring is left out, or stands as something harmless that is never sent.
    pub call: Call,
    /// The fields that are left out.
    pub open: Vec<String>,
    pub step: StepRef,
}

/// All uses of actions in `books` and in the runbooks that they run in place; a drill's own forms are not among them.
pub fn needs(plan: &Plan, books: &[&Runbook], catalogue: &Catalogue) -> Vec<Need> {
    let mut found = Vec::new();
    let (mut left, mut seen): (Vec<&Runbook>, Vec<&str>) = (books.iter().rev().copied().collect(), Vec::new());
    while let Some(book) = left.pop() {
        if seen.contains(&book.name.as_str()) {
            continue;
        }
        seen.push(&book.name);
        for step in book.steps() {
            found.extend(uses(step).map(|(action, with)| need(book, step, action, with, catalogue.get(action))));
            left.extend(plan.runbooks.iter().filter(|other| step.runbook.as_ref() == Some(&other.name)));
        }
    }
    found
}

type With = BTreeMap<String, Json>;

fn uses(step: &Step) -> impl Iterator<Item = (&str, &With)> {
    let own = step.action.iter().map(|action| (action.as_str(), &step.with));
    let other = step.instead.iter().map(|way| (way.action.as_str(), &way.with));
    let undo = step.undo.iter().filter_map(|undo| match undo {
        UndoForm::Other(other) => Some((other.action.as_str(), &other.with)),
        UndoForm::Remembered | UndoForm::None => None,
    });
    own.chain(other).chain(undo)
}

fn need(book: &Runbook, step: &Step, action: &str, with: &With, spec: Option<&ActionSpec>) -> Need {
    let (mut filled, mut open) = (BTreeMap::new(), Vec::new());
    for (field, value) in with.iter().filter(|(field, _)| *field != "via") {
        let kind = spec.and_then(|spec| spec.fields.iter().find(|known| known.name == field)).map(|field| field.kind);
        match fill(kind, value) {
            Some(value) => drop(filled.insert(field.clone(), value)),
            None => open.push(field.clone()),
        }
    }
    let via = with.get("via").and_then(Json::as_str).map(str::to_owned);
    Need {
        call: Call { action: action.to_owned(), via, with: filled, timeout: step.timeout() },
        open,
        step: StepRef { runbook: book.name.clone(), step: step.id.clone() },
    }
}

/// `None`: only the incident can say it.
fn fill(kind: Option<FieldKind>, value: &Json) -> Option<Json> {
    match kind {
        // What may be scaled does not depend on how far.
        Some(FieldKind::Replicas) if !value.is_number() => Some(0.into()),
        _ if !refers(value) => Some(value.clone()),
        Some(FieldKind::NamesOrAll) => Some("all".into()),
        Some(FieldKind::TextMap | FieldKind::Json | FieldKind::Comparisons) => Some(without(value)),
        _ => None,
    }
}

fn is_reference(map: &Map<String, Json>) -> bool {
    map.len() == 1 && (map.contains_key("result") || map.contains_key("planned"))
}

/// Whether `{result: ..}` or `{planned: ..}` stands somewhere in it.
fn refers(value: &Json) -> bool {
    match value {
        Json::Object(map) => is_reference(map) || map.values().any(refers),
        Json::Array(list) => list.iter().any(refers),
        _ => false,
    }
}

/// An empty text in place of each reference.
fn without(value: &Json) -> Json {
    match value {
        Json::Object(map) if is_reference(map) => "".into(),
        Json::Object(map) => map.iter().map(|(name, value)| (name.clone(), without(value))).collect::<Map<_, _>>().into(),
        Json::Array(list) => list.iter().map(without).collect::<Vec<_>>().into(),
        plain => plain.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{plan::load_embedded, systems::catalogue::catalogue};

    const PLAN: &str = "apiVersion: lifeboat/v1
kind: Plan
name: shop
connections: {west: {kubernetes: {context: west}}, api: {http: {url: 'https://api.example'}}}
";
    const ONE: &str = "apiVersion: lifeboat/v1
kind: Runbook
name: one
steps:
  - {id: which, title: Which, decision: {ask: Which?, value: text}}
  - {id: down, title: Down, action: kubernetes.scale, with: {via: west, namespace: prod, deployments: all, replicas: 0}}
  - {id: env, title: Env, action: kubernetes.set_env, with: {via: west, namespace: prod, deployments: [a], env: {HOST: {result: which}}}}
  - {id: up, title: Up, action: kubernetes.scale, with: {via: west, namespace: prod, deployments: all, replicas: remembered}}
  - {id: ask, title: Ask, action: http.request, with: {via: api, method: POST, path: {result: which}}}
  - {id: more, title: More, runbook: two}
";
    const TWO: &str = "apiVersion: lifeboat/v1
kind: Runbook
name: two
steps:
  - {id: run, title: Run, action: command.run, with: {argv: [true]}, instead: [{title: By hand, action: command.run, with: {argv: ['false']}}]}
";

    #[test]
    fn what_only_an_incident_brings_is_left_out_or_harmless_and_runbooks_in_place_are_followed() {
        let files = [("plan.yaml", PLAN), ("runbooks/one.yaml", ONE), ("runbooks/two.yaml", &TWO.replace("[true]", "['true']"))];
        let loaded = load_embedded("test", &files, &catalogue());
        let plan = loaded.plan.unwrap_or_else(|| panic!("{:#?}", loaded.findings));
        let one = plan.runbooks.iter().find(|book| book.name == "one").unwrap();
        let needs = needs(&plan, &[one], &catalogue());
        let steps: Vec<String> = needs.iter().map(|n| format!("{}/{}", n.step.runbook, n.step.step)).collect();
        assert_eq!(steps, ["one/down", "one/env", "one/up", "one/ask", "two/run", "two/run"]);
        assert_eq!(needs[1].call.with["env"], json!({"HOST": ""}));
        assert_eq!(needs[2].call.with["replicas"], json!(0));
        assert_eq!((needs[3].open.as_slice(), needs[3].call.via.as_deref()), (&["path".to_owned()][..], Some("api")));
        assert_eq!(needs[5].call.texts("argv"), ["false"]);
    }
}
