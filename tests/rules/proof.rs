//! R12: what a gate counts. R19: what a fence proves.

use lifeboat::{
    incident::{Command, Proof, Status, step_state::Foreseen},
    model::{Duration, FenceAnswer, Outcome, PartReport, RunId},
    plan::{Names, Step, StepKind},
};
use serde_json::json;

use super::scene::*;

fn gated(hold: Option<&str>) -> Scene {
    let mut s = Scene::steps(vec![stop_writes().proven_by(sql_gate("db-west", hold))]);
    s.done_but_for_its_gate();
    s
}

impl Scene {
    fn done_but_for_its_gate(&mut self) {
        let run = self.start("stop-writes").unwrap();
        self.ends("stop-writes", &run, Outcome::succeeded("0"));
        assert_eq!(self.status("stop-writes"), Status::Verifying);
    }
    fn show(&mut self, step: &str, proof: Proof) -> Answer {
        self.ben(Command::ReportGateHeld { step: id(step), proof })
    }
    fn fence_says(&mut self, outcome: Outcome, answer: Option<FenceAnswer>) -> Answer {
        let run = self.start("fence")?;
        let mut report = PartReport::new("db-east", outcome);
        report.fence = answer;
        self.ben(Command::ReportPart { step: id("fence"), run, report })
    }
    fn sign(&mut self, step: &str, how: &str, ago: i64) -> Answer {
        let effective = self.now - chrono::TimeDelta::seconds(ago);
        self.ben(Command::SignOutsideFence { step: id(step), how: how.into(), effective })
    }
}

#[test]
fn r12_an_action_with_a_gate_has_not_succeeded_before_it_is_seen() {
    let mut s = Scene::steps(vec![stop_writes().proven_by(sql_gate("db-west", None)), check("next")]);
    s.done_but_for_its_gate();
    assert!(refused(s.confirm("next")).contains("waits for its proof"));
    s.holds("stop-writes").unwrap();
    s.confirm("next").unwrap();
}

#[test]
fn r12_only_samples_measured_after_the_action_ended_count() {
    let mut s = gated(None);
    s.later(5);
    let early = s.proof(60, 9);
    assert!(refused(s.show("stop-writes", early)).contains("before the action ended"));
    let proof = s.proof(3, 2);
    s.show("stop-writes", proof).unwrap();
}

#[test]
fn r12_two_samples_if_its_for_is_unsaid() {
    let mut s = gated(None);
    s.later(30);
    for (first, samples) in [(5, 0), (5, 1), (0, 1)] {
        let proof = s.proof(first, samples);
        refused(s.show("stop-writes", proof));
    }
    let backwards = Proof { first: s.now, last: s.now - chrono::TimeDelta::seconds(9), ..s.proof(1, 5) };
    refused(s.show("stop-writes", backwards));
}

#[test]
fn r12_it_must_hold_for_its_for() {
    let mut s = gated(Some("1m"));
    s.later(90);
    let short = s.proof(59, 30);
    assert!(refused(s.show("stop-writes", short)).contains("1m"));
    let long = s.proof(60, 30);
    s.show("stop-writes", long).unwrap();
}

#[test]
fn r12_a_stale_sample_or_one_of_the_future_passes_nothing() {
    let mut s = gated(None);
    s.later(10);
    let proof = s.proof(2, 2);
    s.later(301);
    assert!(refused(s.show("stop-writes", proof)).contains("old"));
    let ahead = Proof { last: s.now + chrono::TimeDelta::seconds(61), ..s.proof(1, 2) };
    assert!(refused(s.show("stop-writes", ahead)).contains("future"));
}

#[test]
fn r12_a_gate_of_its_own_counts_what_was_seen_after_its_needs() {
    let mut s = Scene::steps(vec![check("a"), gate("up")]);
    assert_eq!(s.state.book.as_ref().unwrap().runbook.step(&id("up")).unwrap().kind(), StepKind::Gate);
    let early = s.proof(60, 30);
    refused(s.show("up", early.clone()));
    s.confirm("a").unwrap();
    assert!(refused(s.show("up", early)).contains("not held long enough"), "it was true before anything was done");
    s.later(5);
    let unbroken = s.proof(65, 40);
    s.show("up", unbroken).unwrap();
    assert_eq!(s.status("up"), Status::Succeeded);
}

