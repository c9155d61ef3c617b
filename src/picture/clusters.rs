//! Accelerator clusters: cards that are there, and whether they suffice for what must move.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    inputs::{Carried, Ground},
    scene::ClusterRow,
    sentences::rank::brief,
};
use crate::{
    model::{Ask, Loss, SignalKey, Verdict, loss::LossOf},
    objectives::{Fit, Known, capacity::takes_whole, cards_of, fits},
    plan::{Accelerators, RegionRole},
};

/// Nobody observes its cards, by the plan's own choice.
pub const UNSEEN: &str = "nothing observes its cards";

/// Cards that a tier would lack in a cluster.
pub struct Lack {
    pub cluster: String,
    pub tier: String,
    pub short: u32,
    /// The cluster may grow until they are there.
    pub grows: bool,
    /// More nodes that would carry all of it.
    pub nodes: u32,
}

impl Lack {
    /// `standard 8 cards short in gaudi-west: 1 more node carries it`.
    pub fn mend(&self) -> String {
        let Lack { cluster, tier, short, grows, nodes } = self;
        let more = if *nodes == 1 { "1 more node carries it".to_owned() } else { format!("{nodes} more nodes carry it") };
        let how = if *grows { ", by growing: have them ready before" } else { "" };
        format!("{tier}: {short} cards short in {cluster}: {more}{how}")
    }
}

/// Where the loss that is declared, or planned for, would leave cards short; what cannot be mended first.
pub fn lacks(ground: &Ground) -> Vec<Lack> {
    let mut all = Vec::new();
    for (cluster, carried) in carried(ground) {
        for fit in carried.fits.iter().flatten().filter(|fit| fit.short > 0) {
            let grows = grows(cluster, fit);
            let nodes = fit.short.div_ceil(cluster.cards_per_node.max(1));
            all.push(Lack { cluster: cluster.name.clone(), tier: fit.tier.clone(), short: fit.short, grows, nodes });
        }
    }
    all.sort_by_key(|lack| lack.grows);
    all
}

pub fn rows(ground: &Ground) -> Vec<ClusterRow> {
    carried(ground).map(|(cluster, carried)| row(ground, cluster, carried)).collect()
}

/// Each cluster with what it has to carry.
fn carried<'g>(ground: &'g Ground<'_>) -> impl Iterator<Item = (&'g Accelerators, &'g Carried)> {
    let clusters = &ground.inputs.plan.accelerators;
    let find = |cluster| {
        let known = known(ground, cluster, ground.supposed_loss());
        Carried { fits: needs(ground, cluster, &known), known }
    };
    clusters.iter().zip(ground.carried.get_or_init(|| clusters.iter().map(find).collect()))
}

/// What is known of the cards of `cluster` without those that `lost` takes.
pub fn known(ground: &Ground, cluster: &Accelerators, lost: Option<&Loss>) -> Known {
    let (signals, now) = (ground.inputs.signals, ground.now());
    // Any other loss takes all of them or none.
    let lost = lost.filter(|lost| takes_whole(cluster, lost) || matches!(lost, Loss::Of(LossOf::Node(_) | LossOf::Zone(_))));
    let select = cluster.metrics.as_ref().and_then(|metrics| metrics.select.clone());
    let answer = |ask: &Ask| signals.get(&SignalKey::of(cluster.via.as_deref()?, ask));
    let signal = answer(&Ask::Cards { select }).or_else(|| answer(&Ask::KubernetesNodes));
    ground.kept.known.by_age(&cluster.name, lost, signal, now, || cards_of(cluster, lost, signals, now))
}

/// Whether `cluster` has to carry what other regions lose.
fn is_refuge(ground: &Ground, cluster: &Accelerators, lost: &BTreeSet<&str>) -> bool {
    let region = cluster.region.as_deref();
    let stands_in = cluster.stands_in_for.is_some() || ground.role_of(region) == Some(RegionRole::Standby);
    stands_in && !lost.is_empty() && region.is_some_and(|region| !lost.contains(region))
}

