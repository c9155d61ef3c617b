//! A console that dies while it acts on real servers: before it sends, after it has sent, after the answer came. What
//! happened is asked of the servers; another console finds the step unknown, reads it back and goes on.
#![allow(clippy::disallowed_methods, reason = "real servers run in real time; every wait is bounded")]

#[path = "console/driver.rs"]
#[allow(dead_code, reason = "one step needs a part of it")]
mod driver;
#[path = "death/kill.rs"]
mod kill;
mod support;

use std::{
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use driver::Driver;
use kill::{Moment, When};
use lifeboat::{
    console::{Reply, Request},
    incident::{RunKind, Status},
};
use support::{
    cluster::Lab,
    lab::{Piece, script},
    real::Night,
};

const FOLDER: &str = "LIFEBOAT_TEST_FOLDER";
const DIES: &str = "LIFEBOAT_TEST_DIES";
const LONG: Duration = Duration::from_secs(90);

/// When Ada's console dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dies {
    BeforeSending,
    /// By our hand, once the server has taken the request.
    AfterSending,
    AfterTheAnswer,
}

/// What the other process runs: Ada starts the work. By itself it does nothing.
#[test]
fn as_a_console_that_dies() {
    let (Some(folder), Ok(dies)) = (std::env::var_os(FOLDER), std::env::var(DIES)) else { return };
    ready();
    match dies.as_str() {
        "BeforeSending" => kill::when(When::Records("action_started"), Moment::AfterCommit),
        "AfterTheAnswer" => kill::when(When::Records("part_ended"), Moment::BeforeCommit),
        _ => {}
    }
    let mut ada = Driver::new("Ada", Night { folder: PathBuf::from(folder) }.console("Ada"));
    ada.set_going("work", RunKind::First);
    ada.until_step("work", Status::Succeeded);
    panic!("Ada's console lives");
}

fn ready() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