#[test]
fn r12_a_person_does_not_stand_in_for_a_gate() {
    let mut s = Scene::steps(vec![gate("up"), check("seen").proven_by(sql_gate("db-west", None)).needs(&[])]);
    assert!(refused(s.confirm("up")).contains("observes this itself"));
    assert!(refused(s.ben(Command::TakeOver { step: id("up"), how: "looked".into(), happened: None })).contains("override"));
    let why = || "I know".to_owned();
    assert!(refused(s.ben(Command::OverrideGate { step: id("up"), why: why() })).contains("may not override"));
    s.ada(Command::OverrideGate { step: id("up"), why: why() }).unwrap();
    assert!(s.state.step(&id("up")).unwrap().overridden.is_some());
}

#[test]
fn r12_a_check_or_a_takeover_with_a_gate_still_has_to_be_seen() {
    let mut check_with_gate = check("seen").proven_by(sql_gate("db-west", None));
    check_with_gate.check = Some(lifeboat::plan::Check::default());
    let mut s = Scene::steps(vec![check_with_gate, stop_writes().proven_by(sql_gate("db-west", None)).needs(&[])]);
    s.confirm("seen").unwrap();
    assert_eq!(s.status("seen"), Status::Verifying);
    s.holds("seen").unwrap();
    s.ben(Command::TakeOver { step: id("stop-writes"), how: "kubectl".into(), happened: None }).unwrap();
    assert_eq!(s.status("stop-writes"), Status::Verifying);
    s.holds("stop-writes").unwrap();
    assert_eq!(s.status("stop-writes"), Status::Succeeded);
}

#[test]
fn r12_marking_a_step_failed_opens_no_way_round_doing_it() {
    let mut s = Scene::with(failover());
    s.up_to_promote();
    s.ben(Command::MarkFailed { step: id("promote"), why: "try".into() }).unwrap();
    refused(s.ada(Command::OverrideGate { step: id("promote"), why: "trick".into() }));
    refused(s.ben(Command::WatchGateAgain { step: id("promote") }));
    s.approved("promote");
    s.start("promote").expect("nothing was sent yet, so it can be started");
}

#[test]
fn r12_a_gate_that_was_missed_is_watched_again_without_sending_anything() {
    let mut s = gated(None);
    s.ben(Command::ReportGateMissed { step: id("stop-writes"), why: "still t after 10m".into() }).unwrap();
    assert_eq!(s.status("stop-writes"), Status::Failed);
    assert!(refused(s.retry("stop-writes")).contains("nothing"));
    assert!(refused(s.start("stop-writes")).contains("watch its gate again"));
    let runs = s.state.step(&id("stop-writes")).unwrap().runs.len();
    s.later(60);
    s.ben(Command::WatchGateAgain { step: id("stop-writes") }).unwrap();
    s.later(9);
    let older = s.proof(30, 20);
    refused(s.show("stop-writes", older));
    s.holds("stop-writes").unwrap();
    assert_eq!(s.state.step(&id("stop-writes")).unwrap().runs.len(), runs);
}

#[test]
fn r12_a_gate_is_not_late_before_its_step_has_begun() {
    let mut s = Scene::steps(vec![gate("up"), check("plain").needs(&[])]);
    refused(s.ben(Command::ReportGateMissed { step: id("up"), why: "slow".into() }));
    let proof = s.proof(5, 5);
    assert!(refused(s.show("plain", proof)).contains("no gate"));
}

// ---- R19

#[test]
fn r19_a_fence_succeeds_only_by_proof() {
    let proven = FenceAnswer::RefusesWrites { proven: start_of_night() };
    let writable = FenceAnswer::StillWritable { why: "a superuser session".into() };
    let silent = FenceAnswer::Unreachable { why: "no route to host".into() };
    let fine = || Outcome::succeeded("fenced");
    for (outcome, answer, wanted) in [
        (fine(), Some(proven.clone()), Status::Succeeded),
        (fine(), Some(writable), Status::Failed),
        (fine(), Some(silent.clone()), Status::Failed),
        (fine(), None, Status::Failed),
        (Outcome::failed("no route to host"), Some(silent), Status::Failed),
        (Outcome::unknown("timed out"), None, Status::Unknown),
    ] {
        let mut s = Scene::steps(vec![fence()]);
        s.fence_says(outcome, answer.clone()).unwrap();
        assert_eq!(s.status("fence"), wanted, "{answer:?}");
        let proof = s.state.step(&id("fence")).unwrap().fence_proof();
        assert_eq!(proof.is_some(), wanted == Status::Succeeded);
    }
}

