//! Accelerator cards by their exporters: each card, node and cluster with what is wrong, the worst first.

use std::{cmp::Reverse, collections::BTreeMap, sync::Arc};

use super::{
    inputs::Ground,
    scene::{CardCell, CardCluster, CardNode, CardsStand},
    sentences::rank::brief,
};
use crate::{
    gates::{Unusable, questions::cards_asked, usable},
    model::{Ask, Card, CardsSeen, Duration, Freshness, Loss, Reading, SignalKey, Verdict, loss::LossOf},
    objectives::{
        cards::{Health, health_of},
        reach::is_lost_node,
    },
    plan::Accelerators,
};

/// Clusters whose exporters are asked: what can be mended first, then what cannot be told.
pub fn clusters(ground: &Ground) -> Vec<CardCluster> {
    let mut all: Vec<CardCluster> = ground.inputs.plan.accelerators.iter().filter_map(|cluster| one(ground, cluster)).collect();
    all.sort_by_key(|cluster| Reverse(cluster.verdict));
    all
}

fn one(ground: &Ground, cluster: &Accelerators) -> Option<CardCluster> {
    let (via, ask) = cards_asked(cluster, ground.inputs.plan)?;
    let signals = ground.inputs.signals;
    let mut row = CardCluster {
        name: cluster.name.clone(),
        region: cluster.region.clone(),
        role: ground.role_of(cluster.region.as_deref()),
        known: Freshness::Fresh,
        nodes: Arc::default(),
        verdict: Verdict::CannotTell,
        words: String::new(),
    };
    if let Some(lost) = ground.supposed_loss().filter(|lost| crate::objectives::capacity::takes_whole(cluster, lost)) {
        row.words = format!("lost with {lost}");
        return Some(row);
    }
    // Whose answer is not fresh, none of whose cards is: what stood there last is shown as that.
    match usable(via, &ask, None, signals, None, ground.now()) {
        Ok(reading) => {
            let signal = signals.get(&SignalKey::of(via, &ask));
            let max_age = signal.map_or(Duration::ZERO, |signal| signal.max_age);
            let lost = ground.supposed_loss().filter(|lost| matches!(lost, Loss::Of(LossOf::Node(_))));
            let stand = || stand(nodes(ground, cluster, &reading.cards, max_age), cluster);
            let CardsStand { nodes, words } = ground.kept.cards.by_age(&cluster.name, lost, signal, ground.now(), stand);
            (row.words, row.verdict) = (words, nodes.iter().map(|node| node.verdict).max().unwrap_or(Verdict::CannotTell));
            row.nodes = nodes;
        }
        Err(Unusable { words, known }) => {
            (row.known, row.words) = (known, brief(&words).to_owned());
            let last = last_known(via, &ask, ground);
            row.nodes = last.map(|last| Arc::new(nodes(ground, cluster, &last.cards, Duration::ZERO))).unwrap_or_default();
        }
    }
    Some(row)
}

fn stand(nodes: Vec<CardNode>, cluster: &Accelerators) -> CardsStand {
    let words = if nodes.is_empty() { "its exporters show no card".into() } else { summary(&nodes, cluster) };
    CardsStand { nodes: Arc::new(nodes), words }
}

/// What stood there before it could not be seen any more.
fn last_known<'a>(via: &str, ask: &Ask, ground: &Ground<'a>) -> Option<&'a Reading> {
    ground.inputs.signals.get(&SignalKey::of(via, ask))?.reading.as_deref()
}

fn nodes(ground: &Ground, cluster: &Accelerators, seen: &CardsSeen, max_age: Duration) -> Vec<CardNode> {
    let mut by_node: BTreeMap<&str, Vec<&Card>> = BTreeMap::new();
    for (node, _) in &seen.exporters {
        by_node.entry(node).or_default();
    }
    for card in &seen.cards {
        by_node.entry(&card.node).or_default().push(card);
    }
    if let Some(lost) = ground.supposed_loss() {
        by_node.retain(|node, _| !is_lost_node(node, lost));
    }
    let up: BTreeMap<&str, bool> = seen.exporters.iter().map(|(node, up)| (node.as_str(), *up)).collect();
    let usual = usual_driver(seen);
    let planned = cluster.cards_per_node as usize;
    let node = |(name, cards): (&str, Vec<&Card>)| node(name, &cards, up.get(name).copied(), planned, usual, max_age, ground);
    let mut nodes: Vec<CardNode> = by_node.into_iter().map(node).collect();
    nodes.sort_by_key(|node| Reverse(node.verdict));
    nodes
}