fn ada(folder: &Path, dies: Dies) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "as_a_console_that_dies", "--nocapture", "--test-threads=1"])
        .env(FOLDER, folder)
        .env(DIES, format!("{dies:?}"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + LONG;
    while !holds() {
        assert!(Instant::now() < deadline, "{what}: not within {LONG:?}");
        std::thread::park_timeout(Duration::from_millis(20));
    }
}

/// Waits for its death, by its own hand or ours.
fn is_dead(mut ada: Child) {
    let mut ended = None;
    wait_for("Ada's console is dead", || {
        ended = ada.try_wait().unwrap();
        ended.is_some()
    });
    assert_eq!(ended.unwrap().signal(), Some(9), "it was killed");
}

/// Ben finds the step unknown, cannot start it again, and reads it back until it is known.
fn ben_reads_back(night: &Night, ben: &mut Driver) -> Status {
    ben.until_step("work", Status::Unknown);
    let again = ben.refused(Driver::agreement("work", RunKind::First, ben.preview("work")));
    assert!(again.to_string().contains("read it back"), "{again}");
    let deadline = Instant::now() + LONG;
    loop {
        match ben.ask(Request::ReadBack { step: "work".into() }) {
            Reply::Done { .. } => break,
            // It was sent only now, the servers say: it may still come about.
            Reply::Refused { .. } if Instant::now() < deadline => std::thread::park_timeout(Duration::from_millis(500)),
            other => panic!("{other:?}"),
        }
    }
    night.state().step(&"work".into()).unwrap().status
}

fn after_the_death(night: &Night, dies: Dies) {
    let mut ben = Driver::new("Ben", night.console("Ben"));
    let found = ben_reads_back(night, &mut ben);
    if dies == Dies::BeforeSending {
        assert_eq!(found, Status::Failed, "nothing had been sent");
        ben.set_going("work", RunKind::Retry);
    }
    ben.until_step("work", Status::Succeeded);
    ben.ends();
    night.the_journal_is_whole();
    let starts = if dies == Dies::BeforeSending { 2 } else { 1 };
    assert_eq!((night.count("action_started"), night.count("console_lost")), (starts, 1));
}

fn plan(connections: &str, action: &str) -> String {
    format!(
        "apiVersion: lifeboat/v1
kind: Plan
name: night
connections:
{connections}
---
apiVersion: lifeboat/v1
kind: Runbook
name: by-hand
title: By hand
steps:
  - {{id: work, title: Do the work, {action}, timeout: 60s, takes: 1m}}
"
    )
}

// --- Kubernetes, through a proxy

/// How often the deployment was changed, by whomever.
fn generation(lab: &Lab) -> u64 {
    lab.kubectl(&["get", "deployment", "-n", "production", "user-service", "-o", "jsonpath={.metadata.generation}"])
        .parse()
        .unwrap()
}

#[test]
fn r07_r08_a_restart_whose_console_dies_happens_once() {
    ready();
    let lab = Lab::take();
    let proxy = Piece::up("toxiproxy", &[]);
    let login = |user: &str| std::fs::read_to_string(lab.piece.text(&format!("/kubeconfigs/{user}"))).unwrap();
    let server = login("act").split("https://").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let way = script("toxiproxy", "proxy.sh", &[proxy.text("/api"), "api", "127.0.0.1:0", &server]).trim().to_owned();
    for dies in [Dies::BeforeSending, Dies::AfterSending, Dies::AfterTheAnswer] {
        let folder = tempfile::tempdir().unwrap();
        let file = |user: &str| {
            let file = folder.path().join(format!("{user}.kubeconfig"));
            std::fs::write(&file, login(user).replace(&server, &way)).unwrap();
            format!("{user}: {{context: lab, kubeconfig: \"{}\"}}", file.display())
        };
        let connection = format!("  k8s: {{every: 2s, kubernetes: {{{}, {}}}}}", file("observe"), file("act"));
        let action = "action: kubernetes.restart, with: {via: k8s, namespace: production, deployments: [user-service]}";
        let night = Night::begin(folder.path(), &plan(&connection, action));
        let before = generation(&lab);
        if dies == Dies::AfterSending {
            // Each answer takes this long, so that one can die before it comes.
            script("toxiproxy", "toxic.sh", &[proxy.text("/api"), "api", "downstream", "latency", r#"{"latency": 2000}"#]);
        }
        let mut child = ada(folder.path(), dies);
        if dies == Dies::AfterSending {
            wait_for("the request has arrived", || generation(&lab) > before);
            child.kill().unwrap();
            script("toxiproxy", "well.sh", &[proxy.text("/api"), "api"]);
        }
        is_dead(child);
        assert_eq!(night.count("part_ended"), 0, "{dies:?}: nobody has said how it went");
        let sent = if dies == Dies::BeforeSending { 0 } else { 1 };
        assert_eq!(generation(&lab) - before, sent, "{dies:?}");
        after_the_death(&night, dies);
        assert_eq!(generation(&lab) - before, 1, "{dies:?}: it was restarted once");
    }
}

// --- PostgreSQL

#[test]
fn r07_r08_a_promotion_whose_console_dies_happens_once() {
    ready();
    // While it waits for the answer: walk two of lab_walk.rs.
    for dies in [Dies::BeforeSending, Dies::AfterTheAnswer] {
        let postgres = Piece::up("postgres", &[]);
        let folder = tempfile::tempdir().unwrap();
        let login =
            |role: &str| format!("{{user: {role}, password: {{file: \"{}\"}}}}", postgres.text(&format!("/secrets/{role}")));
        let connection = format!(
            "  db: {{every: 1s, postgres: {{host: localhost, port: {}, dbname: orders, ca: \"{}\", observe: {}, act: {}}}}}",
            postgres.number("/replica/port"),
            postgres.text("/ca"),
            login("observe"),
            login("act")
        );
        let night =
            Night::begin(folder.path(), &plan(&connection, "action: postgres.promote, with: {via: db}, irreversible: true"));
        is_dead(ada(folder.path(), dies));
        let standby = || asks(&postgres, "select pg_is_in_recovery()");
        assert_eq!(standby(), if dies == Dies::BeforeSending { "t" } else { "f" });
        after_the_death(&night, dies);
        assert_eq!(standby(), "f");
        asks(&postgres, "checkpoint");
        assert_eq!(asks(&postgres, "select timeline_id from pg_control_checkpoint()"), "2", "{dies:?}: promoted once");
    }
}

/// What the replica says to its superuser.
fn asks(postgres: &Piece, query: &str) -> String {
    let password = std::fs::read_to_string(postgres.text("/secrets/postgres")).unwrap();
    let (port, ca) = (postgres.number("/replica/port"), postgres.text("/ca"));
    let output = Command::new("psql")
        .arg(format!("host=localhost port={port} user=postgres dbname=orders sslmode=verify-full sslrootcert={ca}"))
        .args(["-At", "-c", query])
        .env("PGPASSWORD", password)
        .env("PGCONNECT_TIMEOUT", "3")
        .output()
        .unwrap();
    assert!(output.status.success(), "{query}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
