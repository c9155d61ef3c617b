//! What starts and runs by itself: only what was consented to, once, and not past the first that does not succeed (R4).

use lifeboat::{
    incident::{Actor, Arming, Command, DueAct, Event, Refusal, RunKind, State, Status, automation, decide, decide::fold, due},
    model::{ConsoleId, Digest, IncidentId, Outcome, RunId},
    plan::{Runbook, Step},
};
use serde_json::json;

use super::scene::*;

/// Scales by itself, by that connection.
pub fn by_itself(name: &str, via: &str) -> Step {
    action(name, "kubernetes.scale", json!({"via": via, "namespace": "prod", "deployments": ["a"], "replicas": 3})).by_itself()
}

fn looks() -> Step {
    action("look", "postgres.check_standby", json!({"via": "db-west"})).by_itself().needs(&[])
}

/// A read, two changes, a promotion: all of it by itself.
fn own() -> Runbook {
    let promote = Step { approvals: 0, ..promote() }.by_itself().needs(&["second"]);
    let first = by_itself("first", "west").needs(&["look"]);
    book_of("by-itself", vec![looks(), first, by_itself("second", "west"), promote, check("by-hand").needs(&[])])
}

fn list(s: &Scene) -> Vec<lifeboat::model::StepId> {
    automation::list_of(&s.state)
}

fn consent(s: &mut Scene, who: &str) -> Answer {
    let steps = list(s);
    s.by(&at_console(who), Command::ConsentToAutomation { steps, by: None })
}

fn consented() -> Scene {
    let mut s = Scene::with(own());
    consent(&mut s, "Ada").unwrap();
    s
}

fn lifeboat() -> Actor {
    Actor::lifeboat(&at_console("Ben").console)
}

fn goes(s: &mut Scene, step: &str) -> Result<RunId, Refusal> {
    let (run, preview) = (s.new_run(), Box::new(s.preview(step)));
    s.by(&lifeboat(), Command::StartByItself { step: id(step), run: run.clone(), preview }).map(|_| run)
}

fn ends_well(s: &mut Scene, step: &str) {
    let run = goes(s, step).unwrap_or_else(|refusal| panic!("{step}: {refusal}"));
    s.ends(step, &run, Outcome::succeeded("3"));
}

fn next(s: &Scene) -> Option<(String, DueAct)> {
    due(&s.state, s.now).map(|due| (due.step.to_string(), due.act))
}

#[test]
fn r04_a_read_runs_by_itself_and_a_change_only_once_the_commander_consented_to_the_list() {
    let mut s = Scene::with(own());
    assert_eq!(next(&s), Some(("look".into(), DueAct::Start)));
    ends_well(&mut s, "look");
    assert_eq!(next(&s), None, "what changes something waits for a person");
    assert!(refused(goes(&mut s, "first")).contains("nobody consented"));
    let names: Vec<_> = list(&s).iter().map(ToString::to_string).collect();
    assert_eq!(names, ["first", "second", "promote"], "the read is not on the list");
    assert!(refused(consent(&mut s, "Ben")).contains("Ada is the commander"));
    let shorter = Command::ConsentToAutomation { steps: vec![id("first")], by: None };
    assert!(refused(s.ada(shorter)).contains("another list"));
    consent(&mut s, "Ada").unwrap();
    assert_eq!(next(&s), Some(("first".into(), DueAct::Start)));
    ends_well(&mut s, "first");
    assert_eq!(s.state.step(&id("first")).unwrap().last_run().unwrap().who, Actor::LIFEBOAT);
    assert_eq!(next(&s).unwrap().0, "second");
    assert_eq!(s.replayed(), s.state);
}

