//! R1: what satisfies needs. R2: what can be taken back, and until when.

use lifeboat::{
    incident::{Command, ConditionAnswer, RunKind, Status, StepAct, offers, offers::due_answers, unmet_needs},
    model::{Duration, Outcome, Value},
    plan::{Condition, Dataset, Decision, UndoForm},
};
use serde_json::json;

use super::scene::*;

fn answer(step: &str, needed: bool) -> Command {
    Command::AnswerCondition { step: id(step), answer: ConditionAnswer { needed, why: "looked".into() } }
}

fn irreversible(name: &str) -> lifeboat::plan::Step {
    action(name, "postgres.promote", json!({"via": "db-west"})).irreversible()
}

#[test]
fn r01_succeeded_and_not_needed_satisfy_needs() {
    let mut s = Scene::steps(vec![check("a"), check("b").only_if(Condition::Ask("Is it up?".into())), irreversible("c")]);
    assert!(refused(s.start("c")).contains("Do b"));
    s.confirm("a").unwrap();
    s.ben(answer("b", false)).unwrap();
    assert_eq!(s.status("b"), Status::NotNeeded);
    s.start("c").unwrap();
}

#[test]
fn r01_talked_through_satisfies_needs_in_a_drill() {
    let mut s = Scene::drill(book_of("r", vec![check("a"), check("b")]));
    s.ben(Command::TalkThrough { step: id("a"), note: None }).unwrap();
    s.confirm("b").unwrap();
}

#[test]
fn r01_failed_unknown_partial_and_skipped_block_an_irreversible_step_until_waived_by_name() {
    for (end, wanted) in [
        (Outcome::failed("403"), Status::Failed),
        (Outcome::unknown("timed out"), Status::Unknown),
        (Outcome::succeeded("done"), Status::Partial),
    ] {
        let mut s = Scene::steps(vec![stop_writes(), irreversible("go")]);
        let run = s.start("stop-writes").unwrap();
        s.report("stop-writes", &run, "user-service", Outcome::failed("403")).unwrap();
        s.report("stop-writes", &run, "tenant-service", end).unwrap();
        assert_eq!(s.status("stop-writes"), wanted);
        assert!(refused(s.start("go")).contains("waive that need by name"), "{wanted:?}");
        refused(s.waive("go", "stop-writes", "  "));
        s.waive("go", "stop-writes", "tenants are cut off by hand").unwrap();
        s.start("go").unwrap();
    }
    let mut s = Scene::steps(vec![check("a"), irreversible("go")]);
    s.skip("a").unwrap();
    refused(s.start("go"));
    s.waive("go", "a", "known").unwrap();
    s.start("go").unwrap();
}

#[test]
fn r01_a_reversible_step_goes_over_a_skipped_one_but_not_over_a_failed_one() {
    let mut s = Scene::steps(vec![check("a"), check("b")]);
    s.skip("a").unwrap();
    s.confirm("b").unwrap();
    let mut s = Scene::steps(vec![check("a"), check("b")]);
    s.ben(Command::MarkFailed { step: id("a"), why: "no".into() }).unwrap();
    refused(s.confirm("b"));
}

#[test]
fn r01_a_pending_need_cannot_be_waived() {
    let mut s = Scene::steps(vec![stop_writes(), irreversible("go")]);
    assert!(refused(s.waive("go", "stop-writes", "hurry")).contains("is not done"));
    s.start("stop-writes").unwrap();
    assert!(refused(s.waive("go", "stop-writes", "hurry")).contains("is running"));
}

#[test]
fn r01_a_waiver_does_not_cover_a_need_that_is_under_way_again() {
    let mut s = Scene::steps(vec![stop_writes(), irreversible("go")]);
    let run = s.start("stop-writes").unwrap();
    s.ends("stop-writes", &run, Outcome::failed("403"));
    s.waive("go", "stop-writes", "cut off by hand").unwrap();
    let again = s.retry("stop-writes").unwrap();
    assert!(refused(s.start("go")).contains("is running"));
    s.ends("stop-writes", &again, Outcome::unknown("timed out"));
    assert!(refused(s.start("go")).contains("is unknown"), "the waiver spoke of a failure, not of this");
}

#[test]
fn r01_a_waiver_of_a_missed_gate_does_not_cover_the_gate_that_is_watched_again() {
    let mut s = Scene::steps(vec![stop_writes().proven_by(sql_gate("db-west", None)), irreversible("go")]);
    let run = s.start("stop-writes").unwrap();
    s.ends("stop-writes", &run, Outcome::succeeded("0"));
    s.ben(Command::ReportGateMissed { step: id("stop-writes"), why: "still f".into() }).unwrap();
    s.waive("go", "stop-writes", "seen by hand").unwrap();
    s.ben(Command::WatchGateAgain { step: id("stop-writes") }).unwrap();
    assert!(refused(s.start("go")).contains("waits for its proof"));
}

