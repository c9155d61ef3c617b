//! Every command in every kind of state: accepted, or refused with why and with what would make it possible.

use std::collections::BTreeSet;

use lifeboat::{
    incident::{Command, ConditionAnswer, Resolution, RunKind},
    model::{ConsoleId, IncidentId, Outcome, PartReport, RunId, Severity, StepId, Value},
};

use super::scene::*;

/// One of each, about `step`, for `run`.
fn all_commands(s: &Scene, step: &str, run: &RunId) -> Vec<Command> {
    let (step, run, why) = (StepId::from(step), run.clone(), "because".to_owned());
    let (st, rn, wh) = (|| step.clone(), || run.clone(), || why.clone());
    let consent = |kind| s.consent(step.as_str(), kind);
    let report = PartReport::new("user-service", Outcome::succeeded("0"));
    let (traits, drill_traits) = traits_of(&failover());
    let runbook = || Box::new(failover());
    vec![
        Command::Declare(Box::new(Scene::declaration(false))),
        Command::Join { role: "approver".into() },
        Command::HandOver { to: "Dan".into() },
        Command::ChangeSeverity { to: Severity::new(1), why: wh() },
        Command::CorrectOutageStart { began: s.now, why: wh() },
        Command::SetCleanBefore { before: s.now, why: wh() },
        Command::Hold { why: wh() },
        Command::Release,
        Command::Note { text: wh(), happened: None },
        Command::ReportClockJump { by_ms: 9_000 },
        Command::Close { resolution: Resolution::Duplicate, why: wh() },
        Command::Reopen { why: wh() },
        Command::ReportServiceDown { service: "batch".into(), since: s.now, seen: wh() },
        Command::ReportServiceHealthy { service: "batch".into(), since: s.now },
        Command::MarkServiceRestored { service: "training-api".into(), at: s.now },
        Command::OpenRunbook { runbook: runbook(), traits: traits.clone(), drill_traits: drill_traits.clone() },
        Command::AdoptRunbook { runbook: runbook(), traits, drill_traits },
        Command::InsertStep { after: Some(st()), step: Box::new(check("fence")), why: wh() },
        Command::AskApproval { step: st(), preview: Box::new(s.preview(step.as_str())) },
        Command::Approve { step: st(), binding: s.preview(step.as_str()).binding() },
        Command::Decline { step: st(), why: wh() },
        Command::BreakGlass { step: st(), why: wh() },
        Command::Waive { step: st(), need: id("fence"), why: wh() },
        Command::Start { step: st(), run: RunId::from("new"), consent: consent(RunKind::First) },
        Command::Retry { step: st(), run: RunId::from("new"), consent: consent(RunKind::Retry) },
        Command::Undo { step: st(), run: RunId::from("new"), consent: consent(RunKind::Undo) },
        Command::ReportProgress { step: st(), run: rn(), part: "user-service".into(), text: wh() },
        Command::ReportPart { step: st(), run: rn(), report: report.clone() },
        Command::ReportConsoleLost { step: st(), run: rn(), console: ConsoleId::from("console of Ben") },
        Command::ReadBack { step: st(), run: rn(), reports: vec![report] },
        Command::ResolveUnknown { step: st(), part: "user-service".into(), happened: true, why: wh() },
        Command::AskStop { step: st(), why: wh() },
        Command::ReportGateHeld { step: st(), proof: s.proof(2, 2) },
        Command::ReportGateMissed { step: st(), why: wh() },
        Command::ReportProofLost { step: st(), seen: wh(), since: s.now },
        Command::ReportProofRegained { step: st(), proof: s.proof(2, 2) },
        Command::WatchGateAgain { step: st() },
        Command::OverrideGate { step: st(), why: wh() },
        Command::SignOutsideFence { step: st(), how: wh(), effective: s.now },
        Command::Confirm { step: st(), seen: None, happened: None },
        Command::Decide { step: st(), answer: Value::Text("x".into()) },
        Command::AnswerCondition { step: st(), answer: ConditionAnswer { needed: true, why: wh() } },
        Command::Skip { step: st(), why: wh() },
        Command::MarkFailed { step: st(), why: wh() },
        Command::TakeOver { step: st(), how: wh(), happened: None },
        Command::TalkThrough { step: st(), note: None },
        Command::ChooseWay { step: st(), way: None, why: wh() },
        Command::ChooseWay { step: st(), way: Some("By hand".into()), why: wh() },
        Command::ChangeScope { scope: of_services(&["batch"]), since: s.now, why: wh() },
        Command::ChangeScope { scope: of_services(&["nowhere"]), since: s.now, why: wh() },
        Command::RecordNotice { to: "all".into(), how: wh(), said: None, happened: None },
        Command::SuspendDrill { real: None, why: wh() },
        Command::ResumeDrill,
        Command::ConsentToAutomation { steps: vec![st()], by: None },
        Command::StopAutomation { why: wh() },
        Command::StartByItself { step: st(), run: RunId::from("new"), preview: Box::new(s.preview(step.as_str())) },
        Command::Arm(Box::new(super::automatic::arming())),
        Command::Disarm { scenario: "region-lost".into(), why: wh() },
        Command::Trigger { scenario: "region-lost".into(), incident: IncidentId::numbered(43), proof: s.proof(60, 20) },
    ]
}

