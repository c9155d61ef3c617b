//! Keys, pastes, resizes and answers in any order: the screen stands, and nothing is agreed to without its consent.

use std::sync::Arc;

use lifeboat::{
    console::{Reply, Request},
    incident::{Command, Refusal, RunKind},
    tui::effect::Effect,
};
use ratatui::crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers, MouseEvent, MouseEventKind};

use super::{
    engine::fuzz,
    support::{
        pictures,
        typing::{Console, preview_of},
    },
};

/// What a byte over 0x7f stands for; the others are keys.
const UP: u8 = 0x80;
const PASTE: u8 = 0x87;
const RESIZE: u8 = 0x88;
const PREVIEW: u8 = 0x89;

fn seeds() -> Vec<Vec<u8>> {
    let agreed = [b":start 7\n".as_slice(), &[PREVIEW], b"orders-db-west\n"].concat();
    let pasted = [b":note ".as_slice(), &[PASTE, 12], b"h\n:hold\ny\n\x1b[2J", b"\n\nd\n\n"].concat();
    let small =
        [b"2jjjj".as_slice(), &[RESIZE, 19, 4], b"?3/x\n", &[RESIZE, 0, 0], b"1", &[RESIZE, 255, 120], b":close\nr\nwhy\n"]
            .concat();
    let moving = [&[UP, UP, 0x81, 0x82, 0x83, 0x84][..], b"zzc", &[0x8a, 0x8b, 0x8c, 0x8d, 0x8e, 0x8f], b"qy"].concat();
    let forms = b"d\n\x09\x09\n:skip 5 because\n\n:decide 10\n2026-11-20 02:40Z\n:began\n12m ago\nwhy\n\x1b\x1bl\ni\n".to_vec();
    vec![agreed, pasted, small, moving, forms, b"1234?hnaoufsdtkzq:/.\n".to_vec()]
}

/// What one or more of `bytes` do; how many they were.
fn act(console: &mut Console, bytes: &[u8]) -> (Vec<Effect>, usize) {
    let key = |code, with| Event::Key(KeyEvent::new(code, with));
    let (plain, control) = (KeyModifiers::NONE, KeyModifiers::CONTROL);
    let code = match bytes[0] {
        b'\n' => KeyCode::Enter,
        b'\t' => KeyCode::Tab,
        0x1b => KeyCode::Esc,
        0x7f => KeyCode::Backspace,
        UP => KeyCode::Up,
        0x81 => KeyCode::Down,
        0x82 => KeyCode::PageUp,
        0x83 => KeyCode::PageDown,
        0x84 => KeyCode::F(9),
        0x85 => return (console.event(key(KeyCode::Char('c'), control)), 1),
        0x86 => return (console.event(key(KeyCode::Char('z'), control)), 1),
        PASTE => {
            let length = bytes.get(1).map_or(0, |n| usize::from(*n) * 7).min(bytes.len().saturating_sub(2));
            let text = String::from_utf8_lossy(bytes.get(2..2 + length).unwrap_or_default()).into_owned();
            return (console.event(Event::Paste(text)), 2 + length);
        }
        RESIZE => {
            let side = |at: usize| u16::from(bytes.get(at).copied().unwrap_or_default());
            let (width, height) = (side(1) * 2 + 1, side(2) + 1);
            console.terminal.backend_mut().resize(width, height);
            return (console.event(Event::Resize(width, height)), 3);
        }
        PREVIEW => {
            console.app.reply(preview_of("promote"));
            console.paint();
            return (vec![], 1);
        }
        0x8a => {
            let (preview, why) = (Box::new(pictures::promote_preview()), vec!["the world\x1b[2J changed".to_owned()]);
            console.app.reply(Reply::AskAgain { step: "promote".into(), kind: RunKind::First, preview, why });
            console.paint();
            return (vec![], 1);
        }
        0x8b..=0x8d => {
            let pictures = [pictures::outage, pictures::peace, pictures::empty];
            console.app.see(Arc::new(pictures[usize::from(bytes[0] - 0x8b)]()));
            console.paint();
            return (vec![], 1);
        }
        0x8e => {
            console.app.reply(Reply::Refused { what: "start step 7".into(), refusal: Refusal::new("Ben holds", "wait") });
            console.paint();
            return (vec![], 1);
        }
        0x8f => {
            let mouse = MouseEvent { kind: MouseEventKind::Moved, column: 9, row: 9, modifiers: plain };
            return (
                [Event::FocusLost, Event::FocusGained, Event::Mouse(mouse)].into_iter().flat_map(|e| console.event(e)).collect(),
                1,
            );
        }
        other => KeyCode::Char(char::from(other)),
    };
    (console.event(key(code, plain)), 1)
}

/// What can be sent without anybody having read and agreed to what it does.
fn is_harmless(request: &Request) -> bool {
    let target = pictures::promote_preview().target;
    match request {
        // Only the very name, typed.
        Request::Agree { typed, seen, kind, .. } => {
            *kind != RunKind::First || (typed.as_deref() == Some(&*target) && seen.target == target)
        }
        Request::Do(Command::Start { .. } | Command::StartByItself { .. }) => false,
        _ => true,
    }
}

#[test]
fn keys_in_any_order_leave_the_screen_whole_and_agree_to_nothing_by_chance() {
    fuzz("keys", seeds(), 20, |bytes| {
        let mut console = Console::sized(pictures::outage(), 100, 30);
        let (mut rest, mut left) = (bytes, false);
        while !rest.is_empty() && !left {
            let (effects, used) = act(&mut console, rest);
            for effect in effects {
                match effect {
                    Effect::Send(request) => assert!(is_harmless(&request), "{request:?}"),
                    Effect::Quit => left = true,
                    _ => {}
                }
            }
            let cells = console.terminal.backend().buffer().content.iter();
            let bad =
                cells.flat_map(|cell| cell.symbol().chars()).find(|c| c.is_control() || ('\u{202a}'..='\u{202e}').contains(c));
            assert_eq!(bad, None, "{:?}", console.text());
            rest = &rest[used.min(rest.len())..];
        }
        // Whatever is open, two of them leave.
        let leaves = left || (0..2).flat_map(|_| console.control('c')).any(|effect| effect == Effect::Quit);
        assert!(leaves, "{}", console.text());
    });
}
