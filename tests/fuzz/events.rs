//! Rows of a journal that are whole but strange: whatever a record says, the incident is folded, shown and reported.

use std::collections::BTreeMap;

use lifeboat::{
    incident::{Actor, Event, Record, is_loud, replay, sentence},
    journal::Head,
    model::{Duration, Loss, loss::LossOf},
    picture::{Inputs, Telling, World, compose},
    plan::{Plan, load_embedded},
    report,
    sim::demo,
    systems::catalogue,
    tui::{
        draw::draw,
        keymap::Keymap,
        theme::{Depth, Theme},
        view::View,
    },
};
use ratatui::{Terminal, backend::TestBackend};

use super::{
    engine::fuzz,
    support::records::{at, every_event, story},
};

fn seeds() -> Vec<Vec<u8>> {
    every_event().iter().map(|event| serde_json::to_vec(event).unwrap()).collect()
}

/// Takes the place of the first of its kind, or comes last.
fn with(mut records: Vec<Record>, event: Event) -> Vec<Record> {
    let place = records.iter().position(|record| record.event.kind() == event.kind());
    match place {
        Some(place) => records[place].event = event,
        None => {
            let last = records.last().cloned().expect("a story");
            records.push(Record { seq: last.seq + 1, event, ..last });
        }
    }
    records
}

fn shown(plan: &Plan, records: &[Record]) -> String {
    let state = replay(records);
    let inputs = Inputs {
        plan,
        state: Some(&state),
        standing: None,
        records,
        triggers: &BTreeMap::new(),
        by_itself: &BTreeMap::new(),
        incidents: vec![],
        signals: &Default::default(),
        alarms: &Default::default(),
        past: &Default::default(),
        watching: &BTreeMap::new(),
        telling: Telling { sentence, is_loud },
        actor: &Actor::new("Ada", "console-ada"),
        world: World::Production,
        read_only: false,
        others: vec![],
        changed_on_disk: None,
        trouble: vec![],
        asked: &Default::default(),
        head: None,
        supposed: Some(&Loss::Of(LossOf::Region("us-west-2".into()))),
        explain: true,
        now: at(3_000) + Duration::from_hours(1).delta(),
    };
    let picture = compose(&inputs);
    let (view, theme) = (View::new(Keymap::shipped()), Theme::dark(Depth::Full));
    let mut terminal = Terminal::new(TestBackend::new(100, 30)).unwrap();
    terminal
        .draw(|frame| {
            let _extent = draw(frame, &picture, &view, &theme);
        })
        .unwrap();
    let cells = terminal.backend().buffer().content.iter().map(|cell| cell.symbol()).collect::<String>();
    let head: Head = format!("17:{}", "a".repeat(64)).parse().unwrap();
    cells + &report::markdown(records, &state, &head, inputs.now)
}

#[test]
fn whatever_a_record_says_it_is_folded_shown_and_reported() {
    let plan = load_embedded(demo::PLAN, demo::GAUDI3_SCALE, &catalogue()).plan.unwrap();
    let (records, _) = story();
    let mut whole = 0;
    let whole_ones = std::cell::RefCell::new(&mut whole);
    fuzz("event", seeds(), 150, |bytes| {
        let Ok(event) = serde_json::from_slice::<Event>(bytes) else { return };
        **whole_ones.borrow_mut() += 1;
        let said = shown(&plan, &with(records.clone(), event));
        let at = said.find(|c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c));
        let around = at.map(|at| {
            said[..at]
                .chars()
                .rev()
                .take(60)
                .collect::<String>()
                .chars()
                .rev()
                .chain(said[at..].chars().take(20))
                .collect::<String>()
        });
        assert_eq!(around, None, "unsafe characters are shown or reported");
    });
    assert!(whole > every_event().len(), "changed records are records still, some of them");
}