fn scenes() -> Vec<(&'static str, Scene)> {
    let running = || {
        let mut s = Scene::with(failover());
        let run = s.start("stop-writes").unwrap();
        (s, run)
    };
    let ended = |outcome: Outcome| {
        let (mut s, run) = running();
        s.ends("stop-writes", &run, outcome);
        s
    };
    let mut held = Scene::with(failover());
    held.ada(Command::Hold { why: "".into() }).unwrap();
    let mut closed = Scene::with(failover());
    closed.ada(Command::Close { resolution: Resolution::Resolved, why: "done".into() }).unwrap();
    let mut bare = Scene::default();
    bare.ada(Command::Declare(Box::new(Scene::declaration(false)))).unwrap();
    let mut promoted = Scene::with(failover());
    promoted.up_to_promote();
    promoted.approved("promote");
    promoted.done("promote");
    vec![
        ("nothing declared", Scene::default()),
        ("no runbook", bare),
        ("fresh", Scene::with(failover())),
        ("drill", Scene::drill(failover())),
        ("running", running().0),
        ("succeeded", ended(Outcome::succeeded("0"))),
        ("failed", ended(Outcome::failed("403"))),
        ("unknown", ended(Outcome::unknown("timed out"))),
        ("held", held),
        ("closed", closed),
        ("promoted", promoted),
    ]
}

#[test]
fn every_refusal_says_why_and_what_would_make_it_possible() {
    let (mut words, mut accepted) = (BTreeSet::new(), 0);
    for (what, scene) in scenes() {
        let run = scene.state.steps.values().flat_map(|s| &s.runs).next().map_or(RunId::from("none"), |r| r.id.clone());
        for step in ["stop-writes", "fence", "isolate", "promote", "tell", "nowhere"] {
            for who in ["Ada", "Ben", "Eve"] {
                for command in all_commands(&scene, step, &run) {
                    match lifeboat::incident::decide(&scene.state, &command, &at_console(who), scene.now) {
                        Ok(events) => {
                            accepted += 1;
                            assert!(!events.is_empty(), "{what}: {command:?}");
                        }
                        Err(refusal) => {
                            let good = |text: &str| !text.trim().is_empty() && text == text.trim() && !text.contains("\n");
                            assert!(good(&refusal.why) && good(&refusal.instead), "{what}: {command:?}: {refusal:?}");
                            words.insert(refusal.to_string());
                        }
                    }
                }
            }
        }
    }
    assert!(accepted > 500 && words.len() > 100, "{accepted} accepted, {} ways to refuse", words.len());
}

#[test]
fn reasons_are_not_blank() {
    let s = Scene::with(failover());
    let blank = || "  \t".to_owned();
    let step = || id("stop-writes");
    for command in [
        Command::ChangeSeverity { to: Severity::new(2), why: blank() },
        Command::CorrectOutageStart { began: s.now, why: blank() },
        Command::SetCleanBefore { before: s.now, why: blank() },
        Command::Note { text: blank(), happened: None },
        Command::Skip { step: step(), why: blank() },
        Command::MarkFailed { step: step(), why: blank() },
        Command::TakeOver { step: step(), how: blank(), happened: None },
        Command::BreakGlass { step: id("promote"), why: blank() },
        Command::HandOver { to: blank() },
        Command::ChangeScope { scope: of_services(&["batch"]), since: s.now, why: blank() },
        Command::RecordNotice { to: blank(), how: "phone".into(), said: None, happened: None },
        Command::RecordNotice { to: "all".into(), how: blank(), said: None, happened: None },
    ] {
        assert!(lifeboat::incident::decide(&s.state, &command, &at_console("Ada"), s.now).is_err(), "{command:?}");
    }
}

#[test]
fn answers_that_the_journal_could_not_carry_are_refused() {
    let mut s = Scene::steps(vec![decision("way", &[])]);
    for number in [f64::NAN, f64::INFINITY] {
        refused(s.ben(Command::Decide { step: id("way"), answer: Value::Number(number) }));
    }
    refused(s.ben(Command::Decide { step: id("way"), answer: Value::Text(" ".into()) }));
    let mut s = Scene::steps(vec![decision("way", &["replica", "backup"])]);
    assert!(refused(s.ben(Command::Decide { step: id("way"), answer: Value::Text("hope".into()) })).contains("replica, backup"));
}

#[test]
fn words_of_people_and_servers_are_journaled_without_power_over_a_terminal() {
    let evil = || "all\x1b[2Jclear\u{202e}".to_owned();
    let mut s = Scene::with(failover());
    s.ada(Command::Note { text: evil(), happened: None }).unwrap();
    s.ada(Command::Hold { why: evil() }).unwrap();
    s.ada(Command::Release).unwrap();
    let run = s.start("stop-writes").unwrap();
    let (step, part) = (id("stop-writes"), "user-service".to_owned());
    s.ben(Command::ReportProgress { step, run: run.clone(), part, text: evil() }).unwrap();
    s.report("stop-writes", &run, "user-service", Outcome::failed(evil())).unwrap();
    s.report("stop-writes", &run, "tenant-service", Outcome::unknown(evil())).unwrap();
    let (step, part) = (id("stop-writes"), "tenant-service".to_owned());
    s.ben(Command::ResolveUnknown { step, part, happened: false, why: evil() }).unwrap();
    s.ada(Command::Skip { step: id("stop-writes"), why: evil() }).unwrap();
    let mut step = check("told");
    step.title = evil();
    s.ada(Command::InsertStep { after: None, step: Box::new(step), why: evil() }).unwrap();
    refused(s.ada(Command::InsertStep { after: None, step: Box::new(check("a\x1b[2J")), why: "x".into() }));
    // JSON writes them as escapes; the words themselves must not have them.
    let journal = serde_json::to_string(&s.records).unwrap();
    for escape in ["\\u001b", "\u{202e}"] {
        assert!(!journal.contains(escape), "{escape:?}");
    }
    assert!(journal.contains("u{1b}[2Jclear"), "nothing is silently dropped");
}
