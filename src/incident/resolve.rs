//! From a step to the call that it makes now: every `{result: ..}`, `remembered` and `planned` in place.

use std::collections::BTreeMap;

use serde_json::{Map, Value as Json};

use super::{
    needs::{step_of, step_words},
    refusal::Refusal,
    state::State,
};
use crate::{
    model::{Call, StepId},
    plan::{DrillForm, Step, UndoForm},
};

/// The action and `with` that hold here: in a drill those of the drill form. `None`: it is talked through.
pub fn effective<'a>(state: &State, step: &'a Step) -> Option<(&'a str, &'a BTreeMap<String, Json>)> {
    let own = || step.action.as_deref().map(|action| (action, &step.with));
    if !state.is_drill() {
        return own();
    }
    match &step.drill {
        Some(DrillForm::Other(other)) => Some((other.action.as_str(), &other.with)),
        Some(DrillForm::Talk) => None,
        Some(DrillForm::Same) | None => own(),
    }
}

/// What `step` would ask a backend to do now.
pub fn call_of(state: &State, id: &StepId) -> Result<Call, Refusal> {
    let step = step_of(state, id).ok_or_else(|| unknown_step(id))?;
    let (action, with) = effective(state, step).ok_or_else(|| {
        Refusal::new(format!("{} has nothing to send here", step_words(state, id)), "in this drill it is talked through")
    })?;
    call(state, step, action, with)
}

/// What a second try of `id` would do: its call, for the parts that failed and no others (RULES R3).
pub fn retry_of(state: &State, id: &StepId) -> Result<(Call, Vec<String>), Refusal> {
    let failed = state.step(id).map(|step| step.failed_parts()).unwrap_or_default();
    if failed.is_empty() {
        return Err(Refusal::new(format!("nothing of {} failed", step_words(state, id)), "there is nothing to retry"));
    }
    Ok((call_of(state, id)?, failed))
}

/// How a step is taken back.
#[derive(Clone, Debug, PartialEq)]
pub enum UndoCall {
    /// The action's own undo, which puts back what was there.
    Remembered { call: Call, remembered: BTreeMap<String, Json> },
    /// Another action.
    Other { call: Call },
}

impl UndoCall {
    pub fn call(&self) -> &Call {
        match self {
            UndoCall::Remembered { call, .. } | UndoCall::Other { call } => call,
        }
    }
}

/// What undoing `id` would do: only parts that were changed, back to what was there before (RULES R2, R3).
pub fn undo_of(state: &State, id: &StepId) -> Result<UndoCall, Refusal> {
    let step = step_of(state, id).ok_or_else(|| unknown_step(id))?;
    let done = state.step(id).ok_or_else(|| Refusal::new("nothing was done yet", "there is nothing to undo"))?;
    // What a drill did in place of the step is not taken back by what takes the step itself back.
    let other_form = matches!(&step.drill, Some(DrillForm::Other(_))) && state.is_drill();
    let form = step.undo.as_ref().filter(|form| !other_form || **form == UndoForm::None);
    match form {
        Some(UndoForm::None) => {
            Err(Refusal::new("the plan says that this step has no undo", "take the next step, or do it by hand"))
        }
        Some(UndoForm::Other(other)) => Ok(UndoCall::Other { call: call(state, step, &other.action, &other.with)? }),
        Some(UndoForm::Remembered) | None => {
            if !state.traits(id).is_some_and(|traits| traits.undoes) {
                let what = step.action.as_deref().unwrap_or("a step without an action");
                return Err(Refusal::new(format!("{what} has no undo"), "take the next step, or do it by hand"));
            }
            let run = done.last_run().ok_or_else(|| Refusal::new("nothing was done yet", "there is nothing to undo"))?;
            let changed = done.parts.iter().filter(|(_, part)| part.outcome.as_ref().is_some_and(|o| o.is_success()));
            let remembered = changed.filter_map(|(name, part)| Some((name.clone(), part.before.clone()?))).collect();
            Ok(UndoCall::Remembered { call: run.call.clone(), remembered })
        }
    }
}

fn unknown_step(id: &StepId) -> Refusal {
    Refusal::new(format!("there is no step {id} in the open runbook"), "choose one of its steps")
}

