//! What can be chosen: incidents, scenarios to declare, runbooks to open.

use std::cmp::Reverse;

use super::{
    automatic::own_steps,
    inputs::Ground,
    scene::{AlertRow, AlertState, IncidentChoice, RunbookChoice, ScenarioChoice},
};

/// Open ones first, newest first.
pub fn incidents(mut incidents: Vec<IncidentChoice>) -> Vec<IncidentChoice> {
    incidents.sort_by_key(|i| (!i.open, Reverse(i.declared), i.id.clone()));
    incidents
}

/// Those that a firing alert points to first: the worst of them, and of equal ones that with the oldest alert.
pub fn scenarios(ground: &Ground, alerts: &[AlertRow]) -> Vec<ScenarioChoice> {
    let plan = ground.inputs.plan;
    let mut choices: Vec<ScenarioChoice> = plan
        .scenarios
        .iter()
        .map(|(name, scenario)| {
            let firing = || alerts.iter().filter(|a| a.state == AlertState::Firing && a.scenario.as_ref() == Some(name));
            let severity = scenario.severity.as_ref().and_then(|word| plan.severity(word));
            let worst = firing().filter_map(|alert| alert.severity).chain(severity).map(|severity| severity.level()).min();
            ScenarioChoice {
                name: name.clone(),
                title: scenario.title.clone(),
                severity,
                weight: worst.unwrap_or(4),
                rto: scenario.rto,
                runbooks: plan.runbooks_for(name).map(|r| r.name.clone()).collect(),
                suggested_since: firing().filter_map(|a| a.since).min(),
            }
        })
        .collect();
    choices.sort_by_key(|c| (c.suggested_since.is_none(), c.urgency()));
    choices
}

/// Those that answer the declared scenario first.
pub fn runbooks(ground: &Ground) -> Vec<RunbookChoice> {
    let head = ground.inputs.state.and_then(|state| state.head.as_ref());
    let scenario = head.and_then(|head| head.scenario.as_deref());
    let mut choices: Vec<RunbookChoice> = ground
        .inputs
        .plan
        .runbooks
        .iter()
        .map(|runbook| RunbookChoice {
            name: runbook.name.clone(),
            title: runbook.title.clone(),
            steps: runbook.steps().count(),
            suggested: scenario.is_some_and(|scenario| runbook.answers(scenario)),
            by_itself: ground.inputs.by_itself.get(&runbook.name).map(|ids| own_steps(runbook, ids)).unwrap_or_default(),
        })
        .collect();
    choices.sort_by_key(|c| !c.suggested);
    choices
}
