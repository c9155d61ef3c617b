//! A console that goes on looking shows what one shows that has just been opened, whatever happened between its Pictures.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::json;

use super::{
    alerts::{alert, with_manager},
    orders::{Look, good_answer, history, t},
};
use crate::{
    gates::questions,
    model::{Ask, Card, CardsSeen, Duration, Freshness, Loss, Reading, Sample, Time, Verdict, Vitals, loss::LossOf, time},
    picture::{composer::Composer, scene::Picture},
};

/// What may happen between two Pictures.
#[derive(Clone, Debug)]
enum Change {
    Passes { ms: i64 },
    Answers { question: usize, age: i64, cards: Vec<(i64, f64)>, good: bool, warns: bool },
    Fails { question: usize },
    Happened { records: usize },
    Supposed(Option<Loss>),
    ClockSet { ms: i64 },
    Asked { at: i64 },
}

fn change() -> impl Strategy<Value = Change> {
    let named = |name: &'static str| Just(name.to_owned());
    let loss = prop_oneof![
        prop_oneof![named("us-east-1"), named("us-west-2")].prop_map(LossOf::Region),
        prop_oneof![named("a"), named("n0"), named("n1")].prop_map(LossOf::Node),
        prop_oneof![named("gaudi-west"), named("gaudi-far")].prop_map(LossOf::Cluster),
        named("z1").prop_map(LossOf::Zone),
        named("production").prop_map(LossOf::Data),
    ];
    let cards = prop::collection::vec((-20i64..30, 60.0..110.0), 0..6);
    prop_oneof![
        4 => (-8_000i64..40_000).prop_map(|ms| Change::Passes { ms }),
        1 => (40_000i64..200_000_000).prop_map(|ms| Change::Passes { ms }),
        6 => (any::<prop::sample::Index>(), -8i64..25, cards, prop::bool::weighted(0.8), prop::bool::weighted(0.1)).prop_map(
            |(at, age, cards, good, warns)| Change::Answers { question: at.index(64), age, cards, good, warns }
        ),
        2 => any::<prop::sample::Index>().prop_map(|at| Change::Fails { question: at.index(64) }),
        2 => (0usize..=17).prop_map(|records| Change::Happened { records }),
        2 => prop::option::weighted(0.7, loss.prop_map(Loss::Of)).prop_map(Change::Supposed),
        1 => (-100_000i64..100_000).prop_map(|ms| Change::ClockSet { ms }),
        1 => (-20i64..20).prop_map(|at| Change::Asked { at }),
    ]
}

/// The team of the other tests, with a second cluster of cards of which only exporters tell, and with two Alertmanagers.
fn look() -> Look {
    let mut look = with_manager();
    let second = look.plan.connections["am"].clone();
    look.plan.connections.insert("am-east".into(), second);
    let more = json!([
        {"name": "gaudi-west", "region": "us-west-2", "nodes": 2, "cards_per_node": 8, "via": "west", "metrics": {"via": "prom-west"}},
        {"name": "gaudi-far", "region": "us-east-1", "nodes": 2, "cards_per_node": 2, "via": "prom-east"}
    ]);
    look.plan.accelerators = serde_json::from_value(more).unwrap();
    for question in questions(&look.plan) {
        look.signals.expect(&question);
    }
    look
}

fn card(nth: usize, (age, temperature): (i64, f64), look: &Look) -> Card {
    let vitals = Vitals { temperature: Some(temperature), throttles: Some(102.0), ..Vitals::default() };
    let measured = look.now - chrono::TimeDelta::seconds(age);
    Card { node: format!("n{}", nth / 2), id: (nth % 2).to_string(), measured, vitals, ..Card::default() }
}

/// An alert of three names; those of one number are the same one in both Alertmanagers.
fn told(nth: usize, (age, temperature): (i64, f64), measured: Time) -> Sample {
    let state = ["firing", "silenced", "inhibited"][temperature as usize % 3];
    let since = time::full(measured - chrono::TimeDelta::seconds(age.max(0)));
    let sample = alert(["Elsewhere", "DiskFull", "Small"][nth % 3], state, &since);
    Sample { measured, ..sample }.label("@fingerprint", format!("f{nth}")).label("severity", "critical")
}

