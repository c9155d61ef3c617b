//! Accelerator cards by their exporters: nothing is well that is not seen to be, and each fault says itself.

use super::orders::{Look, t};
use crate::{
    gates::questions::cards_asked,
    model::{Card, CardsSeen, Duration, Freshness, Question, Reading, Time, Verdict, Vitals},
    picture::scene::{CardCluster, CardNode},
    plan::CardMetrics,
};

fn well(node: &str, id: usize, measured: Time) -> Card {
    let vitals = Vitals {
        utilization: Some(50.0),
        used: Some(64e9),
        total: Some(128e9),
        temperature: Some(60.0),
        throttles: Some(102.0),
        internal_ports: Some(21.0),
        external_ports: Some(3.0),
        pending_rows: Some(false),
        new_double_errors: Some(0.0),
        link_width: Some(16.0),
        ..Vitals::default()
    };
    let (node, id) = (node.to_owned(), id.to_string());
    Card { node, id, serial: Some("G3".into()), driver: Some("1.24.0".into()), measured, vitals }
}

/// Two nodes, a and b, of eight cards.
fn look() -> (Look, Vec<Card>) {
    let mut look = Look::peace();
    look.plan.accelerators[0].metrics = Some(CardMetrics { via: "prom-west".into(), select: None });
    let cards = ["a", "b"].iter().flat_map(|node| (0..8).map(|id| well(node, id, t(0)))).collect();
    (look, cards)
}

fn shown(look: &mut Look, cards: Vec<Card>, exporters: &[(&str, bool)]) -> CardCluster {
    let (via, ask) = cards_asked(&look.plan.accelerators[0], &look.plan).map(|(via, ask)| (via.to_owned(), ask)).unwrap();
    let question = Question::new(&via, ask, Duration::from_secs(5), None);
    let exporters = exporters.iter().map(|(node, up)| ((*node).to_owned(), *up)).collect();
    let reading = Reading { samples: vec![], read: look.now, warnings: vec![], cards: CardsSeen { cards, exporters } };
    look.signals.record(&question, Ok(reading), look.now);
    look.picture().cards.remove(0)
}

const BOTH: [(&str, bool); 2] = [("a", true), ("b", true)];

fn node<'c>(cluster: &'c CardCluster, name: &str) -> &'c CardNode {
    cluster.nodes.iter().find(|node| node.name == name).unwrap()
}

#[test]
fn cards_that_are_seen_to_be_well_are_and_the_least_margin_is_said() {
    let (mut look, mut cards) = look();
    cards[3].vitals.temperature = Some(71.0);
    let cluster = shown(&mut look, cards, &BOTH);
    assert_eq!((cluster.verdict, cluster.words.as_str()), (Verdict::Met, "16 cards, 31 °C to spare"));
    assert!(cluster.nodes.iter().all(|node| node.words.is_empty() && node.cards.len() == 8));
}

#[test]
fn each_fault_of_a_card_says_itself_and_its_node_comes_first() {
    type Spoil = fn(&mut Vitals);
    let faults: [(Spoil, &str); 8] = [
        (|v| v.new_double_errors = Some(1.0), "double-bit ECC +1 in 1h"),
        (|v| v.pending_rows = Some(true), "memory rows wait for a reset"),
        (|v| v.internal_ports = Some(20.0), "20 of 21 ports in"),
        (|v| v.external_ports = Some(2.0), "2 of 3 ports out"),
        (|v| v.temperature = Some(99.0), "3 °C to slowing down"),
        (|v| v.temperature = Some(103.0), "slows itself down, too hot"),
        (|v| v.link_width = Some(8.0), "PCIe x8 of x16"),
        // Of an exporter that counts in fractions by `increase`.
        (|v| v.new_double_errors = Some(0.98), "double-bit ECC +1 in 1h"),
    ];
    for (spoil, said) in faults {
        let (mut look, mut cards) = look();
        spoil(&mut cards[13].vitals);
        let cluster = shown(&mut look, cards, &BOTH);
        let worst = &cluster.nodes[0];
        assert_eq!((worst.name.as_str(), worst.words.as_str()), ("b", format!("card 5: {said}").as_str()));
        assert_eq!((worst.verdict, cluster.verdict), (Verdict::AtRisk, Verdict::AtRisk));
        assert!(cluster.words.starts_with("16 cards, 1 not well"), "{}", cluster.words);
    }
}

#[test]
fn missing_is_not_zero_and_no_reading_is_no_fault() {
    let (mut look, mut cards) = look();
    cards.iter_mut().for_each(|card| card.vitals = Vitals::default());
    let cluster = shown(&mut look, cards, &BOTH);
    assert_eq!((cluster.verdict, cluster.words.as_str()), (Verdict::Met, "16 cards"), "nothing is said of what is not shown");
}

#[test]
fn a_lost_card_a_blind_exporter_and_one_that_is_away_are_three_things() {
    let (mut look, mut cards) = look();
    cards.remove(10);
    let cluster = shown(&mut look, cards.clone(), &BOTH);
    assert_eq!(node(&cluster, "b").words, "7 of 8 cards: 1 lost");
    cards.retain(|card| card.node == "a");
    let cluster = shown(&mut look, cards.clone(), &BOTH);
    let blind = node(&cluster, "b");
    assert_eq!((blind.verdict, blind.words.as_str()), (Verdict::CannotTell, "exporter blind: it answers and shows no card"));
    assert_eq!(cluster.words, "8 of 16 cards seen, 1 node shows none, 42 °C to spare");
    let cluster = shown(&mut look, cards, &[("a", true), ("b", false)]);
    assert_eq!(node(&cluster, "b").words, "exporter does not answer");
    let cluster = shown(&mut look, vec![], &[]);
    assert_eq!((cluster.verdict, cluster.words.as_str()), (Verdict::CannotTell, "its exporters show no card"));
}

#[test]
fn a_mix_of_drivers_is_said_on_the_nodes_that_differ() {
    let (mut look, mut cards) = look();
    cards[9].driver = Some("1.23.0".into());
    let cluster = shown(&mut look, cards, &BOTH);
    assert_eq!(node(&cluster, "b").words, "driver 1.23.0, others 1.24.0");
    assert_eq!(node(&cluster, "a").words, "");
}

#[test]
fn r29_a_node_that_is_not_scraped_any_more_is_not_well_and_neither_is_any_when_nobody_answers() {
    let (mut look, mut cards) = look();
    look.now = t(60);
    cards.iter_mut().filter(|card| card.node == "a").for_each(|card| card.measured = t(58));
    let cluster = shown(&mut look, cards, &BOTH);
    assert_eq!((node(&cluster, "b").verdict, node(&cluster, "b").words.as_str()), (Verdict::CannotTell, "no data for 1m"));
    assert_eq!(node(&cluster, "a").verdict, Verdict::Met);
    look.fail("prom-west");
    let (via, ask) = cards_asked(&look.plan.accelerators[0], &look.plan).map(|(via, ask)| (via.to_owned(), ask)).unwrap();
    let question = Question::new(&via, ask, Duration::from_secs(5), None);
    look.signals.record(&question, Err("connection refused".into()), look.now);
    let cluster = look.picture().cards.remove(0);
    assert!(matches!(cluster.known, Freshness::Failing { .. }), "{:?}", cluster.known);
    assert_eq!((cluster.verdict, cluster.words.as_str()), (Verdict::CannotTell, "prom-west does not answer"));
    assert!(cluster.nodes.iter().flat_map(|node| &node.cards).all(|card| card.verdict == Verdict::CannotTell), "last known only");
}