/// Whether a part of it is supposed to be lost: then what runs there has to do with the rest.
fn is_thinned(ground: &Ground, cluster: &Accelerators) -> bool {
    let Some(loss @ Loss::Of(LossOf::Node(_) | LossOf::Zone(_))) = ground.supposed_loss() else { return false };
    let cards = |lost| known(ground, cluster, lost).cards;
    cards(Some(loss)) != cards(None)
}

fn needs(ground: &Ground, cluster: &Accelerators, known: &Known) -> Option<Vec<Fit>> {
    let lost: BTreeSet<&str> = ground.lost_regions().into_iter().collect();
    let cards = known.cards.as_ref().filter(|_| is_refuge(ground, cluster, &lost) || is_thinned(ground, cluster))?;
    let fits = fits(ground.facts, &lost, cluster.region.as_deref(), cards.healthy);
    (!fits.is_empty()).then_some(fits)
}

/// Cards that each tier lacks in the best of the clusters it can go to, in an open incident that loses a region.
pub fn shortages(ground: &Ground) -> BTreeMap<String, u32> {
    let mut short: BTreeMap<String, u32> = BTreeMap::new();
    if ground.open().is_none() && ground.supposed.is_none() {
        return short;
    }
    for (cluster, carried) in carried(ground) {
        for fit in carried.fits.iter().flatten().filter(|fit| !grows(cluster, fit)) {
            let least = short.entry(fit.tier.clone()).or_insert(fit.short);
            *least = fit.short.min(*least);
        }
    }
    short.retain(|_, short| *short > 0);
    short
}

/// What is short would fit once the cluster has grown as far as it may.
fn grows(cluster: &Accelerators, fit: &Fit) -> bool {
    fit.short > 0 && cluster.up_to.is_some_and(|nodes| fit.needed <= nodes * cluster.cards_per_node)
}

fn row(ground: &Ground, cluster: &Accelerators, carried: &Carried) -> ClusterRow {
    let Carried { known, fits } = carried;
    let missing = match &known.cards {
        None => Verdict::CannotTell,
        Some(cards) if cards.healthy < (cluster.nodes * cluster.cards_per_node).min(cards.cards.max(1)) => Verdict::AtRisk,
        Some(cards) if cards.cards < cluster.nodes * cluster.cards_per_node => Verdict::AtRisk,
        Some(_) => Verdict::Met,
    };
    let short = fits.iter().flatten().filter(|fit| fit.short > 0);
    let fitting = short.map(|fit| if grows(cluster, fit) { Verdict::AtRisk } else { Verdict::WillMiss }).max();
    ClusterRow {
        name: cluster.name.clone(),
        region: cluster.region.clone(),
        role: ground.role_of(cluster.region.as_deref()),
        nodes: known.cards.as_ref().map(|c| c.nodes),
        cards: known.cards.as_ref().map(|c| c.cards),
        healthy_cards: known.cards.as_ref().map(|c| c.healthy),
        verdict: missing.max(fitting.unwrap_or(Verdict::Met)),
        known: known.freshness.clone(),
        // What the connection said stands with it.
        words: brief(&known.words).to_owned(),
        fits: fits.as_ref().map(|fits| words(cluster, fits, known.cards.as_ref().map_or(0, |c| c.healthy))),
    }
}

/// `needed: critical 24 fits, standard 40 of 32: 8 short`.
fn words(cluster: &Accelerators, fits: &[Fit], healthy: u32) -> String {
    let each = fits.iter().map(|fit| match fit.short {
        0 => format!("{} {} fits", fit.tier, fit.needed),
        short if grows(cluster, fit) => {
            format!("{} {} of {healthy}: {short} short, fits after growing", fit.tier, fit.needed)
        }
        short => format!("{} {} of {healthy}: {short} short", fit.tier, fit.needed),
    });
    format!("needed: {}", each.collect::<Vec<_>>().join(", "))
}