#[test]
fn r01_only_who_may_override_waives() {
    let mut s = Scene::steps(vec![check("a"), irreversible("go")]);
    s.skip("a").unwrap();
    assert!(refused(s.ben(Command::Waive { step: id("go"), need: id("a"), why: "me".into() })).contains("may not override"));
}

#[test]
fn r01_a_skipped_fence_does_not_hide_behind_the_reversible_step_after_it() {
    let mut s = Scene::with(failover());
    s.done("stop-writes");
    s.skip("fence").unwrap();
    s.done("caught-up");
    s.confirm("isolate").unwrap();
    s.approved("promote");
    assert!(refused(s.start("promote")).contains("Do fence is skipped"));
    let unmet: Vec<_> = unmet_needs(&s.state, &id("promote")).into_iter().map(|u| u.need).collect();
    assert_eq!(unmet, [id("fence")], "the consent dialog names it");
}

#[test]
fn r01_what_is_not_needed_hands_on_what_it_waits_for() {
    let ask = Condition::Ask("Does it answer?".into());
    let mut s = Scene::steps(vec![check("a"), check("b").only_if(ask), check("c")]);
    s.ben(answer("b", false)).unwrap();
    assert!(refused(s.confirm("c")).contains("Do a is not done"), "c still comes after a");
    s.confirm("a").unwrap();
    s.confirm("c").unwrap();
}

#[test]
fn r01_a_step_taken_over_early_does_not_open_the_way_past_what_it_waits_for() {
    let mut s = Scene::with(failover());
    s.done("stop-writes");
    s.ben(Command::TakeOver { step: id("isolate"), how: "powered off".into(), happened: None }).unwrap();
    s.approved("promote");
    assert!(refused(s.start("promote")).contains("caught-up is not done"));
}

#[test]
fn r01_a_fence_is_never_answered_away() {
    let mut s = Scene::steps(vec![fence().only_if(Condition::Ask("Needed?".into()))]);
    assert!(refused(s.ben(answer("fence", false))).contains("always needed"));
    s.ben(answer("fence", true)).unwrap();
    s.start("fence").unwrap();
}

#[test]
fn r01_an_if_that_the_state_decides_is_not_started_against_it() {
    let by_choice = Condition::Chosen([(id("way"), "backup".to_owned())].into());
    let mut s = Scene::steps(vec![decision("way", &["replica", "backup"]), check("restore").only_if(by_choice).needs(&[])]);
    assert!(refused(s.confirm("restore")).contains("not known yet"));
    s.ben(Command::Decide { step: id("way"), answer: Value::Text("replica".into()) }).unwrap();
    assert!(refused(s.confirm("restore")).contains("not needed"));
    for due in due_answers(&s.state) {
        s.ben(due).unwrap();
    }
    assert_eq!(s.status("restore"), Status::NotNeeded);
    assert!(due_answers(&s.state).is_empty(), "nothing is submitted twice");

    // The decision is corrected while nothing has begun with it: what rests on it follows.
    s.ben(Command::Decide { step: id("way"), answer: Value::Text("backup".into()) }).unwrap();
    for due in due_answers(&s.state) {
        s.ben(due).unwrap();
    }
    s.confirm("restore").unwrap();
    assert!(refused(s.ben(Command::Decide { step: id("way"), answer: Value::Text("replica".into()) })).contains("it stands"));
}

#[test]
fn r01_always_steps_wait_only_until_what_they_need_has_ended() {
    let mut clean = check("clean-up");
    clean.always = true;
    let mut s = Scene::steps(vec![stop_writes(), clean]);
    let run = s.start("stop-writes").unwrap();
    refused(s.confirm("clean-up"));
    s.ends("stop-writes", &run, Outcome::failed("403"));
    s.confirm("clean-up").unwrap();
}

// ---- R2

#[test]
fn r02_undo_is_refused_once_a_dependent_has_begun() {
    let mut s = Scene::with(failover());
    s.done("stop-writes");
    s.done("fence");
    let words = refused(s.undo("stop-writes"));
    assert!(words.contains("Do fence builds on it") && words.contains("undo that one first"), "{words}");
    let run = s.undo("fence").unwrap();
    s.ends("fence", &run, Outcome::succeeded("LOGIN is back"));
    assert_eq!(s.status("fence"), Status::Undone);
    s.undo("stop-writes").unwrap();
}

#[test]
fn r02_a_step_that_uses_its_result_is_a_dependent_too() {
    let restore = json!({"argv": [{"result": "stop-writes/before"}]});
    let mut s = Scene::steps(vec![stop_writes(), action("note-counts", "command.run", restore).needs(&[])]);
    s.done("stop-writes");
    s.done("note-counts");
    assert!(refused(s.undo("stop-writes")).contains("Do note-counts builds on it"));
}

