//! R5: hold. R7 and R8: running and not knowing. R10: closing.

use lifeboat::{
    incident::{Command, Event, Resolution, RunKind, Status},
    model::{ConsoleId, Outcome, PartReport, RunId},
};

use super::scene::*;

fn hold(why: &str) -> Command {
    Command::Hold { why: why.into() }
}
fn close(why: &str) -> Command {
    Command::Close { resolution: Resolution::Resolved, why: why.into() }
}
fn lost(step: &str, run: &RunId, console: &str) -> Command {
    Command::ReportConsoleLost { step: id(step), run: run.clone(), console: ConsoleId::from(console) }
}

/// Ben's console died over a step that runs.
fn ben_is_lost() -> (Scene, RunId) {
    let mut s = Scene::steps(vec![stop_writes()]);
    let run = s.start("stop-writes").unwrap();
    s.report("stop-writes", &run, "user-service", Outcome::succeeded("0")).unwrap();
    s.ada(lost("stop-writes", &run, "console of Ben")).unwrap();
    (s, run)
}

fn resolve(happened: bool) -> Command {
    let (step, part) = (id("stop-writes"), "tenant-service".to_owned());
    Command::ResolveUnknown { step, part, happened, why: "I looked".into() }
}

#[test]
fn r05_hold_stops_anything_new_on_every_console() {
    let mut s = Scene::steps(vec![stop_writes(), fence().needs(&[])]);
    s.done("stop-writes");
    s.cy(hold("")).unwrap();
    for who in ["Ada", "Ben", "Cy"] {
        assert!(refused(s.act(who, "fence", RunKind::First)).contains("Cy holds"));
        refused(s.act(who, "stop-writes", RunKind::Undo));
    }
    s.ada(Command::Release).unwrap();
    s.start("fence").unwrap();
}

#[test]
fn r05_hold_does_not_stop_what_runs_nor_its_reports() {
    let mut s = Scene::steps(vec![stop_writes()]);
    let run = s.start("stop-writes").unwrap();
    s.ada(hold("wait for the network team")).unwrap();
    s.ends("stop-writes", &run, Outcome::failed("403"));
    assert!(refused(s.retry("stop-writes")).contains("wait for the network team"));
}

#[test]
fn r05_one_holds_and_release_is_a_command() {
    let mut s = Scene::steps(vec![stop_writes()]);
    refused(s.ada(Command::Release));
    s.ada(hold("")).unwrap();
    assert!(refused(s.ben(hold(""))).contains("Ada holds"));
    s.ada(close("done")).unwrap();
    s.ada(Command::Reopen { why: "it is not".into() }).unwrap();
    assert!(refused(s.start("stop-writes")).contains("holds"), "closing and reopening is no release");
}

#[test]
fn r05_hold_stops_talking_through_in_a_drill() {
    let mut s = Scene::drill(book_of("r", vec![check("a")]));
    s.ada(hold("coffee")).unwrap();
    refused(s.ben(Command::TalkThrough { step: id("a"), note: None }));
}

// ---- R7

#[test]
fn r07_the_start_names_parts_and_console() {
    let mut s = Scene::steps(vec![stop_writes()]);
    s.start("stop-writes").unwrap();
    let record = s.records.last().unwrap();
    assert_eq!(record.who, at_console("Ben"));
    assert!(matches!(&record.event, Event::ActionStarted { parts, .. } if parts == &["user-service", "tenant-service"]));
}

#[test]
fn r07_a_step_that_runs_is_started_by_nobody_else() {
    let mut s = Scene::steps(vec![stop_writes()]);
    let run = s.start("stop-writes").unwrap();
    assert!(refused(s.act("Ada", "stop-writes", RunKind::First)).contains("running at Ben's"));
    s.ends("stop-writes", &run, Outcome::failed("403"));
    let consent = s.consent("stop-writes", RunKind::Retry);
    assert!(refused(s.act_with("Ada", "stop-writes", RunKind::Retry, run, consent)).contains("has been started"));
}

#[test]
fn r07_a_run_id_is_used_once_also_in_another_runbook() {
    let mut s = Scene::with(book_of("first", vec![stop_writes()]));
    let run = s.start("stop-writes").unwrap();
    s.ends("stop-writes", &run, Outcome::succeeded("0"));
    s.open(&book_of("second", vec![fence()])).unwrap();
    let consent = s.consent("fence", RunKind::First);
    assert!(refused(s.act_with("Ben", "fence", RunKind::First, run, consent)).contains("has been started"));
}

#[test]
fn r07_only_another_console_that_names_the_right_one_calls_it_lost() {
    let mut s = Scene::steps(vec![stop_writes()]);
    let run = s.start("stop-writes").unwrap();
    assert!(refused(s.ben(lost("stop-writes", &run, "console of Ben"))).contains("runs at Ben's"), "not by itself");
    refused(s.ada(lost("stop-writes", &run, "console of Cy")));
    s.ada(lost("stop-writes", &run, "console of Ben")).unwrap();
    assert_eq!(s.status("stop-writes"), Status::Unknown);
    refused(s.ada(lost("stop-writes", &run, "console of Ben")));
}

