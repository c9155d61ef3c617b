//! Two and twenty consoles on one file: each step starts once, and what others do is on screen at once.
#![allow(clippy::disallowed_methods, reason = "how long it takes is real time")]

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command as Process, Stdio},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use lifeboat::{
    console::commit::{Commit, NotDone},
    incident::{Actor, Command, Consent, Declaration, Event, PlanFacts, facts::traits_of},
    journal::{JournalError, Read, Reader, Writer, verify},
    model::{Clock, ConsoleId, Identity, IncidentId, PartPreview, Preview, Request, RunId, Severity, StepId, Time},
    plan::{Runbook, Step},
    systems::{SystemClock, catalogue},
};

use super::{driver::Driver, site::Site, support::records::runbook};

/// What is measured is not measured beside the crowd.
static ALONE: Mutex<()> = Mutex::new(());

const CONSOLES: usize = 20;
const STEPS: usize = 125;
/// Each console tries each step so often.
const ROUNDS: usize = 4;
/// Of somebody whose journal was busy.
const PRESSES: usize = 20;

fn step_id(n: usize) -> StepId {
    StepId::from(format!("step-{n}"))
}

/// A runbook of actions that wait for nothing.
fn book() -> Runbook {
    let step = |n: usize| -> Step {
        serde_json::from_value(serde_json::json!({
            "id": step_id(n), "title": format!("Action number {n}"), "needs": [], "action": "kubernetes.scale",
            "with": {"via": "west", "namespace": "prod", "deployments": ["api"], "replicas": n},
        }))
        .unwrap()
    };
    let mut book = runbook();
    book.phases[0].steps = (0..STEPS).map(step).collect();
    book
}

fn consent(n: usize, now: Time) -> Consent {
    let preview = Preview {
        action: "kubernetes.scale".into(),
        target: "west".into(),
        identity: Identity::default().with("cluster", "3f1c"),
        requests: vec![Request { to: "west".into(), text: format!("PATCH scale to {n}") }],
        parts: vec![PartPreview { name: "api".into(), change: format!("to {n}"), before: None }],
        effects: vec![],
        warnings: vec![],
        made: now,
    };
    Consent { preview, typed: None }
}

fn commit(path: &Path, name: &str) -> (Commit, Actor) {
    let actor = Actor::new(name, ConsoleId::from(format!("console-{name}")));
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let writer = Writer::open(path, "orders", &actor.console, name, clock.now()).unwrap();
    (Commit::new(writer, clock).unwrap(), actor)
}

/// What one console of the crowd came to.
#[derive(Default)]
struct Tally {
    started: usize,
    refused: usize,
    /// Neither: that must not be.
    other: Vec<String>,
}

/// Every step, each console in an order of its own, so that all of them meet.
fn attempts(path: &Path, name: &str, nth: usize) -> Tally {
    let (mut commit, actor) = commit(path, name);
    println!("\nready");
    std::io::stdout().flush().unwrap();
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).unwrap();
    let incident = IncidentId::numbered(1);
    let mut tally = Tally::default();
    for round in 0..ROUNDS {
        for at in 0..STEPS {
            // The first round is one race for each step; the others come from another side.
            let n = if round == 0 { at } else { (at * 7 + nth) % STEPS };
            let run = RunId::from(format!("{name}-{round}-{n}"));
            let command = Command::Start { step: step_id(n), run, consent: consent(n, commit.clock.now()) };
            let mut came = commit.submit(&incident, &command, &actor);
            // A machine that has too much to do keeps some waiting too long; nothing was written, and they press again.
            for _ in 0..PRESSES {
                if !matches!(came, Err(NotDone::Journal(JournalError::Busy { .. }))) {
                    break;
                }
                came = commit.submit(&incident, &command, &actor);
            }
            match came {
                Ok(records) if records.len() == 1 => tally.started += 1,
                Err(NotDone::Refused(refusal)) if explains(&refusal.to_string(), n) && !refusal.instead.is_empty() => {
                    tally.refused += 1;
                }
                Ok(records) => tally.other.push(format!("{} records at once", records.len())),
                Err(error) => tally.other.push(format!("{error:?}")),
            }
        }
    }
    tally
}

/// A refusal says of which step it speaks and that it runs.
fn explains(refusal: &str, n: usize) -> bool {
    refusal.contains(&format!("Action number {n}")) && refusal.contains("running")
}

