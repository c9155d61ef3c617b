//! What may have happened: outcomes that never came, consoles that died, journals that take nothing.

use std::{
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Child, Command as Process, Stdio},
};

use lifeboat::{
    console::{Reply, Request},
    incident::{Command, Resolution, RunKind, Status},
    sim::Fault,
};

use super::{driver::step_of, site::Site};

fn scale() -> String {
    "kubernetes.scale".into()
}

#[test]
fn r08_what_took_effect_without_an_answer_is_read_back_and_never_sent_again() {
    let site = Site::quiet();
    let mut ada = site.ada_at_the_actions();
    site.platform.inject(Fault::NextActionTimesOutAfterSending { action: scale() });
    ada.set_going("scale", RunKind::First);
    let unknown = ada.until_step("scale", Status::Unknown);
    assert!(unknown.parts.iter().any(|part| part.status == "unknown"), "{:?}", unknown.parts);
    let refusal = ada.refused(super::driver::Driver::agreement("scale", RunKind::First, ada.preview("scale")));
    assert!(refusal.to_string().contains("read it back, or resolve it by hand"), "{refusal}");
    ada.done(Request::ReadBack { step: "scale".into() });
    ada.until_step("scale", Status::Succeeded);
    for part in ["training-api", "eval-api"] {
        assert_eq!(site.platform.sent("kubernetes.scale", part), 1, "{part}");
    }
    let again = ada.refused(Request::ReadBack { step: "scale".into() });
    assert!(again.why.contains("nothing of this step is unknown"), "{again}");
    ada.ends();
}

#[test]
fn r08_what_was_lost_on_its_way_reads_back_as_failed_and_is_retried_by_a_person() {
    let site = Site::quiet();
    let mut ada = site.ada_at_the_actions();
    // Somebody scaled it down before, so that it can be told from what was wanted.
    let drift = Fault::ReplicasDrift {
        connection: "west".into(),
        namespace: "prod".into(),
        deployment: "training-api".into(),
        replicas: 0,
    };
    site.platform.inject(drift);
    site.platform.inject(Fault::NextActionTimesOutOnItsWay { action: scale() });
    ada.set_going("scale", RunKind::First);
    ada.until_step("scale", Status::Unknown);
    ada.done(Request::ReadBack { step: "scale".into() });
    ada.until_step("scale", Status::Partial);
    assert_eq!(site.platform.sent("kubernetes.scale", "training-api"), 1, "nothing went out by itself");
    ada.set_going("scale", RunKind::Retry);
    ada.until_step("scale", Status::Succeeded);
    let sent = |part| site.platform.sent("kubernetes.scale", part);
    assert_eq!((sent("training-api"), sent("eval-api")), (2, 1), "only what failed was retried");
    ada.ends();
}

#[test]
fn r10_close_waits_for_what_runs_or_is_unknown_and_afterwards_only_notes_follow() {
    let site = Site::quiet();
    let mut ada = site.ada_at_the_actions();
    site.platform.inject(Fault::NextActionTimesOutAfterSending { action: scale() });
    ada.set_going("scale", RunKind::First);
    let close = || Request::Do(Command::Close { resolution: Resolution::FalseAlarm, why: "all is well".into() });
    let running = ada.refused(close());
    assert!(running.to_string().contains("is running: wait for its end"), "{running}");
    ada.until_step("scale", Status::Unknown);
    let unknown = ada.refused(close());
    assert!(unknown.to_string().contains("is unknown: read it back"), "{unknown}");
    ada.says(Command::ResolveUnknown {
        step: "scale".into(),
        part: "training-api".into(),
        happened: true,
        why: "kubectl shows it".into(),
    });
    ada.until_step("scale", Status::Succeeded);
    ada.done(close());
    let refused = ada.refused(Request::Do(Command::Skip { step: "fence".into(), why: "x".into() }));
    assert!(refused.to_string().contains("is closed") && refused.instead.contains("reopen it"), "{refused}");
    ada.says(Command::Note { text: "the probe was wrong".into(), happened: None });
    ada.says(Command::Reopen { why: "it was right".into() });
    ada.says(Command::Skip { step: "fence".into(), why: "x".into() });
    ada.ends();
}

#[test]
fn r09_a_console_that_is_left_finishes_what_runs_and_journals_it() {
    let site = Site::quiet();
    let ada = site.ada_at_the_actions();
    let mut ben = site.joined_by("Ben");
    site.platform.inject(Fault::NextActionTimesOutAfterSending { action: scale() });
    ada.set_going("scale", RunKind::First);
    ada.asks_to_end();
    assert!(!ada.has_ended(), "its run waits for an answer for half a minute");
    assert_eq!(ben.until_step("scale", Status::Running).who.as_deref(), Some("Ada"), "and others see whose it is");
    ada.until_ended();
    let parts = site.records().iter().filter(|record| record.event.kind() == "part_ended").count();
    assert_eq!(parts, 2, "both outcomes are in the journal");
    ben.until_step("scale", Status::Unknown);
    assert_eq!(site.count("console_lost"), 0, "it said itself how it went");
    ben.done(Request::ReadBack { step: "scale".into() });
    ben.until_step("scale", Status::Succeeded);
    ben.ends();
    site.assert_journal_good();
}

