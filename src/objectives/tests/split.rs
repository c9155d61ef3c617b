//! What the time of an outage went to.

use std::collections::BTreeMap;

use serde_json::json;

use super::incident::{head, t};
use crate::{
    incident::{Book, Run, RunKind, State, Status, StepState},
    model::{Call, Digest, Duration, Identity},
    objectives::split::{Split, split},
    plan::Runbook,
};

fn run(from: i64, to: Option<i64>) -> Run {
    Run {
        id: "run-1".into(),
        seq: 1,
        kind: RunKind::First,
        who: "Ada".into(),
        console: "console-ada".into(),
        started: t(from),
        ended: to.map(t),
        call: Call { action: "x".into(), via: None, with: BTreeMap::new(), timeout: Duration::from_secs(1) },
        target: String::new(),
        identity: Identity::default(),
        binding: Digest::of(b""),
        parts: vec![],
        reported: vec![],
        lost: false,
        stop_asked: None,
    }
}

fn state(steps: Vec<(&str, StepState)>) -> State {
    let gate = json!([{"query": {"via": "prom", "expr": "up", "expect": "== 1"}}]);
    let runbook: Runbook = serde_json::from_value(json!({"name": "failover", "phases": [{"steps": [
        {"id": "look", "title": "look", "gate": gate},
        {"id": "scale", "title": "scale", "action": "kubernetes.scale", "gate": gate},
        {"id": "tell", "title": "tell", "check": {}}]}]}))
    .unwrap();
    let book = Book {
        digest: Digest::of_json(&runbook),
        runbook,
        opened: t(-480),
        traits: BTreeMap::new(),
        drill_traits: BTreeMap::new(),
        adopted: None,
        inserted: Vec::new(),
        planned: BTreeMap::new(),
        automation: None,
    };
    let steps = steps.into_iter().map(|(id, at)| (id.into(), at)).collect();
    // Began at -600, declared at -500.
    State { head: Some(head()), book: Some(book), steps, ..State::default() }
}

fn seconds(split: Split) -> [u64; 5] {
    [split.detect, split.decide, split.execute, split.verify, split.people].map(Duration::as_secs)
}

#[test]
fn each_moment_counts_once_and_all_of_them_make_the_outage() {
    let look = StepState { status: Status::Succeeded, began: Some(t(-450)), ended: Some(t(-420)), ..StepState::default() };
    let scale = StepState {
        status: Status::Succeeded,
        began: Some(t(-400)),
        ended: Some(t(-340)),
        runs: vec![run(-400, Some(-370))],
        ..StepState::default()
    };
    let tell = StepState { status: Status::Succeeded, began: Some(t(-390)), ended: Some(t(-300)), ..StepState::default() };
    let split = split(&state(vec![("look", look), ("scale", scale), ("tell", tell)]), t(-300)).unwrap();
    assert_eq!(seconds(split), [100, 50, 30, 60, 60], "declared at -500, first step at -450, run 30 s, proofs 30 s and 30 s");
    assert_eq!(seconds(split).iter().sum::<u64>(), 300);
    assert_eq!(split.words(), "detect 1m40s, decide 50s, execute 30s, verify 1m, people 1m");
}

#[test]
fn what_still_runs_counts_until_now_and_nothing_after_the_end() {
    let scale = StepState { status: Status::Running, began: Some(t(-400)), runs: vec![run(-400, None)], ..StepState::default() };
    assert_eq!(seconds(split(&state(vec![("scale", scale.clone())]), t(-380)).unwrap()), [100, 100, 20, 0, 0]);
    assert_eq!(seconds(split(&state(vec![("scale", scale)]), t(-450)).unwrap()), [100, 50, 0, 0, 0], "it was over before");
    assert_eq!(seconds(split(&state(vec![]), t(-400)).unwrap()), [100, 100, 0, 0, 0], "nobody has done anything yet");
    assert_eq!(seconds(split(&state(vec![]), t(-550)).unwrap()), [50, 0, 0, 0, 0], "declared with a start that was corrected");
    assert!(split(&State::default(), t(0)).is_none());
}
