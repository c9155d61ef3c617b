//! The rules of proof, as tables.

use chrono::TimeZone;
use serde_json::json;

use super::{
    alarms::{AlarmState, Alarms},
    evaluate::evaluate,
    judgement::{Answer, Judgement},
    questions::{questions, questions_of},
    series,
    watch::{Watch, WatchState},
};
use crate::{
    model::{Ask, Duration, Question, Reading, Sample, SignalKey, Signals, Time, Value},
    plan::{AlertRule, Connection, Gate, Link, Plan, Probe, PrometheusLink, Runbook},
};

fn t(seconds: i64) -> Time {
    chrono::Utc.timestamp_opt(1_800_000_000 + seconds, 0).unwrap()
}

fn probe(json: serde_json::Value) -> Probe {
    serde_json::from_value(json).unwrap()
}

/// Answers arrive as they are measured; every question is asked each 5 s, so stale after 15 s.
fn answer(signals: &mut Signals, via: &str, ask: Ask, samples: Vec<Sample>, read: Time) {
    let question = Question::new(via, ask, Duration::from_secs(5), None);
    signals.record(&question, Ok(Reading { samples, read, warnings: vec![], cards: Default::default() }), read);
}

fn one(value: impl Into<Value>, measured: Time) -> Vec<Sample> {
    vec![Sample::bare(value, measured)]
}

fn up() -> Ask {
    Ask::Query { expr: "up".into() }
}

fn is_down() -> Probe {
    probe(json!({"query": {"via": "prom", "expr": "up", "expect": "== 0"}}))
}

#[test]
fn r11_a_server_whose_clock_is_off_is_said_beside_what_it_says() {
    let mut signals = Signals::default();
    answer(&mut signals, "prom", up(), one(0.0, t(0)), t(0));
    signals.clock_of("prom", 3_600_000);
    let judged = evaluate(&is_down(), &signals, None, t(1));
    assert_eq!((judged.state, judged.words.as_str()), (Answer::Holds, "is 0, prom's clock is 1h ahead of this machine's"));
    signals.clock_of("prom", -600_000);
    assert!(evaluate(&is_down(), &signals, None, t(1)).words.ends_with("prom's clock is 10m behind this machine's"));
    signals.clock_of("prom", 0);
    assert_eq!(evaluate(&is_down(), &signals, None, t(1)).words, "is 0");
    // Measured after now: it passes nothing, and its age is not made up.
    answer(&mut signals, "prom", up(), one(0.0, t(3_600)), t(3_600));
    let ahead = evaluate(&is_down(), &signals, None, t(1));
    assert_eq!((ahead.state, ahead.words.as_str()), (Answer::Unknown, "measured 59m ahead of now: a clock is wrong"));
}

#[test]
fn r12_one_sample_against_one_comparison() {
    let each = probe(json!({"query": {"via": "prom", "expr": "up", "expect": "== 0", "each": true}}));
    let two = |a: f64, b: f64| vec![Sample::bare(a, t(0)).label("job", "a"), Sample::bare(b, t(0)).label("job", "b")];
    for (probe, samples, state, words) in [
        (is_down(), one(0.0, t(0)), Answer::Holds, "is 0"),
        (is_down(), one(1.0, t(0)), Answer::Fails, "is 1, wanted == 0"),
        (is_down(), vec![], Answer::Unknown, "no sample"),
        (is_down(), one(f64::NAN, t(0)), Answer::Unknown, "NaN"),
        (is_down(), one("down", t(0)), Answer::Unknown, "no number"),
        (is_down(), two(0.0, 0.0), Answer::Unknown, "2 samples where one is expected"),
        (each.clone(), two(0.0, 0.0), Answer::Holds, "all 2 hold"),
        (each.clone(), two(0.0, 1.0), Answer::Fails, "1 of 2 hold: job b is 1"),
        (each.clone(), two(0.0, f64::NAN), Answer::Unknown, "job b"),
        (each, vec![], Answer::Unknown, "no sample"),
        (probe(json!({"query": {"via": "prom", "expr": "up"}})), one(0.0, t(0)), Answer::Unknown, "nothing to compare"),
    ] {
        let mut signals = Signals::default();
        answer(&mut signals, "prom", up(), samples, t(0));
        let judged = evaluate(&probe, &signals, None, t(1));
        assert_eq!(judged.state, state, "{judged:?}");
        assert!(judged.words.contains(words), "{judged:?}");
    }
}