#[test]
fn r32_what_cannot_be_journaled_stops_acting_and_outcomes_are_said_later() {
    let site = Site::quiet();
    let mut ada = site.ada_at_the_actions();
    site.platform.inject(Fault::NextActionTimesOutAfterSending { action: scale() });
    ada.set_going("scale", RunKind::First);
    // The disk under the journal fails from here on.
    let disk = site.raw_journal();
    disk.execute_batch("CREATE TRIGGER fails BEFORE INSERT ON records BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END").unwrap();
    let fault = ada.ask(Request::Do(Command::Note { text: "anybody?".into(), happened: None }));
    let Reply::Fault { what, reason } = &fault else { panic!("{fault:?}") };
    assert!(
        what == "write to the journal" && reason.contains("gaudi3-scale.db") && reason.contains("disk I/O error"),
        "{fault:?}"
    );
    ada.until_trouble("the journal could not be written, so nothing can be done");
    let before = site.platform.sent_in_all();
    let started = ada.agree("fence", ada.preview("fence"));
    assert!(matches!(&started, Reply::Fault { what, .. } if what == "write to the journal"), "{started:?}");
    assert_eq!(site.platform.sent("postgres.fence", "app"), 0, "nothing leaves before it is durable");

    // The run ends meanwhile; its outcome waits.
    ada.until("both parts were sent", |_| site.platform.sent_in_all() == 2);
    assert!(before <= 2);
    let since = ada.look().now;
    ada.until("a minute passes", |p| (p.now - since).num_seconds() > 60);
    assert_eq!(site.count("part_ended"), 0);
    disk.execute_batch("DROP TRIGGER fails").unwrap();
    ada.until_step("scale", Status::Unknown);
    // The verification may have come by while the file held a trigger that is not Lifeboat's, and says so.
    ada.until("it can be written again", |p| !p.trouble.iter().any(|trouble| trouble.contains("could not be written")));
    assert_eq!(site.count("part_ended"), 2, "each outcome once");
    ada.ends();
    site.assert_journal_good();
}

#[test]
fn r07_r08_what_a_killed_console_ran_is_unknown_to_the_others_until_they_read_it_back() {
    let folder = tempfile::tempdir().unwrap();
    let site = Site::at(folder.path(), "quiet", 60.0);
    let mut ada = child(folder.path());
    let mut lines = BufReader::new(ada.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("it runs")), "the other console starts its action");

    // As long as the other lives, it is theirs.
    let mut ben = site.joined_by("Ben");
    assert_eq!(ben.until_step("scale", Status::Running).who.as_deref(), Some("Ada"));
    ben.until("Ada is at another console", |p| p.place.others.contains(&"Ada".to_owned()));
    assert_eq!(site.count("console_lost"), 0);

    ada.kill().unwrap();
    ada.wait().unwrap();
    ben.until_step("scale", Status::Unknown);
    assert_eq!(site.count("console_lost"), 1);
    // The platform that both would share shows that it had taken effect.
    for deployment in ["training-api", "eval-api"] {
        let (connection, namespace, deployment) = ("west".into(), "prod".into(), deployment.into());
        site.platform.inject(Fault::ReplicasDrift { connection, namespace, deployment, replicas: 2 });
    }
    ben.done(Request::ReadBack { step: "scale".into() });
    ben.until_step("scale", Status::Succeeded);
    assert_eq!(site.platform.sent_in_all(), 0, "nothing was sent from here");
    ben.ends();
    site.assert_journal_good();
}

/// Starts this test program again, as Ada's console.
fn child(folder: &std::path::Path) -> Child {
    Process::new(std::env::current_exe().unwrap())
        .args(["--exact", "unknown::as_a_console_of_its_own", "--nocapture", "--test-threads=1"])
        .env("CONSOLE_FOLDER", folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// What the child runs; by itself it does nothing.
#[test]
fn as_a_console_of_its_own() {
    let Some(folder) = std::env::var_os("CONSOLE_FOLDER") else { return };
    let site = Site::at(&PathBuf::from(folder), "quiet", 1.0);
    let mut ada = site.ada_at_the_actions();
    site.platform.inject(Fault::NextActionTimesOutAfterSending { action: scale() });
    ada.set_going("scale", RunKind::First);
    ada.until("it runs", |p| step_of(p, "scale").is_some_and(|s| s.status == Status::Running));
    println!("\nit runs");
    std::io::stdout().flush().unwrap();
    // Until it is killed, or its parent is gone.
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
}
