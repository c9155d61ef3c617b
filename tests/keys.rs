//! What keys, paste and replies do: what is sent, and above all what is not.

mod support;

use std::sync::Arc;

use lifeboat::{
    console::Request,
    incident::{RunKind, Status, StepAct},
    picture::Picture,
    plan::StepKind,
    tui::{
        available::step_next,
        effect::Effect,
        header,
        keymap::Keymap,
        verbs::Verb,
        view::{Screen, View},
    },
};
use ratatui::crossterm::event::KeyCode;
use support::{
    pictures,
    typing::{Console, preview_of, sent},
};

#[path = "keys/alerts.rs"]
mod alerts;
#[path = "keys/commands.rs"]
mod commands;
#[path = "keys/consent.rs"]
mod consent;
#[path = "keys/forms.rs"]
mod forms;
#[path = "keys/frozen.rs"]
mod frozen;
#[path = "keys/gaudi.rs"]
mod gaudi;
#[path = "keys/holding.rs"]
mod holding;
#[path = "keys/hostile.rs"]
mod hostile;
#[path = "keys/what_if.rs"]
mod what_if;
#[path = "keys/why.rs"]
mod why;

#[test]
fn r19_enter_on_a_fence_that_nothing_answers_leads_to_the_outside_fence() {
    let mut picture = pictures::outage();
    let fence = &mut picture.book.as_mut().unwrap().steps[2];
    (fence.status, fence.unreachable) = (Status::Failed, true);
    fence.offers = [StepAct::Start, StepAct::SignOutsideFence].map(pictures::offer).into();
    assert_eq!(step_next(fence).unwrap(), Verb::OutsideFence);
    fence.unreachable = false;
    assert_eq!(step_next(fence).unwrap(), Verb::Start);
}

#[test]
fn r16_a_spent_glass_is_no_approval() {
    let mut picture = pictures::outage();
    let promote = &mut picture.book.as_mut().unwrap().steps[6];
    promote.approval_asked = None;
    promote.exceptions = vec!["glass broken for a start before by Ada (unverified): alone".into()];
    promote.offers = [StepAct::Start, StepAct::AskApproval, StepAct::BreakGlass].map(pictures::offer).into();
    assert_eq!(step_next(promote).unwrap(), Verb::AskApproval);
    promote.glass_open = true;
    assert_eq!(step_next(promote).unwrap(), Verb::Start);
}

#[test]
fn a_refused_verb_says_why_and_what_instead() {
    let mut console = Console::new(pictures::outage());
    assert_eq!(console.keys(":undo 7\n"), []);
    assert!(console.text().contains("it was not started. Instead: there is nothing to undo"));
    assert_eq!(console.keys(":skip 99\n"), []);
    assert!(console.text().contains("there is no step 99"));
}

#[test]
fn a_read_only_console_sends_nothing_that_acts() {
    let mut picture = pictures::outage();
    picture.place.read_only = true;
    for verb in Verb::ALL.iter().filter(|verb| !verb.only_looks()) {
        let mut console = Console::new(picture.clone());
        assert_eq!(console.keys(&format!(":{}\n", verb.name())), [], "{}", verb.name());
        assert!(console.app.view.dialog.is_none(), "{}", verb.name());
    }
}

#[test]
fn ctrl_c_asks_and_a_second_one_leaves() {
    let mut console = Console::new(pictures::outage());
    assert_eq!(console.control('c'), []);
    assert!(console.text().contains("Leave the console?"));
    assert_eq!(console.press(KeyCode::Enter), [], "stay is preselected");
    assert!(console.app.view.quitting.is_none());
    console.control('c');
    assert_eq!(console.control('c'), [Effect::Quit]);
}

#[test]
fn suspending_while_an_action_runs_is_said_first() {
    let mut picture = pictures::outage();
    let running = &mut picture.book.as_mut().unwrap().steps[4];
    (running.status, running.who) = (Status::Running, Some("Ada".into()));
    let mut console = Console::new(picture);
    assert_eq!(console.control('z'), []);
    assert_eq!(console.control('z'), [Effect::Suspend]);
    assert_eq!(Console::new(pictures::outage()).control('z'), [Effect::Suspend]);
}