#[test]
fn r12_absent_stale_failing_partial_and_old_samples_pass_nothing() {
    let mut signals = Signals::default();
    let judged = |signals: &Signals, after, now| evaluate(&is_down(), signals, after, now);
    assert_eq!(judged(&signals, None, t(0)), Judgement::unknown("prom has not answered yet"));
    answer(&mut signals, "prom", up(), one(0.0, t(0)), t(0));
    assert!(judged(&signals, None, t(15)).holds());
    assert_eq!(judged(&signals, None, t(16)), Judgement::unknown("stale: last measured 16s ago"));
    // Only what was measured after the action ended counts.
    assert!(judged(&signals, Some(t(-1)), t(1)).holds());
    assert_eq!(judged(&signals, Some(t(0)), t(1)).state, Answer::Unknown);
    let question = Question::new("prom", up(), Duration::from_secs(5), None);
    let partial =
        Reading { samples: one(0.0, t(1)), read: t(1), warnings: vec!["store west is away".into()], cards: Default::default() };
    signals.record(&question, Ok(partial), t(1));
    assert_eq!(judged(&signals, None, t(1)), Judgement::unknown("prom answers only in part: store west is away"));
    signals.record(&question, Err("connection refused".into()), t(2));
    assert_eq!(judged(&signals, None, t(2)), Judgement::unknown("prom does not answer: connection refused"));
}

#[test]
fn r12_a_probe_may_want_fresher_samples_than_others_of_the_same_question() {
    let strict = probe(json!({"query": {"via": "prom", "expr": "up", "expect": "== 0", "max_age": "3s"}}));
    let mut signals = Signals::default();
    answer(&mut signals, "prom", up(), one(0.0, t(0)), t(0));
    assert!(evaluate(&strict, &signals, None, t(3)).holds());
    assert_eq!(evaluate(&strict, &signals, None, t(4)).state, Answer::Unknown);
    assert!(evaluate(&is_down(), &signals, None, t(4)).holds());
}

#[test]
fn r12_unknown_in_all_and_any() {
    use Answer::{Fails, Holds, Unknown};
    for (left, right, all, any) in [
        (Holds, Holds, Holds, Holds),
        (Holds, Fails, Fails, Holds),
        (Fails, Fails, Fails, Fails),
        (Holds, Unknown, Unknown, Holds),
        (Fails, Unknown, Fails, Unknown),
        (Unknown, Unknown, Unknown, Unknown),
    ] {
        let mut signals = Signals::default();
        for (via, state) in [("left", left), ("right", right)] {
            match state {
                Holds => answer(&mut signals, via, up(), one(0.0, t(0)), t(0)),
                Fails => answer(&mut signals, via, up(), one(1.0, t(0)), t(0)),
                Unknown => {}
            }
        }
        let leaf = |via: &str| json!({"query": {"via": via, "expr": "up", "expect": "== 0"}});
        for (tag, wanted) in [("all", all), ("any", any)] {
            let judged = evaluate(&probe(json!({ tag: [leaf("left"), leaf("right")] })), &signals, None, t(1));
            assert_eq!(judged.state, wanted, "{tag} of {left:?} and {right:?}: {judged:?}");
            assert_eq!(judged.measured.is_some(), wanted != Unknown);
        }
    }
    assert_eq!(evaluate(&probe(json!({"all": []})), &Signals::default(), None, t(0)).state, Unknown);
}

fn facts(pairs: &[(&str, Value)]) -> Vec<Sample> {
    pairs.iter().map(|(fact, value)| Sample::bare(value.clone(), t(0)).label("fact", *fact)).collect()
}

