//! Services: down, healthy again, restored by a person (RULES R24).

use super::ground;
use crate::{
    incident::{
        event::{Event, RestoredBy},
        needs::step_of,
        refusal::Refusal,
        state::State,
        step_state::Status,
    },
    model::{Duration, StepId, Time},
    plan::Service,
};

type Decision = Result<Vec<Event>, Refusal>;

fn known<'a>(state: &'a State, name: &str) -> Result<&'a Service, Refusal> {
    let head = ground::open(state)?;
    let found = head.facts.services.iter().find(|s| s.name == name);
    found.ok_or_else(|| Refusal::new(format!("the plan has no service {name}"), "choose one of the plan's services"))
}

/// Seen failing by its own probe: its clock runs, again if it ran before.
pub fn down(state: &State, name: &str, since: Time, seen: &str, now: Time) -> Decision {
    known(state, name)?;
    ground::past(since, now, "the start of its outage")?;
    let outages = state.services.get(name).map(|s| s.outages.as_slice()).unwrap_or_default();
    if outages.last().is_some_and(|o| o.until.is_none()) {
        return Err(Refusal::new(format!("{name} is down already"), "nothing is needed"));
    }
    // A relapse never reaches back into time that was already counted as healthy or down.
    let since = outages.last().and_then(|o| o.until).map_or(since, |until| since.max(until));
    Ok(vec![Event::ServiceDown { service: name.to_owned(), since, seen: seen.to_owned() }])
}

/// Its `healthy` has held for its `for`, since `since`.
pub fn healthy(state: &State, name: &str, since: Time, now: Time) -> Decision {
    let service = known(state, name)?;
    let Some(gate) = &service.healthy else {
        return Err(Refusal::new(format!("{name} has no `healthy` in the plan"), "a person marks it restored"));
    };
    ground::past(since, now, "its health")?;
    if let Some(hold) = gate.hold.filter(|hold| Duration::between(since, now) < *hold) {
        return Err(Refusal::new(format!("{name} has not been healthy for {hold} yet"), "it counts once that has held"));
    }
    restored(state, name, since, RestoredBy::Observed)
}

/// Counts only for a service that Lifeboat cannot observe.
pub fn mark_restored(state: &State, name: &str, at: Time, now: Time) -> Decision {
    if known(state, name)?.healthy.is_some() {
        return Err(Refusal::new(format!("the health of {name} is observed"), "it counts as restored once that holds"));
    }
    ground::past(at, now, "its restoration")?;
    restored(state, name, at, RestoredBy::Person)
}

fn restored(state: &State, name: &str, at: Time, by: RestoredBy) -> Decision {
    if !state.services.get(name).is_some_and(|s| s.is_down()) {
        return Err(Refusal::new(format!("{name} is not down in this incident"), "nothing is needed"));
    }
    Ok(vec![Event::ServiceRestored { service: name.to_owned(), at, by }])
}

/// What `after` brings beside: services without a `healthy` that a step names in `restores` and that it ended well for.
pub fn restored_by_step(before: &State, after: &State, id: &StepId, now: Time) -> Vec<Event> {
    let newly = before.status(id) != Status::Succeeded && after.status(id) == Status::Succeeded;
    let (Some(step), Some(head)) = (step_of(after, id).filter(|_| newly), &after.head) else { return Vec::new() };
    let observed = |name: &str| head.facts.services.iter().any(|s| s.name == name && s.healthy.is_some());
    let named = after.services.iter().filter(|(name, s)| s.is_down() && step.restores.has(name) && !observed(name));
    named.map(|(name, _)| Event::ServiceRestored { service: name.clone(), at: now, by: RestoredBy::Step(id.clone()) }).collect()
}
