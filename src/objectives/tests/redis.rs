//! What a Redis replica would lose.

use chrono::TimeZone;
use serde_json::json;

use crate::{
    incident::PlanFacts,
    model::{Ask, Duration, Freshness, Question, Reading, Sample, Signals, Time, Value, Verdict},
    objectives::{exposure::dataset_exposure, redis_replica::redis_exposure, sight::Sight, stop::Stop},
    plan::Dataset,
};

fn t(seconds: i64) -> Time {
    chrono::Utc.timestamp_opt(1_800_000_000 + seconds, 0).unwrap()
}

fn server(signals: &mut Signals, via: &str, facts: &[(&str, Value)], written: &[(&str, f64)]) {
    let question = Question::new(via, Ask::RedisState, Duration::from_secs(5), None);
    let facts = facts.iter().map(|(fact, value)| Sample::bare(value.clone(), t(0)).label("fact", *fact));
    let written = written.iter().map(|(ago, offset)| Sample::bare(*offset, t(0)).label("fact", "written").label("ago", *ago));
    let samples = facts.chain(written).collect();
    signals.record(&question, Ok(Reading { samples, read: t(0), warnings: vec![], cards: Default::default() }), t(0));
}
fn primary(signals: &mut Signals, via: &str, replid: &str, offset: f64) {
    let facts = [("role", "primary".into()), ("replid", replid.into()), ("offset", offset.into())];
    server(signals, via, &facts, &[("5", 700.0), ("10", 450.0), ("60", 10.0)]);
}
fn replica(signals: &mut Signals, offset: f64, link: &str, heard: Option<f64>) {
    let mut facts: Vec<(&str, Value)> =
        vec![("role", "replica".into()), ("replid", "ab".into()), ("offset", offset.into()), ("link", link.into())];
    facts.extend(heard.map(|age| ("heard_age", age.into())));
    server(signals, "west", &facts, &[]);
}

#[test]
fn r21_what_a_replica_would_lose() {
    struct Case {
        name: &'static str,
        /// Its history and offset, if it answers.
        primary: Option<(&'static str, f64)>,
        replica: (f64, &'static str, Option<f64>),
        began: Option<i64>,
        loses: Option<(u64, u64)>,
    }
    let case = |name, primary, replica, began, loses| Case { name, primary, replica, began, loses };
    for Case { name, primary: written, replica: (offset, link, heard), began, loses } in [
        case("linked and nothing missing", Some(("ab", 500.0)), (500.0, "up", Some(1.0)), None, Some((0, 0))),
        case("behind: since its offset was the primary's", Some(("ab", 900.0)), (500.0, "up", Some(1.0)), None, Some((0, 10))),
        case("behind by more than is remembered", Some(("ab", 900.0)), (5.0, "up", Some(1.0)), None, None),
        case("linked in word only", Some(("ab", 500.0)), (500.0, "up", Some(90.0)), None, Some((90, 90))),
        case(
            "link down: since the last word, growing",
            Some(("ab", 500.0)),
            (500.0, "down", Some(180.0)),
            None,
            Some((180, 180)),
        ),
        case("link down, never heard", Some(("ab", 500.0)), (500.0, "down", None), None, None),
        case("being filled: what it had is gone", Some(("ab", 500.0)), (500.0, "syncing", Some(1.0)), None, None),
        case("primary away, still linked", None, (500.0, "up", Some(3.0)), None, Some((0, 3))),
        case("primary away: up to now", None, (500.0, "down", Some(1080.0)), Some(-1076), Some((4, 1080))),
        case("a primary of another history proves nothing", Some(("zz", 500.0)), (500.0, "up", Some(3.0)), None, Some((0, 3))),
    ] {
        let mut signals = Signals::default();
        replica(&mut signals, offset, link, heard);
        match written {
            Some((replid, offset)) => primary(&mut signals, "east", replid, offset),
            None => {
                let question = Question::new("east", Ask::RedisState, Duration::from_secs(5), None);
                signals.record(&question, Err("connection refused".into()), t(-1));
            }
        }
        let going = Stop { at: t(0), frozen: false };
        let seen = redis_exposure("west", &signals, going, began.map(t), t(0));
        let found = seen.loses.map(|span| (span.least.as_secs(), span.most.as_secs()));
        assert_eq!(found, loses, "{name}: {seen:?}");
    }
}

#[test]
fn r29_a_replica_that_is_not_fresh_or_none_tells_nothing() {
    let going = Stop { at: t(0), frozen: false };
    let mut signals = Signals::default();
    assert_eq!(redis_exposure("west", &signals, going, None, t(0)).known, Freshness::Absent);
    replica(&mut signals, 500.0, "up", Some(1.0));
    let stale = redis_exposure("west", &signals, going, None, t(60));
    assert!(stale.loses.is_none() && matches!(stale.known, Freshness::Stale { .. }));
    primary(&mut signals, "west", "ab", 500.0);
    assert!(redis_exposure("west", &signals, going, None, t(0)).words.contains("is a primary itself"));
}

#[test]
fn r29_a_snapshot_is_a_point_only_where_one_was_written() {
    let dataset: Dataset = serde_json::from_value(json!({"name": "sessions", "rpo": "15m", "sources": [
        {"name": "snapshot", "kind": "snapshot", "at": {"redis": {"via": "east"}}},
    ]}))
    .unwrap();
    let judged = |facts: &[(&str, Value)]| {
        let mut signals = Signals::default();
        server(&mut signals, "east", facts, &[]);
        let facts = PlanFacts::default();
        let sight = Sight { facts: &facts, signals: &signals, state: None, loses: None, supposed: None, now: t(0) };
        dataset_exposure(&dataset, Some(Duration::from_mins(15)), &sight)
    };
    let saved = judged(&[("role", "primary".into()), ("save_age", 600.0.into())]);
    assert_eq!((saved.verdict, saved.words.as_str()), (Verdict::Met, "would lose 10m"));
    let never = judged(&[("role", "primary".into()), ("save_ok", true.into())]);
    assert!(never.verdict == Verdict::CannotTell && never.words.contains("no snapshot since it started"), "{never:?}");
}
