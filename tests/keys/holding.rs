//! R5: hold is one key, and the only letter that does anything at once.

use lifeboat::{console::Request, incident::Command};
use ratatui::crossterm::event::KeyCode;

use super::{Console, sent, support::pictures};

#[test]
fn r05_one_key_holds_from_every_screen() {
    for screen in ["1", "2", "3", "4", "5", "?"] {
        let mut console = Console::new(pictures::outage());
        console.keys(screen);
        let held = console.keys("h");
        assert!(matches!(held.as_slice(), [Request::Do(Command::Hold { .. })]), "{screen}: {held:?}");
    }
}

#[test]
fn r05_f9_holds_while_somebody_writes_and_h_is_a_letter_there() {
    for opening in ["n", ":", "3/", "d", ":skip 5\n"] {
        let mut console = Console::new(pictures::outage());
        console.keys(opening);
        assert_eq!(console.keys("h"), [], "{opening}");
        let held = sent(console.press(KeyCode::F(9)));
        assert!(matches!(held.as_slice(), [Request::Do(Command::Hold { .. })]), "{opening}: {held:?}");
    }
}

#[test]
fn r05_h_holds_before_a_dialog_without_text_also_while_it_asks_to_leave() {
    let mut console = Console::new(pictures::outage());
    console.keys("a");
    assert!(matches!(console.keys("h").as_slice(), [Request::Do(Command::Hold { .. })]));
    console.control('c');
    assert!(matches!(sent(console.press(KeyCode::F(9))).as_slice(), [Request::Do(Command::Hold { .. })]));
}

#[test]
fn no_bare_letter_sends_anything_but_hold_and_asking_again() {
    for c in (' '..='~').filter(|c| !"hc".contains(*c)) {
        for screen in ["1", "2", "3", "4", "5", "?"] {
            let mut console = Console::sized(pictures::outage(), 60, 16);
            console.keys(screen);
            let mut sent = console.keys(&c.to_string());
            // It only asks this console to say more.
            sent.retain(|request| *request != Request::Explain(c == 'w'));
            assert_eq!(sent, [], "{c:?} on {screen}");
        }
    }
}
