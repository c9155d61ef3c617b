//! The list of alerts: its cursor, what it opens, and declaring from it in two keys.

use std::sync::Arc;

use lifeboat::{
    console::{DeclareForm, Request},
    incident::Scope,
    model::Severity,
    picture::{AlertState, Picture},
    tui::{alert_list, view::Screen},
};
use ratatui::crossterm::event::KeyCode;

use super::{
    Console,
    support::{pictures, typing::sent},
};

fn meant(console: &Console) -> Option<String> {
    let picture = console.app.picture.as_ref().unwrap();
    let (row, member) = alert_list::meant(&console.app.view, picture)?;
    Some(format!("{} {}", row.name, member.and_then(|member| member.label("pod")).unwrap_or_default()).trim().to_owned())
}

#[test]
fn two_keys_declare_what_an_alert_says_on_a_real_platform_too() {
    let mut console = Console::new(pictures::storm());
    console.keys("7d");
    let text = console.text();
    let first = text.lines().skip_while(|line| !line.contains("Declare an incident")).nth(1).unwrap();
    assert!(first.contains("REAL: RegionLost fires, and one that fires is no exercise."), "{text}");
    assert!(text.contains("13:41:00Z  from RegionLost: startsAt"), "{text}");
    let declared = sent(console.control('s'));
    assert_eq!(
        declared,
        [Request::Declare(DeclareForm {
            title: "regional-outage".into(),
            drill: false,
            scenario: Some("regional-outage".into()),
            severity: Severity::new(1),
            began: pictures::at("13:41:00"),
            scope: Scope { regions: vec!["us-east-1".into()], ..Scope::default() },
            alert: Some("RegionLost".into()),
        })]
    );
}

#[test]
fn one_that_points_nowhere_leaves_the_scenario_to_a_person() {
    let mut console = Console::new(pictures::storm());
    console.keys("7jd");
    assert_eq!(sent(console.control('s')), []);
    assert!(console.text().contains("choose one"), "{}", console.text());
    // What stands in the list is not lost: the scenario is chosen, and the rest is taken as it stands.
    console.keys("n");
    let declared = sent(console.control('s'));
    let [Request::Declare(form)] = &declared[..] else { panic!("{declared:?}") };
    assert_eq!((form.scenario.as_deref(), form.severity), (Some("node-failure"), Severity::new(3)));
    assert_eq!(form.alert.as_deref(), Some("PodNotReady"));
}

#[test]
fn r31_what_is_chosen_by_hand_is_what_the_form_says_first() {
    let mut console = Console::new(pictures::storm());
    console.keys("7d\n↓");
    assert!(console.text().contains("DRILL: you say so"), "{}", console.text());
    assert!(!console.text().contains("REAL"), "{}", console.text());
    let declared = sent(console.control('s'));
    assert!(matches!(&declared[..], [Request::Declare(form)] if form.drill), "{declared:?}");
}

#[test]
fn a_region_that_the_plan_does_not_know_is_said_at_its_field() {
    let mut console = Console::new(pictures::storm());
    console.keys("7d\t\t\t\tmars");
    assert_eq!(sent(console.control('s')), []);
    assert!(console.text().contains("the plan has no mars here: choose among us-east-1"), "{}", console.text());
}

#[test]
fn elsewhere_declaring_is_as_it_was() {
    let mut console = Console::new(pictures::storm());
    console.keys("7j1d");
    assert!(!console.text().contains("from PodNotReady") && !console.text().contains("REAL"), "{}", console.text());
    assert_eq!(sent(console.control('s')), [], "real or drill is a person's to say");
}

#[test]
fn a_name_is_opened_gone_through_and_left_again() {
    let mut console = Console::new(pictures::storm());
    console.keys("7j");
    assert_eq!(meant(&console).as_deref(), Some("PodNotReady"));
    console.keys("\n");
    assert_eq!(meant(&console).as_deref(), Some("PodNotReady api-0"));
    console.keys("jj");
    assert_eq!(meant(&console).as_deref(), Some("PodNotReady api-2"));
    console.keys("G");
    assert!(console.text().contains("inhibited by RegionLost"), "{}", console.text());
    // The one under the cursor is what is declared from: that one fires, and nobody is told.
    console.keys("d");
    assert!(console.text().contains("Real or drill? PodNotReady does not say."), "{}", console.text());
    for expected in [Some("PodNotReady api-4810"), Some("PodNotReady"), Some("RegionLost")] {
        console.press(KeyCode::Esc);
        assert_eq!(meant(&console).as_deref(), expected);
    }
    console.press(KeyCode::Esc);
    assert_eq!(console.app.view.screen, Screen::Board);
}

#[test]
fn the_list_holds_still_under_the_cursor_and_what_is_gone_is_declared_by_nobody() {
    let mut console = Console::new(pictures::storm());
    console.keys("7j");
    let turned = |change: fn(&mut Picture)| {
        let mut picture = pictures::storm();
        change(&mut picture);
        Arc::new(picture)
    };
    console.app.see(turned(|picture| picture.alerts.reverse()));
    console.paint();
    let text = console.text();
    let place = |name: &str| text.lines().position(|line| line.contains(name)).unwrap_or_else(|| panic!("{name}: {text}"));
    assert!(place("RegionLost") < place("PodNotReady ×"), "{text}");
    assert_eq!(meant(&console).as_deref(), Some("PodNotReady"));

    console.app.see(turned(|picture| picture.alerts[1].state = AlertState::Quiet));
    console.paint();
    assert_eq!(meant(&console), None);
    assert!(console.text().contains("PodNotReady is over"), "{}", console.text());
    console.keys("d");
    assert!(!console.text().contains("REAL"), "{}", console.text());
}

#[test]
fn r17_alerts_are_looked_through_in_a_frozen_screen_and_nothing_is_declared_from_it() {
    let mut console = Console::new(pictures::storm());
    console.keys("7zj\n");
    assert_eq!(meant(&console).as_deref(), Some("PodNotReady api-0"));
    console.keys("d");
    assert!(console.app.view.dialog.is_none() && console.text().contains("FROZEN"), "{}", console.text());
}