#[test]
fn the_cursor_stays_on_its_step_when_the_next_one_changes() {
    let mut console = Console::new(pictures::outage());
    console.keys("kk");
    let chosen = |console: &Console| console.app.view.chosen_step(console.app.picture.as_ref().unwrap()).unwrap().number;
    assert_eq!(chosen(&console), 5);
    let mut later = pictures::outage();
    later.book.as_mut().unwrap().next = Some(8);
    console.app.see(Arc::new(later));
    assert_eq!(chosen(&console), 5);
    console.keys(".");
    assert_eq!(chosen(&console), 9);
}

#[test]
fn enter_takes_a_step_on_as_it_stands() {
    let opened = |kind: StepKind, act: StepAct| {
        let mut picture = pictures::outage();
        let book = picture.book.as_mut().unwrap();
        let status = if act == StepAct::ReadBack { Status::Unknown } else { Status::Open };
        let mut step = pictures::step(1, "only", "The only step", kind, status);
        step.offers = vec![pictures::offer(act), pictures::offer(StepAct::Skip)];
        step.condition = Some("Does it answer at all?".into());
        (book.steps, book.next) = (vec![step], Some(0));
        let mut console = Console::new(picture);
        let sent = console.keys("\n");
        (sent, console.app.view.dialog.is_some())
    };
    let preview = Request::Preview { step: "only".into(), kind: RunKind::First };
    assert_eq!(opened(StepKind::Action, StepAct::Start), (vec![preview], true));
    assert_eq!(opened(StepKind::Check, StepAct::Confirm), (vec![], true));
    assert_eq!(opened(StepKind::Action, StepAct::ReadBack), (vec![], true));
    assert_eq!(opened(StepKind::Action, StepAct::AnswerCondition), (vec![], true));
    // Once its question is answered, it starts: answering otherwise is still possible, but not what Enter means.
    let mut step = pictures::step(1, "only", "The only step", StepKind::Action, Status::Open);
    step.offers = [StepAct::AnswerCondition, StepAct::Start].map(pictures::offer).into();
    assert_eq!(step_next(&step).unwrap(), Verb::Start);
    step.condition = Some("Does it answer at all?".into());
    assert_eq!(step_next(&step).unwrap(), Verb::NotNeeded);
    // What is done is not done again, nor decided anew, by one Enter too many.
    step.status = Status::Succeeded;
    step.offers = [StepAct::Decide, StepAct::Start].map(pictures::offer).into();
    assert_eq!(step_next(&step).unwrap_err().why, "step 1 succeeded");
}

#[test]
fn every_verb_stands_in_the_help_with_its_key() {
    let mut console = Console::sized(pictures::outage(), 160, 140);
    console.keys("?");
    let text = console.text();
    for verb in Verb::ALL {
        assert!(text.contains(&format!(":{} ", verb.name())), "{}", verb.name());
        assert!(text.contains(verb.help()), "{}", verb.name());
        for key in Keymap::shipped().keys(*verb) {
            let row = text.lines().find(|line| line.contains(&format!(":{} ", verb.name()))).unwrap();
            assert!(row.contains(&key.to_string()), "{}: {key}", verb.name());
        }
    }
}

#[test]
fn the_footer_shows_only_what_works_here_and_now() {
    for picture in [pictures::outage(), pictures::peace(), pictures::empty()] {
        for screen in Screen::ALL {
            let mut view = View::new(Keymap::shipped());
            view.screen = screen;
            for verb in header::useful(&picture, &view) {
                assert_eq!(verb.available(&picture, view.chosen_step(&picture)), Ok(()), "{}", verb.name());
            }
        }
    }
}

#[test]
fn enter_goes_on_from_a_step_that_is_done_with() {
    let mut console = Console::new(pictures::outage());
    console.keys(":runbook 7\n");
    let mut later = pictures::outage();
    let book = later.book.as_mut().unwrap();
    (book.steps[6].status, book.next) = (Status::Succeeded, Some(8));
    book.steps[6].offers = vec![];
    console.app.see(Arc::new(later));
    console.paint();
    let chosen = |console: &Console| console.app.view.chosen_step(console.app.picture.as_ref().unwrap()).unwrap().number;
    assert_eq!(chosen(&console), 7, "the cursor stays where a person put it");
    assert!(console.text().contains("⏎ to step 9") && !console.text().contains("approval    wants"), "{}", console.text());
    assert_eq!(console.keys("\n"), []);
    assert_eq!(chosen(&console), 9);
    assert!(console.text().contains("step 7 succeeded: on to step 9"), "{}", console.text());
}
