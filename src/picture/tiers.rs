//! Tiers, each as its worst service (RULES R24).

use std::{cmp::Reverse, collections::BTreeMap};

use super::{
    clusters::shortages,
    inputs::Ground,
    scene::{ServiceHealth, TierRow},
    services::{Judged, judge},
};
use crate::{
    model::{Duration, Verdict},
    objectives::{Course, rto_of, tier_of},
    plan::Service,
};

/// The row of services that belong to no tier.
const NO_TIER: &str = "no tier";

/// Worst first; of equal verdicts the strictest first.
pub fn rows(ground: &Ground) -> Vec<TierRow> {
    let mut tiers: BTreeMap<Option<&str>, Vec<&Service>> = BTreeMap::new();
    for service in &ground.facts.services {
        let down = ground.inputs.state.and_then(|s| s.services.get(&service.name)).is_some_and(|s| !s.outages.is_empty());
        // What neither has a promise of its own nor can be seen has nothing to show.
        let shown = service.tier.is_some() || service.healthy.is_some() || down;
        if shown && (service.stands_in_for.is_none() || down) {
            tiers.entry(tier_of(ground.facts, service)).or_default().push(service);
        }
    }
    let opened = ground.counted().and_then(|_| ground.course());
    let planned = ground.supposed.as_ref().filter(|_| opened.is_none()).and_then(|supposed| supposed.runbook);
    let planned = planned.map(|runbook| Course::planned(runbook, ground.inputs.past, ground.clock_at));
    let course = opened.or(planned.as_ref());
    let short = shortages(ground);
    let mut rows: Vec<TierRow> = tiers.into_iter().map(|(tier, services)| row(ground, tier, &services, course, &short)).collect();
    rows.sort_by_key(|row| (Reverse(row.verdict), row.rto.unwrap_or(Duration::from_millis(u64::MAX))));
    rows
}

fn row(
    ground: &Ground,
    tier: Option<&str>,
    services: &[&Service],
    course: Option<&Course>,
    short: &BTreeMap<String, u32>,
) -> TierRow {
    let runbook = ground.counted().and_then(|state| state.book.as_ref()).map(|book| &book.runbook);
    let target = rto_of(ground.facts, ground.scenario, runbook, tier);
    let mut judged: Vec<Judged> = services.iter().map(|service| judge(ground, service, target.limit, course, short)).collect();
    judged.sort_by_key(|j| (Reverse(j.row.verdict), !j.row.down, j.row.left.unwrap_or(Duration::from_millis(u64::MAX))));
    // No tier is without services: it is built from them.
    let worst = judged.first();
    let healthy = judged.iter().filter(|j| j.row.health == ServiceHealth::Healthy).count();
    let words = match worst {
        Some(worst) if worst.row.elapsed.is_none() && worst.row.verdict == Verdict::Met => {
            format!("{healthy} of {} healthy", judged.len())
        }
        Some(worst) if worst.row.elapsed.is_none() && worst.row.health == ServiceHealth::Failing => {
            let failing = judged.iter().filter(|j| j.row.health == ServiceHealth::Failing).count();
            format!("{failing} of {} failing", judged.len())
        }
        Some(worst) if worst.row.elapsed.is_none() => format!("{}: {}", worst.row.name, worst.words),
        Some(worst) => worst.words.clone(),
        None => String::new(),
    };
    TierRow {
        name: tier.unwrap_or(NO_TIER).to_owned(),
        rto: target.limit,
        rto_note: target.note,
        left: worst.and_then(|w| w.row.left),
        over: worst.and_then(|w| w.row.over),
        deadline: worst.and_then(|w| w.deadline),
        projected: worst.and_then(|w| w.finish),
        verdict: worst.map_or(Verdict::CannotTell, |w| w.row.verdict),
        words,
        services: judged.into_iter().map(|j| j.row).collect(),
    }
}
