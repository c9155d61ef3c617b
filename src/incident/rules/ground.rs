//! What every rule stands on: an open incident, a known step, a reason, the power to do it.

use crate::{
    incident::{
        actor::Actor,
        facts::PlanFacts,
        needs::{condition_by_state, condition_of, step_of, step_words, unmet_needs},
        refusal::Refusal,
        state::{Head, State},
        step_state::{Status, StepState},
    },
    model::{Duration, StepId, Time},
    plan::{Condition, Power, Step},
};

/// How far two clocks may be apart before a time that the other says means nothing.
pub const CLOCKS_DIFFER: Duration = Duration::from_secs(60);

/// The incident, if it is open.
pub fn open(state: &State) -> Result<&Head, Refusal> {
    let head = state.head.as_ref().ok_or_else(|| Refusal::new("no incident is declared", "declare one"))?;
    match &head.closed {
        None => Ok(head),
        Some((resolution, by)) => Err(Refusal::new(
            format!("{} is closed ({}, by {})", head.id, resolution.words(), by.who),
            "reopen it, or write a note",
        )),
    }
}

/// A step of the open runbook, and where it stands.
pub fn step<'a>(state: &'a State, id: &StepId) -> Result<(&'a Step, StepState), Refusal> {
    open(state)?;
    if state.book.is_none() {
        return Err(Refusal::new("no runbook is open", "open one"));
    }
    let step = step_of(state, id)
        .ok_or_else(|| Refusal::new(format!("there is no step {id} in the open runbook"), "choose one of its steps"))?;
    Ok((step, state.step(id).cloned().unwrap_or_default()))
}

/// A reason that says something.
pub fn reason(why: &str) -> Result<(), Refusal> {
    if why.trim().is_empty() {
        return Err(Refusal::new("this needs a reason", "say in a few words why"));
    }
    Ok(())
}

/// Not in the future.
pub fn past(time: Time, now: Time, what: &str) -> Result<(), Refusal> {
    if time > now {
        return Err(Refusal::new(format!("{what} lies in the future"), "give a time that has passed"));
    }
    Ok(())
}

/// The roles of a person: the plan's and those joined as.
pub fn roles_of(state: &State, name: &str) -> Vec<String> {
    let planned = state.head.iter().flat_map(|h| &h.facts.people).filter(|p| p.name == name).flat_map(|p| p.roles.clone());
    let joined = state.people.get(name).into_iter().flat_map(|p| p.roles.clone());
    planned.chain(joined).collect()
}

/// Whether `who` has a power: by one of their roles, as the commander, or because the plan gives it to nobody.
pub fn may(state: &State, who: &Actor, power: Power) -> Result<(), Refusal> {
    let Some(head) = &state.head else { return Ok(()) };
    if state.commander.as_ref() == Some(&who.name) {
        return Ok(());
    }
    has_power(&head.facts, &roles_of(state, &who.name), who, power)
}

/// The same outside of an incident, where nobody commands: by one of `roles`, or because the plan gives it to nobody.
pub fn has_power(facts: &PlanFacts, roles: &[String], who: &Actor, power: Power) -> Result<(), Refusal> {
    let holders: Vec<_> = facts.roles.iter().filter(|(_, role)| role.may.contains(&power)).map(|(name, _)| name).collect();
    if holders.is_empty() || holders.iter().any(|h| roles.contains(h)) {
        return Ok(());
    }
    let word = Power::WORDS[power as usize];
    let names: Vec<_> = holders.iter().map(|h| h.as_str()).collect();
    Err(Refusal::new(
        format!("{} may not {word}", who.name),
        format!("join as {}, take command, or ask the commander", names.join(" or ")),
    ))
}

/// Nothing new starts while the incident is held (RULES R5), or a drill makes room for a real one (RULES R31).
pub fn not_held(state: &State) -> Result<(), Refusal> {
    if let Some(suspended) = &state.suspended {
        let what = match &suspended.real {
            Some(real) => format!("the drill is suspended: {real} is real"),
            None => format!("{} suspended the drill: {}", suspended.by.who, suspended.by.why),
        };
        return Err(Refusal::new(what, "resume the drill first"));
    }
    match &state.hold {
        None => Ok(()),
        Some(hold) => Err(Refusal::new(format!("{} holds: {}", hold.who, hold.why), "release first")),
    }
}

/// All needs met or waived, and its `if` not open.
pub fn ready(state: &State, id: &StepId) -> Result<(), Refusal> {
    if let Some(first) = unmet_needs(state, id).first() {
        let fences = state.traits(&first.need).is_some_and(|traits| traits.fences);
        let words = step_words(state, &first.need);
        let instead = if first.waivable && fences {
            format!("bring {words} to a good end, sign an outside fence there, or waive that need by name")
        } else if first.waivable {
            format!("bring {words} to a good end, or waive that need by name")
        } else if fences && first.status == Status::Open {
            "start that one first; if nothing answers, sign an outside fence there".to_owned()
        } else {
            "that must come first".to_owned()
        };
        return Err(Refusal::new(first.words.clone(), instead));
    }
    let answered = state.step(id).is_some_and(|s| s.condition.is_some());
    match condition_of(state, id) {
        Some(Condition::Ask(question)) if !answered => {
            Err(Refusal::new(format!("its question is open: {question}"), "answer yes or no first"))
        }
        Some(condition) if !answered => match condition_by_state(state, condition) {
            None => Err(Refusal::new("whether it is needed is not known yet", "finish the step that its `if` names")),
            Some(false) if !state.traits(id).is_some_and(|t| t.fences) => {
                Err(Refusal::new("by its `if` it is not needed", "answer its `if` with no, and take the next step"))
            }
            Some(_) => Ok(()),
        },
        _ => Ok(()),
    }
}

/// A step that nobody has brought to an end yet, or whose end may be tried again.
pub fn not_done(state: &State, id: &StepId, status: Status) -> Result<(), Refusal> {
    let words = step_words(state, id);
    match status {
        Status::Open | Status::Undone | Status::Failed | Status::Partial => Ok(()),
        Status::Running => {
            let who = state.step(id).and_then(|s| s.last_run()).map_or("somebody", |run| &run.who);
            Err(Refusal::new(format!("{words} is running at {who}'s"), "wait for its end, or ask it to stop"))
        }
        Status::Unknown => Err(Refusal::new(
            format!("{words} is unknown: it may have happened"),
            "read it back, or resolve it by hand with a reason",
        )),
        Status::Verifying => {
            Err(Refusal::new(format!("{words} waits for its proof"), "wait for the gate, or override it by name"))
        }
        ended => Err(Refusal::new(format!("{words} is {} already", ended.words()), "take the next step")),
    }
}