/// The driver of most cards; another one on some of them is a mix.
fn usual_driver(seen: &CardsSeen) -> Option<&str> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    seen.cards.iter().filter_map(|card| card.driver.as_deref()).for_each(|driver| *counts.entry(driver).or_default() += 1);
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(driver, _)| driver)
}

fn node(
    name: &str,
    cards: &[&Card],
    up: Option<bool>,
    planned: usize,
    usual: Option<&str>,
    max_age: Duration,
    ground: &Ground,
) -> CardNode {
    let judged: Vec<(&Card, Health)> = cards.iter().map(|card| (*card, health_of(card, max_age, ground.now()))).collect();
    let (mut verdict, mut words) = (Verdict::Met, Vec::new());
    let mut say = |said: Verdict, text: String| {
        verdict = verdict.max(said);
        words.push(text);
    };
    let untold = judged.iter().filter(|(_, health)| health.verdict == Verdict::CannotTell).count();
    match (up, cards.len()) {
        (Some(true), 0) => say(Verdict::CannotTell, "exporter blind: it answers and shows no card".into()),
        (Some(false), 0) => say(Verdict::CannotTell, "exporter does not answer".into()),
        (None, 0) => say(Verdict::CannotTell, "nothing is heard of it".into()),
        (_, n) if untold == n => say(Verdict::CannotTell, judged[0].1.words.clone()),
        (Some(false), _) => say(Verdict::CannotTell, "exporter does not answer any more".into()),
        (_, n) if n < planned => say(Verdict::AtRisk, format!("{} of {planned} cards: {} lost", n, planned - n)),
        _ => {}
    }
    let bad: Vec<_> = judged.iter().filter(|(_, health)| health.verdict == Verdict::AtRisk).collect();
    match bad.as_slice() {
        [] => {}
        [(card, health)] => say(Verdict::AtRisk, format!("card {}: {}", card.id, health.words)),
        [(card, health), rest @ ..] => {
            say(Verdict::AtRisk, format!("card {}: {}; {} more", card.id, health.words, rest.len()));
        }
    }
    if let Some(other) = cards.iter().filter_map(|card| card.driver.as_deref()).find(|driver| Some(*driver) != usual) {
        say(Verdict::AtRisk, format!("driver {other}, others {}", usual.unwrap_or("none")));
    }
    let cell = |(card, health): (&Card, Health)| CardCell {
        id: card.id.clone(),
        serial: card.serial.clone(),
        driver: card.driver.clone(),
        measured: card.measured,
        verdict: health.verdict,
        words: health.words,
        vitals: card.vitals.clone(),
    };
    CardNode { name: name.to_owned(), cards: judged.into_iter().map(cell).collect(), planned, verdict, words: words.join("; ") }
}

/// `32 cards, 1 not well, 31 °C to spare`.
fn summary(nodes: &[CardNode], cluster: &Accelerators) -> String {
    let cards = || nodes.iter().flat_map(|node| &node.cards);
    let (all, well) = (cards().count(), cards().filter(|card| card.verdict == Verdict::Met).count());
    let blind = nodes.iter().filter(|node| node.cards.is_empty()).count();
    let planned = (cluster.nodes * cluster.cards_per_node) as usize;
    let mut words = vec![if all < planned { format!("{all} of {planned} cards seen") } else { format!("{all} cards") }];
    if well < all {
        words.push(format!("{} not well", all - well));
    }
    match blind {
        0 => {}
        1 => words.push("1 node shows none".into()),
        n => words.push(format!("{n} nodes show none")),
    }
    let margins = cards().filter(|card| card.verdict != Verdict::CannotTell).filter_map(|card| card.vitals.thermal_margin());
    if let Some(least) = margins.min_by(f64::total_cmp) {
        words.push(format!("{least:.0} °C to spare"));
    }
    words.join(", ")
}
