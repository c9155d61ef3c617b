//! R22: after corruption or a breach, only what is from before it counts.

use serde_json::json;

use super::incident::{head, t};
use crate::{
    incident::{Book, Head, PlanFacts, State, Status, StepState},
    model::{Ask, Digest, Duration, Loss, Question, Reading, Sample, Signals, Value, Verdict},
    objectives::{
        exposure::dataset_exposure,
        sight::{DatasetExposure, Sight},
    },
    plan::{Dataset, Runbook},
};

fn d(text: &str) -> Duration {
    text.parse().unwrap()
}
fn of<T: serde::de::DeserializeOwned>(json: serde_json::Value) -> T {
    serde_json::from_value(json).unwrap()
}

fn state(clean: Option<i64>) -> State {
    State { head: Some(Head { clean_before: clean.map(t), ..head() }), ..State::default() }
}

/// Sources whose points are so many seconds old; a replica that streams.
fn data() -> Dataset {
    let at = |expr: &str| json!({"query": {"via": "prom", "expr": expr}});
    let connected = json!({"query": {"via": "prom", "expr": "connected", "expect": "== 1"}});
    of(json!({"name": "production", "rpo": "15m", "sources": [
        {"name": "replica", "kind": "replica", "lag": at("lag"), "connected": connected, "survives": ["node", "corruption", "compromise"]},
        {"name": "versions", "kind": "replica", "versioned": true, "at": at("new")},
        {"name": "new", "kind": "backup", "at": at("new")},
        {"name": "old", "kind": "backup", "at": at("old")},
        {"name": "wal", "kind": "wal", "at": at("new")}
    ]}))
}

fn signals() -> Signals {
    let mut signals = Signals::default();
    for (expr, value) in
        [("new", t(-60).timestamp() as f64), ("old", t(-7200).timestamp() as f64), ("lag", 0.0), ("connected", 1.0)]
    {
        let question = Question::new("prom", Ask::Query { expr: expr.into() }, Duration::from_secs(5), None);
        let reading =
            Reading { samples: vec![Sample::bare(value, t(0))], read: t(0), warnings: vec![], cards: Default::default() };
        signals.record(&question, Ok(reading), t(0));
    }
    signals
}

fn exposure(state: &State, loss: &str) -> DatasetExposure {
    let (facts, signals, loses): (_, _, Loss) = (PlanFacts::default(), signals(), of(json!(loss)));
    let data = data();
    let sight = Sight { facts: &facts, signals: &signals, state: Some(state), loses: Some(&loses), supposed: None, now: t(0) };
    dataset_exposure(&data, data.rpo, &sight)
}

#[test]
fn r22_points_after_the_last_clean_moment_are_unusable() {
    for (loss, what) in [("corruption", "corruption"), ("compromise", "the breach")] {
        let exposure = exposure(&state(Some(-1800)), loss);
        let new = exposure.sources.iter().find(|s| s.name == "new").unwrap();
        assert!(!new.usable && new.loses.is_none(), "{new:?}");
        assert_eq!(new.words, format!("from 07:59:00Z, after {what}: unusable"));
        let old = exposure.sources.iter().find(|s| s.name == "old").unwrap();
        assert_eq!((old.usable, old.loses.unwrap().most), (true, d("2h")));
        let wal = exposure.best().unwrap();
        assert_eq!((wal.name.as_str(), wal.point, wal.loses.unwrap().most), ("wal", Some(t(-1800)), d("30m")));
        assert_eq!(exposure.words, "would lose 30m of 15m");
    }
}

#[test]
fn r22_a_replica_never_gets_the_star_whatever_it_says_of_itself() {
    let spoiled = exposure(&state(Some(-1800)), "corruption");
    assert!(spoiled.sources.iter().filter(|s| s.kind == crate::plan::SourceKind::Replica).all(|s| !s.best));
    // The same replica is the best there is after any other loss.
    assert_eq!(exposure(&state(None), "node").best().unwrap().name, "replica");
}

