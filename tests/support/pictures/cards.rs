//! Twelve nodes of eight cards in two regions, with one of each fault.

use lifeboat::{
    model::{Freshness, Verdict, Vitals},
    picture::*,
    plan::RegionRole,
};

use super::{at, outage};

fn card(node: usize, id: usize, verdict: Verdict, words: &str) -> CardCell {
    let load = ((node * 31 + id * 17) % 100) as f64;
    let vitals = Vitals {
        utilization: Some(load),
        used: Some(load / 100.0 * 137_438_953_472.0),
        total: Some(137_438_953_472.0),
        temperature: Some(40.0 + load * 0.4),
        throttles: Some(102.0),
        power: Some(200.0 + load * 6.0),
        power_limit: Some(850.0),
        internal_ports: Some(21.0),
        external_ports: Some(if words.contains("ports out") { 2.0 } else { 3.0 }),
        pending_rows: Some(words.contains("rows")),
        new_double_errors: Some(if words.contains("ECC") { 1.0 } else { 0.0 }),
        link_width: Some(16.0),
    };
    let (serial, driver) = (Some(format!("G3{node:02}{id:02}")), Some("1.24.0".into()));
    CardCell { id: id.to_string(), serial, driver, measured: at("02:47:10"), verdict, words: words.into(), vitals }
}

fn node(nth: usize, name: &str, bad: Option<(usize, &str)>) -> CardNode {
    let of = |id: usize| match bad {
        Some((at, words)) if at == id => card(nth, id, Verdict::AtRisk, words),
        _ => card(nth, id, Verdict::Met, ""),
    };
    let words = bad.map_or_else(String::new, |(id, words)| format!("card {id}: {words}"));
    let verdict = if bad.is_some() { Verdict::AtRisk } else { Verdict::Met };
    CardNode { name: name.into(), cards: (0..8).map(of).collect(), planned: 8, verdict, words }
}

/// The screen of the cards during the outage.
pub fn gaudi() -> Picture {
    let mut lost = node(2, "gaudi-w03", None);
    lost.cards.remove(6);
    (lost.verdict, lost.words) = (Verdict::AtRisk, "7 of 8 cards: 1 lost".into());
    let mut blind = node(3, "gaudi-w04", None);
    blind.cards.clear();
    (blind.verdict, blind.words) = (Verdict::CannotTell, "exporter blind: it answers and shows no card".into());
    let ecc = node(0, "gaudi-w01", Some((5, "double-bit ECC +1 in 1h, memory rows wait for a reset")));
    let west = CardCluster {
        name: "gaudi-standby".into(),
        region: Some("us-west-2".into()),
        role: Some(RegionRole::Standby),
        known: Freshness::Fresh,
        nodes: vec![ecc, lost, blind, node(1, "gaudi-w02", None)].into(),
        verdict: Verdict::AtRisk,
        words: "23 of 32 cards seen, 1 not well, 1 node shows none, 24 °C to spare".into(),
    };
    let mut dark: Vec<CardNode> = (1..=8).map(|n| node(n, &format!("gaudi-e{n:02}"), None)).collect();
    for node in &mut dark {
        (node.verdict, node.words) = (Verdict::CannotTell, "no data for 41m".into());
        node.cards.iter_mut().for_each(|card| (card.verdict, card.words) = (Verdict::CannotTell, "no data for 41m".into()));
    }
    let east = CardCluster {
        name: "gaudi-east".into(),
        region: Some("us-east-1".into()),
        role: Some(RegionRole::Primary),
        known: Freshness::Failing { reason: "no answer within 5s".into(), since: at("02:06:06") },
        nodes: dark.into(),
        verdict: Verdict::CannotTell,
        words: "prom-east does not answer".into(),
    };
    Picture { cards: vec![west, east], ..outage() }
}