#[test]
fn r19_a_persons_word_is_no_proof() {
    let mut s = Scene::steps(vec![fence()]);
    s.fence_says(Outcome::unknown("timed out"), None).unwrap();
    let word =
        |happened| Command::ResolveUnknown { step: id("fence"), part: "db-east".into(), happened, why: "I think so".into() };
    assert!(refused(s.ben(word(true))).contains("outside fence"));
    s.ben(word(false)).unwrap();
    assert_eq!(s.status("fence"), Status::Failed);
    let by_hand = Command::TakeOver { step: id("fence"), how: "unplugged".into(), happened: None };
    assert!(refused(s.ben(by_hand)).contains("outside fence"));
}

#[test]
fn r19_an_outside_fence_signed_with_its_time_makes_it_succeeded() {
    for before in ["open", "failed", "unknown", "skipped"] {
        let mut s = Scene::steps(vec![fence(), promote()]);
        match before {
            "failed" => drop(s.fence_says(Outcome::failed("unreachable"), None).unwrap()),
            "unknown" => drop(s.fence_says(Outcome::unknown("timed out"), None).unwrap()),
            "skipped" => drop(s.skip("fence").unwrap()),
            _ => {}
        }
        refused(s.sign("fence", "", 60));
        assert!(refused(s.sign("fence", "power cut", -60)).contains("future"));
        s.sign("fence", "power cut by the data centre", 60).unwrap();
        assert_eq!(s.status("fence"), Status::Succeeded, "{before}");
        let (signed, effective) = s.state.step(&id("fence")).unwrap().outside_fence.clone().unwrap();
        assert!(signed.why.contains("power cut") && effective < signed.at);
        s.approved("promote");
        s.start("promote").unwrap();
    }
    let mut s = Scene::steps(vec![stop_writes()]);
    assert!(refused(s.sign("stop-writes", "power cut", 1)).contains("no fence"));
}

#[test]
fn r19_a_fence_without_proof_is_waived_only_with_the_typed_words() {
    let mut s = Scene::steps(vec![fence(), promote()]);
    s.fence_says(Outcome::failed("unreachable"), Some(FenceAnswer::Unreachable { why: "no route".into() })).unwrap();
    assert!(refused(s.waive("promote", "fence", "we are in a hurry")).contains("the old primary may still take writes"));
    s.waive("promote", "fence", "The old primary may still take writes: the region is gone").unwrap();
    s.approved("promote");
    s.start("promote").unwrap();
}

#[test]
fn r21_what_a_step_would_lose_is_said_with_its_start_by_who_starts_it() {
    let promote = action("promote", "postgres.promote", json!({"via": "db-west"})).irreversible();
    let mut s = Scene::steps(vec![Step { recovers: Names::One("orders".into()), ..promote }]);
    let seen = |least: u64, most: u64| {
        let [least, most] = [least, most].map(Duration::from_secs);
        Foreseen { source: "replica".into(), point: start_of_night(), least, most }
    };
    let say = |run: &RunId, dataset: &str, foreseen| {
        let (step, run, dataset) = (id("promote"), run.clone(), dataset.to_owned());
        Command::ReportForeseen { step, run, dataset, foreseen }
    };
    refused(s.ben(say(&"none".into(), "orders", seen(0, 4))));
    let run = s.start("promote").unwrap();
    refused(s.ada(say(&run, "orders", seen(0, 4))));
    assert!(refused(s.ben(say(&run, "logs", seen(0, 4)))).contains("does not recover logs"));
    refused(s.ben(say(&run, "orders", seen(5, 4))));
    let late = Foreseen { point: s.now + chrono::TimeDelta::minutes(2), ..seen(0, 4) };
    assert!(refused(s.ben(say(&run, "orders", late))).contains("lies in the future"));
    s.ben(say(&run, "orders", seen(0, 4))).unwrap();
    assert_eq!(s.state.step(&id("promote")).unwrap().foreseen["orders"], seen(0, 4));
    s.ends("promote", &run, Outcome::succeeded("took over"));
    assert!(refused(s.ben(say(&run, "orders", seen(0, 9)))).contains("is not being started"));
    assert_eq!(s.replayed(), s.state);
}

