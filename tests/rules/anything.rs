//! Any sequence of commands from several consoles: the promises that hold whatever people do.

use std::collections::{BTreeMap, BTreeSet};

use lifeboat::{
    incident::{Actor, Command, ConditionAnswer, Event, Record, Resolution, RunKind, Settled, Status, replay},
    model::{FenceAnswer, Outcome, PartReport, RunId, Severity, StepId, Value},
    plan::{Condition, DrillForm, Runbook, UndoForm},
};
use proptest::{
    prelude::*,
    test_runner::{Config, RngSeed},
};
use serde_json::json;

use super::{automatic::by_itself, offers::follow_offers, scene::*};

/// Every kind of step, branches, undo by another action, a gate, clean-up.
fn everything() -> Runbook {
    let chosen = |way: &str| Condition::Chosen([(id("way"), way.to_owned())].into());
    let scale_back = json!({"via": "west", "namespace": "prod", "deployments": ["user-service"], "replicas": "remembered"});
    let mut clean = check("clean-up");
    clean.always = true;
    let mut ring = fence();
    ring.id = id("fence-2");
    book_of(
        "everything",
        vec![
            gate("confirm"),
            stop_writes().or_else(
                "By the other cluster",
                "kubernetes.scale",
                json!({"via": "db-drill", "namespace": "prod", "deployments": ["user-service"], "replicas": 0}),
            ),
            fence(),
            decision("way", &["replica", "backup"]).needs(&[]),
            check("backup").only_if(chosen("backup")).needs(&["way"]),
            ring.only_if(Condition::Failed(id("fence"))).needs(&[]),
            action("caught-up", "postgres.wait_caught_up", json!({"via": "db-west", "of": "db-east"}))
                .only_if(Condition::Ask("Does it answer?".into()))
                .needs(&["fence"]),
            check("isolate"),
            by_itself("by-itself", "db-drill").needs(&[]),
            promote(),
            action("login", "postgres.allow_writes", json!({"via": "db-drill", "roles": ["app"]}))
                .undone_by(UndoForm::Other(other("postgres.fence", "db-drill"))),
            action("start", "kubernetes.scale", scale_back).in_drill(DrillForm::Talk).restoring("all"),
            clean,
        ],
    )
}

