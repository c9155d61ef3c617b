//! Objectives: what has none, what is looser than the plan promises, what a runbook cannot keep.

use super::{graph::Steps, names::Index};
use crate::{
    model::{Duration, Range},
    plan::{
        decode::context::Sort,
        findings::{Finding, Findings},
        types::{Plan, Runbook},
    },
};

pub fn check(plan: &Plan, index: &Index<'_>, findings: &mut Findings) {
    services(plan, index, findings);
    tiers(plan, index, findings);
    scenarios(plan, index, findings);
    for runbook in &plan.runbooks {
        lengths(plan, runbook, index, findings);
    }
}

fn services(plan: &Plan, index: &Index<'_>, findings: &mut Findings) {
    for service in &plan.services {
        let Some(named) = index.get(Sort::Service, &service.name) else { continue };
        if service.healthy.is_none() {
            let message = "nothing shows whether this service serves: its RTO ends when somebody says so";
            findings.push(
                Finding::warning("no-health", named.place, message).help("add `healthy` with a probe that asks from outside"),
            );
        }
        let tier_rto = service.tier.as_deref().and_then(|tier| plan.tiers.get(tier)).and_then(|tier| tier.rto);
        let is_needed = plan.services.iter().any(|other| other.needs.contains(&service.name));
        if tier_rto.is_none() && !is_needed && service.stands_in_for.is_none() && plan.objectives.rto.is_none() {
            let finding = Finding::warning("no-objective", named.place, "no RTO bounds an outage of this service");
            findings.push(finding.help("give it a tier with `rto`, or the plan `objectives.rto`"));
        }
    }
}

fn tiers(plan: &Plan, index: &Index<'_>, findings: &mut Findings) {
    for (name, tier) in &plan.tiers {
        if tier.rto.is_none()
            && tier.rpo.is_none()
            && let Some(named) = index.get(Sort::Tier, name)
        {
            let finding = Finding::warning("no-objective", named.place, "this tier bounds neither an outage nor a loss");
            findings.push(finding.help("add `rto`, `rpo` or both"));
        }
        for (field, own, whole) in [("rto", tier.rto, plan.objectives.rto), ("rpo", tier.rpo, plan.objectives.rpo)] {
            looser(index.place(Sort::Tier, name, field), field, own, whole, "the plan's objectives", findings);
        }
    }
    for dataset in &plan.datasets {
        looser(
            index.place(Sort::Dataset, &dataset.name, "rpo"),
            "rpo",
            dataset.rpo,
            plan.objectives.rpo,
            "the plan's objectives",
            findings,
        );
    }
}

fn scenarios(plan: &Plan, index: &Index<'_>, findings: &mut Findings) {
    for (name, scenario) in &plan.scenarios {
        // Tiers that the scenario names have an objective of their own in it.
        let open = || plan.tiers.iter().filter(|(tier, _)| !scenario.tiers.contains_key(*tier));
        let rto = open().filter_map(|(tier, t)| Some((t.rto?, tier))).min();
        let rpo = plan.tiers.iter().filter_map(|(tier, t)| Some((t.rpo?, tier))).min();
        for (field, own, strictest) in [("rto", scenario.rto, rto), ("rpo", scenario.rpo, rpo)] {
            if let Some((promised, tier)) = strictest {
                let against = format!("tier {tier}");
                looser(index.place(Sort::Scenario, name, field), field, own, Some(promised), &against, findings);
            }
        }
        for (tier, own) in &scenario.tiers {
            let promised = plan.tiers.get(tier).and_then(|t| t.rto);
            looser(index.place(Sort::Scenario, name, "tiers"), "rto", Some(*own), promised, &format!("tier {tier}"), findings);
        }
    }
}

fn looser(
    place: Option<crate::plan::findings::Place>,
    field: &str,
    own: Option<Duration>,
    promised: Option<Duration>,
    against: &str,
    findings: &mut Findings,
) {
    let (Some(place), Some(own), Some(promised)) = (place, own, promised) else { return };
    if own > promised {
        let message = format!("{} of {own} is looser than the {promised} of {against}", field.to_uppercase());
        let finding = Finding::warning("looser-than-plan", &place, message);
        findings.push(finding.help("the finer one holds, and both are shown; make them agree if that is not meant"));
    }
}

/// Whether the steps fit in the time that the runbook or its scenario has.
fn lengths(plan: &Plan, runbook: &Runbook, index: &Index<'_>, findings: &mut Findings) {
    let of_scenarios = || runbook.scenario.said().into_iter().filter_map(|name| plan.scenarios.get(name)?.rto).min();
    let Some(rto) = runbook.rto.or_else(of_scenarios) else { return };
    let steps = Steps::of(runbook);
    let upper = |takes: Option<Range>| takes.map_or(0, |range| range.upper().as_millis());
    let costs: Vec<u64> = steps.all.iter().map(|step| upper(step.takes)).collect();
    let Some(by_steps) = steps.graph.longest(&costs) else { return };
    let by_phases: u64 = runbook.phases.iter().filter(|phase| !phase.alongside).map(|phase| upper(phase.takes)).sum();
    let takes = Duration::from_millis(by_steps.max(by_phases));
    if takes > rto
        && let Some(place) = index.place(Sort::Runbook, &runbook.name, "rto")
    {
        let over = takes.saturating_sub(rto);
        let message = format!("its steps may take {takes}, {over} more than the RTO of {rto}");
        findings.push(
            Finding::warning("takes-too-long", &place, message).help("shorten it, let steps run side by side, or promise less"),
        );
    }
}