#[test]
fn r02_undo_is_refused_for_good_past_an_irreversible_step() {
    let mut s = Scene::steps(vec![stop_writes(), irreversible("go").needs(&[])]);
    s.done("stop-writes");
    s.done("go");
    assert!(refused(s.undo("stop-writes")).contains("cannot be taken back"));
    refused(s.undo("go"));
}

#[test]
fn r02_what_was_before_and_after_is_told_by_sequence_not_by_clocks() {
    let mut s = Scene::steps(vec![stop_writes(), irreversible("go").needs(&[])]);
    s.done("stop-writes");
    s.later(-600);
    s.done("go");
    assert!(refused(s.undo("stop-writes")).contains("cannot be taken back"), "though the clock says that it was started later");
}

#[test]
fn r02_a_retry_after_the_irreversible_step_does_not_reopen_the_way_back() {
    let mut s = Scene::steps(vec![stop_writes(), irreversible("go").needs(&[])]);
    let run = s.start("stop-writes").unwrap();
    s.report("stop-writes", &run, "user-service", Outcome::succeeded("0")).unwrap();
    s.report("stop-writes", &run, "tenant-service", Outcome::failed("403")).unwrap();
    s.done("go");
    let again = s.retry("stop-writes").unwrap();
    s.ends("stop-writes", &again, Outcome::succeeded("0"));
    assert!(refused(s.undo("stop-writes")).contains("cannot be taken back"));
}

#[test]
fn r02_an_irreversible_step_taken_over_by_hand_or_in_another_runbook_counts() {
    let mut s = Scene::steps(vec![stop_writes(), irreversible("go").needs(&[])]);
    s.done("stop-writes");
    s.ben(Command::TakeOver { step: id("go"), how: "pg_ctl promote".into(), happened: None }).unwrap();
    assert!(s.state.is_past_irreversible());
    assert!(refused(s.undo("stop-writes")).contains("cannot be taken back"));

    let mut s = Scene::with(book_of("first", vec![stop_writes()]));
    s.done("stop-writes");
    s.open(&book_of("second", vec![irreversible("go")])).unwrap();
    s.done("go");
    s.open(&book_of("first", vec![stop_writes()])).unwrap();
    assert!(s.state.is_past_irreversible());
    assert!(refused(s.undo("stop-writes")).contains("cannot be taken back"));
}

#[test]
fn r02_an_irreversible_step_that_failed_for_certain_closes_no_way_back() {
    let mut s = Scene::steps(vec![stop_writes(), irreversible("go").needs(&[])]);
    s.done("stop-writes");
    let run = s.start("go").unwrap();
    assert!(s.state.is_past_irreversible(), "while it runs it may take effect");
    s.ends("go", &run, Outcome::failed("permission denied"));
    assert!(!s.state.is_past_irreversible());
    s.undo("stop-writes").unwrap();
}

#[test]
fn r02_undo_restores_what_was_there_before_the_first_try() {
    let mut s = Scene::steps(vec![stop_writes()]);
    let run = s.start("stop-writes").unwrap();
    s.report("stop-writes", &run, "user-service", Outcome::succeeded("0")).unwrap();
    s.report("stop-writes", &run, "tenant-service", Outcome::failed("403")).unwrap();
    let (run, mut consent) = (s.new_run(), s.consent("stop-writes", RunKind::Retry));
    consent.preview.parts.iter_mut().for_each(|p| p.before = Some(json!(1)));
    s.act_with("Ben", "stop-writes", RunKind::Retry, run.clone(), consent).unwrap();
    s.ends("stop-writes", &run, Outcome::succeeded("0"));
    s.undo("stop-writes").unwrap();
    let Some(lifeboat::incident::Event::ActionStarted { remembered, .. }) = s.records.last().map(|r| &r.event) else { panic!() };
    assert_eq!(json!(remembered), json!({"tenant-service": 3, "user-service": 3}), "not the count of the half-done retry");
}

#[test]
fn r02_after_an_undo_the_memory_starts_afresh() {
    let mut s = Scene::steps(vec![stop_writes()]);
    s.done("stop-writes");
    let run = s.undo("stop-writes").unwrap();
    s.ends("stop-writes", &run, Outcome::succeeded("3"));
    let (run, mut consent) = (s.new_run(), s.consent("stop-writes", RunKind::First));
    consent.preview.parts.iter_mut().for_each(|p| p.before = Some(json!(5)));
    s.act_with("Ben", "stop-writes", RunKind::First, run.clone(), consent).unwrap();
    s.ends("stop-writes", &run, Outcome::succeeded("0"));
    s.undo("stop-writes").unwrap();
    let Some(lifeboat::incident::Event::ActionStarted { remembered, .. }) = s.records.last().map(|r| &r.event) else { panic!() };
    assert_eq!(json!(remembered), json!({"tenant-service": 5, "user-service": 5}));
}

