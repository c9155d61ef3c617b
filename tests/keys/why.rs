//! Each value can be asked where it comes from; the console says it only while somebody asks.

use std::sync::Arc;

use lifeboat::{
    console::Request,
    model::{Duration, Freshness, Verdict},
    picture::{Asked, Origin, OriginKind, Picture},
    tui::{effect::Effect, view::Screen},
};
use ratatui::crossterm::event::KeyCode;

use super::{Console, support::pictures};

fn asked(via: &str, question: &str, reply: usize) -> Asked {
    Asked {
        via: via.into(),
        server: "prometheus https://prom.example".into(),
        question: question.into(),
        every: Some(Duration::from_secs(5)),
        max_age: Duration::from_secs(15),
        known: Freshness::Fresh,
        measured: Some(pictures::at("02:47:10")),
        read: Some(pictures::at("02:47:11")),
        against: vec!["prom-west's clock is 1h ahead of this machine's".into()],
        reply: (0..reply).map(|n| format!("{{nth=\"{n}\"}} {n}")).collect(),
        more: 7,
    }
}

fn explained() -> Picture {
    let origin = |kind, what: &str, verdict, reply| Origin {
        kind,
        what: what.into(),
        says: format!("what is said of {what}"),
        verdict,
        rule: "R29",
        asks: vec![asked("prom-west", &format!("up{{job=\"{what}\"}}"), reply)],
    };
    let origins = vec![
        origin(OriginKind::Service, "training-api", Verdict::Met, 1),
        origin(OriginKind::Data, "production from replica", Verdict::WillMiss, 1),
        origin(OriginKind::Cards, "cards of gaudi-standby", Verdict::AtRisk, 1),
        origin(OriginKind::Gate, "gate of step 7", Verdict::CannotTell, 90),
    ];
    Picture { origins, ..pictures::outage() }
}

fn on_why(keys: &str) -> Console {
    let mut console = Console::new(pictures::outage());
    let requests = console.keys(keys);
    assert_eq!(requests.last(), Some(&Request::Explain(true)), "{keys}: {requests:?}");
    console.app.see(Arc::new(explained()));
    console.paint();
    console
}

#[test]
fn w_asks_about_what_the_screen_shows_and_says_query_server_times_rule_and_answer() {
    for (keys, title) in [
        ("w", "production from replica"),
        ("4w", "production from replica"),
        ("6w", "cards of gaudi-standby"),
        ("2w", "gate of step 7"),
    ] {
        let console = on_why(keys);
        assert!(
            console.text().contains(&format!("will miss: what is said of {title}"))
                || console.text().contains(&format!("what is said of {title}")),
            "{keys}: {}",
            console.text()
        );
    }
    let text = on_why("w").text();
    for said in [
        "prom-west, prometheus https://prom.example",
        "up{job=\"production from replica\"}",
        "02:47:10Z, 3s ago",
        "02:47:11Z, 2s ago",
        "R29",
        "stale after 15s",
        "1h ahead",
        "{nth=\"0\"} 0",
        "and 7 more",
    ] {
        assert!(text.contains(said), "{said}: {text}");
    }
}

#[test]
fn the_answer_is_scrolled_filtered_and_copied_and_leaving_stops_the_asking() {
    let mut console = on_why("2w");
    assert!(!console.text().contains("{nth=\"89\"}"));
    (0..20).for_each(|_| drop(console.press(KeyCode::PageDown)));
    assert!(console.text().contains("{nth=\"89\"}"), "{}", console.text());
    match console.press(KeyCode::Char('y')).as_slice() {
        [Effect::Copy(text)] => {
            assert!(text.starts_with("gate of step 7\n") && text.contains("{nth=\"42\"} 42"), "{text}");
        }
        other => panic!("{other:?}"),
    }
    console.keys("/training\n");
    assert!(console.text().contains("what is said of training-api"), "{}", console.text());
    console.press(KeyCode::Esc);
    let left = console.press(KeyCode::Esc);
    assert_eq!(console.app.view.screen, Screen::Board);
    assert!(left.contains(&Effect::Send(Box::new(Request::Explain(false)))), "{left:?}");
}

#[test]
fn on_the_board_y_copies_the_verdict() {
    let mut console = Console::new(pictures::outage());
    match console.press(KeyCode::Char('y')).as_slice() {
        [Effect::Copy(text)] => assert!(text.starts_with("Standard will miss 4h"), "{text}"),
        other => panic!("{other:?}"),
    }
}
