//! What a person agreed to is what happens: to the same server, with the same effect, once.

use lifeboat::{
    console::{Reply, Request},
    incident::{Command, RunKind, Status},
    model::Duration,
    sim::Fault,
};

use super::{driver::Driver, site::Site};

fn identity(fact: &str, value: &str) -> Fault {
    Fault::IdentityChanged { connection: "west".into(), fact: fact.into(), value: value.into() }
}

#[track_caller]
fn asked_again(reply: Reply) -> String {
    match reply {
        Reply::AskAgain { why, .. } => why.join("; "),
        other => panic!("expected to be asked again, but {other:?}"),
    }
}

#[test]
fn r15_another_server_shows_the_dialog_again_and_nothing_is_sent() {
    let site = Site::quiet();
    let ada = site.ada_at_the_actions();
    let seen = ada.preview("scale");
    site.platform.inject(identity("cluster", "another-uid"));
    let why = asked_again(ada.agree("scale", seen));
    assert!(why.contains("cluster was ") && why.contains("now another-uid"), "{why}");
    assert_eq!(site.platform.sent_in_all(), 0);
    assert_eq!(site.count("action_started"), 0);
    ada.ends();
}

#[test]
fn r15_a_figure_that_grew_shows_the_dialog_again() {
    let site = Site::quiet();
    let ada = site.ada_at_the_actions();
    let seen = ada.preview("promote");
    site.platform.inject(Fault::MeasureGrows { connection: "db-west".into(), bytes: 900_000_000 });
    let why = asked_again(ada.agree("promote", seen));
    assert!(why.contains("not arrived, at most: was 0 B, now ") && why.contains("no longer good enough"), "{why}");
    ada.ends();
}

#[test]
fn r15_what_another_person_did_to_the_step_meanwhile_shows_the_dialog_again() {
    let site = Site::quiet();
    let ada = site.ada_at_the_actions();
    let mut ben = site.joined_by("Ben");
    let seen = ada.preview("fence");
    ben.says(Command::MarkFailed { step: "fence".into(), why: "wrong database".into() });
    // Ada's console hears of it with the next Picture that shows it.
    let mut ada = ada;
    ada.until_step("fence", Status::Failed);
    let why = asked_again(ada.agree("fence", seen));
    assert!(why.contains("Ben ") && why.contains("wrong database"), "{why}");
    assert_eq!(site.platform.sent_in_all(), 0);
    ben.until_step("fence", Status::Failed);
    ada.ends();
    ben.ends();
}

#[test]
fn r15_consent_expires_with_its_preview() {
    let site = Site::quiet();
    let mut ada = site.ada_at_the_actions();
    let seen = ada.preview("scale");
    let made = seen.made;
    ada.until("three minutes pass", |picture| Duration::between(made, picture.now) > Duration::from_mins(3));
    let why = asked_again(ada.agree("scale", seen));
    assert!(why.contains("looked at 3m"), "{why}");
    assert_eq!(site.platform.sent_in_all(), 0);
    ada.ends();
}

#[test]
fn r14_a_second_try_goes_to_no_other_server_than_the_first() {
    let site = Site::quiet();
    let mut ada = site.ada_at_the_actions();
    let refused =
        Fault::PartRefused { action: "kubernetes.scale".into(), connection: None, part: "eval-api".into(), reason: "403".into() };
    site.platform.inject(refused);
    ada.set_going("scale", RunKind::First);
    ada.until_step("scale", Status::Partial);
    site.platform.inject(identity("cluster", "another-uid"));
    let Reply::Preview { preview, .. } = ada.ask(Request::Preview { step: "scale".into(), kind: RunKind::Retry }) else {
        panic!("no preview");
    };
    let refusal = ada.refused(Driver::agreement("scale", RunKind::Retry, preview));
    assert!(refusal.why.contains("another server than at the first try"), "{refusal}");
    assert_eq!(site.platform.sent("kubernetes.scale", "eval-api"), 1);
    ada.ends();
}

#[test]
fn r03_the_preview_of_a_retry_is_what_is_sent_and_no_more() {
    let site = Site::quiet();
    let mut ada = site.ada_at_the_actions();
    let refused =
        Fault::PartRefused { action: "kubernetes.scale".into(), connection: None, part: "eval-api".into(), reason: "403".into() };
    site.platform.inject(refused);
    ada.set_going("scale", RunKind::First);
    ada.until_step("scale", Status::Partial);
    let Reply::Preview { preview, .. } = ada.ask(Request::Preview { step: "scale".into(), kind: RunKind::Retry }) else {
        panic!("no preview");
    };
    let parts: Vec<_> = preview.parts.iter().map(|part| part.name.as_str()).collect();
    assert_eq!(parts, ["eval-api"], "training-api is done and is not sent again");
    assert!(preview.requests.len() == 1 && preview.requests[0].text.contains("/eval-api/"), "{:?}", preview.requests);
    let binding = preview.binding();
    ada.done(Driver::agreement("scale", RunKind::Retry, preview));
    ada.until_step("scale", Status::Succeeded);
    let sent = ["training-api", "eval-api"].map(|part| site.platform.sent("kubernetes.scale", part));
    assert_eq!(sent, [1, 2]);
    let bound = site.state().step(&"scale".into()).unwrap().last_run().unwrap().binding.clone();
    assert_eq!(bound, binding, "what was agreed to is what was journaled");
    ada.ends();
}

