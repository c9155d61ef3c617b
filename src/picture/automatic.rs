//! What starts and runs by itself (RULES R4): failovers that can be armed, and when a person is called.

use super::{
    inputs::Ground,
    scene::{ArmedPicture, AutomaticRow, GateState, OwnStep, Picture},
};
use crate::{
    gates::{Answer, WatchState, evaluate, wanted},
    incident::{Actor, Armed},
    model::{StepId, time::clock_minutes},
    plan::{Automatic, Gate, Runbook},
};

/// The steps `ids` of `runbook`, as they are called.
pub fn own_steps(runbook: &Runbook, ids: &[StepId]) -> Vec<OwnStep> {
    let numbered = (1..).zip(runbook.steps()).filter(|(_, step)| ids.contains(&step.id));
    numbered.map(|(n, step)| OwnStep { id: step.id.clone(), words: format!("{n}. {}", step.title) }).collect()
}

/// Every failover of the plan that can be armed, and those that are.
pub fn rows(ground: &Ground) -> Vec<AutomaticRow> {
    let inputs = ground.inputs;
    let armed = inputs.standing.map(|state| &state.armed);
    let planned = inputs.plan.scenarios.iter().filter_map(|(name, scenario)| Some((name, scenario.automatic.as_ref()?)));
    let of_plan = planned.map(|(scenario, automatic)| {
        let runbook = inputs.plan.runbook(&automatic.runbook);
        let ids = inputs.by_itself.get(&automatic.runbook);
        let own = runbook.zip(ids).map(|(runbook, ids)| own_steps(runbook, ids)).unwrap_or_default();
        let armed = armed.and_then(|armed| armed.get(scenario));
        row(ground, scenario, automatic, own, armed)
    });
    // One that was armed is watched although the plan that this console started with does not have it.
    let gone = armed
        .into_iter()
        .flatten()
        .filter(|(name, _)| inputs.plan.scenarios.get(*name).is_none_or(|scenario| scenario.automatic.is_none()));
    let left = gone.filter_map(|(scenario, armed)| {
        Some(row(ground, scenario, armed.automatic(scenario)?, own_steps(&armed.runbook, &armed.steps), Some(armed)))
    });
    of_plan.chain(left).collect()
}

fn row(ground: &Ground, scenario: &str, automatic: &Automatic, own: Vec<OwnStep>, armed: Option<&Armed>) -> AutomaticRow {
    // What was armed is what is watched, whatever the plan says by now.
    let watched = armed.and_then(|armed| armed.automatic(scenario)).unwrap_or(automatic);
    let gate = Gate { probe: watched.when.clone(), within: None, hold: Some(watched.hold) };
    AutomaticRow {
        scenario: scenario.to_owned(),
        runbook: watched.runbook.clone(),
        wanted: wanted(&gate),
        steps: own,
        armed: armed.map(|armed| armed_picture(ground, scenario, &gate, armed)),
    }
}

fn armed_picture(ground: &Ground, scenario: &str, gate: &Gate, armed: &Armed) -> ArmedPicture {
    let judged = evaluate(&gate.probe, ground.inputs.signals, Some(armed.at), ground.now());
    let words = match ground.inputs.triggers.get(scenario) {
        Some(WatchState::NotYet { words } | WatchState::Missed { why: words }) => words.clone(),
        _ => judged.words,
    };
    ArmedPicture {
        by: armed.by.clone(),
        since: armed.at,
        state: match judged.state {
            Answer::Holds => GateState::Holds,
            Answer::Fails => GateState::Fails,
            Answer::Unknown => GateState::Unknown,
        },
        words,
        triggered: armed.triggered.as_ref().map(|(incident, _)| incident.clone()),
    }
}

/// Why a person must come now, while nobody has: what ran by itself stopped or waits for them, or a failover was started
/// and nobody has taken it up.
pub fn calls(picture: &Picture, ground: &Ground) -> Option<String> {
    let state = ground.open()?;
    let book = picture.book.as_ref()?;
    let step_of = |id: &StepId| book.steps.iter().find(|step| step.id == *id);
    let automation = state.book.as_ref()?.automation.as_ref()?;
    if let Some((Some(id), by)) = &automation.stopped {
        let unsettled = step_of(id).filter(|step| !step.status.satisfies() && step.status != crate::incident::Status::Skipped);
        if unsettled.is_some() {
            return Some(format!("Nothing runs by itself any more, a person must go on: {}.", by.why));
        }
    }
    let mut asks = automation.steps.iter().filter_map(|id| {
        let asked = state.step(id)?.approval_asked.as_ref().filter(|asked| asked.who == Actor::LIFEBOAT)?;
        let step = step_of(id)?;
        let waits = step.approvals.len() < step.approvals_wanted as usize;
        waits.then(|| format!("Step {} waits for approval since {}.", step.number, clock_minutes(asked.at, ground.now())))
    });
    if let Some(asks) = asks.find(|_| automation.stopped.is_none()) {
        return Some(asks);
    }
    let incident = picture.incident.as_ref().filter(|incident| incident.declared_by == Actor::LIFEBOAT)?;
    state.people.is_empty().then(|| format!("{} was started by itself and nobody has joined it.", incident.id))
}
