//! The course of an incident: declare, join, hand over, correct, hold, note, close.

use super::ground;
use crate::{
    incident::{
        actor::Actor,
        command::Declaration,
        event::{Event, Resolution},
        refusal::Refusal,
        scope::Scope,
        state::State,
        step_state::Status,
    },
    model::{Duration, IncidentId, Severity, Time, text},
    plan::Power,
};

type Decision = Result<Vec<Event>, Refusal>;

/// What every notice of a drill begins with.
pub const DRILL: &str = "DRILL";

/// Smaller jumps of the machine's clock are everyday corrections.
const JUMP: Duration = Duration::from_secs(5);
/// Consoles of one machine see a jump of its clock within that.
const SAME_JUMP: Duration = Duration::from_secs(10);

pub fn declare(state: &State, declaration: &Declaration, now: Time) -> Decision {
    if let Some(head) = &state.head {
        return Err(Refusal::new(format!("{} is declared already", head.id), "declare another incident, or reopen this one"));
    }
    let Declaration { title, drill, scenario, severity, began, impacts, facts } = declaration;
    if title.trim().is_empty() {
        return Err(Refusal::new("an incident needs a title", "say in a few words what is wrong"));
    }
    if let Some(name) = scenario.as_ref().filter(|name| !facts.scenarios.contains_key(*name)) {
        let known: Vec<_> = facts.scenarios.keys().map(String::as_str).collect();
        return Err(Refusal::new(format!("the plan has no scenario {name}"), format!("choose one of {}", known.join(", "))));
    }
    ground::past(*began, now, "the start of impact")?;
    for impact in impacts {
        if !facts.services.iter().any(|service| service.name == impact.service) {
            return Err(Refusal::new(format!("the plan has no service {}", impact.service), "choose one of the plan's services"));
        }
        ground::past(impact.since, now, &format!("the start of the outage of {}", impact.service))?;
    }
    Ok(vec![Event::Declared {
        title: title.trim().to_owned(),
        drill: *drill,
        scenario: scenario.clone(),
        severity: *severity,
        began: *began,
        impacts: impacts.clone(),
        digest: facts.digest(),
        facts: Box::new(facts.clone()),
    }])
}

pub fn join(state: &State, role: &str, who: &Actor) -> Decision {
    let head = ground::open(state)?;
    let known: Vec<_> = head.facts.roles.keys().map(String::as_str).collect();
    if !known.is_empty() && !known.contains(&role) {
        return Err(Refusal::new(format!("the plan has no role {role}"), format!("join as {}", known.join(", "))));
    }
    if ground::roles_of(state, &who.name).iter().any(|r| r == role) && state.people.contains_key(&who.name) {
        return Err(Refusal::new(format!("you are {role} already"), "nothing is needed"));
    }
    Ok(vec![Event::Joined { role: role.to_owned() }])
}

/// The commander hands over; somebody else may take command for themselves, which the journal shows.
pub fn hand_over(state: &State, to: &str, who: &Actor) -> Decision {
    ground::open(state)?;
    let commander = state.commander.as_deref().unwrap_or_default();
    let to = to.trim();
    if to.is_empty() {
        return Err(Refusal::new("command goes to a person", "say who takes it"));
    }
    if commander == to {
        return Err(Refusal::new(format!("{to} is the commander already"), "nothing is needed"));
    }
    if commander != who.name && to != who.name {
        return Err(Refusal::new(format!("{commander} is the commander"), "ask them to hand over, or take command yourself"));
    }
    Ok(vec![Event::CommandHandedOver { to: to.to_owned() }])
}

pub fn change_severity(state: &State, to: Severity, why: &str) -> Decision {
    let head = ground::open(state)?;
    ground::reason(why)?;
    if head.severity == to {
        return Err(Refusal::new(format!("it is {to} already"), "choose another severity"));
    }
    Ok(vec![Event::SeverityChanged { to, why: why.to_owned() }])
}

pub fn correct_start(state: &State, began: Time, why: &str, now: Time) -> Decision {
    ground::open(state)?;
    ground::reason(why)?;
    ground::past(began, now, "the start of impact")?;
    Ok(vec![Event::OutageStartCorrected { began, why: why.to_owned() }])
}

