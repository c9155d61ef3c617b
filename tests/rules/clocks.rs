//! R11 and R24: two times of every event, and the clock of each service.

use lifeboat::{
    incident::{Command, RestoredBy, State},
    model::{Duration, Outcome, Time},
};

use super::scene::*;

fn minutes(n: i64) -> chrono::TimeDelta {
    chrono::TimeDelta::minutes(n)
}
fn down(service: &str, since: Time) -> Command {
    Command::ReportServiceDown { service: service.into(), since, seen: "probe_success is 0".into() }
}
fn healthy(service: &str, since: Time) -> Command {
    Command::ReportServiceHealthy { service: service.into(), since }
}
/// How long it was down in all, if it is up again.
fn outage(state: &State, service: &str) -> Option<Duration> {
    state.services[service].outages.iter().map(|o| Some(Duration::between(o.from, o.until?))).sum()
}

#[test]
fn r24_a_services_clock_runs_from_its_own_impact() {
    let mut declaration = Scene::declaration(false);
    declaration.impacts[1].since = start_of_night() - minutes(3);
    let mut s = Scene::default();
    s.ada(Command::Declare(Box::new(declaration))).unwrap();
    assert_eq!(s.state.services["training-api"].outages[0].from, start_of_night() - minutes(10));
    assert_eq!(s.state.services["batch"].outages[0].from, start_of_night() - minutes(3));
}

#[test]
fn r24_it_ends_at_the_start_of_health_that_held_for_its_for() {
    let mut s = Scene::steps(vec![check("a")]);
    s.later(600);
    let up = s.now;
    s.later(30);
    assert!(refused(s.ben(healthy("training-api", up))).contains("1m"), "it wants a minute");
    s.later(30);
    s.ben(healthy("training-api", up)).unwrap();
    let outages = &s.state.services["training-api"].outages;
    assert_eq!((outages[0].until, &outages[0].by), (Some(up), &Some(RestoredBy::Observed)), "not when it was believed");
}

#[test]
fn r24_sign_off_counts_only_for_a_service_without_healthy() {
    let mut s = Scene::steps(vec![check("a")]);
    let at = s.now;
    let mark = |service: &str| Command::MarkServiceRestored { service: service.into(), at };
    assert!(refused(s.ben(mark("training-api"))).contains("is observed"));
    s.ben(mark("batch")).unwrap();
    assert!(refused(s.ben(healthy("batch", at))).contains("no `healthy`"));
    refused(s.ben(mark("batch")));
}

#[test]
fn r24_restores_counts_only_for_a_service_without_healthy() {
    let mut s = Scene::steps(vec![stop_writes().restoring("all")]);
    let run = s.start("stop-writes").unwrap();
    s.report("stop-writes", &run, "user-service", Outcome::succeeded("3")).unwrap();
    assert!(s.state.services["batch"].is_down(), "the step has not ended");
    let at = s.now;
    s.report("stop-writes", &run, "tenant-service", Outcome::succeeded("3")).unwrap();
    let batch = s.state.services["batch"].outages.last().unwrap();
    assert_eq!((batch.until, &batch.by), (Some(at), &Some(RestoredBy::Step(id("stop-writes")))));
    assert!(s.state.services["training-api"].is_down(), "its health is observed");
}

#[test]
fn r24_a_step_that_ends_badly_restores_nothing() {
    let mut s = Scene::steps(vec![stop_writes().restoring("batch"), check("b").restoring("batch").needs(&[])]);
    let run = s.start("stop-writes").unwrap();
    s.ends("stop-writes", &run, Outcome::failed("403"));
    s.skip("b").unwrap();
    assert!(s.state.services["batch"].is_down());
}

#[test]
fn r24_a_relapse_resumes_the_clock() {
    let mut s = Scene::steps(vec![check("a")]);
    let up = start_of_night();
    s.later(60);
    s.ben(healthy("training-api", up)).unwrap();
    assert_eq!(outage(&s.state, "training-api"), Some(Duration::from_mins(10)));
    s.later(240);
    // Its own probe says that it fails since before it was seen healthy: nothing is counted twice.
    s.ben(down("training-api", up - minutes(1))).unwrap();
    refused(s.ben(down("training-api", up)));
    assert_eq!(s.state.services["training-api"].outages[1].from, up);
    s.later(120);
    let up_again = s.now - minutes(1);
    s.ben(healthy("training-api", up_again)).unwrap();
    assert_eq!(outage(&s.state, "training-api"), Some(Duration::from_mins(10) + Duration::between(up, up_again)));
}