#[test]
fn r22_until_somebody_says_it_the_start_of_impact_is_the_estimate() {
    let estimated = exposure(&state(None), "corruption");
    assert_eq!(estimated.best().unwrap().point, Some(t(-600)));
    assert!(estimated.best().unwrap().words.contains("to ~07:50:00Z"), "{estimated:?}");
    assert!(!estimated.sources.iter().find(|s| s.name == "new").unwrap().usable);
    let corrected = exposure(&state(Some(-30)), "corruption");
    assert!(corrected.sources.iter().find(|s| s.name == "new").unwrap().usable, "a later moment makes it good again");
}

#[test]
fn r22_what_nothing_has_proven_restorable_is_unverified() {
    let unverified: Vec<_> = exposure(&state(None), "corruption").sources.iter().map(|s| s.unverified).collect();
    assert_eq!(unverified, [false, false, true, true, true]);
}

/// A commander answered which source it is, and writes stopped a quarter of an hour ago.
fn chosen(source: &str, recovered: bool) -> State {
    let runbook: Runbook = of(json!({"name": "recover", "use": "respond", "phases": [{"steps": [
        {"id": "fence", "title": "Fence", "action": "postgres.fence", "freezes": "production"},
        {"id": "which", "title": "Which", "decision": {"ask": "Which?", "source_of": "production"}},
        {"id": "restore", "title": "Restore", "recovers": "production"}
    ]}]}));
    let mut state = state(Some(-1800));
    let (digest, opened) = (Digest::of_json(&runbook), t(-500));
    let (traits, drill_traits) = Default::default();
    state.book = Some(Book {
        runbook,
        digest,
        opened,
        traits,
        drill_traits,
        adopted: None,
        inserted: vec![],
        planned: Default::default(),
        automation: None,
    });
    let mut done =
        |id: &str, step: StepState| drop(state.steps.insert(id.into(), StepState { status: Status::Succeeded, ..step }));
    let by = crate::incident::step_state::Exception { who: "Ben".into(), why: "cut".into(), at: t(-400) };
    done("fence", StepState { outside_fence: Some((by, t(-900))), ..StepState::default() });
    done("which", StepState { result: Some(Value::Text(source.into())), ..StepState::default() });
    if recovered {
        done("restore", StepState { ended: Some(t(-10)), ..StepState::default() });
    }
    state
}

#[test]
fn r22_the_loss_counts_from_the_chosen_point_to_the_stop_of_writes() {
    let by_wal = exposure(&chosen("wal", false), "corruption");
    assert_eq!(by_wal.loses.unwrap().most, d("15m"), "from -30m to -15m");
    assert_eq!(by_wal.words, "would lose 15m of 15m with wal, which was chosen");
    let by_old = exposure(&chosen("old", false), "corruption");
    assert_eq!((by_old.from().unwrap().name.as_str(), by_old.best().unwrap().name.as_str()), ("old", "wal"));
    assert_eq!(by_old.words, "would lose 1h45m of 15m with old, which was chosen");
    let by_new = exposure(&chosen("new", false), "corruption");
    assert_eq!(by_new.verdict, Verdict::WillMiss);
    assert_eq!(by_new.words, "cannot be recovered from new, which was chosen: from 07:59:00Z, after corruption: unusable");
}

#[test]
fn r22_after_recovery_only_a_source_that_goes_back_proves_what_was_lost() {
    let by_wal = exposure(&chosen("wal", true), "corruption");
    assert_eq!((by_wal.words.as_str(), by_wal.verdict), ("did lose 15m with wal", Verdict::Met));
    let by_old = exposure(&chosen("old", true), "corruption");
    assert_eq!((by_old.words.as_str(), by_old.verdict), ("recovered; what it did lose is not proven", Verdict::CannotTell));
}
