//! R13: a done step goes on being observed, and what changes about it is told once.

use lifeboat::{
    incident::{Command, Event, Proof, Status, is_loud, sentence, standing::is_observed},
    model::Outcome,
};
use serde_json::json;

use super::scene::*;

/// A promotion that was proven.
fn promoted() -> Scene {
    let mut s = Scene::with(failover());
    s.up_to_promote();
    s.approved("promote");
    s.done("promote");
    s
}

impl Scene {
    fn lost(&mut self, step: &str) -> Answer {
        let since = self.now - chrono::TimeDelta::seconds(2);
        self.ben(Command::ReportProofLost { step: id(step), seen: "is f, wanted == t".into(), since })
    }
    fn regained(&mut self, step: &str, proof: Proof) -> Answer {
        self.ben(Command::ReportProofRegained { step: id(step), proof })
    }
    fn is_observed(&self, step: &str) -> bool {
        is_observed(&self.state, self.state.book.as_ref().unwrap().runbook.step(&id(step)).unwrap())
    }
}

#[test]
fn r13_a_proof_that_is_lost_is_journaled_once_and_the_step_stays_done() {
    let mut s = promoted();
    let events = s.lost("promote").unwrap();
    let [event @ Event::ProofLost { .. }] = events.as_slice() else { panic!("{events:?}") };
    assert!(is_loud(event));
    assert!(sentence(event, &|_| "step 5, Do promote".into()).contains("step 5, Do promote NO LONGER HOLDS since 2026-11-20"));
    assert_eq!(s.status("promote"), Status::Succeeded, "what to do about it is for people");
    assert!(s.state.step(&id("promote")).unwrap().lost.is_some());
    for _ in 0..100 {
        s.later(60);
        refused(s.lost("promote"));
    }
    assert_eq!(s.replayed(), s.state);
}

#[test]
fn r13_it_comes_back_with_samples_from_after_the_loss() {
    let mut s = promoted();
    s.lost("promote").unwrap();
    s.later(400);
    let old = Proof { first: s.now - chrono::TimeDelta::seconds(405), ..s.proof(1, 2) };
    assert!(refused(s.regained("promote", old)).contains("no newer"));
    let good = s.proof(10, 3);
    s.regained("promote", good.clone()).unwrap();
    assert_eq!(s.state.step(&id("promote")).unwrap().lost, None);
    refused(s.regained("promote", good));
}

#[test]
fn r13_one_that_comes_and_goes_does_not_flood_the_journal() {
    let mut s = promoted();
    let before = s.records.len();
    for _ in 0..360 {
        let proof = s.proof(5, 2);
        let _ = s.lost("promote");
        s.later(4);
        let _ = s.regained("promote", proof);
        s.later(4);
    }
    let (written, hours) = (s.records.len() - before, 360.0 * 9.0 / 3600.0);
    assert!(written as f64 <= 12.0 * hours + 1.0, "{written} records in {hours} hours");
    assert!(written >= 4, "changes are told all the same: {written}");
}

#[test]
fn r13_only_what_was_proven_is_observed() {
    let mut s = Scene::with(failover());
    assert!(!s.is_observed("promote"), "not begun");
    refused(s.lost("promote"));
    s.done("stop-writes");
    assert!(!s.is_observed("stop-writes"), "it has no gate");
    s.up_to_promote_from_fence();
    s.approved("promote");
    let run = s.start("promote").unwrap();
    s.ends("promote", &run, Outcome::succeeded("promoted"));
    assert!(!s.is_observed("promote"), "its gate was not seen yet");
    s.ada(Command::OverrideGate { step: id("promote"), why: "seen in psql".into() }).unwrap();
    assert!(!s.is_observed("promote"), "its gate never held: a person answers for it");
}

impl Scene {
    fn up_to_promote_from_fence(&mut self) {
        for step in ["fence", "caught-up"] {
            self.done(step);
        }
        self.confirm("isolate").unwrap();
    }
}

#[test]
fn r13_a_later_step_on_the_same_things_speaks_for_them() {
    let scale = |name: &str, deployments: serde_json::Value| {
        let with = json!({"via": "west", "namespace": "prod", "deployments": deployments, "replicas": 3});
        action(name, "kubernetes.scale", with).proven_by(sql_gate("db-west", None))
    };
    let both = || json!(["user-service", "tenant-service"]);
    let stop = || stop_writes().proven_by(sql_gate("db-west", None));
    let mut s = Scene::steps(vec![stop(), scale("one", json!(["user-service"])), scale("start", both())]);
    s.done("stop-writes");
    assert!(s.is_observed("stop-writes"));
    s.done("one");
    assert!(s.is_observed("stop-writes"), "the other one should still be stopped");
    let run = s.start("start").unwrap();
    assert!(!s.is_observed("stop-writes") && !s.is_observed("one"), "from its start on");
    s.ends("start", &run, Outcome::succeeded("3 replicas"));
    s.holds("start").unwrap();
    assert!(s.is_observed("start"));
    let run = s.undo("start").unwrap();
    s.ends("start", &run, Outcome::succeeded("0 replicas"));
    assert!(s.is_observed("stop-writes"), "and again once that is undone");
}

#[test]
fn r13_a_question_about_a_moment_is_not_asked_for_ever_but_the_proof_of_an_act_is() {
    let mut s = Scene::steps(vec![gate("confirm"), stop_writes(), gate("stopped")]);
    s.holds("confirm").unwrap();
    assert!(!s.is_observed("confirm"), "that the outage is over is no bad news");
    s.done("stop-writes");
    s.holds("stopped").unwrap();
    assert!(s.is_observed("stopped"));
}
