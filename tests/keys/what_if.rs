//! R17: supposing a loss shows a world that is not, says so in place of the verdict, and lets nobody act on it but hold.

use std::sync::Arc;

use lifeboat::{
    console::Request,
    incident::{Command, RunKind},
    model::{Loss, Verdict, loss::LossOf},
    picture::{Losable, LossChoice, LossRow, Picture, Sentence, SupposedPicture},
    tui::{verbs::Verb, view::Dialog},
};
use ratatui::crossterm::event::KeyCode;

use super::{Console, sent, support::pictures};

fn east() -> Loss {
    Loss::Of(LossOf::Region("us-east-1".into()))
}

fn world() -> Picture {
    let choice = |loss: Loss, words: &str| LossChoice { loss, words: words.into() };
    let west = Loss::Of(LossOf::Region("us-west-2".into()));
    let named = vec![choice(west, "region, standby"), choice(east(), "region, primary")];
    Picture { losable: Losable { named, nodes: vec![] }, ..pictures::outage() }
}

/// The same, with what the console supposes.
fn supposed() -> Picture {
    let mut without = world();
    without.sentences = vec![Sentence { text: "Standard would be 8 cards short.".into(), verdict: Verdict::WillMiss }];
    let row = LossRow {
        what: "us-east-1".into(),
        role: None,
        tiers: vec![],
        data: None,
        bare: vec![],
        steps_there: vec![],
        verdict: Verdict::WillMiss,
        mends: vec![],
    };
    Picture { supposed: Some(Arc::new(SupposedPicture { loss: east(), row, picture: without })), ..world() }
}

fn asked() -> Console {
    let mut console = Console::new(world());
    assert_eq!(console.keys(":what-if us-east-1\n\n"), [Request::Suppose(Some(east()))]);
    console
}

fn within() -> Console {
    let mut console = asked();
    console.app.see(Arc::new(supposed()));
    console.paint();
    console
}

#[test]
fn r17_what_if_takes_the_place_of_the_verdict_once_it_is_reckoned() {
    let mut console = asked();
    assert!(!console.text().contains("WHAT IF") && console.text().contains("Standard will miss 4h"), "{}", console.text());
    console.app.see(Arc::new(supposed()));
    console.paint();
    let text = console.text();
    assert!(text.contains("WHAT IF us-east-1 were lost") && text.contains("Standard would be 8 cards short."), "{text}");
    assert!(!text.contains("Standard will miss 4h"), "what is so stands aside: {text}");
}

#[test]
fn r17_nothing_is_acted_on_from_what_if_but_hold() {
    for (keys, wanted) in [("h", "hold"), (":note x\n", ""), (":close\n", ""), (":skip 7 x\n", ""), ("z", "")] {
        let mut console = within();
        let effects = console.keys(keys);
        match wanted {
            "hold" => assert!(matches!(effects.as_slice(), [Request::Do(Command::Hold { .. })]), "{effects:?}"),
            _ => {
                assert_eq!(effects, [], "{keys}");
                assert!(console.text().contains("is refused: this is WHAT IF, not how it is"), "{keys}: {}", console.text());
            }
        }
        assert!(console.text().contains("WHAT IF"), "{keys}");
    }
    let mut console = within();
    let consent = console.keys(":start 7\n");
    let preview = Request::Preview { step: "promote".into(), kind: RunKind::First };
    assert_eq!(consent, [Request::Suppose(None), preview], "opening consent goes back to now first");
    assert!(matches!(console.app.view.dialog, Some(Dialog::Consent(_))));
    assert!(!console.text().contains("WHAT IF"));
}

#[test]
fn the_same_key_and_escape_go_back_to_now_and_a_console_that_forgot_it_does_too() {
    for back in ["x", ":what-if\n", "\u{1b}"] {
        let mut console = within();
        let effects = match back {
            "\u{1b}" => sent(console.press(KeyCode::Esc)),
            keys => console.keys(keys),
        };
        assert_eq!(effects, [Request::Suppose(None)], "{back:?}");
        assert!(!console.text().contains("WHAT IF"), "{}", console.text());
        // A Picture that was under way does not bring it back.
        console.app.see(Arc::new(supposed()));
        console.paint();
        assert!(!console.text().contains("WHAT IF"), "{}", console.text());
    }
    let mut console = within();
    console.app.see(Arc::new(world()));
    console.paint();
    assert!(!console.text().contains("WHAT IF"));
}

#[test]
fn a_viewer_may_suppose() {
    let mut picture = world();
    picture.place.read_only = true;
    assert!(Verb::WhatIf.available(&picture, None).is_ok());
}