fn call(state: &State, step: &Step, action: &str, with: &BTreeMap<String, Json>) -> Result<Call, Refusal> {
    let via = with.get("via").and_then(Json::as_str).map(str::to_owned);
    let mut filled = BTreeMap::new();
    for (field, value) in with.iter().filter(|(field, _)| *field != "via") {
        let value = match value.as_str() {
            // Elsewhere, as in the body of a request, they are words like others.
            Some("remembered") if field == "replicas" => remembered(state, action, via.as_deref(), with)?,
            Some("planned") if field == "replicas" => planned(state)?,
            _ => fill(state, value)?,
        };
        filled.insert(field.clone(), value);
    }
    Ok(Call { action: action.to_owned(), via, with: filled, timeout: step.timeout() })
}

/// A value with references in place; they replace a whole value, never part of a text.
fn fill(state: &State, value: &Json) -> Result<Json, Refusal> {
    match value {
        Json::Object(map) if map.len() == 1 && map.contains_key("planned") => planned(state),
        Json::Object(map) if map.len() == 1 && map.contains_key("result") => {
            result(state, map["result"].as_str().unwrap_or_default())
        }
        Json::Object(map) => {
            let filled: Result<Map<String, Json>, Refusal> = map.iter().map(|(k, v)| Ok((k.clone(), fill(state, v)?))).collect();
            filled.map(Json::Object)
        }
        Json::Array(list) => list.iter().map(|v| fill(state, v)).collect::<Result<_, _>>().map(Json::Array),
        plain => Ok(plain.clone()),
    }
}

/// What was there before this incident's first change of the same kind in the same place: what a StatefulSet had says
/// nothing about a Deployment of that name.
fn remembered(state: &State, action: &str, via: Option<&str>, with: &BTreeMap<String, Json>) -> Result<Json, Refusal> {
    let mut found: BTreeMap<String, Json> = BTreeMap::new();
    let earlier = state.shelf.values().map(|(_, steps)| steps).chain(std::iter::once(&state.steps));
    let mut runs: Vec<_> =
        earlier.flat_map(|steps| steps.values()).flat_map(|step| step.runs.iter().map(move |run| (run, step))).collect();
    runs.sort_by_key(|(run, _)| run.seq);
    for (run, step) in runs {
        let place = |with: &BTreeMap<String, Json>| {
            (with.get("namespace").cloned(), with.contains_key("deployments"), with.contains_key("statefulsets"))
        };
        let same = run.call.action == action && run.call.via.as_deref() == via && place(&run.call.with) == place(with);
        if !same || !run.call.with.get("replicas").is_none_or(Json::is_number) {
            continue;
        }
        for name in &run.parts {
            if let Some(before) = step.parts.get(name).and_then(|part| part.before.clone()) {
                found.entry(name.clone()).or_insert(before);
            }
        }
    }
    if found.is_empty() {
        return Err(Refusal::new(
            "nothing is remembered: no earlier step of this incident changed the same things",
            "run the step that changes them first, or give the values by `planned`",
        ));
    }
    Ok(found.into_iter().collect::<Map<_, _>>().into())
}

/// The planned size of every service that has one.
fn planned(state: &State) -> Result<Json, Refusal> {
    let services = state.head.iter().flat_map(|head| &head.facts.services);
    let sizes: Map<String, Json> = services.filter_map(|s| Some((s.name.clone(), s.instances?.into()))).collect();
    if sizes.is_empty() {
        return Err(Refusal::new("the plan gives no service a planned size", "add `instances` to its services"));
    }
    Ok(sizes.into())
}

/// `step` for its result, `step/before` for what it remembered.
fn result(state: &State, reference: &str) -> Result<Json, Refusal> {
    let (id, before) = match reference.strip_suffix("/before") {
        Some(id) => (id, true),
        None => (reference, false),
    };
    let id = StepId::from(id);
    let missing = || {
        Refusal::new(
            format!("{} has no result yet", step_words(state, &id)),
            "carry that step out first: this one uses its result",
        )
    };
    let step = state.step(&id).ok_or_else(missing)?;
    if before {
        let values: Map<String, Json> =
            step.parts.iter().filter_map(|(name, p)| Some((name.clone(), p.before.clone()?))).collect();
        return if values.is_empty() { Err(missing()) } else { Ok(values.into()) };
    }
    let value = step.result.as_ref().ok_or_else(missing)?;
    serde_json::to_value(value).map_err(|error| Refusal::new(error.to_string(), "answer that step again"))
}
