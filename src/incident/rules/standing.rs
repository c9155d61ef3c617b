//! Done steps that are seen not to hold any more, and to hold again (RULES R13).

use super::ground;
use crate::{
    incident::{
        event::{Event, Proof},
        needs::step_words,
        refusal::Refusal,
        standing::is_observed,
        state::State,
        step_state::StepState,
    },
    model::{Duration, StepId, Time},
};

type Decision = Result<Vec<Event>, Refusal>;

/// A proof that comes and goes is journaled no more often than this; screens show it at once.
pub const QUIET: Duration = Duration::from_mins(5);

/// What fresh samples said. The step stays done: what to do about it is for people.
pub fn lost(state: &State, id: &StepId, seen: &str, since: Time, now: Time) -> Decision {
    let at = observed(state, id, now)?;
    if at.lost.is_some() {
        return Err(Refusal::new(format!("it is known that {} does not hold", step_words(state, id)), "nothing is needed"));
    }
    ground::past(since, now + ground::CLOCKS_DIFFER.delta(), "that sample")?;
    Ok(vec![Event::ProofLost { step: id.clone(), seen: seen.to_owned(), since }])
}

pub fn regained(state: &State, id: &StepId, proof: &Proof, now: Time) -> Decision {
    let at = observed(state, id, now)?;
    let Some((_, since)) = &at.lost else {
        return Err(Refusal::new(format!("{} has not stopped holding", step_words(state, id)), "nothing is needed"));
    };
    if proof.samples == 0 || proof.first <= *since {
        return Err(Refusal::new("its samples are no newer than those that failed", "wait for samples"));
    }
    ground::past(proof.last, now + ground::CLOCKS_DIFFER.delta(), "that sample")?;
    Ok(vec![Event::ProofRegained { step: id.clone(), proof: proof.clone() }])
}

fn observed(state: &State, id: &StepId, now: Time) -> Result<StepState, Refusal> {
    let (step, at) = ground::step(state, id)?;
    if !is_observed(state, step) {
        return Err(Refusal::new(
            format!("the proof of {} is not observed any more", step_words(state, id)),
            "nothing is needed",
        ));
    }
    // A time ahead of now is of a clock that was set back since.
    if let Some(told) = at.lost_told.filter(|told| *told <= now && Duration::between(*told, now) < QUIET) {
        let next = QUIET.saturating_sub(Duration::between(told, now));
        return Err(Refusal::new("its last change was journaled a moment ago", format!("it is journaled again in {next}")));
    }
    Ok(at)
}
