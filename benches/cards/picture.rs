//! A Picture of that many cards: how long it takes to compose and to draw.

use std::time::Instant;

use lifeboat::{
    gates::questions::questions,
    model::{CardsSeen, Reading, Signals, Time},
    picture::{Inputs, compose},
    plan::load_embedded,
    sim::demo::GAUDI3_SCALE,
    tui::{
        draw::draw,
        keymap::Keymap,
        theme::{Depth, Theme},
        view::{Screen, View},
    },
};
use ratatui::{Terminal, backend::TestBackend};

use super::{card::card, world::World};

const ROUNDS: usize = 50;

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// Milliseconds to compose it, and to draw the screen of the cards.
pub fn of(count: usize) -> (f64, f64) {
    let catalogue = lifeboat::systems::catalogue::catalogue();
    let plan = load_embedded("gaudi3-scale", GAUDI3_SCALE, &catalogue).plan.expect("the shipped plan");
    let now = Time::from_timestamp_millis(1_800_000_000_000).expect("a moment");
    let mut signals = Signals::default();
    for question in questions(&plan) {
        signals.expect(&question);
        if question.ask.kind() == "cards" && question.via == "prom-west" {
            let seen = CardsSeen { cards: (0..count).map(|nth| card(nth, now)).collect(), exporters: vec![] };
            signals.record(&question, Ok(Reading { samples: vec![], read: now, warnings: vec![], cards: seen }), now);
        }
    }
    let world = World::of(plan, signals, now);
    let inputs = || Inputs { read_only: true, explain: true, ..world.inputs(world.now) };
    let (mut composing, mut drawing) = (Vec::new(), Vec::new());
    let (mut view, theme) = (View::new(Keymap::shipped()), Theme::dark(Depth::Full));
    view.screen = Screen::Gaudi;
    let mut terminal = Terminal::new(TestBackend::new(120, 40)).expect("a terminal");
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let picture = compose(&inputs());
        composing.push(began.elapsed().as_secs_f64() * 1_000.0);
        let began = Instant::now();
        terminal
            .draw(|frame| {
                let _extent = draw(frame, &picture, &view, &theme);
            })
            .expect("it is drawn");
        drawing.push(began.elapsed().as_secs_f64() * 1_000.0);
    }
    (median(composing), median(drawing))
}