#[test]
fn r04_it_stops_at_the_first_non_success_in_the_same_append() {
    for outcome in [Outcome::failed("403"), Outcome::unknown("timed out")] {
        let mut s = consented();
        ends_well(&mut s, "look");
        let run = goes(&mut s, "first").unwrap();
        let events = s.report("first", &run, "a", outcome.clone()).unwrap();
        let stopped = |event: &Event| matches!(event, Event::AutomationStopped { step: Some(step), .. } if *step == id("first"));
        assert!(events.iter().any(stopped), "{events:?}");
        assert_eq!(next(&s), None);
        assert!(refused(goes(&mut s, "second")).contains("by itself any more"));
        // A person brings it to its end and goes on; nothing goes on by itself.
        if s.status("first") == Status::Unknown {
            s.ada(Command::ResolveUnknown { step: id("first"), part: "a".into(), happened: true, why: "seen".into() }).unwrap();
        } else {
            let run = s.retry("first").unwrap();
            s.ends("first", &run, Outcome::succeeded("3"));
        }
        assert_eq!((s.status("first"), next(&s)), (Status::Succeeded, None));
        // Until the commander consents anew.
        consent(&mut s, "Ada").unwrap();
        assert_eq!(next(&s), Some(("second".into(), DueAct::Start)));
        assert_eq!(s.replayed(), s.state);
    }
}

#[test]
fn r04_a_lost_console_a_missed_gate_and_a_no_stop_it_too() {
    let mut s = consented();
    ends_well(&mut s, "look");
    let run = goes(&mut s, "first").unwrap();
    let console = lifeboat().console;
    let events = s.ada(Command::ReportConsoleLost { step: id("first"), run, console }).unwrap();
    assert!(matches!(events.last(), Some(Event::AutomationStopped { .. })), "{events:?}");

    let gated = by_itself("first", "west").proven_by(sql_gate("db-west", None));
    let mut s = Scene::with(book_of("by-itself", vec![gated, by_itself("second", "west")]));
    consent(&mut s, "Ada").unwrap();
    ends_well(&mut s, "first");
    let events = s.ben(Command::ReportGateMissed { step: id("first"), why: "is f".into() }).unwrap();
    assert!(matches!(events.last(), Some(Event::AutomationStopped { .. })), "{events:?}");

    let mut s = asked();
    let events = s.cy(Command::Decline { step: id("promote"), why: "the racks are back".into() }).unwrap();
    assert!(matches!(events.last(), Some(Event::AutomationStopped { .. })), "{events:?}");
    assert_eq!(next(&s), None);
}

/// Lifeboat asked for approval of the promotion.
fn asked() -> Scene {
    let mut s = consented();
    for step in ["look", "first", "second"] {
        ends_well(&mut s, step);
    }
    let preview = Box::new(s.preview("promote"));
    s.by(&lifeboat(), Command::AskApproval { step: id("promote"), preview }).unwrap();
    s
}

#[test]
fn r04_r16_what_cannot_be_taken_back_waits_for_another_person_even_where_the_plan_wants_none() {
    let mut s = consented();
    for step in ["look", "first", "second"] {
        ends_well(&mut s, step);
    }
    assert_eq!(next(&s), Some(("promote".into(), DueAct::Ask)));
    assert!(refused(goes(&mut s, "promote")).contains("wants an approval from another person"));
    let mut s = asked();
    assert_eq!(next(&s), None, "it waits");
    let binding = s.preview("promote").binding();
    let yes = Command::Approve { step: id("promote"), binding };
    assert!(refused(s.ada(yes.clone())).contains("because you consented"));
    s.cy(yes).unwrap();
    assert_eq!(next(&s), Some(("promote".into(), DueAct::Start)));
    ends_well(&mut s, "promote");
    assert_eq!(s.replayed(), s.state);
}

#[test]
fn r04_alone_the_commander_breaks_the_glass_or_starts_it_by_hand() {
    let mut s = asked();
    s.ada(Command::BreakGlass { step: id("promote"), why: "I am all who is awake".into() }).unwrap();
    assert_eq!(next(&s), Some(("promote".into(), DueAct::Start)));
    let mut s = asked();
    s.act("Ada", "promote", RunKind::First).expect("the plan wants no approval of a person who types the name");
}

