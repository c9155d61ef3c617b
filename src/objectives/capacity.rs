//! Do the accelerator cards of a standby suffice? Tier by tier, the strictest first.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    reach::{is_cluster, is_lost_node},
    target::tier_of,
};
use crate::{
    gates::{Unusable, usable},
    incident::PlanFacts,
    model::{Ask, Duration, Freshness, Loss, Sample, SignalKey, Signals, Time, Value, loss::LossOf},
    plan::Accelerators,
};

/// What is known of a cluster's cards.
#[derive(Clone, Debug, PartialEq)]
pub struct Cards {
    pub nodes: u32,
    /// Present.
    pub cards: u32,
    /// Allocatable, on nodes that are ready.
    pub healthy: u32,
    pub used: u32,
}

/// Cards as seen, or why they cannot be.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    pub cards: Option<Cards>,
    pub freshness: Freshness,
    pub words: String,
}

/// How one tier fares in a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fit {
    pub tier: String,
    /// Cards that it and every stricter tier need together.
    pub needed: u32,
    /// Of these, how many are not there.
    pub short: u32,
}

/// The cards of `cluster` by its Kubernetes connection, without those that `lost` takes.
pub fn cards_of(cluster: &Accelerators, lost: Option<&Loss>, signals: &Signals, now: Time) -> Known {
    if let Some(lost) = lost.filter(|lost| takes_whole(cluster, lost)) {
        let none = Cards { nodes: 0, cards: 0, healthy: 0, used: 0 };
        return Known { cards: Some(none), freshness: Freshness::Fresh, words: format!("lost with {lost}") };
    }
    let Some(via) = &cluster.via else {
        return Known { cards: None, freshness: Freshness::Absent, words: "nothing observes its cards".into() };
    };
    let cards = Ask::Cards { select: cluster.metrics.as_ref().and_then(|metrics| metrics.select.clone()) };
    if signals.get(&SignalKey::of(via, &cards)).is_some() {
        return by_exporters(cluster, via, &cards, lost, signals, now);
    }
    let reading = match usable(via, &Ask::KubernetesNodes, None, signals, None, now) {
        Ok(reading) => reading,
        Err(Unusable { words, known }) => return Known { cards: None, freshness: known, words },
    };
    let nodes = nodes(&reading.samples);
    let stands = |(name, node): &(&&str, &Node)| !lost.is_some_and(|lost| is_lost_node(name, lost) || node.is_in_zone(lost));
    let with_cards: Vec<&Node> = nodes.iter().filter(stands).map(|(_, node)| node).filter(|node| node.capacity > 0).collect();
    let cards = Cards {
        nodes: with_cards.len() as u32,
        cards: with_cards.iter().map(|node| node.capacity).sum(),
        healthy: with_cards.iter().map(|node| node.healthy()).sum(),
        used: with_cards.iter().map(|node| node.used).sum(),
    };
    let planned = cluster.nodes * cluster.cards_per_node;
    let words = match cards.cards < planned {
        true => format!("{} of {planned} planned cards allocatable", cards.healthy),
        false => format!("{} of {} cards allocatable", cards.healthy, cards.cards),
    };
    Known { cards: Some(cards), freshness: Freshness::Fresh, words }
}

/// The node of `cluster` that its Kubernetes connection sees with the most healthy cards; `None` where it shows no node.
pub fn fullest_node(cluster: &Accelerators, signals: &Signals, now: Time) -> Option<String> {
    let reading = usable(cluster.via.as_deref()?, &Ask::KubernetesNodes, None, signals, None, now).ok()?;
    let nodes = nodes(&reading.samples);
    nodes.iter().max_by_key(|(_, node)| node.healthy()).map(|(name, _)| (*name).to_owned())
}

/// What Kubernetes says of one node and its cards.
#[derive(Default)]
struct Node<'a> {
    capacity: u32,
    allocatable: u32,
    used: u32,
    is_ready: bool,
    zone: Option<&'a str>,
}

impl Node<'_> {
    fn healthy(&self) -> u32 {
        if self.is_ready && self.capacity > 0 { self.allocatable } else { 0 }
    }

    fn is_in_zone(&self, lost: &Loss) -> bool {
        matches!(lost, Loss::Of(LossOf::Zone(zone)) if self.zone == Some(zone))
    }
}

