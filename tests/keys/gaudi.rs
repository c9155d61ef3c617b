//! The screen of the cards: the cursor goes through nodes and cards, and lists hold still while it is there.

use std::sync::Arc;

use lifeboat::{
    model::{Duration, Verdict},
    picture::Picture,
    tui::view::Screen,
};
use ratatui::crossterm::event::KeyCode;

use super::{Console, support::pictures};

fn on(console: &Console) -> Option<(String, usize)> {
    console.app.view.heat.cursor.clone().map(|((_, node), card)| (node, card))
}

#[test]
fn the_cursor_comes_in_at_the_first_node_and_goes_by_node_and_card() {
    let mut console = Console::new(pictures::gaudi());
    console.keys("6");
    assert_eq!((console.app.view.screen, on(&console)), (Screen::Gaudi, None));
    assert!(console.text().contains("gaudi-w01 card 5"), "without a cursor the worst is read out: {}", console.text());
    console.press(KeyCode::Down);
    assert_eq!(on(&console), Some(("gaudi-w01".into(), 5)), "at its worst card");
    (0..9).for_each(|_| drop(console.press(KeyCode::Right)));
    assert_eq!(on(&console), Some(("gaudi-w01".into(), 7)), "no further than the last card");
    console.press(KeyCode::Left);
    console.press(KeyCode::Left);
    assert!(console.text().contains("double-bit ECC +1 in 1h"), "{}", console.text());
    console.press(KeyCode::End);
    console.press(KeyCode::Down);
    assert_eq!(on(&console).unwrap().0, "gaudi-e08", "no further than the last node");
    console.press(KeyCode::Esc);
    assert_eq!((on(&console), console.app.view.screen), (None, Screen::Gaudi), "first the cursor goes, then the screen");
    console.press(KeyCode::Esc);
    assert_eq!(console.app.view.screen, Screen::Board);
}

#[test]
fn nodes_hold_still_while_the_cursor_is_among_them() {
    let mut console = Console::new(pictures::gaudi());
    console.keys("6");
    console.press(KeyCode::Down);
    let order = |console: &Console, picture: &Picture| -> Vec<String> {
        console.app.view.heat.nodes(picture).into_iter().map(|(_, node)| node.name.clone()).collect()
    };
    let before = order(&console, &pictures::gaudi());
    let mut later = pictures::gaudi();
    Arc::make_mut(&mut later.cards[0].nodes).rotate_left(2);
    console.app.see(Arc::new(later.clone()));
    assert_eq!(order(&console, &later), before);
    console.press(KeyCode::Esc);
    assert_ne!(order(&console, &later), before, "worst first again");
}

#[test]
fn m_shows_another_measure_and_what_cannot_be_seen_is_never_a_block() {
    let mut console = Console::new(pictures::gaudi());
    let mut said = Vec::new();
    for _ in 0..5 {
        console.keys("m");
        let text = console.text();
        let dark = text.lines().find(|line| line.contains("gaudi-e01")).unwrap();
        assert!(dark.contains("········  0 of 8"), "{dark}");
        said.extend(
            ["utilisation", "HBM", "temperature", "power", "ports up"]
                .into_iter()
                .find(|m| text.contains(&format!("{m}, m shows"))),
        );
    }
    assert_eq!(said, ["HBM", "temperature", "power", "ports up", "utilisation"]);
}

#[test]
fn a_card_is_read_out_with_how_it_went_since_this_console_looks() {
    let mut console = Console::new(pictures::gaudi());
    for (nth, used) in [10.0, 50.0, 100.0].into_iter().enumerate() {
        let mut later = pictures::gaudi();
        let node = &mut Arc::make_mut(&mut later.cards[0].nodes)[0];
        node.cards.iter_mut().for_each(|card| card.measured += Duration::from_secs(15 * (nth as u64 + 1)).delta());
        let card = &mut node.cards[5];
        card.vitals.utilization = Some(used);
        card.verdict = Verdict::AtRisk;
        console.app.see(Arc::new(later.clone()));
        // The same scrape seen twice is one point.
        console.app.see(Arc::new(later));
    }
    console.keys("6");
    assert!(console.text().contains("100 % ▇▂▅█") || console.text().contains("▂▅█"), "{}", console.text());
}
