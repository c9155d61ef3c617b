//! R14: one server. R15: consent is to what is seen now. R16: approvals and break-glass.

use lifeboat::{
    incident::{Command, Event, RunKind, Status},
    model::{Digest, Duration, Effect, Identity, Measure, Outcome, Preview},
};

use super::scene::*;

fn ready_to_promote() -> Scene {
    let mut s = Scene::with(failover());
    s.up_to_promote();
    s
}
fn ask(s: &mut Scene, who: &str, preview: &Preview) -> Answer {
    s.by(&at_console(who), Command::AskApproval { step: id("promote"), preview: Box::new(preview.clone()) })
}
fn approve(s: &mut Scene, who: &str, binding: Digest) -> Answer {
    s.by(&at_console(who), Command::Approve { step: id("promote"), binding })
}
fn start_with(s: &mut Scene, who: &str, step: &str, change: impl FnOnce(&mut lifeboat::incident::Consent)) -> Result<(), String> {
    let (run, mut consent) = (s.new_run(), s.consent(step, RunKind::First));
    change(&mut consent);
    s.act_with(who, step, RunKind::First, run, consent).map(|_| ()).map_err(|refusal| refusal.to_string())
}

// ---- R14

#[test]
fn r14_a_retry_goes_to_the_server_of_the_first_try() {
    let mut s = Scene::steps(vec![stop_writes()]);
    let run = s.start("stop-writes").unwrap();
    s.ends("stop-writes", &run, Outcome::failed("403"));
    let (run, mut consent) = (s.new_run(), s.consent("stop-writes", RunKind::Retry));
    consent.preview.identity = consent.preview.identity.with("system", "9999");
    let words = refused(s.act_with("Ben", "stop-writes", RunKind::Retry, run, consent));
    assert!(words.contains("another server") && words.contains("9999"), "{words}");
}

#[test]
fn r14_an_undo_goes_to_the_server_that_was_changed() {
    let mut s = Scene::steps(vec![stop_writes()]);
    s.done("stop-writes");
    let (run, mut consent) = (s.new_run(), s.consent("stop-writes", RunKind::Undo));
    consent.preview.identity = consent.preview.identity.with("timeline", "4");
    refused(s.act_with("Ben", "stop-writes", RunKind::Undo, run, consent));
    s.undo("stop-writes").unwrap();
}

#[test]
fn r14_what_the_action_declares_that_it_changes_may_change() {
    let mut s = ready_to_promote();
    s.ben(Command::BreakGlass { step: id("promote"), why: "alone".into() }).unwrap();
    let run = s.start("promote").unwrap();
    s.ends("promote", &run, Outcome::failed("not yet"));
    s.ben(Command::BreakGlass { step: id("promote"), why: "still alone".into() }).unwrap();
    let (run, mut consent) = (s.new_run(), s.consent("promote", RunKind::Retry));
    consent.preview.identity = consent.preview.identity.with("timeline", "4");
    s.act_with("Ben", "promote", RunKind::Retry, run, consent).expect("a promotion changes the timeline");
}

#[test]
fn r14_a_server_that_does_not_say_who_it_is_is_sent_nothing() {
    let mut s = Scene::steps(vec![stop_writes()]);
    let words = start_with(&mut s, "Ben", "stop-writes", |c| c.preview.identity = Identity::default()).unwrap_err();
    assert!(words.contains("which server"), "{words}");
}

#[test]
fn r14_a_preview_of_another_connection_or_action_is_no_consent() {
    let mut s = Scene::steps(vec![stop_writes()]);
    assert!(start_with(&mut s, "Ben", "stop-writes", |c| c.preview.target = "east".into()).unwrap_err().contains("acts on west"));
    let other = |c: &mut lifeboat::incident::Consent| c.preview.action = "kubernetes.restart".into();
    assert!(start_with(&mut s, "Ben", "stop-writes", other).unwrap_err().contains("kubernetes.scale"));
}

// ---- R15

#[test]
fn r15_consent_expires_with_its_preview() {
    let mut s = Scene::steps(vec![stop_writes()]);
    let (run, consent) = (s.new_run(), s.consent("stop-writes", RunKind::First));
    s.later(121);
    assert!(refused(s.act_with("Ben", "stop-writes", RunKind::First, run.clone(), consent.clone())).contains("2m"));
    // A clock that was set back would keep it young.
    s.later(-3_600);
    assert!(refused(s.act_with("Ben", "stop-writes", RunKind::First, run, consent)).contains("ahead"));
}

