//! What would be lost, source by source.

use chrono::TimeZone;
use serde_json::json;

use crate::{
    gates::{history::receipt_of, postgres},
    incident::PlanFacts,
    model::{Ask, Duration, Freshness, Loss, Question, Reading, Sample, Signals, Time, Value, Verdict},
    objectives::{exposure::dataset_exposure, replica, sight::Sight, stop::Stop, survival},
    plan::Dataset,
};

pub(super) fn t(seconds: i64) -> Time {
    chrono::Utc.timestamp_opt(1_800_000_000 + seconds, 0).unwrap()
}
fn d(text: &str) -> Duration {
    text.parse().unwrap()
}
pub(super) fn of<T: serde::de::DeserializeOwned>(json: serde_json::Value) -> T {
    serde_json::from_value(json).unwrap()
}
fn now() -> Time {
    t(0)
}

/// One server's facts, measured `age` seconds ago.
pub(super) fn server(signals: &mut Signals, via: &str, age: i64, pairs: &[(&str, Value)]) {
    let question = Question::new(via, Ask::PostgresState, Duration::from_secs(5), None);
    let samples = pairs.iter().map(|(fact, value)| Sample::bare(value.clone(), t(-age)).label("fact", *fact)).collect();
    signals.record(&question, Ok(Reading { samples, read: t(-age), warnings: vec![], cards: Default::default() }), t(-age));
}
pub(super) fn away(signals: &mut Signals, via: &str) {
    let question = Question::new(via, Ask::PostgresState, Duration::from_secs(5), None);
    signals.record(&question, Err("connection refused".into()), t(-1));
}
pub(super) fn primary(lsn: f64) -> Vec<(&'static str, Value)> {
    vec![("role", "primary".into()), ("system", "7412".into()), ("lsn", lsn.into())]
}
pub(super) fn standby(lsn: f64, receiver: &str, receipt: Option<f64>, replay: Option<f64>) -> Vec<(&'static str, Value)> {
    let mut facts: Vec<(&str, Value)> =
        vec![("role", "standby".into()), ("system", "7412".into()), ("lsn", lsn.into()), ("receiver", receiver.into())];
    facts.extend(receipt.map(|age| ("receipt_age", age.into())));
    facts.extend(replay.map(|age| ("replay_age", age.into())));
    facts
}

