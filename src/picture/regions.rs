//! Regions: whether anything inside still speaks, and how its services do (RULES R28).

use std::cmp::Reverse;

use super::{inputs::Ground, scene::RegionRow};
use crate::{
    gates::{Answer, evaluate},
    model::{Duration, Loss, Verdict, loss::LossOf},
    objectives::{Silence, silence_of},
    plan::Region,
};

/// Worst first, else in the plan's order.
pub fn rows(ground: &Ground) -> Vec<RegionRow> {
    let mut rows: Vec<RegionRow> = ground.facts.regions.iter().map(|region| row(ground, region)).collect();
    rows.sort_by_key(|row| Reverse(row.verdict));
    rows
}

fn row(ground: &Ground, region: &Region) -> RegionRow {
    let inputs = ground.inputs;
    if ground.supposed_loss() == Some(&Loss::Of(LossOf::Region(region.name.clone()))) {
        let words = "supposed to be lost".to_owned();
        return RegionRow {
            name: region.name.clone(),
            role: region.role,
            silent_since: None,
            verdict: Verdict::CannotTell,
            words,
        };
    }
    let inside = inputs.plan.connections.iter().filter(|(_, c)| c.region.as_deref() == Some(region.name.as_str()));
    let silence = silence_of(inside.map(|(name, _)| name.as_str()), inputs.signals, ground.now());
    let failing = ground.facts.services.iter().filter(|s| s.region.as_deref() == Some(region.name.as_str()));
    let probes = failing.filter_map(|service| service.health_probe());
    let failing = probes.filter(|p| evaluate(p, inputs.signals, None, ground.now()).state == Answer::Fails).count();
    let (mut verdict, mut words) = observers(&silence, ground);
    if failing > 0 {
        verdict = verdict.max(Verdict::AtRisk);
        let services = if failing == 1 { "service fails" } else { "services fail" };
        words = format!("{words}; {failing} {services}");
    }
    RegionRow { name: region.name.clone(), role: region.role, silent_since: silence.since, verdict, words }
}

fn observers(silence: &Silence, ground: &Ground) -> (Verdict, String) {
    let Silence { observers, answering, since } = silence;
    match since {
        Some(since) => {
            (Verdict::CannotTell, format!("silent for {}, cannot tell", Duration::between(*since, ground.now()).whole()))
        }
        None if *observers == 0 => (Verdict::CannotTell, "nothing observes it from inside".into()),
        None if *answering == 0 => (Verdict::CannotTell, "nothing heard from it yet".into()),
        None if answering == observers => (Verdict::Met, format!("{answering} of {observers} observers answer")),
        None => (Verdict::AtRisk, format!("{answering} of {observers} observers answer")),
    }
}