fn apply(look: &mut Look, change: &Change) {
    let all = questions(&look.plan);
    match change {
        Change::Passes { ms } => look.now += chrono::TimeDelta::milliseconds(*ms),
        Change::Answers { question, age, cards, good, warns } => {
            let question = &all[question % all.len()];
            let at = look.now - chrono::TimeDelta::seconds(*age);
            let alerts = || cards.iter().enumerate().map(|(nth, card)| told(nth, *card, at)).collect();
            let samples = match (question.ask == Ask::Alerts, *good) {
                (true, _) => alerts(),
                (false, true) => good_answer(question, at),
                (false, false) => vec![Sample::bare(0.0, at).label("node", "b")],
            };
            let cards = cards.iter().enumerate().map(|(nth, card)| self::card(nth, *card, look)).collect();
            let cards = CardsSeen { cards, exporters: vec![("n0".into(), *good), ("n9".into(), true)] };
            let asks_cards = question.ask.kind() == "cards";
            let reading = Reading {
                samples: if asks_cards { vec![] } else { samples },
                read: at,
                warnings: if *warns { vec!["in part".into()] } else { vec![] },
                cards: if asks_cards { cards } else { CardsSeen::default() },
            };
            look.signals.record(question, Ok(reading), look.now);
        }
        Change::Fails { question } => look.signals.record(&all[question % all.len()], Err("refused".into()), look.now),
        Change::Happened { records } => look.records = history(&look.plan)[..*records].to_vec(),
        Change::Supposed(loss) => look.supposed = loss.clone(),
        Change::ClockSet { ms } => {
            look.now += chrono::TimeDelta::milliseconds(*ms);
            look.signals.shift(*ms);
        }
        Change::Asked { at } => super::ready::asked(look, (look.now - t(0)).num_seconds() + at),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(80) })]

    #[test]
    fn r29_nothing_that_was_kept_is_ever_shown_past_its_time(changes in prop::collection::vec(change(), 1..24)) {
        let (mut look, composer) = (look(), Composer::default());
        for change in &changes {
            apply(&mut look, change);
            let (kept, anew) = (look.picture_by(&composer), look.picture());
            // By their text, since nothing equals what is not a number.
            prop_assert_eq!(format!("{kept:?}"), format!("{anew:?}"), "after {:?}", change);
        }
    }
}

#[test]
fn what_did_not_change_is_shared_and_ages_go_on() {
    let (mut look, composer) = (look(), Composer::default());
    look.records = history(&look.plan)[..4].to_vec();
    look.now = look.records[3].recorded;
    let question = questions(&look.plan).iter().position(|question| question.ask.kind() == "cards").unwrap();
    let cards = vec![(0, 70.0), (0, 71.0)];
    apply(&mut look, &Change::Answers { question, age: 0, cards, good: true, warns: false });
    let first = look.picture_by(&composer);
    look.now += Duration::from_secs(1).delta();
    let second = look.picture_by(&composer);
    let stands = |picture: &Picture| {
        picture.cards.iter().find(|cluster| !cluster.nodes.is_empty()).map(|cluster| cluster.nodes.clone()).unwrap()
    };
    assert!(Arc::ptr_eq(&stands(&first), &stands(&second)) && Arc::ptr_eq(&first.journal, &second.journal));
    assert_ne!(first.incident.unwrap().outage, second.incident.unwrap().outage, "the outage goes on");

    look.now += Duration::from_mins(1).delta();
    let late = look.picture_by(&composer);
    let seen = late.cards.iter().find(|cluster| !cluster.nodes.is_empty()).unwrap();
    assert_eq!(seen.verdict, Verdict::CannotTell);
    assert!(matches!(seen.known, Freshness::Stale { .. }) && seen.nodes[0].words.contains("no data for 1m"), "{seen:?}");
}
