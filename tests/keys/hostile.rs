//! Pasted text, hostile texts in the Picture, and keys in any order.

use std::sync::Arc;

use lifeboat::{console::Request, picture::Picture};
use proptest::prelude::*;
use ratatui::crossterm::event::Event;

use super::{Console, preview_of, support::pictures};

/// Pasted text that would act if it were typed.
const NASTY: [&str; 5] = ["h\n", ":hold\n", "\x1b[A\x1b:quit\ny\n", "y\r\n\r\n", "a\ny\n\x07\u{202e}d\n"];

#[test]
fn pasted_text_sends_nothing_from_anywhere() {
    let openings = ["1", "2", "3", "4", "5", "?", "d", "n", ":", "3/", ":skip 5\n", "a", ":close\n", "i", "l"];
    for opening in openings {
        for nasty in NASTY {
            let mut console = Console::new(pictures::outage());
            console.keys(opening);
            let effects = console.event(Event::Paste(nasty.into()));
            assert_eq!(effects, [], "{opening}: {nasty:?}");
            assert!(!console.text().chars().any(|c| c.is_control() && c != '\n'), "{opening}: {nasty:?}");
        }
    }
}

#[test]
fn the_targets_name_is_not_pasted() {
    let mut console = Console::new(pictures::outage());
    console.keys(":start 7\n");
    console.app.reply(preview_of("promote"));
    console.paint();
    console.event(Event::Paste("orders-db-west".into()));
    assert_eq!(console.keys("\n"), []);
}

fn hostile(picture: &mut Picture, text: &str) {
    picture.place.plan = text.into();
    picture.place.you = text.into();
    picture.sentences.iter_mut().for_each(|sentence| sentence.text = text.into());
    picture.tiers.iter_mut().for_each(|tier| (tier.name, tier.words) = (text.into(), text.into()));
    picture.links.iter_mut().for_each(|link| link.words = text.into());
    picture.datasets.iter_mut().for_each(|dataset| dataset.name = text.into());
    std::sync::Arc::make_mut(&mut picture.journal).iter_mut().for_each(|line| (line.who, line.text) = (text.into(), text.into()));
    if let Some(incident) = &mut picture.incident {
        incident.title = text.into();
    }
    if let Some(book) = &mut picture.book {
        book.steps.iter_mut().for_each(|step| (step.title, step.words) = (text.into(), text.into()));
    }
}

fn any_picture() -> impl Strategy<Value = Picture> {
    (0..3, "\\PC{0,40}", prop::bool::ANY, 0usize..20).prop_map(|(which, text, hostile_text, next)| {
        let mut picture = match which {
            0 => pictures::outage(),
            1 => pictures::peace(),
            _ => pictures::empty(),
        };
        if hostile_text {
            hostile(&mut picture, &format!("{text}\x1b[2J\u{202e}\n東京"));
        }
        if let Some(book) = &mut picture.book {
            book.next = Some(next);
            book.steps.truncate(next);
        }
        picture
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the size, the Picture and the keys: it is drawn, and nothing unsafe is in it.
    #[test]
    fn nothing_panics(
        picture in any_picture(),
        width in 1u16..140,
        height in 1u16..60,
        keys in "[1-5?djklnaiquz:/.h \\n\\t]{0,14}",
        later in any_picture(),
    ) {
        let mut console = Console::sized(picture, width, height);
        console.keys(&keys);
        console.app.reply(preview_of("promote"));
        console.paint();
        console.app.see(Arc::new(later));
        console.keys("jj\n");
        let text = console.text();
        let unsafe_in_it = text.chars().any(|c| c == '\x1b' || c == '\u{202e}');
        prop_assert!(!unsafe_in_it);
    }

    /// Keys in any order: nothing is agreed to without the typed name.
    #[test]
    fn what_cannot_be_taken_back_is_never_agreed_to_by_chance(keys in "[a-z1-9?:/. \\n\\t]{0,40}") {
        let mut console = Console::new(pictures::outage());
        console.keys(":start 7\n");
        console.app.reply(preview_of("promote"));
        console.paint();
        let sent = console.keys(&keys);
        let agreed = sent.iter().any(|request| matches!(request, Request::Agree { .. }));
        prop_assert!(!agreed, "{sent:?}");
    }
}
