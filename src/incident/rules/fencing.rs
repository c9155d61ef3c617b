//! Fences: their three answers, and what leads on from each (RULES R19).

use super::ground;
use crate::{
    incident::{event::Event, needs::step_words, refusal::Refusal, state::State, step_state::Status},
    model::{StepId, Time},
};

type Decision = Result<Vec<Event>, Refusal>;

/// What a person types to go over a fence that gave no proof.
pub const FENCE_WAIVER: &str = "the old primary may still take writes";

/// What leads on where a fence is not proven.
pub fn way_on() -> String {
    format!("sign an outside fence (power, network or storage), or waive it by name with the words: {FENCE_WAIVER}")
}

/// What comes first before anybody goes over the fence `id`, which has not ended.
pub fn first(state: &State, id: &StepId) -> String {
    let words = step_words(state, id);
    match state.status(id) {
        Status::Running | Status::Verifying => format!("wait for the answer of {words}"),
        _ => format!("start {words}: if nothing answers that is journaled as failed; then {}", way_on()),
    }
}

/// Nobody who wanted to fence could even look at what it acts on: the try counts as failed, and nothing was sent.
pub fn unreachable(state: &State, id: &StepId, why: &str) -> Decision {
    let (_, at) = ground::step(state, id)?;
    if !state.traits(id).is_some_and(|traits| traits.fences) {
        return Err(Refusal::new(format!("{} is no fence", step_words(state, id)), "look again when it answers"));
    }
    ground::reason(why)?;
    ground::not_done(state, id, at.status)?;
    ground::ready(state, id)?;
    Ok(vec![Event::FenceUnreachable { step: id.clone(), why: why.to_owned() }])
}

/// Power, network or storage was cut by somebody outside; it makes a fence without proof succeed.
pub fn sign_outside(state: &State, id: &StepId, how: &str, effective: Time, now: Time) -> Decision {
    let (_, at) = ground::step(state, id)?;
    if !state.traits(id).is_some_and(|traits| traits.fences) {
        return Err(Refusal::new(format!("{} is no fence", step_words(state, id)), "sign the step that fences"));
    }
    ground::reason(how)?;
    ground::past(effective, now, "the moment it took effect")?;
    match at.status {
        Status::Open | Status::Failed | Status::Partial | Status::Unknown | Status::Undone | Status::Skipped => {
            Ok(vec![Event::OutsideFenceSigned { step: id.clone(), how: how.to_owned(), effective }])
        }
        Status::Running | Status::Verifying => {
            Err(Refusal::new(format!("{} is {}", step_words(state, id), at.status.words()), "wait for its answer"))
        }
        _ => Err(Refusal::new(format!("{} has ended well", step_words(state, id)), "nothing is needed")),
    }
}