#[test]
fn r15_an_irreversible_step_wants_its_targets_name_typed() {
    let mut s = ready_to_promote();
    s.approved("promote");
    for typed in [None, Some("db-east".to_owned()), Some("yes".to_owned())] {
        let words = start_with(&mut s, "Ben", "promote", |c| c.typed = typed).unwrap_err();
        assert!(words.contains("type the name of its target: db-west"), "{words}");
    }
    start_with(&mut s, "Ben", "promote", |c| c.typed = Some(" db-west ".into())).unwrap();
}

#[test]
fn r15_a_runbook_changed_after_the_look_wants_another_look() {
    let mut s = Scene::steps(vec![check("a"), stop_writes().needs(&[])]);
    let (run, consent) = (s.new_run(), s.consent("stop-writes", RunKind::First));
    s.later(1);
    let mut changed = s.state.book.as_ref().unwrap().runbook.clone();
    changed.phases[0].steps[1].with.insert("replicas".into(), 1.into());
    s.adopt(&changed).unwrap();
    assert!(refused(s.act_with("Ben", "stop-writes", RunKind::First, run, consent)).contains("runbook was changed"));
    s.start("stop-writes").unwrap();
}

#[test]
fn r15_a_result_that_changed_after_the_look_wants_another_look() {
    let with = serde_json::json!({"argv": ["restore", {"result": "way"}]});
    let mut s = Scene::steps(vec![decision("way", &["a", "b"]), action("restore", "command.run", with)]);
    let decide = |answer: &str| Command::Decide { step: id("way"), answer: answer.into() };
    s.ben(decide("a")).unwrap();
    let (run, consent) = (s.new_run(), s.consent("restore", RunKind::First));
    s.later(1);
    s.ben(decide("b")).unwrap();
    assert!(refused(s.act_with("Ben", "restore", RunKind::First, run, consent)).contains("another result"));
    assert_eq!(s.call("restore", RunKind::First).unwrap().texts("argv"), ["restore", "b"]);
}

#[test]
fn r15_what_changed_since_shows_the_dialog_again() {
    let measured = |value: f64, acceptable: bool| Effect {
        text: "db-west is behind".into(),
        measure: Some(Measure { value, unit: "bytes".into(), acceptable }),
    };
    let s = Scene::with(failover());
    let seen = Preview { effects: vec![measured(100.0, true)], ..s.preview("stop-writes") };
    let again = |change: &dyn Fn(&mut Preview)| {
        let mut now = seen.clone();
        change(&mut now);
        now.must_ask_again(&seen)
    };
    assert!(again(&|_| {}).is_empty());
    assert!(again(&|p| p.effects = vec![measured(110.0, true)]).is_empty(), "a tenth is let pass");
    assert!(again(&|p| p.effects = vec![measured(5.0, true)]).is_empty(), "less is no surprise");
    assert!(!again(&|p| p.effects = vec![measured(110.1, true)]).is_empty());
    assert!(!again(&|p| p.effects = vec![measured(f64::NAN, true)]).is_empty());
    assert!(!again(&|p| p.effects = vec![measured(100.0, false)]).is_empty(), "its verdict changed");
    assert!(!again(&|p| p.effects[0].measure = None).is_empty(), "an absent value");
    assert!(!again(&|p| p.effects[0].text = "db-west is ahead".into()).is_empty(), "another effect");
    assert!(!again(&|p| p.requests[0].text.push('!')).is_empty());
    assert!(!again(&|p| p.identity = p.identity.clone().with("system", "x")).is_empty());
    assert!(!again(&|p| p.parts[0].change = "9 replicas to 0".into()).is_empty());
    assert!(!again(&|p| p.warnings.push("it is a primary".into())).is_empty());
}

