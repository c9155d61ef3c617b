//! What datasets promise, and what their recovery sources can keep.

use std::collections::BTreeSet;

use super::names::Index;
use crate::{
    model::{Duration, limit::Operand},
    plan::{
        decode::context::Sort,
        findings::{Finding, Findings, Place},
        types::{Dataset, Plan, Probe, RecoverySource, SourceKind},
    },
};

/// The loss that the plan allows: the dataset's own, else its tier's, else the plan's.
pub fn rpo(plan: &Plan, dataset: &Dataset) -> Option<Duration> {
    let tier = || plan.tiers.get(dataset.tier.as_deref()?)?.rpo;
    dataset.rpo.or_else(tier).or(plan.objectives.rpo)
}

/// How far apart its recovery points are, or how far it may be behind; `None`: nothing says.
fn interval(source: &RecoverySource) -> Option<Duration> {
    if let Some(limit) = &source.limit {
        return match limit.operand {
            Operand::Duration(duration) => Some(duration),
            Operand::Number(seconds) if seconds >= 0.0 => Some(Duration::from_millis((seconds * 1000.0) as u64)),
            _ => None,
        };
    }
    match &source.every {
        Some(schedule) => Some(schedule.interval()),
        None if source.kind == SourceKind::Replica => Some(Duration::ZERO),
        None => None,
    }
}

pub fn check(plan: &Plan, index: &Index<'_>, findings: &mut Findings) {
    for dataset in plan.datasets.iter().filter(|dataset| dataset.excluded.is_none()) {
        let Some(named) = index.get(Sort::Dataset, &dataset.name) else { continue };
        let source_place = |source: &RecoverySource, field: &str| index.place(Sort::Source(named.inside), &source.name, field);
        if dataset.sources.is_empty() {
            let finding = Finding::warning("no-source", named.place, "nothing says where this dataset is recovered from");
            findings.push(finding.help("add `sources`, or `excluded` with the reason"));
            continue;
        }
        kept_too_short(dataset, source_place, findings);
        let recovers = || dataset.recovery_sources();
        if recovers().next().is_none() {
            let finding =
                Finding::warning("no-source", named.place, "none of its sources is there to recover from, by their `purpose`");
            findings.push(finding.help("add one that is, or `excluded` with the reason"));
            continue;
        }
        for source in recovers().filter(|source| source.at.is_none() && source.lag.is_none() && !source.optional) {
            if let Some(place) = source_place(source, "name") {
                let message = "nothing observes its recovery point: it will be shown as absent";
                findings.push(
                    Finding::note("unobserved-source", &place, message).help("add `at` or, for a replica, `lag` and `connected`"),
                );
            }
        }
        match rpo(plan, dataset) {
            None => {
                let finding = Finding::warning("no-objective", named.place, "no RPO bounds what may be lost of this dataset");
                findings.push(finding.help("add `rpo`, a tier with one, or `objectives.rpo`"));
            }
            Some(rpo) => {
                let best = recovers().filter_map(|source| Some((interval(source)?, source))).min_by_key(|(every, _)| *every);
                if let Some((every, source)) = best.filter(|(every, _)| *every >= rpo && *every > Duration::ZERO) {
                    let field = if source.limit.is_some() { "limit" } else { "every" };
                    if let Some(place) = source_place(source, field) {
                        findings.push(too_rare(&place, every, rpo));
                    }
                }
            }
        }
        one_region(dataset, named.place, findings);
        for source in dataset.sources.iter().filter(|source| source.connected.as_ref().is_some_and(is_connects_word)) {
            if let Some(place) = source_place(source, "connected") {
                let message = "Kafka Connect says RUNNING while the source cluster is dead: this proves nothing";
                let help = "ask whether heartbeats arrive, such as \
                            sum(changes(kafka_connect_mirror_source_connector_record_count{topic=\"SOURCE.heartbeats\"}[15s])) with \
                            expect \"> 0\"";
                findings.push(Finding::warning("connector-says-running", &place, message).help(help));
            }
        }
    }
}

fn too_rare(place: &Place, every: Duration, rpo: Duration) -> Finding {
    let help = format!("let recovery points come more often than every {rpo}, add a source, or promise less");
    if every > rpo {
        let message = format!("the best source of this dataset has a point every {every}, more than its RPO of {rpo}");
        return Finding::warning("rpo-interval", place, message).help(help);
    }
    let message = format!("the best source has a point every {every}, just its RPO: with the run's own length it is over");
    Finding::note("rpo-interval", place, message).help(help)
}

/// The state that Connect gives of a connector.
fn is_connects_word(probe: &Probe) -> bool {
    let Probe::Http(asked) = probe else { return false };
    [&asked.path, &asked.url].into_iter().flatten().any(|at| at.contains("/connectors/") && at.ends_with("/status"))
}

/// What is gone before the next one comes leaves nothing between.
fn kept_too_short(dataset: &Dataset, place: impl Fn(&RecoverySource, &str) -> Option<Place>, findings: &mut Findings) {
    for source in &dataset.sources {
        let (Some(keep), Some(every)) = (&source.keep, &source.every) else { continue };
        let (keep, gap) = (keep.longest(), every.interval());
        if keep < gap
            && let Some(place) = place(source, "keep")
        {
            let message =
                format!("a recovery point is kept for {keep} and the next one comes after {gap}: between them there is none");
            findings.push(Finding::warning("kept-too-short", &place, message).help("keep it for longer than two intervals"));
        }
    }
}

/// All copies in one place are lost together.
fn one_region(dataset: &Dataset, place: &Place, findings: &mut Findings) {
    let regions: BTreeSet<Option<&str>> = dataset.recovery_sources().map(|source| source.region.as_deref()).collect();
    let all_known = dataset.recovery_sources().all(|source| source.region.is_some() && source.survives.is_none());
    let has_copy_elsewhere =
        dataset.recovery_sources().any(|source| matches!(source.kind, SourceKind::Git | SourceKind::Replica));
    if let (1, true, false, Some(Some(region))) = (regions.len(), all_known, has_copy_elsewhere, regions.first()) {
        let message = format!("every source of this dataset stands in {region}");
        findings.push(
            Finding::note("one-region", place, message).help("keep one copy in another region, or say what the source survives"),
        );
    }
}
