//! R15, R16: what is agreed to is what was read, and never by chance.

use std::sync::Arc;

use lifeboat::{
    console::{Reply, Request},
    incident::{Command, Refusal, RunKind},
    model::Duration,
};
use ratatui::crossterm::event::KeyCode;

use super::{Console, preview_of, support::pictures};

#[test]
fn what_cannot_be_taken_back_starts_only_with_the_targets_name() {
    let mut console = Console::new(pictures::outage());
    assert_eq!(console.keys(":start 7\n"), [Request::Preview { step: "promote".into(), kind: RunKind::First }]);
    assert_eq!(console.keys("orders-db-west\n"), [], "what is typed before the preview is there does not count");
    console.app.reply(preview_of("promote"));
    console.paint();
    assert_eq!(console.keys("\n"), []);
    assert_eq!(console.keys("orders-db-wes\n"), []);
    assert!(console.text().contains("type orders-db-west exactly"));
    let agreed = console.keys("t\n");
    let seen = Box::new(pictures::promote_preview());
    let typed = Some("orders-db-west".to_owned());
    assert_eq!(agreed, [Request::Agree { step: "promote".into(), kind: RunKind::First, seen, typed }]);
    assert_eq!(console.keys("\n\n"), [], "it is sent once");
}

#[test]
fn r15_when_the_world_changed_nothing_typed_so_far_counts() {
    let mut console = Console::new(pictures::outage());
    console.keys(":start 7\n");
    console.app.reply(preview_of("promote"));
    console.paint();
    console.keys("orders-db-west\n");
    let mut preview = Box::new(pictures::promote_preview());
    preview.warnings.push("a session of app is back".into());
    let why = vec!["a session of app is back".to_owned()];
    console.app.reply(Reply::AskAgain { step: "promote".into(), kind: RunKind::First, preview: preview.clone(), why });
    console.paint();
    assert!(console.text().contains("CHANGED"));
    assert_eq!(console.keys("\n"), []);
    let agreed = console.keys("orders-db-west\n");
    assert!(matches!(agreed.as_slice(), [Request::Agree { seen, .. }] if *seen == preview), "{agreed:?}");
}

#[test]
fn r15_an_old_look_is_looked_at_again_instead_of_agreed_to() {
    let mut console = Console::new(pictures::outage());
    console.keys(":start 7\n");
    console.app.reply(preview_of("promote"));
    let mut later = pictures::outage();
    later.now += Duration::from_mins(5).delta();
    console.app.see(Arc::new(later));
    console.paint();
    let asked = console.keys("orders-db-west\n");
    assert_eq!(asked, [Request::Preview { step: "promote".into(), kind: RunKind::First }]);
}

#[test]
fn only_no_is_preselected() {
    let mut console = Console::new(pictures::outage());
    assert_eq!(console.keys(":retry 5\n"), [Request::Preview { step: "scale".into(), kind: RunKind::Retry }]);
    let preview = Box::new(pictures::promote_preview());
    let reply = Reply::Preview { step: "scale".into(), kind: RunKind::Retry, preview };
    console.app.reply(reply.clone());
    console.paint();
    assert_eq!(console.keys("\n"), [], "Enter takes the no");
    assert!(console.app.view.dialog.is_none());
    console.keys(":retry 5\n");
    console.app.reply(reply);
    console.paint();
    assert_eq!(console.keys("y"), [], "choosing is not agreeing");
    assert!(matches!(console.keys("\n").as_slice(), [Request::Agree { kind: RunKind::Retry, typed: None, .. }]));
}

#[test]
fn what_could_not_be_read_is_not_agreed_to() {
    let mut console = Console::sized(pictures::outage(), 24, 6);
    console.keys(":start 7\n");
    console.app.reply(preview_of("promote"));
    console.paint();
    assert_eq!(console.keys("orders-db-west\n"), []);
    assert!(console.text().contains("too small"));
}

#[test]
fn r16_approving_shows_the_asked_preview_and_binds_to_it() {
    let mut console = Console::new(pictures::outage());
    console.keys("a");
    assert!(console.text().contains("select pg_promote(true, 60)"));
    let approved = console.keys("y\n");
    let binding = pictures::promote_preview().binding();
    assert_eq!(approved, [Request::Do(Command::Approve { step: "promote".into(), binding })]);
}

#[test]
fn a_late_preview_opens_nothing() {
    let mut console = Console::new(pictures::outage());
    console.keys(":start 7\n");
    console.press(KeyCode::Esc);
    console.app.reply(preview_of("promote"));
    assert!(console.app.view.dialog.is_none());
}

#[test]
fn refusals_and_faults_close_a_dialog_that_waits() {
    for reply in [
        Reply::Refused { what: "start step 7".into(), refusal: Refusal::new("Ben holds", "wait for :release") },
        Reply::Fault { what: "looking at step 7".into(), reason: "10.2.0.15:5432 refused".into() },
    ] {
        let mut console = Console::new(pictures::outage());
        console.keys(":start 7\n");
        console.app.reply(reply);
        console.paint();
        assert!(console.app.view.dialog.is_none());
        assert!(console.text().contains("step 7"));
    }
}