#[test]
fn r21_what_a_standby_would_lose() {
    let going = Stop { at: now(), frozen: false };
    let cut = |seconds: i64| Stop { at: t(seconds), frozen: true };
    let exactly = |s: u64| Some((s, s));
    struct Case {
        name: &'static str,
        primary: Option<f64>,
        standby: Vec<(&'static str, Value)>,
        stop: Stop,
        began: Option<i64>,
        loses: Option<(u64, u64)>,
    }
    let case = |name, primary, standby, stop, began, loses| Case { name, primary, standby, stop, began, loses };
    for Case { name, primary: written, standby: facts, stop, began, loses } in [
        case("streaming and nothing missing", Some(500.0), standby(500.0, "streaming", Some(0.4), None), going, None, exactly(0)),
        case(
            "idle: an old last commit is no loss",
            Some(500.0),
            standby(500.0, "streaming", Some(9.0), Some(3600.0)),
            going,
            None,
            exactly(0),
        ),
        case(
            "behind: no more than since the last commit",
            Some(900.0),
            standby(500.0, "streaming", Some(0.4), Some(7.0)),
            going,
            None,
            Some((0, 7)),
        ),
        case("behind, and no commit known", Some(900.0), standby(500.0, "streaming", Some(0.4), None), going, None, None),
        case(
            "receiver gone: since the last receipt, growing",
            Some(500.0),
            standby(500.0, "none", Some(180.0), Some(1.0)),
            going,
            None,
            exactly(180),
        ),
        case("streaming in word only", Some(500.0), standby(500.0, "streaming", Some(120.0), None), going, None, exactly(120)),
        case(
            "receiver gone and no receipt: since the last commit",
            Some(500.0),
            standby(500.0, "none", None, Some(240.0)),
            going,
            None,
            exactly(240),
        ),
        case("receiver gone, nothing known", Some(500.0), standby(500.0, "none", None, None), going, None, None),
        case("primary away, still attached", None, standby(500.0, "streaming", Some(3.0), None), going, None, Some((0, 3))),
        case("primary away: up to now", None, standby(500.0, "none", Some(1080.0), None), going, Some(-1076), Some((4, 1080))),
        case(
            "primary away, power cut from outside",
            None,
            standby(500.0, "none", Some(1500.0), None),
            cut(-420),
            Some(-1496),
            Some((4, 1080)),
        ),
        case("primary away, no impact known", None, standby(500.0, "none", Some(1080.0), None), going, None, Some((0, 1080))),
        case(
            "fenced before the receiver went",
            Some(500.0),
            standby(500.0, "none", Some(60.0), None),
            cut(-120),
            None,
            exactly(0),
        ),
        case("a primary is no replica", Some(500.0), primary(500.0), going, None, None),
    ] {
        let mut signals = Signals::default();
        server(&mut signals, "west", 0, &facts);
        match written {
            Some(lsn) => server(&mut signals, "east", 0, &primary(lsn)),
            None => away(&mut signals, "east"),
        }
        let seen = replica::replica_exposure("west", &signals, stop, began.map(t), now());
        let found = seen.loses.map(|span| (span.least.as_secs(), span.most.as_secs()));
        assert_eq!(found, loses, "{name}: {seen:?}");
        assert_eq!(seen.primary_away && found.is_some(), written.is_none(), "{name}");
    }
}

#[test]
fn r21_a_primary_of_another_system_proves_nothing() {
    let mut signals = Signals::default();
    server(&mut signals, "west", 0, &standby(500.0, "streaming", Some(1.0), None));
    server(&mut signals, "other", 0, &[("role", "primary".into()), ("system", "9".into()), ("lsn", 1.0.into())]);
    let going = Stop { at: now(), frozen: false };
    assert!(replica::replica_exposure("west", &signals, going, None, now()).primary_away);
}

#[test]
fn r29_a_standby_that_is_not_fresh_tells_nothing() {
    let going = Stop { at: now(), frozen: false };
    let mut signals = Signals::default();
    assert_eq!(replica::replica_exposure("west", &signals, going, None, now()).known, Freshness::Absent);
    server(&mut signals, "east", 0, &primary(500.0));
    server(&mut signals, "west", 60, &standby(500.0, "streaming", Some(0.4), None));
    let stale = replica::replica_exposure("west", &signals, going, None, now());
    assert_eq!((stale.loses, stale.known), (None, Freshness::Stale { age: d("1m") }));
    away(&mut signals, "west");
    assert!(matches!(replica::replica_exposure("west", &signals, going, None, now()).known, Freshness::Failing { .. }));
    assert!(postgres::key("west").as_str().starts_with("west/"));
}

fn dataset(sources: serde_json::Value) -> Dataset {
    of(json!({"name": "production", "rpo": "15m", "sources": sources}))
}

pub(super) fn query(signals: &mut Signals, expr: &str, value: f64, age: i64) {
    let question = Question::new("prom", Ask::Query { expr: expr.into() }, Duration::from_secs(5), None);
    signals.record(
        &question,
        Ok(Reading { samples: vec![Sample::bare(value, t(-age))], read: t(-age), warnings: vec![], cards: Default::default() }),
        t(-age),
    );
}

pub(super) fn probe(expr: &str, expect: Option<&str>) -> serde_json::Value {
    let mut query = json!({"via": "prom", "expr": expr});
    if let Some(expect) = expect {
        query["expect"] = json!(expect);
    }
    json!({ "query": query })
}

#[test]
fn r21_the_best_source_loses_least_and_rpo_decides() {
    let data = dataset(json!([
        {"name": "replica", "kind": "replica", "region": "west", "restore": "10m", "lag": probe("lag", None), "connected": probe("conn", Some("== 1"))},
        {"name": "snapshot", "kind": "snapshot", "region": "west", "restore": "45m", "at": probe("at", None)},
        {"name": "wal", "kind": "wal", "region": "west", "base": "snapshot", "restore": "5m", "at": probe("wal", None)}
    ]));
    let facts = PlanFacts::default();
    let at = |ago: i64| t(-ago).timestamp() as f64;
    for (lag, connected, snapshot, best, verdict, words) in [
        (Some(4.0), Some(1.0), Some(at(3600)), "replica", Verdict::Met, "would lose 4s"),
        (Some(820.0), Some(1.0), Some(at(3600)), "replica", Verdict::AtRisk, "would lose 13m40s of 15m"),
        (Some(901.0), Some(1.0), Some(at(3600)), "replica", Verdict::WillMiss, "would lose 15m01s of 15m"),
        // Lag 0 without a connection is worth nothing: the snapshot is what is left.
        (Some(0.0), Some(0.0), Some(at(600)), "snapshot", Verdict::Met, "would lose 10m"),
        (Some(0.0), None, Some(at(3600)), "snapshot", Verdict::WillMiss, "would lose 1h of 15m"),
        (Some(0.0), None, None, "", Verdict::CannotTell, "cannot tell what would be lost: replica: whether it is connected"),
    ] {
        let mut signals = Signals::default();
        lag.into_iter().for_each(|v| query(&mut signals, "lag", v, 0));
        connected.into_iter().for_each(|v| query(&mut signals, "conn", v, 0));
        snapshot.into_iter().for_each(|v| query(&mut signals, "at", v, 0));
        let sight = Sight { facts: &facts, signals: &signals, state: None, loses: None, supposed: None, now: now() };
        let exposure = dataset_exposure(&data, data.rpo, &sight);
        assert_eq!(exposure.best().map_or("", |s| s.name.as_str()), best, "{exposure:?}");
        assert_eq!(exposure.verdict, verdict, "{exposure:?}");
        assert!(exposure.words.starts_with(words), "{exposure:?}");
        assert_eq!(exposure.sources[2].restore, Some(d("50m")), "a base's restore time is added");
    }
}

#[test]
fn r29_a_stale_recovery_point_is_shown_but_never_good() {
    let data = dataset(json!([{"name": "snapshot", "kind": "snapshot", "at": probe("at", None)}]));
    let facts = PlanFacts::default();
    let verdict = |value: f64, age: i64| {
        let mut signals = Signals::default();
        query(&mut signals, "at", value, age);
        let sight = Sight { facts: &facts, signals: &signals, state: None, loses: None, supposed: None, now: now() };
        let exposure = dataset_exposure(&data, data.rpo, &sight);
        (exposure.verdict, exposure.words)
    };
    let fresh = t(-60).timestamp() as f64;
    assert_eq!(verdict(fresh, 0).0, Verdict::Met);
    assert_eq!(verdict(fresh, 60), (Verdict::CannotTell, "would lose 1m, last known".into()));
    assert_eq!(verdict(-1.0, 0).0, Verdict::WillMiss, "-1 says that there never was one");
    assert_eq!(verdict(t(3600).timestamp() as f64, 0).0, Verdict::CannotTell, "a point in the future is a wrong clock");
    assert_eq!(verdict(f64::NAN, 0).0, Verdict::CannotTell);
}

#[test]
fn r11_a_point_told_by_a_clock_that_is_off_may_be_that_much_older() {
    let data = dataset(json!([{"name": "snapshot", "kind": "snapshot", "at": probe("at", None)}]));
    let facts = PlanFacts::default();
    let mut signals = Signals::default();
    query(&mut signals, "at", t(-60).timestamp() as f64, 0);
    signals.clock_of("prom", 3_600_000);
    let sight = Sight { facts: &facts, signals: &signals, state: None, loses: None, supposed: None, now: now() };
    let exposure = dataset_exposure(&data, data.rpo, &sight);
    assert_eq!((exposure.words.as_str(), exposure.verdict), ("would lose 1m to 1h01m of 15m", Verdict::AtRisk));
    assert!(exposure.sources[0].words.contains("prom's clock is 1h ahead"), "{exposure:?}");
}

#[test]
fn r11_ages_told_by_two_clocks_that_disagree_are_no_ages() {
    // The commit was made by the primary's clock, and is aged by the standby's, which is an hour behind.
    let going = Stop { at: now(), frozen: false };
    let mut signals = Signals::default();
    server(&mut signals, "west", 0, &standby(500.0, "streaming", Some(0.4), Some(-3600.0)));
    server(&mut signals, "east", 0, &primary(900.0));
    let seen = replica::replica_exposure("west", &signals, going, None, now());
    assert_eq!(seen.loses, None, "not nothing: {seen:?}");
    server(&mut signals, "west", 0, &standby(500.0, "streaming", Some(-3600.0), None));
    let seen = replica::replica_exposure("west", &signals, going, None, now());
    assert_eq!(seen.loses, None, "its own clock was set back: {seen:?}");
}

#[test]
fn r22_sources_that_outlive_a_loss() {
    let facts = PlanFacts {
        regions: of(json!([{"name": "east", "role": "primary"}, {"name": "west", "role": "standby"}])),
        ..PlanFacts::default()
    };
    let source = |extra: serde_json::Value| {
        let mut json = json!({"name": "s", "kind": "backup", "region": "west"});
        json.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        of::<crate::plan::RecoverySource>(json)
    };
    for (extra, loss, usable) in [
        (json!({"region": "east"}), json!({"region": "east"}), false),
        (json!({"region": "west"}), json!({"region": "east"}), true),
        (json!({"region": "east"}), json!("region"), false),
        (json!({"region": "west"}), json!("region"), true),
        (json!({"kind": "replica"}), json!("corruption"), false),
        (json!({"kind": "replica", "versioned": true}), json!("corruption"), true),
        (json!({"kind": "replica"}), json!("compromise"), false),
        (json!({"kind": "replica"}), json!("node"), true),
        (json!({}), json!("corruption"), true),
        (json!({"survives": ["corruption"]}), json!({"region": "east"}), false),
        (json!({"region": "east", "survives": ["region"]}), json!({"region": "east"}), true),
        (json!({"survives": [{"region": "west"}]}), json!({"region": "east"}), false),
    ] {
        let loss: Loss = of(loss);
        assert_eq!(survival::unusable_after(&source(extra.clone()), &loss, &facts).is_none(), usable, "{extra} {loss}");
    }
}

#[test]
fn r23_a_copy_told_by_an_exporter_counts_from_its_last_proof_once_it_is_cut_off() {
    let replica = json!([{"name": "replica", "kind": "replica", "region": "west", "restore": "10m",
        "lag": probe("lag", None), "connected": probe("conn", Some("== 1"))}]);
    let dataset = dataset(replica);
    let (via, ask) = receipt_of(&dataset.sources[0]).unwrap();
    assert_eq!(ask, Ask::Receipt { lag: "lag".into(), connected: "(conn) == 1".into() });
    let told = |connected: Option<f64>, receipt: Option<i64>, age: i64| {
        let mut signals = Signals::default();
        // What the usual query says while nothing arrives any more.
        query(&mut signals, "lag", 0.0, 0);
        connected.into_iter().for_each(|value| query(&mut signals, "conn", value, 0));
        let samples = receipt.map(|ago| Sample::bare(t(-ago).timestamp() as f64, t(-age))).into_iter().collect();
        let reading = Reading { samples, read: t(-age), warnings: vec![], cards: Default::default() };
        signals.record(&Question::new(via, ask.clone(), Duration::from_mins(1), None), Ok(reading), t(-age));
        signals
    };
    for (connected, receipt, age, loses, verdict, why) in [
        (Some(1.0), Some(30), 0, Some(0), Verdict::Met, "connected: its lag counts"),
        (Some(0.0), Some(180), 0, Some(180), Verdict::Met, "cut off: since the last proof, growing"),
        (Some(0.0), Some(1_200), 0, Some(1_200), Verdict::WillMiss, "cut off for longer than may be lost"),
        (Some(0.0), Some(180), 170, Some(180), Verdict::Met, "that it had everything then stays true"),
        (Some(0.0), None, 0, None, Verdict::CannotTell, "never proven"),
        (Some(0.0), Some(-60), 0, None, Verdict::CannotTell, "a proof from the future"),
        (None, Some(180), 0, Some(180), Verdict::CannotTell, "its exporter is away: the last that is known"),
    ] {
        let signals = told(connected, receipt, age);
        let nothing = PlanFacts::default();
        let sight = Sight { facts: &nothing, signals: &signals, state: None, loses: None, supposed: None, now: now() };
        let seen = dataset_exposure(&dataset, Some(d("15m")), &sight);
        let found = seen.loses.map(|span| (span.least.as_secs(), span.most.as_secs()));
        assert_eq!((found, seen.verdict), (loses.map(|loses| (loses, loses)), verdict), "{why}: {}", seen.words);
    }
}
