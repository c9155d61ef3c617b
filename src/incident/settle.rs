//! How the ends of parts become the end of their run and of their step.

use super::{
    event::RunKind,
    step_state::{PartState, Status, StepState},
};
use crate::model::{Outcome, PartReport, RunId, Time};

pub fn end(step: &mut StepState, status: Status, at: Time) {
    step.status = status;
    step.ended = Some(at);
}

/// Its good end still has to be seen by its gate, by samples after `since`.
pub fn watch(step: &mut StepState, since: Time) {
    step.status = Status::Verifying;
    step.ended = None;
    step.watched_since = Some(since);
    step.proof = None;
    step.lost = None;
}

/// Takes a part's end in, and with it the step's. A run that is not the newest of that part changes nothing any more.
pub fn settle(step: &mut StepState, run: &RunId, report: &PartReport, at: Time, has_gate: bool) {
    let Some(this) = step.runs.iter().position(|r| r.id == *run) else { return };
    let kind = step.runs[this].kind;
    // An undo by another action has parts of its own; the step's are not among them.
    let foreign = !step.runs.iter().any(|r| r.kind != RunKind::Undo && r.parts.contains(&report.part));
    let stood = status_of_parts(step.parts.values(), kind, has_gate);
    let Some(part) = step.parts.get_mut(&report.part).filter(|p| p.run.as_ref() == Some(run)) else { return };
    part.progress = None;
    match (kind, &report.outcome) {
        (RunKind::Undo, Outcome::Succeeded { .. }) => put_back(part),
        (RunKind::Undo, Outcome::Failed { reason }) if !foreign => {
            part.progress = Some(format!("undo failed: {reason}"));
            if matches!(part.outcome, Some(Outcome::Unknown { .. })) {
                part.outcome = Some(Outcome::succeeded("it stands: it was not undone"));
            }
        }
        _ => part.outcome = Some(report.outcome.clone()),
    }
    match (kind, &report.outcome) {
        // What an undo may have let in again is proven no more.
        (RunKind::Undo, Outcome::Unknown { .. }) => part.fence = None,
        (RunKind::Undo, _) => {}
        _ => part.fence = report.fence.clone(),
    }
    if let Some(result) = &report.result {
        step.result = Some(result.clone());
    }
    let this = &mut step.runs[this];
    let late = this.ended.is_some();
    let ended = |name: &String| {
        this.reported.contains(name) || this.lost || step.parts.get(name).is_some_and(|p| p.run.as_ref() != Some(run))
    };
    if !this.parts.iter().all(ended) {
        return;
    }
    this.ended.get_or_insert(at);
    if foreign && this.parts.iter().all(|name| step.parts.get(name).is_some_and(|p| p.outcome.is_none())) {
        step.parts.values_mut().for_each(put_back);
    }
    if step.ended_by_hand || step.runs.last().is_some_and(|newest| newest.id != *run) {
        return;
    }
    let status = status_of_parts(step.parts.values(), kind, has_gate);
    // A late word that tells nothing new takes nothing back: a gate that was seen to hold stays seen.
    if late && status == stood {
        return;
    }
    if status == Status::Verifying { watch(step, at) } else { end(step, status, at) }
}

/// As before anybody touched it; there is nothing to remember any more.
fn put_back(part: &mut PartState) {
    (part.outcome, part.fence, part.before) = (None, None, None);
}

fn status_of_parts<'a>(parts: impl Iterator<Item = &'a PartState> + Clone, kind: RunKind, has_gate: bool) -> Status {
    let any = |wanted: fn(&Option<Outcome>) -> bool| parts.clone().any(|p| wanted(&p.outcome));
    let unknown = any(|o| matches!(o, Some(Outcome::Unknown { .. })));
    let failed = any(|o| matches!(o, Some(Outcome::Failed { .. })));
    let succeeded = any(|o| matches!(o, Some(Outcome::Succeeded { .. })));
    if unknown {
        return Status::Unknown;
    }
    if kind == RunKind::Undo {
        return if succeeded { Status::Partial } else { Status::Undone };
    }
    match (succeeded, failed) {
        (true, true) => Status::Partial,
        (_, true) => Status::Failed,
        _ if has_gate => Status::Verifying,
        _ => Status::Succeeded,
    }
}