/// Four numbers become a command that makes some sense in the state of the moment.
fn command(s: &mut Scene, (what, where_, how): (u8, u8, u8)) -> (Actor, Command) {
    let names = ["Ada", "Ben", "Cy", "Dan"];
    let who = at_console(names[how as usize % 4]);
    let ids: Vec<StepId> = s.state.book.iter().flat_map(|b| b.runbook.steps()).map(|s| s.id.clone()).collect();
    let step = ids.get(where_ as usize % ids.len().max(1)).cloned().unwrap_or(id("nowhere"));
    let why = || "the old primary may still take writes".to_owned();
    let at = s.state.step(&step).cloned().unwrap_or_default();
    let run = at.runs.get(how as usize % at.runs.len().max(1)).or(at.last_run()).cloned();
    let run_id = run.as_ref().map_or(RunId::from("none"), |r| r.id.clone());
    let part = run.as_ref().and_then(|r| r.parts.get(how as usize / 4 % r.parts.len())).cloned().unwrap_or("part".into());
    let mut report = match how % 3 {
        0 => PartReport::new(part.clone(), Outcome::succeeded("done")),
        1 => PartReport::new(part.clone(), Outcome::failed("403")),
        _ => PartReport::new(part.clone(), Outcome::unknown("timed out")),
    };
    if how % 2 == 0 {
        report.fence = Some(FenceAnswer::RefusesWrites { proven: s.now });
    }
    let owner = run.as_ref().map_or(who.clone(), |r| Actor::new(&r.who, r.console.clone()));
    let name = step.to_string();
    let kind = [RunKind::First, RunKind::First, RunKind::Retry, RunKind::Undo][where_ as usize / 16 % 4];
    let command = match what % 41 {
        0..=5 => {
            let (run, consent) = (s.new_run(), s.consent(&name, kind));
            match kind {
                RunKind::First => Command::Start { step, run, consent },
                RunKind::Retry => Command::Retry { step, run, consent },
                RunKind::Undo => Command::Undo { step, run, consent },
            }
        }
        6..=10 => return (owner, Command::ReportPart { step, run: run_id, report }),
        11 => Command::ReportConsoleLost { step, run: run_id, console: owner.console },
        12 => Command::ReadBack { step, run: run_id, reports: vec![report] },
        13 => Command::ResolveUnknown { step, part, happened: how % 2 == 0, why: why() },
        14 | 15 => Command::ReportGateHeld { step, proof: s.proof((how % 4).into(), (how % 5).into()) },
        16 => Command::ReportGateMissed { step, why: why() },
        17 => Command::WatchGateAgain { step },
        36 => Command::ReportProofLost { step, seen: why(), since: s.now },
        37 => Command::ReportProofRegained { step, proof: s.proof(1, 2) },
        18 => Command::OverrideGate { step, why: why() },
        19 => Command::SignOutsideFence { step, how: why(), effective: s.now },
        20 => Command::Confirm { step, seen: Some("seen".into()), happened: None },
        21 => Command::Decide { step, answer: Value::from(["replica", "backup"][how as usize % 2]) },
        22 => Command::AnswerCondition { step, answer: ConditionAnswer { needed: how % 2 == 0, why: why() } },
        23 => Command::Skip { step, why: why() },
        24 if how % 2 == 0 => Command::ReportFenceUnreachable { step, why: why() },
        24 => Command::MarkFailed { step, why: why() },
        25 => Command::TakeOver { step, how: why(), happened: Some(s.now - chrono::TimeDelta::minutes((how % 9).into())) },
        26 => Command::TalkThrough { step, note: None },
        27 => {
            let step = id("promote");
            let preview = s.preview("promote");
            let at = s.state.step(&step).cloned().unwrap_or_default();
            let asked = at.approval_asked.as_ref().map(|a| a.binding.clone());
            match (how % 4, asked) {
                (0, Some(binding)) => Command::Approve { step, binding },
                (1, Some(_)) => Command::Decline { step, why: why() },
                (2, _) => Command::BreakGlass { step, why: why() },
                _ => Command::AskApproval { step, preview: Box::new(preview) },
            }
        }
        28 => {
            let need = s.state.book.iter().flat_map(|b| b.runbook.needs_of(&step)).next().unwrap_or(id("fence"));
            Command::Waive { step, need, why: why() }
        }
        29 => match how % 3 {
            0 => Command::Hold { why: String::new() },
            _ => Command::Release,
        },
        30 => match how % 4 {
            0 => Command::Close { resolution: Resolution::Resolved, why: why() },
            _ => Command::Reopen { why: why() },
        },
        31 => {
            let inserted = check(&format!("inserted-{}", s.records.len()));
            Command::InsertStep { after: (how % 5 > 0).then_some(step), step: Box::new(inserted), why: why() }
        }
        32 => {
            let mut runbook = if where_ % 2 == 0 { everything() } else { failover() };
            runbook.phases[0].steps[how as usize % 7].title.push_str(" anew");
            let (traits, drill_traits) = traits_of(&runbook);
            match how % 2 {
                0 => Command::OpenRunbook { runbook: Box::new(runbook), traits, drill_traits },
                _ => Command::AdoptRunbook { runbook: Box::new(runbook), traits, drill_traits },
            }
        }
        33 => {
            let titles: Vec<_> = s.state.book.iter().flat_map(|b| b.runbook.step(&step)).flat_map(|s| &s.instead).collect();
            let way = titles.get(how as usize % (titles.len() + 1)).map(|way| way.title.clone());
            Command::ChooseWay { step, way, why: why() }
        }
        34 => match how % 3 {
            0 => Command::SuspendDrill { real: None, why: why() },
            _ => Command::ResumeDrill,
        },
        35 => match how % 3 {
            0 => Command::RecordNotice { to: "all".into(), how: why(), said: None, happened: Some(s.now) },
            1 => Command::ChangeScope { scope: of_services(&["batch"]), since: s.now, why: why() },
            _ => Command::ChangeScope { scope: of_services(&["training-api", "batch"]), since: s.now, why: why() },
        },
        38 if how % 3 == 0 => Command::StopAutomation { why: why() },
        38 => {
            let steps = lifeboat::incident::automation::list_of(&s.state);
            let commander = s.state.commander.clone().unwrap_or_default();
            return (at_console(&commander), Command::ConsentToAutomation { steps, by: None });
        }
        39 => {
            let due = lifeboat::incident::due(&s.state, s.now).map_or(step, |due| due.step);
            let (run, preview) = (s.new_run(), Box::new(s.preview(due.as_str())));
            return (Actor::lifeboat(&who.console), Command::StartByItself { step: due, run, preview });
        }
        _ => match how % 7 {
            0 => Command::Note { text: why(), happened: None },
            1 => Command::HandOver { to: names[where_ as usize % 4].into() },
            2 => Command::ChangeSeverity { to: Severity::new(where_ % 5), why: why() },
            3 => Command::ReportServiceHealthy { service: "training-api".into(), since: s.now - chrono::TimeDelta::minutes(2) },
            4 => Command::ReportServiceDown { service: "training-api".into(), since: s.now, seen: why() },
            5 => Command::MarkServiceRestored { service: "batch".into(), at: s.now },
            _ => {
                let running = s.state.steps.iter().find(|(_, at)| at.status == Status::Running);
                Command::AskStop { step: running.map_or(step, |(id, _)| id.clone()), why: why() }
            }
        },
    };
    (who, command)
}