fn nodes(samples: &[Sample]) -> BTreeMap<&str, Node<'_>> {
    let mut nodes: BTreeMap<&str, Node> = BTreeMap::new();
    for sample in samples {
        let (Some(name), Some(fact)) = (sample.labels.get("node"), sample.labels.get("fact")) else { continue };
        let node = nodes.entry(name).or_default();
        let count = || sample.value.number().filter(|n| n.is_finite()).map_or(0, |n| n.max(0.0) as u32);
        match (fact.as_str(), &sample.value) {
            ("gaudi_capacity", _) => node.capacity = count(),
            ("gaudi_allocatable", _) => node.allocatable = count(),
            ("gaudi_used", _) => node.used = count(),
            ("ready", ready) => node.is_ready = *ready == Value::Truth(true),
            ("zone", Value::Text(zone)) => node.zone = Some(zone),
            _ => {}
        }
    }
    nodes
}

/// Of a cluster that is only seen by its cards' exporters: a card that shows itself is there.
fn by_exporters(cluster: &Accelerators, via: &str, ask: &Ask, lost: Option<&Loss>, signals: &Signals, now: Time) -> Known {
    let reading = match usable(via, ask, None, signals, None, now) {
        Ok(reading) => reading,
        Err(Unusable { words, known }) => return Known { cards: None, freshness: known, words },
    };
    let max_age = signals.get(&SignalKey::of(via, ask)).map_or(Duration::ZERO, |signal| signal.max_age);
    let there: Vec<_> = reading
        .cards
        .cards
        .iter()
        .filter(|card| {
            Duration::between(card.measured, now) <= max_age && !lost.is_some_and(|lost| is_lost_node(&card.node, lost))
        })
        .collect();
    let nodes: BTreeSet<&str> = there.iter().map(|card| card.node.as_str()).collect();
    let used = there.iter().filter(|card| card.vitals.utilization.is_some_and(|used| used > 0.0)).count() as u32;
    let (seen, planned) = (there.len() as u32, cluster.nodes * cluster.cards_per_node);
    let words = if seen < planned { format!("{seen} of {planned} planned cards seen") } else { format!("{seen} cards seen") };
    let cards = Cards { nodes: nodes.len() as u32, cards: seen, healthy: seen, used };
    Known { cards: Some(cards), freshness: Freshness::Fresh, words }
}

/// Whether all of `cluster` is gone with it.
pub fn takes_whole(cluster: &Accelerators, lost: &Loss) -> bool {
    match lost {
        Loss::Of(LossOf::Region(name)) => cluster.region.as_deref() == Some(name),
        Loss::Of(LossOf::Cluster(name)) => is_cluster(cluster, name),
        _ => false,
    }
}

/// What each tier needs when `lost` regions are gone and `there` (the standby's own region) must carry their services
/// beside its own, against `healthy` cards. Stand-ins are the same service twice, and count once.
pub fn fits(facts: &PlanFacts, lost: &BTreeSet<&str>, there: Option<&str>, healthy: u32) -> Vec<Fit> {
    let lands = |region: Option<&str>| region.is_some_and(|r| lost.contains(r)) || (region.is_some() && region == there);
    let mut needs: BTreeMap<(Duration, &str), u32> = BTreeMap::new();
    for service in facts.services.iter().filter(|s| s.stands_in_for.is_none() && lands(s.region.as_deref())) {
        let (Some(cards), Some(tier)) = (service.cards, tier_of(facts, service)) else { continue };
        let rto = facts.tiers.get(tier).and_then(|t| t.rto).unwrap_or(Duration::from_millis(u64::MAX));
        *needs.entry((rto, tier)).or_default() += cards;
    }
    let mut total = 0u32;
    let mut left = healthy;
    needs
        .into_iter()
        .map(|((_, tier), cards)| {
            total = total.saturating_add(cards);
            let short = cards.saturating_sub(left);
            left = left.saturating_sub(cards);
            Fit { tier: tier.to_owned(), needed: total, short }
        })
        .collect()
}