#[test]
fn r07_only_parts_without_an_end_become_unknown() {
    let (s, _) = ben_is_lost();
    let step = s.state.step(&id("stop-writes")).unwrap();
    assert_eq!((step.succeeded_parts(), step.unknown_parts()), (vec!["user-service".into()], vec!["tenant-service".into()]));
}

#[test]
fn r07_only_the_console_that_runs_it_reports_its_course() {
    let mut s = Scene::steps(vec![stop_writes()]);
    let run = s.start("stop-writes").unwrap();
    let report = PartReport::new("user-service", Outcome::succeeded("0"));
    assert!(refused(s.ada(Command::ReportPart { step: id("stop-writes"), run: run.clone(), report })).contains("at Ben's"));
    let (part, text) = ("user-service".to_owned(), "2 of 3".to_owned());
    refused(s.ada(Command::ReportProgress { step: id("stop-writes"), run, part, text }));
}

#[test]
fn r07_a_late_outcome_is_accepted_after_its_console_was_taken_for_dead() {
    let (mut s, run) = ben_is_lost();
    s.report("stop-writes", &run, "tenant-service", Outcome::succeeded("0")).unwrap();
    assert_eq!(s.status("stop-writes"), Status::Succeeded);
}

#[test]
fn r07_a_late_outcome_is_accepted_after_the_close_and_after_a_switch() {
    let (mut s, run) = ben_is_lost();
    s.ben(resolve(false)).unwrap();
    s.open(&book_of("second", vec![stop_writes(), fence()])).unwrap();
    s.ada(close("enough")).unwrap();
    s.report("stop-writes", &run, "tenant-service", Outcome::succeeded("0")).unwrap();
    assert_eq!(s.status("stop-writes"), Status::Open, "the open runbook's step of that name is another one");
    s.ada(Command::Reopen { why: "late news".into() }).unwrap();
    s.open(&book_of("a runbook", vec![stop_writes()])).unwrap();
    assert_eq!(s.status("stop-writes"), Status::Succeeded, "it is there once one goes back");
}

#[test]
fn r07_a_late_unknown_does_not_unsettle_what_was_read_back() {
    let (mut s, run) = ben_is_lost();
    let reports = vec![PartReport::new("tenant-service", Outcome::succeeded("0 replicas"))];
    s.ada(Command::ReadBack { step: id("stop-writes"), run: run.clone(), reports }).unwrap();
    s.report("stop-writes", &run, "tenant-service", Outcome::unknown("timed out")).unwrap();
    assert_eq!(s.status("stop-writes"), Status::Succeeded);
}

#[test]
fn r07_a_late_word_that_says_nothing_new_takes_no_proof_back() {
    let mut s = Scene::steps(vec![stop_writes().proven_by(sql_gate("db-west", None)), check("next")]);
    let run = s.start("stop-writes").unwrap();
    s.ada(lost("stop-writes", &run, "console of Ben")).unwrap();
    for part in ["user-service", "tenant-service"] {
        let (step, part) = (id("stop-writes"), part.to_owned());
        s.ada(Command::ResolveUnknown { step, part, happened: true, why: "seen".into() }).unwrap();
    }
    s.holds("stop-writes").unwrap();
    s.confirm("next").unwrap();
    s.report("stop-writes", &run, "user-service", Outcome::succeeded("0")).unwrap();
    assert_eq!(s.status("stop-writes"), Status::Succeeded);
    s.report("stop-writes", &run, "tenant-service", Outcome::failed("in truth: 403")).unwrap();
    assert_eq!(s.status("stop-writes"), Status::Partial, "but truth is truth");
}

// ---- R8

#[test]
fn r08_unknown_is_resolved_by_read_back() {
    let (mut s, run) = ben_is_lost();
    let told = |outcome| vec![PartReport::new("tenant-service", outcome)];
    let back = |reports| Command::ReadBack { step: id("stop-writes"), run: run.clone(), reports };
    assert!(refused(s.ada(back(told(Outcome::unknown("no answer"))))).contains("no answer"));
    refused(s.ada(back(vec![PartReport::new("user-service", Outcome::failed("not asked"))])));
    s.ada(back(told(Outcome::failed("3 replicas")))).unwrap();
    assert_eq!(s.status("stop-writes"), Status::Partial);
    refused(s.ada(back(told(Outcome::failed("again")))));
    s.retry("stop-writes").unwrap();
}

#[test]
fn r08_or_by_a_person_with_a_reason() {
    let (mut s, _) = ben_is_lost();
    let (step, part) = (id("stop-writes"), "tenant-service".to_owned());
    let mute = Command::ResolveUnknown { step, part, happened: true, why: " ".into() };
    assert!(refused(s.ben(mute)).contains("reason"));
    s.ben(resolve(true)).unwrap();
    assert_eq!(s.status("stop-writes"), Status::Succeeded);
    refused(s.ben(resolve(true)));
}

