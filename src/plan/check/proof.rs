//! RULES R23: what changes sides or brings data back has a proof, and a region is not watched only by itself.

use std::collections::{BTreeMap, BTreeSet};

use super::{graph::Steps, names::Index};
use crate::{
    model::Catalogue,
    plan::{
        decode::context::Sort,
        findings::{Finding, Findings},
        types::{Plan, Probe, Runbook, Step, StepKind},
    },
};

/// A fence, promotion or restore that nothing proves.
pub fn check_steps(runbook: &Runbook, index: &Index<'_>, catalogue: &Catalogue, findings: &mut Findings) {
    let steps = Steps::of(runbook);
    let spec = |step: &Step| step.action.as_deref().and_then(|name| catalogue.get(name));
    for (n, step) in steps.all.iter().enumerate() {
        if !step.gate.is_empty() {
            continue;
        }
        let own = spec(step);
        let fences = own.is_some_and(|own| own.fences);
        let promotes = own.is_some_and(|own| own.changes.contains(&"role"));
        // By hand too: a person's word for it is no proof that the data is there.
        let by_hand = step.kind() == StepKind::Check;
        let restores = !step.recovers.is_none() && (by_hand || own.is_some_and(|own| own.mutating));
        let (code, what) = match (fences, promotes, restores) {
            (true, ..) => ("fence-without-gate", "this fence"),
            (_, true, _) => ("promotion-without-gate", "this promotion"),
            (.., true) => ("restore-without-gate", "this recovery of data"),
            _ => continue,
        };
        // The next step may be the proof: a gate, or an action that only looks. A write test proves a promotion from afar.
        let next_proves =
            steps.all.iter().enumerate().filter(|(m, _)| steps.graph.needs[*m].contains(&n)).any(|(_, next)| {
                next.kind() == StepKind::Gate || spec(next).is_some_and(|spec| !spec.traits(&next.with).mutating)
            });
        let written =
            !fences && steps.graph.after(n).into_iter().any(|m| steps.all[m].action.as_deref() == Some("postgres.write_probe"));
        if next_proves || written {
            continue;
        }
        let field = if own.is_some() { "action" } else { "recovers" };
        if let Some(place) = index.step_place(&runbook.name, step.id.as_str(), field) {
            let finding = Finding::warning(code, &place, format!("nothing proves that {what} worked"));
            findings.push(finding.help("add `gate` to the step, or a step right after it that looks"));
        }
    }
}

/// A region whose observers all stand inside it: when it is lost, nobody sees.
pub fn check_regions(plan: &Plan, index: &Index<'_>, findings: &mut Findings) {
    let mut observers: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut watch = |region: &Option<String>, probe: Option<&'_ Probe>| {
        let (Some(region), Some(probe)) = (region, probe) else { return };
        // The key must outlive the closure: the plan's own region name.
        if let Some(region) = plan.regions.iter().find(|r| r.name == *region) {
            for via in probe.leaves().into_iter().filter_map(Probe::via) {
                if let Some((via, _)) = plan.connections.get_key_value(via) {
                    observers.entry(&region.name).or_default().insert(via);
                }
            }
        }
    };
    for service in &plan.services {
        watch(&service.region, service.health_probe());
    }
    for source in plan.datasets.iter().flat_map(|dataset| &dataset.sources) {
        for probe in [&source.at, &source.lag, &source.connected] {
            watch(&source.region, probe.as_ref());
        }
    }
    for cluster in &plan.accelerators {
        let (Some(region), Some(via)) = (&cluster.region, &cluster.via) else { continue };
        observers.entry(region).or_default().insert(via);
    }
    for (region, by) in observers {
        let inside = |via: &&str| plan.connections.get(*via).is_some_and(|c| c.region.as_deref() == Some(region));
        if !by.iter().all(inside) {
            continue;
        }
        if let Some(place) = index.place(Sort::Region, region, "name") {
            let names: Vec<&str> = by.into_iter().collect();
            let message =
                format!("{region} is watched only from inside it, by {}: if it is lost, nobody sees", super::names::some(&names));
            let finding = Finding::warning("observers-inside", &place, message);
            findings.push(finding.help("watch one of its services through a connection that stands in another region"));
        }
    }
}
