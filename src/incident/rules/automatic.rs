//! What starts and runs by itself: armed by a commander, consented to by one, stopped by anybody (RULES R4).

use super::{book, ground};
use crate::{
    incident::{
        actor::Actor,
        automation,
        command::Arming,
        consented::Armed,
        event::{Event, Proof},
        facts::PlanFacts,
        refusal::Refusal,
        state::State,
    },
    model::{Digest, Duration, IncidentId, StepId, Time, text},
    plan::{Automatic, Power},
};

type Decision = Result<Vec<Event>, Refusal>;

/// Outside of an incident nobody commands: a commander is who the plan lets go over a rule.
fn may_command(facts: &PlanFacts, who: &Actor) -> Result<(), Refusal> {
    let roles: Vec<String> = facts.people.iter().filter(|p| p.name == who.name).flat_map(|p| p.roles.clone()).collect();
    ground::has_power(facts, &roles, who, Power::Override)
}

/// What the plan says about starting by itself for `scenario`.
fn automatic<'a>(facts: &'a PlanFacts, scenario: &str) -> Result<&'a Automatic, Refusal> {
    let found = facts.scenarios.get(scenario).and_then(|scenario| scenario.automatic.as_ref());
    found.ok_or_else(|| {
        Refusal::new(
            format!("the plan has no automatic failover for {}", text::clean(scenario)),
            "add `automatic` to the scenario in the plan",
        )
    })
}

pub fn arm(state: &State, arming: &Arming, who: &Actor) -> Decision {
    let Arming { scenario, facts, runbook, traits, drill_traits, steps } = arming;
    if let Some(head) = &state.head {
        return Err(Refusal::new(format!("{} is an incident", head.id), "a failover is armed outside of every incident"));
    }
    let automatic = automatic(facts, scenario)?;
    may_command(facts, who)?;
    if runbook.name != automatic.runbook {
        return Err(Refusal::new(
            format!("the plan opens {} by itself, not {}", automatic.runbook, runbook.name),
            "arm what the plan says",
        ));
    }
    book::complete(runbook, traits, drill_traits)?;
    let list = automation::list(runbook, traits, drill_traits, false);
    if *steps != list {
        return Err(Refusal::new("what would run by itself is another list by now", "read it again, then arm"));
    }
    let digest = Digest::of_json(runbook);
    let as_it_is = |armed: &Armed| armed.triggered.is_none() && armed.digest == digest && armed.facts == *facts;
    if let Some(armed) = state.armed.get(scenario).filter(|armed| as_it_is(armed)) {
        return Err(Refusal::new(format!("{} armed it already", armed.by), "nothing is needed"));
    }
    Ok(vec![Event::Armed {
        scenario: scenario.clone(),
        facts: Box::new(facts.clone()),
        runbook: Box::new(runbook.clone()),
        digest,
        traits: traits.clone(),
        drill_traits: drill_traits.clone(),
        steps: list,
    }])
}

fn armed<'a>(state: &'a State, scenario: &str) -> Result<&'a Armed, Refusal> {
    let found = state.armed.get(scenario);
    found.ok_or_else(|| Refusal::new(format!("nobody armed {}", text::clean(scenario)), "nothing is needed"))
}

pub fn disarm(state: &State, scenario: &str, why: &str, who: &Actor) -> Decision {
    may_command(&armed(state, scenario)?.facts, who)?;
    ground::reason(why)?;
    Ok(vec![Event::Disarmed { scenario: scenario.to_owned(), why: why.to_owned() }])
}

/// Once: the first console whose word is durable starts it, every other one is told that it is started.
pub fn trigger(state: &State, scenario: &str, incident: &IncidentId, proof: &Proof, now: Time) -> Decision {
    let armed = armed(state, scenario)?;
    let automatic = automatic(&armed.facts, scenario)?;
    if let Some((incident, _)) = &armed.triggered {
        return Err(Refusal::new(format!("it was triggered already, as {incident}"), "arm it again, when it is time"));
    }
    if proof.first <= armed.at || proof.samples < 2 || Duration::between(proof.first, proof.last) < automatic.hold {
        let hold = automatic.hold;
        return Err(Refusal::new("the trigger has not held long enough", format!("it must hold for {hold} after it was armed")));
    }
    ground::past(proof.last, now + ground::CLOCKS_DIFFER.delta(), "that sample")?;
    Ok(vec![Event::FailoverTriggered { scenario: scenario.to_owned(), incident: incident.clone(), proof: proof.clone() }])
}

/// The commander read the list; `by` where they did so when they armed the failover.
pub fn consent(state: &State, steps: &[StepId], by: Option<&str>, who: &Actor) -> Decision {
    let head = ground::open(state)?;
    let book = state.book.as_ref().ok_or_else(|| Refusal::new("no runbook is open", "open one"))?;
    let commander = state.commander.as_deref().unwrap_or(head.declared_by.as_str());
    match by {
        None if commander != who.name => {
            return Err(Refusal::new(format!("{commander} is the commander"), "the commander consents to what runs by itself"));
        }
        Some(_) if !who.is_lifeboat() => {
            return Err(Refusal::new("nobody consents in another's name", "consent yourself, as the commander"));
        }
        _ => {}
    }
    let list = automation::list_of(state);
    if list.is_empty() {
        return Err(Refusal::new(
            format!("nothing in {} changes anything by itself", book.runbook.name),
            "a person starts its steps",
        ));
    }
    if steps != list {
        return Err(Refusal::new("what would run by itself is another list by now", "read it again, then consent"));
    }
    if book.automation.as_ref().is_some_and(|automation| automation.stopped.is_none() && automation.steps == list) {
        return Err(Refusal::new("it is consented to already", "nothing is needed"));
    }
    Ok(vec![Event::AutomationConsented { steps: list, by: by.map(str::to_owned) }])
}

/// Safe at any time, so anybody may.
pub fn stop(state: &State, why: &str) -> Decision {
    ground::open(state)?;
    ground::reason(why)?;
    let automation = state.book.as_ref().and_then(|book| book.automation.as_ref());
    match automation {
        Some(automation) if automation.stopped.is_none() => {
            Ok(vec![Event::AutomationStopped { step: None, why: why.to_owned() }])
        }
        Some(_) => Err(Refusal::new("it was stopped already", "nothing is needed")),
        None => Err(Refusal::new("nothing runs by itself here", "hold, if nothing new shall start")),
    }
}
