//! What a console does by itself now (RULES R4).

use super::{
    actor::Actor,
    automation::{approvals_wanted, is_auto, may_run},
    event::RunKind,
    rules::{acting, agreeing},
    state::State,
    step_state::Status,
};
use crate::{
    model::{StepId, Time},
    plan::Step,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DueAct {
    /// A person must say yes first: they are asked, with what would be sent.
    Ask,
    Start,
}

/// A step that runs by itself, and what it waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    pub step: StepId,
    pub act: DueAct,
}

/// The first step, in the order of the runbook, that goes on by itself now.
pub fn due(state: &State, now: Time) -> Option<Due> {
    let book = state.book.as_ref().filter(|_| state.is_open())?;
    let mut own = book.runbook.steps().filter(|step| is_auto(&book.runbook, step));
    own.find_map(|step| act(state, step, now).map(|act| Due { step: step.id.clone(), act }))
}

/// What a person undid, or what failed, is not tried again by itself.
fn act(state: &State, step: &Step, now: Time) -> Option<DueAct> {
    if state.status(&step.id) != Status::Open || may_run(state, &step.id).is_err() {
        return None;
    }
    acting::may(state, &step.id, RunKind::First).ok()?;
    let wanted = approvals_wanted(state, step, true);
    let at = state.step(&step.id).cloned().unwrap_or_default();
    if wanted == 0 || (at.broke_glass.is_some() && !at.glass_spent) {
        return Some(DueAct::Start);
    }
    let Some(asked) = &at.approval_asked else { return Some(DueAct::Ask) };
    let lifeboat = Actor::lifeboat(&"".into());
    agreeing::approved(state, step, &at, &asked.preview, &lifeboat, now).is_ok().then_some(DueAct::Start)
}
