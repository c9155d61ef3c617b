//! Gates (RULES R12).

use super::ground;
use crate::{
    incident::{
        actor::Actor,
        event::{Event, Proof},
        needs::{ready_since, step_words},
        refusal::Refusal,
        state::State,
        step_state::{Status, StepState},
    },
    model::{Duration, StepId, Time},
    plan::{Power, Probe, Step, StepKind},
};

type Decision = Result<Vec<Event>, Refusal>;

/// Older samples pass nothing, where the plan says no `max_age`.
const STALE: Duration = Duration::from_mins(5);

/// A gate that waits: after an action that ended well, or alone once its needs are met.
pub fn watched(state: &State, step: &Step, at: &StepState) -> Result<(), Refusal> {
    if step.gate.is_empty() {
        return Err(Refusal::new(format!("{} has no gate", step_words(state, &step.id)), "confirm or start it"));
    }
    match (step.kind(), at.status) {
        (_, Status::Verifying) => Ok(()),
        (StepKind::Gate, Status::Open) => ground::ready(state, &step.id),
        (_, status) => Err(Refusal::new(
            format!("{} is {}", step_words(state, &step.id), status.words()),
            "its gate counts after its action has ended well",
        )),
    }
}

/// Accepts only samples measured after the action ended, that held long enough, and hold still.
pub fn held(state: &State, id: &StepId, proof: &Proof, now: Time) -> Decision {
    let (step, at) = ground::step(state, id)?;
    watched(state, step, &at)?;
    if let Some(since) = at.watched_since.filter(|since| proof.first <= *since) {
        return Err(Refusal::new(
            format!(
                "its first sample is from {}, before the action ended at {}",
                proof.first.format("%H:%M:%SZ"),
                since.format("%H:%M:%SZ")
            ),
            "wait for newer samples",
        ));
    }
    if proof.samples == 0 || proof.last < proof.first {
        return Err(Refusal::new("there is no sample in it", "wait for samples"));
    }
    ground::past(proof.last, now + ground::CLOCKS_DIFFER.delta(), "that sample")?;
    let max_age = step.gate.iter().flat_map(|gate| gate.probe.leaves()).filter_map(Probe::max_age).min().unwrap_or(STALE);
    let age = Duration::between(proof.last, now);
    if age > max_age {
        return Err(Refusal::new(format!("its newest sample is {age} old"), format!("wait for one younger than {max_age}")));
    }
    // A gate of its own has no action that ended; what it comes after has.
    let first = proof.first.max(after_needs(state, step).unwrap_or(proof.first));
    let hold = step.gate.iter().filter_map(|gate| gate.hold).max();
    let enough = match hold {
        Some(hold) => proof.last >= first && Duration::between(first, proof.last) >= hold,
        None => proof.samples >= 2 && proof.last > first,
    };
    if !enough {
        let wanted = hold.map_or("two samples in a row".to_owned(), |hold| format!("{hold} without a break"));
        return Err(Refusal::new("it has not held long enough", format!("it must hold for {wanted}")));
    }
    Ok(vec![Event::GateHeld { step: id.clone(), proof: proof.clone() }])
}

/// When the last of what a lone gate waits for ended: what was seen before says nothing about what came of it.
fn after_needs(state: &State, step: &Step) -> Option<Time> {
    (step.kind() == StepKind::Gate).then(|| ready_since(state, &step.id)).flatten()
}

/// Whether what the gate proves came to a good end before it was marked as failed or missed its time.
fn ended_at_its_gate(step: &Step, at: &StepState) -> bool {
    let acted = match step.kind() {
        StepKind::Gate => true,
        StepKind::Action => at.taken_over.is_some() || (!at.parts.is_empty() && at.succeeded_parts().len() == at.parts.len()),
        _ => at.watched_since.is_some(),
    };
    at.status == Status::Failed && acted && !step.gate.is_empty()
}

pub fn missed(state: &State, id: &StepId, why: &str) -> Decision {
    let (step, at) = ground::step(state, id)?;
    watched(state, step, &at)?;
    if at.status != Status::Verifying {
        return Err(Refusal::new("this gate waits for its moment", "it is not late before its step has begun"));
    }
    Ok(vec![Event::GateMissed { step: id.clone(), why: why.to_owned() }])
}

/// After its `within` passed: look once more, without sending anything.
pub fn watch_again(state: &State, id: &StepId) -> Decision {
    let (step, at) = ground::step(state, id)?;
    if !ended_at_its_gate(step, &at) {
        return Err(Refusal::new(
            format!("{} did not fail at its gate", step_words(state, id)),
            "retry what failed, or start it",
        ));
    }
    Ok(vec![Event::GateWatchedAgain { step: id.clone() }])
}

/// By name, with a reason, by somebody who may.
pub fn override_gate(state: &State, id: &StepId, why: &str, who: &Actor) -> Decision {
    let (step, at) = ground::step(state, id)?;
    ground::may(state, who, Power::Override)?;
    ground::reason(why)?;
    if !ended_at_its_gate(step, &at) {
        watched(state, step, &at)?;
    }
    Ok(vec![Event::GateOverridden { step: id.clone(), why: why.to_owned() }])
}
