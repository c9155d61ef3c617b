//! A drill never touches a production target (R31), and what the facts say decides (R6).

use lifeboat::{
    incident::{Command, RunKind, Status},
    model::Outcome,
    plan::{DrillForm, UndoForm},
};
use serde_json::json;

use super::scene::*;

fn scale(via: &str) -> lifeboat::plan::Step {
    action("scale", "kubernetes.scale", json!({"via": via, "namespace": "prod", "deployments": ["a"], "replicas": 0}))
}

#[test]
fn r31_a_mutation_without_a_drill_form_runs_only_on_connections_marked_for_drills() {
    let mut s = Scene::drill(book_of("r", vec![scale("west")]));
    assert!(refused(s.start("scale")).contains("west is not marked `drill: true`"));
    s.ben(Command::TalkThrough { step: id("scale"), note: Some("we would scale".into()) }).unwrap();
    assert_eq!(s.status("scale"), Status::TalkedThrough);
    Scene::drill(book_of("r", vec![scale("db-drill")])).start("scale").unwrap();
    let program = action("run", "command.run", json!({"argv": ["rm", "-r", "/srv"]}));
    assert!(refused(Scene::drill(book_of("r", vec![program])).start("run")).contains("this machine"));
}

#[test]
fn r31_same_is_no_way_into_production() {
    let mut s = Scene::drill(book_of("r", vec![scale("west").in_drill(DrillForm::Same)]));
    refused(s.start("scale"));
}

#[test]
fn r31_talk_sends_nothing() {
    let mut s = Scene::drill(book_of("r", vec![scale("db-drill").in_drill(DrillForm::Talk)]));
    assert!(refused(s.start("scale")).contains("talked through"));
}

#[test]
fn r31_the_drill_form_is_what_runs_and_wants_no_approval() {
    let mut s = Scene::drill(book_of("r", vec![promote()]));
    assert_eq!(s.call("promote", RunKind::First).unwrap().action, "postgres.check_standby");
    s.start("promote").unwrap();
    assert!(!s.state.is_past_irreversible(), "nothing was promoted");
}

#[test]
fn r31_what_a_drill_does_instead_waits_for_no_proof_of_the_real_thing() {
    let mut s = Scene::drill(book_of("r", vec![promote(), check("after")]));
    let run = s.start("promote").unwrap();
    s.ends("promote", &run, Outcome::succeeded("it could take over"));
    assert_eq!(s.status("promote"), Status::Succeeded, "the standby stays one: the gate would never hold");
    s.confirm("after").unwrap();
    assert_eq!(s.replayed(), s.state);
    // The real thing on a connection marked for drills is proven like any other.
    let real = action("promote", "postgres.promote", json!({"via": "db-drill"})).proven_by(sql_gate("db-drill", None));
    let mut s = Scene::drill(book_of("r", vec![real]));
    let run = s.start("promote").unwrap();
    s.ends("promote", &run, Outcome::succeeded("took over"));
    assert_eq!(s.status("promote"), Status::Verifying);
}

#[test]
fn r31_a_drill_form_that_mutates_is_bound_to_drill_connections_too() {
    let form = |via: &str| DrillForm::Other(other("postgres.allow_writes", via));
    let reads = || action("look", "postgres.check_standby", json!({"via": "db-west"}));
    refused(Scene::drill(book_of("r", vec![reads().in_drill(form("db-west"))])).start("look"));
    Scene::drill(book_of("r", vec![reads().in_drill(form("db-drill"))])).start("look").unwrap();
}

#[test]
fn r31_a_drill_form_that_this_lifeboat_does_not_know_is_not_taken_for_harmless() {
    let reads = action("look", "postgres.check_standby", json!({"via": "db-west"}));
    let book = book_of("r", vec![reads.in_drill(DrillForm::Other(other("redis.flushall", "db-west")))]);
    let (traits, _) = traits_of(&book_of("r", vec![action("look", "postgres.check_standby", json!({}))]));
    let mut s = Scene::drill(book_of("first", vec![check("a")]));
    let open = Command::OpenRunbook { runbook: Box::new(book), traits, drill_traits: Traits::new() };
    assert!(refused(s.ada(open)).contains("redis.flushall"));
}

#[test]
fn r31_the_undo_of_a_drill_form_is_not_the_undo_of_the_real_thing() {
    let back = UndoForm::Other(other("postgres.allow_writes", "db-west"));
    let mut s = Scene::drill(book_of("r", vec![promote_like().undone_by(back)]));
    let run = s.start("go").unwrap();
    s.ends("go", &run, Outcome::succeeded("it is a standby"));
    refused(s.undo("go"));
    // Also where it would stay on a drill connection: what the drill did was something else.
    let back = UndoForm::Other(other("postgres.allow_writes", "db-drill"));
    let mut s = Scene::drill(book_of("r", vec![promote_like().undone_by(back)]));
    s.done("go");
    assert!(refused(s.undo("go")).contains("no undo"));
    // Nor does the undo of what only reads.
    let reads = action("look", "postgres.check_standby", json!({"via": "db-west"}));
    let back = UndoForm::Other(other("postgres.allow_writes", "db-west"));
    let mut s = Scene::drill(book_of("r", vec![reads.undone_by(back)]));
    s.done("look");
    assert!(refused(s.undo("look")).contains("db-west is not marked"));
    // Nor does an undo by another action reach production from a drill connection.
    let back = UndoForm::Other(other("postgres.allow_writes", "db-west"));
    let mut s = Scene::drill(book_of("r", vec![scale("db-drill").undone_by(back)]));
    s.done("scale");
    assert!(refused(s.undo("scale")).contains("db-west is not marked"));
}

fn promote_like() -> lifeboat::plan::Step {
    let form = DrillForm::Other(other("postgres.check_standby", "db-west"));
    action("go", "postgres.allow_writes", json!({"via": "db-west", "roles": ["app"]})).in_drill(form)
}

#[test]
fn r31_outside_a_drill_nothing_is_talked_through() {
    let mut s = Scene::steps(vec![check("a")]);
    assert!(refused(s.ben(Command::TalkThrough { step: id("a"), note: None })).contains("no drill"));
}

#[test]
fn r06_the_marks_of_the_declaration_decide_not_those_of_today() {
    let mut s = Scene::drill(book_of("r", vec![scale("west")]));
    let journaled = s.state.head.as_ref().unwrap();
    assert_eq!(journaled.digest, journaled.facts.digest());
    assert_eq!(journaled.facts.drill_connections, ["db-drill"]);
    refused(s.start("scale"));
}
