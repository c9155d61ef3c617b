//! Cards and regions.

use chrono::TimeZone;
use serde_json::json;

use crate::{
    incident::PlanFacts,
    model::{Ask, Duration, Question, Reading, Sample, Signals, Time, Value},
    objectives::{
        capacity::{cards_of, fits},
        silence::silence_of,
    },
    plan::{Accelerators, Service},
};

fn t(seconds: i64) -> Time {
    chrono::Utc.timestamp_opt(1_800_000_000 + seconds, 0).unwrap()
}
fn of<T: serde::de::DeserializeOwned>(json: serde_json::Value) -> T {
    serde_json::from_value(json).unwrap()
}
fn now() -> Time {
    t(0)
}

#[test]
fn r24_cards_go_to_the_strictest_tier_first() {
    let facts = PlanFacts {
        tiers: of(json!({"critical": {"rto": "1h"}, "standard": {"rto": "4h"}})),
        services: of::<Vec<Service>>(json!([
            {"name": "batch", "tier": "standard", "region": "east", "cards": 16},
            {"name": "api", "tier": "critical", "region": "east", "cards": 24},
            {"name": "own", "tier": "critical", "region": "elsewhere", "cards": 99},
            {"name": "api-west", "tier": "critical", "region": "west", "cards": 24, "stands_in_for": "api"}
        ])),
        ..PlanFacts::default()
    };
    let lost = ["east"].into();
    for (healthy, critical, standard) in [(40, 0, 0), (32, 0, 8), (24, 0, 16), (20, 4, 16), (0, 24, 16)] {
        let fits: Vec<_> = fits(&facts, &lost, Some("west"), healthy).into_iter().map(|f| (f.tier, f.needed, f.short)).collect();
        assert_eq!(fits, [("critical".into(), 24, critical), ("standard".into(), 40, standard)], "{healthy}");
    }
}

#[test]
fn r29_cards_that_nobody_sees_are_not_counted() {
    let cluster: Accelerators = of(json!({"name": "west", "nodes": 2, "cards_per_node": 8, "via": "k8s"}));
    let node = |name: &str, ready: bool, allocatable: f64| {
        [("ready", Value::from(ready)), ("gaudi_capacity", 8.0.into()), ("gaudi_allocatable", allocatable.into())]
            .map(|(fact, value)| Sample::bare(value, t(0)).label("node", name).label("fact", fact))
    };
    let question = Question::new("k8s", Ask::KubernetesNodes, Duration::from_secs(5), None);
    let mut signals = Signals::default();
    assert_eq!(cards_of(&cluster, None, &signals, now()).cards, None);
    let samples = [node("a", true, 7.0), node("b", false, 8.0)].concat();
    signals.record(&question, Ok(Reading { samples, read: now(), warnings: vec![], cards: Default::default() }), now());
    let known = cards_of(&cluster, None, &signals, now());
    let cards = known.cards.unwrap();
    assert_eq!((cards.nodes, cards.cards, cards.healthy), (2, 16, 7), "a node that is not ready gives no cards");
    assert_eq!(known.words, "7 of 16 cards allocatable");
    assert_eq!(cards_of(&cluster, None, &signals, t(60)).cards, None);
}

#[test]
fn r28_a_region_is_silent_when_every_observer_in_it_is() {
    let prom = |signals: &mut Signals, via: &str, at: i64, ok: bool| {
        let question = Question::new(via, Ask::Query { expr: "up".into() }, Duration::from_secs(5), None);
        let answer = match ok {
            true => {
                Ok(Reading { samples: vec![Sample::bare(1.0, t(at))], read: t(at), warnings: vec![], cards: Default::default() })
            }
            false => Err("timed out".to_owned()),
        };
        signals.record(&question, answer, t(at));
    };
    let silent = |feed: &[(&str, i64, bool)]| {
        let mut signals = Signals::default();
        feed.iter().for_each(|(via, at, ok)| prom(&mut signals, via, *at, *ok));
        silence_of(["a", "b"], &signals, now())
    };
    let since = |feed: &[_]| silent(feed).since;
    assert_eq!(since(&[("a", -1, true), ("b", -1, true)]), None);
    assert_eq!(since(&[("a", -1, true), ("b", -60, true), ("b", -50, false)]), None, "one that answers is enough");
    assert_eq!(since(&[("a", -90, true), ("a", -80, false), ("b", -60, true), ("b", -50, false)]), Some(t(-60)));
    assert_eq!(since(&[("a", -90, true), ("b", -60, true)]), Some(t(-60)), "stale is silence too");
    assert_eq!(since(&[("a", -80, false), ("b", -50, false)]), Some(t(-80)), "never heard: since the first try");
    assert_eq!(since(&[]), None, "nobody was asked yet");
}