#[test]
fn r23_a_replica_streams_only_with_a_receiver_that_heard_lately() {
    let streams = probe(json!({"postgres": {"via": "west"}}));
    let standby = |receiver: &str, age: f64| {
        facts(&[("role", "standby".into()), ("receiver", receiver.into()), ("receipt_age", age.into())])
    };
    for (samples, state, words) in [
        (standby("streaming", 0.4), Answer::Holds, "streaming, last heard just now"),
        (standby("streaming", 30.0), Answer::Holds, "streaming, last heard 30s ago"),
        (standby("streaming", 120.0), Answer::Fails, "heard nothing for 2m"),
        (standby("none", 180.0), Answer::Fails, "receiver is gone for 3m: lag 0 means nothing"),
        (standby("stopping", 1.0), Answer::Fails, "receiver is stopping"),
        (facts(&[("role", "standby".into())]), Answer::Unknown, "does not say"),
        (facts(&[("role", "primary".into())]), Answer::Fails, "is a primary"),
        (vec![], Answer::Unknown, "no sample"),
    ] {
        let mut signals = Signals::default();
        answer(&mut signals, "west", Ask::PostgresState, samples, t(0));
        let judged = evaluate(&streams, &signals, None, t(1));
        assert_eq!(judged.state, state, "{judged:?}");
        assert!(judged.words.contains(words), "{judged:?}");
    }
}

#[test]
fn r12_a_rollout_is_complete_over_all_or_the_named_deployments() {
    let deployment = |name: &str, complete: bool, available: f64| {
        [("complete", Value::from(complete)), ("available", available.into()), ("wanted", 3.0.into())]
            .map(|(fact, value)| Sample::bare(value, t(0)).label("deployment", name).label("fact", fact))
    };
    let both = [deployment("api", true, 3.0), deployment("worker", false, 1.0)].concat();
    let all = json!({"via": "west", "namespace": "prod", "rollout": "complete"});
    let named = |names: &[&str]| {
        let mut probe = all.clone();
        probe["deployments"] = json!(names);
        json!({ "kubernetes": probe })
    };
    for (json, samples, state, words) in [
        (json!({"kubernetes": all}), both.clone(), Answer::Fails, "1 of 2 complete: worker has 1 of 3 available"),
        (named(&["api"]), both.clone(), Answer::Holds, "1 of 1 complete"),
        (named(&["api", "gone"]), both.clone(), Answer::Unknown, "gone is not there"),
        (named(&["worker", "gone"]), both, Answer::Fails, "worker has 1 of 3"),
        (json!({"kubernetes": all}), vec![], Answer::Unknown, "no deployment in prod"),
    ] {
        let mut signals = Signals::default();
        answer(&mut signals, "west", Ask::KubernetesDeployments { namespace: "prod".into() }, samples, t(0));
        let judged = evaluate(&probe(json), &signals, None, t(1));
        assert_eq!(judged.state, state, "{judged:?}");
        assert!(judged.words.contains(words), "{judged:?}");
    }
}

fn gate(hold: Option<u64>, within: u64) -> Gate {
    Gate { probe: is_down(), within: Some(Duration::from_secs(within)), hold: hold.map(Duration::from_secs) }
}

/// Feeds `(second, value)` samples, `None` for a failed question, and tells what the watch said last.
fn watched(gate: Gate, feed: &[(i64, Option<f64>)]) -> WatchState {
    let mut watch = Watch::new(&[gate], t(0));
    let mut signals = Signals::default();
    let mut said = WatchState::NotYet { words: String::new() };
    for (second, value) in feed {
        let question = Question::new("prom", up(), Duration::from_secs(5), None);
        let reading = value
            .map(|value| Reading {
                samples: one(value, t(*second)),
                read: t(*second),
                warnings: vec![],
                cards: Default::default(),
            })
            .ok_or_else(|| "timed out".to_owned());
        signals.record(&question, reading, t(*second));
        said = watch.observe(&signals, t(*second));
        if !matches!(said, WatchState::NotYet { .. }) {
            break;
        }
    }
    said
}