#[test]
fn r15_what_changed_is_told_with_its_old_value_and_its_new_one() {
    let effect = |value: f64, unit: &str, acceptable: bool| Effect {
        text: "received and replayed first".into(),
        measure: Some(Measure { value, unit: unit.into(), acceptable }),
    };
    let s = Scene::with(failover());
    let told = |was: Effect, is: Option<Effect>| {
        let seen = Preview { effects: vec![was], ..s.preview("promote") };
        Preview { effects: is.into_iter().collect(), ..seen.clone() }.must_ask_again(&seen).join("; ")
    };
    let text = "received and replayed first";
    assert_eq!(
        told(effect(3e6, "bytes", true), Some(effect(40e6, "bytes", true))),
        format!("{text}: was 3 MB, now 40 MB"),
        "as people say it, not 40000000 bytes"
    );
    let late = told(effect(30.0, "s", true), Some(effect(90.0, "s", false)));
    assert_eq!(late, format!("{text}: was 30s, now 1m30s, no longer good enough"));
    let gone = Effect { text: text.into(), measure: None };
    assert_eq!(told(effect(41.0, "sessions", true), Some(gone)), format!("{text}: no value any more, was 41 sessions"));
    assert_eq!(told(effect(1.0, "sessions", true), None), format!("no longer said: {text}: 1 session"));
}

// ---- R16

#[test]
fn r16_a_step_that_wants_approval_waits_for_it() {
    let mut s = ready_to_promote();
    assert!(refused(s.start("promote")).contains("wants an approval from another person"));
    s.approved("promote");
    s.start("promote").unwrap();
}

#[test]
fn r16_it_comes_from_another_person_than_the_one_who_executes() {
    let mut s = ready_to_promote();
    let preview = s.preview("promote");
    ask(&mut s, "Cy", &preview).unwrap();
    assert!(refused(approve(&mut s, "Cy", preview.binding())).contains("yourself"));
    for same in ["cy", " Cy ", "CY"] {
        let who = lifeboat::incident::Actor::new(same, "another console");
        let (step, binding) = (id("promote"), preview.binding());
        let words = refused(s.by(&who, Command::Approve { step, binding }));
        assert!(words.contains("yourself") || words.contains("may not"), "{words}");
    }
    approve(&mut s, "Ada", preview.binding()).unwrap();
    assert!(refused(s.act("Ada", "promote", RunKind::First)).contains("another person"), "the approver does not execute");
    s.act("Cy", "promote", RunKind::First).unwrap();
}

#[test]
fn r16_only_who_may_approves_or_declines() {
    let mut s = ready_to_promote();
    let preview = s.preview("promote");
    refused(approve(&mut s, "Cy", preview.binding()));
    ask(&mut s, "Ada", &preview).unwrap();
    assert!(refused(approve(&mut s, "Ben", preview.binding())).contains("may not approve"));
    refused(s.ben(Command::Decline { step: id("promote"), why: "no".into() }));
}

#[test]
fn r16_it_binds_to_exactly_what_was_shown() {
    let mut s = ready_to_promote();
    let preview = s.preview("promote");
    ask(&mut s, "Ben", &preview).unwrap();
    let mut other = preview.clone();
    other.requests[0].text = "select pg_promote(false)".into();
    assert!(refused(approve(&mut s, "Cy", other.binding())).contains("changed since"));
    approve(&mut s, "Cy", preview.binding()).unwrap();
    refused(approve(&mut s, "Cy", preview.binding()));
    type Change = fn(&mut Preview);
    let changes: [Change; 4] = [
        |p| p.requests[0].text = "select pg_promote(false)".into(),
        |p| p.identity = p.identity.clone().with("timeline", "9"),
        |p| p.effects.push(Effect { text: "loses 4s".into(), measure: None }),
        |p| p.parts[0].change = "something else".into(),
    ];
    for change in changes {
        let words = start_with(&mut s, "Ben", "promote", |c| change(&mut c.preview)).unwrap_err();
        assert!(words.contains("changed since it was approved"), "{words}");
    }
    start_with(&mut s, "Ben", "promote", |_| {}).unwrap();
}

#[test]
fn r16_it_expires_in_ten_minutes() {
    let mut s = ready_to_promote();
    s.approved("promote");
    s.later(599);
    assert!(refused(s.start("promote")).contains("expired"));
    s.approved("promote");
    s.later(590);
    s.start("promote").unwrap();
}

#[test]
fn r16_an_approval_from_a_clock_far_ahead_does_not_hold_for_longer() {
    let mut s = ready_to_promote();
    s.later(3_600);
    s.approved("promote");
    s.later(-3_600);
    assert!(refused(s.start("promote")).contains("ahead of this machine's clock"));
}

#[test]
fn r16_a_start_uses_it_up() {
    let mut s = ready_to_promote();
    s.approved("promote");
    let run = s.start("promote").unwrap();
    s.ends("promote", &run, Outcome::failed("not in recovery"));
    assert!(refused(s.retry("promote")).contains("wants an approval"));
}

