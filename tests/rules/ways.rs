//! Another way to do a step: chosen by name while nothing of it stands, and looked at anew.

use lifeboat::{
    incident::{Command, RunKind, Status},
    model::Outcome,
    plan::{DrillForm, Step},
};
use serde_json::json;

use super::scene::*;

const OTHER: &str = "By the other cluster";

fn scale(via: &str) -> serde_json::Value {
    json!({"via": via, "namespace": "prod", "deployments": ["user-service"], "replicas": 3})
}

fn two_ways() -> Step {
    action("serve", "kubernetes.scale", scale("west")).or_else(OTHER, "kubernetes.scale", scale("north")).or_else(
        "By a program",
        "command.run",
        json!({"argv": ["serve"]}),
    )
}

fn choose(s: &mut Scene, way: Option<&str>) -> Answer {
    let command = Command::ChooseWay { step: id("serve"), way: way.map(str::to_owned), why: "west does not answer".into() };
    s.ben(command)
}

fn via(s: &Scene) -> Option<String> {
    s.call("serve", RunKind::First).unwrap().via
}

#[test]
fn the_chosen_way_is_what_is_sent_and_the_planned_one_can_be_gone_back_to() {
    let mut s = Scene::steps(vec![two_ways()]);
    choose(&mut s, Some(OTHER)).unwrap();
    assert_eq!(via(&s).as_deref(), Some("north"));
    assert!(refused(choose(&mut s, Some(OTHER))).contains("already"));
    choose(&mut s, Some("By a program")).unwrap();
    assert_eq!(s.call("serve", RunKind::First).unwrap().action, "command.run");
    assert!(!s.state.traits(&id("serve")).unwrap().undoes, "the flags are the way's own");
    choose(&mut s, None).unwrap();
    assert_eq!(via(&s).as_deref(), Some("west"));
    assert!(s.state.traits(&id("serve")).unwrap().undoes);
    assert!(s.state.book.as_ref().unwrap().planned.is_empty());
    choose(&mut s, Some(OTHER)).unwrap();
    s.done("serve");
    assert_eq!(s.state.step(&id("serve")).unwrap().last_run().unwrap().target, "north");
    assert!(refused(choose(&mut s, None)).contains("succeeded already"));
    assert_eq!(s.replayed(), s.state);
}

#[test]
fn only_the_plans_ways_can_be_chosen_and_only_where_it_has_some() {
    let mut s = Scene::steps(vec![two_ways(), check("a")]);
    assert!(refused(choose(&mut s, Some("By hope"))).contains(OTHER));
    assert!(refused(s.ben(Command::ChooseWay { step: id("a"), way: None, why: "x".into() })).contains("one way"));
}

#[test]
fn r03_r08_another_way_waits_until_nothing_of_the_first_one_stands_or_is_unknown() {
    let mut s = Scene::steps(vec![two_ways()]);
    let run = s.start("serve").unwrap();
    assert!(refused(choose(&mut s, Some(OTHER))).contains("is running"));
    s.ends("serve", &run, Outcome::unknown("timed out"));
    assert!(refused(choose(&mut s, Some(OTHER))).contains("may have happened"));
    s.ada(Command::ResolveUnknown { step: id("serve"), part: "user-service".into(), happened: true, why: "seen".into() })
        .unwrap();
    assert!(refused(choose(&mut s, Some(OTHER))).contains("succeeded already"));
    let run = s.undo("serve").unwrap();
    s.ends("serve", &run, Outcome::succeeded("back"));
    choose(&mut s, Some(OTHER)).unwrap();
    assert_eq!(s.status("serve"), Status::Open);
    s.done("serve");
}

#[test]
fn r03_what_changed_something_is_undone_before_another_way() {
    let mut s = Scene::steps(vec![stop_writes().or_else(OTHER, "kubernetes.scale", scale("north"))]);
    let run = s.start("stop-writes").unwrap();
    s.report("stop-writes", &run, "user-service", Outcome::succeeded("0")).unwrap();
    s.report("stop-writes", &run, "tenant-service", Outcome::failed("403")).unwrap();
    let choose = Command::ChooseWay { step: id("stop-writes"), way: Some(OTHER.into()), why: "403".into() };
    assert!(refused(s.ben(choose)).contains("has changed something that stands"));
}