#[test]
fn r19_a_fence_that_nothing_answers_has_failed_and_both_ways_on_are_open() {
    let unreachable = |step: &str| Command::ReportFenceUnreachable { step: id(step), why: "no route to host".into() };
    let tried = || {
        let mut s = Scene::steps(vec![fence(), promote()]);
        let early = refused(s.waive("promote", "fence", "the old primary may still take writes"));
        assert!(early.contains("start step 1") && early.contains("outside fence"), "says what comes first: {early}");
        assert!(refused(s.start("promote")).contains("start that one first"));
        s.ben(unreachable("fence")).unwrap();
        s
    };
    let mut s = tried();
    let at = s.state.step(&id("fence")).unwrap();
    assert_eq!((at.status, at.said.as_deref()), (Status::Failed, Some("unreachable: no route to host")));
    assert!(at.runs.is_empty() && at.fence_proof().is_none(), "nothing was sent and nothing is proven");
    assert!(refused(s.start("promote")).contains("sign an outside fence there, or waive"));
    assert!(refused(s.waive("promote", "fence", "hurry")).contains("outside fence"));
    s.waive("promote", "fence", "The old primary may still take writes: the region is gone").unwrap();
    s.approved("promote");
    s.start("promote").unwrap();

    let mut s = tried();
    s.sign("fence", "power cut by the data centre", 60).unwrap();
    assert_eq!(s.status("fence"), Status::Succeeded);

    // It answers again: the step is started as if nothing had been, and keeps no old word.
    let mut s = tried();
    s.done("fence");
    let at = s.state.step(&id("fence")).unwrap();
    assert_eq!((at.status, at.said.as_deref(), at.unreachable), (Status::Succeeded, None, false));
    refused(s.ben(unreachable("fence")));
    refused(s.ben(unreachable("promote")));
}

#[test]
fn r19_an_undone_fence_that_nothing_answered_can_be_started_again() {
    let mut s = Scene::steps(vec![fence()]);
    s.done("fence");
    let run = s.undo("fence").unwrap();
    s.ends("fence", &run, Outcome::succeeded("LOGIN is back"));
    s.ben(Command::ReportFenceUnreachable { step: id("fence"), why: "no route to host".into() }).unwrap();
    assert_eq!(s.status("fence"), Status::Failed);
    s.start("fence").unwrap();
}

#[test]
fn r19_a_fence_that_waits_for_another_step_was_not_tried() {
    let mut s = Scene::steps(vec![check("a"), fence()]);
    let command = || Command::ReportFenceUnreachable { step: id("fence"), why: "no route to host".into() };
    refused(s.ben(command()));
    s.confirm("a").unwrap();
    s.ben(command()).unwrap();
    s.ben(command()).expect("every try is told");
}

#[test]
fn r19_an_undone_fence_proves_nothing_any_more() {
    let mut s = Scene::steps(vec![fence(), promote()]);
    s.done("fence");
    assert!(s.state.step(&id("fence")).unwrap().fence_proof().is_some());
    let run = s.undo("fence").unwrap();
    s.ends("fence", &run, Outcome::unknown("timed out"));
    assert!(s.state.step(&id("fence")).unwrap().fence_proof().is_none(), "writes may be let in again");
    let word = Command::ResolveUnknown { step: id("fence"), part: "db-east".into(), happened: true, why: "LOGIN is back".into() };
    s.ben(word).expect("that an undo happened is no claim of a fence");
    assert_eq!(s.status("fence"), Status::Undone);
    refused(s.waive("promote", "fence", "the old primary may still take writes"));
}

#[test]
fn r19_a_late_outcome_does_not_take_a_signed_fence_back() {
    let mut s = Scene::steps(vec![fence()]);
    let run = s.start("fence").unwrap();
    let console = lifeboat::model::ConsoleId::from("console of Ben");
    s.ada(Command::ReportConsoleLost { step: id("fence"), run: run.clone(), console }).unwrap();
    s.sign("fence", "power cut", 10).unwrap();
    s.ends("fence", &run, Outcome::failed("unreachable"));
    assert_eq!(s.status("fence"), Status::Succeeded);
}
