//! R3: an action on several targets lists its parts; retry and undo touch only their own.

use lifeboat::{
    incident::{Event, RunKind, Status},
    model::{Outcome, RunId},
};
use serde_json::json;

use super::scene::*;

/// 1 of 2: user-service to 0, tenant-service refused.
fn half_done() -> (Scene, RunId) {
    let mut s = Scene::steps(vec![stop_writes()]);
    let run = s.start("stop-writes").unwrap();
    s.report("stop-writes", &run, "user-service", Outcome::succeeded("3 replicas to 0")).unwrap();
    assert_eq!(s.status("stop-writes"), Status::Running, "the other part is under way");
    s.report("stop-writes", &run, "tenant-service", Outcome::failed("refused: 403")).unwrap();
    (s, run)
}

fn parts_started(s: &Scene) -> Vec<String> {
    match s.records.last().map(|r| &r.event) {
        Some(Event::ActionStarted { parts, .. }) => parts.clone(),
        other => panic!("no start: {other:?}"),
    }
}

#[test]
fn r03_one_of_two_is_partial_and_keeps_each_parts_own_outcome() {
    let (s, _) = half_done();
    let step = s.state.step(&id("stop-writes")).unwrap();
    assert_eq!(step.status, Status::Partial);
    assert_eq!(step.succeeded_parts(), ["user-service"]);
    assert_eq!(step.parts["tenant-service"].outcome.as_ref().unwrap().text(), "refused: 403");
}

#[test]
fn r03_retry_touches_only_parts_that_failed() {
    let (mut s, _) = half_done();
    assert!(refused(s.start("stop-writes")).contains("retry what failed"), "never all of it again");
    s.retry("stop-writes").unwrap();
    assert_eq!(parts_started(&s), ["tenant-service"]);
    let done = &s.state.step(&id("stop-writes")).unwrap().parts["user-service"];
    assert!(done.outcome.as_ref().unwrap().is_success(), "the part that is done stays as it is");
}

#[test]
fn r03_consent_to_a_retry_is_to_what_failed_and_no_more() {
    let (mut s, _) = half_done();
    let (run, mut consent) = (s.new_run(), s.consent("stop-writes", RunKind::Retry));
    consent.preview = s.preview_of("stop-writes", RunKind::First);
    let words = refused(s.act_with("Ben", "stop-writes", RunKind::Retry, run, consent));
    assert!(words.contains("user-service did not fail"), "the person would have seen more than is sent: {words}");
}

#[test]
fn r03_retry_never_touches_unknown_parts() {
    let mut s = Scene::steps(vec![stop_writes()]);
    let run = s.start("stop-writes").unwrap();
    s.report("stop-writes", &run, "user-service", Outcome::unknown("timed out")).unwrap();
    s.report("stop-writes", &run, "tenant-service", Outcome::failed("403")).unwrap();
    assert_eq!(s.status("stop-writes"), Status::Unknown, "unknown weighs more than failed");
    assert!(refused(s.retry("stop-writes")).contains("read it back"));
    refused(s.start("stop-writes"));
    refused(s.undo("stop-writes"));
}

#[test]
fn r03_undo_touches_only_parts_that_were_changed() {
    let (mut s, _) = half_done();
    let run = s.undo("stop-writes").unwrap();
    assert_eq!(parts_started(&s), ["user-service"]);
    s.ends("stop-writes", &run, Outcome::succeeded("3"));
    assert_eq!(s.status("stop-writes"), Status::Undone);
    refused(s.undo("stop-writes"));
}

#[test]
fn r03_a_part_that_is_gone_from_the_preview_is_not_retried() {
    let (mut s, _) = half_done();
    let (run, mut consent) = (s.new_run(), s.consent("stop-writes", RunKind::Retry));
    consent.preview.parts.retain(|p| p.name != "tenant-service");
    assert!(refused(s.act_with("Ben", "stop-writes", RunKind::Retry, run, consent)).contains("nothing that it would act on"));
}

#[test]
fn r03_a_part_that_is_no_part_of_the_run_cannot_be_reported() {
    let (mut s, run) = half_done();
    assert!(refused(s.report("stop-writes", &run, "billing", Outcome::succeeded("0"))).contains("user-service, tenant-service"));
    refused(s.report("stop-writes", &run, "user-service", Outcome::failed("twice")));
}

#[test]
fn r03_an_undo_that_failed_leaves_the_step_as_it_was_changed() {
    let (mut s, _) = half_done();
    let run = s.undo("stop-writes").unwrap();
    s.ends("stop-writes", &run, Outcome::failed("409"));
    assert_eq!(s.status("stop-writes"), Status::Partial);
    assert_eq!(s.state.step(&id("stop-writes")).unwrap().succeeded_parts(), ["user-service"], "it can be undone again");
    s.undo("stop-writes").unwrap();
}

#[test]
fn r03_words_that_mean_counts_are_words_like_others_in_a_request() {
    let body = json!({"state": "planned", "was": ["remembered"], "replicas": "planned"});
    let with = json!({"via": "api", "method": "POST", "path": "/x", "json": body});
    let s = Scene::steps(vec![action("send", "http.request", with)]);
    assert_eq!(s.call("send", RunKind::First).unwrap().with["json"], body);
    let with = json!({"via": "west", "namespace": "prod", "deployments": "all", "replicas": "planned"});
    let s = Scene::steps(vec![action("scale", "kubernetes.scale", with)]);
    assert!(
        s.call("scale", RunKind::First).unwrap_err().to_string().contains("planned size"),
        "here it asks for the plan's sizes"
    );
}