#[test]
fn r24_services_that_the_plan_does_not_have_are_no_services() {
    let mut s = Scene::steps(vec![check("a")]);
    let now = s.now;
    refused(s.ben(down("billing", now)));
    refused(s.ben(down("batch", now + minutes(1))));
    let mut declaration = Scene::declaration(false);
    declaration.impacts[0].service = "billing".into();
    assert!(refused(Scene::default().ada(Command::Declare(Box::new(declaration)))).contains("billing"));
}

#[test]
fn r24_a_corrected_start_moves_the_outages_that_began_with_it() {
    let mut s = Scene::steps(vec![check("a")]);
    let began = start_of_night() - minutes(25);
    refused(s.ada(Command::CorrectOutageStart { began: s.now + minutes(1), why: "no".into() }));
    s.ada(Command::CorrectOutageStart { began, why: "the logs say so".into() }).unwrap();
    assert_eq!(s.state.head.as_ref().unwrap().began, began);
    assert_eq!(s.state.services["batch"].outages[0].from, began);
}

#[test]
fn r11_what_happened_earlier_is_entered_late_with_both_times() {
    let mut s = Scene::steps(vec![check("a")]);
    let then = start_of_night() - minutes(5);
    s.ben(Command::Confirm { step: id("a"), seen: None, happened: Some(then) }).unwrap();
    let record = s.records.last().unwrap();
    assert_eq!((record.happened, record.time()), (Some(then), then));
    assert!(record.recorded > then);
    let ahead = s.now + minutes(1);
    assert!(refused(s.ben(Command::Note { text: "x".into(), happened: Some(ahead) })).contains("future"));
}

#[test]
fn r11_only_a_jump_of_more_than_five_seconds_is_journaled() {
    let mut s = Scene::steps(vec![check("a")]);
    refused(s.ben(Command::ReportClockJump { by_ms: -5_000 }));
    s.ben(Command::ReportClockJump { by_ms: -5_001 }).unwrap();
    refused(Scene::default().ben(Command::ReportClockJump { by_ms: 60_000 }));
}

#[test]
fn r11_a_clock_that_goes_backward_breaks_nothing() {
    let mut s = Scene::with(failover());
    s.done("stop-writes");
    s.later(-7_200);
    s.done("fence");
    s.later(-7_200);
    s.ben(Command::ReportServiceDown { service: "batch".into(), since: s.now, seen: "0".into() }).unwrap_err();
    s.ben(Command::MarkServiceRestored { service: "batch".into(), at: s.now }).unwrap();
    assert_eq!(outage(&s.state, "batch"), Some(Duration::ZERO), "never less than nothing");
    assert_eq!(s.replayed(), s.state);
}

#[test]
fn r11_all_that_has_elapsed_stays_what_it_was_when_the_clock_is_set() {
    let mut s = Scene::with(failover());
    s.up_to_promote();
    s.approved("promote");
    s.ada(Command::Hold { why: "wait".into() }).unwrap();
    let ages = |s: &Scene| {
        let text = serde_json::to_value(&s.state).unwrap();
        let mut ages = Vec::new();
        times(&text, &mut |at| ages.push((s.now - at).num_seconds()));
        ages
    };
    let before = ages(&s);
    assert!(before.len() > 20, "{before:?}");
    for by_ms in [3_600_000, -3_600_000, 86_400_000] {
        s.now += chrono::TimeDelta::milliseconds(by_ms);
        let jumped = s.state.jumped;
        s.ben(Command::ReportClockJump { by_ms }).unwrap();
        s.later(-1);
        s.state.jumped = jumped;
        assert_eq!(ages(&s), before, "set by {by_ms}ms");
    }
}

/// Every moment in a tree of JSON.
fn times(value: &serde_json::Value, found: &mut dyn FnMut(Time)) {
    match value {
        serde_json::Value::String(text) => {
            if let Ok(at) = text.parse::<Time>() {
                found(at);
            }
        }
        serde_json::Value::Array(many) => many.iter().for_each(|one| times(one, found)),
        serde_json::Value::Object(map) => map.values().for_each(|one| times(one, found)),
        _ => {}
    }
}

#[test]
fn r11_a_jump_that_another_console_told_is_not_told_twice() {
    let mut s = Scene::steps(vec![check("a")]);
    s.now += chrono::TimeDelta::hours(1);
    s.ben(Command::ReportClockJump { by_ms: 3_600_000 }).unwrap();
    assert!(refused(s.ada(Command::ReportClockJump { by_ms: 3_599_900 })).contains("has told that jump"));
    s.now -= chrono::TimeDelta::hours(1);
    s.ada(Command::ReportClockJump { by_ms: -3_600_000 }).expect("back is another one");
    s.later(60);
    s.now += chrono::TimeDelta::hours(1);
    s.ada(Command::ReportClockJump { by_ms: 3_600_000 }).expect("and so is the next");
    assert_eq!(s.replayed(), s.state);
}
