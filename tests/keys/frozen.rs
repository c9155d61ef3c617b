//! R17: nothing is acted on from a frozen screen but hold.

use std::sync::Arc;

use lifeboat::{
    console::Request,
    incident::{Command, RunKind},
    model::Duration,
    picture::Picture,
    tui::{
        verbs::{Group, Verb},
        view::Dialog,
    },
};
use ratatui::crossterm::event::KeyCode;

use super::{Console, sent, support::pictures};

/// Frozen at its Picture, while the world went on to `later`.
fn frozen(later: Picture) -> Console {
    let mut console = Console::new(pictures::outage());
    console.keys("z");
    console.app.see(Arc::new(later));
    console.paint();
    console
}

#[test]
fn r17_a_frozen_screen_stands_still_with_its_age_and_goes_back_to_now() {
    let mut later = pictures::outage();
    later.now += Duration::from_mins(2).delta();
    later.sentences[0].text = "Critical MISSED 1h by 10s.".into();
    for back in ["z", ":freeze\n", "\u{1b}"] {
        let mut console = frozen(later.clone());
        console.app.view.pass(Duration::from_secs(75));
        console.paint();
        let text = console.text();
        assert!(text.contains("FROZEN for 1m15s, as") && text.contains("02:47:13Z") && !text.contains("MISSED"), "{text}");
        assert!(!text.contains("Standard will miss 4h"), "the verdict is not shown either: {text}");
        match back {
            "\u{1b}" => drop(console.press(KeyCode::Esc)),
            keys => drop(console.keys(keys)),
        }
        assert!(console.text().contains("MISSED") && !console.text().contains("FROZEN"), "{}", console.text());
    }
}

#[test]
fn r17_hold_works_from_a_frozen_screen_with_its_one_key_on_what_is_seen() {
    let mut other = pictures::outage();
    other.incident.as_mut().unwrap().id = "INC-0043".into();
    for (later, seen) in [(pictures::outage(), None), (other, Some("INC-0042".into()))] {
        for key in [KeyCode::Char('h'), KeyCode::F(9)] {
            let mut console = frozen(later.clone());
            let held = sent(console.press(key));
            match (held.as_slice(), &seen) {
                ([Request::Do(Command::Hold { .. })], None) => {}
                ([Request::For { incident, request }], Some(seen)) => {
                    assert_eq!(incident, seen);
                    assert!(matches!(**request, Request::Do(Command::Hold { .. })));
                }
                other => panic!("{other:?}"),
            }
            assert!(console.app.view.aside.is_some(), "it stands still all the same");
        }
    }
}

#[test]
fn r17_a_hold_of_now_is_seen_and_refused_on_a_frozen_screen() {
    let mut later = pictures::outage();
    later.incident.as_mut().unwrap().hold = Some(("Ben".into(), "wait".into(), later.now));
    let mut console = frozen(later);
    assert!(console.text().contains("HOLD by Ben"), "{}", console.text());
    assert_eq!(console.keys("h"), []);
    assert!(console.text().contains("holds already"));
}

#[test]
fn r17_opening_consent_goes_back_to_now_on_the_step_that_was_looked_at() {
    let mut later = pictures::outage();
    later.book.as_mut().unwrap().next = Some(4);
    let preview = |step: &str, kind| Request::Preview { step: step.into(), kind };
    for (keys, asked) in [
        (":start\n", vec![preview("promote", RunKind::First)]),
        (":retry 5\n", vec![preview("scale", RunKind::Retry)]),
        ("a", vec![]),
        ("\n", vec![]),
    ] {
        let mut console = frozen(later.clone());
        assert_eq!(console.keys(keys), asked, "{keys:?}");
        assert!(console.app.view.aside.is_none() && console.app.view.dialog.is_some(), "{keys:?}: {}", console.text());
        let consent = matches!(&console.app.view.dialog, Some(Dialog::Consent(_)));
        assert!(consent && console.app.view.chosen.is_some(), "{keys:?}");
    }
}

#[test]
fn r17_nothing_else_is_acted_on_and_each_refusal_says_how_to_go_on() {
    let acts = |verb: &Verb| !verb.only_looks() && !matches!(verb, Verb::Hold | Verb::Start | Verb::Retry | Verb::Undo);
    let acts = Verb::ALL.iter().copied().filter(|verb| acts(verb) && !matches!(verb, Verb::Approve | Verb::Do));
    for verb in acts.chain([Verb::AskNow, Verb::Incident]) {
        let mut console = frozen(pictures::outage());
        assert_eq!(console.keys(&format!(":{}\n", verb.name())), [], "{}", verb.name());
        assert!(console.app.view.dialog.is_none() && console.app.view.aside.is_some(), "{}", verb.name());
        let text = console.text();
        assert!(text.contains("is refused: this is FROZEN") && text.contains("go back to now with z"), "{}: {text}", verb.name());
    }
    // Looking and moving go on, on what stands there.
    for verb in Verb::ALL.iter().copied().filter(|verb| matches!(verb.group(), Group::Look | Group::Move)) {
        let mut console = frozen(pictures::outage());
        console.keys(&format!(":{}\n", verb.name()));
        assert!(console.app.view.aside.is_some() && console.text().contains("FROZEN"), "{}", verb.name());
    }
}