#[test]
fn r04_only_a_console_starts_what_runs_by_itself_and_only_what_the_plan_lets() {
    let mut s = consented();
    let command = |s: &mut Scene, step: &str| {
        let (run, preview) = (s.new_run(), Box::new(s.preview(step)));
        Command::StartByItself { step: id(step), run, preview }
    };
    let start = command(&mut s, "look");
    assert!(refused(s.ada(start)).contains("a person starts a step by looking at it"));
    let start = command(&mut s, "by-hand");
    assert!(refused(s.by(&lifeboat(), start)).contains("does not let"));
}

#[test]
fn r04_r05_hold_a_suspended_drill_and_anybodys_word_stop_what_runs_by_itself() {
    let mut s = consented();
    s.ben(Command::Hold { why: "wait".into() }).unwrap();
    assert_eq!(next(&s), None);
    s.ada(Command::Release).unwrap();
    assert!(next(&s).is_some(), "it goes on when it is released");
    s.ben(Command::StopAutomation { why: "let me look".into() }).unwrap();
    assert_eq!(next(&s), None);
    assert!(refused(s.ben(Command::StopAutomation { why: "again".into() })).contains("stopped already"));

    let mut s = Scene::drill(book_of("by-itself", vec![by_itself("first", "db-drill").needs(&[]), by_itself("second", "west")]));
    consent(&mut s, "Ada").unwrap();
    s.ada(Command::SuspendDrill { real: None, why: "real".into() }).unwrap();
    assert_eq!(next(&s), None);
    s.ada(Command::ResumeDrill).unwrap();
    ends_well(&mut s, "first");
    assert_eq!(next(&s), None, "R31: a connection that is not marked is talked through");
}

#[test]
fn r04_r06_what_was_consented_to_was_the_list_in_the_runbook_as_it_read() {
    let mut s = consented();
    let mut changed = own();
    changed.phases[0].steps[4].title = "Do something else".into();
    s.adopt(&changed).unwrap();
    assert_eq!(
        s.state.book.as_ref().unwrap().automation.as_ref().unwrap().stopped.as_ref().unwrap().1.why,
        "the runbook was changed"
    );
    assert_eq!(next(&s), None);

    let two = by_itself("first", "west").or_else(
        "North",
        "kubernetes.scale",
        json!({"via": "north", "namespace": "p", "deployments": ["a"], "replicas": 1}),
    );
    let mut s = Scene::with(book_of("by-itself", vec![two]));
    consent(&mut s, "Ada").unwrap();
    s.ben(Command::ChooseWay { step: id("first"), way: Some("North".into()), why: "west is slow".into() }).unwrap();
    assert_eq!(next(&s), None, "that way nobody consented to");
    s.start("first").unwrap();
}

#[test]
fn r04_a_persons_undo_or_failure_is_not_gone_over_by_itself() {
    let mut s = consented();
    ends_well(&mut s, "look");
    let run = s.start("first").unwrap();
    s.ends("first", &run, Outcome::failed("403"));
    assert_eq!(next(&s), None);
    assert!(s.state.book.as_ref().unwrap().automation.as_ref().unwrap().stopped.is_none(), "it was a person's");
}

// ---- armed

pub fn arming() -> Arming {
    let runbook = own();
    let (traits, drill_traits) = traits_of(&runbook);
    let steps = automation::list(&runbook, &traits, &drill_traits, false);
    Arming { scenario: "region-lost".into(), facts: facts(), runbook, traits, drill_traits, steps }
}

/// What stands outside of every incident, with the clock of a night.
#[derive(Default)]
struct Standing {
    state: State,
    night: Scene,
}

impl Standing {
    fn says(&mut self, who: &str, command: Command) -> Answer {
        let who = if who == Actor::LIFEBOAT { lifeboat() } else { at_console(who) };
        let events = decide(&self.state, &command, &who, self.night.now)?;
        self.state = fold(&self.state, &events, &who, self.night.now);
        self.night.later(1);
        Ok(events)
    }
    fn armed() -> Self {
        let mut standing = Self::default();
        standing.says("Ada", Command::Arm(Box::new(arming()))).unwrap();
        standing
    }
    /// Held for so many seconds, until now.
    fn trigger(&mut self, seconds: i64) -> Answer {
        let proof = self.night.proof(seconds, 20);
        self.says(Actor::LIFEBOAT, Command::Trigger { scenario: "region-lost".into(), incident: IncidentId::numbered(43), proof })
    }
}