pub fn set_clean_before(state: &State, before: Time, why: &str, now: Time) -> Decision {
    ground::open(state)?;
    ground::reason(why)?;
    ground::past(before, now, "the last clean moment")?;
    Ok(vec![Event::CleanBeforeSet { before, why: why.to_owned() }])
}

/// Replaces what was said before. What is observed needs nobody to say it.
pub fn change_scope(state: &State, scope: &Scope, since: Time, why: &str, now: Time) -> Decision {
    let head = ground::open(state)?;
    ground::reason(why)?;
    ground::past(since, now, "since when it is affected")?;
    if scope.is_empty() {
        return Err(Refusal::new(
            "that says that nothing is affected",
            "name services, regions or datasets; if nothing is, close it as a false alarm",
        ));
    }
    let facts = &head.facts;
    known("service", &scope.services, facts.services.iter().map(|s| s.name.as_str()).collect())?;
    known("region", &scope.regions, facts.regions.iter().map(|r| r.name.as_str()).collect())?;
    known("dataset", &scope.datasets, facts.datasets.iter().map(|d| d.name.as_str()).collect())?;
    if head.scope.as_ref() == Some(scope) {
        return Err(Refusal::new("that is what is affected already", "nothing is needed"));
    }
    Ok(vec![Event::ScopeChanged { scope: scope.clone(), since, why: why.to_owned() }])
}

/// Each of `said` once, and each a name of the plan.
fn known(what: &str, said: &[String], names: Vec<&str>) -> Result<(), Refusal> {
    if let Some(stranger) = said.iter().find(|name| !names.contains(&name.as_str())) {
        let instead = match names.as_slice() {
            [] => format!("leave it out: the plan names no {what}"),
            names => format!("choose among {}", names.join(", ")),
        };
        return Err(Refusal::new(format!("the plan has no {what} {}", text::clean(stranger)), instead));
    }
    match said.iter().enumerate().find(|(n, name)| said[..*n].contains(name)) {
        Some((_, twice)) => Err(Refusal::new(format!("{twice} is named twice"), "name it once")),
        None => Ok(()),
    }
}

/// Also after a close, like a note: who was told that it is over. A drill's says that it is one (RULES R31).
pub fn notice(state: &State, to: &str, how: &str, said: Option<&str>, happened: Option<Time>, now: Time) -> Decision {
    if state.head.is_none() {
        return Err(Refusal::new("no incident is declared", "declare one: a notice tells of an incident"));
    }
    let (to, how) = (to.trim(), how.trim());
    if to.is_empty() {
        return Err(Refusal::new("a notice is told to somebody", "say who was told"));
    }
    if how.is_empty() {
        return Err(Refusal::new("how they were told is not said", "say by what means: by phone, on the status page"));
    }
    happened.map_or(Ok(()), |at| ground::past(at, now, "the moment they were told"))?;
    let said = said.map(str::trim).filter(|said| !said.is_empty());
    let said = match said {
        Some(said) if state.is_drill() && !said.starts_with(DRILL) => Some(format!("{DRILL}: {said}")),
        None if state.is_drill() => Some(DRILL.to_owned()),
        said => said.map(str::to_owned),
    };
    Ok(vec![Event::NoticeSent { to: to.to_owned(), how: how.to_owned(), said }])
}

/// Everything that a real incident does not need to hear of waits.
pub fn suspend_drill(state: &State, real: Option<&IncidentId>, why: &str) -> Decision {
    let head = ground::open(state)?;
    if !head.drill {
        return Err(Refusal::new(format!("{} is no drill", head.id), "hold it, if nothing new shall start"));
    }
    ground::reason(why)?;
    if let Some(suspended) = &state.suspended {
        return Err(Refusal::new(format!("{} suspended it already", suspended.by.who), "resume it, when it is time"));
    }
    Ok(vec![Event::DrillSuspended { real: real.cloned(), why: why.to_owned() }])
}

