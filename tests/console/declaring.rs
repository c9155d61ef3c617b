//! An incident that is declared from an alert, in two keys, on a running console.

use lifeboat::{
    console::Request,
    incident::Scope,
    picture::{AlertState, World},
    tui::{app::App, effect::Effect, keymap::Keymap, view::View},
};
use ratatui::crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

use super::site::Site;

#[test]
fn what_an_alert_says_is_declared_with_what_is_affected_in_one_append() {
    let site = Site::new("regional-outage", 60.0);
    let mut ada = site.console("Ada");
    let fires = |p: &lifeboat::picture::Picture| {
        p.alerts.first().is_some_and(|row| row.state == AlertState::Firing && row.scenario.as_deref() == Some("regional-outage"))
    };
    let mut picture = (*ada.until("an alert points to the outage", fires)).clone();
    // As on a real platform: nothing there is real or drill by itself.
    picture.place.world = World::Production;
    let mut app = App::new(View::new(Keymap::shipped()));
    let alert = picture.alerts[0].clone();
    app.see(picture.into());
    let press = |app: &mut App, c, modifiers| app.event(&Event::Key(KeyEvent::new(KeyCode::Char(c), modifiers)));
    press(&mut app, '7', KeyModifiers::NONE);
    press(&mut app, 'd', KeyModifiers::NONE);
    // As a screen that was drawn.
    app.view.extent.legible = true;
    let effects = press(&mut app, 's', KeyModifiers::CONTROL);
    let [Effect::Send(request)] = &effects[..] else { panic!("{effects:?}: {:?}", app.view.dialog) };
    let Request::Declare(form) = &**request else { panic!("{request:?}") };
    assert_eq!((form.scenario.as_deref(), form.drill, form.alert.as_ref()), (Some("regional-outage"), false, Some(&alert.name)));
    assert!(alert.since.is_some_and(|since| form.began <= since), "{form:?}, {alert:?}");
    assert_eq!(form.scope.regions, ["us-east-1"], "{alert:?}");

    ada.done((**request).clone());
    let declared = ada.until("it is declared", |p| p.incident.is_some());
    let incident = declared.incident.as_ref().unwrap();
    let Scope { regions, services, .. } = incident.scope.clone().unwrap();
    assert_eq!(regions, ["us-east-1"]);
    let down = |p: &lifeboat::picture::Picture| p.tiers.iter().flat_map(|t| &t.services).filter(|s| s.down).count();
    assert!(down(&declared) > 0 && services.len() >= down(&declared), "what is seen to be down stays: {services:?}");
    let said = declared.journal.iter().find(|line| line.text.contains("changed what is affected")).unwrap();
    assert!(said.text.contains(&format!("by the alert {}", alert.name)), "{}", said.text);
    ada.ends();
}
