//! RULES R4: what starts and runs by itself.

use super::names::Index;
use crate::{
    model::loss::LossKind,
    plan::{
        decode::context::Sort,
        findings::{Finding, Findings, Place, quoted},
        types::{Automatic, Plan, Probe, RegionRole, Scenario, StepKind},
    },
};

const AUTO: &str = "auto";

fn automatic(plan: &Plan) -> impl Iterator<Item = (&str, &Scenario, &Automatic)> {
    plan.scenarios.iter().filter_map(|(name, scenario)| Some((name.as_str(), scenario, scenario.automatic.as_ref()?)))
}

fn place_of(index: &Index<'_>, scenario: &str, field: &str) -> Option<Place> {
    let said = index.get(Sort::Scenario, scenario)?.node.get("automatic")?;
    Some(said.get(field).map_or(&said.place, |field| &field.place).clone())
}

/// A failover that would open a runbook of another scenario.
pub fn check(plan: &Plan, index: &Index<'_>, findings: &mut Findings) {
    for (name, _, automatic) in automatic(plan) {
        let Some(runbook) = plan.runbook(&automatic.runbook).filter(|runbook| !runbook.answers(name)) else { continue };
        if let Some(place) = place_of(index, name, "runbook") {
            let message = format!("the runbook {} does not answer this scenario", quoted(&runbook.name));
            findings.push(Finding::error("automatic-runbook", &place, message).help(format!("add {name} to its `scenario`")));
        }
    }
}

/// A failover in which nothing runs by itself, one that only those see who are lost with it, and steps that wait for
/// nobody although only a person can do them.
pub fn advise(plan: &Plan, index: &Index<'_>, findings: &mut Findings) {
    for (name, scenario, automatic) in automatic(plan) {
        let runs = |id| plan.runbook(&automatic.runbook).and_then(|runbook| runbook.owner_of(id)) == Some(AUTO);
        let mut actions = plan.runbook(&automatic.runbook).into_iter().flat_map(|runbook| runbook.steps());
        if !actions.any(|step| step.kind() == StepKind::Action && runs(&step.id))
            && let Some(place) = place_of(index, name, "runbook")
        {
            let message = format!("nothing in {} is done by itself: it would only be opened", quoted(&automatic.runbook));
            findings.push(Finding::warning("automatic-by-hand", &place, message).help("say `owner: auto` for what may run"));
        }
        let inside = |via: &str| {
            let region = plan.connections.get(via).and_then(|connection| connection.region.as_deref());
            region.is_some_and(|region| lost(plan, scenario, region))
        };
        let leaves = automatic.when.leaves();
        let observers: Vec<&str> = leaves.into_iter().filter_map(Probe::via).collect();
        if !observers.is_empty()
            && observers.iter().all(|via| inside(via))
            && let Some(place) = place_of(index, name, "when")
        {
            let message = "whoever observes this is lost with it: it would never be seen, and nothing would start";
            findings.push(Finding::warning("automatic-from-inside", &place, message).help("ask a connection of another region"));
        }
    }
    for runbook in &plan.runbooks {
        let by_hand = |kind| matches!(kind, StepKind::Check | StepKind::Decision | StepKind::Notice);
        for step in runbook.steps().filter(|step| step.owner.as_deref() == Some(AUTO) && by_hand(step.kind())) {
            if let Some(place) = index.step_place(&runbook.name, step.id.as_str(), "owner") {
                let message = format!("a {} waits for a person, whoever owns it", step.kind().word());
                findings.push(Finding::warning("auto-by-hand", &place, message).help("name the role that does it"));
            }
        }
    }
}

fn lost(plan: &Plan, scenario: &Scenario, region: &str) -> bool {
    let Some(loses) = scenario.loses.as_ref().filter(|loses| loses.kind() == LossKind::Region) else { return false };
    match loses.name() {
        Some(name) => name == region,
        None => plan.regions.iter().any(|r| r.name == region && r.role == Some(RegionRole::Primary)),
    }
}