#[test]
fn r16_a_no_voids_every_yes() {
    let mut s = ready_to_promote();
    s.approved("promote");
    s.by(&at_console("Dan"), Command::Decline { step: id("promote"), why: "the fence is not proven".into() }).unwrap();
    let step = s.state.step(&id("promote")).unwrap();
    assert!(step.declined.is_some() && step.approval_asked.is_none());
    refused(s.start("promote"));
    s.approved("promote");
    assert!(s.state.step(&id("promote")).unwrap().declined.is_none());
    s.start("promote").unwrap();
}

#[test]
fn r16_two_approvals_are_two_people() {
    let mut book = failover();
    book.phases[0].steps[4].approvals = 2;
    let mut s = Scene::with(book);
    s.up_to_promote();
    s.approved("promote");
    assert!(refused(s.start("promote")).contains("wants 2 approvals from another person, and has 1"));
    let binding = s.preview("promote").binding();
    approve(&mut s, "Dan", binding).unwrap();
    s.start("promote").unwrap();
}

#[test]
fn r16_break_glass_wants_a_reason_and_lasts_for_one_start() {
    let mut s = ready_to_promote();
    let glass = |why: &str| Command::BreakGlass { step: id("promote"), why: why.into() };
    refused(s.ben(glass("")));
    s.ben(glass("nobody else is awake")).unwrap();
    refused(s.ben(glass("twice")));
    let run = s.start("promote").unwrap();
    s.ends("promote", &run, Outcome::failed("not in recovery"));
    assert!(refused(s.retry("promote")).contains("break the glass"), "it was broken for that start");
    let broke = s.state.step(&id("promote")).unwrap().broke_glass.clone().unwrap();
    assert_eq!(broke.why, "nobody else is awake", "and stays on every screen");
    s.ben(glass("still alone")).unwrap();
    s.retry("promote").unwrap();
}

#[test]
fn r16_the_glass_does_not_go_over_needs_holds_or_the_typed_name() {
    let mut s = Scene::with(failover());
    s.ben(Command::BreakGlass { step: id("promote"), why: "alone".into() }).unwrap();
    refused(s.start("promote"));
    s.up_to_promote();
    s.cy(Command::Hold { why: "".into() }).unwrap();
    refused(s.start("promote"));
    s.cy(Command::Release).unwrap();
    assert!(start_with(&mut s, "Ben", "promote", |c| c.typed = None).unwrap_err().contains("type the name"));
}

#[test]
fn r16_what_wants_no_approval_is_not_asked_for() {
    let mut s = ready_to_promote();
    let preview = Box::new(s.preview("login"));
    refused(s.ben(Command::AskApproval { step: id("login"), preview }));
    refused(s.ben(Command::BreakGlass { step: id("login"), why: "x".into() }));
    let mut wrong = s.preview("promote");
    wrong.target = "db-east".into();
    assert!(refused(ask(&mut s, "Ben", &wrong)).contains("db-west"), "the approver would read another step's preview");
    let mut odd = s.preview("promote");
    odd.effects.push(Effect { text: "?".into(), measure: Some(Measure { value: f64::NAN, unit: "s".into(), acceptable: true }) });
    refused(ask(&mut s, "Ben", &odd));
}

#[test]
fn r16_approval_is_wanted_whatever_the_action_does() {
    let mut reads = action("look", "command.run", serde_json::json!({"argv": ["true"], "reads_only": true}));
    reads.approvals = 1;
    let mut s = Scene::steps(vec![reads]);
    refused(s.start("look"));
    s.approved("look");
    s.start("look").unwrap();
}

#[test]
fn r16_a_changed_runbook_voids_what_was_agreed_to() {
    let mut s = ready_to_promote();
    s.approved("promote");
    s.ben(Command::BreakGlass { step: id("promote"), why: "alone".into() }).unwrap();
    let mut changed = s.state.book.as_ref().unwrap().runbook.clone();
    changed.phases[0].steps[4].with.insert("via".into(), "db-other".into());
    s.adopt(&changed).unwrap();
    assert_eq!(s.status("promote"), Status::Open);
    assert!(refused(s.start("promote")).contains("wants an approval"), "neither approval nor glass is for this server");
    assert!(!s.records.iter().any(|r| matches!(&r.event, Event::ActionStarted { step, .. } if *step == id("promote"))));
    s.later(Duration::from_secs(1).as_secs() as i64);
}