type Part = (String, StepId, String);

/// What an onlooker with the journal alone would note down: what is under way, what is unknown, what is held or closed.
#[derive(Default)]
struct Onlooker {
    book: String,
    drill: bool,
    held: bool,
    suspended: bool,
    consented: BTreeMap<String, Vec<StepId>>,
    closed: bool,
    newest: BTreeMap<Part, RunId>,
    under_way: BTreeSet<Part>,
    unknown: BTreeSet<Part>,
    settled: BTreeSet<Part>,
    runs: BTreeMap<RunId, (String, StepId, Vec<String>)>,
}

impl Onlooker {
    fn part(&self, run: &RunId, part: &str) -> Option<Part> {
        let (book, step, _) = self.runs.get(run)?;
        let key = (book.clone(), step.clone(), part.to_owned());
        (self.newest.get(&key) == Some(run)).then_some(key)
    }

    fn sees(&mut self, record: &Record) {
        let event = &record.event;
        if self.closed {
            let may = matches!(
                event,
                Event::Noted { .. }
                    | Event::NoticeSent { .. }
                    | Event::Reopened { .. }
                    | Event::PartEnded { .. }
                    | Event::PartProgressed { .. }
            );
            assert!(may, "R10: after the close came {event:?}");
        }
        match event {
            Event::Declared { drill, .. } => self.drill = *drill,
            Event::RunbookOpened { runbook, .. } => self.book = runbook.name.clone(),
            Event::Held { .. } => self.held = true,
            Event::Released => self.held = false,
            Event::DrillSuspended { .. } => self.suspended = true,
            Event::DrillResumed => self.suspended = false,
            Event::AutomationConsented { steps, .. } => drop(self.consented.insert(self.book.clone(), steps.clone())),
            Event::AutomationStopped { .. } | Event::RunbookAdopted { .. } => drop(self.consented.remove(&self.book)),
            Event::Closed { .. } => {
                assert!(self.under_way.is_empty(), "R10: closed over {:?}", self.under_way);
                self.closed = true;
            }
            Event::Reopened { .. } => self.closed = false,
            Event::ActionStarted { step, run, parts, call, .. } => {
                assert!(!self.held, "R5: {step} was started while held");
                assert!(!self.suspended, "R31: {step} was started in a suspended drill");
                let production = call.via.as_deref() != Some("db-drill");
                let reads = ["postgres.check_standby", "postgres.wait_caught_up"].contains(&call.action.as_str());
                assert!(!self.drill || reads || !production, "R31: a drill sent {call:?}");
                let consented = self.consented.get(&self.book).is_some_and(|steps| steps.contains(step));
                assert!(record.who.name != Actor::LIFEBOAT || reads || consented, "R4: nobody consented to {step}");
                assert!(self.runs.insert(run.clone(), (self.book.clone(), step.clone(), parts.clone())).is_none());
                for part in parts {
                    let key = (self.book.clone(), step.clone(), part.clone());
                    assert!(!self.unknown.contains(&key), "R8: {key:?} is unknown and was sent again");
                    assert!(self.under_way.insert(key.clone()), "R7: {key:?} was started twice");
                    self.settled.remove(&key);
                    self.newest.insert(key, run.clone());
                }
            }
            Event::PartEnded { run, report, .. } => {
                if let Some(key) = self.part(run, &report.part) {
                    self.under_way.remove(&key);
                    match report.outcome {
                        Outcome::Unknown { .. } if self.settled.contains(&key) => {}
                        Outcome::Unknown { .. } => drop(self.unknown.insert(key)),
                        _ => drop(self.unknown.remove(&key)),
                    }
                }
            }
            Event::ConsoleLost { run, .. } => {
                for part in self.runs[run].2.clone() {
                    let key = self.part(run, &part).filter(|key| self.under_way.remove(key));
                    self.unknown.extend(key);
                }
            }
            Event::PartSettled { run, report, by, .. } => {
                assert!(*by == Settled::ReadBack || !matches!(report.outcome, Outcome::Unknown { .. }));
                if let Some(key) = self.part(run, &report.part) {
                    self.unknown.remove(&key);
                    self.settled.insert(key);
                }
            }
            _ => {}
        }
    }
}