#[test]
fn r07_ten_thousand_attempts_of_twenty_consoles_start_each_step_once() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.db");
    prepare(&path);
    let began = Instant::now();
    let mut children: Vec<_> = (0..CONSOLES).map(|nth| Console::start(&path, nth)).collect();
    children.iter_mut().for_each(Console::until_ready);
    let ready = began.elapsed();
    children.iter_mut().for_each(Console::go);
    let tallies: Vec<_> = children.into_iter().map(Console::tally).collect();
    println!("{CONSOLES} consoles were ready after {ready:?}, and done {:?} later", began.elapsed() - ready);

    let other: Vec<_> = tallies.iter().flat_map(|tally| &tally.other).collect();
    assert!(other.is_empty(), "neither started nor refused in words: {other:?}");
    let sum = |of: fn(&Tally) -> usize| tallies.iter().map(of).sum::<usize>();
    let (started, refused) = (sum(|tally| tally.started), sum(|tally| tally.refused));
    assert_eq!((started, refused), (STEPS, CONSOLES * STEPS * ROUNDS - STEPS));
    assert!(tallies.iter().filter(|tally| tally.started > 0).count() > 1, "they did race");

    let seen = verify(&path, None).unwrap();
    assert!(seen.is_good(), "{seen:?}");
    let records = Reader::open(&path).unwrap().incident(&IncidentId::numbered(1)).unwrap();
    let starts = records.iter().filter_map(|record| match &record.event {
        Event::ActionStarted { step, .. } => Some(step.clone()),
        _ => None,
    });
    let starts: Vec<_> = starts.collect();
    assert_eq!(starts.iter().collect::<BTreeSet<_>>().len(), STEPS);
    assert_eq!((starts.len(), records.len() as u64), (STEPS, seen.records), "each once, and nothing else was written");
}

/// Declared, with the runbook open.
fn prepare(path: &Path) {
    let (mut commit, actor) = commit(path, "Ada");
    let now = commit.clock.now();
    let facts = PlanFacts { plan: "orders".into(), ..PlanFacts::default() };
    let declaration = Declaration {
        title: "everything at once".into(),
        drill: false,
        scenario: None,
        severity: Severity::new(1),
        began: now,
        impacts: vec![],
        facts,
    };
    commit.declare(&declaration, &[], &actor).unwrap();
    let (traits, drill_traits) = traits_of(&book(), &catalogue());
    assert_eq!(traits.len(), STEPS);
    let open = Command::OpenRunbook { runbook: Box::new(book()), traits, drill_traits };
    commit.submit(&IncidentId::numbered(1), &open, &actor).unwrap();
}

/// One console of the crowd, in a process of its own.
struct Console {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Console {
    fn start(path: &Path, nth: usize) -> Self {
        let mut child = Process::new(std::env::current_exe().unwrap())
            .args(["--exact", "crowd::as_one_of_the_crowd", "--nocapture", "--test-threads=1"])
            .env("CROWD_JOURNAL", path)
            .env("CROWD_NTH", nth.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    fn until_ready(&mut self) {
        assert!(self.lines.any(|line| line.unwrap() == "ready"));
    }

    fn go(&mut self) {
        self.child.stdin.as_mut().unwrap().write_all(b"go\n").unwrap();
    }

    fn tally(mut self) -> Tally {
        let mut tally = Tally::default();
        for line in self.lines.by_ref() {
            let line = line.unwrap();
            match line.split_once(' ') {
                Some(("started", n)) => tally.started = n.parse().unwrap(),
                Some(("refused", n)) => tally.refused = n.parse().unwrap(),
                Some(("other", what)) => tally.other.push(what.to_owned()),
                _ => {}
            }
        }
        assert!(self.child.wait().unwrap().success());
        tally
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What each of them runs; by itself it does nothing.
#[test]
fn as_one_of_the_crowd() {
    let Some(path) = std::env::var_os("CROWD_JOURNAL").map(PathBuf::from) else { return };
    let nth: usize = std::env::var("CROWD_NTH").unwrap().parse().unwrap();
    let tally = attempts(&path, &format!("p{nth}"), nth);
    println!("started {}\nrefused {}", tally.started, tally.refused);
    tally.other.iter().take(5).for_each(|what| println!("other {what}"));
}

#[test]
fn what_others_do_is_on_screen_within_half_a_second() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let site = Site::quiet();
    let ada = site.ada_at_the_actions();
    let mut ben = site.joined_by("Ben");
    let mut dee = site.viewer("Dee");
    dee.until("the incident is on screen", |p| p.book.is_some());
    // Each wait has its own end. A machine that is busy with other things may be late now and then: it gets some rounds.
    let mut rounds = Vec::new();
    for round in 0..5 {
        let console = median((0..9).map(|n| shown_after(&ada, &mut ben, &format!("seen {n} at {round}"))));
        let viewer = median((0..9).map(|n| shown_after(&ada, &mut dee, &format!("looked {n} at {round}"))));
        println!("what others record is on screen after {console:?}, a viewer's after {viewer:?} (median of 9)");
        rounds.push(console.max(viewer));
        if console.max(viewer) < Duration::from_millis(500) {
            break;
        }
    }
    assert!(rounds.iter().min().is_some_and(|best| *best < Duration::from_millis(500)), "{rounds:?}");
    for driver in [ada, ben, dee] {
        driver.ends();
    }
}

/// From when Ada is told that her note is durable until the other screen has it.
fn shown_after(ada: &Driver, other: &mut Driver, text: &str) -> Duration {
    ada.says(Command::Note { text: text.to_owned(), happened: None });
    let said = Instant::now();
    other.until("the note", |p| p.journal.iter().any(|line| line.text.contains(text)));
    said.elapsed()
}

fn median(spans: impl Iterator<Item = Duration>) -> Duration {
    let mut spans: Vec<_> = spans.collect();
    spans.sort();
    spans[spans.len() / 2]
}
