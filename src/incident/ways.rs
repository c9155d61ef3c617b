//! The other ways that a plan gives for a step (`instead`), and what choosing one makes of the open runbook.

use super::{
    state::Book,
    step_state::{Status, StepState},
};
use crate::{
    model::StepId,
    plan::{Step, UndoForm, Way},
};

/// The name under which the flags of a step's `n`-th other way (from 0) are journaled beside the step's own. No step is
/// called so: a step's name has no `/`.
pub fn flags_of(step: &StepId, n: usize) -> StepId {
    StepId::from(format!("{step}/{}", n + 1))
}

/// The step as it is done this way. What it is for stays: its proof, unless the way has its own, and its drill form.
fn done_so(step: &Step, way: &Way) -> Step {
    let undo = step.undo.clone().filter(|undo| *undo == UndoForm::None);
    let gate = if way.gate.is_empty() { step.gate.clone() } else { way.gate.clone() };
    Step { action: Some(way.action.clone()), with: way.with.clone(), gate, undo, ..step.clone() }
}

/// `step` of `book` is done that way from here on; one that the plan does not have changes nothing.
pub fn choose(book: &mut Book, step: &StepId, way: Option<&str>) {
    let planned = book.planned.get(step).or_else(|| book.runbook.step(step)).cloned();
    let Some(planned) = planned else { return };
    let found = way.and_then(|title| planned.instead.iter().position(|way| way.title == title));
    let (now, flags) = match (way, found) {
        (None, _) => (planned.clone(), flags_of(step, planned.instead.len())),
        (Some(_), Some(n)) => (done_so(&planned, &planned.instead[n]), flags_of(step, n)),
        (Some(_), None) => return,
    };
    // The flags of the way that is left are kept under its own name, so that it can be chosen again.
    let own = flags_of(step, planned.instead.len());
    if !book.planned.contains_key(step)
        && let Some(traits) = book.traits.get(step).cloned()
    {
        book.traits.insert(own, traits);
    }
    if let Some(traits) = book.traits.get(&flags).cloned() {
        book.traits.insert(step.clone(), traits);
    }
    if let Some(place) = book.runbook.phases.iter_mut().flat_map(|phase| &mut phase.steps).find(|s| s.id == *step) {
        *place = now;
    }
    match way {
        Some(_) => drop(book.planned.entry(step.clone()).or_insert(planned)),
        None => drop(book.planned.remove(step)),
    }
}

/// Nothing that was looked at, agreed to or tried speaks of the new way. What ran stays among its runs.
pub fn begin_anew(step: &mut StepState) {
    step.status = Status::Open;
    step.ended = None;
    step.ended_by_hand = false;
    step.parts.clear();
    step.approvals.clear();
    step.approval_asked = None;
    step.declined = None;
    step.glass_spent |= step.broke_glass.is_some();
    step.proof = None;
    step.watched_since = None;
    step.said = None;
    step.unreachable = false;
    step.result = None;
}

/// The runbook as it stands in the file: every step as it was planned first.
pub fn as_planned(book: &Book) -> crate::plan::Runbook {
    let mut runbook = book.runbook.clone();
    for step in runbook.phases.iter_mut().flat_map(|phase| &mut phase.steps) {
        if let Some(planned) = book.planned.get(&step.id) {
            *step = planned.clone();
        }
    }
    runbook
}