/// R1 and R19, read off the state before an irreversible step set out.
fn nothing_stands_in_the_way(before: &lifeboat::incident::State, event: &Event) {
    let Event::ActionStarted { step, kind, .. } = event else { return };
    let book = before.book.as_ref().unwrap();
    if *kind == RunKind::Undo || !book.runbook.step(step).unwrap().irreversible {
        return;
    }
    let (mut seen, mut todo) = (BTreeSet::new(), book.runbook.needs_of(step));
    while let Some(need) = todo.pop() {
        if seen.insert(need.clone()) {
            let waived = before.step(step).is_some_and(|s| s.waived.contains_key(&need));
            assert!(before.status(&need).satisfies() || waived, "{step} set out over {need}: {:?}", before.status(&need));
            todo.extend(book.runbook.needs_of(&need));
        }
    }
    for (id, at) in &before.steps {
        let fences = before.traits(id).is_some_and(|t| t.fences) && !before.is_drill();
        if fences && at.status == Status::Succeeded {
            assert!(at.fence_proof().is_some() || at.outside_fence.is_some(), "R19: {id} succeeded without proof");
        }
    }
}

fn config() -> Config {
    Config { cases: 160, rng_seed: RngSeed::Fixed(20_261_120), failure_persistence: None, ..Config::default() }
}

fn play(drill: bool, moves: &[(u8, u8, u8)]) -> Scene {
    let mut s = if drill { Scene::drill(everything()) } else { Scene::with(everything()) };
    let mut onlooker = Onlooker::default();
    s.records.iter().for_each(|record| onlooker.sees(record));
    for numbers in moves {
        let (who, command) = command(&mut s, *numbers);
        let before = s.state.clone();
        let known = s.records.len();
        match s.by(&who, command) {
            Ok(_) => s.records[known..].iter().for_each(|record| {
                nothing_stands_in_the_way(&before, &record.event);
                onlooker.sees(record);
            }),
            Err(refusal) => assert!(!refusal.why.is_empty() && !refusal.instead.is_empty()),
        }
        s.later(i64::from(numbers.2 % 4) - 1);
    }
    s
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn whatever_people_do_the_rules_hold_and_the_incident_can_go_on(
        drill in prop::bool::weighted(0.3),
        moves in prop::collection::vec((any::<u8>(), any::<u8>(), any::<u8>()), 1..160),
    ) {
        let mut s = play(drill, &moves);
        prop_assert_eq!(&s.replayed(), &s.state, "replay and the state on screen are one");
        let journal: Vec<String> = s.records.iter().map(|r| serde_json::to_string(r).unwrap()).collect();
        let read: Vec<Record> = journal.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
        prop_assert_eq!(&read, &s.records, "every event is read as it was written");
        prop_assert_eq!(&replay(&read), &s.state);
        let steps = s.state.book.as_ref().unwrap().runbook.steps().count();
        follow_offers(&mut s, 40 + 20 * steps);
        prop_assert!(!s.state.is_open());
    }
}

#[test]
fn the_moves_reach_every_kind_of_event() {
    let mut seen = BTreeSet::new();
    let mut runner = proptest::test_runner::TestRunner::new(Config { cases: 120, ..config() });
    let moves = prop::collection::vec((any::<u8>(), any::<u8>(), any::<u8>()), 150..200);
    let kinds = std::cell::RefCell::new(&mut seen);
    runner
        .run(&(any::<bool>(), moves), |(drill, moves)| {
            kinds.borrow_mut().extend(play(drill, &moves).records.iter().map(|r| r.event.kind()));
            Ok(())
        })
        .unwrap();
    // What stands outside of incidents has tests of its own.
    let outside = ["armed", "disarmed", "failover_triggered", "journal_continued"];
    let rare = [
        "joined",
        "part_progressed",
        "loss_foreseen",
        "outage_start_corrected",
        "clean_before_set",
        "clock_jumped",
        "proof_lost",
        "proof_regained",
    ];
    let source = include_str!("../../src/incident/kind.rs");
    let all = source.lines().filter_map(|l| l.trim().strip_prefix("Event::")?.split_once("=> \"")?.1.strip_suffix("\","));
    let missing: Vec<_> = all.filter(|kind| !seen.contains(kind) && !rare.contains(kind) && !outside.contains(kind)).collect();
    assert!(missing.is_empty(), "never reached: {missing:?}");
}