#[test]
fn r08_a_read_back_of_one_run_says_nothing_about_another_runs_parts() {
    let mut s = Scene::steps(vec![stop_writes()]);
    let first = s.start("stop-writes").unwrap();
    s.ends("stop-writes", &first, Outcome::failed("403"));
    let second = s.retry("stop-writes").unwrap();
    s.ends("stop-writes", &second, Outcome::unknown("timed out"));
    let reports = vec![PartReport::new("user-service", Outcome::failed("it did not"))];
    refused(s.ada(Command::ReadBack { step: id("stop-writes"), run: first, reports }));
}

#[test]
fn r08_unknown_can_be_neither_skipped_failed_nor_taken_over() {
    let (mut s, _) = ben_is_lost();
    let why = || "hurry".to_owned();
    refused(s.skip("stop-writes"));
    refused(s.ben(Command::MarkFailed { step: id("stop-writes"), why: why() }));
    refused(s.ben(Command::TakeOver { step: id("stop-writes"), how: why(), happened: None }));
}

#[test]
fn r08_an_undo_that_is_unknown_can_be_settled_either_way() {
    for (happened, wanted) in [(true, Status::Undone), (false, Status::Partial)] {
        let mut s = Scene::steps(vec![stop_writes()]);
        s.done("stop-writes");
        let run = s.undo("stop-writes").unwrap();
        s.ends("stop-writes", &run, Outcome::unknown("timed out"));
        assert_eq!(s.status("stop-writes"), Status::Unknown);
        for part in ["user-service", "tenant-service"] {
            let (step, part) = (id("stop-writes"), part.to_owned());
            s.ben(Command::ResolveUnknown { step, part, happened, why: "looked".into() }).unwrap();
        }
        assert_eq!(s.status("stop-writes"), wanted);
        s.ada(close("enough")).unwrap();
    }
}

#[test]
fn r08_asking_to_stop_is_asked_once_and_ends_nothing_by_itself() {
    let mut s = Scene::steps(vec![stop_writes()]);
    let stop = || Command::AskStop { step: id("stop-writes"), why: "wrong cluster".into() };
    refused(s.ada(stop()));
    let run = s.start("stop-writes").unwrap();
    s.ada(stop()).unwrap();
    assert_eq!(s.status("stop-writes"), Status::Running);
    refused(s.ada(stop()));
    assert!(s.state.step(&id("stop-writes")).unwrap().run(&run).unwrap().stop_asked.is_some());
}

// ---- R10

#[test]
fn r10_close_is_refused_while_anything_runs_or_is_unknown() {
    let mut s = Scene::steps(vec![stop_writes()]);
    let run = s.start("stop-writes").unwrap();
    assert!(refused(s.ada(close("done"))).contains("is running"));
    s.ends("stop-writes", &run, Outcome::unknown("timed out"));
    assert!(refused(s.ada(close("done"))).contains("is unknown"));
}

#[test]
fn r10_a_runbook_cannot_be_switched_away_from_what_runs() {
    let mut s = Scene::steps(vec![stop_writes()]);
    let run = s.start("stop-writes").unwrap();
    refused(s.open(&book_of("second", vec![check("a")])));
    s.ends("stop-writes", &run, Outcome::unknown("timed out"));
    refused(s.open(&book_of("second", vec![check("a")])));
}

#[test]
fn r10_only_notes_and_late_outcomes_follow_a_close() {
    let mut s = Scene::steps(vec![stop_writes(), check("a")]);
    s.ada(close("done")).unwrap();
    s.ben(Command::Note { text: "Ben did it with kubectl".into(), happened: Some(start_of_night()) }).unwrap();
    for command in [
        Command::Confirm { step: id("a"), seen: None, happened: None },
        Command::Hold { why: String::new() },
        Command::ReportServiceHealthy { service: "training-api".into(), since: start_of_night() },
        Command::ReportClockJump { by_ms: 60_000 },
        Command::Join { role: "approver".into() },
    ] {
        assert!(refused(s.ben(command)).contains("closed"));
    }
    refused(s.start("stop-writes"));
    refused(s.ada(close("twice")));
    refused(s.ada(Command::Reopen { why: "".into() }));
    s.ada(Command::Reopen { why: "it came back".into() }).unwrap();
    s.confirm("a").unwrap_err();
    s.done("stop-writes");
    s.confirm("a").unwrap();
}

#[test]
fn r10_who_may_closes_and_says_why_when_services_are_down() {
    let mut s = Scene::steps(vec![check("a")]);
    assert!(refused(s.ben(close("done"))).contains("may not declare"));
    assert!(refused(s.ada(close(""))).contains("still down: batch, training-api"));
    refused(s.ada(Command::Close { resolution: Resolution::FalseAlarm, why: "".into() }));
    s.ada(close("handed to the vendor")).unwrap();
}