#[test]
fn r02_remembered_takes_what_was_there_never_the_plans_guess() {
    let back = json!({"via": "west", "namespace": "prod", "deployments": ["user-service"], "replicas": "remembered"});
    let mut s = Scene::steps(vec![stop_writes(), action("start", "kubernetes.scale", back)]);
    assert!(refused(s.call("start", RunKind::First)).contains("nothing is remembered"));
    s.done("stop-writes");
    let call = s.call("start", RunKind::First).unwrap();
    assert_eq!(call.with["replicas"], json!({"tenant-service": 3, "user-service": 3}));
}

#[test]
fn r02_what_stateful_sets_had_is_not_what_deployments_had() {
    let scale = |name: &str, kind: &str, replicas: serde_json::Value| {
        let mut step = action(name, "kubernetes.scale", json!({"via": "west", "namespace": "prod", "replicas": replicas}));
        step.with.insert(kind.into(), json!(["cache"]));
        step.needs(&[])
    };
    let mut s = Scene::steps(vec![
        scale("stop-sets", "statefulsets", json!(0)),
        scale("start", "deployments", json!("remembered")),
        scale("start-sets", "statefulsets", json!("remembered")),
    ]);
    s.done("stop-sets");
    assert!(refused(s.call("start", RunKind::First)).contains("nothing is remembered"), "another cache by the same name");
    assert_eq!(s.call("start-sets", RunKind::First).unwrap().with["replicas"], json!({"cache": 3}));
}

#[test]
fn r02_a_step_without_undo_says_so() {
    let mut s = Scene::steps(vec![stop_writes().undone_by(UndoForm::None)]);
    s.done("stop-writes");
    assert!(refused(s.undo("stop-writes")).contains("no undo"));
    let mut s = Scene::with(failover());
    s.done("stop-writes");
    s.done("fence");
    s.done("caught-up");
    assert!(refused(s.undo("caught-up")).contains("no undo"), "what only reads has nothing to take back");
}

#[test]
fn r02_an_undo_by_another_action_undoes_the_step() {
    let by = UndoForm::Other(other("postgres.allow_writes", "db-east"));
    let mut s = Scene::steps(vec![stop_writes().undone_by(by)]);
    s.done("stop-writes");
    let run = s.undo("stop-writes").unwrap();
    s.ends("stop-writes", &run, Outcome::unknown("timed out"));
    assert_eq!(s.status("stop-writes"), Status::Unknown);
    s.ben(Command::ResolveUnknown { step: id("stop-writes"), part: "db-east".into(), happened: false, why: "looked".into() })
        .unwrap();
    assert_eq!(s.status("stop-writes"), Status::Partial, "it stands");
    let run = s.undo("stop-writes").unwrap();
    s.ends("stop-writes", &run, Outcome::succeeded("LOGIN"));
    assert_eq!(s.status("stop-writes"), Status::Undone);
    s.later(Duration::from_mins(1).as_secs() as i64);
    s.start("stop-writes").unwrap();
}

#[test]
fn only_what_data_may_be_recovered_from_answers_which_source() {
    let which = Decision { ask: "Which source?".into(), options: vec![], source_of: Some("orders".into()), value: None };
    let mut s = Scene::steps(vec![lifeboat::plan::Step { decision: Some(which), ..check("which") }]);
    let source = |name: &str, purpose: &str| json!({"name": name, "kind": "backup", "purpose": purpose});
    let sources = [
        source("evidence", "compliance"),
        source("playground", "drills"),
        source("boxes", "long-term"),
        source("nightly", "recovery"),
    ];
    let orders: Dataset = serde_json::from_value(json!({"name": "orders", "sources": sources})).unwrap();
    s.state.head.as_mut().unwrap().facts.datasets = vec![orders];
    let decide = |answer: &str| Command::Decide { step: id("which"), answer: Value::Text(answer.into()) };
    // The first of its sources is none to answer with: it is offered all the same.
    let offered = offers(&s.state, &id("which"), &at_console("Ben"), s.now);
    assert!(offered.iter().any(|offer| offer.act == StepAct::Decide && offer.refusal.is_none()));
    for no in ["evidence", "playground"] {
        let why = s.ben(decide(no)).unwrap_err().to_string();
        assert!(why.contains("not among the answers") && why.contains("choose one of: boxes, nightly"), "{why}");
    }
    s.ben(decide("boxes")).unwrap();
}