#[test]
fn r12_a_gate_must_hold_unbroken_for_its_time() {
    let (down, up, lost) = (Some(0.0), Some(1.0), None);
    let held = |gate, feed: &[_]| match watched(gate, feed) {
        WatchState::Held(proof) => Some((proof.first, proof.last, proof.samples)),
        _ => None,
    };
    // Unsaid: two different samples.
    assert_eq!(held(gate(None, 60), &[(1, down), (6, down)]), Some((t(1), t(6), 2)));
    assert_eq!(held(gate(None, 60), &[(1, down), (6, up), (11, down)]), None);
    // The sample of the moment at which the action ended does not count.
    assert_eq!(held(gate(None, 60), &[(0, down), (5, down)]), None);
    // `for: 10s` by measured times; failing and not knowing both break the stretch.
    assert_eq!(held(gate(Some(10), 60), &[(1, down), (6, down), (11, down)]), Some((t(1), t(11), 3)));
    assert_eq!(held(gate(Some(10), 60), &[(1, down), (6, up), (11, down), (16, down)]), None);
    assert_eq!(held(gate(Some(10), 60), &[(1, down), (6, lost), (11, down), (16, down)]), None);
    assert_eq!(held(gate(Some(10), 60), &[(1, down), (6, lost), (11, down), (16, down), (21, down)]), Some((t(11), t(21), 3)));
}

#[test]
fn r12_the_same_sample_seen_twice_is_one_sample() {
    let mut watch = Watch::new(&[gate(None, 60)], t(0));
    let mut signals = Signals::default();
    answer(&mut signals, "prom", up(), one(0.0, t(1)), t(1));
    for second in 1..10 {
        assert!(matches!(watch.observe(&signals, t(second)), WatchState::NotYet { .. }));
    }
}

#[test]
fn r12_a_gate_is_missed_once_its_time_to_become_true_is_over() {
    let (down, up, lost) = (Some(0.0), Some(1.0), None);
    let missed = |feed: &[_]| match watched(gate(Some(10), 20), feed) {
        WatchState::Missed { why } => why,
        other => format!("{other:?}"),
    };
    assert!(missed(&[(10, up), (20, up), (21, up)]).contains("up == 0 for 10s within 20s: is 1, wanted == 0"));
    assert!(missed(&[(10, lost), (21, lost)]).contains("does not answer: timed out"));
    // It became true in time, so it may take its `for` beyond.
    assert!(missed(&[(18, down), (23, down), (28, down)]).starts_with("Held"));
    assert!(missed(&[(18, down), (23, up)]).contains("is 1"));
    assert!(missed(&[(18, down), (23, down)]).contains("is 0 for 5s of 10s"));
}

#[test]
fn r12_several_gates_hold_at_once_or_not_at_all() {
    let second = probe(json!({"query": {"via": "west", "expr": "up", "expect": "== 0"}}));
    let gates = [gate(None, 60), Gate { probe: second, within: None, hold: None }];
    let mut watch = Watch::new(&gates, t(0));
    let mut signals = Signals::default();
    let mut feed = |at: i64, prom: f64, west: f64| {
        answer(&mut signals, "prom", up(), one(prom, t(at)), t(at));
        answer(&mut signals, "west", up(), one(west, t(at)), t(at));
        watch.observe(&signals, t(at))
    };
    feed(1, 0.0, 1.0);
    assert!(matches!(feed(6, 0.0, 0.0), WatchState::NotYet { .. }));
    let WatchState::Held(proof) = feed(11, 0.0, 0.0) else { panic!("both held twice") };
    assert_eq!((proof.first, proof.last, proof.samples), (t(6), t(11), 2));
    assert!(proof.text.contains("up is 0, wanted == 0; up is 0"), "{}", proof.text);
}

