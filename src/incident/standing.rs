//! Which done steps go on being observed (RULES R13): those whose proof people build on, until another step acts on
//! the same things.

use super::{
    state::State,
    step_state::{Run, Status, StepState},
};
use crate::plan::{Step, StepKind};

/// Whether `step`'s gate still has something to say: it was seen to hold, and nobody has meant to change that since.
pub fn is_observed(state: &State, step: &Step) -> bool {
    let Some(at) = state.step(&step.id) else { return false };
    let proven = at.status == Status::Succeeded && at.proof.is_some() && at.overridden.is_none();
    if !proven || step.gate.is_empty() {
        return false;
    }
    match step.kind() {
        // A gate alone looks at the world as it was at its moment, unless it is the proof of what was done right before.
        StepKind::Gate => {
            let Some(book) = &state.book else { return false };
            let needs = book.runbook.needs_of(&step.id);
            let done: Vec<&StepState> = needs.iter().filter_map(|need| proves(state, book.runbook.step(need)?)).collect();
            !done.is_empty() && !done.iter().any(|at| is_superseded(state, at))
        }
        _ => !is_superseded(state, at),
    }
}

/// Where a step stands that changed something, as far as a gate right after it proves that.
fn proves<'a>(state: &'a State, step: &Step) -> Option<&'a StepState> {
    let at = state.step(&step.id).filter(|at| at.status == Status::Succeeded)?;
    let reads = state.traits(&step.id).is_some_and(|traits| !traits.mutating);
    let does = match step.kind() {
        StepKind::Action => !reads,
        StepKind::Check => true,
        _ => false,
    };
    does.then_some(at)
}

/// Whether other steps acted later on all of the same things: then those speak for them.
fn is_superseded(state: &State, at: &StepState) -> bool {
    let Some(own) = at.last_run() else { return false };
    let others = state.steps.values().filter(|other| !matches!(other.status, Status::Open | Status::Undone));
    let later: Vec<&Run> = others.filter_map(StepState::last_run).filter(|run| run.seq > own.seq && is_there(own, run)).collect();
    let named = own.call.with.iter().filter(|(key, _)| !NO_NAMES.contains(&key.as_str()));
    named.map(|(key, _)| (key, own.call.texts(key))).any(|(key, names)| {
        let acted_on = |name: &String| later.iter().any(|run| run.call.texts(key).contains(name));
        !names.is_empty() && names.iter().all(acted_on)
    })
}

/// Fields that say where and how, not on what.
const NO_NAMES: [&str; 4] = ["via", "namespace", "of", "argv"];

/// On the same server, and in the same part of it.
fn is_there(one: &Run, other: &Run) -> bool {
    let place = |run: &Run| run.call.with.get("namespace").cloned();
    one.call.via == other.call.via && place(one) == place(other)
}