/// Whether a real incident is still open, the console says: it sees them all.
pub fn resume_drill(state: &State) -> Decision {
    let head = ground::open(state)?;
    if state.suspended.is_none() {
        return Err(Refusal::new(format!("{} is not suspended", head.id), "nothing is needed"));
    }
    Ok(vec![Event::DrillResumed])
}

/// One key, from any screen: a reason is welcome, not needed (RULES R5).
pub fn hold(state: &State, why: &str) -> Decision {
    ground::open(state)?;
    if let Some(hold) = &state.hold {
        return Err(Refusal::new(format!("{} holds already", hold.who), "release, when it is time"));
    }
    let why = if why.trim().is_empty() { "no reason given" } else { why.trim() };
    Ok(vec![Event::Held { why: why.to_owned() }])
}

pub fn release(state: &State) -> Decision {
    ground::open(state)?;
    if state.hold.is_none() {
        return Err(Refusal::new("nobody holds", "nothing is needed"));
    }
    Ok(vec![Event::Released])
}

/// Also after a close (RULES R10).
pub fn note(state: &State, text: &str, happened: Option<Time>, now: Time) -> Decision {
    if state.head.is_none() {
        return Err(Refusal::new("no incident is declared", "declare one: notes belong to an incident"));
    }
    if text.trim().is_empty() {
        return Err(Refusal::new("the note is empty", "write what happened"));
    }
    happened.map_or(Ok(()), |at| ground::past(at, now, "what the note tells"))?;
    Ok(vec![Event::Noted { text: text.trim().to_owned() }])
}

/// Refused while anything runs or is unknown (RULES R10).
pub fn close(state: &State, resolution: Resolution, why: &str, who: &Actor) -> Decision {
    ground::open(state)?;
    ground::may(state, who, Power::Declare)?;
    for (book, steps) in state.books() {
        for (id, step) in steps {
            let words = || book.runbook.step(id).map_or_else(|| format!("step {id}"), |step| step.title.clone());
            match step.status {
                Status::Running => return Err(Refusal::new(format!("{} is running", words()), "wait for its end")),
                Status::Unknown => {
                    return Err(Refusal::new(format!("{} is unknown", words()), "read it back, or resolve it by hand"));
                }
                _ => {}
            }
        }
    }
    let down: Vec<_> = state.services.iter().filter(|(_, s)| s.is_down()).map(|(name, _)| name.as_str()).collect();
    if resolution == Resolution::Resolved && !down.is_empty() && why.trim().is_empty() {
        return Err(Refusal::new(
            format!("still down: {}", down.join(", ")),
            "restore them, or give a reason to close all the same",
        ));
    }
    if resolution != Resolution::Resolved {
        ground::reason(why)?;
    }
    Ok(vec![Event::Closed { resolution, why: why.trim().to_owned() }])
}

/// Only one that matters to what people read off the clocks (RULES R11).
pub fn clock_jumped(state: &State, by_ms: i64, now: Time) -> Decision {
    ground::open(state)?;
    if by_ms.unsigned_abs() <= JUMP.as_millis() {
        return Err(Refusal::new(format!("the clock jumped by {by_ms}ms"), format!("nothing is needed up to {JUMP}")));
    }
    // All times of the incident are moved by it: two consoles that see the same jump must not do that twice.
    let alike = |other: i64| other.abs_diff(by_ms) <= JUMP.as_millis();
    let near = |at: Time| (now - at).num_milliseconds().unsigned_abs() <= SAME_JUMP.as_millis();
    if state.jumped.is_some_and(|(at, other)| near(at) && alike(other)) {
        return Err(Refusal::new("another console of this machine has told that jump", "nothing is needed"));
    }
    Ok(vec![Event::ClockJumped { by_ms }])
}

pub fn reopen(state: &State, why: &str) -> Decision {
    let head = state.head.as_ref().ok_or_else(|| Refusal::new("no incident is declared", "declare one"))?;
    if head.closed.is_none() {
        return Err(Refusal::new(format!("{} is open", head.id), "nothing is needed"));
    }
    ground::reason(why)?;
    Ok(vec![Event::Reopened { why: why.to_owned() }])
}
