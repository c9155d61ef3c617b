//! What a step waits for, and what satisfies it (RULES R1).

use std::collections::VecDeque;

use serde_json::Value as Json;

use super::{state::State, step_state::Status};
use crate::{
    model::{StepId, Time},
    plan::{Condition, Step},
};

/// A need that is not met.
#[derive(Clone, Debug, PartialEq)]
pub struct Unmet {
    pub need: StepId,
    pub status: Status,
    /// It came to a bad end, so that a person may go over it by name.
    pub waivable: bool,
    /// `step 3, Fence the old primary, failed`.
    pub words: String,
}

/// `step 3, Fence the old primary`.
pub fn step_words(state: &State, id: &StepId) -> String {
    let Some(book) = &state.book else { return format!("step {id}") };
    match book.runbook.steps().enumerate().find(|(_, step)| step.id == *id) {
        Some((index, step)) => format!("step {}, {}", index + 1, step.title),
        None => format!("step {id}"),
    }
}

/// The open runbook's step of that name.
pub fn step_of<'a>(state: &'a State, id: &StepId) -> Option<&'a Step> {
    state.book.as_ref()?.runbook.step(id)
}

/// Needs of `id` that are neither satisfied nor waived. A reversible step may go over a skipped one,
/// which somebody skipped by name; `always` steps wait only until what they need has ended.
/// A step that is not needed hands on what it waits for; behind an irreversible step everything that leads to it must
/// have come to a good end, however long the chain: a skipped fence does not hide behind the step after it.
pub fn unmet_needs(state: &State, id: &StepId) -> Vec<Unmet> {
    let (Some(book), Some(step)) = (&state.book, step_of(state, id)) else { return Vec::new() };
    let waivers = state.step(id).map(|s| &s.waived);
    let (mut unmet, mut seen) = (Vec::new(), vec![id.clone()]);
    let mut todo: VecDeque<StepId> = book.runbook.needs_of(id).into();
    while let Some(need) = todo.pop_front() {
        if seen.contains(&need) {
            continue;
        }
        seen.push(need.clone());
        let status = state.status(&need);
        let waivable = matches!(status, Status::Skipped | Status::Failed | Status::Partial | Status::Unknown);
        // A waiver speaks of a bad end; it does not cover a need that is under way again.
        let waived = waivable && waivers.is_some_and(|w| w.contains_key(&need));
        let lenient = (status == Status::Skipped && !step.irreversible) || (step.always && status.ended());
        if status.satisfies() || lenient || waived {
            if status == Status::NotNeeded || (step.irreversible && !step.always) {
                todo.extend(book.runbook.needs_of(&need));
            }
            continue;
        }
        let words = match status {
            Status::Open => format!("{} is not done", step_words(state, &need)),
            Status::Running => format!("{} is running", step_words(state, &need)),
            Status::Verifying => format!("{} waits for its proof", step_words(state, &need)),
            other => format!("{} is {}", step_words(state, &need), other.words()),
        };
        unmet.push(Unmet { need, status, waivable, words });
    }
    unmet
}

/// Since when `id` waits for nothing else: the last of what led to it, asked of a step whose needs are met.
pub fn ready_since(state: &State, id: &StepId) -> Option<Time> {
    let book = state.book.as_ref()?;
    let own = state.step(id);
    let waived = own.into_iter().flat_map(|s| s.waived.values().map(|by| by.at));
    let answered = own.and_then(|s| Some(s.condition.as_ref()?.1.at));
    let mut since = waived.chain(answered).fold(book.opened, Time::max);
    let (mut seen, mut todo) = (vec![id.clone()], book.runbook.needs_of(id));
    while let Some(need) = todo.pop() {
        if seen.contains(&need) {
            continue;
        }
        if let Some(ended) = state.step(&need).and_then(|s| s.ended) {
            since = since.max(ended);
        }
        // What is not needed hands on what it waits for.
        if state.status(&need) == Status::NotNeeded {
            todo.extend(book.runbook.needs_of(&need));
        }
        seen.push(need);
    }
    Some(since)
}

/// The `if` that decides over `id`: its own, else its phase's.
pub fn condition_of<'a>(state: &'a State, id: &StepId) -> Option<&'a Condition> {
    let book = state.book.as_ref()?;
    let phase = book.runbook.phases.iter().find(|phase| phase.steps.iter().any(|step| step.id == *id))?;
    let step = phase.steps.iter().find(|step| step.id == *id)?;
    step.condition.as_ref().or(phase.condition.as_ref())
}

/// What the state itself says to a condition; `None` while it cannot say, and for questions to a person.
pub fn condition_by_state(state: &State, condition: &Condition) -> Option<bool> {
    match condition {
        Condition::Ask(_) => None,
        Condition::Failed(step) => {
            let status = state.status(step);
            status.ended().then_some(matches!(status, Status::Failed | Status::Partial))
        }
        Condition::Chosen(choices) => {
            let answers: Vec<bool> = choices
                .iter()
                .map(|(step, wanted)| {
                    let state = state.step(step)?;
                    match &state.result {
                        Some(answer) => Some(answer.to_string() == *wanted),
                        None => state.status.ended().then_some(false),
                    }
                })
                .collect::<Option<_>>()?;
            Some(answers.into_iter().all(|yes| yes))
        }
    }
}

/// Steps that (through any number of others) build on `id` and have begun: by their needs, their `if`, or its result.
pub fn begun_dependents(state: &State, id: &StepId) -> Vec<StepId> {
    let Some(book) = &state.book else { return Vec::new() };
    let (mut begun, mut seen, mut todo) = (Vec::new(), Vec::new(), vec![id.clone()]);
    while let Some(next) = todo.pop() {
        for step in book.runbook.steps() {
            let dependent = book.runbook.needs_of(&step.id).contains(&next)
                || condition_of(state, &step.id).is_some_and(|condition| names(condition, &next))
                || results_used(step).any(|used| used == next.as_str());
            if !dependent || seen.contains(&step.id) {
                continue;
            }
            seen.push(step.id.clone());
            let status = state.status(&step.id);
            if !matches!(status, Status::Open | Status::Undone | Status::Skipped | Status::NotNeeded) {
                begun.push(step.id.clone());
            }
            todo.push(step.id.clone());
        }
    }
    begun
}

/// Whether an `if` looks at `id`.
fn names(condition: &Condition, id: &StepId) -> bool {
    match condition {
        Condition::Ask(_) => false,
        Condition::Failed(step) => step == id,
        Condition::Chosen(choices) => choices.contains_key(id),
    }
}

/// The steps whose `{result: ..}` a step's call takes in.
pub fn results_used(step: &Step) -> impl Iterator<Item = &str> {
    fn walk<'a>(value: &'a Json, into: &mut Vec<&'a str>) {
        match value {
            Json::Object(map) => match map.get("result").and_then(Json::as_str).filter(|_| map.len() == 1) {
                Some(reference) => into.push(reference.strip_suffix("/before").unwrap_or(reference)),
                None => map.values().for_each(|value| walk(value, into)),
            },
            Json::Array(list) => list.iter().for_each(|value| walk(value, into)),
            _ => {}
        }
    }
    let mut used = Vec::new();
    step.with.values().for_each(|value| walk(value, &mut used));
    used.into_iter()
}