#[test]
fn an_alert_fires_after_its_time_and_absence_is_what_the_plan_says() {
    let rule = |absent: Option<&str>| -> AlertRule {
        let mut json = json!({"name": "Down", "via": "prom", "expr": "pg_up == 0", "for": "10s"});
        if let Some(word) = absent {
            json["absent"] = json!(word);
        }
        serde_json::from_value(json).unwrap()
    };
    let expr = Ask::Query { expr: "pg_up == 0".into() };
    let gone = Ask::Query { expr: series::absence_of("pg_up == 0").unwrap() };
    let plain = [rule(None)];
    let (mut alarms, mut signals) = (Alarms::default(), Signals::default());
    assert_eq!(alarms.judge(&plain[0], &signals, t(0)).state, AlarmState::CannotTell);
    for (second, state) in [(0, AlarmState::Pending), (5, AlarmState::Pending), (10, AlarmState::Firing)] {
        answer(&mut signals, "prom", expr.clone(), one(0.0, t(second)), t(second));
        alarms.observe(&plain, &signals, t(second));
        let alarm = alarms.judge(&plain[0], &signals, t(second));
        assert_eq!((alarm.state, alarm.since), (state, Some(t(0))));
    }
    assert_eq!(alarms.judge(&plain[0], &signals, t(60)).state, AlarmState::CannotTell, "stale is not quiet");
    answer(&mut signals, "prom", expr, vec![], t(61));
    alarms.observe(&plain, &signals, t(61));
    for (absent, series_gone, state) in [
        (None, None, AlarmState::CannotTell),
        (None, Some(false), AlarmState::Quiet),
        (None, Some(true), AlarmState::CannotTell),
        (Some("quiet"), None, AlarmState::Quiet),
        (Some("fires"), None, AlarmState::CannotTell),
        (Some("fires"), Some(false), AlarmState::Quiet),
        (Some("fires"), Some(true), AlarmState::Pending),
        (Some("unknown"), Some(true), AlarmState::CannotTell),
    ] {
        let mut signals = signals.clone();
        if let Some(is) = series_gone {
            answer(&mut signals, "prom", gone.clone(), if is { one(1.0, t(61)) } else { vec![] }, t(61));
        }
        assert_eq!(alarms.judge(&rule(absent), &signals, t(62)).state, state, "{absent:?} {series_gone:?}");
    }
}

#[test]
fn absence_names_every_series_once() {
    let asked = series::absence_of("rate(a{x=\"1\"}[5m]) / b > 2 or b").unwrap();
    assert_eq!(asked.matches("absent(").count(), 2, "{asked}");
    assert!(asked.contains("absent(b)"), "{asked}");
    let unless = series::absence_of("up == 1 unless on (instance) cards").unwrap();
    assert_eq!(unless, "absent(up)", "without what stands behind `unless` it fires all the more");
    assert_eq!(series::absence_of("vector(1)"), None);
}

#[test]
fn every_question_is_asked_once_and_as_often_as_its_connection_says() {
    let link = Link::Prometheus(PrometheusLink { url: "http://127.0.0.1:9".into(), token: None, ca: None });
    let prom = Connection { region: None, drill: false, every: Some(Duration::from_secs(2)), link };
    let steps = json!([
        {"id": "a", "title": "A", "gate": [{"query": {"via": "prom", "expr": "up", "expect": "== 0", "max_age": "30s"}}]},
        {"id": "b", "title": "B", "gate": [{"all": [{"query": {"via": "prom", "expr": "up", "expect": "== 1"}},
                                                     {"query": {"via": "nowhere", "expr": "up", "expect": "== 1"}}]}]}
    ]);
    let runbook: Runbook = serde_json::from_value(json!({"name": "r", "use": "respond", "phases": [{"steps": steps}]})).unwrap();
    let rule = json!({"name": "Gone", "via": "prom", "expr": "up == 0", "absent": "fires"});
    let plan = Plan {
        connections: [("prom".to_owned(), prom)].into(),
        alerts: vec![serde_json::from_value(rule).unwrap()],
        runbooks: vec![runbook.clone()],
        ..Plan::default()
    };
    let all = questions(&plan);
    assert_eq!(all.len(), 3, "{all:?}");
    assert!(all.iter().all(|q| q.via == "prom" && q.every == Duration::from_secs(2)));
    let of_runbook = questions_of(&runbook, &plan.connections);
    assert_eq!(of_runbook.len(), 1);
    assert_eq!(of_runbook[0].key, SignalKey::of("prom", &up()));
    assert_eq!(of_runbook[0].max_age, Duration::from_secs(30));
}