#[test]
fn r04_a_failover_is_armed_and_disarmed_by_a_commander_and_in_no_incident() {
    let mut standing = Standing::default();
    for who in ["Ben", "Cy", "Eve"] {
        assert!(refused(standing.says(who, Command::Arm(Box::new(arming())))).contains("may not override"));
    }
    standing.says("Ada", Command::Arm(Box::new(arming()))).unwrap();
    assert!(refused(standing.says("Ada", Command::Arm(Box::new(arming())))).contains("armed it already"));
    let disarm = Command::Disarm { scenario: "region-lost".into(), why: "works in the rack".into() };
    refused(standing.says("Ben", disarm.clone()));
    standing.says("Ada", disarm.clone()).unwrap();
    assert!(refused(standing.says("Ada", disarm)).contains("nobody armed"));
    assert!(standing.state.armed.is_empty());
    assert!(refused(Scene::with(failover()).ada(Command::Arm(Box::new(arming())))).contains("outside of every incident"));
}

#[test]
fn r04_what_is_armed_is_what_the_plan_says_and_the_list_that_was_read() {
    let mut standing = Standing::default();
    let with = |change: &dyn Fn(&mut Arming)| {
        let mut arming = arming();
        change(&mut arming);
        Command::Arm(Box::new(arming))
    };
    assert!(refused(standing.says("Ada", with(&|a| a.scenario = "fire".into()))).contains("no automatic failover for fire"));
    assert!(refused(standing.says("Ada", with(&|a| a.runbook.name = "other".into()))).contains("opens by-itself by itself"));
    assert!(refused(standing.says("Ada", with(&|a| drop(a.steps.pop())))).contains("another list"));
    assert!(refused(standing.says("Ada", with(&|a| a.traits.clear()))).contains("does not know the action"));
    // A changed runbook is armed anew, by what it reads then.
    standing.says("Ada", with(&|_| ())).unwrap();
    standing.says("Ada", with(&|a| a.runbook.title = Some("anew".into()))).unwrap();
    assert_eq!(standing.state.armed["region-lost"].runbook.title.as_deref(), Some("anew"));
}

#[test]
fn r04_it_is_triggered_by_what_held_for_its_time_since_it_was_armed_and_once() {
    let mut standing = Standing::armed();
    standing.night.later(30);
    assert!(refused(standing.trigger(20)).contains("has not held long enough"));
    assert!(refused(standing.trigger(60)).contains("has not held long enough"), "some of that was before it was armed");
    standing.night.later(60);
    standing.trigger(60).unwrap();
    assert!(refused(standing.trigger(61)).contains("triggered already, as INC-0043"));
    // It starts again only when a commander arms it again.
    standing.says("Ada", Command::Arm(Box::new(arming()))).unwrap();
    standing.night.later(90);
    standing.trigger(60).unwrap();
}

#[test]
fn r06_what_was_armed_is_journaled_whole() {
    let events = Standing::default().says("Ada", Command::Arm(Box::new(arming()))).unwrap();
    let [Event::Armed { runbook, digest, facts: kept, .. }] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((digest, &**kept), (&Digest::of_json(&own()), &facts()));
    assert_eq!(**runbook, own());
    let read: Event = serde_json::from_str(&serde_json::to_string(&events[0]).unwrap()).unwrap();
    assert_eq!(read, events[0]);
}

#[test]
fn r04_nobody_consents_in_anothers_name() {
    let mut s = Scene::with(own());
    let steps = list(&s);
    let command = Command::ConsentToAutomation { steps, by: Some("Ada".into()) };
    assert!(refused(s.ben(command.clone())).contains("in another's name"));
    s.by(&Actor::lifeboat(&ConsoleId::from("c")), command).unwrap();
    assert_eq!(s.state.book.as_ref().unwrap().automation.as_ref().unwrap().by, "Ada");
}
