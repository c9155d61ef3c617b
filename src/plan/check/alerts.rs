//! Alerts that live elsewhere, and alerts that probes name: what the plan says of each is put beside its name, so that nothing has to be
//! looked up later.

use std::collections::{BTreeMap, BTreeSet};

use super::names::{Index, some};
use crate::{
    model::Duration,
    plan::{
        decode::context::Sort,
        findings::{Finding, Findings, quoted},
        types::{AlertProbe, Gate, Plan, Probe},
    },
};

/// Finds the Alertmanager of each alert without `expr`, and fills the probes that name alerts.
pub fn settle(plan: &mut Plan, index: &Index<'_>, findings: &mut Findings) {
    find_managers(plan, index, findings);
    let rules: BTreeMap<String, AlertProbe> = plan.alerts.iter().map(|rule| (rule.name.clone(), rule.probe())).collect();
    let mut unseen = BTreeSet::new();
    let phases = plan.runbooks.iter_mut().flat_map(|runbook| &mut runbook.phases);
    let steps = phases.flat_map(|phase| &mut phase.steps);
    let gates = steps.flat_map(|step| step.gate.iter_mut().chain(step.instead.iter_mut().flat_map(|way| &mut way.gate)));
    for gate in plan.services.iter_mut().filter_map(|service| service.healthy.as_mut()).chain(gates) {
        fill_gate(gate, &rules, &mut unseen);
    }
    for name in unseen {
        if let Some(place) = index.place(Sort::Alert, &name, "name") {
            let message = format!("a gate waits for {}, and nothing here sees whether it fires", quoted(&name));
            let finding = Finding::error("unseen-alert", &place, message);
            findings.push(finding.help("give it `via` and `expr`, or the plan an alertmanager connection"));
        }
    }
}

fn find_managers(plan: &mut Plan, index: &Index<'_>, findings: &mut Findings) {
    let names = index.names(Sort::Connection).iter().copied();
    let managers: Vec<&str> = names
        .filter(|name| index.get(Sort::Connection, name).is_some_and(|named| named.system == Some("alertmanager")))
        .collect();
    for rule in plan.alerts.iter_mut().filter(|rule| rule.expr.is_none() && rule.via.is_none()) {
        match managers[..] {
            [] => {}
            [only] => rule.via = Some(only.to_owned()),
            _ => {
                let Some(place) = index.place(Sort::Alert, &rule.name, "name") else { continue };
                let message = format!("{} lives in an Alertmanager, and the plan has several", quoted(&rule.name));
                let expected = format!("`via` with one of {}", some(&managers));
                findings.push(Finding::error("missing-field", &place, message).expected(expected));
            }
        }
    }
}

/// A gate without a time of its own waits as long as its alerts' rules do.
fn fill_gate(gate: &mut Gate, rules: &BTreeMap<String, AlertProbe>, unseen: &mut BTreeSet<String>) {
    let mut hold: Option<Duration> = None;
    fill(&mut gate.probe, rules, &mut hold, unseen);
    gate.hold = gate.hold.or(hold);
}

fn fill(probe: &mut Probe, rules: &BTreeMap<String, AlertProbe>, hold: &mut Option<Duration>, unseen: &mut BTreeSet<String>) {
    match probe {
        Probe::Alert(alert) => {
            // A name that leads nowhere has been reported.
            let Some(rule) = rules.get(&alert.name) else { return };
            *alert = rule.clone();
            *hold = (*hold).max(rule.hold);
            if alert.via.is_none() && alert.expr.is_none() {
                unseen.insert(alert.name.clone());
            }
        }
        Probe::All(parts) | Probe::Any(parts) => parts.iter_mut().for_each(|part| fill(part, rules, hold, unseen)),
        _ => {}
    }
}