#[test]
fn r14_what_is_unknown_is_not_read_back_from_another_server() {
    let site = Site::quiet();
    let mut ada = site.ada_at_the_actions();
    site.platform.inject(Fault::NextActionTimesOutAfterSending { action: "kubernetes.scale".into() });
    ada.set_going("scale", RunKind::First);
    ada.until_step("scale", Status::Unknown);
    site.platform.inject(identity("cluster", "another-uid"));
    let refusal = ada.refused(Request::ReadBack { step: "scale".into() });
    assert!(refusal.why.contains("not the server that was consented to"), "{refusal}");
    assert_eq!(ada.step("scale").status, Status::Unknown);
    ada.ends();
}

#[test]
fn r16_an_approval_is_another_persons_and_void_when_the_server_changed() {
    let site = Site::quiet();
    let mut ada = site.ada_at_the_actions();
    let mut cy = site.joined_by("Cy");
    for need in ["fence", "scale"] {
        ada.carries_out(need);
    }
    ada.until_step("standby", Status::Succeeded);
    ada.says(Command::Skip { step: "stop-traffic".into(), why: "practice".into() });
    ada.answers("caught-up", false);
    ada.confirms("isolate", "practice");
    ada.done(Request::AskApproval { step: "promote".into() });
    let asked =
        ada.until("it is asked for", |p| super::driver::step_of(p, "promote").is_some_and(|s| s.approval_asked.is_some()));
    let binding = super::driver::step_of(&asked, "promote").unwrap().approval_asked.as_ref().unwrap().binding.clone();
    let own = ada.refused(Request::Do(Command::Approve { step: "promote".into(), binding }));
    assert!(own.why.contains("you asked for it yourself"), "{own}");

    cy.approves("promote");
    ada.until_approved("promote");
    let moved = Fault::IdentityChanged { connection: "db-west".into(), fact: "system".into(), value: "999".into() };
    site.platform.inject(moved);
    let refusal = ada.refused(Driver::agreement("promote", RunKind::First, ada.preview("promote")));
    assert!(refusal.why.contains("changed since it was approved"), "{refusal}");
    assert_eq!(site.platform.sent("postgres.promote", "db-west"), 0);
    ada.ends();
    cy.ends();
}

#[test]
fn a_request_goes_to_the_incident_that_its_person_saw() {
    let site = Site::quiet();
    let mut ada = site.console("Ada");
    let first = ada.declare("the first", false);
    ada.open("regional-outage");
    ada.says(Command::OverrideGate { step: "confirm".into(), why: "seen".into() });
    let seen = ada.preview("scale");
    let second = ada.declare("the second", false);
    ada.open("regional-outage");

    // The dialog was about the first one, whatever is on screen by now.
    assert!(matches!(ada.agree("scale", seen), Reply::Done { .. }));
    assert_eq!(ada.step("scale").status, Status::Open, "nothing began in the second one");
    let skip = Request::Do(Command::Skip { step: "stop-traffic".into(), why: "closed already".into() });
    ada.done(Request::For { incident: first.clone(), request: Box::new(skip) });
    assert_eq!(ada.step("stop-traffic").status, Status::Open);
    ada.until_incident(&second);
    ada.send(Request::Show(first));
    ada.until_step("stop-traffic", Status::Skipped);
    ada.until_step("scale", Status::Succeeded);
    ada.ends();
}

#[test]
fn nobody_says_by_hand_what_only_a_console_can_have_seen() {
    let site = Site::quiet();
    let mut ada = site.ada_at_the_actions();
    let preview = *ada.preview("scale");
    let consent = lifeboat::incident::Consent { preview, typed: None };
    let now = ada.look().now;
    let proof = lifeboat::incident::Proof { text: "x".into(), first: now, last: now, samples: 9 };
    for forged in [
        Command::Start { step: "scale".into(), run: "r-1".into(), consent },
        Command::ReportGateHeld { step: "standby".into(), proof },
        Command::ReportServiceHealthy { service: "eval-api".into(), since: now },
        Command::ReportClockJump { by_ms: 99_000 },
    ] {
        let refusal = ada.refused(Request::Do(forged.clone()));
        assert!(refusal.why.contains("only a console itself"), "{forged:?}: {refusal}");
    }
    assert_eq!(site.count("action_started"), 0);
    ada.ends();
}
