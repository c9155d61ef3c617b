//! Forms: what was written is what is sent, and nothing is guessed.

use lifeboat::{
    console::{DeclareForm, Request},
    incident::{Command, Resolution},
    model::{Severity, Value},
    tui::view::Dialog,
};
use ratatui::crossterm::event::KeyCode;

use super::{
    Console,
    support::{pictures, typing::sent},
};

#[test]
fn forms_send_what_was_written() {
    let case = |keys: &str| Console::new(pictures::outage()).keys(keys);
    let step = || "scale".into();
    assert_eq!(
        case(":skip 5 it scales itself\n\n"),
        [Request::Do(Command::Skip { step: step(), why: "it scales itself".into() })]
    );
    assert_eq!(
        case(":note\nBen did it with kubectl\n02:31Z\n"),
        [Request::Do(Command::Note { text: "Ben did it with kubectl".into(), happened: Some(pictures::at("02:31:00")) })]
    );
    assert_eq!(case(":severity 2\n"), [], "the choice is shown, nothing is sent yet");
    assert_eq!(
        case(":severity\n↓\nless is down\n"),
        [Request::Do(Command::ChangeSeverity { to: Severity::new(2), why: "less is down".into() })]
    );
    assert_eq!(
        case(":close\nr\nall is back\n"),
        [Request::Do(Command::Close { resolution: Resolution::Resolved, why: "all is back".into() })]
    );
    assert_eq!(case(":open region-failover\n\n"), [Request::OpenRunbook { name: "region-failover".into() }]);
    assert_eq!(case(":hold the replica looks wrong\n"), [Request::Do(Command::Hold { why: "the replica looks wrong".into() })]);
    assert_eq!(
        case(":decide 10\n2026-11-20 02:40Z\n"),
        [Request::Do(Command::Decide { step: "window".into(), answer: Value::Text("2026-11-20T02:40:00Z".into()) })]
    );
    assert_eq!(case(":decide 10\n02:40Z\n"), [], "a moment that may be one to come is written with its day");
    let fence = case(":began\n02:50Z\n");
    assert_eq!(fence, [], "no outage begins in the future, nor without a reason");
}

#[test]
fn declaring_takes_the_suggested_scenario_but_never_guesses_between_real_and_drill() {
    let mut console = Console::new(pictures::outage());
    assert_eq!(console.keys("d\n\n"), []);
    assert!(console.text().contains("choose one"), "real or drill is chosen by a person");
    let declared = console.keys("↓\nus-east-1 lost\n\n\n");
    assert_eq!(
        declared,
        [Request::Declare(DeclareForm {
            title: "us-east-1 lost".into(),
            drill: false,
            scenario: Some("regional-outage".into()),
            severity: Severity::new(1),
            began: pictures::at("02:06:30"),
            scope: Default::default(),
            alert: None,
        })]
    );
}

#[test]
fn a_form_that_is_filled_in_by_what_fires_is_taken_by_one_key() {
    let mut console = Console::new(pictures::outage());
    console.keys("d");
    assert_eq!(sent(console.control('s')), [], "what is at stake is said by a person");
    assert!(console.text().contains("choose one"), "{}", console.text());

    // On the simulated platform nothing real can be at stake: two keys declare.
    let mut picture = pictures::outage();
    picture.place.world = lifeboat::picture::World::Simulated;
    let mut console = Console::new(picture);
    console.keys("d");
    let declared = sent(console.control('s'));
    let [Request::Declare(form)] = &declared[..] else { panic!("{declared:?}") };
    assert_eq!(
        (form.scenario.as_deref(), form.severity, form.began),
        (Some("regional-outage"), Severity::new(1), pictures::at("02:06:30"))
    );
    assert!(!form.title.is_empty() && !form.drill, "{form:?}");
}

#[test]
fn an_empty_reason_is_not_sent() {
    let mut console = Console::new(pictures::outage());
    assert_eq!(console.keys(":break-glass 7\n   \n"), []);
    assert!(console.text().contains("write something"));
}

#[test]
fn dialogs_know_whether_letters_are_text() {
    let mut console = Console::new(pictures::outage());
    console.keys(":open\n");
    assert!(!console.app.view.dialog.as_ref().is_some_and(Dialog::has_text_field));
    console.press(KeyCode::Esc);
    console.keys("n");
    assert!(console.app.view.dialog.as_ref().is_some_and(Dialog::has_text_field));
}
