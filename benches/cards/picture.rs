//! A Picture of that many cards: how long it takes to compose and to draw.

use std::{collections::BTreeMap, time::Instant};

use lifeboat::{
    gates::{Alarms, questions::questions},
    incident::{Actor, is_loud, sentence},
    model::{Card, CardsSeen, Reading, Signals, Time, Vitals},
    picture::{Inputs, Telling, World, compose},
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

const ROUNDS: usize = 50;

fn cards(count: usize, measured: Time) -> Vec<Card> {
    let card = |nth: usize| {
        let load = (nth * 17 % 100) as f64;
        let vitals = Vitals {
            utilization: Some(load),
            used: Some(load * 1e9),
            total: Some(137e9),
            temperature: Some(40.0 + load * 0.4),
            throttles: Some(102.0),
            power: Some(400.0),
            power_limit: Some(850.0),
            internal_ports: Some(21.0),
            external_ports: Some(3.0),
            pending_rows: Some(false),
            new_double_errors: Some(0.0),
            link_width: Some(16.0),
        };
        let (node, id) = (format!("gaudi-{:04}", nth / 8), (nth % 8).to_string());
        Card { node, id, serial: Some(format!("AM{nth:06}")), driver: Some("1.24.0".into()), measured, vitals }
    };
    (0..count).map(card).collect()
}

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
            let seen = CardsSeen { cards: cards(count, now), exporters: vec![] };
            signals.record(&question, Ok(Reading { samples: vec![], read: now, warnings: vec![], cards: seen }), now);
        }
    }
    let (alarms, triggers, by_itself, watching) = (Alarms::default(), BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
    let actor = Actor::new("Ada", "console-ada");
    let past = Default::default();
    let asked = Default::default();
    let inputs = || Inputs {
        plan: &plan,
        state: None,
        standing: None,
        records: &[],
        triggers: &triggers,
        by_itself: &by_itself,
        incidents: vec![],
        signals: &signals,
        alarms: &alarms,
        past: &past,
        watching: &watching,
        telling: Telling { sentence, is_loud },
        actor: &actor,
        world: World::Simulated,
        read_only: true,
        others: vec![],
        changed_on_disk: None,
        trouble: vec![],
        asked: &asked,
        head: None,
        supposed: None,
        explain: true,
        now,
    };
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
