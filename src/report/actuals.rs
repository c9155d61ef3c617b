//! What was promised and what came of it, per service, tier and dataset.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    incident::{PlanFacts, RestoredBy, ServiceState, State},
    model::{Duration, Signals, Time, Verdict},
    objectives::{Sight, Span, Target, clock_of, dataset_exposure, rpo_of, rto_of, tier_of},
    plan::{Dataset, Runbook, Step},
};

/// A stretch without service.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OutageFact {
    pub from: Time,
    /// `None`: it was still down when the report was made.
    pub until: Option<Time>,
    /// What ended it, in words.
    pub by: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ServiceFact {
    pub name: String,
    pub tier: Option<String>,
    pub rto: Option<Duration>,
    /// `30m by scenario, tier 1h`.
    pub rto_note: Option<String>,
    /// All stretches without service together: a relapse goes on counting.
    pub down_for: Duration,
    pub outages: Vec<OutageFact>,
    /// `None` without an objective.
    pub verdict: Option<Verdict>,
    pub words: String,
}

/// A tier is as good as its worst service.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TierFact {
    pub name: String,
    pub verdict: Option<Verdict>,
    /// The service that decided it.
    pub worst: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DatasetFact {
    pub name: String,
    pub rpo: Option<Duration>,
    pub rpo_note: Option<String>,
    /// Writes had provably stopped by then.
    pub frozen: Option<Time>,
    pub recovered: Option<Time>,
    /// What was lost, as far as it is proven.
    pub lost: Option<Span>,
    pub verdict: Option<Verdict>,
    pub words: String,
}

/// Services that were down, the worst first.
pub(super) fn services(state: &State, facts: &PlanFacts, now: Time) -> Vec<ServiceFact> {
    let end = state.head.as_ref().and_then(|head| head.closed.as_ref()).map_or(now, |(_, closed)| closed.at);
    let mut services: Vec<_> = state
        .services
        .iter()
        .filter(|(_, service)| !service.outages.is_empty())
        .map(|(name, service)| service_fact(state, facts, name, service, end))
        .collect();
    services.sort_by_key(|fact| (std::cmp::Reverse(fact.verdict), fact.name.clone()));
    services
}

/// `end`: until when a service counts that is still down: now, or the incident's close.
fn service_fact(state: &State, facts: &PlanFacts, name: &str, service: &ServiceState, end: Time) -> ServiceFact {
    let planned = facts.services.iter().find(|service| service.name == name);
    let tier = planned.and_then(|service| tier_of(facts, service));
    let Target { limit, note } = rto_of(facts, state.scenario(), open_book(state), tier);
    let clock = clock_of(service, end);
    let (down_for, down) = clock.map_or((Duration::ZERO, false), |clock| (clock.elapsed, clock.running));
    let still = if down { "not seen restored, " } else { "" };
    let over = limit.zip(clock).and_then(|(rto, clock)| clock.over(rto));
    let (verdict, words) = match (limit, over) {
        (None, _) => (None, format!("{still}down {down_for}, no objective")),
        (Some(rto), Some(over)) => (Some(Verdict::Missed), format!("MISSED by {over}: {still}down {down_for} of {rto}")),
        (Some(rto), None) if down => (Some(Verdict::CannotTell), format!("cannot tell: {still}down {down_for} of {rto}")),
        (Some(rto), None) => (Some(Verdict::Met), format!("met: down {down_for} of {rto}")),
    };
    let outages = service.outages.iter().map(|outage| OutageFact {
        from: outage.from,
        until: outage.until,
        by: outage.by.as_ref().map(|by| match by {
            RestoredBy::Observed => "seen healthy".to_owned(),
            RestoredBy::Person => "a person's word".to_owned(),
            RestoredBy::Step(step) => format!("step {step}"),
        }),
    });
    ServiceFact {
        name: name.to_owned(),
        tier: tier.map(str::to_owned),
        rto: limit,
        rto_note: note,
        down_for,
        outages: outages.collect(),
        verdict,
        words,
    }
}

/// `services` must be worst first, as [`services`] gives them.
pub(super) fn tiers(services: &[ServiceFact]) -> Vec<TierFact> {
    let mut tiers: BTreeMap<&str, TierFact> = BTreeMap::new();
    for service in services {
        let Some(tier) = &service.tier else { continue };
        tiers.entry(tier).or_insert_with(|| TierFact {
            name: tier.clone(),
            verdict: service.verdict,
            worst: service.name.clone(),
        });
    }
    let mut tiers: Vec<_> = tiers.into_values().collect();
    tiers.sort_by_key(|tier| std::cmp::Reverse(tier.verdict));
    tiers
}

fn open_book(state: &State) -> Option<&Runbook> {
    state.book.as_ref().map(|book| &book.runbook)
}

/// Datasets that the runbooks froze or recovered.
pub(super) fn datasets(state: &State, facts: &PlanFacts, now: Time) -> Vec<DatasetFact> {
    facts.datasets.iter().filter_map(|dataset| dataset_fact(state, facts, dataset, now)).collect()
}

fn dataset_fact(state: &State, facts: &PlanFacts, dataset: &Dataset, now: Time) -> Option<DatasetFact> {
    let touched = |step: &Step| step.freezes.has(&dataset.name) || step.recovers.has(&dataset.name);
    state.books().flat_map(|(book, _)| book.runbook.steps()).find(|step| touched(step))?;
    let Target { limit, note } = rpo_of(facts, state.scenario(), open_book(state), dataset);
    // Only what was journaled counts here, nothing that is observed by now.
    let sight = Sight { facts, signals: &Signals::default(), state: Some(state), loses: None, supposed: None, now };
    let seen = dataset_exposure(dataset, limit, &sight);
    let (lost, verdict, words) = match (seen.recovered, seen.loses) {
        (None, _) => (None, Verdict::CannotTell, "not recovered by a step of its runbooks".to_owned()),
        (Some(_), lost) => (lost, seen.verdict, seen.words),
    };
    Some(DatasetFact {
        name: dataset.name.clone(),
        rpo: limit,
        rpo_note: note,
        frozen: seen.frozen,
        recovered: seen.recovered,
        lost,
        verdict: limit.map(|_| verdict),
        words,
    })
}
