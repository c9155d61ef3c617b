//! Until when writes went on, and when data was back (RULES R21).

use std::collections::BTreeMap;

use crate::{
    incident::{Book, State, Status, StepState, step_state::Foreseen},
    model::{StepId, Time},
    plan::Step,
};

/// The end of the stretch that may be lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stop {
    /// The proof of the last fence, or the time of the outside fence; else now, and growing.
    pub at: Time,
    /// Writes have provably stopped.
    pub frozen: bool,
}

/// The steps that `wanted` means, in each of the incident's runbooks: what was done stays done when another one is opened.
fn steps_on<'a>(
    state: &'a State,
    wanted: impl Fn(&Step) -> bool + Copy + 'a,
) -> impl Iterator<Item = (&'a Step, Option<&'a StepState>)> {
    let drill = state.is_drill();
    let of = move |(book, at): (&'a Book, &'a BTreeMap<StepId, StepState>)| {
        let meant = move |step: &&Step| wanted(step) && !(drill && step.is_other_in_drill());
        book.runbook.steps().filter(meant).map(move |step| (step, at.get(&step.id)))
    };
    state.books().flat_map(of)
}

/// When writes to `dataset` stopped: when the last of the fences that a runbook has for it was in place. A fence that
/// somebody left out by name is not waited for, as long as another one holds.
pub fn stop_of(state: Option<&State>, dataset: &str, now: Time) -> Stop {
    let fenced =
        |state: &State| state.books().filter_map(|(book, steps)| fenced_by(book, steps, dataset, state.is_drill())).min();
    match state.and_then(fenced) {
        Some(at) => Stop { at: at.min(now), frozen: true },
        None => Stop { at: now, frozen: false },
    }
}

fn fenced_by(book: &Book, steps: &BTreeMap<StepId, StepState>, dataset: &str, drill: bool) -> Option<Time> {
    let mut last = None;
    let fences = |step: &&Step| step.freezes.has(dataset) && !(drill && step.is_other_in_drill());
    for step in book.runbook.steps().filter(fences) {
        let at = steps.get(&step.id)?;
        let proven = match (&at.outside_fence, at.status) {
            (_, Status::Skipped | Status::NotNeeded | Status::TalkedThrough) => continue,
            (_, Status::Undone) => None,
            (Some((_, effective)), _) => Some(*effective),
            // A part that was fenced, whatever became of the step's gate since.
            (None, Status::Succeeded | Status::Verifying) => at.fenced_since(),
            _ => None,
        }?;
        last = last.max(Some(proven));
    }
    last
}

/// When `dataset` was recovered: the end of a step that names it in `recovers`.
pub fn recovered_at(state: &State, dataset: &str) -> Option<Time> {
    let steps = steps_on(state, |step| step.recovers.has(dataset));
    steps.filter_map(|(_, at)| at.filter(|at| at.status == Status::Succeeded)?.ended).min()
}

/// What was known as the step was started that recovered `dataset`.
pub fn foreseen(state: &State, dataset: &str) -> Option<Foreseen> {
    let steps = steps_on(state, |step| step.recovers.has(dataset));
    let done = steps.filter_map(|(_, at)| at.filter(|at| at.status == Status::Succeeded));
    done.min_by_key(|at| at.ended)?.foreseen.get(dataset).cloned()
}

/// The source that a step's question was answered with: a person's choice, which may differ from the best one.
pub fn chosen_source(state: &State, dataset: &str) -> Option<String> {
    let asks = |step: &Step| step.decision.as_ref().is_some_and(|d| d.source_of.as_deref() == Some(dataset));
    let answered = steps_on(state, asks).filter_map(|(_, at)| at.filter(|at| at.status == Status::Succeeded));
    answered.filter_map(|at| at.result.as_ref()).map(ToString::to_string).last()
}

/// Whether a step that recovers it is under way: what can be seen of its sources changes meanwhile.
pub fn is_recovering(state: &State, dataset: &str) -> bool {
    let mut steps = steps_on(state, |step| step.recovers.has(dataset));
    steps.any(|(_, at)| at.is_some_and(|at| matches!(at.status, Status::Running | Status::Verifying)))
}

/// The standby that was proven to hold the primary's last commit between the stop of writes and the recovery: its connection.
pub fn caught_up(state: &State, stop: Time, recovered: Time) -> Option<String> {
    let waits = |step: &Step| matches!(step.action.as_deref(), Some("postgres.wait_caught_up" | "redis.wait_caught_up"));
    let mut steps = steps_on(state, waits);
    steps.find_map(|(_, at)| {
        let at = at.filter(|at| at.status == Status::Succeeded)?;
        let run = at.last_run()?;
        (run.started >= stop && at.ended? <= recovered).then(|| run.call.via.clone())?
    })
}