#[test]
fn after_a_failure_the_new_way_is_started_not_retried() {
    let mut s = Scene::steps(vec![two_ways()]);
    let run = s.start("serve").unwrap();
    s.ends("serve", &run, Outcome::failed("no route"));
    choose(&mut s, Some(OTHER)).unwrap();
    refused(s.retry("serve"));
    s.done("serve");
    let runs: Vec<_> = s.state.step(&id("serve")).unwrap().runs.iter().map(|run| run.target.clone()).collect();
    assert_eq!(runs, ["west", "north"], "what was tried stays told");
}

#[test]
fn r07_a_late_outcome_of_the_way_that_was_left_is_accepted_and_told() {
    let mut s = Scene::steps(vec![two_ways()]);
    let run = s.start("serve").unwrap();
    let console = at_console("Ben").console;
    s.ada(Command::ReportConsoleLost { step: id("serve"), run: run.clone(), console }).unwrap();
    s.ada(Command::ResolveUnknown { step: id("serve"), part: "user-service".into(), happened: false, why: "no pods".into() })
        .unwrap();
    choose(&mut s, Some(OTHER)).unwrap();
    s.report("serve", &run, "user-service", Outcome::succeeded("3 replicas")).unwrap();
    let at = s.state.step(&id("serve")).unwrap();
    assert_eq!((at.status, at.of_the_way_left.as_slice()), (Status::Open, ["user-service: 3 replicas".to_owned()].as_slice()));
}

#[test]
fn r15_r16_a_new_way_is_looked_at_and_approved_anew() {
    let promote = promote().or_else("By the standby's own tool", "postgres.promote", json!({"via": "db-drill"}));
    let mut s = Scene::steps(vec![Step { approvals: 1, ..promote }]);
    s.approved("promote");
    let (run, consent) = (s.new_run(), s.consent("promote", RunKind::First));
    s.ben(Command::ChooseWay { step: id("promote"), way: Some("By the standby's own tool".into()), why: "psql hangs".into() })
        .unwrap();
    assert!(refused(s.act_with("Ben", "promote", RunKind::First, run, consent)).contains("look at the step again"));
    assert!(refused(s.start("promote")).contains("wants an approval"));
    s.approved("promote");
    s.start("promote").unwrap();
}

#[test]
fn r06_a_changed_file_keeps_the_choice_only_for_a_step_that_reads_as_it_did() {
    let book = |title: &str| book_of("r", vec![check("first"), Step { title: title.into(), needs: Some(vec![]), ..two_ways() }]);
    let mut s = Scene::with(book("Serve"));
    choose(&mut s, Some(OTHER)).unwrap();
    let mut other = book("Serve");
    other.phases[0].steps[0].title = "First of all".into();
    s.adopt(&other).unwrap();
    assert_eq!(via(&s).as_deref(), Some("north"), "it reads as it did");
    s.adopt(&book("Serve again")).unwrap();
    assert_eq!(via(&s).as_deref(), Some("west"), "what was chosen was chosen for another step");
    assert_eq!(s.replayed(), s.state);
    // One that has begun stays as it was begun.
    choose(&mut s, Some(OTHER)).unwrap();
    s.done("serve");
    let mut other = book("Serve once more");
    other.phases[0].steps[0].title = "First again".into();
    s.adopt(&other).unwrap();
    assert_eq!(s.call("serve", RunKind::Undo).unwrap().via.as_deref(), Some("north"));
    assert_eq!(s.replayed(), s.state);
}

#[test]
fn r31_a_drill_form_stands_in_for_every_way() {
    let mut s = Scene::drill(book_of("r", vec![two_ways().in_drill(DrillForm::Talk)]));
    assert!(refused(choose(&mut s, Some(OTHER))).contains("drill form"));
    // Without one, the other way is bound to marked connections like the first.
    let marked = action("serve", "kubernetes.scale", scale("db-drill")).or_else(OTHER, "kubernetes.scale", scale("north"));
    let mut s = Scene::drill(book_of("r", vec![marked]));
    choose(&mut s, Some(OTHER)).unwrap();
    assert!(refused(s.start("serve")).contains("north is not marked"));
}
