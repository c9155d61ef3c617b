//! What runs by itself, and by whose consent (RULES R4).

use std::collections::BTreeMap;

use super::{
    actor::Actor,
    consented::{Armed, Automation},
    event::{Event, Record},
    needs::step_words,
    refusal::Refusal,
    resolve::effective,
    state::{Book, State},
    step_state::{Exception, Status},
};
use crate::{
    model::{StepId, catalogue::ActionTraits},
    plan::{DrillForm, Runbook, Step, StepKind},
};

/// Who a plan says carries a step out, where Lifeboat does.
const AUTO: &str = "auto";

/// What the events of this file mean; the others mean nothing here.
pub fn evolve(state: &mut State, record: &Record) {
    let (who, at) = (record.who.name.clone(), record.time());
    match &record.event {
        Event::Armed { scenario, facts, runbook, digest, traits, drill_traits, steps } => {
            let armed = Armed {
                by: who,
                at,
                facts: (**facts).clone(),
                runbook: (**runbook).clone(),
                digest: digest.clone(),
                traits: traits.clone(),
                drill_traits: drill_traits.clone(),
                steps: steps.clone(),
                triggered: None,
            };
            state.armed.insert(scenario.clone(), armed);
        }
        Event::Disarmed { scenario, .. } => drop(state.armed.remove(scenario)),
        Event::FailoverTriggered { scenario, incident, .. } => {
            if let Some(armed) = state.armed.get_mut(scenario) {
                armed.triggered = Some((incident.clone(), at));
            }
        }
        Event::AutomationConsented { steps, by } => {
            if let Some(book) = &mut state.book {
                let by = by.clone().unwrap_or(who);
                book.automation = Some(Automation { by, at, steps: steps.clone(), stopped: None });
            }
        }
        Event::AutomationStopped { step, why } => stop(state, step.as_ref(), Exception { who, why: why.clone(), at }),
        // The list was read in the runbook as it was.
        Event::RunbookAdopted { .. } => stop(state, None, Exception { who, why: "the runbook was changed".into(), at }),
        // What was consented to was the planned way.
        Event::WayChosen { step, .. } => {
            let automation = state.book.as_mut().and_then(|book| book.automation.as_mut());
            automation.into_iter().for_each(|automation| automation.steps.retain(|own| own != step));
        }
        _ => {}
    }
}

fn stop(state: &mut State, step: Option<&StepId>, by: Exception) {
    let automation = state.book.as_mut().and_then(|book| book.automation.as_mut());
    if let Some(automation) = automation.filter(|automation| automation.stopped.is_none()) {
        automation.stopped = Some((step.cloned(), by));
    }
}

/// Whether the plan lets Lifeboat carry `step` out.
pub fn is_auto(runbook: &Runbook, step: &Step) -> bool {
    step.kind() == StepKind::Action && runbook.owner_of(&step.id) == Some(AUTO)
}

/// The steps of `runbook` that the plan lets run by themselves and that change something: what is consented to.
pub fn list(
    runbook: &Runbook,
    traits: &BTreeMap<StepId, ActionTraits>,
    drill_traits: &BTreeMap<StepId, ActionTraits>,
    drill: bool,
) -> Vec<StepId> {
    let changes = |step: &&Step| {
        let flags = match &step.drill {
            Some(DrillForm::Talk) if drill => None,
            Some(DrillForm::Other(_)) if drill => drill_traits.get(&step.id),
            _ => traits.get(&step.id),
        };
        flags.is_some_and(|flags| flags.mutating)
    };
    runbook.steps().filter(|step| is_auto(runbook, step)).filter(changes).map(|step| step.id.clone()).collect()
}

/// The same for the open runbook.
pub fn list_of(state: &State) -> Vec<StepId> {
    let book = state.book.as_ref();
    book.map(|book| list(&book.runbook, &book.traits, &book.drill_traits, state.is_drill())).unwrap_or_default()
}

fn active(book: &Book) -> Option<&Automation> {
    book.automation.as_ref().filter(|automation| automation.stopped.is_none())
}

/// The consent by which `id` runs by itself, while it holds.
pub fn consent_for<'a>(state: &'a State, id: &StepId) -> Option<&'a Automation> {
    active(state.book.as_ref()?).filter(|automation| automation.steps.contains(id))
}

/// Whether Lifeboat may carry `id` out: what only reads needs no consent, what changes something does.
pub fn may_run(state: &State, id: &StepId) -> Result<(), Refusal> {
    let no = |why: String, instead: &str| Err(Refusal::new(why, instead));
    let Some(book) = &state.book else { return no("no runbook is open".into(), "open one") };
    let step = book.runbook.step(id).filter(|step| is_auto(&book.runbook, step));
    let Some(step) = step else {
        return no(format!("the plan does not let {} run by itself", step_words(state, id)), "a person starts it");
    };
    if let Some((_, by)) = book.automation.as_ref().and_then(|automation| automation.stopped.as_ref()) {
        return no(format!("nothing runs by itself any more: {}", by.why), "a person starts it, or a commander consents anew");
    }
    let reads = effective(state, step).is_some() && state.traits(id).is_some_and(|traits| !traits.mutating);
    if !reads && consent_for(state, id).is_none() {
        let why = format!("nobody consented that {} runs by itself", step_words(state, id));
        return no(why, "a person starts it, or the commander consents to the list");
    }
    Ok(())
}

/// How many other people must approve before `step` may start; by itself nothing irreversible starts without one.
pub fn approvals_wanted(state: &State, step: &Step, by_itself: bool) -> u32 {
    let least = u32::from(by_itself && step.irreversible && consent_for(state, &step.id).is_some());
    step.approvals.max(least)
}

/// What ends it: the first of its steps that comes to no good end, or to which somebody says no. It belongs to the same
/// append, so that no console goes on meanwhile.
pub fn stop_after(before: &State, after: &State, events: &[Event], who: &Actor) -> Option<Event> {
    let book = after.book.as_ref()?;
    let automation = active(book)?;
    let stop = |id: &StepId, why: String| Event::AutomationStopped { step: Some(id.clone()), why };
    for event in events {
        if let Event::Declined { step, .. } = event
            && automation.steps.contains(step)
            && before.step(step).and_then(|s| s.approval_asked.as_ref()).is_some_and(|asked| asked.who == Actor::LIFEBOAT)
        {
            return Some(stop(step, format!("{}: declined", step_words(after, step))));
        }
    }
    let bad = |status: Status| matches!(status, Status::Failed | Status::Partial | Status::Unknown);
    let newly = after.steps.iter().find(|(id, at)| {
        let by_itself = who.is_lifeboat() || at.last_run().is_some_and(|run| run.who == Actor::LIFEBOAT);
        bad(at.status) && before.status(id) != at.status && by_itself
    });
    newly.map(|(id, at)| stop(id, format!("{}: {}", step_words(after, id), at.status.words())))
}
