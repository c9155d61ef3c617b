//! Until when writes went on.

use std::collections::BTreeMap;

use serde_json::json;

use super::incident::{head, t};
use crate::{
    incident::{Book, Head, PartState, State, Status, StepState},
    model::{Digest, FenceAnswer},
    objectives::stop::{Stop, stop_of},
    plan::{DrillForm, Runbook},
};

fn book(name: &str, fences: &[&str]) -> Book {
    let steps: Vec<_> = fences.iter().map(|id| json!({"id": id, "title": id, "freezes": ["orders"]})).collect();
    let runbook: Runbook = serde_json::from_value(json!({"name": name, "phases": [{"steps": steps}]})).unwrap();
    Book {
        digest: Digest::of_json(&runbook),
        runbook,
        opened: t(0),
        traits: BTreeMap::new(),
        drill_traits: BTreeMap::new(),
        adopted: None,
        inserted: Vec::new(),
        planned: BTreeMap::new(),
        automation: None,
    }
}

/// A fence whose parts were proven to refuse writes at these times.
fn fenced(proofs: &[i64]) -> StepState {
    let part = |at: &i64| PartState { fence: Some(FenceAnswer::RefusesWrites { proven: t(*at) }), ..PartState::default() };
    let parts = proofs.iter().enumerate().map(|(nth, at)| (format!("role-{nth}"), part(at))).collect();
    StepState { status: Status::Succeeded, parts, ..StepState::default() }
}

fn state(fences: &[&str], steps: &[(&str, StepState)]) -> State {
    let steps = steps.iter().map(|(id, at)| ((*id).into(), at.clone())).collect();
    State { book: Some(book("failover", fences)), steps, ..State::default() }
}

fn stopped(state: &State) -> Option<i64> {
    let Stop { at, frozen } = stop_of(Some(state), "orders", t(100));
    assert!(frozen || at == t(100), "without a proof it goes on until now");
    frozen.then(|| (at - t(0)).num_seconds())
}

#[test]
fn r21_writes_go_on_until_the_last_role_is_shut_out() {
    assert_eq!(stopped(&state(&["fence"], &[("fence", fenced(&[10, 25, 20]))])), Some(25));
    let proof = fenced(&[10, 25, 20]);
    assert_eq!(proof.fence_proof(), Some(t(10)), "the knowledge is as old as its oldest part");
    let mut half = fenced(&[10, 25]);
    half.parts.get_mut("role-1").unwrap().fence = Some(FenceAnswer::StillWritable { why: "it may log in".into() });
    assert_eq!(stopped(&state(&["fence"], &[("fence", half)])), None);
}

#[test]
fn r21_r31_what_a_drill_does_in_the_place_of_a_fence_stops_nothing() {
    let mut state = state(&["fence"], &[("fence", fenced(&[5]))]);
    state.head = Some(Head { drill: true, ..head() });
    assert_eq!(stopped(&state), Some(5), "the step itself, on a connection marked for drills");
    let form: DrillForm = serde_json::from_value(json!({"action": "postgres.check_standby"})).unwrap();
    state.book.as_mut().unwrap().runbook.phases[0].steps[0].drill = Some(form);
    assert_eq!(stopped(&state), None);
}

#[test]
fn r21_writes_go_on_until_the_last_fence_of_a_runbook_is_in_place() {
    let fences = ["database", "queue"];
    assert_eq!(stopped(&state(&fences, &[("database", fenced(&[10]))])), None, "the other one may still take writes");
    assert_eq!(stopped(&state(&fences, &[("database", fenced(&[10])), ("queue", fenced(&[40]))])), Some(40));
    let skipped = StepState { status: Status::Skipped, ..StepState::default() };
    assert_eq!(stopped(&state(&fences, &[("database", fenced(&[10])), ("queue", skipped.clone())])), Some(10));
    assert_eq!(stopped(&state(&fences, &[("database", skipped.clone()), ("queue", skipped)])), None, "none is in place");
}

#[test]
fn r21_a_fence_stays_in_place_when_another_runbook_is_opened() {
    let mut state = state(&["other"], &[]);
    let left = (book("restore", &["fence"]), BTreeMap::from([("fence".into(), fenced(&[30]))]));
    state.shelf.insert("restore".into(), left);
    assert_eq!(stopped(&state), Some(30));
}
