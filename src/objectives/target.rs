//! Which objective holds: the scenario's, else the data's own, else the tier's, else the plan's (RULES R24).

use std::collections::BTreeSet;

use crate::{
    incident::PlanFacts,
    model::Duration,
    plan::{Dataset, Runbook, Scenario, Service},
};

/// An objective, and what it replaces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target {
    pub limit: Option<Duration>,
    /// `4h by scenario, tier 1h`, when a lower level says another.
    pub note: Option<String>,
}

/// The longest outage of a tier, while `scenario` is declared and `runbook` is open.
pub fn rto_of(facts: &PlanFacts, scenario: Option<&Scenario>, runbook: Option<&Runbook>, tier: Option<&str>) -> Target {
    let finer = tier.and_then(|tier| scenario?.tiers.get(tier).copied());
    first_said(&[
        ("scenario", finer),
        ("scenario", scenario.and_then(|s| s.rto)),
        ("runbook", runbook.and_then(|r| r.rto)),
        ("tier", tier.and_then(|tier| facts.tiers.get(tier)?.rto)),
        ("plan", facts.objectives.rto),
    ])
}

/// The longest loss of a dataset, while `scenario` is declared and `runbook` is open.
pub fn rpo_of(facts: &PlanFacts, scenario: Option<&Scenario>, runbook: Option<&Runbook>, dataset: &Dataset) -> Target {
    first_said(&[
        ("scenario", scenario.and_then(|s| s.rpo)),
        ("runbook", runbook.and_then(|r| r.rpo)),
        ("dataset", dataset.rpo),
        ("tier", dataset.tier.as_ref().and_then(|tier| facts.tiers.get(tier)?.rpo)),
        ("plan", facts.objectives.rpo),
    ])
}

/// The first level that says one; the next other level that differs is named beside it.
fn first_said(levels: &[(&str, Option<Duration>)]) -> Target {
    let mut said = levels.iter().filter_map(|(level, limit)| Some((*level, (*limit)?)));
    let Some((level, limit)) = said.next() else { return Target::default() };
    let temporary = matches!(level, "scenario" | "runbook");
    let other = said.find(|(other, _)| *other != level && *other != "runbook");
    let note = other.filter(|(_, value)| temporary && *value != limit);
    Target { limit: Some(limit), note: note.map(|(other, value)| format!("{limit} by {level}, {other} {value}")) }
}

/// A service's tier; without one, the strictest tier of what cannot run without it.
pub fn tier_of<'a>(facts: &'a PlanFacts, service: &'a Service) -> Option<&'a str> {
    if let Some(tier) = &service.tier {
        return Some(tier);
    }
    let (mut seen, mut todo) = (BTreeSet::new(), vec![service.name.as_str()]);
    let mut strictest: Option<(Duration, &str)> = None;
    while let Some(name) = todo.pop() {
        for above in facts.services.iter().filter(|s| s.needs.iter().any(|need| need == name)) {
            if !seen.insert(above.name.as_str()) {
                continue;
            }
            match &above.tier {
                None => todo.push(&above.name),
                Some(tier) => {
                    let rto = facts.tiers.get(tier).and_then(|t| t.rto).unwrap_or(Duration::from_millis(u64::MAX));
                    if strictest.is_none_or(|(least, _)| rto < least) {
                        strictest = Some((rto, tier));
                    }
                }
            }
        }
    }
    strictest.map(|(_, tier)| tier)
}
